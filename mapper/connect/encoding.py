"""From a draft to what is sent: containers encoded, fields emptied as the vendor wants it, defaults filled in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mapper.connect.account import Account
from mapper.connect.codecs import several
from mapper.connect.custom import Customs
from mapper.connect.shapes import Draft
from mapper.connect.templates import Render, path, place, template
from mapper.expr.paths import Path
from mapper.records import ABSENT, ATOMS, CLEAR, Items, Record
from mapper.spec.connector import Resource

#: What `zero` empties by 0.
_COUNTED = ("number", "decimal", "flag", "list", "ref")


class Encoder:
    """Encodes drafts of one resource."""

    def __init__(self, account: Account, resource: str, about: Resource, customs: Customs) -> None:
        self._scope = account.scope
        self._resource = resource
        self._containers = about.containers
        self._codecs = customs.codecs[resource]
        self._names = {member: customs.names(resource, member) for member in about.containers}
        self._clear = account.spec.wire.clear
        self._clears = {
            path(field.write or name, field.pos).parts: field.clear
            for name, field in about.fields.items()
            if field.clear
        }
        self._counted = {
            path(field.write or name, field.pos).parts for name, field in about.fields.items() if field.type in _COUNTED
        }
        self._readonly = [path(name, field.pos).parts for name, field in about.fields.items() if field.readonly]
        self._movable = [
            (path(field.read or name, field.pos), path(field.write or name, field.pos))
            for name, field in about.fields.items()
            if not (field.readonly or field.write_once or field.type == "object")
        ]
        self._texts = [
            path(field.write or name, field.pos) for name, field in about.fields.items() if field.sends == "text"
        ]
        self._created = [
            (path(field.write or name, field.pos), path(field.create, field.pos))
            for name, field in about.fields.items()
            if field.create
        ]
        self._stamp = place(about.stamp_key, about.pos)
        self._defaults: list[tuple[Path, Render]] = [
            (path(name, about.pos), template(value, about.pos)) for name, value in about.write_defaults.items()
        ]
        self._complete = about.complete
        self.per_record = [name for name, spec in about.containers.items() if spec.codec == "per_record"]

    def split(self, draft: Draft) -> tuple[Record, dict[str, dict[str, Any]]]:
        """The part of a draft that the main call writes, and by container what calls of its own write."""
        apart = {}
        for member in self.per_record:
            values = draft.native.get(member)
            if isinstance(values, dict) and values:
                apart[member] = {name: value for name, value in values.items() if value is not ABSENT}
        return {key: value for key, value in draft.native.items() if key not in self.per_record}, apart

    def incomplete(self, native: Record) -> bool:
        """Whether an update touches a part of a member that can only be replaced whole."""
        return any(isinstance(native.get(member), dict) for member in self._complete) or _has_items(native)

    def completed(self, native: Record, current: Record) -> Record:
        """The changes, with the members that are replaced whole filled up from the current record."""
        whole = dict(native)
        for member in self._complete:
            change, have = native.get(member), current.get(member)
            if isinstance(change, dict) and isinstance(have, dict):
                whole[member] = _overlaid(self._writable(member, have), change)
        return _with_items(whole, current)

    def filled(self, native: Record, current: Record) -> Record:
        """The changes laid over everything that can be written of the current record."""
        whole: Record = {}
        for read, write in self._movable:
            if (value := read.get(current)) not in (ABSENT, None):
                write.put(whole, _without_nulls(value))
        for member, spec in self._containers.items():
            if spec.codec != "per_record" and current.get(member) is not None:
                whole[member] = self._writable(member, current[member])
        return _overlaid(whole, native)

    def encode(self, draft: Draft, native: Record) -> Record:
        """The record as the wire wants it; raises UnknownLabel."""
        record = native
        if draft.kind == "create":
            record = self._moved(self._with_defaults(native, draft.stamp))
        encoded: Record = dict(record)
        for member, where, codec in self._codecs:
            value = where.get(record)
            if value is ABSENT:
                continue
            wire = codec.encode(_without_absent(value))
            adds_only = self._containers[member].removes is not None
            encoded = _placed(encoded, where.parts, ABSENT if adds_only and not wire else wire)
        plain: Record = self._plain(encoded, ())
        for where in self._texts:
            if (value := where.get(plain)) not in (ABSENT, None) and not isinstance(value, str):
                where.put(plain, str(value))
        return plain

    def _moved(self, native: Record) -> Record:
        """A new record with the members that stand elsewhere on create."""
        record = native
        for write, create in self._created:
            value = write.get(native)
            if value is not ABSENT:
                record = {name: part for name, part in record.items() if name != write.parts[0]}
                create.put(record, value)
        return record

    def removals(self, draft: Draft) -> dict[str, list[Any]]:
        """By container, the entries that an own call takes away."""
        entries: dict[str, list[Any]] = {}
        for dotted, labels in draft.removed.items():
            member = self._member(dotted)
            if not member or not labels or self._containers[member].removes is None:
                continue
            codec = next(codec for name, _, codec in self._codecs if name == member)
            entries.setdefault(member, []).extend(codec.encode({dotted[len(member) + 1 :]: several(labels)}))
        return entries

    def lasting(self, draft: Draft) -> dict[str, str]:
        """By path, why what a draft takes away stays: nothing can take it out of a container that is only added to."""
        members = {dotted: dotted.partition(".")[0] for dotted, labels in draft.removed.items() if labels}
        return {
            dotted: f"{', '.join(map(str, several(draft.removed[dotted])))} can only be taken away by hand there"
            for dotted, member in members.items()
            if member in self._containers and self._containers[member].adds_only
        }

    def _member(self, dotted: str) -> str:
        groups = (name for name, spec in self._containers.items() if spec.codec == "groups")
        return next((name for name in groups if dotted.startswith(f"{name}.")), "")

    def _with_defaults(self, native: Record, stamp: str) -> Record:
        record = copied(native)
        for where, render in self._defaults:
            if where.get(record) is ABSENT and (value := render(self._scope)) is not ABSENT:
                where.put(record, value)
        if stamp and self._stamp is not None and self._stamp.get(record) in (ABSENT, None):
            self._stamp.put(record, stamp)
        return record

    def _writable(self, member: str, have: Any) -> Any:
        """A member as read, without what the vendor alone writes and without custom fields that hold nothing."""
        if not isinstance(have, dict):
            return have
        drop = {parts[1] for parts in self._readonly if parts[:1] == (member,) and len(parts) == 2}
        container = member in self._containers
        return {key: value for key, value in have.items() if key not in drop and not (container and value is None)}

    def _plain(self, value: Any, steps: tuple[str, ...]) -> Any:
        """The value without the markers CLEAR and ABSENT."""
        if isinstance(value, dict):
            found = {}
            for key, part in value.items():
                if part.__class__ in ATOMS:
                    found[key] = part
                elif (plain := self._plain(part, (*steps, key))) is not ABSENT:
                    found[key] = plain
            return found
        if isinstance(value, list | tuple):
            return [part for item in value if (part := self._plain(item, steps)) is not ABSENT]
        if value is CLEAR:
            how = self._clears.get(steps, self._clear)
            if how == "zero":
                return 0 if steps in self._counted else ""
            return {"null": None, "empty": "", "omit": ABSENT}[how or "null"]
        return value


def _has_items(value: Any) -> bool:
    """Whether there are items in it that must be merged into the lists that the vendor has."""
    return isinstance(value, Items) or (isinstance(value, dict) and any(map(_has_items, value.values())))


def _with_items(change: Record, current: Record) -> Record:
    """The changes with their items merged into the current lists."""
    whole: Record = {}
    for key, value in change.items():
        have = current.get(key)
        if isinstance(value, Items):
            whole[key] = value.merged(have)
        elif isinstance(value, dict):
            whole[key] = _with_items(value, have if isinstance(have, dict) else {})
        else:
            whole[key] = value
    return whole


def _without_nulls(value: Any) -> Any:
    """A value as it was read, for it to be sent again: what is null inside it says nothing, and may be refused."""
    if isinstance(value, list):
        return [_without_nulls(part) for part in value]
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return value


def _overlaid(have: Record, change: Mapping[str, Any]) -> Record:
    """The change laid over what is there, table by table."""
    whole = dict(have)
    for key, value in change.items():
        under = whole.get(key)
        if isinstance(value, Items):
            whole[key] = value.merged(under)
        else:
            whole[key] = _overlaid(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return whole


def copied(record: Record) -> Record:
    """The record with tables of its own, so that one value of it can be changed."""
    return {key: copied(value) if isinstance(value, dict) else value for key, value in record.items()}


def _placed(record: Record, parts: tuple[str, ...], value: Any) -> Record:
    """A copy of the record with one value set, or taken out where it is ABSENT."""
    copy = dict(record)
    if len(parts) > 1:
        copy[parts[0]] = _placed(record[parts[0]], parts[1:], value)
    elif value is ABSENT:
        copy.pop(parts[0], None)
    else:
        copy[parts[0]] = value
    return copy


def _without_absent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: part for key, part in value.items() if part is not ABSENT}
    return value


def is_empty(record: Record, besides: Collection[str]) -> bool:
    """Whether nothing is left to write besides these members."""
    return all(key in besides for key in record)
