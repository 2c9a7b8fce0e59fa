"""Shared files: what a mapping imports is its own, and keeps its place in the file where it stands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mapper.errors import SpecError
from mapper.spec.load import Loaded, load_mapping, load_shared

MAPPING = """\
entity: company
about: A test
import: shared.yaml
sides: {crm: accounts, erp: customers}
fields: {name: {crm: Label, erp: name1}}
"""
SHARED = """\
about: Words that all mappings share.
constants: {house: FR}
functions:
  full_name:
    args: [last]
    value: "{{ value ~ last }}"
    tests: [{given: [a, b], expect: ab}]
tables:
  states: {open: {crm: [1, 2], erp: {x: 1}}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def problems_of(load: Any, name: str = "mapping.yaml") -> list[str]:
    """What is wrong with a file, whether it is raised at once or left for later."""
    try:
        return [str(problem) for problem in sorted(set(load(name).document.problems))]
    except SpecError as error:
        return [str(problem) for problem in error.problems]


def test_what_is_imported_is_the_mappings_own(folder: Path) -> None:
    write(folder, mapping=MAPPING, shared=SHARED)
    spec = load_mapping("mapping.yaml").spec
    assert (spec.constants, list(spec.functions), list(spec.tables)) == ({"house": "FR"}, ["full_name"], ["states"])


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        (("functions", "full_name"), "shared.yaml:4:3"),
        (("functions", "full_name", "value", 0), "shared.yaml:6:5"),
        (("functions", "full_name", "tests", 0, "given", 1), "shared.yaml:7:25"),
        (("constants", "house"), "shared.yaml:2:13"),
        (("tables", "states", "open", "crm", 1), "shared.yaml:9:28"),
        (("fields", "name"), "mapping.yaml:5:10"),
    ],
)
def test_what_is_imported_keeps_its_place(folder: Path, steps: tuple[Any, ...], place: str) -> None:
    write(folder, mapping=MAPPING, shared=SHARED)
    assert str(load_mapping("mapping.yaml").document.at(steps)) == place


def test_a_column_within_an_imported_text_is_one_of_its_own_file(folder: Path) -> None:
    write(folder, mapping=MAPPING, shared=SHARED.replace('"{{ value ~ last }}"', "|\n      {{ value\n       ~ lst }}"))
    document = load_mapping("mapping.yaml").document
    assert str(document.within(("functions", "full_name", "value", 0), 2, 4)) == "shared.yaml:8:10"


@pytest.mark.parametrize(
    ("steps", "file"), [(("functions", "full_name", "value"), "shared.yaml"), (("fields",), "mapping.yaml")]
)
def test_the_document_of_a_step_is_that_of_its_file(folder: Path, steps: tuple[Any, ...], file: str) -> None:
    write(folder, mapping=MAPPING, shared=SHARED)
    assert load_mapping("mapping.yaml").document.origin(steps).file == file


def test_a_file_that_is_imported_by_an_imported_one_is_found_beside_it(folder: Path) -> None:
    (folder / "words").mkdir()
    write(folder, mapping=MAPPING.replace("shared.yaml", "words/first.yaml"))
    write(folder / "words", first="about: x\nimport: second.yaml\n", second=SHARED)
    document = load_mapping("mapping.yaml").document
    assert str(document.at(("constants", "house"))) == os.path.join("words", "second.yaml:2:13")
    assert document.origin(("constants", "house")).file == os.path.join("words", "second.yaml")


def test_a_file_that_is_imported_on_two_ways_is_no_problem(folder: Path) -> None:
    write(folder, mapping=MAPPING.replace("shared.yaml", "[one.yaml, two.yaml]"), shared=SHARED)
    write(folder, one="about: x\nimport: shared.yaml\n", two="about: x\nimport: [shared.yaml]\n")
    loaded = load_mapping("mapping.yaml")
    assert (loaded.document.problems, loaded.spec.constants) == ([], {"house": "FR"})


