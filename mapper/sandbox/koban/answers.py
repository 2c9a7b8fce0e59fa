"""The vendor's answers and requests: envelope, page, refusal, query parameters, JSON bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from werkzeug.wrappers import Request, Response

from ..base import answer
from .desk import Desk
from .shapes import Entity, Row

_DEFAULT_PAGE = 20


class Bad(Exception):
    """A request that the server cannot even read; answered with `status`."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def envelope(desk: Desk, result: Any, status: int = 200) -> Response:
    """The answer to a write that succeeded."""
    errors: list[str] | None = [] if desk.switches["errors"] == "list" else None
    return answer({"Result": result, "Success": True, "Message": None, "Errors": errors}, status)


def failure(message: str | None, errors: list[str] | None = None, *, status: int = 200, result: Any = None) -> Response:
    """The answer to a write that was refused, with a status that looks like success."""
    return answer({"Result": result, "Success": False, "Message": message, "Errors": errors}, status)


def refused(desk: Desk, reasons: list[str], *, many: bool = False, result: Any = None) -> Response:
    """The answer to objects that were not taken; `many`: the call takes a list of them."""
    place, status = desk.switches["reasons"], int(desk.switches["failure_status"])
    if place == "none":
        return failure(None, status=status, result=result)
    if place == "errors" or (place == "each" and many):
        return failure(None, reasons, status=status, result=result)
    return failure("; ".join(reasons), status=status, result=result)


def listing(desk: Desk, request: Request, rows: Sequence[Row], entity: Entity, **about: Any) -> Response:
    """One page of an entity's rows, by `s` and `l`."""
    start, length = number(request, "s", 0), number(request, "l", _DEFAULT_PAGE)
    response = page(desk, rows, partial(desk.reader.object, entity), start, length, **about)
    if desk.switches["pages"] == "moving" and start == 0 and len(rows) > length and entity.name not in desk.shifted:
        # Somebody edits the records that stand first while the list is read, once.
        desk.shifted.add(entity.name)
        for row in rows[:3]:
            desk.store(entity, row, row)
    return response


def page(
    desk: Desk,
    rows: Sequence[Row],
    show: Callable[[Row], Any],
    start: int,
    length: int = _DEFAULT_PAGE,
    *,
    shape: str = "page",
) -> Response:
    """One page of rows; `Length` counts all of them, and a page above the longest is cut without a word."""
    longest = int(desk.switches["longest_page"])
    start, length = max(start, 0), min(length if length > 0 else _DEFAULT_PAGE, longest)
    shown = [show(row) for row in _ordered(desk, rows)[start : start + length]]
    return answer(shown if shape == "array" else {"Length": len(rows), "List": shown})


def with_news(response: Response) -> Response:
    """An answer all of whose objects have a member that no document names."""
    if response.mimetype != "application/json":
        return response
    return answer(_newer(json.loads(response.get_data())), response.status_code)


def _newer(value: Any) -> Any:
    if isinstance(value, list):
        return [_newer(part) for part in value]
    if isinstance(value, dict):
        return {**{name: _newer(part) for name, part in value.items()}, "Nouveau": {"Version": 2, "Valeurs": [None]}}
    return value


def _ordered(desk: Desk, rows: Sequence[Row]) -> Sequence[Row]:
    if desk.switches["order"] == "created":
        return sorted(rows, key=lambda row: str(row["Guid"]))
    return rows if desk.switches["order"] == "updated" else rows[::-1]


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


def form(request: Request, name: str) -> str:
    """A field of a form."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Bad("The request entity's media type is not supported for this resource.", 415)
    value = request.form.get(name)
    if value is None:
        raise Bad(f"No value for the field '{name}'.")
    return value
