"""Straight-line Python that reads a record of a side, and takes each field's fingerprint on the way if asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mapper.compile.cells import CompiledCell
from mapper.compile.emit import Code
from mapper.compile.generate import read_field
from mapper.compile.prints import print_of
from mapper.compile.sources import Sources
from mapper.errors import RuleError
from mapper.records import Record
from mapper.spec.mapping import Row

Base = dict[str, Any]
Read = Callable[[Record], tuple[Record, list[RuleError]]]
Reading = Callable[[Record], tuple[Record, list[RuleError], Base]]


def generate_read(cells: Iterable[CompiledCell], title: str) -> Read:
    """A function from a native record to (canonical record, problems)."""
    code = Code()
    code.add("c = {}", "p = []")
    sources = Sources(code, "r")
    for cell in cells:
        if cell.source is None:
            continue
        local = read_field(code, sources, cell, "v", absent=True)
        put = f"c[{code.constant(cell.name)}] = v"
        code.add(*(("if v is not ABSENT:", f"    {put}") if local.absent else (put,)))
    code.add("return c, p")
    return code.function("def read(r):", f"read {title}")


def generate_reading(cells: Iterable[CompiledCell], rows: Mapping[str, Row], title: str, both: Reading) -> Reading:
    """A function from a native record to (canonical record, problems, fingerprints).

    `both` does the same in two steps; what fails here is left to it.
    """
    code = Code()
    code.whole = True
    code.globals["BOTH"] = both
    code.add("try:")
    with code.deeper():
        code.add("c = {}", "b = {}")
        sources = Sources(code, "r")
        for cell in cells:
            if cell.source is not None:
                _read(code, sources, cell, rows[cell.name])
        code.add("return c, [], b")
    code.add("except Exception:", "    return BOTH(r)")
    return code.function("def reading(r):", f"reading {title}")


def _read(code: Code, sources: Sources, cell: CompiledCell, row: Row) -> None:
    local = read_field(code, sources, cell, "v", absent=True, whole=True)
    key = code.constant(cell.name)
    found = print_of(code, row, local.cls)
    if local.null and row.type != "set":
        found = f"'' if v is None else {found}"
    lines = [f"c[{key}] = v", f"b[{key}] = {found}"]
    code.add(*(["if v is not ABSENT:", *("    " + line for line in lines)] if local.absent else lines))


def generate_record(reads: Mapping[str, Callable[[Any], Any]], name: str) -> Callable[[Record], Record]:
    """A function that converts the named values of a record and leaves out absent ones; for keys, dumps and loads."""
    code = Code()
    code.add("o = {}")
    for field, convert in reads.items():
        key = code.constant(field)
        code.add(f"v = c.get({key}, ABSENT)", "if v is not ABSENT:", f"    o[{key}] = {code.bind(convert)}(v)")
    code.add("return o")
    return code.function("def convert(c):", name)
