"""The texts that approximate rules compare, by blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mapper.state.store import CHUNK, Store
from mapper.state.tables import likenesses

#: A block with more records than this tells nothing.
CROWDED = 400

Place = tuple[str, str]


def save(store: Store, entity: str, side: str, keys: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Replace what is known of these records."""
    mine = sa.and_(likenesses.c.entity == entity, likenesses.c.side == side)
    with store.transaction() as connection:
        for start in range(0, len(keys), CHUNK):
            connection.execute(likenesses.delete().where(mine, likenesses.c.key.in_(keys[start : start + CHUNK])))
        store.upsert(connection, likenesses, [{"entity": entity, "side": side, **row} for row in rows])


def sharing(store: Store, entity: str, rule: int, blocks: Sequence[str]) -> dict[Place, str]:
    """The texts of the records that share one of these blocks, of blocks that are not crowded."""
    found: dict[Place, str] = {}
    for block in blocks:
        mine = (likenesses.c.entity == entity, likenesses.c.rule == rule, likenesses.c.block == block)
        rows = store.rows(sa.select(likenesses).where(*mine).limit(CROWDED + 1))
        if len(rows) <= CROWDED:
            found |= {(row["side"], row["key"]): row["text"] for row in rows}
    return found
