"""`mapper coverage`: which fields of the vendors a mapping leaves out, and which of its rows and values never occur."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from mapper.cli import output
from mapper.cli.frame import NUMBER, command, settings

if TYPE_CHECKING:
    from mapper.compile import CompiledMapping
    from mapper.records import Record
    from mapper.sync.fieldcoverage import Coverage, LooseField
    from mapper.sync.project import Project


@command(
    "coverage",
    examples=(
        "mapper coverage company                           which fields no row names",
        "mapper coverage company --run 12                  and what never occurred in run 12",
        "mapper coverage company --from crm records.jsonl  and what never occurs in these records",
    ),
)
@click.argument("entity", metavar="MAPPING")
@click.argument("file", required=False)
@click.option("--run", type=NUMBER, help="Look at the records that are kept of this run: those that led to changes.")
@click.option("--from", "source", metavar="SIDE", help="The side whose records stand in FILE.")
@click.option(
    "--raw", is_flag=True, help="The records of FILE are as the vendor sends them, custom fields not decoded."
)
def coverage(entity: str, file: str | None, run: int | None, source: str | None, raw: bool) -> None:
    """Show what MAPPING, named by its entity, leaves out: the vendors' fields that no row names.

    With records, of a run or from FILE (- for stdin), each such field says how often it held a value; and shown are the
    rows that gave no value, the values of tables and lists that never occurred, and those that occurred and are in
    none. Nothing is asked of a vendor: custom fields and lists are those of the catalogue.
    """
    from mapper.sync.cutdown import cut_sides
    from mapper.sync.fieldcoverage import coverage as covered

    if file is not None and run is not None:
        raise click.UsageError("give either --run or FILE")
    if (file is None) != (source is None):
        raise click.UsageError("FILE and --from belong together: the records of one side")
    if raw and file is None:
        raise click.UsageError("--raw is about records of a FILE")
    with settings().load() as project, ExitStack() as stack:
        mapping = project.compiled(entity, live=False)
        records: Iterator[tuple[str, Record]] | None = None
        cut: frozenset[str] = frozenset()
        if file is not None and source is not None:
            records = _of_file(stack, mapping, file, source, raw)
        elif run is not None:
            records, cut = _of_run(project, entity, run), cut_sides(project.store, run)
        found = covered(mapping, records, cut)
    if settings().json:
        output.document(found.as_dict())
    else:
        _show(found)


def _of_file(
    stack: ExitStack, mapping: CompiledMapping, file: str, source: str, raw: bool
) -> Iterator[tuple[str, Record]]:
    from mapper.cli.recordfiles import opened
    from mapper.errors import UsageError
    from mapper.spec.document import nearest

    if source not in mapping.sides:
        raise UsageError(f"the mapping has no side '{source}'", hint=nearest(source, mapping.sides))
    found = stack.enter_context(opened(file))
    if not raw:
        return ((source, record) for _, record in found)
    from mapper.sync.rawrecords import decoder

    decode = decoder(mapping.sides[source].context)
    return ((source, decode(record)) for _, record in found)


def _of_run(project: Project, entity: str, run: int) -> Iterator[tuple[str, Record]]:
    from mapper.errors import UsageError
    from mapper.state import kept
    from mapper.sync.keeping import unsqueeze

    row = project.store.run(run)
    if row is None or row["entity"] != entity:
        raise UsageError(f"there is no run {run} of '{entity}'", hint="see `mapper runs`")
    if not kept.count(project.store, run):
        words = f"no records are kept of run {run}: it changed nothing, or is older than the last {kept.RUNS}"
        raise UsageError(words, hint="see `mapper runs`")
    sides = project.mapping(entity).spec.sides
    rows = kept.records(project.store, run)
    return ((row["side"], unsqueeze(row["native"])) for row in rows if row["side"] in sides)


def _show(found: Coverage) -> None:
    if found.records:
        output.show("records: " + ", ".join(f"{side} {count}" for side, count in found.records.items()))
    for side, fields in found.loose.items():
        if side in found.records or not found.records:
            whole = all(field.held is not None for field in fields)
            _show_fields(side, fields, found.records.get(side) if whole else None)
            if not whole:
                output.show("how often they held a value is not known: no more was read than the mapping looks at")
    if not found.records:
        return
    _title(f"{len(found.never_fired)} rows that never gave a value")
    for row in found.never_fired:
        output.show(f"  {row.field}  {row.side}  {row.place}" + (f"  {row.refused} refused" if row.refused else ""))
    loose = [use for use in found.values if use.never_seen or use.unknown]
    _title(f"{len(loose)} rows with values that never occurred, or that are in no table")
    for use in loose:
        output.show(f"  {use.field}  {use.side} ({use.source})  {use.place}")
        if use.never_seen:
            output.show(f"    never seen: {_some(use.never_seen)}")
        if use.unknown:
            often = sorted(use.unknown.items(), key=lambda pair: -pair[1])
            output.show(f"    not in it: {_some([f'{word} ({count})' for word, count in often])}")


def _show_fields(side: str, fields: list[LooseField], count: int | None) -> None:
    """The loose fields of a side: those with values, most often first, or all of them where there are no records."""
    _title(f"{side}: {len(fields)} fields that no row names")
    shown = fields if count is None else sorted((f for f in fields if f.held), key=lambda field: -(field.held or 0))
    rows = []
    for one in shown:
        kind = one.type + (", read-only" if one.readonly else "") + ("" if one.known else ", not in the connector")
        rows.append((one.path, one.label, kind, *((f"{one.held} of {count}",) if count is not None else ())))
    headers = ("field", "label", "type", *(("had a value",) if count is not None else ()))
    if rows:
        output.show_table(headers, rows, right=(3,) if count is not None else ())
    if len(shown) < len(fields):
        output.show(f"{len(fields) - len(shown)} of them never had a value")


def _title(text: str) -> None:
    output.show()
    output.show(text)


def _some(words: list[str]) -> str:
    most = 12
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")
