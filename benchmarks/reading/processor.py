"""Processor time of reading a list, beside two loops by hand that read the same pages with httpx and orjson.

The bare loop gives the records of each page as they came, and the bound is about it. The other one gives what we give,
as far as one would write that for a single list: containers decoded, records that count as deleted left out. That a
page overlaps, moves or comes twice neither would notice, and both would take an error for a page.

Where a vendor takes several calls at once we make them so, and these loops one after the other. What that alone costs
shows a third loop: the bare one, with as many calls at once.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import httpx
import orjson

from benchmarks.reading.vendors import VENDORS, List, connect, connector, record, served

Items = list[dict[str, Any]]


@dataclass(frozen=True)
class Cost:
    """Processor time of reading a list once, in milliseconds, by us and by the bare loop; the ratio with its quartiles.

    `decoding` is the ratio to the loop that decodes, `abreast` that to the bare loop with as many calls at once.
    """

    name: str
    pages: int
    ms: float
    bare_ms: float
    ratio: float
    low: float
    high: float
    decoding: float
    abreast: float


def measure(records: int, rounds: int) -> list[Cost]:
    """Each vendor's list."""
    return [_list(record(name, records), rounds) for name in VENDORS]


def _list(found: List, rounds: int) -> Cost:
    with served(found) as url, connect(found.name, url) as connection, httpx.Client(base_url=url) as client:
        places, fetch = _by_hand(found, client)
        width = connection.limits.concurrency or 1
        decode = _DECODE[found.name]

        def ours() -> Iterator[Items]:
            return (page.records for page in connection.pages(found.resource))

        def pages() -> Iterator[Items]:
            return map(fetch, places)

        def abreast() -> Iterator[Items]:
            with ThreadPoolExecutor(width) as pool:
                yield from pool.map(fetch, places)

        works: list[Callable[[], Iterator[Items]]] = [ours, pages, lambda: map(decode, pages()), abreast]
        for work in works:
            # Pages that overlap give some records twice, which the loops do not notice.
            if sum(map(len, work())) < found.records:
                raise AssertionError(f"{found.name}: not all records were read")
        turns = [_turn(works, number % len(works)) for number in range(rounds)]
    mine, bare, *_ = (median(times) * 1000 for times in zip(*turns, strict=True))
    low, ratio, high = quantiles((turn[0] / turn[1] for turn in turns), n=4)
    decoding, side_by_side = (median(turn[0] / turn[number] for turn in turns) for number in (2, 3))
    return Cost(found.name, len(found.requests), mine, bare, ratio, low, high, decoding, side_by_side)


def _turn(works: list[Callable[[], Iterator[Items]]], first: int) -> list[float]:
    """The times of all, in their order, whichever is the first to be timed."""
    times = {number % len(works): _timed(works[number % len(works)]) for number in range(first, first + len(works))}
    return [times[number] for number in range(len(works))]


def _timed(work: Callable[[], Iterator[Items]]) -> float:
    """Seconds of processor time, the system's on our behalf and all threads' included."""
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        for records in work():
            len(records)
        return time.process_time() - started
    finally:
        gc.enable()


def _by_hand(found: List, client: httpx.Client) -> tuple[list[str], Callable[[str], Items]]:
    """What one would write who needs this one list once: where its pages begin, and what fetches one."""
    operation = connector(found.name).resources[found.resource].operations["list"]
    page, items = operation.page, operation.items or ""
    assert page is not None
    url = found.requests[0].url
    fixed = dict(url.params)
    places = [request.url.params[page.start] for request in found.requests]
    signed = {key: value for key, value in found.requests[0].headers.items() if key.startswith(("x-", "auth"))}

    def fetch(place: str) -> Items:
        response = client.get(url.path, params={**fixed, page.start: place}, headers=signed)
        found: Items = orjson.loads(response.content)[items]
        return found

    return places, fetch


def _koban(items: Items) -> Items:
    kept = []
    for item in items:
        if item["Obsolete"]:
            continue
        values, labels = {}, {}
        for entry in item["MoreFields"] or ():
            ident = entry["FieldId"]
            if ident.endswith("_lb"):
                labels[ident[:-3]] = entry["Value"]
            else:
                values[ident] = entry["Value"]
        values.update(labels)
        tags: dict[str, list[str]] = {}
        for entry in item["Tags"] or ():
            tags.setdefault(entry["TagCategoryCode"], []).append(entry["Label"])
        item["MoreFields"], item["Tags"] = values, tags
        kept.append(item)
    return kept


def _cirrus(items: Items) -> Items:
    for item in items:
        for name in ("tags", "accountgroups"):
            item[name] = [str(entry["id"]) for entry in item[name] or ()]
    return items


_DECODE: dict[str, Callable[[Items], Items]] = {"koban": _koban, "nicoka": lambda items: items, "cirrus": _cirrus}
