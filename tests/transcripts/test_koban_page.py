"""What the vendor's page prints besides requests with their answers: one request, and the notifications."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.connect import Connection
from mapper.sandbox.koban import Koban
from mapper.spec.load import load_connector

PAGE = yaml.safe_load((Path(__file__).parent / "koban" / "page_000.yaml").read_text(encoding="utf-8"))
KEYS = {"api_key": "demo-koban-api", "user_key": "demo-koban-user"}


def test_the_connector_asks_for_the_first_leads_exactly_as_the_page_does() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=[], request=request)

    settings = {"base_url": "https://app-koban.com/api/v1", **KEYS}
    transport = httpx.MockTransport(answer)
    with Connection("koban", load_connector("koban").spec, settings=settings, transport=transport) as connection:
        list(connection.pages("leads"))
    wanted = PAGE["request"]
    url = asked[0].url
    assert (asked[0].method, url.host, url.path) == (wanted["method"], "app-koban.com", wanted["path"])
    assert dict(url.params.multi_items()) == wanted["query"]
    assert [header for header in wanted["headers"] if header not in asked[0].headers] == []


def test_the_sandbox_answers_the_request_of_the_page() -> None:
    with httpx.Client(transport=httpx.WSGITransport(app=Koban()), base_url="http://koban.example") as client:
        headers = {"X-ncApi": KEYS["api_key"], "X-ncUser": KEYS["user_key"]}
        answer = client.get(PAGE["request"]["path"], params=PAGE["request"]["query"], headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"Length": 0, "List": []})


def sent(resource: str) -> dict[str, Any]:
    """The notification that the sandbox sends of a record in which everything is filled in."""
    bodies: list[bytes] = []

    def post(method: str, url: str, headers: Mapping[str, str], content: bytes) -> int:
        bodies.append(content)
        return 200

    app = Koban(post=post)
    body = {
        "ncThird": {
            "Label": "TESTTTTTT",
            "AccountingCode": "411TE7",
            "OfficialNumber": "ffrdde",
            "Origin": {"Code": "WEB"},
            "Type": {"Code": "PRO"},
            "Status": {"Code": "CLI"},
            "ModeRglt": "CHQ",
            "AssignedTo": {"Extcode": "GK"},
            "MoreFields": [{"FieldId": "5583bc220dc3610a94746d3f", "Value": "Valeur"}],
        },
        "ncContact": {"EMail": "maxime@evotion.fr", "Cell": "06 66 54 84 84"},
    }[resource]
    guid = app.add(resource, body)
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://koban.example/api/v1") as client:
        headers = {"X-ncApi": KEYS["api_key"], "X-ncUser": KEYS["user_key"]}
        client.post("ncHook/Subscribe", json={"Url": "https://door.example/h", "Event": "any"}, headers=headers)
    app.notify(resource, guid, "any")
    (notification,) = json.loads(bodies[0])
    found: dict[str, Any] = notification
    return found


@pytest.mark.parametrize("resource", PAGE["notifications"])
def test_a_notification_of_the_sandbox_has_the_printed_members(resource: str) -> None:
    (printed,) = PAGE["notifications"][resource]
    found = sent(resource)
    assert sorted(found) == sorted(printed)
    inside = {name: sorted(value) for name, value in printed.items() if isinstance(value, dict)}
    assert {name: sorted(found[name]) for name in inside} == inside


#: What no two records have in common.
OWN = {"sId", "CreationDate", "LastUpdateDate", "LastInteraction", "FrequencyRDVDate", "PhotoUrl", "TaxAccountId"}


@pytest.mark.parametrize("resource", PAGE["notifications"])
def test_a_notification_of_the_sandbox_has_the_printed_values(resource: str) -> None:
    (printed,) = PAGE["notifications"][resource]
    found = sent(resource)
    plain = [name for name, value in printed.items() if not isinstance(value, dict | list) and name not in OWN]
    assert {name: found[name] for name in plain} == {name: printed[name] for name in plain}
