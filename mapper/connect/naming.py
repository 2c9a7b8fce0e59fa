"""References that a vendor reads by the key of a record, and writes by another member of it."""

from __future__ import annotations

from dataclasses import dataclass

from mapper.connect.account import Account
from mapper.connect.encoding import copied
from mapper.connect.reading import Reading
from mapper.connect.templates import path, template
from mapper.errors import Missing
from mapper.expr.paths import Path
from mapper.records import ABSENT, CLEAR, Record

_NOTHING = (ABSENT, CLEAR, None, "")


@dataclass(frozen=True, slots=True)
class Naming:
    """A field with a reference, and the member of the record referred to that stands for it on write."""

    place: Path
    resource: str
    member: Path


class Nameless(Exception):
    """A record that is referred to lacks the member by which it is named."""


class Names:
    """Puts names in the place of keys; a name that is known is not asked for again."""

    def __init__(self, account: Account, resource: str, reading: Reading) -> None:
        self._resource = resource
        self._reading = reading
        self._fields: list[Naming] = []
        self._known: dict[tuple[str, str], str] = {}
        for name, field in reading.about(resource).fields.items():
            member = template(field.names, field.pos)(account.scope) if field.names else None
            if member not in _NOTHING and field.ref:
                where = path(field.write or name, field.pos)
                self._fields.append(Naming(where, field.ref, path(str(member), field.pos)))

    def unknown(self, native: Record) -> set[tuple[str, str]]:
        """The records that have to be read before these values can be written."""
        found = {(one.resource, str(key)) for one, key in self._keys(native)}
        return found - self._known.keys()

    def put(self, native: Record) -> Record:
        """The values with names in the place of keys; what is no key is a name already. Raises Nameless."""
        for one, key in self._keys(native):
            native = copied(native)
            one.place.put(native, self._name(one, str(key)))
        return native

    def learn(self, key: str, written: Record) -> None:
        """Take up what a record that was just written is named by."""
        for one in self._fields:
            name = one.member.get(written)
            if one.resource == self._resource and name not in _NOTHING:
                self._known[one.resource, key] = str(name)

    def _keys(self, native: Record) -> list[tuple[Naming, object]]:
        found = ((one, one.place.get(native)) for one in self._fields)
        return [(one, key) for one, key in found if key not in _NOTHING]

    def _name(self, one: Naming, key: str) -> str:
        place = (one.resource, key)
        if place not in self._known:
            try:
                name = one.member.get(self._reading.get(one.resource, key))
            except Missing:
                name = key
            if name in _NOTHING:
                words = (
                    f"{one.place.text}: {one.resource} {key} has no {one.member.text}, by which alone it can be named"
                )
                raise Nameless(words)
            self._known[place] = str(name)
        return self._known[place]
