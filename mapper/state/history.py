"""What the state holds of one record: asked for by its key, its side, or its link."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from mapper.state.database import Database, Row
from mapper.state.tables import changes, kept, quarantine, records, runs

Place = tuple[str, str]

#: At most so many keys are compared when somebody asks for one that is not there.
_COMPARED = 2000


def places_of(store: Database, entity: str, key: str) -> list[Place]:
    """The sides, with the key, on which a record of that key was ever seen, written, or the origin of a create."""
    found: set[Place] = set()
    for table in (records, quarantine, changes, kept):
        query = sa.select(table.c.side, table.c.key).where(table.c.entity == entity, table.c.key == key).distinct()
        found |= {(row["side"], row["key"]) for row in store.rows(query)}
    origin = sa.and_(changes.c.entity == entity, changes.c.stamp.endswith(f":{key}", autoescape=True))
    for row in store.rows(sa.select(changes.c.stamp).where(origin).distinct()):
        side, _, rest = row["stamp"].partition(":")
        if rest == key:
            found.add((side, key))
    return sorted(found)


def knows_link(store: Database, entity: str, link: str) -> bool:
    """Whether any record or any write belongs to this link."""
    for table in (records, changes):
        query = sa.select(table.c.link).where(table.c.entity == entity, table.c.link == link).limit(1)
        if store.rows(query):
            return True
    return False


def changes_of(store: Database, entity: str, link: str | None, places: Sequence[Place]) -> list[Row]:
    """Every change of a link, and those that were made of, or for, these records; oldest first."""
    about: list[sa.ColumnElement[bool]] = [changes.c.stamp.in_([f"{side}:{key}" for side, key in places])]
    about += [sa.and_(changes.c.side == side, changes.c.key == key) for side, key in places]
    if link is not None:
        about.append(changes.c.link == link)
    query = sa.select(changes).where(changes.c.entity == entity, sa.or_(*about))
    return store.rows(query.order_by(changes.c.id))


def quarantined_among(store: Database, entity: str, places: Collection[Place]) -> list[Row]:
    """What is in quarantine under one of these names, oldest first."""
    names = sorted({key for _, key in places})
    query = sa.select(quarantine).where(quarantine.c.entity == entity, quarantine.c.key.in_(names))
    return [row for row in store.rows(query.order_by(quarantine.c.id)) if (row["side"], row["key"]) in places]


def waiting_for(store: Database, entity: str, places: Sequence[Place]) -> list[Row]:
    """The quarantined records of any entity that wait for one of these records, oldest first."""
    needs = [f"{entity}/{side}/{key}" for side, key in places]
    return store.rows(sa.select(quarantine).where(quarantine.c.needs.in_(needs)).order_by(quarantine.c.id))


def runs_that_kept(store: Database, entity: str, places: Sequence[Place]) -> dict[int, list[Place]]:
    """The latest runs that read one of these records and made a change of it, or set it aside; with what they read."""
    about = [sa.and_(kept.c.side == side, kept.c.key == key) for side, key in places]
    query = sa.select(kept.c.run, kept.c.side, kept.c.key).where(kept.c.entity == entity, sa.or_(sa.false(), *about))
    found: dict[int, list[Place]] = {}
    for row in store.rows(query.order_by(kept.c.run, kept.c.side)):
        found.setdefault(row["run"], []).append((row["side"], row["key"]))
    return found


def runs_by_number(store: Database, numbers: Collection[int]) -> dict[int, Row]:
    """These runs, as far as the state still has them."""
    return {row["id"]: row for row in store.rows(sa.select(runs).where(runs.c.id.in_(sorted(numbers))))}


def keys_like(store: Database, entity: str, key: str) -> list[Place]:
    """Records whose keys begin as this one does, to be compared with it."""
    begin = key[: max(1, len(key) // 2)]
    found: set[Place] = set()
    for table in (records, quarantine):
        alike = sa.func.lower(table.c.key).startswith(begin.lower(), autoescape=True)
        query = sa.select(table.c.side, table.c.key).where(table.c.entity == entity, alike)
        found |= {(row["side"], row["key"]) for row in store.rows(query.order_by(table.c.key).limit(_COMPARED))}
    return sorted(found)


def titled(store: Database, entity: str, title: str, most: int = 5) -> list[Place]:
    """Records that were written, or set aside, under a title that begins so."""
    found: set[Place] = set()
    for table in (changes, quarantine):
        query = sa.select(table.c.side, table.c.key, table.c.title).distinct()
        named = query.where(table.c.entity == entity, table.c.key.is_not(None), table.c.title != "")
        if not store.key_id:
            named = named.where(sa.func.lower(table.c.title).startswith(title.lower(), autoescape=True)).limit(most)
        with store.transaction() as connection:
            rows = connection.execute(named, execution_options={"yield_per": _COMPARED})
            found |= {(row.side, row.key) for row in rows if row.title.lower().startswith(title.lower())}
    return sorted(place for place in found if not place[1].startswith("link:"))[:most]
