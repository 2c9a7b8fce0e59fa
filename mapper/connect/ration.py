"""A connection's part of the calls that all runs together may make in a day."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from mapper.errors import QuotaUsed

#: So many calls are reserved at once, so that a call costs no look into the state.
BATCH = 50


class Quota(Protocol):
    """What several processes count together; who it is that counts, a connection need not know."""

    def reserve(self, most: int) -> tuple[int, float]:
        """Set aside at most so many calls; gives how many, 0 where none are left, and until when (Unix time)."""

    def give_back(self, calls: int) -> None:
        """Return calls that were set aside and not made."""

    def left(self) -> int:
        """How many calls may still be set aside today."""


class Ration:
    """Counts a connection's calls against what it has reserved; safe to use from several threads."""

    def __init__(self, name: str, quota: Quota | None, clock: Callable[[], float]) -> None:
        self._name = name
        self._quota = quota
        self._clock = clock
        self._lock = threading.Lock()
        self._held = 0
        self._until = 0.0

    def take(self) -> None:
        """Count one call that is about to be made; raises QuotaUsed where the day's share is used up."""
        if self._quota is None:
            return
        with self._lock:
            if not self._held or self._clock() >= self._until:
                self._held, self._until = self._quota.reserve(BATCH)
            if not self._held:
                raise QuotaUsed(
                    "today's share of this account's calls is used up",
                    connection=self._name,
                    hint="what is owed stays owed, and a run of tomorrow goes on; see `limits` in mapper.yaml",
                )
            self._held -= 1

    def left(self) -> int | None:
        """How many calls may still be made today; None where they are not counted."""
        with self._lock:
            return None if self._quota is None else self._quota.left() + self._held

    def close(self) -> None:
        """Give back what was not used."""
        with self._lock:
            if self._quota is not None and self._held and self._clock() < self._until:
                self._quota.give_back(self._held)
            self._held = 0
