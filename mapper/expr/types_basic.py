"""The types of plain values: text, numbers, flags, choices, sets and references."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr import notation, scalars
from mapper.expr.forms import Convert, Form, Type, same
from mapper.expr.markup import html_to_text, text_to_html
from mapper.expr.scalars import tidy
from mapper.expr.transform import show
from mapper.records import fold

# Folding makes up to eighteen characters of one that is not ASCII.
_MAX_SET: Final = 25_000


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


def _from_escaped(value: Any) -> str | None:
    """Text whose vendor shows it escaped, and takes it as it is."""
    return tidy(unescape(scalars.as_text(value))) or None


def _decimal_key(value: Any) -> str:
    return scalars.plain(scalars.as_decimal(value))


def _cents(value: Any) -> Decimal:
    return scalars.cents(scalars.as_decimal(value))


def _set(value: Any) -> list[str]:
    listed = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    texts = [text for item in listed if item is not None and (text := tidy(item))]
    if sum(len(text) for text in texts if not text.isascii()) > _MAX_SET:
        raise RuleError(f"the set is too long: {_MAX_SET} characters are allowed in all")
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(scalars.folded(text), text)
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
    forms=("plain", "html", "escaped"),
    examples=((" ACME ", "ACME"), (42, "42")),
    make_reader=pair({"plain": tidy, "html": _from_html, "escaped": _from_escaped}),
    make_writer=pair(
        {
            "plain": scalars.as_text,
            "html": lambda value: text_to_html(scalars.as_text(value)),
            "escaped": scalars.as_text,
        }
    ),
    to_key=_text_key,
    kinds=frozenset({"text", "number", "decimal", "date", "datetime", "list", "ref", "any"}),
)


def _number_reader(form: Form) -> Convert:
    name = form.form
    if name in ("", "text"):
        return scalars.as_number

    def read(value: Any) -> int:
        found = notation.read_decimal(value, name)
        if found != found.to_integral_value():
            raise RuleError(f"{show(value)} is not a whole number")
        return scalars.as_number(found)

    return read


def _number_writer(form: Form) -> Convert:
    name = form.form
    if name == "":
        return scalars.as_number
    if name == "text":
        return lambda value: str(scalars.as_number(value))
    return lambda value: notation.write_decimal(scalars.as_number(value), name)


def _decimal_reader(form: Form) -> Convert:
    match form.form:
        case "" | "text":
            return scalars.as_decimal
        case "cents":
            return _cents
        case "comma":
            return lambda value: notation.read_decimal(value, ",")
        case name:
            return lambda value: notation.read_decimal(value, name)


def _decimal_writer(form: Form) -> Convert:
    match form.form:
        case "":
            return lambda value: scalars.json_number(scalars.as_decimal(value))
        case "text":
            return _decimal_key
        case "cents":
            return lambda value: scalars.json_number(_cents(value))
        case "comma":
            return lambda value: notation.write_decimal(value, ",")
        case name:
            return lambda value: notation.write_decimal(value, name)


def _flags(yes: Any, no: Any) -> Convert:
    return lambda value: yes if scalars.as_flag(value) else no


_LOCALES = ("fr", "sv", "de", "en")
_FLAG_WORDS = {
    "int": (1, 0),
    "text": ("true", "false"),
    "on": ("on", "off"),
    "oui": ("oui", "non"),
    "ja": ("ja", "nej"),
    "yes": ("yes", "no"),
    "Y": ("Y", "N"),
    "x": ("x", ""),
}


def _plain_number(value: int) -> int | str:
    """The number, or its digits where JSON's integers end."""
    return value if -(2**63) <= value < 2**64 else str(value)


NUMBER = Type(
    name="number",
    summary="A whole number",
    forms=("", "text", *_LOCALES),
    examples=((42, 42), ("42", 42), (42.0, 42)),
    make_reader=_number_reader,
    make_writer=_number_writer,
    to_key=_plain_number,
    to_plain=_plain_number,
    from_plain=int,
    kinds=frozenset({"number", "decimal", "text", "ref", "any"}),
)

DECIMAL = Type(
    name="decimal",
    summary="An exact decimal number; the form `cents` rounds to two decimals, no other form rounds",
    forms=("", "text", "comma", "cents", *_LOCALES),
    examples=((12.5, Decimal("12.5")), ("12.50", Decimal("12.50"))),
    make_reader=_decimal_reader,
    make_writer=_decimal_writer,
    to_key=_decimal_key,
    to_plain=str,
    from_plain=Decimal,
    kinds=frozenset({"decimal", "number", "text", "any"}),
)

FLAG = Type(
    name="flag",
    summary="True or false; read from 0 and 1, a cross, and the usual words of French, Swedish and English",
    forms=("bool", *_FLAG_WORDS),
    examples=((True, True), ("oui", True), ("0", False)),
    make_reader=always(scalars.as_flag),
    make_writer=pair({"bool": scalars.as_flag, **{form: _flags(*words) for form, words in _FLAG_WORDS.items()}}),
    kinds=frozenset({"flag", "text", "number", "list", "any"}),
    blanks={"x": False},
    widths={form: max(len(str(word)) for word in words) for form, words in _FLAG_WORDS.items() if form != "int"},
)

CHOICE = Type(
    name="choice",
    summary="One of a list of values, compared without regard to accents, case and doubled blanks",
    forms=("",),
    examples=((" Client ", "Client"), (3, "3")),
    make_reader=always(tidy),
    make_writer=always(same),
    to_key=lambda value: fold(str(value)),
    kinds=frozenset({"list", "text", "number", "flag", "ref", "any"}),
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
    kinds=frozenset({"set", "list", "text", "any"}),
)

REF = Type(
    name="ref",
    summary="The id of another record",
    forms=("",),
    examples=((17, "17"), ("abc", "abc")),
    make_reader=always(tidy),
    make_writer=always(same),
    kinds=frozenset({"ref", "list", "text", "number", "any"}),
)
