"""Transforms on lists, and those that choose a value where there is none. A lone value counts as a list of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mapper.errors import RuleError
from mapper.expr.paths import parse_path
from mapper.expr.scalars import as_text
from mapper.expr.transform import bounded, show, transform
from mapper.records import ABSENT, fold


def _missing(value: Any) -> bool:
    return value is None or value is ABSENT or (not value and isinstance(value, (str, list, dict, tuple)))


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


@transform(
    "The items as one text; missing and empty ones are left out.",
    (["a", None, "b"], "a, b", ", "),
    ([], "", ";"),
    inverse="split",
    on_missing="ABSENT and null are passed through; an empty list gives an empty text",
)
def join(value: Any, separator: str = "") -> Any:
    if value is None or value is ABSENT:
        return value
    return bounded(as_text(separator).join(as_text(item) for item in _many(value) if not _missing(item)))


@transform(
    "The first item.",
    (["a", "b"], "a"),
    ("a", "a"),
    ([], None),
    on_missing="ABSENT and null are passed through; an empty list gives null",
)
def first(value: Any) -> Any:
    return _at(value, 0)


@transform(
    "The last item.",
    (["a", "b"], "b"),
    ([], None),
    on_missing="ABSENT and null are passed through; an empty list gives null",
)
def last(value: Any) -> Any:
    return _at(value, -1)


def _at(value: Any, position: int) -> Any:
    if not isinstance(value, (list, tuple)):
        return value
    return value[position] if value else None


@transform("The items without repetitions, in their order.", (["a", "b", "a"], ["a", "b"]))
def unique(value: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for item in _many(value):
        found.setdefault(repr(item), item)  # by repr, as 1 and true are equal and yet different values
    return list(found.values())


@transform(
    "The items in order: numbers by value, texts without regard to accents and case; of records, by a key.",
    (["b", "É", "a"], ["a", "b", "É"]),
    ([{"n": 2}, {"n": 1}], [{"n": 1}, {"n": 2}], "n"),
)
def sort(value: Any, key: str | None = None) -> list[Any]:
    path = parse_path(key) if key else None
    return sorted(_many(value), key=lambda item: _rank(path.get(item) if path else item))


def _rank(value: Any) -> tuple[int, Any, str]:
    if value is None or value is ABSENT:
        return (2, 0, "")
    if isinstance(value, (int, float, Decimal)):
        return (0, value, "")
    return (1, fold(as_text(value)), as_text(value))


@transform("Lists within the list taken apart, one level.", ([["a"], ["b", "c"], "d"], ["a", "b", "c", "d"]))
def flatten(value: Any) -> list[Any]:
    return [below for item in _many(value) for below in _many(item)]


@transform(
    "What stands at a path in each item; items without it are left out.",
    ([{"id": 1}, {"id": 2}, {}], [1, 2], "id"),
    ([{"a": {"b": 1}}], [1], "a.b"),
)
def map_(value: Any, path: str) -> list[Any]:
    get = parse_path(path).get
    return [found for item in _many(value) if (found := get(item)) is not ABSENT]


@transform(
    "How many characters or items there are.",
    ("abc", 3),
    ([1, 2], 2),
    ("", 0),
    (None, 0),
    (5, "has no length"),
    on_missing="ABSENT, null and empty give 0",
)
def length(value: Any) -> int:
    if _missing(value):
        return 0
    if not isinstance(value, (str, list, tuple, dict)):
        raise RuleError(f"{show(value)} has no length")
    return len(value)


@transform(
    "This value where there is none.",
    (None, "FR", "FR"),
    ("", "FR", "FR"),
    ("SE", "SE", "FR"),
    (0, 0, 1),
    on_missing="ABSENT, null and empty are replaced",
)
def default(value: Any, other: Any) -> Any:
    return other if _missing(value) else value


@transform(
    "The first of these values that is there.",
    (None, "b", "", "b", "c"),
    ("a", "a", "b"),
    (None, None, ""),
    on_missing="ABSENT, null and empty are replaced; if all are missing, the value itself is kept",
)
def or_(value: Any, *others: Any) -> Any:
    return next((found for found in (value, *others) if not _missing(found)), value)


@transform(
    "Whether a text holds another one, or a list an item, accents and case aside.",
    ("Énergie verte", True, "energie"),
    (["A", "B"], True, "b"),
    ([1, 2], False, 3),
    ("", False, "a"),
    on_missing="ABSENT, null and empty give false",
)
def contains(value: Any, wanted: Any) -> bool:
    if _missing(value) or _missing(wanted):
        return False
    if isinstance(value, str):
        return fold(as_text(wanted)) in fold(value)
    return any(_same(item, wanted) for item in (value if isinstance(value, dict) else _many(value)))


def _same(item: Any, wanted: Any) -> bool:
    if isinstance(item, str) and isinstance(wanted, str):
        return fold(item) == fold(wanted)
    return bool(item == wanted)
