"""Records that are gone from a vendor: when that is believed, and what it means for the records they are linked with.

Believed is a record that a feed or list shows as removed; and one that a provably complete listing lacked in two full
runs running, if a direct read does not find it either. It is spooled like any other record, with a mark in the place of
its digest, so that a plan decides on it and changes nothing, and a run makes it true with all the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mapper.connect import Page
from mapper.errors import UNREADABLE, Missing, RuleError
from mapper.state import Row, absences
from mapper.state.keys import kept_as
from mapper.state.tables import GONE, LEAVING, RETIRED
from mapper.sync.context import LEFT, Context

#: Records of which nothing is concluded where a listing lacks them; what we have ended ourselves nobody has removed.
_MARKS = (GONE, LEAVING, RETIRED)

#: Under this cause stands a record that is gone from one side and was edited on another.
CAUSE = "gone"

#: Under this cause stands a record that had ended and is there again, where a person is to be asked.
RETURNED = "back"


def acts(context: Context, side: str) -> bool:
    """Whether anything is done elsewhere when a record of a side is gone."""
    policy = context.mapping.spec.situations.gone
    others = [name for name, role in context.roles.items() if name != side and role != "source"]
    return context.roles[side] != "target" and any(policy.on(name) != "ignore" for name in others)


@dataclass
class Walk:
    """A listing that is read whole, and whether it shows every record; costs nothing where nobody acts on it."""

    context: Context
    side: str
    watched: bool
    count: int = 0
    totals: set[int | None] = field(default_factory=set)

    @classmethod
    def of(cls, context: Context, side: str, *, whole: bool) -> Walk:
        connection = context.connections[side]
        watched = whole and acts(context, side) and connection.tells_all(context.resource(side))
        return cls(context, side, watched)

    def take(self, page: Page) -> None:
        """One page: what it shows as removed, and which records are there."""
        shown = [kept_as(key) for key in page.removed]
        removed(self.context, self.side, shown)
        if not self.watched:
            return
        connection, resource = self.context.connections[self.side], self.context.resource(self.side)
        keys = [*shown, *(kept_as(connection.key_of(resource, record)) for record in page.records)]
        self.count += len(keys)
        if keys or page.total:
            self.totals.add(page.total)
        absences.note_seen(self.context.store, self.context.run, self.side, keys)

    def end(self) -> None:
        """The listing was read to its end: it is complete if nothing was shown twice, and its own count never moved."""
        if not self.watched:
            return
        seen = absences.count_seen(self.context.store, self.context.run, self.side)
        total = next(iter(self.totals), None)
        complete = len(self.totals) <= 1 and seen == self.count and total in (None, seen)
        self.context.walked[self.side] = complete
        if complete:
            _look_for_missing(self.context, self.side)


def _counts(row: Row) -> bool:
    """Whether anything is concluded from the end of a record: not of one that has ended already, or is left alone."""
    return row["mark"] not in _MARKS and row["digest"] != LEFT


def removed(context: Context, side: str, keys: Sequence[str]) -> None:
    """Records that the vendor shows as removed."""
    if not keys:
        return
    known = context.store.known(context.entity, side, keys)
    _stage(context, side, [row for row in known.values() if row["link"] and _counts(row)])
    for key in keys:
        context.unseen.discard((side, key))
        context.release(side, key, RETURNED)
        if not context.dry and (key not in known or not known[key]["link"]):
            context.store.forget(context.entity, side, key)
            context.release(side, key)


def _look_for_missing(context: Context, side: str) -> None:
    """Ask for each record that this listing and the last one lacked; what is not there is gone."""
    store, after = context.store, ""
    while rows := absences.absent(store, context.run, context.entity, side, _MARKS, after):
        after = rows[-1]["key"]
        before = absences.missed_before(store, context.entity, side, [row["key"] for row in rows])
        believed = []
        for row in rows:
            if _counts(row) and row["key"] in before and _is_gone(context, side, row["key"]):
                believed.append(row)
        _stage(context, side, believed)


def _is_gone(context: Context, side: str, key: str) -> bool:
    """Whether a direct read does not find a record; one that leads to another record tells what it was merged into."""
    connection, resource = context.connections[side], context.resource(side)
    try:
        found = connection.get(resource, key)
    except Missing:
        return True
    except UNREADABLE:
        return False
    survivor = connection.key_of(resource, found)
    if survivor == key:
        absences.note_seen(context.store, context.run, side, [key])
        return False
    context.survivors[(side, key)] = survivor
    return True


def _stage(context: Context, side: str, rows: Sequence[Row], mark: str = GONE) -> None:
    """Spool records that have ended: their links are decided anew."""
    common: dict[str, Any] = {"run": context.run, "side": side, "fresh": 0, "stamp": None}
    common |= {"origin": None, "native": None, "digest": LEFT if mark == LEAVING else "", "mark": mark}
    # What was agreed stays known of a record that is gone: nothing else tells what it held.
    context.store.stage(
        [
            {**common, "key": row["key"], "link": row["link"], "base": row["base"], "canonical": row["image"] or "{}"}
            for row in rows
        ]
    )


def leave(context: Context, side: str, keys: Sequence[str]) -> None:
    """Note linked records that the mapping is no longer about."""
    known = context.store.known(context.entity, side, keys)
    rows = [row for row in known.values() if row["link"] and _counts(row)]
    policy = context.mapping.spec.situations.left
    if context.roles[side] != "target" and any(policy.on(o) != "ignore" for o in context.roles if o != side):
        _stage(context, side, rows, LEAVING)
    else:
        context.store.save_records([{**row, "digest": LEFT} for row in rows])


def settle(context: Context) -> None:
    """At the commit: what the listings of this run lacked is what the next ones are compared with."""
    for side, complete in context.walked.items():
        absences.settle(context.store, context.run, context.entity, side, _MARKS, complete=complete)


def not_there(context: Context, row: Row) -> None:
    """A write met no record: it is gone. Where it was edited elsewhere, the edit stands where it was made."""
    side, key = row["side"], row["key"]
    known = context.store.known(context.entity, side, [key]).get(key)
    asks = (
        row["kind"] == "update"
        and context.mapping.spec.situations.edited == "ask"
        and any(context.mapping.spec.situations.gone.on(other) != "ignore" for other in context.roles if other != side)
    )
    with context.store.transaction():
        context.store.mark([row["id"]], status="gone", done_by=context.run)
        if known:
            context.store.save_records([{**known, "mark": GONE}])
        context.release(side, key)
        if asks:
            others = [m for m in context.store.linked(context.entity, [row["link"]]).get(row["link"], [])
                      if m["side"] != side and m["mark"] != GONE]  # fmt: skip
            tell_edited(context, side, key, [m["side"] for m in others], row["title"])
        elif row["kind"] == "update":
            left = context.counts[side].left
            left[WORDS] = left.get(WORDS, 0) + 1


#: Under these words updates are counted that met no record.
WORDS = "gone from its vendor"


def tell_edited(context: Context, side: str, key: str, others: Sequence[str], title: str) -> None:
    """Set a record aside that is gone here and was edited elsewhere."""
    where = " and ".join(others) or "another side"
    words = (
        f"was edited on {where} and is gone here, so that nothing was deleted: delete it there too, or keep it with "
        "`mapper quarantine drop`"
    )
    context.quarantine(side, key, CAUSE, RuleError(words), title=title)
