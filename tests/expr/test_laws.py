"""What the catalogue promises of its transforms holds for whatever they are given.

`normal`: applied twice it gives the same as once. `inverse`: what it has given is turned back, with the same arguments,
into something of which it makes the same again. Every other transform says what it loses.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.errors import RuleError
from mapper.expr import TRANSFORMS, Transform
from mapper.expr.transform import KINDS
from mapper.records import ABSENT

TEXTS = st.text(max_size=20) | st.text("aB éÉ\u00a0\t\n-;,.&<>/br%0019ßﬁŉ'", max_size=20)
NUMBERS = st.integers(-(10**18), 10**18) | st.decimals(-(10**9), 10**9, places=4) | st.floats()
DATES = st.dates(date(1900, 1, 1), date(2200, 1, 1))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
ATOMS = st.none() | st.booleans() | TEXTS | NUMBERS
VALUES = st.recursive(
    ATOMS | DATES | MOMENTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.sampled_from("abcde") | TEXTS, below, max_size=4),
    max_leaves=8,
)
PAIRS = st.lists(st.fixed_dictionaries({"key": ATOMS, "value": ATOMS}, optional={"x": ATOMS}), max_size=4)
JSON_TEXTS = st.one_of(
    st.decimals(-(10**20), 10**20, allow_nan=False).map(str),
    st.integers(-(10**30), 10**30).map(str),
    st.sampled_from(['{"a": [1.50, 1e3, -0.0], "b": null}', '"\\ud83d\\ude00"', "[]", "[1, 12345678901234567890123]"]),
)
FORMS = ("%d/%m/%Y", "%Y%m%d", "%d.%m.%y", "%Y-%j")
MOMENT_FORMS = ("%d/%m/%Y %H:%M", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d")
ZONES = st.sampled_from(["UTC", "Europe/Paris", "Pacific/Auckland", "America/Sao_Paulo"])
CLOCKS = st.sampled_from(
    ["2026-03-29T02:30:00", "2026-10-25T02:30:00", "2026-10-25T01:30:00Z", "2026-01-31", "0001-01-01T00:00:00"]
)
MARKS = st.sampled_from([".", ",", "fr", "sv", "de", "en"])
SEPARATORS = st.sampled_from([";", ",", " ", "\n", ", ", " - ", ";;", "br"])

# Arguments and fitting values, where those of an example and any value would prove too little.
ARGUMENTS: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "split": st.just(()) | st.tuples(SEPARATORS),
    "decimal": st.just(()) | st.tuples(MARKS),
    "date": st.just(()) | st.tuples(st.sampled_from(FORMS) | st.none(), ZONES),
    "datetime": st.just(()) | st.tuples(st.sampled_from(MOMENT_FORMS) | st.none(), ZONES),
    "format_datetime": st.just(()) | st.tuples(st.sampled_from(MOMENT_FORMS) | st.none(), ZONES),
    "items": st.just(()) | st.just(("FieldId", "Value")),
    "index": st.just(()),
    "round": st.tuples(st.integers(0, 6)),
    "truncate": st.tuples(st.integers(-1, 12), st.sampled_from(["", "…", "..."])),
    "truncate_bytes": st.tuples(st.integers(-1, 12)),
    "phone": st.tuples(st.sampled_from(["FR", "SE"]), st.sampled_from(["e164", "international", "national"])),
    "country": st.just(()) | st.tuples(st.sampled_from(["fr", "sv", "en"])),
    "language": st.just(()) | st.tuples(st.sampled_from(["fr", "sv", "en"])),
}
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(-(10**20), 10**20) | st.integers().map(str),
    "decimal": NUMBERS | st.sampled_from(["1 234,5", "1.234,5", "1,234.5", "-0,50", "12.5"]),
    "date": DATES | MOMENTS | CLOCKS | st.sampled_from(["31/01/2026", "20260131", "31.1.50", "2026-366", "0001-001"]),
    "datetime": MOMENTS | CLOCKS | st.sampled_from(["29/03/2026 02:30", "2026-10-25 02:30:00 am", "1/1/2026 0:0"]),
    "format_datetime": MOMENTS | CLOCKS,
    "to_zone": MOMENTS | CLOCKS,
    "epoch": MOMENTS | CLOCKS | st.just("1970-01-01"),
    "from_epoch": st.integers(-(10**9), 10**10) | st.decimals(-(10**9), 10**9, places=9),
    "msdate": MOMENTS | CLOCKS,
    "from_msdate": st.integers(-(10**13), 10**13).map("/Date({})/".format),
    "items": st.dictionaries(TEXTS, ATOMS, max_size=4),
    "index": PAIRS,
    "from_json": JSON_TEXTS,
    "flag": st.sampled_from(["oui", "NEJ", 1, 0.0, True, "x"]),
    "url_decode": st.sampled_from(["%C3%A9+a%20b", "%41", "%%41"]) | TEXTS,
    "email": st.sampled_from(["Anna@ACME.fr", " é@été.fr ", "a+b@xn--t-9fab.fr"]),
    "phone": st.sampled_from(["01 42 68 53 00", "+46850829000", "+1 415 555 2671"]),
    "country": st.sampled_from(["France", "SWE", "Pays-Bas", "uk", "Russie"]),
    "language": st.sampled_from(["fr-FR", "Suédois", "ENG", "grec"]),
    "currency": st.sampled_from(["eur", "€", "SEK"]),
    "siret": st.sampled_from(["732 829 320 00074", 73282932000074]),
    "siren": st.sampled_from(["732 829 320"]),
    "vat": st.sampled_from(["FR 40 303 265 045", "se556703748501"]),
    "iban": st.sampled_from(["FR14 2004 1010 0505 0001 3M02 606"]),
    "url": st.sampled_from(["ACME.fr/", "http://a.fr/X/", "//a.fr", "a.fr/é"]),
    "domain": st.sampled_from(["https://www.acme.fr/x", "a@ACME.fr", "www.www.acme.fr"]),
}
NORMAL = [found for found in TRANSFORMS.values() if found.normal]
INVERTIBLE = [found for found in TRANSFORMS.values() if found.inverse]


def drawn(found: Transform, data: st.DataObject) -> tuple[Any, tuple[Any, ...]]:
    """A value and arguments for a transform."""
    examples = st.sampled_from([example.args for example in found.examples])
    arguments = data.draw(ARGUMENTS.get(found.name, examples))
    inputs = st.sampled_from([example.input for example in found.examples])
    return data.draw(FITTING.get(found.name, VALUES) | inputs), arguments


def applied(found: Transform, value: Any, arguments: tuple[Any, ...]) -> Any:
    """What it gives, or the reason why it refuses."""
    try:
        return found.call(value, *arguments)
    except RuleError as error:
        return error


@pytest.mark.parametrize("found", NORMAL, ids=lambda found: found.name)
@settings(max_examples=40)
@given(data=st.data())
def test_a_normal_transform_applied_twice_gives_the_same_as_once(found: Transform, data: st.DataObject) -> None:
    value, arguments = drawn(found, data)
    once = applied(found, value, arguments)
    if not isinstance(once, RuleError):
        twice = found.call(once, *arguments)
        assert (repr(twice), type(twice)) == (repr(once), type(once))


@pytest.mark.parametrize("found", INVERTIBLE, ids=lambda found: found.name)
@settings(max_examples=40)
@given(data=st.data())
def test_an_inverse_turns_back_whatever_the_transform_has_given(found: Transform, data: st.DataObject) -> None:
    value, arguments = drawn(found, data)
    once = applied(found, value, arguments)
    if not isinstance(once, RuleError):
        back = TRANSFORMS[found.inverse or ""].call(once, *arguments)
        assert found.call(back, *arguments) == once


@pytest.mark.parametrize("found", TRANSFORMS.values(), ids=lambda found: found.name)
@settings(max_examples=40)
@given(data=st.data())
def test_whatever_it_is_given_a_transform_gives_a_value_or_refuses(found: Transform, data: st.DataObject) -> None:
    _, arguments = drawn(found, data)
    outcome = applied(found, data.draw(VALUES | st.just(ABSENT)), arguments)
    assert not isinstance(outcome, RuleError) or outcome.message


@pytest.mark.parametrize("found", TRANSFORMS.values(), ids=lambda found: found.name)
def test_a_transform_without_a_way_back_says_what_it_loses(found: Transform) -> None:
    assert found.inverse or found.loses
    assert not found.loses.endswith(".")


@pytest.mark.parametrize("found", TRANSFORMS.values(), ids=lambda found: found.name)
def test_a_transform_says_what_it_takes_and_gives(found: Transform) -> None:
    assert found.takes in KINDS
    assert found.takes != "same"
    assert found.gives in KINDS


PYTHON = {
    "text": str,
    "number": (int, Decimal),
    "flag": bool,
    "date": date,
    "datetime": datetime,
    "list": list,
    "record": dict,
}


@pytest.mark.parametrize("found", TRANSFORMS.values(), ids=lambda found: found.name)
def test_what_the_examples_give_is_of_the_kind_that_is_promised(found: Transform) -> None:
    for example in found.examples:
        result = applied(found, example.input, example.args)
        if found.gives in PYTHON and result is not None and not isinstance(result, RuleError) and result not in ({},):
            assert isinstance(result, PYTHON[found.gives])
