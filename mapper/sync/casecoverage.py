"""What the cases of a mapping touch: its rows, its tables' entries, its branches, and what happens to misfits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mapper.compile import CompiledMapping
from mapper.compile.cells import FIT, CompiledCell
from mapper.compile.checks.flow import arrives, leaves
from mapper.compile.choices import PREFERRED
from mapper.compile.plain import raw_value, read_steps, write_value
from mapper.compile.vocabulary import Vocabulary
from mapper.errors import Position, RuleError
from mapper.expr.expressions import is_expression
from mapper.records import ABSENT, CLEAR, Record, fold
from mapper.spec.document import Document, Steps
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.sync.branches import Tracer, tried
from mapper.sync.cases import ERROR, CaseResult
from mapper.sync.functioncases import as_mapping
from mapper.sync.suites import Suite

KINDS = ("row", "table", "branch", "otherwise")

Traced = Callable[[Mapping[str, Any]], Any]


@dataclass
class Point:
    """One thing that a case can touch."""

    kind: str
    position: Position
    what: str
    touched: bool = False


@dataclass
class Coverage:
    """The points of one mapping or shared file, in the order of its lines."""

    name: str
    points: list[Point] = field(default_factory=list)

    def count(self, kind: str = "") -> tuple[int, int]:
        """How many points of a kind are touched, and how many there are."""
        found = [point for point in self.points if kind in ("", point.kind)]
        return sum(point.touched for point in found), len(found)

    @property
    def untouched(self) -> list[Point]:
        return [point for point in self.points if not point.touched]


def share(touched: int, of: int) -> float:
    """In percent, rounded down to one decimal, so that only all is 100; of nothing all is touched."""
    return touched * 1000 // of / 10 if of else 100.0


def coverage(suite: Suite) -> Coverage:
    """Which parts of a mapping, or of a shared file, its cases touch."""
    spec = suite.loaded.spec
    whole = spec if isinstance(spec, MappingSpec) else as_mapping(spec)
    tracer = Tracer(whole, suite.loaded.document)
    found: list[Point] = []
    if suite.mapping is not None:
        walk = _Walk(suite.mapping, suite.loaded.document, tracer)
        for result in suite.results:
            if result.source:
                walk.case(result)
        found += walk.points.values()
    for name, function in whole.functions.items():
        for case in function.tests:
            given = (*case.given, *[ABSENT] * (1 + len(function.args) - len(case.given)))
            tried(partial(tracer.transforms[name].call, *given))
    found += _looked_up(whole, suite.loaded.document, tracer)
    for branch in tracer.branches.values():
        for taken, words in zip((True, False), branch.ways, strict=True):
            found.append(Point("branch", branch.position, words, taken in branch.taken))
    return Coverage(suite.name, sorted(found, key=lambda point: (point.position, KINDS.index(point.kind))))


def _looked_up(spec: MappingSpec, document: Document, tracer: Tracer) -> Iterator[Point]:
    """The entries of tables that only expressions use."""
    used = {row.values for row in spec.fields.values() if isinstance(row.values, str)}
    for name, table in spec.tables.items():
        for canonical in table if name not in used else ():
            place = document.at(("tables", name, canonical))
            yield Point("table", place, f"{name}: {canonical} is looked up", (name, canonical) in tracer.looked_up)


class _Walk:
    """Goes the plain way with each case, and notes what it meets."""

    def __init__(self, mapping: CompiledMapping, document: Document, tracer: Tracer) -> None:
        self.mapping = mapping
        self.document = document
        self.tracer = tracer
        self.words = Vocabulary(mapping.spec, Document(""))
        self.points: dict[tuple[object, ...], Point] = {}
        self.ways: dict[tuple[str, str], _Cell] = {}
        for name, row in mapping.spec.fields.items():
            if row.otherwise:
                place = document.at(("fields", name, "otherwise"))
                self._point((name, "otherwise"), "otherwise", place, f"{name}: {row.otherwise} for a misfit")
        for side, compiled in mapping.sides.items():
            for name, cell in compiled.cells.items():
                self.ways[side, name] = _Cell(mapping.spec, side, name, tracer)
                self._cell(side, name, cell)
        spec = mapping.spec
        self.filters = [tracer.condition(one.only, ("filter", n, "only")) for n, one in enumerate(spec.filter)]
        self.where = {s: self._side(s, "where", one.where) for s, one in spec.sides.items()}
        self.accepts = {s: self._side(s, "accepts", one.accepts) for s, one in spec.sides.items()}

    def _side(self, side: str, key: str, text: str | None) -> Traced | None:
        return self.tracer.condition(text, ("sides", side, key)) if text else None

    def _point(self, key: tuple[object, ...], kind: str, position: Position, what: str) -> None:
        self.points.setdefault(key, Point(kind, position, what))

    def _touch(self, *key: object) -> None:
        if key in self.points:
            self.points[key].touched = True

    def _cell(self, side: str, name: str, cell: CompiledCell) -> None:
        """The points of a cell, as far as its side is read and written at all."""
        spec, given = self.mapping.spec, self.mapping.spec.fields[name]
        read = cell.source is not None and leaves(spec, given, side)
        write = cell.target is not None and arrives(spec, given, side)
        if read:
            self._point((side, name, "read"), "row", cell.position, f"{name}: read from {side}")
        if write:
            self._point((side, name, "written"), "row", cell.position, f"{name}: written to {side}")
        row = self.mapping.rows[name]
        place = self.words.place_of(row, ("fields", name))
        for canonical, number, value in self._entries(name, side):
            steps: Steps = (*place, canonical, side)
            where = self.document.value_at(steps)
            if read:
                text = f"{name}: {value} of {side} is read as {canonical}"
                key = (place, side, canonical, number)
                self._point(key, "table", self.document.value_at((*steps, number)) if number else where, text)
            if write and not number:
                text = f"{name}: {canonical} is written to {side} as {value}"
                self._point((place, side, canonical, "written"), "table", where, text)

    def _entries(self, name: str, side: str) -> Iterator[tuple[str, int, Any]]:
        """The values of a side in a row's table: canonical value, number among several, native value."""
        table = self.words.values_of(self.mapping.rows[name])
        for canonical, row in table.items() if isinstance(table, dict) else ():
            given = row.get(side) if isinstance(row, dict) and side != PREFERRED else None
            for number, value in enumerate(given if isinstance(given, list) else [given]):
                if value is not None:
                    yield canonical, number, value

    # One case

    def case(self, result: CaseResult) -> None:
        source, mapping = result.source, self.mapping
        native = result.given[source]
        where = self.where[source]
        if where is not None and not tried(partial(where, native)):
            return
        for name, cell in mapping.sides[source].cells.items():
            self._read(source, name, cell, native)
        try:
            canonical, problems = mapping.sides[source].read(native)
        except RuleError:
            return
        if problems or not all(tried(partial(only, canonical)) for only in self.filters):
            return
        for side in result.targets:
            if side in result.wanted or ERROR in result.wanted:
                self._target(side, canonical)

    def _target(self, side: str, canonical: Record) -> None:
        accepts = self.accepts[side]
        if accepts is not None and not tried(partial(accepts, canonical)):
            return
        for name, cell in self.mapping.sides[side].cells.items():
            if cell.target is not None:
                self._write(side, name, cell, canonical)

    def _read(self, side: str, name: str, cell: CompiledCell, native: Record) -> None:
        if cell.source is None:
            return
        way = self.ways[side, name]
        if way.source is not None:
            tried(partial(way.source, native))
        try:
            raw = canonical = raw_value(cell, native)
            there = raw is not ABSENT and raw is not None
            for step in way.read:
                raw = step(raw)
            for _, found in read_steps(cell, canonical):
                canonical = found
        except RuleError:
            self._touch(name, "otherwise")
            return
        if _fewer(raw, canonical):
            self._touch(name, "otherwise")
        if there:
            self._touch(side, name, "read")
            self._entries_read(side, name, cell, raw, canonical)

    def _entries_read(self, side: str, name: str, cell: CompiledCell, raw: Any, canonical: Any) -> None:
        """Note the entries of a table by which a value, or each value of a set, was read."""
        place = self.words.place_of(self.mapping.rows[name], ("fields", name))
        meant = {str(value) for value in (canonical if isinstance(canonical, list) else [canonical])}
        given = {fold(str(value)) for value in (raw if isinstance(raw, list | tuple) else [raw])}
        table = cell.native.table if cell.native else None
        for entry, number, value in self._entries(name, side):
            ident = table.find(value) if table is not None else None
            spellings = {fold(str(value))}
            if ident is not None and table is not None:
                spellings |= {fold(ident), fold(table.labels[ident])}
            if entry in meant and (given & spellings or (isinstance(raw, str) and cell.several)):
                self._touch(place, side, entry, number)

    def _write(self, side: str, name: str, cell: CompiledCell, canonical: Record) -> None:
        way = self.ways[side, name]
        if not all(tried(partial(when, canonical)) for when in way.when):
            return
        value = canonical.get(name, ABSENT)
        try:
            if way.value is not None and cell.value is not None:
                way.value(canonical)
                found = cell.value.call(canonical)
            else:
                found = value
                for step in way.write:
                    value = step(value)
            written = write_value(cell, found, create=True)
        except RuleError:
            self._touch(name, "otherwise")
            return
        if _fewer(found, written):
            self._touch(name, "otherwise")
        if written is not ABSENT and written is not CLEAR:
            self._touch(side, name, "written")
            place = self.words.place_of(self.mapping.rows[name], ("fields", name))
            for entry in found if isinstance(found, list) else [found]:
                # Only texts stand in tables; the value of a composite is a dict.
                if isinstance(entry, str):
                    self._touch(place, side, entry, "written")


def _fewer(before: Any, after: Any) -> bool:
    """Whether items of a set were left out, because they did not fit."""
    return isinstance(before, list) and isinstance(after, list) and len(after) < len(before)


class _Cell:
    """The traced expressions and chains of one cell."""

    def __init__(self, spec: MappingSpec, side: str, name: str, tracer: Tracer) -> None:
        row, cell = spec.fields[name], spec.fields[name].cells[side]
        steps: Steps = ("fields", name, "cells", side)
        self.source = _whole(cell.read, (*steps, "read"), tracer)
        self.value = _whole(cell.write, (*steps, "write"), tracer)
        self.read = [] if self.source else tracer.chain(cell.read, (*steps, "read"))
        chain = tuple(text for text in cell.write if text != FIT)
        self.write = [] if self.value else tracer.chain(chain, (*steps, "write"))
        places = ((row.when, ("fields", name, "when")), (cell.when, (*steps, "when")))
        self.when = [tracer.condition(text, place) for text, place in places if text]


def _whole(texts: tuple[str, ...], steps: Steps, tracer: Tracer) -> Traced | None:
    return tracer.expression(texts[0], (*steps, 0)) if texts and is_expression(texts[0]) else None
