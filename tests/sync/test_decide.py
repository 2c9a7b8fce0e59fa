"""Every decision on one link, as tables: what each side held at the last agreement, what it holds now, what follows."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from mapper.compile import CompiledMapping
from mapper.records import Record
from mapper.sync.decide import Decision, View, context_fields, decide
from tests.compile.build import compiled

SIDES = "abc"

MAPPING = """
entity: thing
about: Things.
sides: {{a: {{resource: things}}, b: {{resource: things}}, c: {{resource: things{accepts}}}}}
conflict: {conflict}
{direction}
fields:
  v: {{{row}, a: name, b: name, c: {c}}}
  w: {{a: alias, b: alias, c: alias}}
  marks: {{type: set, values: by label, a: marks, b: marks, c: marks}}
"""


@cache
def mapping(
    *,
    conflict: str = "quarantine",
    row: str = "type: text",
    c: str = "name",
    direction: str = "",
    accepts: str = "",
) -> CompiledMapping:
    given = f", accepts: '{accepts}'" if accepts else ""
    return compiled(MAPPING.format(conflict=conflict, row=row, c=c, direction=direction, accepts=given))


def view(
    rules: CompiledMapping, side: str, then: Record | None, now: Record | None, *, role: str = "both", **more: Any
) -> View:
    """A side: what was last agreed, and what was read now (None: not read); without a `then` there is no record yet."""
    key = None if then is None and now is None else side.upper()
    return View(side, role, key, rules.base(then or {}), now, **more)


def on(rules: CompiledMapping, then: str | None, *now: str | None, tolerance: float = 0.0, **more: Any) -> Decision:
    """The decision about field `v`: agreed on `then`, now read on a, b and c; "=" stands for what was not read."""
    base: Record = {"v": then}
    views = {
        side: view(rules, side, base, None if value == "=" else {"v": value}, **more.get(side, {}))
        for side, value in zip(SIDES, now, strict=True)
    }
    return decide(rules, views, dict.fromkeys(views, tolerance / 2))


def written(decision: Decision, name: str = "v") -> dict[str, Any]:
    """The value that each side is written in an update."""
    return {side: values[name] for side, values in decision.updates.items() if name in values}


# Edits

EDITS: dict[str, tuple[list[str | None], dict[str, Any]]] = {
    "nobody": (["x", "x", "x"], {}),
    "nobody was read": (["=", "=", "="], {}),
    "one side, all read": (["y", "x", "x"], {"b": "y", "c": "y"}),
    "one side, only it was read": (["y", "=", "="], {"b": "y", "c": "y"}),
    "the last side": (["=", "=", "y"], {"a": "y", "b": "y"}),
    "two sides to the same value": (["y", "y", "="], {"c": "y"}),
    "all sides to the same value": (["y", "y", "y"], {}),
    "one side emptied it": ([None, "x", "="], {"b": None, "c": None}),
    "two sides emptied it": ([None, None, "x"], {"c": None}),
}


@pytest.mark.parametrize("who", EDITS)
def test_an_edit_goes_to_the_sides_that_do_not_have_it(who: str) -> None:
    now, expected = EDITS[who]
    decision = on(mapping(), "x", *now)
    assert (written(decision), decision.conflicts, decision.creates) == (expected, [], {})


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (None, ["y", None, "="], {"b": "y", "c": "y"}),
        (None, [None, "=", "="], {}),
        ("x", ["x", "=", "="], {}),
        ("x", ["X", "=", "="], {"b": "X", "c": "X"}),
        ("a\nb", ["a\r\nb", "=", "="], {}),
    ],
    ids=["filled in", "still empty", "still the same", "other letters", "other line ends"],
)
def test_whether_a_value_moved_is_told_by_what_it_means(then: Any, now: list[Any], expected: dict[str, Any]) -> None:
    assert written(on(mapping(), then, *now)) == expected


def test_a_value_that_is_absent_now_did_not_move() -> None:
    rules = mapping()
    views = {"a": view(rules, "a", {"v": "x"}, {}), "b": view(rules, "b", {"v": "x"}, {"v": "x"})}
    views["c"] = view(rules, "c", {"v": "x"}, None)
    assert decide(rules, views) == Decision()


def test_a_value_seen_for_the_first_time_moved() -> None:
    rules = mapping()
    views = {side: view(rules, side, {}, {"v": "x"} if side == "a" else None) for side in SIDES}
    assert written(decide(rules, views)) == {"b": "x", "c": "x"}


def test_an_empty_value_seen_for_the_first_time_did_not() -> None:
    rules = mapping()
    views = {side: view(rules, side, {}, {"v": None, "marks": []} if side == "a" else None) for side in SIDES}
    assert decide(rules, views) == Decision()


def test_fields_are_decided_one_by_one() -> None:
    rules = mapping()
    then = {"v": "x", "w": "x"}
    views = {
        "a": view(rules, "a", then, {"v": "y", "w": "x"}),
        "b": view(rules, "b", then, {"v": "x", "w": "z"}),
        "c": view(rules, "c", then, None),
    }
    assert decide(rules, views).updates == {"b": {"v": "y"}, "a": {"w": "z"}, "c": {"v": "y", "w": "z"}}


# Conflicts


@pytest.mark.parametrize(
    ("conflict", "now", "expected", "left"),
    [
        ("quarantine", ["y", "z", "="], {}, ["v"]),
        ("a", ["y", "z", "="], {"b": "y", "c": "y"}, []),
        ("b", ["y", "z", "="], {"a": "z", "c": "z"}, []),
        ("c", ["y", "z", "="], {}, ["v"]),
        ("a", ["y", "y", "z"], {"c": "y"}, []),
        ("c", ["y", "y", "z"], {"a": "z", "b": "z"}, []),
        ("quarantine", ["y", "y", "z"], {}, ["v"]),
        ("a", [None, "z", "="], {"b": None, "c": None}, []),
        ("quarantine", [None, "z", "="], {}, ["v"]),
    ],
)
@pytest.mark.parametrize("where", ["mapping", "row"])
def test_a_conflict_is_decided_by_its_rule(
    conflict: str, now: list[Any], expected: dict[str, Any], left: list[str], where: str
) -> None:
    rules = mapping(conflict=conflict) if where == "mapping" else mapping(row=f"conflict: {conflict}")
    decision = on(rules, "x", *now)
    assert (written(decision), [conflict.name for conflict in decision.conflicts]) == (expected, left)


def test_a_conflict_names_the_sides_and_their_values() -> None:
    [conflict] = on(mapping(), "x", "y", "z", "=").conflicts
    assert dict(conflict.values) == {"a": "y", "b": "z"}


def test_a_field_in_conflict_does_not_hold_back_the_others() -> None:
    rules = mapping()
    then = {"v": "x", "w": "x"}
    views = {
        "a": view(rules, "a", then, {"v": "y", "w": "z"}),
        "b": view(rules, "b", then, {"v": "q", "w": "x"}),
        "c": view(rules, "c", then, None),
    }
    decision = decide(rules, views)
    assert (decision.updates, len(decision.conflicts)) == ({"b": {"w": "z"}, "c": {"w": "z"}}, 1)


@pytest.mark.parametrize(
    ("stamps", "tolerance", "expected"),
    [
        ((100.0, 200.0), 0, {"a": "z", "c": "z"}),
        ((200.0, 100.0), 0, {"b": "y", "c": "y"}),
        ((100.0, 100.0), 0, None),
        ((100.0, 160.0), 60, None),
        ((100.0, 161.0), 60, {"a": "z", "c": "z"}),
        ((None, 200.0), 0, None),
        ((None, None), 0, None),
    ],
)
def test_the_newest_edit_wins_only_where_there_is_no_doubt(
    stamps: tuple[float | None, float | None], tolerance: float, expected: dict[str, Any] | None
) -> None:
    first, second = stamps
    rules = mapping(conflict="newest")
    decision = on(rules, "x", "y", "z", "=", tolerance=tolerance, a={"stamp": first}, b={"stamp": second})
    assert (written(decision), bool(decision.conflicts)) == (expected or {}, expected is None)


def test_the_newest_of_three_is_compared_with_the_next() -> None:
    stamps = {side: {"stamp": stamp} for side, stamp in zip(SIDES, (100.0, 950.0, 1000.0), strict=True)}
    rules = mapping(conflict="newest")
    assert on(rules, "x", "p", "q", "r", tolerance=60, **stamps).conflicts
    assert written(on(rules, "x", "p", "q", "r", tolerance=10, **stamps)) == {"a": "r", "b": "r"}


def test_a_newer_side_that_agrees_with_another_is_no_rival_of_it() -> None:
    """Two sides hold the newest value: their stamps need not differ for it to win."""
    stamps = {side: {"stamp": stamp} for side, stamp in zip(SIDES, (100.0, 990.0, 1000.0), strict=True)}
    decision = on(mapping(conflict="newest"), "x", "y", "z", "z", tolerance=60, **stamps)
    assert (written(decision), decision.conflicts) == ({"a": "z"}, [])


# Sets


SETS: dict[str, tuple[list[list[str] | None], dict[str, list[str]]]] = {
    "nobody": ([["P", "Q"], ["Q", "P"], None], {}),
    "one side adds": ([["P", "Q", "R"], ["P", "Q"], None], {"b": ["P", "Q", "R"], "c": ["P", "Q", "R"]}),
    "one side removes": ([["P"], ["P", "Q"], None], {"b": ["P"], "c": ["P"]}),
    "one side empties": ([[], ["P", "Q"], None], {"b": [], "c": []}),
    "two sides add": ([["P", "Q", "R"], ["P", "Q", "S"], None], dict.fromkeys(SIDES, ["P", "Q", "R", "S"])),
    "one adds, one removes": ([["P", "Q", "R"], ["P"], None], dict.fromkeys(SIDES, ["P", "R"])),
    "both add the same": ([["P", "Q", "R"], ["P", "Q", "R"], None], {"c": ["P", "Q", "R"]}),
    "both remove the same": ([["P"], ["P"], None], {"c": ["P"]}),
    "one takes out and puts in": ([["P", "R"], ["P", "Q"], None], {"b": ["P", "R"], "c": ["P", "R"]}),
    "other letters only": ([["p", "q"], None, None], {}),
}


@pytest.mark.parametrize("who", SETS)
def test_sets_are_merged_item_by_item(who: str) -> None:
    now, expected = SETS[who]
    rules = mapping()
    then = {"marks": ["P", "Q"]}
    views = {
        side: view(rules, side, then, None if value is None else {"marks": value})
        for side, value in zip(SIDES, now, strict=True)
    }
    decision = decide(rules, views)
    found = {side: sorted(values) for side, values in written(decision, "marks").items()}
    assert (found, decision.conflicts) == (expected, [])


def test_what_one_side_adds_is_not_taken_out_because_another_never_had_it() -> None:
    rules = mapping()
    views = {
        "a": view(rules, "a", {"marks": ["P"]}, {"marks": ["P", "Q"]}),
        "b": view(rules, "b", {"marks": []}, {"marks": []}),
        "c": view(rules, "c", {"marks": ["P"]}, None),
    }
    decision = decide(rules, views)
    assert {side: sorted(v) for side, v in written(decision, "marks").items()} == {"b": ["Q"], "c": ["P", "Q"]}


# Policies and forms of cells


@pytest.mark.parametrize(
    ("policy", "held", "expected"),
    [
        ("always", "x", {"c": "y"}),
        ("if empty", "x", {}),
        ("if empty", None, {"c": "y"}),
        ("on create", "x", {}),
        ("never clear", "x", {"c": "y"}),
    ],
)
def test_a_cells_policy_says_whether_an_edit_reaches_it(policy: str, held: Any, expected: dict[str, Any]) -> None:
    rules = mapping(c=f"{{path: name, policy: {policy}}}")
    views = {
        "a": view(rules, "a", {"v": "x"}, {"v": "y"}),
        "b": view(rules, "b", {"v": "x"}, {"v": "y"}),
        "c": view(rules, "c", {"v": held}, {"v": held}),
    }
    assert written(decide(rules, views)) == expected


def test_a_field_that_can_be_written_once_is_not_updated() -> None:
    assert written(on(mapping(c="serial"), "x", "y", "y", "=")) == {}


# Directions and roles


@pytest.mark.parametrize(
    ("direction", "now", "expected"),
    [
        ("a -> others", ["y", "=", "="], {"b": "y", "c": "y"}),
        ("a -> others", ["=", "y", "="], {}),
        ("a -> b", ["y", "=", "="], {"b": "y"}),
        ("a, b -> c", ["=", "y", "="], {"c": "y"}),
        ("any -> c", ["y", "=", "="], {"c": "y"}),
        ("any -> any", ["=", "=", "y"], {"a": "y", "b": "y"}),
    ],
)
@pytest.mark.parametrize("where", ["row", "mapping"])
def test_a_direction_says_from_where_and_to_where(
    direction: str, now: list[Any], expected: dict[str, Any], where: str
) -> None:
    text = f"direction: '{direction}'"
    rules = mapping(row=text) if where == "row" else mapping(direction=text)
    assert written(on(rules, "x", *now)) == expected


def test_an_edit_against_the_direction_is_no_conflict() -> None:
    decision = on(mapping(row="direction: a -> others"), "x", "y", "z", "=")
    assert (written(decision), decision.conflicts) == ({"b": "y", "c": "y"}, [])


@pytest.mark.parametrize(
    ("roles", "now", "expected"),
    [
        ({"c": "target"}, ["y", "=", "="], {"b": "y", "c": "y"}),
        ({"c": "target"}, ["=", "=", "y"], {}),
        ({"c": "source"}, ["y", "=", "="], {"b": "y"}),
        ({"c": "source"}, ["=", "=", "y"], {"a": "y", "b": "y"}),
        ({"b": "target", "c": "target"}, ["y", "z", "="], {"b": "y", "c": "y"}),
    ],
)
def test_a_role_says_whether_a_side_gives_and_takes(
    roles: dict[str, str], now: list[Any], expected: dict[str, Any]
) -> None:
    more = {side: {"role": role} for side, role in roles.items()}
    assert written(on(mapping(), "x", *now, **more)) == expected


# New records


def test_a_side_without_a_record_gets_one_with_everything() -> None:
    rules = mapping()
    now = {"v": "x", "w": "y", "marks": ["P"]}
    views = {"a": view(rules, "a", None, now), "b": view(rules, "b", None, None), "c": view(rules, "c", None, None)}
    decision = decide(rules, views)
    assert (decision.creates, decision.updates) == ({"b": now, "c": now}, {})


def test_a_new_record_has_the_values_of_all_others() -> None:
    rules = mapping(conflict="a")
    views = {
        "a": view(rules, "a", None, {"v": "x", "marks": ["P"]}),
        "b": view(rules, "b", None, {"v": None, "w": "y", "marks": ["Q"]}),
        "c": view(rules, "c", None, None),
    }
    decision = decide(rules, views)
    created = decision.creates["c"]
    assert (created["v"], created["w"], sorted(created["marks"])) == ("x", "y", ["P", "Q"])
    assert {side: set(values) for side, values in decision.updates.items()} == {
        "a": {"w", "marks"},
        "b": {"v", "marks"},
    }


def test_a_new_record_has_what_did_not_move_as_well() -> None:
    rules = mapping()
    views = {
        "a": view(rules, "a", {"v": "x", "w": "y"}, {"v": "x", "w": "z"}),
        "b": view(rules, "b", {"v": "x", "w": "y"}, None),
        "c": view(rules, "c", None, None),
    }
    assert decide(rules, views).creates == {"c": {"v": "x", "w": "z"}}


def test_a_new_record_leaves_out_a_field_in_conflict() -> None:
    rules = mapping()
    views = {
        "a": view(rules, "a", None, {"v": "x", "w": "y"}),
        "b": view(rules, "b", None, {"v": "z", "w": "y"}),
        "c": view(rules, "c", None, None),
    }
    decision = decide(rules, views)
    assert (decision.creates, [c.name for c in decision.conflicts]) == ({"c": {"w": "y"}}, ["v"])


@pytest.mark.parametrize(("value", "created"), [("yes", True), ("no", False), (None, False)])
def test_a_side_takes_only_the_new_records_that_it_accepts(value: Any, created: bool) -> None:
    rules = mapping(accepts='{{ v == "yes" }}')
    views = {
        "a": view(rules, "a", None, {"v": value, "w": "y"}),
        "b": view(rules, "b", {"v": value, "w": "y"}, None),
        "c": view(rules, "c", None, None),
    }
    assert ("c" in decide(rules, views).creates) == created


def test_a_side_that_accepts_no_new_record_still_takes_updates() -> None:
    rules = mapping(accepts='{{ v == "yes" }}')
    assert written(on(rules, "yes", "no", "=", "=")) == {"b": "no", "c": "no"}


def test_a_source_gets_no_record() -> None:
    rules = mapping()
    views = {
        "a": view(rules, "a", None, {"v": "x"}),
        "b": view(rules, "b", None, None, role="source"),
        "c": view(rules, "c", None, None, role="target"),
    }
    assert decide(rules, views).creates == {"c": {"v": "x"}}


def test_a_record_that_only_a_target_holds_is_given_to_nobody() -> None:
    rules = mapping()
    views = {side: view(rules, side, None, {"v": "x"} if side == "c" else None) for side in SIDES}
    views["c"].role = "target"
    assert decide(rules, views) == Decision()


def test_a_record_of_which_nothing_is_known_is_not_made() -> None:
    rules = mapping()
    views = {side: view(rules, side, None, {"v": None} if side == "a" else None) for side in SIDES}
    assert decide(rules, views).creates == {}


def test_a_new_record_takes_values_along_the_directions_only() -> None:
    rules = mapping(row="direction: b -> others")
    views = {side: view(rules, side, None, {"v": "x", "w": "y"} if side == "a" else None) for side in SIDES}
    assert decide(rules, views).creates["c"] == {"w": "y"}


# What earlier runs owe


def test_what_is_owed_is_written_again() -> None:
    decision = on(mapping(), "x", "=", "=", "=", c={"owed": {"v": "y"}})
    assert written(decision) == {"c": "y"}


def test_what_is_owed_gives_way_to_a_newer_edit() -> None:
    decision = on(mapping(), "x", "z", "=", "=", c={"owed": {"v": "y"}})
    assert written(decision) == {"b": "z", "c": "z"}


def test_what_is_owed_is_not_written_over_an_edit_of_its_own_side() -> None:
    decision = on(mapping(), "x", "=", "=", "z", c={"owed": {"v": "y"}})
    assert written(decision) == {"a": "z", "b": "z"}


def test_what_is_owed_and_no_longer_wanted_is_not_written() -> None:
    """The edit that is owed to a side was taken back before it was written."""
    rules = mapping()
    views = {
        "a": view(rules, "a", {"v": "y"}, {"v": "x"}),
        "b": view(rules, "b", {"v": "x"}, None),
        "c": view(rules, "c", {"v": "x"}, None, owed={"v": "y"}),
    }
    assert "c" not in written(decide(rules, views))


def test_a_create_that_is_owed_is_made_although_nothing_was_read() -> None:
    rules = mapping()
    views = {side: view(rules, side, {"v": "x"} if side != "c" else None, None) for side in SIDES}
    views["c"].owed, views["c"].creating = {"v": "x", "w": "y"}, True
    assert decide(rules, views).creates == {"c": {"v": "x", "w": "y"}}


def test_a_create_that_is_owed_has_the_newest_values() -> None:
    rules = mapping()
    views = {
        "a": view(rules, "a", {"v": "x", "w": "y"}, {"v": "z", "w": "y"}),
        "b": view(rules, "b", {"v": "x", "w": "y"}, None),
        "c": view(rules, "c", None, None, owed={"v": "x", "w": "y"}, creating=True),
    }
    assert decide(rules, views).creates == {"c": {"v": "z", "w": "y"}}


def test_a_field_in_conflict_is_not_written_from_what_is_owed() -> None:
    decision = on(mapping(), "x", "y", "z", "=", c={"owed": {"v": "q"}})
    assert written(decision) == {}


@pytest.mark.parametrize(("changed", "fields"), [({"v"}, {"v", "w"}), ({"w"}, {"w"})])
def test_a_change_brings_what_the_condition_of_its_cell_asks_for(changed: set[str], fields: set[str]) -> None:
    rules = mapping(c="{path: name, when: '{{ not w }}'}")
    assert context_fields(rules.sides["c"], changed) == fields
