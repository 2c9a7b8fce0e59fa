"""What a careful developer writes by hand for one job: httpx, orjson and sqlite3, and what a sync promises.

Nothing is sent before it stands in the outbox, a create that was cut off, be it by a power cut, can be told from one
that was not begun, a record that is there already is found by its number, and of one that has changed only the fields
that differ are sent.
What was written can be undone and explained: the values before and after are kept, and the record as it was read.
"""

from __future__ import annotations

import sqlite3
import zlib
from typing import Any

import httpx
import orjson
from xxhash import xxh3_64_intdigest

from benchmarks.translate import hand

_TABLES = """
pragma journal_mode=wal;
pragma synchronous=full;
create table if not exists links (source text primary key, target text not null, prints text not null, held text);
create table if not exists outbox (
    id integer primary key, source text not null, target text, prints text not null, body text not null, before text,
    held text not null, status text
);
create table if not exists targets (number text primary key, key text not null);
create table if not exists records (source text primary key, record blob not null);
"""


def run(path: str, source: httpx.BaseTransport, target: httpx.BaseTransport) -> int:
    """Bring the customers up to date with the accounts; gives how many were written."""
    database = sqlite3.connect(path)
    database.executescript(_TABLES)
    address = "http://127.0.0.1"
    accounts, customers = (httpx.Client(transport=one, base_url=address) for one in (source, target))
    with accounts, customers:
        _index(database, customers)
        _decide(database, accounts)
        written = _apply(database, customers)
    database.close()
    return written


def _pages(client: httpx.Client, path: str) -> Any:
    offset, total = 0, 1
    while offset < total:
        answer = client.get(path, params={"offset": offset, "limit": 100})
        answer.raise_for_status()
        body = orjson.loads(answer.content)
        total = body["total"]
        offset += len(body["data"])
        yield body["data"]


def _index(database: sqlite3.Connection, customers: httpx.Client) -> None:
    """Which customers are there, by their number."""
    for page in _pages(customers, "/customers"):
        rows = [(str(c["identification_number"]), str(c["customerid"])) for c in page if c["identification_number"]]
        database.executemany("insert or replace into targets values (?, ?)", rows)
    database.commit()


def _decide(database: sqlite3.Connection, accounts: httpx.Client) -> None:
    """Put into the outbox what is new or has changed."""
    for page in _pages(accounts, "/accounts"):
        keys = [account["Guid"] for account in page]
        marks = ",".join("?" * len(keys))
        query = f"select source, target, prints, held from links where source in ({marks})"
        known = {source: (key, prints, held) for source, key, prints, held in database.execute(query, keys)}
        natives = {account["Guid"]: hand.translate(account) for account in page}
        numbers = [n["identification_number"] for n in natives.values() if n.get("identification_number")]
        marks = ",".join("?" * len(numbers))
        there = dict(database.execute(f"select number, key from targets where number in ({marks})", numbers))
        rows, records = [], []
        for account in page:
            source = account["Guid"]
            native = natives[source]
            prints = {name: xxh3_64_intdigest(orjson.dumps(value)) for name, value in native.items()}
            text = orjson.dumps(prints).decode()
            key, before, held = known.get(source, (there.get(native.get("identification_number")), "{}", "{}"))
            if text == before:
                continue
            then, had = orjson.loads(before), orjson.loads(held)
            fields = {name: value for name, value in native.items() if prints[name] != then.get(name)}
            old = orjson.dumps({name: had.get(name) for name in fields}).decode()
            whole = orjson.dumps(native).decode()
            rows.append((source, key, text, orjson.dumps(fields).decode(), old, whole, "owed"))
            records.append((source, zlib.compress(orjson.dumps(account), 1)))
        statement = (
            "insert into outbox (source, target, prints, body, before, held, status) values (?, ?, ?, ?, ?, ?, ?)"
        )
        database.executemany(statement, rows)
        database.executemany("insert or replace into records values (?, ?)", records)
        database.commit()


def _apply(database: sqlite3.Connection, customers: httpx.Client) -> int:
    """Send what is owed: marked before, linked after."""
    written = 0
    while rows := database.execute(
        "select id, source, target, prints, body, held from outbox where status = 'owed' order by id limit 100"
    ).fetchall():
        database.executemany("update outbox set status = 'sent' where id = ?", [(row[0],) for row in rows])
        database.commit()
        for number, source, key, prints, body, held in rows:
            path = f"/customers/{key}" if key else "/customers"
            answer = customers.post(path, content=body, headers={"Content-Type": "application/json"})
            answer.raise_for_status()
            key = key or str(orjson.loads(answer.content)["customerid"])
            database.execute("insert or replace into links values (?, ?, ?, ?)", (source, key, prints, held))
            database.execute("update outbox set status = 'done', target = ? where id = ?", (key, number))
            database.commit()
            written += 1
    return written
