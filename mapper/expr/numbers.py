"""Transforms on numbers and flags. Decimals are exact; a float is taken by its shortest form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mapper.expr.scalars import as_decimal, as_flag, as_number, comma_decimal, to_places
from mapper.expr.transform import transform


@transform("The value as a whole number.", ("42", 42), (42.0, 42), ("4.5", "is not a whole number"), inverse="text")
def number(value: Any) -> int:
    return as_number(value)


@transform(
    "The value as an exact decimal; `mark` is the decimal mark of a text.",
    ("12.50", Decimal("12.50")),
    ("1 234,56", Decimal("1234.56"), ","),
    ("abc", "is not a decimal number"),
    inverse="text",
)
def decimal(value: Any, mark: str = ".") -> Decimal:
    return comma_decimal(value) if mark == "," else as_decimal(value)


@transform(
    "The value as true or false, from the usual words of French, Swedish and English.",
    ("oui", True),
    ("nej", False),
    (1, True),
    ("peut-être", "is not a flag"),
    inverse="text",
)
def flag(value: Any) -> bool:
    return as_flag(value)


@transform("The number rounded to a count of decimals, halves away from zero.", (2.345, Decimal("2.35"), 2), (2.5, 3))
def round_(value: Any, places: int = 0) -> int | Decimal:
    found = to_places(value, places)
    return found if places else int(found)


@transform("The number without its sign.", (-3, 3), ("-2.5", Decimal("2.5")))
def abs_(value: Any) -> int | Decimal:
    return abs(value) if isinstance(value, int) and not isinstance(value, bool) else abs(as_decimal(value))
