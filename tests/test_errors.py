"""Every error is one sentence that says where, what and what to do, and has the exit code of its situation."""

from __future__ import annotations

import pytest

from mapper import errors
from mapper.errors import GuardError, MapperError, Position, Problem, Rejected, RemoteError, RuleError, SpecError

CODES = {
    "MapperError": 1,
    "UsageError": 2,
    "SpecError": 2,
    "StateError": 2,
    "RuleError": 3,
    "GuardError": 4,
    "RemoteError": 5,
    "AuthFailed": 5,
    "NotAllowed": 5,
    "Missing": 5,
    "Rejected": 5,
    "Throttled": 5,
    "Unreachable": 5,
    "Unclear": 5,
    "Nonsense": 5,
    "Locked": 6,
    "LeaseLost": 6,
    "QuotaUsed": 5,
}


def classes() -> dict[str, type[MapperError]]:
    found = {name: value for name, value in vars(errors).items() if isinstance(value, type)}
    return {name: value for name, value in found.items() if issubclass(value, MapperError)}


def test_every_error_has_its_exit_code() -> None:
    assert {name: found.exit_code for name, found in classes().items()} == CODES


def test_every_error_stands_in_the_tree_at_the_top_of_the_file() -> None:
    assert errors.__doc__ is not None
    tree = errors.__doc__.split("An error stores facts")[0].split()
    assert [name for name in classes() if name not in tree] == []


def test_a_position_reads_as_editors_read_it() -> None:
    assert str(Position("mappings/company.yaml", 12, 5)) == "mappings/company.yaml:12:5"


@pytest.mark.parametrize(
    ("hint", "text"),
    [("", "a.yaml:1:2: unknown key"), ("did you mean x?", "a.yaml:1:2: unknown key (did you mean x?)")],
)
def test_a_problem_is_told_with_its_place_and_hint(hint: str, text: str) -> None:
    assert str(Problem(Position("a.yaml", 1, 2), "unknown key", hint)) == text


def test_problems_are_told_once_and_in_the_order_of_the_file() -> None:
    places = [("b.yaml", 1, 1), ("a.yaml", 10, 1), ("a.yaml", 9, 3), ("a.yaml", 9, 1), ("a.yaml", 9, 1)]
    found = SpecError(Problem(Position(*place), "wrong") for place in places)
    assert str(found).splitlines() == [
        "a.yaml:9:1: wrong",
        "a.yaml:9:3: wrong",
        "a.yaml:10:1: wrong",
        "b.yaml:1:1: wrong",
    ]


@pytest.mark.parametrize(("hint", "text"), [("", "it is so"), ("do this", "it is so (do this)")])
def test_an_error_says_what_to_do(hint: str, text: str) -> None:
    assert str(MapperError("it is so", hint=hint)) == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "no"),
        ({"field": "zip"}, "zip: no"),
        ({"field": "zip", "position": Position("a.yaml", 3, 4)}, "a.yaml:3:4: zip: no"),
    ],
)
def test_a_broken_rule_names_its_field_and_line_where_they_are_known(facts: dict[str, object], text: str) -> None:
    assert str(RuleError("no", **facts)) == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "no"),
        ({"connection": "nicoka"}, "nicoka: no"),
        ({"connection": "nicoka", "operation": "customers.list"}, "nicoka customers.list: no"),
        (
            {"connection": "nicoka", "operation": "customers.list", "status": 503, "hint": "try later"},
            "nicoka customers.list answered 503: no (try later)",
        ),
        ({"status": 503}, "no"),
    ],
)
def test_a_vendors_refusal_names_connection_operation_and_status(facts: dict[str, object], text: str) -> None:
    assert str(RemoteError("no", **facts)) == text


def test_a_guard_names_the_option_that_lifts_it() -> None:
    found = GuardError("too many", flag="--allow-empty")
    assert str(found) == "too many. If this is what you want, run it again with --allow-empty"


def test_errors_are_caught_by_their_branch() -> None:
    with pytest.raises(RemoteError):
        raise Rejected("no")
