from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Response

from mapper.connect import Draft
from mapper.errors import Missing, NotAllowed, Rejected, Unclear
from tests.connect.conftest import Connect
from tests.connect.vendor import Step, Vendor, answer, done_but, lost, say

CREATE = "POST /api/accounts"
UPDATE = "PUT /api/accounts"
CHANGE = """
resources:
  accounts:
    operations:
      create: {{batch: {{max: {size}, keys: keys}}, record: null, key: null, repeatable: {repeatable}}}
      update: {{path: accounts, batch: {{max: {size}, keys: keys}}, record: null}}
"""


@pytest.fixture
def batched(connect: Connect, vendor: Vendor) -> Any:
    vendor.batch = True

    def connection(size: Any = 4, repeatable: Any = "false") -> Any:
        return connect(CHANGE.format(size=size, repeatable=repeatable))

    return connection


def drafts(names: Any, **facts: Any) -> Any:
    return [Draft("create", {"name": name}, stamp=f"s{name}", **facts) for name in names]


def sizes(vendor: Vendor, line: Any = CREATE) -> Any:
    return [len(body) for body in vendor.bodies(line)]


def picky(vendor: Vendor, bad: str) -> Step:
    """The vendor refuses a batch with any of these names in it."""

    def step(usual: Callable[[], Response]) -> Response:
        names = [record["name"] for record in vendor.seen[-1].body]
        return answer({"message": "bad one"}, 400) if set(names) & set(bad) else usual()

    return step


def test_batches_are_filled_and_keys_come_in_order(batched: Connect, vendor: Vendor) -> None:
    outcomes = list(batched().write("accounts", drafts("abcdefghi")))
    assert sizes(vendor) == [4, 4, 1]
    assert [outcome.key for outcome in outcomes] == [str(n) for n in range(1, 10)]
    assert [record["name"] for record in vendor.accounts.values()] == list("abcdefghi")


def test_updates_bear_their_keys(batched: Connect, vendor: Vendor) -> None:
    rows = [Draft("update", {"name": name}, key=str(n)) for n, name in enumerate("ab", 5)]
    outcomes = list(batched().write("accounts", rows))
    assert vendor.bodies(UPDATE) == [[{"name": "a", "id": "5"}, {"name": "b", "id": "6"}]]
    assert [outcome.key for outcome in outcomes] == ["5", "6"]


def test_updates_that_say_nothing_are_left_out_of_the_batch(batched: Connect, vendor: Vendor) -> None:
    rows = [Draft("update", native, key=str(n)) for n, native in enumerate([{"name": "a"}, {}], 1)]
    assert [outcome.error for outcome in batched().write("accounts", rows)] == [None, None]
    assert vendor.bodies(UPDATE) == [[{"name": "a", "id": "1"}]]


@pytest.mark.parametrize(
    ("bad", "sent"), [("", [4]), ("a", [4, 2, 1, 1, 2]), ("d", [4, 2, 2, 1, 1]), ("bc", [4, 2, 1, 1, 2, 1, 1])]
)
def test_a_refused_batch_is_halved_until_the_bad_one_stands_alone(
    batched: Connect, vendor: Vendor, bad: str, sent: list[int]
) -> None:
    vendor.on(CREATE, *[picky(vendor, bad)] * 9)
    outcomes = list(batched().write("accounts", drafts("abcd")))
    assert sizes(vendor) == sent
    assert [isinstance(outcome.error, Rejected) for outcome in outcomes] == [name in bad for name in "abcd"]
    assert [outcome.draft.native["name"] for outcome in outcomes] == list("abcd")
    assert sorted(row["name"] for row in vendor.accounts.values()) == [name for name in "abcd" if name not in bad]


def test_a_batch_that_is_not_allowed_is_not_halved(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({}, 403))
    outcomes = list(batched().write("accounts", drafts("abcd")))
    assert all(isinstance(outcome.error, NotAllowed) for outcome in outcomes)
    assert sizes(vendor) == [4]


def test_a_record_that_cannot_be_encoded_does_not_hold_up_the_batch(batched: Connect, vendor: Vendor) -> None:
    rows = drafts("ab")
    rows[0].native["labels"] = ["Nobody"]
    first, second = batched().write("accounts", rows)
    assert isinstance(first.error, Rejected)
    assert second.key == "1"
    assert sizes(vendor) == [1]


