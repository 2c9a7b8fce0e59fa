"""A mapping's own tests: what counts as alike, and in which words and where a case that fails is told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mapper.records import ABSENT, CLEAR
from mapper.spec.load import load_mapping
from mapper.sync.cases import CaseResult, run_cases, same
from mapper.sync.offline import alone, compile_offline
from tests.sync import casefile

MAPPING = """\
entity: thing
about: A test
sides: {left: things, right: things}
fields:
  name: {left: name, right: name, required: true}
  kind: {type: choice, left: kind, right: kind, values: by label}
  mood: {type: choice, left: mood, right: mood, values: by label}
  size: {type: number, left: size, right: size}
  city: {left: at.city, right: at.city}
  note: {left: more.note, right: more.note}
lists:
  left: {moods: {7: Merry}}
  right: {moods: {9: Merry}}
custom:
  left: {things.more: {note: {id: n1}}}
  right: {things.more: {note: {id: n2}}}
tests:
"""


def results(folder: Path, case: str) -> list[CaseResult]:
    loaded = load_mapping(casefile.written(folder, MAPPING + f"  - {case}\n"))
    mapping, problems = compile_offline(loaded, alone(loaded, folder), own=True)
    assert mapping is not None, problems
    return run_cases(loaded, mapping)


@pytest.mark.parametrize(
    "case",
    [
        '{given: {left: {name: " A "}}, expect: {right: {name: A}}}',
        "{given: {left: {name: A, kind: 2}}, expect: {right: {name: A, kind: 2}}}",
        "{given: {left: {name: A, mood: 7}}, expect: {right: {name: A, mood: 9}}}",
        "{given: {left: {name: A, size: 3}}, expect: {right: {name: A, size: 3}}}",
        "{given: {left: {name: A, at: {city: B}}}, expect: {right: {name: A, at: {city: B}}}}",
        "{given: {left: {name: A, more: {note: B}}}, expect: {right: {name: A, more: {note: B}}}}",
        "{given: {left: {name: A, mood: 7}}, expect: {canonical: {name: A, mood: Merry}}}",
        "{given: {right: {name: A}}, expect: {left: {name: A}, canonical: {name: A}}}",
        "{given: {left: {size: 1}}, expect: {error: required}}",
        "{given: {left: {size: 1}}, expect: {error: name}}",
        "{given: {left: {name: ABCDEFGHIJKLM}}, expect: {error: 13 characters}}",
        "{given: {left: {name: A, mood: 8}}, expect: {error: moods}}",
        "{given: {left: {name: A, mood: 8}}, expect: {error: {mood: not an id of the list}}}",
        "{given: {left: {mood: 8}}, expect: {error: {mood: moods, name: required}}}",
        "{given: {right: {name: A, mood: 9, kind: 1}}, expect: {left: {name: A, mood: 7, kind: 1}}}",
    ],
)
def test_a_case_that_holds_has_no_difference(tmp_path: Path, case: str) -> None:
    [result] = results(tmp_path, case)
    assert result.differences == ()


@pytest.mark.parametrize(
    ("case", "side", "path", "wanted", "found"),
    [
        ("{given: {left: {name: A}}, expect: {right: {name: B}}}", "right", "name", "B", "A"),
        ("{given: {left: {name: A}}, expect: {right: {name: A, kind: 1}}}", "right", "kind", 1, ABSENT),
        ("{given: {left: {name: A, size: 1}}, expect: {right: {name: A}}}", "right", "size", ABSENT, 1),
        ('{given: {left: {name: A, size: 1}}, expect: {right: {name: A, size: "1"}}}', "right", "size", "1", 1),
        ("{given: {left: {name: A, size: 1}}, expect: {right: {name: A, size: true}}}", "right", "size", True, 1),
        (
            "{given: {left: {name: A, at: {city: B}}}, expect: {right: {name: A, at: {city: C}}}}",
            "right",
            "at.city",
            "C",
            "B",
        ),
        ("{given: {left: {name: A}}, expect: {canonical: {name: B}}}", "canonical", "name", "B", "A"),
        (
            "{given: {left: {}}, expect: {error: {name: bad}}}",
            "error",
            "name",
            "bad",
            "is required, and there is no value",
        ),
        ("{given: {left: {name: A}}, expect: {error: {name: bad}}}", "error", "name", "bad", ABSENT),
        (
            "{given: {left: {mood: 8}}, expect: {error: {mood: moods}}}",
            "error",
            "name",
            ABSENT,
            "is required, and there is no value",
        ),
        ("{given: {left: {name: A}}, expect: {right: null}}", "right", "", None, {"name": "A"}),
    ],
)
def test_a_case_that_fails_tells_the_value(
    tmp_path: Path, case: str, side: str, path: str, wanted: Any, found: Any
) -> None:
    [result] = results(tmp_path, case)
    [difference] = result.differences
    assert (difference.side, difference.path, difference.wanted, difference.found) == (side, path, wanted, found)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("{given: {left: {}, right: {}}, expect: {}}", "a test is given one side's record, not 2"),
        ("{given: {}, expect: {}}", "a test is given one side's record, not 0"),
        ("{given: {lft: {}}, expect: {}}", "'lft' is not a side (did you mean 'left'?)"),
        ("{given: {left: [a]}, expect: {}}", "the given record is not a table (key: value)"),
        ("{given: {left: {name: A}}, expect: {rihgt: {}}}", "'rihgt' is not a side (did you mean 'right'?)"),
        ("{given: {left: {}}, expect: {eror: x}}", "'eror' is not a side (did you mean 'error'?)"),
        ("{given: {left: {name: A}}, expect: {error: bad}}", "expected a problem with 'bad', but there is none"),
        (
            "{given: {left: {}}, expect: {error: bad}}",
            "expected a problem with 'bad', found name: is required, and there is no value",
        ),
        ("{given: {left: {}}, expect: {right: {}}}", "name: is required, and there is no value"),
    ],
)
def test_a_case_that_cannot_be_compared_is_told_in_words(tmp_path: Path, case: str, message: str) -> None:
    [result] = results(tmp_path, case)
    assert [difference.message for difference in result.differences] == [message]


def test_a_difference_stands_at_the_value_that_was_expected(tmp_path: Path) -> None:
    [result] = results(tmp_path, "{given: {left: {name: A}}, expect: {right: {name: B}}}")
    line = MAPPING.count("\n") + 1
    assert [(result.position.line, d.position.line) for d in result.differences] == [(line, line)]
    assert [d.position.column for d in result.differences] == [49]


def test_a_case_without_words_is_told_by_its_number(tmp_path: Path) -> None:
    assert results(tmp_path, "{given: {left: {name: A}}, expect: {}}")[0].about == "test 1"


CONDITIONS = """\
entity: thing
about: A test
sides:
  left: {resource: things, where: "{{ size != 9 }}"}
  right: {resource: things, accepts: "{{ city == 'B' }}"}
