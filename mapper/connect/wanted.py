"""A request that is wanted, before it is signed and sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from mapper.connect.answers import Rules
from mapper.connect.templates import parameter


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request; `repeatable`: a second sending does no harm; `writes`: it may change something at the vendor.

    `rules` say which answers to it mean an error, before the connector's do; `media` is the type of a file that it asks
    for.
    """

    operation: str
    method: str
    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    form: Mapping[str, str] | None = None
    basic: tuple[str, str] | None = None
    repeatable: bool = True
    writes: bool = False
    signed: bool = True
    rules: Rules = ()
    media: str = ""


def with_query(url: httpx.URL, query: Iterable[tuple[str, Any]]) -> httpx.URL:
    """The URL with query parameters added; those without a value are left out, lists repeat the key."""
    pairs = [(key, text) for key, value in query for text in parameter(value)]
    if not pairs:
        return url
    # Not as `params`: httpx would take apart what is put together here.
    text = urlencode(pairs).encode()
    return url.copy_with(query=b"&".join((url.query, text)) if url.query else text)
