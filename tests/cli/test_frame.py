"""What holds for every command: help with an example, one sentence for what goes wrong, one JSON document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mapper.cli import main
from mapper.cli.frame import Command, Root, settings
from mapper.cli.output import clean, say, shown, table
from mapper.errors import (
    AuthFailed,
    GuardError,
    Locked,
    MapperError,
    Position,
    Problem,
    Rejected,
    RuleError,
    SpecError,
    StateError,
    UsageError,
)
from mapper.log import hide
from tests.cli.shell import run

ROOT = Path(__file__).parents[2]


def commands() -> list[list[str]]:
    """Every command and every command of a group."""
    context = click.Context(main)
    found = [[name] for name in main.list_commands(context)]
    return [*found, *(["quarantine", name] for name in ("list", "show", "retry", "drop"))]


@pytest.mark.parametrize("names", commands(), ids=" ".join)
def test_the_help_of_a_command_has_an_example(names: list[str]) -> None:
    result = run(*names, "--help")
    assert (result.exit_code, "mapper " + " ".join(names) in result.stdout.split("Example")[-1]) == (0, True)


def test_the_help_lists_every_command_with_a_line() -> None:
    text = run("--help").stdout
    assert all(f"\n  {name} " in text for name in main.list_commands(click.Context(main)))


@pytest.mark.parametrize("names", [[], ["quarantine"]])
def test_without_a_command_the_help_is_shown(names: list[str]) -> None:
    result = run(*names)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")
    assert result.stderr.rstrip().splitlines()[-1].startswith("  mapper ")


def test_the_line_of_each_command_is_whole() -> None:
    helps = [run(name, "--help").stdout for name in main.list_commands(click.Context(main))]
    lines = [line for text in helps for line in text.partition("Commands:")[2].splitlines()]
    assert [line for line in lines if line.endswith("...")] == []


def test_the_version_is_told() -> None:
    assert run("--version").stdout.startswith("mapper ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["pln"], "error: there is no command 'pln' (did you mean 'plan'?)"),
        (["zzz"], "error: there is no command 'zzz'"),
        (["quarantine", "lst"], "error: there is no command 'lst' (did you mean 'list'?)"),
        (["plan", "--nope"], "error: No such option '--nope'."),
        (["try", "company"], "error: Missing option '--from'."),
        (["schema"], "error: Missing argument 'KIND'. Choose from: mapping, connector, project, shared"),
        (["show", "x"], "error: Invalid value for 'RUN': 'x' is not a valid integer."),
        (["--project", "/none", "plan"], "error: there is no project file /none (make one with `mapper init`"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_code_2(args: list[str], message: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(message)


def failing(error: BaseException) -> Root:
    """A command line whose one command fails."""

    def fail() -> None:
        raise error

    root = Root("mapper")
    root.add_command(Command("fail", callback=fail))
    return root


SPEC = SpecError([Problem(Position("b.yaml", 2, 3), "two", "do it"), Problem(Position("a.yaml", 1, 1), "one")])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (MapperError("it broke", hint="mend it"), 1, "error: it broke (mend it)"),
        (UsageError("not so"), 2, "error: not so"),
        (SPEC, 2, "error: a.yaml:1:1: one\nerror: b.yaml:2:3: two (do it)"),
        (StateError("no room"), 2, "error: no room"),
        (
            RuleError("too long", field="name", position=Position("m.yaml", 4, 5)),
            3,
            "error: m.yaml:4:5: name: too long",
        ),
        (GuardError("too few", flag="--go"), 4, "error: too few. If this is what you want, run it again with --go"),
        (Rejected("no", connection="crm", operation="a.get", status=400), 5, "error: crm a.get answered 400: no"),
        (
            AuthFailed("no", connection="crm"),
            5,
            "error: crm: no (see that the secrets of this connection are right, in .env or in the environment)",
        ),
        (Locked("busy"), 6, "error: busy"),
        (OSError(28, "No space left on device", "x.db"), 1, "error: x.db: No space left on device"),
        (KeyboardInterrupt(), 130, "\nstopped; the next run goes on from here"),
        (
            ValueError("odd\nmore"),
            1,
            "error: a defect of mapper: ValueError: odd\nrun again with --verbose for details",
        ),
        (ZeroDivisionError(), 1, "error: a defect of mapper: ZeroDivisionError\nrun again with --verbose for details"),
    ],
)
def test_an_error_is_told_in_words_with_its_code(error: BaseException, code: int, message: str) -> None:
    result = CliRunner().invoke(failing(error), ["fail"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, message + "\n", "")


def test_a_traceback_is_told_only_with_verbose() -> None:
    assert "Traceback" in CliRunner().invoke(failing(ValueError("odd")), ["fail", "--verbose"]).stderr


@pytest.mark.parametrize("args", [["--json", "fail"], ["fail", "--json"]])
def test_with_json_an_error_is_one_document_too(args: list[str]) -> None:
    result = CliRunner().invoke(failing(Rejected("no", connection="crm", operation="a.get", status=400)), args)
    facts = {"kind": "Rejected", "message": "crm a.get answered 400: no", "exit_code": 5}
    about = {"connection": "crm", "operation": "a.get", "status": 400}
    assert json.loads(result.stdout) == {"error": facts | about}


def test_with_json_each_problem_of_a_file_is_told_apart() -> None:
    result = CliRunner().invoke(failing(SPEC), ["fail", "--json"])
    [first, second] = json.loads(result.stdout)["error"]["problems"]
    place = {"file": "a.yaml", "line": 1, "column": 1}
    assert first == place | {"message": "one", "hint": "", "severity": "problem", "code": "file"}
    assert second["hint"] == "do it"


def test_a_secret_is_masked_in_whatever_is_told() -> None:
    hide("s3cret-of-the-test")
    result = CliRunner().invoke(failing(ValueError("s3cret-of-the-test")), ["fail", "--json", "--verbose"])
    assert "s3cret-of-the-test" not in result.output
    assert "•••" in result.stderr
    assert "•••" in result.stdout


def test_common_options_stand_before_or_after_the_command() -> None:
    seen = []
    root = Root("mapper")
    root.add_command(Command("look", callback=lambda: seen.append((settings().project, settings().json))))
    CliRunner().invoke(root, ["--project", "a", "--json", "look"])
    CliRunner().invoke(root, ["look", "--json", "--project", "b"])
    assert seen == [("a", True), ("b", True)]


def test_a_number_that_a_command_gives_is_the_exit_code() -> None:
    root = Root("mapper")
    root.add_command(Command("three", callback=lambda: 3))
    assert CliRunner().invoke(root, ["three"]).exit_code == 3


def test_a_reader_who_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "mapper", "schema", "mapping"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\rb", "a\\x0db"),
        ("a\u202eb", "a\\x202eb"),
        ("Énergie\tå\n", "Énergie\tå\n"),
    ],
)
def test_a_vendors_text_cannot_steer_the_terminal(text: str, printed: str) -> None:
    assert clean(text) == printed


def test_a_cell_of_a_table_is_no_markup() -> None:
    assert table(("a",), [("[bold]x[/bold]",)]).splitlines()[-1] == "[bold]x[/bold]"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ("", "–"),
        (0, "0"),
        (False, "false"),
        ([1, "a"], '[1,"a"]'),
        ("two\n lines", "two lines"),
        ("x" * 70, "x" * 59 + "…"),
    ],
)
def test_a_value_is_shown_in_one_short_line(value: object, words: str) -> None:
    assert shown(value) == words


def test_what_is_said_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("hello")
    assert capsys.readouterr() == ("", "hello\n")


def test_where_a_table_is_too_wide_columns_without_a_value_give_way() -> None:
    headers, rows = ("side", "read", "failed"), [("crm", "1", "–"), ("erp", "2", "–")]
    assert table(headers, rows, width=20).splitlines()[0].split() == ["side", "read"]
    assert table(headers, rows, width=40).splitlines()[0].split() == ["side", "read", "failed"]
