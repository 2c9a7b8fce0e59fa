"""The second stage: which unlinked records are the same thing.

A record's stamp (the key of another side that we wrote into it when we created it) comes first, then the mapping's
rules in their order. A rule must find exactly one record on a side; two or more, or one that is linked to another
record already, are for a person to decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mapper.errors import UNREADABLE, Missing
from mapper.records import Record
from mapper.state import Row, absences
from mapper.sync import similar
from mapper.sync.context import Context, unpack
from mapper.sync.reading import process
from mapper.sync.stops import Stop, set_aside

Place = tuple[str, str]


@dataclass
class _Known:
    """What is known of the candidates of one chunk."""

    by_value: dict[str, list[Place]]
    links: dict[Place, str | None]
    values: dict[Place, set[str]]
    members: dict[str, dict[str, str]]
    gone: set[Place] = field(default_factory=set)


def match(context: Context) -> None:
    """Give every spooled record that may be propagated its link: an existing one, a joint one, or a new one."""
    sides = [side for side, role in context.roles.items() if role != "target"]
    held = [side for side, one in context.mapping.spec.sides.items() if one.role != "target" and side not in sides]
    approved = _approved(context)
    for side in sides:
        _join(context, side, approved)
    for side in held:
        _join(context, side, approved, held=True)
    for side in sides:
        _found_new(context, side)


def _approved(context: Context) -> set[Place]:
    """The records of which a person has said that they are new."""
    held = context.store.quarantined(entity=context.entity, cause=("new", "similar"))
    return {(row["side"], row["key"]) for row in held if row["mapping"] == ""}


def _join(context: Context, side: str, approved: set[Place], *, held: bool = False) -> None:
    """Link the records of a side; of a `held` one only those of which it is to be found out where they belong.

    What a person took out of its link would be created there once more.
    """
    after = ""
    situations = context.mapping.spec.situations
    while rows := context.store.spooled(context.run, side, after=after):
        after = rows[-1]["key"]
        if held:
            rows = [row for row in rows if context.aside.get((side, row["key"])) == "ambiguous"]
        values = _match_values(context, side, rows)
        known = _gather(context, rows, values)
        assigned: list[tuple[str, str, str]] = []
        refused: list[str] = []
        for row in rows:
            me = (side, row["key"])
            if known.links.get(me):
                continue
            stop = _join_one(row, values[row["key"]], known, assigned, context)
            if stop is None and not known.links.get(me) and me not in approved:
                if context.mapping.similar:
                    stop = similar.look(context, me, _canonical(context, row), assigned)
                stop = stop or (Stop("new", _NEW) if situations.new != "create" else None)
            if stop:
                set_aside(context, row, stop, context.mapping.title(_canonical(context, row)))
                refused.append(row["key"])
            elif not known.links.get(me):
                context.release(side, row["key"], "new", "similar")
        refused += _read_partners(context, side, rows, assigned)
        context.store.assign(context.run, assigned)
        context.store.unstage(context.run, side, refused)


def _match_values(context: Context, side: str, rows: list[Row]) -> dict[str, list[str]]:
    """What the records have for each rule, in the order of the rules; it was stored when they were read."""
    found = context.store.matchkeys_of(context.entity, [(side, row["key"]) for row in rows])
    return {row["key"]: sorted(found.get((side, row["key"]), ()), key=_rank) for row in rows}


def _rank(value: str) -> int:
    """The number of the rule that a match value is of."""
    return int(value.split(":", 1)[0])


def _read_partners(context: Context, side: str, rows: list[Row], assigned: list[tuple[str, str, str]]) -> list[str]:
    """Read the records that are to be linked and were not read by this run; gives the keys of those it fails for.

    What is linked unread would be taken for a record that is not there, and be created once more.
    """
    spooled = context.store.spool_links(context.run, [(s, k) for s, k, _ in assigned])
    lost = {link for s, k, link in assigned if (s, k) not in spooled and not _is_read(context, s, k)}
    parted = {k for s, k, link in assigned if s == side and link in lost}
    assigned[:] = [one for one in assigned if one[2] not in lost]
    for row in rows:
        if row["key"] in parted:
            stop = Stop("taken", "what it matches cannot be read now: see what stands of it in quarantine")
            set_aside(context, row, stop, context.mapping.title(_canonical(context, row)))
    return sorted(parted)


def _is_read(context: Context, side: str, key: str) -> bool:
    """Have a record read and spooled; true also where it is gone."""
    connection, resource = context.connections[side], context.resource(side)
    connection.use(resource, context.mapping.sides[side].containers)
    try:
        process(context, side, [connection.get(resource, key)], restage=True)
    except Missing:
        context.store.forget(context.entity, side, key)
        return True
    except UNREADABLE:
        return False
    return (side, key) in context.store.spool_links(context.run, [(side, key)])


_NEW = "nothing matches it: link it with `mapper links set`, or have it created with `mapper quarantine retry`"


def _canonical(context: Context, row: Row) -> Record:
    return context.mapping.load(unpack(row["canonical"]))


def _gather(context: Context, rows: list[Row], values: dict[str, list[str]]) -> _Known:
    store, entity = context.store, context.entity
    every = sorted({value for group in values.values() for value in group})
    found = store.matching(entity, every)
    by_value: dict[str, list[Place]] = {}
    links: dict[Place, str | None] = {}
    for row in found:
        place = (row["side"], row["key"])
        by_value.setdefault(row["value"], []).append(place)
        links[place] = row["link"]
    for row in rows:
        if origin := _origin(context, row):
            by_value.setdefault(f"origin:{row['side']}:{row['key']}", []).append(origin)
            known = store.known(entity, origin[0], [origin[1]])
            if origin[1] in known:
                links[origin] = known[origin[1]]["link"]
    spooled = store.spool_links(context.run, sorted(links))
    links |= {place: link for place, link in spooled.items() if link}
    members = store.spool_members(context.run, entity, sorted({link for link in links.values() if link}))
    every_place = {*links, *((side, key) for group in members.values() for side, key in group.items())}
    gone = absences.gone_of(store, context.run, entity, every_place)
    by_value = {value: [p for p in places if p not in gone] for value, places in by_value.items()}
    return _Known(by_value, links, store.matchkeys_of(entity, sorted(links)), members, gone)


def _origin(context: Context, row: Row) -> Place | None:
    """The record that a stamp names, where it is one of ours."""
    side, _, key = (row["origin"] or "").partition(":")
    return (side, key) if key and side in context.mapping.sides and side != row["side"] else None


def _join_one(
    row: Row, values: list[str], known: _Known, assigned: list[tuple[str, str, str]], context: Context
) -> Stop | None:
    me = (row["side"], row["key"])
    stamped = known.by_value.get(f"origin:{me[0]}:{me[1]}", [])
    if stamped and stamped[0] in known.links:
        return _take(context, me, stamped, known, assigned, "its stamp")
    for value in values:
        rule = _rank(value)
        words = " and ".join(context.mapping.rules[rule])
        places = [p for p in known.by_value.get(value, []) if p != me and _compatible(p, rule, values, known)]
        if len({side for side, _ in (me, *places)}) < len(places) + 1:
            # Before a person is asked to choose: is what makes it ambiguous still there?
            places = [p for p in places if known.links.get(p) or _is_there(context, p)]
        twins = [p for p in places if p[0] == me[0]]
        others = [p for p in places if p[0] != me[0]]
        if twins:
            keys = ", ".join(key for _, key in twins[:3])
            return Stop(
                "several",
                f"{me[0]} holds another record with the same {words} ({keys}); merge them there, or make them differ",
            )
        if others:
            return _take(context, me, others, known, assigned, f"the same {words}")
    return None


def _is_there(context: Context, place: Place) -> bool:
    """Whether an unlinked record may still exist at the vendor; one that does not is forgotten."""
    side, key = place
    try:
        context.connections[side].get(context.resource(side), key)
    except Missing:
        context.store.forget(context.entity, side, key)
        return False
    except UNREADABLE:
        return True
    return True


def _compatible(place: Place, rule: int, values: list[str], known: _Known) -> bool:
    """Whether no stronger rule tells the two records apart."""
    theirs = known.values.get(place, set())
    stronger = {v for v in values if _rank(v) < rule}
    ranks = {_rank(v) for v in theirs}
    return all(v in theirs for v in stronger if _rank(v) in ranks)


def _take(
    context: Context,
    me: Place,
    places: list[Place],
    known: _Known,
    assigned: list[tuple[str, str, str]],
    why: str,
) -> Stop | None:
    """Join the records that a rule found, or say why not."""
    sides = [side for side, _ in places]
    for side in sides:
        if sides.count(side) > 1:
            keys = ", ".join(key for s, key in places if s == side)
            return Stop("several", f"{side} holds several records with {why}: {keys}")
    links = {link for p in places if (link := known.links.get(p))}
    if len(links) > 1:
        return Stop("taken", f"records with {why} are linked to different things already")
    link = links.pop() if links else context.new_link()
    members = known.members.setdefault(link, {})
    other = members.get(me[0])
    if context.mapping.spec.situations.found != "link" and known.links.get(me) is None:
        names = " ".join(f"{side}:{key}" for side, key in (me, *places))
        words = f"{places[0][0]} {places[0][1]} has {why}"
        return Stop("found", f"{words}: `mapper links set {context.entity} {names}` links them")
    if other and other != me[1] and (me[0], other) in known.gone:
        # The vendor has another record in its place now: after a merge there, or made anew.
        context.replaced.append((me[0], other))
        context.store.unstage(context.run, me[0], [other])
    elif other and other != me[1]:
        return Stop("taken", f"the record with {why} is linked to {me[0]} {other} already")
    for place in (me, *places):
        if place not in known.links or known.links[place] is None or place == me:
            known.links[place] = link
            members[place[0]] = place[1]
            assigned.append((*place, link))
    return None


def _found_new(context: Context, side: str) -> None:
    """Records that nothing matched found links of their own."""
    after = ""
    while keys := context.store.unlinked(context.run, side, after=after):
        after = keys[-1]
        context.store.assign(context.run, [(side, key, context.new_link()) for key in keys])
