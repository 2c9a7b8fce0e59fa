"""`mapper doctor`: what a live account says of itself, and of what is assumed of it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.sync.doctor import Finding
    from mapper.sync.project import Project


@command("doctor", examples=("mapper doctor", "mapper doctor crm", "mapper doctor crm --write"))
@click.argument("connections", nargs=-1, metavar="[CONNECTION]...")
@click.option("--write", is_flag=True, help="Write what was settled to mapper.yaml without asking.")
def doctor(connections: tuple[str, ...], write: bool) -> None:
    """Look at the account of each CONNECTION by harmless reads; without a name at all of them.

    It signs in, reads one page of each resource that the mappings use, and settles those assumptions of the connector
    that a read can settle: confirmed, refuted, or cannot tell. Nothing is written at the vendor.
    """
    from mapper.errors import SpecError, UsageError
    from mapper.sync.discover import resources
    from mapper.sync.doctor import Finding, examine

    told: dict[str, list[Finding]] = {}
    with settings().load() as project:
        for name in connections or project.spec.connections:
            project.connector(name)
            used = resources(project, name)
            try:
                told[name] = list(examine(project, name, used))
            except (UsageError, SpecError) as error:
                if connections:
                    raise
                told[name] = [Finding("login", name, "failed", str(error))]
            if not settings().json:
                _show(name, told[name])
        if settings().json:
            output.document({name: [asdict(one) for one in found] for name, found in told.items()})
        _keep(project, told, write)
    if any(one.result == "failed" for found in told.values() for one in found):
        raise click.exceptions.Exit(5)


def _show(name: str, found: list[Finding]) -> None:
    left = [one for one in found if one.what == "assumption" and one.result == "cannot tell"]
    either = [one for one in found if one.result == "either way"]
    rows = [(one.what, one.name, one.result, one.words) for one in found if one not in left and one not in either]
    output.show(f"{name}:")
    output.show_table(("what", "name", "result", "in words"), rows)
    if left:
        place = f"`assume:` of {name} in mapper.yaml"
        output.show(f"Nothing here tells the following: ask the vendor, and put the answers under {place}.")
    for one in left:
        output.show(f"  {one.name}: {one.words}")
    if either:
        more = "1 more open point is" if len(either) == 1 else f"{len(either)} more open points are"
        output.show(f"{more} of no consequence, as the connector is right either way; --json tells of each.")


def _keep(project: Project, told: dict[str, list[Finding]], write: bool) -> None:
    """Offer to note the answers in the project file."""
    from mapper.sync.assumed import note, unnoted

    answers = unnoted(project, told)
    if not answers:
        return
    words = ", ".join(f"{name}.{key}: {answer}" for name, keys in answers.items() for key, answer in keys.items())
    path = project.loaded.document.path
    if not write:
        if settings().json or not sys.stdin.isatty():
            output.say(f"settled, and not in {path} yet: {words}; --write notes it there")
            return
        if not click.confirm(output.clean(f"Write to {path}: {words}?"), err=True):
            return
    note(project, answers)
    output.say(f"wrote to {path}: {words}")
