"""Questions about links, and the few statements by which a person puts records together or takes them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from mapper.state.database import Row
from mapper.state.store import CHUNK, Store
from mapper.state.tables import KEEP_OPEN, changes, quarantine, records

Place = tuple[str, str]


def _links(entity: str, lacking: str | None) -> sa.Select[tuple[str | None]]:
    query = sa.select(records.c.link).where(records.c.entity == entity, records.c.link.is_not(None))
    query = query.group_by(records.c.link)
    if lacking is not None:
        query = query.having(sa.func.sum(sa.case((records.c.side == lacking, 1), else_=0)) == 0)
    return query


def pages(store: Store, entity: str, size: int = CHUNK) -> Iterator[dict[str, list[Row]]]:
    """All links of an entity with their records, a chunk at a time."""
    last = ""
    while True:
        query = (
            sa.select(records.c.link)
            .where(records.c.entity == entity, records.c.link > last)
            .distinct()
            .order_by(records.c.link)
            .limit(size)
        )
        found = [row["link"] for row in store.rows(query)]
        if not found:
            return
        yield store.linked(entity, found)
        last = found[-1]


def count(store: Store, entity: str, *, lacking: str | None = None) -> int:
    """How many links an entity has; with `lacking` only those without a record of that side."""
    with store.transaction() as connection:
        query = sa.select(sa.func.count()).select_from(_links(entity, lacking).subquery())
        return connection.execute(query).scalar_one()


def first(store: Store, entity: str, *, lacking: str | None = None, limit: int = 0) -> dict[str, dict[str, str]]:
    """The first links of an entity, oldest first, each with its keys by side; a `limit` of 0 gives all."""
    query = _links(entity, lacking).order_by(records.c.link)
    links = [row["link"] for row in store.rows(query.limit(limit) if limit else query)]
    members = store.linked(entity, links)
    return {link: {row["side"]: row["key"] for row in members[link]} for link in links}


def with_key(store: Store, entity: str, sides: Sequence[str], key: str) -> list[Row]:
    """The records of these sides that have a key."""
    query = sa.select(records).where(records.c.entity == entity, records.c.key == key)
    return store.rows(query.where(records.c.side.in_(sides)).order_by(records.c.side))


def title(store: Store, entity: str, link: str) -> str:
    """The latest title under which something was written for a link; empty where nothing was."""
    mine = sa.and_(changes.c.entity == entity, changes.c.link == link, changes.c.title != "")
    found = store.rows(sa.select(changes.c.title).where(mine).order_by(changes.c.id.desc()).limit(1))
    return str(found[0]["title"]) if found else ""


def set_aside(store: Store, entity: str, places: Sequence[Place]) -> dict[Place, Row]:
    """The quarantine rows of these records."""
    found = {}
    for side in sorted({side for side, _ in places}):
        keys = [key for s, key in places if s == side]
        query = sa.select(quarantine).where(quarantine.c.entity == entity, quarantine.c.side == side)
        for row in store.rows(query.where(quarantine.c.key.in_(keys))):
            found[(side, row["key"])] = row
    return found


def repoint(store: Store, moved: Mapping[str, str]) -> None:
    """Have what still refers to these links, of any entity, refer to the ones that took their places.

    That is: open writes, and records that are kept in quarantine as they were read.
    """
    if not moved:
        return
    waiting = changes.c.status.in_(KEEP_OPEN)
    names = re.compile("|".join(map(re.escape, moved)))
    with store.transaction() as connection:
        for column, which in ((changes.c.fields, waiting), (quarantine.c.native, quarantine.c.native.is_not(None))):
            number = column.table.c.id
            # Not in SQL: where the state has a key, the database cannot look into these columns.
            for row in connection.execute(sa.select(number, column).where(which)).all():
                text = names.sub(lambda found: moved[found[0]], row[1])
                if text != row[1]:
                    connection.execute(sa.update(column.table).where(number == row[0]).values({column: text}))
