"""Looking after a state: what lies in it, whether it is sound, a copy of it, and forgetting an entity."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from mapper.errors import StateError, UsageError
from mapper.state.copies import copy
from mapper.state.database import Row, lacking_columns, other_version
from mapper.state.lock import exclusive, holders
from mapper.state.scrubbing import owed
from mapper.state.store import Store
from mapper.state.tables import (
    KEEP_OPEN,
    OPEN,
    SCHEMA,
    alerts,
    changes,
    cursors,
    inbox,
    kept,
    kept_mappings,
    likenesses,
    matchkeys,
    metadata,
    missing,
    quarantine,
    quarantine_left,
    records,
    runs,
    seen,
    spool,
    watched,
)
from mapper.state.trouble import RESTORE

#: What is forgotten with an entity: all but the list of its runs.
_OF_ENTITY = (
    records, matchkeys, cursors, changes, quarantine, quarantine_left, kept, kept_mappings, watched, alerts,
    missing, likenesses, inbox,
)  # fmt: skip

#: How files are called that SQLite makes beside a database's own, by what is added to its name.
_BESIDE = ("-wal", "-shm", "-journal")
_PAGE = 5000
_NAMED = 3


class Untouched(Store):
    """A state as it lies there: opening it makes no file and no table.

    Raises StateError where it cannot be used, or where another version of mapper wrote it.
    """

    #: The tables of ours that are there.
    tables: frozenset[str] = frozenset()

    @property
    def file(self) -> Path | None:
        """The file of an SQLite state."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and self.shared and name else None

    @property
    def missing(self) -> list[str]:
        """The tables of ours that are not there."""
        return sorted(set(metadata.tables) - self.tables)

    def whole(self) -> Untouched:
        """Itself; raises StateError where tables are missing although there are others."""
        if self.tables and self.missing:
            names = ", ".join(self.missing)
            raise StateError(f"the state {self.shown} lacks the tables {names}", hint="`mapper state check` says more")
        return self

    def _prepare(self) -> None:
        # SQLite makes the file of whatever it is asked to open.
        if self.file and not self.file.exists():
            return
        with self.engine.connect() as connection:
            self.tables = frozenset(metadata.tables).intersection(sa.inspect(connection).get_table_names())
        found = self._schema()
        if found not in (None, SCHEMA):
            raise other_version(self.shown, found)
        if found:
            self._unlock()


# ---- show ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holding:
    """What a state holds of one entity; all but `last_run`, a row of the runs, are numbers.

    `linked` and `unlinked` count records, `owed` the writes still to be done, `kept` records kept for a replay;
    `since` is when the oldest run ended whose values are still there, `held_by` who is at work.
    """

    links: int = 0
    linked: int = 0
    unlinked: int = 0
    owed: int = 0
    quarantined: int = 0
    kept: int = 0
    since: float | None = None
    held_by: str = ""
    last_run: Row | None = None


