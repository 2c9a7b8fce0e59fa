"""`mapper connectors`: which systems are known, what each can be asked, and where an API's own description says it."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mapper.cli import output as screen
from mapper.cli.frame import Group, command, settings

if TYPE_CHECKING:
    from mapper.connect.importing import Imported
    from mapper.connect.openapi import Description
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
        screen.document({"connectors": [_facts(name, loaded) for name, loaded in found]})
        return
    rows = [
        (name, str(len(loaded.spec.resources)), str(len(operations_of(loaded.spec))), loaded.spec.about)
        for name, loaded in found
    ]
    screen.show_table(("connector", "resources", "operations", "about"), rows, right=(1, 2))


@command(
    "show",
    examples=(
        "mapper connectors show crm",
        "mapper connectors show crm accounts.update",
        "mapper connectors show crm --json",
    ),
)
@click.argument("name")
@click.argument("operation", required=False)
def show(name: str, operation: str | None) -> None:
    """Show every operation of the connector NAME.

    Each has its verb, its path and its parameters; * marks those that it needs. With OPERATION only that one, and what
    each of its parameters holds. NAME is that of a shipped connector, of one in the project's folder connectors/, or a
    connector file.
    """
    from mapper.connect.listing import listed
    from mapper.spec.load import load_connector

    loaded = load_connector(name, folder=_folder())
    spec, found = loaded.spec, listed(loaded.spec)
    if operation is not None:
        found = [one for one in found if one["name"] == operation] or _refuse(spec, operation)
    if settings().json:
        screen.document({**_facts(spec.connector, loaded), "operations": found})
        return
    if operation is not None:
        _show_one(found[0])
        return
    screen.show(f"{spec.connector}: {spec.about}")
    for one in found:
        screen.show(f"{one['name']}: {one['method']} {one['path'] or ' > '.join(one['steps'])}")
        for line in wrap(", ".join(map(_parameter, one["parameters"])), _WIDTH):
            screen.show(f"  {line}")
    for word in ("deprecated", "unfinished"):
        for one in found:
            if word in one:
                screen.show(f"{word}: {one['name']}: {one[word]}")


@command(
    "import-openapi",
    examples=(
        "mapper connectors import-openapi openapi.json",
        "mapper connectors import-openapi api.yaml --for crm --yes",
        "mapper connectors import-openapi api.yaml --output connectors/own_api.yaml",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--for", "name", metavar="CONNECTOR", help="The connector that builds on the table; else it is looked for."
)
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Where to write the table.")
@click.option("--yes", is_flag=True, help="Do not ask before a file is replaced.")
def import_openapi(file: Path, name: str | None, output: Path | None, yes: bool) -> None:
    """Make a table of operations of an API's own description.

    FILE is Swagger 2 or OpenAPI 3, in JSON or YAML.

    Where a connector builds on such a table by `extends`, operations keep its names: those with the same verb and path,
    and those with the same title, which then go to the path that the description says. What the description lacks stays
    as it was, and is marked as unfinished. The table is written to the project's folder connectors/, where it takes the
    place of the shipped one.
    """
    from mapper.connect.importing import table_of, text_of
    from mapper.connect.openapi import read

    found = read(file)
    builder = _builder(found, name)
    made = table_of(found, builder.spec if builder else None)
    target = output or _folder() / "connectors" / f"{_table(builder, found.title)}.yaml"
    if target.exists():
        screen.confirm(f"{target} is replaced. Go on?", yes=yes)
    target.parent.mkdir(parents=True, exist_ok=True)
    about = f"Made by `mapper connectors import-openapi` of {file.name}: {found.title or 'an API'}."
    target.write_text(text_of(made.table, about), encoding="utf-8")
    _tell_import(found, made, builder.spec.connector if builder else "", target)


def _tell_import(found: Description, made: Imported, builder: str, target: Path) -> None:
    counts = {"same": made.same, "moved": made.moved, "new": made.new, "kept": made.kept}
    if settings().json:
        facts = {"file": str(target), "connector": builder or None, "base_url": found.base or None}
        screen.document({**facts, **counts, "notes": found.notes})
        return
    screen.show(f"wrote {target}: {len(found.operations)} operations")
    words = {
        "same": "stand where the connector has them",
        "moved": "are known by their title, and go to another verb or path",
        "new": "are not known to the connector",
        "kept": "are not in the description, and stay as they were",
    }
    for word, names in counts.items():
        if names and (builder or word != "new"):
            shown = f": {', '.join(names)}" if word != "same" else ""
            screen.show(f"{len(names)} {words[word]}{shown}")
    if not builder:
        screen.say("note: no connector knows most of these operations; --for CONNECTOR names one that is to")
    if found.base:
        screen.say(f"note: the description gives the address {found.base}: it belongs into base_url")
    for note in found.notes:
        screen.say(f"note: {note}")


def _builder(found: Description, name: str | None) -> Loaded[Connector] | None:
    """The connector that builds on the table: the one that is named, or that knows most of the operations."""
    from mapper.connect.importing import matches
    from mapper.spec.load import connector_names, load_connector

    if name is not None:
        return load_connector(name, folder=_folder())
    known = [load_connector(one, folder=_folder()) for one in connector_names(_folder())]
    best = max(
        ((matches(found, one.spec), one) for one in known if one.spec.extends), key=lambda pair: pair[0], default=None
    )
    return best[1] if best and best[0] * 2 > len(found.operations) else None


def _table(builder: Loaded[Connector] | None, title: str) -> str:
    """The name of the table: what the connector extends, or one made of the API's title."""
    if builder and builder.spec.extends and not builder.spec.extends.endswith((".yaml", ".yml")):
        return builder.spec.extends
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "vendor"
    return f"{words}_api"


