"""Approximate matching: which known records look like a new one. It proposes; a person decides, or the mapping does.

Only records that share a block are compared: the first letters of a word, with the equal values that the rule demands.
A block that holds more than a few hundred records tells nothing and is passed over, so that the work for one record is
bounded however many there are.
"""

from __future__ import annotations

from collections.abc import Mapping

from mapper.compile import Similar
from mapper.records import Record
from mapper.state import absences, likenesses
from mapper.sync.context import Context
from mapper.sync.stops import Stop

Place = tuple[str, str]


def note(context: Context, side: str, records: Mapping[str, Record]) -> None:
    """Remember of these records what later ones are compared with."""
    mapping = context.mapping
    if not mapping.similar:
        return
    rows = []
    for key, canonical in records.items():
        keys = mapping.keys(canonical)
        for rule in mapping.similar:
            text = rule.text(canonical)[:300]
            blocks = rule.blocks(canonical, keys)
            rows += [{"rule": rule.number, "block": block, "key": key, "text": text} for block in blocks]
    likenesses.save(context.store, context.entity, side, list(records), rows)


def look(context: Context, me: Place, canonical: Record, assigned: list[tuple[str, str, str]]) -> Stop | None:
    """What to do about a record that no exact rule found anything for; it may be linked on the way."""
    action = context.mapping.spec.situations.similar
    if action == "create":
        return None
    found = _candidates(context, me, canonical)
    if not found:
        return None
    by_side: dict[str, list[Place]] = {}
    for place in found:
        by_side.setdefault(place[0], []).append(place)
    if (
        action == "link"
        and all(len(places) == 1 for places in by_side.values())
        and _link(context, me, found, assigned)
    ):
        return None
    first = max(found, key=lambda place: found[place])
    likes = ", ".join(f"{side} {key} ({score:.0f} %)" for (side, key), score in list(found.items())[:3])
    joins = f"`mapper links set {context.entity} {me[0]}:{me[1]} {first[0]}:{first[1]}`"
    words = f"looks like {likes}: {joins} if they are one, `mapper quarantine retry` if it is new"
    return Stop("similar", words)


def _candidates(context: Context, me: Place, canonical: Record) -> dict[Place, float]:
    """The records of other sides that look like this one and could be linked with it, the most alike first."""
    scores: dict[Place, float] = {}
    keys = context.mapping.keys(canonical)
    for rule in context.mapping.similar:
        for place, score in _scored(context, me, rule, rule.text(canonical), rule.blocks(canonical, keys)).items():
            scores[place] = max(score, scores.get(place, 0.0))
    free = _free(context, me, list(scores))
    return {place: scores[place] for place in sorted(scores, key=lambda p: (-scores[p], p)) if place in free}


def _scored(context: Context, me: Place, rule: Similar, text: str, blocks: list[str]) -> dict[Place, float]:
    from rapidfuzz import fuzz, process

    known = likenesses.sharing(context.store, context.entity, rule.number, blocks)
    others = {place: other for place, other in known.items() if place[0] != me[0] and place[0] in context.roles}
    places = list(others)
    texts = [others[place] for place in places]
    found = process.extract(text, texts, scorer=fuzz.token_sort_ratio, score_cutoff=rule.least, limit=10)
    return {places[number]: score for _, score, number in found}


def _free(context: Context, me: Place, places: list[Place]) -> set[Place]:
    """Those that are there, and have no other record of this side."""
    store = context.store
    lost = absences.gone_of(store, context.run, context.entity, places)
    links: dict[Place, str | None] = {}
    for side, key in places:
        row = store.known(context.entity, side, [key]).get(key)
        links[(side, key)] = row["link"] if row else None
    links |= {place: link for place, link in store.spool_links(context.run, places).items() if link}
    members = store.spool_members(context.run, context.entity, sorted({link for link in links.values() if link}))
    return {p for p in places if p not in lost and me[0] not in members.get(links[p] or "", {})}


def _link(context: Context, me: Place, found: Mapping[Place, float], assigned: list[tuple[str, str, str]]) -> bool:
    """Link a record with the only ones that look like it; not where they are linked with different things."""
    store = context.store
    spooled = store.spool_links(context.run, list(found))
    links: dict[Place, str | None] = {}
    for side, key in found:
        row = store.known(context.entity, side, [key]).get(key)
        links[(side, key)] = spooled.get((side, key)) or (row["link"] if row else None)
        if not links[(side, key)] and context.aside.get((side, key)) == "similar":
            # It waits for a person itself, as it looks like several.
            return False
    several = {link for link in links.values() if link}
    if len(several) > 1:
        return False
    link = several.pop() if several else context.new_link()
    assigned += [(*place, link) for place in (me, *(p for p, known in links.items() if not known))]
    return True
