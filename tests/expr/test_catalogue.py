"""Every transform does what its examples say, and says what it does with missing values."""

from __future__ import annotations

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
    "merge index hash"
)


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
        ("replace", "a" * 10_000, ("a", "b" * 10_000), "more than 1000000 characters"),
        ("pad", "a", (10**9,), "pad needs a length up to 10000"),
        ("pad", "a", (3, "ab"), "pad needs"),
        ("join", ["a"] * 100, ("b" * 100_000,), "1000000 are allowed"),
        ("round", "1.5", (10**9,), "cannot be rounded"),
        ("round", "9" * 30, (15,), "too many digits"),
        ("number", "9" * 41, (), "is not a whole number"),
        ("decimal", "1e999999999", (), "is not a decimal number"),
        ("text", ["a"], (), "is not a text"),
        ("trim", {"a": 1}, (), "is not a text"),
        ("trim", [1] * 31, (), "list of 31 items is not a text"),
        ("hash", "a", (3,), "a hash has 8 to 64 characters"),
        ("truncate", "abc", ("x",), "truncate cannot be applied to 'abc' with 'x'"),
        ("length", 5, (), "5 has no length"),
        ("phone", "0142685300", ("FR", "spoken"), "phone cannot be applied"),
        ("country", "SE", ("de",), "country cannot be applied"),
        ("date", "2026-01-31T00:00:00Z", (None, "Mars/Olympus"), "date cannot be applied"),
        ("format_date", "2026-01-31", ("%Y" * 60,), "more than 100 characters"),
        ("format_date", "hier", (), "is not an ISO date"),
        ("map", [{"a": 1}], ("a[",), "map cannot be applied"),
        ("regex_replace", "a", ("(", ""), "is not a regular expression"),
        ("regex_replace", "a", ("a", r"\9"), "cannot be the replacement"),
        ("json", {"a": object}, (), "json cannot be applied"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: Any, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(RuleError) as caught:
        TRANSFORMS[name].call(value, *arguments)
    assert message in caught.value.message


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
