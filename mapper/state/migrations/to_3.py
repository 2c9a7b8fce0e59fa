"""Schema 3: values beside fingerprints, leases in the place of locks, encrypted digests, runs that were purged."""

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
    op.add_column("runs", sa.Column("purged", sa.Float))
    for name, nullable in (("records", True), ("spool", False)):
        with op.batch_alter_table(name) as table:
            table.alter_column("digest", existing_type=sa.String(32), existing_nullable=nullable, type_=sa.Text)
    op.add_column("records", sa.Column("image", sa.Text))
    op.add_column("changes", sa.Column("wrote", sa.Text))
