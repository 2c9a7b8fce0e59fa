"""Bringing a state that an older version of mapper wrote to the schema of this one: all of it, or none."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mapper.errors import Locked
from mapper.log import log
from mapper.state.copies import before_upgrade, copy
from mapper.state.lock import held_now
from mapper.state.tables import SCHEMA, leases, meta


def upgrade(engine: sa.Engine, *, shown: str) -> None:
    """Carry out the steps that are missing, in one transaction; a file is copied before it is changed.

    Whoever comes second waits for the first, and finds nothing left to do. Raises StateError where the copy cannot be
    made, and Locked where a run of an older version, is under way.
    """
    with _alone(engine) as connection:
        found = connection.execute(sa.select(meta.c.value).where(meta.c.name == "schema")).scalar_one()
        if found == SCHEMA:
            return
        with _no_older_run(connection):
            copied = _set_apart(engine, found, shown)
            for number in range(int(found) + 1, int(SCHEMA) + 1):
                _step(connection, number)
            connection.execute(meta.update().where(meta.c.name == "schema").values(value=SCHEMA))
            connection.commit()
    where = f"; as it was before, it lies in {copied}" if copied else ""
    log.warning("%s was brought from schema %s to schema %s%s", shown, found, SCHEMA, where)


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that nobody else writes beside, table definitions included."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text(f"lock table {meta.name} in access exclusive mode"))
        else:
            # The driver begins no transaction of its own before a table is changed.
            connection.exec_driver_sql("begin immediate")
        try:
            yield connection
        finally:
            connection.rollback()


def _step(connection: sa.Connection, number: int) -> None:
    # Only here: it takes a tenth of a second to import, and is needed once in the life of a version.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    context = MigrationContext.configure(connection)
    step: Any = import_module(f"mapper.state.migrations.to_{number}")
    step.upgrade(Operations(context))


def _set_apart(engine: sa.Engine, found: str, shown: str) -> Path | None:
    if file := before_upgrade(engine, found):
        copy(engine, file, shown=shown)
    return file


@contextmanager
def _no_older_run(connection: sa.Connection) -> Iterator[None]:
    """See that no run of an older version is under way, nor begins.

    Since schema 3 a run has a lease, and none is given while we are alone. What runs of schema 1 and 2 held is held for
    so long: a lock of the operating system, or of the database session.
    """
    if sa.inspect(connection).has_table(leases.name):
        for entity in held_now(connection, time.time()):
            raise _busy(entity)
    entities = list(connection.execute(sa.text("select distinct entity from runs order by entity")).scalars())
    if connection.dialect.name == "postgresql":
        schema = connection.execute(sa.text("select current_schema()")).scalar()
        for entity in entities:
            number = int.from_bytes(blake2b(f"{schema}/{entity}".encode(), digest_size=7).digest(), "big")
            if not connection.execute(sa.text("select pg_try_advisory_xact_lock(:n)"), {"n": number}).scalar():
                raise _busy(entity)
        yield
        return
    with ExitStack() as files:
        paths = [Path(f"{connection.engine.url.database}.{entity}.lock") for entity in entities]
        for path, entity in zip(paths, entities, strict=True):
            if path.exists():
                try:
                    fcntl.flock(files.enter_context(path.open("r+b")), fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise _busy(entity) from None
        yield
        for path in paths:
            path.unlink(missing_ok=True)


def _busy(entity: str) -> Locked:
    message = f"a run of '{entity}' by an older version of mapper is under way"
    return Locked(message, hint="wait for it: the state is brought up to date when nobody works with it")
