"""Values that a register or a standard defines: phones, e-mail, company numbers, countries, currencies, URLs.

Each function takes a native value and returns its one canonical text, or raises RuleError. What a text stands for never
changes, so each register remembers the last `REMEMBERED` texts; longer ones than `LONGEST` stand for nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache, partial
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from mapper.errors import RuleError
from mapper.expr.names import LANGUAGES, code_of, name_of, pycountry
from mapper.expr.scalars import as_text
from mapper.expr.transform import show

REMEMBERED: Final = 8192
LONGEST: Final = 320

# A language, perhaps with a script, perhaps with a country or a region: sv, fr-FR, zh-Hant-TW, es-419.
_LOCALE = re.compile(r"([a-zA-Z]{2,3})(?:[-_][a-zA-Z]{4})?(?:[-_](?:[a-zA-Z]{2}|[0-9]{3}))?")
_PORTS: Final = {"http": 80, "https": 443, "ftp": 21}
_LABEL = re.compile(r"[\w-]+")
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]*[^\W\d_][\w-]*\.?|localhost|(?:[0-9]{1,3}\.){3}[0-9]{1,3}|\[[0-9a-f:.]+\]")
_LONGEST_URL = 2048
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):(?=//|[^0-9])")


@cache
def _library(name: str) -> Any:
    """A library, imported when its first value comes by."""
    return import_module(name)


def _looked_up(value: Any, find: Callable[[str], str | None], what: str) -> str:
    text = as_text(value).strip()
    found = find(text) if len(text) <= LONGEST else None
    if found is None:
        raise RuleError(f"{show(value)} is not {what}")
    return found


@lru_cache(maxsize=REMEMBERED)
def _email(text: str) -> str | None:
    validator = _library("email_validator")
    try:
        # Addresses in .test and .example are welcome, so that trials and tests need no real ones.
        found = validator.validate_email(
            text, check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except validator.EmailNotValidError:
        return None
    return str(found.normalized) if "." in found.domain else None


def email(value: Any) -> str:
    """The address with its domain in lower case; whether the domain exists is not asked."""
    return _looked_up(value, _email, "an e-mail address")


@lru_cache(maxsize=REMEMBERED)
def _phone(text: str, region: str) -> Any:
    phonenumbers = _library("phonenumbers")
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


@lru_cache(maxsize=REMEMBERED)
def _spoken(text: str, region: str, form: str) -> str | None:
    """A phone number in a form; None for no number, an empty text for one with an extension."""
    number = _phone(text, region)
    if number is None or number.extension:
        return None if number is None else ""
    phonenumbers = _library("phonenumbers")
    if form == "national" and number.country_code != phonenumbers.country_code_for_region(region):
        form = "international"  # without its country's prefix, a foreign number would be another number
    return str(phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, form.upper())))


def phone(value: Any, region: str = "FR", form: str = "e164") -> str:
    """The number as E.164 text (or "international", "national"); a local one is read as of `region`."""
    found = _spoken(as_text(value).strip()[:100], region, form)
    if not found:
        wrong = "is not a valid phone number in " + region
        raise RuleError(f"{show(value)} {wrong if found is None else _EXTENSION}")
    return found


_EXTENSION = "has an extension, which a phone number cannot hold"


@lru_cache(maxsize=REMEMBERED)
def _proved(module: str, text: str) -> str | None:
    try:
        return str(_library(module).validate(text.replace("\u00a0", " ")))
    except _library("stdnum.exceptions").ValidationError:
        return None


def siret(value: Any) -> str:
    """The 14 digits of a French establishment, its check digit proved."""
    return _looked_up(value, _SIRET, "a valid SIRET number")


def siren(value: Any) -> str:
    """The 9 digits of a French company, its check digit proved."""
    return _looked_up(value, _SIREN, "a valid SIREN number")


def vat(value: Any) -> str:
    """A European VAT number with its country prefix, without blanks; that of Greece is EL."""
    found = _looked_up(value, _VAT, "a valid European VAT number")
    return "EL" + found[2:] if found.startswith("GR") else found


def iban(value: Any) -> str:
    """An international bank account number without blanks, its check digits proved."""
    return _looked_up(value, _IBAN, "a valid IBAN")


_SIRET = partial(_proved, "stdnum.fr.siret")
_SIREN = partial(_proved, "stdnum.fr.siren")
_VAT = partial(_proved, "stdnum.eu.vat")
_IBAN = partial(_proved, "stdnum.iban")


@lru_cache(maxsize=REMEMBERED)
def _country(text: str) -> str | None:
    entry = None
    if len(text) in (2, 3) and text.isascii() and text.isalpha():
        entry = pycountry().countries.get(**{f"alpha_{len(text)}": text.upper()})
    return str(entry.alpha_2) if entry else code_of("countries", text)


def country(value: Any) -> str:
    """The ISO 3166 alpha-2 code of a code, an alpha-3 code or a name in French, Swedish or English."""
    return _looked_up(value, _country, "a country")


@lru_cache(maxsize=512)
def country_alpha3(code: str) -> str:
    """The ISO 3166 alpha-3 code of an alpha-2 code."""
    entry = pycountry().countries.get(alpha_2=code)
    if entry is None:
        raise RuleError(f"{show(code)} is not a country code")
    return str(entry.alpha_3)


def country_name(code: str, language: str) -> str:
    """The country's name in a language (fr, sv, en)."""
    return _named("countries", code, language, "country code")


