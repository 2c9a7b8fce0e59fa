"""Nicoka's connector under what its account may be like: long lists, drop-down lists, several values, signing in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.connect import Connection, Draft
from mapper.errors import AuthFailed, Nonsense
from mapper.records import CLEAR
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


# Long lists


@pytest.mark.parametrize(
    ("resource", "switches", "assume"),
    [
        ("customers", {}, {}),
        ("customers", {}, {"paging": "page"}),
        ("customers", {"paging": "ignores_offset"}, {"paging": "page"}),
        ("customers", {"next_link": "on", "order_by": "ignored"}, {}),
        ("crmActivities", {}, {}),
        ("crmActivities", {"activities": "envelope"}, {}),
        ("crmActivities", {"activity_paging": "ignored"}, {}),
        ("crmActivities", {"activities": "envelope", "activity_paging": "ignored"}, {}),
    ],
)
def test_a_long_list_is_read_whole_and_once(resource: str, switches: dict[str, str], assume: dict[str, str]) -> None:
    with opened(tenant(450, resource, **switches), **assume) as connection:
        keys = [connection.key_of(resource, record) for page in connection.pages(resource) for record in page.records]
    assert (len(keys), len(set(keys))) == (450, 450)


def test_an_offset_that_is_ignored_ends_the_reading_with_an_error() -> None:
    with opened(tenant(450, "customers", paging="ignores_offset")) as connection, pytest.raises(Nonsense):
        list(connection.pages("customers"))


# Drop-down lists


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"values_shape": "envelope"},
        {"values_shape": "map"},
        {"values_keys": "value"},
        {"values_keys": "code", "values_extras": "some"},
    ],
)
def test_the_values_of_all_42_lists_are_read(switches: dict[str, str]) -> None:
    app = Nicoka(clock=Clock(), switches=switches)
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


def changed(app: Nicoka, native: dict[str, Any], **assume: str) -> tuple[Any, dict[str, Any]]:
    with opened(app, **assume) as connection:
        [outcome] = connection.write("customers", [Draft("update", native, "2679")])
    return outcome.error, app.data()["customers"][0]


@pytest.mark.parametrize(("clearing", "choice"), [("both", "null"), ("null", "null"), ("empty", "empty")])
def test_a_field_is_emptied_as_the_account_understands_it(clearing: str, choice: str) -> None:
    app = tenant(1, "customers", clearing=clearing)
    app.edit("customers", 2679, {"city": "Angers"})
    error, row = changed(app, {"city": CLEAR}, clear=choice)
    assert (error, row["city"]) == (None, None)


def test_a_field_of_the_tenant_s_own_is_declared_by_the_project() -> None:
    override = parse("resources: {customers: {fields: {cf_102: {label: Segment, search: cf_102}}}}", "mapper.yaml"), ()
    app = tenant(2, "customers", custom_fields="some")
    with opened(app, spec=load_connector("nicoka", override=override).spec) as connection:
        list(connection.write("customers", [Draft("update", {"cf_102": "Or"}, "2679")]))
        found = connection.find("customers", "cf_102", "Or")
        told = connection.call("customers.custom_fields", {})["fields"]
    assert [record["customerid"] for record in found] == [2679]
    assert "cf_102" in [field["id"] for field in told]


def test_a_put_is_never_sent() -> None:
    app = tenant(1, "customers")
    changed(app, {"city": "Angers"})
    assert {call.method for call in app.calls} == {"POST"}


# Signing in


@pytest.mark.parametrize("form", ["both", "json", "query"])
def test_a_login_is_taken_in_either_form(form: str) -> None:
    app = tenant(1, "customers", login_form=form)
    with opened(app, PASSWORD) as connection:
        assert connection.get("customers", "2679")["name1"] == "C 0"


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


@pytest.mark.parametrize("settings", [{"api_token": "wrong"}, {"login": "demo", "password": "wrong"}])
def test_wrong_keys_are_told(settings: dict[str, str]) -> None:
    with opened(tenant(1, "customers"), settings) as connection, pytest.raises(AuthFailed):
        connection.get("customers", "2679")
