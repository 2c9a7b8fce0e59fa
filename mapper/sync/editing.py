"""The JSON Schema of mappings for an editor: what the connectors in use and the language have to offer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mapper.errors import MapperError
from mapper.expr.catalogue import TRANSFORMS, add_installed
from mapper.expr.types import TYPES
from mapper.spec.connector import Connector, Resource
from mapper.spec.jsonschema import mapping_schema
from mapper.spec.load import Loaded, load_mapping
from mapper.spec.mapping import Mapping
from mapper.spec.project import CustomField
from mapper.sync.offline import alone
from mapper.sync.project import Project
from mapper.sync.suites import YAML

#: What chains know besides the transforms of the catalogue.
FIT = "A text cut to what the vendor's field holds."


def editor_schema(project: Project | None, name: str | None) -> dict[str, Any]:
    """The schema of one mapping, by entity or file, or of all mappings of a project.

    Raises SpecError for a file that cannot be read, UsageError for an entity that nobody knows. A side whose connector
    is not known offers nothing.
    """
    found: list[Loaded[Mapping]]
    if name is None:
        assert project is not None
        found = list(project.mappings.values())
    elif name.endswith(YAML) or project is None:
        found = [load_mapping(name)]
        project = project if project and _belongs(found[0], project) else alone(found[0], Path(name).parent)
    else:
        found = [project.mapping(name)]
    return _schema(found, project)


def _belongs(loaded: Loaded[Mapping], project: Project) -> bool:
    return all((spec.connection or side) in project.spec.connections for side, spec in loaded.spec.sides.items())


def _schema(mappings: Iterable[Loaded[Mapping]], project: Project) -> dict[str, Any]:
    sides: dict[str, tuple[Connector, str]] = {}
    custom: dict[str, dict[str, dict[str, CustomField]]] = {}
    functions: dict[str, str] = {}
    for loaded in mappings:
        functions |= {name: one.about or "A function." for name, one in loaded.spec.functions.items()}
        for side, spec in loaded.spec.sides.items():
            try:
                context = project.side(loaded, side, live=False)
            except MapperError:
                continue
            connector, resource = context.connector, context.resource_name
            sides[side] = _joined(*sides[side], resource) if side in sides else (connector, resource)
            for name in connector.resources[resource].containers:
                said = loaded.spec.custom.get(spec.connection or side, {}).get(f"{resource}.{name}", {})
                known = {**(context.custom(name) or {}), **said}
                custom.setdefault(side, {}).setdefault(name, {}).update(known)
    return mapping_schema(sides, custom=custom, **language(functions))


def _joined(connector: Connector, one: str, other: str) -> tuple[Connector, str]:
    """A connector with a resource that has the fields of two, for an editor that does not know which is meant."""
    if other in one.split(" or "):
        return connector, one
    first, second = connector.resources[one], connector.resources[other]
    both: Resource = replace(
        first, fields={**second.fields, **first.fields}, containers={**second.containers, **first.containers}
    )
    name = f"{one} or {other}"
    return replace(connector, resources={**connector.resources, name: both}), name


def language(functions: dict[str, str] | None = None) -> dict[str, Any]:
    """What every mapping can name: the transforms and types with what they do, and the forms of each type."""
    add_installed()
    return {
        "transforms": {name: one.summary for name, one in TRANSFORMS.items()} | {"fit": FIT} | (functions or {}),
        "types": {name: f"{one.summary}." for name, one in TYPES.items()},
        "forms": {name: [form for form in one.forms if form] for name, one in TYPES.items()},
    }
