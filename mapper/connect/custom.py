"""Custom fields: from the project's catalogue, or from the vendor's definitions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

from mapper.connect.account import Account
from mapper.connect.codecs import Codec, Ids, Names, codec_of, decoding
from mapper.connect.lists import Lists
from mapper.connect.operations import Operations
from mapper.connect.templates import path, place
from mapper.errors import UsageError
from mapper.expr.paths import Path
from mapper.records import ABSENT, Record
from mapper.spec.connector import Container, FieldType, OwnFields, Resource
from mapper.spec.project import Catalogue, CustomField

_USUAL = {
    "id": ("id", "Id", "ID", "Guid", "FieldId", "key"),
    "label": ("label", "Label", "name", "Name"),
    "type": ("type",),
    "readonly": ("readonly", "readOnly"),
    "options": ("options", "values"),
}


class Customs:
    """The containers of one connection: their codecs, and the names of the fields in them."""

    def __init__(self, account: Account, operations: Operations, lists: Lists, catalogue: Catalogue) -> None:
        self._account = account
        self._operations = operations
        self._lock = threading.RLock()
        self._names: dict[tuple[str, str], Names] = {}
        self._asked: set[tuple[str, str]] = set()
        self._options: dict[tuple[str, str], dict[str, list[Record]]] = {}
        self.codecs: dict[str, list[tuple[str, Path, Codec]]] = {}
        #: By resource the members that may stand under another name, with that name.
        self._aliases = {name: _aliases(about) for name, about in account.spec.resources.items()}
        for resource, about in account.spec.resources.items():
            codecs = self.codecs.setdefault(resource, [])
            for member, spec in about.containers.items():
                names = Names(catalogue.fields.get(f"{resource}.{member}", {}))
                self._names[resource, member] = names
                codec = codec_of(spec, names, partial(_ids, spec, lists, f"{resource}.{member}"))
                if codec is not None:
                    codecs.append((member, path(member, spec.pos), codec))

    def container(self, resource: str, member: str) -> Container:
        """What the connector says of a container; raises UsageError where it has none of this name."""
        about = self._account.spec.resources.get(resource)
        if about is None or member not in about.containers:
            raise UsageError(f"the connector {self._account.spec.connector} has no container {resource}.{member}")
        return about.containers[member]

    def names(self, resource: str, member: str) -> Names:
        return self._names[resource, member]

    def fields(self, resource: str, member: str) -> dict[str, CustomField]:
        """The custom fields of a container by name; the vendor is asked once, and only without a catalogue."""
        spec, names = self.container(resource, member), self._names[resource, member]
        with self._lock:
            if not names.fields and spec.definitions and (resource, member) not in self._asked:
                names.learn(self._defined(resource, member, spec))
                self._asked.add((resource, member))
        return names.fields

    def renew(self) -> None:
        """Have the vendor asked again for what it was asked for."""
        with self._lock:
            for place in self._asked:
                self._names[place].clear()
            self._asked.clear()
            self._options.clear()

    def options(self, resource: str, member: str, ident: str) -> list[Record]:
        """The options of a choice field as its definition has them; none where there are no definitions."""
        spec, place = self.container(resource, member), (resource, member)
        with self._lock:
            if spec.definitions and place not in self._options:
                self._defined(resource, member, spec)
        return self._options.get(place, {}).get(ident, [])

    def decode(self, resource: str, item: Record) -> Record:
        """The record with its containers decoded; the caller's own is left as it is."""
        record = item
        for _, where, codec in self.codecs[resource]:
            value = where.get(record)
            if value is ABSENT:
                continue
            decoded = codec.decode(value)
            if decoded is not value:
                if record is item:
                    record = dict(item)
                _place(record, where.parts, decoded)
        for parts, alias in self._aliases[resource]:
            if _holder(record, parts, alias) is not None:
                record = deepcopy(record)
                _rename(record, parts, alias)
        return record

    def decoder(self, resource: str) -> Callable[[list[Record]], list[Record]]:
        """What decodes the records of a page; nobody else holds them, so they may be changed in their place."""
        codecs, aliases = self.codecs[resource], self._aliases[resource]
        steps = [(where.parts[0], decoding(codec)) for _, where, codec in codecs if len(where.parts) == 1]
        if len(steps) < len(codecs):
            return lambda records: [self.decode(resource, record) for record in records]

        def decode(records: list[Record]) -> list[Record]:
            for member, step in steps:
                step(records, member)
            for parts, alias in aliases:
                for record in records:
                    _rename(record, parts, alias)
            return records

        return decode

    def own(self, resource: str) -> dict[str, CustomField]:
        """The fields that the vendor tells of and the connector does not declare, by their places in a record."""
        about = self._account.spec.resources[resource]
        if about.own_fields is None:
            return {}
        told = {field.id: field for field, _ in self._told(resource, "", about.own_fields)}
        return {name: field for name, field in told.items() if name not in about.fields}

    def _defined(self, resource: str, member: str, spec: Container) -> dict[str, CustomField]:
        found: dict[str, CustomField] = {}
        raw = self._options.setdefault((resource, member), {})
        for field, options in self._told(resource, member, spec):
            raw[field.id] = [o for o in options if isinstance(o, dict)] if isinstance(options, list) else []
            name = field.label or field.id
            found[f"{name} ({field.id})" if name in found else name] = field
        return found

    def _told(self, resource: str, member: str, spec: Container | OwnFields) -> Iterator[tuple[CustomField, Any]]:
        """Each definition that the vendor lists, and its options as they come."""
        call = self._operations.need(resource, spec.definitions or "")
        look = _lookups(spec)
        for cut in self._operations.walk(call, {**spec.with_, "resource": resource, "container": member}):
            for item in cut.items:
                ident = look["id"](item)
                if ident is None:
                    raise self._operations.nonsense(call, "a definition without an id")
                yield _custom(spec, str(ident), item, look), look["options"](item)


