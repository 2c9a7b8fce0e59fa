"""A table in a CSV file is the table that could stand in the mapping, every value with its place."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from mapper.errors import SpecError
from mapper.spec.load import load_mapping, load_shared

MAPPING = """\
entity: company
about: A test
sides: {crm: accounts, erp: customers}
fields:
  state: {type: choice, crm: State, erp: state, values: states.csv}
"""
TABLE = '''\
canonical,crm,erp,preferred
open,1|2, Ouvert ,true
"shut, for ever","say ""no""",,
"lost
again",x,y,
'''
HEADER = "states.csv:1:1: the header is missing (the first line is canonical,side,…[,preferred])"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def table(folder: Path, text: str) -> Any:
    (folder / "states.csv").write_bytes(text.encode())
    loaded = load_mapping("mapping.yaml")
    assert loaded.document.problems == []
    return loaded.spec.fields["state"].values


def problems_of(folder: Path, content: bytes) -> list[str]:
    (folder / "states.csv").write_bytes(content)
    try:
        return [str(problem) for problem in load_mapping("mapping.yaml").document.problems]
    except SpecError as error:
        return [str(problem) for problem in error.problems]


def test_a_table_in_a_file_has_the_shape_of_one_in_the_mapping(folder: Path) -> None:
    assert table(folder, TABLE) == {
        "open": {"crm": ["1", "2"], "erp": "Ouvert", "preferred": True},
        "shut, for ever": {"crm": 'say "no"'},
        "lost\nagain": {"crm": "x", "erp": "y"},
    }


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace("\n", "\r\n").replace("lost\r\nagain", "lost\nagain"),
        "\ufeff" + TABLE,
        TABLE.replace(",", ";").replace("shut; for", "shut, for"),
        TABLE.replace("\nopen", "\n\n,,,\nopen"),
        TABLE.rstrip("\n"),
    ],
    ids=["windows", "byte order mark", "semicolons", "empty lines", "no last line end"],
)
def test_a_table_is_read_as_programs_write_it(folder: Path, text: str) -> None:
    assert table(folder, text) == table(folder, TABLE)


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ((), "mapping.yaml:5:49"),
        (("open",), "states.csv:2:1"),
        (("open", "crm"), "states.csv:2:6"),
        (("open", "crm", 1), "states.csv:2:6"),
        (("open", "erp"), "states.csv:2:10"),
        (("shut, for ever", "crm"), "states.csv:3:18"),
        (("lost\nagain",), "states.csv:4:1"),
        (("lost\nagain", "crm"), "states.csv:5:8"),
        (("lost\nagain", "erp"), "states.csv:5:10"),
    ],
)
def test_every_value_of_a_file_has_its_place(folder: Path, steps: tuple[Any, ...], place: str) -> None:
    (folder / "states.csv").write_text(TABLE, encoding="utf-8")
    document = load_mapping("mapping.yaml").document
    assert str(document.at(("fields", "state", "values", *steps))) == place


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", [HEADER]),
        (b"a,b\n1,2\n", [HEADER]),
        (b"canonical,crn\na,b\n", ["states.csv:1:11: the column 'crn' is no side (did you mean 'crm'?)"]),
        (b"canonical,crm,crm\na,b,c\n", ["states.csv:1:15: the column 'crm' is given twice"]),
        (b"canonical,crm\na,1\na,2\n", ["states.csv:3:1: 'a' is given twice, first at line 2"]),
        (b"canonical,crm\n,1\n", ["states.csv:2:1: the canonical value is missing"]),
        (b"canonical,crm\na,1,2\n", ["states.csv:2:5: there are 3 cells, but 2 columns"]),
        (
            b"canonical,crm,preferred\na,1,maybe\n",
            ["states.csv:2:5: 'preferred' must be true or false, found 'maybe'"],
        ),
        (b"canonical,crm\n\xe9,1\n", ["states.csv:2:1: is not UTF-8 text (save the file as UTF-8)"]),
    ],
)
def test_what_is_wrong_in_a_file_is_told_at_its_place(folder: Path, content: bytes, problems: list[str]) -> None:
    assert problems_of(folder, content) == problems


@pytest.mark.parametrize("content", [b'canonical,crm\n"a,1\n', b'canonical,crm\n"a"b,1\n'])
def test_a_file_that_is_no_csv_is_one_problem(folder: Path, content: bytes) -> None:
    [problem] = problems_of(folder, content)
    assert problem.startswith("states.csv:2:1: is not CSV: ")


def test_a_missing_file_is_told_where_it_is_named(folder: Path) -> None:
    with pytest.raises(SpecError, match=r"^mapping.yaml:5:57: there is no file states.csv$"):
        load_mapping("mapping.yaml")


def test_a_named_table_may_stand_in_a_file(folder: Path) -> None:
    (folder / "states.csv").write_text(TABLE, encoding="utf-8")
    (folder / "mapping.yaml").write_text(MAPPING.replace("states.csv", "states") + "tables: {states: states.csv}\n")
    spec = load_mapping("mapping.yaml").spec
    assert spec.fields["state"].values == "states"
    assert list(spec.tables["states"]) == ["open", "shut, for ever", "lost\nagain"]


def test_a_shared_table_may_have_sides_that_a_mapping_has_not(folder: Path) -> None:
    (folder / "words").mkdir()
    (folder / "words" / "states.csv").write_text("canonical,crm,third\na,1,2\n", encoding="utf-8")
    (folder / "words" / "shared.yaml").write_text("about: x\ntables: {states: states.csv}\n", encoding="utf-8")
    loaded = load_shared("words/shared.yaml")
    assert loaded.spec.tables == {"states": {"a": {"crm": "1", "third": "2"}}}
    assert loaded.document.problems == []


@pytest.mark.parametrize("seed", range(200))
def test_any_text_is_a_table_or_has_a_problem(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choice('ab"",,;\n\r |') for _ in range(chance.randint(0, 20)))
    try:
        table(folder, f"canonical,crm,erp\n{text}")
    except (SpecError, AssertionError):
        assert problems_of(folder, f"canonical,crm,erp\n{text}".encode()) != []
