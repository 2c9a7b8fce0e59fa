"""Text, numbers and flags: the exact readings that types and transforms share."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.transform import show
from mapper.records import fold
from mapper.records import unpiled as _unpiled

MAX_FOLDED: Final = 50_000
#: Room for every digit of the numbers that are accepted, so that no calculation rounds.
EXACT: Final = Context(prec=200)

_LIMIT = 10**40
_CENT = Decimal("0.01")
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
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


# Of a text as short as this, the worst pile of marks is sorted in a few milliseconds.
_SHORT = 2_000


def composed(text: str) -> str:
    """The text in Unicode form NFC."""
    return unicodedata.normalize("NFC", text if len(text) < _SHORT else unpiled(text))


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
    """An int from an int, an integral float or decimal, or a text of digits."""
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
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
    if isinstance(value, (int, float)) and value in (0, 1):
        return value == 1
    if isinstance(value, str):
        found = _FLAGS.get(value.strip().lower())
        if found is not None:
            return found
    raise RuleError(f"{show(value)} is not a flag (true or false)")


def to_places(value: Any, places: int) -> Decimal:
    """The number rounded to a count of decimals (at most 20), halves away from zero."""
    if not 0 <= places <= 20:
        raise RuleError(f"a number cannot be rounded to {show(places)} decimals; 0 to 20 are possible")
    return as_decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)
