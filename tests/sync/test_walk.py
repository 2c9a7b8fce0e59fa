"""A random walk: edits on all three sides, faults, cut-off runs; in the end all agree, or a person is asked.

A seed that fails is a test case: `walk(seed)` repeats it exactly.
"""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mapper.errors import MapperError
from mapper.sandbox.base import Fault
from tests.sync.world import PROJECT, World

EMAILS = ["a@x.example", "b@x.example", "c@x.example", None]
CITIES = ["Lyon", "Paris", "Nantes", None]
PHONES = ["+33142685300", "+33142685301", None]
TAGS = ["Cuisine", "Poterie", "Bricolage", "Jardinage"]
STATUS = {"PRO": "prospect", "CLI": "client", "FOU": "supplier", 1: "prospect", 2: "client", 3: "supplier"}
TYPES = {1: "client", 3: "prospect", 4: "supplier"}
SECTEUR = "5583bc220dc3610a94746d3b_lb"
INDUSTRIES = {119: "Énergie", 120: "Santé", 122: "Commerce"}
KINDS = ["status", "html", "reset", "lost", "lost_reset", "truncated"]
STEPS = ["new"] * 3 + ["edit"] * 9 + ["fault"] * 2 + ["sync"] * 2 + ["plan", "from one", "cut off", "wait"]


