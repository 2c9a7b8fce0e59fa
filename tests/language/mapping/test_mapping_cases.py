"""Cases of the mapping language, as data: the YAML files beside this one, a feature to a file.

A file is a stream of pieces of a mapping. A piece has `rows` (the text of its rows) and perhaps `head` (what stands
above them), `files` (what lies beside the mapping), `locale`, and its `cases`. The sides are `crm` and `erp`, two
made-up vendors in vendor/; unless a case says otherwise a record is given on the first side and written to the second.

    about       what the case shows
    record      the native record of the side `from`
    canonical   with a record: what is read from it; without: what is written
    gives       the native record with which the side `to` is given a new one
    update      the same for a record that is there; `changed` names the fields that changed (none: all)
    merged      what a record with `current` in its lists holds after that update
    back        what `from` is written when the record that `to` was given is read again
    fails       fields, and the exact words with which the record is set aside; `gives` then has what is left
    stops       the same for one that stops the run
    looked_at   whether the side `from` counts the record at all; `accepted`: whether `to` lets it be created there
    left_out    the words of the filter that leaves the record out, or null
    problems    what the check says (`says`, `hint`; `warning` where it stops nothing), each at its mark ‸ in the text

A value that is not there is absent, `null` is null, "" [] {} are empty, and the word CLEAR is delete. Canonical values
stand as they are kept in the state: dates and decimals as texts.

Each case is carried out in every way there is, and they must agree: side by side through the canonical record, by the
fused translator from record to record, and by the plain meaning of each cell (mapper/compile/plain.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mapper.compile import CompiledMapping, CompiledSide, StopRun, plain
from mapper.errors import RuleError
from mapper.records import ABSENT, CLEAR, Items, Record
from tests.language.mapping.reading import HERE, Case, all_cases, pieces_of

CASES = all_cases()
RUN = [case for case in CASES if "problems" not in case.says]
CHECKED = [case for case in CASES if "problems" in case.says]
UPDATES = {"update", "changed", "merged"}
OUTCOMES = {"canonical", "gives", "update", "merged", "fails", "stops", "problems", "looked_at", "accepted", "left_out"}
CHOOSING = {"looked_at", "accepted", "left_out"}
Found = tuple[Record, list[RuleError]]
#: The folder in which the files of a case lie while they are read.
_FOLDER = re.compile(r"\S*/(?=m\.yaml)")


@dataclass(frozen=True)
class Way:
    """One way of reading and writing."""

    read: Callable[[CompiledSide, Record], Found]
    write: Callable[[CompiledSide, Record, frozenset[str] | None, bool], Found]


def plainly_read(side: CompiledSide, record: Record) -> Found:
    canonical: Record = {}
    problems: list[RuleError] = []
    for cell in side.cells.values():
        if cell.source is None:
            continue
        try:
            value = plain.read_value(cell, record)
        except Exception as error:
            value = plain.refused(cell, plain.as_rule_error(error), problems)
        if value is not ABSENT:
            canonical[cell.name] = value
    return canonical, problems


def plainly_write(side: CompiledSide, canonical: Record, changed: frozenset[str] | None, create: bool) -> Found:
    native: Record = {}
    problems: list[RuleError] = []
    for cell in side.cells.values():
        late = not create and (cell.once or cell.policy == "on create")
        if cell.target is None or late or not (changed is None or changed & cell.reads):
            continue
        try:
            if not all(when.call(canonical) for when in cell.when):
                continue
            value = cell.value.call(canonical) if cell.value else canonical.get(cell.name, ABSENT)
            found = plain.write_value(cell, value, create=create)
        except Exception as error:
            if cell.otherwise == "error":
                raise StopRun(plain.as_rule_error(error).message, field=cell.name) from None
            if cell.otherwise != "skip":
                problems.append(RuleError(plain.as_rule_error(error).message, field=cell.name))
            continue
        if found is not ABSENT:
            cell.target.put(native, found)
    return native, problems


WAYS = {
    "generated": Way(lambda side, record: side.read(record), lambda side, *given: side.write(*given)),
    "plain": Way(plainly_read, plainly_write),
}


def shown(value: Any) -> Any:
    """A value as the cases write it, with its class, so that 1, 1.0 and true are told apart."""
    if value is CLEAR:
        return ("str", "CLEAR")
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return (type(value).__name__, value)


def merged(native: Any, current: Any) -> Any:
    """What was written, with its lists merged into those that are there."""
    if isinstance(native, Items):
        return native.merged(current)
    if isinstance(native, dict):
        held = current if isinstance(current, dict) else {}
        return {key: merged(value, held.get(key)) for key, value in native.items()}
    return native


def sides_of(case: Case, mapping: CompiledMapping) -> tuple[CompiledSide, CompiledSide]:
    names = list(mapping.sides)
    return mapping.sides[case.says.get("from", names[0])], mapping.sides[case.says.get("to", names[1])]


def is_written(case: Case) -> bool:
    if "record" in case.says and "canonical" in case.says:
        return bool({"gives", "update", "merged", "to"} & set(case.says))
    return bool({"gives", "update", "merged", "fails", "stops"} & set(case.says))


def outcome(case: Case, way: Way) -> tuple[Record, Record, Record]:
    """What is read, what is written, and what does not fit, by field."""
    mapping = case.mapping()
    source, target = sides_of(case, mapping)
    if "record" in case.says:
        canonical, problems = way.read(source, case.says["record"])
    else:
        canonical, problems = mapping.load(case.says["canonical"]), []
    native: Record = {}
    if is_written(case) and not problems:
        create = not UPDATES & set(case.says)
        changed = frozenset(case.says["changed"]) if "changed" in case.says else None
        native, problems = way.write(target, canonical, changed, create)
    return canonical, native, {problem.field: problem.message for problem in problems}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", [case for case in RUN if "stops" not in case.says], ids=repr)
def test_a_case_comes_out_as_it_says(case: Case, way: str) -> None:
    says, mapping = case.says, case.mapping()
    canonical, native, failed = outcome(case, WAYS[way])
    assert failed == says.get("fails", {})
    if "record" in says and "canonical" in says:
        assert shown(mapping.dump(canonical)) == shown(says["canonical"])
    for key in {"gives", "update"} & set(says):
        assert shown(native) == shown(says[key])
    if "merged" in says:
        assert shown(merged(native, says.get("current"))) == shown(says["merged"])
    if "back" in says:
        source, target = sides_of(case, mapping)
        again, problems = WAYS[way].read(target, target.as_read(native))
        assert (shown(WAYS[way].write(source, again, None, True)[0]), problems) == (shown(says["back"]), [])


def is_translated(case: Case) -> bool:
    """Whether a new record is made of a record: what the fused translator does."""
    says = set(case.says)
    return "record" in says and not UPDATES & says and bool({"gives", "fails"} & says)


@pytest.mark.parametrize("case", [case for case in RUN if is_translated(case)], ids=repr)
def test_the_fused_translation_agrees(case: Case) -> None:
    mapping = case.mapping()
    source, target = sides_of(case, mapping)
    native, problems = mapping.translators[source.name, target.name](case.says["record"])
    assert {problem.field: problem.message for problem in problems} == case.says.get("fails", {})
    if "gives" in case.says:
        assert shown(native) == shown(case.says["gives"])


@pytest.mark.parametrize("case", [case for case in RUN if "record" in case.says and "stops" not in case.says], ids=repr)
def test_a_record_is_read_alike_with_its_fingerprints(case: Case) -> None:
    mapping = case.mapping()
    side = sides_of(case, mapping)[0]
    canonical, problems = side.read(case.says["record"])
    again, more, prints = mapping.readers[side.name](case.says["record"])
    assert shown(again) == shown(canonical)
    assert [(one.field, one.message) for one in more] == [(one.field, one.message) for one in problems]
    assert shown(prints) == shown(mapping.base(canonical))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", [case for case in RUN if "stops" in case.says], ids=repr)
def test_a_value_that_must_stop_the_run_does(case: Case, way: str) -> None:
    with pytest.raises(StopRun) as caught:
        outcome(case, WAYS[way])
    assert {caught.value.field: caught.value.message} == case.says["stops"]


@pytest.mark.parametrize("case", [case for case in RUN if CHOOSING & set(case.says)], ids=repr)
def test_a_record_is_looked_at_accepted_or_left_out(case: Case) -> None:
    says, mapping = case.says, case.mapping()
    source, target = sides_of(case, mapping)
    if "looked_at" in says:
        assert source.where is not None and bool(source.where(says["record"])) == says["looked_at"]
    if "accepted" in says:
        assert target.accepts is not None
        assert bool(target.accepts(mapping.load(says["canonical"]))) == says["accepted"]
    if "left_out" in says:
        assert mapping.left_out(mapping.load(says["canonical"])) == says["left_out"]


@pytest.mark.parametrize("case", CHECKED, ids=repr)
def test_what_is_wrong_with_a_mapping_is_said_at_its_place(case: Case) -> None:
    found = case.problems()
    said = [(_FOLDER.sub("", problem.message), problem.hint, problem.severity == "warning") for problem in found]
    expected = [(one["says"], one.get("hint", ""), one.get("warning", False)) for one in case.says["problems"]]
    assert said == expected
    places = [(p.position.file.rpartition("/")[2], p.position.line, p.position.column) for p in found]
    assert sorted(places) == case.places()


def test_every_case_has_words_of_its_own() -> None:
    names = [repr(case) for case in CASES]
    assert sorted(names) == sorted(set(names))


def test_every_case_has_an_outcome() -> None:
    # A canonical record is an outcome where it is read from a native one, and else what is given.
    told = {repr(case): OUTCOMES & set(case.says) for case in CASES if "record" in case.says}
    told |= {repr(case): OUTCOMES & set(case.says) - {"canonical"} for case in CASES if "record" not in case.says}
    assert [name for name, outcomes in told.items() if not outcomes] == []


@pytest.mark.parametrize("path", sorted(HERE.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_begins_with_what_its_feature_is(path: Any) -> None:
    assert {"feature", "about"} <= set(pieces_of(path)[0])
