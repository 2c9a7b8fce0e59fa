"""Lists whose records are asked for without what nobody looks at: nothing that is wanted may ever be lost by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mapper.connect import Connection
from mapper.connect.shapes import Way
from mapper.sandbox.cirrus.wire import masked, read_mask
from mapper.spec.connector import Limits
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor, say

MASK = """
{resources: {accounts: {operations: {
  list: {mask: {header: X-Only, text: "{{ '{total,data{' ~ fields ~ '}}' }}"}},
  changed: {mask: {header: X-Only, text: "{{ '{total,data{' ~ fields ~ '}}' }}"}}}}}}
"""
NAME, CITY = ("name",), ("address", "city")
RECORDS = 24
LIST = "GET /api/accounts"


def honest(text: str, page: Any) -> Any:
    return masked(read_mask(text), page)


def with_nulls(text: str, page: Any) -> Any:
    """As a vendor that shows null for a name that it does not know."""
    tree = read_mask(text)["data"]
    return {"total": page["total"], "data": [{name: row.get(name) for name in tree} for row in page["data"]]}


def blind_to(member: str) -> Callable[[str, Any], Any]:
    """A vendor that knows one member under another name in masks."""
    return lambda text, page: honest(text.replace(member, "another"), page)


def filled(vendor: Vendor, mask: Callable[[str, Any], Any] | None = honest, count: int = RECORDS) -> None:
    vendor.mask = mask
    for number in range(count):
        address = {"city": f"City {number}", "id": number, "street": "Rue de la Paix " * 3}
        vendor.add(name=f"A {number}", origin=None, moved=9, gone=False, note="long " * 40, address=address)


def read(made: Connection, *members: tuple[str, ...], since: float | None = None) -> list[dict[str, Any]]:
    pages = made.pages("accounts", since=since, members=members)
    return [record for page in pages for record in page.records]


def only(vendor: Vendor) -> list[str]:
    """The masks that the calls bore, in their order."""
    return [seen.headers.get("X-Only", "") for seen in vendor.seen if seen.line == LIST]


def way(made: Connection) -> Way:
    return made.way("accounts")


def test_a_list_is_cut_down_to_what_is_looked_at(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    made = connect(MASK)
    records = read(made, NAME, CITY)
    wanted = {"id", "origin", "moved", "gone", "name", "address"}
    assert [set(record) for record in records[2:]] == [wanted] * (RECORDS - 2)
    assert [record["address"]["city"] for record in records] == [f"City {n}" for n in range(RECORDS)]
    assert [set(record["address"]) for record in records[2:]] == [{"city"}] * (RECORDS - 2)
    assert way(made).members.startswith("records cut down to the members in use, ")


def test_a_cut_list_takes_one_call_more(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    read(connect(MASK), NAME)
    whole, *rest = only(vendor)
    assert (whole, len(rest), all(rest)) == ("", RECORDS // 2, True)


def test_pages_side_by_side_are_cut_down_alike(connect: Connect, vendor: Vendor) -> None:
    filled(vendor, count=60)
    made = connect(MASK, limits=Limits(per_second=0, concurrency=4))
    assert [record["name"] for record in read(made, NAME)] == [f"A {n}" for n in range(60)]
    assert only(vendor).count("") == 1


def test_what_changed_is_cut_down_too(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    made = connect(MASK)
    assert len(read(made, NAME, since=5)) == RECORDS
    assert (way(made).by, way(made).members[:16]) == ("filter", "records cut down")


@pytest.mark.parametrize(
    ("mask", "members", "because"),
    [
        (None, [NAME], "the vendor takes no notice of the mask"),
        (blind_to("name"), [NAME], "the first page came otherwise with the mask"),
        (blind_to("city"), [CITY], "the first page came otherwise with the mask"),
        (blind_to("origin"), [NAME], "the first page came otherwise with the mask"),
        (lambda text, page: {"total": page["total"], "data": []}, [NAME], "the vendor refuses the mask"),
        (
            lambda text, page: {"data": honest(text, page)["data"]},
            [NAME],
            "the first page came otherwise with the mask",
        ),
        (with_nulls, [NAME], "no record of the first page has a value in origin"),
        (honest, [NAME, ("fax",)], "no record of the first page shows fax"),
        (honest, [("odd name",)], "a mask cannot name 'odd name'"),
        (honest, [NAME, ("note",), ("address",)], "of the first page is in use"),
    ],
)
def test_where_the_mask_is_of_no_use_all_is_read(
    connect: Connect, vendor: Vendor, mask: Any, members: list[tuple[str, ...]], because: str
) -> None:
    filled(vendor, mask)
    made = connect(MASK)
    assert read(made, *members) == [{**row} for row in vendor.accounts.values()]
    assert way(made).members.startswith("records whole: ") and because in way(made).members
    assert [mask for mask in only(vendor) if mask][1:] == []


def test_a_mask_that_is_refused_is_done_without(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    vendor.on(LIST, lambda usual: usual(), say({"message": "no such header"}, 400))
    made = connect(MASK)
    assert len(read(made, NAME)) == RECORDS
    assert way(made).members == "records whole: the vendor refuses the mask (no such header)"


def test_a_record_that_is_edited_between_the_two_first_pages_costs_the_mask(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)

    def edited(usual: Callable[[], Any]) -> Any:
        vendor.accounts["1"]["name"] = "edited"
        return usual()

    vendor.on(LIST, lambda usual: usual(), edited)
    made = connect(MASK)
    assert all("note" in record for record in read(made, NAME))


def test_of_an_object_that_nobody_has_all_is_asked_for(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    for row in vendor.accounts.values():
        row["boss"] = None
    vendor.accounts["24"]["boss"] = {"id": 7, "name": "B"}
    records = read(connect(MASK), NAME, ("boss", "id"))
    assert records[-1]["boss"] == {"id": 7, "name": "B"}


@pytest.mark.parametrize("count", [0, 2, 18])
def test_a_short_list_is_read_as_it_is(connect: Connect, vendor: Vendor, count: int) -> None:
    filled(vendor, count=count)
    made = connect(MASK)
    assert len(read(made, NAME)) == count
    assert (way(made).members, set(only(vendor))) == ("", {""})


def test_without_a_word_on_members_all_is_read(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    assert all("note" in record for page in connect(MASK).pages("accounts") for record in page.records)


def test_one_record_is_read_whole(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    made = connect(MASK)
    read(made, NAME)
    assert "note" in made.get("accounts", "9")


def test_a_vendor_whose_records_may_be_looked_at_as_a_whole_is_not_cut_down(connect: Connect, vendor: Vendor) -> None:
    filled(vendor)
    made = connect(MASK.replace("accounts: {", 'accounts: {removed: "{{ record | length > 99 }}", ', 1))
    assert all("note" in record for record in read(made, NAME))
    assert set(only(vendor)) == {""}
