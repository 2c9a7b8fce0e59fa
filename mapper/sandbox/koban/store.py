"""Records with the look-ups that the API offers; rows are never changed in place, so a batch can be taken back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from .shapes import Entity, Row


class Table:
    """The rows of one entity, by Guid, in order of creation. A row also holds `created` and `updated`, Unix seconds."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.rows: dict[str, Row] = {}
        self._index: dict[str, dict[Any, dict[str, None]]] = {key: {} for key in entity.keys}
        self._order: list[Row] | None = None
        self._stamps: list[float] = []

    def put(self, row: Row) -> None:
        """Store a row in place of the one with the same Guid."""
        guid = row["Guid"]
        self._reindex(guid, self.rows.get(guid), row)
        self.rows[guid] = row
        self._order = None

    def restore(self, guid: str, row: Row | None) -> None:
        """Put back what was there before; None takes the row away."""
        if row is not None:
            self.put(row)
            return
        self._reindex(guid, self.rows.pop(guid), None)
        self._order = None

    def find(self, key: str, value: Any) -> Row | None:
        """The first row with that key; the vendor does not say that there are several."""
        found = self._index[key].get(value)
        return self.rows[next(iter(found))] if found else None

    def since(self, moment: float) -> Sequence[Row]:
        """The rows moved at or after `moment`, the longest unmoved first."""
        if self._order is None:
            self._order = sorted(self.rows.values(), key=lambda row: row["updated"])
            self._stamps = [row["updated"] for row in self._order]
        return self._order[bisect_left(self._stamps, moment) :]

    def _reindex(self, guid: str, old: Row | None, new: Row | None) -> None:
        for key, read in self.entity.keys.items():
            before, after = read(old) if old else None, read(new) if new else None
            if before == after:
                continue
            index = self._index[key]
            if before is not None:
                del index[before][guid]
            if after is not None:
                index.setdefault(after, {})[guid] = None
