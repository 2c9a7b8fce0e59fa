"""The state of a project: links, fingerprints, cursors, runs, the outbox of changes, and the quarantine.

Everything is asked for and written by chunks, never record by record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mapper.state import aside
from mapper.state.database import Database, Row, storable
from mapper.state.tables import (
    BY_RECORD,
    GONE,
    KEEP_OPEN,
    RETIRED,
    UNCOMMITTED,
    changes,
    cursors,
    matchkeys,
    quarantine,
    records,
    runs,
    seen,
    spool,
)

#: How many rows are asked for at once; well under the number of parameters that a database takes.
CHUNK = 400

#: A spooled record as it is decided on: its native form stays where it is until it is kept.
_SPOOLED = [column for column in spool.c if column.name != "native"]


class Store(Database):
    """The state behind a database URL."""

    # ---- runs -------------------------------------------------------------------------------------------------

    def start_run(self, entity: str, kind: str, mapping: str, now: float) -> int:
        """A new run's number."""
        values = {"entity": entity, "kind": kind, "started": now, "outcome": "running", "mapping": mapping}
        with self.transaction() as connection:
            result = connection.execute(runs.insert().values(**values, counts="{}", message=""))
            number = result.inserted_primary_key
            assert number is not None
            return int(number[0])

    def finish_run(
        self, run: int, outcome: str, counts: str, message: str, now: float, warnings: str | None = None
    ) -> None:
        values = {"finished": now, "outcome": outcome, "counts": counts, "message": message, "warnings": warnings}
        with self.transaction() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(**storable(values)))

    def note_counts(self, run: int, counts: str) -> None:
        """What a run that still goes on has counted so far."""
        with self.transaction() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(counts=counts))

    def runs(self, *, entity: str | None = None, limit: int = 20) -> list[Row]:
        """The latest runs, newest first."""
        query = sa.select(runs).order_by(runs.c.id.desc()).limit(limit)
        return self.rows(query.where(runs.c.entity == entity) if entity else query)

    def run(self, number: int) -> Row | None:
        # A larger number than a database counts to is no run's, and no number to it.
        found = self.rows(sa.select(runs).where(runs.c.id == number)) if number < 2**31 else []
        return found[0] if found else None

    def abandoned(self, entity: str) -> list[int]:
        """Earlier runs that never finished: a crash, or a kill."""
        query = sa.select(runs.c.id).where(runs.c.entity == entity, runs.c.outcome == "running")
        return [row["id"] for row in self.rows(query)]

    # ---- cursors ----------------------------------------------------------------------------------------------

    def cursors(self, entity: str) -> dict[str, float]:
        """How far each side has been read, in Unix seconds."""
        rows = self.rows(sa.select(cursors).where(cursors.c.entity == entity))
        return {row["side"]: row["since"] for row in rows}

    def move_cursors(self, entity: str, since: Mapping[str, float], walked: Collection[str] = ()) -> None:
        """Note how far sides were read; those that were `walked` were read whole."""
        with self.transaction() as connection:
            for side, moment in since.items():
                row: dict[str, Any] = {"entity": entity, "side": side, "since": moment}
                self.upsert(connection, cursors, [row | ({"walked": moment} if side in walked else {})])

    # ---- records and links ------------------------------------------------------------------------------------

    def known(self, entity: str, side: str, keys: Sequence[str], *names: str) -> dict[str, Row]:
        """The rows of these records, by key; whole, or only their columns of these names."""
        columns = [records.c[name] for name in ("key", *names)] if names else [records]
        query = sa.select(*columns).where(records.c.entity == entity, records.c.side == side)
        return {row["key"]: row for part in _parts(keys) for row in self.rows(query.where(records.c.key.in_(part)))}

    def linked(self, entity: str, links: Sequence[str]) -> dict[str, list[Row]]:
        """The records of these links."""
        found: dict[str, list[Row]] = {}
        query = sa.select(records).where(records.c.entity == entity)
        for part in _parts(links):
            for row in self.rows(query.where(records.c.link.in_(part))):
                found.setdefault(row["link"], []).append(row)
        return found

    def count_linked(self, entity: str) -> dict[str, int]:
        """How many records of each side are linked, without those that are gone or were ended by us."""
        there = sa.or_(records.c.mark.is_(None), records.c.mark.not_in((GONE, RETIRED)))
        query = (
            sa.select(records.c.side, sa.func.count())
            .where(records.c.entity == entity, records.c.link.is_not(None), there)
            .group_by(records.c.side)
        )
        with self.transaction() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def save_records(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert or replace record rows."""
        with self.transaction() as connection:
            self.upsert(connection, records, rows)

    def forget(self, entity: str, side: str, key: str) -> None:
        """Forget a record that is no more."""
        with self.transaction() as connection:
            for table in BY_RECORD:
                mine = sa.and_(table.c.entity == entity, table.c.side == side, table.c.key == key)
                connection.execute(table.delete().where(mine))

    def save_matchkeys(
        self, entity: str, side: str, values: Mapping[str, Iterable[str]], *, fresh: bool = False
    ) -> None:
        """Replace the match values of these records; `fresh` ones have none yet."""
        rows = [
            {"entity": entity, "side": side, "key": key, "value": value}
            for key, group in values.items()
            for value in group
        ]
        gone = matchkeys.delete().where(matchkeys.c.entity == entity, matchkeys.c.side == side)
        with self.transaction() as connection:
            for part in () if fresh else _parts(list(values)):
                connection.execute(gone.where(matchkeys.c.key.in_(part)))
            self.upsert(connection, matchkeys, rows)

    def matching(self, entity: str, values: Sequence[str]) -> list[Row]:
        """Every record that has one of these match values, with its link."""
        query = (
            sa.select(matchkeys, records.c.link)
            .join(
                records,
                sa.and_(
                    records.c.entity == matchkeys.c.entity,
                    records.c.side == matchkeys.c.side,
                    records.c.key == matchkeys.c.key,
                ),
            )
            .where(matchkeys.c.entity == entity)
        )
        return [row for part in _parts(values) for row in self.rows(query.where(matchkeys.c.value.in_(part)))]

    def matchkeys_of(self, entity: str, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
        """All match values of these records, given as (side, key)."""
        found: dict[tuple[str, str], set[str]] = {}
        by_side: dict[str, list[str]] = {}
        for side, key in keys:
            by_side.setdefault(side, []).append(key)
        for side, group in by_side.items():
            query = sa.select(matchkeys).where(matchkeys.c.entity == entity, matchkeys.c.side == side)
            for part in _parts(group):
                for row in self.rows(query.where(matchkeys.c.key.in_(part))):
                    found.setdefault((row["side"], row["key"]), set()).add(row["value"])
        return found

    # ---- spool ------------------------------------------------------------------------------------------------

    def stage(self, rows: Sequence[dict[str, Any]]) -> None:
        """Put what was read into the spool; a record read twice is kept as it was read last."""
        with self.transaction() as connection:
            self.upsert(connection, spool, rows)

    def assign(self, run: int, links: Sequence[tuple[str, str, str]]) -> None:
        """Give spooled records, as (side, key, link), their links."""
        rows = [{"run": run, "side": side, "key": key, "link": link} for side, key, link in links]
        self.update(spool, ["run", "side", "key"], rows)

    def spooled(self, run: int, side: str, *, after: str, size: int = CHUNK) -> list[Row]:
        """The next unlinked records of a side in the spool."""
        return self.rows(_unlinked(_SPOOLED, run, side, after, size))

    def unlinked(self, run: int, side: str, *, after: str, size: int = CHUNK) -> list[str]:
        """The keys of the next unlinked records of a side in the spool."""
        return [row["key"] for row in self.rows(_unlinked([spool.c.key], run, side, after, size))]

    def spooled_links(self, run: int, *, after: str, size: int = CHUNK) -> dict[str, list[Row]]:
        """The next links in the spool, with their spooled records."""
        query = (
            sa.select(spool.c.link)
            .where(spool.c.run == run, spool.c.link > after)
            .distinct()
            .order_by(spool.c.link)
            .limit(size)
        )
        return self.spool_of(run, [row["link"] for row in self.rows(query)])

    def spool_of(self, run: int, links: Sequence[str]) -> dict[str, list[Row]]:
        """The spooled records of these links."""
        found: dict[str, list[Row]] = {link: [] for link in links}
        for part in _parts(links):
            for row in self.rows(sa.select(*_SPOOLED).where(spool.c.run == run, spool.c.link.in_(part))):
                found[row["link"]].append(row)
        return found

    def spool_members(self, run: int, entity: str, links: Sequence[str]) -> dict[str, dict[str, str]]:
        """The records of these links, kept and spooled alike: link to {side: key}."""
        members = {link: {row["side"]: row["key"] for row in rows} for link, rows in self.linked(entity, links).items()}
        for part in _parts(links):
            for row in self.rows(sa.select(*_SPOOLED).where(spool.c.run == run, spool.c.link.in_(part))):
                members.setdefault(row["link"], {})[row["side"]] = row["key"]
        return members

    def spool_links(self, run: int, records_: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """The links given in the spool to these records, as (side, key); only those that are spooled."""
        found: dict[tuple[str, str], str | None] = {}
        by_side: dict[str, list[str]] = {}
        for side, key in records_:
            by_side.setdefault(side, []).append(key)
        for side, keys in by_side.items():
            query = sa.select(spool.c.side, spool.c.key, spool.c.link).where(spool.c.run == run, spool.c.side == side)
            for part in _parts(keys):
                for row in self.rows(query.where(spool.c.key.in_(part))):
                    found[(row["side"], row["key"])] = row["link"]
        return found

    def spool_whole(self, run: int, side: str, keys: Sequence[str]) -> list[Row]:
        """These records of a side with all that the spool has of them."""
        query = sa.select(spool).where(spool.c.run == run, spool.c.side == side)
        return [row for part in _parts(keys) for row in self.rows(query.where(spool.c.key.in_(part)))]

    def unstage(self, run: int, side: str, keys: Sequence[str]) -> None:
        """Take records out of the spool."""
        gone = spool.delete().where(spool.c.run == run, spool.c.side == side)
        with self.transaction() as connection:
            for part in _parts(keys):
                connection.execute(gone.where(spool.c.key.in_(part)))

    def rebase(self, run: int, rows: Sequence[tuple[str, str, str, str]]) -> None:
        """Give spooled records, as (side, key, base, canonical), others and no digest: they will be looked at again."""
        names = ("side", "key", "base", "canonical")
        changed = [{"run": run, "digest": "", **dict(zip(names, row, strict=True))} for row in rows]
        self.update(spool, ["run", "side", "key"], changed)

    def settle_spool(
        self, run: int, entity: str, *, loose: Sequence[str], held: Sequence[str], images: bool = True
    ) -> None:
        """Make what was spooled the new agreement of its records; with `images` its values are kept, too.

        Unlinked records count only on the sides `loose`. Of the sides `held` only the links are kept: what changed
        there was not asked for, and must still count as changed in the next run.
        """
        mine = spool.c.run == run
        agreed = sa.and_(mine, spool.c.side.not_in(held), sa.or_(spool.c.link.is_not(None), spool.c.side.in_(loose)))
        linked = sa.and_(mine, spool.c.side.in_(held), spool.c.link.is_not(None))
        names = ["entity", "side", "key", "link", "digest", "base", "image", "mark"]
        image = spool.c.canonical if images else sa.null()
        agreement = (spool.c.digest, spool.c.base, image, spool.c.mark)
        first = (sa.literal(entity), spool.c.side, spool.c.key, spool.c.link)
        with self.transaction() as connection:
            for where, rest, kept in (
                (agreed, agreement, ("link", "digest", "base", "image", "mark")),
                (linked, (sa.literal(""), sa.literal("{}"), sa.null(), sa.null()), ("link",)),
            ):
                insert = self.insert()(records).from_select(names, sa.select(*first, *rest).where(where))
                update = {name: insert.excluded[name] for name in kept}
                connection.execute(insert.on_conflict_do_update(index_elements=["entity", "side", "key"], set_=update))

    def forget_images(self, entity: str) -> None:
        """Keep none of the agreed values of an entity's records."""
        held = sa.and_(records.c.entity == entity, records.c.image.is_not(None))
        with self.transaction() as connection:
            connection.execute(records.update().where(held).values(image=None))

    def spooled_sides(self, run: int) -> set[str]:
        """The sides of which something is in the spool."""
        with self.transaction() as connection:
            return set(connection.execute(sa.select(spool.c.side).where(spool.c.run == run).distinct()).scalars())

    def drop_drafts(self, entity: str, run: int) -> None:
        """Forget what earlier plans and unfinished runs would have written."""
        mine = sa.and_(changes.c.entity == entity, changes.c.status.in_(UNCOMMITTED), changes.c.run != run)
        with self.transaction() as connection:
            connection.execute(changes.delete().where(mine))

    def clear_spool(self, run: int) -> None:
        with self.transaction() as connection:
            connection.execute(spool.delete().where(spool.c.run == run))
            connection.execute(seen.delete().where(seen.c.run == run))

    # ---- changes ----------------------------------------------------------------------------------------------

    def plan(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add planned changes."""
        if rows:
            with self.transaction() as connection:
                connection.execute(changes.insert(), [storable(row) for row in rows])

    def changes(self, *, run: int | None = None, after: int = 0, size: int = CHUNK, **equal: Any) -> list[Row]:
        """Changes in order, a chunk at a time."""
        query = sa.select(changes).where(changes.c.id > after).order_by(changes.c.id).limit(size)
        for name, value in equal.items():
            column = changes.c[name]
            query = query.where(column.in_(value) if isinstance(value, list | tuple) else column == value)
        return self.rows(query.where(sa.or_(changes.c.run == run, changes.c.done_by == run)) if run else query)

    def open_changes(self, entity: str, links: Sequence[str]) -> dict[str, list[Row]]:
        """The changes of these links that committed runs still owe, be it only when a record is back (`left`)."""
        found: dict[str, list[Row]] = {}
        query = sa.select(changes).where(changes.c.entity == entity, changes.c.status.in_(KEEP_OPEN))
        for part in _parts(links):
            for row in self.rows(query.where(changes.c.link.in_(part)).order_by(changes.c.id)):
                found.setdefault(row["link"], []).append(row)
        return found

    def mark(self, ids: Sequence[int], **values: Any) -> None:
        """Change columns of changes."""
        self.update(changes, ["id"], [{"id": number, **values} for number in ids])

    def finish_changes(self, done: Sequence[tuple[int, str, str | None]], run: int) -> None:
        """Mark changes as done by a run: given by id, with their record's key and what its side made of the values."""
        names = ("id", "key", "wrote")
        settled = {"status": "done", "done_by": run}
        self.update(changes, ["id"], [{**dict(zip(names, one, strict=True)), **settled} for one in done])

    def mark_all(self, where: Mapping[str, Any], **values: Any) -> None:
        """Change columns of all changes that fit."""
        query = changes.update()
        for name, value in where.items():
            query = query.where(changes.c[name] == value)
        with self.transaction() as connection:
            connection.execute(query.values(**values))

    def count_changes(self, **equal: Any) -> dict[tuple[str, str, str], int]:
        """How many changes there are, by side, kind and status."""
        columns = (changes.c.side, changes.c.kind, changes.c.status)
        query = sa.select(*columns, sa.func.count()).group_by(*columns)
        for name, value in equal.items():
            query = query.where(changes.c[name] == value)
        with self.transaction() as connection:
            return {(side, kind, status): n for side, kind, status, n in connection.execute(query)}

    # ---- quarantine -------------------------------------------------------------------------------------------

    def set_aside(self, rows: Sequence[dict[str, Any]]) -> None:
        """Quarantine records, or note that they are still there: the first sighting is kept, attempts count up."""
        aside.put(self, rows)

    def quarantined(self, *, number: int | None = None, **equal: Any) -> list[Row]:
        """What is in quarantine, oldest first."""
        query = sa.select(quarantine).order_by(quarantine.c.id)
        if number is not None:
            query = query.where(quarantine.c.id == number)
        for name, value in equal.items():
            column = quarantine.c[name]
            query = query.where(column.in_(value) if isinstance(value, list | tuple) else column == value)
        return self.rows(query)

    def release(self, entity: str, side: str, keys: Sequence[str], now: float) -> int:
        """Take records out of quarantine, as they came right; gives their number."""
        mine = sa.and_(quarantine.c.entity == entity, quarantine.c.side == side)
        return sum(aside.leave(self, sa.and_(mine, quarantine.c.key.in_(part)), now) for part in _parts(keys))

    def drop_quarantined(self, number: int, now: float) -> None:
        aside.leave(self, quarantine.c.id == number, now, dropped=True)


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _unlinked(columns: Sequence[Any], run: int, side: str, after: str, size: int) -> sa.Select[Any]:
    """A query for unlinked records of a side in the spool."""
    mine = sa.select(*columns).where(spool.c.run == run, spool.c.side == side, spool.c.link.is_(None))
    return mine.where(spool.c.key > after).order_by(spool.c.key).limit(size)
