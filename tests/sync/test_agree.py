"""Whether the sides agree, found by reading them anew."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.state import links
from mapper.sync.agree import Agreement, agree
from mapper.sync.report import Event
from tests.sync.world import World

FULL: dict[str, Any] = {
    "siret": "73282932000074",
    "vat": "FR44732829320",
    "email": "contact@acme.example",
    "phone": "01 99 00 11 22",
    "website": "https://www.acme.example",
    "sector": "Santé",
    "interests": ["Cuisine", "Poterie"],
    "notes": "Rappeler en septembre.",
}


def found(world: World, entity: str = "company") -> Agreement:
    with world.project() as project:
        return agree(project, entity)


def kept(world: World, **more: Any) -> str:
    """A company that is on all sides; its key at the first."""
    guid = world.company(**{**FULL, **more})
    world.sync()
    return guid


def test_records_that_were_just_synced_agree(world: World) -> None:
    kept(world)
    one = found(world)
    assert (one.compared, one.agreeing, one.differing, one.whole) == (1, 1, 0, True)


def test_every_field_that_two_sides_have_is_compared(world: World) -> None:
    kept(world)
    with world.project() as project:
        rows = project.mapping("company").spec.fields
    assert found(world).values == len([row for row in rows.values() if len(row.cells) > 1])


@pytest.mark.parametrize(
    ("change", "field", "values"),
    [
        ({"phone": "+33199001133"}, "phone", ("+33199001122", "+33199001133")),
        ({"email": None}, "email", ("contact@acme.example", None)),
        ({"status": 2}, "status", ("prospect", "client")),
        ({"tags": [1]}, "interests", (["Cuisine", "Poterie"], ["Cuisine"])),
        ({"comments": "Autre chose."}, "notes", ("Rappeler en septembre.", "Autre chose.")),
        ({"country": "BE"}, "country", ("FR", "BE")),
    ],
)
def test_a_value_that_was_changed_on_one_side_differs(
    world: World, change: dict[str, Any], field: str, values: tuple[Any, Any]
) -> None:
    kept(world)
    world.nicoka.edit("customers", acme(world), change)
    one = found(world)
    assert [(d.field, d.values["koban"], d.values["nicoka"]) for d in one.differences] == [(field, *values)]


def test_a_difference_names_the_record_and_its_keys(world: World) -> None:
    guid = kept(world)
    world.nicoka.edit("customers", acme(world), {"phone": None})
    (difference,) = found(world).differences
    assert "ACME" in difference.title
    assert difference.keys["koban"] == guid
    assert difference.keys["nicoka"] == str(acme(world))


def test_a_link_with_a_difference_does_not_count_as_agreeing(world: World) -> None:
    world.company("OTHER", siret="35600000000048")
    kept(world)
    world.nicoka.edit("customers", acme(world), {"phone": None, "email": None})
    one = found(world)
    assert (one.agreeing, one.differing, len(one.differences), one.whole) == (1, 1, 2, False)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"notes": "x" * 2500}, id="a text that one side shortens"),
        pytest.param({"interests": ["Cuisine", "Musique"]}, id="a label that one side does not know"),
    ],
)
def test_what_a_side_cannot_hold_whole_is_no_difference(world: World, more: dict[str, Any]) -> None:
    kept(world, **more)
    assert found(world).differences == []


def test_a_person_who_moved_to_another_company_on_one_side_differs(world: World) -> None:
    guid = kept(world)
    world.company("OTHER", siret="35600000000048")
    world.sync()
    world.koban.add_person({"last_name": "Durand", "first_name": "Marie", "email": "marie@acme.example"}, guid)
    world.sync("person")
    (contact,) = world.nicoka.data()["contacts"]
    other = next(row["id"] for row in world.customers() if row["name1"] == "OTHER")
    world.nicoka.edit("contacts", contact["id"], {"customerid": other})
    assert [difference.field for difference in found(world, "person").differences] == ["company"]


def test_a_linked_record_that_a_side_no_longer_gives_is_missing(world: World) -> None:
    guid = kept(world)
    world.koban.remove("ncThird", guid)
    one = found(world)
    assert (one.missing["koban"], one.whole) == (1, False)


def test_a_record_that_was_never_synced_is_unlinked(world: World) -> None:
    kept(world)
    world.nicoka.add("customers", {"name1": "NEU"})
    assert found(world).unlinked == {"koban": 0, "nicoka": 1, "cirrus": 0}


def test_a_record_that_a_side_accepts_and_does_not_have_is_alone(world: World) -> None:
    world.company(**FULL)
    with world.project() as project:
        project.sync("company", sources=("koban",))
        with project.store.transaction():
            (link,) = [link for page in links.pages(project.store, "company") for link in page]
            rows = [dict(row) for row in project.store.linked("company", [link])[link] if row["side"] == "nicoka"]
            project.store.save_records([{**row, "link": None} for row in rows])
    assert found(world).alone == {"nicoka": 1}


def test_a_person_without_a_company_is_not_missed_where_people_need_one(world: World) -> None:
    kept(world)
    world.koban.add_person({"last_name": "Durand", "first_name": "Marie", "email": "marie@acme.example"}, None)
    world.sync("person")
    one = found(world, "person")
    assert (one.compared, sum(one.alone.values()), one.whole) == (1, 0, True)


def test_nothing_is_written(world: World) -> None:
    kept(world)
    world.nicoka.edit("customers", acme(world), {"phone": None})
    world.forget_calls()
    found(world)
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


def test_a_later_sync_still_sees_what_differed(world: World) -> None:
    kept(world)
    world.nicoka.edit("customers", acme(world), {"phone": "+33199001133"})
    found(world)
    report = world.sync()
    assert (report.sides["koban"].updated, report.sides["cirrus"].updated) == (1, 1)


def test_progress_is_told_side_by_side(world: World) -> None:
    kept(world)
    events: list[Event] = []
    with world.project() as project:
        agree(project, "company", events.append)
    assert [(e.stage, e.side) for e in events] == [
        ("read", "koban"),
        ("read", "nicoka"),
        ("read", "cirrus"),
        ("compare", ""),
    ]


def test_the_finding_is_plain_data_for_json(world: World) -> None:
    kept(world)
    facts = found(world).as_dict()
    assert (facts["entity"], facts["compared"], facts["whole"]) == ("company", 1, True)


def acme(world: World) -> int:
    return int(next(row["id"] for row in world.customers() if row["name1"] == "ACME"))
