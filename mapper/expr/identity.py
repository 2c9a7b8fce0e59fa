"""Transforms on what a register or a standard defines."""

from __future__ import annotations

from typing import Any

from mapper.expr import registers
from mapper.expr.transform import transform


@transform(
    "The e-mail address, its domain in lower case.", ("Anna@ACME.fr ", "Anna@acme.fr"), ("a@b", "is not an e-mail")
)
def email(value: Any) -> str:
    return registers.email(value)


@transform(
    "The phone number as E.164; local ones are of `region`. Other forms: international, national.",
    ("01 42 68 53 00", "+33142685300"),
    ("08-508 290 00", "+46850829000", "SE"),
    ("+33142685300", "01 42 68 53 00", "FR", "national"),
    ("12", "is not a valid phone number"),
)
def phone(value: Any, region: str = "FR", form: str = "e164") -> str:
    if form not in ("e164", "international", "national"):
        raise ValueError(form)
    return registers.phone(value, region, form)


@transform(
    "The country's code; with `language`, its name.",
    ("Suède", "SE"),
    ("FRA", "FR"),
    ("SE", "Suède", "fr"),
    ("Atlantide", "is not a country"),
)
def country(value: Any, language: str | None = None) -> str:
    code = registers.country(value)
    return code if language is None else registers.country_name(code, language)


@transform(
    "The language's code; with `language`, its name.",
    ("franska", "fr"),
    ("fr-FR", "fr"),
    ("sv", "Suédois", "fr"),
    ("klingonska", "is not a language"),
)
def language(value: Any, language: str | None = None) -> str:
    code = registers.language(value)
    return code if language is None else registers.language_name(code, language)


@transform("The currency's ISO 4217 code.", ("eur", "EUR"), ("€", "EUR"), ("francs", "is not a currency code"))
def currency(value: Any) -> str:
    return registers.currency(value)


@transform("The SIRET number, proved.", ("732 829 320 00074", "73282932000074"), ("123", "is not a valid SIRET"))
def siret(value: Any) -> str:
    return registers.siret(value)


@transform("The SIREN number, proved.", ("732 829 320", "732829320"), ("732829321", "is not a valid SIREN"))
def siren(value: Any) -> str:
    return registers.siren(value)


@transform(
    "The European VAT number, proved.", ("FR 40 303 265 045", "FR40303265045"), ("FR1", "is not a valid European")
)
def vat(value: Any) -> str:
    return registers.vat(value)


@transform(
    "The web address, with https:// where it has no scheme.", ("ACME.fr/", "https://acme.fr"), ("a b", "is not a web")
)
def url(value: Any) -> str:
    return registers.url(value)


@transform("The domain of a web or e-mail address.", ("https://www.acme.fr/x", "acme.fr"), ("a@acme.fr", "acme.fr"))
def domain(value: Any) -> str:
    return registers.domain(value)
