"""What the writes of a plan will cost: calls by side, and seconds at the vendors' limits."""

from __future__ import annotations

from mapper.sync.apply import draft_of
from mapper.sync.context import Context


def of_plan(context: Context) -> dict[str, dict[str, float]]:
    """Calls and seconds, by side, that it takes to send what is planned; what apply reads first is included."""
    found: dict[str, dict[str, float]] = {}
    for side in context.mapping.sides:
        calls = _calls(context, side)
        if not calls:
            continue
        rate = context.connections[side].limits.per_second
        found[side] = {"calls": float(calls), "seconds": round(calls / rate, 1) if rate else 0.0}
        if (left := context.connections[side].calls_left) is not None:
            found[side]["left_today"] = left
    return found


def _calls(context: Context, side: str) -> int:
    counted = context.connections[side].cost(context.resource(side))
    after = second = 0
    while rows := context.store.changes(run=context.run, side=side, status="draft", after=after):
        after = rows[-1]["id"]
        for row in rows:
            draft, problems = draft_of(context, row)
            if problems or (draft.kind == "update" and not draft.native):
                continue
            counted.add(draft)
            # A record of this very run that is referred to has a key only when all are created.
            own = [name for name, target in context.mapping.sides[side].refs.items() if target.entity == context.entity]
            second += any(name in draft.tag["missing"] for name in own)
    return counted.calls + second