def test_a_lost_answer_to_a_batch_that_may_be_repeated_is_sent_again(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, lost(done=False))
    outcomes = list(batched(repeatable="true").write("accounts", drafts("ab")))
    assert [outcome.key for outcome in outcomes] == ["1", "2"]


def test_after_a_lost_answer_each_record_is_looked_for(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, lost())
    outcomes = list(batched().write("accounts", drafts("ab")))
    assert [outcome.key for outcome in outcomes] == ["1", "2"]
    assert vendor.lines() == [CREATE, "GET /api/accounts/find", "GET /api/accounts/find"]


def test_only_what_is_not_there_is_sent_again(batched: Connect, vendor: Vendor) -> None:
    def half(usual: Any) -> Any:
        vendor.add(name="a", origin="sa")
        return answer({}, 504)

    vendor.on(CREATE, half)
    outcomes = list(batched().write("accounts", drafts("abc")))
    assert [outcome.key for outcome in outcomes] == ["1", "2", "3"]
    assert [row["name"] for row in vendor.bodies(CREATE)[1]] == ["b", "c"]


def test_without_a_stamp_a_lost_batch_is_unclear(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, lost())
    outcomes = list(batched().write("accounts", [Draft("create", {"name": name}) for name in "ab"]))
    assert all(isinstance(outcome.error, Unclear) for outcome in outcomes)
    assert sizes(vendor) == [2]


def test_too_few_keys_in_the_answer_are_made_up_for_by_the_stamps(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, done_but({"keys": [1]}, 201))
    assert [outcome.key for outcome in batched().write("accounts", drafts("ab"))] == ["1", "2"]


def test_a_null_among_the_keys_is_a_record_whose_id_is_unknown(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({"keys": [7, None]}))
    first, second = batched().write("accounts", [Draft("create", {"name": name}) for name in "ab"])
    assert first.key == "7"
    assert isinstance(second.error, Unclear)


def test_parts_with_calls_of_their_own_follow_the_batch(batched: Connect, vendor: Vendor) -> None:
    rows = [Draft("update", {"name": "a"}, key="1", removed={"tags.A": ["x"]}), Draft("update", {"name": "b"}, key="2")]
    vendor.add()
    list(batched().write("accounts", rows))
    assert vendor.lines() == [UPDATE, "POST /api/accounts/1/untag"]


def test_a_place_that_is_missing_is_not_the_fault_of_one_record(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({}, 404))
    outcomes = list(batched().write("accounts", drafts("abcd")))
    assert all(isinstance(outcome.error, Missing) for outcome in outcomes)
    assert sizes(vendor) == [4]


def test_an_update_of_what_is_gone_is_singled_out(batched: Connect, vendor: Vendor) -> None:
    vendor.on(UPDATE, say({}, 404), say({"keys": [1]}), say({}, 404))
    rows = [Draft("update", {"name": name}, key=str(n)) for n, name in enumerate("ab", 1)]
    first, second = batched().write("accounts", rows)
    assert first.error is None
    assert isinstance(second.error, Missing)


def test_an_update_of_which_a_vendor_could_make_a_new_record_is_sent_to_what_is_there_only(
    connect: Connect, vendor: Vendor
) -> None:
    vendor.batch = True
    vendor.add(name="A")
    connection = connect(CHANGE.format(size=4, repeatable="false") + "    fields: {name: {required: true}}\n")
    rows = [Draft("update", {"name": "B"}, key="1"), Draft("update", {"name": "C"}, key="9")]
    there, gone = connection.write("accounts", rows)
    assert (there.error, type(gone.error)) == (None, Missing)
    assert vendor.bodies(UPDATE) == [[{"name": "B", "id": "1"}]]


def test_nothing_is_sent_after_what_stops_all(batched: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({"message": "bad one"}, 400), say({}, 403))
    outcomes = list(batched().write("accounts", drafts("abcd")))
    assert sizes(vendor) == [4, 2]
    assert all(isinstance(outcome.error, NotAllowed) for outcome in outcomes)


def test_a_batch_ends_before_the_record_that_could_not_be_read(batched: Connect, vendor: Vendor) -> None:
    for name in "abc":
        vendor.add(name=name)
    vendor.on("GET /api/accounts/2", say({}, 403))
    rows = [Draft("update", {"address": {"city": "Paris"}}, key=key) for key in "123"]
    first, second, third = batched().write("accounts", rows)
    assert first.error is None
    assert second.error is third.error is not None
    assert vendor.lines() == ["GET /api/accounts/1", "GET /api/accounts/2", UPDATE]


