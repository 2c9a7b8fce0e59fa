"""How often each subscription may call."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable


class Rates:
    """So many calls a minute by subscription, evened out: a bucket that fills as time goes by."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[int, tuple[float, float]] = {}

    def wait(self, number: int) -> int:
        """Count one call; gives the seconds after which it may be made, 0 where it may be made now."""
        with self._lock:
            now = self._clock()
            left, at = self._left.get(number, (self._most, now))
            left = min(self._most, left + max(0.0, now - at) * self._most / 60)
            if left >= 1:
                self._left[number] = (left - 1, now)
                return 0
            self._left[number] = (left, now)
            return math.ceil((1 - left) * 60 / self._most)
