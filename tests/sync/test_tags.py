"""Sets whose values have no list of their own at a vendor: they are learnt from records, and none gets lost."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.spec.load import shipped
from tests.sync.world import World


def tags(world: World) -> tuple[list[str], list[str], list[str]]:
    """The tags of the one company on each side."""
    known = {"1": "Cuisine", "2": "Bricolage", "3": "Poterie", "4": "Jardinage"}
    second = world.customers()[0]["tags"]
    return (
        sorted(tag["Label"] for tag in world.accounts()[0]["Tags"] or []),
        sorted(known[ident.strip(' "')] for ident in (second or "[]").strip("[]").split(",") if ident),
        sorted(tag["name"] for tag in world.cirrus_accounts()[0]["tags"]),
    )


def labelled(*labels: str) -> dict[str, Any]:
    return {"Tags": [{"TagCategoryCode": "INTERET", "Label": label} for label in labels]}


def test_taking_the_last_tag_away_takes_it_away_everywhere(world: World) -> None:
    guid = world.company("ACME", interests=["Cuisine", "Poterie"])
    world.sync()
    world.koban.edit("ncThird", guid, labelled())
    world.sync()
    assert tags(world) == ([], [], [])


@pytest.mark.parametrize("system", ["nicoka", "cirrus"])
def test_the_same_holds_on_every_side(world: World, system: str) -> None:
    world.company("ACME", interests=["Cuisine", "Poterie"])
    world.sync()
    if system == "nicoka":
        world.nicoka.edit("customers", world.customers()[0]["id"], {"tags": None})
    else:
        world.cirrus.edit("accounts", world.cirrus_accounts()[0]["id"], {"tags": []})
    world.sync()
    assert tags(world) == ([], [], [])


def test_tags_from_one_named_source_reach_a_side_that_knows_them_from_its_records_only(world: World) -> None:
    guid = world.company("ACME")
    world.sync()
    world.koban.edit("ncThird", guid, labelled("Cuisine", "Jardinage"))
    world.sync(sources=("koban",))
    world.sync()
    assert tags(world) == (["Cuisine", "Jardinage"],) * 3


def test_tags_reach_a_side_that_is_only_written_to(world: World) -> None:
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    side = 'cirrus: {resource: accounts, where: "{{ active == 1 }}"}'
    world.write("mappings/company.yaml", text.replace(side, "cirrus: {resource: accounts, role: target}"))
    guid = world.company("ACME")
    world.sync()
    world.koban.edit("ncThird", guid, labelled("Cuisine", "Jardinage"))
    world.sync()
    assert tags(world) == (["Cuisine", "Jardinage"],) * 3
