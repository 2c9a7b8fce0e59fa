"""JSON Schema of the files, made from the spec classes: what an editor needs to complete and check as one types.

`schema_of` says what a kind of file may hold. `mapping_schema` says it for one mapping: it also knows the fields of the
connectors in use, the transforms, the types and their forms, and offers them without forbidding anything else.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from mapper.spec.classes import hints, is_spec, key_of, plain
from mapper.spec.connector import Connector, Container, Field
from mapper.spec.extending import KEY as EXTENDS
from mapper.spec.likeness import KEY as LIKE
from mapper.spec.mapping import Cell, Row
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.project import CustomField, ProjectSpec
from mapper.spec.shared import Shared

Schema = dict[str, Any]

_KINDS: dict[str, type] = {"mapping": MappingSpec, "connector": Connector, "project": ProjectSpec, "shared": Shared}
KINDS = tuple(_KINDS)
# Texts may be written as bare numbers, which YAML would otherwise turn into something else.
_TEXT: Schema = {"type": ["string", "number"]}
_SCALARS: dict[Any, Schema] = {
    str: _TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
}
_SIDES = "^[A-Za-z][A-Za-z0-9_-]{0,39}$"
_CSV: Schema = {"type": "string", "pattern": r"\.[Cc][Ss][Vv]$", "description": "A CSV file: canonical,side,…"}
_TABLE: Schema = {
    "type": "object",
    "description": "Canonical value to {side: label, code or id}.",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "preferred": {
                "description": "Whether a value that several rows have is read as this one.",
                "type": "boolean",
                "default": False,
            }
        },
    },
}
#: What a file may hold where the spec class does not say it in types.
_MORE: dict[str, Schema] = {
    "Row.values": {
        "anyOf": [
            {"const": "by label", "description": "The same label on every side, accents and case aside."},
            _CSV,
            {"type": "string", "description": "The name of a table below `tables`."},
            _TABLE,
        ]
    },
    "Mapping.tables": {"type": "object", "additionalProperties": {"anyOf": [_CSV, _TABLE]}},
    "Shared.tables": {"type": "object", "additionalProperties": {"anyOf": [_CSV, _TABLE]}},
    "Mapping.match": {
        "type": "array",
        "items": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    },
}


def schema_of(kind: str) -> Schema:
    """The JSON Schema (draft 2020-12) of `mapping`, `connector`, `project` or `shared`."""
    definitions: Schema = {}
    root = _object(_KINDS[kind], definitions)
    if kind == "connector":
        root = _extending(root, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"mapper {kind} file",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _extending(root: Schema, definitions: Schema) -> Schema:
    """The schema of a file that may be laid over another, or be a part: nothing is required then, and null takes away.

    So is a resource that is laid over common parts.
    """
    whole = {"required": ["connector"], "not": {"required": [EXTENDS]}}
    laid = {f"{name} laid over": _loose(about) for name, about in definitions.items()}
    connector = _either("Connector", root, whole)
    resource = _either("Resource", definitions["Resource"], {"not": {"required": [LIKE]}})
    definitions |= {**laid, "Connector laid over": _loose(root), **connector, **resource}
    return {"description": root["description"], **definitions.pop("Connector")}


def _either(name: str, schema: Schema, whole: Schema) -> Schema:
    """The definition of what has to be whole under a condition, and is laid over something else where it is not."""
    laid = {"$ref": f"#/$defs/{name} laid over"}
    parts = {"if": whole, "then": {"$ref": f"#/$defs/Whole {name.lower()}"}, "else": laid}
    return {name: parts, f"Whole {name.lower()}": schema}


def _loose(schema: Any) -> Any:
    """A schema without anything required, in which null may stand for every member."""
    if isinstance(schema, list):
        return [_loose(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found: Schema = {}
    for key, value in schema.items():
        if key == "$ref":
            found[key] = f"{value} laid over"
        elif key == "properties":
            found[key] = {name: _or_null(_loose(part)) for name, part in value.items()}
        elif key == "additionalProperties" and isinstance(value, dict):
            found[key] = _or_null(_loose(value))
        elif key != "required":
            found[key] = copy.deepcopy(value) if key in ("examples", "default") else _loose(value)
    return found


def _or_null(schema: Schema) -> Schema:
    told: Schema = {key: schema[key] for key in ("description", "examples", "default") if key in schema}
    return {**told, "anyOf": [{key: part for key, part in schema.items() if key not in told}, {"type": "null"}]}


def _object(cls: Any, definitions: Schema) -> Schema:
    """The table that stands for a spec class."""
    properties: Schema = {}
    required = []
    for field in dataclasses.fields(cls):
        if field.name == "pos" or (cls is Row and field.name == "cells"):
            continue
        key = key_of(field.name)
        more = _MORE.get(f"{cls.__name__}.{key}")
        shown = {
            "description": field.metadata["about"],
            **(copy.deepcopy(more) if more else _schema(hints(cls)[field.name], definitions)),
        }
        if field.metadata["example"] is not None:
            shown["examples"] = [field.metadata["example"]]
        if field.default is not dataclasses.MISSING and isinstance(field.default, str | bool | int | float):
            shown["default"] = field.default
        properties[key] = shown
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            required.append(key)
    found: Schema = {
        "description": (cls.__doc__ or "").splitlines()[0],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if cls is Row:
        # The other keys of a row are the names of the sides.
        found |= {"additionalProperties": _schema(Cell, definitions), "propertyNames": {"pattern": _SIDES}}
    return found | ({"required": required} if required else {})


def _schema(tp: Any, definitions: Schema) -> Schema:
    """The schema of a type."""
    tp, optional = plain(tp)
    found = _plain_schema(tp, definitions)
    return {"anyOf": [found, {"type": "null"}]} if optional and found else found


def _plain_schema(tp: Any, definitions: Schema) -> Schema:
    origin = get_origin(tp)
    if isinstance(tp, tuple):
        return {"anyOf": [_schema(part, definitions) for part in tp]}
    if tp in _SCALARS:
        return dict(_SCALARS[tp])
    if origin is Literal:
        return _words(get_args(tp))
    if origin is tuple:
        item = _schema(get_args(tp)[0], definitions)
        many = {"type": "array", "items": item}
        return {"anyOf": [many, item]} if item else {"type": ["array", "string", "number", "boolean"]}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(get_args(tp)[1], definitions) or True}
    if is_spec(tp):
        return _reference(tp, definitions)
    return {}


def _words(words: Iterable[str]) -> Schema:
    """One of several words; the word `null` may be written without quotes, as YAML's own."""
    found = list(words)
    return {"enum": [*found, None] if "null" in found else found}


