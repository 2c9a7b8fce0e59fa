"""Having a database give up what was deleted or overwritten in it, so that nothing of it can be read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from mapper.errors import StateError
from mapper.state.database import Database
from mapper.state.tables import meta, metadata

_DUE = "traces"


def owe(store: Database, connection: sa.Connection) -> None:
    """Note, with what deletes or overwrites, that its traces are still to be removed: a process may die before that."""
    store.upsert(connection, meta, [{"name": _DUE, "value": "yes"}])


def owed(store: Database) -> bool:
    """Whether traces may lie in the database still."""
    return bool(store.rows(sa.select(meta.c.value).where(meta.c.name == _DUE)))


def scrub(store: Database) -> None:
    """Have the database give up the room of what was deleted or overwritten, so that nothing of it can be read."""
    try:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if store.engine.dialect.name == "postgresql":
                for name in sorted(metadata.tables):
                    connection.exec_driver_sql(f'vacuum full "{name}"')
                busy = False
            else:
                connection.exec_driver_sql("vacuum")
                busy = bool(connection.exec_driver_sql("pragma wal_checkpoint(truncate)").scalar())
    except SQLAlchemyError:
        busy = True
    if busy:
        message = f"{store.shown} is in use, so traces of what is gone may lie in it still"
        raise StateError(message, hint="stop what has it open, and run this again")
    _settle(store)


def _settle(store: Database) -> None:
    with store.transaction() as connection:
        connection.execute(meta.delete().where(meta.c.name == _DUE))
