"""The type of amounts of money: an exact amount and a currency, which are never taken for each other."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr import registers
from mapper.expr.composites import Composite, composite, object_reader, object_writer, record
from mapper.expr.forms import Convert, Form, Type
from mapper.expr.notation import read_decimal
from mapper.expr.scalars import EXACT, as_decimal, as_number, as_text, json_number, plain
from mapper.expr.transform import show
from mapper.expr.types_basic import DECIMAL, always

# Digits after the mark by ISO 4217, where there are not two.
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS: Final = {**dict.fromkeys(_NONE.split(), 0), **dict.fromkeys(_THREE.split(), 3), "CLF": 4, "UYW": 4}
LONGEST: Final = 100

_AMBIGUOUS = re.compile(r"[+\-\u2212]?[1-9][0-9]{0,2},[0-9]{3}")
_SIGN = r"[A-Za-z]{3}|€"
_FIGURES = r"[+\-\u2212]?(?:[0-9](?:[0-9 .,\u00a0\u202f\u2009]*[0-9.,])?|[.,][0-9]+)"
_TEXT = re.compile(rf"(?:({_SIGN})\s*)?({_FIGURES})(?:\s*({_SIGN}))?")


def digits_of(currency: str) -> int:
    """How many decimals the currency's smallest unit has."""
    return _DIGITS.get(currency, 2)


def unambiguous(text: str) -> Decimal:
    """An amount by its marks: of two the last is the decimal mark; a lone point is one, as computers write it.

    >>> unambiguous("1.234,50")
    Decimal('1234.50')
    """
    commas, points = text.count(","), text.count(".")
    if commas and points:
        return read_decimal(text, "de" if text.rindex(",") > text.rindex(".") else "en")
    if commas > 1 or points > 1:
        return read_decimal(text, "en" if commas else "de")
    return read_decimal(text.replace(".", ","), "fr")


def _from_text(value: Any) -> Composite:
    found = _TEXT.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= LONGEST else None
    if not found or bool(found[1]) == bool(found[3]):
        raise _no_amount(value)
    if _AMBIGUOUS.fullmatch(found[2]):
        raise RuleError(f"{show(value)} can be read as thousands and as decimals")
    try:
        amount = unambiguous(found[2].replace("\u2212", "-"))
    except RuleError:
        raise _no_amount(value) from None
    return {"amount": amount, "currency": registers.currency(found[1] or found[3])}


def _no_amount(value: Any) -> RuleError:
    return RuleError(f"{show(value)} is not an amount with its currency, such as 1234.56 EUR")


def _to_text(value: Any) -> str:
    amount, currency = _told(value)
    return f"{plain(amount)} {currency}"


def _told(value: Any) -> tuple[Decimal, str]:
    """Amount and currency, or a RuleError where one of them is missing."""
    given = record(value)
    if given.get("amount") is None or not given.get("currency"):
        raise RuleError(f"{show(value)} lacks its {'amount' if given.get('amount') is None else 'currency'}")
    return as_decimal(given["amount"]), str(given["currency"])


def _bare(value: Any, currency: str) -> Decimal:
    """The amount of money that must be of a side's currency."""
    amount, own = _told(value)
    if own != currency:
        raise RuleError(f"{plain(amount)} {own} cannot be written where amounts are in {currency}")
    return amount


def _minor(value: Any, currency: str) -> int:
    amount = _bare(value, currency)
    found = amount.scaleb(digits_of(currency), EXACT)
    if found != found.to_integral_value():
        raise RuleError(f"{plain(amount)} {currency} is no whole number of the smallest unit")
    return int(found)


def _reader(form: Form) -> Convert:
    if form.form == "text":
        return _from_text
    currency = form_currency(form)
    if form.form == "amount":
        return lambda value: {"amount": as_decimal(value), "currency": currency}
    if form.form == "minor":
        digits = digits_of(currency)
        return lambda value: {"amount": Decimal(as_number(value)).scaleb(-digits, EXACT), "currency": currency}
    read = object_reader(_PARTS)(form)

    def from_object(value: Any) -> Composite | None:
        found: Composite | None = read(value)
        if found is not None and "amount" not in found:
            # A currency beside an empty amount is how vendors say that there is no money.
            return None
        return None if found is None else {"amount": found["amount"], "currency": found.get("currency", currency)}

    return from_object


def _writer(form: Form) -> Convert:
    currency = form_currency(form)
    return {
        "text": _to_text,
        "amount": lambda value: json_number(_bare(value, currency)),
        "minor": lambda value: _minor(value, currency),
        "object": object_writer(_PARTS)(form),
    }[form.form]


def form_currency(form: Form) -> str:
    """The side's currency; ValueError for none of ISO 4217."""
    try:
        return registers.currency(form.currency)
    except RuleError as error:
        raise ValueError(error.message) from None


def _key(value: Any) -> list[str]:
    amount, currency = _told(value)
    return [plain(amount), currency]


CURRENCY = Type(
    name="currency",
    summary="A currency, ISO 4217",
    forms=("",),
    examples=(("eur", "EUR"),),
    make_reader=always(registers.currency),
    make_writer=always(as_text),
    kinds=frozenset({"text", "list", "any"}),
    widths={"": 3},
)
_PARTS: Final = {"amount": DECIMAL, "currency": CURRENCY}

MONEY = composite(
    "money",
    "An exact amount and its currency; in the forms `amount` and `minor` the currency is the side's",
    _PARTS,
    forms=("text", "amount", "minor", "object"),
    examples=(("1234.56 EUR", {"amount": Decimal("1234.56"), "currency": "EUR"}),),
    make_reader=_reader,
    make_writer=_writer,
    to_key=_key,
    kinds=frozenset({"text", "number", "decimal", "object", "any"}),
)
