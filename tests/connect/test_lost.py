"""Creates whose answer was lost: looked for by their stamp before anything is sent again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mapper.connect import Draft
from mapper.errors import Nonsense, Unclear
from tests.connect.conftest import Connect
from tests.connect.vendor import Step, Vendor, broken, done_but, lost, page_of_html, say

CREATE = "POST /api/accounts"
FIND = "GET /api/accounts/find"

ANSWERS_AFTER_THE_WORK = [
    lost(error=httpx.ReadTimeout),
    lost(error=httpx.ReadError),
    lost(error=httpx.RemoteProtocolError),
    done_but({"message": "too late"}, 500),
    done_but(None, 503),
    page_of_html(504, done=True),
    page_of_html(200, done=True),
    broken(),
]


def create(connection: Any, stamp: Any = "src:1") -> Any:
    (outcome,) = connection.write("accounts", [Draft("create", {"name": "A"}, stamp=stamp)])
    return outcome


@pytest.mark.parametrize("step", ANSWERS_AFTER_THE_WORK)
def test_a_record_that_was_created_is_found_and_not_created_again(connect: Connect, vendor: Vendor, step: Step) -> None:
    vendor.on(CREATE, step)
    outcome = create(connect())
    assert (outcome.key, outcome.error) == ("1", None)
    assert vendor.lines() == [CREATE, FIND]
    assert len(vendor.accounts) == 1


@pytest.mark.parametrize("step", [lost(done=False), say({}, 502), page_of_html(504), broken(done=False)])
def test_a_record_that_was_not_created_is_sent_once_more(connect: Connect, vendor: Vendor, step: Step) -> None:
    vendor.on(CREATE, step)
    outcome = create(connect())
    assert (outcome.key, outcome.error) == ("1", None)
    assert vendor.lines() == [CREATE, FIND, CREATE]


def test_a_second_lost_answer_is_looked_for_too(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, lost(done=False), lost())
    outcome = create(connect())
    assert (outcome.key, outcome.error) == ("1", None)
    assert vendor.lines() == [CREATE, FIND, CREATE, FIND]


def test_what_stays_unclear_is_told_so(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, lost(done=False), lost(done=False))
    outcome = create(connect())
    assert (outcome.key, type(outcome.error)) == ("", Unclear)
    assert vendor.lines() == [CREATE, FIND, CREATE, FIND]


@pytest.mark.parametrize(
    ("change", "stamp"),
    [
        ("", ""),
        ("{resources: {accounts: {stamp_key: null}}}", "src:1"),
        ("{resources: {accounts: {fields: {origin: {search: null}}}}}", "src:1"),
        ("{resources: {accounts: {operations: {find: REMOVED}}}}", "src:1"),
    ],
)
def test_what_cannot_be_looked_for_is_unclear_at_once(
    connect: Connect, vendor: Vendor, change: str, stamp: str
) -> None:
    vendor.on(CREATE, lost())
    assert isinstance(create(connect(change), stamp).error, Unclear)
    assert vendor.lines() == [CREATE]


def test_two_records_with_the_stamp_are_unclear(connect: Connect, vendor: Vendor) -> None:
    vendor.add(origin="src:1")
    vendor.on(CREATE, lost())
    assert isinstance(create(connect()).error, Unclear)
    assert len(vendor.accounts) == 2


def test_a_search_that_fails_leaves_it_unclear_and_sends_nothing_again(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, lost())
    vendor.on(FIND, say({}, 403))
    assert isinstance(create(connect()).error, Unclear)
    assert vendor.lines() == [CREATE, FIND]


def test_a_record_that_only_contains_the_stamp_is_not_the_one(connect: Connect, vendor: Vendor) -> None:
    vendor.add(origin="src:12")
    vendor.on(CREATE, lost(done=False))
    assert create(connect()).key == "2"


def test_a_page_of_html_in_place_of_an_answer_is_not_sent_again(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, page_of_html())
    assert isinstance(create(connect()).error, Nonsense)
    assert vendor.lines() == [CREATE, FIND]


def test_a_redirect_to_elsewhere_needs_no_search(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({}, 302, Location="https://elsewhere.example/"))
    assert isinstance(create(connect()).error, Nonsense)
    assert vendor.lines() == [CREATE]


def test_an_update_without_answer_is_unclear(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.on("PUT /api/accounts/1", lost())
    change = "{resources: {accounts: {operations: {update: {repeatable: false}}}}}"
    (outcome,) = connect(change).write("accounts", [Draft("update", {"name": "B"}, key="1")])
    assert isinstance(outcome.error, Unclear)
    assert vendor.lines() == ["PUT /api/accounts/1"]


REPEATABLE = "{resources: {accounts: {operations: {create: {repeatable: true}}}}}"


def test_a_create_that_the_vendor_tells_apart_by_its_stamp_is_simply_sent_again(
    connect: Connect, vendor: Vendor
) -> None:
    vendor.on(CREATE, lost(done=False), lost(done=False))
    assert create(connect(REPEATABLE)).key == "1"
    assert vendor.lines() == [CREATE] * 3


def test_without_a_stamp_even_such_a_create_is_not_sent_again(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, lost())
    assert isinstance(create(connect(REPEATABLE), stamp="").error, Unclear)
    assert vendor.lines() == [CREATE]
