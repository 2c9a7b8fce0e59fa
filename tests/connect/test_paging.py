from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mapper.errors import Missing, Nonsense
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor, say

LIST = "GET /api/accounts"
RESOURCE = "{{resources: {{accounts: {{operations: {{list: {}}}}}}}}}"


def page(connect: Connect, text: str, **operation: Any) -> Any:
    """A connection whose list is paged as the text says."""
    facts = "".join(f", {key}: {value}" for key, value in operation.items())
    return connect(RESOURCE.format(f"{{page: {{total: null, pages: null, {text}}}{facts}}}"))


def names(pages: Any) -> Any:
    return [[record["name"] for record in page.records] for page in pages]


def fill(vendor: Vendor, count: int) -> None:
    for number in range(count):
        vendor.add(name=chr(ord("a") + number))


def rows(*ids: Any) -> Any:
    return [{"id": ident, "name": str(ident)} for ident in ids]


def starts(vendor: Vendor, name: Any = "offset") -> Any:
    return [dict(seen.query)[name] for seen in vendor.seen]


def test_pages_are_read_to_the_total(connect: Connect, vendor: Vendor) -> None:
    fill(vendor, 5)
    pages = list(connect().pages("accounts"))
    assert names(pages) == [["a", "b"], ["c", "d"], ["e"]]
    assert [page.total for page in pages] == [5, 5, 5]
    assert [page.last for page in pages] == [False, False, True]


def test_with_a_total_no_call_is_wasted(connect: Connect, vendor: Vendor) -> None:
    fill(vendor, 4)
    list(connect().pages("accounts"))
    assert starts(vendor) == ["0", "2"]


def test_an_empty_list_is_one_empty_page(connect: Connect) -> None:
    (page,) = connect().pages("accounts")
    assert (page.records, page.total, page.last) == ([], 0, True)


def test_smaller_pages_than_asked_for_are_followed_by_what_came(connect: Connect, vendor: Vendor) -> None:
    fill(vendor, 5)
    vendor.most = 2
    pages = page(connect, "total: total, per: 100").pages("accounts")
    assert names(pages) == [["a", "b"], ["c", "d"], ["e"]]


def test_without_a_total_a_short_page_after_the_first_is_the_last(connect: Connect, vendor: Vendor) -> None:
    fill(vendor, 3)
    assert names(page(connect, "per: 2").pages("accounts")) == [["a", "b"], ["c"]]


def test_without_a_total_a_short_first_page_is_not_yet_the_end(connect: Connect, vendor: Vendor) -> None:
    fill(vendor, 3)
    vendor.most = 2
    assert names(page(connect, "per: 100").pages("accounts")) == [["a", "b"], ["c"]]


def test_without_a_total_a_full_last_page_is_followed_by_an_empty_one(connect: Connect, vendor: Vendor) -> None:
    fill(vendor, 4)
    pages = list(page(connect, "per: 2").pages("accounts"))
    assert names(pages) == [["a", "b"], ["c", "d"], []]
    assert pages[-1].last


def test_page_numbers_count_pages(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({"pages": 2, "data": rows(1, 2)}), say({"pages": 2, "data": rows(3)}))
    connection = page(connect, "style: page, start: page, size: per_page, first: 1, pages: pages")
    assert names(connection.pages("accounts")) == [["1", "2"], ["3"]]
    assert [seen.query for seen in vendor.seen] == [
        [("page", "1"), ("per_page", "2")],
        [("page", "2"), ("per_page", "2")],
    ]


def test_later_pages_name_the_query_that_the_first_answer_named(connect: Connect, vendor: Vendor) -> None:
    told = {"pages": 2, "query": {"id": "q7"}}
    vendor.on(LIST, say({**told, "data": rows(1, 2)}), say({**told, "data": rows(3)}))
    carries = "carries: {queryId: query.id, other: query.other}"
    connection = page(connect, f"style: page, start: page, size: '', first: 1, pages: pages, {carries}")
    assert names(connection.pages("accounts")) == [["1", "2"], ["3"]]
    assert [seen.query for seen in vendor.seen] == [[("page", "1")], [("page", "2"), ("queryId", "q7")]]


