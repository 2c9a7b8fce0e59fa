"""Whole runs, read, decide and write, beside a script that was written by hand for the one job.

The vendors answer from memory, with answers made beforehand, so that only the two programs' own work is measured.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryDirectory

import httpx
import orjson

from benchmarks import translate
from benchmarks.report import Report, table, verdict
from benchmarks.translate.records import records
from benchmarks.wholerun import by_hand

MOST = 1.5
FEW, MANY = 500, 3_500
ROUNDS = 5

Work = Callable[[str, httpx.BaseTransport, httpx.BaseTransport], None]


class Accounts(httpx.BaseTransport):
    """Gives out accounts by pages of a hundred."""

    def __init__(self, count: int) -> None:
        self.count = count
        found = records(count)
        for number, account in enumerate(found):
            account["Guid"] = f"{number:032x}"
            account["OfficialNumber"] = f"{number:014d}"
        self._items = [orjson.dumps(account) for account in found]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        start = int(request.url.params["offset"])
        items = b",".join(self._items[start : start + 100])
        content = b'{"total": %d, "data": [%s]}' % (len(self._items), items)
        return httpx.Response(200, content=content, headers={"Content-Type": "application/json"})


class Customers(httpx.BaseTransport):
    """Has none at first, and takes any number."""

    def __init__(self) -> None:
        self.written = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            body = b'{"total": 0, "data": []}'
        else:
            self.written += 1
            body = orjson.dumps({"customerid": self.written})
        return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})


def report() -> Report:
    """Processor time a record of a first run, which writes everything, and of a second, which writes nothing."""
    found = measure()
    rows = [(name, f"{ours:.0f}", f"{hand:.0f}", f"{ratio:.2f}") for name, (ours, hand, ratio) in found.items()]
    ratio = found["first run: all records are created"][2]
    kept = ratio <= MOST
    headers = ("run", "mapper, µs a record", "by hand, µs a record", "mapper / by hand")
    bound = f"Processor time of a whole run against a script by hand: {ratio:.2f}; the most is {MOST}"
    return Report(table(headers, rows, right=(1, 2, 3)) + verdict(kept, bound), kept)


def measure(rounds: int = ROUNDS) -> dict[str, tuple[float, float, float]]:
    """By kind of run: processor time a record of ours and by hand in microseconds, and the median of their ratios.

    What a record costs is the difference between many records and few: neither program's start counts.
    """
    few, many = Accounts(FEW), Accounts(MANY)
    turns: list[list[tuple[float, float]]] = [[], []]
    for number in range(rounds + 1):
        order: tuple[Work, ...] = (_ours, _hand) if number % 2 else (_hand, _ours)
        spent = {work: _turn(work, few, many) for work in order}
        # The first round warms up.
        for kind in range(2) if number else ():
            turns[kind].append((spent[_ours][kind], spent[_hand][kind]))
    names = ("first run: all records are created", "second run: nothing has changed")
    return {
        name: (median(o for o, _ in found), median(h for _, h in found), median(o / h for o, h in found))
        for name, found in zip(names, turns, strict=True)
    }


def _turn(work: Work, few: Accounts, many: Accounts) -> tuple[float, float]:
    """What a record costs in a first and in a second run of one program; processor time in microseconds."""
    small, large = _runs(work, few), _runs(work, many)
    first, second = ((more - less) / (MANY - FEW) * 1e6 for less, more in zip(small, large, strict=True))
    return first, second


def _runs(work: Work, source: Accounts) -> list[float]:
    """Seconds of processor time of two runs on one state, which was empty before."""
    with TemporaryDirectory() as folder:
        target, spent = Customers(), []
        for _ in range(2):
            gc.collect()
            started = time.process_time()
            work(f"{folder}/state.db", source, target)
            spent.append(time.process_time() - started)
            assert target.written == source.count, target.written
    return spent


def _hand(path: str, source: httpx.BaseTransport, target: httpx.BaseTransport) -> None:
    by_hand.run(path, source, target)


def _ours(path: str, source: httpx.BaseTransport, target: httpx.BaseTransport) -> None:
    from mapper.sync.project import load

    transports = {"koban": source, "nicoka": target}
    with load(translate.HERE, env={}, state=f"sqlite:///{path}", transports=transports) as project:
        project.sync("customer", full=True, allowed=("empty",))
