"""A YAML file as plain data in which every key and value has a position.

Only what cannot surprise is resolved: null, true, false and plain decimal numbers. `on`, `no`, `01234` and dates stay
the text that was written, keys are always text, duplicate keys are problems, and aliases are refused: with them a
small file can describe an endless document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.errors import Position, Problem, SpecError

Steps = tuple[str | int, ...]

_LARGEST = 2_000_000


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
    #: The starts of texts that do not stand in the file letter by letter: in several lines, or with escapes.
    folds: set[Position] = field(default_factory=set)
    #: What the document was read from.
    text: str = field(default="", repr=False)
    #: Where the file lies; None for a text that is in no file.
    path: Path | None = None
    #: Whether a problem was found that would make later checks report what is not wrong.
    fatal: bool = False
    #: The parts of the data that stand in other files, at the same steps.
    borrowed: dict[Steps, Document] = field(default_factory=dict)
    #: The documents that were laid below or over this one, by their files.
    layers: dict[str, Document] = field(default_factory=dict, repr=False)

    @property
    def folder(self) -> Path:
        """The folder from which the file names others."""
        return self.path.parent if self.path else Path()

    def borrow(self, other: Document, parts: Collection[Steps]) -> None:
        """Let parts of another file's data, each named by two steps, count as parts of this one, at the same steps."""
        self.borrowed.update((part, other.origin(part)) for part in parts)
        for mine, theirs in ((self.positions, other.positions), (self.values, other.values)):
            mine.update((steps, place) for steps, place in theirs.items() if steps[:2] in parts)
        self.folds |= other.folds

    def origin(self, steps: Steps) -> Document:
        """The document of the file in which a step stands."""
        found = self.borrowed.get(steps[:2])
        return found or self.layers.get(self.value_at(steps).file, self)

    def at(self, steps: Steps) -> Position:
        """Where a key or an item stands; of something missing, the nearest thing around it."""
        while steps not in self.positions and steps:
            steps = steps[:-1]
        return self.positions.get(steps, Position(self.file))

    def value_at(self, steps: Steps) -> Position:
        """Where a key's value stands."""
        return self.values.get(steps) or self.at(steps)

    def repeat(self, steps: Steps, step: str | int) -> None:
        """Let a step that was not written stand where the value above it stands."""
        place = (*steps, step)
        self.positions[place] = self.at(steps)
        self.values[place] = self.value_at(steps)

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
        if start not in self.folds:
            return Position(start.file, start.line, start.column + column - 1)
        from mapper.spec.textplace import place_within

        return place_within(self.origin(steps).text, start, line, column)

    def problem(self, steps: Steps, message: str, hint: str = "", *, value: bool = False, code: str = "file") -> None:
        """Note what is wrong at a key, or at its value; `code` is the short name of the check."""
        self.problems.append(Problem(self.value_at(steps) if value else self.at(steps), message, hint, code=code))

    def raise_problems(self) -> None:
        """Raise everything that is wrong with the file so far, if anything is."""
        if self.problems:
            # A part that several resources share is looked at in each of them.
            raise SpecError(list(dict.fromkeys(self.problems)))


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is not known."""
    from difflib import get_close_matches

    options = sorted({str(k) for k in known})
    close = get_close_matches(word, options, n=1, cutoff=0.6)
    if not close:
        close = [o for o in options if o.lower() == word.lower()]
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known here: {', '.join(options[:12])}{', …' if len(options) > 12 else ''}" if options else ""


def read(path: str | Path, *, name: str | None = None, cached: bool = False) -> Document:
    """Read a YAML file; raises SpecError where it cannot be read or is no YAML.

    With `cached`, a file that was read before is taken from the cache.
    """
    shown = name or str(path)
    raw = _bytes_of(path, shown)
    document = Document(shown, path=Path(path), text=_text(raw, shown))
    if cached:
        from mapper.spec import cache

        if cache.fetch(document, raw):
            return document
    _fill(document, document.text)
    if cached:
        cache.keep(document, raw)
    return document


def text_of(path: str | Path, shown: str) -> str:
    """The text of a file; raises SpecError where it cannot be read."""
    return _text(_bytes_of(path, shown), shown)


def _bytes_of(path: str | Path, shown: str) -> bytes:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise SpecError([Problem(Position(shown), f"cannot be read: {error.strerror}")]) from None
    if len(raw) > _LARGEST:
        raise SpecError([Problem(Position(shown), f"is larger than {_LARGEST:,} bytes")])
    return raw


def _text(raw: bytes, shown: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SpecError([Problem(Position(shown, line), "is not UTF-8 text", "save the file as UTF-8")]) from None


def parse(text: str, file: str) -> Document:
    """Parse YAML text; raises SpecError where it is no YAML, collects lesser problems in the document."""
    document = Document(file, text=text)
    _fill(document, text)
    return document


def _fill(document: Document, text: str) -> None:
    from mapper.spec.yamlreader import fill

    fill(document, text)
