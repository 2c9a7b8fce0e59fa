"""`mapper test` as a person types it: what fails, what is rewritten, what is left out, and what nobody would notice."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mapper.sandbox.project import write_project
from tests.cli.shell import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_project(tmp_path / "mine", ("koban", "nicoka", "cirrus"))
    return tmp_path / "mine"


def lines(text: str, folder: Path) -> list[str]:
    return text.replace(f"{folder}{os.sep}", "").splitlines()


def test_all_mappings_of_the_project_are_tested(folder: Path) -> None:
    result = run("test", "--project", str(folder))
    assert (result.exit_code, result.stdout) == (0, "5 cases passed.\n")


def test_a_mapping_file_is_tested_without_a_project(folder: Path, tmp_path: Path) -> None:
    path = folder / "mappings" / "company.yaml"
    assert run("test", str(path), "--project", str(tmp_path / "none")).stdout == "2 cases passed.\n"


def test_without_a_project_an_entity_cannot_be_tested(tmp_path: Path) -> None:
    result = run("test", "company", "--project", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"error: there is no project file {tmp_path}/mapper.yaml (make one with `mapper init`"
    )


def test_an_unknown_entity_names_the_nearest(folder: Path) -> None:
    result = run("test", "persn", "--project", str(folder))
    assert result.stderr == "error: the project has no mapping of 'persn' (did you mean 'person'?)\n"


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    result = run("test", "mappings/persn.yaml", "--project", str(folder))
    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)


def test_a_mapping_with_problems_is_not_tested(folder: Path) -> None:
    path = folder / "mappings" / "person.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("nicoka: last_name", "nicoka: lst_name"), encoding="utf-8")
    result = run("test", "person", "--project", str(folder))
    assert result.exit_code == 2
    assert "nicoka contacts has no field 'lst_name' (did you mean 'last_name'?)" in result.stderr


FAILING = """\
entity: person
about: A test
sides: {koban: contacts, nicoka: contacts}
fields:
  last_name: {koban: Name, nicoka: last_name}
  first_name: {koban: FirstName, nicoka: first_name}
tests:
  - about: Names are kept.
    given: {koban: {Name: Durand, FirstName: Marie}}
    expect:
      nicoka: {last_name: Dupont, last_nam: x}  # as typed
  - about: Nothing is missing.
    given: {koban: {Name: Berg}}
    expect: {nicoka: {last_name: Berg}}
