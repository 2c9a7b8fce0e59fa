"""Transforms on text. Numbers and dates are taken as their text."""

from __future__ import annotations

import html as _html
import unicodedata
from hashlib import sha256
from typing import Any

from mapper.errors import RuleError
from mapper.expr import patterns
from mapper.expr.markup import html_to_text, text_to_html
from mapper.expr.scalars import as_text
from mapper.expr.transform import MAX_TEXT, bounded, show, transform
from mapper.records import ABSENT, fold


@transform("The text without blanks at both ends.", ("  ACME ", "ACME"), ("", ""), (None, None))
def trim(value: Any) -> str:
    return as_text(value).strip()


@transform("The text in lower case.", ("ÉNERGIE", "énergie"))
def lower(value: Any) -> str:
    return as_text(value).lower()


@transform("The text in upper case.", ("énergie", "ÉNERGIE"))
def upper(value: Any) -> str:
    return as_text(value).upper()


@transform("The first letter in upper case, the rest as it is.", ("énergie VERTE", "Énergie VERTE"))
def capitalize(value: Any) -> str:
    text = as_text(value)
    return text[:1].upper() + text[1:]


@transform("Every word with a capital.", ("JEAN-PAUL de la tour", "Jean-Paul De La Tour"), ("l'été", "L'Été"))
def title(value: Any) -> str:
    return as_text(value).title()


@transform("Blanks of every kind folded into one, none at the ends.", ("  a \n  b\t", "a b"))
def squeeze(value: Any) -> str:
    return " ".join(as_text(value).split())


@transform("Every occurrence of one text replaced by another.", ("a-b-c", "a/b/c", "-", "/"))
def replace(value: Any, old: str, new: str = "") -> str:
    text, old, new = as_text(value), as_text(old), as_text(new)
    if not old:
        raise RuleError("replace needs a text to look for")
    if len(text) + text.count(old) * len(new) > MAX_TEXT:
        raise RuleError(f"replace would make a text of more than {MAX_TEXT} characters")
    return text.replace(old, new)


@transform("The text without accents.", ("Crème brûlée à Örebro", "Creme brulee a Orebro"))
def strip_accents(value: Any) -> str:
    plain = unicodedata.normalize("NFKD", as_text(value))
    return "".join(c for c in plain if not unicodedata.combining(c))


@transform("The text as a short name for codes and addresses.", ("Énergie & Climat", "energie-climat"))
def slug(value: Any, separator: str = "-") -> str:
    words = "".join(c if c.isalnum() else " " for c in fold(as_text(value)))
    return str(separator).join(words.split())


@transform(
    "At most this many characters; what is cut off is replaced by `end`.",
    ("Bonjour", "Bonj", 4),
    ("Bonjour", "Bon…", 4, "…"),
    ("Oui", "Oui", 4),
)
def truncate(value: Any, length: int, end: str = "") -> str:
    text = as_text(value)
    length = max(0, length)
    if len(text) <= length:
        return text
    return text[: max(0, length - len(end))] + end[:length]


@transform("At most this many bytes of UTF-8, never half a character.", ("été", "ét", 4))
def truncate_bytes(value: Any, length: int) -> str:
    return as_text(value).encode()[: max(0, length)].decode(errors="ignore")


@transform(
    "The parts between separators, trimmed; without a separator, the words.",
    ("a; b;c", ["a", "b", "c"], ";"),
    ("a b", ["a", "b"]),
    ("", [], ";"),
    inverse="join",
    on_missing="ABSENT and null are passed through; an empty text gives an empty list",
)
def split(value: Any, separator: str | None = None) -> Any:
    if value is None or value is ABSENT:
        return value
    parts = [part.strip() for part in as_text(value).split(separator)]
    return [part for part in parts if part]


@transform("The text with another one before it.", ("42", "C-42", "C-"), inverse="remove_prefix")
def prefix(value: Any, before: str) -> str:
    return bounded(as_text(before) + as_text(value))


@transform("The text with another one after it.", ("42", "42 €", " €"), inverse="remove_suffix")
def suffix(value: Any, after: str) -> str:
    return bounded(as_text(value) + as_text(after))


@transform(
    "The text without this beginning, where it has it.", ("C-42", "42", "C-"), ("42", "42", "C-"), inverse="prefix"
)
def remove_prefix(value: Any, before: str) -> str:
    return as_text(value).removeprefix(before)


@transform("The text without this ending, where it has it.", ("42 €", "42", " €"), inverse="suffix")
def remove_suffix(value: Any, after: str) -> str:
    return as_text(value).removesuffix(after)


@transform(
    "The text filled up to a length, at the left unless `side` is right.",
    (42, "00042", 5, "0"),
    ("ab", "ab..", 4, ".", "right"),
)
def pad(value: Any, length: int, fill: str = " ", side: str = "left") -> str:
    if not 0 <= length <= 10_000 or len(fill) != 1 or side not in ("left", "right"):
        raise RuleError("pad needs a length up to 10000, one character to fill with, and a side: left or right")
    text = as_text(value)
    return text.rjust(length, fill) if side == "left" else text.ljust(length, fill)


@transform(
    "HTML as plain text: tags dropped, line breaks kept, entities unescaped.",
    ("<p>Caf&eacute;<br>noir</p>", "Café\nnoir"),
    ("1 < 2 &amp; 3", "1 < 2 & 3"),
    inverse="html",
)
def striptags(value: Any) -> str:
    return html_to_text(as_text(value))


@transform("Plain text as HTML.", ("A & B\n<C>", "A &amp; B<br>&lt;C&gt;"), inverse="striptags")
def html(value: Any) -> str:
    return bounded(text_to_html(as_text(value)))


@transform("HTML entities as characters; tags stay.", ("Caf&eacute; &amp; th&#233;", "Café & thé"))
def unescape(value: Any) -> str:
    return _html.unescape(as_text(value))


@transform("The value as text.", (42, "42"), (2.5, "2.5"), (True, "true"), ({}, {}), ({"a": 1}, "is not a text"))
def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text(value)


@transform("Only the digits of the text.", ("N° 12 34-5", "12345"))
def digits(value: Any) -> str:
    return "".join(c for c in as_text(value) if c in "0123456789")


@transform(
    "Every match of a regular expression replaced; groups are written \\1. The expression is bounded.",
    ("AB-12", "12-AB", r"([A-Z]+)-(\d+)", r"\2-\1"),
    ("aaaa", "can take for ever", r"(a+)+", ""),
    verify=patterns.verify,
)
def regex_replace(value: Any, pattern: str, new: str = "") -> str:
    return patterns.substitute(as_text(value), pattern, new)


@transform(
    "Whether a regular expression matches the whole text. The expression is bounded.",
    ("75011", True, r"\d{5}"),
    ("7501", False, r"\d{5}"),
    verify=patterns.verify,
)
def matches(value: Any, pattern: str) -> bool:
    return patterns.matches(as_text(value), pattern)


@transform(
    "A fingerprint of the value: SHA-256 in hexadecimal, shortened to `length`.",
    ("ACME", "a8308e8e2e4b", 12),
    on_missing="ABSENT and null are passed through; an empty text has a fingerprint like any other",
)
def hash_(value: Any, length: int = 64) -> Any:
    if value is None or value is ABSENT:
        return value
    if not 8 <= length <= 64:
        raise RuleError(f"a hash has 8 to 64 characters, not {show(length)}")
    return sha256(as_text(value).encode()).hexdigest()[:length]
