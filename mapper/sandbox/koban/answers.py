"""The vendor's answers and requests: envelope, page, refusal, query parameters, JSON bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.wrappers import Request, Response

from ..base import answer
from .shapes import Row

_DEFAULT_PAGE = 20
_LONGEST_PAGE = 100


class Bad(Exception):
    """A request that the server cannot even read; answered with `status`."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def envelope(result: Any, status: int = 200) -> Response:
    """The answer to a write that succeeded."""
    return answer({"Result": result, "Success": True, "Message": None, "Errors": None}, status)


def failure(message: str | None, errors: list[str] | None = None, *, status: int = 200, result: Any = None) -> Response:
    """The answer to a write that was refused, with a status that looks like success."""
    return answer({"Result": result, "Success": False, "Message": message, "Errors": errors}, status)


def listing(request: Request, rows: Sequence[Row], show: Callable[[Row], dict[str, Any]]) -> Response:
    """One page of rows; `Length` counts all of them, and a page above the longest is cut without a word."""
    start = max(number(request, "s", 0), 0)
    length = number(request, "l", _DEFAULT_PAGE)
    length = min(length, _LONGEST_PAGE) if length > 0 else _DEFAULT_PAGE
    return answer({"Length": len(rows), "List": [show(row) for row in rows[start : start + length]]})


def number(request: Request, name: str, default: int | None = None) -> int:
    """A whole number of the query."""
    text = request.args.get(name, "")
    if not text and default is not None:
        return default
    try:
        return int(text)
    except ValueError:
        raise Bad(f"The parameter '{name}' is not a valid Int64 value.") from None


def text(request: Request, name: str) -> str:
    """A parameter of the query that cannot be left out."""
    value = request.args.get(name)
    if value is None:
        raise Bad(f"No value for the parameter '{name}'.")
    return value


def body(request: Request) -> Any:
    """The JSON of the request."""
    if request.mimetype != "application/json":
        raise Bad("The request entity's media type is not supported for this resource.", 415)
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise Bad("The request body is not valid JSON.") from None
