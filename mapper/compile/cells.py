"""One cell of a mapping, checked against its side: the chain of functions that reads it, and the one that writes it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from mapper.compile import choices
from mapper.compile.sides import Native, SideContext, UnknownPath, resolve, wire_form
from mapper.errors import Position, Problem, RuleError
from mapper.expr.catalogue import TRANSFORMS
from mapper.expr.expressions import Expression, ExpressionError, is_expression, parse_expression
from mapper.expr.forms import Form
from mapper.expr.paths import Path
from mapper.expr.types import TYPES
from mapper.records import ABSENT, CLEAR
from mapper.spec.connector import Field
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.mapping import Cell, Mapping, Row

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class CompiledCell:
    """How one field is read from and written to one side; either may be impossible (None)."""

    name: str
    position: Position
    native: Native | None
    source: Path | Expression | None
    read: tuple[Convert, ...]
    target: Path | None
    value: Expression | None
    write: tuple[Convert, ...]
    reads: frozenset[str]
    when: tuple[Convert, ...]
    policy: str
    default: Any
    required: bool
    once: bool
    entity: str = ""


@dataclass
class CellMaker:
    """Compiles the cells of one mapping; problems are noted in the document."""

    mapping: Mapping
    document: Document
    names: Collection[str] = field(default_factory=tuple)

    def make(self, name: str, row: Row, side: SideContext, cell: Cell) -> CompiledCell | None:
        """The compiled cell, or None where it has problems."""
        steps: Steps = ("fields", name, "cells", side.name)
        before = len(self.document.problems)
        native = self._native(side, cell, steps)
        source = self._source(side, cell, native, steps)
        value = self._expression(cell.write, self.names, (*steps, "write"))
        if len(self.document.problems) > before:
            return None
        form = wire_form(side, native, cell.form) if native else cell.form or ""
        pair = self._pair(row, side, native, cell, form, steps)
        if pair is None:
            return None
        read, write = pair
        chain_in = () if isinstance(source, Expression) else self._chain(cell.read, (*steps, "read"))
        chain_out = () if value else self._chain(cell.write, (*steps, "write"))
        places: tuple[tuple[str | None, Steps], ...] = ((row.when, ("fields", name)), (cell.when, steps))
        when = [self.condition(text, self.names, (*place, "when")) for text, place in places]
        if len(self.document.problems) > before:
            return None
        guard = (_native_guard(native, form),) if native else ()
        # An expression gives the native value itself; a path's value still has to take the side's form.
        tail = guard if value else (*chain_out, write, *guard)
        spec = native.field if native else None
        return CompiledCell(
            name=name,
            position=self.document.value_at(steps),
            native=native,
            source=source,
            read=(*chain_in, read),
            target=native.write if native else None,
            value=value,
            write=tail,
            reads=frozenset(path[0] for path in value.reads) if value else frozenset((name,)),
            when=tuple(c for c in when if c),
            policy=cell.policy or row.policy or self.mapping.policy,
            default=cell.default,
            required=bool(spec and spec.required),
            once=bool(spec and spec.write_once),
            entity=row.entity or "",
        )

    def _native(self, side: SideContext, cell: Cell, steps: Steps) -> Native | None:
        if cell.path is None:
            if not cell.read and not cell.write:
                self.document.problem(steps, "the cell has no path", "write the field's name, or {path: …}")
            return None
        try:
            native = resolve(side, cell.path)
        except UnknownPath as error:
            self.document.problem((*steps, "path"), str(error), error.hint, value=True)
            return None
        return native

    def _source(self, side: SideContext, cell: Cell, native: Native | None, steps: Steps) -> Path | Expression | None:
        return self._expression(cell.read, side.roots, (*steps, "read")) or (native.read if native else None)

    def _expression(self, texts: tuple[str, ...], names: Collection[str], steps: Steps) -> Expression | None:
        if not texts or not is_expression(texts[0]):
            return None
        if len(texts) > 1:
            self.document.problem(steps, "an expression stands alone, not in a chain of transforms")
            return None
        return self.expression(texts[0], names, (*steps, 0))

    def condition(self, text: str | None, names: Collection[str], steps: Steps) -> Convert | None:
        """A compiled condition, with or without its braces; None where there is none or it has a problem."""
        if text is None:
            return None
        before = "" if is_expression(text) else "{{ "
        found = self.expression(f"{before}{text} }}}}" if before else text, names, steps, len(before))
        return found.call if found else None

    def expression(self, text: str, names: Collection[str], steps: Steps, added: int = 0) -> Expression | None:
        """A compiled expression, or None where it has a problem, which is noted at its exact place.

        `added` characters at the beginning of the text do not stand in the file.
        """
        try:
            return parse_expression(text, names=names)
        except ExpressionError as error:
            column = max(1, error.column - (added if error.line == 1 else 0))
            place = self.document.within(steps, error.line, column)
            self.document.problems.append(Problem(place, error.message, error.hint))
            return None

    def _chain(self, texts: tuple[str, ...], steps: Steps) -> tuple[Convert, ...]:
        return tuple(c for i, text in enumerate(texts) if (c := self._transform(text, (*steps, i))) is not None)

    def _transform(self, text: str, steps: Steps) -> Convert | None:
        if text in TRANSFORMS:
            return TRANSFORMS[text].call
        if "(" not in text:
            self.document.problem(steps, f"there is no transform '{text}'", nearest(text, TRANSFORMS), value=True)
            return None
        found = self.expression("{{ v | " + text + " }}", ("v",), steps, len("{{ v | "))
        if found is None:
            return None
        call = found.call
        return lambda value: call({"v": value})

    def _pair(
        self, row: Row, side: SideContext, native: Native | None, cell: Cell, form: str, steps: Steps
    ) -> tuple[Convert, Convert] | None:
        if row.type in ("choice", "set"):
            return self._choice(row, side, native, form, steps)
        if row.type == "ref":
            return choices.ref_pair(numeric=_numeric_keys(side, native))
        kind = TYPES[row.type]
        zone = side.connector.wire.timezone
        language = cell.language or side.locale.language
        length = native.field.length if native else None
        # A wire form of another type (a choice's, a number's) means nothing to this one.
        known = form if form in kind.forms or cell.form else ""
        options = Form(form=known, zone=zone, language=language, country=side.locale.country, length=length)
        try:
            return kind.reader(options), kind.writer(options)
        except ValueError as error:
            self.document.problem((*steps, "form"), str(error), value=True)
            return None

    def _choice(
        self, row: Row, side: SideContext, native: Native | None, form: str, steps: Steps
    ) -> tuple[Convert, Convert]:
        spec = native.field if native else None
        table = native.table if native else None
        if spec is None:
            pair = choices.label_pair(_NO_FIELD, None)
        elif isinstance(row.values, dict):
            for value in choices.missing_values(row.values, side.name, table):
                hint = nearest(value, table.labels.values()) if table else ""
                self.document.problem(
                    ("fields", steps[1], "values"), f"'{value}' is not in the list of {side.name}", hint
                )
            pair = choices.table_pair(row.values, side.name, spec, table)
        elif row.values == "by label":
            pair = choices.label_pair(spec, table)
        else:
            pair = choices.code_pair(spec, table)
        if row.type == "set":
            return choices.set_pair(pair, form=form, skip=(row.otherwise or self.mapping.otherwise) == "skip")
        return pair


def _numeric_keys(side: SideContext, native: Native | None) -> bool:
    if native is None or native.field.ref is None:
        return False
    resource = side.connector.resources.get(native.field.ref)
    return bool(resource and resource.key in resource.fields and resource.fields[resource.key].type == "number")


def _native_guard(native: Native | None, form: str) -> Convert:
    """The last step of a write: the type and length that the vendor's field demands."""
    spec = native.field if native else _NO_FIELD
    numeric = spec.type == "number" and form != "text"
    length = spec.length

    def guard(value: Any) -> Any:
        if value is ABSENT or value is CLEAR:
            return value
        if value is None:
            return CLEAR
        if numeric and isinstance(value, str):
            if not value.lstrip("-").isdigit():
                raise RuleError(f"{value!r} is not a whole number, which the field holds")
            return int(value)
        if length is not None and isinstance(value, str) and len(value) > length:
            raise RuleError(f"the text has {len(value)} characters, the field holds {length}")
        if spec.type == "text" and not isinstance(value, str):
            return str(value) if not isinstance(value, list | dict) else value
        return value

    return guard


_NO_FIELD = Field(type="any")
