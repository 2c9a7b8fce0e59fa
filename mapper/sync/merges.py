"""Two records that a vendor has made one: their links must not lead to a duplicate, nor to a delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapper.errors import UNREADABLE, Missing, RuleError
from mapper.records import Record
from mapper.state import Row, absences, links
from mapper.state.tables import GONE
from mapper.sync.context import LEFT, Context
from mapper.sync.decide import Decision, View
from mapper.sync.endings import title_of
from mapper.sync.gone import removed

#: Under this cause stands a record that was merged into another at its vendor, and elsewhere was not yet.
CAUSE = "merged"

Place = tuple[str, str]


@dataclass(frozen=True)
class _Survivor:
    """The record that another was merged into."""

    key: str
    link: str | None


def told(context: Context, side: str, records: Mapping[str, Record]) -> None:
    """Take from records that were read which ones their vendor has merged into them: these are gone."""
    connection, resource = context.connections[side], context.resource(side)
    into = {loser: key for key, record in records.items() for loser in connection.absorbed(resource, record)}
    if not into:
        return
    known = context.store.known(context.entity, side, list(into))
    losers = [key for key, row in known.items() if row["link"] and row["mark"] is None and key not in records]
    context.survivors |= {(side, key): into[key] for key in losers}
    removed(context, side, losers)


def settle(context: Context, link: str, views: Mapping[str, View], decision: Decision) -> None:
    """Where a record that is gone was merged into another nothing is ended: links are joined, or a person is told."""
    for view in views.values():
        if view.leaving != "gone" or view.key is None:
            continue
        survivor = _survivor(context, view.side, view.key)
        if survivor is None or survivor.link == link:
            continue
        decision.ends.clear()
        decision.edited = None
        decision.creates.clear()
        into = _joint(context, survivor.link) if survivor.link else None
        mine = _members(context, link)
        theirs = _members(context, into) if into else {}
        twice = sorted(set(mine) & set(theirs))
        if not mine or into == link:
            continue
        if into is None or twice:
            pairs = " and ".join(f"{side} {theirs[side]} and {mine[side]}" for side in twice)
            _tell(context, view, survivor.key, pairs, title_of(context, link, views))
        else:
            context.joined[link] = into


def _tell(context: Context, view: View, survivor: str, pairs: str, title: str) -> None:
    words = f"was merged into {view.side} {survivor}, "
    if pairs:
        words += f"and is two records elsewhere: merge {pairs} there, too"
    else:
        words += "which is not linked: link that one with `mapper links set`"
    context.quarantine(view.side, view.key or "", CAUSE, RuleError(words), title=title)


def _survivor(context: Context, side: str, key: str) -> _Survivor | None:
    """The record that this one lives on in."""
    found = _lives_on(context, side, key)
    if found is None:
        return None
    rows = context.store.known(context.entity, side, [found])
    spooled = context.store.spool_links(context.run, [(side, found)])
    return _Survivor(found, spooled.get((side, found)) or (rows[found]["link"] if found in rows else None))


def _joint(context: Context, link: str) -> str:
    """The link that this one is to become part of, else itself."""
    while link in context.joined:
        link = context.joined[link]
    return link


def _members(context: Context, link: str) -> dict[str, str]:
    """The records of a link that are still there, by side, with those that are to join it."""
    among = [link, *(other for other in context.joined if _joint(context, other) == link)]
    groups = context.store.spool_members(context.run, context.entity, among).values()
    places = [place for group in groups for place in group.items()]
    lost = absences.gone_of(context.store, context.run, context.entity, places)
    return {side: key for side, key in places if (side, key) not in lost}


def _lives_on(context: Context, side: str, key: str) -> str | None:
    """What a record was merged into, as the vendor said, else the only one that the match rules find; of a chain of
    merges the end, in whatever order they are settled."""
    passed, last = {key}, None
    while found := context.survivors.get((side, last or key)) or _by_rules(context, side, last or key):
        if found in passed:
            break
        passed.add(found)
        last = found
        if not absences.gone_of(context.store, context.run, context.entity, [(side, found)]):
            break
    return last


def _by_rules(context: Context, side: str, key: str) -> str | None:
    mine = context.store.matchkeys_of(context.entity, [(side, key)]).get((side, key), set())
    rows = context.store.matching(context.entity, sorted(mine))
    keys = {row["key"] for row in rows if row["side"] == side and row["key"] != key}
    lost = absences.gone_of(context.store, context.run, context.entity, [(side, one) for one in keys])
    theirs = context.store.matchkeys_of(context.entity, [(side, one) for one in keys])
    found = [one for one in keys if (side, one) not in lost and _may_be_one(mine, theirs.get((side, one), set()))]
    return found[0] if len(found) == 1 else None


def _may_be_one(mine: set[str], theirs: set[str]) -> bool:
    """Whether two records agree in a match rule, and no stronger one tells them apart."""
    ours, others = _ranked(mine), _ranked(theirs)
    first = min((rank for rank in ours if rank in others), default=None)
    return first is not None and ours[first] == others[first]


def _ranked(values: set[str]) -> dict[int, str]:
    return {int(value.partition(":")[0]): value for value in values}


def join(context: Context) -> None:
    """At the commit: the records of a link whose one was merged become members of the survivor's link."""
    store = context.store
    joined = {link: _joint(context, into) for link, into in context.joined.items()}
    links.repoint(store, joined)
    for link, into in joined.items():
        rows = store.linked(context.entity, [link, into])
        living = [row for row in rows.get(link, []) if row["mark"] != GONE]
        taken = {row["side"] for row in living}
        # Of one side a link holds one record: what is gone there makes room.
        for row in (row for group in rows.values() for row in group if row["mark"] == GONE):
            if row["link"] == link or row["side"] in taken:
                store.forget(context.entity, row["side"], row["key"])
        for row in living:
            store.save_records([{**row, "link": into, "digest": LEFT, "base": "{}"}])
            words = "its other record was merged at the vendor; the next sync compares it with that one"
            context.quarantine(row["side"], row["key"], "ambiguous", RuleError(words))


def look_again(context: Context) -> None:
    """Of records that were to be merged elsewhere, too: one that is not there any more is gone."""
    for held in context.store.quarantined(entity=context.entity, cause=CAUSE):
        known = context.store.known(context.entity, held["side"], [held["key"]]).get(held["key"])
        rows = context.store.linked(context.entity, [known["link"]])[known["link"]] if known and known["link"] else []
        alive = [row for row in rows if row["mark"] != GONE and row["side"] in context.roles]
        lost = [row for row in alive if _is_missing(context, row)]
        if not context.dry:
            context.store.save_records([{**row, "mark": GONE} for row in lost])
            if len(lost) == len(alive):
                context.release(held["side"], held["key"])


def _is_missing(context: Context, row: Row) -> bool:
    connection, resource = context.connections[row["side"]], context.resource(row["side"])
    try:
        found = connection.key_of(resource, connection.get(resource, row["key"]))
    except Missing:
        return True
    except UNREADABLE:
        return False
    return found != str(row["key"])
