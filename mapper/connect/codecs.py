"""Containers on the wire and decoded: how vendors hold the fields that their users make.

    pairs   [{key: id, value: v}]          {name: v}
    groups  [{key: category, value: l}]    {category: [labels]}
    ids     [{id, name}]                   [ids as text]

A value that is decoded already passes through `decode` unchanged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mapper.errors import Problem, SpecError
from mapper.plugins import installed
from mapper.records import CLEAR, ListTable, Record
from mapper.spec.connector import Container
from mapper.spec.document import nearest
from mapper.spec.project import CustomField

#: How many ids a codec remembers.
_MOST = 10_000


class UnknownLabel(ValueError):
    """A label that is in no list of the vendor, so that it cannot be written."""


class Names:
    """The names of one container's fields; they may become known while the connection is in use."""

    def __init__(self, fields: dict[str, CustomField]) -> None:
        self.fields: dict[str, CustomField] = {}
        self.by_id: dict[str, str] = {}
        #: What an entry's id has come to, for codecs: the same few ids stand in every record.
        self.met: dict[Any, tuple[str, bool]] = {}
        self.learn(fields)

    def learn(self, fields: dict[str, CustomField]) -> None:
        for name, about in fields.items():
            self.fields[name] = about
            self.by_id[about.id] = name
        self.met.clear()

    def clear(self) -> None:
        self.fields.clear()
        self.by_id.clear()
        self.met.clear()

    def id_of(self, name: str) -> str:
        return self.fields[name].id if name in self.fields else name


class Codec(Protocol):
    """Both directions of one container."""

    def decode(self, value: Any) -> Any:
        """The wire's value, decoded."""

    def encode(self, value: Any) -> Any:
        """The decoded value as the wire wants it; raises UnknownLabel."""


class Bulk(ABC):
    """A codec that decodes a page of records at once: what is the same for all of them is looked up once."""

    def decode(self, value: Any) -> Any:
        record: Record = {"": value}
        self.decode_in([record], "")
        return record[""]

    @abstractmethod
    def decode_in(self, records: list[Record], member: str) -> None:
        """Decode this member of every record that has it, in its place."""

    @abstractmethod
    def encode(self, value: Any) -> Any: ...


def decoding(codec: Codec) -> Callable[[list[Record], str], None]:
    """What decodes a member of many records in its place; codecs of other packages know single values only."""
    if isinstance(codec, Bulk):
        return codec.decode_in

    def one_by_one(records: list[Record], member: str) -> None:
        for record in records:
            if member in record:
                record[member] = codec.decode(record[member])

    return one_by_one


class Pairs(Bulk):
    """Custom fields as a list of key and value; a list value's label may stand in a second entry."""

    def __init__(self, spec: Container, names: Names) -> None:
        self._keys = spec.key or ("key",)
        self._value = spec.value or "value"
        self._members = spec.values
        self._kind = spec.type
        self._suffix = spec.label_suffix or ""
        self._names = names

    def decode_in(self, records: list[Record], member: str) -> None:
        met, key, content, fields = self._names.met, self._keys[0], self._value, self._names.fields
        typed = dict.fromkeys(self._members.values())
        for record in records:
            value = record.get(member)
            if not isinstance(value, list):
                continue
            if typed:
                value = [_untyped(entry, typed, content) for entry in value]
            labels: dict[str, Any] = {}
            # A field that the vendor leaves out of a list that it sends has no value.
            decoded: dict[str, Any] = dict.fromkeys(fields) if fields else {}
            for entry in value:
                try:
                    name, labelled = met[entry[key]]
                    held = entry[content]
                except (KeyError, TypeError):
                    found = self._place(entry)
                    if found is None:
                        continue
                    name, labelled = found
                    held = entry.get(content)
                if labelled:
                    labels[name] = held
                else:
                    decoded[name] = held
            if labels:
                decoded.update(labels)
            record[member] = decoded

    def _place(self, entry: Any) -> tuple[str, bool] | None:
        """The field that an entry is about, and whether it holds the label of its value; None for what is no entry."""
        ident = _ident(entry, self._keys)
        if ident is None:
            return None
        by_id, suffix = self._names.by_id, self._suffix
        labelled = bool(suffix) and ident.endswith(suffix)
        if labelled:
            ident = ident[: -len(suffix)]
        return _remember(self._names.met, entry.get(self._keys[0]), (by_id.get(ident, ident), labelled))

    def encode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        # No empty text fits a member that holds numbers.
        empty = None if self._members else ""
        return [
            {self._keys[0]: self._names.id_of(name), self._member(name): empty if part is CLEAR else part}
            for name, part in value.items()
        ]

    def _member(self, name: str) -> str:
        """The member that holds the value of a field."""
        about = self._names.fields.get(name)
        return self._members.get(about.type if about else self._kind, self._value)


