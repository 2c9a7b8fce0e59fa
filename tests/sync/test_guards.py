"""What stops a run before it has written anything, and the flags that let it go on."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.errors import GuardError, SpecError
from mapper.sync.project import load
from tests.sync.world import PROJECT, World


@pytest.fixture
def many(world: World) -> World:
    """Thirty companies that stand on all sides."""
    for number in range(30):
        world.company(f"ACME {number}")
    world.sync()
    return world


def guarded(world: World, guards: str) -> None:
    world.write("mapper.yaml", PROJECT + f"guards: {guards}\n")


def stopped(world: World, **options: Any) -> tuple[str, str]:
    """What the guard says that stops a run, and the flag that lifts it."""
    with pytest.raises(GuardError) as caught:
        world.sync(**options)
    return caught.value.args[0], caught.value.flag


def leave(world: World, count: int) -> None:
    """Take companies from the second system, as another administrator would."""
    for row in world.customers()[count:]:
        world.nicoka.remove("customers", row["id"])


def test_a_side_that_is_much_smaller_stops_a_full_run(many: World) -> None:
    leave(many, 14)
    words = "nicoka gave 14 records, yet 30 of its records are linked (guards: shrink: 50%)"
    assert stopped(many, full=True) == (words, "--allow-shrunk")


def test_a_side_that_is_a_little_smaller_stops_nothing(many: World) -> None:
    leave(many, 15)
    assert many.sync(full=True).outcome == "done"


def test_the_project_says_how_much_smaller_a_side_may_be(many: World) -> None:
    guarded(many, "{shrink: 10%}")
    leave(many, 26)
    words = "nicoka gave 26 records, yet 30 of its records are linked (guards: shrink: 10%)"
    assert stopped(many, full=True) == (words, "--allow-shrunk")


def test_a_smaller_side_is_read_on_request(many: World) -> None:
    leave(many, 14)
    assert many.sync(full=True, allowed=("shrunk",)).outcome == "done"


def test_a_run_with_more_creates_than_allowed_writes_nothing(world: World) -> None:
    guarded(world, "{creates: 2}")
    for number in range(3):
        world.company(f"ACME {number}")
    words = "cirrus would get 3 creates, 2 are allowed (guards: creates: 2)"
    assert stopped(world) == (words, "--allow-creates")
    assert (world.customers(), world.cirrus_accounts()) == ([], [])
    world.sync(allowed=("creates",))
    assert len(world.customers()) == 3


def test_as_many_creates_as_allowed_are_made(world: World) -> None:
    guarded(world, "{creates: 2}")
    world.company("ACME 1")
    world.company("ACME 2")
    world.sync()
    assert len(world.customers()) == 2


def test_a_share_of_updates_is_of_the_linked_records(many: World) -> None:
    guarded(many, "{updates: 10%}")
    for row in many.accounts()[:4]:
        many.koban.edit("ncThird", row["Guid"], {"Comments": "moved"})
    words = "cirrus would get 4 updates, 3 (10% of its linked records) are allowed (guards: updates: 10%)"
    assert stopped(many) == (words, "--allow-updates")
    assert many.sync(allowed=("updates",)).sides["nicoka"].updated == 4


def test_a_plan_shows_what_a_guard_would_stop(world: World) -> None:
    guarded(world, "{creates: 0}")
    world.company("ACME")
    assert world.plan().sides["nicoka"].created == 1


@pytest.mark.parametrize(
    ("guards", "words"),
    [
        ("{creates: many}", "'many' is no limit: write a number such as 200, or a share such as 25%"),
        ("{updates: -1}", "'-1' is no limit: write a number such as 200, or a share such as 25%"),
        ("{shrink: 200}", "'200' is no limit: write a share such as 25%"),
        ("{shrink: 101%}", "'101%' is no limit: write a share such as 25%"),
    ],
)
def test_a_limit_that_is_none_is_told_at_its_place(world: World, guards: str, words: str) -> None:
    guarded(world, guards)
    with pytest.raises(SpecError) as caught:
        load(world.folder, env={})
    assert words in str(caught.value)
