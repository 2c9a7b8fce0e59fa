"""A million links in the state: looked up and updated in batches, beside a script with nothing but `sqlite3`.

Both work in turns on the same tables of the same file, with batches of the same records; the script keeps to what a run
needs: rows by their keys, rows by their links, rows written back in one transaction.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measuring import Compared, in_turns
from benchmarks.report import Report, table, verdict
from mapper.state import Store

LEAST = 0.5
LINKS = 1_000_000
#: As many as a run asks for at once.
BATCH = 400
BATCHES = 100
ROUNDS = 3

ENTITY, SIDE, OTHER = "company", "crm", "erp"
#: Fingerprints of twelve fields, as a mapping of companies has them.
BASE = "{" + ",".join(f'"field{i}":{1234567890123456789 + i}' for i in range(12)) + "}"

_COLUMNS = "entity, side, key, link, digest, base"
_SAVE = (
    f"insert into records ({_COLUMNS}) values (?, ?, ?, ?, ?, ?) on conflict (entity, side, key) "
    "do update set link = excluded.link, digest = excluded.digest, base = excluded.base"
)


def report() -> Report:
    """Each step, and whether all of them keep their bound."""
    found = measure()
    rows = [
        (name, f"{one.ratio:.2f} ({one.low:.2f}–{one.high:.2f})", f"{one.us / BATCH:.2f}")
        for name, one in found.items()
    ]
    least = min(one.ratio for one in found.values())
    kept = least >= LEAST
    headers = (f"of {LINKS:,} links", "speed, sqlite3 by hand = 1", "µs a record")
    bound = f"The slowest step against sqlite3 by hand: {least:.2f}; the least is {LEAST}"
    return Report(table(headers, rows, right=(1, 2)) + verdict(kept, bound), kept)


def measure(links: int = LINKS, batches: int = BATCHES, rounds: int = ROUNDS) -> dict[str, Compared]:
    """Each step in turns with the same by hand."""
    with filled(links) as (store, hand):
        chosen = random.Random(1)
        numbers = [chosen.sample(range(links), BATCH) for _ in range(batches)]
        keys = [[_key(number) for number in batch] for batch in numbers]
        names = [[_link(number) for number in batch] for batch in numbers]
        found = [list(store.known(ENTITY, SIDE, batch).values()) for batch in keys]
        _alike(store, hand, keys[0], names[0])
        return {
            name: in_turns(ours, by_hand, batch, rounds=rounds)
            for name, (ours, by_hand, batch) in _steps(store, hand, keys, names, found).items()
        }


def _steps(
    store: Store,
    hand: sqlite3.Connection,
    keys: Sequence[Sequence[str]],
    links: Sequence[Sequence[str]],
    rows: Sequence[Sequence[Any]],
) -> dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Sequence[Any]]]:
    return {
        "look up by key": (lambda batch: store.known(ENTITY, SIDE, batch), lambda batch: by_key(hand, batch), keys),
        "look up by link": (lambda batch: store.linked(ENTITY, batch), lambda batch: by_link(hand, batch), links),
        "update": (store.save_records, lambda batch: save(hand, batch), rows),
    }


def by_key(hand: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Any]:
    marks = ",".join("?" * len(keys))
    query = f"select {_COLUMNS} from records where entity = ? and side = ? and key in ({marks})"
    return {row["key"]: dict(row) for row in hand.execute(query, (ENTITY, SIDE, *keys))}


def by_link(hand: sqlite3.Connection, links: Sequence[str]) -> dict[str, list[Any]]:
    marks = ",".join("?" * len(links))
    found: dict[str, list[Any]] = {}
    for row in hand.execute(f"select {_COLUMNS} from records where entity = ? and link in ({marks})", (ENTITY, *links)):
        found.setdefault(row["link"], []).append(dict(row))
    return found


def save(hand: sqlite3.Connection, rows: Sequence[Any]) -> None:
    with hand:
        hand.executemany(_SAVE, [tuple(row[name] for name in _NAMES) for row in rows])


_NAMES = _COLUMNS.split(", ")


@contextmanager
def filled(links: int) -> Iterator[tuple[Store, sqlite3.Connection]]:
    """A state with so many links of two records, and the script's own connection to the same file."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "mapper.db"
        with closing(Store(f"sqlite:///{file}")) as store, closing(sqlite3.connect(file)) as hand:
            hand.row_factory = sqlite3.Row
            for side in (SIDE, OTHER):
                rows = ((ENTITY, side, _key(n), _link(n), f"{n:032x}", BASE) for n in range(links))
                with hand:
                    hand.executemany(_SAVE, rows)
            hand.execute("pragma synchronous = normal")
            hand.execute("analyze")
            hand.commit()
            yield store, hand


def _alike(store: Store, hand: sqlite3.Connection, keys: Sequence[str], links: Sequence[str]) -> None:
    """Raises AssertionError where the two do not find the same."""
    ours = {key: {name: row[name] for name in _NAMES} for key, row in store.known(ENTITY, SIDE, keys).items()}
    if ours != by_key(hand, keys):
        raise AssertionError("by hand and by us: other records")
    many = {link: len(rows) for link, rows in store.linked(ENTITY, links).items()}
    if many != {link: len(rows) for link, rows in by_link(hand, links).items()}:
        raise AssertionError("by hand and by us: other links")


def _key(number: int) -> str:
    return f"{number:016d}"


def _link(number: int) -> str:
    return f"{1:010d}{number:010d}"
