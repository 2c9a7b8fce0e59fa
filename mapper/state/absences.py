"""Records that a complete listing lacks, and records that are gone: asked for by chunks, as everything is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from mapper.state.database import Row
from mapper.state.store import CHUNK, Store
from mapper.state.tables import GONE, RETIRED, missing, records, seen, spool

Place = tuple[str, str]


def note_seen(store: Store, run: int, side: str, keys: Sequence[str]) -> None:
    """Remember that a run's listing shows these records."""
    with store.transaction() as connection:
        store.upsert(connection, seen, [{"run": run, "side": side, "key": key} for key in keys])


def count_seen(store: Store, run: int, side: str) -> int:
    """How many different records a run's listing shows."""
    query = sa.select(sa.func.count()).select_from(seen).where(seen.c.run == run, seen.c.side == side)
    with store.transaction() as connection:
        return int(connection.execute(query).scalar_one())


def absent(store: Store, run: int, entity: str, side: str, marks: Sequence[str], after: str) -> list[Row]:
    """The next linked records, with none of these marks, that a run's listing does not show."""
    query = sa.select(records).where(_lacking(run, entity, side, marks), records.c.key > after)
    return store.rows(query.order_by(records.c.key).limit(CHUNK))


def missed_before(store: Store, entity: str, side: str, keys: Sequence[str]) -> set[str]:
    """Those of at most CHUNK records that the last complete listing lacked too."""
    query = sa.select(missing.c.key).where(missing.c.entity == entity, missing.c.side == side)
    return {row["key"] for row in store.rows(query.where(missing.c.key.in_(list(keys))))} if keys else set()


def settle(store: Store, run: int, entity: str, side: str, marks: Sequence[str], *, complete: bool) -> None:
    """Make what a listing shows and lacks what the next one is compared with; only a complete one lacks anything."""
    mine = sa.and_(missing.c.entity == entity, missing.c.side == side)
    shown = sa.exists().where(seen.c.run == run, seen.c.side == side, seen.c.key == missing.c.key)
    lacking = sa.select(records.c.entity, records.c.side, records.c.key, sa.literal(run))
    insert = store.insert()(missing).from_select(
        ["entity", "side", "key", "run"], lacking.where(_lacking(run, entity, side, marks))
    )
    with store.transaction() as connection:
        connection.execute(missing.delete().where(mine, shown))
        if complete:
            connection.execute(insert.on_conflict_do_nothing(index_elements=["entity", "side", "key"]))


def _lacking(run: int, entity: str, side: str, marks: Sequence[str]) -> sa.ColumnElement[bool]:
    shown = sa.exists().where(seen.c.run == run, seen.c.side == side, seen.c.key == records.c.key)
    marked = sa.or_(records.c.mark.is_(None), records.c.mark.not_in(list(marks)))
    return sa.and_(
        records.c.entity == entity, records.c.side == side, records.c.link.is_not(None), marked, sa.not_(shown)
    )


def gone_of(store: Store, run: int, entity: str, places: Iterable[Place]) -> set[Place]:
    """Those of these records that are gone, as far as the run knows by now."""
    by_side: dict[str, list[str]] = {}
    for side, key in places:
        by_side.setdefault(side, []).append(key)
    found: set[Place] = set()
    for side, keys in by_side.items():
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            known = sa.select(records.c.key, records.c.mark).where(
                records.c.entity == entity, records.c.side == side, records.c.key.in_(part)
            )
            marks = {row["key"]: row["mark"] for row in store.rows(known)}
            now = sa.select(spool.c.key, spool.c.mark).where(
                spool.c.run == run, spool.c.side == side, spool.c.key.in_(part)
            )
            marks |= {row["key"]: row["mark"] for row in store.rows(now)}
            found |= {(side, key) for key, mark in marks.items() if mark == GONE}
    return found


def returned(store: Store, run: int, entity: str) -> list[Row]:
    """The records that were gone, or retired, and have been read by this run, with their links."""
    same = sa.and_(records.c.entity == entity, records.c.side == spool.c.side, records.c.key == spool.c.key)
    query = sa.select(records.c.side, records.c.key, records.c.link, records.c.mark, spool.c.canonical).join(
        spool, same
    )
    return store.rows(query.where(spool.c.run == run, records.c.mark.in_((GONE, RETIRED)), spool.c.mark.is_(None)))
