"""Every kind of record from the tables of facts: its rows, its list, how it is read and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from . import present
from .facts import Collection, Operation, about_collections, collections, first_rows
from .lists import Filter, Get, Listing
from .models import model, required
from .store import TAGS, Store
from .table import Row, Table, text
from .wire import Arg, csv_ints, invalid
from .writes import Writing, known_ids

_ROWS = count(1)
_OLDER = ("/articles/groups", "/articles/units")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CREATED = "2024-01-15T08:00:00Z"


@dataclass(frozen=True)
class Resource:
    """One kind of record."""

    table: Table
    shape: Callable[[Row], Row]
    listing: Listing | None = None
    writing: Writing | None = None
    dynamic: str = ""


class Resources(dict[str, Resource]):
    """The kinds of records by their path, each made when it is first asked for: most never are."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        super().__init__()
        self._store = store
        self._now = now
        _fill(store)

    def __missing__(self, name: str) -> Resource:
        self[name] = _resource(self._store, collections()[name], self._now)
        return self[name]


def _fill(store: Store) -> None:
    """The tables of everything but accounts and contacts, with what a new tenant has."""
    for name, about in collections().items():
        if name not in store.tables:
            store.tables[name] = Table(
                first_id=about.first,
                orders=_orders(store, about),
                indexed=["externalkey"] if "externalkey" in about.fields else [],
                views=store.views,
            )
        for row in first_rows(name):
            store.tables[name].add({**_blank(about), **_stamped(about, _CREATED), **row}, row["id"])


def _resource(store: Store, about: Collection, now: Callable[[], float]) -> Resource:
    own = (op for op in about_collections()[about.name] if not op.path.startswith(_OLDER))
    found = {(op.method, op.path.endswith("/{id}")): op for op in own}
    lists, creates, updates = found.get(("GET", False)), found.get(("POST", False)), found.get(("PUT", True))
    listing = _listing(store, about, lists) if lists else None
    shape = _shape(store, about)
    if not (creates or updates):
        return Resource(store.tables[about.name], shape, listing, None, about.dynamic)
    writing = Writing(
        lambda: _blank(about),
        model(updates) if updates else {},
        model(creates) if creates else {},
        required(creates) if creates else (),
        _changes(about, now),
        required(updates) if updates else (),
        {about.base(name) for name in (required(creates) if creates else ())},
    )
    return Resource(store.tables[about.name], shape, listing, writing, about.dynamic)


def _shape(store: Store, about: Collection) -> Callable[[Row], Row]:
    return lambda row: present.record(store, about, row)


# --- rows ------------------------------------------------------------------------------------------------------------


def _blank(about: Collection) -> Row:
    row: Row = {about.base(name): [] if kind.startswith("[") else None for name, kind in about.fields.items()}
    row |= {name: None for name in about.refs if name not in row}
    row |= {"active": 1} if "active" in row else {}
    row |= {"closed": 0} if "closed" in row else {}
    return {**row, "tags": [], "dynamic": {}}


def _stamped(about: Collection, moment: str) -> Row:
    return {name: moment for name in about.stamps if name}


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _changes(about: Collection, now: Callable[[], float]) -> Callable[[Store, Row, Mapping[str, Any]], Row]:
    """The columns that a checked body sets; ids that do not exist are refused."""

    def changes(store: Store, row: Row, body: Mapping[str, Any]) -> Row:
        found, merge = Row(), store.switches["arrays"] == "merge"
        for name, value in body.items():
            base = about.base(name)
            if name in ("id", "created", "updated"):
                continue
            if name == "tags":
                found[name] = known_ids(name, TAGS, row.get(name) or [], value, store.switches["arrays"])
            elif base in about.refs and not (name == "user" and "userid" in body):
                found[base] = _referred(store, about, base, name, value)
            elif name == "rows":
                found[name] = _rows(store, row.get(name) or [], value, merge=merge)
            elif base not in about.refs and name != "content":
                found[name] = value
        created, changed = about.stamps
        stamps = Row()
        if created and not row.get(created):
            stamps[created] = stamps[changed or created] = moment(now())
        elif changed and (store.switches["stamps"] == "all" or found.keys() - {"tags", "rows"}):
            stamps[changed] = moment(now())
        return {**found, **_clock(store, row, found), **stamps}

    return changes


def _clock(store: Store, row: Row, found: Row) -> Row:
    """An activity's day and clock times, and its moments, each made of what was sent of the other."""
    zone, told = ZoneInfo(store.switches["zone"]), Row()
    if "starttime" not in row:
        return told
    for at, clock in (("start", "starttime"), ("stop", "stoptime")):
        if isinstance(found.get(at), str):
            here = datetime.fromisoformat(found[at])
            here = here.astimezone(zone) if here.tzinfo else here.replace(tzinfo=zone)
            told |= {clock: here.strftime("%H:%M"), "date": here.strftime("%Y-%m-%d")}
        elif found.get(clock) or ("date" in found and row[clock]):
            whole = {**row, **found}
            if whole["date"] and _CLOCK.fullmatch(whole[clock]):
                here = datetime.fromisoformat(f"{whole['date']}T{whole[clock]}:00").replace(tzinfo=zone)
                told[at] = moment(here.timestamp())
    return told


def _referred(store: Store, about: Collection, base: str, name: str, value: Any) -> Any:
    """The ids that are meant by an id, an object with an id, or an array of them."""
    if isinstance(value, list):
        return [_referred(store, about, base, f"{name}.{place}", one) for place, one in enumerate(value)]
    ident = value.get("id") if isinstance(value, dict) else value
    if isinstance(ident, str) and ident.isdecimal():
        ident = int(ident)
    if not ident and base in about.optional:
        return None
    if ident is None and isinstance(value, dict):
        raise invalid({f"{name}.id": "'id' is a required property"})
    if ident not in store.tables[store.referred(about.name, base, about.refs[base])].rows:
        raise invalid({name: f"{ident} does not exist"})
    return ident


