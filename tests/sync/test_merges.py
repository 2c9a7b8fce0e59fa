"""Two records that a vendor makes one: nothing is doubled, nothing is deleted, and a person hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.sync import links, setaside
from tests.sync.endings import Endings


@pytest.fixture
def world(tmp_path: Path) -> Endings:
    """A company that stands twice on every side, under two registered numbers; deletes are carried on."""
    made = Endings(tmp_path)
    made.choose("{gone: deactivate}")
    made.company("ACME", siret="73282932000074")
    made.company("ACME", siret="55210055400013", zip="75001")
    made.full()
    made.full()
    assert made.names() == made.everywhere("ACME", "ACME")
    return made


def customers(world: Endings) -> tuple[int, int]:
    """The two customers, by their numbers: the one that stays, the one that goes."""
    by_number = {row["identification_number"]: row["id"] for row in world.customers()}
    return by_number["73282932000074"], by_number["55210055400013"]


def test_records_that_were_merged_at_one_vendor_are_told_and_not_ended(world: Endings) -> None:
    winner, loser = customers(world)
    world.nicoka.merge("customers", winner, loser)
    assert world.sync().exit_code == 3
    ((side, cause, message),) = world.causes()
    assert (side, cause) == ("nicoka", "merged")
    assert message.startswith(f"was merged into nicoka {winner}, and is two records elsewhere: merge cirrus ")
    for _ in range(3):
        world.full()
    assert world.names() == {"koban": ["ACME"] * 2, "nicoka": ["ACME"], "cirrus": ["ACME"] * 2}


def test_when_they_are_merged_everywhere_all_is_silent(world: Endings) -> None:
    winner, loser = customers(world)
    world.nicoka.merge("customers", winner, loser)
    world.sync()
    first, second = sorted(row["id"] for row in world.cirrus_accounts())
    world.cirrus.merge(first, second)
    guid = next(row["Guid"] for row in world.accounts() if row["OfficialNumber"] == "55210055400013")
    world.koban.edit("ncThird", guid, {"Obsolete": True})
    world.full()
    world.full()
    world.forget_calls()
    assert world.full().exit_code == 0
    assert world.causes() == []
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
    assert world.names() == world.everywhere("ACME")


def test_an_edit_after_a_merge_reaches_the_other_sides_and_makes_nothing_anew(world: Endings) -> None:
    winner, loser = customers(world)
    world.nicoka.merge("customers", winner, loser)
    world.sync()
    guid = next(row["Guid"] for row in world.accounts() if row["OfficialNumber"] == "55210055400013")
    world.koban.edit("ncThird", guid, {"Website": "https://acme.example"})
    world.sync()
    assert "https://acme.example" in {row["url"] for row in world.cirrus_accounts()}
    assert world.names()["nicoka"] == ["ACME"]


def test_without_the_vendors_word_the_match_rules_find_the_survivor(tmp_path: Path) -> None:
    world = Endings(tmp_path)
    world.choose("{gone: deactivate}")
    world.company("ACME", siret="73282932000074")
    world.company("ACME bis")
    world.full()
    row = next(row for row in world.cirrus_accounts() if row["name"] == "ACME bis")
    # A person made the double alike before merging it, as the vendor's screen proposes.
    world.cirrus.edit("accounts", row["id"], {"name": "ACME"})
    world.full()
    keep = next(one for one in world.cirrus_accounts() if one["id"] != row["id"])
    world.cirrus.merge(keep["id"], row["id"])
    world.full()
    world.full()
    assert [(side, cause) for side, cause, _ in world.causes() if cause == "merged"] == [("cirrus", "merged")]
    assert len(world.names()["koban"]) == len(world.names()["nicoka"]) == 2


def test_a_survivor_that_stood_alone_takes_the_links_of_the_one_that_is_gone(tmp_path: Path) -> None:
    world = Endings(tmp_path)
    world.choose("{gone: deactivate}")
    world.company("ACME", siret="73282932000074")
    world.full()
    loser = world.customer()["id"]
    winner = world.nicoka.add("customers", {"name1": "ACME", "identification_number": "73282932000074"})
    world.sync()
    assert [cause for _, cause, _ in world.causes()] == ["ambiguous"]
    world.nicoka.merge("customers", winner, loser)
    world.full()
    world.full()
    assert (world.names(), world.causes()) == (world.everywhere("ACME"), [])
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Website": "https://acme.example"})
    world.sync()
    assert world.customer()["website"] == "https://acme.example"


def test_a_survivor_whose_link_has_room_takes_the_other_records_in(tmp_path: Path) -> None:
    world = Endings(tmp_path)
    world.choose("{gone: deactivate}")
    path = world.folder / "mappings/company.yaml"
    text = path.read_text()
    path.write_text(text.replace("koban: accounts", "koban: {resource: accounts, accepts: '{{ false }}'}"))
    world.company("ACME", siret="73282932000074")
    world.nicoka.add("customers", {"name1": "Beta", "identification_number": "55210055400013", "zipcode": "75001"})
    path.write_text(
        path.read_text().replace("cirrus: {resource: accounts,", "cirrus: {resource: accounts, accepts: '{{ false }}',")
    )
    world.full()
    world.full()
    winner, loser = world.customer("Beta")["id"], world.customer()["id"]
    with world.project() as project:
        former = links.of_record(project, "company", f"nicoka:{loser}").link
        waiting = {"run": 1, "entity": "person", "link": "P", "side": "koban", "kind": "update", "key": "7"}
        waiting |= {"status": "owed", "fields": f'{{"company":"{former}"}}', "before": '{"company":null}', "title": ""}
        project.store.plan([{**waiting, "reason": "", "stamp": None, "attempts": 0, "done_by": None}])
    world.nicoka.merge("customers", winner, loser)
    world.sync()
    world.full()
    with world.project() as project:
        link = links.of_record(project, "company", f"nicoka:{winner}").link
        assert [row["fields"] for row in project.store.changes(entity="person")] == [f'{{"company":"{link}"}}']
        members = links.of_record(project, "company", f"nicoka:{winner}").members
    assert [one.side for one in members] == ["koban", "nicoka"]


def test_a_merge_that_was_told_can_be_dropped(world: Endings) -> None:
    winner, loser = customers(world)
    world.nicoka.merge("customers", winner, loser)
    world.sync()
    with world.project() as project:
        setaside.drop(project.store, setaside.rows(project.store, [project.quarantine("company")[0].number]), 1.0)
    assert world.full().exit_code == 0
    assert world.causes() == []
