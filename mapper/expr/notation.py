"""Numbers as people of a country write them: exact readings and writings, through Decimal alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.scalars import as_decimal, plain, to_places
from mapper.expr.transform import show

LONGEST: Final = 100

_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009", " "))


@dataclass(frozen=True, slots=True)
class Notation:
    """A decimal mark, and what stands between groups of three digits."""

    example: str
    mark: str
    group: str
    pattern: re.Pattern[str]


def _notation(example: str, mark: str, group: str, between: str = "") -> Notation:
    digits = rf"[0-9]{{1,3}}(?:{between}[0-9]{{3}})+|[0-9]{{1,40}}" if between else "[0-9]{1,40}"
    return Notation(example, mark, group, re.compile(rf"[+-]?(?:{digits})(?:{re.escape(mark)}[0-9]{{1,40}})?"))


NOTATIONS: Final = {
    ".": _notation("1234.56", ".", ""),
    ",": _notation("1234,56", ",", "", " "),
    "fr": _notation("1 234,56", ",", " ", " "),
    "sv": _notation("1 234,56", ",", " ", " "),
    "de": _notation("1.234,56", ",", ".", r"\."),
    "en": _notation("1,234.56", ".", ",", ","),
}


def notation(name: str) -> Notation:
    """The notation of a name; RuleError if there is none."""
    found = NOTATIONS.get(name)
    if found is None:
        raise RuleError(f"there is no notation {show(name)} of numbers; known are {', '.join(NOTATIONS)}")
    return found


def read_decimal(value: Any, name: str) -> Decimal:
    """A Decimal from a text in a notation (blanks of any kind between thousands), or from a number."""
    if name == "." or not isinstance(value, str):
        return as_decimal(value)
    used = notation(name)
    if len(value) > LONGEST:
        raise RuleError(f"{show(value)} is not a decimal number like {used.example}")
    text = value.translate(_BLANKS).strip().replace("\u2212", "-")
    if not used.pattern.fullmatch(text):
        raise RuleError(f"{show(value)} is not a decimal number like {used.example}")
    # The mark of groups can be a comma or a point: it goes before the decimal mark is turned into a point.
    return as_decimal(text.replace(used.group or " ", "").replace(used.mark, "."))


def write_decimal(value: Any, name: str, places: int | None = None) -> str:
    """The number in a notation; with `places`, rounded to that many decimals and filled up with zeros."""
    used = notation(name)
    number = as_decimal(value)
    text = plain(number) if places is None else format(to_places(number, places), "f")
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, rest = digits.partition(".")
    if used.group:
        head = len(whole) % 3
        parts = [whole[:head]] if head else []
        whole = used.group.join([*parts, *(whole[i : i + 3] for i in range(head, len(whole), 3))])
    if sign and not (whole + rest).strip("0., "):
        sign = ""
    return f"{sign}{whole}{used.mark}{rest}" if rest else sign + whole
