"""What it costs to keep values private: a sync on a state with a key, forgetting one record, changing the key."""

from __future__ import annotations

import time
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from benchmarks import translate
from benchmarks.report import Report, table, verdict
from benchmarks.wholerun import Accounts, Customers
from mapper.state import Store, forget, history
from mapper.state.rekey import AsItLies, rekey
from mapper.state.scrubbing import scrub
from mapper.state.sealing import Cipher
from mapper.state.tables import likenesses

KEY, OTHER = (b64encode(bytes(range(n, n + 32))).decode() for n in (0, 1))
ENTITY = "person"
SYNCED = 3_000
ROUNDS = 3
FEW, MANY = 50_000, 200_000
#: Four times the records may take so many times as long.
MOST_GROWTH = 6.0


def report() -> Report:
    """Processor time of each, and whether forgetting and changing the key grow no faster than the state."""
    plain, sealed = (median(syncs) for syncs in zip(*(_syncs() for _ in range(ROUNDS)), strict=True))
    first = table(
        (f"first sync of {SYNCED:,} records", "µs a record"),
        [("without a key", f"{plain:.0f}"), ("with a key", f"{sealed:.0f} ({sealed / plain:.2f} times)")],
        right=(1,),
    )
    found = {count: measure(count) for count in (FEW, MANY)}
    rows = [(name, *(f"{found[count][name]:.1f} s" for count in found)) for name in found[MANY]]
    second = table(("of a state with a key", *(f"{count:,} records" for count in found)), rows, right=(1, 2))
    growth = max(found[MANY][name] / found[FEW][name] for name in found[MANY])
    bound = f"Growth with {MANY // FEW} times the records: {growth:.1f} times; the most is {MOST_GROWTH:.0f}"
    return Report(f"{first}\n{second}{verdict(growth <= MOST_GROWTH, bound)}", growth <= MOST_GROWTH)


def _syncs() -> tuple[float, float]:
    """Processor time a record of a first sync, without a key and with one, in microseconds."""
    return _sync(None), _sync("${KEY}")


def _sync(key: str | None) -> float:
    from mapper.sync.project import load

    source, target = Accounts(SYNCED), Customers()
    with TemporaryDirectory() as folder:
        state, transports = f"sqlite:///{folder}/state.db", {"koban": source, "nicoka": target}
        started = time.process_time()
        with load(translate.HERE, env={"KEY": KEY}, state=state, transports=transports) as project:
            project.spec = replace(project.spec, state_key=key)
            project.sync("customer", full=True, allowed=("empty",))
            assert (target.written, project.store.key_id is None) == (SYNCED, key is None)
        return (time.process_time() - started) / SYNCED * 1e6


def measure(count: int) -> dict[str, float]:
    """Seconds of processor time on a state with a key and so many records, two of them one person's."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/state.db"
        with closing(Store(url, key=KEY)) as store:
            _fill(store, count)
            forgotten = _timed(lambda: _forget(store, 7))
        with closing(AsItLies(url)) as state:
            changed = _timed(lambda: rekey(state, Cipher(KEY), Cipher(OTHER)))
    return {"forgetting one person": forgotten, "changing the key": changed}


def _timed(work: Any) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _forget(store: Store, person: int) -> None:
    """What `mapper forget` does in the state."""
    (first, *_) = history.places_of(store, ENTITY, _key(person))
    places, link = [first, ("erp", _key(person))], _link(person)
    values = [_values(person)["email"], _values(person)["phone"]]
    assert sum(1 for _ in forget.remembered(store, ENTITY, places, link))
    erased = forget.erase(store, ENTITY, places, link, 1.0, values)
    scrub(store)
    assert erased["records"] == 2
    assert (forget.left(store, ENTITY, places, link), forget.holding(store, values)) == ({}, {})


def _fill(store: Store, count: int) -> None:
    """Persons on two sides, each with what a sync leaves of it: agreed values, match values, a write, likenesses."""
    run = store.start_run(ENTITY, "sync", "m", 1.0)
    for start in range(0, count // 2, 2_000):
        with store.transaction() as connection:
            _page(store, connection, run, range(start, min(start + 2_000, count // 2)))
    store.finish_run(run, "done", "{}", "", 2.0)


def _page(store: Store, connection: Any, run: int, numbers: range) -> None:
    texts = {number: orjson.dumps(_values(number)).decode() for number in numbers}
    base = orjson.dumps(dict.fromkeys(_values(0), 1234567890123456789)).decode()
    agreed = {"entity": ENTITY, "digest": "d" * 32, "base": base, "mark": None}
    done = {"run": run, "entity": ENTITY, "side": "erp", "kind": "create", "status": "done", "before": "{}"}
    done |= {"reason": "from crm", "attempts": 0, "done_by": run}
    for side in ("crm", "erp"):
        store.save_records(
            [{**agreed, "side": side, "key": _key(n), "link": _link(n), "image": text} for n, text in texts.items()]
        )
        values = {_key(n): [f"0:{n:032x}", f"1:{n:032x}"] for n in numbers}
        store.save_matchkeys(ENTITY, side, values, fresh=True)
        alike = {"entity": ENTITY, "rule": 0, "side": side}
        blocks = [
            {**alike, "block": f"{b}:{n % 5000:016x}", "key": _key(n), "text": f"dupont {n}"}
            for n in numbers
            for b in (0, 1)
        ]
        store.upsert(connection, likenesses, blocks)
    titled = {n: {"key": _key(n), "link": _link(n), "title": f"Dupont {n}"} for n in numbers}
    store.plan([{**done, **titled[n], "fields": text, "stamp": f"crm:{_key(n)}"} for n, text in texts.items()])


def _values(number: int) -> dict[str, str]:
    named = {"last_name": f"Dupont {number}", "first_name": "Jean-François", "city": "Lyon", "zip": "69001"}
    reached = {"email": f"j.dupont.{number:07d}@exemple{number % 977}.fr", "phone": f"+3360{number:07d}"}
    return {**named, **reached, "street": f"{number % 300} rue de la Paix", "notes": "Rappeler en septembre."}


def _key(number: int) -> str:
    return f"{number:024x}"


def _link(number: int) -> str:
    return f"{number:020d}"
