"""What became of the writes: each side's new agreement, what is owed still, and what is set aside.

Outcomes are stored in groups where a crash in between could do no harm, as the records would be found again by their
stamps; the others one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mapper.compile import Base, CompiledMapping
from mapper.connect import Outcome
from mapper.errors import (
    AuthFailed,
    Missing,
    NotAllowed,
    Rejected,
    RemoteError,
    RuleError,
    Throttled,
    Unclear,
    Unreachable,
)
from mapper.records import Record
from mapper.state import Row
from mapper.sync import gone
from mapper.sync.context import Context, pack, unpack
from mapper.sync.decide import by_fold
from mapper.sync.endings import ENDINGS, RETURN, ended, returned
from mapper.sync.planning import WRITES, change_name
from mapper.sync.watching import terms_of

#: Errors that concern the whole side: going on would only repeat them.
STOPS = (AuthFailed, NotAllowed, Throttled, Unreachable)

#: For how many seconds an outcome may wait to be stored together with others.
_WAIT = 1.0


@dataclass
class _Written:
    """A write that went well, and what is agreed now."""

    row: Row
    outcome: Outcome
    values: Record
    base: Base
    image: Record | None
    wrote: Record
    link: str
    failed: set[str]

    @property
    def created(self) -> bool:
        return bool(self.row["kind"] == "create")


class Outcomes:
    """Takes the outcomes of one side's writes of one kind, in their order."""

    def __init__(self, context: Context, side: str, *, safe: bool) -> None:
        """`safe`: a write whose outcome is lost can be told from one that was not sent, or be sent again."""
        self._context = context
        self._side = side
        self._safe = safe
        self._compiled = context.mapping.sides[side]
        self._waiting: dict[str, tuple[Row, Outcome]] = {}
        self._since = 0.0
        self._cells: dict[frozenset[str], frozenset[str]] = {}

    def take(self, outcome: Outcome) -> None:
        """One outcome; raises the RemoteError of a side that refuses everything."""
        row: Row = outcome.draft.tag
        if outcome.error is None and row["kind"] not in (*ENDINGS, RETURN):
            self._take(row, outcome)
            return
        self.store()
        if outcome.error is None:
            (returned if row["kind"] == RETURN else ended)(self._context, row)
            return
        error = outcome.error
        if (isinstance(error, Missing) and row["kind"] != "create") or self._met_none(row, error):
            if row["kind"] == RETURN:
                self._context.refuse(self._side, row["key"], row["title"], "skipped: it is not there any more")
            gone.not_there(self._context, row)
            return
        if isinstance(error, STOPS):
            self._context.store.mark([row["id"]], status="owed")
            raise error
        cause = "unclear" if isinstance(error, Unclear) else "refused"
        fail(self._context, row, cause, RuleError(str(error)), needs=_needs(self._context, row))

    def _met_none(self, row: Row, error: Exception) -> bool:
        """Whether an update was refused as there is no such record: a vendor may miss what a new one must have."""
        name = self._context.resource(self._side)
        connection = self._context.connections[self._side]
        if row["kind"] != "update" or not isinstance(error, Rejected):
            return False
        if "get" not in connection.spec.resources[name].operations:
            return False
        try:
            connection.get(name, row["key"])
        except Missing:
            return True
        except RemoteError:
            return False
        return False

    def _take(self, row: Row, outcome: Outcome) -> None:
        if outcome.key in self._waiting:
            self.store()
        now = self._context.clock()
        self._since = self._since if self._waiting else now
        self._waiting[outcome.key] = (row, outcome)
        if not self._safe or not 0 <= now - self._since < _WAIT:
            self.store()

    def store(self) -> None:
        """Make what waits the new agreement, in one transaction."""
        if not self._waiting:
            return
        context, store, entity = self._context, self._context.store, self._context.entity
        updated = [key for key, (row, _) in self._waiting.items() if row["kind"] != "create"]
        known = store.known(entity, self._side, updated)
        written = [self._settled(row, outcome, known) for row, outcome in self._waiting.values()]
        agreed = {"entity": entity, "side": self._side}
        rows = [
            {
                **agreed,
                "key": one.outcome.key,
                "link": one.link,
                "digest": None,
                "base": pack(one.base),
                "image": None if one.image is None else pack(one.image),
            }
            for one in written
        ]
        match_values = context.mapping.match_values
        matched = {one.outcome.key: match_values(one.values) for one in written if one.created}
        with store.transaction():
            store.save_records(rows)
            store.save_matchkeys(entity, self._side, matched, fresh=True)
            done = [(one.row["id"], one.outcome.key, pack(one.wrote) if one.wrote else None) for one in written]
            store.finish_changes(done, context.run)
            for one in written:
                # A part that is refused again counts as another try of the same.
                if not one.failed:
                    context.release(self._side, change_name(one.row), *WRITES, gone.CAUSE)
                self._follow_up(one)
        created = len(matched)
        context.counts[self._side].created += created
        context.counts[self._side].updated += len(written) - created
        self._waiting.clear()

    def _settled(self, row: Row, outcome: Outcome, known: Mapping[str, Row]) -> _Written:
        """The agreement that a write moves its side to."""
        compiled, mapping = self._compiled, self._context.mapping
        values: Record = row["values"]
        created, before = row["kind"] == "create", known.get(outcome.key)
        names = frozenset(values if created else unpack(row["before"])).difference(row["missing"])
        failed = (
            {n for n, c in compiled.cells.items() if c.native and c.native.path in outcome.failed}
            if outcome.failed
            else set()
        )
        written = self._touched(names) - failed
        if outcome.record is not None:
            back, _ = compiled.read(outcome.record)
            # Of an update only what it wrote is agreed: the rest may be an edit that nobody has read yet.
            back = {n: v for n, v in back.items() if (created and n not in failed) or n in written}
        else:
            back = compiled.settle(outcome.draft.native, values, written, create=created)
        for name in compiled.refs:
            back.pop(name, None)
            if name in names and name in values:
                back[name] = values[name]
        # What the side made of values that it took: a text cut to its length, a number rounded.
        wrote = {name: back[name] for name in names if name in back and back[name] != values.get(name)}
        if before is not None and self._is_unread:
            back |= _still_moved(mapping, unpack(before["base"]), unpack(row["before"]), back)
        # Of a new record, what was not sent is taken for empty: a value found there later is somebody's edit.
        agreed = dict.fromkeys(compiled.sources) | back if before is None else back
        base, image = mapping.base(agreed), mapping.dump(agreed) if self._context.images else None
        link = row["link"]
        if before is not None:
            base = unpack(before["base"]) | base
            image = None if image is None else unpack(before["image"]) | image
            link = before["link"] or link
        return _Written(row, outcome, values, base, image, mapping.dump(wrote) if wrote else {}, link, failed)

    @cached_property
    def _is_unread(self) -> bool:
        """Whether what people have edited on this side is for a later run to see: this one reads others only."""
        return self._context.roles[self._side] == "target" != self._context.mapping.spec.sides[self._side].role

    def _touched(self, names: frozenset[str]) -> frozenset[str]:
        """The fields whose cells were written for these fields."""
        found = self._cells.get(names)
        if found is None:
            cells = self._compiled.cells.items()
            found = frozenset(n for n, c in cells if n in names or not c.reads.isdisjoint(names))
            self._cells[names] = found
        return found

    def _follow_up(self, one: _Written) -> None:
        """What could not be written with the rest is owed still: references that wait, parts that failed."""
        waiting: Mapping[str, str] = one.row["missing"]
        if not waiting and not one.failed:
            return
        rest = {name: one.values[name] for name in (*waiting, *one.failed) if name in one.values}
        row = {**one.row, "key": one.outcome.key}
        owe(self._context, row, rest, "failed" if one.failed else "owed")
        if one.failed:
            self._context.counts[self._side].failed += 1
            name = sorted(one.failed)[0]
            cell = self._compiled.cells[name]
            words = one.outcome.failed[cell.native.path] if cell.native else ""
            problem = RuleError(words, field=name, position=cell.position)
            terms = terms_of(self._context, self._side, rest)
            self._context.quarantine(self._side, row["key"], "refused", problem, title=row["title"], terms=terms)


