"""The long proofs, cut short: the same programs, over few points, seeds and steps; `make soak` runs them whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from tests.soak import faults
from tests.soak.walk import EndingWalk, Walk, profile

ROOT = Path(__file__).parents[2]


def soak(*words: str) -> subprocess.CompletedProcess[str]:
    """A proof in a process of its own: what forks must not have the threads of a test run."""
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_run_killed_with_sigkill_is_made_good_by_the_next() -> None:
    done = soak("tests.soak.crash", "--small", "--points", "8", "--processes", "1")
    assert (done.returncode, "8 of 8 came to the same end" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_run_killed_with_sigkill_is_made_good_by_the_next_on_postgresql() -> None:
    done = soak("tests.soak.crash", "--small", "--points", "3", "--processes", "1", "--postgres")
    assert (done.returncode, "3 of 3 came to the same end" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize("words", [(), ("--postgres",)], ids=["sqlite", "postgresql"])
def test_of_many_processes_that_start_at_once_one_writes(words: tuple[str, ...]) -> None:
    done = soak("tests.soak.twice", "--rounds", "1", *words)
    assert (done.returncode, "1 of 1 rounds" in done.stdout) == (0, True), done.stdout + done.stderr


def test_where_a_fifth_of_all_calls_fails_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    goal = faults.expected(tmp_path / "goal")
    found = [faults.wrong(tmp_path / str(number), number, goal) for number in (1, 2)]
    assert [(told, runs > 1, sum(met.values()) > 20) for told, runs, met in found] == [("", True, True)] * 2


@pytest.mark.parametrize("walk", [Walk, EndingWalk])
def test_whatever_happens_all_sides_end_alike_and_nothing_is_doubled(walk: type[Walk]) -> None:
    before = Walk.runs
    # The first of the two is the simplest there is.
    run_state_machine_as_test(seed(2)(walk), settings=profile(2, 30), _min_steps=30)
    assert Walk.runs - before > 2, "a walk on which hardly anything was synced shows nothing"
