"""Which record a person means: by a key on any side, by `side:key`, or by a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from mapper.errors import UsageError
from mapper.spec.document import nearest
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.state import Store, history
from mapper.state.forget import forgotten_at

#: From how many characters on a key that is not known is looked for among the records' names.
_NAME = 3


@dataclass(frozen=True)
class Subject:
    """What was asked for: a record, or a link, or both."""

    place: history.Place | None
    link: str | None


def find(store: Store, spec: MappingSpec, entities: Iterable[str], key: str, side: str | None) -> Subject:
    """The one record or link that is meant; raises UsageError where there is none, or more than one."""
    entity = spec.entity
    first, colon, rest = key.partition(":")
    if side is None and colon and first == "link" and history.knows_link(store, entity, rest):
        return Subject(None, rest)
    places = [place for place in history.places_of(store, entity, key) if side in (None, place[0])]
    if side is None and first in spec.sides and rest:
        named = [place for place in history.places_of(store, entity, rest) if place[0] == first]
        # A key may hold a colon itself, but what names a side means that side.
        places = named or places
    if not places:
        if side is None and history.knows_link(store, entity, key):
            return Subject(None, key)
        raise _unknown(store, spec, entities, key, side)
    subjects = [Subject(place, _link(store, entity, place)) for place in places]
    if len(subjects) > 1 and (subjects[0].link is None or len({subject.link for subject in subjects}) > 1):
        names = ", ".join(place[0] for place in places)
        raise UsageError(f"several sides have a {entity} with the key '{key}': {names}", hint="say which with --side")
    return subjects[0]


def _link(store: Store, entity: str, place: history.Place) -> str | None:
    """The link of a record; of one that is no longer known, that of the last write to it, or of it."""
    row = store.known(entity, place[0], [place[1]]).get(place[1])
    if row is not None:
        return str(row["link"]) if row["link"] else None
    written = history.changes_of(store, entity, None, [place])
    done = [change for change in written if change["status"] != "draft"]
    return str(done[-1]["link"]) if done else None


def _unknown(store: Store, spec: MappingSpec, entities: Iterable[str], key: str, side: str | None) -> UsageError:
    """That nothing is known, with what comes nearest to what was asked for."""
    entity = spec.entity
    if side is not None and side not in spec.sides:
        return UsageError(f"the mapping of {entity} has no side '{side}'", hint=nearest(side, spec.sides))
    bare = _bare(spec, key)
    if at := forgotten_at(store, entity, forgettable(spec, key, side)):
        day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
        return UsageError(f"this {entity} was forgotten on {day}, and nothing is known of it")
    where = f"{side} " if side else ""
    words = f"nothing is known of the {entity} {where}'{key}'"
    if elsewhere := history.places_of(store, entity, bare):
        return UsageError(words, hint=f"this key is known on another side: {_shown(elsewhere)}")
    for other in entities:
        if other != entity and (found := history.places_of(store, other, bare)):
            return UsageError(words, hint=f"there is a {other} with this key: mapper why {other} {_shown(found[:1])}")
    if len(key) >= _NAME and (named := history.titled(store, entity, key)):
        return UsageError(words, hint=f"records whose names begin so: {_shown(named)}")
    if close := _near(store, entity, bare):
        return UsageError(words, hint=f"did you mean {_shown(close)}?")
    first, colon, rest = key.partition(":")
    if colon and history.places_of(store, entity, rest):
        return UsageError(words, hint=f"the mapping has no side '{first}': {nearest(first, spec.sides)}")
    if not store.cursors(entity):
        return UsageError(words, hint=f"no sync of {entity} has been done yet: run `mapper sync {entity}` first")
    sides = side or ", ".join(spec.sides)
    return UsageError(words, hint=f"no run has read it on {sides}: check the key, or run `mapper sync {entity}`")


def forgettable(spec: MappingSpec, key: str, side: str | None) -> list[history.Place]:
    """The records that a key may mean of which nothing is known."""
    first, colon, _ = key.partition(":")
    named = side or (first if colon and first in spec.sides else None)
    return [(name, _bare(spec, key)) for name in spec.sides if named in (None, name)]


def _bare(spec: MappingSpec, key: str) -> str:
    """A key without the side that stands before it."""
    first, _, rest = key.partition(":")
    return rest if first in spec.sides and rest else key


def _near(store: Store, entity: str, key: str) -> list[history.Place]:
    places = history.keys_like(store, entity, key)
    folded = {place[1].lower(): place for place in reversed(places) if not place[1].startswith("link:")}
    return [folded[name] for name in get_close_matches(key.lower(), folded, n=3, cutoff=0.75)]


def _shown(places: Iterable[history.Place]) -> str:
    return ", ".join(f"{side}:{key}" for side, key in places)
