"""Encrypting a state, changing its key, decrypting it: every value in one transaction, and nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import sqlalchemy as sa

from mapper.errors import StateError
from mapper.state.lock import exclusive
from mapper.state.scrubbing import owe, scrub
from mapper.state.sealing import Cipher, sealed_columns
from mapper.state.tables import leases, meta, metadata, runs
from mapper.state.upkeep import Untouched

_PAGE = 400


class AsItLies(Untouched):
    """A state whose values are read and written as they stand in the database, encrypted or not."""

    def _unlock(self) -> None:
        with self.transaction() as connection:
            self.key_id = connection.execute(sa.select(meta.c.value).where(meta.c.name == "key")).scalar()


def rekey(store: AsItLies, old: Cipher | None, new: Cipher | None) -> int:
    """Have all values of a state encrypted with `new` that were with `old`, None meaning not; gives how many there are.

    Raises Locked where a run is under way, StateError where `old` is not the state's key: nothing is changed then.
    """
    if not store.whole().tables:
        raise StateError(f"there is nothing to encrypt: {store.shown} holds no state", hint="the first sync makes one")
    if old is None and new is None and store.key_id is None:
        raise StateError(f"{store.shown} is not encrypted, and no key is given", hint="name one as `state_key`")
    if (old or new) and store.key_id == (new.id if new else None):
        # Done before: what is left to do is what that time may have been kept from.
        scrub(store)
        return 0
    if store.key_id != (old.id if old else None):
        given = "the old key given does not open it" if old else "no old key was given"
        state = "is encrypted" if store.key_id else "is not encrypted"
        raise StateError(f"{store.shown} {state}, but {given}", hint="see `mapper state rekey --help`")
    columns = (runs.c.entity, leases.c.name)
    names = {name for column in columns for name in _distinct(store, column)}
    count = 0
    with ExitStack() as held:
        for name in sorted(names):
            held.enter_context(exclusive(store, name))
        with store.transaction() as connection:
            # No lease is given meanwhile, not even of an entity that is new.
            connection.execute(sa.select(meta.c.value).where(meta.c.name == "schema").with_for_update())
            for table in metadata.sorted_tables:
                count += _table(connection, table, old, new)
            connection.execute(meta.delete().where(meta.c.name == "key"))
            if new:
                connection.execute(meta.insert().values(name="key", value=new.id))
            owe(store, connection)
    scrub(store)
    return count


def _distinct(store: AsItLies, column: sa.Column[str]) -> list[str]:
    with store.transaction() as connection:
        return list(connection.execute(sa.select(column).distinct()).scalars())


def _table(connection: sa.Connection, table: sa.Table, old: Cipher | None, new: Cipher | None) -> int:
    columns = sealed_columns(table)
    if not columns:
        return 0
    ways = {
        name: (kind.opener(old) if old else None, kind.sealer(new) if new else None) for name, kind in columns.items()
    }
    keys = list(table.primary_key)
    where = sa.and_(*(column == sa.bindparam(f"k_{column.name}") for column in keys))
    change = table.update().where(where).values({name: sa.bindparam(f"v_{name}") for name in columns})
    count = 0
    for page in _pages(connection, table):
        rows = []
        for row in page:
            changed = {f"k_{column.name}": row[column.name] for column in keys}
            for name, (opened, sealed) in ways.items():
                value = row[name]
                if value is not None:
                    value = opened(value) if opened else value
                    value = sealed(value) if sealed else value
                    count += 1
                changed[f"v_{name}"] = value
            rows.append(changed)
        connection.execute(change, rows)
    return count


def _pages(connection: sa.Connection, table: sa.Table) -> Iterator[list[sa.RowMapping]]:
    """The rows of a table, a page at a time, in an order that does not change with what is encrypted."""
    stable = list(table.primary_key)
    if any(column.name in sealed_columns(table) for column in stable):
        # Such a table has an index by its records; without one each page would be a look through all of it.
        stable = [table.c.entity, table.c.side, table.c.key]
    place = sa.tuple_(*stable)
    after: sa.Row[tuple[object, ...]] | None = None
    while True:
        query = sa.select(*stable).distinct().order_by(*stable).limit(_PAGE)
        found = connection.execute(query.where(place > tuple(after)) if after is not None else query).all()
        if not found:
            return
        last = found[-1]
        among = place <= tuple(last) if after is None else sa.and_(place > tuple(after), place <= tuple(last))
        # Without the order SQLite may take another index, and look through the whole table for each page.
        yield list(connection.execute(sa.select(table).where(among).order_by(*stable)).mappings())
        after = last
