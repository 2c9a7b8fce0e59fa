"""What happens to a record in each situation: the default, and each override."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.sync import links, setaside
from tests.sync.endings import Endings

EMPTY = {"koban": 0, "nicoka": 0, "cirrus": 0}


@pytest.fixture
def world(tmp_path: Path) -> Endings:
    made = Endings(tmp_path)
    made.choose()
    return made


def found_at_nicoka(world: Endings, **more: object) -> None:
    """One company in the first system, and the same one in the second."""
    world.company("ACME", siret="73282932000074")
    world.nicoka.add("customers", {"name1": "ACME", "identification_number": "73282932000074", **more})


# Found


def test_a_record_that_is_found_once_is_linked(world: Endings) -> None:
    found_at_nicoka(world)
    world.sync()
    assert world.names() == world.everywhere("ACME")


def test_a_person_may_be_asked_before_what_is_found_is_linked(world: Endings) -> None:
    world.choose("{found: ask}")
    found_at_nicoka(world)
    world.forget_calls()
    world.sync()
    ident = world.customer()["id"]
    assert world.writes() == EMPTY
    guid = world.accounts()[0]["Guid"]
    words = {message for _, _, message in world.causes()}
    assert (
        f"nicoka {ident} has the same siret: `mapper links set company koban:{guid} nicoka:{ident}` links them" in words
    )
    with world.project() as project:
        links.join(project, "company", [f"koban:{guid}", f"nicoka:{ident}"])
    world.sync()
    world.sync()
    assert (world.names(), world.causes()) == (world.everywhere("ACME"), [])


def test_what_is_found_may_be_left_alone(world: Endings) -> None:
    world.choose("{found: ignore}")
    found_at_nicoka(world)
    world.forget_calls()
    report = world.sync()
    assert (world.writes(), report.exit_code) == (EMPTY, 0)
    assert report.sides["koban"].left == {"found on another side": 1}


# New


def test_a_record_that_nothing_is_found_for_is_created(world: Endings) -> None:
    world.company("ACME")
    world.sync()
    assert world.names() == world.everywhere("ACME")


def test_a_new_record_may_wait_for_a_person_who_has_it_created(world: Endings) -> None:
    world.choose("{new: ask}")
    world.company("ACME")
    world.forget_calls()
    assert world.sync().exit_code == 3
    assert world.writes() == EMPTY
    with world.project() as project:
        setaside.retry(project.store, setaside.rows(project.store, [project.quarantine("company")[0].number]))
    world.sync()
    assert (world.names(), world.causes()) == (world.everywhere("ACME"), [])


def test_new_records_may_be_left_alone(world: Endings) -> None:
    world.choose("{new: ignore}")
    found_at_nicoka(world)
    world.company("Beta")
    report = world.sync()
    assert (world.names()["nicoka"], report.exit_code) == (["ACME"], 0)
    assert report.sides["koban"].left == {"nothing matches": 1}


# Several, taken


@pytest.mark.parametrize(("table", "code"), [("", 3), ("{several: ask}", 3), ("{several: ignore}", 0)])
def test_several_that_match_are_never_linked_by_a_run(world: Endings, table: str, code: int) -> None:
    world.choose(table)
    world.company("ACME", siret="73282932000074")
    for _ in range(2):
        world.nicoka.add("customers", {"name1": "ACME", "identification_number": "73282932000074"})
    world.forget_calls()
    assert world.sync().exit_code == code
    assert world.writes() == EMPTY


@pytest.mark.parametrize(("table", "code"), [("", 3), ("{taken: ask}", 3), ("{taken: ignore}", 0)])
def test_what_is_linked_elsewhere_is_never_taken_by_a_run(world: Endings, table: str, code: int) -> None:
    world.choose(table)
    found_at_nicoka(world)
    world.sync()
    world.nicoka.edit("customers", world.customer()["id"], {"identification_number": "55210055400013"})
    world.nicoka.add("customers", {"name1": "Other", "identification_number": "73282932000074"})
    assert world.sync().exit_code == code
    assert world.names()["koban"] == ["ACME"]
    assert [cause for _, cause, _ in world.causes()] == (["ambiguous"] if code else [])


# Changed, on one side and on several


def test_a_change_on_one_side_is_carried_to_the_others_or_not(world: Endings) -> None:
    world.company("ACME")
    world.sync()
    world.choose("{changed: ignore}")
    world.sync()
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Website": "https://acme.example"})
    world.company("Beta")
    assert world.sync().exit_code == 0
    assert world.customer()["website"] != "https://acme.example"
    assert world.names() == world.everywhere("ACME", "Beta")


@pytest.mark.parametrize(("table", "asked"), [("", False), ("{clash: ask}", True)])
def test_edits_of_several_sides_are_merged_or_left_to_a_person(world: Endings, table: str, asked: bool) -> None:
    world.choose(table)
    world.company("ACME")
    world.sync()
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Website": "https://acme.example"})
    world.nicoka.edit("customers", world.customer()["id"], {"zipcode": "75001"})
    report = world.sync()
    assert report.exit_code == (3 if asked else 0)
    merged = world.accounts()[0]["Address"]["ZipCode"] == "75001"
    assert merged is not asked
    assert {cause for _, cause, _ in world.causes()} == ({"conflict"} if asked else set())


# Left, back


def leave(world: Endings) -> None:
    row = world.cirrus_accounts()[0]
    world.cirrus.edit("accounts", row["id"], {"active": 0})


@pytest.mark.parametrize(("table", "alive"), [("", ["ACME"]), ("{left: deactivate}", [])])
def test_what_leaves_the_filter_is_left_alone_or_ended_elsewhere(world: Endings, table: str, alive: list[str]) -> None:
    world.choose(table)
    world.company("ACME")
    world.sync()
    world.full()
    leave(world)
    assert world.full().exit_code == 0
    assert world.names() == {"koban": alive, "nicoka": alive, "cirrus": []}


@pytest.mark.parametrize(("table", "code"), [("", 0), ("{back: link}", 0), ("{back: ask}", 3)])
def test_what_is_back_is_linked_or_left_to_a_person(world: Endings, table: str, code: int) -> None:
    world.company("ACME")
    world.sync()
    guid = world.accounts()[0]["Guid"]
    world.koban.edit("ncThird", guid, {"Obsolete": True})
    world.sync()
    world.choose(table)
    world.sync()
    world.koban.edit("ncThird", guid, {"Obsolete": False, "Website": "https://acme.example"})
    assert world.sync().exit_code == code
    assert (world.customer()["website"] == "https://acme.example") is (code == 0)
    assert [cause for _, cause, _ in world.causes()] == (["back"] if code else [])


def test_a_target_that_was_read_long_ago_is_found_and_not_made_twice(world: Endings) -> None:
    path = world.folder / "mappings/company.yaml"
    path.write_text(path.read_text().replace("nicoka: customers", "nicoka: {resource: customers, role: target}"))
    world.nicoka.add("customers", {"name1": "ACME", "identification_number": "73282932000074"})
    world.company("Beta")
    world.sync()
    world.company("ACME", siret="73282932000074")
    world.sync()
    assert world.names()["nicoka"] == ["ACME", "Beta"]
