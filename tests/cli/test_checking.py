"""`mapper check`: how what it finds is printed, and when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
import yaml

from mapper.cli.checking import github
from mapper.cli.root import main
from mapper.errors import Position, Problem
from tests.cli.shell import run

ROOT = Path(__file__).resolve().parents[2]
SHARED = "about: Shared words.\nfunctions:\n  shout: {value: uper}\n"
MAPPING = """\
entity: company
about: Companies
sides: {koban: accounts, nicoka: customers}
match: [name, name]
fields:
  name: {koban: Label, nicoka: name1, required: true}
"""


@pytest.fixture
def warned(tmp_path: Path) -> Path:
    path = tmp_path / "company.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    (tmp_path / "mapper.yaml").write_text(
        "connections:\n"
        "  koban: {connector: koban, settings: {base_url: 'https://k.invalid'}}\n"
        "  nicoka: {connector: nicoka, settings: {base_url: 'https://n.invalid'}}\n",
        encoding="utf-8",
    )
    return path


def check(path: Path, *options: str) -> tuple[int, str, str]:
    result = run("check", str(path), "--project", str(path.parent), *options)
    return result.exit_code, result.stdout, result.stderr


def test_a_warning_is_told_and_does_not_count(warned: Path) -> None:
    code, out, err = check(warned)
    assert (code, out) == (0, f"{warned} is well.\n")
    assert f"warning: {warned}:4:15: the rule stands there already, as number 1 (leave it out)\n" in err


def test_with_strict_a_warning_is_a_problem(warned: Path) -> None:
    code, out, err = check(warned, "--strict")
    assert (code, out) == (2, f"{warned}:4:15: the rule stands there already, as number 1 (leave it out)\n")
    assert err.endswith("1 warning in 1 file.\n")


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]])
def test_json_tells_problems_warnings_and_notes_with_their_codes(warned: Path, option: list[str]) -> None:
    told = json.loads(check(warned, *option)[1])
    assert (told["problems"], told["notes"]) == ([], [])
    assert [(w["code"], w["severity"], w["line"], w["column"]) for w in told["warnings"]] == [
        ("match-twice", "warning", 4, 15)
    ]


def test_github_is_given_one_command_for_each(warned: Path) -> None:
    code, out, _ = check(warned, "--format", "github")
    message = "the rule stands there already, as number 1 (leave it out)"
    assert (code, out) == (0, f"::warning file={warned},line=4,col=15,title=match-twice::{message}\n")


def test_github_is_told_of_a_problem_as_an_error(tmp_path: Path) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(SHARED, encoding="utf-8")
    code, out, _ = check(path, "--format", "github")
    assert (code, out.split("::")[1]) == (2, f"error file={path},line=3,col=18,title=expression")


@pytest.mark.parametrize(
    ("message", "file", "line"),
    [
        ("100 %", "a.yaml", "::error file=a.yaml,line=1,col=2,title=file::100 %25"),
        ("two\nlines\r", "a.yaml", "::error file=a.yaml,line=1,col=2,title=file::two%0Alines%0D"),
        ("a: b, c", "a.yaml", "::error file=a.yaml,line=1,col=2,title=file::a: b, c"),
        ("x", "C:a,b.yaml", "::error file=C%3Aa%2Cb.yaml,line=1,col=2,title=file::x"),
    ],
)
def test_what_would_end_a_command_is_escaped(message: str, file: str, line: str) -> None:
    assert github(Problem(Position(file, 1, 2), message)) == line


def test_a_hint_follows_the_message() -> None:
    found = Problem(Position("a.yaml"), "wrong", "do this", severity="note", code="loses")
    assert github(found) == "::notice file=a.yaml,line=1,col=1,title=loses::wrong (do this)"


@pytest.mark.parametrize("form", ["text", "github"])
@pytest.mark.parametrize(("options", "told"), [((), False), (("--verbose",), True)])
def test_what_every_run_fetches_is_told_only_with_verbose(
    warned: Path, form: str, options: tuple[str, ...], told: bool
) -> None:
    status = (
        "  status: {type: choice, koban: Status.Code, nicoka: status, values: {client: {koban: C, nicoka: Client}}}"
    )
    warned.write_text(f"{MAPPING}{status}\n", encoding="utf-8")
    code, out, err = check(warned, "--format", form, *options)
    assert (code, "is fetched when a run starts" in out + err) == (0, told)


def hooks() -> list[dict[str, object]]:
    found: list[dict[str, object]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return found


def test_the_hooks_for_pre_commit_are_check_and_test() -> None:
    assert [hook["id"] for hook in hooks()] == ["mapper-check", "mapper-test"]


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: str(hook["id"]))
def test_a_hook_runs_a_command_that_there_is(hook: dict[str, object]) -> None:
    program, *words = str(hook["entry"]).split()
    assert program == "mapper"
    result = run(*words, "--help")
    assert (result.exit_code, words[0] in main.list_commands(click.Context(main))) == (0, True)
    assert {"name", "description", "language"} <= set(hook)
