"""An expression that is asked of every record, and mostly of the same few values again and again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from mapper.connect.templates import parsed, value_of
from mapper.errors import Position
from mapper.records import Record

#: How many answers are remembered; what is asked of more values than that is asked anew.
_MOST = 1000
_NOTHING = object()


class Question:
    """Yes or no to a record, by an expression over its members, `record` itself, and the names of `scope`."""

    def __init__(self, text: str, pos: Position, scope: Mapping[str, Any]) -> None:
        found = parsed(text, pos)
        names = {path[0] for path in found.reads}
        self._render = found.call
        self._names = tuple(sorted(names - {"record", "assume"}))
        self._scope = dict(scope)
        self._whole = "record" in names
        self._known: dict[Any, bool] = {}

    def __call__(self, record: Record) -> bool:
        if self._whole:
            return self._answer(record)
        # 1 and True are alike as keys, and not in expressions.
        if len(self._names) == 1:
            value = record.get(self._names[0], _NOTHING)
            key: Any = (value, value.__class__)
        else:
            values = [record.get(name, _NOTHING) for name in self._names]
            key = (*values, *map(type, values))
        try:
            return self._known[key]
        except (KeyError, TypeError):
            return self._answer(record, key)

    def among(self, records: list[Record]) -> list[bool]:
        """The answer to each of these, or nothing where it is no to all."""
        if len(self._names) == 1 and not self._whole:
            name, known = self._names[0], self._known
            with suppress(TypeError):
                met = {(value, value.__class__) for one in records for value in (one.get(name, _NOTHING),)}
                if not any(known.get(key, True) for key in met):
                    return []
        answers = [self(record) for record in records]
        return answers if any(answers) else []

    def _answer(self, record: Record, key: Any = None) -> bool:
        held = {name: record[name] for name in self._names if name in record}
        found = bool(value_of(self._render, {**self._scope, **held, "record": record}))
        if key is not None and len(self._known) < _MOST:
            with suppress(TypeError):  # of lists and objects nothing is remembered
                self._known[key] = found
        return found
