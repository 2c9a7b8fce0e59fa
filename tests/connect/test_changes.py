from __future__ import annotations

from typing import Any

import pytest

from mapper.connect import Connection
from mapper.errors import UsageError
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor, say

LIST = "GET /api/accounts"
CHANGES = "{{resources: {{accounts: {{changes: {{{}}}}}}}}}"


def moved(vendor: Vendor, *stamps: Any) -> None:
    for stamp in stamps:
        vendor.add(moved=stamp)


def stamps(pages: Any) -> Any:
    return [record.get("moved") for page in pages for record in page.records]


def asked(vendor: Vendor) -> Any:
    return dict(vendor.seen[0].query).get("since")


@pytest.mark.parametrize("way", ["filter", "sorted", "walk"])
def test_the_way_is_the_one_that_the_assumption_chooses(connect: Connect, way: str) -> None:
    assert connect(assume={"changes": way}).changes_by("accounts") == way


def test_a_way_that_there_is_none_of_is_refused(connect: Connect) -> None:
    with pytest.raises(UsageError, match="'feed'"):
        connect(CHANGES.format("by: feed"))


def test_sorting_needs_a_stamp(connect: Connect) -> None:
    with pytest.raises(UsageError, match="no stamp"):
        connect(CHANGES.format("by: sorted, stamp: null"))


@pytest.mark.parametrize(
    ("form", "text"), [("epoch", "1699999990"), ("iso", "2023-11-14T22:13:10Z"), ("wall", "2023-11-14 23:13:10")]
)
def test_the_vendor_is_asked_in_its_own_form_with_the_overlap_taken_off(
    connect: Connect, vendor: Vendor, form: str, text: str
) -> None:
    change = f"{{wire: {{timezone: Europe/Paris}}, resources: {{accounts: {{changes: {{since: {form}}}}}}}}}"
    connection = connect(change)
    list(connection.pages("accounts", since=1_700_000_000.9 if form == "epoch" else 1_700_000_000.0))
    assert asked(vendor) == text


def test_one_second_is_looked_back_where_no_overlap_is_told(connect: Connect, vendor: Vendor) -> None:
    list(connect(CHANGES.format("overlap: 0")).pages("accounts", since=1_700_000_000.9))
    assert asked(vendor) == "1699999999"


def test_a_memory_that_is_no_span_of_time_is_refused(connect: Connect) -> None:
    with pytest.raises(UsageError, match="'long', which is no span of time"):
        connect(CHANGES.format("keeps: long"))


@pytest.mark.parametrize(
    ("dates", "skew"),
    [
        ([], 0.0),
        (["Tue, 14 Nov 2023 22:03:20 GMT"], -600.0),
        (["Tue, 14 Nov 2023 22:23:20 GMT"], 600.0),
        (["Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:18 GMT"], -2.0),
        (["yesterday"], 0.0),
    ],
)
def test_the_vendors_clock_is_known_by_the_dates_of_its_answers(
    connect: Connect, vendor: Vendor, dates: list[str], skew: float
) -> None:
    connection = connect()
    vendor.on(LIST, *[say({"total": 0, "data": []}, Date=date) for date in dates])
    for _ in dates or [""]:
        list(connection.pages("accounts"))
    assert connection.skew == skew


def test_what_a_filter_gives_is_taken_as_it_is(connect: Connect, vendor: Vendor) -> None:
    moved(vendor, 5, 3, 4)
    assert stamps(connect().pages("accounts", since=1_700_000_000)) == [5, 4, 3]


def test_a_walk_reads_the_whole_list(connect: Connect, vendor: Vendor) -> None:
    moved(vendor, 5, 3, 4)
    pages = connect(assume={"changes": "walk"}).pages("accounts", since=1_700_000_000)
    assert stamps(pages) == [5, 3, 4]
    assert asked(vendor) is None


def test_the_whole_list_is_asked_for_without_a_moment(connect: Connect, vendor: Vendor) -> None:
    list(connect().pages("accounts"))
    assert asked(vendor) is None


@pytest.fixture
def ordered(connect: Connect) -> Any:
    return connect(assume={"changes": "sorted"})


def test_a_sorted_list_is_read_down_to_the_moment(ordered: Connection, vendor: Vendor) -> None:
    moved(vendor, 90, 100, 70, 60, 80, 50)
    pages = list(ordered.pages("accounts", since=85))  # 75 with the overlap
    assert stamps(pages) == [100, 90, 80]
    assert pages[-1].last
    assert len(vendor.seen) == 2


def test_a_record_at_the_moment_itself_is_kept(ordered: Connection, vendor: Vendor) -> None:
    moved(vendor, 100, 75, 74)
    assert stamps(ordered.pages("accounts", since=85)) == [100, 75]


