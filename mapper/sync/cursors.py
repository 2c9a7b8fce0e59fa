"""How far each side has been read, from where it is read next, and when it must be read whole.

A cursor is never later than what the vendor has surely shown: it is the moment at which reading began, by our clock or
by the vendor's, whichever is earlier. What it cannot show, an edit that leaves the stamp as it was or that appears long
after it was made, is found by reading the side whole from time to time, each record compared by its digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from mapper.spec.project import ConnectionSpec
from mapper.spec.spans import seconds
from mapper.state import seen
from mapper.sync.context import Context

if TYPE_CHECKING:
    from mapper.sync.project import Project

#: By how much of its span a side may be read whole before that is due, so that sides do not all fall due at once.
_SPREAD = 0.25


@dataclass(frozen=True)
class Reached:
    """How far a side was read: everything up to `since` (Unix seconds), and whether that was all of it."""

    since: float
    whole: bool


def starts(context: Context, *, full: bool, because: str = "") -> dict[str, float | None]:
    """From where each side is read; None: whole. With `full` all are; `because` says why, where that is worth saying.

    Of the sides whose reading whole is due, one run takes the one that has waited longest.
    """
    if full:
        for side in context.mapping.sides:
            if tells(context, side):
                context.counts[side].whole = because
        return dict.fromkeys(context.mapping.sides)
    known = context.store.cursors(context.entity)
    found: dict[str, float | None] = {side: known[side] for side in context.mapping.sides}
    for side in found:
        if tells(context, side) and (why := _unusable(context, side, known[side])):
            found[side], context.counts[side].whole = None, why
    walked = seen.walks(context.store, context.entity)
    waiting = {
        side: moment
        for side, spec in context.accounts.items()
        if context.roles.get(side, "target") != "target"
        and tells(context, side)
        and (moment := due(context.entity, side, spec, walked.get(side))) is not None
        and moment <= context.clock()
    }
    if waiting:
        side = min(waiting, key=lambda name: waiting[name])
        found[side], context.counts[side].whole = None, f"due (full_every: {context.accounts[side].full_every})"
    return found


def due(entity: str, side: str, spec: ConnectionSpec, walked: float | None) -> float | None:
    """When a side is to be read whole again (Unix seconds); None: never by itself."""
    every = seconds(spec.full_every)
    if not every:
        return None
    if walked is None:
        return 0.0
    spread = int.from_bytes(blake2b(f"{entity}/{side}".encode(), digest_size=2).digest(), "big") / 65_536
    return walked + every * (1 - _SPREAD * spread)


@dataclass(frozen=True)
class Standing:
    """How a side is read: how its vendor tells of changes, and when it will be read whole by itself, if ever."""

    changes_by: str
    whole_due: float | None


def standings(project: Project, entity: str) -> dict[str, Standing]:
    """How each side of an entity is read; nobody is asked."""
    from mapper.connect.changes import way_of

    spec, walked = project.mapping(entity).spec, seen.walks(project.store, entity)
    found = {}
    for side, about in spec.sides.items():
        name = about.connection or side
        account = project.spec.connections[name]
        way = way_of(project.connector(name).spec, about.resource, account.assume)
        waits = way != "walk" and about.role != "target" and side in walked
        found[side] = Standing(way, due(entity, side, account, walked[side]) if waits else None)
    return found


def reached(context: Context, side: str, started: float, *, whole: bool) -> Reached:
    """How far a side was read that was begun at `started` by our clock."""
    return Reached(started + min(0.0, context.connections[side].skew), whole)


def tolerance(context: Context) -> dict[str, float]:
    """By how many seconds the stamps of each side may be wrong."""
    return {
        side: compiled.context.resource.changes.overlap
        if context.accounts[side].tolerance is None
        else seconds(context.accounts[side].tolerance or "0")
        for side, compiled in context.mapping.sides.items()
    }


def move(context: Context, cursors: Mapping[str, Reached]) -> None:
    """Note how far these sides were read."""
    walked = {side for side, far in cursors.items() if far.whole}
    context.store.move_cursors(context.entity, {side: far.since for side, far in cursors.items()}, walked)


def tells(context: Context, side: str) -> bool:
    """Whether the vendor tells of changes, so that a side need not be read whole."""
    return context.connections[side].changes_by(context.resource(side)) != "walk"


def _unusable(context: Context, side: str, since: float) -> str:
    """Why a cursor cannot be asked with, or an empty text."""
    if since > context.clock():
        return "its cursor lies ahead of our clock"
    keeps = context.mapping.sides[side].context.resource.changes.keeps
    if keeps is not None and context.clock() - since >= seconds(keeps):
        return f"its cursor is older than what the vendor remembers ({keeps})"
    return ""
