"""`mapper check`, `test` and `schema`: what can be said of the files without asking any vendor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.sync.cases import CaseResult, Difference
    from mapper.sync.project import Project

_WRONG = 2


@command("check", examples=("mapper check", "mapper check mappings/company.yaml", "mapper check connectors/"))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> int:
    """Find every problem in FILES, offline; without FILES, in the whole project.

    FILES are mappings, connectors, projects and catalogues, or folders of them. Every problem is one line:
    file:line:column: what is wrong (what to do).
    """
    from mapper.sync.check import check_files, check_project

    checked = check_files(files, _project()) if files else check_project(Path(settings().project))
    if settings().json:
        problems = [output.problem(problem) for problem in checked.problems]
        output.document({"files": checked.files, "problems": problems, "notes": checked.notes})
    for note in checked.notes:
        output.say(f"note: {note}")
    if checked.problems:
        if not settings().json:
            for problem in checked.problems:
                output.show(str(problem))
        output.say(f"{_count(len(checked.problems), 'problem')} in {_count(len(checked.files), 'file')}.")
        return _WRONG
    if not settings().json:
        number = len(checked.files)
        output.show(f"All {number} files are well." if number != 1 else f"{checked.files[0]} is well.")
    return 0


@command("test", examples=("mapper test", "mapper test company", "mapper test mappings/company.yaml"))
@click.argument("entities", nargs=-1, metavar="[ENTITY|FILE]...")
def test(entities: tuple[str, ...]) -> int:
    """Run the tests that stand in the mappings themselves, under `tests:`.

    Each gives one side's record and tells what the others are to be written. Lists and custom fields come from the
    mapping and from the project's catalogue; no vendor is asked.
    """
    results = [result for name in entities or _project(needed=True).entities for result in _results(name)]
    failed = [result for result in results if result.differences]
    if settings().json:
        output.document(
            {"passed": len(results) - len(failed), "failed": len(failed), "cases": list(map(_case, results))}
        )
    else:
        for result in failed:
            output.show(f"{result.position}: {result.entity}: {result.about}")
            for difference in result.differences:
                output.show(f"    {_difference(difference)}")
    passed = f"{_count(len(results) - len(failed), 'case')} passed"
    if failed:
        output.say(f"{passed}, {len(failed)} failed.")
        return _WRONG
    if not settings().json:
        output.show(f"{passed}." if results else "There is no test in these mappings.")
    return 0


@command("schema", examples=("mapper schema mapping > mapping.schema.json", "mapper schema connector"))
@click.argument("kind", type=click.Choice(["mapping", "connector", "project"]))
def schema(kind: str) -> None:
    """Print the JSON Schema of a kind of file, so that an editor completes and checks it as one types."""
    from mapper.spec.jsonschema import schema_of

    click.echo(output.text_of(schema_of(kind), pretty=not settings().json))


def _project(*, needed: bool = False) -> Any:
    """The project; None where there is none and none is needed."""
    path = Path(settings().project)
    file = path / "mapper.yaml" if path.is_dir() else path
    return settings().load() if needed or file.exists() else None


def _results(name: str) -> list[CaseResult]:
    from mapper.errors import SpecError
    from mapper.spec.load import load_mapping
    from mapper.sync.cases import run_cases
    from mapper.sync.offline import alone, compile_offline

    project: Project | None = _project(needed=not name.endswith((".yaml", ".yml")))
    if name.endswith((".yaml", ".yml")):
        loaded = load_mapping(name)
        if project is None:
            project = alone(loaded, Path(name).parent)
    else:
        assert project is not None
        loaded = project.mapping(name)
    mapping, problems = compile_offline(loaded, project, own=True)
    if mapping is None:
        raise SpecError(problems)
    return run_cases(loaded, mapping)


def _case(result: CaseResult) -> dict[str, Any]:
    return {
        "entity": result.entity,
        "place": str(result.position),
        "about": result.about,
        "passed": not result.differences,
        "differences": [_difference(difference) for difference in result.differences],
    }


def _difference(found: Difference) -> str:
    """One difference in words."""
    from mapper.records import ABSENT

    where = " ".join(part for part in (found.side, found.path) if part)
    line = f"line {found.position.line}"
    if found.message:
        return f"{line}: {where + ': ' if where else ''}{found.message}"
    if found.found is ABSENT:
        return f"{line}: {where}: expected {_value(found.wanted)}, but nothing is written"
    if found.wanted is ABSENT:
        return f"{line}: {where}: {_value(found.found)} is written, but not expected"
    return f"{line}: {where}: expected {_value(found.wanted)}, found {_value(found.found)}"


def _value(value: Any) -> str:
    return output.text_of(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
