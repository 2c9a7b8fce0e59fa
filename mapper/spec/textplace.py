"""Where a letter of a YAML text stands in its file: the text may be folded over lines, indented, quoted or escaped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from mapper.errors import Position

#: Escapes in double quotes by their letter, where they are longer than two.
_LONG = {"x": 4, "u": 6, "U": 10}
#: Escapes of blanks and line ends.
_BLANK = frozenset(" tnr_NLP\t")


def place_within(source: str, start: Position, line: int, column: int) -> Position:
    """The place in a file of a line and column of the text that starts there; both count from 1."""
    rows = source.splitlines()
    event = _scalar_at(source, rows, start)
    found = start
    if event is not None:
        for (text_line, text_column), place in _places(event, rows, start):
            if (text_line, text_column) > (line, column):
                break
            found = Position(start.file, place[0], place[1] + (column - text_column if text_line == line else 0))
    return found


def text_start(style: str | None, position: Position, rows: list[str]) -> Position:
    """Where a scalar's text begins: after the quote, or on the line below a `|`, behind its indentation."""
    if not style:
        return position
    if style not in ("|", ">"):
        return Position(position.file, position.line, position.column + 1)
    below = next((row for row in rows[position.line :] if row.strip()), "")
    return Position(position.file, position.line + 1, len(below) - len(below.lstrip()) + 1)


def _scalar_at(source: str, rows: list[str], start: Position) -> Any:
    for event in yaml.parse(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        mark: Any = event.start_mark
        if not isinstance(event, yaml.ScalarEvent) or mark.line >= start.line:
            continue
        if text_start(event.style, Position(start.file, mark.line + 1, mark.column + 1), rows) == start:
            return event
    return None


def _places(event: Any, rows: list[str], start: Position) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The letters of a text that are no blanks: line and column there, and in the file."""
    row, at = start.line - 1, start.column - 1
    line, column = 1, 0
    for letter in event.value:
        column += 1
        if letter == "\n":
            line, column = line + 1, 0
        if letter.isspace():
            continue
        row, at = _next(rows, row, at, event.style)
        yield (line, column), (row + 1, at + 1)
        at += _width(rows[row], at, event.style)


def _next(rows: list[str], row: int, at: int, style: str) -> tuple[int, int]:
    """The place of the next letter, behind blanks, line ends and their escapes."""
    while True:
        text = rows[row]
        if at >= len(text.rstrip()) or (style == '"' and text.rstrip()[at:] == "\\"):
            row, at = row + 1, 0
        elif text[at].isspace():
            at += 1
        elif style == '"' and text[at] == "\\" and text[at + 1] in _BLANK:
            at += 2
        else:
            return row, at


def _width(text: str, at: int, style: str) -> int:
    """How many letters of a file stand for one of the text."""
    if style == '"' and text[at] == "\\":
        return _LONG.get(text[at + 1], 2)
    return 2 if style == "'" and text[at] == "'" else 1
