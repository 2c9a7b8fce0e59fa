"""Deletes and deactivations: what is sent, and what a record that is gone already means."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.connect import Draft
from mapper.errors import Rejected, UsageError
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor, done_but, say

RETIRES = "{resources: {accounts: {deactivate: {kind: retired}, fields: {kind: text}}}}"


def end(connection: Any, kind: Any, *keys: str) -> list[Any]:
    return list(connection.write("accounts", [Draft(kind, {}, key=key) for key in keys]))


def test_a_record_is_deleted(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    (outcome,) = end(connect(), "delete", "1")
    assert (outcome.key, outcome.error, vendor.accounts) == ("1", None, {})


def test_a_record_that_is_gone_already_counts_as_deleted(connect: Connect) -> None:
    (outcome,) = end(connect(), "delete", "9")
    assert (outcome.key, outcome.error) == ("9", None)


def test_a_delete_whose_answer_was_lost_is_sent_again(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.on("DELETE /api/accounts/1", done_but({}, 504))
    (outcome,) = end(connect(), "delete", "1")
    assert (outcome.error, vendor.accounts) == (None, {})


def test_a_delete_that_is_refused_is_told_and_the_others_go_on(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.add(name="B")
    vendor.on("DELETE /api/accounts/1", say({"message": "no"}, 400))
    first, second = end(connect(), "delete", "1", "2")
    assert (isinstance(first.error, Rejected), second.error) == (True, None)


def test_a_vendor_that_cannot_delete_is_not_asked_to(connect: Connect) -> None:
    connection = connect("{resources: {accounts: {operations: {delete: REMOVED}}}}")
    assert not connection.can_end("accounts", "delete")
    with pytest.raises(UsageError, match=r"no operation accounts.delete"):
        end(connection, "delete", "1")


def test_a_record_is_deactivated_by_what_the_connector_says(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    (outcome,) = end(connect(RETIRES), "deactivate", "1")
    assert (outcome.draft.kind, outcome.error, vendor.accounts["1"]["kind"]) == ("deactivate", None, "retired")


def test_a_record_that_is_gone_already_counts_as_deactivated(connect: Connect) -> None:
    (outcome,) = end(connect(RETIRES), "deactivate", "9")
    assert outcome.error is None


def test_what_cannot_be_deactivated_is_not_sent(connect: Connect, vendor: Vendor) -> None:
    connection = connect()
    assert not connection.can_end("accounts", "deactivate")
    with pytest.raises(UsageError, match="does not say how one of its accounts is deactivated"):
        end(connection, "deactivate", "1")
    assert vendor.seen == []
