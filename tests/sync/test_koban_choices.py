"""A company and its person, with tags and custom fields, kept alike under every choice that Koban's documents leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mapper.sandbox.koban import Koban, tenant
from mapper.spec.load import load_connector
from mapper.sync.agree import agree
from tests.connectors.test_koban_choices import ELSEWHERE
from tests.sync.world import PROJECT, World

#: What a project has to say of a server that behaves so; under all other choices it need not say anything.
ANSWERS = {("containers", "replace"): {"merging": "go"}}
#: How a server behaves for which an answer is right; for all others any server will do.
SERVERS = {
    ("clear", "null"): {"null_on_update": "clears"},
    ("merging", "go"): {"containers": "replace"},
    ("contact_key", "yes"): {"contact_guid": "accept"},
}


def points() -> list[Any]:
    """Every choice of every switch but the usual one; then every answer but the usual one, with its server.

    Those that are about other objects are tried in tests/connectors/test_koban_choices.py.
    """
    servers = [
        ({switch: choice}, ANSWERS.get((switch, choice), {}))
        for switch, choices in Koban.choices.items()
        for choice in choices[1:]
        if switch not in ELSEWHERE
    ]
    answers = [
        (SERVERS.get((name, choice), {}), {name: choice})
        for name, one in load_connector("koban").spec.assumptions.items()
        for choice in one.choices
        if choice != one.default and name not in ELSEWHERE
    ]
    return [pytest.param(*point, id=named({**point[0], **point[1]})) for point in [*servers, *answers]]


def named(choices: dict[str, str]) -> str:
    return " ".join(f"{name}={choice}" for name, choice in choices.items())


@pytest.mark.parametrize(("switches", "assume"), points())
def test_accounts_and_contacts_are_kept_alike(tmp_path: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    world = World(tmp_path)
    said = ", ".join(f'{name}: "{choice}"' for name, choice in assume.items())
    world.write(
        "mapper.yaml", PROJECT.replace("    connector: koban\n", f"    connector: koban\n    assume: {{{said}}}\n")
    )
    world.koban.set_switches(switches)
    guid = world.company(siret="73282932000074", email="info@acme.example", sector="Santé", interests=["Cuisine"])
    # What no mapping has must stay.
    fair = {"TagCategoryCode": tenant.FAIRS, "Label": "Salon de Lyon"}
    kept = {"FieldId": tenant.NICKNAME, "Value": "Acmé"}
    cuisine = {"TagCategoryCode": tenant.INTERESTS, "Label": "Cuisine"}
    world.koban.edit("ncThird", guid, {"Tags": [fair, cuisine], "MoreFields": [kept]})
    person = {"last_name": "Durand", "first_name": "Marie", "email": "marie@acme.example", "phone": "01 99 00 11 22"}
    world.koban.add_person(person, guid)
    run(world)
    (customer,), (contact,) = world.customers(), world.nicoka.data()["contacts"]
    world.nicoka.edit("customers", customer["id"], {"tags": [1, 2], "email": None, "comments": "Rappeler."})
    world.nicoka.edit("contacts", contact["id"], {"last_name": "Durand-Noël"})
    run(world)
    account, kontakt = world.koban.data()["ncThird"][0], world.koban.data()["ncContact"][0]
    assert (account["EMail"] or None, account["Comments"], kontakt["Name"]) == (None, "Rappeler.", "Durand-Noël")
    assert {tag["Label"] for tag in account["Tags"]} == {"Cuisine", "Bricolage", "Salon de Lyon"}
    assert kept in account["MoreFields"]
    assert [len(rows) for rows in world.koban.data().values()] == [1, 1]
    world.forget_calls()
    run(world)
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
    with world.project() as project:
        found = [agree(project, entity) for entity in ("company", "person")]
    assert [(one.agreeing, one.differing) for one in found] == [(1, 0), (1, 0)]


def run(world: World) -> None:
    for entity in ("company", "person"):
        assert world.sync(entity).exit_code == 0
