"""What a body may hold, from the types that the vendor's page gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from .facts import Operation, operations, shapes
from .wire import Check, array_of, flag, integer, members, nullable_string, string

#: Integers that are 0 or 1.
FLAGS = ("active", "closed", "default", "isdefault", "incampaign", "done")

#: Amounts of money, which a tenant may round, and the other numbers that may be told with decimals.
MONEY = ("price", "buyprice", "statisticsprice", "alternativevalue", "value", "altvalue")
AMOUNTS = (*MONEY, "currencyrate", "commision", "discount", "vat", "area")

#: Those that a tenant may show as booleans.
SHOWN_FLAGS = ("active", "closed")


def model(operation: Operation) -> Mapping[str, Check]:
    """The checks of a body's members; made once, as each tenant asks for all of them."""
    return _model(operation.n)


@cache
def _model(number: int) -> Mapping[str, Check]:
    return {name: check(name, about) for name, about in operations()[number].body.items()}


def required(operation: Operation) -> tuple[str, ...]:
    """The members that a body must have."""
    return tuple(name for name, about in operation.body.items() if about.get("required"))


def check(name: str, about: Mapping[str, Any]) -> Check:
    """The check of one member."""
    kind, form = about["type"], about.get("format")
    if name in FLAGS and kind == "integer":
        found: Check = flag
    elif form in ("date", "date-time", "DateTime"):
        found = _day if form == "date" else _moment
    elif "pattern" in about:
        found = _like(about["pattern"])
    else:
        found = of_type(kind)
    return _or_null(found) if about.get("nullable") else found


@cache
def of_type(kind: str) -> Check:
    """The check of a type as the page writes it."""
    if kind.startswith("["):
        return array_of(of_type(kind[1:-1]))
    if kind in _PLAIN:
        return _PLAIN[kind]
    needed = ["id"] if kind in ("IdObject", "Tag") else []
    return members({name: of_type(inner) for name, inner in shapes()[kind].items()}, needed)


def _number(value: Any, path: str, errors: dict[str, str]) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        errors[path] = f"{value!r} is not of type 'number'"


def _boolean(value: Any, path: str, errors: dict[str, str]) -> None:
    if not isinstance(value, bool):
        errors[path] = f"{value!r} is not of type 'boolean'"


def _object(value: Any, path: str, errors: dict[str, str]) -> None:
    if not isinstance(value, dict):
        errors[path] = f"{value!r} is not of type 'object'"


def _anything(value: Any, path: str, errors: dict[str, str]) -> None:
    pass


def cents(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body whose amounts are rounded to two decimals."""
    rounded = {name: body[name] for name in MONEY if isinstance(body.get(name), float)}
    exact = {name: Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP) for name, value in rounded.items()}
    return {**body, **{name: float(value) for name, value in exact.items()}}


def either_flag(value: Any, path: str, errors: dict[str, str]) -> None:
    """A flag as a boolean or as a number."""
    if not isinstance(value, bool):
        flag(value, path, errors)


def _day(value: Any, path: str, errors: dict[str, str]) -> None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        errors[path] = f"{value!r} is not a 'date'"


def _moment(value: Any, path: str, errors: dict[str, str]) -> None:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        errors[path] = f"{value!r} is not a 'date-time'"


def _like(pattern: str) -> Check:
    def check(value: Any, path: str, errors: dict[str, str]) -> None:
        if not isinstance(value, str) or not re.search(pattern, value):
            errors[path] = f"{value!r} does not match '{pattern}'"

    return check


def _or_null(inner: Check) -> Check:
    def check(value: Any, path: str, errors: dict[str, str]) -> None:
        if value is not None:
            inner(value, path, errors)

    return check


_PLAIN: dict[str, Check] = {
    "string": string,
    "string|null": nullable_string,
    "integer": integer,
    "number": _number,
    "boolean": _boolean,
    "object": _object,
    "date": _day,
    "date-time": _moment,
    "untyped": _anything,
}