def _ids(spec: Container, lists: Lists, place: str) -> Ids:
    name = spec.list or place
    return Ids(spec, lists.learnt(name), partial(lists.table, "", name))


def _place(record: Record, parts: tuple[str, ...], value: Any) -> None:
    """Replace one value; the dicts on the way to it are replaced by copies."""
    for part in parts[:-1]:
        below = record[part] = dict(record[part])
        record = below
    record[parts[-1]] = value


def _aliases(about: Resource) -> list[tuple[tuple[str, ...], str]]:
    named = {name: field.alias for name, field in about.fields.items() if field.alias}
    return [(path(about.fields[name].read or name, about.pos).parts, alias) for name, alias in named.items()]


def _holder(record: Record, parts: tuple[str, ...], alias: str) -> Record | None:
    """The table in which a member stands under its other name."""
    found: Any = record
    for part in parts[:-1]:
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) and alias in found else None


def _rename(record: Record, parts: tuple[str, ...], alias: str) -> None:
    """Let a member stand under its own name; what it holds there already counts more."""
    if (holder := _holder(record, parts, alias)) is not None:
        value = holder.pop(alias)
        if holder.get(parts[-1]) is None:
            holder[parts[-1]] = value


def _lookups(spec: Container | OwnFields) -> dict[str, Callable[[Any], Any]]:
    """How each fact of a definition is found: where the connector says, or under the usual names."""

    def look(what: str) -> Callable[[Any], Any]:
        said = place(spec.describe.get(what), spec.pos)
        paths = [said] if said else [path(name, spec.pos) for name in _USUAL[what]]

        def find(item: Any) -> Any:
            return next((v for one in paths if (v := one.get(item)) is not ABSENT and v is not None), None)

        return find

    return {what: look(what) for what in _USUAL}


def _custom(spec: Container | OwnFields, ident: str, item: Any, look: dict[str, Callable[[Any], Any]]) -> CustomField:
    label, kind, options = look["label"](item), look["type"](item), look["options"](item)
    if isinstance(kind, dict):
        kind = next((kind[name] for name in ("label", "name", "id") if kind.get(name) is not None), None)
    values = _options(options)
    default: FieldType = "list" if values else spec.type
    return CustomField(
        id=ident,
        type=spec.types.get(str(kind), default),
        label=None if label is None else str(label),
        readonly=look["readonly"](item) is True,
        options=values,
    )


def _options(options: Any) -> dict[str, str]:
    if isinstance(options, dict):
        return {str(ident): str(label) for ident, label in options.items()}
    values: dict[str, str] = {}
    for option in options if isinstance(options, list) else ():
        if isinstance(option, dict):
            ident = next((option[n] for n in ("id", "value", "code") if option.get(n) is not None), None)
            label = next((option[n] for n in ("label", "name", "value") if option.get(n) is not None), ident)
            if ident is not None:
                values[str(ident)] = str(label)
        else:
            values[str(option)] = str(option)
    return values
