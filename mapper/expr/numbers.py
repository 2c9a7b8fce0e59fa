"""Transforms on numbers and flags. Decimals are exact; a float is taken by its shortest form and never given."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from typing import Any

from mapper.errors import RuleError
from mapper.expr.lists import many, missing
from mapper.expr.notation import notation, read_decimal, write_decimal
from mapper.expr.scalars import EXACT, as_decimal, as_flag, as_number, check_places, to_places
from mapper.expr.transform import show, transform
from mapper.records import ABSENT

_ITEMS = "ABSENT and null are passed through; an empty list gives null, and so do lists of missing items"


def _known(mark: str = ".", places: int | None = None) -> None:
    notation(mark)
    check_places(places)


def _in_order(least: Any, most: Any) -> None:
    if _exact(least) > _exact(most):
        raise RuleError("clamp cannot be asked for a number whose least is more than most")


@transform(
    "The value as a whole number.",
    ("42", 42),
    (42.0, 42),
    ("4.5", "is not a whole number"),
    inverse="text",
    loses="how it was written",
    takes="number",
    gives="number",
)
def number(value: Any) -> int:
    return as_number(value)


@transform(
    "The value as an exact decimal; `mark` is the decimal mark of a text, or the way of fr, sv, de or en to write it.",
    ("12.50", Decimal("12.50")),
    ("1 234,56", Decimal("1234.56"), ","),
    ("1.234,56", Decimal("1234.56"), "de"),
    ("abc", "is not a decimal number"),
    inverse="format_number",
    verify=_known,
    loses="how it was written",
    takes="number",
    gives="number",
)
def decimal(value: Any, mark: str = ".") -> Decimal:
    return read_decimal(value, mark)


@transform(
    "The number as text, with a decimal mark, or as in fr, sv, de or en; with `places`, rounded to that many decimals.",
    (1234.5, "1234.5"),
    (1234.5, "1 234,50", "fr", 2),
    (1234567.891, "1.234.567,891", "de"),
    (1234.5, "1,234.50", "en", 2),
    (1, "there is no notation", "roman"),
    verify=_known,
    loses="the digits that are rounded away",
    takes="number",
    gives="text",
)
def format_number(value: Any, mark: str = ".", places: int | None = None) -> str:
    return write_decimal(value, mark, places)


@transform(
    "The value as true or false, from the usual words of French, Swedish and English.",
    ("oui", True),
    ("nej", False),
    (1, True),
    ("peut-être", "is not a flag"),
    inverse="text",
    loses="the word that was used",
    gives="flag",
)
def flag(value: Any) -> bool:
    return as_flag(value)


@transform(
    "The number rounded to a count of decimals, halves away from zero.",
    (2.345, Decimal("2.35"), 2),
    (2.5, 3),
    ("a", "is not a decimal number"),
    normal=True,
    verify=check_places,
    loses="further decimals",
    takes="number",
    gives="number",
)
def round_(value: Any, places: int = 0) -> int | Decimal:
    found = to_places(value, places)
    return found if places else int(found)


@transform(
    "The next whole number below.",
    (2.7, 2),
    ("-2.5", -3),
    normal=True,
    loses="the decimals",
    takes="number",
    gives="number",
)
def floor(value: Any) -> int:
    return int(as_decimal(value).to_integral_value(ROUND_FLOOR))


@transform(
    "The next whole number above.",
    (2.1, 3),
    ("-2.5", -2),
    normal=True,
    loses="the decimals",
    takes="number",
    gives="number",
)
def ceil(value: Any) -> int:
    return int(as_decimal(value).to_integral_value(ROUND_CEILING))


@transform(
    "The number without its sign.",
    (-3, 3),
    ("-2.5", Decimal("2.5")),
    normal=True,
    loses="the sign",
    takes="number",
    gives="number",
)
def abs_(value: Any) -> int | Decimal:
    found = _exact(value)
    return abs(found) if isinstance(found, int) else found.copy_abs()


@transform(
    "The number, at least `least` and at most `most`.",
    (12, 10, 0, 10),
    (Decimal("-0.5"), 0, 0, 10),
    (1, "least is more than most", 5, 2),
    normal=True,
    verify=_in_order,
    loses="numbers outside the bounds",
    takes="number",
    gives="number",
)
def clamp(value: Any, least: Any, most: Any) -> int | Decimal:
    _in_order(least, most)
    return max(_exact(least), min(_exact(most), _exact(value)))


@transform(
    "The sum of the numbers; missing ones are left out.",
    ([1, "2.5", None], Decimal("3.5")),
    ([1, 2], 3),
    ([], 0),
    (["a"], "is not a decimal number"),
    on_missing="ABSENT and null are passed through; an empty list gives 0",
    normal=True,
    loses="the single numbers",
    takes="list",
    gives="number",
)
def sum_(value: Any) -> Any:
    return value if value is None or value is ABSENT else _total(_numbers(value))


@transform(
    "The least of the numbers; missing ones are left out.",
    ([3, 1, None], 1),
    ([], None),
    on_missing=_ITEMS,
    normal=True,
    loses="the other numbers",
    takes="list",
    gives="number",
)
def min_(value: Any) -> Any:
    return value if value is None or value is ABSENT else _outermost(_numbers(value), lambda one, other: one < other)


@transform(
    "The greatest of the numbers; missing ones are left out.",
    ([3, "10", None], 10),
    ([], None),
    on_missing=_ITEMS,
    normal=True,
    loses="the other numbers",
    takes="list",
    gives="number",
)
def max_(value: Any) -> Any:
    return value if value is None or value is ABSENT else _outermost(_numbers(value), lambda one, other: one > other)


@transform(
    "The average of the numbers, rounded to a count of decimals, halves away from zero; missing ones are left out.",
    ([1, 2], Decimal("1.50")),
    ([1, 1, 2], Decimal("1.333"), 3),
    ([], None),
    on_missing=_ITEMS,
    verify=check_places,
    loses="the single numbers",
    takes="list",
    gives="number",
)
def average(value: Any, places: int = 2) -> Any:
    if value is None or value is ABSENT:
        return value
    found = _numbers(value)
    return to_places(EXACT.divide(Decimal(_total(found)), Decimal(len(found))), places) if found else None


def _outermost(found: list[int | Decimal], beats: Callable[[Any, Any], bool]) -> int | Decimal | None:
    return reduce(lambda best, item: item if beats(item, best) else best, found) if found else None


def _exact(value: Any) -> int | Decimal:
    """A number as it is, a float or a text as a decimal, or as an int where it is whole."""
    if isinstance(value, int) and not isinstance(value, bool):
        return as_number(value)
    found = as_decimal(value)
    if isinstance(value, str) and found == found.to_integral_value():
        return int(found)
    return found


def _numbers(value: Any) -> list[int | Decimal]:
    listed = [] if missing(value) else many(value)
    return [_exact(item) for item in listed if not missing(item)]


def _total(found: list[int | Decimal]) -> int | Decimal:
    whole = sum(item for item in found if isinstance(item, int))
    exact = Decimal(0)
    for item in found:
        if isinstance(item, Decimal):
            exact = EXACT.add(exact, item)
    if abs(whole) >= 10**60 or abs(exact) >= 10**60:
        raise RuleError(f"{show(whole)} and {show(exact)} make too large a number")
    return EXACT.add(exact, Decimal(whole)) if any(isinstance(item, Decimal) for item in found) else whole
