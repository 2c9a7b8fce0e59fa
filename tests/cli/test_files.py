"""`mapper init` and `check`, on a project as `init` writes it and on one with mistakes in it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from mapper.sandbox.project import write_project
from tests.cli.shell import run

SYSTEMS = ("koban", "nicoka", "cirrus")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_project(tmp_path / "mine", SYSTEMS)
    return tmp_path / "mine"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def lines(text: str, folder: Path) -> list[str]:
    return text.replace(f"{folder}{os.sep}", "").splitlines()


def test_init_writes_a_project_that_check_finds_well(tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "mine")).exit_code == 0
    result = run("check", "--project", str(tmp_path / "mine"))
    assert (result.exit_code, result.stdout) == (0, "All 6 files are well.\n")
    assert {line.split(":")[0] for line in result.stderr.splitlines()} == {"note"}


def test_a_project_takes_up_all_mappings_that_come_with_it(tmp_path: Path) -> None:
    run("init", str(tmp_path / "mine"))
    edit(tmp_path / "mine" / "mapper.yaml", "[company, person]", "[user, company, person, deal, activity, product]")
    result = run("check", "--project", str(tmp_path / "mine"))
    assert (result.exit_code, result.stdout) == (0, "All 10 files are well.\n")


def test_init_tells_what_to_do_next(tmp_path: Path) -> None:
    assert re.search(
        r"next:\n  mapper sandbox .*\n  cd .*mine\n  mapper plan\n", run("init", str(tmp_path / "mine")).stdout
    )


def test_init_with_json_names_the_files(tmp_path: Path) -> None:
    told = json.loads(run("init", str(tmp_path / "mine"), "--systems", "koban,nicoka", "--json").stdout)
    names = [".env", ".gitignore", "README.md", "mapper.yaml", "mappings/company.yaml", "mappings/person.yaml"]
    assert told == {"project": str(tmp_path / "mine"), "files": names}


@pytest.mark.parametrize(
    ("systems", "message"),
    [
        ("koban", "a project keeps at least two systems alike (choose from koban, nicoka, cirrus)"),
        ("", "a project keeps at least two systems alike (choose from koban, nicoka, cirrus)"),
        ("koban,nikoka", "there is no sandbox of 'nikoka' (did you mean 'nicoka'?)"),
    ],
)
def test_init_needs_two_known_systems(tmp_path: Path, systems: str, message: str) -> None:
    result = run("init", str(tmp_path / "mine"), "--systems", systems)
    assert (result.exit_code, result.stderr) == (2, f"error: {message}\n")


def test_init_leaves_a_folder_alone_that_holds_something(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = run("init", str(folder))
    assert (result.exit_code, result.stderr) == (2, f"error: {folder} is not an empty folder (name a new one)\n")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_init_leaves_a_file_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("text")
    assert run("init", str(tmp_path / "mine")).exit_code == 2


def test_check_tells_every_problem_of_every_file(folder: Path) -> None:
    edit(folder / "mapper.yaml", "api_token:", "api_tokn:")
    edit(folder / "mappings" / "company.yaml", "nicoka: name1", "nicoka: nmae1")
    edit(folder / "mappings" / "person.yaml", "entity: company, ", "")
    result = run("check", "--project", str(folder))
    assert result.exit_code == 2
    assert [re.sub(r":\d+:\d+", "", line) for line in lines(result.stdout, folder)] == [
        "mapper.yaml: unknown setting 'api_tokn' (did you mean 'api_token'?)",
        "mappings/company.yaml: nicoka customers has no field 'nmae1' (did you mean 'name1'?)",
        "mappings/person.yaml: a ref needs the entity that it refers to (add entity: company)",
    ]
    assert result.stderr.endswith("3 problems in 6 files.\n")


def test_check_with_json_is_one_document(folder: Path) -> None:
    edit(folder / "mapper.yaml", "api_token:", "api_tokn:")
    told = json.loads(run("check", "--project", str(folder), "--json").stdout)
    assert (len(told["files"]), told["warnings"]) == (6, [])
    assert told["problems"][0]["message"] == "unknown setting 'api_tokn'"


def test_check_only_notes_a_variable_that_is_not_set(folder: Path) -> None:
    edit(folder / ".env", "NICOKA_API_TOKEN", "OTHER")
    result = run("check", "--project", str(folder))
    assert result.exit_code == 0
    assert "mapper.yaml:39:18: the variable NICOKA_API_TOKEN is not set here\n" in result.stderr


def test_check_without_a_project_says_how_to_make_one(tmp_path: Path) -> None:
    result = run("check", "--project", str(tmp_path))
    assert result.stderr.startswith(f"error: there is no project file {tmp_path}/mapper.yaml (make one with")


def test_check_of_one_file_names_it(folder: Path) -> None:
    path = folder / "mappings" / "company.yaml"
    assert run("check", str(path), "--project", str(folder)).stdout == f"{path} is well.\n"
