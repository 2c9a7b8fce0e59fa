"""A copy of an SQLite state: one whole file, as the state is at one moment, while others may write to it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from mapper.errors import StateError
from mapper.state.trouble import RESTORE


def copy(engine: sa.Engine, file: Path, *, shown: str) -> None:
    """Copy the database of an SQLite engine into `file`, whatever is there.

    Raises StateError where that cannot be, or where the copy is not sound: it must not take a good one's place.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        # It holds values of records: nobody but its owner may read it.
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy(engine, part)
        if damage := _damage(part):
            raise StateError(f"{shown} is damaged, and was not copied to {file}: {damage}", hint=RESTORE)
        os.replace(part, file)
    except (OSError, sqlite3.Error) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        hint = "check its folder, the rights and the disk"
        raise StateError(f"{shown} cannot be copied to {file}: {words}", hint=hint) from None
    finally:
        part.unlink(missing_ok=True)


def before_upgrade(engine: sa.Engine, schema: str) -> Path | None:
    """Where the copy lies that is made before a state of a schema is brought up; None where it is no file."""
    name = engine.url.database
    return (
        None if engine.dialect.name != "sqlite" or name in (None, "", ":memory:") else Path(f"{name}.schema-{schema}")
    )


def copies_beside(engine: sa.Engine) -> list[str]:
    """The copies that were made so, and are there still."""
    pattern = before_upgrade(engine, "*")
    return sorted(str(path) for path in pattern.parent.glob(pattern.name)) if pattern else []


def _copy(engine: sa.Engine, part: Path) -> None:
    with closing(engine.raw_connection()) as pooled, closing(sqlite3.connect(part)) as made:
        source = pooled.driver_connection
        assert isinstance(source, sqlite3.Connection)
        # In one step: one that pauses begins anew whenever a run writes.
        source.backup(made)
        # The copy is one file, whole without a second one beside it.
        made.execute("PRAGMA journal_mode=DELETE")
    with part.open("rb") as written:
        os.fsync(written.fileno())


def _damage(part: Path) -> str:
    """What is wrong with a copy as a file, in SQLite's words."""
    with closing(sqlite3.connect(part)) as made:
        told = [str(row[0]) for row in made.execute("PRAGMA quick_check(1)")]
    return "" if told == ["ok"] else " ".join(" ".join(told).split())
