"""One run of one mapping: read, match, decide, commit, apply.

Up to the commit nothing has happened, and a crash costs nothing but the reading. From the commit on every write that is
owed stands in the state, and a crash costs nothing but time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from mapper.connect import Connection
from mapper.errors import GuardError, LeaseLost, MapperError, UsageError
from mapper.log import mask
from mapper.spec.document import nearest
from mapper.spec.project import Guards
from mapper.state import Store, exclusive, retention, seen
from mapper.sync import apply as applying
from mapper.sync import hinted, matching, merges, owed, ownrefs, planned, planning, reading, returning, undo, watching
from mapper.sync.context import Context, pack
from mapper.sync.cost import of_plan
from mapper.sync.cursors import Reached, starts
from mapper.sync.endings import ENDINGS, RETURN
from mapper.sync.guards import check_canaries, check_read, check_writes
from mapper.sync.planfile import PlanFile
from mapper.sync.report import Report, SideCounts
from mapper.sync.terms import Terms, check_changed, read_otherwise

Prepare = Callable[[int], Context]

#: Seconds of a day, in which retention is given.
DAY = 86400


@dataclass(frozen=True)
class Options:
    """What a plan or a run is asked for; `section` writes a plan to a file, `plan` is what alone may be
    written, `undo` the run that is to be put back; `hinted`: what vendors have told is enough, if it can be.
    """

    full: bool = False
    sources: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    guards: Guards = field(default_factory=Guards)
    dry: bool = False
    calls_before: dict[str, dict[str, int]] = field(default_factory=dict)
    retention: int = 90
    section: Callable[[Context, dict[str, dict[str, float]]], None] | None = None
    plan: PlanFile | None = None
    undo: undo.Undo | None = None
    hinted: bool = False

    @property
    def kind(self) -> str:
        return "undo" if self.undo else "plan" if self.dry else "sync"


def run(
    store: Store, entity: str, terms: Terms, clock: Callable[[], float], prepare: Prepare, options: Options
) -> Report:
    """Carry out a plan (`dry`) or a run of a mapping, alone; a failed one stands in the list of runs with its reason.

    `prepare` makes the run's context from its number: only then are vendors asked for anything.
    """
    with exclusive(store, entity, clock):
        number = store.start_run(entity, options.kind, terms.fingerprint, clock())
        seen.remember_terms(store, terms.fingerprint, terms.parts)
        context: Context | None = None
        try:
            if options.kind == "sync" and "changed" not in options.allowed:
                check_changed(store, entity, terms)
            context = prepare(number)
            for side in context.mapping.sides:
                context.counts[side] = SideCounts()
            return _run(context, options, terms)
        except LeaseLost:
            # Whoever took over has settled what this run left.
            raise
        except BaseException as error:
            message = mask(str(error)) if isinstance(error, MapperError) else type(error).__name__
            store.clear_spool(number)
            counts = _counts(context, options) if context else {}
            outcome = "stopped" if isinstance(error, GuardError) else "failed"
            store.finish_run(number, outcome, pack(counts), message, clock(), _warnings(context))
            raise


def _run(context: Context, options: Options, terms: Terms) -> Report:
    store = context.store
    check_canaries(context, options.guards, options.allowed)
    watching.begin(context)
    reading.note_kept(context)
    store.drop_drafts(context.entity, context.run)
    if not options.dry:
        applying.recover(context)
    if options.undo:
        return _undo(context, options, options.undo)
    if not options.dry:
        applying.requeue(context)
        hinted.take(context)
    cursors = _read(context, options, other=read_otherwise(store, context.entity, terms))
    reading.reread_kept(context)
    merges.look_again(context)
    returning.read_partners(context)
    matching.match(context)
    ownrefs.settle(context)
    planning.plan(context)
    watching.check(context, options.allowed)
    if options.dry:
        owed.show(context)
        return _planned(context, options)
    if options.plan:
        cursors = planned.hold_back(context, options.plan, cursors)
    check_writes(context, options.guards, options.allowed)
    planning.commit(context, cursors)
    applying.apply(context)
    now = context.clock()
    retention.purge(store, context.entity, now - options.retention * DAY, now)
    return _finish(context, options, "done")


def _planned(context: Context, options: Options) -> Report:
    """The end of a plan: what it comes to, and what it costs."""
    store, cost = context.store, of_plan(context)
    for (side, change, status), count in store.count_changes(run=context.run).items():
        if status == "draft":
            counts = context.counts[side]
            counts.created += count if change == "create" else 0
            counts.updated += count if change in ("update", RETURN) else 0
            counts.deleted += count if change in ENDINGS else 0
    if options.section:
        options.section(context, cost)
    store.clear_spool(context.run)
    return _finish(context, options, "planned", cost)


def _undo(context: Context, options: Options, asked: undo.Undo) -> Report:
    """Put back what a run has changed; no side is read but the records that it wrote."""
    undo.plan(context, asked)
    if options.dry:
        return _planned(context, options)
    undo.commit(context, asked)
    applying.apply(context)
    return _finish(context, options, "done")


def _read(context: Context, options: Options, *, other: str) -> dict[str, Reached]:
    """Read every side that the run needs, whole where `other` terms are a reason; gives how far each was read."""
    known = context.store.cursors(context.entity)
    fresh = any(side not in known for side in context.mapping.sides)
    full = options.full or bool(other) or fresh
    since = starts(context, full=full, because=other)
    cursors: dict[str, Reached] = {}
    if options.hinted and not (full or fresh) and hinted.usable(context):
        hinted.read(context, alone=True)
        return cursors
    for side in _in_order(context):
        if _not_needed(context, side, full):
            context.counts[side].because = "nothing new has to be matched with it"
            continue
        cursors[side] = reading.read_side(context, side, since=since[side], restage=bool(other) or fresh)
        if cursors[side].whole:
            check_read(context, side, context.counts[side].read, options.guards, options.allowed)
    hinted.read(context, alone=False)
    return cursors


def _in_order(context: Context) -> list[str]:
    """Sources first: whether a target must be read at all depends on what they gave."""
    return sorted(context.mapping.sides, key=lambda side: context.roles[side] == "target")


def _not_needed(context: Context, side: str, full: bool) -> bool:
    """A side that is only written to need not be read where there is nothing new to be matched with it."""
    if full or context.roles[side] != "target" or reading.learns(context, side):
        return False
    sources = [s for s, role in context.roles.items() if role != "target"]
    return not any(context.store.spooled(context.run, s, after="", size=1) for s in sources)


def roles(context_roles: dict[str, str], sources: Collection[str]) -> dict[str, str]:
    """The sides' roles in this run: where `sources` are named, from the other sides no change is taken."""
    for side in sources:
        if side not in context_roles:
            raise UsageError(f"the mapping has no side '{side}'", hint=nearest(side, context_roles))
        if context_roles[side] == "target":
            raise UsageError(f"the side '{side}' is only written to (role: target)")
    if not sources:
        return dict(context_roles)
    return {side: role if side in sources else "target" for side, role in context_roles.items()}


def calls_of(connections: dict[str, Connection]) -> dict[str, dict[str, int]]:
    """The calls made so far, by side and verb."""
    return {side: dict(connection.calls) for side, connection in connections.items()}


def _counts(context: Context, options: Options) -> dict[str, Any]:
    """What happened so far, by side."""
    for side, connection in context.connections.items():
        before = options.calls_before.get(side, {})
        calls = {verb: n - before.get(verb, 0) for verb, n in connection.calls.items()}
        context.counts[side].calls = {verb: n for verb, n in sorted(calls.items()) if n}
    return {side: asdict(counts) for side, counts in context.counts.items()}


def _finish(
    context: Context, options: Options, outcome: str, cost: dict[str, dict[str, float]] | None = None
) -> Report:
    counts = _counts(context, options)
    context.store.finish_run(context.run, outcome, pack(counts), "", context.clock(), _warnings(context))
    told = (context.set_aside, context.warnings, context.refused)
    return Report(context.entity, context.run, options.kind, outcome, context.counts, cost or {}, "", *told)


def _warnings(context: Context | None) -> str:
    return pack([asdict(warned) for warned in context.warnings] if context else [])
