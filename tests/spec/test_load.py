"""Files to spec objects: sides as keys of rows, overrides that point into the project, settings from outside."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mapper.errors import NOWHERE, Position, SpecError, UsageError
from mapper.spec.document import read
from mapper.spec.load import (
    connector_names,
    connector_path,
    has_variable,
    load_catalogue,
    load_connector,
    load_mapping,
    load_project,
    substitute,
)

MAPPING = """\
entity: company
about: A test
sides:
  crm: accounts
  erp: {resource: customers, role: target}
fields:
  name: {crm: Label, erp: name1}
"""
CONNECTOR = """\
connector: small
about: A small vendor
settings:
  base_url: Where it is
auth:
  - name: none
resources:
  things:
    key: id
    fields: {id: text, name: {type: text, length: 40}}
    operations: {list: {path: things}}
"""


def written(folder: Path, text: str, name: str = "f.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def mapping_problems(folder: Path, text: str) -> list[str]:
    path = written(folder, text)
    try:
        problems = load_mapping(path).document.problems
    except SpecError as error:
        problems = error.problems
    return [str(problem).removeprefix(f"{path}:") for problem in problems]


def test_the_sides_of_a_row_become_its_cells(tmp_path: Path) -> None:
    row = load_mapping(written(tmp_path, MAPPING)).spec.fields["name"]
    assert {side: cell.path for side, cell in row.cells.items()} == {"crm": "Label", "erp": "name1"}


def test_a_cell_is_found_at_its_place_in_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING)
    place = load_mapping(path).document.value_at(("fields", "name", "cells", "erp"))
    assert (place.line, place.column) == (7, 27)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("crm: Label", "crn: Label", "7:10: unknown key 'crn' (did you mean 'crm'?)"),
        ("name: {", "Name: {", "7:3: 'Name' cannot name a field (use at most 60 of a-z, 0-9 and _, a letter first)"),
        (
            "crm: accounts",
            "type: accounts",
            "4:3: 'type' cannot name a side (use at most 40 letters, digits, - and _, a letter first, and no row key)",
        ),
        ("role: target", "role: sink", "5:36: 'role' cannot be 'sink' (known here: both, source, target)"),
        ("entity: company\n", "", "1:1: 'entity' is missing"),
        ("{crm: Label,", "{type: txt, crm: Label,", "7:16: 'type' cannot be 'txt' (did you mean 'text'?)"),
        ("crm: Label", "crm: [Label]", "7:15: 'path' must be text, found a list"),
        ("about: A test\n", "about: A test\nabout: Another\n", "3:1: 'about' is given twice, first at line 2"),
        ("fields:\n", "filds: {}\nfields:\n", "6:1: unknown key 'filds' (did you mean 'fields'?)"),
        (MAPPING, "[]", "1:1: expected a table (key: value), found a list"),
        ("  crm: accounts\n", "  crm:\n", "4:7: 'crm' has no value"),
        ("erp: name1}", "erp: name1, policy: never}", "7:42: 'policy' cannot be 'never' (did you mean 'never clear'?)"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_at_its_place(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert problem in mapping_problems(tmp_path, MAPPING.replace(old, new))


def test_an_empty_mapping_lacks_everything_that_is_required(tmp_path: Path) -> None:
    messages = mapping_problems(tmp_path, "")
    assert messages == [f"1:1: '{name}' is missing" for name in ("about", "entity", "fields", "sides")]


def test_custom_fields_of_a_mappings_tests_are_read_by_place(tmp_path: Path) -> None:
    text = MAPPING + "custom: {crm: {accounts.More: {size: '12', flag: {id: '13', type: flag}}}}\n"
    found = load_mapping(written(tmp_path, text)).spec.custom["crm"]["accounts.More"]
    assert [(field.id, field.type) for field in found.values()] == [("12", "text"), ("13", "flag")]


def test_a_mapping_of_twenty_thousand_cells_is_read_in_seconds(tmp_path: Path) -> None:
    rows = "".join(f"  f{number}: {{crm: a, erp: b}}\n" for number in range(10_000))
    path = written(tmp_path, MAPPING + rows)
    started = time.process_time()
    load_mapping(path)
    # The work grows with the file; were it squared, this would take many minutes.
    assert time.process_time() - started < 60


def test_a_connector_is_found_by_its_path_beside_the_project(tmp_path: Path) -> None:
    written(tmp_path, CONNECTOR, "small.yaml")
    assert load_connector("small.yaml", folder=tmp_path).spec.connector == "small"


def test_a_connector_of_the_project_comes_before_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "connectors").mkdir()
    name = connector_names()[0]
    written(tmp_path / "connectors", CONNECTOR, f"{name}.yaml")
    assert load_connector(name, folder=tmp_path).spec.connector == "small"


def test_an_unknown_connector_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"there is no connector 'nikoka' \(did you mean 'nicoka'\?\)"):
        connector_path("nikoka")


def test_a_missing_connector_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no connector file none.yaml"):
        connector_path("none.yaml", tmp_path)


PROJECT = """\
connections:
  small:
    connector: small.yaml
    override:
      limits: {per_second: 9}
      resources:
        things:
          operations: {list: {path: v2/things}}
          fields: {name: {length: 10}}
