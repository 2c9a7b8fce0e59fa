"""What vendors have told since the last run, and how a run takes it up.

An event is a hint: its record is read anew, unless the vendor's word is whole. A run that goes by hints alone reads no
lists, but the records told of and those that they are linked with; where one is new, or an event names none, the sides
are read as usual, as only then it is sure that nothing is doubled or lost.
"""

from __future__ import annotations

from mapper.errors import UNREADABLE, Missing
from mapper.expr.paths import parse_path
from mapper.log import log
from mapper.records import ABSENT, Record
from mapper.state import Row, inbox
from mapper.sync import gone
from mapper.sync.context import Context, unpack
from mapper.sync.reading import process


def take(context: Context) -> None:
    """Take up what waits; a plan only looks, as it takes nothing."""
    context.told = inbox.take(context.store, context.entity, context.run) if not context.dry else []


def usable(context: Context) -> bool:
    """Whether hints alone say enough: each names a record, and all of these are linked."""
    if not context.told or any(row["key"] is None for row in context.told):
        return False
    for side in {row["side"] for row in context.told}:
        keys = [row["key"] for row in context.told if row["side"] == side]
        known = context.store.known(context.entity, side, keys)
        if any(key not in known or not known[key]["link"] for key in keys):
            return False
    return True


def read(context: Context, *, alone: bool) -> None:
    """Read the records told of, but those that this run has read; `alone`: also what they are linked with."""
    spooled = context.store.spool_links(context.run, [(row["side"], row["key"]) for row in context.told if row["key"]])
    done: set[tuple[str, str]] = set(spooled)
    # Of several events about one record the last says how it is now.
    newest = {(row["side"], row["key"] or ""): row for row in context.told}
    for place, row in newest.items():
        if row["key"] is None or place in done or context.roles[row["side"]] == "target":
            continue
        done.add(place)
        context.counts[row["side"]].read += 1
        if row["removed"]:
            gone.removed(context, row["side"], [row["key"]])
            continue
        try:
            _read(context, row["side"], row["key"], _whole(context, row))
        except UNREADABLE as error:
            # Whatever stands in an event, it must not keep all others from being taken up, now and ever after.
            log.warning("%s %s was told of and cannot be read: %s", row["side"], row["key"], error)
    if alone:
        _read_partners(context, done)
        for side, counts in context.counts.items():
            if context.roles[side] != "target" or counts.read:
                counts.by, counts.because = "told", "what vendors have told, and what is linked with it"


def _read_partners(context: Context, done: set[tuple[str, str]]) -> None:
    """What was edited on the other sides meanwhile must be seen, or it would be written over."""
    for side in {row["side"] for row in context.told}:
        keys = [row["key"] for row in context.told if row["side"] == side]
        links = [row["link"] for row in context.store.known(context.entity, side, keys).values()]
        for rows in context.store.linked(context.entity, links).values():
            for row in rows:
                place = (row["side"], row["key"])
                if place not in done and row["side"] in context.roles and row["mark"] is None:
                    done.add(place)
                    context.counts[row["side"]].read += 1
                    _read(context, *place, None)


def _read(context: Context, side: str, key: str, record: Record | None) -> None:
    connection, resource = context.connections[side], context.resource(side)
    connection.use(resource, context.mapping.sides[side].containers)
    try:
        found = connection.get(resource, key) if record is None else connection.decode(resource, record)
    except Missing:
        # A listing, or an event that says so, decides whether it is gone: a missing answer alone does not.
        return
    process(context, side, [found], restage=False)


def _whole(context: Context, row: Row) -> Record | None:
    """The record as the vendor told it, if that holds everything that the mapping looks at."""
    if not row["record"]:
        return None
    compiled, hooks = context.mapping.sides[row["side"]], context.connections[row["side"]].spec.webhooks
    record: Record = unpack(row["record"])
    named = map(parse_path, hooks[row["hook"]].record)
    told = {path.parts for path in named if path.get(record) is not ABSENT}
    containers = compiled.context.resource.containers
    apart = any(containers[name].codec == "per_record" for name in compiled.containers)
    key = parse_path(compiled.context.resource.key)
    if key.get(record) is ABSENT:
        key.put(record, row["key"])
    return record if compiled.members <= told and not apart else None
