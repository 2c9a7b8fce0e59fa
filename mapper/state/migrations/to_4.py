"""Schema 4: subscriptions to what vendors tell by themselves, and what they have told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.String(64), nullable=False),
        *(sa.Column(name, sa.String(60), nullable=False) for name in ("connection", "hook", "event")),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("remote", sa.String(200)),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("heard", sa.Float),
    )
    op.create_index("hooks_digest", "hooks", ["digest"], unique=True)
    op.create_table(
        "inbox",
        sa.Column("entity", sa.String(60), primary_key=True),
        sa.Column("side", sa.String(40), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("taken", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hook", sa.String(60), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("removed", sa.Integer, nullable=False),
        sa.Column("record", sa.Text),
        sa.Column("received", sa.Float, nullable=False),
    )
