"""What Koban's connector has and has not, whatever the account is like."""

from __future__ import annotations

import pytest

from mapper.connect import Draft
from mapper.connect.operations import operations_of
from mapper.sandbox.koban.app import CALLS
from mapper.spec.load import load_connector
from tests.connectors.jobs.koban import opened


@pytest.mark.parametrize("resource", ["quotes", "orders", "categories", "payments"])
def test_what_no_call_can_safely_update_is_refused_by_itself(resource: str) -> None:
    with opened({}, {}) as (app, connection):
        (outcome,) = connection.write(resource, [Draft("update", {"Label": "x"}, "6b03091a0dc3610a00000001")])
        assert f"no operation that can update {resource}" in str(outcome.error)
        assert app.calls == []


#: Paths that only the sandbox knows: names that other objects have, guessed for these by clients.
GUESSED = {"nccontact/postone", "nccontact/getonebyextcode", "ncproduct/postmany"}


def test_every_call_of_the_facts_has_an_operation() -> None:
    answers = {"lead_writes": "yes", "process_writes": "yes"}
    spec = load_connector("koban", assume=answers).spec
    known = {operation.path.partition("?")[0].lower() for operation in operations_of(spec).values()}
    assert {path.rstrip("/") for path in CALLS} - known == GUESSED
