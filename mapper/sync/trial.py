"""What becomes of a record on its way from one side to another, field by field and step by step.

The steps are those of `compile.plain`, which say what the generated code does; nothing is raised, nothing is sent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mapper.compile import CompiledMapping, CompiledSide
from mapper.compile.cells import CompiledCell
from mapper.compile.plain import as_rule_error, raw_value, read_steps, write_steps
from mapper.errors import NOWHERE, Position, RuleError
from mapper.records import ABSENT, CLEAR, Record


@dataclass(frozen=True)
class Stage:
    """One step by its name, and the value that it gave; ABSENT for none, CLEAR for what is to be emptied."""

    name: str
    value: Any


@dataclass
class FieldWay:
    """The way of one field; its values are ABSENT where there is none.

    `read_from` and `written_to` are paths or expressions, "" where the side has no cell; `notes` are the decisions on
    the way in words; `problem` is what did not fit, `refused_by` the step that said so, "" for a side's demand.
    """

    field: str
    type: str
    read_from: str = ""
    read_place: Position = NOWHERE
    raw: Any = ABSENT
    reading: list[Stage] = dataclasses.field(default_factory=list)
    canonical: Any = ABSENT
    writing: list[Stage] = dataclasses.field(default_factory=list)
    written_to: str = ""
    write_place: Position = NOWHERE
    written: Any = ABSENT
    notes: list[str] = dataclasses.field(default_factory=list)
    problem: str = ""
    refused_by: str = ""


@dataclass
class Explanation:
    """One record: the way of each field, what would be written, and what does not fit.

    Where there are problems, `written` holds what fits, but nothing of it would be sent. `notes` are about the record.
    """

    entity: str
    source: str
    target: str
    canonical: Record = dataclasses.field(default_factory=dict)
    written: Record = dataclasses.field(default_factory=dict)
    problems: list[RuleError] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    fields: list[FieldWay] = dataclasses.field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain data, as `--json` prints it: values that are not there are left out."""
        return {
            "entity": self.entity,
            "source": self.source,
            "target": self.target,
            "written": None if self.problems else plain(self.written),
            "problems": [problem_facts(problem) for problem in self.problems],
            "notes": self.notes,
            "fields": [_facts(way) for way in self.fields],
        }


def explain(mapping: CompiledMapping, record: Record, source: str, target: str) -> Explanation:
    """The way of a native record of one side to a create on another."""
    one, other = mapping.sides[source], mapping.sides[target]
    found = Explanation(mapping.entity, source, target)
    canonical: Record = {}
    for name, row in mapping.rows.items():
        way = FieldWay(name, row.type)
        found.fields.append(way)
        cell = one.cells.get(name)
        if cell is None or cell.source is None:
            way.notes.append(f"{source} does not give it")
            continue
        value = _read(cell, record, way, found.problems)
        if value is not ABSENT:
            canonical[name] = value
            way.canonical = _dumped(mapping, name, value)
    for way in found.fields:
        cell = other.cells.get(way.field)
        if cell is None or cell.target is None:
            way.notes.append(f"{target} has no cell for it" if cell is None else f"{target} is not written: read-only")
            continue
        way.written = _write(cell, canonical, way, found)
        way.notes += _kept_back(mapping, cell, way, source, target)
        if way.written is not ABSENT:
            cell.target.put(found.written, way.written)
    found.canonical = canonical
    found.notes = list(_about_record(mapping, one, other, record, canonical))
    return found


def _read(cell: CompiledCell, record: Record, way: FieldWay, problems: list[RuleError]) -> Any:
    """The canonical value of a field, its steps noted on the way."""
    way.read_from, way.read_place = _text(cell.source), cell.position
    value: Any = ABSENT
    number, given = 0, False
    try:
        way.raw = value = raw_value(cell, record)
        given = True
        for number, (name, found) in enumerate(read_steps(cell, value), 1):
            value = found
            if name == "default" and number > len(cell.read):
                way.notes.append("has no value: the row's default is taken")
            way.reading.append(Stage(name, value))
    except Exception as error:
        refusal = as_rule_error(error)
        if not given:
            way.refused_by = way.read_from
        elif number < len(cell.read):
            way.refused_by = cell.read[number].name
        return _refused(cell, refusal, way, problems)
    return value


#: What a row's `otherwise` puts in the place of a value that does not fit, and the words for it.
_OTHERWISE = {"skip": "it is left out", "null": "null is taken", "default": "the row's default is taken"}


def _refused(cell: CompiledCell, error: RuleError, way: FieldWay, problems: list[RuleError]) -> Any:
    way.problem = error.message
    words = _OTHERWISE.get(cell.otherwise)
    if words is None:
        problems.append(RuleError(error.message, field=cell.name, position=cell.position))
        if cell.otherwise == "error":
            way.notes.append("a run stops here (otherwise: error)")
        return ABSENT
    way.notes.append(f"{words} (otherwise: {cell.otherwise})")
    return {"skip": ABSENT, "null": None}.get(cell.otherwise, cell.fallback)


