"""Values of choice fields learnt from lists: not what a record holds, but which records hold each option.

What such a list says is believed only as far as it proves itself. A record that exactly one option of a field gave
holds that option. One that none or several gave is read by itself: it may hold nothing, or have been edited between two
lists, or the vendor's filter may be less exact than it seems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

from mapper.connect.crew import Crew
from mapper.connect.paging import Cut, Pager
from mapper.connect.walking import Ask, walk
from mapper.records import Record, fold

_CHUNK = 400


@dataclass(slots=True)
class Question:
    """One option of one field, and the list of the records that hold it."""

    field: str
    label: Any
    ask: Ask
    pager: Pager
    total: int = 0
    done: bool = False


class Holders:
    """Which records hold which option; kept in a temporary file that vanishes with its last use."""

    def __init__(self, questions: Sequence[Question], crew: Crew, key_of: Callable[[Any], str]) -> None:
        import sqlite3

        self._questions = questions
        self._fields = list(dict.fromkeys(question.field for question in questions))
        self._crew = crew
        self._key_of = key_of
        self._doubtful: set[int] = set()
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("CREATE TABLE held (key TEXT, question INT, PRIMARY KEY (key, question)) WITHOUT ROWID")

    def close(self) -> None:
        self._file.close()

    def begin(self) -> None:
        """Ask for the first page of each list; with it each says how many records it has."""
        firsts = self._crew.in_order([partial(one.ask, one.pager.query()) for one in self._questions])
        for number, (one, answer) in enumerate(zip(self._questions, firsts, strict=True)):
            cut = one.pager.take(answer())
            one.total, one.done = cut.total or len(cut.items), cut.last
            self._note(number, cut)

    def to_come(self, per: int, records: int) -> int:
        """Calls still to be made for so many records: the rest of the lists, and records read by themselves."""
        pages = sum(-(-one.total // per) - 1 for one in self._questions if not one.done)
        held = Counter[str]()
        for one in self._questions:
            held[one.field] += one.total
        return pages + max(abs(records - held[field]) for field in self._fields)

    def finish(self) -> None:
        """Read the lists to their ends."""
        for number, one in enumerate(self._questions):
            if not one.done:
                for cut in walk(one.ask, one.pager, self._crew, missing_is_empty=False):
                    self._note(number, cut)
        self._doubtful = set(self._inexact())

    def of(self, keys: Sequence[str]) -> dict[str, Record]:
        """The values of these records, by key; a record that has to be read by itself is not among them."""
        found: dict[str, dict[str, int]] = {}
        doubtful = set()
        for key, number in self._held(keys):
            values = found.setdefault(key, {})
            field = self._questions[number].field
            if field in values or number in self._doubtful:
                doubtful.add(key)
            values[field] = number
        return {
            key: {field: self._questions[values[field]].label for field in self._fields}
            for key, values in found.items()
            if key not in doubtful and len(values) == len(self._fields)
        }

    def _held(self, keys: Sequence[str]) -> Iterator[tuple[str, int]]:
        for start in range(0, len(keys), _CHUNK):
            part = keys[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            yield from self._file.execute(f"SELECT key, question FROM held WHERE key IN ({marks})", part).fetchall()

    def _note(self, number: int, cut: Cut) -> None:
        rows = [(self._key_of(item), number) for item in cut.items]
        self._file.executemany("INSERT OR IGNORE INTO held VALUES (?, ?)", rows)

    def _inexact(self) -> Iterable[int]:
        """Options whose list holds another option's records too, because its label is a part of the other's."""
        for (first, one), (second, other) in combinations(enumerate(self._questions), 2):
            if one.field != other.field:
                continue
            short, long = sorted((first, second), key=lambda number: len(str(self._questions[number].label)))
            within = fold(str(self._questions[short].label)) in fold(str(self._questions[long].label))
            if within and self._share(first, second):
                yield short

    def _share(self, first: int, second: int) -> bool:
        query = "SELECT 1 FROM held a JOIN held b ON b.key = a.key WHERE a.question = ? AND b.question = ? LIMIT 1"
        return self._file.execute(query, (first, second)).fetchone() is not None
