"""Calls of large accounts, counted by the simulators.

To link 100,000 customers by a run takes minutes, and nothing of it is measured. So a run links the newest 1,000; all
others are typed into both simulators, and the state is given for each what that run left of its first customer: the
same rows, with other keys and links. The run that counts is a real one, with the shipped connectors, over the whole
state. That customers linked so are linked indeed is then proved by the edit of one, which the next run carries over.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.reading.vendors import connect
from mapper.sandbox import registry
from mapper.sandbox.cirrus import Cirrus, dynamic
from mapper.sync.project import Project, load

_DAY = 86_400.0
_CUSTOMERS = 100_000
#: Of these, linked by a run.
_SYNCED = 1_000
#: Seconds between two customers: they were entered over some weeks.
_STEP = 20.0
_ACCOUNTS = 20_000
_FIELDS = 5
_OPTIONS = 8
_MAPPING = """
entity: company
about: Companies of one account, linked with what stands in another
sides:
  nicoka: {resource: customers}
  koban: {resource: accounts, role: target}
match: [name]
fields:
  name: {koban: Label, nicoka: name1, required: true}
  city: {koban: Address.City, nicoka: city}
"""
_PROJECT = """
connections:
  nicoka:
    connector: nicoka
    settings: {base_url: "http://127.0.0.1/api", api_token: "${NICOKA_API_TOKEN}"}
    limits: {per_second: 0}
  koban:
    connector: koban
    settings: {base_url: "http://127.0.0.1/api/v1", api_key: "${KOBAN_API_KEY}", user_key: "${KOBAN_USER_KEY}"}
    limits: {per_second: 0}
