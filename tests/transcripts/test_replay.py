"""Recorded pairs of request and answer, taken from the vendors' own pages, against the sandbox and the connector both.

Neither was written from the other, and both must agree with what the vendor printed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import yaml

from mapper.connect import Connection, Draft
from mapper.records import Record
from mapper.sandbox.base import Sandbox
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import Koban
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.sandbox.nicoka import Nicoka
from mapper.spec.load import load_connector
from mapper.spec.project import Catalogue
from tests.sandbox.test_nicoka_crm import with_known

TRANSCRIPTS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.yaml"))
}

KEYS = {
    "X-ncApi": "demo-koban-api",
    "X-ncUser": "demo-koban-user",
    "Authorization": "Bearer demo-nicoka-token",
    "X-Token": "demo-cirrus-token",
    "Accept": "application/json",
    "Content-Type": "application/json",
}

# The connector


class Recorded(httpx.BaseTransport):
    """Answers as recorded, and keeps what was asked."""

    def __init__(self, pair: dict[str, Any]) -> None:
        self.answer = pair["answer"]
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        content = orjson.dumps(self.answer["json"])
        return httpx.Response(self.answer["status"], headers=self.answer["headers"], content=content, request=request)


def replay(pair: dict[str, Any]) -> tuple[Recorded, list[str], list[Record], int | None]:
    """What the connector asked, and the keys, records and total that it made of the answer."""
    given, transport = pair["given"], Recorded(pair)
    spec = load_connector(pair["connector"]).spec
    catalogue = Catalogue(lists=given.get("lists", {}))
    total: int | None = None
    with Connection(
        pair["connector"],
        spec,
        settings=given["settings"],
        assume=given["assume"],
        catalogue=catalogue,
        transport=transport,
        sleep=lambda seconds: None,
    ) as connection:
        resource = given["resource"]
        if given["kind"] == "list":
            page = next(iter(connection.pages(resource)))
            records, total = page.records, page.total
        elif given["kind"] == "get":
            records = [connection.get(resource, given["key"])]
        else:
            outcomes = list(connection.write(resource, [Draft("create", native) for native in given["native"]]))
            assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
            return transport, [o.key for o in outcomes], [o.record for o in outcomes if o.record is not None], None
        keys = [connection.key_of(resource, record) for record in records]
    return transport, keys, records, total


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_connector_asks_exactly_what_was_recorded(name: str) -> None:
    pair = TRANSCRIPTS[name]
    request = replay(pair)[0].asked[0]
    wanted = pair["request"]
    body = orjson.loads(request.content) if request.content else None
    asked = {"method": request.method, "path": request.url.path, "query": dict(request.url.params.multi_items())}
    assert asked == {name: wanted[name] for name in asked}
    assert body == wanted["json"]
    assert [header for header in wanted["headers"] if header not in request.headers] == []


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_connector_reads_the_recorded_answer(name: str) -> None:
    pair = TRANSCRIPTS[name]
    _, keys, records, total = replay(pair)
    expect = pair["expect"]
    assert keys == expect["keys"]
    assert total == expect.get("total", total)
    for record, wanted in zip(records, expect.get("records", []), strict=bool(expect.get("records"))):
        assert {member: record[member] for member in wanted} == wanted


# The sandbox

#: One account and one contact of Cirrus in which every field is filled; its sample's ids are all 0.
FILLED = {"accounts": 1002, "contacts": 5002}
REAL = {"typeid": 1, "userid": 1, "alternateuserid": 2, "parentaccountid": 1001, "accountid": 1002, "superiorid": 5001}
#: What no two creates have in common; a transcript's `own` adds what its user and its moment make of a record.
OWN = {
    "id", "customerid", "contactid", "uid", "status_udate", "cdate", "udate", "updateLink",
    "consent_management_link", "unsubscribe_link", "portal_registering_link", "queryUid",
}  # fmt: skip


def sandbox_of(name: str) -> Sandbox:
    if name == "koban":
        return Koban()
    if name == "koban_immobilier":
        immobilier = KobanImmobilier()
        immobilier.add_programme("Les Tilleuls", "TIL")
        return immobilier
    return (
        with_known(Nicoka(samples=True)) if name == "nicoka" else Cirrus(samples=True, switches={"create_reply": "id"})
    )


def ask(sandbox: Sandbox, pair: dict[str, Any]) -> httpx.Response:
    """The recorded request, sent raw; where the vendor prints no paths and ids, the sandbox's own stand for them."""
    wanted = pair["request"]
    path, body = wanted["path"], wanted["json"]
    if pair["connector"] == "cirrus":
        resource = pair["given"]["resource"]
        path = path.replace("/api/", "/rest/").replace(f"{resource}/0", f"{resource}/{FILLED[resource]}")
        body = {**body, **{k: v for k, v in REAL.items() if k in body}, "tags": [{"id": 101}]} if body else None
        if body and "addresses" in body:
            body["addresses"] = {kind: {**part, "coordinates": {}} for kind, part in body["addresses"].items()}
    with httpx.Client(transport=httpx.WSGITransport(app=sandbox), base_url="http://127.0.0.1:8400") as client:
        headers = {header: KEYS[header] for header in wanted["headers"]}
        content = None if body is None else orjson.dumps(body)
        return client.request(wanted["method"], path, params=wanted["query"], headers=headers, content=content)


