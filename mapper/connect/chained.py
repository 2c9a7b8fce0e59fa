"""Lists whose every page says where the next one is: by a token, or by an address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from mapper.connect.answers import Answer
from mapper.connect.paging import Cut, Pager, first_page, tally
from mapper.connect.templates import place
from mapper.expr.paths import Path
from mapper.records import ABSENT
from mapper.spec.operation import Page


@dataclass(frozen=True, slots=True)
class Linked:
    """An answer's body, and the address that its header Link gives the next page; none where it is the last."""

    body: Any
    next: str | None


def linked(answer: Answer) -> Linked:
    """An answer with what its header Link says of the next page."""
    links = httpx.Response(answer.status, headers={"link": answer.headers.get("link", "")}).links
    return Linked(answer.body, links.get("next", {}).get("url"))


class Chained(Pager):
    """Asks for the page that the last answer named; only the vendor knows where pages begin, so none is foreseen."""

    def __init__(self, page: Page, items: Path | None, key: str, nonsense: Callable[[str], Exception]) -> None:
        super().__init__(page, items, key, nonsense)
        self._after = place(page.next, page.pos)
        self._asked: dict[str, Any] = dict(first_page(page))
        self._followed: set[str] = set()

    def query(self) -> dict[str, Any]:
        return self._asked

    def expected(self, width: int) -> Iterator[dict[str, Any]]:
        return iter(())

    def take(self, body: Any) -> Cut:
        token = body.next if isinstance(body, Linked) else ABSENT
        body = self._unwrapped(body.body if isinstance(body, Linked) else body)
        items = self._list(body)
        self.taken += 1
        if self._after:
            token = self._after.get(body)
        total = tally(self._total, body)
        if token in (ABSENT, None, "", False):
            return Cut(items, total, True)
        text = str(token)
        if text in self._followed:
            raise self._nonsense("the vendor ignores paging: it names the same next page again")
        self._followed.add(text)
        self._asked = {**first_page(self._page), **self._parameters(text)}
        return Cut(items, total, False)

    def _parameters(self, text: str) -> dict[str, Any]:
        """The parameters of the next page: those of an address, or else the token. No address is followed itself."""
        if "://" in text or text.startswith(("/", "?")):
            asked = urlsplit(text).query
            if not asked:
                raise self._nonsense(f"the address of the next page, {text}, has no parameters")
            return dict(parse_qs(asked, keep_blank_values=True))
        return {self._page.start: text}
