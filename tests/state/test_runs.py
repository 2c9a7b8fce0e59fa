"""Whole runs on each database, and on one that has no room left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mapper.errors import Locked, StateError
from tests.state.test_lock import another_process
from tests.sync.world import World

ROOT = Path(__file__).parents[2]
SIDES = ("koban", "nicoka", "cirrus")


def run(world: World, url: str, entity: str = "company") -> int:
    world.clock.now += 60
    with world.project(state=url) as project:
        return project.sync(entity).exit_code


def filled(folder: Path) -> World:
    world = World(folder)
    for number in range(3):
        world.company(f"Company {number}", sector="Santé", interests=["Cuisine"])
    world.nicoka.add("customers", {"name1": "Bad", "identification_number": "123"})
    return world


def test_two_runs_and_an_edit_between_them(tmp_path: Path, lasting_url: str) -> None:
    world = filled(tmp_path)
    assert run(world, lasting_url) == 3
    edited = next(row for row in world.customers() if row["name1"] == "Company 1")
    world.nicoka.edit("customers", edited["id"], {"city": "Paris"})
    run(world, lasting_url)
    assert sorted(row["Address"]["City"] for row in world.accounts()) == ["Lyon", "Lyon", "Paris"]
    world.forget_calls()
    run(world, lasting_url)
    assert world.writes() == dict.fromkeys(SIDES, 0)


def test_people_follow_their_companies(tmp_path: Path, lasting_url: str) -> None:
    world = World(tmp_path)
    world.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, world.company())
    assert [run(world, lasting_url, entity) for entity in ("company", "person")] == [0, 0]
    assert world.nicoka.data()["contacts"][0]["customerid"] == world.customers()[0]["id"]


def test_a_run_ends_at_once_while_another_process_holds_the_lock(tmp_path: Path, lasting_url: str) -> None:
    world = filled(tmp_path)
    with another_process(lasting_url, "company"), pytest.raises(Locked):
        run(world, lasting_url)
    assert world.writes() == dict.fromkeys(SIDES, 0)


def test_a_name_with_a_null_character_does_not_stop_the_others(tmp_path: Path, lasting_url: str) -> None:
    world = filled(tmp_path)
    world.nicoka.add("customers", {"name1": "Nu\x00ll", "zipcode": "75001"})
    run(world, lasting_url)
    assert {"Company 0", "Company 1", "Company 2"} <= {row["name"] for row in world.cirrus_accounts()}


# A full disk

#: A run whose files may not grow beyond a size: what a write then meets is what it meets on a full disk.
CRAMPED = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mapper.errors import StateError
from tests.sync.world import World
world = World(Path(sys.argv[2]))
for number in range(25):
    world.company(f"Company {number}", notes="x" * 500)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    world.sync()
except StateError as error:
    print(error)
    sys.exit(error.exit_code)
finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    world.forget_calls()
    report = world.sync()
    sizes = len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())
    print(sizes, world.causes(), file=sys.stderr)
    world.forget_calls()
    world.sync()
    print(world.writes(), file=sys.stderr)
"""


@pytest.mark.parametrize("room", [30_000, 120_000, 220_000])
def test_a_disk_that_is_full_is_told_in_one_sentence_and_the_next_run_makes_everything_right(
    tmp_path: Path, room: int
) -> None:
    command = [sys.executable, "-c", CRAMPED, str(ROOT), str(tmp_path), str(room)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lines = result.stdout.splitlines()
    assert (result.returncode, len(lines)) == (2, 1), result.stderr[-2000:]
    assert "mapper.db" in lines[0]
    assert result.stderr.splitlines() == ["(25, 25, 25) []", str(dict.fromkeys(SIDES, 0))]


def test_a_state_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    world = World(tmp_path)
    (tmp_path / "mapper.db").mkdir()
    with pytest.raises(StateError) as caught:
        world.sync()
    assert ("mapper.db" in str(caught.value), "\n" in str(caught.value)) == (True, False)
