"""Paths: where a value stands in a record.

A plain path (`Address.ZipCode`, `['odd name'].x`) walks dicts. Anything else (indexes, wildcards, filters) is given to
jsonpath-ng, which is imported when the first such path is met.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from mapper.records import ABSENT, Record

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 20

_SEGMENT = re.compile(r"[^\W\d][\w-]*|[0-9][\w-]*|@[\w.-]+")
_QUOTED = re.compile(r"""\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]""")
_MANY = re.compile(r"\*|\?|\.\.|:|,")
_POSITION = re.compile(r"(?:col |at [0-9]+:)([0-9]+)")


class PathError(ValueError):
    """A text that is not a path; `offset` is the 0-based column of the fault."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path; `parts` are the keys of a plain one.

    `get(record)` gives the value at the path, or ABSENT where a key is missing or a step leads through null or a
    non-dict; a path with a wildcard, slice or filter gives the list of all that it finds.
    """

    text: str
    parts: tuple[str, ...]
    plain: bool
    get: Callable[[Any], Any] = field(repr=False, compare=False)

    def put(self, record: Record, value: Any) -> None:
        """Set the value, with dicts made on the way; ValueError for a path that is not plain."""
        if not self.plain:
            raise ValueError(f"{self.text} cannot be written to: it is not a plain path")
        here = record
        for part in self.parts[:-1]:
            below = here.get(part)
            if not isinstance(below, dict):
                below = here[part] = {}
            here = below
        here[self.parts[-1]] = value


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Parse a path; PathError, with the column, if it is none."""
    if not text.strip():
        raise PathError("a path is empty")
    if len(text) > MAX_LENGTH:
        raise PathError(f"a path of {len(text)} characters is too long; {MAX_LENGTH} are allowed", MAX_LENGTH)
    parts = _plain(text)
    if parts is None:
        return Path(text, (), False, _jsonpath(text))
    if len(parts) > MAX_DEPTH:
        raise PathError(f"a path of {len(parts)} steps is too deep; {MAX_DEPTH} are allowed")
    return Path(text, parts, True, _walker(parts))


def _plain(text: str) -> tuple[str, ...] | None:
    """The keys of a plain path, or None if it needs jsonpath-ng."""
    parts: list[str] = []
    position = 2 if text.startswith("$.") else 1 if text.startswith("$[") else 0
    while True:
        quoted = _QUOTED.match(text, position)
        found = quoted or _SEGMENT.match(text, position)
        if not found:
            return None
        parts.append(re.sub(r"\\(.)", r"\1", found[1] or found[2] or "") if quoted else found[0])
        position = found.end()
        if position == len(text):
            return tuple(parts)
        if text[position] == "." and position + 1 < len(text):
            position += 1
        elif text[position] != "[":
            return None


def _walker(parts: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(parts) == 1:
        (only,) = parts
        return lambda record: record.get(only, ABSENT) if isinstance(record, dict) else ABSENT
    if len(parts) == 2:
        return _two_steps(*parts)

    def walk(record: Any) -> Any:
        for part in parts:
            if not isinstance(record, dict):
                return ABSENT
            record = record.get(part, ABSENT)
        return record

    return walk


def _two_steps(first: str, second: str) -> Callable[[Any], Any]:
    def walk(record: Any) -> Any:
        below = record.get(first) if isinstance(record, dict) else None
        return below.get(second, ABSENT) if isinstance(below, dict) else ABSENT

    return walk


def _jsonpath(text: str) -> Callable[[Any], Any]:
    bare = _without_quoted(text)
    _refuse(text, bare)
    parser = import_module("jsonpath_ng.ext")
    try:
        finder = parser.parse(text)
    except Exception as error:  # the library raises plain Exception for some texts that it cannot read
        raise PathError(_message(text, bare, error), _offset(text, str(error))) from None
    many = bool(_MANY.search(bare))

    def find(record: Any) -> Any:
        try:
            found = [match.value for match in finder.find(record)]
        except (TypeError, AttributeError, LookupError):  # a step that leads through null or a scalar
            found = []
        if many:
            return found
        return found[0] if found else ABSENT

    return find


def _refuse(text: str, bare: str) -> None:
    """Faults that the library would report less exactly, and its regular expressions, which nothing bounds."""
    if len(re.findall(r"[.\[(]", bare)) > MAX_DEPTH:
        raise PathError(f"a path of more than {MAX_DEPTH} steps is too deep")
    for pattern, message in (
        (r"^\.", "a path cannot begin with a dot"),
        (r"\.$", "a path cannot end with a dot"),
        (r"=~|`sub|`split", "regular expressions belong in a transform, not in a path"),
    ):
        if found := re.search(pattern, bare):
            raise PathError(f"{text!r} is not a path: {message}", found.start())


def _without_quoted(text: str) -> str:
    """The text with everything in quotes blotted out, at the same columns."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", lambda found: "_" * len(found[0]), text)


def _message(text: str, bare: str, error: Exception) -> str:
    if " " in bare.strip():
        return f"{text!r} is not a path: a name with a blank is written ['odd name']"
    return f"{text!r} is not a path: {(str(error) or type(error).__name__).splitlines()[0][:200]}"


def _offset(text: str, message: str) -> int:
    found = _POSITION.search(message)
    return min(int(found[1]), len(text)) if found else len(text) if "end of" in message else 0
