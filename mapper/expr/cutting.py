"""Transforms that take a text apart or cut it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mapper.errors import RuleError
from mapper.expr import patterns
from mapper.expr.lists import missing
from mapper.expr.scalars import as_text, check_count, folded, short
from mapper.expr.transform import bounded_items, show, transform
from mapper.records import ABSENT


def _counted(length: int, end: str = "") -> None:
    check_count(length)
    as_text(end)


def _marked(name: str) -> Callable[..., None]:
    def verify(*marks: Any) -> None:
        if not all(as_text(mark) for mark in marks):
            raise RuleError(f"{name} needs a text to look for")

    return verify


_before, _after, _between = map(_marked, ("before", "after", "between"))


def _separator(separator: str | None = None) -> None:
    if separator == "":
        raise RuleError("split needs a separator, or none at all")


def _line_length(length: int) -> None:
    if not 1 <= length <= 10_000:
        raise RuleError(f"wrap needs a length from 1 to 10000, not {show(length)}")


@transform(
    "At most this many characters; what is cut off is replaced by `end`.",
    ("Bonjour", "Bonj", 4),
    ("Bonjour", "Bon…", 4, "…"),
    ("Oui", "Oui", 4),
    ("Oui", "a count from 0", -1),
    normal=True,
    verify=_counted,
    loses="what is cut off",
    takes="text",
    gives="text",
)
def truncate(value: Any, length: int, end: str = "") -> str:
    text = as_text(value)
    check_count(length)
    if len(text) <= length:
        return text
    return text[: max(0, length - len(end))] + end[:length]


@transform(
    "At most this many bytes of UTF-8, never half a character.",
    ("été", "ét", 4),
    normal=True,
    verify=_counted,
    loses="what is cut off",
    takes="text",
    gives="text",
)
def truncate_bytes(value: Any, length: int) -> str:
    check_count(length)
    return as_text(value).encode()[:length].decode(errors="ignore")


@transform(
    "The parts between separators, trimmed, without the empty ones; without a separator, the words.",
    ("a; b;c", ["a", "b", "c"], ";"),
    ("a b", ["a", "b"]),
    ("", [], ";"),
    ("a", "needs a separator", ""),
    inverse="join",
    verify=_separator,
    loses="blanks and nothing between separators",
    on_missing="ABSENT and null are passed through; an empty text gives an empty list",
    takes="text",
    gives="list",
)
def split(value: Any, separator: str | None = None) -> Any:
    if value is None or value is ABSENT:
        return value
    _separator(separator)
    parts = _parts(as_text(value), separator)
    # Trimming a part can make a separator of several characters out of what stood on both sides of a blank.
    while separator and len(separator) > 1 and (again := _parts(separator.join(parts), separator)) != parts:
        parts = again
    return parts


def _parts(text: str, separator: str | None) -> list[str]:
    parts = [part.strip() for part in text.split(separator, 100_001)]
    return bounded_items([part for part in parts if part])


@transform(
    "The lines of the text, without blanks at their ends and without the empty ones.",
    ("1 rue de la Paix\r\n\nParis ", ["1 rue de la Paix", "Paris"]),
    on_missing="ABSENT and null are passed through; an empty text gives an empty list",
    loses="empty lines",
    takes="text",
    gives="list",
)
def lines(value: Any) -> Any:
    if value is None or value is ABSENT:
        return value
    return bounded_items([line.strip() for line in as_text(value).splitlines() if line.strip()])


@transform(
    "The text in lines of at most this many characters, cut at blanks where there are any.",
    ("12 avenue du Général Leclerc", ["12 avenue du", "Général", "Leclerc"], 12),
    ("Donaudampfschiff", ["Donaudampf", "schiff"], 10),
    ("a", "needs a length from 1", 0),
    ("", [], 10),
    empty="gives an empty list",
    verify=_line_length,
    loses="where the lines were broken",
    takes="text",
    gives="list",
)
def wrap(value: Any, length: int) -> list[str]:
    _line_length(length)
    found: list[str] = []
    for word in short(_words(value)).split():
        pieces = [word[i : i + length] for i in range(0, len(word), length)]
        if found and len(found[-1]) + 1 + len(pieces[0]) <= length:
            found[-1] += " " + pieces.pop(0)
        found += pieces
    return bounded_items(found)


@transform(
    "What stands before the first occurrence of a text; the whole text where it does not occur.",
    ("anna@acme.fr", "anna", "@"),
    ("anna", "anna", "@"),
    normal=True,
    verify=_before,
    loses="what stands behind",
    takes="text",
    gives="text",
)
def before(value: Any, mark: str) -> str:
    _before(mark)
    return as_text(value).partition(as_text(mark))[0]


@transform(
    "What stands after the first occurrence of a text; null where it does not occur.",
    ("anna@acme.fr", "acme.fr", "@"),
    ("anna", None, "@"),
    verify=_after,
    loses="what stands before",
    takes="text",
    gives="text",
)
def after(value: Any, mark: str) -> str | None:
    _after(mark)
    _, found, rest = as_text(value).partition(as_text(mark))
    return rest if found else None


@transform(
    "What stands between two texts, the first time that both occur; null where they do not.",
    ("Berg (Lund) AB", "Lund", "(", ")"),
    ("Berg", None, "(", ")"),
    verify=_between,
    loses="what stands around",
    takes="text",
    gives="text",
)
def between(value: Any, start: str, end: str) -> str | None:
    _between(start, end)
    _, found, rest = as_text(value).partition(as_text(start))
    inner, closed, _ = rest.partition(as_text(end))
    return inner if found and closed else None


@transform(
    "Only the digits of the text.", ("N° 12 34-5", "12345"), normal=True, loses="all but digits", takes="text",
    gives="text",
)  # fmt: skip
def digits(value: Any) -> str:
    return "".join(c for c in as_text(value) if c in "0123456789")


@transform(
    "Every match of a regular expression replaced; groups are written \\1. The expression is bounded.",
    ("AB-12", "12-AB", r"([A-Z]+)-(\d+)", r"\2-\1"),
    ("aaaa", "can take for ever", r"(a+)+", ""),
    verify=patterns.verify_replacement,
    loses="what was replaced",
    takes="text",
    gives="text",
)
def regex_replace(value: Any, pattern: str, new: str = "") -> str:
    return patterns.substitute(as_text(value), pattern, new)


@transform(
    "The first match of a regular expression, or a group of it; null where there is none. The expression is bounded.",
    ("Facture 2026-017 payée", "2026-017", r"\d{4}-\d{3}"),
    ("Facture 2026-017", "017", r"(\d{4})-(\d{3})", 2),
    ("Facture", None, r"\d+"),
    ("Facture", "has no group 1", r"\w+", 1),
    verify=patterns.verify,
    loses="what does not match",
    takes="text",
    gives="text",
)
def regex_find(value: Any, pattern: str, group: int = 0) -> str | None:
    return next(patterns.matched(as_text(value), pattern, group), None)


@transform(
    "All matches of a regular expression, or a group of each. The expression is bounded.",
    ("a1 b22", ["1", "22"], r"\d+"),
    ("a=1, b=2", ["a", "b"], r"(\w)=(\d)", 1),
    ("a", [], r"\d+"),
    ("", [], r"\d+"),
    empty="is searched as an empty text",
    verify=patterns.verify,
    loses="what does not match",
    takes="text",
    gives="list",
)
def regex_all(value: Any, pattern: str, group: int = 0) -> list[str]:
    return bounded_items([found for found in patterns.matched(_words(value), pattern, group) if found is not None])


@transform(
    "Whether a regular expression matches the whole text. The expression is bounded.",
    ("75011", True, r"\d{5}"),
    ("7501", False, r"\d{5}"),
    ("", False, r"\d{5}"),
    empty="is matched as an empty text",
    verify=patterns.verify,
    loses="the text",
    takes="text",
    gives="flag",
)
def matches(value: Any, pattern: str) -> bool:
    return patterns.matches(_words(value), pattern)


def _words(value: Any) -> str:
    """The value as text; what is empty, a list as well, is an empty text."""
    return "" if missing(value) else as_text(value)


@transform(
    "Whether the text begins with another one, accents and case aside.",
    ("Énergie verte", True, "energie"),
    ("Énergie verte", False, "verte"),
    ("", False, "a"),
    on_missing="ABSENT, null and empty give false",
    loses="the text",
    takes="text",
    gives="flag",
)
def starts_with(value: Any, beginning: str) -> bool:
    return value is not None and value is not ABSENT and folded(value).startswith(folded(beginning))


@transform(
    "Whether the text ends with another one, accents and case aside.",
    ("Dupont SARL", True, "sarl"),
    ("", False, "a"),
    on_missing="ABSENT, null and empty give false",
    loses="the text",
    takes="text",
    gives="flag",
)
def ends_with(value: Any, ending: str) -> bool:
    return value is not None and value is not ABSENT and folded(value).endswith(folded(ending))