def _still_moved(mapping: CompiledMapping, base: Base, held: Record, back: Record) -> Record:
    """The sets among what was written, as if what people have put in or taken out there had not been seen."""
    found = {}
    for name in back.keys() & held.keys():
        if mapping.rows[name].type == "set":
            then, now = by_fold(base.get(name)), by_fold(held[name])
            kept = {key: label for key, label in by_fold(back[name]).items() if key in then or key not in now}
            found[name] = list(({key: label for key, label in then.items() if key not in now} | kept).values())
    return found


def _needs(context: Context, row: Row) -> str | None:
    """What a write had to do without: a record that is not on its side yet, named by its link."""
    for name, link in row["missing"].items():
        target = context.mapping.sides[row["side"]].refs[name]
        return f"{target.entity}/{target.side}/link:{link}"
    return None


def fail(context: Context, row: Row, cause: str, problem: RuleError, *, needs: str | None = None) -> None:
    """Set a write aside with its reason."""
    context.counts[row["side"]].failed += 1
    with context.store.transaction():
        context.store.mark([row["id"]], status="failed", attempts=row["attempts"] + 1, done_by=context.run)
        terms = terms_of(context, row["side"], unpack(row["fields"]))
        context.quarantine(row["side"], change_name(row), cause, problem, title=row["title"], needs=needs, terms=terms)


def owe(context: Context, row: dict[str, Any], values: Record, status: str) -> None:
    """Add an update of an existing record to what is owed."""
    if not values:
        return
    change = {name: row[name] for name in ("entity", "link", "side", "key", "title")}
    change |= {"run": context.run, "kind": "update", "fields": pack(context.mapping.dump(values)), "stamp": None}
    # What a set held tells what is to be taken away.
    before = unpack(row["before"])
    change |= {"before": pack({name: before.get(name) for name in values})}
    change |= {"attempts": 0, "done_by": None, "status": status}
    context.store.plan([{**change, "reason": "the rest of an earlier write"}])
