"""Kills a run with SIGKILL before and after each of its calls and of its transactions, restarts it, and compares.

    python -m tests.soak.crash                   every point of a run over 300 records
    python -m tests.soak.crash --points 40       so many of them, spread over the run and over all kinds of points
    python -m tests.soak.crash --point 371       one point, as a failure names it
    python -m tests.soak.crash --small           a run over fewer records
    python -m tests.soak.crash --postgres        on a PostgreSQL server, started for it (or: --postgres URL)

The vendors live in another process than the run. Of each point four things are asked: the process was really killed;
one restart comes to its end; all that the three vendors hold then is what a run without a kill leaves; and a further
run writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.sync.project import Project, load
from tests.soak import scene
from tests.soak.databases import Database, opened
from tests.soak.forked import KILLED, WELL, SharedClock, run_apart
from tests.sync.world import ENV, Clock, World


def sync_all(project: Project) -> None:
    """What cron calls: the killed run, its restart and the run after do the same."""
    for entity in ("company", "person"):
        project.sleep(60)
        project.sync(entity, full=True)


@dataclass
class Trial:
    """The scene as every attempt begins with it, what must come of it, and the points at which a run can be killed."""

    world: World
    database: Database
    expected: dict[str, list[str]] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)

    def undisturbed(self, project: Project, _: int) -> dict[str, Any]:
        """Learn what is expected, and the points."""
        code, points = run_apart(self.world, project, sync_all)
        expected = scene.end_state(self.world)
        return {"wrong": f"the run ended with {code}" if code else self.not_silent(project), "points": points,
                "expected": expected}  # fmt: skip

    def killed(self, project: Project, fatal: int) -> dict[str, Any]:
        """Kill a run at one point and start it again; gives what went wrong, in words."""
        code, _ = run_apart(self.world, project, sync_all, fatal)
        if code != KILLED:
            return {"wrong": f"the run was not killed, it ended with {code}"}
        code, _ = run_apart(self.world, project, sync_all)
        if code != WELL:
            return {"wrong": f"the restart ended with {code}"}
        found = scene.end_state(self.world)
        return {"wrong": _difference(self.expected, found) or self.not_silent(project)}

    def not_silent(self, project: Project) -> str:
        self.world.forget_calls()
        code, _ = run_apart(self.world, project, sync_all)
        writes = {name: count for name, count in self.world.writes().items() if count}
        return f"the run after ended with {code} and wrote {writes}" if code != WELL or writes else ""


def _difference(expected: dict[str, list[str]], found: dict[str, list[str]]) -> str:
    for name, rows in expected.items():
        lost, new = Counter(rows) - Counter(found[name]), Counter(found[name]) - Counter(rows)
        if lost or new:
            examples = f"{list(lost)[:1]} but {list(new)[:1]}"
            return f"{name} ends otherwise: {sum(lost.values())} lost, {sum(new.values())} too many; {examples}"[:2000]
    return ""


Attempt = Callable[[Project, int], dict[str, Any]]


def attempts(trial: Trial, attempt: Attempt, points: Sequence[int], processes: int) -> Iterator[dict[str, Any]]:
    """Carry out attempts, each with vendors and a state as they were at the beginning."""
    reading, writing = os.pipe()
    workers = []
    for number in range(processes):
        worker = os.fork()
        if not worker:
            os.close(reading)
            _worker(trial, attempt, points[number::processes], number, writing)
            os._exit(0)
        workers.append(worker)
    os.close(writing)
    with open(reading, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
    for worker in workers:
        os.waitpid(worker, 0)


def _worker(trial: Trial, attempt: Attempt, points: Sequence[int], number: int, out: int) -> None:
    world, folder = trial.world, trial.world.folder.with_name(f"worker{number}")
    folder.mkdir(exist_ok=True)
    shutil.copy(world.folder / "mapper.yaml", folder)
    clock = world.clock
    project = load(folder, env=ENV, state=trial.database.name(number), clock=clock, sleep=clock.sleep)
    for entity in project.entities:
        project.compile(entity)  # once here, so that no attempt reads the files again
    for fatal in points:
        trial.database.renew(folder, number)
        child = os.fork()
        if not child:
            assert isinstance(clock, SharedClock)
            clock.part()
            found = {"point": fatal, **attempt(project, fatal)}
            _write(out, json.dumps(found).encode() + b"\n")
            os._exit(0)
        os.waitpid(child, 0)


def _write(out: int, data: bytes) -> None:
    while data:
        data = data[os.write(out, data) :]


def prepare(folder: Path, sizes: dict[str, int], database: Database) -> Trial:
    """Build the scene, and let one run go through it undisturbed."""
    folder.mkdir()
    world = World(folder, clock=SharedClock(Clock().now), state=database.name(None))
    scene.build(world, sizes)
    database.keep(folder)
    trial = Trial(world, database)
    (told,) = attempts(trial, trial.undisturbed, [0], 1)
    if told["wrong"]:
        raise SystemExit(f"without any kill: {told['wrong']}")
    trial.points, trial.expected = told["points"], told["expected"]
    return trial


def chosen(points: Sequence[str], most: int) -> list[int]:
    """So many points of all kinds, spread over the run: of each kind the first, then the last, then between."""
    by_kind: dict[str, list[int]] = {}
    for number, what in enumerate(points, 1):
        by_kind.setdefault(what, []).append(number)
    found: dict[int, None] = {}
    share = 0
    while len(found) < min(most, len(points)):
        for numbers in by_kind.values():
            found[numbers[int(_spread(share) * (len(numbers) - 1) + 0.5)]] = None
        share += 1
    return sorted(list(found)[:most])


def _spread(n: int) -> float:
    """0, 1, 1/2, 1/4, 3/4, 1/8 …"""
    if n < 2:
        return float(n)
    bits = f"{n - 1:b}"
    return int(bits[::-1], 2) / (1 << len(bits))


def main(words: Sequence[str] | None = None) -> int:
    """0 where every point that was tried went well."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.crash")
    parser.add_argument("--points", type=int, default=0, help="so many of all points, spread over the run; 0: all")
    parser.add_argument("--point", type=int, default=0, help="only this one, as a failure names it")
    parser.add_argument("--small", action="store_true", help="a run of a few records, not 300")
    parser.add_argument("--postgres", metavar="URL", nargs="?", const="", help="the state there, or on a new server")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="that share the points")
    asked = parser.parse_args(words)
    started = time.monotonic()
    with opened(asked.postgres, asked.processes) as database, tempfile.TemporaryDirectory() as place:
        trial = prepare(Path(place) / "base", scene.SMALL if asked.small else scene.WHOLE, database)
        most = asked.points or len(trial.points)
        points = [asked.point] if asked.point else chosen(trial.points, most)
        wrong = tried = 0
        for found in attempts(trial, trial.killed, points, min(asked.processes, len(points))):
            tried += 1
            if found["wrong"]:
                wrong += 1
                print(f"point {found['point']} ({trial.points[found['point'] - 1]}): {found['wrong']}", flush=True)
            elif sys.stdout.isatty() or tried % 100 == 0:
                print(f"{tried} of {len(points)}", end="\r" if sys.stdout.isatty() else "\n", flush=True)
    good = tried - wrong
    print(f"killed at {len(points)} of {len(trial.points)} points of a run on {database.kind}: "
          f"{good} of {len(points)} came to the same end ({time.monotonic() - started:.0f} s)")  # fmt: skip
    return 0 if good == len(points) else 1


if __name__ == "__main__":
    sys.exit(main())
