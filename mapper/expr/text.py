"""Transforms on text. Numbers and dates are taken as their text."""

from __future__ import annotations

import hmac as _hmac
import html as _html
import unicodedata
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from mapper.errors import RuleError
from mapper.expr.lists import joined
from mapper.expr.markup import html_to_text, text_to_html
from mapper.expr.scalars import as_text, folded, short, unpiled
from mapper.expr.transform import MAX_TEXT, bounded, show, transform
from mapper.records import ABSENT

_CASE = "upper and lower case"
_BLANKS = "blanks at the ends"


@transform(
    "The text without blanks at both ends.",
    ("  ACME ", "ACME"),
    ("", ""),
    (None, None),
    (["a"], "is not a text"),
    normal=True,
    loses=_BLANKS,
    takes="text",
    gives="text",
)
def trim(value: Any) -> str:
    return as_text(value).strip()


@transform("The text in lower case.", ("ÉNERGIE", "énergie"), normal=True, loses=_CASE, takes="text", gives="text")
def lower(value: Any) -> str:
    return as_text(value).lower()


@transform("The text in upper case.", ("énergie", "ÉNERGIE"), normal=True, loses=_CASE, takes="text", gives="text")
def upper(value: Any) -> str:
    return as_text(value).upper()


@transform(
    "The first letter in upper case, the rest as it is.",
    ("énergie VERTE", "Énergie VERTE"),
    normal=True,
    loses="the case of the first letter",
    takes="text",
    gives="text",
)
def capitalize(value: Any) -> str:
    text = as_text(value)
    return text[:1].upper() + text[1:]


@transform(
    "Every word with a capital.",
    ("JEAN-PAUL de la tour", "Jean-Paul De La Tour"),
    ("l'été", "L'Été"),
    normal=True,
    loses=_CASE,
    takes="text",
    gives="text",
)
def title(value: Any) -> str:
    text = as_text(value)
    while (found := text.title()) != text:  # a few Greek letters become two, of which the second is then small
        text = found
    return bounded(text)


@transform(
    "Blanks of every kind folded into one, none at the ends.",
    ("  a \n  b\t", "a b"),
    normal=True,
    loses="which blanks and line breaks there were",
    takes="text",
    gives="text",
)
def squeeze(value: Any) -> str:
    return " ".join(as_text(value).split())


@transform(
    "The text as labels are compared: without accents, case and doubled blanks.",
    ("  Énergie   VERTE ", "energie verte"),
    normal=True,
    loses="accents, case and doubled blanks",
    takes="text",
    gives="text",
)
def fold(value: Any) -> str:
    return _settled(short(value))


def _settled(text: str) -> str:
    """The folded text; folding turns a few rare characters into others that can be folded again."""
    while (found := folded(text)) != text:
        text = found
    return text


def _sought(old: Any, new: Any = "") -> None:
    if not as_text(old):
        raise RuleError("replace needs a text to look for")
    as_text(new)


@transform(
    "Every occurrence of one text replaced by another.",
    ("a-b-c", "a/b/c", "-", "/"),
    ("abc", "needs a text to look for", ""),
    verify=_sought,
    loses="where the replaced text stood",
    takes="text",
    gives="text",
)
def replace(value: Any, old: str, new: str = "") -> str:
    text, old, new = as_text(value), as_text(old), as_text(new)
    _sought(old)
    if len(new) > len(old) and len(text) + text.count(old) * len(new) > MAX_TEXT:
        raise RuleError(f"replace would make a text of more than {MAX_TEXT} characters")
    return text.replace(old, new)


@transform(
    "The text without accents.",
    ("Crème brûlée à Örebro", "Creme brulee a Orebro"),
    normal=True,
    loses="accents",
    takes="text",
    gives="text",
)
def strip_accents(value: Any) -> str:
    plain = unicodedata.normalize("NFKD", unpiled(short(value)))
    return "".join(c for c in plain if not unicodedata.combining(c))


@transform(
    "The text as a short name for codes and addresses.",
    ("Énergie & Climat", "energie-climat"),
    ("Énergie & Climat", "energie_climat", "_"),
    loses="accents, case and all but letters and digits",
    takes="text",
    gives="text",
)
def slug(value: Any, separator: str = "-") -> str:
    words = "".join(c if c.isalnum() else " " for c in _settled(short(value)))
    return joined(as_text(separator), words.split())


@transform(
    "The text with another one before it; blanks alone stay as they are.",
    ("42", "C-42", "C-"),
    (" ", " ", "C-"),
    inverse="remove_prefix",
    takes="text",
    gives="text",
)
def prefix(value: Any, before: str) -> Any:
    text = as_text(value)
    return value if text.isspace() else bounded(as_text(before) + text)


@transform(
    "The text with another one after it; blanks alone stay as they are.",
    ("42", "42 €", " €"),
    (" ", " ", " €"),
    inverse="remove_suffix",
    takes="text",
    gives="text",
)
def suffix(value: Any, after: str) -> Any:
    text = as_text(value)
    return value if text.isspace() else bounded(text + as_text(after))


