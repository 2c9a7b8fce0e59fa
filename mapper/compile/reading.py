"""Straight-line Python that reads a record of a side, and takes each field's fingerprint on the way if asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from mapper.compile.cells import CompiledCell
from mapper.compile.chains import shortened
from mapper.compile.emit import Code, Local
from mapper.compile.generate import STRICT, read_field, required
from mapper.compile.placing import nested
from mapper.compile.prints import EMPTY, fingerprint, print_of
from mapper.compile.sources import Sources
from mapper.errors import RuleError
from mapper.expr import inline
from mapper.expr.steps import Step
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
    code, cells = Code(), [cell for cell in cells if cell.source is not None]
    code.whole = True
    places = [_CanonicalPlace(code, cell, rows[cell.name]) for cell in cells]
    empty = {cell.name: place.default for cell, place in zip(cells, places, strict=True)}
    prints = {cell.name: place.default_print for cell, place in zip(cells, places, strict=True)}
    # What has no value need not be put in its place; nor does a dict grow that begins with all its keys.
    code.globals |= {"BOTH": both, "EMPTY_RECORD": empty, "EMPTY_PRINTS": prints}
    code.add("try:")
    with code.deeper():
        code.add("c, b = EMPTY_RECORD.copy(), EMPTY_PRINTS.copy()")
        sources = Sources(code, "r")
        for cell, place in zip(cells, places, strict=True):
            _read(code, sources, cell, place)
        code.add("return c, [], b")
    code.add("except Exception:", "    return BOTH(r)")
    return code.function("def reading(r):", f"reading {title}")


class _CanonicalPlace:
    """The places of a field in the canonical record and among the fingerprints."""

    def __init__(self, code: Code, cell: CompiledCell, row: Row) -> None:
        self.row = row
        # Whether it is read on the spot: a value that does not fit ends the record, and a default is no list.
        step_by_step = cell.otherwise not in STRICT or any(step.sees_missing for step in cell.read)
        self.on_the_spot = not step_by_step and not isinstance(cell.fallback, list | dict)
        self.default = cell.fallback if self.on_the_spot else None
        self.default_print = EMPTY if self.default is None else fingerprint(row, self.default)
        self.key = code.constant(cell.name)
        self.nothing = ["REQUIRED()"] if cell.demanded else []
        # What is not said has no key, unless the row has a default.
        known = cell.demanded or self.default is not None
        self.absent = self.nothing if known else [f"del c[{self.key}], b[{self.key}]"]

    def given(self, code: Code, name: str, value: str, step: Step) -> None:
        found = inline.PRINTED.get(step.kind) or print_of(code, self.row, step.gives)
        code.add(f"c[{self.key}] = {name} = {value}", f"b[{self.key}] = {found}")

    def found(self, code: Code, local: Local) -> None:
        # A set without value has the fingerprint of an empty one.
        null = local.null and self.row.type != "set"
        test = replace(local, null=null).there()
        code.add(*([f"if {test}:"] if test != "True" else []))
        with code.deeper(test != "True"):
            code.add(f"c[{self.key}] = {local.name}", f"b[{self.key}] = {print_of(code, self.row, local.cls)}")
        if local.absent and self.absent:
            code.add(f"elif {local.name} is ABSENT:", *("    " + line for line in self.absent))
        if (null or local.absent) and self.nothing:
            code.add("else:", *("    " + line for line in self.nothing))


def _read(code: Code, sources: Sources, cell: CompiledCell, place: _CanonicalPlace) -> None:
    code.globals["REQUIRED"] = required
    sources.prepare(cell)
    local = Local("v", absent=True)
    alone = len(cell.read) == 1 and cell.otherwise in STRICT and cell.fallback is None and not cell.demanded
    if alone and cell.several and sources.fetch_each(cell, local, cell.read[0]):
        place.found(code, local)
    elif place.on_the_spot:
        sources.fetch_quickly(cell, local)
        nested(code, shortened(cell.read), place, local, sure=cell.expected)
    else:
        place.found(code, read_field(code, sources, cell, "v", absent=True, whole=True))
