"""The calls of a day, counted by all who share a state: no two together exceed it."""

from __future__ import annotations

import subprocess
import sys

from mapper.state import Store, quota

DAY = "2026-03-01"

#: Reserves by tens until nothing is left, and says how much it got.
TAKE = """
import sys
from mapper.state import Store, quota
store, got = Store(sys.argv[1]), 0
print("ready", flush=True)
sys.stdin.readline()
while part := quota.reserve(store, "crm", "2026-03-01", 10, 1000):
    got += part
print(got)
"""


def test_no_more_is_set_aside_than_is_allowed(store: Store) -> None:
    taken = 0
    while part := quota.reserve(store, "crm", DAY, 50, 220):
        assert part <= 50
        taken += part
    assert (taken, quota.used(store, "crm", DAY)) == (220, 220)


def test_near_the_end_less_is_set_aside(store: Store) -> None:
    quota.reserve(store, "crm", DAY, 90, 400)
    assert [quota.reserve(store, "crm", DAY, 400, 110) for _ in range(3)] == [5, 3, 3]


def test_what_was_not_used_can_be_set_aside_again(store: Store) -> None:
    while quota.reserve(store, "crm", DAY, 10, 10):
        pass
    quota.give_back(store, "crm", DAY, 4)
    assert quota.used(store, "crm", DAY) == 6
    assert quota.reserve(store, "crm", DAY, 10, 10) == 1


def test_another_day_and_another_connection_are_counted_for_themselves(store: Store) -> None:
    while quota.reserve(store, "crm", DAY, 10, 10):
        pass
    assert quota.reserve(store, "erp", DAY, 2, 10) == 2
    assert quota.reserve(store, "crm", "2026-03-02", 2, 10) == 2


def test_days_that_are_over_are_forgotten(store: Store) -> None:
    quota.reserve(store, "crm", DAY, 2, 10)
    quota.reserve(store, "crm", "2026-03-02", 2, 10)
    assert quota.used(store, "crm", DAY) == 0


def test_two_processes_together_set_aside_just_what_is_allowed(lasting_url: str) -> None:
    Store(lasting_url).close()
    command = [sys.executable, "-c", TAKE, lasting_url]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    got = [int(process.communicate(timeout=60)[0]) for process in both]
    assert sum(got) == 1000
