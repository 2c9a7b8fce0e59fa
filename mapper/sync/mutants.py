"""Mappings with one rule changed each: what a test that looks at the rule has to notice.

Policies stay as they are: they bear on records that are there already, and a case is always a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mapper.compile import CompiledMapping
from mapper.compile.choices import PREFERRED
from mapper.errors import Position
from mapper.expr.expressions import is_expression
from mapper.expr.types import TYPES
from mapper.spec.connector import Field
from mapper.spec.document import Document, Steps
from mapper.spec.mapping import Cell, Row
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.shared import Function
from mapper.sync.tokenchange import changes, negated

_LANGUAGES = {"fr": "sv", "sv": "en", "en": "fr"}


@dataclass(frozen=True)
class Mutant:
    """A changed mapping; of several `tries` the first that compiles counts."""

    position: Position
    rule: str
    change: str
    tries: tuple[MappingSpec, ...]


def mutants(spec: MappingSpec, document: Document, mapping: CompiledMapping | None) -> Iterator[Mutant]:
    """Every change of a mapping's rules, in the order of the rules."""
    maker = _Maker(spec, document, mapping)
    yield from maker.sides()
    yield from maker.filters()
    yield from maker.constants()
    for name, function in spec.functions.items():
        yield from maker.function(name, function)
    used = set()
    for name, row in spec.fields.items():
        yield from maker.row(name, row)
        if isinstance(row.values, str) and row.values not in used:
            used.add(row.values)
            yield from maker.named_table(row.values)
        for side, cell in row.cells.items():
            yield from maker.cell(name, row, side, cell)


