"""Straight-line Python that makes plain values of a canonical record: to be compared, or kept and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mapper.compile.emit import Code
from mapper.expr.forms import same
from mapper.expr.types import TYPES
from mapper.records import Record, fold
from mapper.spec.mapping import Row

Convert = Callable[[Any], Any]


def dumps(rows: Mapping[str, Row]) -> Callable[[Record], Record]:
    """A function from a canonical record to plain JSON values."""
    return _generate({name: TYPES[row.type].to_plain for name, row in rows.items()}, "dump")


def loads(rows: Mapping[str, Row]) -> Callable[[Record], Record]:
    """A function from plain JSON values to the canonical record that they were made of."""
    return _generate({name: TYPES[row.type].from_plain for name, row in rows.items()}, "load")


def keys(rows: Mapping[str, Row]) -> Callable[[Record], Record]:
    """A function from a canonical record to what these rows are compared by."""
    return _generate({name: _key(row) for name, row in rows.items()}, "keys")


def _key(row: Row) -> Convert:
    if row.type == "choice" and isinstance(row.values, dict):
        return same
    if row.type == "set":
        return lambda value: sorted({fold(str(v)) for v in value or ()})
    return TYPES[row.type].to_key


def _generate(converts: Mapping[str, Convert], name: str) -> Callable[[Record], Record]:
    """A function that converts the named values of a record; absent values are left out, null stays."""
    code = Code()
    names = code.bind(frozenset(converts))
    code.add(f"o = {{n: v for n, v in c.items() if v is not ABSENT and n in {names}}}")
    for field, convert in converts.items():
        if convert is not same:
            key = code.constant(field)
            code.add(f"v = o.get({key})", "if v is not None:", f"    o[{key}] = {code.bind(convert)}(v)")
    code.add("return o")
    return code.function("def convert(c):", name)
