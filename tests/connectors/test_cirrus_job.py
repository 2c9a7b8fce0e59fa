"""The main job on every kind of Cirrus's records, under every choice of every point that its documents leave open.

A record of each kind is created, found in its list, changed, and read back; then the sandbox is asked what it holds.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.connect.shapes import Outcome
from mapper.errors import MapperError
from mapper.records import Record
from mapper.sandbox.cirrus import Cirrus
from mapper.spec.connector import Connector
from mapper.spec.load import load_connector

ACCOUNT, CONTACT, USER = 1002, 5002, 1

#: What is created of each kind, the member that is changed, and what it is changed to.
KINDS: dict[str, tuple[Record, str, Any]] = {
    "accounts": ({"name": "Nya AB", "typeid": 1, "userid": USER, "externalkey": "k-1"}, "info", "Ring"),
    "contacts": ({"name": "Eva", "surname": "Ask", "accountid": ACCOUNT, "externalkey": "k-2"}, "title", "VD"),
    "articles": ({"name": "Truck", "price": 9.5, "vat": 25, "number": "T-9", "externalkey": "k-3"}, "url1", "x.se"),
    "opportunities": (
        {
            "accountid": ACCOUNT,
            "contactid": CONTACT,
            "title": "Ny affär",
            "userid": USER,
            "statusid": 1,
            "typeid": 1,
            "estimatedenddate": "2024-07-31",
        },
        "phone",
        "+46701740605",
    ),
    "activities": ({"accountid": ACCOUNT, "typeid": 1, "userid": USER, "externalkey": "k-4"}, "result", "Klart"),
    "leads": ({"title": "Mässa", "value": 100}, "contactname", "Per"),
    "orders": (
        {
            "placedate": "2024-06-01T00:00:00Z",
            "account": {"id": ACCOUNT},
            "user": {"id": USER},
            "contact": {"id": CONTACT},
            "status": {"id": 51},
            "externalkey": "k-5",
            "rows": [{"quantityordered": 2, "price": 9.5, "article": {"id": 4001}}],
        },
        "marking",
        "Brådskande",
    ),
    "quotes": (
        {
            "placedate": "2024-06-01",
            "status": {"id": 121},
            "deliveryterm": {"id": 11},
            "paymentterm": {"id": 61},
            "deliverytype": {"id": 21},
            "account": {"id": ACCOUNT},
            "contact": {"id": CONTACT},
            "user": {"id": USER},
            "externalkey": "k-6",
            "rows": [{"quantity": 3, "article": {"id": 4001}}],
        },
        "marking",
        "Brådskande",
    ),
    "objects": ({"name": "Truck 18", "manufacturer": {"id": ACCOUNT}, "externalkey": "k-7"}, "url", "https://x.se"),
    "contracts": (
        {
            "number": "K-9",
            "start": "2024-01-01T00:00:00Z",
            "end": "2025-01-01T00:00:00Z",
            "contact": {"id": CONTACT},
            "responsible": {"id": USER},
            "reminderdays": 10,
            "externalkey": "k-8",
        },
        "description",
        "Förlängt",
    ),
    "users": (
        {"name": "Nils", "surname": "Ek", "cellphone": "+46701740605", "title": "Säljare", "roles": [{"id": 7}]},
        "phone",
        "+4684650050",
    ),
    "missions": ({"name": "Höst", "active": 1}, "description", "Kampanj"),
}
#: What the connector is told where the vendor is otherwise than it assumes.
ASSUME = {
    ("put_mode", "full"): {"update": "full"},
    ("dynamic_path", "data"): {"dynamic_values": "data"},
    ("dynamic_filter", "id"): {"dynamic_filter": "id"},
}
#: The kinds that a choice takes away.
WITHOUT = {
    ("orders_addon", "403"): {"orders"},
    ("orders_addon", "404"): {"orders"},
    ("mission_list", "connection"): {"missions"},
}
#: The vendor as it is likeliest, and each choice that is otherwise.
CHOICES = [("wrap_pages", "off"), *((name, one) for name, choices in Cirrus.choices.items() for one in choices[1:])]
#: What is looked at under every choice; the other kinds are, where the vendor is as it is likeliest.
MAIN = {"accounts", "contacts", "opportunities", "activities", "articles", "orders", "missions"}


@cache
def connector() -> Connector:
    return load_connector("cirrus").spec


def opened(app: Cirrus, assume: dict[str, str] | None = None) -> Connection:
    return Connection(
        "cirrus",
        connector(),
        settings={"base_url": "http://127.0.0.1/rest", "x_token": "demo-cirrus-token"},
        assume=assume,
        transport=httpx.WSGITransport(app=app),
        sleep=lambda seconds: None,
    )


def created(connection: Connection, kind: str) -> Outcome:
    native, _, _ = KINDS[kind]
    [outcome] = connection.write(kind, [Draft("create", native, stamp=native.get("externalkey", ""))])
    return outcome


def listed(connection: Connection, kind: str) -> list[Record]:
    return [record for page in connection.pages(kind) for record in page.records]


@pytest.mark.parametrize(("switch", "choice"), CHOICES)
def test_the_main_job_ends_alike_under_every_choice(switch: str, choice: str) -> None:
    app = Cirrus(samples=True, switches={switch: choice})
    kinds = (KINDS.keys() if switch == "wrap_pages" else MAIN) - WITHOUT.get((switch, choice), set())
    with opened(app, ASSUME.get((switch, choice))) as connection:
        for kind in sorted(kinds):
            native, member, value = KINDS[kind]
            before = {connection.key_of(kind, record) for record in listed(connection, kind)}
            outcome = created(connection, kind)
            [new] = [one for one in listed(connection, kind) if connection.key_of(kind, one) not in before]
            key = connection.key_of(kind, new)
            assert outcome.key in ("", key), kind
            [changed] = connection.write(kind, [Draft("update", {member: value}, key=key)])
            assert changed.error is None, kind
            found = connection.get(kind, key)
            assert found[member] == value, kind
            shown = {
                name: found[name] for name in native if name in found and not isinstance(native[name], dict | list)
            }
            assert shown == {name: native[name] for name in shown}, kind
            assert "rows" not in native or found["rows"][0]["article"]["name"] == "Truck T1"


@pytest.mark.parametrize("kind", [kind for kind, (native, _, _) in KINDS.items() if "externalkey" in native])
def test_a_create_that_says_no_id_is_found_by_its_external_key(kind: str) -> None:
    app = Cirrus(samples=True, switches={"create_reply": "null"})
    with opened(app) as connection:
        outcome = created(connection, kind)
        assert (outcome.error, connection.get(kind, outcome.key)["externalkey"]) == (
            None,
            KINDS[kind][0]["externalkey"],
        )


@pytest.mark.parametrize("choice", ["403", "404"])
def test_a_tenant_without_orders_says_so_and_nothing_else_suffers(choice: str) -> None:
    with opened(Cirrus(samples=True, switches={"orders_addon": choice})) as connection:
        with pytest.raises(MapperError):
            listed(connection, "orders")
        assert len(listed(connection, "quotes")) == 1


@pytest.mark.parametrize(
    ("kind", "key", "field", "label"),
    [
        ("orders", "2001", "Leverans", "Tåg"),
        ("quotes", "2501", "41", "P-1"),
        ("opportunities", "8001", "Konkurrent", "Beta"),
        ("activities", "7001", "61", "R-2"),
        ("articles", "4001", "Färg", "Blå"),
    ],
)
def test_dynamic_fields_are_written_and_read_on_every_kind_that_has_them(
    kind: str, key: str, field: str, label: str
) -> None:
    app = Cirrus(samples=True)
    with opened(app) as connection:
        connection.use(kind, {"dynamicfields": None})
        connection.custom(kind, "dynamicfields")
        [outcome] = connection.write(kind, [Draft("update", {"dynamicfields": {field: label}}, key=key)])
        assert (outcome.error, outcome.failed) == (None, {})
        assert connection.get(kind, key)["dynamicfields"][field] == label


@pytest.mark.parametrize("kind", ["activities", "articles", "leads", "opportunities", "orders", "quotes", "objects"])
def test_tags_are_replaced_whole(kind: str) -> None:
    with opened(Cirrus(samples=True)) as connection:
        listed(connection, "accounts")
        [record] = listed(connection, kind)
        key = connection.key_of(kind, record)
        [outcome] = connection.write(kind, [Draft("update", {"tags": ["Logiciel"]}, key=key)])
        assert outcome.error is None
        assert connection.get(kind, key)["tags"] == ["106"]


def test_every_list_of_choices_is_read() -> None:
    with opened(Cirrus(samples=True)) as connection:
        listed(connection, "accounts")
        for name in connector().lists:
            assert connection.table("accounts", name).labels, name
