"""A random walk: people edit at three vendors, vendors fail, processes die; and a simple model tells the end.

    python -m tests.soak.walk                          many walks, each of many steps
    python -m tests.soak.walk --seed 7 --walks 1       as a failure names it

The model knows nothing of links, digests or runs. It knows what people typed since all sides agreed last. A run that
nothing disturbs must bring every value that was typed on one side to all the others. Where several sides typed
different values, one of these must be everywhere, or a conflict must stand in the quarantine.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from mapper.errors import MapperError
from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from mapper.sync.apply import TRIES
from tests.soak import hands
from tests.soak.hands import SIDES
from tests.sync.world import PROJECT, World

KINDS = ("company", "person")
FAULTS = ["status", "html", "reset", "lost", "lost_reset", "truncated"]
#: A person's company cannot be changed at the third vendor, and so is compared at the other two.
MOVED_AT = ("koban", "nicoka")


@dataclass
class Field:
    """What all sides agreed on last, and what was typed since, by side; `unsure` where a removal may have lost it."""

    agreed: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    unsure: bool = False


@dataclass
class Thing:
    """A company or a person; `gone` are the sides on which somebody removed it, `agreed` that it was on all sides."""

    kind: str
    name: str
    fields: dict[str, Field]
    gone: set[str] = field(default_factory=set)
    agreed: bool = False

    def sides(self, name: str) -> list[str]:
        """The sides on which a field is compared."""
        return [side for side in SIDES if side not in self.gone and (name != "company" or side in MOVED_AT)]


class Killed(BaseException):
    """The process is gone: what its handlers do from here on is undone."""


class Walk(RuleBasedStateMachine):
    """One walk. Every number that a rule takes chooses among what is there, so that any row of steps makes sense."""

    runs = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.world = World(Path(self.place.name))
        self.world.write("mapper.yaml", PROJECT.replace("type: list}", "type: list, list: values/SECTEUR}"))
        self.things: list[Thing] = []
        self.edition = 0

    def of(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things if thing.kind == kind]

    # ---- people ------------------------------------------------------------------------------------------------

    @rule(side=st.sampled_from(SIDES))
    def a_company_is_added(self, side: str) -> None:
        self._add("company", (side,))

    @rule()
    def a_company_is_added_on_two_sides(self) -> None:
        self._add("company", ("koban", "nicoka"))

    @precondition(lambda self: self.of("company"))
    @rule(side=st.sampled_from(SIDES), which=st.integers(0, 99))
    def a_person_is_added(self, side: str, which: int) -> None:
        there = {hands.name("company", side, row): hands.key(row) for row in hands.rows(self.world, "company", side)}
        known = sorted(there.keys() & {company.name for company in self.of("company")})
        if known:
            company = known[which % len(known)]
            self._add("person", (side,), company, there[company])

    def _add(self, kind: str, sides: Sequence[str], company: str = "", at: Any = None) -> None:
        name = f"{kind} {len(self.things)}"
        siret = _siret(len(self.things)) if len(sides) > 1 else None
        thing = Thing(kind, name, {})
        for side in sides:
            hands.add(self.world, kind, side, name, at, siret)
            for word, value in hands.seen(self.world, kind, side)[name].items():
                found = thing.fields.setdefault(word, Field())
                if value:
                    found.typed[side] = value
        self.things.append(thing)

    @precondition(lambda self: self.things)
    @rule(which=st.integers(0, 99), side=st.sampled_from(SIDES), word=st.integers(0, 99), value=st.integers(0, 99))
    def a_value_is_typed(self, which: int, side: str, word: int, value: int) -> None:
        thing = self.things[which % len(self.things)]
        names = sorted(hands.VALUES[thing.kind])
        name = names[word % len(names)]
        values = hands.VALUES[thing.kind][name]
        self._type(thing, side, name, values[value % len(values)], frozenset())

    @precondition(lambda self: self.of("company"))
    @rule(which=st.integers(0, 99), side=st.sampled_from(SIDES), tags=st.frozensets(st.sampled_from(hands.TAGS)))
    def tags_are_chosen(self, which: int, side: str, tags: frozenset[str]) -> None:
        companies = self.of("company")
        self._type(companies[which % len(companies)], side, "tags", "", tags)

    def _type(self, thing: Thing, side: str, name: str, value: str, tags: frozenset[str]) -> None:
        row = self._row(thing, side)
        if row is None:
            return
        before = hands.seen(self.world, thing.kind, side)[thing.name]
        hands.type_in(self.world, thing.kind, side, hands.key(row), name, value, tags)
        self._note(thing, side, before)

    def _note(self, thing: Thing, side: str, before: dict[str, str]) -> None:
        """Learn what was typed, by looking at the vendor's screen before and after."""
        for name, value in hands.seen(self.world, thing.kind, side)[thing.name].items():
            was, found = before[name], thing.fields[name]
            if value == was:
                continue
            if was != found.agreed:
                # Whoever typed this had seen what came from another side.
                found.typed = {other: typed for other, typed in found.typed.items() if typed != was}
            found.typed[side] = value

    def _row(self, thing: Thing, side: str) -> dict[str, Any] | None:
        rows = hands.rows(self.world, thing.kind, side)
        return next((row for row in rows if hands.name(thing.kind, side, row) == thing.name), None)

    @precondition(lambda self: self.of("person"))
    @rule(which=st.integers(0, 99), side=st.sampled_from(MOVED_AT), to=st.integers(0, 99))
    def a_person_changes_company(self, which: int, side: str, to: int) -> None:
        person = self.of("person")[which % len(self.of("person"))]
        row, companies = self._row(person, side), hands.rows(self.world, "company", side)
        if row is not None:
            before = hands.seen(self.world, "person", side)[person.name]
            hands.move(self.world, side, hands.key(row), hands.key(companies[to % len(companies)]))
            self._note(person, side, before)

    @precondition(lambda self: self.of("person"))
    @rule(which=st.integers(0, 99), side=st.sampled_from(SIDES))
    def a_person_is_removed_on_one_side(self, which: int, side: str) -> None:
        person = self.of("person")[which % len(self.of("person"))]
        row = self._row(person, side)
        if row is None or not person.agreed or len(person.gone) == len(SIDES) - 1:
            return
        self.world.sandboxes[side].remove(hands.TABLE["person"][side], hands.key(row))  # type: ignore[attr-defined]
        person.gone.add(side)
        for found in person.fields.values():
            found.unsure = found.unsure or side in found.typed

    # ---- vendors and time --------------------------------------------------------------------------------------

    @rule(
        side=st.sampled_from(SIDES),
        kind=st.sampled_from(FAULTS),
        method=st.sampled_from(["GET", "POST", "PUT", ""]),
        times=st.integers(1, 8),
        after=st.integers(0, 3),
    )
    def a_vendor_will_fail(self, side: str, kind: str, method: str, times: int, after: int) -> None:
        self.world.sandboxes[side].faults.append(Fault(kind, method=method, times=times, after=after))

    @rule(seconds=st.sampled_from([10, 4_000, 90_000]))
    def time_goes_by(self, seconds: int) -> None:
        self.world.clock.now += seconds

    @rule()
    def the_mapping_is_edited(self) -> None:
        """A row that nobody fills comes, or goes again; every record is compared anew."""
        self.edition += 1
        text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
        row = "  fax: {koban: Fax, nicoka: fax, cirrus: fax}\n" if self.edition % 2 else ""
        self.world.write("mappings/company.yaml", text.replace("  website:", f"{row}  website:", 1))

    # ---- runs --------------------------------------------------------------------------------------------------

    def _sync(self, **options: Any) -> None:
        for kind in KINDS:
            Walk.runs += 1
            self.world.sync(kind, allowed=("changed",), **options)

    @rule(full=st.booleans())
    def a_run(self, full: bool) -> None:
        disturbed = any(f.seen < f.after + f.times for box in self.world.sandboxes.values() for f in box.faults)
        if disturbed:
            with suppress(MapperError):
                self._sync(full=full)
        else:
            self._sync(full=full)
            self.agree()

    @rule(side=st.sampled_from(SIDES))
    def a_run_from_one_side(self, side: str) -> None:
        with suppress(MapperError):
            self._sync(sources=(side,))

    @rule()
    def a_plan(self) -> None:
        before = [hands.seen(self.world, kind, side) for kind in KINDS for side in SIDES]
        with suppress(MapperError):
            self.world.plan("company")
        assert before == [hands.seen(self.world, kind, side) for kind in KINDS for side in SIDES]

    @rule(calls=st.integers(0, 40))
    def a_run_that_dies(self, calls: int) -> None:
        """Its handlers run, as Python cannot do otherwise; but the state is put back to what it was at its death."""
        left, folder = iter(range(calls)), self.world.folder

        def before() -> None:
            if next(left, None) is None:
                if not list(folder.glob("at death *")):
                    for file in folder.glob("mapper.db*"):
                        shutil.copy(file, folder / f"at death {file.name}")
                raise Killed

        self.world.before_call = before
        with suppress(Killed, MapperError):
            self._sync()
        self.world.before_call = None
        dead = list(folder.glob("at death *"))
        for file in folder.glob("mapper.db*") if dead else ():
            file.unlink()
        for file in dead:
            file.rename(folder / file.name.removeprefix("at death "))

    # ---- what must come of it ----------------------------------------------------------------------------------

    def agree(self) -> None:
        """After a run that nothing disturbed."""
        seen = {(kind, side): hands.seen(self.world, kind, side) for kind in KINDS for side in SIDES}
        for (kind, side), found in seen.items():
            strangers = found.keys() - {thing.name for thing in self.of(kind)} - {"Egna företaget AB"}
            assert not strangers, f"{side} holds {strangers}, which nobody has added"
        asked = self._asked()
        for thing in self.things:
            for side in SIDES:
                there = thing.name in seen[thing.kind, side]
                assert there != (side in thing.gone), f"{thing.name} at {side}: {'there' if there else 'lost'}"
            thing.agreed = True
            for name, found in thing.fields.items():
                values = {side: seen[thing.kind, side][thing.name][name] for side in thing.sides(name)}
                self._compare(thing, name, found, values, asked)

    def _compare(self, thing: Thing, name: str, found: Field, values: dict[str, str], asked: set[str]) -> None:
        typed = set(found.typed.values())
        where = f"{thing.name}, {name}: agreed {found.agreed!r}, typed {found.typed}, now {values}"
        if len(set(values.values())) > 1:
            assert len(typed) > 1 and thing.name in asked, where
            assert set(values.values()) <= typed | {found.agreed}, where
            return
        (value,) = set(values.values())
        assert found.unsure or value in (typed or {found.agreed}), where
        thing.fields[name] = Field(value)

    def _asked(self) -> set[str]:
        """The names of the records that a person is asked about, because two sides typed different values."""
        rows = {side: [(k, r) for k in KINDS for r in hands.rows(self.world, k, side)] for side in SIDES}
        with self.world.project() as project:
            found = project.quarantine()
        assert {record.cause for record in found} <= {"conflict", "gone"}, [(q.cause, q.message) for q in found]
        return {hands.name(kind, q.side, row) for q in found if q.cause == "conflict" for kind, row in rows[q.side]
                if kind == q.entity and str(hands.key(row)) == q.key}  # fmt: skip

    def teardown(self) -> None:
        for sandbox in self.world.sandboxes.values():
            sandbox.faults.clear()
        self.world.clock.now += 100_000
        self._sync()
        self.agree()
        # What a vendor refuses, as a change of a record that somebody removed there, is tried twice more.
        for _ in range(TRIES):
            self._sync()
        self.world.forget_calls()
        self._sync()
        writes = self.world.writes()
        assert not any(writes.values()), f"nobody edits any more, yet a run writes {writes}"
        self.place.cleanup()


