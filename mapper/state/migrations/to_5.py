"""Schema 5: keys of records, and whatever else vendors and projects name, may be of any length."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

_FREE = {
    "alerts": ("entity",),
    "changes": ("entity", "side", "key", "stamp"),
    "cursors": ("entity", "side"),
    "hooks": ("connection", "hook", "event", "remote"),
    "inbox": ("entity", "side", "hook", "key"),
    "kept": ("side", "key", "entity"),
    "kept_mappings": ("entity",),
    "leases": ("name",),
    "likenesses": ("entity", "side", "key"),
    "matchkeys": ("entity", "side", "key"),
    "missing": ("entity", "side", "key"),
    "quarantine": ("entity", "side", "key", "field", "needs"),
    "quarantine_left": ("entity", "side", "key", "field"),
    "quota": ("connection",),
    "records": ("entity", "side", "key"),
    "runs": ("entity",),
    "seen": ("side", "key"),
    "spool": ("side", "key", "origin"),
    "watched": ("entity", "side", "name"),
}


def upgrade(op: Operations) -> None:
    # SQLite takes no notice of a length; PostgreSQL notes the new one, and writes neither a row nor an index anew.
    if op.get_context().dialect.name == "postgresql":
        for table, columns in _FREE.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.Text)
