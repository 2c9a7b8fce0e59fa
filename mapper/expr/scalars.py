"""Text, numbers and flags: the exact readings that types and transforms share."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.transform import show
from mapper.records import fold
from mapper.records import unpiled as _unpiled

MAX_FOLDED: Final = 50_000
#: Room for every digit of the numbers that are accepted, so that no calculation rounds.
EXACT: Final = Context(prec=200)

#: The same, for calculations: what it cannot hold to the last digit is refused.
STRICT: Final = Context(prec=200, Emax=400, Emin=-400, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])
#: As many digits as every JSON number keeps; a division that does not end is rounded to them.
_JSON_DIGITS: Final = 15

_LIMIT = 10**40
_CENT = Decimal("0.01")
_INTEGER = re.compile(r"([+-]?[0-9]{1,40})(?:\.0{1,40})?")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?")
_FLAGS = {
    **dict.fromkeys(("1", "true", "t", "on", "x", "✓"), True),
    **dict.fromkeys(("0", "false", "f", "off"), False),
    **dict.fromkeys(("yes", "y", "oui", "o", "vrai", "v", "ja", "j", "sant", "sann"), True),
    **dict.fromkeys(("no", "n", "non", "faux", "nej", "falskt", "falsk"), False),
}


def as_text(value: Any) -> str:
    """A text, number, date or moment as text; anything else is a RuleError."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise RuleError(f"{show(value)} is a flag, not a text")
    if isinstance(value, int):
        return str(as_number(value))
    if isinstance(value, (float, Decimal)):
        return plain(as_decimal(value))
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise RuleError(f"{show(value)} is not a text")


def folded(value: Any) -> str:
    """The value as labels are compared; RuleError for a text so long that folding it would take too long."""
    return fold(unpiled(short(value)))


def short(value: Any) -> str:
    """The value as text of at most `MAX_FOLDED` characters: normalising a text can make it eighteen times as long."""
    text = as_text(value)
    if len(text) > MAX_FOLDED:
        raise RuleError(f"a text of {len(text)} characters is too long; {MAX_FOLDED} are allowed here")
    return text


def tidy(value: Any) -> str:
    """The text without blanks at its ends and in Unicode form NFC."""
    text = as_text(value).strip()
    return text if text.isascii() else composed(text)


#: Of a text as short as this, the worst pile of marks is sorted in a few milliseconds.
SHORT = 2_000


def composed(text: str) -> str:
    """The text in Unicode form NFC."""
    return unicodedata.normalize("NFC", text if len(text) < SHORT else unpiled(text))


def unpiled(text: str) -> str:
    """The text; RuleError for a letter with more than 100 marks, which would be sorted one by one to normalise it."""
    if _unpiled(text) is not text:
        raise RuleError(f"{show(text)} has more than 100 marks on one letter")
    return text


def plain(value: Decimal) -> str:
    """The decimal in digits, without exponent and without needless zeros.

    >>> plain(Decimal("1.50E+3"))
    '1500'
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def as_number(value: Any) -> int:
    """An int from an int, an integral float or decimal, or a text of digits, perhaps with decimals of nothing."""
    if isinstance(value, str) and (found := _INTEGER.fullmatch(value.strip())):
        return int(found[1])
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LIMIT:
        return value
    if isinstance(value, float) and abs(value) < _LIMIT and value.is_integer():
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 40 and value == int(value):
        return int(value)
    raise RuleError(f"{show(value)} is not a whole number")


def as_decimal(value: Any) -> Decimal:
    """A Decimal from a number (a float by its shortest form) or from a text with a decimal point."""
    if isinstance(value, Decimal):
        found = value
    elif isinstance(value, int) and not isinstance(value, bool):
        found = Decimal(as_number(value))
    elif isinstance(value, float):
        found = Decimal(repr(value))
    elif isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        found = Decimal(value.strip())
    else:
        raise RuleError(f"{show(value)} is not a decimal number")
    # An exponent of millions is one short text, and gigabytes once it is written out.
    if not found.is_finite() or abs(found.adjusted()) > 60:
        raise RuleError(f"{show(value)} is not a decimal number")
    return found


def shortest(value: Any) -> Any:
    """A float by its shortest form; any other value as it is."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same; a float beside a Decimal is taken by its shortest form, in lists as well."""
    one, other = left.__class__, right.__class__
    if one is not other:
        return bool(shortest(left) == shortest(right) if Decimal in (one, other) else left == right)
    if one is list:
        return len(left) == len(right) and all(map(equal, left, right))
    if one is dict:
        return left.keys() == right.keys() and all(equal(item, right[key]) for key, item in left.items())
    return bool(left == right)


def quotient(left: Any, right: Any) -> int | Decimal:
    """One number divided by another: whole where two whole numbers leave nothing over, else an exact decimal.

    A division that does not end is rounded to 15 digits, halves away from zero, yet never to less than the whole part.
    Raises ArithmeticError.
    """
    if isinstance(left, int) and isinstance(right, int) and not left % right:
        return left // right
    try:
        return STRICT.divide(shortest(left), shortest(right))
    except Inexact:
        found = EXACT.divide(Decimal(shortest(left)), Decimal(shortest(right)))
        last = min(0, found.adjusted() + 1 - _JSON_DIGITS)
        return found.quantize(Decimal(1).scaleb(last, EXACT), ROUND_HALF_UP, EXACT)


def divided(left: Any, right: Any) -> tuple[int | Decimal, int | Decimal]:
    """How often one number goes into another, rounded down, and what is left over. Raises ArithmeticError."""
    if isinstance(left, int) and isinstance(right, int):
        return divmod(left, right)
    left, right = shortest(left), shortest(right)
    times, rest = STRICT.divide_int(left, right), STRICT.remainder(left, right)
    if rest and (rest < 0) != (right < 0):
        times, rest = STRICT.subtract(times, 1), STRICT.add(rest, right)
    return STRICT.plus(times), STRICT.plus(rest)


def cents(value: Decimal) -> Decimal:
    """The amount rounded to two decimals, halves away from zero."""
    return value.quantize(_CENT, ROUND_HALF_UP, EXACT)


def json_number(value: Decimal) -> int | float:
    """The decimal as a JSON number; a RuleError if a float cannot hold it exactly."""
    if value == value.to_integral_value():
        return int(value)
    found = float(value)
    if Decimal(repr(found)) != value:
        raise RuleError(f"{show(value)} has more digits than a JSON number keeps")
    return found


def as_flag(value: Any) -> bool:
    """True or False from a flag, 0 or 1, or one of the usual words."""
    if isinstance(value, bool):
        return value
    finite = isinstance(value, (int, float)) or (isinstance(value, Decimal) and value.is_finite())
    if finite and value in (0, 1):
        return bool(value == 1)
    if isinstance(value, str):
        found = _FLAGS.get(value.strip().lower())
        if found is not None:
            return found
    raise RuleError(f"{show(value)} is not a flag (true or false)")


def check_places(places: int | None = 0) -> None:
    """RuleError for a count of decimals that no number can be rounded to."""
    if places is not None and not 0 <= places <= 20:
        raise RuleError(f"a number cannot be rounded to {show(places)} decimals; 0 to 20 are possible")


def check_count(count: Any) -> None:
    """RuleError for what is no count."""
    if not isinstance(count, int) or count < 0:
        raise RuleError(f"{show(count)} is not a count from 0")


def to_places(value: Any, places: int) -> Decimal:
    """The number rounded to a count of decimals (at most 20), halves away from zero."""
    check_places(places)
    return as_decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)
