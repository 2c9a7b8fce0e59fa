"""Containers on the wire and decoded: how vendors hold the fields that their users make.

    pairs   [{key: id, value: v}]          {name: v}
    groups  [{key: category, value: l}]    {category: [labels]}
    ids     [{id, name}]                   [ids as text]

A value that is decoded already passes through `decode` unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mapper.records import CLEAR, ListTable
from mapper.spec.connector import Container
from mapper.spec.project import CustomField


class UnknownLabel(ValueError):
    """A label that is in no list of the vendor, so that it cannot be written."""


class Names:
    """The names of one container's fields; they may become known while the connection is in use."""

    def __init__(self, fields: dict[str, CustomField]) -> None:
        self.fields: dict[str, CustomField] = {}
        self.by_id: dict[str, str] = {}
        self.learn(fields)

    def learn(self, fields: dict[str, CustomField]) -> None:
        for name, about in fields.items():
            self.fields[name] = about
            self.by_id[about.id] = name

    def id_of(self, name: str) -> str:
        return self.fields[name].id if name in self.fields else name


class Codec(Protocol):
    """Both directions of one container."""

    def decode(self, value: Any) -> Any:
        """The wire's value, decoded."""

    def encode(self, value: Any) -> Any:
        """The decoded value as the wire wants it; raises UnknownLabel."""


class Pairs:
    """Custom fields as a list of key and value; a list value's label may stand in a second entry."""

    def __init__(self, spec: Container, names: Names) -> None:
        self._keys = spec.key or ("key",)
        self._value = spec.value or "value"
        self._suffix = spec.label_suffix or ""
        self._names = names

    def decode(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        by_id, suffix, content = self._names.by_id, self._suffix, self._value
        labels: dict[str, Any] = {}
        # A field that the vendor leaves out of a list that it sends has no value.
        decoded: dict[str, Any] = dict.fromkeys(self._names.fields)
        for entry in value:
            ident = _ident(entry, self._keys)
            if ident is None:
                continue
            if suffix and ident.endswith(suffix):
                ident = ident[: -len(suffix)]
                labels[by_id.get(ident, ident)] = entry.get(content)
            else:
                decoded[by_id.get(ident, ident)] = entry.get(content)
        decoded.update(labels)
        return decoded

    def encode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return [
            {self._keys[0]: self._names.id_of(name), self._value: "" if part is CLEAR else part}
            for name, part in value.items()
        ]


class Groups:
    """Tags as a list of category and label."""

    def __init__(self, spec: Container, names: Names) -> None:
        self._keys = spec.key or ("key",)
        self._value = spec.value or "value"
        self._extra = spec.extra
        self._names = names

    def decode(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        by_id = self._names.by_id
        decoded: dict[str, list[Any]] = {name: [] for name in self._names.fields}
        for entry in value:
            ident = _ident(entry, self._keys)
            label = None if ident is None else entry.get(self._value)
            if ident is not None and label is not None:
                decoded.setdefault(by_id.get(ident, ident), []).append(label)
        return decoded

    def encode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return [
            {self._keys[0]: self._names.id_of(name), self._value: label, **self._extra}
            for name, labels in value.items()
            for label in several(labels)
        ]


class Ids:
    """References to values of a list; their labels are learnt from the records that are read."""

    def __init__(self, spec: Container, learnt: ListTable, whole: Callable[[], ListTable]) -> None:
        self._key = spec.key[0] if spec.key else "id"
        self._labels = (spec.value,) if spec.value else ("name", "label")
        self._learnt = learnt
        self._whole = whole

    def decode(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        decoded: list[str] = []
        for entry in value:
            if not isinstance(entry, dict):
                decoded.append(str(entry))
                continue
            ident, label = entry.get(self._key), _first(entry, self._labels)
            if ident is not None:
                decoded.append(str(ident))
                if label is not None:
                    self._learnt.add(ident, str(label))
        return decoded

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


def _first(entry: dict[str, Any], names: Iterable[str]) -> Any:
    """The first member under any of these names that is not null."""
    return next((entry[name] for name in names if entry.get(name) is not None), None)
