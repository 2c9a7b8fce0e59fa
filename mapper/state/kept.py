"""The native records of the latest runs: those that led to changes, or into quarantine."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from mapper.state.database import Database, Row
from mapper.state.tables import changes, kept, kept_mappings, runs, spool

#: Of how many runs of an entity the records are kept; of plans only those of the latest.
RUNS = 20
_PAGE = 400


def keep(store: Database, run: int, entity: str, side: str, key: str, native: bytes | None) -> None:
    """Keep one record of a run, as given, or without that as it stands in the spool."""
    with store.transaction() as connection:
        if native is not None:
            row = {"run": run, "side": side, "key": key, "entity": entity, "native": native}
            store.upsert(connection, kept, [row])
        else:
            connection.execute(_from_spool(store, run, entity, sa.and_(spool.c.side == side, spool.c.key == key)))


def keep_changed(store: Database, run: int, entity: str, mapping: bytes) -> None:
    """Keep the spooled records of all links that the run changes, and the mapping where any record is kept.

    What was kept of older runs goes.
    """
    changed = sa.select(changes.c.link).where(changes.c.run == run)
    with store.transaction() as connection:
        connection.execute(_from_spool(store, run, entity, spool.c.link.in_(changed)))
        if connection.execute(sa.select(kept.c.run).where(kept.c.run == run).limit(1)).first():
            store.upsert(connection, kept_mappings, [{"run": run, "entity": entity, "mapping": mapping}])
            _forget_older(connection, run, entity)


def _from_spool(store: Database, run: int, entity: str, which: sa.ColumnElement[bool]) -> sa.Executable:
    names = ["run", "side", "key", "entity", "native"]
    found = sa.select(spool.c.run, spool.c.side, spool.c.key, sa.literal(entity), spool.c.native)
    there = sa.and_(spool.c.run == run, spool.c.native.is_not(None), which)
    insert = store.insert()(kept).from_select(names, found.where(there))
    query: sa.Executable = insert.on_conflict_do_nothing(index_elements=["run", "side", "key"])
    return query


def _forget_older(connection: sa.Connection, run: int, entity: str) -> None:
    mine = kept_mappings.c.entity == entity
    plans = sa.select(runs.c.id).where(runs.c.entity == entity, runs.c.kind == "plan", runs.c.id != run)
    connection.execute(kept_mappings.delete().where(mine, kept_mappings.c.run.in_(plans)))
    latest = sa.select(kept_mappings.c.run).where(mine).order_by(kept_mappings.c.run.desc()).limit(RUNS)
    numbers = list(connection.execute(latest).scalars())
    connection.execute(kept_mappings.delete().where(mine, kept_mappings.c.run.not_in(numbers)))
    connection.execute(kept.delete().where(kept.c.entity == entity, kept.c.run.not_in(numbers)))


def latest_of(store: Database, entity: str, side: str, key: str) -> tuple[int, bytes] | None:
    """A record as the latest run read it that kept it, after that run's number."""
    mine = sa.and_(kept.c.entity == entity, kept.c.side == side, kept.c.key == key)
    found = store.rows(sa.select(kept.c.run, kept.c.native).where(mine).order_by(kept.c.run.desc()).limit(1))
    return (found[0]["run"], bytes(found[0]["native"])) if found else None


def count(store: Database, run: int) -> int:
    """How many records are kept of a run."""
    with store.transaction() as connection:
        return connection.execute(sa.select(sa.func.count()).where(kept.c.run == run)).scalar_one()


def mapping_of(store: Database, run: int) -> bytes | None:
    """The mapping that a run had, where it is kept."""
    found = store.rows(sa.select(kept_mappings.c.mapping).where(kept_mappings.c.run == run))
    return bytes(found[0]["mapping"]) if found else None


def latest(store: Database, entity: str) -> int | None:
    """The latest run of an entity of which anything is kept."""
    query = sa.select(sa.func.max(kept_mappings.c.run)).where(kept_mappings.c.entity == entity)
    with store.transaction() as connection:
        return connection.execute(query).scalar()


def records(store: Database, run: int) -> Iterator[Row]:
    """The records that are kept of a run, by side and key, a chunk at a time."""
    last: tuple[str, str] = ("", "")
    place = sa.tuple_(kept.c.side, kept.c.key)
    while True:
        query = sa.select(kept).where(kept.c.run == run, place > last).order_by(kept.c.side, kept.c.key).limit(_PAGE)
        rows = store.rows(query)
        if not rows:
            return
        yield from rows
        last = (rows[-1]["side"], rows[-1]["key"])
