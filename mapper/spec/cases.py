"""The tests of a mapping: those in its own file, then those in the files that it names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from mapper.errors import Position, Problem, SpecError
from mapper.spec import document as documents
from mapper.spec.checked import Loaded, checked_at, shown
from mapper.spec.document import Document, Steps
from mapper.spec.mapping import Case, Mapping

_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Placed:
    """A case, the document of its file, and its steps in that document."""

    case: Case
    document: Document
    steps: Steps


def load_cases(loaded: Loaded[Mapping]) -> list[Placed]:
    """Every case of a mapping; raises SpecError with all that is wrong in the files of cases."""
    doc = loaded.document
    found = [Placed(case, doc, ("tests", number)) for number, case in enumerate(loaded.spec.tests)]
    problems: list[Problem] = []
    for number, name in enumerate(loaded.spec.cases):
        path = doc.folder / name
        if not path.is_file():
            place = doc.value_at(("cases", number))
            problems.append(Problem(place, f"there is no file {name}"))
            continue
        try:
            found += read_cases(path)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def read_cases(path: Path) -> list[Placed]:
    """The cases of one file: a YAML list, or JSON Lines; raises SpecError."""
    doc = _lines(path) if path.suffix in _LINES else documents.read(path, name=shown(path))
    data = [] if doc.data is None else doc.data
    if not isinstance(data, list):
        doc.problem((), "expected a list of cases", value=True)
        doc.raise_problems()
    cases = [checked_at(Case, doc, (number,)) for number in range(len(data))]
    doc.raise_problems()
    return [Placed(case, doc, (number,)) for number, case in enumerate(cases)]


def _lines(path: Path) -> Document:
    """A document of JSON Lines: each case at its line."""
    doc = Document(shown(path), data=[], path=path)
    for number, line in enumerate(documents.text_of(path, doc.file).split("\n"), 1):
        if not line.strip():
            continue
        place = Position(doc.file, number)
        try:
            value = json.loads(line, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_table)
        except json.JSONDecodeError as error:
            doc.problems.append(Problem(Position(doc.file, number, error.colno), f"is not JSON: {error.msg}"))
            continue
        except (ValueError, RecursionError) as error:
            words = str(error) if isinstance(error, ValueError) else "is nested too deep"
            doc.problems.append(Problem(place, words))
            continue
        doc.positions[(len(doc.data),)] = doc.values[(len(doc.data),)] = place
        doc.data.append(value)
    doc.raise_problems()
    return doc


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(n for n in names if names.count(n) > 1)}' is given twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"is not JSON: {name} is no number")