def _write(cell: CompiledCell, canonical: Record, way: FieldWay, found: Explanation) -> Any:
    """The native value of a field, ABSENT where nothing is written; its steps noted on the way."""
    way.written_to, way.write_place = _text(cell.target), cell.position
    number, given = 0, False
    value: Any = canonical.get(cell.name, ABSENT)
    try:
        for condition in cell.when:
            if not condition.call(canonical):
                way.notes.append(f"not written: when {condition.text} is false")
                return ABSENT
        if cell.value is not None:
            value = cell.value.call(canonical)
            way.writing.append(Stage(cell.value.text, value))
        given = True
        for number, (name, made) in enumerate(write_steps(cell, value, create=True), 1):
            if number > len(cell.write):
                way.notes.append(_DECIDED.get(name, name))
            value = made
            if number <= len(cell.write) or made is not ABSENT:
                way.writing.append(Stage(name, made))
    except Exception as error:
        refusal = as_rule_error(error)
        way.problem = refusal.message
        if not given:
            way.refused_by = cell.value.text if cell.value else "when"
        elif number < len(cell.write):
            way.refused_by = cell.write[number].name
        if cell.otherwise == "skip":
            way.notes.append("it is left out (otherwise: skip)")
        else:
            found.problems.append(RuleError(refusal.message, field=cell.name, position=cell.position))
        return ABSENT
    return value


#: What `plain.write_steps` decides after a cell's own steps.
_DECIDED = {
    "default": "has no value: the cell's default is taken",
    "empty on a create": "is empty, which a create does not say",
    "never clear": "is empty, which a create does not say",
}


def _kept_back(mapping: CompiledMapping, cell: CompiledCell, way: FieldWay, source: str, target: str) -> Iterator[str]:
    """What a sync does otherwise than this create, and why."""
    if way.written is ABSENT:
        if not way.problem and not way.notes and not any(stage.value is not ABSENT for stage in way.writing):
            yield f"not written: {source} does not say anything of it"
        return
    start, goal = mapping.directions[cell.name]
    if source not in start or target not in goal:
        row = mapping.rows[cell.name]
        yield f"a sync does not carry it this way (direction: {row.direction or mapping.spec.direction})"
    if cell.once:
        yield "on create only: the vendor lets it be written once"
    elif cell.policy != "always":
        yield f"an update obeys the policy: {cell.policy}"


def _about_record(
    mapping: CompiledMapping, one: CompiledSide, other: CompiledSide, record: Record, canonical: Record
) -> Iterator[str]:
    """Whether a sync would look at the record at all."""
    for condition, given, words in (
        (one.where, record, f"a sync leaves it alone: it is outside of the `where` of {one.name}"),
        (other.accepts, canonical, f"a sync does not create it: {other.name} does not accept it"),
    ):
        try:
            if condition is not None and not condition(given):
                yield words
        except RuleError as error:
            yield f"{words} ({error.message})"
    try:
        because = mapping.left_out(canonical)
    except RuleError as error:
        because = error.message
    if because is not None:
        yield f"a sync leaves it alone: {because}"


def _dumped(mapping: CompiledMapping, name: str, value: Any) -> Any:
    """A canonical value as plain data."""
    try:
        return mapping.dump({name: value})[name]
    except (RuleError, ArithmeticError, TypeError, ValueError, AttributeError):
        # What an expression gave need not be of the row's type, where nothing reads it as one.
        return value


def _text(place: Any) -> str:
    return str(place.text) if place is not None else ""


def problem_facts(problem: RuleError) -> dict[str, str]:
    """A problem of a record as plain data."""
    place = str(problem.position) if problem.position.file else ""
    return {"field": problem.field, "message": problem.message, "place": place}


def plain(value: Any) -> Any:
    """A native value as JSON shows it: what is emptied is null."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if part is not ABSENT}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return None if value is CLEAR or value is ABSENT else value


def _facts(way: FieldWay) -> dict[str, Any]:
    facts: dict[str, Any] = {"field": way.field, "type": way.type}
    for name in ("raw", "canonical", "written"):
        value = getattr(way, name)
        if value is not ABSENT:
            facts[name] = plain(value)
    facts["read_from"], facts["written_to"] = way.read_from, way.written_to
    facts["reading"], facts["writing"] = list(_stages(way.reading)), list(_stages(way.writing))
    for name, place in (("read_place", way.read_place), ("write_place", way.write_place)):
        facts[name] = str(place) if place.file else ""
    return {**facts, "notes": way.notes, "problem": way.problem, "refused_by": way.refused_by}


def _stages(stages: Iterable[Stage]) -> Iterator[dict[str, Any]]:
    for stage in stages:
        absent = stage.value is ABSENT
        yield {"step": stage.name} if absent else {"step": stage.name, "value": plain(stage.value)}
