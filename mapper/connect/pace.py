"""The spacing of calls, and how long to wait before one is made again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

from mapper.spec.connector import Retry


class Pace:
    """Lets calls through no faster than a vendor allows; shared by all threads of a connection."""

    def __init__(self, per_second: float | None, sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._seen = 0.0

    def wait(self) -> None:
        """Sleep until this caller's turn."""
        with self._lock:
            now = self._now()
            start = max(now, self._next)
            self._next = start + self._interval
        if start > now:
            self._sleep(start - now)

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long: what one thread is told holds for all."""
        with self._lock:
            self._next = max(self._next, self._now() + seconds)

    def _now(self) -> float:
        now = self._clock()
        if now < self._seen:  # the machine's clock was set back
            self._next = now
        self._seen = now
        return now


def pause(retry: Retry, attempt: int) -> float:
    """Seconds to wait after the given attempt, counted from 1; doubled each time and shaken a little."""
    wait = retry.first_wait * float(2 ** (attempt - 1)) * random.uniform(0.8, 1.2)
    return min(wait, retry.longest_wait)


def retry_after(header: str, now: float) -> float | None:
    """The seconds that a Retry-After header asks for; it holds seconds or an HTTP date."""
    text = header.strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    moment = moment_of(text)
    return None if moment is None else max(0.0, moment - now)


@lru_cache(maxsize=8)
def moment_of(date: str) -> float | None:
    """The Unix time of an HTTP date, or None where it is none."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
