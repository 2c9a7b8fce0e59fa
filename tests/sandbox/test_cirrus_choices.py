"""What each choice of a point that the documents leave open means in the sandbox: a call, and what its answer holds."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mapper.expr.paths import parse_path
from mapper.sandbox.cirrus import Cirrus

VALUES = "dynamicfields/values?resourcetype=account&resourceid=1002&sorting=sorting_asc&fieldids={}"
TEXT = "accounts?sorting=name_asc&active=2&per_page=50&fulltext={}"
DATES = "opportunities?sorting=date_desc"

#: The switch and its choice; a call; where to look in its answer, and what stands there.
CASES: list[tuple[str, str, str, str, Any]] = [
    ("no_sorting", "400", "accounts", "message", "Input payload validation failed"),
    ("no_sorting", "default", "accounts", "items[0].name", "Annans"),
    ("fulltext", "phrase", TEXT.format("Exempelbolaget AB"), "total", 1),
    ("fulltext", "phrase", TEXT.format("AB Exempelbolaget"), "total", 0),
    ("fulltext", "words", TEXT.format("AB Exempelbolaget"), "total", 1),
    ("fulltext", "wildcard", TEXT.format("Exempel%25"), "total", 1),
    ("fulltext", "wildcard", TEXT.format("Exempel"), "total", 0),
    ("opportunity_date", "planned", DATES, "items[0].title", "Ny truck"),
    ("opportunity_date", "ended", DATES, "items[0].title", "Äldre"),
    ("opportunity_date", "changed", DATES, "items[0].title", "Äldre"),
    ("account_types", "listed", "accounts/accounttypes", "[0].name", "Kund"),
    ("account_types", "gone", "accounts/accounttypes", "message", "The requested URL was not found on the server."),
    ("lead_sources", "shared", "leads/6001", "source.name", "Mässa"),
    ("lead_sources", "own", "leads/6001", "source.name", "Webb"),
    ("choice_text", "label", VALUES.format(11), "items[0].value", "Énergie"),
    ("choice_text", "id", VALUES.format(11), "items[0].value", "502"),
    ("choice_text", "empty", VALUES.format(11), "items[0].value", ""),
    ("checks", "1", VALUES.format(13), "items[0].value", "1"),
    ("checks", "true", VALUES.format(13), "items[0].value", "true"),
    ("tag_types", "company", "leads/6001", "tags[0].type", "company"),
    ("tag_types", "several", "leads/6001", "tags[0].type", "user"),
    ("extra_members", "none", "accounts/1002", "revision", None),
    ("extra_members", "some", "accounts/1002", "revision", 7),
    ("amounts", "number", "articles/4001", "price", 125000.5),
    ("amounts", "text", "articles/4001", "price", "125000.5"),
    ("amounts", "two decimals", "articles/4001", "price", "125000.50"),
    ("moments", "Z", "activities/7001", "start", "2024-05-31T08:00:00Z"),
    ("moments", "naive", "activities/7001", "start", "2024-05-31T10:00:00"),
    ("sight", "own", "accounts/1003", "message", "There is no record 1003 in accounts"),
    ("gone", "410", "accounts/1004", "message", "There is no record 1004 in accounts"),
    ("merged", "404", "accounts/1005", "message", "There is no record 1005 in accounts"),
    ("merged", "target", "accounts/1005", "id", 1002),
]


def tenant(switches: dict[str, str]) -> Cirrus:
    app = Cirrus(switches=switches, samples=True)
    other = app.add("accounts", {"name": "Annans", "userid": 2})
    gone, merged = app.add("accounts", {"name": "Borta"}), app.add("accounts", {"name": "Dubblett"})
    assert (other, gone, merged) == (1003, 1004, 1005)
    app.remove("accounts", gone)
    app.merge(1002, merged)
    app.set_dynamic("account", 1002, "Bransch", "Énergie")
    app.set_dynamic("account", 1002, "Premium", "1")
    older = {"accountid": 1002, "contactid": 5002, "userid": 1, "statusid": 1, "typeid": 1, "description": ""}
    app.add("opportunities", {**older, "title": "Äldre", "estimatedenddate": "2020-01-01", "enddate": "2030-01-01"})
    return app


def answered(switches: dict[str, str], method: str, path: str, body: Any = None) -> httpx.Response:
    transport = httpx.WSGITransport(app=tenant(switches))
    with httpx.Client(transport=transport, base_url="http://127.0.0.1/rest/", headers=KEYS) as client:
        return client.request(method, path, json=body)


KEYS = {"X-Token": "demo-cirrus-token"}


@pytest.mark.parametrize(("switch", "choice", "path", "place", "value"), CASES)
def test_a_choice_is_seen_in_an_answer(switch: str, choice: str, path: str, place: str, value: Any) -> None:
    body = answered({switch: choice}, "GET", path).json()
    if place.startswith("["):
        body, place = {"all": body}, f"all{place}"
    found = parse_path(place).get(body)
    assert (found if value is not None else None) == value


@pytest.mark.parametrize(
    ("switches", "method", "path", "body", "status"),
    [
        ({"hidden": "404", "sight": "own"}, "GET", "accounts/1003", None, 404),
        ({"hidden": "403", "sight": "own"}, "GET", "accounts/1003", None, 403),
        ({"gone": "404"}, "GET", "accounts/1004", None, 404),
        ({"gone": "410"}, "GET", "accounts/1004", None, 410),
        ({"gone": "410"}, "GET", "accounts/9999", None, 404),
        ({"clearing": "empty"}, "PUT", "accounts/1002", {"info": None}, 400),
        ({"clearing": "null"}, "PUT", "accounts/1002", {"info": None}, 204),
        ({"lengths": "none"}, "PUT", "accounts/1002", {"info": "x" * 256}, 204),
        ({"lengths": "255"}, "PUT", "accounts/1002", {"info": "x" * 256}, 400),
        ({"lengths": "255"}, "PUT", "accounts/1002", {"info": "x" * 255}, 204),
        ({"update_reply": "null"}, "PUT", "accounts/1002", {"info": ""}, 200),
    ],
)
def test_a_choice_is_seen_in_a_status(switches: dict[str, str], method: str, path: str, body: Any, status: int) -> None:
    assert answered(switches, method, path, body).status_code == status


@pytest.mark.parametrize(
    ("switches", "statuses"),
    [
        ({}, [201, 201]),
        ({"account_number": "unique"}, [201, 400]),
        ({"external_keys": "unique"}, [400, 201]),
    ],
)
def test_a_key_may_be_anothers(switches: dict[str, str], statuses: list[int]) -> None:
    app = tenant(switches)
    app.edit("accounts", 1003, {"number": "7", "externalkey": "k-7"})
    with httpx.Client(
        transport=httpx.WSGITransport(app=app), base_url="http://127.0.0.1/rest/", headers=KEYS
    ) as client:
        new = {"name": "Ny", "typeid": 1, "userid": 1}
        found = [client.post("accounts", json={**new, **more}) for more in ({"externalkey": "k-7"}, {"number": "7"})]
    assert [answer.status_code for answer in found] == statuses