"""


def overridden(folder: Path, project: str = PROJECT) -> Path:
    written(folder, CONNECTOR, "small.yaml")
    return written(folder, project, "mapper.yaml")


def test_an_override_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    base = ("connections", "small", "override")
    loaded = load_connector("small.yaml", folder=tmp_path, override=(read(overridden(tmp_path)), base))
    thing = loaded.spec.resources["things"]
    assert loaded.spec.limits.per_second == 9
    assert thing.operations["list"].path == "v2/things"
    assert (thing.fields["name"].length, thing.fields["name"].type, thing.key) == (10, "text", "id")


def test_a_mistake_in_an_override_is_told_in_the_project_file(tmp_path: Path) -> None:
    path = overridden(tmp_path, PROJECT.replace("length: 10", "lenght: 10"))
    with pytest.raises(SpecError) as caught:
        load_connector("small.yaml", folder=tmp_path, override=(read(path), ("connections", "small", "override")))
    assert str(caught.value) == f"{path}:9:27: unknown key 'lenght' (did you mean 'length'?)"


def test_a_project_names_its_connections_in_plain_letters(tmp_path: Path) -> None:
    path = written(tmp_path, "connections:\n  my crm: {connector: small}\n")
    with pytest.raises(SpecError, match=r":2:3: a connection's name is at most 40 letters, digits, - and _$"):
        load_project(path)


@pytest.mark.parametrize("days", [-1, 9999999999])
def test_values_are_kept_for_a_number_of_days_that_there_is(tmp_path: Path, days: int) -> None:
    path = written(tmp_path, f"connections:\n  crm: {{connector: small}}\nretention: {days}\n")
    with pytest.raises(SpecError, match=r":3:12: 'retention' is a number of days from 0 to 36500$"):
        load_project(path)


def test_no_catalogue_is_an_empty_one(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "none.yaml").fields == {}


def test_a_variable_is_filled_in_from_outside(tmp_path: Path) -> None:
    assert substitute("a ${ONE} ${TWO}", {"ONE": "1", "TWO": "2"}, NOWHERE) == "a 1 2"


def test_a_missing_variable_is_told_at_its_place_with_what_to_do() -> None:
    place = Position("here/mapper.yaml", 3, 9)
    hint = "set it in the environment or in the file .env beside mapper.yaml"
    with pytest.raises(SpecError) as caught:
        substitute("${NOPE}", {}, place)
    assert str(caught.value) == f"here/mapper.yaml:3:9: the variable NOPE is not set ({hint})"


def test_a_secret_is_read_from_a_file_beside_the_project(tmp_path: Path) -> None:
    written(tmp_path, "s3cret\n", "key.txt")
    assert substitute("${file:key.txt}", {}, Position(str(tmp_path / "mapper.yaml"), 1, 1)) == "s3cret"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file or directory"), (b"\xff\xfe\x00", "it is not UTF-8 text")],
)
def test_a_secret_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "key.txt").write_bytes(content)
    with pytest.raises(SpecError, match=f"the file key.txt cannot be read: {reason}"):
        substitute("${file:key.txt}", {}, Position(str(tmp_path / "mapper.yaml"), 1, 1))


@pytest.mark.parametrize(("text", "outside"), [("${A}", True), ("${file:a}", True), ("$A", False), ("plain", False)])
def test_a_setting_from_outside_is_told_from_a_literal_one(text: str, outside: bool) -> None:
    assert has_variable(text) is outside
