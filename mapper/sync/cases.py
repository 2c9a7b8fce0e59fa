"""A mapping's own tests: native records given on one side, compared with what the others would be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from mapper.compile import CompiledMapping
from mapper.compile.vocabulary import Vocabulary
from mapper.errors import MapperError, Position, RuleError
from mapper.expr.expressions import parse_expression
from mapper.records import ABSENT, CLEAR, Record
from mapper.spec.cases import Placed, load_cases
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.load import Loaded
from mapper.spec.mapping import Mapping as MappingSpec

#: The key of `expect` that stands for the record in the middle, and the one for a problem's words.
CANONICAL = "canonical"
ERROR = "error"


@dataclass(frozen=True)
class Difference:
    """One point in which a case fails; `wanted` and `found` are ABSENT where there is no value."""

    position: Position
    side: str
    path: str
    wanted: Any
    found: Any
    message: str = ""


@dataclass(frozen=True)
class CaseResult:
    """One case and in what it fails, if in anything.

    `steps` lead to what is expected in the `document` of its file, `wanted` is what stands there, and `found` what
    would have to; it is ABSENT where the case itself is wrong. `source` is the side that is given, `targets` those
    that are compared.
    """

    entity: str
    position: Position
    about: str
    differences: tuple[Difference, ...]
    document: Document
    steps: Steps
    wanted: Any = ABSENT
    found: Any = ABSENT
    given: Any = None
    source: str = ""
    targets: tuple[str, ...] = ()


class WrongCase(Exception):
    """A case that cannot be run: where, in words, and of which side."""

    def __init__(self, place: Steps, message: str, side: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.side = side


@dataclass
class Outcome:
    """What became of a record: the canonical one, what each target is written, and what does not fit.

    A target that does not accept the record is written None.
    """

    canonical: Record
    problems: list[RuleError]
    written: dict[str, tuple[Record | None, list[RuleError]]]

    @property
    def said(self) -> list[RuleError]:
        return self.problems + [problem for _, found in self.written.values() for problem in found]


class Runner:
    """Runs cases on one compiled mapping."""

    def __init__(self, mapping: CompiledMapping) -> None:
        self.mapping = mapping
        spec = mapping.spec
        scope = Vocabulary(spec, Document("")).scope(tuple(spec.fields)) if spec.filter else None
        texts = ((one, one.only if "{{" in one.only else f"{{{{ {one.only} }}}}") for one in spec.filter)
        self.filters = [(one.because or one.only, parse_expression(text, scope=scope)) for one, text in texts]

    def outcome(self, source: str, native: Record, targets: Sequence[str]) -> Outcome:
        """What a sync would make of a new record."""
        mapping = self.mapping
        try:
            where = mapping.sides[source].where
            if where is not None and not where(native):
                return Outcome({}, [RuleError(f"the record is left alone: {mapping.spec.sides[source].where}")], {})
            canonical, problems = mapping.sides[source].read(native)
            if not problems:
                problems = [RuleError(because) for because, only in self.filters if not only.call(canonical)][:1]
        except RuleError as error:
            return Outcome({}, [error], {})
        written = {side: self._write(side, canonical) for side in targets} if not problems else {}
        return Outcome(canonical, problems, written)

    def _write(self, side: str, canonical: Record) -> tuple[Record | None, list[RuleError]]:
        compiled = self.mapping.sides[side]
        try:
            if compiled.accepts is not None and not compiled.accepts(canonical):
                return None, []
            return compiled.create(canonical)
        except RuleError as error:
            return {}, [error]

    def run(self, placed: Placed, number: int) -> CaseResult:
        """One case, compared with what is expected."""
        case, document, steps = placed.case, placed.document, placed.steps
        about = case.about or f"test {number}"
        result = CaseResult(
            self.mapping.entity,
            document.at(steps),
            about,
            (),
            document,
            (*steps, "expect"),
            case.expect,
            given=case.given,
        )
        try:
            source, targets = self._way(placed)
        except WrongCase as wrong:
            place = document.at((*steps, *wrong.place))
            return replace(result, differences=(Difference(place, wrong.side, "", ABSENT, ABSENT, wrong.message),))
        outcome = self.outcome(source, case.given[source], targets)
        found = tuple(self._compared(case.expect, outcome, document, result.steps, source))
        now = self._now(case.expect, outcome) if found else case.expect
        return replace(result, differences=found, found=now, source=source, targets=targets)

    def _way(self, placed: Placed) -> tuple[str, tuple[str, ...]]:
        """The side that is given and those that are written."""
        case, sides = placed.case, self.mapping.sides
        if len(case.given) != 1:
            raise WrongCase(("given",), f"a test is given one side's record, not {len(case.given)}")
        [(source, native)] = case.given.items()
        if source not in sides:
            raise WrongCase(("given", source), f"'{source}' is not a side ({nearest(source, sides)})")
        if not isinstance(native, dict):
            raise WrongCase(("given", source), "the given record is not a table (key: value)")
        known = (*sides, CANONICAL, ERROR)
        for name in case.expect:
            if name not in known:
                raise WrongCase(("expect", name), f"'{name}' is not a side ({nearest(name, known)})")
        others = tuple(side for side in sides if side != source)
        return source, tuple(side for side in case.expect if side in sides) or others

    def _compared(
        self, expect: Record, outcome: Outcome, document: Document, steps: Steps, source: str
    ) -> Iterator[Difference]:
        if ERROR in expect:
            yield from _compare_error(expect[ERROR], outcome.said, document, (*steps, ERROR))
            if not outcome.said:
                return
        else:
            for problem in outcome.problems:
                yield Difference(document.at((*steps[:-1], "given")), source, "", ABSENT, ABSENT, words_of(problem))
        if outcome.problems:
            return
        for name, wanted in expect.items():
            place = (*steps, name)
            if name == CANONICAL:
                yield from compare(self.mapping.dump(outcome.canonical), wanted, document, place, name)
            elif name != ERROR:
                record, problems = outcome.written[name]
                if ERROR in expect or not problems:
                    # To a side that refuses a record nothing is written.
                    yield from compare(None if problems else record, wanted, document, place, name)
                else:
                    for problem in problems:
                        yield Difference(document.at(place), name, "", ABSENT, ABSENT, words_of(problem))

    def _now(self, expect: Record, outcome: Outcome) -> Record:
        """What would have to be expected, as near as can be to what is."""
        now: Record = {}
        sides = [name for name in expect if name in outcome.written]
        old = expect.get(ERROR, ABSENT)
        for name in expect if not outcome.problems else ():
            if name == CANONICAL:
                now[name] = self.mapping.dump(outcome.canonical)
            elif name in sides:
                record, problems = outcome.written[name]
                # A side that refuses alone goes without saying; beside others, nothing is written to it.
                if not problems or len(sides) > 1 or old is not ABSENT:
                    now[name] = None if problems else record
        refused = [problem for name in sides for problem in outcome.written[name][1]]
        said = outcome.said if old is not ABSENT else outcome.problems + refused
        if said:
            kept = old is not ABSENT and not any(_compare_error(old, said, Document(""), ()))
            many = isinstance(old, dict) or len(outcome.problems) > 1
            now[ERROR] = old if kept else _error_of(said, many)
        elif not now:
            now = {name: record for name, (record, _) in outcome.written.items()}
        return now


def run_cases(loaded: Loaded[MappingSpec], mapping: CompiledMapping) -> list[CaseResult]:
    """Run the tests of a mapping and of its files of cases, in their order; raises SpecError for such a file."""
    runner = Runner(mapping)
    return [
        runner.run(placed, placed.steps[-1] + 1) for placed in load_cases(loaded) if isinstance(placed.steps[-1], int)
    ]


def words_of(problem: MapperError) -> str:
    """A problem with the name of its field."""
    field = getattr(problem, "field", "")
    return f"{field}: {problem.message}" if field else problem.message


def _error_of(said: list[RuleError], many: bool) -> Any:
    """The expectation that fits these problems: the words of the first, or of `many` those of each field."""
    fields = {problem.field: problem.message for problem in said}
    return fields if many and "" not in fields and len(fields) == len(said) else words_of(said[0])


def _compare_error(wanted: Any, problems: list[RuleError], document: Document, steps: Steps) -> Iterator[Difference]:
    """What is not as expected of the problems: one holds these words, or each of these fields has one."""
    position = document.at(steps)
    if isinstance(wanted, dict):
        yield from _compare_errors(wanted, problems, document, steps)
        return
    said = [words_of(problem) for problem in problems]
    if not said:
        message = f"expected a problem with {wanted!r}, but there is none"
        yield Difference(position, "", "", ABSENT, ABSENT, message)
    elif not any(str(wanted) in text for text in said):
        message = f"expected a problem with {wanted!r}, found {'; '.join(said)}"
        yield Difference(position, "", "", ABSENT, ABSENT, message)


def _compare_errors(
    wanted: Record, problems: list[RuleError], document: Document, steps: Steps
) -> Iterator[Difference]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem.message)
    for name in [*wanted, *(name for name in found if name not in wanted)]:
        one = wanted.get(name, ABSENT)
        said = found.get(name, [])
        if one is ABSENT or not any(str(one) in text for text in said):
            other = "; ".join(said) if said else ABSENT
            yield Difference(document.at((*steps, name)), ERROR, name, one, other)


def compare(found: Any, wanted: Any, document: Document, steps: Steps, side: str) -> Iterator[Difference]:
    """The differences of two values, table by table, each at its place in the file."""
    pending: list[tuple[Any, Any, Steps, str]] = [(found, wanted, steps, "")]
    while pending:
        one, other, place, path = pending.pop(0)
        if isinstance(one, dict) and isinstance(other, dict):
            for key in [*other, *(k for k in one if k not in other)]:
                inner = f"{path}.{key}" if path else str(key)
                pending.append((one.get(key, ABSENT), other.get(key, ABSENT), (*place, key), inner))
        elif not same(one, other):
            yield Difference(document.at(place), side, path, other, one)


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike on the wire: true is not 1, and "1" is not 1; null and CLEAR are."""
    one, other = (None if value is CLEAR else value for value in (one, other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    numbers = (int, float, Decimal)
    if isinstance(one, numbers) and isinstance(other, numbers) and bool not in (type(one), type(other)):
        return one == other or str(one) == str(other)
    return type(one) is type(other) and bool(one == other)
