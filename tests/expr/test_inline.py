"""What generated code does on the spot is what the function does that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.errors import RuleError
from mapper.expr import TRANSFORMS, TYPES, Form, inline
from mapper.records import ABSENT, CLEAR

ZONES = ("UTC", "Europe/Paris", "America/Sao_Paulo")
Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Case:
    """Python over `v` for values of a class, what it names, and the function that it stands for."""

    about: str
    cls: type
    code: str
    function: Convert
    names: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.about}: {self.cls.__name__}"


def _each(about: str, fast: Mapping[type, str], function: Convert, names: Mapping[str, Any]) -> list[Case]:
    return [Case(about, cls, code, function, names) for cls, code in fast.items()]


def _with(function: Convert, args: tuple[Any, ...]) -> Convert:
    return lambda value: function(value, *args)


def _both(read: Convert, write: Convert) -> Convert:
    def both(value: Any) -> Any:
        found = write(read(value))
        return None if found is CLEAR or found is ABSENT else found

    return both


def _transforms() -> list[Case]:
    found = []
    for name, fast in inline.TRANSFORMS.items():
        found += _each(name, fast, TRANSFORMS[name].call, inline.NAMES)
    for name, args in ARGUED:
        names = inline.NAMES | {f"A{number}": value for number, value in enumerate(args)}
        found += _each(f"{name}{args}", inline.argued(name, args), _with(TRANSFORMS[name].call, args), names)
    return found


def _types() -> list[Case]:
    found = []
    for kind in TYPES.values():
        for name in kind.forms:
            for zone in ZONES if kind.name == "datetime" else ZONES[:1]:
                form = Form(form=name, zone=zone)
                names, about = inline.names_for(form), f"{kind.name} ({name}) {zone}"
                found += _each(f"{about} read", inline.reading(kind.name, name), kind.reader(form), names)
                found += _each(f"{about} written", inline.writing(kind.name, name), kind.writer(form), names)
    return found


def _bridges() -> list[Case]:
    found = []
    for (one, other), fast in inline.BRIDGES.items():
        for zone in ZONES if "datetime" in (one[0], other[0]) else ZONES[:1]:
            read = TYPES[one[0]].reader(Form(form=one[1], zone=zone))
            write = TYPES[other[0]].writer(Form(form=other[1], zone=zone))
            names = inline.names_for(Form(form=other[1], zone=zone))
            found += _each(f"{' '.join(one)} to {' '.join(other)} {zone}", fast, _both(read, write), names)
    return found


ARGUED: list[tuple[str, tuple[Any, ...]]] = [
    ("replace", ("-", "")),
    ("replace", (" ",)),
    ("replace", ("aa", "a")),
    ("replace", ("a", "b")),
    ("replace", ("", "")),
]
CASES = [*_transforms(), *_types(), *_bridges()]

CORNERS: dict[type, list[Any]] = {
    str: [
        *(
            "",
            " ",
            "\u00a0",
            "\n",
            "\x00",
            "\u200b",
            "\x1f",
            "\u3000",
            "a",
            " a ",
            "é",
            "e\u0301",
            " é\u00a0",
            "\u0344",
        ),
        *("ﬁ", "İ", "ß", "ﷺ", "\ud800", "a\u00a0b", "a  b", "\ufb01 ", "\u2003a", "a\u0315\u0300", "\u0130", "\u0958"),
        *("true", "True", "TRUE", "false", "oui", "non", "1", "0", " 1", "on", "off", "x", "yes", "2", "１", "٣", "²"),
        *(
            "00",
            "-0",
            "+1",
            "-1",
            "1.0",
            "1.5",
            "1,5",
            ",5",
            "5,",
            ",",
            "1,2,3",
            "1 234,5",
            "1\u00a0234,5",
            "1\u202f234",
        ),
        *("-1,5", "+1,5", "01,50", "0,0", "-0,0", "1e5", "nan", "inf", "1_000", "1 2", "12 34", "1 234", "0001", "1,"),
        *("9" * n for n in (15, 16, 17, 18, 19, 40, 41)),
        *(f"{'9' * n},{'1' * m}" for n, m in ((1, 12), (1, 13), (8, 8), (14, 1), (15, 12), (16, 1), (17, 1))),
        *(
            "31/01/2026",
            "31/02/2026",
            "29/02/2024",
            "29/02/2026",
            "28/02/2026",
            "00/01/2026",
            "01/00/2026",
            "01/13/2026",
        ),
        *("01/01/0000", "01/01/0001", "01/01/0002", "31/12/9999", "1/1/2026", "01/01/26", "01-01-2026", "0１/01/2026"),
        *(
            " 01/01/2026",
            "01/01/2026 ",
            "+1/01/2026",
            "01/ 1/2026",
            "01/01/20²6",
            "1 /01/2026",
            "01/01/+026",
            "30/04/1900",
        ),
        *(
            "01/01/1900",
            "01/01/1753",
            "01/01/1970",
            "30/12/1899",
            "01/01/1899",
            "00/00/0000",
            "-1/01/2026",
            "01/0_/2026",
        ),
        *(
            f"/Date({n})/"
            for n in ("0", "1", "-1", "1767225600000", "999", "1001", "-62135596800000", "00", "01", "+1")
        ),
        *(
            f"/Date({n})/"
            for n in ("9" * 13, "9" * 15, "9" * 16, "9" * 17, "253402300799999", "253402300800000", "1.5")
        ),
        *(
            f"/Date({n})/"
            for n in ("", " 1", "1_0", "１", "-62135596800001", "-2208988800000", "1e3", "-2209161600000")
        ),
        *(
            "/Date(1767225600000+0200)/",
            "/date(1)/",
            "/Date(1)",
            "/Date(1)/ ",
            "Date(1)",
            "/Date()/",
            "x" * 300,
            "a- " * 90_000,
        ),
        *("2026-01-31", "2026-01-31 10:00:00", "2026-01-31T10:00:00Z", "FR", "fr", "a@b.fr", "+33123456789", "EUR"),
        *("\u0e38" * 150, "a" + "\u0315\u0300" * 60, "İ" * 40, "-", "--", "aaa", "\t1\t", "1\n", "v", "V", "null"),
    ],
    int: [
        0,
        1,
        -1,
        2,
        10**18 - 1,
        10**18,
        10**18 + 1,
        -(10**18),
        -(10**18) - 1,
        10**40 - 1,
        10**40,
        -(10**40),
        10**400,
    ],
    bool: [True, False],
    float: [0.0, -0.0, 1.0, 1.5, 1e300, float("nan"), float("inf"), 0.1, 1e15, 1e16, 123456789.125],
    Decimal: [*map(Decimal, ("0", "-0", "1.50", "1E+3", "1E-70", "1E+70", "12345678901234567890.5", "0.1", "NaN"))],
    date: [date.min, date.max, date(1, 1, 2), date(2024, 2, 29), date(1900, 1, 1), date(999, 12, 31)],
    datetime: [
        *(datetime.min, datetime.max, datetime(2026, 1, 31, 10), datetime(2026, 3, 29, 2, 30)),
        *(
            datetime.min.replace(tzinfo=UTC),
            datetime.max.replace(tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        ),
        *(
            datetime(2026, 7, 1, 0, 0, 0, 999999, tzinfo=UTC),
            datetime(1, 1, 2, tzinfo=UTC),
            datetime(999, 1, 1, tzinfo=UTC),
        ),
        datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=-11, minutes=-30))),
    ],
    list: [[], ["a"], [1, None], [["/Date(1)/"]]],
    dict: [{}, {"a": 1}],
}

DIGITS = st.text("0123456789", min_size=1, max_size=19)
MOMENTS = st.datetimes(timezones=st.just(UTC) | st.none())
VALUES: dict[type, st.SearchStrategy[Any]] = {
    str: st.one_of(
        st.text(max_size=12),
        st.text(" \t\u00a0aAéÉe\u0301ßﬁİ-", max_size=10),
        st.text("0123456789,. +-\u00a0", max_size=20),
        st.text("0123456789/", min_size=10, max_size=10),
        st.builds("{:02}/{:02}/{:04}".format, st.integers(0, 32), st.integers(0, 13), st.integers(0, 9999)),
        st.builds("/Date({})/".format, st.integers(-(10**14), 10**15) | DIGITS),
        st.builds("{}{},{}".format, st.sampled_from(["", "-", "+"]), DIGITS, DIGITS),
        st.sampled_from(["true", "True", "1", "0", "oui", "Oui", "non", "on", "off", "x"]),
    ),
    int: st.integers(-(2 * 10**18), 2 * 10**18) | st.integers(),
    bool: st.booleans(),
    float: st.floats(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=6),
    date: st.dates(),
    datetime: MOMENTS,
    list: st.lists(st.text(max_size=3), max_size=3),
    dict: st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
}


def disagreement(case: Case, value: Any) -> str | None:
    """Where the code gives what the function does not, in words.

    It may raise where the function refuses, or makes null of what stands for nothing; code for values of any class may
    raise anywhere. The function is asked again then.
    """
    try:
        expected = case.function(value)
    except RuleError:
        expected = RuleError
    try:
        found = eval(case.code, {**case.names, "v": value, "S": case.function})
    except Exception as error:
        if expected is RuleError or expected is None or case.cls is object:
            return None
        found = error
    if (repr(found), type(found)) == (repr(expected), type(expected)):
        return None
    return f"{value!r} gives {found!r}, and not {expected!r}"


def corners(case: Case) -> list[Any]:
    return [value for values in CORNERS.values() for value in values] if case.cls is object else CORNERS[case.cls]


def test_there_is_something_to_compare() -> None:
    assert {case.cls for case in CASES} >= {str, int, bool, date, datetime}
    assert len(CASES) > 50


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_inlined_gives_what_the_function_gives(case: Case) -> None:
    assert [found for value in corners(case) if (found := disagreement(case, value))] == []


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_inlined_gives_what_the_function_gives_whatever_it_is_given(case: Case, data: st.DataObject) -> None:
    value = data.draw(st.one_of(*VALUES.values()) if case.cls is object else VALUES[case.cls])
    assert disagreement(case, value) is None


@pytest.mark.parametrize(("old", "new"), [("a", "bb"), (1, "x"), ("a", 1)])
def test_a_replacement_that_may_grow_is_left_to_the_function(old: Any, new: Any) -> None:
    assert inline.argued("replace", (old, new)) == {}


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.name)
def test_what_is_written_is_of_the_class_that_is_promised(kind: Any) -> None:
    for name in kind.forms:
        form = Form(form=name)
        for canonical in (canonical for _, canonical in kind.examples if canonical is not None):
            native = kind.writer(form)(canonical)
            assert type(native) is (inline.written(kind.name, name) or type(native))
            assert type(canonical) is inline.CANONICAL.get(kind.name, type(canonical))


def _wrong(about: str, code: str, cls: type, function: Convert, form: Form | None = None) -> Case:
    return Case(about, cls, code, function, inline.names_for(form or Form()))


WRONG = [
    _wrong("blanks within", "v.replace(' ', '')", str, TRANSFORMS["trim"].call),
    _wrong("blanks that ASCII does not have", "v.strip(' ')", str, TRANSFORMS["trim"].call),
    _wrong("case folded", "v.casefold()", str, TRANSFORMS["lower"].call),
    _wrong("a text left as it came", "v or None", str, TYPES["text"].reader(Form())),
    _wrong("a text that is not composed", "v.strip() or None", str, TYPES["text"].reader(Form())),
    _wrong("digits of other scripts", "int(v) if v.isdigit() else S(v)", str, TYPES["number"].reader(Form())),
    _wrong("a number of any size", "v", int, TYPES["number"].writer(Form())),
    _wrong("a number for a flag", "v + 0", bool, TYPES["flag"].writer(Form(form="bool"))),
    _wrong("the wrong zone", "v.isoformat(' ')[:19]", datetime, TYPES["datetime"].writer(Form("wall", "Europe/Paris"))),
    _wrong("a float for a decimal", "float(v.replace(',', '.'))", str, TYPES["decimal"].reader(Form(form="comma"))),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.about)
def test_a_wrong_expression_is_found(case: Case) -> None:
    assert any(disagreement(case, value) for value in CORNERS[case.cls])
