"""What has no id of its own but stands at a path of several: budgets, connections, links, relations, reminders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from . import present
from .build import moment
from .desk import Desk
from .facts import Collection, Operation
from .lists import PAGING
from .models import model, required
from .table import Row
from .wire import Arg, Refused, csv_ints, json_body, read_args


@dataclass(frozen=True)
class Keyed:
    """One kind: `keys` are the columns that name a record, `parents` the tables that some of them point into."""

    name: str
    keys: tuple[str, ...]
    parents: Mapping[str, str]
    refs: Mapping[str, str] = field(default_factory=dict)
    stamps: tuple[str, ...] = ()
    args: tuple[Arg, ...] = ()


#: What a path's parameters are called in the records.
_COLUMNS = {
    "mission_id": "missionid",
    "connection_type": "type",
    "contract_id": "contractid",
    "object_id": "objectid",
    "activity_id": "activityid",
    "relation_type": "type",
}
_STAMPS = ("created", "updated")
_PERIOD = tuple(Arg(f"{part}_{end}", int) for end in ("from", "to") for part in ("year", "month"))
_ACCOUNT_BUDGET = Keyed("accounts/budget", ("accountid", "year", "month"), {"accountid": "accounts"})
_USER_BUDGET = Keyed(
    "users/budget", ("userid", "year", "month"), {"userid": "users"}, args=(Arg("userids", csv_ints), *_PERIOD)
)
_CONNECTION = Keyed(
    "missions/connections",
    ("missionid", "type", "connectid"),
    {"missionid": "missions"},
    {"activity": "activities"},
    ("tscreated", "tsupdated"),
    (Arg("sorting"),),
)
_LINK = Keyed(
    "contracts/objects", ("contractid", "objectid"), {"contractid": "contracts", "objectid": "objects"}, {}, _STAMPS
)
_REMINDER = Keyed("contracts/reminders", ("contractid", "activityid"), {"contractid": "contracts"}, {}, _STAMPS)
_RELATION = Keyed("objects/relations", ("objectid", "type", "otherid"), {"objectid": "objects"})
_PROGRESS = Keyed(
    "missions/progress",
    ("missionid", "accountid"),
    {"missionid": "missions"},
    {"account": "accounts", "activity": "activities"},
    args=(Arg("accountids", csv_ints),),
)
KINDS = {
    **dict.fromkeys((11, 12, 13), _ACCOUNT_BUDGET),
    **dict.fromkeys((135, 146, 147, 148, 149), _USER_BUDGET),
    **dict.fromkeys((159, 160, 161, 162, 163), _CONNECTION),
    164: _PROGRESS,
    **dict.fromkeys((167, 168, 169, 182, 183, 184), _LINK),
    **dict.fromkeys((170, 171), _REMINDER),
    **dict.fromkeys((185, 186, 187), _RELATION),
}


class Shelf:
    """The records of all kinds of a tenant."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {kind.name: {} for kind in KINDS.values()}

    def add(self, number: int, row: Row) -> None:
        """Put a record of the kind of an operation where a program cannot."""
        kind = KINDS[number]
        stamps = dict.fromkeys(kind.stamps, moment(self._desk.now()))
        self.rows[kind.name][tuple(row[name] for name in kind.keys)] = {**stamps, **row}

    def handler(self, op: Operation) -> Callable[..., Response] | None:
        """What carries out an operation; None where it is about something else."""
        kind = KINDS.get(op.n)
        if kind is None:
            return None
        act = {"PUT": self._put, "DELETE": self._delete}.get(op.method) or (
            self._list if op.kind == "page" else self._get
        )
        return lambda request, op, **path: act(request, op, kind, self._where(op, kind, path))

    def _where(self, op: Operation, kind: Keyed, path: Mapping[str, Any]) -> Row:
        """The columns that the path gives; raises Refused where what it points to is not there."""
        found = {_column(kind, name): value for name, value in path.items()}
        if op.n == 160:
            found["type"] = "activity"
        for name, table in kind.parents.items():
            if name in found:
                self._desk.row(table, found[name])
        if not 1 <= found.get("month", 1) <= 12:
            raise Refused(404, "There is no such month")
        return found

    def _put(self, request: Request, op: Operation, kind: Keyed, where: Row) -> Response:
        body = json_body(request, model(op), required(op))
        key = tuple(where[name] for name in kind.keys)
        rows, now = self.rows[kind.name], moment(self._desk.now())
        old = rows.get(key, {"id": len(rows) + 1, **dict.fromkeys(kind.stamps[:1], now)})
        rows[key] = {
            **old,
            **body,
            **where,
            **{name: old[name] for name in kind.stamps[:1]},
            **dict.fromkeys(kind.stamps[1:], now),
        }
        return self._desk.updated(request, op, lambda: self._shown(kind, op, rows[key]))

    def _delete(self, request: Request, op: Operation, kind: Keyed, where: Row) -> Response:
        if self.rows[kind.name].pop(tuple(where[name] for name in kind.keys), None) is None:
            raise Refused(404, "There is no such record")
        return Response(status=204)

    def _get(self, request: Request, op: Operation, kind: Keyed, where: Row) -> Response:
        found = self.rows[kind.name].get(tuple(where[name] for name in kind.keys))
        if found is None:
            raise Refused(404, "There is no such record")
        return self._desk.send(request, op, self._shown(kind, op, found))

    def _list(self, request: Request, op: Operation, kind: Keyed, where: Row) -> Response:
        args = read_args(request.args, [*PAGING, *(arg for arg in kind.args if arg.name in op.query)])
        found = [row for row in self._all(kind, where) if all(row.get(name) == value for name, value in where.items())]
        for name, ids in args.items():
            if name in ("userids", "accountids") and ids is not None:
                found = [row for row in found if row[name[:-1]] in ids]
        first, last = (_period(args, end) for end in ("from", "to"))
        if "year" in kind.keys:
            found = [row for row in found if first <= (row["year"], row["month"]) <= (last if last[0] else (9999, 12))]
        more = {}
        if kind is _PROGRESS:
            done = sum(row["completed"] for row in found)
            more = {"totalactive": len(found) - done, "totalcompleted": done}
        return self._desk.page(request, op, args, found, lambda row: self._shown(kind, op, row), **more)

    def _all(self, kind: Keyed, where: Row) -> list[Row]:
        if kind is not _PROGRESS:
            return list(self.rows[kind.name].values())
        connections = self.rows["missions/connections"].values()
        own = [row for row in connections if row["missionid"] == where["missionid"] and row["type"] == "account"]
        accounts = self._desk.store.accounts.rows
        return [
            {
                **where,
                "accountid": row["connectid"],
                "account": row["connectid"],
                "accountname": accounts[row["connectid"]]["name"],
                "completed": bool(row.get("result")),
            }
            for row in own
            if row["connectid"] in accounts
        ]

    def _shown(self, kind: Keyed, op: Operation, row: Row) -> Row:
        about = Collection(kind.name, refs=kind.refs)
        if "activity" in op.fields and kind is _CONNECTION:
            row = {**row, "activity": row["connectid"]}
        fields = op.fields or dict.fromkeys(row, "untyped")
        plain = {name: kind_of for name, kind_of in fields.items() if name not in row or name in kind.refs}
        return {
            **{name: row[name] for name in fields if name in row},
            **present.record(self._desk.store, about, row, plain),
        }


def _column(kind: Keyed, name: str) -> str:
    if name == "other_id":
        return "connectid" if kind is _CONNECTION else "otherid"
    return _COLUMNS.get(name, name)


def _period(args: Mapping[str, Any], end: str) -> tuple[int, int]:
    return args.get(f"year_{end}") or 0, args.get(f"month_{end}") or (1 if end == "from" else 12)
