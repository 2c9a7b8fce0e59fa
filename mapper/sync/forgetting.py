"""Forgetting one person: who is meant, who still holds the record, and whether nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from mapper.errors import Missing, RemoteError, StateError, UsageError
from mapper.expr.paths import parse_path
from mapper.state import Store, exclusive, forget, history
from mapper.state.copies import copies_beside
from mapper.state.history import Place
from mapper.state.scrubbing import scrub
from mapper.sync.whichrecord import find, forgettable

if TYPE_CHECKING:
    from mapper.sync.project import Project

#: Types whose values tell who somebody is.
_TELLING = frozenset({"email", "phone", "siret", "siren", "vat", "iban", "person"})


@dataclass(frozen=True)
class Person:
    """One record with all that is linked to it: `places` are sides and keys, `held` what the vendors say of them."""

    entity: str
    link: str | None
    places: tuple[Place, ...]
    held: dict[str, str]

    @property
    def still_held(self) -> list[str]:
        """The sides on which the record is, or may be."""
        return [side for side, word in self.held.items() if word != "gone"]


@dataclass(frozen=True)
class Forgotten:
    """What was erased, by table; and how many rows of other records hold a value by which the person is recognised.

    `copies` are files that an upgrade left beside the state, which are not searched.
    """

    person: Person
    erased: dict[str, int]
    values: int
    elsewhere: dict[str, int]
    copies: tuple[str, ...] = ()


def person(project: Project, entity: str, key: str, side: str | None) -> Person:
    """Who is meant, with one question to each side; raises UsageError where nothing is known of that key.

    One who was forgotten before may be forgotten again: the state is searched, and its room given up, once more.
    """
    store, spec = project.store, project.mapping(entity).spec
    try:
        subject = find(store, spec, project.entities, key, side)
    except UsageError:
        before = [place for place in forgettable(spec, key, side) if forget.forgotten_at(store, entity, [place])]
        if not before:
            raise
        return Person(entity, None, tuple(before), {})
    places = _places(store, entity, subject.link, [subject.place] if subject.place else [])
    held = {f"{s}:{k}": _asked(project, entity, s, k) for s, k in places if s in spec.sides}
    return Person(entity, subject.link, places, held)


def _places(store: Store, entity: str, link: str | None, first: Sequence[Place]) -> tuple[Place, ...]:
    """These records with all that are, or were, of their link."""
    places = set(first)
    if link:
        places |= {(row["side"], row["key"]) for row in store.linked(entity, [link]).get(link, [])}
        written = history.changes_of(store, entity, link, sorted(places))
        places |= {(row["side"], row["key"]) for row in written if row["key"] and row["link"] == link}
    return tuple(sorted(places))


def _asked(project: Project, entity: str, side: str, key: str) -> str:
    spec = project.mapping(entity).spec.sides[side]
    try:
        project.connection(spec.connection or side).get(spec.resource, key)
    except Missing:
        return "gone"
    except RemoteError:
        return "not answered"
    return "there"


def erase(project: Project, who: Person) -> Forgotten:
    """Erase a person, and search the whole state for what is left; raises StateError where anything is."""
    store = project.store
    with exclusive(store, who.entity, project.clock):
        # A run may have written more of the person while somebody was asked.
        who = replace(who, places=_places(store, who.entity, who.link, who.places))
        values = set(_values(project, who))
        erased = forget.erase(store, who.entity, who.places, who.link, project.clock(), values)
    scrub(store)
    if left := forget.left(store, who.entity, who.places, who.link):
        raise StateError(f"rows of the person are left in {', '.join(left)}", hint="run it again")
    return Forgotten(who, erased, len(values), forget.holding(store, values), tuple(copies_beside(store.engine)))


def _values(project: Project, who: Person) -> Iterator[str]:
    """The values by which a person is recognised: those of telling types, and those that records are matched by."""
    spec = project.mapping(who.entity).spec
    names = set(_words(spec.match)) & set(spec.fields)
    names |= {name for name, row in spec.fields.items() if row.type in _TELLING}
    # Of who was never linked there are only records in a vendor's own words.
    paths = [parse_path(cell.path) for name in names for cell in spec.fields[name].cells.values() if cell.path]
    for text in forget.remembered(project.store, who.entity, who.places, who.link):
        if text.startswith("{"):
            data = orjson.loads(text)
            yield from _named(data, names)
            found = [path.get(data) for path in paths]
            yield from (str(value) for value in found if isinstance(value, str | int) and str(value).strip())


def _words(rules: Any) -> Iterator[str]:
    """All texts of the match rules, among which the fields are that they compare."""
    if isinstance(rules, str):
        yield rules
    elif isinstance(rules, Mapping):
        yield from _words(list(rules.values()))
    elif isinstance(rules, Sequence):
        for rule in rules:
            yield from _words(rule)


def _named(data: Any, names: set[str]) -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name in names and isinstance(value, str) and value:
                yield value
            # A record that waits for a person's decision stands in quarantine as it was spooled, in text.
            inner = name == "canonical" and isinstance(value, str)
            yield from _named(orjson.loads(value) if inner else value, names)
