"""JSON Schema of the files, made from the spec classes: what an editor needs to complete and check as one types."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_origin

from mapper.spec.connector import Connector
from mapper.spec.mapping import Cell, Mapping, Row
from mapper.spec.project import ProjectSpec
from mapper.spec.schema import hints, is_spec, key_of, plain

_KINDS: dict[str, type] = {"mapping": Mapping, "connector": Connector, "project": ProjectSpec}
# Texts may be written as bare numbers, which YAML would otherwise turn into something else.
_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": ["string", "number"]},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
}
_SIDES = "^[A-Za-z][A-Za-z0-9_-]{0,39}$"


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `mapping`, `connector` or `project`."""
    cls = _KINDS[kind]
    definitions: dict[str, Any] = {}
    root = _object(cls, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"mapper {kind} file",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    """The table that stands for a spec class."""
    properties: dict[str, Any] = {}
    required = []
    for field in dataclasses.fields(cls):
        if field.name == "pos" or (cls is Row and field.name == "cells"):
            continue
        shown = {"description": field.metadata.get("about", ""), **_schema(hints(cls)[field.name], definitions)}
        if field.metadata.get("example") is not None:
            shown["examples"] = [field.metadata["example"]]
        if field.default is not dataclasses.MISSING and isinstance(field.default, str | bool | int | float):
            shown["default"] = field.default
        properties[key_of(field.name)] = shown
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            required.append(key_of(field.name))
    found: dict[str, Any] = {
        "description": (cls.__doc__ or "").splitlines()[0],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if cls is Row:
        # The other keys of a row are the names of the sides.
        found |= {"additionalProperties": _schema(Cell, definitions), "propertyNames": {"pattern": _SIDES}}
    return found | ({"required": required} if required else {})


def _schema(tp: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type."""
    tp, optional = plain(tp)
    found = _plain_schema(tp, definitions)
    return {"anyOf": [found, {"type": "null"}]} if optional and found else found


def _plain_schema(tp: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(tp)
    if isinstance(tp, tuple):
        return {"anyOf": [_schema(part, definitions) for part in tp]}
    if tp in _SCALARS:
        return dict(_SCALARS[tp])
    if origin is Literal:
        return {"enum": list(get_args(tp))}
    if origin is tuple:
        item = _schema(get_args(tp)[0], definitions)
        many = {"type": "array", "items": item}
        return {"anyOf": [many, item]} if item else {}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(get_args(tp)[1], definitions) or True}
    if is_spec(tp):
        return _reference(tp, definitions)
    return {}


def _reference(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    """A spec class by its name; where it has a shorthand, a bare value as well."""
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}
        definitions[cls.__name__] = _object(cls, definitions)
    table = {"$ref": f"#/$defs/{cls.__name__}"}
    short = getattr(cls, "__shorthand__", "")
    return {"anyOf": [_schema(hints(cls)[short], definitions), table]} if short else table
