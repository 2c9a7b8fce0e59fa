"""What a person decides about links: that records are one, or that one of them is not.

Records that are put together have no agreement yet. Until each has been read again it is left alone, so that nothing is
written over a value that nobody has compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mapper.errors import Missing, RuleError, UsageError
from mapper.spec.document import nearest
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.state import Row, exclusive
from mapper.state import links as queries
from mapper.sync.context import LEFT, unlinked
from mapper.sync.gone import RETURNED
from mapper.sync.planning import change_name
from mapper.sync.terms import terms_of

if TYPE_CHECKING:
    from mapper.sync.project import Project

Place = tuple[str, str]

#: The cause under which a sync reads single records again, whether they changed or not.
_READ_AGAIN = "ambiguous"


@dataclass(frozen=True)
class Member:
    """One record of a link, as far as the state knows it; `waits` says why it is in quarantine."""

    side: str
    key: str
    title: str = ""
    waits: str = ""


@dataclass(frozen=True)
class Link:
    """Records that are one; `link` is None for a record that is not linked. `changed`: a call has made it so."""

    entity: str
    link: str | None
    members: tuple[Member, ...]
    changed: bool = False
    given_up: int = 0


@dataclass
class _Joint:
    """What a new link is made of: rows of records, titles that only the vendor told, and the links that become one."""

    rows: dict[Place, dict[str, Any]] = field(default_factory=dict)
    titles: dict[Place, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)


def place(project: Project, entity: str, text: str) -> Place:
    """The side and key that SIDE:KEY names; raises UsageError where it names none."""
    sides = project.mapping(entity).spec.sides
    side, _, key = text.partition(":")
    if not key or not side:
        raise UsageError(f"'{text}' names no record", hint=f"write SIDE:KEY, as in {next(iter(sides))}:123")
    known_side(project, entity, side)
    return side, key


def known_side(project: Project, entity: str, side: str) -> None:
    """Raises UsageError where the mapping has no such side."""
    sides = project.mapping(entity).spec.sides
    if side not in sides:
        raise UsageError(f"the mapping of '{entity}' has no side '{side}'", hint=nearest(side, sides))


def of_record(project: Project, entity: str, text: str) -> Link:
    """The link of the record that KEY or SIDE:KEY names; raises UsageError where the state knows none, or several."""
    sides = project.mapping(entity).spec.sides
    side, _, key = text.partition(":")
    found = queries.with_key(project.store, entity, list(sides), text)
    if side in sides and key:
        found += list(project.store.known(entity, side, [key]).values())
    if not found:
        hint = "it is known from the first sync that reads it; see `mapper links list`"
        raise UsageError(f"no {entity} with the key '{text}' is known", hint=hint)
    if len({row["link"] or (row["side"], row["key"]) for row in found}) > 1:
        names = " and ".join(row["side"] for row in found)
        raise UsageError(f"the key '{text}' is one of {names}", hint=f"write {found[0]['side']}:{text}")
    link = found[0]["link"]
    return _link(project, entity, link, project.store.linked(entity, [link])[link] if link else found[:1])


def _link(project: Project, entity: str, link: str | None, rows: Sequence[Row], **more: Any) -> Link:
    order = list(project.mapping(entity).spec.sides)
    places = [(row["side"], row["key"]) for row in rows]
    aside = queries.set_aside(project.store, entity, places)
    written = queries.title(project.store, entity, link) if link else ""
    members = []
    for one in sorted(places, key=lambda p: order.index(p[0]) if p[0] in order else len(order)):
        held = aside.get(one)
        members.append(Member(*one, held["title"] or written, held["message"]) if held else Member(*one, written))
    return Link(entity, link, tuple(members), **more)


def join(project: Project, entity: str, texts: Sequence[str]) -> Link:
    """Make the records that SIDE:KEY name one; the next sync compares them and writes what differs.

    Raises UsageError, and changes nothing, where that cannot be: two records of a side, a record that is not there,
    writes that are still open. Raises Locked during a run, RemoteError where a vendor cannot be asked.
    """
    places = list(dict.fromkeys(place(project, entity, text) for text in texts))
    if len(places) < 2:
        raise UsageError("one record alone cannot be linked", hint="name two or more, each as SIDE:KEY")
    _one_of_each_side(places)
    with exclusive(project.store, entity, project.clock):
        joint = _Joint()
        for one in places:
            _add(project, entity, one, joint)
        named = set(joint.rows)
        for rows in project.store.linked(entity, joint.links).values():
            joint.rows |= {(row["side"], row["key"]): dict(row) for row in rows}
        _one_of_each_side(list(joint.rows))
        one_already = len(joint.links) == 1 and all(row["link"] for row in joint.rows.values())
        back = _back(project, entity, joint)
        if one_already and not back:
            return _link(project, entity, joint.links[0], list(joint.rows.values()))
        with project.store.transaction():
            given_up = _give_up_creates(project, entity, joint)
            link = _save(project, entity, joint, back if one_already else named)
            return _link(project, entity, link, list(joint.rows.values()), changed=True, given_up=given_up)


def _back(project: Project, entity: str, joint: _Joint) -> set[Place]:
    """The records, which had ended, of which a person was asked if they belong to their link as before."""
    asked = project.store.quarantined(entity=entity, cause=RETURNED)
    return {(row["side"], row["key"]) for row in asked} & set(joint.rows)


def _one_of_each_side(places: Sequence[Place]) -> None:
    first: dict[str, str] = {}
    for side, key in places:
        if first.setdefault(side, key) != key:
            message = (
                f"a link holds one record of a side, and this one would hold {side}:{first[side]} and {side}:{key}"
            )
            raise UsageError(message, hint="merge them at the vendor, or take one out with `mapper links remove`")


def _add(project: Project, entity: str, one: Place, joint: _Joint) -> None:
    """Take a record into the new link, as the state knows it or as the vendor gives it."""
    side, key = one
    row = project.store.known(entity, side, [key]).get(key)
    if row is None:
        key, title = _ask(project, entity, one)
        joint.titles[(side, key)] = title
        row = project.store.known(entity, side, [key]).get(key)
    if row is None:
        row = {
            "entity": entity,
            "side": side,
            "key": key,
            "link": None,
            "digest": None,
            "base": "{}",
            "image": None,
            "mark": None,
        }
    if row["digest"] == LEFT and row["base"] != "{}":
        raise _not_about(entity, one)
    joint.rows[(side, key)] = dict(row)
    if row["link"] and row["link"] not in joint.links:
        joint.links.append(row["link"])


def _ask(project: Project, entity: str, one: Place) -> tuple[str, str]:
    """A record's key as its vendor writes it, and its title; raises UsageError where there is none to be linked."""
    side, key = one
    spec = project.mapping(entity).spec
    connection, resource = project.connection(spec.sides[side].connection or side), spec.sides[side].resource
    mapping = project.compiled(entity, live=True)
    compiled = mapping.sides[side]
    connection.use(resource, compiled.containers)
    try:
        native = connection.get(resource, key)
    except Missing:
        hint = f"copy the key from {side}, or from `mapper quarantine list`"
        raise UsageError(f"{side} has no record '{key}'", hint=hint) from None
    canonical, problems, _ = mapping.readers[side](native)
    try:
        about = (not compiled.where or compiled.where(native)) and (bool(problems) or not mapping.left_out(canonical))
    except RuleError:
        about = True
    if not about:
        raise _not_about(entity, one)
    return connection.key_of(resource, native), mapping.title(canonical)