class _Maker:
    def __init__(self, spec: MappingSpec, document: Document, mapping: CompiledMapping | None) -> None:
        self.spec = spec
        self.document = document
        self.mapping = mapping

    def _mutant(self, steps: Steps, rule: str, change: str, *tries: MappingSpec) -> Mutant:
        return Mutant(self.document.value_at(steps), rule, change, tries)

    # What stands around the rows

    def sides(self) -> Iterator[Mutant]:
        for name, side in self.spec.sides.items():
            for key in ("where", "accepts"):
                text = getattr(side, key)

                def put(new: Any, name: str = name, side: Any = side, key: str = key) -> MappingSpec:
                    return replace(self.spec, sides={**self.spec.sides, name: replace(side, **{key: new})})

                yield from self._condition(text, ("sides", name, key), f"{name} {key}", put)

    def filters(self) -> Iterator[Mutant]:
        for number, one in enumerate(self.spec.filter):

            def put(new: Any, number: int = number, one: Any = one) -> MappingSpec:
                kept = [] if new is None else [replace(one, only=new)]
                return replace(self.spec, filter=(*self.spec.filter[:number], *kept, *self.spec.filter[number + 1 :]))

            yield from self._condition(one.only, ("filter", number, "only"), "filter", put)

    def constants(self) -> Iterator[Mutant]:
        for name, value in self.spec.constants.items():
            new = _other(value)
            if new is not None:
                changed = replace(self.spec, constants={**self.spec.constants, name: new})
                yield self._mutant(("constants", name), f"constant {name}", f"{value!r} becomes {new!r}", changed)

    def function(self, name: str, function: Function) -> Iterator[Mutant]:
        def put(new: tuple[str, ...]) -> MappingSpec:
            changed = replace(function, value=new)
            return replace(self.spec, functions={**self.spec.functions, name: changed})

        yield from self._chain(function.value, ("functions", name, "value"), f"function {name}", put)

    def named_table(self, name: str) -> Iterator[Mutant]:
        def put(table: dict[str, Any]) -> MappingSpec:
            return replace(self.spec, tables={**self.spec.tables, name: table})

        if name in self.spec.tables:
            yield from self._table(self.spec.tables[name], ("tables", name), f"table {name}", put)

    # Rows and cells

    def _with_row(self, name: str, **changed: Any) -> MappingSpec:
        row = replace(self.spec.fields[name], **changed)
        return replace(self.spec, fields={**self.spec.fields, name: row})

    def _with_cell(self, name: str, side: str, **changed: Any) -> MappingSpec:
        cells = self.spec.fields[name].cells
        return self._with_row(name, cells={**cells, side: replace(cells[side], **changed)})

    def row(self, name: str, row: Row) -> Iterator[Mutant]:
        here: Steps = ("fields", name)
        if row.default is not None:
            yield self._mutant((*here, "default"), name, "default is removed", self._with_row(name, default=None))
        if row.required:
            yield self._mutant((*here, "required"), name, "required is removed", self._with_row(name, required=False))
        if row.otherwise not in (None, self.spec.otherwise):
            changed = self._with_row(name, otherwise=None)
            yield self._mutant((*here, "otherwise"), name, "otherwise is removed", changed)
        yield from self._condition(row.when, (*here, "when"), name, lambda new: self._with_row(name, when=new))
        if isinstance(row.values, dict):
            yield from self._table(
                row.values, (*here, "values"), name, lambda table: self._with_row(name, values=table)
            )

    def cell(self, name: str, row: Row, side: str, cell: Cell) -> Iterator[Mutant]:
        here: Steps = ("fields", name, "cells", side)
        rule = f"{name} of {side}"
        yield from self._path(name, side, here)
        for key, texts in (("read", cell.read), ("write", cell.write)):

            def put(new: tuple[str, ...], key: str = key) -> MappingSpec:
                return self._with_cell(name, side, **{key: new})

            yield from self._chain(texts, (*here, key), f"{rule}, {key}", put)
        if cell.form:
            others = [form for form in TYPES[row.type].forms if form and form not in cell.form]
            forms = ((other, *cell.form[1:]) for other in others)
            tries = tuple(self._with_cell(name, side, form=form) for form in forms)
            change = f"form {cell.form[0]} becomes {others[0] if others else 'the default'}"
            yield self._mutant((*here, "form"), rule, change, *(tries[:1] or [self._with_cell(name, side, form=())]))
        if cell.language:
            new = _LANGUAGES.get(cell.language, "en")
            change = f"language {cell.language} becomes {new}"
            yield self._mutant((*here, "language"), rule, change, self._with_cell(name, side, language=new))
        if cell.default is not None:
            yield self._mutant(
                (*here, "default"), rule, "default is removed", self._with_cell(name, side, default=None)
            )
        yield from self._condition(cell.when, (*here, "when"), rule, lambda new: self._with_cell(name, side, when=new))

    def _path(self, name: str, side: str, here: Steps) -> Iterator[Mutant]:
        """The path leads to another field of the same type that no row uses."""
        compiled = self.mapping.sides[side] if self.mapping else None
        cell = compiled.cells.get(name) if compiled else None
        native = cell.native if cell else None
        path = self.spec.fields[name].cells[side].path
        if compiled is None or native is None or path is None:
            return
        used = {one.native.path for one in compiled.cells.values() if one.native}
        fields = compiled.context.resource.fields
        alike = [other for other, field in fields.items() if other not in used and _alike(native.field, field)]
        if alike:
            tries = tuple(self._with_cell(name, side, path=other) for other in alike[:3])
            yield self._mutant((*here, "path"), f"{name} of {side}", f"path {path} becomes {alike[0]}", *tries)

    # Parts of rules

    def _condition(
        self, text: str | None, steps: Steps, rule: str, put: Callable[[Any], MappingSpec]
    ) -> Iterator[Mutant]:
        if text is None:
            return
        key = str(steps[-1]) if steps[-1] != "only" else "the condition"
        yield self._mutant(steps, rule, f"{key} is removed", put(None))
        yield self._mutant(steps, rule, f"{key} is negated", put(negated(text)[0]))
        for new, offset, change in changes(text):
            yield self._inside(steps, text, offset, rule, change, put(new))

    def _chain(
        self, texts: tuple[str, ...], steps: Steps, rule: str, put: Callable[[tuple[str, ...]], MappingSpec]
    ) -> Iterator[Mutant]:
        for number, text in enumerate(texts):
            place = (*steps, number)
            if not is_expression(text):
                kept = (*texts[:number], *texts[number + 1 :])
                # A function has to do something; `default(null)` lets every value pass.
                yield self._mutant(place, rule, f"{text} is left out", put(kept or self._nothing(steps)))
            for new, offset, change in changes(text) if is_expression(text) or "(" in text else ():
                whole = (*texts[:number], new, *texts[number + 1 :])
                yield self._inside(place, text, offset, rule, change, put(whole))

    def _nothing(self, steps: Steps) -> tuple[str, ...]:
        return ("{{ value }}",) if steps[0] == "functions" else ()

    def _inside(self, steps: Steps, text: str, offset: int, rule: str, change: str, spec: MappingSpec) -> Mutant:
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        return Mutant(self.document.within(steps, line, column), rule, change, (spec,))

    def _table(
        self, table: Mapping[str, Any], steps: Steps, rule: str, put: Callable[[dict[str, Any]], MappingSpec]
    ) -> Iterator[Mutant]:
        """Two neighbours of a table swapped, on each side."""
        for side in self.spec.sides:
            named = [key for key, row in table.items() if isinstance(row, dict) and row.get(side) is not None]
            for one, two in zip(named, named[1:], strict=False):
                changed = dict(table)
                changed[one] = {**table[one], side: table[two][side]}
                changed[two] = {**table[two], side: table[one][side]}
                change = f"{one} and {two} are swapped for {side}"
                yield self._mutant((*steps, one, side), rule, change, put(changed))
        for key, row in table.items():
            if isinstance(row, dict) and row.get(PREFERRED):
                changed = {**table, key: {side: value for side, value in row.items() if side != PREFERRED}}
                yield self._mutant((*steps, key, PREFERRED), rule, f"{key} is no longer preferred", put(changed))


def _alike(one: Field, other: Field) -> bool:
    """Whether two fields of a vendor can hold the same."""
    return (
        (one.type, one.list, one.ref, one.readonly, one.form)
        == (other.type, other.list, other.ref, other.readonly, other.form)
        and not other.write_once
        and not (one.length and other.length and other.length < one.length)
    )


def _other(value: Any) -> Any:
    """Another value of the same kind, or None where there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "~"
    return value + 1 if value is not None and not isinstance(value, dict | list) else None
