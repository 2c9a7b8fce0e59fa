"""Fingerprints of canonical values: small, the same in every process, and equal where the values' keys are.

They are 64 bits wide: that an edit leaves a field's fingerprint as it was happens once in 18 million million million.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
from xxhash import xxh3_64_intdigest

from mapper.compile.emit import Code
from mapper.expr.types import TYPES
from mapper.records import ABSENT, Record
from mapper.spec.mapping import Row

#: The fingerprint of a field that has no value.
EMPTY = ""

#: From here on a number's fingerprint is that of its digits: a JSON number has 64 bits.
_LARGE = 9_000_000_000_000_000_000

_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS

#: By type, an expression for what is equal where the values' keys are: bytes of a text, to be hashed, or of values of a
#: class a number as it is. `F` is the function that it stands for.
_BYTES: dict[str, str] = {
    "text": "v.encode() if '\\r' not in v else F(v)",
    "email": "v.lower().encode()",
    "choice": "' '.join(v.lower().split()).encode() if v.isascii() else F(v)",
    **dict.fromkeys(("phone", "country", "language", "currency", "siret", "siren", "vat", "iban"), "v.encode()"),
}
_NUMBERS: dict[str, tuple[type, str]] = {
    "number": (int, f"(v if -{_LARGE} < v < {_LARGE} else F(v))"),
    "decimal": (Decimal, "hash(v)"),
    "flag": (bool, "(1 if v else 0)"),
    "date": (date, "v.toordinal()"),
    "datetime": (datetime, "int(v.timestamp() // 1)"),
}


def generate_prints(rows: Mapping[str, Row]) -> Callable[[Record], dict[str, Any]]:
    """A function from a canonical record to the fingerprint of each of its fields; of a set, its items."""
    functions = {name: partial(fingerprint, row) for name, row in rows.items()}

    def one_by_one(canonical: Record) -> dict[str, Any]:
        known = {name: value for name, value in canonical.items() if name in functions and value is not ABSENT}
        return {name: functions[name](value) for name, value in known.items()}

    code = Code()
    code.globals["ONE_BY_ONE"] = one_by_one
    code.add("b = {}", "try:")
    with code.deeper():
        for name, row in rows.items():
            key = code.constant(name)
            found = print_of(code, row)
            code.add(f"v = c.get({key}, ABSENT)", "if v is not ABSENT:")
            code.add(f"    b[{key}] = {found}" if row.type == "set" else f"    b[{key}] = '' if v is None else {found}")
        code.add("return b")
    # Some value is not of the class that its type gives.
    code.add("except Exception:", "    return ONE_BY_ONE(c)")
    return code.function("def prints(c):", "prints")


def fingerprint(row: Row, value: Any) -> Any:
    """The fingerprint of any value of a row."""
    if row.type == "set":
        return sorted(value) if value else []
    if value is None:
        return EMPTY
    if row.type in _NUMBERS:
        return _number(row)(value)
    return xxh3_64_intdigest(_key_bytes(row)(value))


def print_of(code: Code, row: Row, cls: type | None = None) -> str:
    """Code for the fingerprint of the value `v`, which is of a class if it is known to be.

    What is asked of texts only raises for anything else.
    """
    code.globals["HASH"] = xxh3_64_intdigest
    if row.type == "set":
        return "(sorted(v) if v and len(v) > 1 else [*v] if v else [])"
    if _tabled(row):
        # A value that the table does not have any more raises.
        return f"{code.bind({name: fingerprint(row, name) for name in row.values or ()})}[v]"
    function = code.bind(partial(fingerprint, row)) if row.type in _NUMBERS or row.type not in _BYTES else ""
    if row.type in _NUMBERS:
        wanted, text = _NUMBERS[row.type]
        number = text.replace("F(v)", f"{function}(v)")
        return number if cls is wanted else f"({number} if v.__class__ is {code.bind(wanted)} else {function}(v))"
    if row.type not in _BYTES:
        return f"{function}(v)"
    return f"HASH({_BYTES[row.type].replace('F(v)', f'{code.bind(_key_bytes(row))}(v)')})"


def _tabled(row: Row) -> bool:
    """Whether the canonical values are those of a table, which are spelled in one way only."""
    return row.type == "choice" and row.values is not None and row.values != "by label"


def _number(row: Row) -> Callable[[Any], int]:
    """A function from a value that stands for a number to that number, or to a hash where it is too large."""
    known: dict[str, Callable[[Any], int]] = {
        "number": lambda value: (
            value if value.__class__ is int and abs(value) < _LARGE else xxh3_64_intdigest(key(value))
        ),
        "decimal": hash,
        "flag": int,
        "date": date.toordinal,
        "datetime": lambda value: int(value.timestamp() // 1),
    }
    cls, key = _NUMBERS[row.type][0], _key_bytes(row)
    number = known[row.type]
    return lambda value: number(value) if isinstance(value, cls) else xxh3_64_intdigest(key(value))


def _key_bytes(row: Row) -> Callable[[Any], bytes]:
    """A function from a value to the bytes of its key."""
    key = str if _tabled(row) else TYPES[row.type].key

    def run(value: Any) -> bytes:
        found = key(value)
        if isinstance(found, int):
            return str(found).encode()
        return found.encode() if isinstance(found, str) else orjson.dumps(found, option=_JSON)

    return run
