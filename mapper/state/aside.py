"""The quarantine: what is set aside, and, without its values, what has left it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from mapper.state.database import Database, Row, storable
from mapper.state.tables import quarantine, quarantine_left

#: What remains of an entry that has left: what it was about and why, none of the record's values.
_KEPT = (
    "entity",
    "side",
    "key",
    "cause",
    "field",
    "place",
    "first_run",
    "last_run",
    "first_seen",
    "last_seen",
    "attempts",
)


def put(store: Database, rows: Sequence[dict[str, Any]]) -> None:
    """Set records aside, or note that they are still there: the first sighting is kept, attempts count up."""
    with store.transaction() as connection:
        for row in map(storable, rows):
            insert = store.insert()(quarantine).values(**row)
            fresh = {n: v for n, v in row.items() if n not in ("first_run", "first_seen", "attempts")}
            fresh["attempts"] = quarantine.c.attempts + 1
            connection.execute(insert.on_conflict_do_update(index_elements=["entity", "side", "key"], set_=fresh))


def leave(store: Database, which: sa.ColumnElement[bool], now: float, *, dropped: bool = False) -> int:
    """Take what fits out of quarantine, at a moment in Unix seconds; gives the number of records."""
    said = (quarantine.c.id, *(quarantine.c[name] for name in _KEPT), sa.literal(int(dropped)), sa.literal(now))
    names = ["number", *_KEPT, "dropped", "left_at"]
    with store.transaction() as connection:
        connection.execute(quarantine_left.insert().from_select(names, sa.select(*said).where(which)))
        return connection.execute(quarantine.delete().where(which)).rowcount


def left_among(store: Database, entity: str, places: Collection[tuple[str, str]]) -> list[Row]:
    """What was in quarantine under one of these names, a side and a key, and has left it; oldest first."""
    names = sorted({key for _, key in places})
    query = sa.select(quarantine_left).where(quarantine_left.c.entity == entity, quarantine_left.c.key.in_(names))
    return [row for row in store.rows(query.order_by(quarantine_left.c.id)) if (row["side"], row["key"]) in places]
