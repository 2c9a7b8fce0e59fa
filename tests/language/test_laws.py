"""What holds for every mapping and record, whatever the mapping says."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mapper.compile import CompiledMapping, StopRun
from mapper.records import Record, fold
from tests.language.generated import Built, mappings, records

#: To make a mapping smaller while it still fails takes minutes; each is told as it was found.
SEARCH = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def canonical_of(mapping: CompiledMapping, native: Record) -> Record | None:
    """The canonical record, if all of it fits."""
    try:
        canonical, problems = mapping.sides["a"].read(native)
    except StopRun:
        return None
    return None if problems else canonical


@SEARCH
@given(built=mappings(), data=st.data())
def test_nothing_is_raised_but_what_a_row_asks_for(built: Built, data: st.DataObject) -> None:
    sides = built.compiled.sides
    native = data.draw(records(built, "a") | records(built, "b"))
    for function, args in (
        (sides["a"].read, (native,)),
        (sides["b"].read, (native,)),
        (built.compiled.translators["a", "b"], (native,)),
    ):
        try:
            problems = function(*args)[1]
        except StopRun:
            continue
        assert [p.message for p in problems if "Error: " in p.message] == []


@SEARCH
@given(built=mappings(), data=st.data())
def test_fingerprints_are_equal_where_keys_are(built: Built, data: st.DataObject) -> None:
    mapping = built.compiled
    read = [canonical_of(mapping, data.draw(records(built, "a"))) for _ in range(6)]
    found = [canonical for canonical in read if canonical is not None]
    for one in found:
        for other in found:
            keys, others = mapping.keys(one), mapping.keys(other)
            prints, other_prints = mapping.base(one), mapping.base(other)
            for name in keys.keys() & others.keys():
                assert mapping.same(name, prints[name], other_prints[name]) == (keys[name] == others[name])
            if one == other:
                assert mapping.digest(prints) == mapping.digest(other_prints)


@SEARCH
@given(built=mappings(), data=st.data())
def test_the_state_gives_back_what_it_was_given(built: Built, data: st.DataObject) -> None:
    mapping = built.compiled
    canonical = canonical_of(mapping, data.draw(records(built, "a")))
    if canonical is not None:
        assert mapping.base(mapping.load(mapping.dump(canonical))) == mapping.base(canonical)


def there_and_back(mapping: CompiledMapping, side: str, canonical: Record) -> Record:
    """What a side reads after it was written; of what it refused nothing."""
    there = mapping.sides[side]
    written, refused = there.write(canonical, None, True)
    back, problems = there.read(there.as_read(written))
    assert problems == []
    left_out = {problem.field for problem in refused}
    return {name: value for name, value in back.items() if name not in left_out}


@SEARCH
@given(built=mappings(both=True), data=st.data())
def test_what_one_side_gives_reads_back_on_the_other_where_the_checks_say_so(built: Built, data: st.DataObject) -> None:
    mapping = built.compiled
    # What the chain of one side makes of its own values says nothing of the values of another.
    lossy = rows_with(built, "loses", "precision") | {
        name for name, row in built.spec.fields.items() if any(cell.read for cell in row.cells.values())
    }
    for _ in range(4):
        canonical = mapping.sides["a"].read(data.draw(records(built, "a")))[0]
        assert_read_back(mapping, "b", canonical, set(canonical) - lossy)


@SEARCH
@given(built=mappings(both=True), data=st.data())
def test_what_a_side_gave_reads_back_on_it(built: Built, data: st.DataObject) -> None:
    mapping = built.compiled
    unsteady = rows_with(built, "precision")
    for side in ("a", "b"):
        for _ in range(2):
            canonical = mapping.sides[side].read(data.draw(records(built, side)))[0]
            assert_read_back(mapping, side, canonical, set(canonical) - unsteady)


def assert_read_back(mapping: CompiledMapping, side: str, canonical: Record, names: set[str]) -> None:
    """What is written of some fields is what is read, and settled on, unless the side refuses it."""
    there = mapping.sides[side]
    only = {name: canonical[name] for name in names if canonical[name] is not None}
    written, refused = there.write(only, None, True)
    back, problems = there.read(there.as_read(written))
    kept = set(only) - {problem.field for problem in refused}
    assert [problem for problem in problems if problem.field in kept] == []
    assert prints(mapping, back, kept) == prints(mapping, only, kept)
    assert prints(mapping, there.settle(written, only, kept, create=True), kept) == prints(mapping, back, kept)


def rows_with(built: Built, *codes: str) -> set[str]:
    """The rows of which the static checks say one of these things."""
    lines = sorted((row.pos.line, name) for name, row in built.spec.fields.items())
    found = set()
    for problem in built.told:
        if problem.code in codes:
            found.add([name for line, name in lines if line <= problem.position.line][-1])
    return found


def prints(mapping: CompiledMapping, record: Record, names: set[str]) -> dict[str, Any]:
    """The fingerprints of some fields; those of sets without regard to accents and case."""
    found = mapping.base({name: record.get(name) for name in names})
    return {name: {fold(i) for i in value} if isinstance(value, list) else value for name, value in found.items()}


def lines_run(function: Any, *args: Any) -> int:
    """How many lines of Python a call runs."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        assert count < MOST_LINES, "a record keeps the mapping busy"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*args)
    except StopRun:
        pass
    finally:
        sys.settrace(before)
    return count


#: Far more than any record of a few fields needs, and far less than a loop without an end.
MOST_LINES = 100_000


@settings(SEARCH, max_examples=25)
@given(built=mappings(), data=st.data())
def test_no_record_keeps_a_mapping_busy(built: Built, data: st.DataObject) -> None:
    native = data.draw(records(built, "a"))
    read, write = built.compiled.sides["a"].read, built.compiled.sides["b"].write
    translate = built.compiled.translators["a", "b"]
    canonical = canonical_of(built.compiled, native) or {}
    lines = lines_run(read, native) + lines_run(write, canonical, None, True) + lines_run(translate, native)
    assert lines < MOST_LINES