def size(store: Untouched) -> int:
    """How much room the state takes, in bytes."""
    if store.file:
        parts = (store.file, store.file.with_name(store.file.name + "-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())
    with store.transaction() as connection:
        if store.engine.dialect.name == "postgresql":
            each = (sa.func.pg_total_relation_size(name) for name in sorted(store.tables))
            return sum(connection.execute(sa.select(one)).scalar_one() for one in each)
        pages, page = (connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size"))
        return int(pages or 0) * int(page or 0)


def holdings(store: Untouched, entities: Collection[str] = ()) -> dict[str, Holding]:
    """What is known of each of these entities, and of any other that the state knows."""
    if not store.whole().tables:
        return {entity: Holding() for entity in entities}
    owed = changes.c.status.in_(OPEN)
    with store.transaction() as connection:
        counts = {
            "links": _counted(connection, records.c.entity, sa.func.count(records.c.link.distinct())),
            "linked": _counted(connection, records.c.entity, sa.func.count(records.c.link)),
            "unlinked": _counted(connection, records.c.entity, sa.func.count(), records.c.link.is_(None)),
            "owed": _counted(connection, changes.c.entity, sa.func.count(), owed),
            "quarantined": _counted(connection, quarantine.c.entity, sa.func.count()),
            "kept": _counted(connection, kept.c.entity, sa.func.count()),
        }
        latest = sa.select(sa.func.max(runs.c.id)).group_by(runs.c.entity)
        last = {row["entity"]: row for row in store.rows(sa.select(runs).where(runs.c.id.in_(latest)))}
        oldest = sa.func.min(runs.c.finished)
        since = _counted(connection, runs.c.entity, oldest, runs.c.purged.is_(None))
        at_work = holders(store, time.time())
    others = sorted({*last, *(entity for found in counts.values() for entity in found)} - set(entities))
    return {
        entity: Holding(
            **{name: found.get(entity, 0) for name, found in counts.items()},
            last_run=last.get(entity),
            since=since.get(entity),
            held_by=at_work.get(entity, ""),
        )
        for entity in (*entities, *others)
    }


def _counted(
    connection: sa.Connection, entity: sa.Column[Any], amount: Any, *where: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(entity, amount).where(*where).group_by(entity)
    return {row[0]: row[1] for row in connection.execute(query)}


# ---- check --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in a state, and what to do; what is not `broken` does no harm."""

    kind: str
    message: str
    advice: str
    broken: bool = True

    def __str__(self) -> str:
        return f"{self.message} ({self.advice})"


def check(store: Untouched, entities: Collection[str]) -> list[Finding]:
    """All that is wrong in a state; `entities` are those that the project has."""
    if not store.tables:
        return []
    # What cannot be read, or lacks columns, can be asked nothing further.
    return (
        list(_damage(store))
        or list(_structure(store))
        or [
            *_doubles(store),
            *_strays(store),
            *_bases(store),
            *_strangers(store, entities),
            *_leftovers(store),
            *_traces(store),
        ]
    )


def _damage(store: Untouched) -> Iterator[Finding]:
    if store.engine.dialect.name != "sqlite":
        return
    try:
        with store.transaction() as connection:
            told = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA integrity_check({_NAMED})")]
    except StateError as error:
        told = [error.message]
    if told != ["ok"]:
        words = "; ".join(" ".join(text.split()) for text in told)
        yield Finding("damaged", f"the database file {store.file} is damaged: {words}", RESTORE)


def _structure(store: Untouched) -> Iterator[Finding]:
    for name in store.missing:
        advice = "put a backup in the state's place; without one, the next sync makes the table anew, empty"
        yield Finding("table", f"the table '{name}' is missing", advice)
    with store.transaction() as connection:
        for name, lacking in lacking_columns(connection).items():
            if lacking:
                yield Finding("column", f"the table '{name}' lacks the columns {', '.join(lacking)}", RESTORE)


def _reset(entity: str) -> str:
    return f"`mapper state reset {entity}` has the next sync match its records anew"


def _doubles(store: Untouched) -> Iterator[Finding]:
    place = (records.c.entity, records.c.side, records.c.link)
    many = sa.select(*place).where(records.c.link.is_not(None)).group_by(*place).having(sa.func.count() > 1).subquery()
    amount = sa.func.count().label("amount")
    query = sa.select(many.c.entity, many.c.side, amount, sa.func.min(many.c.link).label("first"))
    for row in store.rows(query.group_by(many.c.entity, many.c.side).order_by(many.c.entity, many.c.side)):
        held = store.linked(row["entity"], [row["first"]])[row["first"]]
        keys = " and ".join(sorted(one["key"] for one in held if one["side"] == row["side"])[:_NAMED])
        many_words = f"{_number(row['amount'], 'link')} of '{row['entity']}'"
        message = f"{many_words} with more than one record of the side '{row['side']}', the first with {keys}"
        yield Finding("double", message, f"merge the doubles at the vendor; then {_reset(row['entity'])}")


def _strays(store: Untouched) -> Iterator[Finding]:
    there = sa.exists().where(records.c.entity == changes.c.entity, records.c.link == changes.c.link)
    query = sa.select(
        changes.c.entity, sa.func.count().label("amount"), sa.func.min(changes.c.title).label("first")
    ).where(changes.c.status.in_(KEEP_OPEN), ~there)
    for row in store.rows(query.group_by(changes.c.entity).order_by(changes.c.entity)):
        owed = f"{_number(row['amount'], 'write')} of '{row['entity']}' {_is(row['amount'])} owed to links that do not"
        yield Finding("stray", f"{owed} exist, the first for '{row['first']}'", _reset(row["entity"]))


def _bases(store: Untouched) -> Iterator[Finding]:
    query = sa.select(records.c.entity, records.c.side, records.c.key, records.c.base)
    bad: dict[tuple[str, str], list[str]] = {}
    with store.transaction() as connection:
        for entity, side, key, base in connection.execute(query, execution_options={"yield_per": _PAGE}):
            if base and not _readable(base):
                bad.setdefault((entity, side), []).append(key)
    for (entity, side), keys in sorted(bad.items()):
        message = f"the agreed values of {_number(len(keys), 'record')} of '{entity}' cannot be read"
        yield Finding("base", f"{message}, the first is {side} {min(keys)}", _reset(entity))


def _readable(base: str) -> bool:
    try:
        return isinstance(orjson.loads(base), dict)
    except orjson.JSONDecodeError:
        return False


def _strangers(store: Untouched, entities: Collection[str]) -> Iterator[Finding]:
    query = sa.select(quarantine.c.entity, sa.func.count().label("amount")).group_by(quarantine.c.entity)
    for row in store.rows(query.where(quarantine.c.entity.not_in(list(entities))).order_by(quarantine.c.entity)):
        amount, entity = row["amount"], row["entity"]
        message = f"{_number(amount, 'record')} of '{entity}' {_is(amount)} in quarantine, but no mapping is of it"
        advice = f"name its mapping in mapper.yaml again, or forget it with `mapper state reset {entity}`"
        yield Finding("stranger", message, advice, broken=False)


def _leftovers(store: Untouched) -> Iterator[Finding]:
    query = (
        sa.select(spool.c.run, sa.func.count().label("amount"))
        .outerjoin(runs, runs.c.id == spool.c.run)
        .where(sa.or_(runs.c.id.is_(None), runs.c.outcome != "running"))
        .group_by(spool.c.run)
        .order_by(spool.c.run)
    )
    for row in store.rows(query):
        message = f"run {row['run']} has ended, but left {_number(row['amount'], 'record')} that it read in `spool`"
        advice = f"it does no harm; to have the room back, run `delete from spool where run = {row['run']}`"
        yield Finding("leftover", message, advice, broken=False)


def _traces(store: Untouched) -> Iterator[Finding]:
    if owed(store):
        message = "what was forgotten, or encrypted, can still be read in the database: removing its traces was cut off"
        yield Finding("traces", message, "give `mapper forget`, or `mapper state rekey`, once more as it was given")


def _number(amount: int, word: str) -> str:
    return f"{amount} {word}{'' if amount == 1 else 's'}"


def _is(amount: int) -> str:
    return "is" if amount == 1 else "are"


# ---- backup -------------------------------------------------------------------------------------------------------


def backup(store: Untouched, file: Path, *, force: bool = False) -> int:
    """Copy an SQLite state as it is at one moment, while runs may go on; gives the size of the copy in bytes.

    Raises StateError where there is nothing to copy or the copy cannot be written, UsageError where `file` is there
    already and not to be overwritten (`force`).
    """
    if store.engine.dialect.name == "postgresql":
        raise UsageError("a state in PostgreSQL is backed up with that database's own pg_dump")
    if not store.file or not store.tables:
        raise StateError(f"there is nothing to back up: {store.shown} holds no state", hint="the first sync makes one")
    if not file.name:
        raise UsageError("no file is named", hint="name one for the copy")
    beside, own = ([one.with_name(one.name + end) for end in _BESIDE] for one in (file, store.file))
    if (file.exists() and file.samefile(store.file)) or file.absolute() in own:
        raise UsageError(f"{file} is the state itself", hint="name another file")
    if file.is_dir():
        raise UsageError(f"{file} is a folder", hint="name a file")
    if file.exists() and not force:
        raise UsageError(f"{file} is there already", hint="name another file, or add --force")
    # SQLite would take what lies beside another database for a part of the copy, and spoil it.
    if used := next((one for one in beside if one.exists()), None):
        raise UsageError(f"{file} is in use as a database: {used.name} lies beside it", hint="name another file")
    copy(store.engine, file, shown=store.shown)
    return file.stat().st_size


# ---- reset --------------------------------------------------------------------------------------------------------


def unanswered(store: Untouched, entity: str) -> int:
    """How many creates of an entity were sent without anyone knowing whether they were carried out."""
    if not store.whole().tables:
        return 0
    sent = sa.and_(changes.c.entity == entity, changes.c.status == "sent", changes.c.kind == "create")
    unclear = sa.and_(quarantine.c.entity == entity, quarantine.c.cause == "unclear")
    with store.transaction() as connection:
        counts = (connection.execute(sa.select(sa.func.count()).where(which)) for which in (sent, unclear))
        return sum(found.scalar_one() for found in counts)


def reset(store: Untouched, entity: str) -> Holding:
    """Forget all that is known of an entity but the list of its runs, in one transaction; gives what there was.

    Raises Locked where a run of the entity is under way.
    """
    mine = sa.select(runs.c.id).where(runs.c.entity == entity)
    if not store.tables:
        return Holding()
    with exclusive(store, entity), store.transaction() as connection:
        found = holdings(store, (entity,))[entity]
        connection.execute(spool.delete().where(spool.c.run.in_(mine)))
        connection.execute(seen.delete().where(seen.c.run.in_(mine)))
        for table in _OF_ENTITY:
            connection.execute(table.delete().where(table.c.entity == entity))
    return found
