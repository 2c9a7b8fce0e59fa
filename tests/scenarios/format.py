"""Scenario files: what may stand in them, and where it stands. Whatever is not known here is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.spec.document import Document, read

SIDES = ("koban", "nicoka", "cirrus")
#: `koban` stands for its companies, `koban people` for its contacts.
TABLES = (*SIDES, *(f"{side} people" for side in SIDES))

#: What a run is told besides its entities.
RUN = frozenset({"full", "from", "allow", "file", "called", "expect"})
#: Each step has exactly one of these words; the set names what may stand beside it.
STEPS: Mapping[str, frozenset[str]] = {
    "add": frozenset(),
    "edit": frozenset(),
    "delete": frozenset(),
    "merge": frozenset(),
    "wait": frozenset(),
    "clock": frozenset(),
    "fault": frozenset(),
    "mend": frozenset(),
    "switch": frozenset(),
    "mapping": frozenset(),
    "person": frozenset(),
    "project": frozenset(),
    "link": frozenset({"expect"}),
    "unlink": frozenset({"expect"}),
    "retry": frozenset({"expect"}),
    "drop": frozenset({"expect"}),
    "undo": frozenset({"dry", "creates", "called", "expect"}),
    "forget": frozenset({"expect"}),
    "beside": frozenset({"expect"}),
    "spoil": frozenset(),
    "show": frozenset({"expect"}),
    "values": frozenset(),
    "lose": frozenset(),
    "restart": frozenset(),
    "sync": RUN,
    "plan": RUN,
}
EXPECT = frozenset(
    {"exit", "error", "writes", "calls", "quarantine", "report", "sides", "silent", "outcome", "links", "killed"}
    | {"refused", "warnings", "told", "differs", "erased"}
)
#: The checks that end every scenario, and that a scenario can do without by saying why.
ENDS = frozenset({"silent", "unique"})
#: Whether one process goes on from run to run, as where the engine is embedded, or each run has its own, as with cron.
PROCESSES = ("one", "each run")
PATCHES = ("mapping", "person", "project")
_FILE = frozenset({"about", "mapping", "person", "project", "processes", "scenarios"})
_SCENARIO = frozenset({"name", "mapping", "person", "project", "processes", "steps", "unless"})


class Mistake(Exception):
    """A scenario that is wrong in itself: nothing was played."""


@dataclass(frozen=True)
class Step:
    """One step: its word, what stands after it, and what stands beside it."""

    word: str
    value: Any
    beside: Mapping[str, Any]
    line: int

    @property
    def expect(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.beside.get("expect") or {}
        return found


@dataclass(frozen=True)
class Scenario:
    """One situation. `mapping`, `person` and `project` are patches, the file's before the scenario's own."""

    file: str
    line: int
    name: str
    steps: tuple[Step, ...]
    patches: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    unless: Mapping[str, str] = field(default_factory=dict)
    processes: str = PROCESSES[0]

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


def load(path: Path) -> list[Scenario]:
    """The scenarios of a file; raises Mistake."""
    return scenarios(read(path, name="/".join(path.parts[-3:])))


def scenarios(document: Document) -> list[Scenario]:
    """The scenarios of a document; raises Mistake for the first thing that is wrong."""
    document.raise_problems()
    data = document.data
    _keys(document, (), data, _FILE, needed=("about", "scenarios"))
    found: list[Scenario] = []
    for i, one in enumerate(_list(document, ("scenarios",), data["scenarios"])):
        found.append(_scenario(document, ("scenarios", i), one, data))
    names = [one.name for one in found]
    for one in found:
        if names.count(one.name) > 1:
            raise Mistake(f"{one.place}: the name {one.name!r} is given twice")
    return found


def _scenario(document: Document, place: tuple[Any, ...], data: Any, around: Mapping[str, Any]) -> Scenario:
    _keys(document, place, data, _SCENARIO, needed=("name", "steps"))
    unless = data.get("unless", {})
    _keys(document, (*place, "unless"), unless, ENDS)
    for name, why in unless.items():
        if not isinstance(why, str) or len(why.split()) < 3:
            raise Mistake(f"{_at(document, (*place, 'unless'))}: say in a sentence why {name!r} is not to be expected")
    steps = tuple(parse_steps(document, (*place, "steps"), data["steps"]))
    if not any(step.expect for step in steps):
        raise Mistake(f"{_at(document, place)}: the scenario {data['name']!r} expects nothing")
    patches = {name: (*_several(around.get(name)), *_several(data.get(name))) for name in PATCHES}
    processes = data.get("processes", around.get("processes", PROCESSES[0]))
    if processes not in PROCESSES:
        raise Mistake(f"{_at(document, place)}: processes is one of {', '.join(PROCESSES)}")
    return Scenario(document.file, _line(document, place), str(data["name"]), steps, patches, unless, processes)


def parse_steps(document: Document, place: tuple[Any, ...], data: Any) -> Iterator[Step]:
    for i, one in enumerate(_list(document, place, data)):
        here = (*place, i)
        if not isinstance(one, dict):
            raise Mistake(f"{_at(document, here)}: a step is a word and its value")
        words = [name for name in one if name in STEPS]
        if len(words) != 1:
            raise Mistake(f"{_at(document, here)}: a step has exactly one of the words {', '.join(STEPS)}")
        word = words[0]
        _keys(document, here, one, STEPS[word] | {word})
        if "expect" in one:
            _keys(document, (*here, "expect"), one["expect"], EXPECT)
            if not one["expect"]:
                raise Mistake(f"{_at(document, (*here, 'expect'))}: nothing is expected")
        if word == "fault":
            one = {**one, "fault": _faults(document, (*here, "fault"), one["fault"])}
        yield Step(word, one[word], {k: v for k, v in one.items() if k != word}, _line(document, here))


def _faults(document: Document, place: tuple[Any, ...], data: Any) -> dict[str, Any]:
    """What happens in the middle of a call stands as steps under `do`."""
    known = frozenset({"kind", "method", "path", "times", "after", "status", "retry_after", "do"})
    _keys(document, place, data, frozenset(SIDES))
    found = {}
    for side, fault in data.items():
        _keys(document, (*place, side), fault, known, needed=("kind",))
        found[side] = dict(fault)
        if "do" in fault:
            found[side]["do"] = tuple(parse_steps(document, (*place, side, "do"), fault["do"]))
    return found


def _keys(
    document: Document, place: tuple[Any, ...], data: Any, known: frozenset[str], needed: tuple[str, ...] = ()
) -> None:
    if not isinstance(data, dict):
        raise Mistake(f"{_at(document, place)}: a table is wanted here")
    for name in data:
        if name not in known:
            raise Mistake(f"{_at(document, (*place, name))}: {name!r} is not known here; there are {sorted(known)}")
    for name in needed:
        if name not in data:
            raise Mistake(f"{_at(document, place)}: {name!r} is missing")


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _list(document: Document, place: tuple[Any, ...], data: Any) -> list[Any]:
    if not isinstance(data, list) or not data:
        raise Mistake(f"{_at(document, place)}: a list is wanted here")
    return data


def _line(document: Document, place: tuple[Any, ...]) -> int:
    return document.at(place).line


def _at(document: Document, place: tuple[Any, ...]) -> str:
    return f"{document.file}:{_line(document, place)}"
