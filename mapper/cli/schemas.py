"""`mapper schema`: JSON Schema of the files, so that an editor completes and checks them as one types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.sync.project import Project

#: The kinds of files that there are; `mapper.spec.jsonschema` knows the same.
_KINDS = ("mapping", "connector", "project", "shared")


@command(
    "schema",
    examples=(
        "mapper schema mapping > mapping.schema.json",
        "mapper schema mapping --for company > company.schema.json",
        "mapper schema connector",
    ),
)
@click.argument("kind", type=click.Choice(_KINDS), metavar="KIND")
@click.option("--for", "name", metavar="ENTITY|FILE", help="Know the connectors of this mapping only.")
def schema(kind: str, name: str | None) -> None:
    """Print the JSON Schema of a kind of file.

    KIND is mapping, connector, project or shared. Within a project, the schema of a mapping knows the fields of the
    connectors in use, the custom fields of the catalogue, the transforms, the types and their forms; an editor with a
    YAML language server completes them all. It is pointed at a schema by the first line of a file:

    \b
        # yaml-language-server: $schema=mapping.schema.json
    """
    from mapper.spec.jsonschema import schema_of

    if name is not None and kind != "mapping":
        raise click.UsageError("--for names a mapping: it goes with `mapper schema mapping`")
    project = _project(name) if kind == "mapping" else None
    if project is None and name is None:
        made = schema_of(kind)
    else:
        from mapper.sync.editing import editor_schema

        made = editor_schema(project, name)
    click.echo(output.text_of(made, pretty=not settings().json))


def _project(name: str | None) -> Project | Any:
    """The project; None where there is none and none is needed."""
    from mapper.sync.suites import YAML

    path = Path(settings().project)
    file = path / "mapper.yaml" if path.is_dir() else path
    needed = name is not None and not name.endswith(YAML)
    return settings().load() if needed or file.exists() else None
