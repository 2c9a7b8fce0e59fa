"""What the writes of a plan will cost: calls by side, and seconds at the vendors' limits."""

from __future__ import annotations

from collections.abc import Iterator

from mapper.connect import Draft
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
    connection, resource = context.connections[side], context.resource(side)
    counted = connection.cost(resource)
    # A record of this very run that is referred to has a key only when all of its rank are created.
    own = [name for name, target in context.mapping.sides[side].refs.items() if target.entity == context.entity]
    second = 0
    ranks = {0}
    while ranks:
        rank = min(ranks)
        ranks.remove(rank)
        for draft in _drafts(context, side):
            found = connection.rank(resource, draft)
            if found > rank:
                ranks.add(found)
            elif found == rank:
                counted.add(draft)
                second += rank == 0 and any(name in draft.tag["missing"] for name in own)
    return counted.calls + second


def _drafts(context: Context, side: str) -> Iterator[Draft]:
    """What would be sent to a side, in the order in which it was planned."""
    after = 0
    while rows := context.store.changes(run=context.run, side=side, status="draft", after=after):
        after = rows[-1]["id"]
        for row in rows:
            draft, problems = draft_of(context, row)
            if not problems and (draft.kind != "update" or draft.native):
                yield draft
