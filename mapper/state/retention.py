"""Values of records are kept as long as they are of use, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from mapper.state.database import Database
from mapper.state.tables import (
    KEEP_OPEN,
    KEPT,
    UNCOMMITTED,
    changes,
    inbox,
    kept,
    kept_mappings,
    quarantine,
    quarantine_left,
    runs,
)

#: What SQLite calls its ways to delete, by the number that it gives.
_LEVELS = ("off", "on", "fast")


def purge(store: Database, entity: str, before: float, now: float) -> int:
    """Remove the values that runs of an entity which ended before a moment have left; gives how many runs those were.

    So goes what was told before, and kept to be looked back at. What is still owed, or in quarantine, stays whole; of a
    write that was done it stays known that it was.
    """
    ended = sa.and_(runs.c.entity == entity, runs.c.finished < before)
    fresh = sa.select(runs.c.id).where(ended, runs.c.purged.is_(None))
    past = sa.and_(inbox.c.entity == entity, inbox.c.taken == KEPT, inbox.c.received < before)
    with store.transaction() as connection, _overwritten(store, connection):
        connection.execute(inbox.delete().where(past))
        numbers = list(connection.execute(fresh).scalars())
        if not numbers:
            return 0
        old = sa.select(runs.c.id).where(ended)
        mine = sa.and_(changes.c.entity == entity, sa.func.coalesce(changes.c.done_by, changes.c.run).in_(old))
        connection.execute(changes.delete().where(mine, changes.c.status.in_(UNCOMMITTED)))
        empty = {"fields": "{}", "before": "{}", "wrote": None, "title": "", "reason": ""}
        settled = sa.and_(mine, changes.c.status.not_in(KEEP_OPEN), changes.c.fields != "{}")
        connection.execute(changes.update().where(settled).values(empty))
        same = (quarantine.c.entity == kept.c.entity, quarantine.c.side == kept.c.side, quarantine.c.key == kept.c.key)
        there = kept.c.run.in_(old)
        connection.execute(kept.delete().where(there, ~sa.exists().where(*same)))
        out = sa.and_(quarantine_left.c.entity == entity, quarantine_left.c.left_at < before)
        connection.execute(quarantine_left.delete().where(out))
        used = sa.exists().where(kept.c.run == kept_mappings.c.run)
        connection.execute(kept_mappings.delete().where(kept_mappings.c.run.in_(old), ~used))
        connection.execute(runs.update().where(runs.c.id.in_(fresh)).values(purged=now, message=""))
    return len(numbers)


@contextmanager
def _overwritten(store: Database, connection: sa.Connection) -> Iterator[None]:
    """Have SQLite overwrite what is deleted: a page that nobody uses can be read for years."""
    if store.engine.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("pragma secure_delete").scalar_one()
    connection.exec_driver_sql("pragma secure_delete = on")
    yield
    connection.exec_driver_sql(f"pragma secure_delete = {_LEVELS[before]}")


def oldest(store: Database, entity: str) -> float | None:
    """When the oldest run ended whose values are still kept."""
    query = sa.select(sa.func.min(runs.c.finished)).where(runs.c.entity == entity, runs.c.purged.is_(None))
    with store.transaction() as connection:
        return connection.execute(query).scalar()
