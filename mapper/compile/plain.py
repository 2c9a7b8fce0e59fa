"""The plain way of one value, step by step: where generated code leaves its fast path, and what explains a record.

Here is said once what a cell means; `generate` says the same in straight-line Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mapper.compile.cells import CompiledCell
from mapper.compile.composites import Parts
from mapper.compile.sides import below
from mapper.errors import RuleError
from mapper.expr.expressions import Expression
from mapper.records import ABSENT, CLEAR, Record

REQUIRED = "is required, and there is no value"
NEEDED = "has no value, and the field is required there"


class StopRun(RuleError):
    """A value does not fit, and its row says that the run must stop."""


def raw_value(cell: CompiledCell, record: Record) -> Any:
    """What a cell finds in a native record, before any step."""
    source = cell.source
    if source is None:
        return ABSENT
    if isinstance(source, Expression):
        return source.call(record)
    if source.plain:
        *above, last = source.parts
        parent = below(record, above)
        if not isinstance(parent, dict):
            return None if parent is None else ABSENT
        return parent.get(last, None if cell.native and cell.native.grouped else ABSENT)
    if source.pick is not None and below(record, source.pick.place) is None:
        return None
    return source.get(record)


def read_steps(cell: CompiledCell, value: Any) -> Iterator[tuple[str, Any]]:
    """The name of each step of reading and what it gives; raises RuleError at the one that refuses."""
    for step in cell.read:
        value = step.call(value)
        yield step.name, value
    if value is None or value is ABSENT:
        if cell.fallback is not None:
            value = cell.fallback
            yield "default", value
        elif cell.demanded:
            raise RuleError(REQUIRED)


def read_value(cell: CompiledCell, record: Record) -> Any:
    """The canonical value; raises RuleError."""
    value = raw_value(cell, record)
    for _, found in read_steps(cell, value):
        value = found
    return value


def write_steps(cell: CompiledCell, value: Any, *, create: bool) -> Iterator[tuple[str, Any]]:
    """The name of each step of writing and what it gives, ABSENT for nothing; raises RuleError."""
    for step in cell.write:
        value = step.call(value)
        yield step.name, value
    if create and cell.default is not None and value in (ABSENT, CLEAR):
        value = cell.default
        yield "default", value
    if cell.required and (value is CLEAR or (create and value is ABSENT)):
        raise RuleError(NEEDED)
    if isinstance(cell.target, Parts) and (create or cell.policy == "never clear"):
        value = without_empty(value)
        yield "parts", value
    if value is not ABSENT and not kept(cell, value, create=create):
        yield ("empty on a create" if create else "never clear"), ABSENT


def kept(cell: CompiledCell, value: Any, *, create: bool) -> bool:
    """Whether a value is put into what is sent: a create says nothing of what is empty anyway."""
    if value is CLEAR or (cell.native_set and value in ([], "")):
        return not create and cell.policy != "never clear"
    return value is not ABSENT


def without_empty(value: Any) -> Any:
    """The parts of a composite that are not to be emptied; ABSENT where none is left."""
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if part is not CLEAR} or ABSENT


def write_value(cell: CompiledCell, value: Any, *, create: bool) -> Any:
    """The native value of a canonical one, ABSENT where nothing is to be written; raises RuleError."""
    for _, found in write_steps(cell, value, create=create):
        value = found
    return value


def as_rule_error(error: Exception) -> RuleError:
    if isinstance(error, RuleError):
        return error
    return RuleError(f"{type(error).__name__}: {error}")


def again(cell: CompiledCell) -> Callable[[Record, list[RuleError]], Any]:
    """What generated code does when reading a field fails: the plain way once more, then as the row says."""

    def read(record: Record, problems: list[RuleError]) -> Any:
        try:
            return read_value(cell, record)
        except Exception as error:
            return refused(cell, as_rule_error(error), problems)

    return read


def refused(cell: CompiledCell, error: RuleError, problems: list[RuleError]) -> Any:
    """What stands for a value that does not fit, by the row's `otherwise`."""
    match cell.otherwise:
        case "skip":
            return ABSENT
        case "null":
            return None
        case "default":
            return cell.fallback
        case "error":
            raise StopRun(error.message, field=cell.name, position=cell.position)
    problems.append(RuleError(error.message, field=cell.name, position=cell.position))
    return ABSENT


def put_again(cell: CompiledCell) -> Callable[[Record, Any, Exception, list[RuleError], bool], None]:
    """What generated code does when writing a field fails; the value is what its expression or the record gave."""
    target = cell.target
    assert target is not None

    def put(out: Record, value: Any, error: Exception, problems: list[RuleError], create: bool) -> None:
        try:
            if value is FAILED:
                raise error
            found = write_value(cell, value, create=create)
        except Exception as refusal:
            if cell.otherwise != "skip":
                said = as_rule_error(refusal).message
                kind = StopRun if cell.otherwise == "error" else RuleError
                problem = kind(said, field=cell.name, position=cell.position)
                if kind is StopRun:
                    raise problem from None
                problems.append(problem)
            return
        if found is not ABSENT:
            target.put(out, found)

    return put


#: Stands for the value of an expression that raised.
FAILED = object()
