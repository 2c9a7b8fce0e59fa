"""The types of canonical values, by name."""

from __future__ import annotations

from mapper.expr import registers
from mapper.expr.composites import composite
from mapper.expr.durations import DURATION
from mapper.expr.forms import Convert, Form, Type
from mapper.expr.money import CURRENCY, MONEY
from mapper.expr.names import LANGUAGES, longest_name
from mapper.expr.people import PERSON
from mapper.expr.scalars import as_text
from mapper.expr.types_basic import CHOICE, DECIMAL, FLAG, NUMBER, REF, SET, TEXT, always, pair
from mapper.expr.types_dates import DATE, DATETIME


def _proved(name: str, summary: str, prove: Convert, width: int, *examples: tuple[str, str]) -> Type:
    """A type with one notation, which a register's rules prove and normalise."""
    kinds = frozenset({"text", "number", "any"})
    return Type(name, summary, ("",), examples, always(prove), always(as_text), kinds=kinds, widths={"": width})


def _in_fours(text: str) -> str:
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def _phone_reader(form: Form) -> Convert:
    region = form.country
    return lambda value: registers.phone(value, region)


def _phone_writer(form: Form) -> Convert:
    if form.form == "e164":
        return as_text
    region, style = form.country, form.form
    return lambda value: registers.phone(value, region, style)


def _named_language(form: Form) -> str:
    if form.form == "name" and form.language not in LANGUAGES:
        raise ValueError(f"names are known in {', '.join(LANGUAGES)}, not in {form.language!r}")
    return form.language


def _country_writer(form: Form) -> Convert:
    language = _named_language(form)
    if form.form == "name":
        return lambda value: registers.country_name(registers.country(value), language)
    return as_text if form.form == "code" else lambda value: registers.country_alpha3(registers.country(value))


def _language_writer(form: Form) -> Convert:
    language = _named_language(form)
    if form.form == "code":
        return as_text
    return lambda value: registers.language_name(registers.language(value), language)


def _url_key(value: str) -> str:
    """The address without its scheme, which vendors add and drop as they please."""
    return value.partition("://")[2].rstrip("/")


_COUNTRY = Type(
    name="country",
    summary="A country, ISO 3166; read from codes and from names in French, Swedish and English",
    forms=("code", "alpha3", "name"),
    examples=(("Suède", "SE"), ("FRA", "FR")),
    make_reader=always(registers.country),
    make_writer=_country_writer,
    kinds=frozenset({"text", "list", "any"}),
    widths={"code": 2, "alpha3": 3, "name": lambda form: longest_name("countries", form.language)},
)

_REGISTERED = (
    Type(
        name="email",
        summary="An e-mail address; compared without regard to case",
        forms=("",),
        examples=(("Anna@ACME.fr", "Anna@acme.fr"),),
        make_reader=always(registers.email),
        make_writer=always(as_text),
        to_key=str.lower,
    ),
    Type(
        name="phone",
        summary="A phone number, E.164; a local number is of the side's country",
        forms=("e164", "international", "national"),
        examples=(("01 42 68 53 00", "+33142685300"),),
        make_reader=_phone_reader,
        make_writer=_phone_writer,
        widths={"e164": 16},
    ),
    _COUNTRY,
    Type(
        name="language",
        summary="A language, ISO 639-1; read from codes and from names in French, Swedish and English",
        forms=("code", "name"),
        examples=(("franska", "fr"), ("sv", "sv")),
        make_reader=always(registers.language),
        make_writer=_language_writer,
        kinds=frozenset({"text", "list", "any"}),
        widths={"code": 2, "name": lambda form: longest_name("languages", form.language)},
    ),
    CURRENCY,
    _proved("siret", "A French SIRET number", registers.siret, 14, ("732 829 320 00074", "73282932000074")),
    _proved("siren", "A French SIREN number", registers.siren, 9, ("732 829 320", "732829320")),
    _proved("vat", "A European VAT number", registers.vat, 14, ("FR 40 303 265 045", "FR40303265045")),
    Type(
        name="iban",
        summary="An international bank account number",
        forms=("", "spaced"),
        examples=(("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),),
        make_reader=always(registers.iban),
        make_writer=pair({"": as_text, "spaced": lambda value: _in_fours(as_text(value))}),
        widths={"": 34, "spaced": 42},
    ),
    Type(
        name="url",
        summary="A web address; compared without its scheme",
        forms=("", "bare"),
        examples=(("ACME.fr/", "https://acme.fr"),),
        make_reader=always(registers.url),
        make_writer=pair({"": as_text, "bare": lambda value: as_text(value).partition("://")[2]}),
        to_key=_url_key,
    ),
)

#: A postal address; what the parts hold is not proved, as no register knows every street.
ADDRESS = composite(
    "address",
    "A postal address",
    {"street": TEXT, "zip": TEXT, "city": TEXT, "region": TEXT, "country": _COUNTRY},
    examples=(
        (
            {"street": " 1 rue de la Paix", "zip": 75002, "city": "Paris", "region": None, "country": "France"},
            {"street": "1 rue de la Paix", "zip": "75002", "city": "Paris", "country": "FR"},
        ),
    ),
)

TYPES: dict[str, Type] = {
    found.name: found
    for found in (
        *(TEXT, NUMBER, DECIMAL, FLAG, DATE, DATETIME, DURATION),
        *_REGISTERED,
        *(MONEY, PERSON, ADDRESS, CHOICE, SET, REF),
    )
}

__all__ = ["TYPES", "Form", "Type"]
