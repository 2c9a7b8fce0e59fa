"""Values that a register or a standard defines: phones, e-mail, company numbers, countries, currencies, URLs.

Each function takes a native value and returns its one canonical text, or raises RuleError.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from mapper.errors import RuleError
from mapper.expr.names import LANGUAGES, code_of, name_of, pycountry
from mapper.expr.scalars import as_text
from mapper.expr.transform import show

_LOCALE = re.compile(r"([a-zA-Z]{2})[-_][a-zA-Z]{2}")
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]*[^\W\d_][\w-]*\.?|localhost|(?:[0-9]{1,3}\.){3}[0-9]{1,3}|\[[0-9a-f:.]+\]")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):(?=//|[^0-9])")


def email(value: Any) -> str:
    """The address with its domain in lower case; whether the domain exists is not asked."""
    text = as_text(value).strip()
    validator = import_module("email_validator")
    try:
        # Addresses in .test and .example are welcome, so that trials and tests need no real ones.
        found = validator.validate_email(
            text, check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except validator.EmailNotValidError:
        found = None
    if found is None or "." not in found.domain:
        raise RuleError(f"{show(value)} is not an e-mail address")
    return str(found.normalized)


@lru_cache(maxsize=8192)
def _phone(text: str, region: str) -> Any:
    phonenumbers = import_module("phonenumbers")
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def phone(value: Any, region: str = "FR", form: str = "e164") -> str:
    """The number as E.164 text (or "international", "national"); a local one is read as of `region`."""
    text = as_text(value).strip()
    number = _phone(text[:100], region)
    if number is None:
        raise RuleError(f"{show(value)} is not a valid phone number in {region}")
    if number.extension:
        raise RuleError(f"{show(value)} has an extension, which a phone number cannot hold")
    phonenumbers = import_module("phonenumbers")
    if form == "national" and number.country_code != phonenumbers.country_code_for_region(region):
        form = "international"  # without its country's prefix, a foreign number would be another number
    style = getattr(phonenumbers.PhoneNumberFormat, form.upper())
    return str(phonenumbers.format_number(number, style))


def _register(module: str, value: Any, what: str) -> str:
    checker = import_module(module)
    try:
        return str(checker.validate(as_text(value).strip().replace("\u00a0", " ")))
    except import_module("stdnum.exceptions").ValidationError:
        raise RuleError(f"{show(value)} is not a valid {what}") from None


def siret(value: Any) -> str:
    """The 14 digits of a French establishment, its check digit proved."""
    return _register("stdnum.fr.siret", value, "SIRET number")


def siren(value: Any) -> str:
    """The 9 digits of a French company, its check digit proved."""
    return _register("stdnum.fr.siren", value, "SIREN number")


def vat(value: Any) -> str:
    """A European VAT number with its country prefix, without blanks."""
    return _register("stdnum.eu.vat", value, "European VAT number")


def country(value: Any) -> str:
    """The ISO 3166 alpha-2 code of a code, an alpha-3 code or a name in French, Swedish or English."""
    text = as_text(value).strip()
    countries = pycountry().countries
    entry = None
    if len(text) in (2, 3) and text.isascii() and text.isalpha():
        entry = countries.get(**{f"alpha_{len(text)}": text.upper()})
    code = entry.alpha_2 if entry else code_of("countries", text)
    if code is None:
        raise RuleError(f"{show(value)} is not a country")
    return str(code)


def country_alpha3(code: str) -> str:
    """The ISO 3166 alpha-3 code of an alpha-2 code."""
    entry = pycountry().countries.get(alpha_2=code)
    if entry is None:
        raise RuleError(f"{show(code)} is not a country code")
    return str(entry.alpha_3)


def country_name(code: str, language: str) -> str:
    """The country's name in a language (fr, sv, en)."""
    return _named("countries", code, language, "country code")


def language(value: Any) -> str:
    """The ISO 639-1 code of a code, a locale such as fr-FR, or a name in French, Swedish or English."""
    text = as_text(value).strip()
    locale = _LOCALE.fullmatch(text)
    code = (locale[1] if locale else text).lower()
    entry = None
    if len(code) in (2, 3) and code.isascii():
        entry = pycountry().languages.get(**{f"alpha_{len(code)}": code})
    found = getattr(entry, "alpha_2", None) or code_of("languages", text)
    if found is None:
        raise RuleError(f"{show(value)} is not a language")
    return str(found)


def language_name(code: str, language: str) -> str:
    """The language's name in a language (fr, sv, en)."""
    return _named("languages", code, language, "language code")


def _named(kind: str, code: str, language: str, what: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"names are known in {', '.join(LANGUAGES)}, not in {show(language)}")
    found = name_of(kind, code, language)
    if found is None:
        raise RuleError(f"{show(code)} is not a {what}")
    return found


def currency(value: Any) -> str:
    """The ISO 4217 code of a code in any case, or of the euro sign."""
    text = as_text(value).strip().upper()
    code = "EUR" if text == "€" else text
    if len(code) != 3 or pycountry().currencies.get(alpha_3=code) is None:
        raise RuleError(f"{show(value)} is not a currency code")
    return code


def url(value: Any) -> str:
    """A web address with a scheme (https where it has none), its host in lower case."""
    text = as_text(value).strip()
    address = text if _SCHEME.match(text) else "https://" + text.removeprefix("//")
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise RuleError(f"{show(value)} is not a web address") from None
    shown = f"[{host}]" if ":" in host else host
    proper = parts.scheme in ("http", "https", "ftp") and "@" not in parts.netloc and _HOST.fullmatch(shown)
    if not proper or len(text) > 2048 or any(c.isspace() for c in text):
        raise RuleError(f"{show(value)} is not a web address")
    rest = address.partition("://")[2][len(parts.netloc) :]
    return f"{parts.scheme}://{shown}{port}{'' if rest == '/' else rest}"


def domain(value: Any) -> str:
    """The host of a web address or of an e-mail address, without "www."."""
    text = as_text(value).strip()
    source = "https://" + text.rpartition("@")[2] if "@" in text and "/" not in text else text
    return (urlsplit(url(source)).hostname or "").removeprefix("www.")
