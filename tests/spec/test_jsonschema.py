"""The JSON Schemas say the same as the checks: every shipped file fits them, a mistake does not."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, validators

from mapper.spec import document
from mapper.spec.jsonschema import KINDS, mapping_schema, schema_of
from mapper.spec.load import load_connector
from mapper.spec.project import CustomField

ROOT = Path(__file__).parents[2]
FILES = [("mapping", path) for path in sorted(ROOT.glob("mappings/*.yaml"))]
FILES += [
    ("shared" if path.stem == "shared" else "mapping", path) for path in sorted(ROOT.glob("examples/*/mappings/*.yaml"))
]
FILES += [("connector", path) for path in sorted(ROOT.glob("connectors/*.yaml"))]
FILES += [("project", path) for path in sorted(ROOT.glob("examples/*/mapper.yaml"))]

MAPPING: dict[str, Any] = {
    "entity": "company",
    "about": "x",
    "sides": {"crm": {"resource": "accounts"}},
    "fields": {"name": {"crm": "Label"}},
}
PROJECT: dict[str, Any] = {
    "connections": {"crm": {"connector": "x", "settings": {"key": "${KEY}"}, "limits": {"per_second": 1}}},
    "mappings": ["company"],
}
SHARED: dict[str, Any] = {
    "about": "x",
    "import": "words.yaml",
    "constants": {"home": "FR"},
    "functions": {
        "shout": {"value": ["trim", "upper"], "tests": [{"given": "a", "expect": "A"}]},
        "name": {"args": ["last"], "value": "{{ value ~ last }}", "tests": [{"given": ["a", "b"], "error": "no"}]},
        "short": "trim",
    },
    "tables": {"sectors": "sectors.csv", "states": {"a": {"crm": [1, "x"], "preferred": True}}},
}


@cache
def validator(kind: str) -> Any:
    return checker(schema_of(kind))


def checker(schema: dict[str, Any]) -> Any:
    """A validator that knows exact decimals, which our reader makes of numbers with a point."""
    numbers = Draft202012Validator.TYPE_CHECKER.redefine(
        "number", lambda _, value: isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    )
    return validators.extend(Draft202012Validator, type_checker=numbers)(schema)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(schema_of(kind))


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_a_file_fits_the_schema_of_its_kind(kind: str, path: Path) -> None:
    assert [error.message for error in validator(kind).iter_errors(document.read(path).data)] == []


@pytest.mark.parametrize(("kind", "data"), [("project", PROJECT), ("shared", SHARED), ("mapping", MAPPING)])
def test_a_small_file_fits_its_schema(kind: str, data: dict[str, Any]) -> None:
    assert validator(kind).is_valid(data)


@pytest.mark.parametrize(
    "change",
    [
        {"import": ["shared.yaml"], "constants": {"a": 1}, "functions": {"f": "trim"}, "tables": {"t": "t.csv"}},
        {"filter": ["{{ name }}", {"only": "{{ siret }}", "because": "it has none"}], "cases": "tests/a.jsonl"},
        {"fields": {"name": {"crm": {"form": "iso"}, "otherwise": None}}},
        {"fields": {"name": {"crm": {"form": ["iso", "%d/%m"]}, "otherwise": "default", "values": "sectors"}}},
        {"fields": {"name": {"type": "address", "crm": {"path": "A", "parts": {"zip": {"path": "Z", "form": "x"}}}}}},
        {"lists": {"crm": {"states": {"1": "a", "2": {"label": "b", "active": False}}}}},
    ],
)
def test_what_the_language_has_fits(change: dict[str, Any]) -> None:
    assert [error.message for error in validator("mapping").iter_errors(MAPPING | change)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"entity": None},
        {"entity": ["company"]},
        {"unknown": 1},
        {"sides": {"crm": {"resource": "accounts", "role": "sink"}}},
        {"sides": {"crm": {"role": "both"}}},
        {"fields": {"name": {"crm": {"path": "Label", "reed": "trim"}}}},
        {"fields": {"name": {"crm": {"parts": {"zip": {"pth": "Z"}}}}}},
        {"fields": {"name": {"crm": "Label", "required": "yes"}}},
        {"fields": {"name": {"type": "txt"}}},
        {"filter": [{"because": "it has none"}]},
        {"functions": {"f": {"args": ["a"]}}},
        {"tables": {"t": "table.yaml"}},
        {"tables": {"t": {"a": "b"}}},
        {"lists": {"crm": {"states": {"2": {"lable": "b"}}}}},
    ],
)
def test_a_mistake_does_not_fit(change: dict[str, Any]) -> None:
    assert validator("mapping").is_valid(MAPPING)
    assert not validator("mapping").is_valid(MAPPING | change)


def tables(kind: str) -> dict[str, Any]:
    schema = schema_of(kind)
    return {name: table for name, table in {kind: schema, **schema["$defs"]}.items() if "properties" in table}


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_described(kind: str) -> None:
    silent = [
        f"{name}.{key}"
        for name, table in tables(kind).items()
        for key, about in table["properties"].items()
        if not re.search(r"[.!?]$", about["description"])
    ]
    assert silent == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_an_example_or_shows_what_may_stand_there(kind: str) -> None:
    bare = [
        f"{name}.{key}"
        for name, table in tables(kind).items()
        for key, about in table["properties"].items()
        if not about.keys() & {"examples", "default"} and not re.search(r"\$ref|enum|boolean", str(about))
    ]
    assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_fits_its_own_key(kind: str) -> None:
    root = schema_of(kind)
    wrong = [
        f"{name}.{key}: {example!r}"
        for name, table in tables(kind).items()
        for key, about in table["properties"].items()
        for example in about.get("examples", [])
        if not checker({**about, "$defs": root["$defs"]}).is_valid(example)
    ]
    assert wrong == []


CONNECTOR = """\
connector: small
about: A small vendor.
settings: {base_url: Where it is}
auth: [{name: none}]
resources:
  things:
    label: Thing
    key: id
    fields:
      id: {type: number, readonly: true}
      name: {type: text, label: Name, length: 40, unit: bytes, required: true}
      state.code: {type: list, list: states, holds: code}
    containers: {More: {codec: pairs}, Tags: {codec: ids}}
    operations: {list: {path: things}}
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("connectors")
    (folder / "small.yaml").write_text(CONNECTOR, encoding="utf-8")
    connector = load_connector("small.yaml", folder=folder).spec
    return mapping_schema(
        {"crm": (connector, "things"), "erp": (connector, "nothing")},
        custom={"crm": {"More": {"size": CustomField(id="12", type="number", label="Size")}}},
        transforms={"trim": "The text without blanks at its ends.", "upper": "The text in capitals."},
        types={"text": "A text.", "date": "A day."},
        forms={"date": ["iso", "dmy"], "datetime": ["iso"]},
    )


