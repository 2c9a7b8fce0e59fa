"""A state of every released schema is brought up to the present one: nothing is lost, and never half of it is done.

`released/` holds what the older versions made: their tables, in the words of each database, and rows of a real project.
"""

from __future__ import annotations

import fcntl
import logging
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mapper.errors import Locked
from mapper.log import log
from mapper.state import Store
from mapper.state.tables import SCHEMA, leases, metadata
from tests.databases import raw_engine

RELEASED = Path(__file__).with_name("released")
OLDER = [str(number) for number in range(1, int(SCHEMA))]

DIE = """
import os, signal, sys
import sqlalchemy as sa
from mapper.state import Store

left = int(sys.argv[2])

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    if statement.lower().lstrip().startswith(("create", "alter", "drop", "insert", "update")):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

Store(sys.argv[1]).close()
print("whole")
"""


def lay_down(url: str, schema: str) -> None:
    """Make the state that an older version left."""
    engine = raw_engine(url)
    name = engine.dialect.name
    text = (RELEASED / f"schema-{schema}.{name}.sql").read_text() + (RELEASED / f"schema-{schema}.data.sql").read_text()
    if name == "postgresql":
        text = re.sub(r"X'([0-9a-f]*)'", r"'\\x\1'", text)
    with engine.begin() as connection:
        for statement in text.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement.replace("%", "%%") if name == "postgresql" else statement)
        if name == "postgresql":
            for table in ("runs", "changes", "quarantine"):
                past = f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))"
                connection.exec_driver_sql(past)
    engine.dispose()


