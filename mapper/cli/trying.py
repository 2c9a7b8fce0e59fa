"""`mapper try`: what a mapping makes of records, without writing anything anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.compile import CompiledMapping
    from mapper.records import Record
    from mapper.sync.project import Project
    from mapper.sync.trial import Trial

_QUARANTINED = 3
_LARGEST = 50_000_000


@command(
    "try",
    examples=(
        "mapper try company --from crm --to erp                  one page of the live side",
        "mapper try company --from crm --to erp --key 4711 --explain",
        "mapper try company --from crm --to erp records.jsonl",
        "mapper try company --from crm --to erp - < record.json",
    ),
)
@click.argument("entity")
@click.argument("file", required=False)
@click.option("--from", "source", required=True, metavar="SIDE", help="The side whose records are read.")
@click.option("--to", "target", required=True, metavar="SIDE", help="The side that they are written for.")
@click.option("--key", help="One record of the live side, by its key.")
@click.option("--limit", type=click.IntRange(1), help="At most so many records.")
@click.option("--explain", is_flag=True, help="Show the way of each value, field by field.")
def try_(
    entity: str, file: str | None, source: str, target: str, key: str | None, limit: int | None, explain: bool
) -> int:
    """Show what the mapping of ENTITY would write to one side for records of another.

    Records come from FILE (JSON, an array, or one per line), from stdin (-), or from the live side. The result is one
    line of JSON for each record; records that do not fit are told on stderr, and the exit code is then 3.
    """
    from mapper.sync.trial import trial

    if file is not None and key is not None:
        raise click.UsageError("--key reads the live side: give either FILE or --key")
    with settings().load() as project:
        live = file is None
        mapping = project.compiled(entity, live=live)
        for name in (source, target):
            _known_side(mapping, name)
        records = _live(project, mapping, source, key) if file is None else _from_file(file)
        done = []
        for number, record in enumerate(islice(records, limit), 1):
            found = trial(mapping, record, source, target, explain=explain)
            _tell(found, number, explain)
            done.append(found)
    if settings().json:
        output.document({"records": [_facts(found, explain) for found in done]})
    return _QUARANTINED if any(found.problems for found in done) else 0


def _known_side(mapping: CompiledMapping, name: str) -> None:
    from mapper.errors import UsageError
    from mapper.spec.document import nearest

    if name not in mapping.sides:
        raise UsageError(f"the mapping of {mapping.entity} has no side '{name}'", hint=nearest(name, mapping.sides))


def _live(project: Project, mapping: CompiledMapping, side: str, key: str | None) -> Iterator[Record]:
    """One record of a side by its key, or those of its first page."""
    compiled = mapping.sides[side]
    connection = project.connection(mapping.spec.sides[side].connection or side)
    resource = compiled.context.resource_name
    connection.use(resource, compiled.containers)
    if key is not None:
        yield connection.get(resource, key)
        return
    for page in islice(connection.pages(resource), 1):
        yield from page.records


def _from_file(name: str) -> Iterator[Record]:
    """The records of a file or of stdin: an object, an array, or an object on each line."""
    import orjson

    from mapper.errors import UsageError

    shown = "stdin" if name == "-" else name
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with open(name, "rb") as stream:
                raw = stream.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    if len(raw) > _LARGEST:
        raise UsageError(f"{shown} is larger than {_LARGEST:,} bytes", hint="try fewer records")
    try:
        found = [orjson.loads(raw)]
        found = found[0] if isinstance(found[0], list) else found
    except orjson.JSONDecodeError:
        found = list(_lines(raw, shown))
    for number, record in enumerate(found, 1):
        if not isinstance(record, dict):
            raise UsageError(f"{shown}: record {number} is not a JSON object")
        yield record


def _lines(raw: bytes, shown: str) -> Iterator[Any]:
    import orjson

    from mapper.errors import UsageError

    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError as error:
            hint = "give an object, an array, or one object per line"
            raise UsageError(f"{shown}:{number}: is not JSON: {error}", hint=hint) from None


def _tell(found: Trial, number: int, explain: bool) -> None:
    if not settings().json:
        if explain:
            output.show(f"record {number}")
            rows = [_row(step) for step in found.steps]
            output.show_table(("field", "type", "read", "in the middle", "written to", "written", "rule"), rows)
            output.show()
        elif not found.problems:
            click.echo(output.text_of(_plain(found.written)))
    for problem in found.problems:
        output.say(f"record {number}: {problem}")


def _row(step: Any) -> tuple[str, ...]:
    written = f"✗ {step.problem}" if step.problem else _shown(step.written)
    place = step.position
    return (
        step.field,
        step.type,
        _shown(step.raw),
        _shown(step.canonical),
        step.path,
        written,
        f"{place.file}:{place.line}:{place.column}" if place.file else "",
    )


def _shown(value: Any) -> str:
    from mapper.records import ABSENT, CLEAR

    if value is ABSENT:
        return ""
    return "(emptied)" if value is CLEAR else output.shown(value)


def _plain(value: Any) -> Any:
    from mapper.records import CLEAR

    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return None if value is CLEAR else value


def _facts(found: Trial, explain: bool) -> dict[str, Any]:
    from mapper.records import ABSENT

    facts: dict[str, Any] = {
        "written": None if found.problems else _plain(found.written),
        "problems": [{"field": p.field, "message": p.message, "place": str(p.position)} for p in found.problems],
    }
    if explain:
        facts["fields"] = [
            {
                "field": step.field,
                "type": step.type,
                "path": step.path,
                "place": str(step.position),
                "problem": step.problem,
                **{
                    name: _plain(value)
                    for name, value in (("read", step.raw), ("canonical", step.canonical), ("written", step.written))
                    if value is not ABSENT
                },
            }
            for step in found.steps
        ]
    return facts
