"""Many processes start the same sync at once, on one state; some are killed with SIGKILL while they hold the lock.

    python -m tests.soak.twice              on SQLite
    python -m tests.soak.twice --postgres   on a PostgreSQL server that is started for it, or on one: --postgres URL

The vendors answer over real sockets. Of each round it is asked that every start came to its end or was told that
another run is under way; that the vendors hold what one run alone would leave; that no more creates were sent than one
run alone sends, where none was killed; and that a further run writes nothing.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx

from mapper.errors import Locked, MapperError
from mapper.sandbox.server import serve
from mapper.sync.project import Project, load
from tests.soak import scene
from tests.soak.databases import Database, opened
from tests.soak.forked import KILLED, Blade, SharedClock, receive, send
from tests.sync.world import ENV, PROJECT, Clock, World

PORTS = {"koban": "8401", "nicoka": "8402", "cirrus": "8403"}


class Vendors:
    """The vendors in a process of their own, as they were when it was started."""

    def __init__(self, world: World) -> None:
        self._here, there = socket.socketpair()
        self._process = os.fork()
        if not self._process:
            self._here.close()
            _serve(world, there)
            os._exit(0)
        there.close()
        self.urls: dict[str, str] = receive(self._here)

    def look(self) -> tuple[dict[str, list[str]], Counter[str]]:
        """What they hold, and how many calls that are no GET each has seen since the last look."""
        send(self._here, "look")
        found: tuple[dict[str, list[str]], Counter[str]] = receive(self._here)
        return found

    def __enter__(self) -> Vendors:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._here.close()
        os.waitpid(self._process, 0)


def _serve(world: World, end: socket.socket) -> None:
    world.forget_calls()
    with serve(world.sandboxes) as running:
        send(end, running.urls)
        while True:
            try:
                receive(end)
            except EOFError:
                return
            send(end, (scene.end_state(world), Counter(world.writes())))
            world.forget_calls()


class Watched(httpx.BaseTransport):
    """The way to a vendor over a socket, under the eyes of a blade."""

    def __init__(self, name: str, blade: Blade) -> None:
        self.inner, self.name, self.blade = httpx.HTTPTransport(), name, blade

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.blade.passes(f"before {self.name}")
        response = self.inner.handle_request(request)
        self.blade.passes(f"after {self.name}")
        return response


@dataclass
class Place:
    """A project folder, its state, and the time that all processes share."""

    folder: Path
    state: str
    clock: SharedClock

    def start(self, urls: dict[str, str], gate: int, fatal: int = 0) -> int:
        """A process that syncs as soon as the gate is closed by all; its exit code is that of the command."""
        process = os.fork()
        if process:
            return process
        code = 1
        try:
            os.read(gate, 1)
            code = self._sync(urls, Blade(fatal))
        finally:
            os._exit(code)

    def _sync(self, urls: dict[str, str], blade: Blade) -> int:
        text = PROJECT
        for name, port in PORTS.items():
            text = text.replace(f"http://127.0.0.1:{port}", urls[name])
        own = self.folder / f"mapper-{os.getpid()}.yaml"
        own.write_text(text, encoding="utf-8")
        try:
            transports: dict[str, httpx.BaseTransport] = {name: Watched(name, blade) for name in urls}
            clock = self.clock
            with load(own, env=ENV, state=self.state, transports=transports, clock=clock, sleep=clock.sleep) as project:
                blade.watch(project)
                sync_all(project)
        except MapperError as error:
            return error.exit_code
        finally:
            own.unlink()
        return 0


def sync_all(project: Project) -> None:
    for entity in ("company", "person"):
        project.sync(entity, full=True)


def at_once(place: Place, urls: dict[str, str], fatals: Sequence[int]) -> list[int]:
    """Start so many processes at the same moment, each with its fatal point or 0; gives how they ended."""
    place.clock.now += 60
    gate, closing = os.pipe()
    started = []
    for fatal in fatals:
        started.append(place.start(urls, gate, fatal))
    os.write(closing, b"x" * len(fatals))
    ended = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in started]
    os.close(gate)
    os.close(closing)
    return ended


def prove(folder: Path, database: Database, rounds: int, processes: int, dice: random.Random) -> list[str]:
    """The rounds one after the other, each from the same beginning; gives what went wrong."""
    folder.mkdir()
    world = World(folder, clock=SharedClock(Clock().now), state=database.name(None))
    scene.build(world, scene.SMALL)
    database.keep(folder)
    begun = world.clock.now
    place = Place(folder.with_name("worker0"), database.name(0), world.clock)
    place.folder.mkdir()
    wrong, told, most = [], Counter[int](), {}
    expected: dict[str, list[str]] = {}
    for number in range(rounds + 1):
        database.renew(place.folder, 0)
        world.clock.now = begun
        killing = number > 0 and number % 2 == 0
        with Vendors(world) as vendors:
            if number == 0:
                ended = at_once(place, vendors.urls, [0])
            else:
                fatals = [dice.randint(1, 150) if killing and n % 2 == 0 else 0 for n in range(processes)]
                ended = at_once(place, vendors.urls, fatals)
                told.update(ended)
            found, writes = vendors.look()
            if number == 0:
                expected, most = found, writes
            elif killing:
                ended += at_once(place, vendors.urls, [0])
                found, writes = vendors.look()
            problem = _problem(ended, found, expected)
            if not killing and writes != most:
                problem = problem or f"{dict(writes)} writes, where one run alone sends {dict(most)}"
            at_once(place, vendors.urls, [0])
            _, after = vendors.look()
            if any(after.values()):
                problem = problem or f"a further run wrote {dict(after)}"
        if problem:
            wrong.append(f"round {number}, which ended {ended}: {problem}")
            print(wrong[-1], flush=True)
    print(f"  {sum(told.values())} starts: {told[0]} came to their end, {told[Locked.exit_code]} found the lock held, "
          f"{told[KILLED]} were killed")  # fmt: skip
    return wrong


def _problem(ended: list[int], found: dict[str, list[str]], expected: dict[str, list[str]]) -> str:
    if strange := set(ended) - {0, Locked.exit_code, -signal.SIGKILL}:
        return f"processes ended with {strange}"
    if ended[-1] != 0 and 0 not in ended:
        return f"none came to its end: {ended}"
    for name, rows in expected.items():
        lacking, more = Counter(rows) - Counter(found[name]), Counter(found[name]) - Counter(rows)
        if lacking or more:
            return f"{name} is not as one run leaves it: lacking {[*lacking][:3]}, more {[*more][:3]}"
    return ""


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.twice")
    parser.add_argument("--postgres", metavar="URL", nargs="?", const="", help="the state there, or on a new server")
    parser.add_argument("--rounds", type=int, default=10, help="default: 10")
    parser.add_argument("--processes", type=int, default=4, help="that start at the same moment; default: 4")
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which some are killed")
    asked = parser.parse_args(words)
    started = time.monotonic()
    with opened(asked.postgres, 1) as database, tempfile.TemporaryDirectory() as folder:
        wrong = prove(Path(folder) / "base", database, asked.rounds, asked.processes, random.Random(asked.seed))
    good = asked.rounds - len(wrong)
    print(f"{good} of {asked.rounds} rounds of {asked.processes} processes at once on {database.kind}: nothing "
          f"doubled, nothing lost ({time.monotonic() - started:.0f} s)")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
