"""Processor time of reading a list, beside a loop by hand that does the same with httpx and orjson."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

import httpx
import orjson

from benchmarks.reading.vendors import VENDORS, List, connect, connector, record, served


@dataclass(frozen=True)
class Cost:
    """Processor time of reading a list once, in milliseconds, by us and by hand; the ratio with its quartiles."""

    name: str
    pages: int
    ms: float
    hand_ms: float
    ratio: float
    low: float
    high: float


def measure(records: int, rounds: int) -> list[Cost]:
    """Each vendor's list."""
    return [_list(record(name, records), rounds) for name in VENDORS]


def _list(found: List, rounds: int) -> Cost:
    with served(found) as url, connect(found.name, url) as connection, httpx.Client(base_url=url) as client:
        loop = _by_hand(found, client)

        def ours() -> int:
            return sum(len(page.records) for page in connection.pages(found.resource))

        for work in (ours, loop):
            # Pages that overlap give some records twice, which the loop does not notice.
            if work() < found.records:
                raise AssertionError(f"{found.name}: not all records were read")
        pairs = [_pair(ours, loop, first=number % 2 == 0) for number in range(rounds)]
    low, middle, high = quantiles((mine / theirs for mine, theirs in pairs), n=4)
    mine, theirs = (median(times) * 1000 for times in zip(*pairs, strict=True))
    return Cost(found.name, len(found.requests), mine, theirs, middle, low, high)


def _pair(ours: Callable[[], int], hand: Callable[[], int], *, first: bool) -> tuple[float, float]:
    if first:
        mine = _timed(ours)
        return mine, _timed(hand)
    theirs = _timed(hand)
    return _timed(ours), theirs


def _timed(work: Callable[[], int]) -> float:
    """Seconds of processor time, the system's on our behalf and all threads' included."""
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        work()
        return time.process_time() - started
    finally:
        gc.enable()


def _by_hand(found: List, client: httpx.Client) -> Callable[[], int]:
    """What one would write who needs this one list once: the shortest loop that there is."""
    operation = connector(found.name).resources[found.resource].operations["list"]
    page, items = operation.page, operation.items or ""
    assert page is not None
    url = found.requests[0].url
    fixed = dict(url.params)
    places = [request.url.params[page.start] for request in found.requests]
    signed = {key: value for key, value in found.requests[0].headers.items() if key.startswith(("x-", "auth"))}

    def loop() -> int:
        count = 0
        for place in places:
            response = client.get(url.path, params={**fixed, page.start: place}, headers=signed)
            count += len(orjson.loads(response.content)[items])
        return count

    return loop
