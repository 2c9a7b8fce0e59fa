"""`mapper connectors`: which systems are known, what each can be asked, and where an API's own description says it."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import Group, command, settings

if TYPE_CHECKING:
    from mapper.spec.connector import Connector
    from mapper.spec.load import Loaded

_WIDTH = 96


@click.group(
    "connectors",
    cls=Group,
    examples=("mapper connectors list", "mapper connectors show crm", "mapper connectors import-openapi api.json"),
)
def connectors() -> None:
    """The connectors that there are, and all that each can be asked."""


@command("list", examples=("mapper connectors list", "mapper connectors list --json"))
def list_() -> None:
    """List the connectors, those of the project first."""
    from mapper.connect.operations import operations_of
    from mapper.spec.load import connector_names, load_connector

    found = [(name, load_connector(name, folder=_folder())) for name in connector_names(_folder())]
    if settings().json:
        output.document({"connectors": [_facts(name, loaded) for name, loaded in found]})
        return
    rows = [
        (name, str(len(loaded.spec.resources)), str(len(operations_of(loaded.spec))), loaded.spec.about)
        for name, loaded in found
    ]
    output.show_table(("connector", "resources", "operations", "about"), rows, right=(1, 2))


@command("show", examples=("mapper connectors show crm", "mapper connectors show crm --json"))
@click.argument("name")
def show(name: str) -> None:
    """Show every operation of the connector NAME: its verb, its path, and its parameters; * marks those it needs.

    NAME is that of a shipped connector, of one in the project's folder connectors/, or a connector file.
    """
    from mapper.connect.listing import listed
    from mapper.spec.load import load_connector

    loaded = load_connector(name, folder=_folder())
    spec, found = loaded.spec, listed(loaded.spec)
    if settings().json:
        output.document({**_facts(spec.connector, loaded), "operations": found})
        return
    output.show(f"{spec.connector}: {spec.about}")
    for one in found:
        output.show(f"{one['name']}: {one['method']} {one['path'] or ' > '.join(one['steps'])}")
        for line in wrap(", ".join(map(_parameter, one["parameters"])), _WIDTH):
            output.show(f"  {line}")
    for word in ("deprecated", "unfinished"):
        for one in found:
            if word in one:
                output.show(f"{word}: {one['name']}: {one[word]}")


def _facts(name: str, loaded: Loaded[Connector]) -> dict[str, Any]:
    from mapper.connect.operations import operations_of

    spec = loaded.spec
    facts = {"about": spec.about, "documents": spec.documents, "file": loaded.document.file}
    return {"name": name, **facts, "resources": list(spec.resources), "operations": list(operations_of(spec))}


def _parameter(one: dict[str, Any]) -> str:
    return f"{one['name']}{'*' if one['required'] else ''}"


def _folder() -> Path:
    path = Path(settings().project)
    return path if path.is_dir() else path.parent


connectors.add_command(list_)
connectors.add_command(show)