def _not_about(entity: str, one: Place) -> UsageError:
    message = f"the mapping of '{entity}' is not about {':'.join(one)}"
    return UsageError(message, hint="its `where` or `filter` leaves the record out")


def _give_up_creates(project: Project, entity: str, joint: _Joint) -> int:
    """Drop the creates that the links still owe: the next sync decides anew; gives their number.

    Raises UsageError where something else is open: it may hold an edit that is nowhere else, or have been sent.
    """
    store, sides = project.store, {side for side, _ in joint.rows}
    unclear = {(row["side"], row["key"]) for row in store.quarantined(entity=entity, cause="unclear")}
    ids = []
    for row in (row for rows in store.open_changes(entity, joint.links).values() for row in rows):
        sent = row["status"] == "sent" or (row["side"], change_name(row)) in unclear
        # A create may be open as long as it likes once a person has named the record that it was to make.
        if row["status"] != "left" and (row["kind"] != "create" or (sent and row["side"] not in sides)):
            raise _still_open(row)
        ids.append(row["id"])
        store.release(entity, row["side"], [change_name(row)], project.clock())
    store.mark(ids, status="dropped")
    return len(ids)


def _still_open(row: Row) -> UsageError:
    what = "a create" if row["kind"] == "create" else f"an update of {row['side']}:{row['key']}"
    hint = "run `mapper sync` first; if it stays, see `mapper quarantine list` and drop it there"
    return UsageError(f"{what} on {row['side']} is still open from an earlier run", hint=hint)


