"""Spec classes are frozen dataclasses: they hold what they are given, compare by it, and refuse all else."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import hints, item, spec


@spec
class Thing:
    """A thing."""

    name: str = item("A text.")
    size: int | None = item("A number.", default=None)
    parts: dict[str, str] = item("A table.", default={})
    pos: Position = NOWHERE


def test_what_is_not_given_has_its_default() -> None:
    thing = Thing(name="a")
    assert (thing.name, thing.size, thing.parts, thing.pos) == ("a", None, {}, NOWHERE)


def test_two_things_do_not_share_a_default() -> None:
    assert Thing(name="a").parts is not Thing(name="a").parts


@pytest.mark.parametrize(
    ("given", "wrong"), [({}, "name"), ({"name": "a", "seize": 1}, "seize"), ({"seize": 1}, "name, seize")]
)
def test_what_is_missing_or_not_known_is_refused(given: dict[str, Any], wrong: str) -> None:
    with pytest.raises(TypeError, match=f"^Thing is missing, or does not know: {wrong}$"):
        Thing(**given)


@pytest.mark.parametrize(
    ("other", "same"),
    [(Thing(name="a"), True), (Thing(name="a", pos=Position("f", 7)), True), (Thing(name="b"), False), ("a", False)],
)
def test_things_are_equal_by_what_they_hold_and_not_by_their_place(other: Any, same: bool) -> None:
    assert (Thing(name="a") == other) is same


def test_equal_things_have_one_hash() -> None:
    frozen = {"name": "a", "parts": ()}
    assert hash(Thing(**frozen)) == hash(Thing(**frozen, pos=Position("f", 7)))


def test_a_thing_shows_what_it_holds() -> None:
    assert repr(Thing(name="a")) == "Thing(name='a', size=None, parts={})"


@pytest.mark.parametrize("name", ["name", "pos", "other"])
def test_a_thing_cannot_be_changed(name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Thing(name="a"), name, "b")


def test_nothing_can_be_taken_from_a_thing() -> None:
    thing = Thing(name="a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        del thing.name


def test_a_thing_with_another_value_is_another_thing() -> None:
    thing = Thing(name="a", size=1)
    assert dataclasses.replace(thing, name="b") == Thing(name="b", size=1)


def test_a_copy_is_equal() -> None:
    assert copy.deepcopy(Thing(name="a", parts={"b": "c"})) == Thing(name="a", parts={"b": "c"})


def test_the_types_of_the_fields_are_known_without_the_place() -> None:
    assert hints(Thing) == {"name": str, "size": int | None, "parts": dict[str, str]}
