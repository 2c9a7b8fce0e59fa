"""A list read to its end: page after page, or several pages side by side.

Side by side, pages are asked for before their turn, at the places where they are expected to begin. What came before
decides, as ever, where the next page begins: an answer that began elsewhere is not looked at, and the page is asked for
again. So the pages are the same as one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from itertools import islice
from typing import Any

from mapper.connect.crew import Crew, give_up
from mapper.connect.paging import Cut, Pager
from mapper.errors import Missing

#: Asks for the page that these parameters name; calling what it returns gives the answer's body, or raises.
Ask = Callable[[Mapping[str, Any]], Callable[[], Any]]


def walk(ask: Ask, pager: Pager, crew: Crew | None, *, missing_is_empty: bool) -> Iterator[Cut]:
    """The pages of a list; with a `crew` of more than one the next ones are under way while one is looked at.

    Where the pager has taken pages already, it goes on from there.
    """
    ahead = _Ahead(ask, pager, crew) if crew is not None and crew.width > 1 else None
    try:
        if ahead:
            ahead.reach()
        while True:
            query = pager.query()
            try:
                body = (ahead.answer(query) if ahead else ask(query))()
            except Missing:
                if pager.gone():
                    if ahead:
                        ahead.close()
                    continue
                if not missing_is_empty:
                    raise
                yield Cut([], 0, True)
                return
            cut = pager.take(body)
            if ahead and pager.stepped_back:
                ahead.close()
            # Who looks at the first page only has asked for no other.
            first = pager.taken == 1
            if ahead and not first and not cut.last:
                ahead.reach()
            yield cut
            if cut.last:
                return
            if ahead and first:
                ahead.reach()
    finally:
        if ahead:
            ahead.close()


class _Ahead:
    """Pages that were asked for before their turn, by the place where they begin."""

    def __init__(self, ask: Ask, pager: Pager, crew: Crew) -> None:
        self._ask = ask
        self._pager = pager
        self._crew = crew
        self._pages: dict[Any, Future[Callable[[], Any]]] = {}

    def answer(self, query: Mapping[str, Any]) -> Callable[[], Any]:
        """The answer to a query, which is under way where it was foreseen."""
        future = self._pages.pop(self._pager.place(query), None)
        return self._ask(query) if future is None else future.result()

    def reach(self) -> None:
        """Ask for the pages that are expected next, as far ahead as the crew goes."""
        queries = {self._pager.place(q): q for q in islice(self._pager.expected(self._crew.width), self._crew.reach)}
        strangers = [place for place in self._pages if place not in queries]
        give_up([self._pages.pop(place) for place in strangers])
        for place, query in queries.items():
            if place not in self._pages:
                self._pages[place] = self._crew.begin(partial(self._ask, query))

    def close(self) -> None:
        give_up(self._pages.values())
        self._pages.clear()
