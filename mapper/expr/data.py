"""Transforms on JSON and on records within records."""

from __future__ import annotations

import json as _json
import re
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any

from mapper.errors import RuleError
from mapper.expr.lists import check_path, many, missing
from mapper.expr.paths import parse_path
from mapper.expr.scalars import as_decimal, as_text, plain
from mapper.expr.transform import bounded, show, transform
from mapper.records import ABSENT

# Where a JSON text may hold a number that a float, or 64 bits, cannot.
_EXACT = re.compile(r"[0-9][.eE]|[0-9]{18}")
_BITS = 63


@cache
def _orjson() -> Any:
    return import_module("orjson")


def _record(value: Any) -> dict[str, Any]:
    """The record; what is empty counts as one without keys, as some vendors write [] or "" for it."""
    if missing(value):
        return {}
    if not isinstance(value, dict):
        raise RuleError(f"{show(value)} is not a record")
    return value


def _plain(value: Any) -> Any:
    return _orjson().Fragment(plain(as_decimal(value))) if isinstance(value, Decimal) else as_text(value)


@transform(
    "The value as JSON text.",
    ({"a": [1, None]}, '{"a":[1,null]}'),
    ("é", '"é"'),
    (Decimal("1.50"), "1.5"),
    (None, None),
    inverse="from_json",
    on_missing="ABSENT and null are passed through; an empty value is written as JSON",
    loses="whether a date was one",
    gives="text",
)
def json(value: Any) -> Any:
    if value is None or value is ABSENT:
        return value
    text = _dumped(value)
    # Numbers with decimals are written in one way, whether they come as floats or as decimals.
    return bounded(_dumped(_loaded(text)) if _EXACT.search(text) else text)


def _dumped(value: Any) -> str:
    return str(_orjson().dumps(value, default=_plain, option=_orjson().OPT_UTC_Z), "utf-8")


def _loaded(text: str) -> Any:
    return _json.loads(text, parse_float=_decimal, parse_int=_whole)


@transform(
    "The value of a JSON text; numbers with decimals are exact.",
    ('{"a":[1,null]}', {"a": [1, None]}),
    ("0.10", Decimal("0.10")),
    ("{", "is not JSON"),
    inverse="json",
    loses="how the JSON was written",
    takes="text",
    gives="any",
)
def from_json(value: Any) -> Any:
    text = bounded(as_text(value))
    try:
        # The fast reader refuses all that is no JSON; the exact one takes more than the standard allows.
        found = _orjson().loads(text)
        return _loaded(text) if _EXACT.search(text) else found
    except ValueError:
        raise RuleError(f"{show(value)} is not JSON") from None


def _decimal(text: str) -> Decimal:
    """The decimal of a JSON number, if it can be written again."""
    found = as_decimal(text)
    as_decimal(plain(found))
    return found


def _whole(text: str) -> int | Decimal:
    found = as_decimal(text)
    return int(found) if int(found).bit_length() <= _BITS else found


@transform(
    "The keys of a record.",
    ({"a": 1, "b": 2}, ["a", "b"]),
    ("x", "is not a record"),
    ({}, []),
    empty="gives an empty list",
    loses="the values",
    takes="record",
    gives="list",
)
def keys(value: Any) -> list[str]:
    return list(_record(value))


@transform(
    "The values of a record.",
    ({"a": 1, "b": 2}, [1, 2]),
    empty="gives an empty list",
    loses="the keys",
    takes="record",
    gives="list",
)
def values(value: Any) -> list[Any]:
    return list(_record(value).values())


def _differ(key: str = "key", content: str = "value") -> None:
    if key == content:
        raise RuleError(f"key and value need two different names, not {show(key)} for both")


@transform(
    "A record as a list of key and value.",
    ({"a": 1}, [{"key": "a", "value": 1}]),
    ({"a": 1}, [{"FieldId": "a", "Value": 1}], "FieldId", "Value"),
    ({"a": 1}, "two different names", "x", "x"),
    inverse="index",
    empty="gives an empty list",
    verify=_differ,
    takes="record",
    gives="list",
)
def items(value: Any, key: str = "key", content: str = "value") -> list[dict[str, Any]]:
    _differ(key, content)
    return [{key: name, content: item} for name, item in _record(value).items()]


