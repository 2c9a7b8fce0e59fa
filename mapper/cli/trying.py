"""`mapper try`: what a mapping makes of records, without writing anything anywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import explaining, output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.cli.recordfiles import RecordFile
    from mapper.compile import CompiledMapping
    from mapper.errors import RuleError
    from mapper.records import Record
    from mapper.sync.project import Project

_QUARANTINED = 3


@command(
    "try",
    examples=(
        "mapper try company --from crm --to erp                  one page of the live side",
        "mapper try company --from crm --to erp --key 4711 --explain",
        "mapper try company --from crm --to erp records.jsonl > written.jsonl",
        "mapper try company --from crm --to erp - < record.json",
        "mapper try company --from crm --to erp --raw answer.json",
    ),
)
@click.argument("entity")
@click.argument("file", required=False)
@click.option("--from", "source", required=True, metavar="SIDE", help="The side whose records are read.")
@click.option("--to", "target", required=True, metavar="SIDE", help="The side that they are written for.")
@click.option("--key", help="One record of the live side, by its key.")
@click.option("--limit", type=click.IntRange(1), help="At most so many records.")
@click.option("--explain", is_flag=True, help="Show the way of each value, field by field and step by step.")
@click.option(
    "--raw", is_flag=True, help="The records of FILE are as the vendor sends them, custom fields not decoded."
)
def try_(
    entity: str,
    file: str | None,
    source: str,
    target: str,
    key: str | None,
    limit: int | None,
    explain: bool,
    raw: bool,
) -> int:
    """Show what the mapping of ENTITY would write to one side for records of another.

    Records come from FILE, from stdin (-), or from the live side. A file holds one record on each line, and may then be
    of any size; or it is one JSON text, an object or an array. The result is one line of JSON for each record; records
    that do not fit are told on stderr with their line, and the exit code is then 3. A line that is not JSON ends the
    command with exit code 2; what stands before it has been written by then.
    """
    if file is not None and key is not None:
        raise click.UsageError("--key reads the live side: give either FILE or --key")
    if file is None and raw:
        raise click.UsageError("--raw is about records of a FILE: those of the live side are decoded already")
    with settings().load() as project:
        mapping = project.compiled(entity, live=file is None)
        # Sides that are not there are told before anything is read.
        translate = mapping.translators[source, target]
        if file is None:
            records = (("", record) for record in _live(project, mapping, source, key))
            return _each(records, mapping, source, target, limit, explain)
        from mapper.cli.recordfiles import opened

        with opened(file) as found:
            if found.lines is not None and not (explain or raw or settings().json):
                return _lines(found, translate, _writer(mapping, target), limit)
            return _each(_decoded(found, mapping, source, raw), mapping, source, target, limit, explain)


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


def _decoded(found: RecordFile, mapping: CompiledMapping, side: str, raw: bool) -> Iterator[tuple[str, Record]]:
    """The records of a file; of raw ones the containers are decoded."""
    if not raw:
        yield from found
        return
    from mapper.sync.rawrecords import decoder

    decode = decoder(mapping.sides[side].context)
    for place, record in found:
        yield place, decode(record)


def _lines(found: RecordFile, translate: Any, put: Callable[[Record], None], limit: int | None) -> int:
    """One line in, one line out: nothing else is done for a record that fits."""
    from json import JSONDecodeError

    import orjson

    from mapper.errors import RuleError

    assert found.lines is not None
    loads, code, blank = orjson.loads, 0, 0
    last = found.first + limit - 1 if limit else -1
    try:
        for number, line in enumerate(found.lines, found.first):
            try:
                record = loads(line)
                if record.__class__ is not dict:
                    found.record(line, number)
                native, problems = translate(record)
            except JSONDecodeError:
                if line.strip():
                    found.record(line, number)
                blank, last = blank + 1, last + bool(limit)
                continue
            except RuleError as error:
                problems = [error]
            if problems:
                code = _tell(problems, number - found.first - blank + 1, found.place(number))
            else:
                put(native)
            if number == last:
                break
    finally:
        sys.stdout.flush()
    return code


def _writer(mapping: CompiledMapping, target: str) -> Callable[[Record], None]:
    """What writes a native record as one line; nothing has read a secret, so there is none to be masked."""
    import orjson

    from mapper.sync.trial import plain

    dumps, write, option = orjson.dumps, sys.stdout.buffer.write, orjson.OPT_APPEND_NEWLINE
    # Only where a place of several values is written can there be markers among them.
    whole = all(cell.target.plain for cell in mapping.sides[target].cells.values() if cell.target is not None)

    def put(native: Record) -> None:
        try:
            write(dumps(native if whole else plain(native), _as_json, option))
        except TypeError:
            write(_unusual(native))

    return put


def _as_json(value: Any) -> Any:
    """What JSON has no form for: decimals digit by digit, the rest as text."""
    from decimal import Decimal

    import orjson

    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    return str(value)


def _unusual(native: Record) -> bytes:
    """A line with what only the slower library writes: halves of characters, whole numbers of any length."""
    import json

    from mapper.sync.trial import plain

    return json.dumps(plain(native), default=str, separators=(",", ":")).encode() + b"\n"


def _each(
    records: Iterable[tuple[str, Record]],
    mapping: CompiledMapping,
    source: str,
    target: str,
    limit: int | None,
    explained: bool,
) -> int:
    """Records one by one, explained or as one JSON document."""
    from mapper.errors import RuleError
    from mapper.sync.trial import explain, plain, problem_facts

    translate = mapping.translators[source, target]
    code, document, told = 0, settings().json, []
    for number, (place, record) in enumerate(islice(records, limit), 1):
        problems: list[RuleError]
        if explained:
            found = explain(mapping, record, source, target)
            problems, facts = found.problems, found.as_dict()
            if not document:
                explaining.show(found, number, place)
        else:
            try:
                native, problems = translate(record)
            except RuleError as error:
                native, problems = {}, [error]
            written = None if problems else plain(native)
            facts = {"written": written, "problems": [problem_facts(problem) for problem in problems]}
            if not (document or problems):
                click.echo(output.text_of(written))
        if document:
            told.append({"record": number, **({"at": place} if place else {}), **facts})
        if problems:
            sys.stdout.flush()
            code = _tell(problems, number, place)
    if document:
        output.document({"records": told})
    return code


def _tell(problems: list[RuleError], number: int, place: str) -> int:
    """Say what does not fit in a record; gives the exit code."""
    for problem in problems:
        output.say(f"record {number}{f' ({place})' if place else ''}: {problem}")
    return _QUARANTINED
