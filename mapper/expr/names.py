"""Names of countries and languages in French, Swedish and English, from pycountry's own translations."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from mapper.records import fold

LANGUAGES = ("fr", "sv", "en")
_DOMAINS = {"countries": "iso3166-1", "languages": "iso639-3"}
_PUNCTUATION = re.compile(r"[^\w]+")

# How people write them, where the standard says it otherwise.
_ALIASES = {
    "countries": {
        "GB": ("uk", "great britain", "england", "scotland", "grande bretagne", "angleterre", "storbritannien"),
        "US": ("usa", "u s a", "united states of america", "etats unis d amerique", "forenta staterna"),
        "NL": ("holland", "hollande", "the netherlands"),
        "CZ": ("czech republic", "republique tcheque", "tjeckiska republiken"),
        "RU": ("russia", "russie", "ryssland"),
        "CN": ("chine populaire", "people s republic of china"),
        "CI": ("ivory coast",),
        "CD": ("dr congo", "rdc", "democratic republic of the congo", "kongo kinshasa"),
        "CG": ("congo brazzaville", "republique du congo"),
        "MK": ("macedonia", "macedoine", "makedonien"),
        "TR": ("turkey",),
        "RE": ("la reunion", "ile de la reunion"),
        "VN": ("vietnam",),
        "LA": ("laos",),
        "SY": ("syria", "syrie", "syrien"),
        "AE": ("uae", "emirats arabes unis", "forenade arabemiraten"),
        "VA": ("vatican", "vatikanen", "holy see"),
        "PS": ("palestine", "palestina"),
        "BY": ("vitryssland", "bielorussie"),
        "CH": ("la suisse", "schweiz"),
        "DE": ("deutschland",),
        "ES": ("espana",),
        "FR": ("france metropolitaine", "frankrike"),
        "BE": ("belgie",),
    },
    "languages": {
        "el": ("greek", "grec", "grekiska"),
        "zh": ("mandarin",),
        "es": ("castilian", "castillan", "espanol"),
        "de": ("deutsch",),
    },
}
_PREFERRED = {
    ("countries", "RU"): {"fr": "Russie", "sv": "Ryssland", "en": "Russia"},
    ("countries", "RE"): {"fr": "La Réunion"},
    ("countries", "LA"): {"sv": "Laos"},
    ("countries", "VN"): {"fr": "Vietnam"},
    ("countries", "CD"): {"sv": "Kongo-Kinshasa", "en": "Democratic Republic of the Congo"},
    ("countries", "VA"): {"fr": "Vatican"},
    ("countries", "PS"): {"fr": "Palestine", "sv": "Palestina", "en": "Palestine"},
    ("languages", "el"): {"fr": "Grec", "sv": "Grekiska", "en": "Greek"},
}


def pycountry() -> Any:
    """The library, imported when the first name or code is looked up."""
    return import_module("pycountry")


def loose(text: str) -> str:
    """The text as names are compared: accents, case, punctuation and doubled blanks aside.

    >>> loose("Pays-Bas")
    'pays bas'
    """
    return fold(_PUNCTUATION.sub(" ", text))


def code_of(kind: str, name: str) -> str | None:
    """The two-letter code of a country or language named in any of the three languages, or None."""
    return _index(kind).get(loose(name))


@lru_cache(maxsize=4096)
def name_of(kind: str, code: str, language: str) -> str | None:
    """The name of a country or language code in a language, or None if there is no such code."""
    preferred = _PREFERRED.get((kind, code), {}).get(language)
    if preferred:
        return preferred
    entry = getattr(pycountry(), kind).get(alpha_2=code)
    if entry is None:
        return None
    common = getattr(entry, "common_name", None)
    return _translate(kind, language, str(common or entry.name))


@lru_cache(maxsize=8)
def longest_name(kind: str, language: str) -> int:
    """How many characters the longest name of a country or language has in a language."""
    codes = (getattr(entry, "alpha_2", None) for entry in getattr(pycountry(), kind))
    return max(len(name_of(kind, code, language) or "") for code in codes if code)


def _translate(kind: str, language: str, name: str) -> str:
    return name if language == "en" else _catalogue(_DOMAINS[kind], language).gettext(name)


@lru_cache(maxsize=8)
def _catalogue(domain: str, language: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry().LOCALES_DIR, languages=[language], fallback=True)


@lru_cache(maxsize=2)
def _index(kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, name in _all_names(kind):
        found.setdefault(loose(name), code)
    for code, names in _ALIASES[kind].items():
        found.update(dict.fromkeys(names, code))
    return found


def _all_names(kind: str) -> Iterator[tuple[str, str]]:
    for entry in getattr(pycountry(), kind):
        code = getattr(entry, "alpha_2", None)
        if not code:
            continue
        names = [getattr(entry, attribute, None) for attribute in ("name", "common_name", "official_name")]
        for language in LANGUAGES:
            for name in filter(None, names):
                translated = _translate(kind, language, name)
                yield code, translated
                # The standard says "Korea, Republic of", people say "Republic of Korea".
                head, comma, tail = translated.partition(", ")
                if comma:
                    yield code, f"{tail} {head}"
            yield code, name_of(kind, code, language) or code
