"""How many records a run took from each side, and how many of them have a value in the fields that are watched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mapper.records import ABSENT, Record

_NOTHING: tuple[Any, ...] = (None, ABSENT, "", [])


@dataclass
class Tally:
    """Counts by side; `whole` are the sides that were read whole, `fields` what is counted of each."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)
    records: dict[str, int] = field(default_factory=dict)
    filled: dict[str, dict[str, int]] = field(default_factory=dict)

    def begin(self, side: str) -> None:
        """A side is read from here on."""
        self.records[side] = 0
        self.filled[side] = dict.fromkeys(self.fields.get(side, ()), 0)

    def end(self, side: str, *, whole: bool) -> None:
        """A side has been read."""
        if whole:
            self.whole.append(side)

    def add(self, side: str, records: Iterable[Record], count: int) -> None:
        """Count a page of canonical records."""
        self.records[side] += count
        if filled := self.filled.get(side):
            for record in records:
                for name in filled:
                    if record.get(name) not in _NOTHING:
                        filled[name] += 1
