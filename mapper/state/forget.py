"""Erasing one record, and with it one person, from everything that the state holds; and looking whether it is gone."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from mapper.state.database import Database
from mapper.state.scrubbing import owe
from mapper.state.sealing import sealed_columns
from mapper.state.tables import changes, forgotten, metadata, runs

Place = tuple[str, str]

_PAGE = 1000
_NOISE = re.compile(r"[\W_]+")
_SIGNS = bytes(sign for sign in range(128) if not chr(sign).isalnum())
#: What is shorter stands in too many places to say who is meant.
_SHORT = 6
#: So many last digits are the same however a phone number is written.
_DIGITS = 9


def erase(
    store: Database, entity: str, places: Sequence[Place], link: str | None, now: float, values: Collection[str] = ()
) -> dict[str, int]:
    """Delete every row of these records and of their link, in one transaction; gives how many there were by table.

    The message of a run that names one of the `values` goes as well.
    """
    gone = {}
    pattern = _pattern(values)
    with store.transaction() as connection:
        for table in metadata.sorted_tables:
            where = _of(table, entity, places, link)
            if where is not None and (count := connection.execute(table.delete().where(where)).rowcount):
                gone[table.name] = count
        rows = [{"digest": _digest(entity, side, key), "at": now} for side, key in places]
        store.upsert(connection, forgotten, rows)
        told = connection.execute(sa.select(runs.c.id, runs.c.message).where(runs.c.message != "")).all()
        if named := [row.id for row in told if pattern and pattern.search(_bare(row.message))]:
            connection.execute(
                runs.update().where(runs.c.id == sa.bindparam("n")).values(message=""), [{"n": n} for n in named]
            )
            gone["runs"] = len(named)
        owe(store, connection)
    return gone


def left(store: Database, entity: str, places: Sequence[Place], link: str | None) -> dict[str, int]:
    """How many rows of these records there are, by table."""
    found = {}
    with store.transaction() as connection:
        for table in metadata.sorted_tables:
            where = _of(table, entity, places, link)
            if where is not None:
                query = sa.select(sa.func.count()).select_from(table).where(where)
                if count := connection.execute(query).scalar_one():
                    found[table.name] = count
    return found


def _of(table: sa.Table, entity: str, places: Sequence[Place], link: str | None) -> sa.ColumnElement[bool] | None:
    """Which rows of a table are of these records, whatever the table is for; None where it knows no records."""
    column = table.c
    if not {"side", "key"} <= set(column.keys()):
        return None
    about = [sa.and_(column.side == side, column.key == key) for side, key in places]
    if link is not None:
        # What failed to be created has no key yet, and is set aside under its link.
        about.append(column.key == f"link:{link}")
        about += [column.link == link] if "link" in column else []
    if table is changes:
        about.append(changes.c.stamp.in_([f"{side}:{key}" for side, key in places]))
    whose = (
        column.entity == entity
        if "entity" in column
        else column.run.in_(sa.select(runs.c.id).where(runs.c.entity == entity))
    )
    return sa.and_(whose, sa.or_(*about))


def forgotten_at(store: Database, entity: str, places: Collection[Place]) -> float | None:
    """When one of these records was forgotten, if it was."""
    digests = [_digest(entity, side, key) for side, key in places]
    found = store.rows(sa.select(forgotten.c.at).where(forgotten.c.digest.in_(digests)).order_by(forgotten.c.at.desc()))
    return found[0]["at"] if found else None


def remembered(store: Database, entity: str, places: Sequence[Place], link: str | None) -> Iterator[str]:
    """All texts that hold values of these records."""
    for table in metadata.sorted_tables:
        where = _of(table, entity, places, link)
        columns = [table.c[name] for name in sealed_columns(table)]
        if where is not None and columns:
            for row in store.rows(sa.select(*columns).where(where)):
                yield from (_text(value) for value in row.values() if value)


def holding(store: Database, values: Collection[str]) -> dict[str, int]:
    """How many rows of the whole state hold one of these values, however it is written, by table."""
    pattern = _pattern(values)
    if not pattern:
        return {}
    found: dict[str, int] = {}
    with store.transaction() as connection:
        for table in metadata.sorted_tables:
            columns = [
                column for column in table.c if isinstance(column.type, sa.Text) or column.name in sealed_columns(table)
            ]
            if columns:
                rows = connection.execute(sa.select(*columns), execution_options={"yield_per": _PAGE})
                count = sum(any(value and pattern.search(_bare(_text(value))) for value in row) for row in rows)
                found |= {table.name: count} if count else {}
    return found


def _pattern(values: Collection[str]) -> re.Pattern[str] | None:
    wanted = {needle for value in values if len(needle := _plain(value)) >= _SHORT}
    return re.compile("|".join(map(re.escape, sorted(wanted)))) if wanted else None


def _plain(value: str) -> str:
    """A value as it is looked for: without signs and case, and a number without what stands before it."""
    bare = _bare(value)
    return bare[-_DIGITS:] if bare.isdigit() and len(bare) > _DIGITS else bare


def _bare(text: str) -> str:
    # Most signs are plain ones, and bytes lose those in no time: a whole state passes here.
    bare = text.encode(errors="replace").translate(None, _SIGNS).decode()
    return (bare if bare.isascii() else _NOISE.sub("", bare)).casefold()


def _text(value: Any) -> str:
    """A value of a column as text, be it compressed."""
    if isinstance(value, str):
        return value
    data = bytes(value)
    with suppress(zlib.error):
        data = zlib.decompress(data)
    return data.decode(errors="replace")


def _digest(entity: str, side: str, key: str) -> str:
    return blake2b(f"{entity}/{side}/{key}".encode(), digest_size=16).hexdigest()
