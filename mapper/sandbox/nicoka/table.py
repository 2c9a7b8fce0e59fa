"""The rows of one resource, with what makes ten thousand of them quick to page and to search."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from .catalogue import Row

_REMEMBERED = 16
_LONG = 200


class Table:
    """Rows by id; a row is replaced as a whole and never changed in place, so a list of rows is a snapshot."""

    def __init__(self, first_id: int) -> None:
        self.rows: dict[int, Row] = {}
        self.revision = 0
        self.next_id = first_id
        self._indexes: dict[str, dict[str, dict[int, None]]] = {}
        self._remembered: OrderedDict[Hashable, tuple[int, list[Row]]] = OrderedDict()

    def put(self, row: Row) -> None:
        """Add the row, or put it in the place of the one with its id."""
        ident = row["id"]
        before = self.rows.get(ident)
        for name, index in self._indexes.items():
            if before is not None and (text := as_text(before[name])) is not None:
                del index[text][ident]
            if (text := as_text(row[name])) is not None:
                index.setdefault(text, {})[ident] = None
        self.rows[ident] = row
        self.next_id = max(self.next_id, ident + 1)
        self.revision += 1

    def having(self, name: str, texts: Iterable[str]) -> list[Row]:
        """The rows whose field is, as text, one of `texts`; newest first."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {}
            for ident, row in self.rows.items():
                if (text := as_text(row[name])) is not None:
                    index.setdefault(text, {})[ident] = None
        found = {ident for text in texts for ident in index.get(text, ())}
        return [self.rows[ident] for ident in sorted(found, reverse=True)]

    def newest_first(self) -> list[Row]:
        """Every row, the highest id first, as the vendor's samples stand."""
        return [self.rows[ident] for ident in sorted(self.rows, reverse=True)]

    def remembered(self, key: Hashable, find: Callable[[], list[Row]]) -> list[Row]:
        """The rows of a query, found anew only if a row has moved since; not to be changed by the caller."""
        revision, rows = self._remembered.get(key, (-1, []))
        if revision == self.revision:
            return rows
        rows = find()
        # Short lists are quickly found again, and would only push the long ones out.
        if len(rows) >= _LONG:
            self._remembered[key] = (self.revision, rows)
            self._remembered.move_to_end(key)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return rows


def as_text(value: Any) -> str | None:
    """A stored value as a filter names it; null is equal to nothing."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)