def test_a_list_in_another_order_is_read_to_its_end(ordered: Connection, vendor: Vendor) -> None:
    vendor.on(LIST, *[say({"total": 6, "data": [{"id": i, "moved": m}, {"id": i + 1, "moved": m + 9}]}) for i, m in
                      ((1, 10), (3, 80), (5, 90))])  # fmt: skip
    assert stamps(ordered.pages("accounts", since=85)) == [10, 19, 80, 89, 90, 99]


def test_an_order_that_breaks_later_is_noticed(ordered: Connection, vendor: Vendor) -> None:
    pages = [[100, 99], [100, 20], [10, 5]]
    vendor.on(LIST, *[say({"total": 6, "data": [{"id": 2 * n + k, "moved": m} for k, m in enumerate(page)]})
                      for n, page in enumerate(pages)])  # fmt: skip
    assert stamps(ordered.pages("accounts", since=85)) == [100, 99, 100, 20, 10, 5]


def test_records_without_a_stamp_do_not_end_the_reading(ordered: Connection, vendor: Vendor) -> None:
    vendor.on(LIST, say({"total": 3, "data": [{"id": 1}, {"id": 2, "moved": 90}]}),
              say({"total": 3, "data": [{"id": 3, "moved": 1}]}))  # fmt: skip
    assert stamps(ordered.pages("accounts", since=85)) == [None, 90]


def test_stamps_of_another_kind_than_the_moment_are_all_read(ordered: Connection, vendor: Vendor) -> None:
    moved(vendor, "2023-11-14", "2022-01-01", "1999-12-31")
    assert len(stamps(ordered.pages("accounts", since=85))) == 3


def test_numbers_that_are_text_are_compared_as_numbers(ordered: Connection, vendor: Vendor) -> None:
    vendor.on(LIST, say({"total": 3, "data": [{"id": 1, "moved": "100"}, {"id": 2, "moved": "9"}]}))
    assert stamps(ordered.pages("accounts", since=85)) == ["100"]


def test_clock_times_are_compared_as_text(connect: Connect, vendor: Vendor) -> None:
    moved(vendor, "2023-11-14 22:13:09", "2023-11-14 22:13:11", "2023-11-14 22:13:10")
    connection = connect(CHANGES.format("since: wall"), assume={"changes": "sorted"})
    assert stamps(connection.pages("accounts", since=1_700_000_000)) == ["2023-11-14 22:13:11", "2023-11-14 22:13:10"]


def test_fractions_of_a_second_do_not_disturb_the_order(connect: Connect, vendor: Vendor) -> None:
    newest_first = ["2023-11-14T22:13:10.5Z", "2023-11-14T22:13:10Z", "2023-11-14T22:13:09.9Z"]
    vendor.on(LIST, say({"total": 9, "data": [{"id": n, "moved": text} for n, text in enumerate(newest_first)]}))
    connection = connect(CHANGES.format("since: iso"), assume={"changes": "sorted"})
    assert stamps(connection.pages("accounts", since=1_700_000_000)) == [
        "2023-11-14T22:13:10.5Z",
        "2023-11-14T22:13:10Z",
    ]


def test_a_resource_without_an_operation_for_changes_is_asked_by_its_list(connect: Connect, vendor: Vendor) -> None:
    change = "{resources: {accounts: {operations: {changed: REMOVED, list: {query: {since: '{{ since }}'}}}}}}"
    list(connect(change).pages("accounts", since=1_700_000_000))
    assert asked(vendor) == "1699999990"


@pytest.mark.parametrize(
    ("form", "since"),
    [("epoch_ms", "1699999980000"), ("%Y%m%dT%H%M%S%z", "20231114T231300+0100")],
)
def test_the_cursor_may_have_any_form_of_a_moment(connect: Connect, vendor: Vendor, form: str, since: str) -> None:
    change = CHANGES.format(f"since: {form!r}")
    list(connect(f"{change[:-1]}, wire: {{timezone: Europe/Paris}}}}").pages("accounts", since=1_699_999_990.5))
    assert asked(vendor) == since


def test_stamps_with_offsets_are_compared_as_moments(connect: Connect, vendor: Vendor) -> None:
    # In the order of their texts the second would be the newest.
    found = ["20231115T010000+0200", "20231114T235900+0100", "20231114T210000+0000", "20231114T225959+0200"]
    vendor.on(LIST, say({"data": [{"id": n, "moved": stamp} for n, stamp in enumerate(found)], "total": 9}))
    connection = connect(CHANGES.format("since: '%Y%m%dT%H%M%S%z'"), assume={"changes": "sorted"})
    assert stamps(connection.pages("accounts", since=1_699_995_610)) == found[:3]


def test_a_form_that_is_no_moments_is_refused(connect: Connect) -> None:
    with pytest.raises(UsageError, match="no form 'days'"):
        connect(CHANGES.format("since: days"))