@transform(
    "The text without this beginning, where it has it.",
    ("C-42", "42", "C-"),
    ("42", "42", "C-"),
    inverse="prefix",
    loses="whether it had this beginning",
    takes="text",
    gives="text",
)
def remove_prefix(value: Any, before: str) -> str:
    return as_text(value).removeprefix(as_text(before))


@transform(
    "The text without this ending, where it has it.",
    ("42 €", "42", " €"),
    inverse="suffix",
    loses="whether it had this ending",
    takes="text",
    gives="text",
)
def remove_suffix(value: Any, after: str) -> str:
    return as_text(value).removesuffix(as_text(after))


def _filling(length: int, fill: str = " ", side: str = "left") -> None:
    if not 0 <= length <= 10_000 or len(fill) != 1 or side not in ("left", "right"):
        raise RuleError("pad needs a length up to 10000, one character to fill with, and a side: left or right")


@transform(
    "The text filled up to a length, at the left unless `side` is right.",
    (42, "00042", 5, "0"),
    ("ab", "ab..", 4, ".", "right"),
    ("ab", "pad needs", 4, "xy"),
    normal=True,
    verify=_filling,
    loses="how long it was",
    takes="text",
    gives="text",
)
def pad(value: Any, length: int, fill: str = " ", side: str = "left") -> str:
    _filling(length, fill, side)
    text = as_text(value)
    return text.rjust(length, fill) if side == "left" else text.ljust(length, fill)


@transform(
    "HTML as plain text: tags dropped, line breaks kept, entities unescaped.",
    ("<p>Caf&eacute;<br>noir</p>", "Café\nnoir"),
    ("1 < 2 &amp; 3", "1 < 2 & 3"),
    inverse="html",
    loses="all formatting but line breaks",
    takes="text",
    gives="text",
)
def striptags(value: Any) -> str:
    return html_to_text(as_text(value))


@transform(
    "Plain text as HTML, without blanks at its ends and with one empty line at most between others.",
    ("A & B\n<C>", "A &amp; B<br>&lt;C&gt;"),
    inverse="striptags",
    loses="blanks at the ends and further empty lines",
    takes="text",
    gives="text",
)
def html(value: Any) -> str:
    # What HTML cannot hold is left out at once, so that striptags finds all that is written here.
    return bounded(text_to_html(html_to_text(bounded(text_to_html(as_text(value))))))


@transform(
    "HTML entities as characters; tags stay.",
    ("Caf&eacute; &amp; th&#233;", "Café & thé"),
    loses="which characters were written as entities",
    takes="text",
    gives="text",
)
def unescape(value: Any) -> str:
    return bounded(_html.unescape(as_text(value)))


@transform(
    "The text as it stands within a web address.",
    ("été & hiver", "%C3%A9t%C3%A9%20%26%20hiver"),
    inverse="url_decode",
    takes="text",
    gives="text",
)
def url_encode(value: Any) -> str:
    return bounded(quote(as_text(value), safe=""))


@transform(
    "The text that stands encoded in a web address.",
    ("%C3%A9t%C3%A9%20%26%20hiver", "été & hiver"),
    ("%FF", "is not a text encoded for a web address"),
    inverse="url_encode",
    loses="which characters were encoded",
    takes="text",
    gives="text",
)
def url_decode(value: Any) -> str:
    try:
        return unquote_to_bytes(as_text(value)).decode()
    except UnicodeError:
        raise RuleError(f"{show(value)} is not a text encoded for a web address") from None


@transform(
    "The value as text.",
    (42, "42"),
    (2.5, "2.5"),
    (True, "true"),
    ({}, {}),
    ({"a": 1}, "is not a text"),
    normal=True,
    loses="whether it was a number, a date or a text",
    gives="text",
)
def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text(value)


def _hash_length(length: int = 64) -> None:
    if not 8 <= length <= 64:
        raise RuleError(f"a hash has 8 to 64 characters, not {show(length)}")


@transform(
    "A fingerprint of the value: SHA-256 in hexadecimal, shortened to `length`.",
    ("ACME", "a8308e8e2e4b", 12),
    ("ACME", "has 8 to 64 characters", 3),
    on_missing="ABSENT and null are passed through; an empty text has a fingerprint like any other",
    verify=_hash_length,
    loses="the value itself",
    takes="text",
    gives="text",
)
def hash_(value: Any, length: int = 64) -> Any:
    if value is None or value is ABSENT:
        return value
    _hash_length(length)
    return sha256(as_text(value).encode(errors="surrogatepass")).hexdigest()[:length]


@transform(
    "The value signed with a secret `key`: HMAC-SHA-256 in hexadecimal. So requests are signed.",
    ("ACME", "6b3576e61eaa35d3094d81d44d112b25d22e727bbdc7f643e8fc0bdf25befc3a", "secret"),
    loses="the value itself",
    takes="text",
    gives="text",
)
def hmac(value: Any, key: str) -> str:
    return _hmac.new(as_text(key).encode(), as_text(value).encode(errors="surrogatepass"), sha256).hexdigest()
