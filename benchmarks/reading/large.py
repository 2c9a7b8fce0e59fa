"""Calls of large accounts, counted by the simulators."""

from __future__ import annotations

import time
from dataclasses import dataclass
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
    """Customers are linked by a first run; in the second the vendor is asked what changed."""
    now = [time.time() - 30 * _DAY]
    apps = {name: registry.make(name) for name in ("nicoka", "koban")}
    for app in apps.values():
        app.clock = lambda: now[0]
    nicoka: Any = apps["nicoka"]
    for number in range(_CUSTOMERS):
        # Entered over some weeks, as customers are.
        now[0] += 20.0
        nicoka.add("customers", {"name1": f"Company {number}", "city": "Lyon"})
    now[0] += _DAY
    with TemporaryDirectory() as folder:
        (Path(folder) / "mapper.yaml").write_text(_PROJECT, encoding="utf-8")
        (Path(folder) / "company.yaml").write_text(_MAPPING, encoding="utf-8")
        _sync(folder, apps, now)
        # What the first run wrote elsewhere is not this benchmark's business.
        for app in apps.values():
            app.calls.clear()
        now[0] += _DAY / 2
        _sync(folder, apps, now)
    calls = len(nicoka.calls)
    because = "the newest page of 200, one call that proves the order; koban is not asked at all"
    if apps["koban"].calls:
        because += f", but was: {len(apps['koban'].calls)}"
    return Counted(f"nothing changed among {_CUSTOMERS:,} linked Nicoka customers", calls, 5, because)


def _sync(folder: str, apps: dict[str, Any], now: list[float]) -> None:
    transports = {name: httpx.WSGITransport(app=app) for name, app in apps.items()}
    with _project(folder, transports, now) as project:
        report = project.sync("company")
    if report.exit_code:
        raise AssertionError(f"the run did not end well: {report.as_dict()['sides']}")


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
