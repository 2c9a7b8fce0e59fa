"""What vendors have told by themselves: who may tell it, and what no run has taken up yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mapper.state.database import Database, Row
from mapper.state.tables import KEPT, TOLD, hooks, inbox

#: Seconds between two events of one record that came in the same moment.
_TICK = 0.001


def subscribe(store: Database, row: dict[str, Any]) -> int:
    """Note a subscription; gives its number."""
    with store.transaction() as connection:
        found = connection.execute(hooks.insert().returning(hooks.c.id), row)
        return int(found.scalar_one())


def subscriptions(store: Database) -> list[Row]:
    """All subscriptions, oldest first."""
    return store.rows(sa.select(hooks).order_by(hooks.c.id))


def confirm(store: Database, number: int, remote: str | None) -> None:
    """Note by which id the vendor knows a subscription."""
    with store.transaction() as connection:
        connection.execute(hooks.update().where(hooks.c.id == number).values(remote=remote))


def unsubscribe(store: Database, number: int) -> None:
    with store.transaction() as connection:
        connection.execute(hooks.delete().where(hooks.c.id == number))


def receive(
    store: Database, number: int, rows: Sequence[dict[str, Any]], now: float, kept: Sequence[dict[str, Any]] = ()
) -> int:
    """Put events into the inbox, those that wait there already left out, in one transaction; gives how many are new.

    `kept` are rows that no run takes, as their `taken` says; the same told again counts as told now.
    """
    new = 0
    with store.transaction() as connection:
        connection.execute(hooks.update().where(hooks.c.id == number).values(heard=now))
        for row in rows:
            fresh = store.insert()(inbox).values(**row, received=now).on_conflict_do_nothing()
            new += connection.execute(fresh).rowcount
        for row in kept:
            last = connection.execute(sa.select(sa.func.max(inbox.c.received)).where(*_kept_of(row))).scalar()
            received = now if last is None else max(now, last + _TICK)
            store.upsert(connection, inbox, [{**row, "received": received}])
    return new


def _kept_of(row: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [inbox.c[name] == row[name] for name in ("entity", "side", "key", "taken")]


def kept(store: Database, entity: str, side: str, key: str) -> list[Row]:
    """What was told of a record and is kept to be looked back at, oldest first."""
    mine = _kept_of({"entity": entity, "side": side, "key": key, "taken": KEPT})
    return store.rows(sa.select(inbox).where(*mine).order_by(inbox.c.received))


def told(store: Database, entity: str, side: str) -> list[Row]:
    """The last that was told of each record of a side whose vendor shows it in no other way, oldest first."""
    mine = sa.and_(inbox.c.entity == entity, inbox.c.side == side, inbox.c.taken == TOLD, inbox.c.removed == 0)
    return store.rows(sa.select(inbox).where(mine).order_by(inbox.c.received))


def waiting(store: Database) -> dict[tuple[str, str], int]:
    """How many events wait, by entity and side."""
    count = sa.select(inbox.c.entity, inbox.c.side, sa.func.count()).where(inbox.c.taken >= 0)
    query = count.group_by(inbox.c.entity, inbox.c.side)
    with store.transaction() as connection:
        return {(entity, side): count for entity, side, count in connection.execute(query)}


def take(store: Database, entity: str, run: int) -> list[Row]:
    """What waits for an entity, oldest first, marked as taken by a run: the same told again meanwhile waits anew.

    What a run took that did not finish is taken again.
    """
    mine, other = sa.and_(inbox.c.entity == entity, inbox.c.taken >= 0), inbox.alias()
    again = sa.and_(
        other.c.entity == inbox.c.entity, other.c.side == inbox.c.side, other.c.digest == inbox.c.digest,
        other.c.taken > inbox.c.taken,
    )  # fmt: skip
    with store.transaction() as connection:
        connection.execute(inbox.delete().where(mine, sa.exists().where(again)))
        connection.execute(inbox.update().where(mine).values(taken=run))
    return store.rows(sa.select(inbox).where(mine, inbox.c.taken == run).order_by(inbox.c.received))


def settle(store: Database, entity: str, run: int, sides: Sequence[str]) -> None:
    """Forget what a run has taken up of these sides."""
    mine = sa.and_(inbox.c.entity == entity, inbox.c.taken == run, inbox.c.side.in_(sides))
    with store.transaction() as connection:
        connection.execute(inbox.delete().where(mine))
