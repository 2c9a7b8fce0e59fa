"""The operations of a connector as a list: what can be called by hand, and with what."""

from __future__ import annotations

from typing import Any

from mapper.connect.operations import operations_of
from mapper.connect.parameters import place_of
from mapper.connect.templates import names_in, names_inside, template
from mapper.errors import RuleError
from mapper.spec.connector import Connector
from mapper.spec.operation import Operation, Param


def listed(connector: Connector) -> list[dict[str, Any]]:
    """Every operation in the file's order: name, method, path and parameters; and what is to be known before."""
    return [_operation(name, spec, connector) for name, spec in operations_of(connector).items()]


def _operation(name: str, spec: Operation, connector: Connector) -> dict[str, Any]:
    in_path = names_inside(spec.path)
    declared = [_param(key, param, place_of(spec, key, in_path)) for key, param in spec.params.items()]
    told: dict[str, Any] = {"name": name, "method": spec.method, "path": shown_path(spec, connector)}
    if spec.steps:
        told |= {"method": "flow", "path": "", "steps": [step.call for step in spec.steps if step.call]}
        for one in declared:
            del one["in"]
    more = {"about": spec.about, "deprecated": spec.deprecated, "unfinished": spec.unfinished}
    return {
        **told,
        "parameters": declared or _named(spec, connector, in_path),
        **{key: value for key, value in more.items() if value is not None},
    }


def _named(spec: Operation, connector: Connector, in_path: frozenset[str]) -> list[dict[str, Any]]:
    """The parameters of an operation that declares none: what its expressions look at, the connection's own aside."""
    known = {*connector.settings, "assume", "base_url", "resource", "record"}
    places = {"path": spec.path, "query": spec.query, "header": spec.headers, "body": spec.body}
    found: dict[str, dict[str, Any]] = {}
    for place, value in places.items():
        for name in sorted(names_in(value, spec.pos) - known):
            found.setdefault(name, {"name": name, "in": place, "required": name in in_path})
    return list(found.values())


def _param(name: str, param: Param, where: str) -> dict[str, Any]:
    said: dict[str, Any] = {"name": param.name or name, "in": where, "type": param.type}
    said["required"] = param.required or where == "path"
    if param.name:
        said["argument"] = name
    for key in ("many", "join", "nullable", "default", "most", "about"):
        if value := getattr(param, key):
            said[key] = value
    if param.choices:
        said["choices"] = list(param.choices)
    return said


def shown_path(spec: Operation, connector: Connector) -> str:
    """The path with its parameters in braces, by their names on the wire; the assumptions are as by default."""
    names = names_inside(spec.path)
    wires = {name: param.name or name for name, param in spec.params.items()}
    scope: dict[str, Any] = {name: f"{{{wires.get(name, name)}}}" for name in names}
    scope |= {name: one.default for name, one in connector.settings.items() if one.default is not None}
    scope["assume"] = {name: one.default for name, one in connector.assumptions.items()}
    try:
        text = template(spec.path, spec.pos)(scope)
    except RuleError:
        text = spec.path
    return text if "://" in str(text) else f"/{str(text).lstrip('/')}"