@pytest.mark.parametrize(
    ("mapping", "shared", "problems"),
    [
        (MAPPING.replace("shared", "other"), SHARED, ["mapping.yaml:3:9: there is no file other.yaml"]),
        (
            MAPPING.replace("shared.yaml", "[shared.yaml, x.yaml]"),
            SHARED,
            ["mapping.yaml:3:23: there is no file x.yaml"],
        ),
        (MAPPING.replace("shared.yaml", "."), SHARED, ["mapping.yaml:3:9: there is no file ."]),
        (
            MAPPING + "constants: {house: SE}\n",
            SHARED,
            ["mapping.yaml:6:13: 'house' is given twice, first at shared.yaml:2:13"],
        ),
        (
            MAPPING.replace("name:", "house:"),
            SHARED,
            ["mapping.yaml:5:10: 'house' is given twice, first as a constant at shared.yaml:2:13"],
        ),
        (
            MAPPING + "constants: {House: SE}\n",
            SHARED,
            ["mapping.yaml:6:13: 'House' cannot be a name (use a-z, 0-9 and _)"],
        ),
        (
            MAPPING,
            SHARED.replace("[last]", "[value, a, a]"),
            [
                "shared.yaml:5:12: 'value' cannot name an argument (use a-z, 0-9 and _, and not `value`)",
                "shared.yaml:5:22: the argument 'a' is given twice",
            ],
        ),
        (MAPPING, SHARED + "tabels: {}\n", ["shared.yaml:10:1: unknown key 'tabels' (did you mean 'tables'?)"]),
        (MAPPING, SHARED + "about: y\n", ["shared.yaml:10:1: 'about' is given twice, first at line 1"]),
        (
            MAPPING,
            SHARED.replace("args: [last]", "args: {}"),
            ["shared.yaml:5:11: 'args' must be a list, found a table"],
        ),
        (MAPPING, "a: [", ["shared.yaml:2:1: is not YAML: did not find expected node content"]),
        (MAPPING, "- a", ["shared.yaml:1:1: expected a table (key: value), found a list"]),
        (
            MAPPING.replace("import: shared.yaml", "import: {a: b}"),
            SHARED,
            ["mapping.yaml:3:9: 'import' must be a list, found a table"],
        ),
        (
            MAPPING.replace("about: A test", "abuot: A test").replace("shared", "none"),
            SHARED,
            [
                "mapping.yaml:1:1: 'about' is missing",
                "mapping.yaml:2:1: unknown key 'abuot' (did you mean 'about'?)",
                "mapping.yaml:3:9: there is no file none.yaml",
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(folder: Path, mapping: str, shared: str, problems: list[str]) -> None:
    write(folder, mapping=mapping, shared=shared)
    assert problems_of(load_mapping) == problems


def test_files_that_import_each_other_are_a_problem_where_the_ring_closes(folder: Path) -> None:
    write(folder, a="about: a\nimport: b.yaml\n", b="about: b\nimport: [a.yaml]\n")
    assert problems_of(load_shared, "a.yaml") == ["b.yaml:2:10: imports itself: a.yaml -> b.yaml -> a.yaml"]


def test_a_ring_below_a_mapping_is_a_problem_in_its_own_files(folder: Path) -> None:
    write(folder, mapping=MAPPING, shared="about: x\nimport: shared.yaml\n")
    assert problems_of(load_mapping) == ["shared.yaml:2:9: imports itself: shared.yaml -> shared.yaml"]


def test_of_a_name_in_two_imported_files_the_first_counts(folder: Path) -> None:
    write(folder, mapping=MAPPING.replace("shared.yaml", "[a.yaml, b.yaml]"))
    write(folder, a="about: a\nconstants: {x: 1}\n", b="about: b\nconstants: {x: 2}\n")
    loaded = load_mapping("mapping.yaml")
    assert loaded.spec.constants == {"x": 1}
    assert [str(p) for p in loaded.document.problems] == ["b.yaml:2:13: 'x' is given twice, first at a.yaml:2:13"]


def test_the_problems_of_an_imported_file_stay_when_later_checks_start_again(folder: Path) -> None:
    write(folder, mapping=MAPPING, shared=SHARED + "odd: 1\n")
    document = load_mapping("mapping.yaml").document
    document.restart()
    assert len(document.problems) == 1


def test_a_shared_file_is_loaded_by_itself(folder: Path) -> None:
    write(folder, shared=SHARED)
    loaded: Loaded[Any] = load_shared("shared.yaml")
    assert loaded.spec.functions["full_name"].tests[0].given == ("a", "b")
