"""`mapper why`: the whole story of one record over runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.sync.story import Aside, Left, Step, Story, Write

_DONE = {kind: f"{kind}d" for kind in ("create", "update", "delete", "deactivate", "reactivate")}


@command(
    "why",
    examples=(
        "mapper why company 4711                 the record with this key, on whatever side",
        "mapper why company 4711 --side erp      where several sides have that key",
        "mapper why company erp:4711 --json      the same, for programs",
    ),
)
@click.argument("entity")
@click.argument("key")
@click.option("--side", metavar="SIDE", help="The side whose key it is.")
def why(entity: str, key: str, side: str | None) -> None:
    """Tell the whole story of one record: with which records it is linked, and which side lacks one and why; what each
    run wrote, field by field, and for what reason; what is in quarantine, and what is still owed.

    KEY is the record's key on any side, SIDE:KEY, or the id of a link. No vendor is asked.
    """
    from mapper.sync.story import story

    with settings().load() as project:
        found = story(project, entity, key, side)
    if settings().json:
        output.document(found.as_dict())
        return
    for line in _told(found):
        output.show(line)


def _told(story: Story) -> Iterator[str]:
    record = f"{story.side} {story.key}" if story.side else f"link {story.key}"
    yield f"{story.entity} {record}: {story.title or output.NOTHING}"
    yield f"It is linked (link {story.link})." if story.state == "linked" else f"It is not linked: {story.why}."
    yield from ("", "On each side")
    names = max((len(side.side) for side in story.sides), default=0)
    keys = max((len(side.key or output.NOTHING) for side in story.sides), default=0)
    for side in story.sides:
        yield f"    {side.side:{names}}  {side.key or output.NOTHING:{keys}}  {side.state}: {side.why}"
    yield from ("", "What happened, oldest first")
    for step in story.runs:
        yield from _step(step, story)
    if not story.runs:
        yield "    No run has written anything, nor set anything aside."
    yield from _aside(story)
    yield from _left(story)
    yield from ("", "What is still owed")
    for write in story.owed:
        at = f" {write.key}" if write.key else ""
        yield f"    {write.kind} {write.side}{at}, planned by run {write.run}: {_status(write, write.run)}"
    if not story.owed:
        yield "    Nothing."


def _step(step: Step, story: Story) -> Iterator[str]:
    kind = f"{step.kind}, {step.outcome}" if step.kind else "no longer in the list of runs"
    yield f"    {output.moment(step.started)}  run {step.run} ({kind}){f': {step.message}' if step.message else ''}"
    if step.read:
        yield f"        read: {', '.join(step.read)}"
    if step.linked:
        yield "        the link was made"
    for aside in story.quarantine:
        if aside.number in step.set_aside:
            yield f"        set aside: {_name(aside)} ({aside.cause}), quarantine {aside.number}"
    for write in step.writes:
        yield from _write(write, step, story.references)
    earlier = {write.number: write for run in story.runs for write in run.writes}
    for number in step.settled:
        write = earlier[number]
        at = f" {write.key}" if write.key else ""
        yield f"        {write.kind} {write.side}{at} that run {write.run} had decided: {_status(write, step.run)}"


def _write(write: Write, step: Step, references: Mapping[str, str]) -> Iterator[str]:
    at = f" {write.key}" if write.key else ""
    verb = _DONE.get(write.kind, write.kind) if write.status == "done" else write.kind
    yield f"        {verb} {write.side}{at}: {_status(write, step.run)}{f' ({write.reason})' if write.reason else ''}"
    for field in write.fields:
        after = _value(field.after, references)
        if write.kind == "create":
            yield f"            {field.name}: {after}"
        else:
            before = _value(field.before, references) if field.known else "…"
            yield f"            {field.name}: {before} → {after}"


def _status(write: Write, run: int) -> str:
    """What became of a write, said in the account of a run."""
    by = "" if write.done_by in (None, run) else f" by run {write.done_by}"
    times = "once" if write.attempts == 1 else f"{write.attempts} times"
    said = {
        "done": f"done{by}{f' after it had failed {times}' if write.attempts else ''}",
        "owed": "owed, the next sync sends it",
        "sent": "sent, but its outcome was never learnt; the next sync finds out",
        "failed": f"failed{by}, tried {times}",
        "merged": f"not sent as it was, but with what was decided{by or ' in this run'}",
        "dropped": "given up by a person",
        "gone": f"given up{by}: the record is not there any more",
        "draft": "only planned",
        "refused": "not written",
        "later": "only planned, for when the record is one of the mapping's again",
        "left": "waits until the record is one of the mapping's again",
        "held": "held back, as an earlier create may have been carried out",
    }
    return said.get(write.status, write.status + by)


def _aside(story: Story) -> Iterator[str]:
    for heading, entries in (("In quarantine", story.quarantine), ("Waiting for it", story.waiting_for_it)):
        if entries:
            yield from ("", heading)
        for entry in entries:
            yield from _entry(entry)


def _left(story: Story) -> Iterator[str]:
    """What was in quarantine, and is not any more."""
    if story.left_quarantine:
        yield from ("", "No longer in quarantine")
    for left in story.left_quarantine:
        times = "once" if left.attempts == 1 else f"{left.attempts} times"
        runs = (
            f"run {left.first_run}" if left.first_run == left.last_run else f"runs {left.first_run} to {left.last_run}"
        )
        how = "dropped by a person" if left.dropped else "came right"
        why = f"{left.cause}{f', {left.field}' if left.field else ''}"
        yield f"    {output.moment(left.left_at)}  {how}: {_name(left)} ({why}), {runs}, {times}"


def _entry(entry: Aside) -> Iterator[str]:
    field = f"{entry.field}: " if entry.field else ""
    yield f"    {entry.number}  {entry.entity} {_name(entry)} ({entry.cause}): {field}{entry.message}"
    if entry.place:
        yield f"        where: {entry.place}"
    if entry.needs:
        entity, side, key = entry.needs.split("/", 2)
        name = key.removeprefix("link:") if key.startswith("link:") else f"{side}:{key}"
        yield f"        it waits for another record: mapper why {entity} {name}"
    times = "once" if entry.attempts == 1 else f"{entry.attempts} times"
    yield (
        f"        first seen {output.moment(entry.first_seen)}, run {entry.first_run}; "
        f"last seen {output.moment(entry.last_seen)}, run {entry.last_run}; {times}"
    )


def _name(entry: Aside | Left) -> str:
    """A quarantined record by its side and key, or that it is not there yet."""
    return f"for {entry.side}, not created" if entry.key.startswith("link:") else f"{entry.side} {entry.key}"


def _value(value: Any, references: Mapping[str, str]) -> str:
    """A field's value; of a reference a record that it means."""
    return references.get(value, output.shown(value)) if isinstance(value, str) else output.shown(value)