def _save(project: Project, entity: str, joint: _Joint, named: Collection[Place]) -> str:
    store = project.store
    link = min(joint.links) if joint.links else _new_link(project, entity)
    queries.repoint(store, {old: link for old in joint.links if old != link})
    fresh = {"link": link, "digest": LEFT, "base": "{}", "image": None, "mark": None}
    # What has ended stays so, unless the person has named it.
    ended = {one for one, row in joint.rows.items() if row["mark"] and one not in named}
    rows = {one: {**row, **({"link": link} if one in ended else fresh)} for one, row in joint.rows.items()}
    store.save_records(list(rows.values()))
    places = [one for one in rows if one not in ended]
    words = " and ".join(f"{side}:{key}" for side, key in places)
    message = f"a person linked {words}; the next sync compares them and writes what differs"
    sides = project.mapping(entity).spec.sides
    _have_read(project, entity, [one for one in places if one[0] in sides], message, joint.titles)
    return link


def _new_link(project: Project, entity: str) -> str:
    """Digits like those of a run's links, which databases sort alike; far from any number that a run counts to."""
    second = int(project.clock())
    while project.store.linked(entity, [link := f"{_last_run(project, entity):010d}{second:010d}"]):
        second += 1
    return link


def _last_run(project: Project, entity: str) -> int:
    last = project.store.runs(entity=entity, limit=1)
    return int(last[0]["id"]) if last else 0


def _have_read(
    project: Project, entity: str, places: Sequence[Place], message: str, titles: dict[Place, str] | None = None
) -> None:
    """Have the next sync read these records, changed or not."""
    run, now = _last_run(project, entity), project.clock()
    aside = queries.set_aside(project.store, entity, places)
    common: dict[str, Any] = {"entity": entity, "cause": _READ_AGAIN, "message": message, "attempts": 1}
    common |= {"field": "", "place": "", "needs": None, "native": None}
    common |= {"mapping": terms_of(project, entity).fingerprint}
    common |= {"first_run": run, "last_run": run, "first_seen": now, "last_seen": now}
    rows = []
    for one in places:
        title = aside[one]["title"] if one in aside else (titles or {}).get(one, "")
        rows.append({**common, "side": one[0], "key": one[1], "title": title})
    project.store.set_aside(rows)


def to_take_out(project: Project, entity: str, text: str) -> Link:
    """The link that a record can be taken out of; raises UsageError where it cannot."""
    one = place(project, entity, text)
    row = project.store.known(entity, one[0], [one[1]]).get(one[1])
    if row is None or not row["link"]:
        raise UsageError(f"{text} is not linked", hint="see `mapper links list`")
    rows = project.store.linked(entity, [row["link"]])[row["link"]]
    if len(rows) == 1:
        raise UsageError(f"{text} is alone in its link: there is nothing to take it out of")
    for change in project.store.open_changes(entity, [row["link"]]).get(row["link"], []):
        if change["status"] != "left" and (change["side"] == one[0] or change["status"] == "sent"):
            raise _still_open(change)
    return _link(project, entity, row["link"], rows)


def take_out(project: Project, entity: str, text: str) -> Link:
    """Take a record out of its link, and have the next sync match it again; gives what is left of the link.

    Raises UsageError, and changes nothing, where it is not linked, is alone, or has writes that are still open.
    Raises Locked during a run.
    """
    with exclusive(project.store, entity, project.clock):
        found = to_take_out(project, entity, text)
        side, key = place(project, entity, text)
        with project.store.transaction():
            row = project.store.known(entity, side, [key])[key]
            # What it missed while it was left alone is no longer owed to it.
            owed = project.store.open_changes(entity, [row["link"]]).get(row["link"], [])
            missed = [change["id"] for change in owed if change["status"] == "left" and change["side"] == side]
            project.store.mark(missed, status="dropped")
            project.store.save_records([{**row, **unlinked(entity, side, key)}])
            if project.mapping(entity).spec.sides[side].role == "target":
                project.store.release(entity, side, [key], project.clock())
            else:
                message = "a person took it out of its link; the next sync matches it again"
                titles = {(m.side, m.key): m.title for m in found.members}
                _have_read(project, entity, [(side, key)], message, titles)
        rest = tuple(member for member in found.members if member.side != side)
        return Link(entity, found.link, rest, changed=True)


def what_follows(spec: MappingSpec, side: str) -> str:
    """What the next sync does with a record of a side that is taken out of its link."""
    rest = f"What is left of the link gets another record on {side} when it is changed next."
    if spec.sides[side].role == "target":
        first = f"{side} is only written to: it is linked again when a new record of another side matches it."
        return f"{first} {rest}"
    others = " and ".join(name for name, other in spec.sides.items() if name != side and other.role != "source")
    created = f"; if nothing matches it, it is created on {others}" if others else ""
    first = f"The next sync matches it again, by its stamp and the match rules{created}."
    return first if spec.sides[side].role == "source" else f"{first} {rest}"
