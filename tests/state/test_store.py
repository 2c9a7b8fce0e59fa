"""One suite for every database: what is put into the state comes out of it, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mapper.errors import StateError
from mapper.state import Store, links
from mapper.state.store import CHUNK
from mapper.state.tables import meta
from tests.databases import raw_engine

MANY = 2 * CHUNK + 1


def record(key: str, link: str | None = None, *, side: str = "a", **more: Any) -> dict[str, Any]:
    return {"entity": "e", "side": side, "key": key, "link": link, "digest": "d", "base": "{}", **more}


def spooled(key: str, link: str | None = None, *, run: int = 1, side: str = "a", **more: Any) -> dict[str, Any]:
    facts = {"fresh": 1, "stamp": None, "digest": "d", "base": "{}", "canonical": "{}", "origin": None}
    return {"run": run, "side": side, "key": key, "link": link, **facts, **more}


def change(link: str = "l1", *, side: str = "a", status: str = "draft", **more: Any) -> dict[str, Any]:
    facts = {"kind": "update", "key": "k", "fields": "{}", "before": "{}", "title": "", "reason": "", "stamp": None}
    row = {"run": 1, "entity": "e", "link": link, "side": side, "status": status, **facts, "attempts": 0}
    return {**row, "done_by": None, **more}


def held(key: str = "k", *, side: str = "a", **more: Any) -> dict[str, Any]:
    facts = {"cause": "rule", "field": "", "title": "", "message": "why", "place": "", "needs": None, "native": None}
    seen = {"mapping": "m", "first_run": 1, "last_run": 1, "first_seen": 1.0, "last_seen": 1.0, "attempts": 1}
    return {"entity": "e", "side": side, "key": key, **facts, **seen, **more}


# Runs


def test_runs_are_numbered_in_their_order(store: Store) -> None:
    first, second = (store.start_run("e", "sync", "m", 1.0) for _ in range(2))
    assert second > first
    assert [run["id"] for run in store.runs()] == [second, first]


def test_a_run_keeps_what_it_ended_in(store: Store) -> None:
    number = store.start_run("e", "sync", "m", 1.5)
    store.finish_run(number, "done", '{"a": 1}', "fine", 2.5)
    run = store.run(number)
    assert run is not None
    assert {name: run[name] for name in ("started", "finished", "outcome", "counts", "message")} == {
        "started": 1.5,
        "finished": 2.5,
        "outcome": "done",
        "counts": '{"a": 1}',
        "message": "fine",
    }


def test_a_run_that_does_not_exist_is_none(store: Store) -> None:
    assert store.run(17) is None


def test_runs_of_one_entity_leave_out_the_others(store: Store) -> None:
    store.start_run("e", "sync", "m", 1.0)
    mine = store.start_run("f", "sync", "m", 1.0)
    assert [run["id"] for run in store.runs(entity="f")] == [mine]


def test_runs_that_never_ended_are_known(store: Store) -> None:
    ended, lost = (store.start_run("e", "sync", "m", 1.0) for _ in range(2))
    store.start_run("f", "sync", "m", 1.0)
    store.finish_run(ended, "done", "{}", "", 2.0)
    assert store.abandoned("e") == [lost]


# Cursors


def test_cursors_move_and_keep_fractions_of_a_second(store: Store) -> None:
    store.move_cursors("e", {"a": 1.0, "b": 2.0})
    store.move_cursors("e", {"a": 1_760_000_000.123})
    store.move_cursors("f", {"a": 9.0})
    assert store.cursors("e") == {"a": 1_760_000_000.123, "b": 2.0}


# Records and links


def test_records_are_replaced_by_their_key(store: Store) -> None:
    store.save_records([record("1", "l1"), record("1", "l2", side="b")])
    store.save_records([record("1", "l3")])
    assert store.known("e", "a", ["1"])["1"]["link"] == "l3"
    assert store.known("e", "b", ["1"])["1"]["link"] == "l2"


def test_only_the_records_asked_for_are_given(store: Store) -> None:
    store.save_records([record("1"), record("2"), record("1", side="b")])
    assert list(store.known("e", "a", ["2", "3"])) == ["2"]


@pytest.mark.parametrize("key", ["é", "a'b", 'a"b', "a b", "%", "_", "A", "日本", "0", "x" * 190, "a\\b", "🙂"])
def test_keys_may_hold_any_text(store: Store, key: str) -> None:
    store.save_records([record(key, "l1"), record("a")])
    assert store.known("e", "a", [key])[key]["link"] == "l1"


def test_keys_that_differ_in_case_are_two(store: Store) -> None:
    store.save_records([record("abc", "l1"), record("ABC", "l2")])
    assert store.known("e", "a", ["ABC"])["ABC"]["link"] == "l2"


def test_more_records_than_a_chunk_are_found(store: Store) -> None:
    keys = [str(number) for number in range(MANY)]
    store.save_records([record(key, f"{int(key):06}") for key in keys])
    assert len(store.known("e", "a", keys)) == MANY
    assert len(store.linked("e", [f"{int(key):06}" for key in keys])) == MANY


def test_nothing_asked_for_is_nothing_found(store: Store) -> None:
    found = (store.known("e", "a", []), store.linked("e", []), store.matching("e", []), store.matchkeys_of("e", []))
    assert found == ({}, {}, [], {})


def test_saving_nothing_changes_nothing(store: Store) -> None:
    store.save_records([])
    store.save_matchkeys("e", "a", {})
    store.stage([])
    store.assign(1, [])
    store.mark([], status="done")
    store.plan([])
    assert store.count_linked("e") == {}


def test_a_link_gives_its_records_of_all_sides(store: Store) -> None:
    store.save_records([record("1", "l1"), record("2", "l1", side="b"), record("3", "l2"), record("4")])
    assert {(row["side"], row["key"]) for row in store.linked("e", ["l1"])["l1"]} == {("a", "1"), ("b", "2")}


def test_linked_records_are_counted_by_side(store: Store) -> None:
    store.save_records([record("1", "l1"), record("2", "l2"), record("3"), record("1", "l1", side="b")])
    assert store.count_linked("e") == {"a": 2, "b": 1}


def test_all_links_are_walked_page_by_page(store: Store) -> None:
    store.save_records([record(str(n), f"{n:04}") for n in range(7)] + [record("x", "0003", side="b"), record("y")])
    pages = list(links.pages(store, "e", 3))
    assert [list(page) for page in pages] == [["0000", "0001", "0002"], ["0003", "0004", "0005"], ["0006"]]
    assert len(pages[1]["0003"]) == 2


def test_match_values_are_replaced_whole(store: Store) -> None:
    store.save_records([record("1", "l1"), record("2")])
    store.save_matchkeys("e", "a", {"1": ["0:x", "1:y"], "2": ["0:x"]})
    store.save_matchkeys("e", "a", {"1": ["0:z"]})
    assert [(row["key"], row["link"]) for row in store.matching("e", ["0:x", "1:y", "0:z"])] in (
        [("1", "l1"), ("2", None)],
        [("2", None), ("1", "l1")],
    )
    assert store.matchkeys_of("e", [("a", "1"), ("a", "2")]) == {("a", "1"): {"0:z"}, ("a", "2"): {"0:x"}}


# Spool


def test_what_is_read_twice_is_kept_as_read_last(store: Store) -> None:
    store.stage([spooled("1", digest="old")])
    store.stage([spooled("1", digest="new")])
    assert [row["digest"] for row in store.spooled(1, "a", after="")] == ["new"]


def test_the_spool_is_walked_by_key(store: Store) -> None:
    store.stage([spooled(key) for key in ("c", "a", "b")] + [spooled("d", "l1"), spooled("e", side="b")])
    first = store.spooled(1, "a", after="", size=2)
    rest = store.spooled(1, "a", after=first[-1]["key"], size=2)
    assert [row["key"] for row in (*first, *rest)] == ["a", "b", "c"]


@pytest.mark.parametrize("size", [1, 2, 50])
def test_the_walk_through_the_spool_misses_nothing_whatever_the_order_of_letters(store: Store, size: int) -> None:
    keys = ["a", "B", "_", "é", "Z", "z", "-", "10", "9", "ä", "aa", "a-b", "a b"]
    store.stage([spooled(key) for key in keys])
    found: list[str] = []
    while rows := store.spooled(1, "a", after=found[-1] if found else "", size=size):
        found += [row["key"] for row in rows]
    assert sorted(found) == sorted(keys)


def test_links_are_given_in_the_spool(store: Store) -> None:
    store.stage([spooled("1"), spooled("2"), spooled("1", side="b")])
    store.assign(1, [("a", "1", "l1"), ("b", "1", "l1")])
    assert store.spool_links(1, [("a", "1"), ("a", "2"), ("b", "1"), ("b", "9")]) == {
        ("a", "1"): "l1",
        ("a", "2"): None,
        ("b", "1"): "l1",
    }
    assert {row["side"] for row in store.spooled_links(1, after="")["l1"]} == {"a", "b"}


def test_members_of_a_link_are_those_kept_and_those_read_now(store: Store) -> None:
    store.save_records([record("1", "l1")])
    store.stage([spooled("2", "l1", side="b")])
    assert store.spool_members(1, "e", ["l1"]) == {"l1": {"a": "1", "b": "2"}}


def test_records_are_taken_out_of_the_spool(store: Store) -> None:
    store.stage([spooled("1"), spooled("2"), spooled("1", side="b")])
    store.unstage(1, "a", ["1"])
    assert store.spooled_sides(1) == {"a", "b"}
    assert [row["key"] for row in store.spooled(1, "a", after="")] == ["2"]


def test_what_was_spooled_becomes_the_agreement(store: Store) -> None:
    store.save_records([record("1", "l0", base='{"x": "old"}')])
    store.stage([spooled("1", "l1", base='{"x": "new"}'), spooled("2", "l2"), spooled("3")])
    store.settle_spool(1, "e", loose=[], held=[])
    rows = store.known("e", "a", ["1", "2", "3"])
    assert {key: (row["link"], row["base"]) for key, row in rows.items()} == {
        "1": ("l1", '{"x": "new"}'),
        "2": ("l2", "{}"),
    }


def test_records_without_a_link_count_on_loose_sides_only(store: Store) -> None:
    store.stage([spooled("1"), spooled("1", side="b")])
    store.settle_spool(1, "e", loose=["b"], held=[])
    assert (store.known("e", "a", ["1"]), list(store.known("e", "b", ["1"]))) == ({}, ["1"])


def test_of_held_sides_only_the_link_is_kept(store: Store) -> None:
    store.save_records([record("1", None, digest="before", base='{"x": "then"}')])
    store.stage([spooled("1", "l1", digest="now", base='{"x": "now"}'), spooled("2", "l2", base='{"x": "now"}')])
    store.settle_spool(1, "e", loose=[], held=["a"])
    rows = store.known("e", "a", ["1", "2"])
    assert (rows["1"]["link"], rows["1"]["base"]) == ("l1", '{"x": "then"}')
    assert (rows["2"]["link"], rows["2"]["base"]) == ("l2", "{}")


def test_the_spool_of_another_run_is_left_alone(store: Store) -> None:
    store.stage([spooled("1", "l1"), spooled("1", "l9", run=2)])
    store.settle_spool(1, "e", loose=[], held=[])
    store.clear_spool(1)
    assert (store.spooled_sides(1), store.spooled_sides(2)) == (set(), {"a"})
    assert store.known("e", "a", ["1"])["1"]["link"] == "l1"


# Changes


def test_changes_come_in_the_order_in_which_they_were_planned(store: Store) -> None:
    store.plan([change(f"l{number}") for number in range(5)])
    first = store.changes(run=1, size=2)
    rest = store.changes(run=1, after=first[-1]["id"])
    assert [row["link"] for row in (*first, *rest)] == ["l0", "l1", "l2", "l3", "l4"]


def test_changes_are_filtered_by_any_column(store: Store) -> None:
    store.plan([change("l1", status="owed"), change("l2", status="sent"), change("l3", status="done", side="b")])
    assert [row["link"] for row in store.changes(status=["owed", "sent"])] == ["l1", "l2"]
    assert [row["link"] for row in store.changes(entity="e", side="b")] == ["l3"]


def test_a_run_shows_what_it_planned_and_what_it_did_for_others(store: Store) -> None:
    store.plan([change("l1", run=1, status="done", done_by=2), change("l2", run=2), change("l3", run=3)])
    assert [row["link"] for row in store.changes(run=2)] == ["l1", "l2"]


def test_open_changes_are_those_not_done(store: Store) -> None:
    statuses = ("draft", "owed", "sent", "failed", "done", "merged")
    store.plan([change("l1", status=status) for status in statuses])
    assert [row["status"] for row in store.open_changes("e", ["l1"])["l1"]] == ["owed", "sent", "failed"]


def test_changes_are_marked_one_by_one_and_all_at_once(store: Store) -> None:
    store.plan([change("l1"), change("l2"), change("l3", run=2)])
    store.mark_all({"run": 1, "status": "draft"}, status="owed")
    store.mark([store.changes(run=1)[0]["id"]], status="done", done_by=7)
    found = [(row["status"], row["done_by"]) for row in store.changes()]
    assert found == [("done", 7), ("owed", None), ("draft", None)]


def test_many_changes_are_marked(store: Store) -> None:
    store.plan([change(str(number)) for number in range(MANY)])
    ids = [row["id"] for start in (0, CHUNK, 2 * CHUNK) for row in store.changes(after=start)]
    store.mark(ids, status="done")
    assert store.count_changes(run=1) == {("a", "update", "done"): MANY}


def test_changes_are_counted_by_side_kind_and_status(store: Store) -> None:
    store.plan([change("l1"), change("l2"), change("l3", kind="create"), change("l4", side="b", entity="f")])
    assert store.count_changes(entity="e") == {("a", "update", "draft"): 2, ("a", "create", "draft"): 1}


def test_drafts_of_earlier_runs_are_forgotten_and_nothing_else(store: Store) -> None:
    store.plan([change("l1"), change("l2", status="owed"), change("l3", run=2), change("l4", entity="f")])
    store.drop_drafts("e", 2)
    assert [row["link"] for row in store.changes()] == ["l2", "l3", "l4"]


# Quarantine


def test_a_record_is_in_quarantine_once_with_its_latest_reason_and_first_sighting(store: Store) -> None:
    store.set_aside([held(message="first")])
    store.set_aside([held(message="second", first_run=5, last_run=5, first_seen=5.0, last_seen=5.0)])
    [row] = store.quarantined()
    facts = ("message", "first_run", "last_run", "first_seen", "last_seen", "attempts")
    assert [row[name] for name in facts] == ["second", 1, 5, 1.0, 5.0, 2]


def test_quarantine_is_asked_for_by_any_column(store: Store) -> None:
    store.set_aside([held("1"), held("2", cause="conflict"), held("1", side="b"), held("1", entity="f")])
    assert [row["key"] for row in store.quarantined(entity="e", side="a")] == ["1", "2"]
    assert [row["key"] for row in store.quarantined(cause=("conflict", "gone"))] == ["2"]
    assert len(store.quarantined(number=store.quarantined()[0]["id"])) == 1


def test_records_are_released(store: Store) -> None:
    store.set_aside([held("1"), held("2"), held("1", side="b")])
    assert store.release("e", "a", ["1", "3"], 5.0) == 1
    assert [(row["side"], row["key"]) for row in store.quarantined()] == [("a", "2"), ("b", "1")]


def test_one_record_is_dropped_by_its_number(store: Store) -> None:
    store.set_aside([held("1"), held("2")])
    store.drop_quarantined(store.quarantined()[0]["id"], 5.0)
    assert [row["key"] for row in store.quarantined()] == ["2"]


@pytest.mark.parametrize("text", ["x" * 100_000, "日本\n\t'\"", "a\x00b"], ids=["long", "of all kinds", "with a null"])
def test_a_title_and_a_message_may_be_any_text(store: Store, text: str) -> None:
    store.set_aside([held(title=text, message=text, native="{}")])
    assert store.quarantined()[0]["message"].replace("\x00", "") == text.replace("\x00", "")


# Transactions


def test_what_fails_half_way_leaves_nothing(store: Store) -> None:
    class Stop(Exception):
        pass

    with pytest.raises(Stop), store.transaction():
        store.save_records([record("1")])
        store.plan([change()])
        raise Stop
    assert (store.known("e", "a", ["1"]), store.changes()) == ({}, [])


def test_a_transaction_inside_another_is_part_of_it(store: Store) -> None:
    class Stop(Exception):
        pass

    with pytest.raises(Stop), store.transaction():
        with store.transaction():
            store.save_records([record("1")])
        raise Stop
    assert store.known("e", "a", ["1"]) == {}


def test_after_a_failure_the_state_can_be_used(store: Store) -> None:
    with pytest.raises(StateError):
        store.plan([{**change(), "status": None}])
    store.plan([change()])
    assert len(store.changes()) == 1


# Opening


def test_a_state_that_is_opened_again_holds_what_it_held(lasting_url: str) -> None:
    first = Store(lasting_url)
    first.move_cursors("e", {"a": 1.0})
    first.close()
    second = Store(lasting_url)
    assert second.cursors("e") == {"a": 1.0}
    second.close()


def test_the_state_of_another_version_is_refused(lasting_url: str) -> None:
    first = Store(lasting_url)
    with first.transaction() as connection:
        connection.execute(sa.update(meta).values(value="999"))
    first.close()
    with pytest.raises(StateError, match="newer version of mapper"):
        Store(lasting_url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://host/db", "cannot be kept in mysql"),
        ("sqlite:////nowhere/at/all/mapper.db", "cannot be used: unable to open"),
        ("", "not a database URL"),
        ("sqlite://mapper.db", r"a relative file comes after three slashes"),
        ("sqlite:////tmp", "its folder must be there"),
        ("sqlite:///mapper.db?timeout=abc", "a number of seconds, and not 'abc'"),
        ("sqlite:///mapper.db?mode=ro", "an SQLite address has no option 'mode'"),
        ("postgres://someone@localhost:1/none", "refused .check the address, the user and the password"),
    ],
)
def test_an_address_that_will_not_do_is_told_in_one_sentence(url: str, words: str) -> None:
    with pytest.raises(StateError, match=words) as caught:
        Store(url)
    assert ("\n" in str(caught.value), caught.value.exit_code) == (False, 2)


def test_a_file_that_is_no_database_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_text("this is not a database, it only has its name " * 50)
    with pytest.raises(StateError, match="cannot be used: file is not a database"):
        Store(f"sqlite:///{file}")


def test_tables_of_another_program_are_left_alone(lasting_url: str) -> None:
    engine = raw_engine(lasting_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table alerts (id integer, words text)")
    with pytest.raises(StateError, match=r"another program has tables of the names 'alerts' .give mapper a database"):
        Store(lasting_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == ["alerts"]
    engine.dispose()


def test_the_file_of_a_new_state_is_for_its_owner_alone(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path / 'state.db'}").close()
    assert (tmp_path / "state.db").stat().st_mode & 0o777 == 0o600


def test_a_password_in_an_address_is_never_shown() -> None:
    with pytest.raises(StateError) as caught:
        Store("mysql://user:hidden-password@host/db")
    assert "hidden-password" not in str(caught.value)
