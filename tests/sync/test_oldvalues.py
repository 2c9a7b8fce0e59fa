"""The value that a field held before a write is told, whether its side was read or not, kept or asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mapper.state import Store, links
from tests.sync.world import PROJECT, World

ROOT = Path(__file__).parents[2]
KEPT, ASKED = PROJECT, PROJECT + "old_values: asked\n"


def images(world: World, side: str) -> list[str | None]:
    with world.project() as project:
        store: Store = project.store
        return [
            row["image"] for rows in next(links.pages(store, "company")).values() for row in rows if row["side"] == side
        ]


def befores(world: World, run: int, name: str) -> dict[str, object]:
    return {c.side: f.before for c in world.changes(run) for f in c.fields if f.name == name and f.known}


@pytest.mark.parametrize("project", [KEPT, ASKED])
@pytest.mark.parametrize("old", ["01 42 68 53 00", None])
def test_every_update_of_a_plan_shows_the_value_before(world: World, project: str, old: str | None) -> None:
    world.write("mapper.yaml", project)
    guid = world.company("ACME", **({"phone": old} if old else {}))
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    before = "+33142685300" if old else None
    assert befores(world, world.plan().run, "phone") == {"nicoka": before, "cirrus": before}


def test_no_call_is_made_for_the_values_before_where_they_are_kept(world: World) -> None:
    guid = world.company("ACME")
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    world.forget_calls()
    world.plan()
    key = world.customers()[0]["id"]
    assert not [call.path for call in world.nicoka.calls if call.path.rstrip("/").endswith(f"/{key}")]


def test_what_is_kept_follows_a_write_an_edit_and_a_conflict(world: World) -> None:
    guid = world.company("ACME", phone="01 42 68 53 00")
    world.sync()
    assert [json.loads(image or "")["phone"] for image in images(world, "nicoka")] == ["+33142685300"]
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    world.sync()
    assert [json.loads(image or "")["phone"] for image in images(world, "nicoka")] == ["+33142685311"]
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": "+33142685322"})
    world.sync()
    assert [json.loads(image or "")["phone"] for image in images(world, "nicoka")] == ["+33142685322"]


def test_a_field_in_conflict_keeps_the_value_last_agreed(world: World) -> None:
    text = (ROOT / "mappings" / "company.yaml").read_text(encoding="utf-8")
    world.write("mappings/company.yaml", text.replace("conflict: koban", "conflict: quarantine"))
    guid = world.company("ACME", phone="01 42 68 53 00")
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": "+33142685322"})
    world.sync()
    assert [cause for _, cause, _ in world.causes()] == ["conflict", "conflict"]
    assert [json.loads(image or "")["phone"] for image in images(world, "nicoka")] == ["+33142685300"]


def test_no_values_are_kept_where_they_are_asked_for(world: World) -> None:
    world.company("ACME")
    world.sync()
    assert None not in images(world, "koban")
    world.write("mapper.yaml", ASKED)
    world.sync()
    assert {*images(world, "koban"), *images(world, "nicoka")} == {None}


def test_an_edit_that_no_list_told_of_is_merged_where_values_are_asked_for(world: World) -> None:
    world.write("mapper.yaml", ASKED)
    guid = world.company("ACME", phone="01 42 68 53 00")
    world.sync(sources=("koban",))
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    account = world.cirrus_accounts()[0]
    world.cirrus.edit("accounts", account["id"], {"phone": "+33142685311", "url": "https://seen.example"})
    report = world.sync(sources=("koban",))
    assert report.sides["cirrus"].updated == 0
    world.sync()
    assert world.accounts()[0]["Website"] == "https://seen.example"
