"""How a list is read page by page: what to ask for next, and when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mapper.connect.templates import place
from mapper.expr.paths import Path, parse_path
from mapper.records import ABSENT
from mapper.spec.connector import Page


@dataclass(frozen=True, slots=True)
class Cut:
    """One page as it came; `total` is the vendor's count of all, where it says one."""

    items: list[Any]
    total: int | None
    last: bool


class Pager:
    """Says which parameters ask for the next page, and takes the answers; it does no I/O itself.

    What was received decides where the next page begins, so a vendor may hand out smaller pages than were asked for.
    """

    def __init__(self, page: Page | None, items: Path | None, key: str, nonsense: Callable[[str], Exception]) -> None:
        self._page = page or Page()
        self._items = items
        self._key = parse_path(key) if key else None
        self._nonsense = nonsense
        self._total = place(self._page.total, self._page.pos)
        self._pages = place(self._page.pages, self._page.pos)
        self._next = self._page.first
        self._taken = 0
        self._received = 0
        self._size = 0
        self._most: float | None = None
        self._before: list[Any] = []

    def query(self) -> dict[str, Any]:
        """The parameters that ask for the next page."""
        page = self._page
        return {} if page.style == "none" else {page.start: self._next, page.size: page.per}

    def take(self, body: Any) -> Cut:
        """Cut an answer into its items; raises Nonsense where the vendor goes round in circles."""
        body = self._unwrapped(body)
        items = self._list(body)
        total, pages = _count(self._total, body), _count(self._pages, body)
        if self._page.style == "none":
            return Cut(items, total, True)
        self._check_end(len(items), total)
        names = [self._name(item) for item in items]
        if self._repeats(names):
            if total is None and pages is None and len(self._before) < self._page.per:
                return Cut([], None, True)  # all was on one short page, whatever is asked for
            raise self._nonsense("the vendor ignores paging: it sent the same page again")
        self._taken += 1
        self._received += len(items)
        self._size = self._size or len(items)
        self._next += len(items) if self._page.style == "offset" else 1
        self._guard(total, pages)
        before = set(map(str, self._before))
        self._before = names
        fresh = [item for item, name in zip(items, names, strict=True) if str(name) not in before or name is None]
        return Cut(fresh, total, self._done(len(items), total, pages))

    def _done(self, count: int, total: int | None, pages: int | None) -> bool:
        if count == 0:
            return True
        if pages is not None:
            return self._taken >= pages
        if total is not None:
            return self._received >= total
        # A short first page may only mean that the vendor hands out smaller pages than were asked for.
        return count < self._size

    def _check_end(self, count: int, total: int | None) -> None:
        """An end far before the vendor's own count is no end; a few records may go while one reads."""
        if count == 0 and total is not None and total - self._received > (0.1 * total + 10 if self._received else 0):
            raise self._nonsense(f"it says that there are {total} records and gives {self._received}")

    def _guard(self, total: int | None, pages: int | None) -> None:
        if self._most is None and (total is not None or pages is not None):
            expected = pages if pages is not None else math.ceil((total or 0) / max(1, self._size))
            self._most = 1.2 * expected + 10
        if self._most is not None and self._taken > self._most:
            raise self._nonsense(f"the vendor ignores paging: there is no end after {self._taken} pages")

    def _repeats(self, names: list[Any]) -> bool:
        return bool(names and self._before) and names[0] is not None and names[0] == self._before[0]

    def _name(self, item: Any) -> Any:
        if self._key is None:
            return item
        name = self._key.get(item)
        return None if name is ABSENT else name

    def _unwrapped(self, body: Any) -> Any:
        if self._page.unwrap and isinstance(body, list) and body:
            if len(body) == 1 and isinstance(body[0], dict):
                return body[0]
            raise self._nonsense(f"a page in an array of {len(body)} where one was expected")
        return body

    def _list(self, body: Any) -> list[Any]:
        if body is None:
            return []
        found = self._items.get(body) if self._items and not isinstance(body, list) else body
        if found is None:
            return []
        if not isinstance(found, list):
            where = f"at {self._items.text}" if self._items and found is ABSENT else "in the answer"
            raise self._nonsense(f"there is no list {where}")
        return found


def first_page(page: Page | None) -> dict[str, int]:
    """The parameters that ask for the first page."""
    return {} if page is None or page.style == "none" else {page.start: page.first, page.size: page.per}


def page_calls(page: Page | None, records: int) -> int:
    """How many calls it takes to read so many records."""
    if page is None or page.style == "none":
        return 1
    if page.total or page.pages:
        return max(1, math.ceil(records / page.per))
    return records // page.per + 1 if records == 0 or records >= page.per else 2


def _count(path: Path | None, body: Any) -> int | None:
    value: Any = path.get(body) if path else None
    try:
        return None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError):
        return None
