"""Records that a run keeps: which, for how long, and until they are forgotten."""

from __future__ import annotations

from mapper.state import Store, kept


def run(store: Store, kind: str = "sync", entity: str = "e") -> int:
    return store.start_run(entity, kind, "m", 0.0)


def spool(store: Store, number: int, *keys: str, link: str | None = None) -> None:
    for key in keys:
        row = {"run": number, "side": "a", "key": key, "link": link or f"l{key}", "fresh": 1, "stamp": None}
        store.stage([{**row, "digest": "d", "base": "{}", "canonical": "{}", "origin": None, "native": key.encode()}])


def change(store: Store, number: int, link: str) -> None:
    row = {"run": number, "entity": "e", "link": link, "side": "b", "kind": "create", "key": None, "status": "draft"}
    more = {"fields": "{}", "before": "{}", "title": "", "reason": "", "stamp": None, "attempts": 0, "done_by": None}
    store.plan([row | more])


def keys(store: Store, number: int) -> list[str]:
    return [row["key"] for row in kept.records(store, number)]


def changed(store: Store, kind: str = "sync") -> int:
    """A run that changes one record."""
    number = run(store, kind)
    spool(store, number, "1")
    change(store, number, "l1")
    kept.keep_changed(store, number, "e", b"mapping")
    store.clear_spool(number)
    return number


def test_the_records_of_links_that_change_are_kept(store: Store) -> None:
    number = run(store)
    spool(store, number, "1", "2")
    spool(store, number, "3", link="l1")
    change(store, number, "l1")
    kept.keep_changed(store, number, "e", b"mapping")
    assert (keys(store, number), kept.count(store, number)) == (["1", "3"], 2)
    assert (kept.mapping_of(store, number), kept.latest(store, "e")) == (b"mapping", number)


def test_a_run_that_changes_nothing_keeps_nothing(store: Store) -> None:
    number = run(store)
    spool(store, number, "1")
    kept.keep_changed(store, number, "e", b"mapping")
    assert (keys(store, number), kept.mapping_of(store, number), kept.latest(store, "e")) == ([], None, None)


def test_a_record_is_kept_as_given_or_as_it_is_spooled(store: Store) -> None:
    number = run(store)
    spool(store, number, "1")
    kept.keep(store, number, "e", "a", "1", None)
    kept.keep(store, number, "e", "a", "2", b"given")
    kept.keep(store, number, "e", "a", "3", None)
    assert {row["key"]: bytes(row["native"]) for row in kept.records(store, number)} == {"1": b"1", "2": b"given"}


def test_a_record_that_is_kept_twice_stands_there_once(store: Store) -> None:
    number = run(store)
    spool(store, number, "1")
    change(store, number, "l1")
    kept.keep(store, number, "e", "a", "1", b"first")
    kept.keep(store, number, "e", "a", "1", b"second")
    kept.keep_changed(store, number, "e", b"mapping")
    assert [bytes(row["native"]) for row in kept.records(store, number)] == [b"second"]


def test_the_records_of_the_latest_runs_are_kept_only(store: Store) -> None:
    numbers = [changed(store) for _ in range(kept.RUNS + 2)]
    assert [kept.count(store, number) for number in numbers] == [0, 0] + [1] * kept.RUNS
    assert [kept.mapping_of(store, number) for number in numbers[:2]] == [None, None]


def test_only_the_latest_plan_keeps_its_records(store: Store) -> None:
    first, sync, second = changed(store, "plan"), changed(store), changed(store, "plan")
    assert [kept.count(store, number) for number in (first, sync, second)] == [0, 1, 1]


def test_the_records_of_a_plan_go_with_the_next_sync(store: Store) -> None:
    plan, sync = changed(store, "plan"), changed(store)
    assert [kept.count(store, number) for number in (plan, sync)] == [0, 1]


def test_what_a_run_kept_that_failed_goes(store: Store) -> None:
    failed = run(store)
    kept.keep(store, failed, "e", "a", "1", b"given")
    changed(store)
    assert kept.count(store, failed) == 0


def test_other_entities_are_left_alone(store: Store) -> None:
    other = run(store, entity="f")
    kept.keep(store, other, "f", "a", "1", b"given")
    changed(store)
    assert (keys(store, other), kept.latest(store, "f")) == (["1"], None)


def test_a_forgotten_record_is_not_kept_either(store: Store) -> None:
    number = changed(store)
    store.forget("e", "a", "1")
    assert keys(store, number) == []


def test_many_records_come_in_order(store: Store) -> None:
    number = run(store)
    names = [f"{n:04d}" for n in range(900)]
    for name in reversed(names):
        kept.keep(store, number, "e", "a", name, b"x")
    kept.keep(store, number, "e", "b", "0000", b"x")
    assert keys(store, number) == [*names, "0000"]
