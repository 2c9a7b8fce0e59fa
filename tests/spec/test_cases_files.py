"""A mapping's cases: its own, then those of the files that it names, each with its document and its place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from mapper.errors import SpecError
from mapper.spec.cases import load_cases
from mapper.spec.load import load_mapping

MAPPING = """\
entity: company
about: A test
sides: {crm: accounts, erp: customers}
fields: {name: {crm: Label, erp: name1}}
tests: [{about: own, given: {crm: {Label: a}}, expect: {erp: {name1: a}}}]
cases: [tests/more.yaml, tests/many.jsonl]
"""
YAML = """\
- about: first
  given: {crm: {Label: b}}
  expect: {erp: {name1: b}}
"""
LINES = '{"about": "second", "given": {"crm": {"size": 1.50}}, "expect": {"erp": {"name1": "c"}}}\n\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "tests" / "more.yaml").write_text(YAML, encoding="utf-8")
    (tmp_path / "tests" / "many.jsonl").write_text(LINES, encoding="utf-8")
    return tmp_path


def problems() -> list[str]:
    with pytest.raises(SpecError) as caught:
        load_cases(load_mapping("mapping.yaml"))
    return [str(problem) for problem in caught.value.problems]


def test_the_cases_come_in_the_order_of_the_files(folder: Path) -> None:
    assert [placed.case.about for placed in load_cases(load_mapping("mapping.yaml"))] == ["own", "first", "second"]


def test_each_case_has_the_document_and_the_place_of_its_own_file(folder: Path) -> None:
    found = load_cases(load_mapping("mapping.yaml"))
    places = [str(placed.document.at((*placed.steps, "expect", "erp"))) for placed in found]
    assert places == ["mapping.yaml:5:57", "tests/more.yaml:3:12", "tests/many.jsonl:1:1"]
    assert [str(placed.case.pos) for placed in found] == [
        "mapping.yaml:5:9",
        "tests/more.yaml:1:3",
        "tests/many.jsonl:1:1",
    ]


def test_a_number_of_a_line_is_exact(folder: Path) -> None:
    case = load_cases(load_mapping("mapping.yaml"))[-1].case
    assert str(case.given["crm"]["size"]) == str(Decimal("1.50"))


def test_a_mapping_is_loaded_without_its_files_of_cases(folder: Path) -> None:
    (folder / "tests" / "more.yaml").unlink()
    assert load_mapping("mapping.yaml").document.problems == []


def test_an_empty_file_has_no_cases(folder: Path) -> None:
    (folder / "tests" / "more.yaml").write_text("# none yet\n")
    (folder / "tests" / "many.jsonl").write_text("")
    assert len(load_cases(load_mapping("mapping.yaml"))) == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: b\n", ["tests/more.yaml:1:1: expected a list of cases"]),
        ("- text\n", ["tests/more.yaml:1:3: expected a table (key: value), found 'text'"]),
        (
            "- {given: {}, expect: {}, abuot: x}\n",
            ["tests/more.yaml:1:27: unknown key 'abuot' (did you mean 'about'?)"],
        ),
        (
            "- {given: {}}\n- {expect: {}}\n",
            ["tests/more.yaml:1:3: 'expect' is missing", "tests/more.yaml:2:3: 'given' is missing"],
        ),
        ("- {given: {}, given: {}, expect: {}}\n", ["tests/more.yaml:1:15: 'given' is given twice, first at line 1"]),
    ],
)
def test_what_is_wrong_in_a_yaml_file_is_told_at_its_place(folder: Path, text: str, wanted: list[str]) -> None:
    (folder / "tests" / "more.yaml").write_text(text)
    assert problems() == wanted


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"given"', "3:9: is not JSON: Expecting ':' delimiter"),
        ('{"given": {"crm": {"a": NaN}}}', "3:1: is not JSON: NaN is no number"),
        ('{"given": {"a": 1, "a": 2}, "expect": {}}', "3:1: 'a' is given twice"),
        ('{"given": {}}', "3:1: 'expect' is missing"),
        ("[" * 100_000, "3:1: is nested too deep"),
        ("7", "3:1: expected a table (key: value), found 7"),
    ],
)
def test_what_is_wrong_in_a_line_is_told_at_the_line(folder: Path, line: str, problem: str) -> None:
    (folder / "tests" / "many.jsonl").write_text(LINES + line + "\n")
    assert problems() == [f"tests/many.jsonl:{problem}"]


def test_the_problems_of_all_files_are_told_at_once(folder: Path) -> None:
    (folder / "tests" / "more.yaml").unlink()
    (folder / "tests" / "many.jsonl").write_text("{}\n")
    assert problems() == [
        "mapping.yaml:6:9: there is no file tests/more.yaml",
        "tests/many.jsonl:1:1: 'expect' is missing",
        "tests/many.jsonl:1:1: 'given' is missing",
    ]
