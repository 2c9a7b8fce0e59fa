"""The records of an earlier run through another mapping: what would come out otherwise.

Both mappings are compiled in the same way, against the same lists and custom fields, so that nothing differs but what
they say. Compared is what a create would be given; what stands at a vendor is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mapper.compile import CompiledMapping, CompiledSide, compile_mapping
from mapper.errors import Position, RuleError, SpecError, UsageError
from mapper.records import ABSENT, Record
from mapper.spec.load import Loaded
from mapper.spec.mapping import Mapping
from mapper.state import kept
from mapper.sync.cutdown import cut_sides, lacking
from mapper.sync.keeping import mapping_from, unsqueeze
from mapper.sync.offline import compile_offline
from mapper.sync.project import Project
from mapper.sync.trial import plain

#: What becomes of a record on its way to one side.
WRITTEN, FAILS, LEFT = "written", "fails", "left alone"


@dataclass(frozen=True)
class Difference:
    """One value that comes out otherwise; `before` and `after` are None where there is no value."""

    path: str
    before: Any
    after: Any
    field: str = ""
    place: str = ""


@dataclass(frozen=True)
class Replayed:
    """One record on its way to one side, where that differs; `before` and `after` are `written`, `fails`, `left alone`.

    `problems` are those with the edited mapping; `differences` are given where it is written before and after.
    """

    source: str
    key: str
    title: str
    target: str
    before: str
    after: str
    differences: tuple[Difference, ...] = ()
    problems: tuple[str, ...] = ()
    problems_before: tuple[str, ...] = ()


@dataclass
class Replay:
    """The outcome of a replay, or, where `run` is None, of two mappings side by side on the vendors' records.

    `ways` counts records times the sides that each could be written to, `fields` the differing values by field; `rows`
    holds the first of what differs. `failing_alike` counts the ways that fail before and after with the same words, of
    which `first_failure` holds the first.
    """

    run: int | None
    entity: str
    records: int = 0
    ways: int = 0
    differing: int = 0
    failing_now: int = 0
    failing_no_more: int = 0
    failing_alike: int = 0
    first_failure: str = ""
    left_now: int = 0
    left_no_more: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    rows: list[Replayed] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where nothing differs, else 3."""
        return 3 if self.differing else 0

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain data, as `--json` prints it."""
        return asdict(self)


def replay(
    project: Project, run: int, edited: Loaded[Mapping] | None = None, *, live: bool = False, most: int = 0
) -> Replay:
    """Put the records that are kept of a run through an edited mapping; without one, through the project's as it is.

    `live` takes lists and custom fields from the vendors instead of the catalogue; of what differs at most `most` rows
    are given, 0 for all. Raises UsageError where nothing is kept, or less than the mapping looks at, SpecError where a
    mapping cannot be compiled.
    """
    row = project.store.run(run)
    if row is None:
        raise UsageError(f"there is no run {run}", hint="see `mapper runs`")
    data = kept.mapping_of(project.store, run)
    if data is None:
        words = f"no records are kept of run {run}: it changed nothing, or is older than the last {kept.RUNS}"
        raise UsageError(words, hint="see `mapper runs`")
    entity = row["entity"]
    loaded = edited or project.mapping(entity)
    if loaded.spec.entity != entity:
        raise UsageError(f"run {run} is about '{entity}', and the mapping about '{loaded.spec.entity}'")
    before, after = compiled(mapping_from(data), project, live), compiled(loaded, project, live)
    for side in cut_sides(project.store, run) & before.sides.keys() & after.sides.keys():
        if members := lacking(before.sides[side], after.sides[side]):
            names = ", ".join(members)
            words = f"the records of run {run} were read on {side} without {names}, which the mapping now looks at"
            raise UsageError(words, hint="`mapper plan --beside` compares mappings on the vendors' own records")
    found = Replay(run, entity)
    for record in kept.records(project.store, run):
        put_through(before, after, (record["side"], record["key"], unsqueeze(record["native"])), found, most)
    return found


def put_through(
    before: CompiledMapping, after: CompiledMapping, record: tuple[str, str, Record], found: Replay, most: int
) -> None:
    """Put one record, as (side, key, native), through both mappings and add what differs to what was found."""
    found.records += 1
    for way in _ways(before, after, *record, found):
        found.differing += 1
        found.failing_now += way.after == FAILS != way.before
        found.failing_no_more += way.before == FAILS != way.after
        found.left_now += way.after == LEFT != way.before
        found.left_no_more += way.before == LEFT != way.after
        for difference in way.differences:
            name = difference.field or difference.path
            found.fields[name] = found.fields.get(name, 0) + 1
        if not most or len(found.rows) < most:
            found.rows.append(way)


def compiled(loaded: Loaded[Mapping], project: Project, live: bool) -> CompiledMapping:
    """A mapping of the project's, or one beside it; `live` asks the vendors for lists and custom fields."""
    if live:
        contexts = {side: project.side(loaded, side, live=True) for side in loaded.spec.sides}
        loaded.document.restart()
        return compile_mapping(loaded.spec, loaded.document, contexts)
    # The lists of a mapping are there for its tests; the records of a run held what the vendors' lists hold.
    lists = {
        name: {key: values for key, values in own.items() if key not in project.catalogue(name).lists}
        for name, own in loaded.spec.lists.items()
        if name in project.spec.connections
    }
    loaded = replace(loaded, spec=replace(loaded.spec, lists=lists))
    made, problems = compile_offline(loaded, project, own=False)
    if made is None:
        raise SpecError(problems)
    return made


