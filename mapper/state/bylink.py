"""What a run has to do with links: its spooled records and its changes, asked for and taken out by the link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from mapper.state.database import Database, Row
from mapper.state.store import CHUNK
from mapper.state.tables import changes, spool


def unstage(store: Database, run: int, links: Sequence[str]) -> set[str]:
    """Take the records of these links out of the spool; gives the sides on which there were any."""
    sides: set[str] = set()
    with store.transaction() as connection:
        for start in range(0, len(links), CHUNK):
            mine = sa.and_(spool.c.run == run, spool.c.link.in_(links[start : start + CHUNK]))
            sides |= set(connection.execute(sa.select(spool.c.side).where(mine).distinct()).scalars())
            connection.execute(spool.delete().where(mine))
    return sides


def planned(store: Database, run: int, links: Sequence[str]) -> Iterator[list[Row]]:
    """What a run has planned for these links, a chunk at a time."""
    query = sa.select(changes).where(changes.c.run == run, changes.c.status.in_(("draft", "held")))
    for start in range(0, len(links), CHUNK):
        yield store.rows(query.where(changes.c.link.in_(links[start : start + CHUNK])).order_by(changes.c.id))


def done(store: Database, run: int, now: int) -> Iterator[dict[str, list[Row]]]:
    """What a run has carried out, by link, a chunk of links at a time; also what run `now` found to be carried out."""
    about = sa.or_(changes.c.done_by == run, sa.and_(changes.c.run == run, changes.c.done_by == now))
    mine = sa.and_(changes.c.status == "done", about)
    last = ""
    while True:
        query = sa.select(changes.c.link).where(mine, changes.c.link > last).distinct().order_by(changes.c.link)
        links = [row["link"] for row in store.rows(query.limit(CHUNK))]
        if not links:
            return
        found: dict[str, list[Row]] = {link: [] for link in links}
        for row in store.rows(sa.select(changes).where(mine, changes.c.link.in_(links)).order_by(changes.c.id)):
            found[row["link"]].append(row)
        yield found
        last = links[-1]
