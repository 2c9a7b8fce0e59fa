"""A random walk: people edit at three vendors, vendors fail, processes die; and a simple model tells the end.

    python -m tests.soak.walk                          many walks, each of many steps
    python -m tests.soak.walk --seed 7 --walks 1       as a failure names it

The model knows nothing of links, digests or runs. It knows what people typed since all sides agreed last. A run that
nothing disturbs must bring every value that was typed on one side to all the others. Where several sides typed
different values, one of these must be everywhere, or a conflict must stand in the quarantine.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from mapper.errors import MapperError, UsageError
from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from mapper.sync import links
from mapper.sync.apply import TRIES
from tests.soak import hands
from tests.soak.hands import SIDES
from tests.soak.model import MOVED_AT, Done, Field, Screen, Thing, put_back
from tests.sync.world import PROJECT, World

KINDS = ("company", "person")
FAULTS = ["status", "html", "reset", "lost", "lost_reset", "truncated"]
#: What is gone from one side is left alone elsewhere, or it is deactivated there.
SITUATIONS = {False: "", True: "\nsituations: {gone: deactivate}\n"}
#: How many runs may still be undone.
KEPT = 6


#: By the cause for which they stand in the quarantine and their names, the sides of records.
Asked = dict[str, dict[str, set[str]]]


class Killed(BaseException):
    """The process is gone: what its handlers do from here on is undone."""


class Walk(RuleBasedStateMachine):
    """One walk. Every number that a rule takes chooses among what is there, so that any row of steps makes sense."""

    runs = 0
    #: How often something has been done that a rule is about: a rule may find nothing to be about.
    acts: ClassVar[Counter[str]] = Counter()
    #: Whether what is gone from one side is deactivated on the others, too.
    ends = False

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.world = World(Path(self.place.name))
        project = PROJECT.replace("type: list}", "type: list, list: values/SECTEUR}")
        if self.ends:
            for side, facts in (("nicoka", "rights: all, merging_log: losers"), ("cirrus", "rights: all")):
                project = project.replace(f"connector: {side}\n", f"connector: {side}\n    assume: {{{facts}}}\n")
        self.world.write("mapper.yaml", project)
        self.things: list[Thing] = []
        self.edition = 0
        self.done: list[Done] = []
        self.names: dict[tuple[str, str, str], str] = {}
        #: What the second vendor has made one since a run has surely read of it: its log names the last only.
        self.merged: set[str] = set()
        for kind in KINDS:
            self._write_mapping(kind)

    def _write_mapping(self, kind: str) -> None:
        text = (shipped("mappings") / f"{kind}.yaml").read_text(encoding="utf-8")
        if kind == "company" and self.edition % 2:
            text, rows = re.subn(r"^  fax: .*\n", "", text, flags=re.MULTILINE)
            assert rows == 1
        self.world.write(f"mappings/{kind}.yaml", text + SITUATIONS[self.ends])

    @initialize()
    def there_is_something_already(self) -> None:
        for number in range(6):
            self._add("company", (SIDES[number % 3],))
        self._sync_and_agree()
        for number, side in enumerate(SIDES):
            at = {hands.name("company", side, row): hands.key(row) for row in hands.rows(self.world, "company", side)}
            self._add("person", (side,), at[self.things[number].name])
        self._sync_and_agree()

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
        known = sorted(there.keys() & {company.name for company in self.of("company") if not company.gone})
        if known:
            company = known[which % len(known)]
            self._add("person", (side,), there[company])

    @rule(sides=st.sampled_from([("koban", "nicoka"), ("koban", "cirrus"), ("nicoka", "cirrus")]))
    def a_company_is_added_on_two_sides_and_linked_by_hand(self, sides: tuple[str, str]) -> None:
        """No number tells that the two are one; a person does, and is not put off by a vendor that fails."""
        thing = self._add("company", sides, numbered=False)
        names = [f"{side}:{hands.key(row)}" for side in sides if (row := self._row(thing, side))]
        with self._calm(), self.world.project() as project:
            links.join(project, "company", names)

    def _add(self, kind: str, sides: Sequence[str], at: Any = None, *, numbered: bool = True) -> Thing:
        name = f"{kind} {len(self.things)}"
        siret = _siret(len(self.things)) if len(sides) > 1 and numbered else None
        # The third vendor has no number, and tells of a person's first company for ever.
        thing = Thing(kind, name, {}, findable=kind == "person" or siret is not None)
        for side in sides:
            hands.add(self.world, kind, side, name, at, siret)
            for word, value in hands.seen(self.world, kind, side)[name].items():
                found = thing.fields.setdefault(word, Field())
                if value:
                    found.typed[side] = value
                    found.ever.add(value)
        self.things.append(thing)
        return thing

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
            if was != found.agreed_at(side) and was != found.typed.get(side):
                # Whoever typed this had seen what came from another side.
                found.typed = {other: typed for other, typed in found.typed.items() if typed != was}
            found.typed[side] = value
            found.ever.add(value)
            found.seen = False

    def _row(self, thing: Thing, side: str) -> dict[str, Any] | None:
        rows = hands.rows(self.world, thing.kind, side)
        return next((row for row in rows if hands.name(thing.kind, side, row) == thing.name), None)

    @precondition(lambda self: self.of("person"))
    @rule(which=st.integers(0, 99), side=st.sampled_from(MOVED_AT), to=st.integers(0, 99))
    def a_person_changes_company(self, which: int, side: str, to: int) -> None:
        person = self.of("person")[which % len(self.of("person"))]
        whole = {company.name for company in self.of("company") if not company.gone}
        companies = [r for r in hands.rows(self.world, "company", side) if hands.name("company", side, r) in whole]
        row = self._row(person, side)
        if row is not None and companies:
            before = hands.seen(self.world, "person", side)[person.name]
            hands.move(self.world, side, hands.key(row), hands.key(companies[to % len(companies)]))
            self._note(person, side, before)

    @precondition(lambda self: self.things)
    @rule(which=st.integers(0, 99), side=st.sampled_from(SIDES), for_good=st.booleans())
    def a_record_is_removed_on_one_side(self, which: int, side: str, for_good: bool) -> None:
        """The third vendor takes the people of a company along; what the first deletes for good it never tells of."""
        thing = self.things[which % len(self.things)]
        row = self._row(thing, side)
        if row is None or not self._is_settled(thing) or len(thing.sides()) == 1:
            return
        if side == "nicoka" and thing.name in self.merged:
            # Nothing would tell what was merged into it.
            return
        self.acts[f"{thing.kind} removed"] += 1
        before = hands.seen(self.world, "person", side)
        hands.remove(self.world, thing.kind, side, hands.key(row), for_good=for_good)
        people = hands.seen(self.world, "person", side)
        along = [p for p in self.of("person") if p.agreed and side not in p.gone and p.name not in people]
        for lost in {thing.name: thing, **{person.name: person for person in along}}.values():
            lost.lost(side, told=self.ends and not (side == "koban" and for_good))
        self._note_people(side, before)

    @precondition(lambda self: len(self.of("company")) > 1)
    @rule(which=st.integers(0, 99), other=st.integers(0, 99), side=st.sampled_from(["nicoka", "cirrus"]))
    def a_vendor_makes_two_companies_one(self, which: int, other: int, side: str) -> None:
        """Elsewhere they are two still; of the third vendor nobody can know that it was no removal."""
        self._merge("company", side, which, other)

    @precondition(lambda self: len(self.of("person")) > 1)
    @rule(which=st.integers(0, 99), other=st.integers(0, 99))
    def a_vendor_makes_two_people_one(self, which: int, other: int) -> None:
        """Only one of the vendors makes one of people."""
        self._merge("person", "nicoka", which, other)

    def _merge(self, kind: str, side: str, which: int, other: int) -> None:
        whole = [thing for thing in self.of(kind) if thing.agreed and not thing.gone]
        if not whole:
            return
        stays, goes = whole[which % len(whole)], whole[other % len(whole)]
        winner, loser = self._row(stays, side), self._row(goes, side)
        if stays is goes or winner is None or loser is None or not self._is_settled(goes):
            return
        if side == "nicoka":
            if not self.merged.isdisjoint({stays.name, goes.name}):
                return
            self.merged |= {stays.name, goes.name}
        before = hands.seen(self.world, "person", side)
        self.acts[f"{kind} merged"] += 1
        hands.merge(self.world, kind, side, hands.key(winner), hands.key(loser))
        goes.merged = side == "nicoka"
        goes.lost(side, told=self.ends and not goes.merged)
        self._note_people(side, before)

    def _note_people(self, side: str, before: Screen) -> None:
        """Learn where people are, once something was done to companies."""
        now = hands.seen(self.world, "person", side)
        for person in self.of("person"):
            if person.name in before and person.name in now:
                self._note(person, side, before[person.name])

    def _is_settled(self, thing: Thing) -> bool:
        """Whether it is on all sides, and so is whoever is at this company."""
        if not thing.agreed:
            return False
        at = [(person, person.fields["company"]) for person in self.of("person")]
        mine = [(p, f) for p, f in at if thing.name in (f.agreed, *f.typed.values(), *f.apart.values())]
        return all(person.agreed and not found.typed and not found.apart for person, found in mine)

    # ---- a person at this program ------------------------------------------------------------------------------

    @precondition(lambda self: self.things)
    @rule(which=st.integers(0, 99), side=st.sampled_from(SIDES))
    def a_record_is_taken_out_of_its_link(self, which: int, side: str) -> None:
        """The match rules find it again, of the third vendor people only; until then nothing is agreed on with it."""
        thing = self.things[which % len(self.things)]
        row = self._row(thing, side)
        found = thing.fields.get("company", Field())
        if side not in MOVED_AT and not self._is_as_agreed(thing, side):
            return
        at = {found.agreed, *found.typed.values()}
        if row is None or thing.gone or not thing.agreed or not thing.findable:
            return
        if any(company.gone for company in self.of("company") if company.name in at):
            return
        try:
            with self.world.project() as project:
                links.take_out(project, thing.kind, f"{side}:{hands.key(row)}")
        except UsageError:
            return  # a write to it is still open
        self.acts["links removed"] += 1
        thing.agreed, thing.loose = False, True
        for name, value in hands.seen(self.world, thing.kind, side)[thing.name].items():
            thing.fields[name].taken_out(side, value)

    def _is_as_agreed(self, thing: Thing, side: str) -> bool:
        """Whether it is a person who is at the same company as elsewhere: what cannot be written is asked about."""
        row = hands.seen(self.world, thing.kind, side).get(thing.name, {})
        return thing.kind == "person" and row.get("company") == thing.fields["company"].agreed

    @precondition(lambda self: self.done)
    @rule(which=st.integers(0, KEPT - 1))
    def a_run_is_undone(self, which: int) -> None:
        """What it wrote, and nobody has edited since, is as before; what it created is deactivated."""
        done = self.done[-1 - which % len(self.done)]
        made = {name for side in SIDES for name in done.after[side].keys() - done.before[side].keys()}
        things = {thing.name: thing for thing in self.of(done.kind)}
        if any(t.loose for t in things.values()) or not all(
            self._is_settled(t) for n, t in things.items() if n in made
        ):
            return
        now = self._screens(done.kind)
        ended = {side: hands.seen(self.world, done.kind, side, ended=True) for side in SIDES}
        with self._calm(), self.world.project() as project:
            report = project.undo(done.run)
        then = self._screens(done.kind)
        self.acts["runs undone" if now != then else "runs undone with nothing to put back"] += 1
        for side in SIDES:
            for name, thing in things.items():
                was, left, here, got = (screen[side].get(name) for screen in (done.before, done.after, now, then))
                there = here or ended[side].get(name)
                wanted = self._as_far_as_it_goes(side, put_back(was, left, here), there, got)
                told = [one for one in report.refused if one.side == side]
                # A run that was cut short may still owe a write to it.
                owed = any(one.title.split(" Bo ")[0] == name and "still owes" in one.message for one in told)
                excused = wanted != here and got == here and bool(told) and (owed or not thing.agreed)
                # Where its company was made one with another, and that is known, nobody has edited it.
                excused = excused or (was is None and got is None and self._merged_along(side, left, here))
                where = f"undo of run {done.run}: {name} at {side}: {was} -> {left}, {here} -> {got}, not {wanted}"
                words = [f"{one.side} {one.title}: {one.message}" for one in report.refused]
                assert got == wanted or excused, f"{where}; told {words}"
                self._take(thing, side, here, got)
        for name, thing in things.items():
            for word, found in thing.fields.items():
                found.undone(
                    *({side: rows[name][word] for side, rows in at.items() if name in rows} for at in (now, then))
                )
        if not done.undoes:
            self._remember(Done(report.run, done.kind, now, then, undoes=True))

    def _merged_along(self, side: str, left: dict[str, str] | None, here: dict[str, str] | None) -> bool:
        """Whether a record is as a run left it but for its company, which is not there any more."""
        if not left or not here or "company" not in left or {**left, "company": ""} != {**here, "company": ""}:
            return False
        return left["company"] not in {
            hands.name("company", side, row) for row in hands.kept(self.world, "company", side)
        }

    def _as_far_as_it_goes(
        self, side: str, wanted: dict[str, str] | None, here: dict[str, str] | None, got: dict[str, str] | None
    ) -> dict[str, str] | None:
        """What a person has removed meanwhile is not brought back.

        And nobody is put back to a company that is not there any more, or of which a person has said it is another; to
        one that is out of use a vendor may take people. `here` is what the record holds, ended or not: its company may
        have been made one with another meanwhile.
        """
        if wanted is None or here is None:
            return None
        if got is None or wanted.get("company", "") in ("", here.get("company", "")):
            return wanted
        company = next((thing for thing in self.of("company") if thing.name == wanted["company"]), None)
        rows = (hands.rows(self.world, "company", side), hands.kept(self.world, "company", side))
        used, kept = ({hands.name("company", side, row) for row in found} for found in rows)
        if wanted["company"] in used and not (company and company.loose):
            return wanted
        if wanted["company"] in kept and got["company"] == wanted["company"]:
            return wanted
        return wanted | {"company": here["company"]}

    def _take(self, thing: Thing, side: str, here: dict[str, str] | None, got: dict[str, str] | None) -> None:
        """Learn what an undo has put back."""
        if here is not None and got is None:
            thing.gone.add(side)
            for found in thing.fields.values():
                found.typed.pop(side, None)
        elif here is None and got is not None:
            thing.gone.discard(side)
            thing.answered = (thing.answered | thing.gone) - {side}
            thing.maybe = thing.gone & thing.ending
            for name, value in got.items():
                if value != thing.fields[name].agreed_at(side):
                    # Its vendor has changed it while it was out of use, with a merge of companies.
                    thing.fields[name].typed[side] = value
                    thing.fields[name].ever.add(value)
        elif here is not None and got is not None:
            for name, value in got.items():
                if value != here[name]:
                    thing.fields[name].put_back(side, value)

    def _remember(self, done: Done) -> None:
        self.done = [*self.done, done][-KEPT:]

    def _screens(self, kind: str) -> dict[str, Screen]:
        return {side: hands.seen(self.world, kind, side) for side in SIDES}

    @contextmanager
    def _calm(self) -> Iterator[None]:
        """What a person does who tries again until no vendor fails."""
        kept = {side: list(box.faults) for side, box in self.world.sandboxes.items()}
        for box in self.world.sandboxes.values():
            box.faults.clear()
        yield
        for side, faults in kept.items():
            self.world.sandboxes[side].faults[:] = faults

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
        """A row that nobody fills goes, or comes again; every record is compared anew."""
        self.edition += 1
        self._write_mapping("company")

    # ---- runs --------------------------------------------------------------------------------------------------

    def _sync(self, **options: Any) -> None:
        """By a person who knows what was removed, and what was changed in the mapping."""
        for kind in KINDS:
            Walk.runs += 1
            for thing in self.of(kind):
                thing.looked_at()
            before = self._screens(kind)
            report = self.world.sync(kind, allowed=("changed", "empty", "shrunk", "deletes"), **options)
            # A run that did not look at a side does not know what it wrote over.
            if not self._is_disturbed() and "sources" not in options:
                self._remember(Done(report.run, kind, before, self._screens(kind)))

    def _is_disturbed(self) -> bool:
        return any(f.seen < f.after + f.times for box in self.world.sandboxes.values() for f in box.faults)

    @rule(full=st.booleans())
    def a_run(self, full: bool) -> None:
        if self._is_disturbed():
            with suppress(MapperError):
                self._sync(full=full)
        else:
            self._sync_and_agree(full=full)

    def _sync_and_agree(self, **options: Any) -> None:
        for kind in KINDS:
            screens = self._screens(kind)
            for thing in self.of(kind):
                thing.weigh(screens)
        self._sync(**options)
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
        self.merged.clear()
        seen = {(kind, side): hands.seen(self.world, kind, side) for kind in KINDS for side in SIDES}
        for (kind, side), found in seen.items():
            strangers = found.keys() - {thing.name for thing in self.of(kind)} - {"Egna företaget AB"}
            assert not strangers, f"{side} holds {strangers}, which nobody has added"
        for kind, side in seen:
            rows = hands.ever(self.world, kind, side)
            self.names |= {(kind, side, str(hands.key(row))): hands.name(kind, side, row) for row in rows}
        asked = self._asked()
        for thing in self.things:
            self._ended(thing, {side for side in SIDES if thing.name in seen[thing.kind, side]}, asked)
            fresh, thing.agreed, thing.loose = not thing.agreed, True, False
            for name, found in thing.fields.items():
                values = {side: seen[thing.kind, side][thing.name][name] for side in thing.sides(name)}
                if values:
                    self._compare(thing, name, found, values, asked, fresh=fresh)

    def _ended(self, thing: Thing, there: set[str], asked: Asked) -> None:
        """What is gone is gone, what is not is there; all the rest has ended if it was to end, and nobody edited it."""
        wrong = f"{thing.name} is at {sorted(there)}, gone from {sorted(thing.gone)}"
        if (thing.pending or thing.maybe) and not there:
            assert not thing.must_stay, f"{wrong}, although it was edited meanwhile"
            self.acts["ended everywhere"] += 1
            thing.gone = set(SIDES)
            thing.answered = set(SIDES)
        assert there == set(SIDES) - thing.gone, wrong
        if thing.name in asked.get("gone", ()) and thing.pending:
            # What it is asked about may have been lost before, unseen; that it is gone elsewhere, too, is no answer.
            unseen = asked["gone"][thing.name].isdisjoint(thing.pending)
            assert thing.edited or thing.merged or unseen, f"{wrong}, and nobody edited it meanwhile"
            self.acts["edited elsewhere, and kept"] += 1
            thing.answered |= thing.gone
        if thing.name in asked.get("merged", ()) and thing.pending:
            # Removed on one side and merged on another: what is left is merged by a person, and ends nowhere.
            assert thing.merged, f"{wrong}, and nobody merged it"
            self.acts["removed and merged, and kept"] += 1
            thing.answered |= thing.gone

    def _compare(
        self, thing: Thing, name: str, found: Field, values: dict[str, str], asked: Asked, *, fresh: bool
    ) -> None:
        """`fresh`: nothing was agreed on it before, so that what a run from one side has written counts as typed."""
        typed, agreed = set(found.typed.values()), {found.agreed_at(side) for side in SIDES}
        apart = {side: found.agreed_at(side) for side in values}
        where = f"{thing.name}, {name}: agreed {found.agreed!r}, apart {found.apart}, typed {found.typed}, now {values}"
        if values == apart and all(value == found.agreed_at(side) for side, value in found.typed.items()):
            found.typed.clear()
            return
        if len(set(values.values())) > 1:
            found.typed |= {side: value for side, value in values.items() if fresh and value}
            assert len(set(found.typed.values())) > 1 and thing.name in asked.get("conflict", ()), where
            assert set(values.values()) <= typed | agreed | found.ever, where
            return
        (value,) = set(values.values())
        assert found.unsure or value in (typed or agreed), where
        thing.fields[name] = Field(value)

    def _asked(self) -> Asked:
        """The records that a person is asked about."""
        with self.world.project() as project:
            found = project.quarantine()
        assert {record.cause for record in found} <= {"conflict", "gone", "merged"}, [
            (q.cause, q.message) for q in found
        ]
        asked: Asked = {}
        for record in found:
            name = self.names[record.entity, record.side, record.key]
            asked.setdefault(record.cause, {}).setdefault(name, set()).add(record.side)
        return asked

    def teardown(self) -> None:
        for sandbox in self.world.sandboxes.values():
            sandbox.faults.clear()
        self.world.clock.now += 100_000
        self._sync_and_agree()
        # What a vendor refuses, as a change of a record that somebody removed there, is tried twice more; and what a
        # list lacks is believed to be gone when two have lacked it.
        for _ in range(TRIES):
            self._sync_and_agree(full=True)
        for thing in self.things:
            assert not thing.pending or not thing.sides(), f"{thing.name} is gone from {thing.pending}, and lives on"
        self.world.forget_calls()
        self._sync()
        writes = self.world.writes()
        assert not any(writes.values()), f"nobody edits any more, yet a run writes {writes}"
        self.place.cleanup()


class EndingWalk(Walk):
    """The same walk, where what is gone from one side is deactivated on the others."""

    ends = True


def _siret(number: int) -> str:
    """A number that passes the check digit of a SIRET."""
    digits = f"7328293200{number:03}"
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits), 1)]
    return f"{digits}{-sum(n - 9 if n > 9 else n for n in doubled) % 10}"


def profile(walks: int, steps: int) -> settings:
    """Settings for so many walks; a failure is told with all its steps, made fewer where that is quickly done."""
    return settings(
        max_examples=walks,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.walk")
    parser.add_argument("--seed", type=int, default=1, help="the first, of which the steps are drawn")
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, one after the other")
    parser.add_argument("--walks", type=int, default=20, help="of each seed, each way; default: 20")
    parser.add_argument("--steps", type=int, default=60, help="of a walk, at most; default: 60")
    asked = parser.parse_args(words)
    started = time.monotonic()
    for number in range(asked.seed, asked.seed + asked.seeds):
        try:
            chosen = profile(asked.walks, asked.steps)
            for walk in (Walk, EndingWalk):
                run_state_machine_as_test(seed(number)(walk), settings=chosen, _min_steps=asked.steps)
        except Exception:
            command = f"python -m tests.soak.walk --seed {number} --walks {asked.walks} --steps {asked.steps}"
            print(f"again: {command}", file=sys.stderr)
            raise
    total = 2 * asked.seeds * asked.walks
    print(f"{total} walks, {total * asked.steps} steps, {Walk.runs} runs: all sides alike, nothing doubled, nothing "
          f"lost, silence ({time.monotonic() - started:.0f} s)")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
