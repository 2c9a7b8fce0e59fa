"""`mapper plan` and `mapper sync`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output, planfiles, replaying, reports
from mapper.cli.frame import command, describe, settings
from mapper.cli.progress import Progress
from mapper.errors import UsageError

if TYPE_CHECKING:
    from mapper.sync.project import Project
    from mapper.sync.report import Change, Quarantined, Report

_SOURCES = click.option(
    "--from", "sources", multiple=True, metavar="SIDE", help="Take changes from this side only; may be repeated."
)
_FULL = click.option("--full", is_flag=True, help="Read every side whole, not only what changed since the last run.")
_ALLOWED = {
    "empty": "Go on even if a side gives no record at all.",
    "shrunk": "Go on even if a side gives far fewer records than are linked.",
    "creates": "Go on even with more creates than `guards` allow.",
    "canary": "Go on even if the record that must be there is not, or is another.",
    "unexpected": "Go on although what the mapping expects does not hold.",
    "changed": "Go on although the mapping or a connector changed, without a plan.",
    "updates": "Go on even with more updates than `guards` allow.",
    "deletes": "Go on even with more deletes and deactivations than `guards` allow.",
}


def _guards(*names: str) -> Callable[[Any], Any]:
    """The flags that lift guards."""

    def add(function: Any) -> Any:
        for name in reversed(names):
            function = click.option(f"--allow-{name}", name, is_flag=True, help=_ALLOWED[name])(function)
        return function

    return add


def _lifted(flags: dict[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, given in flags.items() if given)


@command(
    "plan",
    examples=(
        "mapper plan",
        "mapper plan company --changes 0",
        "mapper plan company -o plan.jsonl    for `mapper sync --plan plan.jsonl`",
        "mapper plan --show plan.jsonl        what that file holds",
        "mapper plan company --beside old/company.yaml   what an edited mapping makes of the records otherwise",
    ),
)
@click.argument("entities", nargs=-1, metavar="[ENTITY]...")
@_FULL
@_SOURCES
@_guards("empty", "shrunk", "canary")
@click.option("--changes", "most", default=20, show_default=True, type=click.IntRange(0), help="List so many; 0: all.")
@click.option("-o", "--output", "file", metavar="FILE", help="Write the whole plan there, for `mapper sync --plan`.")
@click.option("--show", "shown", metavar="FILE", help="List what a plan file holds, and make no new plan.")
@click.option("--beside", "old", metavar="OLD", help="Compare with an old mapping: its file, or a run that had it.")
def plan(
    entities: tuple[str, ...],
    full: bool,
    sources: tuple[str, ...],
    most: int,
    file: str | None,
    shown: str | None,
    old: str | None,
    **guards: bool,
) -> int:
    """Show what a sync would write, field by field, and what it costs in calls. Nothing is written.

    Without ENTITY, all mappings of the project in their order. A plan file holds values of records; only its owner can
    read it. With --beside, all records are read once and put through an old mapping and the project's as it is now;
    shown is what each side would be given otherwise. Exit code then: 0 where nothing differs, 3 where something does.
    """
    if sum(one is not None for one in (file, shown, old)) > 1:
        raise UsageError("--output, --show and --beside are three different things", hint="give one of them")
    if old is not None:
        return replaying.beside(entities, old, sources, most)
    if shown is not None:
        if full or sources:
            raise UsageError("a plan file is only listed: nothing is read", hint="leave out --full and --from")
        planfiles.show(shown, entities, most)
        return 0
    options = {"full": full, "sources": sources, "allowed": _lifted(guards)}
    if file is None:
        return _work("plan", entities, most, **options)
    from mapper.sync.planfile import writing

    with writing(file) as writer:
        code = _work("plan", entities, most, file=writer, **options)
        if code not in (0, 3):
            # Half a plan would be applied as if it were whole.
            raise click.exceptions.Exit(code)
    output.say(f"The plan is in {file}; `mapper sync --plan {file}` writes it.")
    return code


@command(
    "sync",
    examples=(
        "mapper sync",
        "mapper sync company --full",
        "mapper sync --plan plan.jsonl",
        "*/10 * * * * cd /srv/crm && mapper sync",
    ),
)
@click.argument("entities", nargs=-1, metavar="[ENTITY]...")
@_FULL
@_SOURCES
@_guards("empty", "shrunk", "canary", "creates", "updates", "deletes", "changed", "unexpected")
@click.option("--plan", "file", metavar="FILE", help="Write what `mapper plan -o FILE` planned, and nothing else.")
def sync(entities: tuple[str, ...], full: bool, sources: tuple[str, ...], file: str | None, **guards: bool) -> int:
    """Plan and apply: read what changed, match it, write what differs.

    Without ENTITY, all mappings of the project in their order. Made for cron: one line for each mapping, the exit code
    says the rest (0 all well, 3 some records are in quarantine, 4 stopped by a guard, 5 a vendor failed, 6 a run is
    under way). A second start while one runs ends at once.

    With --plan, what has moved since the plan is not written but told, and ends with 3.
    """
    if file is None:
        return _work("sync", entities, 20, full=full, sources=sources, allowed=_lifted(guards))
    if full or sources:
        raise UsageError("a plan says itself what is read", hint="leave out --full and --from")
    from mapper.sync.planfile import PlanFile

    with PlanFile(file) as found:
        return _work("sync", entities or tuple(found.headings), 20, plan=found, allowed=_lifted(guards))


def _work(kind: str, entities: tuple[str, ...], most: int, **options: Any) -> int:
    """Plan or sync each entity; an error ends the work, and what was done before it is still told."""
    found: dict[str, Any] = {}
    code, trouble = 0, None
    with settings().load() as project:
        chosen = tuple(dict.fromkeys(entities)) or tuple(project.entities)
        for entity in chosen:
            project.mapping(entity)
        try:
            for entity in chosen:
                report, seconds = _one(project, kind, entity, options)
                code = max(code, report.exit_code)
                if settings().json:
                    found[entity] = _facts(project, report, most)
                elif kind == "plan" or sys.stdout.isatty():
                    _show(project, report, seconds, most)
                else:
                    output.show(reports.line(report, seconds))
                    reports.show_refused(report)
        except Exception as error:
            if not found:
                raise
            trouble = error
    if trouble is not None:
        message, code, facts = describe(trouble)
        output.document({"entities": found, "error": facts})
        output.say(message)
        return code
    if settings().json:
        output.document({"entities": found})
    return code


def _one(project: Project, kind: str, entity: str, options: dict[str, Any]) -> tuple[Report, float]:
    started = time.monotonic()
    work = project.plan if kind == "plan" else project.sync
    with Progress() as progress:
        report = work(entity, on_event=progress, **options)
    return report, time.monotonic() - started


def _show(project: Project, report: Report, seconds: float, most: int) -> None:
    plan = report.kind == "plan"
    output.show(f"{report.entity}: {report.outcome} in {seconds:.1f} s (run {report.run})")
    counts = report.as_dict()["sides"]
    click.echo(reports.counts_table(counts, report.cost if plan else {}, plan=plan))
    for told in reports.remarks(counts) + (reports.beyond_today(report.cost) if plan else []):
        output.show(told)
    if plan:
        rows = project.mapping(report.entity).spec.fields
        total = sum(project.store.count_changes(run=report.run).values())
        reports.show_changes(project.changes(report.run), rows, most, total)
    reports.show_quarantine(_quarantined(project, report), 20)
    reports.show_refused(report)
    output.show()


def _facts(project: Project, report: Report, most: int) -> dict[str, Any]:
    changes: list[Change] = []
    if report.kind == "plan":
        changes = list(islice(project.changes(report.run), most or None))
    return reports.facts(report, changes, _quarantined(project, report))


def _quarantined(project: Project, report: Report) -> list[Quarantined]:
    """What this plan would set aside, or this run did."""
    if report.kind == "plan":
        return list(report.quarantine)
    return [record for record in project.quarantine(report.entity) if record.last_run == report.run]