class Groups(Bulk):
    """Tags as a list of category and label."""

    def __init__(self, spec: Container, names: Names) -> None:
        self._keys = spec.key or ("key",)
        self._value = spec.value or "value"
        self._extra = spec.extra
        self._names = names

    def decode_in(self, records: list[Record], member: str) -> None:
        met, key, content, fields = self._names.met, self._keys[0], self._value, self._names.fields
        for record in records:
            value = record.get(member)
            if not isinstance(value, list):
                continue
            decoded: dict[str, list[Any]] = {name: [] for name in fields} if fields else {}
            for entry in value:
                try:
                    name, _ = met[entry[key]]
                except (KeyError, TypeError):
                    ident = _ident(entry, self._keys)
                    if ident is None:
                        continue
                    name, _ = _remember(met, entry.get(key), (self._names.by_id.get(ident, ident), False))
                label = entry.get(content)
                if label is not None:
                    if name in decoded:
                        decoded[name].append(label)
                    else:
                        decoded[name] = [label]
            record[member] = decoded

    def encode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return [
            {self._keys[0]: self._names.id_of(name), self._value: label, **self._extra}
            for name, labels in value.items()
            for label in several(labels)
        ]


class Ids(Bulk):
    """References to values of a list; their labels are learnt from the records that are read."""

    def __init__(self, spec: Container, learnt: ListTable, whole: Callable[[], ListTable]) -> None:
        self._key = spec.key[0] if spec.key else "id"
        self._labels = (spec.value,) if spec.value else ("name", "label")
        self._learnt = learnt
        self._whole = whole

    def decode_in(self, records: list[Record], member: str) -> None:
        key, shown, labels, wire = self._key, self._labels[0], self._learnt.labels, self._learnt.wire
        for record in records:
            value = record.get(member)
            if not isinstance(value, list):
                continue
            decoded: list[str] = []
            for entry in value:
                try:
                    ident = entry[key]
                    text = str(ident)
                    known = labels[text] == entry[shown] and type(wire[text]) is type(ident)
                except (KeyError, TypeError):
                    known = False
                # What is known is not learnt again: that a record bears it does not say that it can still be chosen.
                if known or (text := self._learn(entry)):
                    decoded.append(text)
            record[member] = decoded

    def _learn(self, entry: Any) -> str:
        """The id of an entry, as text, once its label is learnt; nothing where it has none."""
        if not isinstance(entry, dict):
            return str(entry)
        ident, label = entry.get(self._key), _first(entry, self._labels)
        if ident is None:
            return ""
        if label is not None:
            self._learnt.add(ident, str(label))
        return str(ident)

    def encode(self, value: Any) -> Any:
        table = self._whole()
        encoded = []
        for label in several(value):
            if isinstance(label, dict):
                encoded.append(label)
                continue
            ident = table.find(label)
            if ident is None:
                raise UnknownLabel(f"'{label}' is not in the list {table.name}")
            encoded.append({self._key: table.wire[ident]})
        return encoded


def codec_of(spec: Container, names: Names, ids: Callable[[], Ids]) -> Codec | None:
    """The codec of a container, of another package where none here has its name; None where each value has its call.

    `ids` makes the one that needs a list.
    """
    match spec.codec:
        case "pairs":
            return Pairs(spec, names)
        case "groups":
            return Groups(spec, names)
        case "ids":
            return ids()
        case "per_record":
            return None
    codecs = installed("mapper.codecs")
    if spec.codec not in codecs:
        known = ["pairs", "groups", "ids", "per_record", *codecs]
        raise SpecError([Problem(spec.pos, f"there is no codec '{spec.codec}'", nearest(spec.codec, known))])
    codec: Codec = codecs[spec.codec](spec, names)
    return codec


def _untyped(entry: Any, members: Iterable[str], content: str) -> Any:
    """An entry whose value stands under the one name, whatever its type."""
    return {**entry, content: _first(entry, members)} if isinstance(entry, dict) and content not in entry else entry


def several(value: Any) -> list[Any]:
    """A value that may be one, many or none as a list."""
    if value is None or value is CLEAR or value == "":
        return []
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _ident(entry: Any, names: tuple[str, ...]) -> str | None:
    """The id that an entry bears under one of these names, as text; None for what is no entry."""
    if not isinstance(entry, dict):
        return None
    for name in names:
        key = entry.get(name)
        if key is not None:
            return key if type(key) is str else str(key)
    return None


def _remember(met: dict[Any, tuple[str, bool]], key: Any, found: tuple[str, bool]) -> tuple[str, bool]:
    """Keep what a text came to; other ids are rare, and 1 is not the same as True."""
    if type(key) is str and len(met) < _MOST:
        met[key] = found
    return found


def _first(entry: dict[str, Any], names: Iterable[str]) -> Any:
    """The first member under any of these names that is not null."""
    return next((entry[name] for name in names if entry.get(name) is not None), None)
