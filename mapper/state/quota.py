"""How many calls each connection has set aside today, counted by all processes that share a state."""

from __future__ import annotations

import sqlalchemy as sa

from mapper.state.database import Database
from mapper.state.tables import quota


def reserve(store: Database, connection: str, day: str, most: int, allowed: int) -> int:
    """Set aside at most so many calls of a day, as far as `allowed` in all reaches; gives how many.

    What is counted changes by single statements that look before they add, so that two processes never exceed it.
    Near the end less is set aside, so that none keeps from the others what it may not need.
    """
    mine = sa.and_(quota.c.connection == connection, quota.c.day == day)
    with store.transaction() as tie:
        fresh = store.insert()(quota).values(connection=connection, day=day, calls=0)
        # It also takes the database's lock for writing, before anything is read.
        tie.execute(fresh.on_conflict_do_nothing(index_elements=["connection", "day"]))
        used = tie.execute(sa.select(quota.c.calls).where(mine).with_for_update()).scalar_one()
        wanted = min(most, allowed - used, max(1, (allowed - used) // 4))
        if wanted <= 0:
            return 0
        tie.execute(quota.update().where(mine).values(calls=quota.c.calls + wanted))
        tie.execute(quota.delete().where(quota.c.connection == connection, quota.c.day < day))
        return int(wanted)


def give_back(store: Database, connection: str, day: str, calls: int) -> None:
    """Return calls that were set aside and not made."""
    mine = sa.and_(quota.c.connection == connection, quota.c.day == day)
    with store.transaction() as tie:
        tie.execute(quota.update().where(mine).values(calls=quota.c.calls - calls))


def used(store: Database, connection: str, day: str) -> int:
    """How many calls of a day are made or set aside."""
    query = sa.select(quota.c.calls).where(quota.c.connection == connection, quota.c.day == day)
    return next((int(row["calls"]) for row in store.rows(query)), 0)
