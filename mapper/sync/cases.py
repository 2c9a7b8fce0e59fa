"""A mapping's own tests: native records given on one side, compared with what the others would be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mapper.compile import CompiledMapping
from mapper.errors import MapperError, Position, RuleError
from mapper.records import ABSENT, CLEAR, Record
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.load import Loaded
from mapper.spec.mapping import Case
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
    """One case and in what it fails, if in anything."""

    entity: str
    position: Position
    about: str
    differences: tuple[Difference, ...]


def run_cases(loaded: Loaded[MappingSpec], mapping: CompiledMapping) -> list[CaseResult]:
    """Run the tests of a mapping, in their order."""
    results = []
    for number, case in enumerate(loaded.spec.tests):
        steps: Steps = ("tests", number)
        found = tuple(_differences(case, mapping, loaded.document, steps))
        about = case.about or f"test {number + 1}"
        results.append(CaseResult(loaded.spec.entity, loaded.document.at(steps), about, found))
    return results


def _differences(case: Case, mapping: CompiledMapping, document: Document, steps: Steps) -> Iterator[Difference]:
    def wrong(place: Steps, message: str, side: str = "") -> Difference:
        return Difference(document.at((*steps, *place)), side, "", ABSENT, ABSENT, message)

    if len(case.given) != 1:
        yield wrong(("given",), f"a test is given one side's record, not {len(case.given)}")
        return
    [(source, native)] = case.given.items()
    if source not in mapping.sides:
        yield wrong(("given", source), f"'{source}' is not a side ({nearest(source, mapping.sides)})")
        return
    if not isinstance(native, dict):
        yield wrong(("given", source), "the given record is not a table (key: value)")
        return
    canonical, problems = _read(mapping, source, native)
    targets = [s for s in case.expect if s in mapping.sides] or [s for s in mapping.sides if s != source]
    written = {side: _write(mapping, side, canonical) for side in targets} if not problems else {}
    said = problems + [problem for _, found in written.values() for problem in found]
    if ERROR in case.expect:
        yield from _compare_error(str(case.expect[ERROR]), said, document.at((*steps, "expect", ERROR)))
        return
    if problems:
        yield from (wrong(("given",), _words(problem), source) for problem in problems)
        return
    for name, wanted in case.expect.items():
        place: Steps = ("expect", name)
        if name == CANONICAL:
            yield from _compare(mapping.dump(canonical), wanted, document, (*steps, *place), name)
        elif name not in written:
            known = (*mapping.sides, CANONICAL, ERROR)
            yield wrong(place, f"'{name}' is not a side ({nearest(name, known)})")
        else:
            record, found = written[name]
            yield from (wrong(place, _words(problem), name) for problem in found)
            if not found:
                yield from _compare(record, wanted, document, (*steps, *place), name)


def _read(mapping: CompiledMapping, side: str, native: Record) -> tuple[Record, list[RuleError]]:
    try:
        return mapping.sides[side].read(native)
    except RuleError as error:
        return {}, [error]


def _write(mapping: CompiledMapping, side: str, canonical: Record) -> tuple[Record, list[RuleError]]:
    try:
        return mapping.sides[side].write(canonical, None, True)
    except RuleError as error:
        return {}, [error]


def _words(problem: MapperError) -> str:
    field = getattr(problem, "field", "")
    return f"{field}: {problem.message}" if field else problem.message


def _compare_error(wanted: str, problems: list[RuleError], position: Position) -> Iterator[Difference]:
    words = [_words(problem) for problem in problems]
    if not words:
        yield Difference(position, "", "", ABSENT, ABSENT, f"expected a problem with {wanted!r}, but there is none")
    elif not any(wanted in text for text in words):
        message = f"expected a problem with {wanted!r}, found {'; '.join(words)}"
        yield Difference(position, "", "", ABSENT, ABSENT, message)


def _compare(found: Any, wanted: Any, document: Document, steps: Steps, side: str) -> Iterator[Difference]:
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
