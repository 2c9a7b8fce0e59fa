"""A fifth of all calls goes wrong, in every way that the vendors' documents or the network know; and all comes right.

    python -m tests.soak.faults                     many seeds
    python -m tests.soak.faults --seed 7 --seeds 1  one of them, as a failure names it

Runs follow each other, and faults go on, until two runs in a row have come to their end. What the three vendors hold
then must be what a run without faults leaves, and the last run must have written nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from mapper.errors import MapperError
from mapper.sandbox.base import Fault
from mapper.sync.project import load
from tests.soak import scene
from tests.sync.world import ENV, PROJECT, Wire, World

SHARE = 0.2
SIZES = {"companies": 9, "people": 6, "new_companies": 3, "new_people": 3}
#: What is asked for by the sandbox, call by call.
ASKED = {
    "429": Fault("status", status=429),
    "429 with Retry-After": Fault("status", status=429, retry_after=3),
    "500": Fault("status", status=500),
    "502 as a page": Fault("html", status=502),
    "cut before": Fault("reset"),
    "cut after the call took effect": Fault("lost_reset"),
    "504 after the call took effect": Fault("lost", status=504),
    "truncated": Fault("truncated"),
    "expired": Fault("status", status=401),
}
#: What is done to the answer on its way.
ON_THE_WAY = ("timeout after the call took effect", "page repeated", "page shifted")
#: How each vendor's lists are paged: first record or page, how many, and where the records stand.
PAGES = {
    "koban": ("s", "l", "List", 0),
    "nicoka": ("offset", "limit", "data", 0),
    "cirrus": ("page", "per_page", "items", 1),
}

LOGINS = PROJECT.replace('api_token: "${TOKEN}"', 'login: demo, password: "${PASSWORD}"').replace(
    'x_token: "${X_TOKEN}"',
    'client_id: demo-cirrus-client, client_secret: "${SECRET}", token_url: "http://127.0.0.1:8403/oauth/token"',
)
PASSWORDS = {"PASSWORD": "demo-nicoka-password", "SECRET": "demo-cirrus-secret"}


def small_pages(text: str) -> str:
    """The project with pages of five records, so that there are many."""
    page = "{page: {per: 5}}"
    for name, (resource, verbs) in {
        "koban": ("accounts", ("list", "changed")),
        "nicoka": ("customers", ("list", "changed")),
        "cirrus": ("accounts", ("list",)),
    }.items():
        few = ", ".join(f"{verb}: {page}" for verb in verbs)
        both = ", ".join(f"{table}: {{operations: {{{few}}}}}" for table in (resource, "contacts"))
        line = f"    connector: {name}\n"
        text = text.replace(line, f"{line}    override: {{resources: {{{both}}}}}\n")
    return text


class Troubled(httpx.BaseTransport):
    """A vendor of whose calls a share goes wrong."""

    def __init__(self, world: World, name: str, dice: random.Random, met: Counter[str]) -> None:
        self.world, self.name, self.dice, self.met = world, name, dice, met
        self.wire = Wire(world.sandboxes[name])
        self.writes = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        login = request.url.path.endswith(("/login", "/token"))
        self.writes += request.method != "GET" and not login
        if self.dice.random() >= SHARE:
            return self.wire.handle_request(request)
        start, _, _, first = PAGES[self.name]
        later = request.method == "GET" and int(request.url.params.get(start) or first) > first
        what = self.dice.choice([*ASKED, *(ON_THE_WAY if later else ON_THE_WAY[:1])])
        if login and what == "expired":
            what = "500"
        self.met[f"{self.name}: {what}"] += 1
        if what in ASKED:
            facts = {name: value for name, value in vars(ASKED[what]).items() if name != "seen"}
            self.world.sandboxes[self.name].faults[:] = [Fault(**facts)]
            return self.wire.handle_request(request)
        if what == "page repeated":
            return self._page(request, -1)
        if what == "page shifted":
            return self._shifted(request)
        self.wire.handle_request(request)
        raise httpx.ReadTimeout("the read operation timed out", request=request)

    def _page(self, request: httpx.Request, by: int) -> httpx.Response:
        """The page before, or after, the one that was asked for."""
        start, size, _, first = PAGES[self.name]
        params = request.url.params
        step = 1 if first else int(params[size])
        moved = params.set(start, max(first, int(params[start]) + by * step))
        return self._read(httpx.Request("GET", request.url.copy_with(params=moved), headers=request.headers))

    def _read(self, request: httpx.Request) -> httpx.Response:
        response = self.wire.handle_request(request)
        response.read()
        return response

    def _shifted(self, request: httpx.Request) -> httpx.Response:
        """The page as it is where a record before it was removed meanwhile."""
        here, there = self._read(request), self._page(request, 1)
        items = PAGES[self.name][2]
        if here.status_code != 200 or not isinstance(here.json(), dict) or items not in here.json():
            return here
        body = here.json()
        onward = there.json().get(items) or [] if there.status_code == 200 else []
        body[items] = body[items][1:] + onward[:1]
        return httpx.Response(200, json=body, request=request)


def prepared(folder: Path) -> World:
    folder.mkdir()
    world = World(folder)
    world.write("mapper.yaml", small_pages(LOGINS))
    world.write(".env", "".join(f"{name}={value}\n" for name, value in PASSWORDS.items()))
    scene.build(world, SIZES)
    return world


def expected(folder: Path) -> dict[str, list[str]]:
    """What runs without faults leave."""
    world = prepared(folder)
    world.sync("company")
    world.sync("person")
    return scene.end_state(world)


def converge(folder: Path, number: int, most: int = 200) -> tuple[World, int, int, Counter[str]]:
    """Run after run until two in a row come to their end: the world, runs, writes of the last, and faults met."""
    world = prepared(folder)
    dice, met = random.Random(number), Counter[str]()
    in_a_row = 0
    for count in range(1, most + 1):
        writes = _run(world, dice, met)
        in_a_row = in_a_row + 1 if writes is not None else 0
        if in_a_row >= 2 and writes == 0:
            return world, count, 0, met
        if in_a_row >= 4:
            return world, count, writes or 0, met
    raise AssertionError(f"seed {number}: no two runs in a row came to their end in {most}")


def _run(world: World, dice: random.Random, met: Counter[str]) -> int | None:
    """One run of all mappings; gives its writes, None where it failed."""
    ways = {name: Troubled(world, name, dice, met) for name in world.sandboxes}
    clock = world.clock
    clock.now += 60
    try:
        with load(world.folder, env=ENV, transports=dict(ways), clock=clock, sleep=clock.sleep) as project:
            for entity in project.entities:
                project.sync(entity)
    except MapperError as error:
        if error.exit_code != 5:
            raise
        return None
    return sum(way.writes for way in ways.values())


def wrong(folder: Path, number: int, goal: dict[str, list[str]]) -> tuple[str, int, Counter[str]]:
    """What is wrong in the end, in words; nothing where all is well."""
    world, runs, writes, met = converge(folder, number)
    if writes:
        return f"the last of {runs} runs still wrote {writes} times", runs, met
    with world.project() as project:
        kept: Any = [(q.side, q.key, q.cause, q.message) for q in project.quarantine()]
    found = scene.end_state(world)
    told = {}
    for name in goal:
        lost, new = Counter(goal[name]) - Counter(found[name]), Counter(found[name]) - Counter(goal[name])
        if lost or new:
            told[name] = {"lost": list(lost)[:2], "too many": list(new)[:2]}
    return (json.dumps([told, kept])[:4000] if told or kept else ""), runs, met


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.faults")
    parser.add_argument("--seed", type=int, default=1, help="the first, of which the faults are drawn")
    parser.add_argument("--seeds", type=int, default=50, help="so many, one after the other; default: 50")
    asked = parser.parse_args(words)
    started, bad, total, all_met = time.monotonic(), 0, 0, Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        goal = expected(Path(place) / "goal")
        for number in range(asked.seed, asked.seed + asked.seeds):
            told, runs, met = wrong(Path(place) / str(number), number, goal)
            total, all_met = total + runs, all_met + met
            if told:
                bad += 1
                print(f"seed {number}: {told}", flush=True)
    print(
        f"{asked.seeds - bad} of {asked.seeds} seeds converged with nothing lost and nothing doubled: {total} runs, "
        f"{sum(all_met.values())} faults of {len(all_met)} kinds and vendors ({time.monotonic() - started:.0f} s)"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
