"""Values go when they are no longer of use; what is owed or set aside stays."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mapper.state import Store, aside, inbox, kept, retention
from mapper.state.tables import KEPT

OLD, LATE, NOW = 100.0, 900.0, 1000.0
BEFORE = 500.0


def run(store: Store, ended: float | None) -> int:
    number = store.start_run("company", "sync", "m", 1.0)
    if ended is not None:
        store.finish_run(number, "done", "{}", "told", ended)
    return number


def change(store: Store, number: int, status: str, done_by: int | None = None) -> None:
    row: dict[str, Any] = {"run": number, "entity": "company", "link": f"L{number}", "side": "b", "kind": "update"}
    row |= {"key": "1", "status": status, "fields": '{"a":"Aubépine"}', "before": '{"a":"x"}', "title": "Aubépine"}
    store.plan([{**row, "reason": "changed", "stamp": None, "attempts": 0, "done_by": done_by}])


def keep(store: Store, number: int, key: str = "1") -> None:
    kept.keep(store, number, "company", "a", key, b"Aub\xc3\xa9pine")


def purged(store: Store) -> int:
    return retention.purge(store, "company", BEFORE, NOW)


@pytest.mark.parametrize("status", ["done", "dropped", "superseded"])
def test_the_values_of_an_old_write_go_and_that_it_was_done_stays(store: Store, status: str) -> None:
    change(store, run(store, OLD), status)
    assert purged(store) == 1
    [row] = store.changes()
    assert (row["fields"], row["before"], row["title"], row["status"]) == ("{}", "{}", "", status)


@pytest.mark.parametrize("status", ["owed", "sent", "failed"])
def test_what_is_owed_stays_whole(store: Store, status: str) -> None:
    change(store, run(store, OLD), status)
    purged(store)
    assert store.changes()[0]["title"] == "Aubépine"


@pytest.mark.parametrize("ended", [LATE, None])
def test_what_a_late_run_wrote_stays(store: Store, ended: float | None) -> None:
    change(store, run(store, ended), "done")
    assert purged(store) == 0
    assert store.changes()[0]["title"] == "Aubépine"


def test_a_write_counts_from_the_run_that_did_it(store: Store) -> None:
    old, late = run(store, OLD), run(store, LATE)
    change(store, old, "done", done_by=late)
    purged(store)
    assert store.changes()[0]["title"] == "Aubépine"


def test_what_an_old_plan_would_have_written_goes(store: Store) -> None:
    change(store, run(store, OLD), "draft")
    purged(store)
    assert store.changes() == []


def test_records_as_old_runs_read_them_go(store: Store) -> None:
    old, late = run(store, OLD), run(store, LATE)
    keep(store, old)
    keep(store, late)
    purged(store)
    assert (kept.count(store, old), kept.count(store, late)) == (0, 1)


def test_a_record_in_quarantine_stays_as_it_was_read(store: Store) -> None:
    old = run(store, OLD)
    keep(store, old)
    row = {"entity": "company", "side": "a", "key": "1", "cause": "rule", "field": "", "title": "", "message": "m"}
    row |= {"place": "", "needs": None, "native": None, "mapping": "m", "first_run": old, "last_run": old}
    store.set_aside([{**row, "first_seen": 1.0, "last_seen": 1.0, "attempts": 1}])
    purged(store)
    assert kept.count(store, old) == 1


def test_of_another_entity_nothing_goes(store: Store) -> None:
    change(store, run(store, OLD), "done")
    assert retention.purge(store, "person", BEFORE, NOW) == 0


def test_a_run_is_purged_once(store: Store) -> None:
    run(store, OLD)
    assert (purged(store), purged(store)) == (1, 0)


def careless(store: Store) -> None:
    """Have SQLite leave what is deleted in the file, as most builds of it do."""
    with store.transaction() as connection:
        connection.exec_driver_sql("pragma secure_delete = off")


def test_what_went_cannot_be_read_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(Store(f"sqlite:///{file}")) as store:
        for _ in range(20):
            old = run(store, OLD)
            change(store, old, "done")
            keep(store, old)
        careless(store)
        purged(store)
    assert "Aubépine".encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("ended", [OLD, None])
def test_nor_can_what_was_told_then_and_kept(tmp_path: Path, ended: float | None) -> None:
    with closing(Store(f"sqlite:///{tmp_path / 'state.db'}")) as store:
        run(store, ended)
        event = {"entity": "company", "side": "a", "hook": "seen", "taken": KEPT, "removed": 0}
        rows = [{**event, "key": str(n), "digest": str(n), "record": "Aubépine" * 2000} for n in range(20)]
        inbox.receive(store, 1, [], OLD, rows)
        careless(store)
        purged(store)
        assert inbox.kept(store, "company", "a", "1") == []
    assert "Aubépine".encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(("left_at", "remains"), [(OLD, 0), (LATE, 1)])
def test_that_a_record_was_in_quarantine_is_known_as_long_as_the_rest(
    store: Store, left_at: float, remains: int
) -> None:
    run(store, OLD)
    row = {"entity": "company", "side": "a", "key": "1", "cause": "rule", "field": "", "title": "", "message": "m"}
    row |= {"place": "", "needs": None, "native": None, "mapping": "m", "first_run": 1, "last_run": 1}
    store.set_aside([{**row, "first_seen": 1.0, "last_seen": 1.0, "attempts": 1}])
    store.release("company", "a", ["1"], left_at)
    purged(store)
    assert len(aside.left_among(store, "company", {("a", "1")})) == remains
