"""How a list is read page by page: what to ask for next, and when to stop.

A list moves while it is read: a record that goes, or that an edit takes to the list's end, draws all that follow one
place forward, and the first record of the next page onto the page that was read. So pages that are counted by records
overlap by one record, and one that does not begin where the last one ended is not taken: the page before is read again.
Pages that have numbers cannot overlap; there a total that fell says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mapper.connect.templates import place
from mapper.expr.paths import Path, parse_path
from mapper.records import ABSENT
from mapper.spec.operation import Page


@dataclass(frozen=True, slots=True)
class Cut:
    """One page as it came; `total` is the vendor's count of all, where it says one."""

    items: list[Any]
    total: int | None
    last: bool


#: Pages of fewer records than this do not overlap: it would cost too many calls.
_SMALL = 20

#: So often in a row a page is read again for one place in the list before it is taken as it comes.
_PATIENCE = 5


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
        self._carries = {name: parse_path(text) for name, text in self._page.carries.items()}
        self._carried: dict[str, Any] = {}
        #: Pages taken so far.
        self.taken = 0
        self._size = 0
        self._left: int | None = None
        self._most: float | None = None
        self._before: list[Any] = []
        #: The names among them, as texts.
        self._shown: set[str] = set()
        #: The name of the last of them.
        self._ended: str | None = None
        self._told: int | None = None
        self._again = 0

    def query(self) -> dict[str, Any]:
        """The parameters that ask for the next page."""
        return self._query(self._next)

    def place(self, query: Mapping[str, Any]) -> Any:
        """Where the page of a query begins."""
        return query.get(self._page.start)

    @property
    def stepped_back(self) -> bool:
        """Whether the list has moved, so that what was read of it before its turn is not of the same list."""
        return self._again > 0

    def expected(self, width: int) -> Iterator[dict[str, Any]]:
        """What will be asked next if the pages go on as they began, the next one first.

        Where the vendor does not say how much there is, one page more than were read, and at most `width`: of these at
        most the last ones are beyond the end, and asked for in vain.
        """
        if self._page.style == "none" or not self._size:
            return
        many = self._left if self._left is not None else min(width, self.taken + 1)
        yield from (self._query(self._next + self._step * number) for number in range(many))

    def gone(self) -> bool:
        """A page that the vendor told of is not there: whether the list became shorter, and its end is read again."""
        if self._page.style != "page" or not self._left or not self._before or self._again >= _PATIENCE:
            return False
        self._step_back(None)
        return True

    def take(self, body: Any) -> Cut:
        """Cut an answer into its items; raises Nonsense where the vendor goes round in circles."""
        body = self._unwrapped(body)
        items = self._list(body)
        for name, where in self._carries.items():
            self._carried[name] = where.get(body)
        total, pages = tally(self._total, body), tally(self._pages, body)
        if self._page.style == "none":
            return Cut(items, total, True)
        names = self._names(items)
        if self._repeats(names):
            if total is None and pages is None and len(self._before) != self._page.per:
                return Cut([], None, True)  # all was on one page, shorter or longer than asked for
            raise self._nonsense("the vendor ignores paging: it sent the same page again")
        texts = list(map(str, names))
        overlaps = not self._shown.isdisjoint(texts)
        if self._has_moved(texts, total):
            return self._step_back(total)
        self._check_end(len(items), total)
        self.taken += 1
        self._size = self._size or len(items)
        reached = self._reached(len(items))
        self._guard(total, pages)
        if overlaps:
            shown = self._shown
            items = [item for item, text in zip(items, texts, strict=True) if text not in shown]
        last = self._done(len(names), reached, total, pages)
        self._next += max(1, len(names) - self._overlap) if self._page.style == "offset" else 1
        self._left = self._remaining(reached, total, pages)
        self._before, self._told, self._again = names, total, 0
        # What has no name is not known again.
        named = zip(texts, names, strict=True)
        self._shown = {text for text, name in named if name is not None} if None in names else set(texts)
        self._ended = texts[-1] if names and names[-1] is not None else None
        return Cut(items, total, last)

    def _query(self, start: int) -> dict[str, Any]:
        page = self._page
        return {} if page.style == "none" else {page.start: start, **_sized(page), **self._carried}

    @property
    def _step(self) -> int:
        """How far on the next page begins."""
        return max(1, self._size - self._overlap) if self._page.style == "offset" else 1

    def _remaining(self, reached: int, total: int | None, pages: int | None) -> int | None:
        """How many pages are to come, as far as the vendor says."""
        if pages is not None:
            return max(0, pages - (self._next - self._page.first if self._page.style == "page" else self.taken))
        step = self._step if self._page.style == "offset" else self._size
        return None if total is None else max(0, math.ceil((total - reached) / max(1, step)))

    @property
    def _overlap(self) -> int:
        """How many records of a page the next one shows again."""
        return 1 if self._page.style == "offset" and self._size >= _SMALL else 0

    def _reached(self, count: int) -> int:
        """How many records of the list this page and those before it hold, from its place in the list."""
        step = 1 if self._page.style == "offset" else self._size
        return (self._next - self._page.first) * step + count

    def _has_moved(self, texts: list[str], total: int | None) -> bool:
        """Whether records have moved forward since the page before, so that some would be passed over."""
        if not self._before or self._again >= _PATIENCE or self._next == self._page.first:
            return False
        if self._overlap:
            # Records that an edit took to the end are seen twice, too: what counts is where the page before ended.
            return self._ended is not None and self._ended not in texts
        return self._page.style == "page" and total is not None and self._told is not None and total < self._told

    def _step_back(self, total: int | None) -> Cut:
        """Ask for the page before once more."""
        self._again += 1
        self._told = total
        self._next = max(self._page.first, self._next - (self._size - 1 if self._page.style == "offset" else 1))
        return Cut([], total, False)

    def _done(self, count: int, reached: int, total: int | None, pages: int | None) -> bool:
        if count == 0:
            return True
        if pages is not None:
            return self._next - self._page.first + 1 >= pages if self._page.style == "page" else self.taken >= pages
        if total is not None:
            return reached >= total
        # A short first page may only mean that the vendor hands out smaller pages than were asked for.
        return count < self._size

    def _check_end(self, count: int, total: int | None) -> None:
        """An end far before the vendor's own count is no end; a few records may go while one reads."""
        received = self._reached(0)
        if count == 0 and total is not None and total - received > (0.1 * total + 10 if received else 0):
            raise self._nonsense(f"it says that there are {total} records and gives {received}")

    def _guard(self, total: int | None, pages: int | None) -> None:
        if self._most is None and (total is not None or pages is not None):
            expected = pages if pages is not None else math.ceil((total or 0) / max(1, self._size))
            self._most = 1.2 * expected + 10
        if self._most is not None and self.taken > self._most:
            raise self._nonsense(f"the vendor ignores paging: there is no end after {self.taken} pages")

    def _repeats(self, names: list[Any]) -> bool:
        here = bool(names and self._before) and not self._again
        return here and names[0] is not None and names[0] == self._before[0]

    def _names(self, items: list[Any]) -> list[Any]:
        if self._key is not None and len(self._key.parts) == 1:
            member = self._key.parts[0]
            try:
                return [item[member] for item in items]
            except (KeyError, TypeError, IndexError):
                pass
        return [self._name(item) for item in items]

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


def first_page(page: Page | None) -> dict[str, Any]:
    """The parameters that ask for the first page; that of a token has no value yet, and is not sent."""
    if page is None or page.style == "none":
        return {}
    return {page.start: "" if page.style == "next" else page.first, **_sized(page)}


def _sized(page: Page) -> dict[str, int]:
    return {page.size: page.per} if page.size else {}


def page_calls(page: Page | None, records: int) -> int:
    """How many calls it takes to read so many records."""
    if page is None or page.style == "none":
        return 1
    if page.style == "next":
        return max(1, math.ceil(records / page.per))
    step = page.per - 1 if page.style == "offset" and page.per >= _SMALL else page.per
    if page.total or page.pages:
        return 1 + max(0, math.ceil((records - page.per) / step))
    return 2 + (records - page.per) // step if records >= page.per else min(records, 1) + 1


def tally(path: Path | None, body: Any) -> int | None:
    """The number at a place of an answer, if there is one."""
    value: Any = path.get(body) if path else None
    try:
        return None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError):
        return None
