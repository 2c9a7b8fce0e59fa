"""Creates and updates one by one: what is sent, and what is learnt from the answer."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.connect import Draft
from mapper.errors import Missing, Rejected, Throttled, Unclear, UsageError
from mapper.records import ABSENT, CLEAR
from tests.connect.conftest import Connect
from tests.connect.vendor import Step, Vendor, done_but, say

CREATE = "POST /api/accounts"
UPDATE = "PUT /api/accounts/1"
OPERATION = "{{resources: {{accounts: {{operations: {{{}}}}}}}}}"
BLIND = OPERATION.format("create: {key: null, record: null}")


def create(connection: Any, native: Any = None, **facts: Any) -> Any:
    (outcome,) = connection.write("accounts", [Draft("create", native or {"name": "A"}, **facts)])
    return outcome


def update(connection: Any, native: Any, **facts: Any) -> Any:
    (outcome,) = connection.write("accounts", [Draft("update", native, key="1", **facts)])
    return outcome


# Outcomes


def test_a_create_gives_the_key_and_the_record(connect: Connect) -> None:
    outcome = create(connect(), {"name": "A", "more": {"sector": "x"}})
    assert (outcome.key, outcome.error) == ("1", None)
    assert outcome.record["more"] == {"sector": "x", "size": None}


def test_an_update_gives_the_record_where_the_answer_shows_it(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    outcome = update(connect(), {"name": "B"})
    assert (outcome.key, outcome.error, outcome.record) == ("1", None, {"id": 1, "name": "B"})


def test_there_is_one_outcome_a_draft_in_their_order(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({"object": {"id": 9}}), say({"message": "no"}, 400))
    drafts = [Draft("create", {"name": name}, tag=name) for name in "abc"]
    outcomes = list(connect().write("accounts", drafts))
    assert [outcome.draft for outcome in outcomes] == drafts
    assert [outcome.key for outcome in outcomes] == ["9", "", "1"]
    assert isinstance(outcomes[1].error, Rejected)


def test_nothing_is_sent_before_it_is_asked_for(connect: Connect, vendor: Vendor) -> None:
    outcomes = connect().write("accounts", [Draft("create", {"name": "A"}), Draft("create", {"name": "B"})])
    assert vendor.seen == []
    next(outcomes)
    assert len(vendor.seen) == 1


def test_an_update_of_what_is_gone_is_missing(connect: Connect) -> None:
    assert isinstance(update(connect(), {"name": "B"}).error, Missing)


def test_too_many_calls_are_an_error_of_the_draft(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({}, 429, Retry_After="99"))
    error = create(connect()).error
    assert isinstance(error, Throttled)
    assert error.retry_after == 99


def test_creates_and_updates_are_not_mixed(connect: Connect) -> None:
    with pytest.raises(UsageError):
        list(connect().write("accounts", [Draft("create", {}), Draft("update", {}, key="1")]))


def test_an_update_needs_a_key(connect: Connect) -> None:
    with pytest.raises(UsageError):
        list(connect().write("accounts", [Draft("update", {"name": "B"})]))


def test_a_record_that_cannot_be_written_is_refused_by_itself(connect: Connect, vendor: Vendor) -> None:
    outcome = update(connect(OPERATION.format("update: REMOVED")), {})
    assert isinstance(outcome.error, Rejected)
    assert "no operation that can update accounts" in str(outcome.error)
    assert vendor.seen == []


def test_no_draft_is_no_call(connect: Connect, vendor: Vendor) -> None:
    assert list(connect().write("accounts", [])) == []
    assert vendor.seen == []


# Keys


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ("create: {key: object.id, record: null}", say({"object": {"id": 7}})),
        ("create: {key: null, record: object}", say({"object": {"id": 7, "name": "A"}})),
        ("create: {key: null, record: null}", say({"id": 7})),
        ("create: {key: null, record: null}", say([{"id": 7}])),
        ("create: {key: null, record: null}", say(None, 201, Location="/api/accounts/7")),
        ("create: {key: null, record: null}", say(None, 201, Location="https://tiny.example/api/accounts/7/?x=1")),
        ("create: {key: $, record: null}", say(7)),
    ],
)
def test_the_key_of_a_create_is_found_in_the_answer(connect: Connect, vendor: Vendor, change: str, step: Step) -> None:
    vendor.on(CREATE, step)
    assert create(connect(OPERATION.format(change))).key == "7"


def test_a_key_that_is_nowhere_in_the_answer_is_found_by_the_stamp(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, done_but(None, 201))
    assert create(connect(BLIND), stamp="src:1").key == "1"


def test_a_create_whose_key_stays_unknown_is_unclear(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say(None, 201))
    outcome = create(connect(BLIND))
    assert isinstance(outcome.error, Unclear)
    assert "its id is unknown" in str(outcome.error)


# What is sent


def test_a_create_is_filled_up_with_the_defaults(connect: Connect, vendor: Vendor) -> None:
    settings = {"base_url": "https://tiny.example/api", "key": "k", "owner": "anna"}
    create(connect(settings=settings), {"name": "A", "kind": "person"})
    assert vendor.seen[0].body == {"name": "A", "kind": "person", "owner": "anna"}


def test_a_default_without_value_is_left_out(connect: Connect, vendor: Vendor) -> None:
    create(connect())
    assert vendor.seen[0].body == {"name": "A", "kind": "company"}


def test_an_update_is_not_filled_up(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    update(connect(), {"name": "B"}, stamp="src:1")
    assert vendor.seen[0].body == {"name": "B"}


def test_a_create_bears_its_stamp(connect: Connect, vendor: Vendor) -> None:
    create(connect(), stamp="src:1")
    assert vendor.seen[0].body["origin"] == "src:1"


def test_a_mapped_field_comes_before_the_stamp(connect: Connect, vendor: Vendor) -> None:
    create(connect(), {"origin": "mine"}, stamp="src:1")
    assert vendor.seen[0].body["origin"] == "mine"


def test_the_draft_is_left_as_it_is(connect: Connect) -> None:
    draft = Draft("create", {"address": {"city": "Lyon"}, "tags": {"A": ["x"]}}, stamp="s")
    list(connect("{resources: {accounts: {write_defaults: {address.zip: '1'}}}}").write("accounts", [draft]))
    assert draft.native == {"address": {"city": "Lyon"}, "tags": {"A": ["x"]}}


def test_what_is_counted_or_chosen_may_be_emptied_by_0(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    fields = "fields: {size: number, kind: {type: list, list: colours}}"
    change = f"{{wire: {{clear: zero}}, resources: {{accounts: {{{fields}}}}}}}"
    update(connect(change), {"name": CLEAR, "size": CLEAR, "kind": CLEAR, "note": CLEAR})
    assert vendor.seen[-1].body == {"name": "", "size": 0, "kind": 0, "note": ""}


@pytest.mark.parametrize(("wire", "body"), [("null", {"name": None}), ("empty", {"name": ""}), ("omit", {})])
def test_a_field_is_emptied_as_the_wire_says(connect: Connect, vendor: Vendor, wire: Any, body: Any) -> None:
    vendor.add(name="A")
    update(connect(f"{{wire: {{clear: '{wire}'}}}}"), {"name": CLEAR, "x": ABSENT})
    assert [seen.body for seen in vendor.seen] == ([body] if body else [])


def test_a_field_may_be_emptied_otherwise(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    update(connect(), {"note": CLEAR, "zip": CLEAR, "name": CLEAR, "list": [1, CLEAR, ABSENT]})
    assert vendor.seen[0].body == {"note": "", "name": None, "list": [1, None]}


def test_null_and_empty_are_sent_as_they_are(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    update(connect(), {"name": None, "note": ""})
    assert vendor.seen[0].body == {"name": None, "note": ""}


def test_an_update_that_says_nothing_is_not_sent(connect: Connect, vendor: Vendor) -> None:
    assert update(connect(), {"zip": CLEAR}).error is None
    assert vendor.seen == []


# Members that are replaced whole


def test_a_member_that_is_replaced_whole_is_read_first(connect: Connect, vendor: Vendor) -> None:
    vendor.add(address={"id": 4, "city": "Lyon", "zip": "69001", "geo": {"x": 1, "y": 2}})
    update(connect(), {"address": {"city": "Paris", "geo": {"x": 3}}})
    assert vendor.lines() == ["GET /api/accounts/1", UPDATE]
    assert vendor.seen[1].body == {"address": {"city": "Paris", "zip": "69001", "geo": {"x": 3, "y": 2}}}


def test_nothing_is_read_where_no_such_member_is_touched(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    update(connect(), {"name": "B"})
    assert vendor.lines() == [UPDATE]


def test_a_member_that_was_empty_is_sent_as_it_is(connect: Connect, vendor: Vendor) -> None:
    vendor.add(address=None)
    update(connect(), {"address": {"city": "Paris"}})
    assert vendor.seen[1].body == {"address": {"city": "Paris"}}


def test_custom_fields_that_are_replaced_whole_are_sent_together(connect: Connect, vendor: Vendor) -> None:
    vendor.add(more=[{"field": "f1", "value": "x"}, {"field": "f9", "value": "y"}])
    update(connect("{resources: {accounts: {complete: [more]}}}"), {"more": {"f9": CLEAR}})
    assert vendor.seen[1].body == {"more": [{"field": "f1", "value": "x"}, {"field": "f9", "value": ""}]}


def test_an_update_whose_current_record_cannot_be_read_is_not_sent(connect: Connect, vendor: Vendor) -> None:
    assert isinstance(update(connect(), {"address": {"city": "Paris"}}).error, Missing)
    assert vendor.lines() == ["GET /api/accounts/1"]


def test_a_create_is_never_read_first(connect: Connect, vendor: Vendor) -> None:
    create(connect(), {"address": {"city": "Paris"}})
    assert vendor.lines() == [CREATE]
