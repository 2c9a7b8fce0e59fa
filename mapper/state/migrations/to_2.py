"""Schema 2: records as they were read are kept for a replay, with the mapping of their run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    op.add_column("spool", sa.Column("native", sa.LargeBinary))
    op.create_table(
        "kept",
        sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("side", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("entity", sa.String(60), nullable=False),
        sa.Column("native", sa.LargeBinary, nullable=False),
    )
    op.create_index("kept_record", "kept", ["entity", "side", "key"])
    op.create_table(
        "kept_mappings",
        sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entity", sa.String(60), nullable=False),
        sa.Column("mapping", sa.LargeBinary, nullable=False),
    )
