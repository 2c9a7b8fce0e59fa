"""Transforms on JSON and on records within records."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from typing import Any

from mapper.errors import RuleError
from mapper.expr.scalars import as_text, json_number
from mapper.expr.transform import show, transform
from mapper.records import ABSENT


def _record(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RuleError(f"{show(value)} is not a record")
    return value


def _plain(value: Any) -> Any:
    return json_number(value) if isinstance(value, Decimal) else as_text(value)


@transform(
    "The value as JSON text.",
    ({"a": [1, None]}, '{"a":[1,null]}'),
    ("é", '"é"'),
    (None, None),
    inverse="from_json",
    on_missing="ABSENT and null are passed through; an empty value is written as JSON",
)
def json(value: Any) -> Any:
    if value is None or value is ABSENT:
        return value
    return import_module("orjson").dumps(value, default=_plain).decode()


@transform("The value of a JSON text.", ('{"a":[1,null]}', {"a": [1, None]}), ("{", "is not JSON"), inverse="json")
def from_json(value: Any) -> Any:
    try:
        return import_module("orjson").loads(as_text(value))
    except ValueError:
        raise RuleError(f"{show(value)} is not JSON") from None


@transform("The keys of a record.", ({"a": 1, "b": 2}, ["a", "b"]), ("x", "is not a record"))
def keys(value: Any) -> list[str]:
    return list(_record(value))


@transform("The values of a record.", ({"a": 1, "b": 2}, [1, 2]))
def values(value: Any) -> list[Any]:
    return list(_record(value).values())


@transform(
    "A record as a list of key and value.",
    ({"a": 1}, [{"key": "a", "value": 1}]),
    ({"a": 1}, [{"FieldId": "a", "Value": 1}], "FieldId", "Value"),
    inverse="index",
)
def items(value: Any, key: str = "key", content: str = "value") -> list[dict[str, Any]]:
    return [{key: name, content: item} for name, item in _record(value).items()]


@transform(
    "A list of records as one record by a key of theirs; with `content`, only what stands there.",
    ([{"FieldId": "a", "Value": 1}], {"a": 1}, "FieldId", "Value"),
    ([{"id": 7, "x": 1}], {"7": {"id": 7, "x": 1}}, "id"),
    inverse="items",
)
def index(value: Any, key: str, content: str | None = None) -> dict[str, Any]:
    listed = [_record(item) for item in (value if isinstance(value, (list, tuple)) else [value])]
    return {
        as_text(item[key]): item if content is None else item.get(content)
        for item in listed
        if item.get(key) is not None
    }


@transform("Only these keys of a record.", ({"a": 1, "b": 2}, {"a": 1}, "a", "c"))
def pick(value: Any, *names: str) -> dict[str, Any]:
    record = _record(value)
    return {name: record[name] for name in names if name in record}


@transform("A record without these keys.", ({"a": 1, "b": 2}, {"b": 2}, "a"))
def omit(value: Any, *names: str) -> dict[str, Any]:
    return {name: item for name, item in _record(value).items() if name not in names}


@transform(
    "Two records in one; where both have a key, the second one's value stands.",
    ({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"b": 2}),
    (None, {"b": 2}, {"b": 2}),
    on_missing="ABSENT, null and empty count as a record without keys",
)
def merge(value: Any, other: Any) -> dict[str, Any]:
    return {**(_record(value) if value else {}), **(_record(other) if other else {})}