"""


@pytest.fixture
def failing(folder: Path) -> Path:
    path = folder / "mappings" / "person.yaml"
    path.write_text(FAILING, encoding="utf-8")
    return path


def test_a_case_that_fails_shows_what_was_expected_above_what_was_found(folder: Path, failing: Path) -> None:
    result = run("test", "person", "--project", str(folder))
    assert result.exit_code == 2
    assert lines(result.stdout, folder) == [
        "mappings/person.yaml:8:5: person: Names are kept.",
        '    nicoka last_name   - "Dupont"  (mappings/person.yaml:11:16)',
        '                       + "Durand"',
        '    nicoka last_nam    - "x"  (mappings/person.yaml:11:35)',
        "                       + nothing is found",
        "    nicoka first_name  - nothing is expected  (mappings/person.yaml:11:7)",
        '                       + "Marie"',
    ]


def test_a_case_that_fails_says_what_to_do_next(folder: Path, failing: Path) -> None:
    assert run("test", "person", "--project", str(folder)).stderr.splitlines() == [
        "1 case passed, 1 failed.",
        "next:",
        "  mapper try person --from koban --to nicoka --explain RECORD.json",
        "      the way of each value through its rules",
        "  mapper test person --update",
        "      take what is found as expected",
    ]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("missing", 0, "1 case passed.\n"),
        ("PERSON nothing", 0, "1 case passed.\n"),
        ("names", 2, ""),
        ("xyz", 0, "No case holds the words 'xyz'.\n"),
    ],
)
def test_only_cases_with_all_the_words_count(folder: Path, failing: Path, words: str, code: int, said: str) -> None:
    result = run("test", "person", "-k", words, "--project", str(folder))
    assert (result.exit_code, result.stdout if code == 0 else "") == (code, said)


def test_json_tells_of_each_case_and_each_difference(folder: Path, failing: Path) -> None:
    result = run("test", "person", "--project", str(folder), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["passed"], told["failed"]) == (2, 1, 1)
    case = told["cases"][0]
    place = {"file": str(failing), "line": 11, "side": "nicoka"}
    assert case["differences"] == [
        {**place, "column": 16, "path": "last_name", "expected": "Dupont", "found": "Durand"},
        {**place, "column": 35, "path": "last_nam", "expected": "x"},
        {**place, "column": 7, "path": "first_name", "found": "Marie"},
    ]
    assert case["found"] == {"nicoka": {"last_name": "Durand", "first_name": "Marie"}}


def test_update_rewrites_what_differs_and_shows_it(folder: Path, failing: Path) -> None:
    result = run("test", "person", "--update", "--project", str(folder))
    assert (result.exit_code, result.stderr) == (0, "1 expectation rewritten in 1 file.\n")
    assert lines(result.stdout, folder)[2:] == [
        "@@ -10,3 +10,3 @@",
        "     expect:",
        "-      nicoka: {last_name: Dupont, last_nam: x}  # as typed",
        "+      nicoka: {last_name: Durand, first_name: Marie}  # as typed",
        "   - about: Nothing is missing.",
    ]
    wanted = FAILING.replace("{last_name: Dupont, last_nam: x}", "{last_name: Durand, first_name: Marie}")
    assert failing.read_text(encoding="utf-8") == wanted


def test_after_an_update_all_is_well_and_another_changes_nothing(folder: Path, failing: Path) -> None:
    run("test", "--update", "--project", str(folder))
    assert run("test", "person", "--project", str(folder)).exit_code == 0
    before = failing.read_bytes()
    result = run("test", "--update", "--project", str(folder))
    assert (result.exit_code, result.stderr, failing.read_bytes()) == (0, "No expectation differs.\n", before)


def test_an_update_of_some_words_leaves_the_other_cases(folder: Path, failing: Path) -> None:
    assert run("test", "person", "-k", "missing", "--update", "--project", str(folder)).exit_code == 0
    assert failing.read_text(encoding="utf-8") == FAILING


def test_an_update_leaves_a_case_that_is_wrong_itself(folder: Path, failing: Path) -> None:
    failing.write_text(FAILING.replace("given: {koban: {Name: Berg}}", "given: {kobn: {Name: Berg}}"), encoding="utf-8")
    result = run("test", "person", "--update", "--project", str(folder))
    assert (result.exit_code, result.stderr) == (2, "1 expectation rewritten in 1 file, 1 left.\n")
    assert "'kobn' is not a side (did you mean 'koban'?)" in result.stdout


def test_an_update_with_json_tells_the_diff(folder: Path, failing: Path) -> None:
    told = json.loads(run("test", "person", "--update", "--project", str(folder), "--json").stdout)
    [updated] = told["updated"]
    assert (updated["file"], len([line for line in updated["diff"] if line.startswith("+ ")])) == (str(failing), 1)


SHARED = """\
about: Shared
functions:
  shout: {value: upper, tests: [{given: a, expect: A}, {given: b, expect: C}]}
