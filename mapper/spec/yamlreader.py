"""From YAML text to plain data with positions, event by event."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

from mapper.errors import Position, Problem, SpecError
from mapper.spec.document import Document, Steps
from mapper.spec.textplace import text_start

_DEEPEST = 40
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]{1,18}")
#: The first characters of texts that may be something else.
_SPECIAL = frozenset("-0123456789~ntf")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def fill(document: Document, text: str) -> None:
    """Read a YAML text into a document; raises SpecError where it is no YAML."""
    try:
        loader = _LOADER(text)
        try:
            _Builder(document, text).run(loader)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        file = document.file
        mark = getattr(error, "problem_mark", None)
        position = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise SpecError([Problem(position, f"is not YAML: {reason}")]) from None


class _Builder:
    """Builds the data from parser events: without recursion, so no nesting can exhaust the stack."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.file = document.file
        self.positions = document.positions
        self.values = document.values
        self.text = text
        self.lines: list[str] | None = None
        self.stack: list[tuple[Any, Steps]] = []
        #: What stands around, and its steps; of a table, the key that waits for its value. A number stands for a key
        #: that was given before and is not kept.
        self.container: Any = None
        self.steps: Steps = ()
        self.key: str | int | None = None

    def run(self, loader: Any) -> None:
        next_event = loader.get_event
        while True:
            event = next_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                if self.key is None and type(self.container) is dict:
                    self._key(event)
                else:
                    self._add(_resolve(event), event)
            elif kind is yaml.MappingStartEvent:
                self._open({}, event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.container, self.steps = self.stack.pop()
                self.key = None
            elif kind is yaml.SequenceStartEvent:
                self._open([], event)
            elif kind is yaml.AliasEvent:
                self._refuse(event, "aliases (*name) are not supported here", "write the value out")
            elif kind is yaml.DocumentStartEvent and self.positions:
                self._refuse(event, "holds more than one document", "use one file each")
            elif kind is yaml.StreamEndEvent:
                return

    def _refuse(self, event: Any, message: str, hint: str) -> None:
        mark = event.start_mark
        raise SpecError([Problem(Position(self.file, mark.line + 1, mark.column + 1), message, hint)])

    def _key(self, event: Any) -> None:
        name = event.value
        mark = event.start_mark
        position = Position(self.file, mark.line + 1, mark.column + 1)
        place = (*self.steps, name)
        if name in self.container:
            first = self.positions[place]
            self.document.problems.append(Problem(position, f"'{name}' is given twice, first at line {first.line}"))
            self.key = -position.line
            return
        self.positions[place] = position
        self.key = name

    def _open(self, value: Any, event: Any) -> None:
        if len(self.stack) >= _DEEPEST:
            self._refuse(event, f"is nested more than {_DEEPEST} levels deep", "")
        if self.key is None and type(self.container) is dict:
            self._refuse(event, "a key must be plain text", "")
        around = self.container, self.steps
        self.steps = self._add(value, event)
        self.stack.append(around)
        self.container, self.key = value, None

    def _add(self, value: Any, event: Any) -> Steps:
        """Put a value into what stands around it; gives its steps."""
        mark = event.start_mark
        position = Position(self.file, mark.line + 1, mark.column + 1)
        container = self.container
        if type(container) is dict:
            key = self.key
            assert key is not None
            place: Steps = (*self.steps, key)
            if type(key) is str:
                container[key] = value
            self.key = None
        elif container is None:
            self.document.data = value
            place = ()
            self.positions[place] = position
        else:
            place = (*self.steps, len(container))
            container.append(value)
            self.positions[place] = position
        plain = not getattr(event, "style", None) and event.end_mark.line == mark.line
        self.values[place] = position if plain or value.__class__ is not str else self._text_start(event, position)
        return place

    def _text_start(self, event: Any, position: Position) -> Position:
        """Where a scalar's text begins; of one that does not stand there letter by letter, the document is told."""
        style, end = event.style, event.end_mark
        if self.lines is None and style in ("|", ">"):
            self.lines = self.text.splitlines()
        start = text_start(style, position, self.lines or [])
        quotes = 2 if style in ("'", '"') else 0
        whole = end.line == position.line - 1 and end.column - (position.column - 1) - quotes == len(event.value)
        if not whole:
            self.document.folds.add(start)
        return start


def _resolve(event: Any) -> Any:
    text: str = event.value
    if event.style or event.tag or (text and text[0] not in _SPECIAL):
        return text
    return plain_scalar(text)


def plain_scalar(text: str) -> Any:
    """The value of a scalar that stands there without quotes and without a tag."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text
