from __future__ import annotations

from typing import Any

import pytest
from werkzeug.wrappers import Response

from mapper.errors import Missing, Nonsense, UsageError
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor, say

FIND = "GET /api/accounts/find"


def test_one_record_is_read(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A", more=[{"field": "f1", "value": "x"}])
    assert connect().get("accounts", "1")["more"] == {"sector": "x", "size": None}


def test_a_record_that_is_not_there_is_missing(connect: Connect) -> None:
    with pytest.raises(Missing):
        connect().get("accounts", "9")


@pytest.mark.parametrize("body", [None, {}, []])
def test_an_empty_answer_is_a_missing_record(connect: Connect, vendor: Vendor, body: Any) -> None:
    vendor.on("GET /api/accounts/1", say(body))
    with pytest.raises(Missing):
        connect().get("accounts", "1")


def test_an_answer_that_is_no_record_is_nonsense(connect: Connect, vendor: Vendor) -> None:
    vendor.on("GET /api/accounts/1", say([1, 2]))
    with pytest.raises(Nonsense):
        connect().get("accounts", "1")


def test_a_record_may_stand_inside_the_answer(connect: Connect, vendor: Vendor) -> None:
    vendor.on("GET /api/accounts/1", say({"object": [{"id": 1}]}))
    assert connect("{resources: {accounts: {operations: {get: {record: object}}}}}").get("accounts", "1") == {"id": 1}


def test_a_record_that_counts_as_deleted_is_missing(connect: Connect, vendor: Vendor) -> None:
    vendor.add(gone=True)
    with pytest.raises(Missing):
        connect().get("accounts", "1")


def test_records_that_count_as_deleted_are_left_out_of_lists(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A", gone=True)
    vendor.add(name="B", gone=False)
    vendor.add(name="C")
    assert [r["name"] for page in connect().pages("accounts") for r in page.records] == ["B", "C"]


def test_a_search_is_checked_again_here(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="ACME")
    vendor.add(name="ACME Nord")
    vendor.add(name="ACME", gone=True)
    assert [record["id"] for record in connect().find("accounts", "name", "ACME")] == [1]
    assert vendor.seen[0].query == [("name", "ACME")]


def test_a_search_may_answer_one_bare_record(connect: Connect, vendor: Vendor) -> None:
    vendor.on(FIND, say({"id": 7, "name": "A"}))
    change = "{resources: {accounts: {operations: {find: {items: null}}}}}"
    assert connect(change).find("accounts", "name", "A") == [{"id": 7, "name": "A"}]


def test_a_search_that_finds_nothing_may_answer_not_found(connect: Connect, vendor: Vendor) -> None:
    vendor.on(FIND, say({}, 404))
    change = "{resources: {accounts: {operations: {find: {missing_is_empty: true, items: null}}}}}"
    assert connect(change).find("accounts", "name", "A") == []


def test_otherwise_not_found_is_an_error(connect: Connect, vendor: Vendor) -> None:
    vendor.on(FIND, say({}, 404))
    with pytest.raises(Missing):
        connect().find("accounts", "name", "A")


def test_a_number_on_the_wire_equals_its_text(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name=5)
    assert len(connect().find("accounts", "name", "5")) == 1


@pytest.mark.parametrize(("field", "can"), [("name", True), ("note", False), ("nothing", False)])
def test_it_can_be_asked_what_can_be_searched_by(connect: Connect, field: str, can: bool) -> None:
    assert connect().can_find("accounts", field) is can


@pytest.mark.parametrize("field", ["note", "nothing"])
def test_a_field_that_cannot_be_searched_by_is_refused(connect: Connect, field: str) -> None:
    with pytest.raises(UsageError, match=f"cannot be searched by {field}"):
        connect().find("accounts", field, "x")


def test_the_key_is_text(connect: Connect) -> None:
    assert connect().key_of("accounts", {"id": 5}) == "5"


@pytest.mark.parametrize("record", [{}, {"id": None}, {"id": ""}])
def test_a_record_without_its_key_is_nonsense(connect: Connect, record: Any) -> None:
    with pytest.raises(Nonsense, match="without its key id"):
        connect().key_of("accounts", record)


@pytest.mark.parametrize(
    "use",
    [
        lambda c: c.pages("people"),
        lambda c: c.get("people", "1"),
        lambda c: c.find("people", "a", "b"),
        lambda c: c.write("people", []),
        lambda c: c.can_end("people", "delete"),
        lambda c: c.decode("people", {}),
        lambda c: c.key_of("people", {}),
        lambda c: c.changes_by("people"),
        lambda c: c.page_calls("people", 1),
    ],
)
def test_an_unknown_resource_is_refused_with_those_that_there_are(connect: Connect, use: Any) -> None:
    with pytest.raises(UsageError, match="no resource 'people'.*accounts"):
        use(connect())


@pytest.mark.parametrize(
    ("marks", "kept"),
    [
        ([False, False, None], [1, 2, 3]),
        ([False, True, False], [1, 3]),
        ([True, True, True], []),
        ([0, False, True], [1, 2]),
        ([0, "no", False], [1, 2, 3]),
        ([[True], {"a": 1}, True], [1, 2]),
    ],
)
def test_records_that_count_as_deleted_are_told_apart_on_every_page(
    connect: Connect, vendor: Vendor, marks: list[Any], kept: list[int]
) -> None:
    for mark in marks:
        vendor.add(gone=mark)
    connection = connect()
    away = [str(number) for number in (1, 2, 3) if number not in kept]
    for _ in range(2):  # what was learnt of the first time must not spoil the second
        pages = list(connection.pages("accounts"))
        assert [record["id"] for page in pages for record in page.records] == kept
        assert [key for page in pages for key in page.removed] == away


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r'"A\ud83d"', "A\ufffd"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"\ud83d\ude00 \\ud83d \ud83d"', "\U0001f600 \\ud83d \ufffd"),
    ],
)
def test_half_a_character_hides_nothing_that_stands_beside_it(
    connect: Connect, vendor: Vendor, sent: str, read: str
) -> None:
    text = f'{{"id": 1, "name": {sent}}}'
    vendor.on("GET /api/accounts/1", lambda usual: Response(text, mimetype="application/json"))
    assert connect().get("accounts", "1")["name"] == read
