"""`mapper test`: the mappings' own tests, what they leave untouched, and what they would not notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.sync.caserewrite import Files
    from mapper.sync.cases import CaseResult, Difference
    from mapper.sync.suites import Suite

_WRONG = 2


@command(
    "test",
    examples=(
        "mapper test                                  all mappings of the project",
        "mapper test company -k siret                 the cases of one that speak of SIRET",
        "mapper test mappings/company.yaml --update   take what is found as expected",
        "mapper test shared.yaml                      the functions that mappings import",
        "mapper test connectors/crm.yaml              the examples of a connector's operations",
        "mapper test --coverage --fail-under 90       what no case touches",
        "mapper test company --mutate                 changes that no case notices",
    ),
)
@click.argument("entities", nargs=-1, metavar="[ENTITY|FILE]...")
@click.option("-k", "words", metavar="WORDS", default="", help="Only cases that hold all these words.")
@click.option("--update", is_flag=True, help="Rewrite the expectations that differ, in their files.")
@click.option("--coverage", is_flag=True, help="Tell which rows, table entries and branches no case touches.")
@click.option(
    "--fail-under", type=click.FloatRange(0, 100), metavar="N", help="Fail if less than N percent are touched."
)
@click.option("--mutate", is_flag=True, help="Change each rule in turn and name the changes that no case notices.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="With --mutate: at most N changes of each mapping.")
def test(
    entities: tuple[str, ...],
    words: str,
    update: bool,
    coverage: bool,
    fail_under: float | None,
    mutate: bool,
    limit: int | None,
) -> int:
    """Run the tests of the mappings and of their functions, and the examples of the project's own connectors.

    Each case gives one side's record and tells what the others are to be written. Lists and custom fields come from the
    mapping and from the project's catalogue; no vendor is asked. An example of a connector tells what is sent, what the
    vendor answers, and what comes of it.
    """
    from mapper.cli.testreports import cover, mutated
    from mapper.sync.caserewrite import Files
    from mapper.sync.suites import chosen, suites

    found = suites(_names(entities), _project(entities))
    files = Files(result for suite in found for result in suite.results) if update else None
    found = [chosen(suite, words) for suite in found] if words else found
    results = [result for suite in found for result in suite.results]
    failed = [result for result in results if result.differences]
    facts: dict[str, Any] = {
        "passed": len(results) - len(failed),
        "failed": len(failed),
        "cases": [_case(result) for result in results],
    }
    code = _update(files, failed, facts) if files is not None else _told(results, failed, found, words)
    rules = [suite for suite in found if suite.has_rules]
    if coverage or fail_under is not None:
        code = max(code, cover(rules, fail_under, facts))
    if mutate and not failed:
        mutated(rules, limit, facts)
    elif mutate:
        output.say("Nothing was changed to see what the cases notice: first mend those that fail.")
    if settings().json:
        output.document(facts)
    return code


def _names(entities: tuple[str, ...]) -> Iterable[str]:
    from mapper.sync.suites import own_connectors

    if entities:
        return entities
    project = settings().load()
    return [*project.entities, *own_connectors(project)]


def _project(entities: tuple[str, ...]) -> Any:
    """The project; None where there is none and the files can do without."""
    from mapper.sync.suites import YAML

    path = Path(settings().project)
    file = path / "mapper.yaml" if path.is_dir() else path
    needed = not entities or any(not name.endswith(YAML) for name in entities)
    return settings().load() if needed or file.exists() else None


def _told(results: list[CaseResult], failed: list[CaseResult], found: list[Suite], words: str) -> int:
    """Tell of each case that fails, and how many do."""
    if not settings().json:
        for result in failed:
            _show(result)
    passed = f"{_count(len(results) - len(failed), 'case')} passed"
    if failed:
        output.say(f"{passed}, {len(failed)} failed.")
        for line in _next(failed[0], found, words):
            output.say(line)
        return _WRONG
    if not settings().json:
        none = f"No case holds the words {words!r}." if words else "There is no test in these mappings."
        output.show(f"{passed}." if results else none)
    return 0


def _next(failed: CaseResult, found: list[Suite], words: str) -> Iterator[str]:
    """What can be done about a case that fails."""
    from mapper.sync.suites import YAML

    suite = next(suite for suite in found if failed in suite.results)
    place = suite.given
    chosen = f" -k {words!r}" if words else ""
    from mapper.records import ABSENT

    if failed.found is ABSENT:
        return
    yield "next:"
    if failed.targets and suite.mapping is not None and not place.endswith(YAML):
        yield f"  mapper try {place} --from {failed.source} --to {failed.targets[0]} --explain RECORD.json"
        yield "      the way of each value through its rules"
    yield f"  mapper test {place}{chosen} --update"
    yield "      take what is found as expected"


def _update(files: Files, failed: list[CaseResult], facts: dict[str, Any]) -> int:
    """Rewrite what differs, and show what that changes; cases that are wrong themselves stay as they are."""
    from mapper.records import ABSENT

    changed = files.rewrite(failed)
    for one in changed:
        one.write()
        if not settings().json:
            for line in one.diff():
                _styled(line, {"+": "green", "-": "red"}.get(line[:1]))
    facts["updated"] = [{"file": one.diff()[0][4:], "diff": one.diff()} for one in changed if one.diff()]
    left = [result for result in failed if result.found is ABSENT]
    for result in left:
        if not settings().json:
            _show(result)
    rewritten = _count(len(failed) - len(left), "expectation")
    said = f"{rewritten} rewritten in {_count(len(changed), 'file')}" if changed else "No expectation differs"
    output.say(f"{said}{f', {len(left)} left' if left else ''}.")
    return _WRONG if left else 0


def _show(result: CaseResult) -> None:
    """One case that fails: each value that differs, what was expected above what was found."""
    output.show(f"{result.position}: {result.entity}: {result.about}")
    width = max(len(_where(found)) for found in result.differences)
    for found in result.differences:
        where = f"    {_where(found):<{width}}"
        if found.message:
            output.show(f"{where}  {found.message}".rstrip() + f"  ({found.position})")
            continue
        _styled(f"{where}  - {_value(found.wanted, 'nothing is expected')}", "red", f"  ({found.position})")
        _styled(f"    {'':<{width}}  + {_value(found.found, 'nothing is found')}", "green")


def _where(found: Difference) -> str:
    return " ".join(part for part in (found.side, found.path) if part)


def _value(value: Any, none: str) -> str:
    from mapper.records import ABSENT
    from mapper.sync.yamlwords import plain_data

    return none if value is ABSENT else output.text_of(plain_data(value))


def _styled(text: str, colour: str | None, rest: str = "") -> None:
    """Print a line, in colour where the terminal has any."""
    click.echo(click.style(output.clean(text), fg=colour) + output.clean(rest))


def _case(result: CaseResult) -> dict[str, Any]:
    from mapper.records import ABSENT
    from mapper.sync.yamlwords import plain_data

    facts = {
        "entity": result.entity,
        "place": str(result.position),
        "about": result.about,
        "passed": not result.differences,
        "differences": [_difference(found) for found in result.differences],
    }
    if result.differences and result.found is not ABSENT:
        facts["found"] = plain_data(result.found)
    return facts


def _difference(found: Difference) -> dict[str, Any]:
    from mapper.records import ABSENT
    from mapper.sync.yamlwords import plain_data

    place = found.position
    facts = {"file": place.file, "line": place.line, "column": place.column, "side": found.side, "path": found.path}
    values = {"expected": found.wanted, "found": found.found}
    facts |= {name: plain_data(value) for name, value in values.items() if value is not ABSENT}
    return {**facts, "message": found.message} if found.message else facts


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
