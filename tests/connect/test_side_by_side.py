"""Pages that are asked for side by side: the same as one by one, and no more of them than are needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice
from typing import Any

import httpx
import pytest

from mapper.connect.crew import Crew
from mapper.errors import Nonsense, NotAllowed, Rejected
from mapper.spec.connector import Limits
from tests.connect.conftest import Clock, Connect
from tests.connect.vendor import Vendor, answer, say

LIST = "GET /api/accounts"
SIDE_BY_SIDE = Limits(per_second=0, concurrency=3)
STYLES = {
    "offset, with a total": "{total: total}",
    "offset, without a total": "{total: null}",
    "page numbers, with a number of pages": "{style: page, start: page, size: n, first: 1, total: null, pages: pages}",
    "page numbers, with a total": "{style: page, start: page, size: n, first: 1, total: total}",
    "page numbers, with nothing": "{style: page, start: page, size: n, first: 1, total: null}",
}


def change(page: str) -> str:
    return f"{{resources: {{accounts: {{operations: {{list: {{page: {page}}}}}}}}}}}"


class Pages(httpx.BaseTransport):
    """A list of so many records, by offset or by page; knows how many calls were under way at once."""

    def __init__(self, count: int, before: Callable[[dict[str, str]], httpx.Response | None] | None = None) -> None:
        self.rows = [{"id": number} for number in range(count)]
        self.before = before
        self.asked: list[str] = []
        self.most = self._now = 0
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params)
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.asked.append(params.get("offset") or params["page"])
        try:
            given = self.before(params) if self.before else None
            return given or self._page(params)
        finally:
            with self._lock:
                self._now -= 1

    def _page(self, params: dict[str, str]) -> httpx.Response:
        size = int(params.get("limit") or params["n"])
        start = int(params["offset"]) if "offset" in params else (int(params["page"]) - 1) * size
        with self._lock:
            rows = self.rows[start : start + size]
            return httpx.Response(
                200, json={"total": len(self.rows), "pages": -(-len(self.rows) // size), "data": rows}
            )


def ids(pages: Any) -> list[int]:
    return [record["id"] for page in pages for record in page.records]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 11, 12])
@pytest.mark.parametrize("style", STYLES)
def test_every_record_comes_once_and_in_order(connect: Connect, style: str, count: int) -> None:
    connection = connect(change(STYLES[style]), transport=Pages(count), limits=SIDE_BY_SIDE)
    assert ids(connection.pages("accounts")) == list(range(count))


@pytest.mark.parametrize("style", [style for style in STYLES if "a " in style and "without" not in style])
def test_where_the_vendor_says_how_many_there_are_no_call_is_wasted(connect: Connect, style: str) -> None:
    vendor = Pages(11)
    list(connect(change(STYLES[style]), transport=vendor, limits=SIDE_BY_SIDE).pages("accounts"))
    assert len(vendor.asked) == len(set(vendor.asked)) == 6


@pytest.mark.parametrize("count", range(13))
def test_where_it_does_not_fewer_calls_are_wasted_than_go_side_by_side(connect: Connect, count: int) -> None:
    alone, vendor = Pages(count), Pages(count)
    text = change(STYLES["offset, without a total"])
    list(connect(text, transport=alone, limits=Limits(per_second=0, concurrency=1)).pages("accounts"))
    list(connect(text, transport=vendor, limits=SIDE_BY_SIDE).pages("accounts"))
    assert len(vendor.asked) - len(alone.asked) < 3


def test_as_many_calls_as_the_vendor_allows_are_under_way_and_no_more(connect: Connect) -> None:
    together = threading.Barrier(3)

    def meet(params: dict[str, str]) -> None:
        if params["offset"] != "0":
            together.wait(timeout=10)

    vendor = Pages(2 + 2 * 9, meet)
    assert len(ids(connect(transport=vendor, limits=SIDE_BY_SIDE).pages("accounts"))) == 20
    assert vendor.most == 3


def test_who_looks_at_the_first_page_only_has_asked_for_no_other(connect: Connect) -> None:
    vendor = Pages(20)
    pages = connect(transport=vendor, limits=SIDE_BY_SIDE).pages("accounts")
    next(pages)
    pages.close()
    assert vendor.asked == ["0"]


def test_no_more_pages_are_held_than_twice_the_calls_side_by_side(connect: Connect) -> None:
    vendor = Pages(200)
    pages = connect(transport=vendor, limits=SIDE_BY_SIDE).pages("accounts")
    list(islice(pages, 3))
    pages.close()
    assert len(vendor.asked) <= 3 + 2 * 3


def test_after_it_is_left_nothing_is_asked(connect: Connect) -> None:
    vendor = Pages(200)
    connection = connect(transport=vendor, limits=SIDE_BY_SIDE)
    pages = connection.pages("accounts")
    list(islice(pages, 3))
    pages.close()
    asked = len(vendor.asked)
    connection.close()
    assert len(vendor.asked) == asked


def test_an_error_comes_in_its_turn(connect: Connect) -> None:
    vendor = Pages(20, lambda params: httpx.Response(400, json={}) if params["offset"] == "6" else None)
    seen: list[int] = []
    with pytest.raises(Rejected):
        for page in connect(transport=vendor, limits=SIDE_BY_SIDE).pages("accounts"):
            seen += [record["id"] for record in page.records]
    assert seen == [0, 1, 2, 3, 4, 5]


def test_an_error_beyond_the_end_is_nobodys(connect: Connect) -> None:
    text = change(STYLES["offset, without a total"])
    vendor = Pages(5, lambda params: httpx.Response(404, json={}) if int(params["offset"]) > 5 else None)
    assert ids(connect(text, transport=vendor, limits=SIDE_BY_SIDE).pages("accounts")) == [0, 1, 2, 3, 4]


def test_a_page_is_tried_again_while_others_go_on(connect: Connect, clock: Clock) -> None:
    broken = ["4", "8"]

    def once(params: dict[str, str]) -> httpx.Response | None:
        if params["offset"] in broken:
            broken.remove(params["offset"])
            return httpx.Response(503, json={})
        return None

    vendor = Pages(20, once)
    assert ids(connect(transport=vendor, limits=SIDE_BY_SIDE).pages("accounts")) == list(range(20))
    assert len(vendor.asked) == 12


def test_a_page_that_breaks_off_is_asked_for_again(connect: Connect, clock: Clock) -> None:
    broken = ["4", "8"]

    def once(params: dict[str, str]) -> httpx.Response | None:
        if params["offset"] in broken:
            broken.remove(params["offset"])
            return httpx.Response(200, headers={"content-type": "application/json"}, text='{"total": 20, "data": [')
        return None

    vendor = Pages(20, once)
    assert ids(connect(transport=vendor, limits=SIDE_BY_SIDE).pages("accounts")) == list(range(20))
    assert len(vendor.asked) == 12


def test_a_vendor_that_asks_for_patience_has_it_before_its_answer_is_looked_at(connect: Connect, clock: Clock) -> None:
    told = threading.Event()

    def busy(params: dict[str, str]) -> httpx.Response | None:
        if params["offset"] != "4" or told.is_set():
            return None
        told.set()
        return httpx.Response(429, headers={"retry-after": "7"}, json={})

    pages = connect(transport=Pages(20, busy), limits=SIDE_BY_SIDE).pages("accounts")
    began = clock.now
    list(islice(pages, 2))
    assert told.wait(timeout=10)
    pages.close()
    assert clock.now - began >= 7


def test_a_page_that_is_shorter_than_was_expected_is_followed_by_what_came(connect: Connect) -> None:
    def short(params: dict[str, str]) -> httpx.Response | None:
        body = {"total": 9, "data": [{"id": 2}]}
        return httpx.Response(200, json=body) if params["offset"] == "2" else None

    vendor = Pages(9, short)
    assert ids(connect(transport=vendor, limits=SIDE_BY_SIDE).pages("accounts")) == list(range(9))


@pytest.mark.parametrize("repeated", ["2", "4", "8"])
def test_a_vendor_that_sends_the_same_page_again_is_noticed(connect: Connect, repeated: str) -> None:
    def again(params: dict[str, str]) -> httpx.Response | None:
        place = int(params["offset"])
        before = [{"id": place - 2}, {"id": place - 1}]
        return httpx.Response(200, json={"total": 20, "data": before}) if params["offset"] == repeated else None

    with pytest.raises(Nonsense, match="same page again"):
        list(connect(transport=Pages(20, again), limits=SIDE_BY_SIDE).pages("accounts"))


def test_a_record_that_slips_to_the_next_page_comes_once(connect: Connect) -> None:
    def slipped(params: dict[str, str]) -> httpx.Response | None:
        body = {"total": 20, "data": [{"id": 5}, {"id": 6}]}
        return httpx.Response(200, json=body) if params["offset"] == "6" else None

    found = ids(connect(transport=Pages(20, slipped), limits=SIDE_BY_SIDE).pages("accounts"))
    assert found.count(5) == 1


def test_the_pace_holds_for_all_of_them_together(connect: Connect, clock: Clock) -> None:
    moments: list[float] = []
    lock = threading.Lock()

    def note(params: dict[str, str]) -> None:
        with lock:
            moments.append(clock.now)

    limits = Limits(per_second=4, concurrency=3)
    list(connect(transport=Pages(40, note), limits=limits).pages("accounts"))
    assert clock.now - moments[0] >= 19 / 4


def test_one_new_token_is_bought_for_all_threads(connect: Connect) -> None:
    bought, lock = [0], threading.Lock()
    inner = Pages(40)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            with lock:
                bought[0] += 1
            return httpx.Response(200, json={"token": f"t{bought[0]}"})
        if request.headers["authorization"] == "Bearer t1" and request.url.params["offset"] != "0":
            return httpx.Response(401, json={})
        return inner.handle_request(request)

    settings = {"base_url": "https://tiny.example/api/", "user": "me", "password": "secret"}
    connection = connect(settings=settings, transport=httpx.MockTransport(handle), limits=SIDE_BY_SIDE)
    assert ids(connection.pages("accounts")) == list(range(40))
    assert bought == [2]


def test_values_of_their_own_call_are_read_side_by_side_and_stand_at_their_records(
    connect: Connect, vendor: Vendor
) -> None:
    for number in range(1, 10):
        vendor.add(name=str(number))
        vendor.on(f"GET /api/accounts/{number}/extras", say([{"id": 7, "value": f"of {number}"}]))
    connection = connect(limits=SIDE_BY_SIDE)
    connection.use("accounts", {"extras": None})
    records = [record for page in connection.pages("accounts") for record in page.records]
    assert [record["extras"]["branch"] for record in records] == [f"of {number}" for number in range(1, 10)]


def test_one_that_is_refused_ends_the_reading(connect: Connect, vendor: Vendor) -> None:
    for number in range(1, 10):
        vendor.add(name=str(number))
    vendor.answers |= {f"GET /api/accounts/{number}/extras": [] for number in range(1, 10)}
    vendor.on("GET /api/accounts/5/extras", lambda usual: answer({}, 403))
    connection = connect(limits=SIDE_BY_SIDE)
    connection.use("accounts", {"extras": None})
    with pytest.raises(NotAllowed):
        list(connection.pages("accounts"))


def test_results_come_in_the_order_of_the_jobs() -> None:
    crew, second = Crew(2), threading.Event()

    def first() -> int:
        assert second.wait(timeout=10)
        return 1

    def other() -> int:
        second.set()
        return 2

    assert list(crew.in_order([first, other])) == [1, 2]
    crew.close()
