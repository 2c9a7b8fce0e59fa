"""From a document to its spec object, with every problem that was found on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from mapper.spec.document import Document, Steps
from mapper.spec.fast import Misfit, maker
from mapper.spec.schema import build, expand, spec_rules, validate

T = TypeVar("T")


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A spec object with the document that it came from, so that later checks can point into the file."""

    spec: T
    document: Document


def checked(cls: Any, doc: Document, *, lenient: bool = False) -> Any:
    """The spec object of a document; `lenient` leaves problems that hide no others to be raised with those to come."""
    if not doc.problems:
        with suppress(Misfit):
            return maker(cls)(doc.data, doc, ())
    doc.data = expand(cls, doc.data if doc.data is not None else {}, doc, ())
    before = len(doc.problems)
    validate(spec_rules(cls), doc.data, doc)
    if not lenient or doc.fatal or len(doc.problems) - before > len(doc.surplus):
        doc.raise_problems()
    doc.settle()
    return build(cls, doc.data, doc)


def checked_at(cls: Any, doc: Document, steps: Steps) -> Any:
    """The spec object of a part of a document, or None where it has problems, which are noted."""
    above = doc.data
    for step in steps[:-1]:
        above = above[step]
    with suppress(Misfit):
        return maker(cls)(above[steps[-1]], doc, steps)
    above[steps[-1]] = expand(cls, above[steps[-1]], doc, steps)
    if not validate(spec_rules(cls), above[steps[-1]], doc, steps):
        return None
    return build(cls, above[steps[-1]], doc, steps)


def shown(path: Path) -> str:
    """The path as a person would write it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
