"""The objects of the API and their members, read from the table beside the sandboxes.

The kinds of members:

    text number flag      as they are; numbers and flags are of the JSON types
    value                 {Code} of a tenant's list on write, the whole value on read
    code                  a list's code, plain · gender: the code on write, the label on read · code_guid: read as Guid
    enum                  one of the words that the vendor lists
    user                  {Extcode} or {FullName} on write
    part, parts           an object, or a list of objects, with members of its own · addresses: one or a list
    ref                   another object, by a key
    tags, fields          Tags and MoreFields
    date                  text on write in any of the vendor's forms, its clock text on read
    epoch, moment         Unix seconds; a moment may be written as ISO text too
    process, step         {Code} or {Guid} of a deal's process, and of a step of it · link: another deal
    action_type           a code or {Code} · ident: a Guid · country: two letters

`written_` before a kind: taken, and never read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from ...spec import document
from .tenant import CUSTOM_FIELDS, Field

Row = dict[str, Any]

_KINDS = (
    *("text", "number", "flag", "value", "gender", "code", "code_guid", "enum", "user", "part", "parts", "addresses"),
    *("ref", "tags", "fields", "date", "epoch", "moment", "process", "step", "link", "action_type", "ident", "country"),
)


@dataclass(frozen=True)
class Property:
    """One member; `of` is its list, part or entity, `words` what an enum may hold."""

    name: str
    kind: str
    of: str = ""
    words: tuple[str, ...] = ()
    shown: bool = True


@dataclass(frozen=True)
class Shape:
    """What an object holds; `guid`: it gets an id of its own, `also`: what is read and never written."""

    name: str
    properties: tuple[Property, ...]
    guid: bool
    also: Mapping[str, Any]

    @cached_property
    def by_wire(self) -> dict[str, Property]:
        """The members by lower-cased name: the vendor's JSON reader ignores case."""
        return {prop.name.lower(): prop for prop in self.properties}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kinds by member."""
        return {prop.name: prop.kind for prop in self.properties}


@dataclass(frozen=True)
class Entity(Shape):
    """A controller of the API with its records."""

    fields: Mapping[str, Field]
    uniques: Mapping[str, tuple[str, ...]]
    by: tuple[str, ...]
    inner: Mapping[str, str]
    needs: tuple[tuple[str, ...], ...]
    calls: Mapping[str, str]
    keys: Mapping[str, Callable[[Row], Any]]
    about: Mapping[str, Any]


def _properties(about: Mapping[str, Any]) -> Iterable[Property]:
    for key, names in about.items():
        kind = key.removeprefix("written_")
        if kind not in _KINDS:
            continue
        for name in names:
            of = names[name] if isinstance(names, dict) else ""
            words = tuple(of) if kind == "enum" else ()
            yield Property(name, kind, "" if words else of, words, shown=kind == key)


def _shape(name: str, about: Mapping[str, Any]) -> Shape:
    return Shape(name, tuple(_properties(about)), bool(about.get("guid")), dict.fromkeys(about.get("shown", ())))


def _entity(name: str, about: Mapping[str, Any]) -> Entity:
    uniques = {word: tuple(keys) for word, keys in about["uniques"].items()}
    named = {"Guid", *about["by"], *(key for keys in uniques.values() for key in keys)}
    return Entity(
        name,
        tuple(_properties(about)),
        True,
        {**dict.fromkeys(about.get("shown", ())), **{key: [] for key in about.get("empty", ())}},
        {field.ident: field for field in CUSTOM_FIELDS.get(name, ())},
        uniques,
        tuple(about["by"]),
        about.get("inner", {}),
        tuple(map(tuple, about.get("needs", ()))),
        about["calls"],
        {key: _name_address if key == "NameAddress" else _member(key) for key in sorted(named)},
        about,
    )


def _name_address(row: Row) -> tuple[str, str] | None:
    address = row.get("Address") or {}
    return (row["Label"], address["ZipCode"]) if row.get("Label") and address.get("ZipCode") else None


def _member(name: str) -> Callable[[Row], Any]:
    return lambda row: row.get(name) or None


_DATA = document.read(Path(str(resources.files("mapper.sandbox"))) / "data" / "koban" / "objects.yaml").data
PARTS: dict[str, Shape] = {name: _shape(name, about) for name, about in _DATA.pop("parts").items()}
ENTITIES: dict[str, Entity] = {name: _entity(name, about) for name, about in _DATA.items()}
ACCOUNT, CONTACT = ENTITIES["ncThird"], ENTITIES["ncContact"]

_BLANK: dict[str, Callable[[], Any]] = {"flag": bool, "addresses": list, "fields": dict, "parts": list}


def empty(kind: str) -> Any:
    """What stands in a member of this kind of which nothing has been filled in."""
    return _BLANK[kind]() if kind in _BLANK else None


def blank(shape: Shape) -> Row:
    """An object of which nothing has been filled in."""
    return {prop.name: empty(prop.kind) for prop in shape.properties}
