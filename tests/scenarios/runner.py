"""Plays a scenario: one step after the other, and at the end what must be true of every situation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mapper.errors import MapperError
from mapper.sandbox.base import Fault
from mapper.sync import links, setaside
from mapper.sync.planfile import writing
from mapper.sync.project import Project
from mapper.sync.replay import Replay
from mapper.sync.report import Change, Quarantined, Report
from tests.scenarios import acts, patches
from tests.scenarios.endings import doubles
from tests.scenarios.format import PATCHES, SIDES, TABLES, Mistake, Scenario, Step
from tests.scenarios.screens import Key, Screen, screens
from tests.sync.world import World

_REFERENCE = re.compile(r"\{((?:koban|nicoka|cirrus)(?: people)?) ([^{}]+)\}")
#: `c1..30` stands for thirty records, c1 to c30, in whose values `{n}` is the number.
_MANY = re.compile(r"(\D*)(\d+)\.\.(\d+)")
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


class Killed(BaseException):
    """The process ends here, as far as the engine can tell."""


class Wrong(AssertionError):
    """Something came out otherwise than a scenario expects; says where, and what."""


@dataclass
class Outcome:
    """What a run, or another act of a person, came to; `calls` are those of this step, by side."""

    reports: list[Report] = field(default_factory=list)
    error: MapperError | None = None
    killed: bool = False
    changes: list[Change] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    calls: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    replay: Replay | None = None

    @property
    def exit_code(self) -> int:
        if self.error is not None:
            return self.error.exit_code
        if self.replay is not None:
            return self.replay.exit_code
        return max((report.exit_code for report in self.reports), default=0)

    def writes(self) -> list[str]:
        """The calls that may have changed something; buying a token is none."""
        return [
            f"{side} {verb} {path}"
            for side, calls in self.calls.items()
            for verb, path in calls
            if verb != "GET" and not path.endswith(("/oauth/token", "/login"))
        ]


class Stage:
    """The three systems, a project between them, and the names that the scenario gives to records."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.world = World(folder)
        self.screens: dict[str, Screen] = screens(self.world)
        #: table -> name -> key
        self.names: dict[str, dict[str, Key]] = {table: {} for table in TABLES}
        #: The same of records that people have deleted.
        self.deleted: dict[str, dict[str, Key]] = {table: {} for table in TABLES}
        self.seeded: dict[str, set[Key]] = {table: set() for table in TABLES}
        self.said = {name: list(scenario.patches.get(name, ())) for name in PATCHES}
        self.entities: list[str] = []
        #: What the scenario calls a run -> its number; `last` is the latest that was no plan.
        self.runs: dict[str, int] = {}
        self._open: Project | None = None
        for name in self.said:
            self.write(name)

    @contextmanager
    def project(self) -> Iterator[Project]:
        """The project, as a process that goes on has it, or as a new one has it that knows the state only."""
        if self._open is None:
            self._open = self.world.project()
        try:
            yield self._open
        finally:
            if self.scenario.processes == "each run":
                self.restart()

    def restart(self) -> None:
        """The process ends; the next one begins with what is in the files."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def write(self, name: str) -> None:
        """Write the project file, or one of the mappings, as the patches so far say."""
        self.restart()
        if name == "project":
            self.world.write("mapper.yaml", patches.project(self.said["project"]))
            return
        entity = "company" if name == "mapping" else name
        text = patches.mapping(entity, self.said[name])
        if text is not None:
            self.world.write(f"mappings/{entity}.yaml", text)

    # ---- names of records ---------------------------------------------------------------------------------------

    def key(self, table: str, name: str, *, gone: bool = False) -> Key:
        """The key of a record; with `gone` also of one that was deleted."""
        known = self.names[table]
        if gone and name in self.deleted[table]:
            return self.deleted[table][name]
        if name not in known:
            raise Mistake(f"no record of {table} is called {name!r}; there are {', '.join(known) or 'none'}")
        return known[name]

    def filled(self, value: Any) -> Any:
        """A value with keys in the place of references such as `{nicoka acme}`."""
        if isinstance(value, str):
            whole = _REFERENCE.fullmatch(value)
            if whole:
                return self.key(whole[1], whole[2])
            return _REFERENCE.sub(lambda m: str(self.key(m[1], m[2])), value)
        if isinstance(value, Mapping):
            return {name: self.filled(one) for name, one in value.items()}
        return [self.filled(one) for one in value] if isinstance(value, list) else value

    def learn(self) -> None:
        """A record that is linked with one that has a name has this name too, where the name is still free."""
        if not (self.world.folder / "mapper.db").exists():
            return
        with self.project() as project:
            for entity in project.entities:
                kind = " people" if entity == "person" else ""
                links: list[tuple[str, str]] = []
                for side in SIDES:
                    named = {name: str(key) for name, key in self.names[f"{side}{kind}"].items()}
                    rows = project.store.known(entity, side, list(named.values()), "link")
                    found = ((name, rows.get(key, {}).get("link")) for name, key in named.items())
                    links += [(name, link) for name, link in found if link is not None]
                others = project.store.linked(entity, sorted({link for _, link in links}))
                for name, link in links:
                    for other in others.get(link, []):
                        self._name(f"{other['side']}{kind}", name, other["key"])

    def _name(self, table: str, name: str, key: str) -> None:
        known = self.names[table]
        if name not in known and key not in map(str, known.values()):
            known[name] = int(key) if key.isdecimal() else key

    # ---- steps --------------------------------------------------------------------------------------------------

    def play(self, step: Step) -> Outcome:
        """Do what a step says; an engine's error belongs to the outcome."""
        outcome = Outcome()
        before = {side: len(sandbox.calls) for side, sandbox in self.world.sandboxes.items()}
        with _errors(outcome):
            getattr(self, f"_{step.word}")(step, outcome)
        for side, sandbox in self.world.sandboxes.items():
            outcome.calls[side] = [(call.method, call.path) for call in sandbox.calls[before[side] :]]
        if outcome.killed:
            self.restart()
        if step.word in ("sync", "link", "unlink", "retry", "drop", "undo"):
            self.learn()
        return outcome

    def _add(self, step: Step, _: Outcome) -> None:
        for table, name, values in self._each(step.value):
            if name in self.names[table]:
                raise Mistake(f"{table} has a record called {name!r} already")
            key = self.screens[table].add(self.filled(values))
            self.names[table][name] = key
            self.seeded[table].add(key)

    def _edit(self, step: Step, _: Outcome) -> None:
        for table, name, values in self._each(step.value):
            key = self.key(table, name)
            self.screens[table].edit(key, self.filled(values))

    def _delete(self, step: Step, _: Outcome) -> None:
        for table, names in self._tables(step.value):
            for name in _names(names):
                self.screens[table].delete(self.key(table, name))
                self.deleted[table][name] = self.names[table].pop(name)

    def _merge(self, step: Step, _: Outcome) -> None:
        for table, pairs in self._tables(step.value):
            for gone, kept in pairs.items():
                self.screens[table].merge(self.key(table, kept), self.key(table, gone))
                del self.names[table][gone]

    def _wait(self, step: Step, _: Outcome) -> None:
        found = re.fullmatch(r"(\d+) ?(s|min|h|d)", str(step.value))
        if found is None:
            raise Mistake(f"{step.value!r} is no time: write 90 s, 5 min, 3 h or 2 d")
        self.world.clock.now += int(found[1]) * _UNITS[found[2]]

    def _clock(self, step: Step, _: Outcome) -> None:
        moment = datetime.fromisoformat(step.value).timestamp()
        if moment < self.world.clock.now:
            raise Mistake(f"{step.value} is past already")
        self.world.clock.now = moment

    def _fault(self, step: Step, _: Outcome) -> None:
        for side, facts in step.value.items():
            given = {name: self.filled(value) for name, value in facts.items() if name != "do"}
            for name in ("times", "after", "status"):
                if name in given:
                    given[name] = int(given[name])
            if "do" in facts:
                given["hook"] = lambda steps=facts["do"]: self._aside(steps)
            if facts["kind"] == "killed":
                given |= {"kind": "hook", "hook": _kill}
            elif facts["kind"] == "meanwhile":
                given["kind"] = "hook"
            self.world.sandboxes[side].faults.append(Fault(**given))

    def _aside(self, steps: Sequence[Step]) -> None:
        for step in steps:
            getattr(self, f"_{step.word}")(step, Outcome())

    def _mend(self, step: Step, _: Outcome) -> None:
        for side in step.value if isinstance(step.value, list) else [step.value]:
            self.world.sandboxes[side].faults.clear()

    def _switch(self, step: Step, _: Outcome) -> None:
        for side, switches in step.value.items():
            self.world.sandboxes[side].set_switches({name: str(value) for name, value in switches.items()})

    def _mapping(self, step: Step, _: Outcome) -> None:
        self.said[step.word].append(self.filled(step.value))
        self.write(step.word)

    _person = _project = _mapping

    def _lose(self, step: Step, _: Outcome) -> None:
        if step.value != "state":
            raise Mistake("only the state can be lost: `lose: state`")
        self.restart()
        for file in self.world.folder.glob("mapper.db*"):
            file.unlink()

    def _restart(self, step: Step, _: Outcome) -> None:
        self.restart()

    def _link(self, step: Step, outcome: Outcome) -> None:
        entity = self._entity(step.value)
        texts = [f"{table.split()[0]}:{self.key(table, name)}" for table, name in map(_record, step.value)]
        with self.project() as project:
            links.join(project, entity, texts)

    def _unlink(self, step: Step, outcome: Outcome) -> None:
        entity = self._entity([step.value])
        table, name = _record(step.value)
        with self.project() as project:
            links.take_out(project, entity, f"{table.split()[0]}:{self.key(table, name, gone=True)}")

    def _retry(self, step: Step, outcome: Outcome) -> None:
        with self.project() as project:
            setaside.retry(project.store, self._chosen(project.store, step.value))

    def _drop(self, step: Step, outcome: Outcome) -> None:
        with self.project() as project:
            setaside.drop(project.store, self._chosen(project.store, step.value), self.world.clock())

    def _chosen(self, store: Any, cause: str) -> list[Any]:
        rows = [row for row in store.quarantined() if cause in ("all", row["cause"])]
        if not rows:
            raise Mistake(f"nothing is in quarantine with the cause {cause!r}")
        return rows

    def _undo(self, step: Step, outcome: Outcome) -> None:
        number = self._numbered_run(step.value)
        self.world.clock.now += 60
        with self.project() as project:
            report = acts.undo(project, number, step.beside)
            self._ran(project, report, step, outcome)
            outcome.quarantine = project.quarantine()

    def _forget(self, step: Step, outcome: Outcome) -> None:
        table, name = _record(step.value)
        with self.project() as project:
            key = self.key(table, name, gone=True)
            acts.forget(project, self._entity([step.value]), f"{table.split()[0]}:{key}")

    def _beside(self, step: Step, outcome: Outcome) -> None:
        with self.project() as project:
            outcome.replay = acts.compare(project, self._numbered_run(step.value))

    def _numbered_run(self, name: Any) -> int:
        if name not in self.runs:
            raise Mistake(f"no run is called {name!r}; there are {', '.join(self.runs) or 'none'}")
        return self.runs[name]

    def _ran(self, project: Project, report: Report, step: Step, outcome: Outcome) -> None:
        outcome.reports.append(report)
        outcome.changes += project.changes(report.run)
        for name in ("last" if report.outcome == "done" else None, step.beside.get("called")):
            if name:
                self.runs[name] = report.run

    def _spoil(self, step: Step, _: Outcome) -> None:
        acts.spoil(self.world.folder, step.value)

    def _show(self, step: Step, outcome: Outcome) -> None:
        outcome.changes += acts.show(self.world.folder, step.value)

    def _values(self, step: Step, _: Outcome) -> None:
        """What an administrator makes of the lists of the second system: null takes a value away."""
        if set(step.value) != {"nicoka"}:
            raise Mistake("only nicoka has lists that a scenario can change")
        lists = self.world.nicoka.account.lists
        for number, values in step.value["nicoka"].items():
            lists[str(number)] = patches.merged(lists[str(number)], {str(key): label for key, label in values.items()})

    def _sync(self, step: Step, outcome: Outcome) -> None:
        self._run(step, outcome)

    _plan = _sync

    def _run(self, step: Step, outcome: Outcome) -> None:
        given = step.value if isinstance(step.value, list) else [step.value]
        options: dict[str, Any] = {}
        for name, option in (("from", "sources"), ("allow", "allowed")):
            if name in step.beside:
                value = step.beside[name]
                options[option] = tuple(value) if isinstance(value, list) else (value,)
        if step.beside.get("full"):
            options["full"] = True
        file = acts.plan_file(self.world.folder, step.beside["file"]) if "file" in step.beside else None
        with writing(file) if file and step.word == "plan" else nullcontext(file) as chosen:
            if chosen is not None:
                options["file" if step.word == "plan" else "plan"] = chosen
            for entity in given:
                self._run_one(step, entity, options, outcome)

    def _run_one(self, step: Step, entity: str, options: Mapping[str, Any], outcome: Outcome) -> None:
        if entity not in self.entities:
            self.entities.append(entity)
        self.world.clock.now += 60
        with self.project() as project:
            verb = project.plan if step.word == "plan" else project.sync
            try:
                report = verb(entity, **options)
                self._ran(project, report, step, outcome)
            finally:
                outcome.quarantine = project.quarantine() if step.word == "sync" else outcome.quarantine
            if step.word == "plan":
                outcome.quarantine = outcome.quarantine + report.quarantine

    # ---- the shapes of what stands after a word ----------------------------------------------------------------

    def _each(self, value: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for table, records in self._tables(value):
            for name, values in records.items():
                many = _MANY.fullmatch(name)
                for n in range(int(many[2]), int(many[3]) + 1) if many else ():
                    yield table, f"{many[1]}{n}", {path: _numbered(one, n) for path, one in values.items()}
                if not many:
                    yield table, name, values

    def _tables(self, value: Any) -> Iterator[tuple[str, Any]]:
        for table, inner in value.items():
            if table not in TABLES:
                raise Mistake(f"there is no table {table!r}; there are {', '.join(TABLES)}")
            yield table, inner

    def _entity(self, records: Sequence[str]) -> str:
        return "person" if any(_record(one)[0].endswith("people") for one in records) else "company"

    # ---- the end ------------------------------------------------------------------------------------------------

    def endings(self) -> Iterator[tuple[str, str]]:
        """What every situation must come to, as (name, what is wrong)."""
        for sandbox in self.world.sandboxes.values():
            sandbox.faults.clear()
        self.restart()
        last = Step("sync", list(self.entities), {}, self.scenario.line)
        outcome = self.play(last)
        if outcome.error is not None:
            yield "silent", f"one more run ends with: {outcome.error}"
        elif outcome.writes():
            fields = [f"{c.side} {c.kind} {c.title}: {[f.name for f in c.fields]}" for c in outcome.changes]
            yield "silent", f"one more run still writes: {'; '.join(outcome.writes())} ({'; '.join(fields)})"
        with self.project() as project:
            for entity in self.entities:
                for words in doubles(project.mapping(entity).spec, self.screens, self.seeded):
                    yield "unique", words


@contextmanager
def _errors(outcome: Outcome) -> Iterator[None]:
    try:
        yield
    except Killed:
        outcome.killed = True
    except MapperError as error:
        outcome.error = error


def _names(value: Any) -> Iterator[str]:
    for name in value if isinstance(value, list) else [value]:
        many = _MANY.fullmatch(name)
        yield from (f"{many[1]}{n}" for n in range(int(many[2]), int(many[3]) + 1)) if many else [name]


def _numbered(value: Any, number: int) -> Any:
    return value.replace("{n}", str(number)) if isinstance(value, str) else value


def _kill() -> None:
    raise Killed


def _record(text: str) -> tuple[str, str]:
    """`nicoka people marie` as its table and its name."""
    for table in sorted(TABLES, key=len, reverse=True):
        if text.startswith(f"{table} "):
            return table, text[len(table) + 1 :]
    raise Mistake(f"{text!r} is no record: write it as `nicoka acme` or `nicoka people marie`")
