"""A daily share of a vendor's calls, kept to by all runs together."""

from __future__ import annotations

import pytest

from mapper.errors import QuotaUsed, SpecError
from mapper.sync.accounts import daily_share
from tests.sync.world import PROJECT, World


def limited(world: World, calls: int, share: str = "100%") -> None:
    text = PROJECT.replace(
        'api_token: "${TOKEN}"}\n    limits: {per_second: 0}',
        f'api_token: "${{TOKEN}}"}}\n    limits: {{per_second: 0, per_day: {calls}, share: {share}}}',
    )
    world.write("mapper.yaml", text)


def made(world: World) -> int:
    return len(world.nicoka.calls)


def test_a_run_stops_before_the_first_call_that_is_too_many(world: World) -> None:
    for number in range(10):
        world.company(f"Company {number}")
    limited(world, 20, "50%")
    with pytest.raises(QuotaUsed, match="nicoka.*today's share of this account's calls is used up"):
        world.sync()
    assert made(world) == 10


def test_what_was_not_written_today_is_written_tomorrow_and_nothing_twice(world: World) -> None:
    for number in range(10):
        world.company(f"Company {number}")
    limited(world, 12)
    for _ in range(4):
        with pytest.raises(QuotaUsed):
            world.sync()
    assert 0 < len(world.customers()) < 10
    world.clock.now += 86_400
    world.sync()
    assert sorted(row["name1"] for row in world.customers()) == [f"Company {number}" for number in range(10)]
    assert len(world.cirrus_accounts()) == 10


def test_two_runs_on_one_state_share_the_calls_of_a_day(world: World) -> None:
    limited(world, 30)
    with world.project() as first, world.project() as second:
        for number, project in enumerate([first, second] * 10):
            world.company(f"Company {number}")
            world.clock.now += 60
            try:
                project.sync("company")
            except QuotaUsed:
                break
    assert made(world) == 30


def test_what_a_run_set_aside_and_did_not_use_is_there_for_the_next_one(world: World) -> None:
    limited(world, 1_000)
    world.sync()
    with world.project() as project:
        share = daily_share(project, "nicoka")
        assert share is not None
        assert share.used() == made(world) > 0


def test_a_plan_says_how_many_calls_are_left(world: World) -> None:
    world.company()
    limited(world, 100)
    report = world.plan()
    assert report.cost["nicoka"]["left_today"] == 100 - made(world)
    assert "left_today" not in report.cost["cirrus"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ("share: 50%", "'share' is a share of 'per_day', and nothing says how many calls that is"),
        ("per_day: 100, share: 0%", "this share of the calls a day is not a single call"),
        ("per_day: -5", "'per_day' cannot be -5: it is 0 or more"),
        ("timeout: 0", "'timeout' cannot be 0.0: it is more than 0"),
        ("concurrency: -1", "'concurrency' cannot be -1: it is 0 or more"),
    ],
)
def test_limits_that_would_stop_every_call_or_none_are_a_problem_of_the_file(
    world: World, limits: str, words: str
) -> None:
    token = 'api_token: "${TOKEN}"}\n    limits: {'
    world.write("mapper.yaml", PROJECT.replace(f"{token}per_second: 0}}", f"{token}{limits}}}"))
    with pytest.raises(SpecError) as caught:
        world.sync()
    assert words in str(caught.value)


def test_a_connection_without_a_daily_limit_counts_nothing(world: World) -> None:
    world.company()
    world.sync()
    with world.project() as project:
        assert project.connection("nicoka").calls_left is None
