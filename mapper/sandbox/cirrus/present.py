"""How records are read: the members of an operation's answer, filled from the columns of a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .facts import Collection, collections, inner_refs, shapes
from .models import AMOUNTS, SHOWN_FLAGS
from .store import Store
from .table import Row

_TEXTS = ("string", "string|null")


def record(store: Store, about: Collection, row: Row, fields: Mapping[str, str] | None = None) -> Row:
    """A record as it is read; `fields` are the members that an operation shows, where they are not all."""
    shown = about.fields if fields is None else fields
    return {name: _member(store, about, name, kind, row) for name, kind in shown.items()}


def _member(store: Store, about: Collection, name: str, kind: str, row: Row) -> Any:
    base, shape, many = about.base(name), kind.strip("[]"), kind.startswith("[")
    value = row.get(base)
    if name == "tags":
        return store.shown_tags(value or ())
    if base != name:
        return value
    if name in about.refs and shape in shapes():
        ids = value if isinstance(value, list) else [] if value is None else [value]
        table = store.referred(about.name, name, about.refs[name])
        found = [nested(store, shape, table, one) for one in ids]
        # The page documents some arrays as one object; an array is likelier.
        several = many or (isinstance(value, list) and store.switches["documented_single"] == "array")
        return found if several else found[0] if found else nested(store, shape, about.refs[name], None)
    if shape not in shapes():
        return _plain(store, name, kind, value, many=many)
    if many:
        return [filled(store, shape, one) for one in value or ()]
    # What is written as a text, and shown as an object, cannot be shown.
    return filled(store, shape, value) if isinstance(value, dict) else empty(store, shape)


def _plain(store: Store, name: str, kind: str, value: Any, *, many: bool) -> Any:
    if many:
        return value or []
    if kind in _TEXTS:
        return store.shown_text(value)
    if kind == "number" and name in AMOUNTS:
        return store.shown_amount(value)
    if kind == "date-time" and isinstance(value, str):
        return store.shown_stamp(value)
    if kind == "untyped" and isinstance(value, str):
        return store.shown_moment(value)
    if name in SHOWN_FLAGS and value is not None and store.switches["flags"] == "boolean":
        return bool(value)
    return value


def nested(store: Store, shape: str, table: str, value: Any) -> Any:
    """A record inside another one; what was stored whole is shown as it is."""
    if isinstance(value, dict):
        return filled(store, shape, value)
    if value is None:
        return empty(store, shape)
    if shape == "ListedAccount":
        return store.listed_account(value)
    row = store.tables[table].rows.get(value)
    if row is None:
        return empty(store, shape)
    about = collections().get(table, Collection(table))
    found = {name: _member(store, about, name, kind, row) for name, kind in shapes()[shape].items()}
    if table == "contacts" and "phone" in found:
        found["phone"] = store.shown_text(row["officephone"])
    return found


def filled(store: Store, shape: str, value: Row) -> Row:
    """A value of a shape with all its members."""
    refs, found = inner_refs(shape), Row()
    for name, kind in shapes()[shape].items():
        inner, many, part = kind.strip("[]"), kind.startswith("["), value.get(name)
        if name == "tags":
            found[name] = store.shown_tags([tag["id"] for tag in part or ()])
        elif name in refs:
            found[name] = nested(store, inner, refs[name], part.get("id") if isinstance(part, dict) else part)
        elif inner in shapes():
            found[name] = (
                [filled(store, inner, one) for one in part or ()]
                if many
                else empty(store, inner)
                if part is None
                else filled(store, inner, part)
            )
        elif inner == "number" and name in AMOUNTS:
            found[name] = store.shown_amount(part)
        else:
            found[name] = part if part is not None else [] if many else None
    return found


def empty(store: Store, shape: str) -> Row | None:
    """What stands for an object that is not there."""
    return store.nothing(shapes()[shape])
