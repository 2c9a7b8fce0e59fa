"""Transforms on what a register or a standard defines."""

from __future__ import annotations

from typing import Any

from mapper.errors import RuleError
from mapper.expr import registers
from mapper.expr.names import LANGUAGES
from mapper.expr.transform import show, transform

_FORMS = ("e164", "international", "national")
_WRITTEN = "how it was written"


@transform(
    "The e-mail address, its domain in lower case.",
    ("Anna@ACME.fr ", "Anna@acme.fr"),
    ("a@b", "is not an e-mail"),
    normal=True,
    loses="the case of the domain",
    takes="text",
    gives="text",
)
def email(value: Any) -> str:
    return registers.email(value)


def _phone_form(region: str = "FR", form: str = "e164") -> None:
    if form not in _FORMS:
        raise RuleError(f"a phone number has no form {show(form)}; known are {', '.join(_FORMS)}")


@transform(
    "The phone number as E.164; local ones are of `region`. Other forms: international, national.",
    ("01 42 68 53 00", "+33142685300"),
    ("08-508 290 00", "+46850829000", "SE"),
    ("+33142685300", "01 42 68 53 00", "FR", "national"),
    ("12", "is not a valid phone number"),
    normal=True,
    verify=_phone_form,
    loses=_WRITTEN,
    takes="text",
    gives="text",
)
def phone(value: Any, region: str = "FR", form: str = "e164") -> str:
    _phone_form(region, form)
    return registers.phone(value, region, form)


def _known_language(language: str | None = None) -> None:
    if language is not None and language not in LANGUAGES:
        raise RuleError(f"names are known in {', '.join(LANGUAGES)}, not in {show(language)}")


@transform(
    "The country's code; with `language`, its name.",
    ("Suède", "SE"),
    ("FRA", "FR"),
    ("SE", "Suède", "fr"),
    ("Atlantide", "is not a country"),
    normal=True,
    verify=_known_language,
    loses=_WRITTEN,
    takes="text",
    gives="text",
)
def country(value: Any, language: str | None = None) -> str:
    _known_language(language)
    code = registers.country(value)
    return code if language is None else registers.country_name(code, language)


@transform(
    "The language's code; with `language`, its name.",
    ("franska", "fr"),
    ("fr-FR", "fr"),
    ("sv", "Suédois", "fr"),
    ("klingonska", "is not a language"),
    normal=True,
    verify=_known_language,
    loses=_WRITTEN + ", and the country of a locale",
    takes="text",
    gives="text",
)
def language(value: Any, language: str | None = None) -> str:
    _known_language(language)
    code = registers.language(value)
    return code if language is None else registers.language_name(code, language)


@transform(
    "The currency's ISO 4217 code.",
    ("eur", "EUR"),
    ("€", "EUR"),
    ("francs", "is not a currency code"),
    normal=True,
    loses=_WRITTEN,
    takes="text",
    gives="text",
)
def currency(value: Any) -> str:
    return registers.currency(value)


@transform(
    "The SIRET number, proved.",
    ("732 829 320 00074", "73282932000074"),
    ("123", "is not a valid SIRET"),
    normal=True,
    loses=_WRITTEN,
    takes="text",
    gives="text",
)
def siret(value: Any) -> str:
    return registers.siret(value)


@transform(
    "The SIREN number, proved.",
    ("732 829 320", "732829320"),
    ("732829321", "is not a valid SIREN"),
    normal=True,
    loses=_WRITTEN,
    takes="text",
    gives="text",
)
def siren(value: Any) -> str:
    return registers.siren(value)


@transform(
    "The European VAT number, proved.",
    ("FR 40 303 265 045", "FR40303265045"),
    ("FR1", "is not a valid European"),
    normal=True,
    loses=_WRITTEN,
    takes="text",
    gives="text",
)
def vat(value: Any) -> str:
    return registers.vat(value)


@transform(
    "The IBAN without blanks, proved.",
    ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
    ("FR15 2004", "is not a valid IBAN"),
    normal=True,
    loses=_WRITTEN,
    takes="text",
    gives="text",
)
def iban(value: Any) -> str:
    return registers.iban(value)


@transform(
    "The web address, with https:// where it has no scheme.",
    ("ACME.fr/", "https://acme.fr"),
    ("a b", "is not a web"),
    normal=True,
    loses="the case of the host, and whether it had a scheme",
    takes="text",
    gives="text",
)
def url(value: Any) -> str:
    return registers.url(value)


@transform(
    "The domain of a web or e-mail address.",
    ("https://www.acme.fr/x", "acme.fr"),
    ("a@acme.fr", "acme.fr"),
    ("a b", "is not a web"),
    normal=True,
    loses="all but the domain",
    takes="text",
    gives="text",
)
def domain(value: Any) -> str:
    return registers.domain(value)