def _ways(
    before: CompiledMapping, after: CompiledMapping, source: str, key: str, native: Record, found: Replay
) -> Iterator[Replayed]:
    """The ways of one record that differ."""
    for target in dict.fromkeys((*after.sides, *before.sides)):
        if target == source or not (_carries(before, source, target) or _carries(after, source, target)):
            continue
        found.ways += 1
        old, new = _outcome(before, native, source, target), _outcome(after, native, source, target)
        both = old.what == new.what == WRITTEN
        differences = tuple(_differences(old.native, new.native, after.sides[target])) if both else ()
        if old.what == new.what and not differences and old.problems == new.problems:
            if new.what == FAILS:
                found.failing_alike += 1
                found.first_failure = found.first_failure or new.problems[0]
            continue
        yield Replayed(
            source, key, new.title or old.title, target, old.what, new.what, differences, new.told(), old.problems
        )


def _carries(mapping: CompiledMapping, source: str, target: str) -> bool:
    """Whether a mapping carries anything from one side to another."""
    sides = mapping.spec.sides
    if source not in sides or target not in sides:
        return False
    return sides[source].role != "target" and sides[target].role != "source"


@dataclass(frozen=True)
class _Outcome:
    what: str
    native: Record
    title: str = ""
    problems: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def told(self) -> tuple[str, ...]:
        """The problems with their places."""
        pairs = zip(self.problems, self.places, strict=True)
        return tuple(f"{place}: {words}" if place else words for words, place in pairs)


def _outcome(mapping: CompiledMapping, native: Record, source: str, target: str) -> _Outcome:
    """What a mapping makes of a record, as far as it lets rows go this way."""
    if not _carries(mapping, source, target):
        return _Outcome(LEFT, {})
    one, other = mapping.sides[source], mapping.sides[target]
    title = ""
    try:
        if one.where is not None and not one.where(native):
            return _Outcome(LEFT, {})
        canonical, problems = one.read(native)
        title = mapping.title(canonical)
        if not problems and not _wanted(mapping, other, canonical):
            return _Outcome(LEFT, {}, title)
        written: Record = {}
        if not problems:
            going = {name for name, (start, goal) in mapping.directions.items() if source in start and target in goal}
            written, problems = other.write(canonical, frozenset(going), True)
    except RuleError as error:
        problems = [error]
    if problems:
        words = tuple(
            f"{problem.field}: {problem.message}" if problem.field else problem.message for problem in problems
        )
        return _Outcome(FAILS, {}, title, words, tuple(_place(problem.position) for problem in problems))
    return _Outcome(WRITTEN, plain(written), title)


def _wanted(mapping: CompiledMapping, side: CompiledSide, canonical: Record) -> bool:
    return mapping.left_out(canonical) is None and (side.accepts is None or bool(side.accepts(canonical)))


def _place(position: Position) -> str:
    return str(position) if position.file else ""


def _differences(before: Record, after: Record, side: CompiledSide) -> Iterator[Difference]:
    """The values that differ, table by table, with the row that writes each now."""
    rules = _rules(side)
    pending: list[tuple[Any, Any, str]] = [(before, after, "")]
    while pending:
        one, other, path = pending.pop(0)
        if isinstance(one, dict) and isinstance(other, dict):
            for name in [*other, *(n for n in one if n not in other)]:
                inner = f"{path}.{name}" if path else str(name)
                pending.append((one.get(name, ABSENT), other.get(name, ABSENT), inner))
        elif type(one) is not type(other) or one != other:
            name, place = next((rules[p] for p in _above(path) if p in rules), ("", ""))
            held, holds = (None if value is ABSENT else value for value in (one, other))
            yield Difference(path, held, holds, name, place)


def _above(path: str) -> Iterator[str]:
    """A path, and those of the tables around it."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _rules(side: CompiledSide) -> dict[str, tuple[str, str]]:
    """By the place that it writes: a row and where it stands."""
    found = {}
    for name, cell in side.cells.items():
        for place in (str(cell.target.text) if cell.target is not None else "").split(", "):
            found[place.partition("[")[0]] = (name, _place(cell.position))
    return found
