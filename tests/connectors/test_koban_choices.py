"""Koban's other objects under every choice that is about them, through the connector alone.

The choices that touch accounts and contacts are tried by whole runs: tests/sync/test_koban_choices.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.connect.operations import operations_of
from mapper.sandbox.koban import Koban
from mapper.sandbox.koban.app import CALLS
from mapper.spec.load import load_connector

#: Switches and answers that are about other objects than accounts and contacts.
ELSEWHERE = {
    *("leads", "deals", "processes", "lead_writes", "process_writes", "action_dates", "invoice", "invoice_answer"),
    *("hook_answer", "hook_form"),
}


@contextmanager
def opened(switches: dict[str, str], assume: dict[str, str]) -> Iterator[tuple[Koban, Connection]]:
    app = Koban(switches=switches)
    settings = {"base_url": "http://127.0.0.1/api/v1", "api_key": "demo-koban-api", "user_key": "demo-koban-user"}
    spec = load_connector("koban", assume=assume).spec
    transport = httpx.WSGITransport(app=app)
    with Connection("koban", spec, settings=settings, assume=assume, transport=transport) as connection:
        yield app, connection


def listed(connection: Connection, resource: str) -> list[dict[str, Any]]:
    return [record for page in connection.pages(resource) for record in page.records]


def written(connection: Connection, resource: str, **native: Any) -> str:
    (outcome,) = connection.write(resource, [Draft("create", native, stamp="project:1")])
    assert outcome.error is None
    return outcome.key


@pytest.mark.parametrize("shape", ["page", "array"])
@pytest.mark.parametrize(
    ("switch", "controller", "resource"),
    [
        ("leads", "ncLead", "leads"),
        ("deals", "ncDeal", "deals"),
        ("processes", "ncDealProcess", "deal_processes"),
    ],
)
def test_a_list_is_read_whole_whatever_its_shape(switch: str, controller: str, resource: str, shape: str) -> None:
    with opened({switch: shape}, {}) as (app, connection):
        for number in range(45):
            app.add(controller, {"Label": f"N {number}", "Name": f"N {number}"})
        assert len({record["Guid"] for record in listed(connection, resource)}) == 45


def test_open_actions_are_read_to_the_end_without_a_size_or_a_total() -> None:
    with opened({}, {}) as (app, connection):
        for number in range(45):
            app.add("ncAction", {"Label": f"N {number}", "DStart": 1_500_000_000 + number})
        assert len({record["Guid"] for record in listed(connection, "actions")}) == 45


def test_leads_and_processes_are_not_written_by_default() -> None:
    with opened({}, {}) as (_, connection):
        for resource in ("leads", "deal_processes"):
            (outcome,) = connection.write(resource, [Draft("create", {"Label": "x"})])
            assert f"no operation that can create {resource}" in str(outcome.error)


@pytest.mark.parametrize("resource", ["quotes", "orders", "categories", "payments"])
def test_what_no_call_can_safely_update_is_refused_by_itself(resource: str) -> None:
    with opened({}, {}) as (app, connection):
        (outcome,) = connection.write(resource, [Draft("update", {"Label": "x"}, "6b03091a0dc3610a00000001")])
        assert f"no operation that can update {resource}" in str(outcome.error)
        assert app.calls == []


def test_leads_are_written_where_a_project_says_so() -> None:
    with opened({"lead_writes": "on"}, {"lead_writes": "yes"}) as (app, connection):
        key = written(connection, "leads", Name="Hugo", Tags={"INTERET": ["Musique"]})
        (outcome,) = connection.write("leads", [Draft("update", {"Phone": "01"}, key)])
        assert outcome.error is None
        (lead,) = app.data()["ncLead"]
        assert (lead["Guid"], lead["Phone"], lead["Extcode"]) == (key, "01", "project:1")


def test_processes_are_written_where_a_project_says_so() -> None:
    with opened({"process_writes": "on"}, {"process_writes": "yes"}) as (app, connection):
        key = written(connection, "deal_processes", Label="Ventes", Steps=[{"Label": "A", "Extcode": "A"}])
        assert [row["Guid"] for row in app.data()["ncDealProcess"]] == [key]


@pytest.mark.parametrize(("answer", "server"), [("envelope", "envelope"), ("bare", "bare")])
def test_an_invoice_is_read_in_an_envelope_or_bare(answer: str, server: str) -> None:
    with opened({"invoice": server}, {"invoice_answer": answer}) as (_, connection):
        key = written(connection, "invoices", Number="F1", Lines=[{"Label": "Pose", "Ht": 36.5}])
        assert connection.get("invoices", key)["Amount"] == "3650"
        (outcome,) = connection.write("invoices", [Draft("update", {"Status": "CLOSED"}, key)])
        assert outcome.error is None
        assert connection.get("invoices", key)["Status"] == "CLOSED"


def test_the_field_of_a_time_has_the_form_of_the_answer() -> None:
    forms = {
        choice: load_connector("koban", assume={"action_dates": choice}).spec.resources["actions"].fields["DStart"].form
        for choice in ("seconds", "text")
    }
    assert forms == {"seconds": None, "text": "iso"}


@pytest.mark.parametrize(("choice", "start"), [("any", 1_500_000_000), ("number", 1_500_000_000)])
def test_the_times_of_an_action_are_taken_as_seconds(choice: str, start: int) -> None:
    with opened({"action_dates": choice}, {}) as (app, connection):
        written(connection, "actions", Label="Appel", DStart=start)
        assert [row["DStart"] for row in app.data()["ncAction"]] == [start]


def test_the_times_of_an_action_are_taken_as_text() -> None:
    with opened({"action_dates": "text"}, {"action_dates": "text"}) as (app, connection):
        written(connection, "actions", Label="Appel", DStart="2017-07-14T02:40:00Z")
        assert [row["DStart"] for row in app.data()["ncAction"]] == [1_500_000_000]


@pytest.mark.parametrize("answer", ["envelope", "object"])
def test_a_subscription_is_ended_by_its_address_whatever_was_answered(answer: str) -> None:
    with opened({"hook_answer": answer}, {}) as (app, connection):
        hook = {"url": "https://door.example/h", "event": "deal"}
        connection.call("subscribe", hook)
        connection.call("unsubscribe", hook)
        assert app.notify("ncDeal", app.add("ncDeal", {"Label": "Projet"}), "deal") == []


#: Paths that only the sandbox knows: names that other objects have, guessed for these by clients.
GUESSED = {"nccontact/postone", "ncproduct/postmany"}


def test_every_call_of_the_facts_has_an_operation() -> None:
    answers = {"lead_writes": "yes", "process_writes": "yes"}
    spec = load_connector("koban", assume=answers).spec
    known = {operation.path.partition("?")[0].lower() for operation in operations_of(spec).values()}
    assert {path.rstrip("/") for path in CALLS} - known == GUESSED


def test_what_is_said_to_be_tried_here_is_a_switch_or_an_assumption() -> None:
    """`hook_form` is for who is notified: nothing that the connector sends or reads depends on it."""
    known = {*Koban.choices, *load_connector("koban").spec.assumptions}
    assert ELSEWHERE - known == set()
