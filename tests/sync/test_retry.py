"""What is set aside is tried again by itself when its reason may have gone, and leaves a trace when it came right."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from mapper.state.tables import quarantine_left
from mapper.sync.story import Left, story
from tests.sync.world import World

BAD, GOOD = "12345678900011", "73282932000074"


def refused(world: World, path: str = "/api/customers") -> None:
    world.nicoka.faults.append(Fault("status", method="POST", path=path, status=400, times=999))


@pytest.fixture
def given_up(world: World) -> World:
    """A company that a vendor has refused so often that no run tries it by itself any more."""
    world.company("ACME")
    refused(world)
    for _ in range(4):
        world.sync()
    world.nicoka.faults.clear()
    world.sync()
    assert world.customers() == []
    return world


def test_a_refused_write_is_tried_again_when_a_list_that_it_uses_changes(given_up: World) -> None:
    lists = given_up.nicoka.account.lists
    lists["202"] = {**lists["202"], "999": "Ancien client"}
    given_up.sync()
    assert [row["name1"] for row in given_up.customers()] == ["ACME"]


def test_a_refused_write_is_left_alone_when_a_list_of_other_fields_changes(given_up: World) -> None:
    lists = given_up.nicoka.account.lists
    lists["143"] = {**lists["143"], "999": "Espace"}
    given_up.forget_calls()
    given_up.sync()
    assert (given_up.customers(), given_up.writes()["nicoka"]) == ([], 0)


def test_it_is_tried_once_for_each_change_of_a_list(world: World) -> None:
    world.company("ACME")
    refused(world)
    for _ in range(4):
        world.sync()
    lists = world.nicoka.account.lists
    lists["202"] = {**lists["202"], "999": "Ancien client"}
    world.forget_calls()
    world.sync()
    assert world.writes()["nicoka"] > 0
    world.forget_calls()
    world.sync()
    assert world.writes()["nicoka"] == 0


def test_a_refused_write_is_tried_again_when_the_mapping_changes(given_up: World) -> None:
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    given_up.write("mappings/company.yaml", text.replace("conflict: koban", "conflict: newest"))
    given_up.plan()
    given_up.sync()
    assert [row["name1"] for row in given_up.customers()] == ["ACME"]


def test_a_refused_write_is_tried_again_when_the_record_changes(given_up: World) -> None:
    given_up.koban.edit("ncThird", given_up.accounts()[0]["Guid"], {"Label": "ACME SA"})
    given_up.sync()
    assert [row["name1"] for row in given_up.customers()] == ["ACME SA"]


def test_a_refused_write_is_tried_again_when_a_record_that_it_refers_to_is_there(world: World) -> None:
    company = world.company("ACME")
    world.koban.add_person({"last_name": "Berg", "first_name": "Ana", "email": "ana@acme.example"}, company)
    refused(world)
    refused(world, "/api/contacts")
    world.sync()
    for _ in range(4):
        world.sync("person")
    world.nicoka.faults.clear()
    world.sync("person")
    assert world.nicoka.data()["contacts"] == []
    world.koban.edit("ncThird", company, {"Label": "ACME SA"})
    world.sync()
    world.sync("person")
    [contact] = world.nicoka.data()["contacts"]
    assert contact["customerid"] == world.customers()[0]["id"]


def test_a_value_that_a_list_lacks_is_written_when_the_list_has_it(world: World) -> None:
    lists = world.nicoka.account.lists
    whole = lists["143"]
    lists["143"] = {key: label for key, label in whole.items() if label != "Logiciels"}
    world.company("ACME", sector="Logiciels")
    world.sync()
    assert world.causes()[0][:2] == ("nicoka", "write")
    lists["143"] = whole
    world.sync()
    assert (world.customers()[0]["industry"], world.causes()) == (121, [])


def test_a_value_that_is_read_and_that_a_list_lacks_is_read_when_the_list_has_it(world: World) -> None:
    lists = world.nicoka.account.lists
    whole = lists["143"]
    key = next(iter(whole))
    world.nicoka.add("customers", {"name1": "ACME", "status": 1, "industry": int(key)})
    lists["143"] = {other: label for other, label in whole.items() if other != key}
    world.sync()
    assert [cause[:2] for cause in world.causes()] == [("nicoka", "rule")]
    lists["143"] = whole
    world.sync()
    assert world.causes() == []


def left(world: World, key: str) -> tuple[Left, ...]:
    with world.project() as project:
        return story(project, "company", key).left_quarantine


def test_a_record_that_came_right_is_remembered_with_its_reason(world: World) -> None:
    guid = world.company("ACME", siret=BAD)
    world.sync()
    world.sync()
    world.koban.edit("ncThird", guid, {"OfficialNumber": GOOD})
    world.sync()
    [entry] = left(world, guid)
    assert (entry.cause, entry.field, entry.side, entry.key) == ("rule", "siret", "koban", guid)
    assert (entry.first_run, entry.last_run, entry.attempts, entry.dropped) == (1, 2, 2, False)
    assert entry.first_seen < entry.last_seen < entry.left_at


def test_a_write_that_came_right_is_remembered_too(given_up: World) -> None:
    given_up.koban.edit("ncThird", given_up.accounts()[0]["Guid"], {"Label": "ACME SA"})
    given_up.sync()
    [entry] = left(given_up, given_up.accounts()[0]["Guid"])
    assert (entry.cause, entry.side) == ("refused", "nicoka")


def test_no_value_of_the_record_stays_behind(world: World) -> None:
    guid = world.company("ACME", siret=BAD)
    world.sync()
    world.koban.edit("ncThird", guid, {"OfficialNumber": GOOD})
    world.sync()
    with world.project() as project:
        [row] = project.store.rows(sa.select(quarantine_left))
    assert not {BAD, "ACME"}.intersection(map(str, row.values()))
    assert not [value for value in row.values() if BAD in str(value)]
