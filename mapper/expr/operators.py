"""What compiled expressions call: look-ups in data, arithmetic and comparison, each with its bounds.

A missing operand (ABSENT or null) makes arithmetic missing and an ordering false. Nothing is converted but floats,
which are taken by their shortest form: calculations are exact, and give whole numbers or decimals.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.catalogue import TRANSFORMS
from mapper.expr.scalars import STRICT, as_text, divided, equal, quotient, shortest
from mapper.expr.transform import MAX_ITEMS, MAX_TEXT, bounded, show
from mapper.records import ABSENT

_MAX_BITS = 4096
#: Two texts that are shorter than this together may be joined by any separator that an expression can hold.
SHORT: Final = MAX_TEXT // 2
#: From so many parts on, what they hold together is added up before anything is built of them.
MANY: Final = 9
_LONGEST_CUT: Final = 4 * MAX_TEXT
_MOST_CUT: Final = MAX_ITEMS // 2
_MANY_LOOKED_THROUGH: Final = 5_000
_FAULTS: Final = (TypeError, ArithmeticError, RecursionError)
_WHOLE: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_EXACT: dict[str, Callable[[Any, Any], Any]] = {
    "+": STRICT.add,
    "-": STRICT.subtract,
    "*": STRICT.multiply,
    "/": quotient,
    "//": lambda left, right: divided(left, right)[0],
    "%": lambda left, right: divided(left, right)[1],
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
    longest = _LONGEST_CUT if isinstance(value, str) else _MOST_CUT
    if len(value) > longest and len(range(*slice(start, stop, step).indices(len(value)))) > longest:
        raise RuleError(f"what is cut from {show(value)} would be longer than {longest}")
    return value[start:stop:step]


def listed(*items: Any) -> list[Any]:
    """A list of the items that are there."""
    if len(items) >= MANY:
        _add_up(items)
    return [item for item in items if item is not ABSENT]


def record(*pairs: Any) -> dict[str, Any]:
    """A record of keys and values in turn; a key whose value is ABSENT is not there."""
    if len(pairs) >= MANY:
        _add_up(pairs)
    return {key: value for key, value in zip(pairs[::2], pairs[1::2], strict=True) if value is not ABSENT}


def _add_up(parts: Sequence[Any]) -> None:
    """RuleError for parts that are too much together."""
    if sum(len(part) for part in parts if isinstance(part, str)) > 4 * MAX_TEXT:
        raise RuleError(f"{len(parts)} texts are too long to be held together: {4 * MAX_TEXT} characters are allowed")


def concat_many(*parts: Any) -> str:
    """The parts as one text, where they are so many that it would be too long before it was refused."""
    _add_up(parts)
    return concat(*parts)


def concat(*parts: Any) -> str:
    """The parts as one text; missing ones count as empty."""
    try:
        text = "".join(parts)
    except TypeError:  # not all of them are texts
        text = "".join(part if isinstance(part, str) else _piece(part) for part in parts)
    return text if len(text) <= MAX_TEXT else bounded(text)


def joined(separator: Any, *parts: Any) -> Any:
    """`[…] | join(separator)`, without the list where all parts are texts or missing."""
    there = []
    for part in parts:
        if part.__class__ is str:
            if part:
                there.append(part)
        elif part is not None and part is not ABSENT:
            return TRANSFORMS["join"].call(listed(*parts), separator)
    if separator.__class__ is not str:
        return TRANSFORMS["join"].call(listed(*parts), separator)
    if len(there) >= MANY:
        return TRANSFORMS["join"].call(there, separator)
    text: str = separator.join(there)
    return text if len(text) <= MAX_TEXT else bounded(text)


def caught(attempt: Callable[[], Any], otherwise: Any) -> Any:
    """What an attempt gives, or another value where it is refused."""
    try:
        return attempt()
    except RuleError:
        return otherwise


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
        if symbol in _WHOLE and isinstance(left, int) and isinstance(right, int):
            found: Any = _WHOLE[symbol](left, right)
        else:
            found = _EXACT[symbol](shortest(left), shortest(right))
    except ArithmeticError:
        raise RuleError(f"{show(left)} {symbol} {show(right)} cannot be calculated") from None
    if found.bit_length() > _MAX_BITS if isinstance(found, int) else not found.is_finite():
        raise RuleError("the result is too large a number")
    return found


def _joined(left: Any, right: Any) -> Any:
    longest = MAX_TEXT if isinstance(left, str) else MAX_ITEMS
    if len(left) + len(right) > longest:
        raise RuleError(f"the result would be longer than {longest}")
    return left + right


def negative(value: Any) -> Any:
    """The number with the other sign; a missing value stays missing."""
    if value is None or value is ABSENT:
        return value
    if not _is_number(value):
        raise RuleError(f"{show(value)} is not a number")
    try:
        return STRICT.minus(value) if isinstance(value, Decimal) else -value
    except ArithmeticError:
        raise RuleError(f"-{show(value)} cannot be calculated") from None


def compare(first: Any, *rest: Any) -> bool:
    """A chain of comparisons: compare(1, "<", 2, "<=", 3)."""
    left = first
    for symbol, right in zip(rest[::2], rest[1::2], strict=True):
        if not _holds(left, symbol, right):
            return False
        left = right
    return True


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal."""
    try:
        return equal(left, right)
    except _FAULTS:
        raise RuleError(f"{show(left)} and {show(right)} cannot be compared") from None


def _holds(left: Any, symbol: str, right: Any) -> bool:
    match symbol:
        case "==":
            return same(left, right)
        case "!=":
            return not same(left, right)
        case "in":
            return within(left, right)
        case "not in":
            return not within(left, right)
    if left is None or right is None or left is ABSENT or right is ABSENT:
        return False
    try:
        if isinstance(left, Decimal) or isinstance(right, Decimal):
            left, right = shortest(left), shortest(right)
        return bool(_ORDERS[symbol](left, right))
    except _FAULTS:
        raise RuleError(f"{show(left)} and {show(right)} cannot be compared by {symbol}") from None


def within(value: Any, container: Any) -> bool:
    """Whether a value is an item of a list, a key of a record, or a part of a text."""
    if isinstance(container, str):
        return isinstance(value, str) and value in container
    if isinstance(container, dict):
        return isinstance(value, (str, int, float)) and value in container
    try:
        if not isinstance(container, (list, tuple)):
            return False
        if isinstance(value, (float, Decimal, list, dict)):
            return any(item is value or equal(item, value) for item in container)
        return value in container
    except _FAULTS:
        raise RuleError(f"{show(value)} cannot be looked for in {show(container)}") from None


def few(container: Any) -> Any:
    """What every item of a list is looked for in; RuleError where that would take too long."""
    if isinstance(container, (str, list, tuple)) and len(container) > _MANY_LOOKED_THROUGH:
        raise RuleError(f"{show(container)} is too long for every item to be looked for in it")
    return container


def lone(value: Any) -> Any:
    """What every item of a list hands to a function; RuleError for a list or a record."""
    if isinstance(value, (list, tuple, dict)):
        raise RuleError(f"{show(value)} is no single value, and every item would go through it")
    return value


def is_string(value: Any) -> bool:
    """Whether the value is a text."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Whether the value is a number; true and false are none."""
    return _is_number(value)


def is_empty(value: Any) -> bool:
    """Whether the value is ABSENT, null, or an empty text, list or record."""
    return value is None or value is ABSENT or (not value and isinstance(value, (str, list, dict, tuple)))