@transform(
    "A list of key and value as one record; items without a key are left out, of two with one key the last counts.",
    ([{"key": "a", "value": 1}], {"a": 1}),
    ([{"FieldId": 7, "Value": 1}, {"Value": 2}], {"7": 1}, "FieldId", "Value"),
    (["a"], "is not a record"),
    inverse="items",
    empty="gives an empty record",
    verify=_differ,
    loses="items without a key or with the same, and what else they hold",
    takes="list",
    gives="record",
)
def index(value: Any, key: str = "key", content: str = "value") -> dict[str, Any]:
    _differ(key, content)
    return {name: item.get(content) for name, item in _keyed(value, key)}


@transform(
    "A list of records as one record of them by a key of theirs; those without it are left out.",
    ([{"id": 7, "x": 1}], {"7": {"id": 7, "x": 1}}, "id"),
    (["a"], "is not a record", "id"),
    empty="gives an empty record",
    loses="records without the key or with the same",
    takes="list",
    gives="record",
)
def by(value: Any, key: str) -> dict[str, Any]:
    return dict(_keyed(value, key))


def _keyed(value: Any, key: str) -> list[tuple[str, dict[str, Any]]]:
    listed = [] if missing(value) else [_record(item) for item in many(value)]
    return [(as_text(item[key]), item) for item in listed if item.get(key) is not None]


@transform(
    "What stands at a path of a record; null where nothing does.",
    ({"a": {"b": 1}}, 1, "a.b"),
    ({"a": 1}, None, "b"),
    ({"a": 1}, "is not a path", "a b"),
    empty="gives null",
    verify=check_path,
    loses="the rest of the record",
    takes="record",
)
def get(value: Any, path: str) -> Any:
    check_path(path)
    found = parse_path(path).get(value)
    return None if found is ABSENT else found


def _writable(path: str, new: Any = None) -> None:
    check_path(path)
    if not parse_path(path).plain:
        raise RuleError(f"{show(path)} cannot be written to: it is not a plain path")


@transform(
    "The record with a value at a path.",
    ({"a": 1}, {"a": 1, "b": {"c": 2}}, "b.c", 2),
    (None, {"a": 1}, "a", 1),
    ("x", "is not a record", "a", 1),
    on_missing="ABSENT, null and empty count as a record without keys",
    normal=True,
    verify=_writable,
    loses="what stood at the path",
    takes="record",
    gives="record",
)
def set_(value: Any, path: str, new: Any) -> dict[str, Any]:
    _writable(path)
    parts = parse_path(path).parts
    found = here = dict(_record(value))
    for part in parts[:-1]:
        below = here.get(part)
        # Copied on the way, as the record that was given is not to change.
        here[part] = here = dict(below) if isinstance(below, dict) else {}
    if new is not ABSENT:
        here[parts[-1]] = new
    return found


@transform(
    "The record with a key by another name; what stood under the new name is lost.",
    ({"a": 1, "b": 2}, {"c": 1, "b": 2}, "a", "c"),
    ({"b": 2}, {"b": 2}, "a", "c"),
    normal=True,
    loses="what stood under the new name",
    takes="record",
    gives="record",
)
def rename(value: Any, old: str, new: str) -> dict[str, Any]:
    given = _record(value)
    if old not in given or old == new:
        return dict(given)
    return {new if name == old else name: item for name, item in given.items() if name != new}


@transform(
    "Only these keys of a record.",
    ({"a": 1, "b": 2}, {"a": 1}, "a", "c"),
    normal=True,
    loses="the other keys",
    takes="record",
    gives="record",
)
def pick(value: Any, *names: str) -> dict[str, Any]:
    record = _record(value)
    return {name: record[name] for name in names if name in record}


@transform(
    "A record without these keys.",
    ({"a": 1, "b": 2}, {"b": 2}, "a"),
    normal=True,
    loses="these keys",
    takes="record",
    gives="record",
)
def omit(value: Any, *names: str) -> dict[str, Any]:
    return {name: item for name, item in _record(value).items() if name not in names}


@transform(
    "Two records in one; where both have a key, the second one's value stands.",
    ({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"b": 2}),
    (None, {"b": 2}, {"b": 2}),
    ({"a": 1}, "is not a record", "x"),
    on_missing="ABSENT, null and empty count as a record without keys",
    normal=True,
    loses="values that the second record replaces",
    takes="record",
    gives="record",
)
def merge(value: Any, other: Any) -> dict[str, Any]:
    return {**_record(value), **_record(other)}