def test_numbers_that_are_text_are_understood(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({"pages": "1", "data": rows(1, 2)}))
    assert names(page(connect, "style: page, pages: pages").pages("accounts")) == [["1", "2"]]


def test_a_list_without_pages_is_one_page(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say(rows(1, 2, 3)))
    (only,) = page(connect, "style: none").pages("accounts")
    assert (len(only.records), only.last, vendor.seen[0].query) == (3, True, [])


def test_a_page_in_an_array_of_one_is_unwrapped(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say([{"total": 1, "data": rows(1)}]))
    assert names(page(connect, "unwrap: true, total: total").pages("accounts")) == [["1"]]


def test_pages_in_a_longer_array_are_nonsense(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say([{"data": []}, {"data": []}]))
    with pytest.raises(Nonsense, match="array of 2"):
        list(page(connect, "unwrap: true, total: total").pages("accounts"))


@pytest.mark.parametrize("text", ["per: 2", "per: 2, total: total"])
def test_a_vendor_that_sends_the_same_page_again_ignores_paging(connect: Connect, vendor: Vendor, text: str) -> None:
    vendor.on(LIST, *[say({"total": 9, "data": rows(1, 2)})] * 2)
    with pytest.raises(Nonsense, match="crm accounts.list: the vendor ignores paging"):
        list(page(connect, text).pages("accounts"))


def test_a_short_page_that_comes_again_was_the_whole_list(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, *[say(rows(1, 2))] * 2)
    assert names(page(connect, "per: 50").pages("accounts")) == [["1", "2"], []]


def test_pages_without_end_are_nonsense(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, *[say({"total": 10 + n, "data": rows(2 * n, 2 * n + 1)}) for n in range(5)])
    vendor.on(LIST, *[say({"total": 99, "data": rows(2 * n, 2 * n + 1)}) for n in range(5, 40)])
    with pytest.raises(Nonsense, match="no end after 17 pages"):
        list(page(connect, "per: 2, total: total").pages("accounts"))


def test_a_record_that_moved_onto_the_next_page_comes_once(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({"total": 4, "data": rows(1, 2)}), say({"total": 4, "data": rows(2, 3)}))
    assert names(connect().pages("accounts")) == [["1", "2"], ["3"]]


def test_a_missing_list_may_mean_an_empty_one(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({}, 404))
    (only,) = page(connect, "total: total", missing_is_empty="true").pages("accounts")
    assert (only.records, only.last) == ([], True)


def test_a_missing_list_is_missing_otherwise(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({}, 404))
    with pytest.raises(Missing):
        list(connect().pages("accounts"))


@pytest.mark.parametrize("body", [{"rows": []}, {"data": {"a": 1}}, "text", 5])
def test_an_answer_without_the_list_is_nonsense(connect: Connect, vendor: Vendor, body: Any) -> None:
    vendor.on(LIST, say(body))
    with pytest.raises(Nonsense, match="there is no list"):
        list(connect().pages("accounts"))


def test_a_null_list_is_empty(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({"total": 0, "data": None}))
    assert names(connect().pages("accounts")) == [[]]


def test_something_else_than_a_record_is_nonsense(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({"total": 1, "data": ["x"]}))
    with pytest.raises(Nonsense, match="a record was expected, found str"):
        list(connect().pages("accounts"))