def _siret(number: int) -> str:
    """A number that passes the check digit of a SIRET."""
    digits = f"7328293200{number:03}"
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits), 1)]
    return f"{digits}{-sum(n - 9 if n > 9 else n for n in doubled) % 10}"


def profile(walks: int, steps: int, *, derandomize: bool) -> settings:
    """Settings for so many walks; a failure is told with all its steps, made fewer where that is quickly done."""
    return settings(
        max_examples=walks,
        stateful_step_count=steps,
        derandomize=derandomize,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.walk")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, one after the other")
    parser.add_argument("--walks", type=int, default=20)
    parser.add_argument("--steps", type=int, default=60)
    asked = parser.parse_args(words)
    started = time.monotonic()
    for number in range(asked.seed, asked.seed + asked.seeds):
        try:
            chosen = profile(asked.walks, asked.steps, derandomize=False)
            run_state_machine_as_test(seed(number)(Walk), settings=chosen, _min_steps=asked.steps)
        except Exception:
            command = f"python -m tests.soak.walk --seed {number} --walks {asked.walks} --steps {asked.steps}"
            print(f"again: {command}", file=sys.stderr)
            raise
    total = asked.seeds * asked.walks
    print(f"{total} walks, {total * asked.steps} steps, {Walk.runs} runs: all sides alike, nothing doubled, nothing "
          f"lost, silence ({time.monotonic() - started:.0f} s)")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
