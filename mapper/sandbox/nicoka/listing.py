"""List queries: filters, order, the three ways of paging, and the envelope."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from .catalogue import Resource, Row
from .checks import Refused
from .table import Table

MAXIMUM = 200
_CONTROLS = frozenset({"limit", "offset", "page", "queryUid", "queryUi", "queryPage", "orderBy", "__hr"})
_MOMENT = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?"
_RANGE = re.compile(f"({_MOMENT}),({_MOMENT})")
_FROZEN = 256
#: rows that few rights do not show: "Visible par" says that others may see them
HIDDEN = ("assignment_type", 2)


@dataclass(frozen=True)
class Filter:
    """One condition on a field: any of `texts`, or between two moments, which `ends` takes in or leaves out."""

    name: str
    texts: tuple[str, ...] = ()
    between: tuple[str, str] | None = None
    ends: bool = True

    def holds(self, row: Row) -> bool:
        """Whether the row lies in the range; a bare date takes its whole day in."""
        assert self.between is not None
        value, (low, high) = row[self.name], self.between
        if not isinstance(value, str):
            return False
        first, last = value[: len(low)], value[: len(high)]
        return low <= first and last <= high if self.ends else low < first and last < high


@dataclass(frozen=True)
class Query:
    """What a list is asked for, apart from the page."""

    filters: tuple[Filter, ...]
    order: tuple[str, bool] | None
    deleted: bool
    #: the field and value of rows that are kept from whoever asks
    hidden: tuple[str, int] | None = None

    def run(self, table: Table) -> list[Row]:
        """The rows, in order."""
        return table.remembered(self, lambda: self._find(table))

    def _find(self, table: Table) -> list[Row]:
        equal = [f for f in self.filters if f.texts]
        rows = table.having(equal[0].name, equal[0].texts) if equal else table.newest_first()
        for other in equal[1:]:
            ids = {row["id"] for row in table.having(other.name, other.texts)}
            rows = [row for row in rows if row["id"] in ids]
        for ranged in (f for f in self.filters if f.between):
            rows = [row for row in rows if ranged.holds(row)]
        if not self.deleted:
            rows = [row for row in rows if not row["loekz"]]
        if self.hidden is not None:
            rows = [row for row in rows if row.get(self.hidden[0]) != self.hidden[1]]
        if self.order:
            name, descending = self.order
            rows = sorted(rows, key=lambda row: _rank(row[name]), reverse=descending)
        return rows


def parse(resource: Resource, args: MultiDict[str, str], switches: Mapping[str, str]) -> Query:
    """The query that the parameters ask for; what the vendor does not know is passed over in silence."""
    unseen = resource.unseen(switches)
    filters = []
    for key, texts in args.lists():
        if key in _CONTROLS:
            continue
        name = key.removesuffix("[]")
        field = resource.open_field(name, unseen)
        if field is None:
            if switches["unknown_params"] == "error":
                raise Refused(f"Paramètre inconnu : {key}")
            continue
        texts = texts if key.endswith("[]") else texts[-1:]
        ranged = _RANGE.fullmatch(texts[0]) if field.kind in ("date", "datetime") else None
        if ranged and ":" in texts[0] and switches["range_times"] == "unknown":
            ranged = None  # so it is the one value that no row has
        if ranged is None:
            filters.append(Filter(name, texts=tuple(texts)))
        elif switches["range_filter"] == "honoured":
            ends = switches["range_ends"] == "included"
            filters.append(Filter(name, between=(ranged[1], ranged[2]), ends=ends))
    order = _order(resource, args, unseen) if switches["order_by"] == "honoured" else None
    return Query(tuple(filters), order, switches["deleted"] == "shown", HIDDEN if switches["rows"] == "some" else None)


def _order(resource: Resource, args: MultiDict[str, str], unseen: frozenset[str]) -> tuple[str, bool] | None:
    found = re.fullmatch(r"(\w+):(ASC|DESC)", args.get("orderBy", ""))
    return (found[1], found[2] == "DESC") if found and resource.open_field(found[1], unseen) else None


def _rank(value: Any) -> tuple[int, float, str]:
    """Nulls first, then numbers, then texts."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, int | float):
        return (1, float(value), "")
    return (2, 0.0, str(value))


@dataclass(frozen=True)
class Page:
    """One page of a query: its rows, and the envelope around them without `data`."""

    rows: list[Row]
    envelope: dict[str, Any]