def _reference(cls: Any, definitions: Schema) -> Schema:
    """A spec class by its name; where it has a shorthand, a bare value as well."""
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}
        definitions[cls.__name__] = _object(cls, definitions)
    table = {"$ref": f"#/$defs/{cls.__name__}"}
    short = getattr(cls, "__shorthand__", "")
    return {"anyOf": [_schema(hints(cls)[short], definitions), table]} if short else table


def mapping_schema(
    sides: Mapping[str, tuple[Connector, str]],
    *,
    custom: Mapping[str, Mapping[str, Mapping[str, CustomField]]] | None = None,
    transforms: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    forms: Mapping[str, Sequence[str]] | None = None,
) -> Schema:
    """The JSON Schema of one mapping, for an editor that completes what the connectors in use know.

    `sides` gives each side's connector and resource, `custom` each side's custom fields by container and name,
    `transforms` and `types` what each of them does, `forms` the forms of each type. All of it is offered; other paths,
    transforms and forms stay possible, because only `mapper check` can tell whether they are wrong.
    """
    schema = schema_of("mapping")
    definitions = schema["$defs"]
    _offer_transforms(definitions, transforms or {})
    if types:
        definitions["Row"]["properties"]["type"] |= _offers(types)
        del definitions["Row"]["properties"]["type"]["enum"]
    _offer_forms(definitions, forms or {})
    row, columns = definitions["Row"]["properties"], schema["properties"]["sides"]
    columns["properties"] = {}
    for side, (connector, resource) in sides.items():
        fields = _paths(connector, resource, (custom or {}).get(side, {}))
        row[side] = _cell(definitions, side, f"{connector.connector}: {resource}", fields)
        columns["properties"][side] = _side(definitions, connector)
        for table in _tables(schema):
            table["additionalProperties"]["properties"][side] = {
                "description": f"The labels, codes or ids in {side}: all are read, the first is written."
            }
    schema["$defs"] = dict(sorted(definitions.items()))
    return schema


