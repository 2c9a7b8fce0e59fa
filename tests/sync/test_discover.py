"""`discover`: what the vendors' own definitions become in the project's catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.errors import AuthFailed, UsageError
from mapper.sandbox.base import Fault
from mapper.spec.load import load_catalogue
from mapper.sync.discover import Discovery, discover
from tests.sync.world import PROJECT, World


def found(world: World, name: str) -> Discovery:
    with world.project() as project:
        return discover(project, name)


def test_custom_fields_are_found_by_their_names(world: World) -> None:
    fields = found(world, "cirrus").fields["accounts.dynamicfields"]
    assert fields["Bransch"].type == "list"
    assert "Énergie" in fields["Bransch"].options.values()


OWN = """
entity: company
about: Companies with a tenant's own fields
sides:
  koban: accounts
  nicoka: customers
match: [name]
fields:
  name: {koban: Label, nicoka: name1}
  renewed: {type: date, koban: Fax, nicoka: cf_103}
  segment:
    type: choice
    koban: OtherCode
    nicoka: segment
    values: {gold: {koban: G, nicoka: Or}, silver: {koban: S, nicoka: Argent}}
"""


def test_fields_among_the_others_of_a_record_are_found_and_can_be_mapped(world: World) -> None:
    world.nicoka.set_switches({"custom_fields": "some"})
    fields = found(world, "nicoka").fields["customers"]
    assert {name: (one.type, one.label) for name, one in fields.items()} == {
        "cf_101": ("flag", "Compte clé"),
        "cf_102": ("list", "Segment"),
        "cf_103": ("date", "Date de renouvellement"),
        "cf_104": ("datetime", "Prochain rendez-vous"),
    }
    renamed = "    catalogue: {fields: {customers: {segment: {id: cf_102, options: {Or: Or, Argent: Argent}}}}}\n"
    line = "    connector: nicoka\n"
    world.write("mapper.yaml", PROJECT.replace(line, line + renamed).replace("[company, person]", "[company]"))
    world.write("mappings/company.yaml", OWN)
    guid = world.company("ACME")
    world.koban.edit("ncThird", guid, {"OtherCode": "G", "Fax": "2026-01-31"})
    assert world.sync().exit_code == 0
    (customer,) = world.customers()
    assert (customer["cf_103"], customer["cf_102"]) == ("2026-01-31", "Or")
    world.nicoka.edit("customers", customer["id"], {"cf_102": "Argent"})
    assert world.sync().exit_code == 0
    assert world.accounts()[0]["OtherCode"] == "S"


def test_the_lists_of_used_resources_are_found(world: World) -> None:
    lists = found(world, "nicoka").lists
    assert lists["values/202"]["2"] == "Client"


def test_values_that_only_records_show_are_learnt_from_them(world: World) -> None:
    assert "Cuisine" in found(world, "cirrus").lists["tags"].values()


def test_the_file_is_what_was_found(world: World) -> None:
    told = found(world, "cirrus")
    kept = load_catalogue(told.path)
    assert (kept.fields, kept.lists) == (told.fields, told.lists)


def test_the_file_is_the_same_when_nothing_changed(world: World) -> None:
    first = found(world, "cirrus").path.read_bytes()
    assert found(world, "cirrus").path.read_bytes() == first


def test_the_vendor_is_asked_and_not_the_file_of_last_time(world: World) -> None:
    path = found(world, "cirrus").path
    path.write_text("fields: {accounts.dynamicfields: {Old: {id: '1'}}}\n", encoding="utf-8")
    told = found(world, "cirrus")
    assert "accounts.dynamicfields.Bransch" in told.new
    assert "accounts.dynamicfields.Old" in told.gone
    assert "Old" not in load_catalogue(path).fields["accounts.dynamicfields"]


def test_what_is_new_is_told_once(world: World) -> None:
    assert found(world, "nicoka").new
    assert found(world, "nicoka").new == []


def test_what_the_project_says_itself_is_not_written_to_the_file(world: World) -> None:
    told = found(world, "koban")
    assert (told.fields, told.lists, told.path.exists()) == ({}, {}, False)
    assert told.notes == ["koban tells of no custom fields and no lists"]


def test_a_list_that_the_vendor_does_not_give_is_noted_once(world: World) -> None:
    world.nicoka.faults.append(Fault("status", path="employees", status=404, times=10))
    notes = [note for note in found(world, "nicoka").notes if note.startswith("list employees")]
    assert len(notes) == 1


def test_nothing_is_written_to_the_vendor(world: World) -> None:
    for name in world.sandboxes:
        found(world, name)
    writes = [call for app in world.sandboxes.values() for call in app.calls if call.method not in ("GET",)]
    assert [call.path for call in writes if "token" not in call.path] == []


def test_wrong_keys_leave_the_file_alone(world: World, tmp_path: Path) -> None:
    path = found(world, "nicoka").path
    before = path.read_bytes()
    world.nicoka.token = "another"
    with pytest.raises(AuthFailed):
        found(world, "nicoka")
    assert path.read_bytes() == before


def test_an_unknown_connection_is_wrong_use(world: World) -> None:
    with pytest.raises(UsageError, match=r"the project has no connection 'crm'"):
        found(world, "crm")
