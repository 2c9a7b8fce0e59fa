"""Records that get no link now, and what the mapping wants done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mapper.errors import RuleError
from mapper.state import Row
from mapper.sync.context import Context


@dataclass(frozen=True)
class Stop:
    """Why a record gets no link now: the situation that it is in, and the words for a person."""

    situation: Literal["found", "several", "taken", "similar", "new"]
    words: str


#: The words under which records are counted that a situation leaves alone.
_LEFT = {"found": "found on another side", "several": "several match", "taken": "taken", "new": "nothing matches"}


def set_aside(context: Context, row: Row, stop: Stop, title: str) -> None:
    """Leave a record unlinked, and ask a person about it unless the mapping says otherwise."""
    side, key = row["side"], row["key"]
    if getattr(context.mapping.spec.situations, stop.situation) == "ignore":
        left = context.counts[side].left
        left[_LEFT[stop.situation]] = left.get(_LEFT[stop.situation], 0) + 1
        context.release(side, key, "ambiguous", "new", "similar")
        return
    cause = stop.situation if stop.situation in ("new", "similar") else "ambiguous"
    context.quarantine(side, key, cause, RuleError(stop.words), title=title)
