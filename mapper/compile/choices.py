"""Choices, sets and references: from the vendor's ids, labels and codes to one canonical value, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mapper.errors import RuleError
from mapper.records import ABSENT, CLEAR, ListTable, fold
from mapper.spec.connector import Field

Convert = Callable[[Any], Any]

_NONE = (None, "", 0, "0")


def missing_values(values: Mapping[str, Any], side: str, table: ListTable | None) -> list[str]:
    """The native values of a side's table column that its list does not have."""
    if table is None or not len(table):
        return []
    return [str(v) for row in values.values() for v in _listed(row, side) if table.find(v) is None]


def table_pair(values: Mapping[str, Any], side: str, spec: Field, table: ListTable | None) -> tuple[Convert, Convert]:
    """Reader and writer of a choice with a table of values."""
    inward: dict[str, str] = {}
    outward: dict[str, Any] = {}
    for canonical, row in values.items():
        for value in _listed(row, side):
            native = _native(value, spec, table)
            inward.setdefault(fold(str(native)), canonical)
            outward.setdefault(canonical, native)

    def read(value: Any) -> Any:
        if value is ABSENT or _is_blank(value):
            return value if value is ABSENT else None
        found = inward.get(fold(str(value)))
        if found is None:
            if _is_none(value, table):
                return None
            raise RuleError(f"{_named(value, table)} is not in the row's table of values")
        return found

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        if value is None:
            return CLEAR
        if value not in outward:
            raise RuleError(f"{value!r} has no value on this side in the row's table")
        return outward[value]

    return read, write


def label_pair(spec: Field, table: ListTable | None) -> tuple[Convert, Convert]:
    """Reader and writer of a choice by label; without a list, the label itself stands on the wire."""
    if table is None:
        return _plain_read, _plain_write

    def read(value: Any) -> Any:
        if value is ABSENT or _is_blank(value):
            return value if value is ABSENT else None
        if spec.holds == "label":
            known = table.find(value)
            return str(value) if known is None else table.labels[known]
        label = table.labels.get(str(value))
        if label is None:
            if _is_none(value, table):
                return None
            raise RuleError(f"{value!r} is not an id of the list {table.name}")
        return label

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        if value is None:
            return CLEAR
        found = table.find(value)
        if found is None:
            raise RuleError(f"{value!r} is not a value of the list {table.name}")
        return table.wire[found] if spec.holds == "id" else table.labels[found]

    return read, write


def code_pair(spec: Field, table: ListTable | None) -> tuple[Convert, Convert]:
    """Reader and writer of a choice without a table: the vendor's own value is the canonical one."""
    del spec, table
    return _plain_read, _plain_write


def set_pair(item: tuple[Convert, Convert], *, form: str, skip: bool) -> tuple[Convert, Convert]:
    """Reader and writer of a set, from those of one item; `skip` leaves out items that do not fit."""
    read_item, write_item = item

    def read(value: Any) -> Any:
        return value if value is ABSENT else _each(_items(value), read_item, skip)

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        found = _each(value or [], write_item, skip)
        if form == "csv":
            return ",".join(str(v) for v in found)
        return found

    return read, write


def ref_pair(*, numeric: bool) -> tuple[Convert, Convert]:
    """Reader and writer of a reference: the other record's key as text, on the wire a number where keys are."""

    def read(value: Any) -> Any:
        if value is ABSENT:
            return value
        return None if value in _NONE or _is_blank(value) else str(value)

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        if value is None:
            return CLEAR
        return int(value) if numeric and str(value).isdigit() else value

    return read, write


def _plain_read(value: Any) -> Any:
    if value is ABSENT or value is None:
        return value
    if isinstance(value, dict | list | bool):
        raise RuleError(f"{value!r} is not a single value")
    return str(value).strip() or None


def _plain_write(value: Any) -> Any:
    return CLEAR if value is None else value


def _is_blank(value: Any) -> bool:
    """Whether a native value says nothing: null, or a blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def _listed(row: Any, side: str) -> list[Any]:
    value = row.get(side) if isinstance(row, Mapping) else None
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _native(value: Any, spec: Field, table: ListTable | None) -> Any:
    found = table.find(value) if table is not None else None
    if found is None or table is None:
        return value
    return {"id": table.wire[found], "label": table.labels[found]}.get(spec.holds, value)


def _is_none(value: Any, table: ListTable | None) -> bool:
    """Vendors with numeric list ids write 0 for none; unless the list has a 0."""
    return value in _NONE and not (table is not None and str(value) in table.labels)


def _named(value: Any, table: ListTable | None) -> str:
    label = table.labels.get(str(value)) if table is not None else None
    return f"{value!r} ({label})" if label else repr(value)


def _items(value: Any) -> list[Any]:
    """The items of a multi-valued field, which vendors hold as arrays, JSON text or text with commas."""
    if _is_blank(value):
        return []
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, str):
        return [value]
    text = value.strip()
    if text[:1] in '[{"':
        import orjson

        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise RuleError(f"{text[:60]!r} is not a list of values") from None
        return list(found) if isinstance(found, list | dict) else _items(found)
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _each(items: list[Any], convert: Convert, skip: bool) -> list[Any]:
    found = []
    for value in items:
        try:
            converted = convert(value)
        except RuleError:
            if not skip:
                raise
            continue
        if converted is not None and converted is not CLEAR:
            found.append(converted)
    return found