"""


def test_a_shared_file_is_tested_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(SHARED, encoding="utf-8")
    result = run("test", str(path), "--project", str(tmp_path))
    assert result.exit_code == 2
    assert lines(result.stdout, tmp_path) == [
        "shared.yaml:3:56: shout: shout('b')",
        '    expect  - "C"  (shared.yaml:3:67)',
        '            + "B"',
    ]
    assert result.stderr.splitlines()[0] == "1 case passed, 1 failed."


def test_what_a_mapping_imports_is_tested_with_it(folder: Path, failing: Path) -> None:
    (folder / "mappings" / "shared.yaml").write_text(SHARED, encoding="utf-8")
    failing.write_text(FAILING + "import: shared.yaml\n", encoding="utf-8")
    assert run("test", "--project", str(folder), "--update").exit_code == 0
    assert "expect: B" in (folder / "mappings" / "shared.yaml").read_text(encoding="utf-8")


def cover(folder: Path, *more: str) -> Any:
    return run("test", "person", "--coverage", *more, "--project", str(folder))


def test_coverage_names_what_no_case_touches(folder: Path, failing: Path) -> None:
    run("test", "--update", "--project", str(folder))
    result = cover(folder)
    assert result.exit_code == 0
    told = [" ".join(line.split()) for line in lines(result.stdout, folder) if not line.startswith("─")]
    assert told == [
        "2 cases passed.",
        "",
        "person: no case touches",
        "place what never happens",
        "mappings/person.yaml:5:22 row last_name: written to koban",
        "mappings/person.yaml:5:36 row last_name: read from nicoka",
        "mappings/person.yaml:6:23 row first_name: written to koban",
        "mappings/person.yaml:6:42 row first_name: read from nicoka",
        "",
        "coverage rows table entries branches otherwise all",
        "person 50 % (4 of 8) – – – 50 % (4 of 8)",
    ]


@pytest.mark.parametrize(("least", "code"), [("50", 0), ("50.1", 2), ("0", 0), ("100", 2)])
def test_too_little_coverage_fails(folder: Path, failing: Path, least: str, code: int) -> None:
    run("test", "--update", "--project", str(folder))
    result = cover(folder, "--fail-under", least)
    said = f"The cases touch 50 %, less than {least} %.\n" if code else ""
    assert (result.exit_code, result.stderr) == (code, said)


def test_a_share_beyond_all_is_refused(folder: Path) -> None:
    assert cover(folder, "--fail-under", "101").exit_code == 2


def test_coverage_with_json_is_data(folder: Path, failing: Path) -> None:
    run("test", "--update", "--project", str(folder))
    [found] = json.loads(cover(folder, "--json").stdout)["coverage"]
    assert (found["name"], found["percent"], found["kinds"]["row"]) == ("person", 50, {"touched": 4, "of": 8})
    first = {"file": str(failing), "line": 5, "column": 22, "kind": "row", "what": "last_name: written to koban"}
    assert found["untouched"][0] == first


def test_a_change_that_nobody_notices_is_named(folder: Path, failing: Path) -> None:
    failing.write_text(FAILING.replace("{koban: Name,", "{required: true, koban: Name,"), encoding="utf-8")
    run("test", "--update", "--project", str(folder))
    result = run("test", "person", "--mutate", "--project", str(folder))
    assert result.exit_code == 0
    told = lines(result.stdout, folder)
    assert told[2] == "person: no test notices"
    assert told[5].split() == ["mappings/person.yaml:5:25", "last_name", "required", "is", "removed"]
    assert told[-1] == "person: killed 3 of 4."


def test_changes_are_limited_and_told_as_data(folder: Path, failing: Path) -> None:
    run("test", "--update", "--project", str(folder))
    told = json.loads(run("test", "person", "--mutate", "--limit", "1", "--project", str(folder), "--json").stdout)
    assert told["mutations"] == [{"name": "person", "tried": 1, "killed": 1, "survivors": []}]


def test_nothing_is_changed_while_a_case_fails(folder: Path, failing: Path) -> None:
    result = run("test", "person", "--mutate", "--project", str(folder))
    assert result.exit_code == 2
    assert "first mend those that fail" in result.stderr


def test_a_terminal_has_colours(folder: Path, failing: Path) -> None:
    from click.testing import CliRunner

    from mapper.cli import main

    result = CliRunner().invoke(main, ["test", "person", "--project", str(folder)], color=True)
    assert '\x1b[31m    nicoka last_name   - "Dupont"\x1b[0m' in result.stdout


def test_a_record_cannot_speak_to_the_terminal(folder: Path, failing: Path) -> None:
    failing.write_text(FAILING.replace("Name: Durand", 'Name: "a\\x1b[2Jb"'), encoding="utf-8")
    assert "\x1b" not in run("test", "person", "--project", str(folder)).stdout
