"""What earlier runs decided and nobody has carried out yet, as a plan shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mapper.state import Row
from mapper.state.tables import OPEN
from mapper.sync import apply as applying
from mapper.sync.context import Context


def show(context: Context) -> None:
    """Add to a plan what a sync would send besides it; `attempts` counts from one, which tells such a copy."""
    for rows in _sendable(context):
        copies: list[dict[str, Any]] = []
        for row in rows:
            reason = f"owed since run {row['run']}" + (f": {row['reason']}" if row["reason"] else "")
            same = {name: value for name, value in row.items() if name not in ("id", "done_by", "wrote")}
            copy = {"run": context.run, "status": "draft", "reason": reason, "attempts": row["attempts"] + 1}
            copies.append({**same, **copy, "done_by": None})
        context.store.plan(copies)


def _sendable(context: Context) -> Iterator[list[Row]]:
    """What is open and not part of a newer decision, a chunk at a time."""
    superseded = set(context.superseded)
    aside = {(q["side"], q["key"]): q for q in context.store.quarantined(entity=context.entity)}
    after = 0
    while rows := context.store.changes(entity=context.entity, status=OPEN, after=after):
        after = rows[-1]["id"]
        yield [row for row in rows if row["id"] not in superseded and applying.is_tried(context, row, aside)]
