"""What the compiler makes of a mapping does what the interpreter does, for whatever mapping and record."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mapper.compile import StopRun
from mapper.errors import RuleError
from mapper.records import Items, Record
from tests.language.generated import RARE, Built, mappings, rare, records
from tests.language.interpreter_mappings import Stopped, interpret_read, interpret_write

#: Values with their classes and without an order of keys, and by field what was refused; or the field that stopped.
Outcome = tuple[Any, Any]


def told(value: Any) -> Any:
    """A value with its class, so that 1, 1.0 and true are told apart."""
    if isinstance(value, Items):
        return ("items", sorted(value.by), [told(item) for item in value])
    if isinstance(value, (list, tuple)):
        return ("list", [told(item) for item in value])
    if isinstance(value, dict):
        return ("record", {key: told(item) for key, item in value.items()})
    return (type(value).__name__, repr(value))


def outcome(found: tuple[Record, list[RuleError]]) -> Outcome:
    record, problems = found
    assert len({problem.field for problem in problems}) == len(problems)
    assert all(problem.position.line for problem in problems)
    return told(record), {problem.field: problem.message for problem in problems}


def compiled(function: Any, *args: Any) -> Outcome:
    before = deepcopy(args)
    try:
        return outcome(function(*args))
    except StopRun as stop:
        return ("stopped", (stop.field, stop.message))
    finally:
        assert args == before


def interpreted(function: Any, *args: Any) -> Outcome:
    try:
        record, problems = function(*args)
    except Stopped as stop:
        return ("stopped", (stop.field, stop.message))
    return told(record), problems


def read_of(built: Built, side: str, native: Record) -> Outcome:
    return interpreted(interpret_read, built.spec, built.contexts[side], native)


def write_of(built: Built, canonical: Record, changed: frozenset[str] | None, create: bool) -> Outcome:
    return interpreted(interpret_write, built.spec, built.contexts["b"], canonical, changed, create)


def canonical_of(data: st.DataObject, built: Built) -> Record:
    """A canonical record: what one side reads as, with some of its fields taken out or without a value."""
    native = data.draw(records(built, "a"))
    try:
        canonical, _ = interpret_read(built.spec, built.contexts["a"], native)
    except Stopped:
        canonical = {}
    for name in built.spec.fields:
        match data.draw(st.integers(0, 9)):
            case 0:
                canonical.pop(name, None)
            case 1:
                canonical[name] = None
    return canonical


#: To make a mapping smaller while it still fails takes minutes; each is told as it was found.
SEARCH = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def assert_read_alike(data: st.DataObject, built: Built, side: str) -> None:
    native = data.draw(records(built, side))
    expected = read_of(built, side, native)
    assert compiled(built.compiled.sides[side].read, native) == expected
    assert compiled(partial(read_with_prints, built, side), native) == expected


def read_with_prints(built: Built, side: str, native: Record) -> tuple[Record, list[RuleError]]:
    canonical, problems, prints = built.compiled.readers[side](native)
    assert told(prints) == told(built.compiled.base(canonical))
    return canonical, problems


def assert_written_alike(data: st.DataObject, built: Built) -> None:
    canonical = canonical_of(data, built)
    changed = data.draw(st.none() | st.frozensets(st.sampled_from(sorted(built.spec.fields))))
    for create in (True, False):
        for names in {None, changed}:
            expected = write_of(built, canonical, names, create)
            assert compiled(built.compiled.sides["b"].write, canonical, names, create) == expected


def assert_translated_alike(data: st.DataObject, built: Built) -> None:
    native = data.draw(records(built, "a"))
    expected = read_of(built, "a", native)
    if expected[0] != "stopped":
        canonical, problems = interpret_read(built.spec, built.contexts["a"], native)
        expected = (told({}), problems) if problems else write_of(built, canonical, None, True)
    assert compiled(built.compiled.translators["a", "b"], native) == expected


@SEARCH
@given(built=mappings(), data=st.data())
def test_a_record_is_read_alike(built: Built, data: st.DataObject) -> None:
    for side in "aabb":
        assert_read_alike(data, built, side)


@SEARCH
@given(built=mappings(), data=st.data())
def test_a_record_is_written_alike(built: Built, data: st.DataObject) -> None:
    for _ in range(3):
        assert_written_alike(data, built)


@SEARCH
@given(built=mappings(), data=st.data())
def test_a_record_is_translated_as_it_is_read_and_written(built: Built, data: st.DataObject) -> None:
    for _ in range(4):
        assert_translated_alike(data, built)


@pytest.mark.parametrize("name", RARE)
def test_what_a_search_meets_too_rarely_is_alike(name: str) -> None:
    built = rare(name)

    @settings(SEARCH, max_examples=60)
    @given(data=st.data())
    def alike(data: st.DataObject) -> None:
        for side in ("a", "b"):
            assert_read_alike(data, built, side)
        assert_written_alike(data, built)
        assert_translated_alike(data, built)

    alike()
