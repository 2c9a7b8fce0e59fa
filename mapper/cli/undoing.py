"""`mapper undo`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output, reports
from mapper.cli.frame import NUMBER, command, settings
from mapper.cli.progress import Progress

if TYPE_CHECKING:
    from mapper.sync.project import Project
    from mapper.sync.report import Report


@command(
    "undo",
    examples=(
        "mapper undo 12 --dry                     what it would put back, and what it would skip",
        "mapper undo 12 --yes",
        "mapper undo 12 --creates keep            leave the records that the run created",
    ),
)
@click.argument("run", type=NUMBER)
@click.option("--dry", is_flag=True, help="Only show it.")
@click.option(
    "--creates",
    type=click.Choice(["deactivate", "delete", "keep"]),
    default="deactivate",
    show_default=True,
    help="What becomes of records that the run created.",
)
@click.option("--changes", "most", default=20, show_default=True, type=click.IntRange(0), help="List so many; 0: all.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo(run: int, dry: bool, creates: str, most: int, yes: bool) -> int:
    """Put back what a RUN changed: values before, on every side that it wrote.

    Records and fields that were edited since are skipped and told (exit code 3). What the run created is deactivated,
    what it deactivated is brought back, where the vendor can. The side that the change came from keeps it: the sides
    then differ on purpose, and the next sync leaves them so until one of them is edited. An undo is a run, and can be
    undone.
    """
    with settings().load() as project:
        owed = _owed(project, run)
        if not yes or dry:
            plan = _undo(project, run, dry=True, creates=creates)
            if not settings().json:
                _show(project, plan, most, run)
                _tell_owed(owed, run, "will be given up")
            if dry or not (owed or _writes(plan)):
                _document(project, plan, most)
                return plan.exit_code
            output.confirm(f"Put back what run {run} changed?", yes=yes)
        report = _undo(project, run, dry=False, creates=creates)
        if not settings().json:
            output.show(_outcome(report, run))
            click.echo(reports.counts_table(report.as_dict()["sides"], {}, plan=False))
            _tell_owed(owed, run, "were given up")
            reports.show_refused(report)
        _document(project, report, most)
    return report.exit_code


def _owed(project: Project, run: int) -> int:
    """How many writes a run still owes."""
    from mapper.state.tables import OPEN

    counted = project.store.count_changes(run=run)
    return sum(number for (_, _, status), number in counted.items() if status in OPEN)


def _writes(report: Report) -> bool:
    """Whether anything is put back, or is to be."""
    return any(side.created or side.updated or side.deleted or side.failed for side in report.sides.values())


def _outcome(report: Report, run: int) -> str:
    if not _writes(report):
        return f"nothing of run {run} {'could be' if report.refused else 'is left to be'} put back (run {report.run})"
    return f"run {run} is undone{' in part' if report.refused else ''} by run {report.run}"


def _tell_owed(owed: int, run: int, what: str) -> None:
    if owed:
        output.show(f"writes that run {run} still owed and that {what}: {owed}")


def _undo(project: Project, run: int, **options: Any) -> Report:
    with Progress() as progress:
        return project.undo(run, on_event=progress, **options)


def _show(project: Project, plan: Report, most: int, run: int) -> None:
    output.show(f"undo of run {run} ({plan.entity}){'' if _writes(plan) else ': there is nothing to put back'}")
    click.echo(reports.counts_table(plan.as_dict()["sides"], plan.cost, plan=True))
    changes = [change for change in project.changes(plan.run) if change.status == "draft"]
    reports.show_changes(changes, project.mapping(plan.entity).spec.fields, most, len(changes))
    reports.show_refused(plan)


def _document(project: Project, report: Report, most: int) -> None:
    if settings().json:
        changes = list(islice(project.changes(report.run), most or None))
        output.document({**reports.facts(report, changes, []), "entity": report.entity, "kind": report.kind})
