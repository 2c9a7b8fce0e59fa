"""Wall time of a full read where every call takes a while, beside the least that the vendor's limits allow."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from benchmarks.reading.vendors import VENDORS, List, connect, connector, record
from mapper.spec.connector import Limits

#: Seconds that a call takes: within the limits of the connectors, and where the rate is lifted. There it is longer, or
#: what other programs take of the machine would be most of what is measured.
LATENCY = 0.05
LONG = 0.4

#: Records of each list; few where the rate binds, as each call then takes its time anyway.
_PACED = {"koban": 1_500, "nicoka": 3_000, "cirrus": 1_500}
#: Records for each call that may be made at once.
_LIFTED = {"koban": 2_000, "nicoka": 4_000, "cirrus": 1_000}


@dataclass(frozen=True)
class Timed:
    """A full read: its seconds, and the least that its calls take within the limits."""

    name: str
    calls: int
    concurrency: int
    per_second: float
    latency: float
    seconds: float

    @property
    def least(self) -> float:
        return max(self._by_latency, self._by_rate)

    @property
    def binding(self) -> str:
        return "rate" if self._by_rate > self._by_latency else "latency / concurrency"

    @property
    def _by_latency(self) -> float:
        return self.calls * self.latency / self.concurrency

    @property
    def _by_rate(self) -> float:
        # The first call need not wait, and the last one takes its time.
        return (self.calls - 1) / self.per_second + self.latency if self.per_second else 0.0


class Slow(httpx.BaseTransport):
    """Gives recorded answers, each after a while; the work of answering is not part of what is measured."""

    def __init__(self, answers: dict[str, bytes], latency: float) -> None:
        self._answers = answers
        self._latency = latency
        self.calls = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        time.sleep(self._latency)
        body = self._answers[request.url.raw_path.decode()]
        return httpx.Response(200, headers={"Content-Type": "application/json"}, content=body)


def measure() -> list[Timed]:
    """Each list within its vendor's limits, then without the rate, and with more calls at once."""
    found = []
    for name in VENDORS:
        limits = connector(name).limits
        found.append(_timed(record(name, _PACED[name]), limits, LATENCY))
    for name in VENDORS:
        for width in sorted({connector(name).limits.concurrency or 1, 4}):
            # The first page comes alone: the more are read at once, the longer the list in which it does not count.
            whole = record(name, width * _LIFTED[name])
            found.append(_timed(whole, Limits(per_second=0, concurrency=width), LONG))
    return found


def _timed(found: List, limits: Limits, latency: float) -> Timed:
    transport = Slow(found.answers, latency)
    with connect(found.name, "http://127.0.0.1", transport=transport, limits=limits) as connection:
        started = time.monotonic()
        count = sum(len(page.records) for page in connection.pages(found.resource))
        seconds = time.monotonic() - started
    if count != found.records:
        raise AssertionError(f"{found.name}: {count} of {found.records} records were read")
    return Timed(found.name, transport.calls, limits.concurrency or 1, limits.per_second or 0.0, latency, seconds)