def _facts(name: str, loaded: Loaded[Connector]) -> dict[str, Any]:
    from mapper.connect.operations import operations_of

    spec = loaded.spec
    facts = {"about": spec.about, "documents": spec.documents, "file": loaded.document.file}
    return {"name": name, **facts, "resources": list(spec.resources), "operations": list(operations_of(spec))}


def _refuse(spec: Connector, operation: str) -> NoReturn:
    from mapper.connect.operations import operations_of
    from mapper.errors import UsageError
    from mapper.spec.document import nearest

    hint = nearest(operation, operations_of(spec))
    raise UsageError(f"{spec.connector} has no operation '{operation}'", hint=hint)


def _show_one(one: dict[str, Any]) -> None:
    screen.show(f"{one['name']}: {one['method']} {one['path'] or ' > '.join(one['steps'])}")
    for word in ("about", "deprecated", "unfinished"):
        for line in wrap(f"{'' if word == 'about' else word + ': '}{one[word]}" if word in one else "", _WIDTH):
            screen.show(f"  {line}")
    for part in one["parameters"]:
        words = f"{_parameter(part)}: {', '.join(text for text in (_holds(part), part.get('about')) if text)}"
        for number, line in enumerate(wrap(words, _WIDTH)):
            screen.show(f"  {'  ' if number else ''}{line}")


def _holds(part: dict[str, Any]) -> str:
    """What a parameter holds, in a few words; nothing where the connector does not say."""
    text = " or ".join(part["choices"]) if "choices" in part else part.get("type", "")
    text = f"several of {text}" if part.get("many") else text
    text += f", at most {part['most']}" if "most" in part else ""
    return f"{text}; else {part['default']}" if "default" in part else text


def _parameter(one: dict[str, Any]) -> str:
    return f"{one['name']}{'*' if one['required'] else ''}"


def _folder() -> Path:
    path = Path(settings().project)
    return path if path.is_dir() else path.parent


connectors.add_command(list_)
connectors.add_command(show)
connectors.add_command(import_openapi)
