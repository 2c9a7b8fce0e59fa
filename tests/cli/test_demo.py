"""`mapper demo`: a small one, whole; and that its claims can fail."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.cli.claims import Claims
from mapper.sandbox import demo as script
from tests.cli.shell import run

SMALL = ("demo", "--companies", "20", "--people", "40")


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    """The facts of one small demo."""
    result = run(*SMALL, "--json")
    assert result.exit_code == 0, result.stdout + result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def test_every_claim_holds(played: dict[str, Any]) -> None:
    assert [one["claim"] for one in played["claims"] if not one["holds"]] == []
    assert played["ok"]


def test_the_plan_foretells_the_sync(played: dict[str, Any]) -> None:
    for entity in ("company", "person"):
        plan, sync = (played["fill"][entity][kind]["sides"] for kind in ("plan", "sync"))
        assert {s: c["created"] for s, c in plan.items()} == {s: c["created"] for s, c in sync.items()}


def test_records_are_edited_on_all_three_sides(played: dict[str, Any]) -> None:
    assert {edit["system"] for edit in played["edits"]} == set(played["systems"])


def test_the_second_sync_updates_and_creates_nothing(played: dict[str, Any]) -> None:
    assert {kind for _, kind, *_ in played["second"]["writes"]} == {"update"}


def test_records_with_a_mistake_are_set_aside_with_a_reason(played: dict[str, Any]) -> None:
    companies = [one for one in played["quarantine"] if one["entity"] == "company"]
    assert len(companies) >= 6
    assert all(one["reason"] for one in companies)


def test_all_systems_agree_in_the_end(played: dict[str, Any]) -> None:
    assert all(one["whole"] and one["compared"] for one in played["agreement"].values())


def test_the_third_sync_writes_nothing(played: dict[str, Any]) -> None:
    assert [calls["writes"] for calls in played["third"]["calls"].values()] == [0, 0, 0]


def test_people_read_acts_tables_and_a_verdict(tmp_path: Path) -> None:
    result = run(*SMALL, "--keep", str(tmp_path / "kept"))
    assert result.exit_code == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].startswith("Done: all ")
    assert (tmp_path / "kept" / "mapper.yaml").exists()


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = run(*SMALL, "--keep", str(tmp_path))
    assert result.exit_code == 2
    assert "is not an empty folder" in result.stderr


def _as_from_a_keyboard() -> None:
    """A shell has what it starts in the background ignore Ctrl-C, and so may whatever started these tests."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_it_finds_nothing_left_behind(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "mapper", *SMALL]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=env, text=True, preexec_fn=_as_from_a_keyboard, **pipes) as process:
        assert process.stdout is not None
        address = next(found.group() for line in process.stdout if (found := re.search(r"http://\S+", line)))
        process.send_signal(number)
        process.stdout.read()
        assert process.wait(timeout=30) == 130
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, trust_env=False)


def test_one_claim_that_does_not_hold_spoils_the_verdict() -> None:
    claims = Claims([("the sun shines", True), ("it rains", False)])
    assert not claims.hold
    assert claims.verdict(2.0) == "FAILED: 1 of 2 claims do not hold (2 s)."


def test_without_claims_nothing_is_proved() -> None:
    assert not Claims().hold


@pytest.mark.parametrize(
    ("writes", "least"),
    [
        ([("company", "koban", "update", n, "phone") for n in range(101)], {"koban": 2}),
        ([("company", "koban", "update", 1, "phone"), ("company", "koban", "create", 2, "name")], {"koban": 2}),
        ([("company", "nicoka", "update", n, "phone") for n in range(3)], {"nicoka": 3}),
        ([("company", "nicoka", "update", 1, "phone"), ("company", "nicoka", "update", 1, "email")], {"nicoka": 1}),
        ([("company", "cirrus", "update", 1, "phone"), ("company", "cirrus", "update", 1, "sector")], {"cirrus": 2}),
        ([("company", "cirrus", "update", 1, "sector")], {"cirrus": 1}),
        ([], {}),
    ],
)
def test_the_fewest_writes(writes: list[tuple[str, str, str, Any, str]], least: dict[str, int]) -> None:
    assert script.least_writes(writes) == least


def test_an_edit_is_expected_everywhere_else_and_its_overruled_rival_nowhere() -> None:
    keys = {"koban": "k", "nicoka": "n", "cirrus": "c"}
    winner = script.Edit("koban", "company", "ACME", "phone", "1", keys, lambda _: None)
    loser = script.Edit("nicoka", "company", "ACME", "phone", "2", keys, lambda _: None, overruled=True)
    assert script.expected([winner, loser]) == {
        ("company", "nicoka", "n", "phone"),
        ("company", "cirrus", "c", "phone"),
    }
