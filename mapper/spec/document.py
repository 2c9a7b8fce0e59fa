"""A YAML file as plain data in which every key and value has a position.

Only what cannot surprise is resolved: null, true, false and plain decimal numbers. `on`, `no`, `01234` and dates stay
the text that was written, keys are always text, duplicate keys are problems, and aliases are refused: with them a
small file can describe an endless document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from mapper.errors import Position, Problem, SpecError

Steps = tuple[str | int, ...]

_LARGEST = 2_000_000
_DEEPEST = 40
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]{1,18}")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Document:
    """A file's data, and where each step of it stands: of a key its key, of a list's item the item."""

    file: str
    data: Any = None
    positions: dict[Steps, Position] = field(default_factory=dict)
    values: dict[Steps, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    #: The problems of the file's shape, which no later check finds again.
    lasting: list[Problem] = field(default_factory=list)
    #: The keys that nobody knows.
    surplus: list[Steps] = field(default_factory=list)
    #: The starts of block texts, of which every line is indented by as much as the first.
    blocks: set[Position] = field(default_factory=set)

    def at(self, steps: Steps) -> Position:
        """Where a key or an item stands; of something missing, the nearest thing around it."""
        while steps not in self.positions and steps:
            steps = steps[:-1]
        return self.positions.get(steps, Position(self.file))

    def value_at(self, steps: Steps) -> Position:
        """Where a key's value stands."""
        return self.values.get(steps) or self.at(steps)

    def settle(self) -> None:
        """Leave out keys that nobody knows, so that the rest can be looked at; their problems stay."""
        for steps in self.surplus:
            data = self.data
            for step in steps[:-1]:
                data = data[step]
            del data[steps[-1]]
        self.lasting = list(self.problems)

    def restart(self) -> None:
        """Forget the problems of later checks: they are about to be made again."""
        self.problems[:] = self.lasting

    def within(self, steps: Steps, line: int, column: int) -> Position:
        """A place inside a value's text, given by its line and column there."""
        start = self.value_at(steps)
        shifted = line == 1 or start in self.blocks
        return Position(start.file, start.line + line - 1, column + (start.column - 1 if shifted else 0))

    def problem(self, steps: Steps, message: str, hint: str = "", *, value: bool = False) -> None:
        """Note what is wrong at a key, or at its value."""
        self.problems.append(Problem(self.value_at(steps) if value else self.at(steps), message, hint))

    def raise_problems(self) -> None:
        """Raise everything that is wrong with the file so far, if anything is."""
        if self.problems:
            raise SpecError(self.problems)


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is not known."""
    options = sorted({str(k) for k in known})
    close = get_close_matches(word, options, n=1, cutoff=0.6)
    if not close:
        close = [o for o in options if o.lower() == word.lower()]
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known here: {', '.join(options[:12])}{', …' if len(options) > 12 else ''}" if options else ""


def read(path: str | Path, *, name: str | None = None) -> Document:
    """Read a YAML file; raises SpecError where it cannot be read or is no YAML."""
    shown = name or str(path)
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise SpecError([Problem(Position(shown), f"cannot be read: {error.strerror}")]) from None
    if len(raw) > _LARGEST:
        raise SpecError([Problem(Position(shown), f"is larger than {_LARGEST:,} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SpecError([Problem(Position(shown, line), "is not UTF-8 text", "save the file as UTF-8")]) from None
    return parse(text, shown)


def parse(text: str, file: str) -> Document:
    """Parse YAML text; raises SpecError where it is no YAML, collects lesser problems in the document."""
    document = Document(file)
    try:
        _Builder(document, text).run(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        position = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise SpecError([Problem(position, f"is not YAML: {reason}")]) from None
    return document


class _Builder:
    """Builds the data from parser events: without recursion, so no nesting can exhaust the stack."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.lines = text.splitlines()
        self.stack: list[tuple[Any, Steps]] = []
        #: The key that waits for its value; a number stands for one that was given before and is not kept.
        self.key: list[str | int | None] = []

    def run(self, events: Iterable[Any]) -> None:
        for event in events:
            if isinstance(event, yaml.AliasEvent):
                self._refuse(event, "aliases (*name) are not supported here", "write the value out")
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.MappingStartEvent):
                self._open({}, event)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._open([], event)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self.stack.pop()
                self.key.pop()
            elif isinstance(event, yaml.DocumentStartEvent) and self.document.positions:
                self._refuse(event, "holds more than one document", "use one file each")

    def _refuse(self, event: Any, message: str, hint: str) -> None:
        raise SpecError([Problem(self._position(event), message, hint)])

    def _position(self, event: Any) -> Position:
        mark = event.start_mark
        return Position(self.document.file, mark.line + 1, mark.column + 1)

    def _scalar(self, event: Any) -> None:
        if self.stack and isinstance(self.stack[-1][0], dict) and self.key[-1] is None:
            self._key(event)
        else:
            self._add(_resolve(event), event)

    def _key(self, event: Any) -> None:
        container, steps = self.stack[-1]
        name = event.value
        place = (*steps, name)
        position = self._position(event)
        if name in container:
            first = self.document.positions[place]
            self.document.problems.append(Problem(position, f"'{name}' is given twice, first at line {first.line}"))
            self.key[-1] = -position.line
            return
        self.document.positions[place] = position
        self.key[-1] = name

    def _open(self, value: Any, event: Any) -> None:
        if len(self.stack) >= _DEEPEST:
            self._refuse(event, f"is nested more than {_DEEPEST} levels deep", "")
        if self.stack and isinstance(self.stack[-1][0], dict) and self.key[-1] is None:
            self._refuse(event, "a key must be plain text", "")
        self.stack.append((value, self._add(value, event)))
        self.key.append(None)

    def _add(self, value: Any, event: Any) -> Steps:
        position = self._position(event)
        if not self.stack:
            self.document.data = value
            place: Steps = ()
            self.document.positions[place] = position
        else:
            container, steps = self.stack[-1]
            if isinstance(container, dict):
                key = self.key[-1]
                assert key is not None
                place = (*steps, key)
                if isinstance(key, str):
                    container[key] = value
                self.key[-1] = None
            else:
                place = (*steps, len(container))
                container.append(value)
                self.document.positions[place] = position
        self.document.values[place] = self._text_start(event, position)
        return place

    def _text_start(self, event: Any, position: Position) -> Position:
        """Where a scalar's text begins: after the quote, or on the line below a `|`, behind its indentation."""
        style = getattr(event, "style", None)
        if style in ("'", '"'):
            return Position(position.file, position.line, position.column + 1)
        if style not in ("|", ">"):
            return position
        below = next((line for line in self.lines[position.line :] if line.strip()), "")
        start = Position(position.file, position.line + 1, len(below) - len(below.lstrip()) + 1)
        self.document.blocks.add(start)
        return start


def _resolve(event: Any) -> Any:
    text: str = event.value
    if event.style or event.tag:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text