def _rows(store: Store, old: list[Row], sent: list[Row], *, merge: bool) -> list[Row]:
    """The rows of an order or a quote; one without an id, or with one that is not there, is new."""
    by_id = {row["id"]: row for row in old}
    for place, row in enumerate(sent):
        article = (row.get("article") or {}).get("id")
        if article is not None and article not in store.tables["articles"].rows:
            raise invalid({f"rows.{place}.article": f"{article} does not exist"})
    new = []
    for row in sent:
        known = by_id.pop(row.get("id", 0), None)
        new.append({**(known or {}), **row, "id": known["id"] if known else next(_ROWS)})
    return [*by_id.values(), *new] if merge else new


# --- lists -----------------------------------------------------------------------------------------------------------


def _orders(store: Store, about: Collection) -> dict[str, Callable[[Row], Any]]:
    listed = [op for op in about_collections().get(about.name, ()) if "sorting" in op.query]
    keys = {choice.rpartition("_")[0] for op in listed for choice in op.query["sorting"]["enum"]}
    return {"id": lambda row: row["id"], **{key: _order(store, about, key) for key in keys}}


def _order(store: Store, about: Collection, key: str) -> Callable[[Row], Any]:
    column = about.sort.get(key, about.base(key))
    table = about.refs.get(column) if key == column else None
    dated = {"ended": "enddate", "changed": "changedate"} if (about.name, key) == ("opportunities", "date") else {}

    def value(row: Row) -> Any:
        found = row.get(dated.get(store.switches["opportunity_date"], column))
        if table is not None and isinstance(found, int):
            found = store.tables[table].rows.get(found, {}).get("name")
        if isinstance(found, bool | int | float):
            return (1, found, "")
        return (0, 0, text(found if isinstance(found, str) else None))

    return value


def _listing(store: Store, about: Collection, operation: Operation) -> Listing:
    query = operation.query
    filters, strange = list[Filter](), list[str]()
    for name, asked in query.items():
        if name in _STANDARD:
            continue
        found = _filter(store, about, name, asked)
        if found is None:
            strange.append(name)
        else:
            filters.append(found)
    searched = about.fulltext or tuple(name for name, kind in about.fields.items() if kind.startswith("string"))
    sorts = query.get("sorting", {})
    order = Arg(
        "sorting", required=bool(sorts.get("required")), default=sorts.get("default"), choices=sorts.get("enum", ())
    )
    return Listing(
        about.name,
        store.tables[about.name],
        order,
        filters,
        lambda row: [row.get(name) for name in searched],
        group=about.dynamic,
        unsimulated=tuple(strange),
        searchable="fulltext" in query,
    )


_STANDARD = ("page", "per_page", "sorting", "fulltext", "dynamicfield_id", "dynamicfield_val")


def _filter(store: Store, about: Collection, name: str, asked: Mapping[str, Any]) -> Filter | None:
    """The filter of one parameter; None where nothing says what it asks for."""
    said = about.filters.get(name)
    many = bool(asked.get("csv")) or (name.endswith("ids") and asked["type"] == "string")
    read = csv_ints if many and name.endswith("ids") else int if asked["type"] == "integer" else str
    arg = Arg(
        name, read, required=bool(asked.get("required")), default=asked.get("default"), choices=asked.get("enum", ())
    )
    if said is None:
        column = about.base(name)
        for short in (name[:-3], name[:-1]) if many else ():
            column = short if short in about.refs or short in about.fields else column
        if column not in about.refs and column not in about.fields and column != "id":
            return None
        mode = "among" if many else "like" if asked.get("wildcard") else "prefix" if asked.get("match") else "equal"
    else:
        mode, _, column = said.partition(" ")
    get = _column(store, about, column)
    if mode in ("equal", "among", "like", "holds"):
        if mode == "equal" and column in about.refs and asked["type"] == "string":
            return Filter(arg, "ask", get=get, ask=lambda found, value: str(found) == value)
        return Filter(arg, mode, None if get else column, get)
    return Filter(
        arg, "ask", get=_column(store, about, column) or (lambda row: row.get(column)), ask=_asks(store, mode)
    )


def _column(store: Store, about: Collection, column: str) -> Get | None:
    """What reads a column; one of another record is named behind `>`."""
    here, there, other = column.partition(">")
    if column == "datespan":
        return lambda row: row.get(store.switches["datespan"])
    if there:
        table = store.tables[about.refs[here]]
        return lambda row: table.rows[row[here]][other] if row.get(here) in table.rows else None
    return lambda row: row.get(column)


def _asks(store: Store, mode: str) -> Callable[[Any, Any], bool]:
    """Whether what a row has is what is asked for."""
    switches = store.switches

    def within(found: Any, value: str, first: bool) -> bool:
        day = (found or "")[:10]
        if not day or (day == value and switches["span_ends"] == "exclusive"):
            return False
        return bool(day >= value if first else day <= value)

    def stamp(found: Any, value: str) -> bool:
        day = (found or "")[:10]
        return bool(day >= value) if switches["leads_created"] == "since" else bool(day == value)

    return {
        "from": lambda found, value: within(found, value, True),
        "to": lambda found, value: within(found, value, False),
        "day": lambda found, value: (found or "")[:10] == value[:10],
        "stamp": stamp,
        "text": lambda found, value: str(found) == value,
        "truth": lambda found, value: bool(found) == bool(value),
        "any": lambda found, value: bool(set(found or ()) & set(value)),
        "either": lambda found, value: value == "all" or found == value,
        "prefix": lambda found, value: (found or "").startswith(value),
    }[mode]
