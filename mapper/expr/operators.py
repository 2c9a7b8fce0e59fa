"""What compiled expressions call: look-ups in data, arithmetic and comparison, each with its bounds.

A missing operand (ABSENT or null) makes arithmetic missing and an ordering false; nothing else is converted.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mapper.errors import RuleError
from mapper.expr.scalars import as_text
from mapper.expr.transform import MAX_TEXT, bounded, show
from mapper.records import ABSENT

_MAX_BITS = 4096
_SYMBOLS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def get(value: Any, key: Any) -> Any:
    """What stands at a key of a dict or a position of a list or text; ABSENT if there is nothing."""
    if isinstance(value, dict):
        return value.get(key, ABSENT) if isinstance(key, (str, int, float)) else ABSENT
    if isinstance(value, (list, tuple, str)) and isinstance(key, int) and not isinstance(key, bool):
        return value[key] if -len(value) <= key < len(value) else ABSENT
    return ABSENT


def cut(value: Any, start: int | None, stop: int | None, step: int | None) -> Any:
    """A slice of a text or list; a missing value stays missing."""
    if value is None or value is ABSENT:
        return value
    if not isinstance(value, (str, list, tuple)):
        raise RuleError(f"{show(value)} is neither a text nor a list, so no part can be cut from it")
    return value[slice(start, stop, step)]


def listed(*items: Any) -> list[Any]:
    """A list of the items that are there."""
    return [item for item in items if item is not ABSENT]


def record(*pairs: Any) -> dict[str, Any]:
    """A record of keys and values in turn; a key whose value is ABSENT is not there."""
    return {key: value for key, value in zip(pairs[::2], pairs[1::2], strict=True) if value is not ABSENT}


def concat(*parts: Any) -> str:
    """The parts as one text; missing ones count as empty."""
    return bounded("".join(part if isinstance(part, str) else _piece(part) for part in parts))


def _piece(value: Any) -> str:
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def arithmetic(left: Any, symbol: str, right: Any) -> Any:
    """A calculation with two numbers; `+` also joins two texts or two lists."""
    for side in (left, right):
        if side is None or side is ABSENT:
            return side
    if _is_number(left) and _is_number(right):
        return _calculate(left, symbol, right)
    if symbol == "+":
        for kind in (str, list):
            if isinstance(left, kind) and isinstance(right, kind):
                return _joined(left, right)
    raise RuleError(f"{show(left)} {symbol} {show(right)} cannot be calculated")


def _calculate(left: Any, symbol: str, right: Any) -> Any:
    try:
        # A float beside a Decimal is taken by its shortest form, as everywhere.
        if isinstance(left, Decimal) and isinstance(right, float):
            right = Decimal(repr(right))
        elif isinstance(right, Decimal) and isinstance(left, float):
            left = Decimal(repr(left))
        found = _SYMBOLS[symbol](left, right)
    except ArithmeticError:
        raise RuleError(f"{show(left)} {symbol} {show(right)} cannot be calculated") from None
    if isinstance(found, int) and found.bit_length() > _MAX_BITS:
        raise RuleError("the result is too large a number")
    return found


def _joined(left: Any, right: Any) -> Any:
    if len(left) + len(right) > MAX_TEXT:
        raise RuleError(f"the result would be longer than {MAX_TEXT}")
    return left + right


def negative(value: Any) -> Any:
    """The number with the other sign; a missing value stays missing."""
    if value is None or value is ABSENT:
        return value
    if not _is_number(value):
        raise RuleError(f"{show(value)} is not a number")
    return -value


def compare(first: Any, *rest: Any) -> bool:
    """A chain of comparisons: compare(1, "<", 2, "<=", 3)."""
    left = first
    for symbol, right in zip(rest[::2], rest[1::2], strict=True):
        if not _holds(left, symbol, right):
            return False
        left = right
    return True


def _holds(left: Any, symbol: str, right: Any) -> bool:
    match symbol:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "in":
            return within(left, right)
        case "not in":
            return not within(left, right)
    if left is None or right is None or left is ABSENT or right is ABSENT:
        return False
    try:
        return bool(_ORDERS[symbol](left, right))
    except TypeError:
        raise RuleError(f"{show(left)} and {show(right)} cannot be compared by {symbol}") from None


def within(value: Any, container: Any) -> bool:
    """Whether a value is an item of a list, a key of a record, or a part of a text."""
    if isinstance(container, str):
        return isinstance(value, str) and value in container
    if isinstance(container, dict):
        return isinstance(value, (str, int, float)) and value in container
    return isinstance(container, (list, tuple)) and value in container


def is_string(value: Any) -> bool:
    """Whether the value is a text."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Whether the value is a number; true and false are none."""
    return _is_number(value)


def is_empty(value: Any) -> bool:
    """Whether the value is ABSENT, null, or an empty text, list or record."""
    return value is None or value is ABSENT or (not value and isinstance(value, (str, list, dict, tuple)))