def test_a_key_that_is_a_number_is_sent_as_one(connect: Connect, vendor: Vendor) -> None:
    change = CHANGE.format(size=4, repeatable="false") + "    fields: {id: {type: number}}"
    list(connect(change).write("accounts", [Draft("update", {"name": "a"}, key="5")]))
    assert vendor.bodies(UPDATE) == [[{"name": "a", "id": 5}]]


# Updates that the vendor finds by something else than the key

FOUND_BY = """
resources:
  accounts:
    operations:
      update: {found_by: {origin: Origin, mail: Mail}, query: {by: "{{ found_by }}"}, path: accounts, record: null,
               batch: {max: 9, keys: keys}}
"""


def changes(*keys: str, **native: Any) -> list[Draft]:
    return [Draft("update", {"name": "new", **native}, key=key) for key in keys]


def test_what_the_vendor_finds_a_record_by_is_sent_along(connect: Connect, vendor: Vendor) -> None:
    vendor.add(origin="o1", mail="m1")
    vendor.add(mail="m2")
    vendor.on(UPDATE, say({"keys": [1]}), say({"keys": [2]}))
    outcomes = list(connect(FOUND_BY).write("accounts", changes("1", "2")))
    assert [outcome.error for outcome in outcomes] == [None, None]
    sent = [(seen.query, seen.body) for seen in vendor.seen if seen.line == UPDATE]
    assert sent == [
        ([("by", "Origin")], [{"name": "new", "origin": "o1"}]),
        ([("by", "Mail")], [{"name": "new", "mail": "m2"}]),
    ]


def test_what_changes_is_not_what_a_record_is_found_by(connect: Connect, vendor: Vendor) -> None:
    vendor.add(origin="o1", mail="m1")
    vendor.on(UPDATE, say({"keys": [1]}))
    list(connect(FOUND_BY).write("accounts", changes("1", origin="o2")))
    assert vendor.seen[-1].query == [("by", "Mail")]


def test_a_record_with_nothing_to_be_found_by_is_rejected(connect: Connect, vendor: Vendor) -> None:
    vendor.add(origin="")
    (outcome,) = connect(FOUND_BY).write("accounts", changes("1"))
    assert isinstance(outcome.error, Rejected)
    assert "no origin or mail that stays as it is" in str(outcome.error)
    assert vendor.bodies(UPDATE) == []


def test_another_record_than_the_one_meant_is_told_of(connect: Connect, vendor: Vendor) -> None:
    vendor.add(origin="o1")
    vendor.on(UPDATE, say({"keys": [8]}))
    (outcome,) = connect(FOUND_BY).write("accounts", changes("1"))
    assert "found record 8 by Origin" in str(outcome.error)


def test_a_record_that_the_vendor_made_of_an_update_is_told_of(batched: Any, vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.on(UPDATE, say({"keys": [8]}))
    (outcome,) = batched().write("accounts", changes("1"))
    assert isinstance(outcome.error, Rejected)
    assert "it was gone, and the vendor made record 8 of what was to change" in str(outcome.error)


def test_a_record_that_is_gone_is_not_made_by_retiring_it(batched: Any, vendor: Vendor, connect: Connect) -> None:
    vendor.add(name="A")
    retires = "{{resources: {{accounts: {{deactivate: {{kind: retired}}, fields: {{kind: text}}, {}}}}}}}"
    operations = "operations: {update: {path: accounts, batch: {max: 4, keys: keys}, record: null}}"
    connection = connect(retires.format(operations))
    vendor.on(UPDATE, say({"keys": [1]}))
    there, gone = connection.write("accounts", [Draft("deactivate", {}, key=key) for key in ("1", "9")])
    assert (there.error, gone.error) == (None, None)
    assert vendor.bodies(UPDATE) == [[{"id": "1", "kind": "retired"}]]


def test_after_what_stops_all_the_other_batches_are_not_sent(connect: Connect, vendor: Vendor) -> None:
    vendor.add(origin="o1")
    vendor.add(mail="m2")
    vendor.on(UPDATE, say({}, 403))
    outcomes = list(connect(FOUND_BY).write("accounts", changes("1", "2")))
    assert all(isinstance(outcome.error, NotAllowed) for outcome in outcomes)
    assert sizes(vendor, UPDATE) == [1]
