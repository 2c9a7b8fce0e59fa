"""What earlier runs worked by: mappings and connectors as digests, and the runs that settled something by them."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import sqlalchemy as sa

from mapper.state.database import Database, Row
from mapper.state.tables import UNCOMMITTED, changes, cursors, runs, terms


def remember_terms(store: Database, fingerprint: str, parts: Mapping[str, str]) -> None:
    """Keep the parts behind a fingerprint, once."""
    row = {"fingerprint": fingerprint, "parts": orjson.dumps(dict(parts)).decode()}
    with store.transaction() as connection:
        insert = store.insert()(terms).values(**row)
        connection.execute(insert.on_conflict_do_nothing(index_elements=["fingerprint"]))


def terms_of(store: Database, fingerprint: str) -> dict[str, str] | None:
    """The parts behind a fingerprint, where they are known."""
    found = store.rows(sa.select(terms.c.parts).where(terms.c.fingerprint == fingerprint))
    parts: dict[str, str] | None = orjson.loads(found[0]["parts"]) if found else None
    return parts


def last_settled(store: Database, entity: str) -> Row | None:
    """The latest sync of an entity that was done, or failed only after its decisions had become true."""
    # What a sync by a plan refuses is noted before it commits.
    before = (*UNCOMMITTED, "refused")
    committed = sa.select(changes.c.run).where(changes.c.run == runs.c.id, changes.c.status.not_in(before))
    settled = sa.or_(runs.c.outcome == "done", sa.and_(runs.c.outcome != "running", committed.exists()))
    query = sa.select(runs).where(runs.c.entity == entity, runs.c.kind == "sync", settled)
    found = store.rows(query.order_by(runs.c.id.desc()).limit(1))
    return found[0] if found else None


def planned_since(store: Database, entity: str, run: int, fingerprint: str) -> bool:
    """Whether a plan by this fingerprint was made after a run."""
    plan = sa.and_(runs.c.kind == "plan", runs.c.outcome == "planned", runs.c.mapping == fingerprint)
    query = sa.select(runs.c.id).where(runs.c.entity == entity, runs.c.id > run, plan)
    return bool(store.rows(query.limit(1)))


def read_otherwise_since(store: Database, entity: str, run: int, fingerprint: str) -> bool:
    """Whether anything has read by another fingerprint after a run: a plan, or a run that came to no commit.

    Match values and what is left alone are noted while records are read, and are of that fingerprint then.
    """
    other = sa.and_(runs.c.entity == entity, runs.c.id > run, runs.c.mapping != fingerprint)
    return bool(store.rows(sa.select(runs.c.id).where(other).limit(1)))


def walks(store: Database, entity: str) -> dict[str, float]:
    """When each side was last read whole, in Unix seconds."""
    rows = store.rows(sa.select(cursors).where(cursors.c.entity == entity, cursors.c.walked.is_not(None)))
    return {row["side"]: row["walked"] for row in rows}