def lacking(recorded: Any, found: Any, where: str = "") -> list[str]:
    """Where an answer does not have the recorded members; null fits everything, an empty list any list."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        extra = [f"{where}.{name} is not recorded" for name in found.keys() - recorded.keys()]
        missing = [f"{where}.{name} is missing" for name in recorded.keys() - found.keys()]
        both = sorted(recorded.keys() & found.keys())
        return [*extra, *missing, *(x for n in both for x in lacking(recorded[n], found[n], f"{where}.{n}"))]
    if isinstance(recorded, list) and isinstance(found, list):
        return lacking(recorded[0], found[0], f"{where}[]") if recorded and found else []
    fits = recorded is None or found is None or isinstance(recorded, dict | list) == isinstance(found, dict | list)
    return [] if fits else [f"{where} is {type(found).__name__}"]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_sandbox_answers_with_the_recorded_status_and_members(name: str) -> None:
    pair = TRANSCRIPTS[name]
    response = ask(sandbox_of(pair["connector"]), pair)
    recorded = pair["answer"]["json"]
    body = response.json()
    if isinstance(recorded, list) and isinstance(body, dict):  # a page may stand in an array of one, and need not
        recorded = recorded[0]
    assert response.status_code == pair["answer"]["status"], response.text
    assert response.headers["content-type"] == pair["answer"]["headers"]["Content-Type"]
    assert lacking(recorded, body) == []


#: The page prints one activity twice, and has made it unrecognisable in two ways.
PRINTED = [name for name in TRANSCRIPTS if name.startswith("nicoka") and name[7:] != "crmActivities_list"]


@pytest.mark.parametrize("name", [name for name in PRINTED if "create" not in name])
def test_the_sandbox_shows_the_printed_records_as_they_are_printed(name: str) -> None:
    pair = TRANSCRIPTS[name]
    body, recorded = ask(sandbox_of("nicoka"), pair).json(), pair["answer"]["json"]
    found = {row["id"]: row for row in body.get("data", [body])}
    assert {row["id"]: found.get(row["id"]) for row in recorded.get("data", [recorded])} == {
        row["id"]: row for row in recorded.get("data", [recorded])
    }


@pytest.mark.parametrize("name", [name for name in PRINTED if "create" in name])
def test_the_sandbox_answers_a_create_with_the_printed_values(name: str) -> None:
    pair = TRANSCRIPTS[name]
    found, recorded = ask(sandbox_of("nicoka"), pair).json(), pair["answer"]["json"]
    assert found["success"] == recorded["success"]
    own = OWN | set(pair.get("own", ()))
    assert {k: v for k, v in found["object"].items() if k not in own} == {
        k: v for k, v in recorded["object"].items() if k not in own
    }


def test_the_sandbox_makes_one_account_for_each_object_of_a_batch() -> None:
    sandbox, pair = Koban(), TRANSCRIPTS["koban_accounts_create"]
    body = ask(sandbox, pair).json()
    assert (body["Success"], len(set(body["Result"]))) == (True, len(pair["request"]["json"]))
    assert sorted(row["Guid"] for row in sandbox.data()["ncThird"]) == sorted(body["Result"])