def contents(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by table."""
    engine = raw_engine(url)
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        found = {
            name: [dict(row) for row in connection.exec_driver_sql(f"select * from {name}").mappings()]
            for name in names
        }
    engine.dispose()
    return {name: sorted(rows, key=repr) for name, rows in sorted(found.items())}


def shape(url: str) -> dict[str, Any]:
    """Names, types, nullability, keys and indexes of all tables."""
    engine = raw_engine(url)
    inspector = sa.inspect(engine)
    found = {}
    for name in inspector.get_table_names():
        columns = {c["name"]: (str(c["type"]), c["nullable"], bool(c["default"])) for c in inspector.get_columns(name)}
        indexes = {i["name"]: (i["column_names"], bool(i["unique"])) for i in inspector.get_indexes(name)}
        found[name] = (columns, inspector.get_pk_constraint(name)["constrained_columns"], indexes)
    engine.dispose()
    return found


@pytest.mark.parametrize("schema", OLDER)
def test_nothing_is_lost_on_the_way_up(lasting_url: str, schema: str) -> None:
    lay_down(lasting_url, schema)
    before = contents(lasting_url)
    Store(lasting_url).close()
    after = contents(lasting_url)
    assert after["mapper_meta"] == [{"name": "schema", "value": SCHEMA}]
    kept = {
        name: [{column: row[column] for column in columns} for row in after[name]]
        for name, rows in before.items()
        if name != "mapper_meta" and rows
        for columns in [list(rows[0])]
    }
    assert {name: sorted(rows, key=repr) for name, rows in kept.items()} == {n: before[n] for n in kept}


@pytest.mark.parametrize("schema", OLDER)
def test_a_state_brought_up_is_made_as_a_new_one(lasting_url: str, other_url: str, schema: str) -> None:
    lay_down(lasting_url, schema)
    Store(lasting_url).close()
    Store(other_url).close()
    assert shape(lasting_url) == shape(other_url)
    assert set(shape(lasting_url)) == set(metadata.tables)


def test_every_released_schema_is_tested() -> None:
    assert [f"schema-{n}.data.sql" for n in OLDER] == sorted(path.name for path in RELEASED.glob("*.data.sql"))


@pytest.mark.parametrize("schema", OLDER)
def test_a_state_brought_up_takes_new_rows(lasting_url: str, schema: str) -> None:
    lay_down(lasting_url, schema)
    with closing(Store(lasting_url)) as store:
        highest = max(row["id"] for row in store.runs())
        assert store.start_run("company", "sync", "", 1.0) == highest + 1


@pytest.mark.parametrize("statement", [1, 2, 5, 9])
def test_a_process_killed_on_the_way_up_leaves_the_old_state_whole(lasting_url: str, statement: int) -> None:
    lay_down(lasting_url, "1")
    before = contents(lasting_url)
    command = [sys.executable, "-c", DIE, lasting_url, str(statement)]
    died = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (died.returncode, died.stdout) == (-9, "")
    assert contents(lasting_url) == before
    Store(lasting_url).close()
    assert contents(lasting_url)["mapper_meta"] == [{"name": "schema", "value": SCHEMA}]


def test_a_file_is_copied_as_it_was_before(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'state.db'}", tmp_path / "state.db.schema-2"
    lay_down(url, "2")
    before = contents(url)
    Store(url).close()
    assert contents(f"sqlite:///{copy}") == before
    assert copy.stat().st_mode & 0o777 == 0o600


def test_one_line_says_that_it_was_brought_up(lasting_url: str) -> None:
    lay_down(lasting_url, "2")
    heard = Heard()
    log.addHandler(heard)
    try:
        Store(lasting_url).close()
        Store(lasting_url).close()
    finally:
        log.removeHandler(heard)
    [line] = heard.lines
    assert f"was brought from schema 2 to schema {SCHEMA}" in line


class Heard(logging.Handler):
    """What is logged, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_two_machines_that_open_it_at_once_bring_it_up_once(lasting_url: str) -> None:
    lay_down(lasting_url, "1")
    command = [sys.executable, "-c", "import sys; from mapper.state import Store; Store(sys.argv[1]).close()"]
    both = [subprocess.Popen([*command, lasting_url], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sum("was brought from" in text for text in told) <= 1
    assert contents(lasting_url)["mapper_meta"] == [{"name": "schema", "value": SCHEMA}]


def test_a_run_of_the_older_version_is_waited_for(lasting_url: str, tmp_path: Path) -> None:
    lay_down(lasting_url, "2")
    engine = raw_engine(lasting_url)
    if engine.dialect.name == "postgresql":
        with engine.connect() as session:
            schema = session.exec_driver_sql("select current_schema()").scalar()
            number = int.from_bytes(blake2b(f"{schema}/company".encode(), digest_size=7).digest(), "big")
            session.execute(sa.text("select pg_advisory_lock(:n)"), {"n": number})
            refused(lasting_url)
    else:
        with (tmp_path / "state.db.company.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            refused(lasting_url)
    engine.dispose()
    Store(lasting_url).close()
    assert contents(lasting_url)["mapper_meta"] == [{"name": "schema", "value": SCHEMA}]


@pytest.mark.parametrize("schema", [number for number in OLDER if int(number) > 2])
def test_a_run_of_an_older_version_that_has_a_lease_is_waited_for(lasting_url: str, schema: str) -> None:
    lay_down(lasting_url, schema)
    engine = raw_engine(lasting_url)
    with engine.begin() as connection:
        there = {"token": "elsewhere/17", "until": time.time() + 60}
        connection.execute(leases.update().where(leases.c.name == "company").values(there))
    refused(lasting_url, schema)
    with engine.begin() as connection:
        connection.execute(leases.update().values(until=0.0))
    engine.dispose()
    Store(lasting_url).close()
    assert contents(lasting_url)["mapper_meta"] == [{"name": "schema", "value": SCHEMA}]


def refused(url: str, schema: str = "2") -> None:
    with pytest.raises(Locked, match="a run of 'company' by an older version of mapper is under way"):
        Store(url)
    assert contents(url)["mapper_meta"] == [{"name": "schema", "value": schema}]


def test_a_copy_that_cannot_be_made_stops_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    lay_down(url, "2")
    (tmp_path / "state.db.schema-2").mkdir()
    with pytest.raises(Exception, match="cannot be copied"):
        Store(url)
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        assert connection.execute("select value from mapper_meta").fetchall() == [("2",)]
