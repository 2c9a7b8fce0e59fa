"""What the next run compares itself with, and what has been told of each entity: small facts, no values of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from mapper.state.database import Database
from mapper.state.tables import alerts, watched

Place = tuple[str, str]


def facts(store: Database, entity: str) -> dict[Place, Any]:
    """What the last run noted, by side and name."""
    found = store.rows(sa.select(watched).where(watched.c.entity == entity))
    return {(row["side"], row["name"]): orjson.loads(row["value"]) for row in found}


def note(store: Database, entity: str, found: Mapping[Place, Any]) -> None:
    """Note facts for the next run, in the place of those of the same names."""
    rows = [
        {"entity": entity, "side": side, "name": name, "value": orjson.dumps(value).decode()}
        for (side, name), value in found.items()
    ]
    with store.transaction() as connection:
        store.upsert(connection, watched, rows)


def told(store: Database, entity: str, channel: str) -> dict[str, Any]:
    """The standing of an entity that was told last, by a channel; empty where nothing was told yet."""
    mine = sa.and_(alerts.c.entity == entity, alerts.c.channel == channel)
    found = store.rows(sa.select(alerts.c.told).where(mine))
    standing: dict[str, Any] = orjson.loads(found[0]["told"]) if found else {}
    return standing


def tell(store: Database, entity: str, channel: str, standing: Mapping[str, Any]) -> None:
    """Note that a standing was told."""
    row = {"entity": entity, "channel": channel, "told": orjson.dumps(dict(standing)).decode()}
    with store.transaction() as connection:
        store.upsert(connection, alerts, [row])