@pytest.mark.parametrize(("records", "calls"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_calls_are_foretold_with_a_total(connect: Connect, vendor: Vendor, records: int, calls: int) -> None:
    fill(vendor, records)
    connection = connect()
    list(connection.pages("accounts"))
    assert connection.page_calls("accounts", records) == calls == len(vendor.seen)


@pytest.mark.parametrize(("records", "calls"), [(0, 1), (1, 2), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_calls_are_foretold_without_a_total(connect: Connect, vendor: Vendor, records: int, calls: int) -> None:
    fill(vendor, records)
    connection = page(connect, "per: 2")
    list(connection.pages("accounts"))
    assert connection.page_calls("accounts", records) == calls == len(vendor.seen)


def test_pages_are_asked_for_as_they_are_needed(connect: Connect, vendor: Vendor) -> None:
    fill(vendor, 5)
    next(connect().pages("accounts"))
    assert len(vendor.seen) == 1


def shifting(vendor: Vendor, count: int, then: Callable[[], None], *, at: int = 1) -> None:
    """A list of so many accounts, in which something happens just before the given page is answered."""
    for number in range(1, count + 1):
        vendor.add(name=f"n{number}")

    def moved(usual: Callable[[], Any]) -> Any:
        then()
        return usual()

    vendor.on(LIST, *[lambda usual: usual()] * at, moved)


def found(pages: Any) -> list[str]:
    return [name for page in names(pages) for name in page]


def remove(vendor: Vendor, *numbers: int) -> Callable[[], None]:
    def gone() -> None:
        for number in numbers:
            del vendor.accounts[str(number)]

    return gone


def to_the_end(vendor: Vendor, *numbers: int) -> Callable[[], None]:
    """As where a list is in the order of changes, and somebody edits these."""

    def edited() -> None:
        for number in numbers:
            vendor.accounts[str(number)] = vendor.accounts.pop(str(number))

    return edited


@pytest.mark.parametrize("numbers", [(1,), (20,), (1, 2, 20), tuple(range(1, 21)), tuple(range(1, 41))])
@pytest.mark.parametrize("what", [remove, to_the_end])
@pytest.mark.parametrize("total", ["null", "total"])
def test_nothing_is_passed_over_where_records_go_or_move_to_the_end_while_they_are_read(
    connect: Connect, vendor: Vendor, what: Any, numbers: tuple[int, ...], total: str
) -> None:
    shifting(vendor, 95, what(vendor, *numbers), at=2)
    seen = found(page(connect, f"per: 20, total: {total}").pages("accounts"))
    assert set(seen) >= {f"n{number}" for number in range(1, 96)} - {f"n{number}" for number in numbers}


def test_records_of_the_last_page_that_moved_to_the_end_hide_none_that_were_passed_over(
    connect: Connect, vendor: Vendor
) -> None:
    """They show up on the short page after it, so that it seems to overlap."""
    shifting(vendor, 95, to_the_end(vendor, 58, 59, 60), at=4)
    seen = found(page(connect, "per: 20, total: total").pages("accounts"))
    assert sorted(set(seen)) == sorted(f"n{number}" for number in range(1, 96))


def test_what_comes_in_at_the_front_while_a_list_is_read_repeats_nothing_and_hides_nothing(
    connect: Connect, vendor: Vendor
) -> None:
    def added() -> None:
        vendor.accounts = {"0": {"id": 0, "name": "new"}, **vendor.accounts}

    shifting(vendor, 70, added)
    assert found(page(connect, "per: 20, total: total").pages("accounts")) == [f"n{n}" for n in range(1, 71)]


def test_pages_of_a_still_list_overlap_by_one_record_and_show_each_once(connect: Connect, vendor: Vendor) -> None:
    shifting(vendor, 58, lambda: None)
    assert found(page(connect, "per: 20, total: total").pages("accounts")) == [f"n{n}" for n in range(1, 59)]
    assert starts(vendor) == ["0", "19", "38"]


def test_a_list_that_is_emptied_while_it_is_read_ends(connect: Connect, vendor: Vendor) -> None:
    shifting(vendor, 30, lambda: vendor.accounts.clear())
    assert found(page(connect, "per: 20").pages("accounts")) == [f"n{n}" for n in range(1, 21)]


def test_a_numbered_page_is_read_again_where_the_total_fell(connect: Connect, vendor: Vendor) -> None:
    steps = [
        say({"total": 6, "data": rows(1, 2)}),
        say({"total": 5, "data": rows(4, 5)}),
        say({"total": 5, "data": rows(2, 3)}),
        say({"total": 5, "data": rows(4, 5)}),
        say({"total": 5, "data": rows(6)}),
    ]
    vendor.on(LIST, *steps)
    pages = page(connect, "style: page, start: page, first: 1, total: total").pages("accounts")
    assert found(pages) == ["1", "2", "3", "4", "5", "6"]
    assert starts(vendor, "page") == ["1", "2", "1", "2", "3"]


@pytest.mark.parametrize(("records", "calls"), [(0, 1), (20, 1), (21, 2), (39, 2), (40, 3), (77, 4), (78, 5)])
def test_calls_of_overlapping_pages_are_foretold(connect: Connect, vendor: Vendor, records: int, calls: int) -> None:
    shifting(vendor, records, lambda: None)
    connection = page(connect, "per: 20, total: total")
    list(connection.pages("accounts"))
    assert connection.page_calls("accounts", records) == calls == len(vendor.seen)


@pytest.mark.parametrize(("records", "calls"), [(19, 2), (20, 2), (38, 2), (39, 3), (57, 3), (58, 4)])
def test_calls_of_overlapping_pages_are_foretold_without_a_total(
    connect: Connect, vendor: Vendor, records: int, calls: int
) -> None:
    shifting(vendor, records, lambda: None)
    connection = page(connect, "per: 20")
    list(connection.pages("accounts"))
    assert connection.page_calls("accounts", records) == calls == len(vendor.seen)


# Pages that name the next one


@pytest.fixture
def chain(connect: Connect, vendor: Vendor) -> Any:
    """Answers with these tokens, and a connection that follows them."""

    def answers(*tokens: Any, **facts: Any) -> Any:
        pages = [
            say({"data": rows(number), "meta": {"next": token}, **facts}) for number, token in enumerate(tokens, 1)
        ]
        vendor.on(LIST, *pages)
        return page(connect, "style: next, start: after, next: meta.next")

    return answers


def test_a_token_is_given_back_until_there_is_none(chain: Any, vendor: Vendor) -> None:
    pages = list(chain("b+/=", "c", None).pages("accounts"))
    assert [dict(seen.query) for seen in vendor.seen] == [
        {"limit": "2"},
        {"after": "b+/=", "limit": "2"},
        {"after": "c", "limit": "2"},
    ]
    assert (names(pages), [one.last for one in pages]) == ([["1"], ["2"], ["3"]], [False, False, True])


def test_a_page_without_records_that_names_another_is_not_the_last(chain: Any, vendor: Vendor) -> None:
    vendor.on(LIST, say({"data": [], "meta": {"next": "b"}}))
    assert names(chain(None).pages("accounts")) == [[], ["1"]]


@pytest.mark.parametrize("address", ["https://elsewhere.example/x?after=b&limit=9", "/api/accounts?after=b&limit=9"])
def test_of_an_address_only_the_parameters_are_taken(chain: Any, vendor: Vendor, address: str) -> None:
    list(chain(address, None).pages("accounts"))
    assert [(seen.line, dict(seen.query)) for seen in vendor.seen][1] == (LIST, {"after": "b", "limit": "9"})


@pytest.mark.parametrize(
    ("tokens", "words"),
    [(("b", "b"), "the same next page again"), (("/api/accounts",), "has no parameters")],
)
def test_a_chain_that_leads_nowhere_is_nonsense(chain: Any, tokens: Any, words: str) -> None:
    with pytest.raises(Nonsense, match=words):
        list(chain(*tokens).pages("accounts"))


def test_the_calls_of_a_chain_are_foretold(chain: Any) -> None:
    connection = chain()
    assert [connection.page_calls("accounts", count) for count in (0, 1, 2, 3, 4, 5)] == [1, 1, 1, 2, 2, 3]


def test_side_by_side_a_chain_is_read_one_by_one(connect: Connect, vendor: Vendor) -> None:
    vendor.on(LIST, say({"data": rows(1), "next": "b"}), say({"data": rows(2)}))
    change = RESOURCE.format("{page: {style: next, start: after, next: next, total: null}}")
    connection = connect(f"{change[:-1]}, limits: {{concurrency: 3}}}}")
    assert names(connection.pages("accounts")) == [["1"], ["2"]]


def test_the_header_link_may_name_the_next_page_of_a_bare_list(connect: Connect, vendor: Vendor) -> None:
    first = '<https://tiny.example/api/accounts?page=1>; rel="prev", </api/accounts?page=3&limit=2>; rel="next"'
    vendor.on(LIST, say(rows(1, 2), Link=first), say(rows(3), Link='</api/accounts?page=1>; rel="first"'))
    connection = page(connect, "style: next, start: page, link: true", items="null")
    assert names(connection.pages("accounts")) == [["1", "2"], ["3"]]
    assert [dict(seen.query) for seen in vendor.seen] == [{"limit": "2"}, {"page": "3", "limit": "2"}]
