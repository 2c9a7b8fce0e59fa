"""The vendor of examples/04-own-connector, connected by YAML alone: what the connector makes of its answers."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.errors import AuthFailed, Missing, Rejected, RemoteError
from mapper.records import CLEAR
from mapper.spec.load import load_connector

EXAMPLE = Path(__file__).parents[2] / "examples" / "04-own-connector"

Connect = Callable[..., Connection]


@pytest.fixture
def connect() -> Connect:
    place = importlib.util.spec_from_file_location("vendor_of_the_example", EXAMPLE / "vendor.py")
    assert place is not None and place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    vendor = module.Quillon()

    def connection(secret: str = "demo-quillon-secret", **options: Any) -> Connection:
        settings = {"base_url": "https://quillon.example/v2", "key_id": "QK-1", "secret": secret}
        spec = load_connector(str(EXAMPLE / "connectors" / "quillon.yaml")).spec
        transport = httpx.WSGITransport(vendor)
        return Connection("crm", spec, settings=settings, transport=transport, sleep=lambda _: None, **options)

    return connection


def titles(pages: Any) -> list[str]:
    return [record["title"] for page in pages for record in page.records]


def test_every_page_is_read(connect: Connect) -> None:
    found = titles(connect().pages("firms"))
    assert found == ["Kontor Nordlicht", "Brauhaus Silberstein", "Fähre & Söhne", "Optik Wimmer"]


def test_what_changed_since_a_moment_is_read(connect: Connect) -> None:
    connection = connect()
    moment = time.time()
    assert len(titles(connection.pages("firms", since=moment))) == 4
    assert titles(connection.pages("firms", since=moment + 3600)) == []


def test_a_firm_is_created_with_its_origin_and_found_by_it(connect: Connect) -> None:
    connection = connect()
    connection.custom("firms", "extras")
    native = {"title": "ACME & Co. – ÅÄÖ", "extras": {"Seats": 5, "Newsletter": "yes"}}
    (outcome,) = connection.write("firms", [Draft("create", native, stamp="erp:7")])
    (found,) = connection.find("firms", "foreign", "erp:7")
    assert (outcome.key, found["title"]) == (found["ref"], native["title"])
    assert found["extras"] == {
        "Account manager": None,
        "Seats": 5,
        "Customer since": None,
        "Newsletter": "yes",
    }


def test_a_slot_is_emptied_and_the_others_stay(connect: Connect) -> None:
    connection = connect()
    connection.custom("firms", "extras")
    (outcome,) = connection.write("firms", [Draft("update", {"extras": {"Seats": CLEAR}}, key="Q-101")])
    assert outcome.error is None
    extras = connection.get("firms", "Q-101")["extras"]
    assert (extras["Seats"], extras["Account manager"]) == (None, "Inka Voss")


def test_retired_firms_count_as_gone_where_the_connection_says_so(connect: Connect) -> None:
    (outcome,) = connect().write("firms", [Draft("deactivate", {}, key="Q-103")])
    assert outcome.error is None
    assert len(titles(connect().pages("firms"))) == 4
    assert len(titles(connect(assume={"retired": "deleted"}).pages("firms"))) == 3


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda one: one.get("firms", "Q-9"), Missing, "there is no firm Q-9"),
        (lambda one: one.call("firms.create", {"record": {"town": "Kiel"}}), Rejected, "title is missing"),
        (lambda one: one.call("firms.create", {"record": {"title": "A", "x": 1}}), Rejected, "x cannot be 1"),
        (lambda one: one.call("firms.list", {"count": 4}), Rejected, "count is 1 to 3"),
    ],
)
def test_an_envelope_with_status_200_tells_what_went_wrong(
    connect: Connect, ask: Callable[[Connection], Any], error: type[RemoteError], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask(connect())


def test_a_wrong_secret_is_a_login_that_failed(connect: Connect) -> None:
    with pytest.raises(AuthFailed, match="does not fit the call"):
        connect(secret="another").get("firms", "Q-101")


def test_a_clock_that_is_off_is_told(connect: Connect) -> None:
    with pytest.raises(AuthFailed, match="300 seconds off"):
        connect(clock=lambda: 1_700_000_000.0).get("firms", "Q-101")
