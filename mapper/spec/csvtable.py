"""Tables of values in CSV files, read to the shape that a table in YAML has, every value with its place.

The first line names the columns: `canonical`, then sides, then perhaps `preferred`. Columns are parted by commas or by
semicolons, several values of one side by `|`; an empty cell is a side without a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mapper.errors import Position, Problem, SpecError
from mapper.spec import document as documents
from mapper.spec.checked import shown
from mapper.spec.document import Document, Steps, nearest

CANONICAL = "canonical"
PREFERRED = "preferred"
_BETWEEN = "|"
_FLAGS = {"": False, "false": False, "true": True}

#: A line of the file: each cell's text, and where it begins.
_Line = list[tuple[str, Position]]


def is_file(value: Any) -> bool:
    """Whether a value in place of a table names a CSV file."""
    return isinstance(value, str) and value.lower().endswith(".csv")


def fill(doc: Document, steps: Steps, sides: Iterable[str] | None) -> None:
    """Put the table of the CSV file in its place, which names it; problems are noted.

    Columns other than `sides` are problems; with None, every column is a side's.
    """
    *above, last = steps
    holder = doc.data
    for step in above:
        holder = holder[step]
    name = holder[last]
    holder[last] = {}
    path = doc.folder / name
    try:
        text = documents.text_of(path, shown(path))
    except SpecError as error:
        doc.fatal = True
        if path.exists():
            doc.problems += error.problems
        else:
            doc.problem(steps, f"there is no file {name}", value=True)
        return
    _Table(doc, steps, None if sides is None else set(sides)).read(text, shown(path), holder[last])


class _Table:
    """Reads one CSV file into a table."""

    def __init__(self, doc: Document, steps: Steps, sides: set[str] | None) -> None:
        self.doc = doc
        self.steps = steps
        self.sides = sides

    def read(self, text: str, file: str, table: dict[str, Any]) -> None:
        try:
            lines = list(_lines(text, file))
        except SpecError as error:
            self.doc.problems += error.problems
            self.doc.fatal = True
            return
        header = self._header(lines[0] if lines else [], file)
        if header is None:
            return
        first: dict[str, Position] = {}
        for line in lines[1:]:
            canonical, place = line[0]
            if not canonical:
                self._wrong(place, "the canonical value is missing")
            elif canonical in first:
                before = f"'{canonical}' is given twice, first at line {first[canonical].line}"
                self._wrong(place, before)
            else:
                first[canonical] = place
                table[canonical] = self._values(canonical, line, header)

    def _header(self, line: _Line, file: str) -> list[str] | None:
        """The names of the columns; None where the first line is no header."""
        names = [name for name, _ in line]
        if not names or names[0] != CANONICAL:
            place = line[0][1] if line else Position(file)
            self._wrong(place, "the header is missing", f"the first line is {CANONICAL},side,…[,{PREFERRED}]")
            self.doc.fatal = True
            return None
        for number, (name, place) in enumerate(line):
            if name in names[:number]:
                self._wrong(place, f"the column '{name}' is given twice")
            elif number and name != PREFERRED and self.sides is not None and name not in self.sides:
                self._wrong(place, f"the column '{name}' is no side", nearest(name, {*self.sides, PREFERRED}))
        return names

    def _values(self, canonical: str, line: _Line, header: list[str]) -> dict[str, Any]:
        """What one line says, and where."""
        place: Steps = (*self.steps, canonical)
        self._put(place, line[0][1])
        found: dict[str, Any] = {}
        for number, (text, position) in enumerate(line[1:], 1):
            if number >= len(header):
                self._wrong(position, f"there are {len(line)} cells, but {len(header)} columns")
                break
            name = header[number]
            value: Any = self._flag(text, position) if name == PREFERRED else _value(text)
            if value is None or value is False or (self.sides is not None and name not in {*self.sides, PREFERRED}):
                continue
            found[name] = value
            self._put((*place, name), position)
            for i in range(len(value) if isinstance(value, list) else 0):
                self._put((*place, name, i), position)
        return found

    def _flag(self, text: str, position: Position) -> bool:
        if text.lower() not in _FLAGS:
            self._wrong(position, f"'{PREFERRED}' must be true or false, found {text!r}")
        return _FLAGS.get(text.lower(), False)

    def _put(self, steps: Steps, position: Position) -> None:
        self.doc.positions[steps] = self.doc.values[steps] = position

    def _wrong(self, position: Position, message: str, hint: str = "") -> None:
        self.doc.problems.append(Problem(position, message, hint))


def _value(text: str) -> str | list[str] | None:
    parts = [part.strip() for part in text.split(_BETWEEN) if part.strip()]
    return parts if len(parts) > 1 else (parts[0] if parts else None)


def _lines(text: str, file: str) -> Iterator[_Line]:
    """The lines that hold anything, cells without blanks at their ends; raises SpecError."""
    import csv
    import io

    header = text.partition("\n")[0]
    mark = ";" if header.count(";") > header.count(",") else ","
    places = _starts(text, file, mark)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SpecError([Problem(next(places), f"is not CSV: {error}")]) from None
        line = [(cell.strip(), next(places)) for cell in cells]
        if not cells:
            next(places)
        if any(cell for cell, _ in line):
            yield line


def _starts(text: str, file: str, mark: str) -> Iterator[Position]:
    """Where each cell begins, in the order of the cells; an empty line counts as one."""
    line, column, at = 1, 1, 0
    while at < len(text):
        yield Position(file, line, column)
        end = at
        if text.startswith('"', at):
            end = _closing(text, at)
        while end < len(text) and text[end] not in f"{mark}\r\n":
            end += 1
        inside = text[at:end]
        breaks = inside.count("\n")
        line += breaks
        column = end - at - inside.rfind("\n") if breaks else column + (end - at)
        if text.startswith("\r\n", end):
            at, line, column = end + 2, line + 1, 1
        elif end < len(text) and text[end] in "\r\n":
            at, line, column = end + 1, line + 1, 1
        else:
            at, column = end + 1, column + 1
            if end + 1 == len(text):
                yield Position(file, line, column)


def _closing(text: str, at: int) -> int:
    """The place behind the quote that closes the cell; a doubled quote is part of it."""
    end = at + 1
    while (end := text.find('"', end)) >= 0:
        if not text.startswith('""', end):
            return end + 1
        end += 2
    return len(text)
