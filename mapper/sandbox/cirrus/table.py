"""Rows by id, with sort orders and equality indexes that move with each write.

A walk over ten thousand rows must not sort or copy them for every page, and a search by an exact key must not scan.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Any

Row = dict[str, Any]
Views = dict[Hashable, list[int]]

#: how many filtered lists are kept between writes
VIEWS = 64


class Table:
    """One resource of the tenant.

    `orders` gives the value to sort by for each base sort key. `views` is shared by all tables of a tenant, because
    the filters of one look into another; any write anywhere empties it.
    """

    def __init__(
        self, *, first_id: int, orders: Mapping[str, Callable[[Row], Any]], indexed: Iterable[str], views: Views
    ) -> None:
        self.rows: dict[int, Row] = {}
        self._next = first_id
        self._orders = orders
        self._sorted: dict[str, list[tuple[Any, int]]] = {name: [] for name in orders}
        self._index: dict[str, dict[Any, set[int]]] = {name: defaultdict(set) for name in indexed}
        self._views = views

    def add(self, row: Row, row_id: int | None = None) -> int:
        """Store a new row and give its id; the next free one unless `row_id` is given."""
        if row_id is None:
            row_id, self._next = self._next, self._next + 1
        self.rows[row_id] = {**row, "id": row_id}
        self._enter(row_id)
        return row_id

    def change(self, row_id: int, changes: Mapping[str, Any]) -> None:
        """Set some columns of a row."""
        self._leave(row_id)
        self.rows[row_id].update(changes)
        self._enter(row_id)

    def remove(self, row_id: int) -> Row:
        """Take a row out and give it; its id is never used again."""
        self._leave(row_id)
        return self.rows.pop(row_id)

    def had(self, row_id: int) -> bool:
        """Whether an id is or was that of a row."""
        return row_id in self.rows or 0 < row_id < self._next

    def where(self, column: str, value: Any) -> list[int]:
        """The ids of the rows with exactly this value in an indexed column, ascending."""
        return sorted(self._index[column].get(value, ()))

    def indexed(self, column: str | None) -> bool:
        """Whether `where` knows the column."""
        return column in self._index

    def view(
        self,
        key: Hashable,
        sorting: str,
        tests: Collection[Callable[[Row], bool]],
        among: Iterable[int] | None = None,
    ) -> list[int]:
        """The ids that pass all tests, in the order `sorting` (base key and _asc or _desc).

        `key` names the question: asked again before the next write, the same list is given. `among` limits the rows
        that are looked at.
        """
        if key not in self._views:
            if len(self._views) >= VIEWS:
                self._views.clear()
            base, _, direction = sorting.rpartition("_")
            if among is None:
                ids = [row_id for _, row_id in self._sorted[base]]
            else:
                sort_value = self._orders[base]
                ids = sorted(among, key=lambda row_id: (sort_value(self.rows[row_id]), row_id))
            if direction == "desc":
                ids.reverse()
            self._views[key] = [row_id for row_id in ids if all(test(self.rows[row_id]) for test in tests)]
        return self._views[key]

    def _enter(self, row_id: int) -> None:
        self._views.clear()
        row = self.rows[row_id]
        for name, sort_value in self._orders.items():
            insort(self._sorted[name], (sort_value(row), row_id))
        for column, ids in self._index.items():
            ids[row[column]].add(row_id)

    def _leave(self, row_id: int) -> None:
        self._views.clear()
        row = self.rows[row_id]
        for name, sort_value in self._orders.items():
            entries = self._sorted[name]
            del entries[bisect_left(entries, (sort_value(row), row_id))]
        for column, ids in self._index.items():
            ids[row[column]].discard(row_id)
            if not ids[row[column]]:
                del ids[row[column]]


def text(value: Any) -> str:
    """What a text column sorts by: case aside, empty first."""
    return str(value or "").casefold()
