"""`mapper hooks` and `mapper serve` as a person types them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from mapper.state import Store, inbox
from tests.cli.shell import Shell, opened

WEBHOOKS = """\
  koban:
    override:
      webhooks:
        account: null
        contact: null
        deal: null
        accounts: {resource: accounts, key: "{{ event.sId }}", answer: {taken: true}}
"""


@pytest.fixture
def shell(shell: Shell) -> Shell:
    shell.edit("  koban:\n", WEBHOOKS)
    shell.edit("mappings:", "serve: {url: https://hooks.example.com/crm}\nmappings:")
    return shell


def subscribed(shell: Shell) -> str:
    """The path of a new subscription's address."""
    told = shell("hooks", "subscribe", "koban", "--yes").stdout
    [path] = re.findall(r"enter this address at the vendor: https://hooks.example.com/crm(/hooks/\S+)", told)
    return str(path)


def test_a_subscription_that_a_person_must_make_shows_its_address_once(shell: Shell) -> None:
    path = subscribed(shell)
    listed = shell("hooks", "list").stdout
    assert "accounts" in listed and "by hand" in listed
    assert path.rpartition("/")[2] not in listed


def test_what_is_subscribed_to_is_not_subscribed_to_again(shell: Shell) -> None:
    subscribed(shell)
    assert shell("hooks", "subscribe", "koban", "--yes").stdout == "nothing new: all of it is subscribed to\n"


def test_subscribing_needs_a_yes_where_nobody_can_be_asked(shell: Shell) -> None:
    result = shell("hooks", "subscribe", "koban")
    assert (result.exit_code, "Nobody can be asked" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("koban", "acounts"), "koban has no webhook 'acounts' (did you mean 'accounts'?)"),
        (("kobn",), "the project has no connection 'kobn' (did you mean 'koban'?)"),
        (("koban", "--url", "http://hooks.example.com"), "is not encrypted: what vendors tell is about real people"),
        (
            ("koban", "--url", "http://127.0.0.1.example.com"),
            "is not encrypted: what vendors tell is about real people",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence(shell: Shell, words: tuple[str, ...], message: str) -> None:
    result = shell("hooks", "subscribe", *words, "--yes")
    assert result.exit_code == 2
    assert message in result.stderr


def test_without_an_address_for_the_door_it_is_said_where_to_write_it(shell: Shell) -> None:
    shell.edit("serve: {url: https://hooks.example.com/crm}\n", "")
    result = shell("hooks", "subscribe", "koban", "--yes")
    assert "write it under `serve: {url: …}` in mapper.yaml, or give --url" in result.stderr


def test_an_ended_subscription_is_gone(shell: Shell) -> None:
    subscribed(shell)
    result = shell("hooks", "unsubscribe", "1", "--yes")
    assert (result.stdout, "take it out there, too" in result.stderr) == ("ended: koban accounts\n", True)
    assert shell.json("hooks", "list") == {"subscriptions": [], "waiting": []}
    assert "there is no subscription 1" in shell("hooks", "unsubscribe", "1", "--yes").stderr


@contextmanager
def served(shell: Shell, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`mapper serve` in a process of its own, and its address."""
    command = [sys.executable, "-m", "mapper", "--project", str(shell.folder), "serve", "--port", "0", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()


def test_every_event_that_was_accepted_is_there_after_the_door_was_shut(shell: Shell) -> None:
    path = subscribed(shell)
    with served(shell) as (process, address):

        def told(number: int) -> bool:
            if number == 20:
                process.send_signal(signal.SIGTERM)
            try:
                return httpx.post(address + path, json={"sId": str(number)}, timeout=30).status_code == 200
            except httpx.TransportError:
                return False

        with ThreadPoolExecutor(4) as threads:
            accepted = list(threads.map(told, range(60)))
        assert process.wait(timeout=60) == 0
    store = Store(f"sqlite:///{shell.folder / 'mapper.db'}")
    assert sum(inbox.waiting(store).values()) >= accepted.count(True) >= 1
    store.close()


def test_with_sync_a_run_begins_when_something_was_told(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell("sync", "company", "--allow-empty")
    path = subscribed(shell)
    shell.koban.edit("ncThird", guid, {"Label": "ACME SA"})
    with served(shell, "--sync", "--pause", "0") as (process, address):
        httpx.post(address + path, json={"sId": guid}, timeout=30)
        assert process.stderr is not None
        told = process.stderr.readline()
    assert "company: run " in told
    assert [row["name1"] for row in shell.nicoka.data()["customers"]] == ["ACME SA"]


def test_what_a_vendor_tells_over_the_network_reaches_the_others(tmp_path: Path) -> None:
    with opened(tmp_path / "project") as shell:
        guid = shell.company("ACME")
        shell("sync", "company", "--allow-empty")
        shell.koban.edit("ncThird", guid, {"Label": "ACME SA"})
        [port] = re.findall(r":(\d+)/api/v1", (shell.folder / "mapper.yaml").read_text(encoding="utf-8"))
        with served(shell, "--sync", "--pause", "0") as (process, address):
            shell("hooks", "subscribe", "koban", "account", "--url", address, "--yes")
            asked = {"resource": "ncThird", "key": guid, "event": "account"}
            told = httpx.post(f"http://127.0.0.1:{port}/_sandbox/notify", json=asked, timeout=30)
            assert process.stderr is not None
            assert (told.json(), "company: run " in process.stderr.readline()) == ({"statuses": [200]}, True)
        assert [row["name1"] for row in shell.nicoka.data()["customers"]] == ["ACME SA"]


def test_the_list_as_json_holds_no_secret(shell: Shell) -> None:
    path = subscribed(shell)
    told = shell.json("hooks", "list")
    assert [one["hook"] for one in told["subscriptions"]] == ["accounts"]
    assert path.rpartition("/")[2] not in json.dumps(told)