def offered(schema: dict[str, Any], name: str) -> dict[str, str]:
    return {part["const"]: part["description"] for part in schema["$defs"][name]["anyOf"] if "const" in part}


def test_the_paths_of_a_sides_resource_are_offered(editor: dict[str, Any]) -> None:
    assert offered(editor, "path of crm") == {
        "id": "number, read-only",
        "name": "Name: text, at most 40 bytes, required",
        "state.code": "list, code of the list states",
        "More.size": "Size: custom number",
        "Tags.": "custom fields (ids): their names follow the dot",
    }


def test_a_resource_that_is_not_known_offers_nothing(editor: dict[str, Any]) -> None:
    assert offered(editor, "path of erp") == {}


def test_the_transforms_are_offered(editor: dict[str, Any]) -> None:
    assert list(offered(editor, "transform")) == ["trim", "upper"]


def test_a_form_is_offered_with_its_types(editor: dict[str, Any]) -> None:
    assert offered(editor, "form") == {"iso": "Of date, datetime.", "dmy": "Of date."}


def test_the_resources_of_a_connector_are_offered(editor: dict[str, Any]) -> None:
    crm = editor["properties"]["sides"]["properties"]["crm"]
    assert crm["anyOf"][0] == {"const": "things", "description": "Thing"}


EDITED: dict[str, Any] = {
    "entity": "thing",
    "about": "x",
    "sides": {"crm": "things", "erp": {"resource": "others", "role": "target"}, "more": "x"},
    "functions": {"f": {"value": ["trim", "cut(3)"], "back": "g"}},
    "fields": {
        "name": {"type": "date", "crm": "name", "erp": {"path": "any.path", "form": ["dmy", "%d"]}, "more": "x"},
        "size": {"crm": {"path": "More.other", "read": "trim"}, "values": {"a": {"crm": 1, "preferred": True}}},
    },
}


def test_the_schema_of_an_editor_is_a_schema(editor: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(editor)


def test_what_is_not_offered_stays_possible(editor: dict[str, Any]) -> None:
    assert [error.message for error in checker(editor).iter_errors(EDITED)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {"name": {"type": "dat"}}},
        {"fields": {"name": {"crm": {"pth": "name"}}}},
        {"fields": {"name": {"crm": ["name"]}}},
        {"sides": {"crm": {"resource": "things", "rol": "both"}}},
    ],
)
def test_what_is_wrong_stays_wrong(editor: dict[str, Any], change: dict[str, Any]) -> None:
    assert not checker(editor).is_valid(EDITED | change)
