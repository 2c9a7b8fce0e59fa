"""Nicoka's connector beside what is tried under each choice: drop-down lists, several values, signing in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.connect import Connection, Draft
from mapper.errors import AuthFailed
from mapper.sandbox.nicoka import Nicoka
from mapper.spec.connector import Connector
from mapper.spec.document import parse
from mapper.spec.load import load_connector
from tests.sandbox.test_nicoka import NUMBERS, Clock
from tests.sync.world import World

TOKEN = {"api_token": "demo-nicoka-token"}
PASSWORD = {"login": "demo", "password": "demo-nicoka-password"}
ROWS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("nicoka_attributes.yaml").read_text(encoding="utf-8")
)


def opened(
    app: Nicoka, settings: dict[str, str] | None = None, *, spec: Connector | None = None, **assume: str
) -> Connection:
    return Connection(
        "nicoka",
        spec or load_connector("nicoka", assume=assume).spec,
        settings={"base_url": "http://127.0.0.1/api", **(settings or TOKEN)},
        assume=assume,
        allow_http=["127.0.0.1"],
        transport=httpx.WSGITransport(app=app),
        sleep=lambda seconds: None,
        clock=app.clock,
    )


def tenant(count: int, resource: str, **switches: str) -> Nicoka:
    app = Nicoka(clock=Clock(), switches=switches)
    contact = app.add("contacts", {"last_name": "Petit"}) if resource == "crmActivities" else None
    for number in range(count):
        activity = {"type": 1, "contactid": contact, "subject": f"A {number}"}
        app.add(resource, activity if contact else {"name1": f"C {number}"})
    return app


# Drop-down lists


def test_the_values_of_all_42_lists_are_read() -> None:
    app = Nicoka(clock=Clock())
    with opened(app) as connection:
        read = {number: dict(connection.table("customers", f"values/{number}").labels) for number in NUMBERS.split()}
    assert len(read) == 42
    assert read == {number: dict(app.account.lists[number]) for number in read}


def test_a_list_whose_codes_stand_in_the_record_is_not_fetched(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.company("ACME", sector="Santé")
    world.sync()
    asked = {call.path for call in world.nicoka.calls if "/entities/" in call.path}
    assert "/api/application/entities/143/values/" in asked  # a sector is an id of the list
    assert "/api/application/entities/13/values/" not in asked  # a country is a code
    assert world.customers()[0]["country"] == "FR"


# Several values


SEVERAL = [(resource, name) for resource, rows in ROWS.items() for name, row in rows.items() if row.get("several")]


@pytest.mark.parametrize(("resource", "name"), SEVERAL)
def test_an_attribute_with_several_values_is_a_set(resource: str, name: str) -> None:
    field = load_connector("nicoka").spec.resources[resource].fields[name]
    number = ROWS[resource][name].get("list")
    assert (field.type, field.list) == ("set", f"values/{number}" if number else None)


# Writing


def test_a_field_of_the_tenant_s_own_is_declared_by_the_project() -> None:
    override = parse("resources: {customers: {fields: {cf_102: {label: Segment, search: cf_102}}}}", "mapper.yaml"), ()
    app = tenant(2, "customers", custom_fields="some")
    with opened(app, spec=load_connector("nicoka", override=override).spec) as connection:
        list(connection.write("customers", [Draft("update", {"cf_102": "Or"}, "2679")]))
        found = connection.find("customers", "cf_102", "Or")
        told = connection.call("customers.custom_fields", {})["fields"]
    assert [record["customerid"] for record in found] == [2679]
    assert "cf_102" in [field["id"] for field in told]


# Signing in


def test_a_password_is_put_into_an_address_only_where_it_has_to_be() -> None:
    app = tenant(1, "customers")
    with opened(app, PASSWORD) as connection:
        connection.get("customers", "2679")
    assert all("password" not in call.query for call in app.calls)


def test_a_token_that_has_ended_is_bought_anew() -> None:
    app = tenant(1, "customers", token_life="short")
    clock = app.clock
    assert isinstance(clock, Clock)
    with opened(app, PASSWORD) as connection:
        connection.get("customers", "2679")
        clock.now += 61
        connection.get("customers", "2679")
    assert [call.path for call in app.calls].count("/api/login") == 2


def test_a_wrong_token_is_told() -> None:
    with opened(tenant(1, "customers"), {"api_token": "wrong"}) as connection, pytest.raises(AuthFailed):
        connection.get("customers", "2679")