@lru_cache(maxsize=REMEMBERED)
def _language(text: str) -> str | None:
    locale = _LOCALE.fullmatch(text)
    code = (locale[1] if locale else text).lower()
    entry = None
    if len(code) in (2, 3) and code.isascii():
        entry = pycountry().languages.get(**{f"alpha_{len(code)}": code})
    found = getattr(entry, "alpha_2", None) or code_of("languages", text)
    return None if found is None else str(found)


def language(value: Any) -> str:
    """The ISO 639-1 code of a code, a locale such as fr-FR, or a name in French, Swedish or English."""
    return _looked_up(value, _language, "a language")


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


@lru_cache(maxsize=512)
def _currency(text: str) -> str | None:
    code = "EUR" if text == "€" else text.upper()
    return code if len(code) == 3 and pycountry().currencies.get(alpha_3=code) is not None else None


def currency(value: Any) -> str:
    """The ISO 4217 code of a code in any case, or of the euro sign."""
    return _looked_up(value, _currency, "a currency code")


@lru_cache(maxsize=REMEMBERED)
def _url(text: str) -> str | None:
    address = text if _SCHEME.match(text) else "https://" + text.removeprefix("//")
    try:
        parts = urlsplit(address)
        host = ".".join(map(_spelled, (parts.hostname or "").lower().split(".")))
        port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme) else ""
    except ValueError:
        return None
    shown = f"[{host}]" if ":" in host else host
    proper = parts.scheme in ("http", "https", "ftp") and "@" not in parts.netloc and _HOST.fullmatch(shown)
    if not proper or any(c.isspace() for c in text):
        return None
    rest = address.partition("://")[2][len(parts.netloc) :]
    return f"{parts.scheme}://{shown}{port}{'' if rest == '/' else rest}"


def _spelled(label: str) -> str:
    """A part of a host in its own letters, which stand encoded behind xn--."""
    if not label.startswith("xn--") or len(label) > 63:
        return label
    try:
        found = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    proper = not found.isascii() and _LABEL.fullmatch(found) and found == unicodedata.normalize("NFC", found.lower())
    return found if proper and found.encode("punycode").decode() == label[4:] else label


def url(value: Any) -> str:
    """A web address with a scheme (https where it has none), its host in lower case and in its own letters."""
    text = as_text(value).strip()
    found = _url(text) if len(text) <= _LONGEST_URL else None
    if found is None:
        raise RuleError(f"{show(value)} is not a web address")
    return found


def domain(value: Any) -> str:
    """The host of a web address or of an e-mail address, without "www."."""
    text = as_text(value).strip()
    source = "https://" + text.rpartition("@")[2] if "@" in text and "/" not in text else text
    host = urlsplit(url(source)).hostname or ""
    while host.startswith("www."):
        host = host[4:]
    return host
