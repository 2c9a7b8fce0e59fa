"""Transforms on lists. A lone value counts as a list of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.paths import PathError, parse_path
from mapper.expr.scalars import as_text, check_count, folded
from mapper.expr.transform import MAX_ITEMS, MAX_TEXT, bounded_items, show, transform
from mapper.records import ABSENT

#: What is asked of each item: a path, or a function that an expression over `it` has become.
Asked = str | Callable[[Any], Any]

_MAX_SORTED: Final = 50_000
_MAX_SORTED_TEXT: Final = 250_000
_MAX_ANSWERS: Final = 10**7


def missing(value: Any) -> bool:
    """Whether the value is ABSENT, null or empty."""
    return value is None or value is ABSENT or (not value and isinstance(value, (str, list, dict, tuple)))


def many(value: Any) -> list[Any]:
    """The items of a list, or the lone value as one; RuleError for more than `MAX_ITEMS`."""
    if not isinstance(value, (list, tuple)):
        return [value]
    if len(value) > MAX_ITEMS:
        raise RuleError(f"a list of {len(value)} items is too long; {MAX_ITEMS} are allowed")
    return list(value)


def joined(mark: str, parts: list[str]) -> str:
    """The parts with a text between them; RuleError, before it is built, for what would be too long."""
    length = sum(map(len, parts)) + len(mark) * (len(parts) - 1)
    if length > MAX_TEXT:
        raise RuleError(f"the result would be a text of {length} characters, {MAX_TEXT} are allowed")
    return mark.join(parts)


def _answers(items: list[Any], ask: Callable[[Any], Any]) -> Iterator[Any]:
    """What is told of each item; RuleError as soon as an expression makes more of them than memory should hold."""
    room = _MAX_ANSWERS
    for item in items:
        told = ask(item)
        if isinstance(told, (str, list, dict)):
            room -= len(told) if isinstance(told, str) else 64 + 8 * len(told)
            if room < 0:
                raise RuleError("too much would be made of the items of the list")
        yield told


def check_path(asked: Any = None) -> None:
    """RuleError for a constant that is no path; none at all is left to the transform."""
    if asked is None:
        return
    if not isinstance(asked, str):
        raise RuleError(f"{show(asked)} is not a path")
    try:
        parse_path(asked)
    except PathError as error:
        raise RuleError(error.message) from None


def _asking(asked: Asked) -> Callable[[Any], Any]:
    return asked if callable(asked) else parse_path(asked).get


def _true(value: Any) -> bool:
    """Whether an answer means yes: it is there, and neither empty, false nor zero."""
    return not missing(value) and bool(value)


@transform(
    "The items as one text, with a blank or another separator between them; missing and empty ones are left out.",
    (["a", None, "b"], "a, b", ", "),
    (["a", "b"], "a b"),
    ([], "", ";"),
    loses="missing items, and where an item itself holds the separator",
    on_missing="ABSENT and null are passed through; an empty list gives an empty text",
    takes="list",
    gives="text",
)
def join(value: Any, separator: str | None = None) -> Any:
    if value is None or value is ABSENT:
        return value
    mark = " " if separator is None else as_text(separator)
    return joined(mark, [_word(item) for item in many(value) if not missing(item)])


@transform(
    "The first item.",
    (["a", "b"], "a"),
    ("a", "a"),
    ([], None),
    on_missing="ABSENT and null are passed through; an empty list gives null",
    loses="all other items",
    takes="list",
)
def first(value: Any) -> Any:
    return _at(value, 0)


@transform(
    "The last item.",
    (["a", "b"], "b"),
    ([], None),
    on_missing="ABSENT and null are passed through; an empty list gives null",
    loses="all other items",
    takes="list",
)
def last(value: Any) -> Any:
    return _at(value, -1)


def _at(value: Any, position: int) -> Any:
    if not isinstance(value, (list, tuple)):
        return value
    return value[position] if value else None


@transform(
    "The first items, as many as `count`.",
    (["a", "b", "c"], ["a", "b"], 2),
    ("a", ["a"], 1),
    ([1], "a count from 0", -1),
    normal=True,
    verify=check_count,
    loses="the items behind",
    takes="list",
    gives="list",
)
def take(value: Any, count: int) -> list[Any]:
    check_count(count)
    return many(value)[:count]


@transform(
    "The items without the first `count`.",
    (["a", "b", "c"], ["c"], 2),
    ([1], "a count from 0", -1),
    verify=check_count,
    loses="the items before",
    takes="list",
    gives="list",
)
def skip(value: Any, count: int) -> list[Any]:
    check_count(count)
    return many(value)[count:]


@transform(
    "The items in the opposite order.",
    (["a", "b"], ["b", "a"]),
    inverse="reverse",
    takes="list",
    gives="list",
)
def reverse(value: Any) -> list[Any]:
    return many(value)[::-1]


@transform(
    "The items without repetitions, in their order; with `key`, one item for each answer.",
    (["a", "b", "a"], ["a", "b"]),
    ([{"id": 1, "n": "x"}, {"id": 1, "n": "y"}], [{"id": 1, "n": "x"}], "id"),
    each=True,
    verify=check_path,
    normal=True,
    loses="repetitions",
    takes="list",
    gives="list",
)
def unique(value: Any, key: Asked | None = None) -> list[Any]:
    listed = many(value)
    answers = listed if key is None else _answers(listed, _asking(key))
    found: dict[Any, Any] = {}
    for item, told in zip(listed, answers, strict=True):
        # Others by repr, as 1 and true are equal and yet different values.
        found.setdefault(("text", told) if isinstance(told, str) else repr(told), item)
    return list(found.values())


@transform(
    "The items in order: numbers by value, texts without regard to accents and case; with `key`, by the answers.",
    (["b", "É", "a"], ["a", "b", "É"]),
    ([{"n": 2}, {"n": 1}], [{"n": 1}, {"n": 2}], "n"),
    each=True,
    verify=check_path,
    normal=True,
    loses="the order they had",
    takes="list",
    gives="list",
)
def sort(value: Any, key: Asked | None = None) -> list[Any]:
    listed = many(value)
    told = listed if key is None else list(_answers(listed, _asking(key)))
    # To fold what is not ASCII takes several times as long.
    weight = sum(len(item) * (1 if item.isascii() else 5) for item in told if isinstance(item, str))
    if len(listed) > _MAX_SORTED or weight > _MAX_SORTED_TEXT:
        raise RuleError(f"the list is too long to be sorted: {_MAX_SORTED} items, {_MAX_SORTED_TEXT} characters in all")
    ranks = [_rank(item) for item in told]
    return [listed[i] for i in sorted(range(len(listed)), key=lambda i: ranks[i])]


def _rank(value: Any) -> tuple[int, Any, str]:
    if value is None or value is ABSENT:
        return (2, 0, "")
    if isinstance(value, (int, float, Decimal)):
        return (0, value, "")
    return (1, folded(value), as_text(value))


@transform(
    "Lists within the list taken apart, one level.",
    ([["a"], ["b", "c"], "d"], ["a", "b", "c", "d"]),
    loses="which items stood together",
    takes="list",
    gives="list",
)
def flatten(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in many(value):
        found += many(item)
        bounded_items(found)
    return found


@transform(
    "The list without missing and empty items; a record without the keys that have no value.",
    (["a", None, "", "b", 0], ["a", "b", 0]),
    ({"a": 1, "b": None}, {"a": 1}),
    normal=True,
    loses="missing items",
    gives="same",
)
def compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if not missing(item)}
    return [item for item in many(value) if not missing(item)]


@transform(
    "What stands at a path in each item, or what an expression over `it` gives; items without it are left out.",
    ([{"id": 1}, {"id": 2}, {}], [1, 2], "id"),
    ([{"a": {"b": 1}}], [1], "a.b"),
    each=True,
    verify=check_path,
    loses="the rest of each item",
    takes="list",
    gives="list",
)
def map_(value: Any, path: Asked) -> list[Any]:
    ask = _asking(path)
    return [found for found in _answers(many(value), ask) if found is not ABSENT]


@transform(
    "The items of which something is true: an expression over `it`, or a path where a value stands.",
    ([{"id": 1, "main": True}, {"id": 2, "main": False}, {"id": 3}], [{"id": 1, "main": True}], "main"),
    each=True,
    verify=check_path,
    normal=True,
    loses="the other items",
    takes="list",
    gives="list",
)
def filter_(value: Any, test: Asked) -> list[Any]:
    ask = _asking(test)
    return [item for item in many(value) if _true(ask(item))]


@transform(
    "The first item of which something is true; null where there is none.",
    ([{"id": 1}, {"id": 2, "main": True}], {"id": 2, "main": True}, "main"),
    ([{"id": 1}], None, "main"),
    each=True,
    verify=check_path,
    on_missing="ABSENT and null are passed through; an empty list gives null",
    loses="the other items",
    takes="list",
)
def find(value: Any, test: Asked) -> Any:
    if value is None or value is ABSENT:
        return value
    ask = _asking(test)
    return next((item for item in many(value) if not missing(item) and _true(ask(item))), None)


@transform(
    "A record of lists: the items by their answer, as text; items without one are left out.",
    ([{"k": "a", "n": 1}, {"k": "b"}, {"k": "a"}], {"a": [{"k": "a", "n": 1}, {"k": "a"}], "b": [{"k": "b"}]}, "k"),
    ([{"k": {"x": 1}}], "is not a text", "k"),
    ([], {}, "k"),
    each=True,
    verify=check_path,
    empty="gives an empty record",
    loses="the order of items of different groups",
    takes="list",
    gives="record",
)
def group(value: Any, key: Asked) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    listed = [] if missing(value) else many(value)
    for item, told in zip(listed, _answers(listed, _asking(key)), strict=True):
        if not missing(told):
            found.setdefault(_word(told), []).append(item)
    return found


def _word(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else as_text(value)


@transform(
    "Lists of equal length side by side: a list of the first items, one of the second, and so on.",
    (["a", "b"], [["a", 1], ["b", 2]], [1, 2]),
    (["a", "b"], "lists of different lengths", [1]),
    loses="which list an item came from",
    takes="list",
    gives="list",
)
def zip_(value: Any, *others: Any) -> list[list[Any]]:
    lists = [many(value), *(many(other) for other in others)]
    if len(lists) > 20 or len({len(listed) for listed in lists}) > 1:
        raise RuleError(f"lists of different lengths, or more than 20, cannot be zipped: {[*map(len, lists)][:20]}")
    return [list(row) for row in zip(*lists, strict=True)]


@transform(
    "One record for each item of the list at a key, with the other keys repeated; one with null where it is empty.",
    ([{"n": 1, "tags": ["a", "b"]}], [{"n": 1, "tags": "a"}, {"n": 1, "tags": "b"}], "tags"),
    ([{"n": 1}], [{"n": 1, "tags": None}], "tags"),
    (["a"], "is not a record", "tags"),
    loses="which records were one",
    takes="list",
    gives="list",
)
def explode(value: Any, key: str) -> list[Any]:
    found: list[Any] = []
    for item in many(value):
        if not isinstance(item, dict):
            raise RuleError(f"{show(item)} is not a record")
        inner = item.get(key)
        found += [{**item, key: part} for part in ([None] if missing(inner) else many(inner))]
        bounded_items(found)
    return found
