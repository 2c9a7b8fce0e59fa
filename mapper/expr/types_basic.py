"""The types of plain values: text, numbers, flags, choices, sets and references."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mapper.errors import RuleError
from mapper.expr import scalars
from mapper.expr.forms import Convert, Form, Type, same
from mapper.expr.markup import html_to_text, text_to_html
from mapper.expr.scalars import tidy
from mapper.expr.transform import show
from mapper.records import fold


def pair(table: dict[str, Convert]) -> Callable[[Form], Convert]:
    """A factory that picks a ready function by form."""
    return lambda form: table[form.form]


def always(convert: Convert) -> Callable[[Form], Convert]:
    """A factory that gives the same function for every form."""
    return lambda form: convert


def _text_key(value: Any) -> str:
    """Line ends differ between vendors and are no difference to people."""
    text = str(value)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _from_html(value: Any) -> str | None:
    return tidy(html_to_text(scalars.as_text(value))) or None


def _decimal_key(value: Any) -> str:
    return scalars.plain(scalars.as_decimal(value))


def _cents(value: Any) -> Decimal:
    return scalars.cents(scalars.as_decimal(value))


def _set(value: Any) -> list[str]:
    listed = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    found: dict[str, str] = {}
    for item in listed:
        text = "" if item is None else tidy(item)
        if text:
            found.setdefault(fold(text), text)
    return list(found.values())


def _set_key(value: Any) -> list[str]:
    return sorted({fold(str(item)) for item in value})


def _list(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise RuleError(f"{show(value)} is not a list")
    return list(value)


TEXT = Type(
    name="text",
    summary="Text without blanks at its ends, in Unicode form NFC; what stands inside is kept",
    forms=("plain", "html"),
    examples=((" ACME ", "ACME"), (42, "42")),
    make_reader=pair({"plain": tidy, "html": _from_html}),
    make_writer=pair({"plain": scalars.as_text, "html": lambda value: text_to_html(scalars.as_text(value))}),
    to_key=_text_key,
)

NUMBER = Type(
    name="number",
    summary="A whole number",
    forms=("", "text"),
    examples=((42, 42), ("42", 42), (42.0, 42)),
    make_reader=always(scalars.as_number),
    make_writer=pair({"": scalars.as_number, "text": lambda value: str(scalars.as_number(value))}),
)

DECIMAL = Type(
    name="decimal",
    summary="An exact decimal number; the form `cents` rounds to two decimals, no other form rounds",
    forms=("", "text", "comma", "cents"),
    examples=((12.5, Decimal("12.5")), ("12.50", Decimal("12.50"))),
    make_reader=pair(
        {"": scalars.as_decimal, "text": scalars.as_decimal, "comma": scalars.comma_decimal, "cents": _cents}
    ),
    make_writer=pair(
        {
            "": lambda value: scalars.json_number(scalars.as_decimal(value)),
            "text": _decimal_key,
            "comma": lambda value: _decimal_key(value).replace(".", ","),
            "cents": lambda value: scalars.json_number(_cents(value)),
        }
    ),
    to_key=_decimal_key,
    to_plain=str,
    from_plain=Decimal,
)

FLAG = Type(
    name="flag",
    summary="True or false; read from 0 and 1 and the usual words of French, Swedish and English",
    forms=("bool", "int", "text", "on"),
    examples=((True, True), ("oui", True), ("0", False)),
    make_reader=always(scalars.as_flag),
    make_writer=pair(
        {
            "bool": scalars.as_flag,
            "int": lambda value: int(scalars.as_flag(value)),
            "text": lambda value: "true" if scalars.as_flag(value) else "false",
            "on": lambda value: "on" if scalars.as_flag(value) else "off",
        }
    ),
)

CHOICE = Type(
    name="choice",
    summary="One of a list of values, compared without regard to accents, case and doubled blanks",
    forms=("",),
    examples=((" Client ", "Client"), (3, "3")),
    make_reader=always(tidy),
    make_writer=always(same),
    to_key=lambda value: fold(str(value)),
)

SET = Type(
    name="set",
    summary="Several of a list of values, in no order, each once",
    forms=("",),
    examples=((["Vente", "vente ", "Achat"], ["Vente", "Achat"]), ([], [])),
    make_reader=always(_set),
    make_writer=always(_list),
    to_key=_set_key,
    to_plain=list,
    from_plain=list,
)

REF = Type(
    name="ref",
    summary="The id of another record",
    forms=("",),
    examples=((17, "17"), ("abc", "abc")),
    make_reader=always(tidy),
    make_writer=always(same),
)