def _offers(words: Mapping[str, str], *free: Schema) -> Schema:
    """Words to choose from, each with what it means, and what else may stand there."""
    return {"anyOf": [*({"const": word, "description": about} for word, about in words.items()), *free]}


def _offer_transforms(definitions: Schema, transforms: Mapping[str, str]) -> None:
    definitions["transform"] = {
        "description": "A transform, with arguments where it needs some, or an expression.",
        **_offers(transforms, dict(_TEXT)),
    }
    one = {"$ref": "#/$defs/transform"}
    for table, key in (("Cell", "read"), ("Cell", "write"), ("Function", "value")):
        definitions[table]["properties"][key]["anyOf"] = [{"type": "array", "items": one}, one]
    definitions["Function"]["properties"]["back"]["anyOf"] = [one, {"type": "null"}]


def _offer_forms(definitions: Schema, forms: Mapping[str, Sequence[str]]) -> None:
    types: dict[str, list[str]] = {}
    for name, known in forms.items():
        for form in known:
            types.setdefault(form, []).append(name)
    definitions["form"] = {
        "description": "A form of the row's type, or of dates a pattern with %.",
        **_offers({form: f"Of {', '.join(names)}." for form, names in types.items()}, dict(_TEXT)),
    }
    one = {"$ref": "#/$defs/form"}
    definitions["Cell"]["properties"]["form"]["anyOf"] = [{"type": "array", "items": one}, one]


def _paths(connector: Connector, resource: str, custom: Mapping[str, Mapping[str, CustomField]]) -> dict[str, str]:
    """The paths that a resource is known to have, and what stands there."""
    spec = connector.resources.get(resource)
    if spec is None:
        return {}
    found = {path: _about(field) for path, field in spec.fields.items()}
    for name, container in spec.containers.items():
        known = custom.get(name, {})
        found.update({f"{name}.{key}": _about_custom(field) for key, field in known.items()})
        if not known:
            found[f"{name}."] = _about_container(container)
    return found


def _about(field: Field) -> str:
    facts: list[str] = [field.type]
    if field.length:
        facts.append(f"at most {field.length} {field.unit}")
    if field.list:
        facts.append(f"{field.holds} of the list {field.list}")
    if field.ref:
        facts.append(f"refers to {field.ref}")
    named = {"required": field.required, "read-only": field.readonly, "written on create only": field.write_once}
    facts += [word for word, said in named.items() if said]
    return f"{field.label}: {', '.join(facts)}" if field.label else ", ".join(facts)


def _about_custom(field: CustomField) -> str:
    facts = f"custom {field.type}{', read-only' if field.readonly else ''}"
    return f"{field.label}: {facts}" if field.label else facts


def _about_container(container: Container) -> str:
    return f"custom fields ({container.codec}): their names follow the dot"


def _cell(definitions: Schema, side: str, about: str, fields: Mapping[str, str]) -> Schema:
    """The cells of one side: a path that is offered, or a table with one."""
    definitions[f"path of {side}"] = {"description": f"A field of {about}.", **_offers(fields, dict(_TEXT))}
    path = {"$ref": f"#/$defs/path of {side}"}
    cell = copy.deepcopy(definitions["Cell"])
    definitions[f"cell of {side}"] = cell
    either = {"anyOf": [path, {"$ref": f"#/$defs/cell of {side}"}]}
    cell["properties"]["path"]["anyOf"] = [path, {"type": "null"}]
    cell["properties"]["parts"]["additionalProperties"] = dict(either)
    return {"description": f"The field of {about}.", **either}


def _side(definitions: Schema, connector: Connector) -> Schema:
    """A side's own settings, with the resources that its connector knows."""
    known = {name: spec.label or spec.about or name for name, spec in connector.resources.items()}
    resource = _offers(known, dict(_TEXT))
    table = copy.deepcopy(definitions["Side"])
    table["properties"]["resource"]["anyOf"] = resource["anyOf"]
    table["properties"]["resource"].pop("type")
    return {"description": connector.about, "anyOf": [*resource["anyOf"], table]}


def _tables(schema: Schema) -> list[Schema]:
    """The places of the schema that describe a table of values."""
    values = schema["$defs"]["Row"]["properties"]["values"]["anyOf"]
    named = schema["properties"]["tables"]["additionalProperties"]["anyOf"]
    return [part for part in (*values, *named) if part.get("type") == "object"]
