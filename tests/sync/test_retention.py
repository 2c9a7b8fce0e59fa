"""At the end of a run the values that older runs left go, after as many days as the project says."""

from __future__ import annotations

import pytest

from tests.sync.world import PROJECT, World

DAY = 86400


@pytest.mark.parametrize(("days", "left"), [(29, True), (31, False)])
def test_the_values_of_a_run_go_after_the_days_that_the_project_says(world: World, days: int, left: bool) -> None:
    world.write("mapper.yaml", f"retention: 30\n{PROJECT}")
    world.company("ACME")
    first = world.sync()
    world.clock.now += days * DAY
    world.sync()
    with world.project() as project:
        titles = {row["title"] for row in project.store.changes(run=first.run)}
    assert titles == ({"ACME"} if left else {""})


def test_after_the_values_went_the_next_run_still_writes_nothing(world: World) -> None:
    world.company("ACME")
    world.sync()
    world.clock.now += 100 * DAY
    world.sync()
    world.forget_calls()
    world.sync(full=True)
    assert set(world.writes().values()) == {0}