class Walker:
    """One walk: its world, its dice, and how many companies it has made."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.world = World(folder)
        self.world.write("mapper.yaml", PROJECT.replace("type: list}", "type: list, list: values/SECTEUR}"))
        self.dice = random.Random(seed)
        self.made = 0

    def step(self) -> None:
        what = self.dice.choice(STEPS)
        side = self.dice.choice(list(self.world.sandboxes))
        if what == "new":
            self.new(side)
        elif what == "edit":
            self.edit(side)
        elif what == "fault":
            method = self.dice.choice(["GET", "POST", "PUT", ""])
            times, after = self.dice.randint(1, 8), self.dice.randint(0, 3)
            fault = Fault(self.dice.choice(KINDS), method=method, times=times, after=after)
            self.world.sandboxes[side].faults.append(fault)
        elif what == "wait":
            self.world.clock.now += self.dice.choice([10, 4_000, 90_000])
        else:
            with suppress(MapperError):
                self.run(what, side)

    def run(self, what: str, side: str) -> None:
        if what == "sync":
            self.world.sync(full=self.dice.random() < 0.2)
        elif what == "plan":
            self.world.plan()
        elif what == "from one":
            self.world.sync(sources=(side,))
        else:
            self.cut_off(self.dice.randint(1, 25))

    def cut_off(self, left: int) -> None:
        """A run that somebody stops at one of its calls."""
        calls = iter(range(left))

        def before() -> None:
            if next(calls, None) is None:
                raise KeyboardInterrupt

        self.world.before_call = before
        try:
            with suppress(KeyboardInterrupt):
                self.world.sync()
        finally:
            self.world.before_call = None

    def new(self, side: str) -> None:
        self.made += 1
        name, email = f"{side} {self.made}", f"{side}{self.made}@x.example"
        if side == "koban":
            tags = self.dice.sample(TAGS, self.dice.randint(0, 2))
            self.world.company(name, email=email, interests=tags, sector=self.dice.choice([None, "Santé"]))
        elif side == "nicoka":
            fields = {"name1": name, "zipcode": "75001", "city": self.dice.choice(CITIES), "email": email, "status": 1}
            self.world.nicoka.add("customers", fields)
        else:
            self.world.cirrus.add("accounts", {"name": name, "typeid": 3, "email": email})

    def edit(self, side: str) -> None:
        """One field of one record, as a person at that vendor writes it."""
        choice, world = self.dice.choice, self.world
        if side == "koban" and world.accounts():
            labels = self.dice.sample(TAGS, self.dice.randint(0, 3))
            tags = [{"TagCategoryCode": "INTERET", "Label": label} for label in labels]
            changes: list[dict[str, Any]] = [{"EMail": choice(EMAILS)}, {"Phone": choice(PHONES)}, {"Tags": tags}]
            changes += [{"Address": {"City": choice(CITIES)}}, {"Status": {"Code": choice(["PRO", "CLI", "FOU"])}}]
            world.koban.edit("ncThird", choice(world.accounts())["Guid"], choice(changes))
        elif side == "nicoka" and world.customers():
            changes = [{"email": choice(EMAILS)}, {"phone": choice(PHONES)}, {"city": choice(CITIES)}]
            changes += [{"status": choice([1, 2, 3])}, {"industry": choice([119, 120, 122, None])}]
            changes += [{"tags": choice(['["1"]', '["1","3"]', None])}]
            world.nicoka.edit("customers", int(choice(world.customers())["id"]), choice(changes))
        elif side == "cirrus" and world.cirrus_accounts():
            account = choice(world.cirrus_accounts())["id"]
            tags = [{"id": tag} for tag in self.dice.sample([101, 102, 103, 104], self.dice.randint(0, 3))]
            changes = [{"email": choice(EMAILS) or ""}, {"phone": choice(PHONES) or ""}, {"tags": tags}]
            changes += [{"addresses": {"visiting": {"city": choice(CITIES)}}}, {"typeid": choice([1, 3, 4])}, {}]
            change = choice(changes)
            if change:
                world.cirrus.edit("accounts", account, change)
            else:
                world.cirrus.set_dynamic("account", account, "Bransch", choice(["Énergie", "Santé", ""]))


def shown(world: World) -> list[dict[str, dict[str, Any]]]:
    """What each vendor holds, by name, in words that can be compared."""
    koban = {
        row["Label"]: {
            "email": row["EMail"] or "",
            "phone": (row["Phone"] or "").replace(" ", ""),
            "city": (row["Address"] or {}).get("City") or "",
            "status": STATUS[row["Status"]["Code"]],
            "sector": {v["FieldId"]: v["Value"] for v in row["MoreFields"] or []}.get(SECTEUR) or "",
        }
        for row in world.accounts()
    }
    nicoka = {
        row["name1"]: {
            "email": row["email"] or "",
            "phone": row["phone"] or "",
            "city": row["city"] or "",
            "status": STATUS[row["status"]],
            "sector": INDUSTRIES.get(row["industry"], ""),
        }
        for row in world.customers()
    }
    cirrus = {
        row["name"]: {
            "email": row["email"] or "",
            "phone": row["phone"] or "",
            "city": row["addresses"]["visiting"]["city"] or "",
            "status": TYPES[row["type"]["id"]],
            "sector": row["dynamicfields"]["Bransch"] or "",
        }
        for row in world.cirrus_accounts()
    }
    return [koban, nicoka, cirrus]


def left_to_a_person(world: World) -> set[str]:
    """The names of the companies that two sides changed to different values; nothing else may be in quarantine."""
    names = {"koban": "Label", "nicoka": "name1", "cirrus": "name"}
    keys = {"koban": "Guid", "nicoka": "id", "cirrus": "id"}
    rows = {"koban": world.accounts(), "nicoka": world.customers(), "cirrus": world.cirrus_accounts()}
    with world.project() as project:
        found = project.quarantine()
    assert {record.cause for record in found} <= {"conflict"}
    return {row[names[q.side]] for q in found for row in rows[q.side] if str(row[keys[q.side]]) == q.key}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_all_sides_end_alike_and_nothing_is_doubled(tmp_path: Path, seed: int) -> None:
    walker = Walker(tmp_path, seed)
    world = walker.world
    for _ in range(30):
        walker.step()
    for sandbox in world.sandboxes.values():
        sandbox.faults.clear()
    world.clock.now += 100_000
    world.sync()
    world.sync()
    world.forget_calls()
    world.sync()
    sides = shown(world)
    asked = left_to_a_person(world)
    koban, nicoka, cirrus = ({name: row for name, row in side.items() if name not in asked} for side in sides)
    assert [len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())] == [walker.made] * 3
    assert koban == nicoka == cirrus
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
