"""One cell of a mapping, checked against its side: the steps that read it, and those that write it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from mapper.compile import chains, choices
from mapper.compile.composites import Part, Parts, composite_steps
from mapper.compile.sides import Native, SideContext, UnknownPath, resolve, wire_form
from mapper.compile.vocabulary import Vocabulary
from mapper.compile.wayback import way_back
from mapper.errors import Position, Problem, RuleError
from mapper.expr.expressions import Expression, ExpressionError, is_expression, parse_expression
from mapper.expr.forms import Form
from mapper.expr.paths import Path
from mapper.expr.steps import Step
from mapper.expr.types import TYPES
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.mapping import Cell, Mapping, Row

FIT = "fit"


class Reference(NamedTuple):
    """What a cell of type ref refers to: the records of an entity, by their keys on a side."""

    entity: str
    side: str


@dataclass(frozen=True)
class CompiledCell:
    """How one field is read from and written to one side; either may be impossible (None).

    `fallback` is the row's default in its canonical form, `default` what a create is given, `demanded` whether the row
    and `required` whether the vendor's field needs a value; `gives` is the class of the canonical value where it is
    known, `several` whether it is a set, `native_set` whether the vendor's field is one.
    """

    name: str
    position: Position
    native: Native | None
    source: Path | Parts | Expression | None
    read: tuple[Step, ...]
    target: Path | Parts | None
    value: Expression | None
    write: tuple[Step, ...]
    reads: frozenset[str]
    when: tuple[Expression, ...]
    policy: str
    otherwise: str
    default: Any
    fallback: Any
    demanded: bool
    required: bool
    once: bool
    reference: Reference | None = None
    gives: type | None = None
    several: bool = False
    native_set: bool = False

    @cached_property
    def needs(self) -> frozenset[str]:
        """The canonical fields that must be there when the cell is written: what it reads, and what it depends on."""
        return self.reads | {path[0] for condition in self.when for path in condition.reads}

    @property
    def expected(self) -> bool:
        """Whether values are as the vendor's field says; a record with another one may well take a longer way."""
        last = self.read[-1]
        return last.exact is not None or self.native is None or self.native.field.type == last.kind[0]


