"""Runs that begin because something was told."""

from __future__ import annotations

from queue import SimpleQueue
from typing import NoReturn

from mapper.web.serving import Runs


def test_a_defect_of_one_run_does_not_keep_the_next_from_being_made() -> None:
    begun: SimpleQueue[str] = SimpleQueue()

    def load() -> NoReturn:
        begun.put("a run")
        raise ZeroDivisionError

    runs = Runs(load, pause=0)
    for _ in range(2):
        runs.want(frozenset({"company"}))
        assert begun.get(timeout=30) == "a run"
    runs.close()