mappings: [company]
"""


@dataclass(frozen=True)
class Counted:
    """The calls of a run beside the most that it may make."""

    what: str
    calls: int
    most: int
    because: str


def measure() -> list[Counted]:
    """A run with nothing to do over many linked customers, and a full read with filled choice fields."""
    return [_nothing_to_do(), *_choices()]


def _nothing_to_do() -> Counted:
    """The vendor is asked what changed among many linked customers, and nothing did."""
    now = [time.time() - 30 * _DAY]
    apps: dict[str, Any] = {name: registry.make(name) for name in ("nicoka", "koban")}
    for app in apps.values():
        app.clock = lambda: now[0]
    with TemporaryDirectory() as folder:
        (Path(folder) / "mapper.yaml").write_text(_PROJECT, encoding="utf-8")
        (Path(folder) / "company.yaml").write_text(_MAPPING, encoding="utf-8")
        linked = _linked(folder, apps, now)
        now[0] += _DAY / 4
        _sync(folder, apps, now)
        calls, others = len(apps["nicoka"].calls), len(apps["koban"].calls)
        # What was put into the state by hand is as good as what a run put there: an edit arrives, and no other.
        now[0] += _DAY / 4
        apps["nicoka"].edit("customers", linked, {"city": "Paris"})
        written = _sync(folder, apps, now)["koban"]
        if (written["created"], written["updated"]) != (0, 1):
            raise AssertionError(f"an edit of a linked customer should be one update, and was {written}")
    because = "the newest page of 200, one call that proves the order; koban is not asked at all"
    if others:
        because += f", but was: {others}"
    return Counted(f"nothing changed among {_CUSTOMERS:,} linked Nicoka customers", calls, 5, because)


def _linked(folder: str, apps: dict[str, Any], now: list[float]) -> int:
    """Link the customers: the newest by a run, the others by what that run left of its first one; gives one of these.

    The others are older, so that the next run sees the customers of a run first, as it does where runs linked them all.
    """
    begun, name = now[0], "Company 0"
    now[0] += _CUSTOMERS * _STEP
    for number in range(_SYNCED):
        now[0] += _STEP
        apps["nicoka"].add("customers", {"name1": f"Company {number}", "city": "Lyon"})
    _sync(folder, apps, now)
    reached, now[0] = now[0], begun
    keys: dict[str, list[str]] = {"nicoka": [], "koban": []}
    for _ in range(_CUSTOMERS - _SYNCED):
        now[0] += _STEP
        keys["nicoka"].append(str(apps["nicoka"].add("customers", {"name1": name, "city": "Lyon"})))
        keys["koban"].append(apps["koban"].add_company({"name": name, "city": "Lyon", "status": "client"}))
    now[0] = reached + _DAY / 4
    with closing(sqlite3.connect(Path(folder) / "state.db")) as state, state:
        state.row_factory = sqlite3.Row
        (first,) = state.execute("select min(link) from records").fetchone()
        for side, names in keys.items():
            row = dict(state.execute("select * from records where side = ? and link = ?", (side, first)).fetchone())
            match = dict(
                state.execute("select * from matchkeys where side = ? and key = ?", (side, row["key"])).fetchone()
            )
            _insert(
                state, "records", ({**row, "key": key, "link": f"{number:020}"} for number, key in enumerate(names))
            )
            _insert(state, "matchkeys", ({**match, "key": key} for key in names))
    for app in apps.values():
        app.calls.clear()
    return int(keys["nicoka"][_CUSTOMERS // 2])


def _insert(state: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    names = ", ".join(first)
    marks = ", ".join(f":{name}" for name in first)
    state.executemany(f"insert into {table} ({names}) values ({marks})", chain([first], rows))


def _sync(folder: str, apps: dict[str, Any], now: list[float]) -> dict[str, Any]:
    """Run once; what was done on each side."""
    transports = {name: httpx.WSGITransport(app=app) for name, app in apps.items()}
    with _project(folder, transports, now) as project:
        report = project.sync("company")
    sides: dict[str, Any] = report.as_dict()["sides"]
    if report.exit_code:
        raise AssertionError(f"the run did not end well: {sides}")
    return sides


def _project(folder: str, transports: dict[str, Any], now: list[float]) -> Project:
    env = {key: value for name in transports for key, value in registry.keys(name).items()}
    return load(
        Path(folder), env=env, state=f"sqlite:///{folder}/state.db", transports=transports, clock=lambda: now[0]
    )


def _choices() -> list[Counted]:
    """Accounts with filled choice fields, read whole: by option filters, and what it would be one by one."""
    fields = {200 + n: _choice(200 + n) for n in range(_FIELDS)}
    dynamic.FIELDS.update(fields)
    try:
        app = Cirrus(tag_carrier=False)
        for number in range(_ACCOUNTS):
            ident = app.add("accounts", {"name": f"Account {number}", "number": f"{number:06}"})
            chosen = {one: (list(field.options)[(number // 7 + one) % _OPTIONS],) for one, field in fields.items()}
            app.edit("accounts", ident, {"dynamic": chosen})
        with connect("cirrus", "http://127.0.0.1", transport=httpx.WSGITransport(app=app)) as connection:
            connection.custom("accounts", "dynamicfields")
            connection.use("accounts", {"dynamicfields": [field.name for field in fields.values()]})
            read = sum(len(page.records) for page in connection.pages("accounts"))
            values = connection.way("accounts").values
    finally:
        for ident in fields:
            del dynamic.FIELDS[ident]
    if read != _ACCOUNTS:
        raise AssertionError(f"{read} of {_ACCOUNTS} accounts were read")
    pages = ceil(_ACCOUNTS / 50)
    words = f"{pages} pages; {values}"
    return [Counted(f"{_ACCOUNTS:,} Cirrus accounts with {_FIELDS} filled choice fields", len(app.calls), 2_600, words)]


def _choice(ident: int) -> dynamic.Field:
    options = {ident * 100 + n: f"Choice {n}" for n in range(_OPTIONS)}
    return dynamic.Field(ident, "account", f"Field {ident}", dynamic.SELECT, ident, options)
