"""Requests side by side: as many at once as the vendor allows, their answers taken in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")


class Crew:
    """The threads of one connection; with a `width` of 1 there are none, and all is done by the caller.

    What is done in them asks the vendor and nothing else: work that waits for other work of the crew might never end.
    """

    def __init__(self, width: int | None) -> None:
        self.width = max(1, width or 1)
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    @property
    def reach(self) -> int:
        """How much is begun before its turn: twice the width, so that nobody is idle while the caller works."""
        return 2 * self.width

    def begin(self, work: Callable[[], T]) -> Future[T]:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.width, thread_name_prefix="mapper")
            return self._pool.submit(work)

    def in_order(self, jobs: Iterable[Callable[[], T]]) -> Iterator[T]:
        """The results of the jobs in their order, or the error of the first that fails, after which none is begun."""
        if self.width == 1:
            for job in jobs:
                yield job()
            return
        begun: deque[Future[T]] = deque()
        try:
            for job in jobs:
                begun.append(self.begin(job))
                if len(begun) >= self.reach:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            give_up(begun)

    def close(self) -> None:
        """End the threads; they start again if there is more to do."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def give_up(begun: Iterable[Future[T]]) -> None:
    """Begin no more of these, and wait for those that are under way: nothing is asked after the caller has left."""
    wait([future for future in begun if not future.cancel()])
