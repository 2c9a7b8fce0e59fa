"""Looking after a state: what it holds, what is wrong in it, a copy of it, and forgetting an entity."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mapper.errors import Locked, StateError, UsageError
from mapper.state import Store, exclusive
from mapper.state.sealing import SealedBytes
from mapper.state.tables import meta, metadata, records, runs
from mapper.state.upkeep import Holding, Untouched, backup, check, holdings, reset, size, unanswered

NO_ROOM = """
import resource, sys
from pathlib import Path
from mapper.errors import StateError
from mapper.state.upkeep import Untouched, backup
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    backup(Untouched(sys.argv[1]), Path(sys.argv[2]), force=True)
except StateError as error:
    print(error)
"""

NEVER_ENDING = """
import sys
from mapper.state import Store
store = Store(sys.argv[1])
number = 0
while True:
    row = {"entity": "company", "link": f"{number:032}", "digest": None, "base": "{}"}
    store.save_records([{**row, "side": side, "key": f"n{number}"} for side in ("a", "b")])
    number += 1
    if number == 5:
        print("going", flush=True)
"""


def record(side: str, key: str, link: str | None, *, entity: str = "company", base: str = "{}") -> dict[str, Any]:
    return {"entity": entity, "side": side, "key": key, "link": link, "digest": None, "base": base}


def change(link: str, status: str = "owed", *, entity: str = "company", kind: str = "update") -> dict[str, Any]:
    texts = dict.fromkeys(("fields", "before", "reason"), "{}")
    facts = {"run": 1, "entity": entity, "link": link, "side": "a", "kind": kind, "status": status, "title": "ACME"}
    return {**facts, **texts, "key": "1", "stamp": None, "attempts": 0, "done_by": None}


def aside(key: str, *, entity: str = "company", cause: str = "rule") -> dict[str, Any]:
    texts = dict.fromkeys(("field", "title", "message", "place", "mapping"), "")
    numbers = {"first_run": 1, "last_run": 1, "first_seen": 1.0, "last_seen": 1.0, "attempts": 1}
    return {
        "entity": entity,
        "side": "a",
        "key": key,
        "cause": cause,
        "needs": None,
        "native": None,
        **texts,
        **numbers,
    }


def spooled(run: int, key: str) -> dict[str, Any]:
    texts = {"digest": "", "base": "{}", "canonical": "{}"}
    return {"run": run, "side": "a", "key": key, "link": None, "fresh": 1, "stamp": None, "origin": None, **texts}


#: The tables that `fill` fills by the store's own methods.
FILLED = ("runs", "cursors", "records", "matchkeys", "changes", "quarantine")


def anything(table: sa.Table) -> dict[str, Any]:
    """A row with something in every column."""
    values: dict[type, Any] = {sa.Integer: 1, sa.Float: 1.0, sa.LargeBinary: b"", SealedBytes: b""}
    return {
        column.name: next((value for kind, value in values.items() if isinstance(column.type, kind)), "1")
        for column in table.c
    }


def known_run(table: sa.Table, run: int) -> dict[str, Any]:
    return {"run": run} if "run" in table.c else {}


def fill(store: Store, entity: str = "company") -> int:
    """One finished run of an entity, with something in every table; its number."""
    run = store.start_run(entity, "sync", "m", 1.0)
    store.finish_run(run, "done", "{}", "", 2.0)
    store.move_cursors(entity, {"a": 1.0, "b": 1.0})
    store.save_records([record(s, k, f"{entity}1", entity=entity) for s, k in (("a", "1"), ("b", "2"))])
    store.save_records([record("a", "9", None, entity=entity)])
    store.save_matchkeys(entity, "a", {"1": ["x"]})
    store.plan([change(f"{entity}1", status, entity=entity) for status in ("owed", "done", "failed")])
    store.set_aside([aside("9", entity=entity)])
    with store.transaction() as connection:
        for table in metadata.sorted_tables:
            if "entity" in table.c and table.name not in FILLED:
                store.upsert(connection, table, [{**anything(table), "entity": entity} | known_run(table, run)])
    return run


@pytest.fixture
def place(lasting_url: str) -> str:
    """The address of an empty state that was opened once."""
    Store(lasting_url).close()
    return lasting_url


@pytest.fixture
def store(place: str) -> Iterator[Untouched]:
    with closing(Untouched(place)) as opened:
        yield opened


def words(store: Untouched, *entities: str) -> list[tuple[str, bool]]:
    """What is found, by its kind, and whether it is broken."""
    return [(finding.kind, finding.broken) for finding in check(store, entities or ("company",))]


def stamped(url: str, schema: str) -> None:
    """Make a state one of another version."""
    with closing(Store(url)) as store, store.transaction() as connection:
        connection.execute(meta.update().values(value=schema))


# ---- opening ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "said", "then"),
    [
        ("1", "written by an older version of mapper (schema 1; this one has ", "brings it up to date"),
        ("99", "written by a newer version of mapper (schema 99; this one knows ", "install that version again"),
        ("3-rc", "written by a newer version of mapper (schema 3-rc; ", "install that version again"),
    ],
)
def test_a_state_of_another_version_is_refused_with_what_to_do(place: str, schema: str, said: str, then: str) -> None:
    stamped(place, schema)
    with pytest.raises(StateError) as caught:
        Untouched(place)
    assert said in str(caught.value) and then in str(caught.value)


@pytest.mark.parametrize("schema", ["3-rc", "99"])
def test_a_run_refuses_a_state_of_another_version(place: str, schema: str) -> None:
    stamped(place, schema)
    with pytest.raises(StateError, match=rf"\(schema {schema}\b"):
        Store(place)


def test_looking_at_a_state_that_is_not_there_makes_no_file(tmp_path: Path) -> None:
    with closing(Untouched(f"sqlite:///{tmp_path / 'none.db'}")) as store:
        assert (store.tables, size(store), check(store, ()), list(tmp_path.iterdir())) == (frozenset(), 0, [], [])


def test_looking_at_a_database_without_a_state_makes_no_table(lasting_url: str) -> None:
    for _ in range(2):
        with closing(Untouched(lasting_url)) as store:
            assert (store.tables, holdings(store, ["company"])) == (frozenset(), {"company": Holding()})


def test_no_password_is_shown_wherever_it_stands_in_the_address() -> None:
    class Named(Untouched):
        """One that connects to nothing."""

        def _prepare(self) -> None:
            return

    with closing(Named("postgresql://me:hush1@host/db?password=hush2&sslpassword=hush3&application_name=crm")) as store:
        assert store.shown == "postgresql://me:***@host/db?application_name=crm"


# ---- show ---------------------------------------------------------------------------------------------------------


def test_a_state_tells_what_it_holds_of_each_entity(store: Untouched) -> None:
    fill(store)
    last = fill(store)
    held = holdings(store, ["company", "person"])
    company = held["company"]
    assert (company.links, company.linked, company.unlinked) == (1, 2, 1)
    assert (company.owed, company.quarantined, company.kept) == (4, 1, 2)
    assert company.last_run is not None and company.last_run["id"] == last
    assert held["person"] == Holding()


def test_a_state_tells_of_entities_that_the_project_has_no_more(store: Untouched) -> None:
    fill(store, "ticket")
    assert list(holdings(store, ["company"])) == ["company", "ticket"]


def test_the_size_grows_with_what_is_written(store: Untouched) -> None:
    before = size(store)
    store.save_records([record("a", str(i), None, base="x" * 500) for i in range(1000)])
    assert size(store) > before + 500_000 // 2


# ---- check --------------------------------------------------------------------------------------------------------


def test_a_filled_state_is_sound(store: Untouched) -> None:
    fill(store)
    assert check(store, ["company"]) == []


def test_a_run_under_way_leaves_nothing_to_find(store: Untouched) -> None:
    store.stage([spooled(store.start_run("company", "sync", "m", 1.0), "1")])
    assert check(store, ["company"]) == []


def break_link(store: Store) -> None:
    store.save_records([record("a", "1", "l1"), record("a", "2", "l1"), record("b", "3", "l1")])


def break_owed(store: Store) -> None:
    store.save_records([record("a", "1", "l1", entity="person")])
    store.plan([change("l1")])


def break_base(store: Store) -> None:
    store.save_records(
        [record("a", "1", "l1"), record("a", "7", "l2", base='{"name": '), record("a", "8", None, base="[]")]
    )


def leave_quarantine(store: Store) -> None:
    store.set_aside([aside("1", entity="ticket")])


def leave_spool(store: Store) -> None:
    run = store.start_run("company", "sync", "m", 1.0)
    store.finish_run(run, "failed", "{}", "", 2.0)
    store.stage([spooled(run, "1"), spooled(run, "2")])


def leave_spool_of_nothing(store: Store) -> None:
    store.stage([spooled(77, "1")])


@pytest.mark.parametrize(
    ("spoil", "kind", "broken", "said"),
    [
        (
            break_link,
            "double",
            True,
            "1 link of 'company' with more than one record of the side 'a', the first with 1 and 2 (merge the doubles "
            "at the vendor; then `mapper state reset company` has the next sync match its records anew)",
        ),
        (
            break_owed,
            "stray",
            True,
            "1 write of 'company' is owed to links that do not exist, the first for 'ACME' "
            "(`mapper state reset company` has the next sync match its records anew)",
        ),
        (
            break_base,
            "base",
            True,
            "the agreed values of 2 records of 'company' cannot be read, the first is a 7 "
            "(`mapper state reset company` has the next sync match its records anew)",
        ),
        (
            leave_quarantine,
            "stranger",
            False,
            "1 record of 'ticket' is in quarantine, but no mapping is of it "
            "(name its mapping in mapper.yaml again, or forget it with `mapper state reset ticket`)",
        ),
        (
            leave_spool,
            "leftover",
            False,
            "run 1 has ended, but left 2 records that it read in `spool` "
            "(it does no harm; to have the room back, run `delete from spool where run = 1`)",
        ),
        (
            leave_spool_of_nothing,
            "leftover",
            False,
            "run 77 has ended, but left 1 record that it read in `spool` "
            "(it does no harm; to have the room back, run `delete from spool where run = 77`)",
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_wrong_is_found_alone_and_told_with_what_to_do(
    store: Untouched, spoil: Callable[[Store], None], kind: str, broken: bool, said: str
) -> None:
    spoil(store)
    [found] = check(store, ["company"])
    assert (found.kind, found.broken, str(found)) == (kind, broken, said)


def test_writes_that_are_done_need_no_link(store: Untouched) -> None:
    store.plan([change("gone", status) for status in ("done", "draft", "dropped", "merged")])
    assert check(store, ["company"]) == []


@pytest.mark.parametrize("status", ["owed", "sent", "failed"])
def test_every_open_write_needs_its_link(store: Untouched, status: str) -> None:
    store.plan([change("gone", status)])
    assert words(store) == [("stray", True)]


def test_a_table_that_is_missing_is_found_and_not_made_anew(place: str, store: Untouched) -> None:
    with store.transaction() as connection:
        connection.execute(sa.text("drop table cursors"))
    for _ in range(2):
        with closing(Untouched(place)) as again:
            assert [str(found).split(":")[0] for found in check(again, [])] == [
                "the table 'cursors' is missing (put a backup in the state's place; without one, the next sync makes "
                "the table anew, empty)"
            ]


def test_what_a_state_holds_is_not_guessed_where_a_table_is_missing(place: str, store: Untouched) -> None:
    with store.transaction() as connection:
        connection.execute(sa.text("drop table cursors"))
    with closing(Untouched(place)) as again, pytest.raises(StateError, match="lacks the tables cursors"):
        holdings(again)


def test_a_column_that_is_missing_is_found(place: str, store: Untouched) -> None:
    with store.transaction() as connection:
        connection.execute(sa.text("alter table kept_mappings drop column mapping"))
    with closing(Untouched(place)) as again:
        assert [found.message for found in check(again, [])] == ["the table 'kept_mappings' lacks the columns mapping"]


def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(Store(f"sqlite:///{file}")) as store:
        store.save_records([record("a", str(i), f"l{i}", base="x" * 200) for i in range(2000)])
    with closing(sqlite3.connect(file)) as raw:
        page = raw.execute("select rootpage from sqlite_master where name = 'records_link'").fetchone()[0]
        width = raw.execute("pragma page_size").fetchone()[0]
        raw.execute("pragma journal_mode=delete")
    content = bytearray(file.read_bytes())
    content[(page - 1) * width : page * width] = b"\xff" * width
    file.write_bytes(content)
    with closing(Untouched(f"sqlite:///{file}")) as store:
        [found] = check(store, [])
    assert (found.kind, found.broken) == ("damaged", True)
    assert found.message.startswith(f"the database file {file} is damaged: ") and "put a backup" in found.advice


# ---- backup -------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "state.db"
    with closing(Store(f"sqlite:///{path}")) as store:
        fill(store)
    return path


def test_a_copy_holds_what_the_state_holds(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(Untouched(f"sqlite:///{file}")) as store:
        assert backup(store, copy) == copy.stat().st_size
        held = holdings(store)
    with closing(Untouched(f"sqlite:///{copy}")) as other:
        assert (holdings(other), check(other, ["company"])) == (held, [])


def test_a_copy_is_one_file_that_only_its_owner_reads(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    with closing(Untouched(f"sqlite:///{file}")) as store:
        backup(store, folder / "copy.db")
    assert [(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()] == [("copy.db", 0o600)]


def test_a_copy_needs_no_log_beside_it_to_be_opened(file: Path, tmp_path: Path) -> None:
    with closing(Untouched(f"sqlite:///{file}")) as store:
        backup(store, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as raw:
        assert raw.execute("pragma journal_mode").fetchone() == ("delete",)


def test_a_copy_made_while_another_process_writes_has_whole_transactions_only(file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{file}"
    command = [sys.executable, "-c", NEVER_ENDING, url]
    counts = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, closing(Untouched(url)) as store:
        assert process.stdout is not None and process.stdout.readline() == "going\n"
        try:
            for number in range(5):
                copy = tmp_path / f"{number}.db"
                backup(store, copy)
                with closing(Untouched(f"sqlite:///{copy}")) as other:
                    assert check(other, ["company"]) == []
                    sides = other.rows(
                        sa.select(records.c.side, sa.func.count().label("n"))
                        .where(records.c.link != "company1")
                        .group_by(records.c.side)
                    )
                    counts.append({row["side"]: row["n"] for row in sides})
        finally:
            process.kill()
    assert all(found["a"] == found["b"] for found in counts)
    assert counts[-1]["a"] > counts[0]["a"]


def test_a_file_that_is_there_is_overwritten_only_by_force(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    with closing(Untouched(f"sqlite:///{file}")) as store:
        with pytest.raises(UsageError, match="is there already .*--force"):
            backup(store, copy)
        assert copy.read_text() == "mine"
        backup(store, copy, force=True)
    assert copy.read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("state.db", "is the state itself"),
        ("state.db-wal", "is the state itself"),
        ("used.db", "in use as a database: used.db-wal lies beside it"),
        ("folder", "is a folder"),
    ],
)
def test_even_force_does_not_overwrite(file: Path, tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "used.db-wal").write_text("")
    (tmp_path / "folder").mkdir()
    before = file.read_bytes()
    with closing(Untouched(f"sqlite:///{file}")) as store, pytest.raises(UsageError, match=message):
        backup(store, tmp_path / name, force=True)
    assert file.read_bytes() == before


def test_a_copy_that_cannot_be_written_is_told_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    with (
        closing(Untouched(f"sqlite:///{file}")) as store,
        pytest.raises(StateError, match=r"cannot be copied to .*: No such file or directory"),
    ):
        backup(store, tmp_path / "nowhere" / "copy.db")
    assert not list(tmp_path.glob("**/*.part"))


def test_a_damaged_state_does_not_take_the_place_of_a_good_copy(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(Store(f"sqlite:///{file}")) as store:
        store.save_records([record("a", f"n{i}", None, base="x" * 500) for i in range(300)])
    with closing(Untouched(f"sqlite:///{file}")) as store:
        backup(store, copy)
        before = copy.read_bytes()
    with file.open("r+b") as state:
        state.seek(file.stat().st_size - 12000)
        state.write(b"\xa5" * 9000)
    with closing(Untouched(f"sqlite:///{file}")) as store, pytest.raises(StateError, match="was not copied"):
        backup(store, copy, force=True)
    assert copy.read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_copy_that_finds_no_room_leaves_the_older_one_as_it_was(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    copy.write_text("older")
    with closing(Store(f"sqlite:///{file}")) as store:
        store.save_records([record("a", f"n{i}", None, base="x" * 500) for i in range(1000)])
    command = [sys.executable, "-c", NO_ROOM, f"sqlite:///{file}", str(copy)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert f"cannot be copied to {copy}: " in result.stdout
    assert [(path.name, path.read_text()) for path in copy.parent.iterdir()] == [("copy.db", "older")]


def test_a_copy_needs_a_name(file: Path) -> None:
    with closing(Untouched(f"sqlite:///{file}")) as store, pytest.raises(UsageError, match="no file is named"):
        backup(store, Path())


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///{folder}/none.db"])
def test_no_state_gives_no_copy(tmp_path: Path, url: str) -> None:
    with (
        closing(Untouched(url.format(folder=tmp_path))) as store,
        pytest.raises(StateError, match="nothing to back up"),
    ):
        backup(store, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_state_in_postgresql_is_left_to_pg_dump(place: str, store: Untouched, tmp_path: Path) -> None:
    if place.startswith("sqlite"):
        assert backup(store, tmp_path / "copy.db") > 0
    else:
        with pytest.raises(UsageError, match="pg_dump"):
            backup(store, tmp_path / "copy.db")


# ---- reset --------------------------------------------------------------------------------------------------------


def left(store: Store, entity: str) -> dict[str, int]:
    """How many rows of an entity each table holds."""
    found = {}
    with store.transaction() as connection:
        for name, table in metadata.tables.items():
            if "entity" in table.c:
                query = sa.select(sa.func.count()).where(table.c.entity == entity)
                found[name] = connection.execute(query).scalar_one()
    return found


def test_a_reset_forgets_everything_of_an_entity_but_its_runs(store: Untouched) -> None:
    store.stage([spooled(fill(store), "1")])
    assert all(left(store, "company").values())
    gone = reset(store, "company")
    assert (gone.links, gone.linked, gone.unlinked, gone.owed) == (1, 2, 1, 2)
    assert {name for name, number in left(store, "company").items() if number} == {"runs"}
    assert store.spooled(1, "a", after="") == []


def test_a_reset_leaves_other_entities_alone(store: Untouched) -> None:
    fill(store)
    store.stage([spooled(fill(store, "person"), "1")])
    before = left(store, "person")
    reset(store, "company")
    assert (left(store, "person"), len(store.spooled(2, "a", after=""))) == (before, 1)


def test_a_reset_does_not_touch_an_entity_whose_run_is_under_way(store: Untouched) -> None:
    fill(store)
    before = left(store, "company")
    with exclusive(store, "company"), pytest.raises(Locked):
        reset(store, "company")
    assert left(store, "company") == before


def test_a_reset_that_fails_half_way_forgets_nothing(place: str, store: Untouched) -> None:
    fill(store)
    with store.transaction() as connection:
        connection.execute(sa.text("alter table kept_mappings rename column entity to other"))
    with pytest.raises(StateError):
        reset(store, "company")
    with store.transaction() as connection:
        connection.execute(sa.text("alter table kept_mappings rename column other to entity"))
    assert all(left(store, "company").values())


def test_creates_without_an_answer_are_counted(store: Untouched) -> None:
    store.plan([change("l1", "sent", kind="create"), change("l2", "sent"), change("l3", "owed", kind="create")])
    store.set_aside([aside("7", cause="unclear"), aside("8")])
    assert unanswered(store, "company") == 2


def test_the_runs_of_an_entity_stay_listed_after_a_reset(store: Untouched) -> None:
    number = fill(store)
    reset(store, "company")
    assert [row["id"] for row in store.rows(sa.select(runs.c.id))] == [number]
