"""Schema 3: values beside fingerprints, leases, encrypted digests, purged runs, whole readings, daily quotas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("token", sa.String(80), nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.create_table(
        "forgotten", sa.Column("digest", sa.String(32), primary_key=True), sa.Column("at", sa.Float, nullable=False)
    )
    op.drop_index("matchkeys_record", "matchkeys")
    op.create_index("matchkeys_record", "matchkeys", ["entity", "side", "key", "value"])
    op.add_column("runs", sa.Column("purged", sa.Float))
    op.add_column("cursors", sa.Column("walked", sa.Float))
    _watching(op)
    op.create_table(
        "quota",
        sa.Column("connection", sa.String(60), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
    )
    for name, nullable in (("records", True), ("spool", False)):
        with op.batch_alter_table(name) as table:
            table.alter_column("digest", existing_type=sa.String(32), existing_nullable=nullable, type_=sa.Text)
    op.add_column("records", sa.Column("image", sa.Text))
    op.add_column("changes", sa.Column("wrote", sa.Text))
    for name in ("records", "spool"):
        op.add_column(name, sa.Column("mark", sa.String(10)))
    _listings(op)


def _watching(op: Operations) -> None:
    """What runs worked by and found, what has been told of it, and what has left the quarantine."""
    op.add_column("runs", sa.Column("warnings", sa.Text))
    op.create_table(
        "terms", sa.Column("fingerprint", sa.String(32), primary_key=True), sa.Column("parts", sa.Text, nullable=False)
    )
    op.create_table(
        "watched",
        sa.Column("entity", sa.String(60), primary_key=True),
        sa.Column("side", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("entity", sa.String(60), primary_key=True),
        sa.Column("channel", sa.String(10), primary_key=True),
        sa.Column("told", sa.Text, nullable=False),
    )
    texts = (("entity", 60), ("side", 40), ("key", 200), ("cause", 20), ("field", 60))
    op.create_table(
        "quarantine_left",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("number", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in texts),
        sa.Column("place", sa.Text, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("first_run", "last_run")),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("first_seen", "last_seen")),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("dropped", sa.Integer, nullable=False),
        sa.Column("left_at", sa.Float, nullable=False),
    )
    op.create_index("quarantine_left_record", "quarantine_left", ["entity", "side", "key"])


def _listings(op: Operations) -> None:
    """What listings show and lack, and the texts of approximate match rules."""
    op.create_table(
        "seen",
        sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("side", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
    )
    op.create_table(
        "missing",
        sa.Column("entity", sa.String(60), primary_key=True),
        sa.Column("side", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
    )
    op.create_table(
        "likenesses",
        sa.Column("entity", sa.String(60), primary_key=True),
        sa.Column("rule", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("block", sa.String(300), primary_key=True),
        sa.Column("side", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("likenesses_record", "likenesses", ["entity", "side", "key"])
