"""Records that others refer to are created first, and named as the vendor wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Response

from mapper.connect import Connection, Draft
from mapper.errors import Rejected
from tests.connect.conftest import Connect
from tests.connect.vendor import Step, Vendor, answer

CREATE = "POST /api/accounts"
CHANGE = """
resources:
  accounts:
    write_order: {order}
    fields: {{parent: {{type: ref, ref: accounts, names: {names}}}}}
    operations:
      create: {{batch: {{max: 4, keys: keys}}, record: null, key: null}}
"""


@pytest.fixture
def ordered(connect: Connect, vendor: Vendor) -> Callable[..., Connection]:
    vendor.batch = True

    def connection(order: str = '"{{ 1 if parent else 0 }}"', names: str = "origin") -> Connection:
        return connect(CHANGE.format(order=order, names=names))

    return connection


def child(name: str, parent: str) -> Draft:
    return Draft("create", {"name": name, "parent": parent}, stamp=f"s:{name}")


def plain(name: str) -> Draft:
    return Draft("create", {"name": name}, stamp=f"s:{name}")


def known_first(vendor: Vendor) -> Step:
    """The vendor refuses records whose parent it does not know, be it by an earlier place in the same batch."""

    def step(usual: Callable[[], Response]) -> Response:
        known = {account.get("origin") for account in vendor.accounts.values()}
        for record in vendor.seen[-1].body:
            if record.get("parent", "") not in known | {""}:
                return answer({"message": f"no {record['parent']}"}, 400)
            known.add(record["origin"])
        return usual()

    return step


def names(vendor: Vendor) -> list[list[str]]:
    return [[record["name"] for record in body] for body in vendor.bodies(CREATE)]


def test_what_others_refer_to_is_created_before_them_across_batches(
    ordered: Callable[..., Connection], vendor: Vendor
) -> None:
    drafts = [child(name, "s:f") for name in "abcde"] + [plain("f"), plain("g")]
    outcomes = list(ordered().write("accounts", drafts))
    assert names(vendor) == [["f", "g", "a", "b"], ["c", "d", "e"]]
    assert [outcome.draft.native["name"] for outcome in outcomes] == list("abcdefg")
    assert [outcome.key for outcome in outcomes] == ["3", "4", "5", "6", "7", "1", "2"]


def test_a_batch_in_a_wrong_order_is_mended(ordered: Callable[..., Connection], vendor: Vendor) -> None:
    vendor.on(CREATE, *[known_first(vendor)] * 20)
    drafts = [child("c", "s:b"), child("b", "s:a"), plain("x"), plain("a")]
    outcomes = list(ordered(order='"{{ 0 }}"').write("accounts", drafts))
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert [record["name"] for record in vendor.accounts.values()] == ["x", "a", "b", "c"]


def test_what_refers_to_nothing_that_is_there_is_refused_alone(
    ordered: Callable[..., Connection], vendor: Vendor
) -> None:
    vendor.on(CREATE, *[known_first(vendor)] * 20)
    outcomes = list(ordered().write("accounts", [plain("a"), child("b", "s:z"), child("c", "s:a")]))
    assert [type(outcome.error) for outcome in outcomes] == [type(None), Rejected, type(None)]
    assert "no s:z" in str(outcomes[1].error)


def test_without_an_order_nothing_refused_is_sent_twice(ordered: Callable[..., Connection], vendor: Vendor) -> None:
    vendor.on(CREATE, *[known_first(vendor)] * 20)
    list(ordered(order="null").write("accounts", [plain("a"), child("b", "s:z")]))
    assert names(vendor) == [["a", "b"], ["a"], ["b"]]


def test_a_reference_is_written_by_the_name_of_the_record(ordered: Callable[..., Connection], vendor: Vendor) -> None:
    vendor.add(name="main", origin="m-1")
    connection = ordered()
    list(connection.write("accounts", [child("a", "1"), child("b", "1")]))
    assert [record["parent"] for record in vendor.bodies(CREATE)[0]] == ["m-1", "m-1"]
    assert vendor.lines().count("GET /api/accounts/1") == 1


def test_a_record_that_was_just_created_need_not_be_read_to_be_named(
    ordered: Callable[..., Connection], vendor: Vendor
) -> None:
    connection = ordered()
    [made] = connection.write("accounts", [plain("a")])
    list(connection.write("accounts", [child("b", made.key)]))
    assert vendor.bodies(CREATE)[1][0]["parent"] == "s:a"
    assert vendor.lines() == [CREATE, CREATE]


def test_a_record_without_the_name_cannot_be_referred_to(ordered: Callable[..., Connection], vendor: Vendor) -> None:
    vendor.add(name="main")
    [outcome] = ordered().write("accounts", [child("a", "1")])
    assert "parent: accounts 1 has no origin, by which alone it can be named" in str(outcome.error)
    assert vendor.bodies(CREATE) == []


@pytest.mark.parametrize("names_", ["null", '"{{ none }}"'])
def test_without_a_name_the_key_is_written(ordered: Callable[..., Connection], vendor: Vendor, names_: str) -> None:
    vendor.add(name="main")
    list(ordered(names=names_).write("accounts", [child("a", "1")]))
    assert vendor.bodies(CREATE)[0][0]["parent"] == "1"


@pytest.mark.parametrize(("drafts", "calls"), [([child("a", "1"), child("b", "1")], 2), ([plain("a")], 1)])
def test_the_reads_that_names_take_are_counted_before(
    ordered: Callable[..., Connection], vendor: Vendor, drafts: list[Any], calls: int
) -> None:
    vendor.add(name="main", origin="m-1")
    connection = ordered()
    cost = connection.cost("accounts")
    for draft in drafts:
        cost.add(draft)
    assert cost.calls == calls
    list(connection.write("accounts", drafts))
    assert len(vendor.lines()) == calls
