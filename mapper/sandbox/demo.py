"""The demo's script: what people at the three vendors edit, what must be written then, and what the vendors counted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import people, tenants
from .tenants import Tenant

#: The system from which the others are filled.
FIRST = "koban"

#: What each system calls them.
RESOURCES: Mapping[str, Mapping[str, str]] = {
    "company": {"koban": "ncThird", "nicoka": "customers", "cirrus": "accounts"},
    "person": {"koban": "ncContact", "nicoka": "contacts", "cirrus": "contacts"},
}
_KEYS = {"koban": "Guid", "nicoka": "id", "cirrus": "id"}
_NAMES = {"koban": "Label", "nicoka": "name1", "cirrus": "name"}
_EMAILS = {"koban": "EMail", "nicoka": "email", "cirrus": "email"}

#: The most records that one call writes; one where nothing stands here.
_BATCHES = {"koban": 100}

#: Fields that a system writes by a call of their own.
_APART = {("cirrus", "company", "sector")}


@dataclasses.dataclass(frozen=True)
class Edit:
    """One thing that a person changes at a vendor; `keys` are the record's keys everywhere.

    `overruled` marks the losing side of a conflict: its value is to be replaced by the other's.
    """

    system: str
    entity: str
    title: str
    field: str
    value: str
    keys: Mapping[str, str]
    send: Callable[[Tenant], None] = dataclasses.field(repr=False)
    overruled: bool = False


@dataclasses.dataclass(frozen=True)
class _Line:
    """A line of the script: which record, who changes which field to what, and in the vendor's own words."""

    record: int
    system: str
    field: str
    value: Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]
    overruled: bool = False


def _plain(value: str, wire: str) -> Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]:
    return lambda _: (value, {wire: value})


def _other_status(row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return ("client", {"status": 2}) if row["status"] == 1 else ("prospect", {"status": 1})


def _other_sector(row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    label = "Santé" if row["dynamicfields"]["Bransch"] != "Santé" else "Commerce"
    return label, {"dynamicfields": {"Bransch": label}}


def _one_tag_more(row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    held = {tag["Label"] for tag in row["Tags"] or ()}
    label = next(label for label in ("Poterie", "Jardinage", "Cuisine", "Bricolage") if label not in held)
    return f"and {label}", {"Tags": [{"TagCategoryCode": "INTERET", "Label": label}]}


#: Different fields on different sides, some of the same record; the phone of record 4 is changed on two sides at once.
_SCRIPT: Mapping[str, tuple[_Line, ...]] = {
    "company": (
        _Line(0, "koban", "phone", _plain("01 99 00 47 11", "Phone")),
        _Line(0, "nicoka", "email", _plain("accueil@nouvelle-adresse.example", "email")),
        _Line(1, "cirrus", "website", _plain("https://www.ny-webbplats.example", "url")),
        _Line(2, "nicoka", "status", _other_status),
        _Line(3, "cirrus", "sector", _other_sector),
        _Line(4, "koban", "phone", _plain("01 99 00 47 12", "Phone")),
        _Line(4, "nicoka", "phone", _plain("+33199004713", "phone"), overruled=True),
        _Line(5, "koban", "interests", _one_tag_more),
    ),
    "person": (
        _Line(0, "koban", "mobile", _plain("06 34 98 47 11", "Cell")),
        _Line(0, "cirrus", "function", _plain("Inköpschef", "function")),
        _Line(1, "nicoka", "first_name", _plain("Maëlle", "first_name")),
        _Line(2, "cirrus", "phone", _plain("+46 8 465 047 11", "officephone")),
    ),
}


def script(everyone: Mapping[str, Tenant]) -> list[Edit]:
    """The edits, for records that are at all vendors now."""
    data = {name: tenant.data() for name, tenant in everyone.items()}
    edits = []
    for entity, lines in _SCRIPT.items():
        records = _everywhere(entity, data)
        step = max(1, len(records) // (1 + max(line.record for line in lines)))
        for line in lines:
            title, rows = records[line.record * step]
            value, body = line.value(rows[line.system])
            keys = {system: str(row[_KEYS[system]]) for system, row in rows.items()}
            resource = RESOURCES[entity][line.system]
            send = tenants.edit(line.system, resource, keys[line.system], body)
            edits.append(Edit(line.system, entity, title, line.field, value, keys, send, line.overruled))
    return edits


def _everywhere(entity: str, data: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The records that all systems have, with their names, in the order of the first."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for system in data:
        column = (_NAMES if entity == "company" else _EMAILS)[system]
        found[system] = {str(row[column]): row for row in data[system][RESOURCES[entity][system]] if row[column]}
    shared = [name for name in found[FIRST] if all(name in rows for rows in found.values())]
    return [(name, {system: rows[name] for system, rows in found.items()}) for name in shared]


def mistaken(first: Tenant, flaws: int) -> set[str]:
    """The keys of the companies that were typed in with a mistake, so many of them, at the first system."""
    held = {row[_NAMES[FIRST]]: str(row[_KEYS[FIRST]]) for row in first.data()[RESOURCES["company"][FIRST]]}
    pairs = zip(people.companies(len(held), flaws=flaws), people.companies(len(held)), strict=True)
    return {held[typed["name"]] for typed, meant in pairs if typed != meant}


def expected(edits: Iterable[Edit]) -> set[tuple[str, str, str, str]]:
    """The writes that the edits call for, and no others: (entity, system, key, field)."""
    kept = [edit for edit in edits if not edit.overruled]
    return {
        (edit.entity, system, key, edit.field)
        for edit in kept
        for system, key in edit.keys.items()
        if system != edit.system
    }


def least_writes(writes: Iterable[tuple[str, str, str, Any, str]]) -> dict[str, int]:
    """The fewest calls, by system, that write these fields: (entity, system, kind, record, field)."""
    fields: dict[tuple[str, str, str], dict[Any, set[str]]] = {}
    for entity, system, kind, record, name in writes:
        fields.setdefault((entity, system, kind), {}).setdefault(record, set()).add(name)
    least: dict[str, int] = {}
    for (entity, system, _), records in fields.items():
        apart = {name for place, what, name in _APART if (place, what) == (system, entity)}
        together = sum(1 for names in records.values() if names - apart)
        alone = sum(len(names & apart) for names in records.values())
        least[system] = least.get(system, 0) - (-together // _BATCHES.get(system, 1)) + alone
    return least
