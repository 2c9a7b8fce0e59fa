"""`mapper replay`: the records of an earlier run through an edited mapping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mapper.cli import output
from mapper.cli.explaining import value
from mapper.cli.frame import command, settings
from mapper.cli.progress import Progress

if TYPE_CHECKING:
    from mapper.sync.project import Project
    from mapper.sync.replay import Difference, Replay, Replayed

_LATEST = "last"


@command(
    "replay",
    examples=(
        "mapper replay 12                                   run 12 through the project's mapping as it is now",
        "mapper replay 12 --mapping drafts/company.yaml",
        "mapper replay last --entity company --changes 0",
    ),
)
@click.argument("run")
@click.option("--mapping", "file", metavar="FILE", help="The edited mapping; without it, the project's own.")
@click.option("--entity", help="With `last`: of which entity; in a project of one it need not be said.")
@click.option(
    "--live", is_flag=True, help="Ask the vendors for lists and custom fields; else they are the catalogue's."
)
@click.option("--changes", "most", default=20, show_default=True, type=click.IntRange(0), help="List so many; 0: all.")
def replay(run: str, file: str | None, entity: str | None, live: bool, most: int) -> int:
    """Show what an edited mapping would have made of the records of one RUN, a number or `last`.

    A run or a plan keeps the records that led to changes or into quarantine, and the mapping that it had. Each of them
    is put through that mapping and through the edited one, and what comes out is compared, value by value. Nothing is
    read from a vendor and nothing is written. Exit code 0: nothing differs; 3: something does.
    """
    from mapper.sync.replay import replay as replayed

    with settings().load() as project:
        number = _number(project, run, entity)
        edited = None
        if file is not None:
            from mapper.spec.load import load_mapping

            edited = load_mapping(file)
        found = replayed(project, number, edited, live=live, most=most)
    if settings().json:
        output.document(found.as_dict())
    else:
        _show(found, live=live)
    return found.exit_code


def beside(entities: Sequence[str], old: str, sources: tuple[str, ...], most: int) -> int:
    """`mapper plan --beside`: the vendors' records through an old mapping and through the present one."""
    from mapper.errors import UsageError
    from mapper.sync.beside import beside as compared

    with settings().load() as project:
        chosen = entities or project.entities
        if len(chosen) != 1:
            raise UsageError("--beside compares the mappings of one entity", hint=f"name it: {', '.join(chosen)}")
        with Progress() as progress:
            found = compared(project, chosen[0], old, sources=sources, most=most, on_event=progress)
    if settings().json:
        output.document(found.as_dict())
    else:
        _show(found, live=True)
    return found.exit_code


def _number(project: Project, text: str, entity: str | None) -> int:
    """The number of the run that is meant."""
    from mapper.errors import UsageError

    if entity is not None:
        project.mapping(entity)
    if text == _LATEST:
        return _latest(project, entity)
    if not text.isdecimal():
        raise UsageError(f"'{text}' is no run", hint="give its number, as in `mapper runs`, or `last`")
    row = project.store.run(int(text))
    if row is not None and entity not in (None, row["entity"]):
        raise UsageError(f"run {text} is about '{row['entity']}', not '{entity}'", hint="see `mapper runs`")
    return int(text)


def _latest(project: Project, entity: str | None) -> int:
    from mapper.errors import UsageError
    from mapper.state import kept

    entities = [entity] if entity else project.entities
    if len(entities) != 1:
        raise UsageError("`last` needs to be told of which entity", hint=f"add --entity: {', '.join(entities)}")
    number = kept.latest(project.store, entities[0])
    if number is None:
        raise UsageError(
            f"no records are kept of any run of '{entities[0]}'", hint="run `mapper plan` or `mapper sync`"
        )
    return number


def _show(found: Replay, *, live: bool) -> None:
    for way in found.rows:
        _show_way(way)
    hidden = found.differing - len(found.rows)
    if hidden:
        output.show(f"… and {hidden} more; --changes 0 lists all")
        output.show()
    if found.failing_alike:
        fail = "1 way fails" if found.failing_alike == 1 else f"{found.failing_alike} ways fail"
        hint = "" if live else " (where a list of the catalogue is not complete: `mapper discover`, or --live)"
        output.show(f"{fail} before and after alike; the first: {found.first_failure}{hint}")
    if found.fields:
        output.show("fields: " + ", ".join(f"{name} ({count})" for name, count in _often(found.fields)))
    counts = (
        (found.differing, "differ"),
        (found.failing_now, "fail now"),
        (found.failing_no_more, "fail no more"),
        (found.left_now, "are left alone now"),
        (found.left_no_more, "are left alone no more"),
    )
    words = ", ".join(f"{count} {words}" for count, words in counts if count) or "nothing differs"
    ways = f"{_count(found.records, 'record')}, {_count(found.ways, 'way')} to other sides"
    what = f"run {found.run} of {found.entity}" if found.run is not None else f"{found.entity}, the old mapping beside"
    output.show(f"{what}: {ways}: {words}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _often(fields: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(fields.items(), key=lambda pair: (-pair[1], pair[0]))


def _show_way(way: Replayed) -> None:
    output.show(f"{way.source} {way.key} to {way.target}  {output.shown(way.title)}")
    if way.before != way.after:
        output.show(f"    {way.before} → {way.after}")
    for words in way.problems or way.problems_before:
        output.show(f"    {'' if way.problems else 'before: '}{words}")
    for difference in way.differences:
        output.show(f"    {_line(difference)}")
    output.show()


def _line(difference: Difference) -> str:
    before, after = ("(nothing)" if v is None else value(v) for v in (difference.before, difference.after))
    place = f"  {difference.place}" if difference.place else ""
    return f"{difference.path}: {before} → {after}{place}"
