"""`mapper status`, `runs` and `show`: where each mapping stands, and what runs did."""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output, reports
from mapper.cli.frame import NUMBER, command, settings

if TYPE_CHECKING:
    from mapper.state import Row
    from mapper.sync.project import Project

_OPEN = ("owed", "sent", "failed")


@command("status", examples=("mapper status", "mapper status --json"))
def status() -> None:
    """Show where each mapping stands: read until when, how many records are linked, what is still to be done."""
    with settings().load() as project:
        found = {entity: _standing(project, entity) for entity in project.entities}
        shares = _shares(project)
    if settings().json:
        output.document({"entities": found, "calls": shares})
        return
    rows = []
    for entity, facts in found.items():
        last = facts["last_run"]
        for number, (side, about) in enumerate(facts["sides"].items()):
            own = (entity, _ended(last), str(facts["quarantine"] or "–")) if number == 0 else ("", "", "")
            amounts = (str(about["links"] or "–"), str(about["open"] or "–"))
            again = "every run" if about["changes_by"] == "walk" else output.moment(about["whole_due"])
            read = (output.moment(about["read_until"]), again)
            rows.append((own[0], side, *read, *amounts, own[2], own[1]))
    headers = ("entity", "side", "read until", "whole again", "linked", "to write", "quarantine", "last run")
    output.show_table(headers, rows, right=(4, 5, 6))
    for entity, facts in found.items():
        for warned in facts["last_run"]["warnings"] if facts["last_run"] else ():
            output.show(f"{entity}: {reports.warning(warned)}")
    if shares:
        output.show()
        given = [(name, said["day"], *(f"{said[n]:,}" for n in _SHARE)) for name, said in shares.items()]
        output.show_table(("connection", "day", *(f"calls {name}" for name in _SHARE)), given, right=(2, 3, 4))


_SHARE = ("used", "left", "allowed")


def _shares(project: Project) -> dict[str, dict[str, Any]]:
    """Of each connection whose calls a day are limited, how many are used and left."""
    from mapper.sync.accounts import daily_share

    shares = {name: share for name in project.spec.connections if (share := daily_share(project, name))}
    return {
        name: {"day": share.day, "used": share.used(), "left": share.left(), "allowed": share.allowed}
        for name, share in shares.items()
    }


@command("runs", examples=("mapper runs", "mapper runs --entity company --limit 5"))
@click.option("--entity", help="Runs of this entity only.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many, newest first.")
def runs(entity: str | None, limit: int) -> None:
    """List the latest runs and plans, newest first."""
    with settings().load() as project:
        if entity is not None:
            project.mapping(entity)
        found = _as_they_are(project, project.store.runs(entity=entity, limit=limit))
    if settings().json:
        output.document({"runs": [_run(row) for row in found]})
        return
    rows = []
    for row in found:
        facts = _run(row)
        totals = {name: sum(side.get(name, 0) for side in facts["sides"].values()) for name in _TOTALS}
        amounts = [str(totals[name] or "–") for name in _TOTALS]
        started = output.moment(row["started"])
        rows.append((str(row["id"]), row["entity"], row["kind"], started, _lasted(row), row["outcome"], *amounts))
    headers = ("run", "entity", "kind", "started", "seconds", "outcome", *_TOTALS)
    output.show_table(headers, rows, right=(0, 4, *range(6, 6 + len(_TOTALS))))


_TOTALS = ("created", "updated", "deleted", "quarantined", "failed")


@command("show", examples=("mapper show 12", "mapper show 12 --changes 0"))
@click.argument("run", type=NUMBER)
@click.option("--changes", "most", default=20, show_default=True, type=click.IntRange(0), help="List so many; 0: all.")
def show(run: int, most: int) -> None:
    """Show what one RUN did, or one plan would have done: counts, and the changes field by field."""
    from mapper.errors import UsageError

    with settings().load() as project:
        row = project.store.run(run)
        if row is None:
            raise UsageError(f"there is no run {run}", hint="see `mapper runs`")
        [row] = _as_they_are(project, [row])
        facts = _run(row)
        total = sum(project.store.count_changes(run=run).values())
        if settings().json:
            changes = islice(project.changes(run), most or None)
            output.document({**facts, "changes": [_change(change) for change in changes], "changes_in_all": total})
            return
        words = f"run {run}: {row['kind']} of {row['entity']}, {row['outcome']}, {output.moment(row['started'])}"
        output.show(words + (f", {_lasted(row)} s" if row["finished"] else ""))
        if row["message"]:
            output.show(f"    {row['message']}")
        if facts["sides"]:
            click.echo(reports.counts_table(facts["sides"], {}, plan=row["kind"] == "plan"))
        for told in reports.remarks(facts["sides"]):
            output.show(told)
        for warned in facts["warnings"]:
            output.show(f"warning: {reports.warning(warned)}")
        fields = project.mappings[row["entity"]].spec.fields if row["entity"] in project.mappings else {}
        reports.show_changes(project.changes(run), fields, most, total)


def _standing(project: Project, entity: str) -> dict[str, Any]:
    from mapper.sync.cursors import standings

    store = project.store
    cursors, linked = store.cursors(entity), store.count_linked(entity)
    owed: dict[str, int] = {}
    for (side, _, state), number in store.count_changes(entity=entity).items():
        if state in _OPEN:
            owed[side] = owed.get(side, 0) + number
    read = standings(project, entity)
    sides = {
        side: {
            "read_until": cursors.get(side),
            "changes_by": read[side].changes_by,
            "whole_due": read[side].whole_due,
            "links": linked.get(side, 0),
            "open": owed.get(side, 0),
        }
        for side in project.mapping(entity).spec.sides
    }
    last = _as_they_are(project, store.runs(entity=entity, limit=1))
    waiting = len(store.quarantined(entity=entity))
    return {"sides": sides, "quarantine": waiting, "last_run": _run(last[0]) if last else None}


def _as_they_are(project: Project, rows: list[Row]) -> list[Row]:
    """Runs, of which those whose process is gone were cut off, though only the next one notes that."""
    from mapper.state.lock import holders

    at_work = holders(project.store, time.time()) if any(row["outcome"] == "running" for row in rows) else {}
    return [
        {**row, "outcome": "crashed"} if row["outcome"] == "running" and row["entity"] not in at_work else row
        for row in rows
    ]


def _run(row: Row) -> dict[str, Any]:
    names = ("entity", "kind", "started", "finished", "outcome", "message")
    found = {"run": row["id"], **{name: row[name] for name in names}}
    return {**found, "sides": json.loads(row["counts"]), "warnings": json.loads(row["warnings"] or "[]")}


def _change(change: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(change)


def _ended(run: dict[str, Any] | None) -> str:
    if run is None:
        return "never"
    return f"{run['run']} ({run['kind']}, {run['outcome']}, {output.moment(run['started'])})"


def _lasted(row: Row) -> str:
    return f"{row['finished'] - row['started']:.1f}" if row["finished"] else "–"
