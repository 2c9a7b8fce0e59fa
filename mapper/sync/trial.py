"""What becomes of single records on their way from one side to another, value by value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mapper.compile import CompiledMapping
from mapper.errors import NOWHERE, Position, RuleError
from mapper.records import ABSENT, Record


@dataclass(frozen=True)
class Step:
    """The way of one field: native value, canonical value, written value; ABSENT where there is none."""

    field: str
    type: str
    raw: Any
    canonical: Any
    path: str
    written: Any
    position: Position
    problem: str = ""


@dataclass
class Trial:
    """One record: what would be written, how each field came to it, and what does not fit."""

    canonical: Record
    written: Record
    problems: list[RuleError] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def trial(mapping: CompiledMapping, record: Record, source: str, target: str, *, explain: bool = False) -> Trial:
    """Read a native record of one side and write it as a create on another; nothing is raised, nothing sent.

    Where it does not fit, nothing is written, or with `explain` as much as fits.
    """
    canonical, problems = _attempt(lambda: mapping.sides[source].read(record))
    written: Record = {}
    if explain or not problems:
        written, more = _attempt(lambda: mapping.sides[target].write(canonical, None, True))
        problems += more
    found = Trial(canonical, written, problems)
    if explain:
        found.steps = [_step(mapping, name, record, found, source, target) for name in mapping.rows]
    return found


def _attempt(work: Any) -> tuple[Record, list[RuleError]]:
    try:
        record, problems = work()
    except RuleError as error:
        return {}, [error]
    return record, list(problems)


def _step(mapping: CompiledMapping, name: str, record: Record, found: Trial, source: str, target: str) -> Step:
    read, write = mapping.sides[source].cells.get(name), mapping.sides[target].cells.get(name)
    place = read or write
    raw: Any = ABSENT
    if read is not None and read.native is not None:
        raw = read.native.read.get(record)
    shown = mapping.dump({name: found.canonical[name]})[name] if name in found.canonical else ABSENT
    return Step(
        field=name,
        type=mapping.rows[name].type,
        raw=raw,
        canonical=shown,
        path=write.native.path if write and write.native else "",
        written=write.target.get(found.written) if write and write.target else ABSENT,
        position=place.position if place else NOWHERE,
        problem="; ".join(problem.message for problem in found.problems if problem.field == name),
    )
