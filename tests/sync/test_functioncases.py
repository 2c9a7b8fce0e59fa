"""The tests of functions: what they give, what they refuse, and where a test that fails is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mapper.errors import SpecError
from mapper.records import ABSENT
from mapper.sync.cases import CaseResult
from mapper.sync.suites import chosen, suites
from tests.sync.casefile import MAPPING, written

SHARED = """\
about: Shared
constants: {house: ACME}
tables: {codes: {client: {left: CLI, right: C}}}
functions:
  shout:
    value: [trim, upper]
  whole:
    args: [last]
    value: "{{ (value ~ ' ' ~ last) | trim ~ house }}"
  code:
    value: "{{ value | lookup('codes', 'left') }}"
  born:
    value: date
"""


def run(folder: Path, function: str, test: str) -> CaseResult:
    lines = SHARED.splitlines()
    at = next(n for n, line in enumerate(lines) if line == f"  {function}:")
    lines[at + 1 : at + 1] = ["    tests:", f"      - {test}"]
    path = folder / "shared.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    [found] = suites([str(path)], None)
    [result] = found.results
    return result


@pytest.mark.parametrize(
    ("function", "test"),
    [
        ("shout", '{given: [" a "], expect: A}'),
        ("shout", "{given: a, expect: A}"),
        ("shout", "{given: [null]}"),
        ("shout", "{given: []}"),
        ("shout", "{given: [{a: 1}], error: is not a text}"),
        ("whole", "{given: [Anna, Berg], expect: Anna BergACME}"),
        ("whole", "{given: [Anna], expect: AnnaACME}"),
        ("code", "{given: [client], expect: CLI}"),
        ("code", "{given: [x], error: is not in the table codes}"),
        ("born", "{given: [31/01/2026], error: is not}"),
        ("born", '{given: ["2026-01-31"], expect: "2026-01-31"}'),
    ],
)
def test_a_test_that_holds_has_no_difference(tmp_path: Path, function: str, test: str) -> None:
    assert run(tmp_path, function, test).differences == ()


@pytest.mark.parametrize(
    ("function", "test", "wanted", "found"),
    [
        ("shout", "{given: a, expect: B}", "B", "A"),
        ("shout", "{given: a}", None, "A"),
        ("code", "{given: client, expect: C}", "C", "CLI"),
        ("code", "{given: x, error: wrong}", "wrong", "'x' is not in the table codes"),
    ],
)
def test_a_test_that_fails_tells_the_value(tmp_path: Path, function: str, test: str, wanted: Any, found: Any) -> None:
    [difference] = run(tmp_path, function, test).differences
    assert (difference.wanted, difference.found) == (wanted, found)


def test_a_value_that_is_refused_is_told_with_its_words(tmp_path: Path) -> None:
    one, other = run(tmp_path, "code", "{given: x, expect: A}").differences
    assert (one.side, one.wanted, one.found) == ("expect", "A", ABSENT)
    assert (other.side, other.wanted, other.found) == ("error", ABSENT, "'x' is not in the table codes")


def test_a_function_is_not_given_more_than_it_takes(tmp_path: Path) -> None:
    [difference] = run(tmp_path, "whole", "{given: [a, b, c], expect: x}").differences
    assert difference.message == "whole is given 2 values at most, not 3"


def test_a_difference_stands_at_what_was_expected(tmp_path: Path) -> None:
    [difference] = run(tmp_path, "shout", "{given: a, expect: B}").differences
    assert (Path(difference.position.file).name, difference.position.line, difference.position.column) == (
        "shared.yaml",
        7,
        20,
    )


def test_a_shared_file_with_problems_is_not_tested(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no transform 'shuot'"):
        run(tmp_path, "shout", "{given: a, expect: A}\n    back: shuot")


def test_what_a_mapping_imports_is_tested_once(tmp_path: Path) -> None:
    run(tmp_path, "shout", "{given: a, expect: B}")
    path = written(tmp_path, MAPPING + "import: [shared.yaml]\n")
    (tmp_path / "again.yaml").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    one, two = suites([str(path), str(tmp_path / "again.yaml")], None)
    assert (len(one.results), len(two.results)) == (1, 0)
    assert Path(one.results[0].position.file).name == "shared.yaml"


@pytest.mark.parametrize(("words", "count"), [("", 2), ("ACCENTS", 1), ("thing keeps", 2), ("énd", 1), ("none", 0)])
def test_cases_are_chosen_by_their_words(tmp_path: Path, words: str, count: int) -> None:
    cases = """\
tests:
  - {about: Keeps accents, given: {left: {name: A}}, expect: {}}
  - {about: Keeps the end, given: {left: {name: A}}, expect: {}}
"""
    [found] = suites([str(written(tmp_path, MAPPING + cases))], None)
    assert len(chosen(found, words).results) == count
