"""What goes in and out of a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from mapper.errors import RemoteError
from mapper.expr.paths import parse_path
from mapper.records import ABSENT, Record
from mapper.spec.connector import Resource


@dataclass(frozen=True, slots=True)
class Page:
    """One page of decoded records; `total` is the vendor's count of all, where it says one.

    `removed` are the keys of records that are shown, and count as deleted. Records that are `cut` down lack the members
    that nobody has asked for.
    """

    records: list[Record]
    total: int | None
    last: bool
    removed: list[str] = field(default_factory=list)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How a list was read, or what changed in it, and why so.

    `values`: how values that stand in no list were read; `members`: whether records were cut down, or why not.
    """

    by: Literal["filter", "sorted", "walk"]
    because: str
    values: str = ""
    members: str = ""


@dataclass(slots=True)
class Draft:
    """One planned write, in native values with containers decoded.

    `removed` lists, by the dotted path of a container's field, the labels to take away; `stamp` is the origin that a
    create is marked with; `ended`: the vendor may show the record as removed; `tag` belongs to the caller. To `delete`
    or `deactivate` takes the key and nothing else: the connector says what a deactivation writes.
    """

    kind: Literal["create", "update", "delete", "deactivate", "reactivate"]
    native: Record
    key: str = ""
    removed: dict[str, list[str]] = field(default_factory=dict)
    stamp: str = ""
    tag: Any = None
    ended: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of a draft; `failed` says which parts, written by calls after the main one, were refused and why."""

    draft: Draft
    key: str = ""
    record: Record | None = None
    error: RemoteError | None = None
    failed: dict[str, str] = field(default_factory=dict)


def shows_ended(about: Resource, native: Record) -> bool | None:
    """Whether a record shows that it is deactivated, or in use; None where it does not show it."""
    shown = {name: parse_path(about.fields[name].read or name).get(native) for name in about.deactivate}
    if not shown or any(value in (None, ABSENT) for value in shown.values()):
        return None
    return all(_flag(shown[name]) == _flag(value) for name, value in about.deactivate.items())


def _flag(value: Any) -> Any:
    """True or False, however a vendor writes it; any other value as it is."""
    return {"0": False, "1": True, "false": False, "true": True}.get(str(value).lower(), value)


def ending(about: Resource, kind: str) -> Record:
    """What an update writes to deactivate a record, or to take that back; nothing where it cannot be done.

    It can be taken back where it sets flags only, each of which is then set to its other value.
    """
    native: Record = about.deactivate
    if kind == "deactivate":
        return native
    flags = all(value in (0, 1) for value in native.values())
    return (
        {name: not value if isinstance(value, bool) else 1 - value for name, value in native.items()} if flags else {}
    )