@dataclass
class CellMaker:
    """Compiles the cells of one mapping; problems are noted in the document."""

    mapping: Mapping
    document: Document
    words: Vocabulary
    names: Collection[str] = field(default_factory=tuple)

    def make(self, name: str, row: Row, side: SideContext, cell: Cell) -> CompiledCell | None:
        """The compiled cell, or None where it has problems."""
        steps: Steps = ("fields", name, "cells", side.name)
        before = len(self.document.problems)
        composite = self._composite(row, side, cell, steps) if cell.parts else None
        native = None if composite else self._native(side, cell, steps)
        source = composite or self._source(row, side, cell, native, steps)
        value = self._expression(cell.write, self.names, (*steps, "write"))
        when = self._conditions(row, cell, steps)
        if len(self.document.problems) > before:
            return None
        form = self._form(side, native, cell)
        pair = self._pair(row, side, native, cell, form, steps)
        if composite and pair:
            pair = composite_steps(composite, *pair)
        chain_in = () if isinstance(source, Expression) else self._chain(cell.read, (*steps, "read"))
        said = () if value else tuple(text for text in cell.write if text != FIT)
        chain_out = self._chain(said, (*steps, "write"))
        undone = self._undone(cell.read) if chain_in and not (said or value) else ()
        fallback = self._fallback(row, side, name)
        tail = self._tail(native, cell, form, steps)
        if len(self.document.problems) > before or pair is None:
            return None
        read, write = pair
        spec = native.field if native else None
        # An expression gives the native value itself; a path's value still has to take the side's form.
        way_out = (tail or (chains.guard_step(native, form),)) if value else (*chain_out, write, *undone, *tail)
        return CompiledCell(
            name=name,
            position=self.document.value_at(steps),
            native=native,
            source=source,
            read=(*chain_in, read),
            target=composite or (native.write if native else None),
            value=value,
            write=way_out,
            reads=frozenset(path[0] for path in value.reads) if value else frozenset((name,)),
            when=when,
            policy=cell.policy or row.policy or self.mapping.policy,
            otherwise=row.otherwise or self.mapping.otherwise,
            default=cell.default,
            fallback=fallback,
            demanded=row.required,
            # Where the connector gives an empty text to a create, the vendor takes one for a value.
            required=bool(native and native.field.required and side.resource.write_defaults.get(native.path) != ""),
            once=bool(spec and spec.write_once),
            reference=Reference(row.entity or "", cell.keys or side.name) if row.type == "ref" else None,
            gives=read.gives,
            several=row.type == "set",
            native_set=row.type == "set" or bool(spec and spec.type == "set"),
        )

    def _native(self, side: SideContext, cell: Cell, steps: Steps) -> Native | None:
        if cell.path is None:
            if not (cell.read or cell.write or cell.parts):
                self.document.problem(
                    steps, "the cell has no path", "write the field's name, or {path: …}", code="no-path"
                )
            return None
        try:
            return resolve(side, cell.path)
        except UnknownPath as error:
            self.document.problem((*steps, "path"), str(error), error.hint, value=True, code="field")
            return None

    def _source(
        self, row: Row, side: SideContext, cell: Cell, native: Native | None, steps: Steps
    ) -> Path | Expression | None:
        found = self._expression(cell.read, side.roots, (*steps, "read"))
        if found or native is None:
            return found
        return native.read.every() if row.type == "set" else native.read

    def _composite(self, row: Row, side: SideContext, cell: Cell, steps: Steps) -> Parts | None:
        known = TYPES[row.type].parts
        if not known:
            self.document.problem((*steps, "parts"), f"a {row.type} has no parts", code="type")
            return None
        found = {}
        for part, inner in cell.parts.items():
            place = (*steps, "parts", part)
            if part not in known:
                self.document.problem(place, f"{row.type} has no part '{part}'", nearest(part, known), code="name")
                continue
            dotted = ".".join(path for path in (cell.path, inner.path) if path)
            native = self._native(side, Cell(path=dotted or None, form=inner.form, pos=inner.pos), place)
            pair = self._pair(Row(type=known[part]), side, native, inner, self._form(side, native, inner), place)
            if native and pair:
                guard = chains.guard_step(native, self._form(side, native, inner))
                found[part] = Part(native, pair[0], chains.after(pair[1], guard))
        return Parts(found)

    def _form(self, side: SideContext, native: Native | None, cell: Cell) -> str:
        first = cell.form[0] if cell.form else None
        return wire_form(side, native, first) if native else first or ""

    def _conditions(self, row: Row, cell: Cell, steps: Steps) -> tuple[Expression, ...]:
        places: tuple[tuple[str | None, Steps], ...] = ((row.when, steps[:2]), (cell.when, steps))
        found = [self.condition(text, self.names, (*place, "when")) for text, place in places]
        return tuple(condition for condition in found if condition)

    def _expression(self, texts: tuple[str, ...], names: Collection[str], steps: Steps) -> Expression | None:
        if not texts or not is_expression(texts[0]):
            return None
        if len(texts) > 1:
            self.document.problem(steps, "an expression stands alone, not in a chain of transforms", code="expression")
            return None
        return self.expression(texts[0], names, (*steps, 0))

    def condition(self, text: str | None, names: Collection[str], steps: Steps) -> Expression | None:
        """A compiled condition, with or without its braces; None where there is none or it has a problem."""
        if text is None:
            return None
        before = "" if is_expression(text) else "{{ "
        return self.expression(f"{before}{text} }}}}" if before else text, names, steps, len(before))

    def expression(self, text: str, names: Collection[str], steps: Steps, added: int = 0) -> Expression | None:
        """A compiled expression, or None where it has a problem, which is noted at its exact place.

        `added` characters at the beginning of the text do not stand in the file.
        """
        try:
            return parse_expression(text, scope=self.words.scope(names))
        except ExpressionError as error:
            column = max(1, error.column - (added if error.line == 1 else 0))
            place = self.document.within(steps, error.line, column)
            self.document.problems.append(Problem(place, error.message, error.hint, code="expression"))
            return None

    def _chain(self, texts: tuple[str, ...], steps: Steps) -> tuple[Step, ...]:
        return tuple(c for i, text in enumerate(texts) if (c := self._transform(text, (*steps, i))) is not None)

    def _undone(self, texts: tuple[str, ...]) -> tuple[Step, ...]:
        """The steps that lead back through a chain of reading, from what the type has written."""
        back = way_back(texts, self.words)
        return tuple(chains.after_type(step) for step in self._chain(back or (), ()))

    def _transform(self, text: str, steps: Steps) -> Step | None:
        known = self.words.transforms
        if text in known:
            return chains.transform_step(known[text], known)
        if "(" not in text:
            self.document.problem(
                steps, f"there is no transform '{text}'", nearest(text, known), value=True, code="name"
            )
            return None
        found = self.expression("{{ value | " + text + " }}", ("value",), steps, len("{{ value | "))
        return chains.argued_step(text, found, "value") if found else None

    def _tail(self, native: Native | None, cell: Cell, form: str, steps: Steps) -> tuple[Step, ...]:
        """The last steps of a write."""
        if native is None:
            return ()
        guard = (chains.guard_step(native, form),) if chains.is_guarded(native, form) else ()
        if FIT not in cell.write:
            return guard
        if not native.field.length:
            hint = "use truncate(…) with the length that you know"
            self.document.problem(
                (*steps, "write"), f"the length of '{native.path}' is not known", hint, value=True, code="field"
            )
            return ()
        return (chains.fit_step(native.field), *guard)

    def _fallback(self, row: Row, side: SideContext, name: str) -> Any:
        """The row's default as a canonical value."""
        if row.default is None or row.type in ("choice", "set", "ref"):
            return row.default
        try:
            return TYPES[row.type].reader(self._options(side, None, None)(""))(row.default)
        except RuleError as error:
            self.document.problem(("fields", name, "default"), error.message, value=True, code="default")
            return None

    def _options(self, side: SideContext, cell: Cell | None, native: Native | None) -> Callable[[str], Form]:
        locale = side.locale
        language = cell.language if cell and cell.language else locale.language
        currency = cell.currency if cell and cell.currency else locale.currency
        return lambda form: Form(
            form=form,
            zone=side.connector.wire.timezone,
            language=language,
            country=locale.country,
            currency=currency,
        )

    def _pair(
        self, row: Row, side: SideContext, native: Native | None, cell: Cell, form: str, steps: Steps
    ) -> tuple[Step, Step] | None:
        if row.type in ("choice", "set"):
            return self._choice(row, side, native, form, steps)
        if row.type == "ref":
            return choices.ref_pair(numeric=_numeric_keys(side, native), stamped=f"{cell.keys}:" if cell.keys else "")
        kind = TYPES[row.type]
        # A wire form of another type (a choice's, a number's) means nothing to this one.
        forms = ("object",) if cell.parts else cell.form or ((form,) if form in kind.forms else ())
        try:
            return chains.type_steps(kind, forms, self._options(side, cell, native))
        except ValueError as error:
            at = "language" if str(error).startswith("names are known") and cell.language else "form"
            self.document.problem((*steps, at), str(error), value=True, code="form")
            return None

    def _choice(self, row: Row, side: SideContext, native: Native | None, form: str, steps: Steps) -> tuple[Step, Step]:
        spec = native.field if native else None
        table = native.table if native else None
        values = self.words.values_of(row)
        if spec is None:
            pair = choices.label_pair(chains.NO_FIELD, None)
        elif isinstance(values, dict):
            for canonical, value in choices.missing_values(values, side.name, table):
                hint = nearest(str(value), table.labels.values()) if table else ""
                place = (*self.words.place_of(row, ("fields", steps[1])), canonical, side.name)
                self.document.problem(
                    place, f"'{value}' is not in the list of {side.name}", hint, value=True, code="list-value"
                )
            pair = choices.table_pair(values, side.name, spec, table)
        elif values == "by label":
            pair = choices.label_pair(spec, table)
        else:
            pair = choices.code_pair()
        if row.type == "set":
            return choices.set_pair(pair, form=form, skip=(row.otherwise or self.mapping.otherwise) == "skip")
        return pair


def _numeric_keys(side: SideContext, native: Native | None) -> bool:
    if native is not None and native.field.type == "list":
        # The ids of a list are the keys of records that stand behind it: on the wire numbers, where they are digits.
        return True
    if native is None or native.field.ref is None:
        return False
    resource = side.connector.resources.get(native.field.ref)
    return bool(resource and resource.key in resource.fields and resource.fields[resource.key].type == "number")
