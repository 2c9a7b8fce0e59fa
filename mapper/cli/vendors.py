"""`mapper discover` and `mapper call`: what is asked of one connection directly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.spec.operation import Operation
    from mapper.sync.project import Project

_MOST = 20


@command("discover", examples=("mapper discover crm", "mapper discover crm --json"))
@click.argument("connection")
def discover(connection: str) -> None:
    """Ask CONNECTION for its custom fields and list values, and write them to catalogue/CONNECTION.yaml.

    The file is generated: what the vendor does not tell stands in mapper.yaml, under the connection's `catalogue`.
    """
    from mapper.sync.discover import discover as run
    from mapper.sync.discover import label_of

    with settings().load() as project:
        found = run(project, connection)
    if settings().json:
        fields = {place: {name: field.id for name, field in group.items()} for place, group in found.fields.items()}
        facts = {"file": str(found.path), "fields": fields, "lists": found.lists}
        output.document({**facts, "new": found.new, "gone": found.gone, "notes": found.notes})
    else:
        rows = [(place, "fields", str(len(group)), _some(group)) for place, group in found.fields.items()]
        rows += [
            (name, "list", str(len(values)), _some(map(label_of, values.values())))
            for name, values in found.lists.items()
        ]
        if rows:
            output.show_table(("where", "what", "count", "names"), rows, right=(2,))
        for word, names in (("new", found.new), ("gone", found.gone)):
            if names:
                more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
                output.show(f"{word}: {', '.join(names[:_MOST])}{more}")
        if found.path.exists():
            output.show(f"wrote {found.path}{'' if found.new or found.gone else ', nothing is new'}")
    for note in found.notes:
        output.say(f"note: {note}")


@command(
    "call",
    examples=(
        "mapper call crm accounts.list",
        "mapper call crm accounts.get key=4711",
        'mapper call crm accounts.update key=4711 --body \'{"name": "ACME"}\' --yes',
    ),
)
@click.argument("connection")
@click.argument("operation", metavar="RESOURCE.OPERATION")
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--body", metavar="FILE|JSON", help="The record to send: JSON, a file, or - for stdin.")
@click.option("--yes", is_flag=True, help="Do not ask before a write.")
def call(connection: str, operation: str, arguments: tuple[str, ...], body: str | None, yes: bool) -> None:
    """Carry out any operation of CONNECTION by hand, and print the vendor's answer as JSON.

    A write is asked about on a terminal; elsewhere it needs --yes. `mapper connectors show` tells what there is to
    call, and with which parameters: these are checked before anything is sent. Those of a body may be given by name.
    """
    from mapper.connect.flows import writes_of
    from mapper.connect.parameters import strange_members, warnings_of

    args: dict[str, Any] = dict(_argument(text) for text in arguments)
    if body is not None:
        args["record"] = _body(body)
    with settings().load() as project:
        spec = _operation(project, connection, operation)
        here = project.connection(connection)
        here.given(operation, args)
        connector = project.connector(connection).spec
        known = warnings_of(f"{connection} {operation}", spec)
        for warning in (*known, *strange_members(connector, operation, args.get("record"))):
            output.say(f"warning: {warning}")
        if writes := writes_of(connector, spec):
            output.confirm(f"{connection} {operation} {writes}: it may change data. Go on?", yes=yes)
        answer = here.call(operation, args)
    if settings().json:
        output.document({"answer": answer})
    else:
        click.echo(output.text_of(answer, pretty=True))


def _argument(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name):
        raise click.UsageError(f"an argument reads name=value, not {text!r}")
    return name, value


def _body(text: str) -> Any:
    import sys

    import orjson

    from mapper.errors import UsageError

    where = "--body"
    try:
        if text == "-":
            text = sys.stdin.read()
        elif not text.lstrip().startswith(("{", "[")):
            where = text
            text = Path(where).read_text(encoding="utf-8")
        return orjson.loads(text)
    except OSError as error:
        raise UsageError(f"{where} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{where} is not JSON: {error}") from None


def _operation(project: Project, connection: str, name: str) -> Operation:
    """The operation that is asked for; raises UsageError where there is none."""
    from mapper.connect.operations import operations_of
    from mapper.errors import UsageError
    from mapper.spec.document import nearest

    connector = project.connector(connection).spec
    known = operations_of(connector)
    if name not in known:
        raise UsageError(f"{connector.connector} has no operation '{name}'", hint=nearest(name, known))
    return known[name]


def _some(names: Any) -> str:
    found = [str(name) for name in names]
    return ", ".join(found[:6]) + (", …" if len(found) > 6 else "")
