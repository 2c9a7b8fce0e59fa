"""The tests of functions: those of a mapping, of a shared file, and of what they import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mapper.compile.vocabulary import Vocabulary
from mapper.errors import RuleError
from mapper.records import ABSENT
from mapper.spec.document import Document, Steps
from mapper.spec.load import Loaded
from mapper.spec.mapping import Mapping
from mapper.spec.shared import Function, FunctionCase, Shared
from mapper.sync.cases import CaseResult, Difference, same


def as_mapping(shared: Shared) -> Mapping:
    """A mapping that has nothing but what a shared file gives."""
    return Mapping(
        entity="",
        about=shared.about,
        sides={},
        fields={},
        constants=shared.constants,
        functions=shared.functions,
        tables=shared.tables,
    )


def words_of(spec: Mapping, document: Document) -> Vocabulary:
    """The functions, constants and tables of a file, ready to be used; raises SpecError with what is wrong in them."""
    document.restart()
    words = Vocabulary(spec, document)
    document.raise_problems()
    return words


def run_functions(loaded: Loaded[Mapping] | Loaded[Shared]) -> list[CaseResult]:
    """Run the tests of all functions that a file has or imports; raises SpecError."""
    spec = loaded.spec if isinstance(loaded.spec, Mapping) else as_mapping(loaded.spec)
    words = words_of(spec, loaded.document)
    return list(_results(spec, words, loaded.document))


def passes(spec: Mapping, words: Vocabulary, document: Document) -> bool:
    """Whether the tests of all functions hold."""
    return not any(result.differences for result in _results(spec, words, document))


def _results(spec: Mapping, words: Vocabulary, document: Document) -> Iterator[CaseResult]:
    for name, function in spec.functions.items():
        for number, case in enumerate(function.tests):
            yield _run(name, function, case, words, document, ("functions", name, "tests", number))


def _run(
    name: str, function: Function, case: FunctionCase, words: Vocabulary, document: Document, steps: Steps
) -> CaseResult:
    most = 1 + len(function.args)
    wanted: dict[str, Any] = {"expect": case.expect} if case.error is None else {"error": case.error}
    about = f"{name}({', '.join(map(repr, case.given))})"
    result = CaseResult(
        name, document.at(steps), about, (), document.origin(steps), steps, wanted, ABSENT, list(case.given)
    )
    if len(case.given) > most:
        message = f"{name} is given {most} values at most, not {len(case.given)}"
        wrong = Difference(document.at((*steps, "given")), "", "", ABSENT, ABSENT, message)
        return replace(result, differences=(wrong,))
    given = (*case.given, *[ABSENT] * (most - len(case.given)))
    found: dict[str, Any]
    try:
        found = {"expect": shown(words.transforms[name].call(*given))}
    except RuleError as error:
        found = {"error": error.message}
    holds = _holds(wanted, found)
    key = next(iter(wanted))
    place = document.at((*steps, key))
    other = found.get(key, ABSENT)
    differences = [] if holds else [Difference(place, key, "", wanted[key], other)]
    if not holds and other is ABSENT:
        differences += [Difference(place, word, "", ABSENT, value) for word, value in found.items()]
    return replace(result, differences=tuple(differences), found=wanted if holds else found)


def _holds(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    if wanted.keys() != found.keys():
        return False
    if "error" in wanted:
        return str(wanted["error"]) in found["error"]
    return same(found["expect"], wanted["expect"])


def shown(value: Any) -> Any:
    """What a function gives, as a file can say it: missing is null, a date its text."""
    if value is ABSENT:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return value
