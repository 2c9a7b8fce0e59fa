"""The 233 operations, the shapes of the page, and what hangs together with what: read from the files beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Operation:
    """One operation as the page documents it; its path is derived, as the page prints none."""

    n: int
    method: str
    path: str
    title: str
    #: whether it takes the header X-Fields
    mask: bool
    #: what it answers: page, array, object, undocumented
    kind: str
    query: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    body: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def collection(self) -> str:
        """What it is about: the path without the id at its end; of two lists that show the same, the newer one."""
        name = self.path.strip("/").removesuffix("/{id}")
        return {"articles/groups": "articlegroups", "articles/units": "articleunits"}.get(name, name)


@cache
def operations() -> dict[int, Operation]:
    """All operations by their number in the vendor's page."""
    found = json.loads((_HERE / "operations.json").read_text(encoding="utf-8"))
    return {one["n"]: Operation(**one) for one in found}


@cache
def about_collections() -> dict[str, list[Operation]]:
    """The operations by what they are about."""
    found: dict[str, list[Operation]] = {}
    for op in operations().values():
        found.setdefault(op.collection, []).append(op)
    return found


@cache
def shapes() -> dict[str, dict[str, str]]:
    """The members of each shape that several operations share, with their types."""
    found: dict[str, dict[str, str]] = json.loads((_HERE / "shapes.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Collection:
    """One kind of record; see tenant.yaml."""

    name: str
    item: int = 0
    first: int = 1
    refs: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    dynamic: str = ""
    stamps: tuple[str | None, str | None] = (None, None)
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: Mapping[str, str] = field(default_factory=dict)
    fulltext: tuple[str, ...] = ()

    @property
    def fields(self) -> Mapping[str, str]:
        """The members of a record as it is read."""
        return operations()[self.item].fields if self.item else {}

    def base(self, member: str) -> str:
        """The column of a member: of `accountid` that of `account`."""
        return member[:-2] if member.endswith("id") and member[:-2] in self.refs else member


@cache
def _tenant(file: str = "tenant.yaml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((_HERE / file).read_text(encoding="utf-8"))
    return found


@cache
def collections() -> dict[str, Collection]:
    """All kinds of records by their path."""
    return {name: Collection(name, **about) for name, about in _tenant()["collections"].items()}


def inner_refs(shape: str) -> Mapping[str, str]:
    """What the members of a shape refer to."""
    found: Mapping[str, str] = _tenant()["shapes"].get(shape, {})
    return found


def first_rows(name: str) -> list[dict[str, Any]]:
    """The records that a new tenant has."""
    found: list[dict[str, Any]] = _tenant("rows.yaml")["rows"].get(name, [])
    return found


def sample_bodies() -> dict[str, list[dict[str, Any]]]:
    """What is created in a tenant with samples, in this order."""
    found: dict[str, list[dict[str, Any]]] = _tenant("rows.yaml")["samples"]
    return found
