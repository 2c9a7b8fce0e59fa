"""Every transform does what its examples say, and says what it does with missing values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mapper.errors import RuleError
from mapper.expr import SUBJECTS, TRANSFORMS, Example, Transform
from mapper.expr.transform import PASSED, transform
from mapper.records import ABSENT

EXAMPLES = [(found, example) for found in TRANSFORMS.values() for example in found.examples]
WANTED = (
    "trim lower upper capitalize title squeeze replace strip_accents slug truncate truncate_bytes split join prefix "
    "suffix pad striptags html unescape first last unique sort flatten map length default or text number decimal flag "
    "round abs date datetime format_date epoch from_epoch msdate from_msdate digits email phone country language "
    "currency siret siren vat url domain regex_replace matches contains json from_json keys values items pick omit "
    "merge index hash fold before after between lines wrap regex_find regex_all starts_with ends_with url_encode "
    "url_decode format_number min max sum average clamp floor ceil add_days add_months year month day weekday start_of "
    "days_until years_until next_mark to_zone format_datetime filter find group zip explode compact reverse take "
    "skip get set rename by fail iban"
)
PEOPLE = [{"name": "Bo", "age": 40}, {"name": "ann", "age": 17}, {"name": "Cy", "age": 40}]


@pytest.mark.parametrize(
    ("found", "example"), EXAMPLES, ids=[f"{found.name}-{example.input!r:.30}" for found, example in EXAMPLES]
)
def test_a_transform_does_what_its_example_says(found: Transform, example: Example) -> None:
    try:
        output = found.call(example.input, *example.args)
    except RuleError as error:
        assert isinstance(example.output, str)
        assert example.output in error.message
    else:
        assert output == example.output
        assert type(output) is type(example.output)


@pytest.mark.parametrize("name", WANTED.split())
def test_the_catalogue_holds(name: str) -> None:
    assert TRANSFORMS[name].name == name


@pytest.mark.parametrize("found", TRANSFORMS.values(), ids=lambda found: found.name)
def test_a_transform_is_documented(found: Transform) -> None:
    assert found.summary.endswith(".")
    assert found.examples
    assert found.on_missing


@pytest.mark.parametrize("missing", [ABSENT, None, "", [], {}], ids=repr)
@pytest.mark.parametrize("found", [t for t in TRANSFORMS.values() if t.on_missing == PASSED], ids=lambda t: t.name)
def test_a_missing_value_is_passed_through_untouched(found: Transform, missing: Any) -> None:
    arguments = found.examples[0].args
    assert found.call(missing, *arguments) is missing


@pytest.mark.parametrize("found", [t for t in TRANSFORMS.values() if t.inverse], ids=lambda t: t.name)
def test_the_way_back_is_in_the_catalogue(found: Transform) -> None:
    assert found.inverse in TRANSFORMS


def test_every_transform_belongs_to_one_subject() -> None:
    listed = [name for module in SUBJECTS.values() for name in vars(module).values() if isinstance(name, Transform)]
    assert sorted(found.name for found in listed) == sorted(TRANSFORMS)


@pytest.mark.parametrize(
    ("name", "value", "arguments", "message"),
    [
        ("replace", "abc", ("", "x"), "needs a text to look for"),
        ("replace", "a" * 10_000, ("a", "b" * 10_000), "more than 250000 characters"),
        ("pad", "a", (10**9,), "pad needs a length up to 10000"),
        ("pad", "a", (3, "ab"), "pad needs"),
        ("join", ["a"] * 100, ("b" * 100_000,), "250000 are allowed"),
        ("round", "1.5", (10**9,), "cannot be rounded"),
        ("number", "9" * 41, (), "is not a whole number"),
        ("decimal", "1e999999999", (), "is not a decimal number"),
        ("text", ["a"], (), "is not a text"),
        ("trim", {"a": 1}, (), "is not a text"),
        ("trim", [1] * 31, (), "list of 31 items is not a text"),
        ("hash", "a", (3,), "a hash has 8 to 64 characters"),
        ("truncate", "abc", ("x",), "'x' is not a count from 0"),
        ("length", 5, (), "5 has no length"),
        ("phone", "0142685300", ("FR", "spoken"), "has no form 'spoken'"),
        ("country", "SE", ("de",), "names are known in fr, sv, en"),
        ("date", "2026-01-31T00:00:00Z", (None, "Mars/Olympus"), "there is no time zone 'Mars/Olympus'"),
        ("format_date", "2026-01-31", ("%Y" * 60,), "more than 100 characters"),
        ("date", "2026-01-31", ("%Y%Y",), "%Y stands twice"),
        ("format_date", "hier", (), "is not an ISO date"),
        ("map", [{"a": 1}], ("a[",), "map cannot be applied"),
        ("regex_replace", "a", ("(", ""), "is not a regular expression"),
        ("regex_replace", "a", ("a", r"\9"), "cannot be the replacement"),
        ("json", {"a": object}, (), "json cannot be applied"),
        ("strip_accents", "é" * 50_001, (), "50000 are allowed here"),
        ("contains", "é" * 50_001, ("e",), "50000 are allowed here"),
        ("sort", ["é" * 40_000] * 10, (), "too long to be sorted"),
        ("flatten", [[0] * 60_000] * 2, (), "100000 are allowed"),
        ("explode", [{"a": [0] * 60_000}] * 2, ("a",), "100000 are allowed"),
        ("map", [{}] * 100_001, ("a",), "100000 are allowed"),
        ("sum", [10**39] * 2 + ["9" * 40, "1e60"], (), "too large a number"),
        ("average", [1], (40,), "0 to 20 are possible"),
        ("from_json", "1e500", (), "is not JSON"),
        ("from_json", "1e99", (), "is not a decimal number"),
        ("from_json", "[NaN]", (), "is not JSON"),
        ("from_json", "[" * 5_000, (), "is not JSON"),
        ("add_months", "9999-12-31", (1,), "out of the calendar"),
        ("add_days", "2026-01-31", ("a",), "is not a count of days"),
        ("striptags", "<" * 500_001, (), "too long to be read as HTML"),
        ("set", {}, ("a[*]", 1), "is not a plain path"),
        ("date", "2026-01-31", (0,), "0 is not a form such as"),
        ("day", "2026-01-31", (0,), "0 is not a time zone such as"),
        ("fold", "a" + "\u0315\u0300" * 20_000, (), "more than 100 marks on one letter"),
        ("fail", "x", ("no " * 100,), "no no no"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: Any, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(RuleError) as caught:
        TRANSFORMS[name].call(value, *arguments)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("name", "ask", "expected"),
    [
        ("map", lambda it: it["age"] + 1, [41, 18, 41]),
        ("filter", lambda it: it["age"] > 18, [PEOPLE[0], PEOPLE[2]]),
        ("find", lambda it: it["age"] < 18, PEOPLE[1]),
        ("sort", lambda it: it["name"], [PEOPLE[1], PEOPLE[0], PEOPLE[2]]),
        ("group", lambda it: it["age"] >= 18, {"true": [PEOPLE[0], PEOPLE[2]], "false": [PEOPLE[1]]}),
        ("unique", lambda it: it["age"], [PEOPLE[0], PEOPLE[1]]),
    ],
)
def test_a_transform_of_each_item_takes_a_function_as_well_as_a_path(name: str, ask: Any, expected: Any) -> None:
    assert TRANSFORMS[name].each
    assert TRANSFORMS[name].call(PEOPLE, ask) == expected


def test_only_those_that_ask_each_item_take_a_function() -> None:
    assert {found.name for found in TRANSFORMS.values() if found.each} == {
        "map",
        "filter",
        "find",
        "sort",
        "group",
        "unique",
    }


def test_a_record_that_is_given_to_set_does_not_change() -> None:
    given = {"a": {"b": 1}}
    assert TRANSFORMS["set"].call(given, "a.b", 2) == {"a": {"b": 2}}
    assert given == {"a": {"b": 1}}


@pytest.mark.parametrize("name", ["sum", "min", "max", "average", "abs", "clamp", "format_number", "floor", "decimal"])
def test_numbers_of_many_digits_lose_none(name: str) -> None:
    value = Decimal("1234567890123456789012345678.25")
    arguments = (0, value) if name == "clamp" else ()
    expected = {"format_number": str(value), "floor": int(value)}.get(name, value)
    assert TRANSFORMS[name].call(value, *arguments) == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x" * 500, "'" + "x" * 56 + "..."), (["y"] * 500, "list of 500 items")],
)
def test_a_long_value_is_shortened_in_the_message(value: Any, shown: str) -> None:
    with pytest.raises(RuleError) as caught:
        TRANSFORMS["siret"].call(value)
    assert shown in caught.value.message


@pytest.mark.parametrize(
    ("count", "keywords", "complaint"),
    [
        (1, (), None),
        (0, ("length",), None),
        (1, ("end",), None),
        (0, (), "missing a required argument: 'length'; use truncate(length, end='')"),
        (3, (), "too many positional arguments; use truncate(length, end='')"),
        (1, ("to",), "got an unexpected keyword argument 'to'; use truncate(length, end='')"),
    ],
)
def test_arguments_are_checked_without_a_value(count: int, keywords: tuple[str, ...], complaint: str | None) -> None:
    assert TRANSFORMS["truncate"].complaint(count, keywords) == complaint


def test_a_transform_of_ones_own_gets_its_name_from_the_function() -> None:
    @transform("Twice the text.", ("a", "aa"))
    def twice(value: Any) -> str:
        return str(value) * 2

    assert (twice.name, twice.params, twice.call("a"), twice.call("")) == ("twice", (), "aa", "")


def test_an_unforeseen_error_in_a_transform_becomes_a_rule_error() -> None:
    @transform("The wrong thing.", ("a", "a"))
    def wrong(value: Any) -> Any:
        return value["x"]["y"]

    with pytest.raises(RuleError, match="wrong cannot be applied to 'a'"):
        wrong.call("a")
