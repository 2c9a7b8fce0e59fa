"""`mapper sandbox`: served until it is stopped, and one sentence for what cannot be served."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.cli.shell import run

COMMAND = [sys.executable, "-m", "mapper", "sandbox", "--port-base", "0"]


@contextmanager
def serving(*options: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """The addresses that `--json` prints, and the process behind them."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*COMMAND, "--json", *options], text=True, start_new_session=True, **pipes) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline()), process
        finally:
            process.kill()


def test_every_system_is_served_with_its_control_door_and_its_keys() -> None:
    with serving() as (facts, _):
        for one in facts.values():
            assert httpx.get(f"{one['control']}/calls", trust_env=False).json()["total"] == 0
            assert all(value.startswith("demo-") for value in one["keys"].values())


def test_the_first_system_holds_the_records_that_were_asked_for() -> None:
    with serving("--companies", "7", "--people", "9") as (facts, _):
        held = httpx.get(f"{next(iter(facts.values()))['control']}/data", trust_env=False).json()
    assert [len(rows) for rows in held.values()] == [7, 9]


def test_only_the_named_system_is_served() -> None:
    with serving("--system", "nicoka", "--companies", "3") as (facts, _):
        held = httpx.get(f"{facts['nicoka']['control']}/data", trust_env=False).json()
    assert (list(facts), len(held["customers"])) == (["nicoka"], 3)


def test_a_module_is_served_by_its_name_with_what_it_is_about() -> None:
    with serving("--system", "koban_immobilier", "--companies", "2") as (facts, _):
        one = facts["koban_immobilier"]
        held = httpx.get(f"{one['control']}/data", trust_env=False).json()
        told = httpx.post(f"{one['control']}/notices", json={"option_added": "http://127.0.0.1:1/"}, trust_env=False)
    assert (len(held["ncThird"]), len(held["ncDeal"]), held["ncDealProcess"][0]["Extcode"]) == (2, 16, "TIL")
    assert told.json() == {"urls": {"option_added": "http://127.0.0.1:1/"}, "sent": []}


def test_a_switch_changes_the_behaviour() -> None:
    with serving("--system", "nicoka", "--switch", "nicoka.errors_with_200=on") as (facts, _):
        headers = {"Authorization": f"Bearer {facts['nicoka']['keys']['NICOKA_API_TOKEN']}"}
        found = httpx.get(f"{facts['nicoka']['url']}/api/nowhere", headers=headers, trust_env=False)
    assert (found.status_code, "error" in found.json()) == (200, True)


def test_above_the_rate_calls_are_refused() -> None:
    with serving("--system", "nicoka", "--rate") as (facts, _):
        headers = {"Authorization": f"Bearer {facts['nicoka']['keys']['NICOKA_API_TOKEN']}"}
        with httpx.Client(headers=headers, trust_env=False) as client:
            statuses = [client.get(f"{facts['nicoka']['url']}/api/customers").status_code for _ in range(20)]
    assert 429 in statuses


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_it_is_stopped(number: signal.Signals) -> None:
    with serving() as (_, process):
        process.send_signal(number)
        assert process.wait(timeout=30) == 0


def test_it_ends_with_the_process_that_started_it() -> None:
    with serving("--stop-with-stdin") as (_, process):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("options", "words", "hint"),
    [
        (("--system", "nikoka"), "there is no sandbox of 'nikoka'", "did you mean 'nicoka'?"),
        (("--switch", "nicoka.putt=updates"), "the sandbox nicoka has no switch 'putt'", "did you mean 'put'?"),
        (("--switch", "nicoka.put=maybe"), "the switch nicoka.put cannot be 'maybe'", "choose refused or updates"),
        (("--switch", "put"), "--switch put: a switch reads system.name=choice", "served are koban, nicoka, cirrus"),
        (("--system", "koban", "--switch", "nicoka.put=updates"), "nicoka.put=updates: a switch", "served are koban"),
    ],
)
def test_what_cannot_be_served_is_told_with_what_to_do(options: tuple[str, ...], words: str, hint: str) -> None:
    result = run("sandbox", "--port-base", "0", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert hint in result.stderr


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with serving("--system", "koban") as (facts, _):
        port = facts["koban"]["url"].rpartition(":")[2]
        result = run("sandbox", "--system", "koban", "--port-base", port)
    assert result.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in result.stderr
    assert "--port-base" in result.stderr