class Pager:
    """Cuts pages, and keeps the rows of each query under its `queryUid` as they were when it was first asked."""

    def __init__(self) -> None:
        self._frozen: OrderedDict[tuple[str, str], tuple[list[Row], int]] = OrderedDict()
        self._begun: dict[tuple[str, Query, int], list[Row]] = {}

    def page(
        self, resource: Resource, table: Table, query: Query, args: MultiDict[str, str], switches: Mapping[str, str]
    ) -> Page:
        """The page that the parameters name: by `queryUid`, else by `offset`, else by `page`."""
        args = MultiDict({name: text for name, text in args.items() if _understood(name, switches["paging"])})
        uid = args.get("queryUid") or args.get("queryUi")
        if uid:
            if (resource.name, uid) not in self._frozen:
                raise Refused(f"Requête inconnue : {uid}", 404)
            rows, limit = self._frozen[resource.name, uid]
            offset = (_number(args, "queryPage", 1) - 1) * limit
        else:
            limit = _limit(args, switches)
            offset = _offset(args, limit)
            rows = self._rows(resource, table, query, offset, limit, switches)
            uid = self._freeze(resource, f"{table.revision} {limit} {query}", rows, limit)
        total = len(rows)
        envelope = {
            "queryUid": uid,
            "offset": offset,
            "limit": min(limit, total),
            "page": offset // limit + 1,
            "pages": -(-total // limit),
            "total": total,
        }
        return Page(rows[offset : offset + limit], envelope)

    def _rows(
        self, resource: Resource, table: Table, query: Query, offset: int, limit: int, switches: Mapping[str, str]
    ) -> list[Row]:
        """The rows of a query as they are now, or as they were when its first page was asked for."""
        if switches["snapshot"] == "live":
            return query.run(table)
        begun = (resource.name, query, limit)
        if offset == 0 or begun not in self._begun:
            self._begun[begun] = query.run(table)
        return self._begun[begun]

    def _freeze(self, resource: Resource, query: str, rows: list[Row], limit: int) -> str:
        uid = hashlib.md5(f"{resource.name} {query}".encode(), usedforsecurity=False).hexdigest()
        self._frozen[resource.name, uid] = (rows, limit)
        self._frozen.move_to_end((resource.name, uid))
        if len(self._frozen) > _FROZEN:
            self._frozen.popitem(last=False)
        return uid


def whole(query: Query, table: Table) -> Page:
    """All rows of a query as one page, whatever page was asked for."""
    rows = query.run(table)
    count = len(rows)
    return Page(rows, {"queryUid": "", "offset": 0, "limit": count, "page": 1, "pages": 1, "total": count})


def next_link(url: str, page: Page) -> str | None:
    """The address of the next page; its parameter is spelt `queryUi`, as in the vendor's example."""
    envelope = page.envelope
    if envelope["page"] >= envelope["pages"]:
        return None
    return f"{url}?{urlencode({'queryUi': envelope['queryUid'], 'queryPage': envelope['page'] + 1})}"


def place(args: MultiDict[str, str], switches: Mapping[str, str]) -> tuple[int, int]:
    """Where the page that is asked for begins, and how long it may be."""
    limit = _limit(args, switches)
    return _offset(args, limit), limit


def _limit(args: MultiDict[str, str], switches: Mapping[str, str]) -> int:
    limit = _number(args, "limit", int(switches["default_limit"]))
    if limit > MAXIMUM and switches["limit_over_200"] == "error":
        raise Refused(f"La limite est de {MAXIMUM} enregistrements par requête")
    return min(limit, MAXIMUM)


def _understood(name: str, paging: str) -> bool:
    """Whether a parameter says something where only one way of paging is understood; next links spell it `queryUi`."""
    ways = {"offset": "offset", "page": "page", "queryUid": "query", "queryUi": "link"}
    return name not in ways or paging in ("all", ways[name])


def _offset(args: MultiDict[str, str], limit: int) -> int:
    if "offset" in args:
        return _number(args, "offset", 0)
    return (_number(args, "page", 1) - 1) * limit


def _number(args: MultiDict[str, str], name: str, default: int) -> int:
    """A whole number; below 1 or unreadable, the default."""
    text = args.get(name, "")
    return int(text) if text.isdecimal() and int(text) > 0 else default
