"""Who is told when a mapping is not well any more: once, by a real program and by a real request."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from mapper.errors import GuardError, MapperError
from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from tests.sync.world import ENV, PROJECT, World

TELL = "import sys; open('told.jsonl', 'a').write(sys.stdin.read() + '\\n')"
BAD = "12345678900011"
GOOD = "73282932000074"


def alerts(world: World, text: str) -> None:
    world.write("mapper.yaml", PROJECT + f"alerts: {text}\n")


@pytest.fixture
def told(world: World) -> World:
    """A project with a program that notes what it is told."""
    world.write("tell.py", TELL)
    alerts(world, json.dumps({"command": [sys.executable, "-S", "tell.py"]}))
    return world


def news(world: World) -> list[dict[str, Any]]:
    """What was told since it was last asked for."""
    file = world.folder / "told.jsonl"
    found = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return found


def states(world: World) -> list[tuple[str, str]]:
    return [(alert["before"], alert["state"]) for alert in news(world)]


def failing(world: World, **options: Any) -> None:
    with pytest.raises(MapperError):
        world.sync(**options)


def test_a_mapping_that_is_well_from_the_first_is_not_told(told: World) -> None:
    told.company("ACME")
    told.sync()
    assert news(told) == []


def test_a_record_in_quarantine_is_told_once_and_again_when_it_is_out(told: World) -> None:
    guid = told.company("ACME", siret=BAD)
    told.sync()
    told.sync()
    [alert] = news(told)
    assert (alert["state"], alert["quarantine"], alert["new_in_quarantine"]) == ("quarantine", {"koban rule": 1}, 1)
    told.koban.edit("ncThird", guid, {"OfficialNumber": GOOD})
    told.sync()
    assert states(told) == [("quarantine", "well")]


def test_another_record_in_quarantine_is_told_and_one_less_is_not(told: World) -> None:
    first = told.company("ACME", siret=BAD)
    told.sync()
    told.company("Other", siret=BAD)
    told.sync()
    assert [alert["new_in_quarantine"] for alert in news(told)] == [1, 1]
    told.koban.edit("ncThird", first, {"OfficialNumber": GOOD})
    told.sync()
    assert news(told) == []


def test_a_vendor_that_fails_is_told_once_however_often_it_fails(told: World) -> None:
    told.company("ACME")
    told.koban.faults.append(Fault("status", method="GET", status=503, times=99))
    failing(told)
    failing(told)
    [alert] = news(told)
    assert (alert["state"], alert["connection"], alert["before"]) == ("failed", "koban", "well")
    told.koban.faults.clear()
    told.sync()
    assert states(told) == [("failed", "well")]


def test_a_guard_that_stops_a_run_is_told_with_its_flag(told: World) -> None:
    told.company("ACME")
    told.sync()
    told.nicoka.remove("customers", told.customers()[0]["id"])
    with pytest.raises(GuardError):
        told.sync(full=True)
    [alert] = news(told)
    assert (alert["state"], alert["flag"]) == ("stopped", "--allow-empty")


def test_a_mapping_that_cannot_be_read_is_told(told: World) -> None:
    told.company("ACME")
    told.sync()
    told.write("mappings/company.yaml", "entity: company\n")
    failing(told)
    [alert] = news(told)
    assert (alert["state"], alert["error"]) == ("failed", "SpecError")


def test_a_plan_tells_nobody(told: World) -> None:
    told.company("ACME", siret=BAD)
    told.plan()
    assert news(told) == []


def test_a_broken_expectation_is_a_state_that_is_told_once(told: World) -> None:
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    told.write("mappings/company.yaml", text.replace("fields:\n", "expect: {unchanged: 1}\nfields:\n", 1))
    told.sync()
    told.sync()
    [alert] = news(told)
    assert alert["state"] == "unexpected"
    assert alert["warnings"][0].startswith("nothing was to be written for 1 runs in a row")


def test_a_list_that_changed_is_told_although_the_mapping_is_as_well_as_before(told: World) -> None:
    told.company("ACME")
    told.sync()
    lists = told.nicoka.account.lists
    lists["202"] = {**lists["202"], "77": "VIP"}
    told.sync()
    told.sync()
    [alert] = news(told)
    assert (alert["before"], alert["state"]) == ("well", "well")
    assert "new value 'VIP' unknown to the table" in alert["warnings"][0]


def test_no_value_of_a_record_is_in_an_alert_unless_it_is_asked_for(told: World) -> None:
    told.company("ACME", siret=BAD)
    told.sync()
    text = json.dumps(news(told))
    assert "ACME" not in text and BAD not in text
    alerts(told, json.dumps({"command": [sys.executable, "-S", "tell.py"], "titles": True}))
    told.company("Other", siret=BAD)
    told.sync()
    [alert] = news(told)
    [record] = alert["records"]
    assert record["title"].startswith("Other") and BAD in record["message"]


def test_a_program_that_fails_never_fails_the_run_and_is_tried_again(
    told: World, caplog: pytest.LogCaptureFixture
) -> None:
    told.write("tell.py", "import sys; sys.exit('no mail server')")
    told.company("ACME", siret=BAD)
    with caplog.at_level(logging.WARNING, "mapper"):
        assert told.sync().outcome == "done"
    assert "company: the alert by command could not be delivered: " in caplog.text
    assert "no mail server" in caplog.text
    told.write("tell.py", TELL)
    told.sync()
    assert states(told) == [("well", "quarantine")]


def test_what_is_news_only_once_outlives_a_program_that_fails(told: World) -> None:
    told.company("ACME")
    told.sync()
    lists = told.nicoka.account.lists
    lists["202"] = {**lists["202"], "77": "VIP"}
    told.write("tell.py", "import sys; sys.exit(1)")
    told.sync()
    told.write("tell.py", TELL)
    told.sync()
    [alert] = news(told)
    assert "VIP" in alert["warnings"][0]
    told.sync()
    assert news(told) == []


def test_a_program_that_is_not_there_fails_nothing(told: World, caplog: pytest.LogCaptureFixture) -> None:
    alerts(told, "{command: [/nowhere/tell]}")
    told.company("ACME", siret=BAD)
    with caplog.at_level(logging.WARNING, "mapper"):
        told.sync()
    assert "/nowhere/tell: No such file or directory" in caplog.text


class Door(BaseHTTPRequestHandler):
    """Takes alerts, and answers with the status that it is told."""

    got: list[tuple[str, dict[str, Any]]]
    status: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((self.headers.get("Authorization", ""), json.loads(body)))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def door() -> Iterator[tuple[str, type[Door]]]:
    class Mine(Door):
        got: list[tuple[str, dict[str, Any]]] = []
        status = 204

    server = HTTPServer(("127.0.0.1", 0), Mine)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alerts", Mine
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_gets_the_alert_with_its_headers(world: World, door: tuple[str, type[Door]]) -> None:
    url, taker = door
    alerts(world, json.dumps({"url": url, "headers": {"Authorization": "Bearer ${TOKEN}"}}))
    world.company("ACME", siret=BAD)
    world.sync()
    world.sync()
    [(key, alert)] = taker.got
    assert key == f"Bearer {ENV['TOKEN']}"
    assert (alert["entity"], alert["state"]) == ("company", "quarantine")


def test_an_address_that_refuses_is_told_and_tried_again(
    world: World, door: tuple[str, type[Door]], caplog: pytest.LogCaptureFixture
) -> None:
    url, taker = door
    taker.status = 500
    alerts(world, json.dumps({"url": url}))
    world.company("ACME", siret=BAD)
    with caplog.at_level(logging.WARNING, "mapper"):
        world.sync()
    assert "company: the alert by url could not be delivered: 127.0.0.1 answered 500" in caplog.text
    taker.status = 200
    world.sync()
    world.sync()
    assert len(taker.got) == 2


def test_an_address_without_encryption_is_not_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    alerts(world, "{url: 'http://alerts.example/in'}")
    world.company("ACME", siret=BAD)
    with caplog.at_level(logging.WARNING, "mapper"):
        world.sync()
    assert "alerts.example would be told without encryption" in caplog.text


def test_one_channel_that_fails_is_not_told_twice_by_the_other(told: World, door: tuple[str, type[Door]]) -> None:
    url, taker = door
    taker.status = 500
    alerts(told, json.dumps({"url": url, "command": [sys.executable, "-S", "tell.py"]}))
    told.company("ACME", siret=BAD)
    told.sync()
    told.sync()
    assert (len(news(told)), len(taker.got)) == (1, 2)
