"""The JSON Schemas say the same as the checks: every shipped file fits them, a mistake does not."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mapper.spec import document
from mapper.spec.jsonschema import schema_of

ROOT = Path(__file__).parents[2]
FILES = [("mapping", path) for path in sorted((ROOT / "mappings").glob("*.yaml"))]
FILES += [("connector", path) for path in sorted((ROOT / "connectors").glob("*.yaml"))]

PROJECT: dict[str, Any] = {
    "connections": {"crm": {"connector": "x", "settings": {"key": "${KEY}"}, "limits": {"per_second": 1}}},
    "mappings": ["company"],
}
TYPES: dict[str, Any] = {
    "string": str,
    "number": (int, Decimal, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def fits(data: Any, schema: Any, root: dict[str, Any]) -> bool:
    """Whether data fits a schema, as far as the words go that these schemas use."""
    if schema is True or schema == {}:
        return True
    if "$ref" in schema:
        return fits(data, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in schema and not any(fits(data, part, root) for part in schema["anyOf"]):
        return False
    if "enum" in schema and data not in schema["enum"]:
        return False
    if "type" in schema and not is_type(data, schema["type"]):
        return False
    if isinstance(data, list) and "items" in schema:
        return all(fits(part, schema["items"], root) for part in data)
    return not isinstance(data, dict) or table_fits(data, schema, root)


def is_type(data: Any, names: Any) -> bool:
    wanted = [names] if isinstance(names, str) else names
    return any(isinstance(data, TYPES[name]) and (name == "boolean" or not isinstance(data, bool)) for name in wanted)


def table_fits(data: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]) -> bool:
    properties = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    named = re.compile(schema.get("propertyNames", {}).get("pattern", ""))
    return set(schema.get("required", ())) <= set(data) and all(
        (named.search(key) and rest is not False and fits(value, rest, root))
        if key not in properties
        else fits(value, properties[key], root)
        for key, value in data.items()
    )


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_a_shipped_file_fits_the_schema_of_its_kind(kind: str, path: Path) -> None:
    schema = schema_of(kind)
    assert fits(document.read(path).data, schema, schema)


def test_a_project_fits_its_schema() -> None:
    schema = schema_of("project")
    assert fits(PROJECT, schema, schema)


MAPPING: dict[str, Any] = {
    "entity": "company",
    "about": "x",
    "sides": {"crm": {"resource": "accounts"}},
    "fields": {"name": {"crm": "Label"}},
}


@pytest.mark.parametrize(
    "change",
    [
        {"entity": None},
        {"entity": ["company"]},
        {"unknown": 1},
        {"sides": {"crm": {"resource": "accounts", "role": "sink"}}},
        {"sides": {"crm": {"role": "both"}}},
        {"fields": {"name": {"crm": {"path": "Label", "reed": "trim"}}}},
        {"fields": {"name": {"crm": "Label", "required": "yes"}}},
        {"fields": {"name": {"type": "txt"}}},
    ],
)
def test_a_mistake_does_not_fit(change: dict[str, Any]) -> None:
    schema = schema_of("mapping")
    assert fits(MAPPING, schema, schema)
    assert not fits(MAPPING | change, schema, schema)


@pytest.mark.parametrize("kind", ["mapping", "connector", "project"])
def test_every_key_is_described(kind: str) -> None:
    schema = schema_of(kind)
    tables = {kind: schema, **schema["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, table in tables.items()
        for key, about in table["properties"].items()
        if not about["description"]
    ]
    assert silent == []
