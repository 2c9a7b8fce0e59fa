"""A record that must be there, and be the same thing, whenever a run begins."""

from __future__ import annotations

import pytest

from mapper.errors import GuardError, SpecError
from mapper.sandbox.base import Fault
from mapper.sync.check import check_project
from tests.sync.world import PROJECT, World


def guarded(world: World, canary: str) -> None:
    world.write("mapper.yaml", PROJECT + f"guards: {{canary: {canary}}}\n")


@pytest.fixture
def synced(world: World) -> World:
    """A company whose record in the second system must be there."""
    world.company("ACME", siret="73282932000074")
    world.sync()
    guarded(world, f"{{company: {{nicoka: '{world.customers()[0]['id']}'}}}}")
    return world


def stopped(world: World) -> str:
    with pytest.raises(GuardError) as caught:
        world.sync()
    assert caught.value.flag == "--allow-canary"
    return str(caught.value.args[0])


def test_one_that_is_there_stops_nothing(synced: World) -> None:
    assert synced.sync().outcome == "done"


def test_one_that_is_gone_stops_the_run_before_anything_is_read(synced: World) -> None:
    synced.nicoka.remove("customers", synced.customers()[0]["id"])
    synced.forget_calls()
    assert "which must always be there, cannot be read" in stopped(synced)
    assert synced.koban.calls == []


def test_one_that_may_not_be_read_stops_the_run(synced: World) -> None:
    key = synced.customers()[0]["id"]
    synced.nicoka.faults.append(Fault("status", path=f"/api/customers/{key}", status=403, times=9))
    assert "which must always be there, cannot be read" in stopped(synced)


def test_one_that_is_another_thing_now_stops_the_run(synced: World) -> None:
    key = synced.customers()[0]["id"]
    synced.nicoka.edit("customers", key, {"name1": "Other", "identification_number": "55208131766522"})
    assert stopped(synced).startswith(f"nicoka {key}, which must always be the same, has other values in every match")


def test_one_that_has_only_another_name_is_the_same_thing(synced: World) -> None:
    synced.nicoka.edit("customers", synced.customers()[0]["id"], {"name1": "ACME SA"})
    assert synced.sync().outcome == "done"


def test_its_flag_lets_one_run_go_on(synced: World) -> None:
    synced.nicoka.edit("customers", synced.customers()[0]["id"], {"name1": "O", "identification_number": None})
    assert synced.sync(allowed=("canary",)).outcome == "done"


@pytest.mark.parametrize(
    ("canary", "words"),
    [
        ("{compny: {koban: a}}", "there is no mapping of 'compny' (did you mean 'company'?)"),
        ("{company: {kobn: a}}", "the mapping of 'company' has no side 'kobn' (did you mean 'koban'?)"),
    ],
)
def test_one_of_nothing_is_a_problem_of_the_project(world: World, canary: str, words: str) -> None:
    guarded(world, canary)
    assert [str(problem).split(": ", 1)[1] for problem in check_project(world.folder).problems] == [words]
    with pytest.raises(SpecError):
        world.sync()