filter: ["{{ name != 'X' }}", {only: name != 'Y', because: it is a Y}]
fields:
  name: {left: name, right: name}
  size: {type: number, left: size}
  city: {left: at.city, right: at.city}
tests:
"""


@pytest.mark.parametrize(
    "case",
    [
        "{given: {left: {name: A, at: {city: B}}}, expect: {right: {name: A, at: {city: B}}}}",
        "{given: {left: {name: A, at: {city: C}}}, expect: {right: null}}",
        "{given: {left: {name: Y}}, expect: {error: it is a Y}}",
        "{given: {left: {name: X}}, expect: {error: \"{{ name != 'X' }}\"}}",
        "{given: {left: {name: A, size: 9}}, expect: {error: the record is left alone}}",
        "{given: {right: {name: A, at: {city: C}}}, expect: {left: {name: A, at: {city: C}}}}",
    ],
)
def test_a_case_goes_by_the_conditions_that_a_sync_goes_by(tmp_path: Path, case: str) -> None:
    [result] = casefile.results(tmp_path, CONDITIONS + f"  - {case}\n")
    assert result.differences == ()


def test_a_refused_record_has_to_be_expected(tmp_path: Path) -> None:
    case = "{given: {left: {name: Y}}, expect: {right: {name: Y}}}"
    [result] = casefile.results(tmp_path, CONDITIONS + f"  - {case}\n")
    assert [difference.message for difference in result.differences] == ["it is a Y"]


SADLY = MAPPING.replace("right: {moods: {9: Merry}}", "right: {moods: {9: Sad}}")


def test_beside_a_problem_all_else_is_compared(tmp_path: Path) -> None:
    wrong = "{given: {left: {name: A, mood: 7}}, expect: {error: mood, canonical: {name: B}, right: {name: A}}}"
    [result] = casefile.results(tmp_path, SADLY + f"  - {wrong}\n")
    assert [(d.side, d.path) for d in result.differences] == [
        ("canonical", "name"),
        ("canonical", "mood"),
        ("right", ""),
    ]


def test_to_a_side_that_refuses_nothing_is_written(tmp_path: Path) -> None:
    case = "{given: {left: {name: A, mood: 7}}, expect: {error: mood, right: null}}"
    [result] = casefile.results(tmp_path, SADLY + f"  - {case}\n")
    assert result.differences == ()


def test_the_cases_of_files_follow_those_of_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("- {given: {left: {name: B}}, expect: {right: {name: C}}}\n", encoding="utf-8")
    (tmp_path / "more.jsonl").write_text('\n{"given": {"left": {"name": "C"}}, "expect": {}}\n', encoding="utf-8")
    case = "{given: {left: {name: A}}, expect: {}}"
    text = MAPPING.replace("tests:", "cases: [more.yaml, more.jsonl]\ntests:") + f"  - {case}\n"
    found = casefile.results(tmp_path, text)
    assert [(Path(r.position.file).name, r.position.line, len(r.differences)) for r in found] == [
        ("thing.yaml", text.count("\n"), 0),
        ("more.yaml", 1, 1),
        ("more.jsonl", 2, 0),
    ]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (1, 1, True),
        (1, Decimal("1"), True),
        (0.1, Decimal("0.1"), True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, CLEAR, True),
        (None, "", False),
        (None, ABSENT, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ([1], [True], False),
        ([{"a": None}], [{"a": CLEAR}], True),
        ([{"a": 1}], [{"b": 1}], False),
        ({}, [], False),
    ],
)
def test_values_are_alike_as_on_the_wire(one: Any, other: Any, alike: bool) -> None:
    assert same(one, other) is alike
