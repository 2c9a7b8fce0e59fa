"""`mapper check`: what can be said of the files without asking any vendor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.errors import Problem
    from mapper.sync.check import Checked

_WRONG = 2
_GITHUB = {"problem": "error", "warning": "warning", "note": "notice"}


@command(
    "check",
    examples=(
        "mapper check",
        "mapper check mappings/company.yaml",
        "mapper check --strict connectors/ shared.yaml",
        "mapper check --format github",
    ),
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Count warnings as problems.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="How it is printed: json is the same as --json, github marks the lines of a pull request.",
)
def check(files: tuple[Path, ...], strict: bool, form: str) -> int:
    """Find every problem in FILES, offline; without FILES, in the whole project.

    FILES are mappings, connectors, projects, catalogues, shared files and files of tests, or folders of them. Every
    problem is one line: file:line:column: what is wrong (what to do). Warnings are told too, and do not count.
    """
    from mapper.sync.check import check_files, check_project

    checked = check_files(files, _project()) if files else check_project(Path(settings().project))
    if settings().json or form == "json":
        output.document(_plain(checked))
    elif form == "github":
        for found in sorted([*checked.problems, *checked.warnings, *_notes(checked)]):
            click.echo(output.mask(github(found)))
    else:
        _show(checked, strict=strict)
    return _WRONG if checked.problems or (strict and checked.warnings) else 0


def _plain(checked: Checked) -> dict[str, Any]:
    return {
        "files": checked.files,
        "problems": list(map(output.problem, checked.problems)),
        "warnings": list(map(output.problem, checked.warnings)),
        "notes": list(map(output.problem, checked.notes)),
    }


def _show(checked: Checked, *, strict: bool) -> None:
    """Problems on stdout, all else on stderr; with `strict` warnings are problems."""
    for note in _notes(checked):
        output.say(f"note: {note}")
    for problem in checked.problems:
        output.show(str(problem))
    for warning in checked.warnings:
        if strict:
            output.show(str(warning))
        else:
            output.say(f"warning: {warning}")
    counts = [_count(len(checked.problems), "problem")] if checked.problems else []
    counts += [_count(len(checked.warnings), "warning")] if checked.warnings else []
    number = len(checked.files)
    if counts:
        output.say(f"{' and '.join(counts)} in {_count(number, 'file')}.")
    if not (checked.problems or (strict and checked.warnings)):
        output.show(f"All {number} files are well." if number != 1 else f"{checked.files[0]} is well.")


def _notes(checked: Checked) -> list[Problem]:
    """The notes that are told to people: what a run fetches, which is so of every list, only with --verbose."""
    return [note for note in checked.notes if note.code != "fetch" or settings().verbose]


def github(found: Problem) -> str:
    """A line that marks the place in a pull request."""
    place = found.position
    where = f"file={_escaped(place.file, ':,')},line={place.line},col={place.column},title={_escaped(found.code, ':,')}"
    hint = f" ({found.hint})" if found.hint else ""
    return f"::{_GITHUB[found.severity]} {where}::{_escaped(found.message + hint)}"


def _escaped(text: str, more: str = "") -> str:
    """The text with what ends a line, or else a value, written as GitHub demands."""
    for sign in f"%\r\n{more}":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def _project() -> Any:
    """The project; None where there is none."""
    path = Path(settings().project)
    file = path / "mapper.yaml" if path.is_dir() else path
    return settings().load() if file.exists() else None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
