"""A slow, obvious interpreter of mappings: it walks the rows of a checked file, record by record and cell by cell.

It is written from docs/mapping.md, as a second opinion on the compiler, with which it shares the catalogue of
transforms, the types, what a path means on a side and which chains have a way back; those have tests of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from jinja2 import Environment, nodes

from mapper.compile.sides import Native, SideContext, resolve
from mapper.compile.vocabulary import Vocabulary
from mapper.compile.wayback import way_back
from mapper.errors import RuleError
from mapper.expr import TRANSFORMS
from mapper.expr.forms import Form
from mapper.expr.paths import Path, Pick
from mapper.expr.transform import show
from mapper.expr.types import TYPES
from mapper.records import ABSENT, CLEAR, Items, ListTable, Record, fold
from mapper.spec.document import Document
from mapper.spec.mapping import Cell, Row
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.shared import Function
from tests.language.interpreter_expressions import Words, evaluate

REQUIRED = "is required, and there is no value"
NEEDED = "has no value, and the field is required there"


class Stopped(Exception):
    """A value does not fit, and its row says `otherwise: error`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def interpret_read(spec: MappingSpec, side: SideContext, native: Record) -> tuple[Record, dict[str, str]]:
    """The canonical record, and by field what does not fit."""
    canonical: Record = {}
    problems: dict[str, str] = {}
    for field in fields_of(spec, side):
        try:
            value = field.read(native)
        except RuleError as error:
            value = field.refused(error.message, problems)
        if value is not ABSENT:
            canonical[field.name] = value
    return canonical, problems


def interpret_write(
    spec: MappingSpec, side: SideContext, canonical: Record, changed: frozenset[str] | None, create: bool
) -> tuple[Record, dict[str, str]]:
    """The native record to send, and by field what does not fit; `changed` None stands for all fields."""
    native: Record = {}
    problems: dict[str, str] = {}
    for field in fields_of(spec, side):
        try:
            if field.is_due(canonical, changed, create):
                value = field.written(canonical, create)
                if value is not ABSENT:
                    field.put(native, value)
        except RuleError as error:
            if field.otherwise == "error":
                raise Stopped(field.name, error.message) from None
            if field.otherwise != "skip":
                problems[field.name] = error.message
    return native, problems


def fields_of(spec: MappingSpec, side: SideContext) -> Iterator[Field]:
    for name, row in spec.fields.items():
        if side.name in row.cells:
            yield Field(spec, side, name, row, row.cells[side.name])


# Words that expressions and chains may use


def words_of(spec: MappingSpec) -> Words:
    functions: dict[str, Callable[..., Any]] = {}
    tables = {name: lookup(name, table) for name, table in spec.tables.items()}
    words = Words(spec.constants, functions, tables)
    for name, function in spec.functions.items():
        functions[name] = called(function, words)
    return words


def called(function: Function, words: Words) -> Callable[..., Any]:
    def call(value: Any, *args: Any) -> Any:
        given = dict(zip(function.args, args, strict=True))
        if is_expression(function.value):
            return evaluate(function.value[0], {"value": value, **given}, words)
        return through(function.value, value, words)

    return call


def lookup(name: str, table: Mapping[str, Mapping[str, Any]]) -> Callable[..., Any]:
    def look(value: Any, side: str | None = None) -> Any:
        if value is None or value is ABSENT:
            return value
        if value == "":
            return None
        for canonical, row in table.items():
            spelled = [canonical, *(one for key, v in row.items() if key != "preferred" for one in listed(v))]
            if fold(str(value)) in [fold(str(one)) for one in spelled]:
                if side is None:
                    return canonical
                if row.get(side) is None:
                    raise RuleError(f"{show(canonical)} has no value of {side} in the table {name}")
                return listed(row[side])[0]
        raise RuleError(f"{show(value)} is not in the table {name}")

    return look


def is_expression(texts: tuple[str, ...]) -> bool:
    return bool(texts) and "{{" in texts[0]


def through(chain: tuple[str, ...], value: Any, words: Words) -> Any:
    """A value taken through a chain of transforms."""
    for text in chain:
        if text in TRANSFORMS:
            value = TRANSFORMS[text].call(value)
        elif text in words.functions:
            value = words.functions[text](value)
        else:
            value = evaluate("{{ value | " + text + " }}", {"value": value}, words)
    return value


def names_in(text: str) -> set[str]:
    """Every name that an expression mentions."""
    return {node.name for node in Environment().parse(text).find_all(nodes.Name)}


# One row on one side


class Field:
    """One row of the mapping as one side holds it."""

    def __init__(self, spec: MappingSpec, side: SideContext, name: str, row: Row, cell: Cell) -> None:
        self.spec = spec
        self.side = side
        self.name = name
        self.row = row
        self.cell = cell
        self.words = words_of(spec)
        self.native: Native | None = resolve(side, cell.path) if cell.path and not cell.parts else None
        self.otherwise = row.otherwise or spec.otherwise
        self.policy = cell.policy or row.policy or spec.policy
        if cell.parts:
            self.converter: Converter = Composite(self)
        elif row.type == "set":
            self.converter = Set(self)
        elif row.type == "choice":
            self.converter = choice_of(self)
        elif row.type == "ref":
            self.converter = Reference(self)
        else:
            self.converter = Typed(self, row.type, cell, self.native)

    # From the side to the middle

    def read(self, record: Record) -> Any:
        if is_expression(self.cell.read):
            value = evaluate(self.cell.read[0], record, self.words)
        elif self.cell.parts:
            value = self.converter.read(self.found_parts(record))
            return self.settled(value)
        elif self.native is None:
            return ABSENT
        else:
            value = through(self.cell.read, self.found(self.native, record), self.words)
        return self.settled(self.converter.read(value))

    def settled(self, value: Any) -> Any:
        """The value, or what stands for one that is missing."""
        if value is not None and value is not ABSENT:
            return value
        if self.fallback is not None:
            return self.fallback
        if self.row.required:
            raise RuleError(REQUIRED)
        return value

    @property
    def fallback(self) -> Any:
        """The row's default as a canonical value."""
        default = self.row.default
        if default is None or self.row.type in ("choice", "set", "ref"):
            return default
        return TYPES[self.row.type].reader(form_of(self.side, Cell(), ""))(default)

    def refused(self, message: str, problems: dict[str, str]) -> Any:
        """What stands for a value that does not fit."""
        if self.otherwise == "error":
            raise Stopped(self.name, message)
        if self.otherwise == "quarantine":
            problems[self.name] = message
        if self.otherwise == "default":
            return self.fallback
        return None if self.otherwise == "null" else ABSENT

    def found(self, native: Native, record: Record) -> Any:
        path = native.read
        if path.plain:
            value = stands_at(record, path.parts)
            if value is ABSENT and native.grouped and isinstance(stands_at(record, path.parts[:-1]), dict):
                # A group without members is not on the wire.
                return None
            return value
        if path.pick is None:
            return path.get(record)
        items = stands_at(record, path.pick.place)
        if not isinstance(items, list):
            return None if items is None else ABSENT
        picked = [stands_at(item, path.pick.inner) for item in items if is_meant(item, path.pick)]
        if self.row.type == "set":
            return picked
        return picked[0] if picked else None

    def found_parts(self, record: Record) -> Any:
        composite = self.converter
        assert isinstance(composite, Composite)
        found = {name: self.found(part.native, record) for name, part in composite.parts.items()}
        return {name: value for name, value in found.items() if value is not ABSENT} or ABSENT

    # From the middle to the side

    def is_due(self, canonical: Record, changed: frozenset[str] | None, create: bool) -> bool:
        """Whether the field is to be written now."""
        if not self.is_writable():
            return False
        if not create and (self.policy == "on create" or (self.native and self.native.field.write_once)):
            return False
        if changed is not None and not self.depends_on() & changed:
            return False
        return all(
            evaluate(text if "{{" in text else "{{ " + text + " }}", canonical, self.words)
            for text in (self.row.when, self.cell.when)
            if text is not None
        )

    def is_writable(self) -> bool:
        if isinstance(self.converter, Composite):
            return True
        return self.native is not None and self.native.write is not None

    def depends_on(self) -> set[str]:
        if is_expression(self.cell.write):
            return names_in(self.cell.write[0]) & set(self.spec.fields) - set(self.spec.constants)
        return {self.name}

    def written(self, canonical: Record, create: bool) -> Any:
        """What is to be sent, ABSENT for nothing."""
        value = self.converted(canonical)
        if create and self.cell.default is not None and (value is ABSENT or value is CLEAR):
            value = self.cell.default
        if self.native is not None and self.native.field.required and (value is CLEAR or (create and value is ABSENT)):
            raise RuleError(NEEDED)
        if isinstance(value, dict) and self.cell.parts and (create or self.policy == "never clear"):
            value = {name: part for name, part in value.items() if part is not CLEAR} or ABSENT
        return ABSENT if self.says_nothing(value) and (create or self.policy == "never clear") else value

    def says_nothing(self, value: Any) -> bool:
        """Whether a native value empties the field: null, or a set of nothing."""
        is_set = self.row.type == "set" or (self.native is not None and self.native.field.type == "set")
        return value is CLEAR or (is_set and value in ([], ""))

    def converted(self, canonical: Record) -> Any:
        """The native value of a canonical one, as the vendor's field demands it."""
        if is_expression(self.cell.write):
            value = evaluate(self.cell.write[0], canonical, self.words)
        else:
            chain = tuple(text for text in self.cell.write if text != "fit")
            value = through(chain, canonical.get(self.name, ABSENT), self.words)
            value = self.converter.write(value)
            if not chain and value is not ABSENT and value is not CLEAR:
                value = through(self.way_back(), value, self.words)
        if self.native is None or value is ABSENT or value is CLEAR:
            return value
        if value is None:
            return CLEAR
        if "fit" in self.cell.write:
            value = fitted(value, self.native)
        return demanded(value, self.native, wire_form(self.side, self.cell, self.native))

    def way_back(self) -> tuple[str, ...]:
        """A chain of reading is undone when it is written, where it surely can be and the cell does not say how."""
        if not self.cell.read or is_expression(self.cell.read):
            return ()
        return way_back(self.cell.read, Vocabulary(self.spec, Document("generated"))) or ()

    def put(self, record: Record, value: Any) -> None:
        composite = self.converter
        if isinstance(composite, Composite):
            for name, part in composite.parts.items():
                if part.native.write is not None and (value is CLEAR or name in value):
                    put_at(record, part.native.write, CLEAR if value is CLEAR else value[name])
            return
        assert self.native is not None and self.native.write is not None
        put_at(record, self.native.write, value)


# Paths


def stands_at(record: Any, parts: tuple[str, ...]) -> Any:
    """Below an object that is null everything is null; below anything else that is no object nothing is there."""
    for part in parts:
        if record is None:
            return None
        if not isinstance(record, dict) or part not in record:
            return ABSENT
        record = record[part]
    return record


def is_meant(item: Any, pick: Pick) -> bool:
    return isinstance(item, dict) and all(spelled(item.get(key)) == spelled(value) for key, value in pick.where)


def spelled(value: Any) -> str:
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def put_at(record: Record, path: Path, value: Any) -> None:
    if path.pick is None:
        *above, last = path.parts
        for part in above:
            record = record.setdefault(part, {})
        record[last] = value
        return
    where = dict(path.pick.where)
    *above, last = path.pick.place
    for part in above:
        record = record.setdefault(part, {})
    items = record.setdefault(last, Items(where))
    put_at(items.item(where), Path("", path.pick.inner, True, record.get), value)


# What a vendor's field demands


def form_of(side: SideContext, cell: Cell, form: str) -> Form:
    return Form(
        form=form,
        zone=side.connector.wire.timezone,
        language=cell.language or side.locale.language,
        country=side.locale.country,
        currency=cell.currency or side.locale.currency,
    )


def wire_form(side: SideContext, cell: Cell, native: Native | None) -> str:
    """The form that the cell says, or its field, or the connector for fields of its type."""
    if cell.form or native is None:
        return cell.form[0] if cell.form else ""
    return native.field.form or side.connector.wire.forms.get(native.field.type) or ""


def size_of(text: str, native: Native) -> int:
    return len(text.encode()) if native.field.unit == "bytes" else len(text)


def fitted(value: Any, native: Native) -> Any:
    """A text cut to the length of its field."""
    limit = native.field.length
    if not isinstance(value, str) or limit is None or size_of(value, native) <= limit:
        return value
    while size_of(value, native) > limit:
        value = value[:-1]
    return value.rstrip()


def demanded(value: Any, native: Native, form: str) -> Any:
    """The value in the class and length that the vendor's field has."""
    field = native.field
    if field.type == "number" and form != "text" and isinstance(value, str):
        if not (value.isascii() and value.removeprefix("-").isdecimal()):
            raise RuleError(f"{value!r} is not a whole number, which the field holds")
        return int(value)
    if field.type == "text" and not isinstance(value, (str, list, dict)):
        value = str(value)
    if field.length is not None and isinstance(value, str) and size_of(value, native) > field.length:
        raise RuleError(f"the text has {size_of(value, native)} {field.unit}, the field holds {field.length}")
    return value


# Types


class Converter(Protocol):
    """Between a native value and a canonical one; both ways know ABSENT, null and CLEAR."""

    def read(self, value: Any) -> Any: ...

    def write(self, value: Any) -> Any: ...


class Typed(Converter):
    """A type of the catalogue, in one form or in several of which all are read and the first is written."""

    def __init__(
        self, field: Field, type_: str, cell: Cell, native: Native | None, forms: tuple[str, ...] = ()
    ) -> None:
        kind = TYPES[type_]
        wired = wire_form(field.side, cell, native)
        forms = forms or cell.form or ((wired,) if wired in kind.forms else ("",))
        self.readers = [kind.reader(form_of(field.side, cell, form)) for form in forms]
        self.write_one = kind.writer(form_of(field.side, cell, forms[0]))

    def read(self, value: Any) -> Any:
        refusals = []
        for read in self.readers:
            try:
                return read(value)
            except RuleError as error:
                refusals.append(error)
        raise refusals[0]

    def write(self, value: Any) -> Any:
        return self.write_one(value)


class Part:
    """One part of a composite, at a place of its own."""

    def __init__(self, field: Field, type_: str, cell: Cell) -> None:
        self.native = resolve(field.side, ".".join(path for path in (field.cell.path, cell.path) if path))
        self.converter = Typed(field, type_, cell, self.native)
        self.form = wire_form(field.side, cell, self.native)

    def write(self, value: Any) -> Any:
        value = self.converter.write(value)
        return value if value is ABSENT or value is CLEAR else demanded(value, self.native, self.form)


class Composite(Converter):
    """A value of several parts."""

    def __init__(self, field: Field) -> None:
        kinds = TYPES[field.row.type].parts
        self.parts = {name: Part(field, kinds[name], cell) for name, cell in field.cell.parts.items()}
        self.whole = Typed(field, field.row.type, field.cell, None, ("object",))

    def read(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return self.whole.read({name: of_part(name, self.parts[name].converter.read, v) for name, v in value.items()})

    def write(self, value: Any) -> Any:
        value = self.whole.write(value)
        if not isinstance(value, dict):
            return value
        lost = [name for name, part in value.items() if part is not None and name not in self.parts]
        if lost:
            raise RuleError(f"the side has no place for {', '.join(lost)}")
        return {name: of_part(name, part.write, value.get(name)) for name, part in self.parts.items()}


def of_part(name: str, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except RuleError as error:
        raise RuleError(f"{name}: {error.message}") from None


class Reference(Converter):
    """The key of another record: a text in the middle, a number on the wire where the vendor's keys are numbers."""

    def __init__(self, field: Field) -> None:
        self.numeric = False
        native = field.native
        if native is not None and native.field.ref is not None:
            resource = field.side.connector.resources[native.field.ref]
            self.numeric = resource.key in resource.fields and resource.fields[resource.key].type == "number"

    def read(self, value: Any) -> Any:
        if value is ABSENT or value is None:
            return value
        text = single(value)
        return None if text in ("", "0") else text

    def write(self, value: Any) -> Any:
        if value is ABSENT or value is None:
            return CLEAR if value is None else ABSENT
        digits = isinstance(value, (str, int)) and str(value).isascii() and str(value).isdecimal()
        return int(value) if self.numeric and digits else value


# Choices


def choice_of(field: Field) -> Converter:
    values = field.row.values
    if isinstance(values, str) and values in field.spec.tables:
        values = field.spec.tables[values]
    if field.native is None:
        return AsItIs()
    if isinstance(values, dict):
        return Tabled(values, field.side.name, field.native)
    if values == "by label" and field.native.table is not None:
        return Labelled(field.native, field.native.table)
    return AsItIs()


class AsItIs(Converter):
    """The vendor's own value stands in the middle."""

    def read(self, value: Any) -> Any:
        if value is ABSENT or value is None:
            return value
        return single(value) or None

    def write(self, value: Any) -> Any:
        return CLEAR if value is None else value


class Labelled(Converter):
    """The label of the vendor's list stands in the middle; an id or a code only on the wire of fields that hold it."""

    def __init__(self, native: Native, table: ListTable) -> None:
        self.table = table
        self.holds = native.field.holds

    def read(self, value: Any) -> Any:
        if value is ABSENT or is_blank(value):
            return ABSENT if value is ABSENT else None
        spelled = single(value)
        if self.holds == "label":
            known = self.table.ids.get(fold(spelled))
            return str(value) if known is None else self.table.labels[known]
        if self.holds == "code":
            known = self.table.codes.get(fold(spelled))
            if known is None:
                raise RuleError(f"{value!r} is not a code of the list {self.table.name}")
            return self.table.labels[known]
        if str(value) in self.table.labels:
            return self.table.labels[str(value)]
        if value in (0, "0"):
            return None
        raise RuleError(f"{value!r} is not an id of the list {self.table.name}")

    def write(self, value: Any) -> Any:
        if value is ABSENT or value is None:
            return CLEAR if value is None else ABSENT
        known = self.table.ids.get(fold(str(value)))
        if known is None:
            raise RuleError(f"{value!r} is not a value of the list {self.table.name}")
        refuse_inactive(self.table, known)
        held = on_wire(self.table, known, self.holds)
        if held is None:
            raise RuleError(f"{value!r} has no code in the list {self.table.name}")
        return held


def on_wire(table: ListTable, known: str, holds: str) -> Any:
    """What of a value of a list its fields hold; None for one without a code where they hold codes."""
    if holds == "code":
        return table.code_of.get(known)
    return table.wire[known] if holds == "id" else table.labels[known]


def single(value: Any) -> str:
    if isinstance(value, (dict, list, bool)):
        raise RuleError(f"{value!r} is not a single value")
    return str(value).strip()


class Tabled(Converter):
    """A table of the mapping says which canonical value stands for which native ones."""

    def __init__(self, values: Mapping[str, Any], side: str, native: Native) -> None:
        self.values = {name: listed(row.get(side)) for name, row in values.items()}
        # Of two canonical values for one native value the preferred one is read.
        self.order = sorted(values, key=lambda name: values[name].get("preferred") is not True)
        self.native = native
        self.table = native.table

    def wire(self, value: Any) -> Any:
        """A value of the table as it stands on the wire."""
        known = self.table.find(value) if self.table is not None else None
        if known is None or self.table is None:
            return value
        held = on_wire(self.table, known, self.native.field.holds)
        return value if held is None else held

    def read(self, value: Any) -> Any:
        if value is ABSENT or is_blank(value):
            return ABSENT if value is ABSENT else None
        for name in self.order:
            if fold(str(value)) in [fold(str(self.wire(one))) for one in self.values[name]]:
                return name
        if value in (0, "0") and not (self.table is not None and str(value) in self.table.labels):
            return None
        label = self.table.labels.get(str(value)) if self.table is not None else None
        raise RuleError(f"{value!r}{f' ({label})' if label else ''} is not in the row's table of values")

    def write(self, value: Any) -> Any:
        if value is ABSENT or value is None:
            return CLEAR if value is None else ABSENT
        if not isinstance(value, str) or not self.values.get(value):
            raise RuleError(f"{value!r} has no value on this side in the row's table")
        native = self.wire(self.values[value][0])
        if self.table is not None and (known := self.table.find(native)) is not None:
            refuse_inactive(self.table, known)
        return native


def refuse_inactive(table: ListTable, known: str) -> None:
    if known in table.inactive:
        raise RuleError(f"{table.labels[known]!r} of the list {table.name} is no longer in use")


class Set(Converter):
    """Several choices at once, each of them once: what differs in accents and case only is the same."""

    def __init__(self, field: Field) -> None:
        self.item = choice_of(field)
        self.skip = field.otherwise == "skip"
        self.csv = wire_form(field.side, field.cell, field.native) == "csv"

    def read(self, value: Any) -> Any:
        return ABSENT if value is ABSENT else self.each(items_of(value), self.item.read)

    def write(self, value: Any) -> Any:
        if value is ABSENT or isinstance(value, str):
            # A chain has made a text of the set.
            return value
        found = self.each(value or [], self.item.write)
        return ",".join(str(item) for item in found) if self.csv else found

    def each(self, items: Any, convert: Callable[[Any], Any]) -> list[Any]:
        found = []
        for item in items:
            try:
                converted = convert(item)
            except RuleError:
                if self.skip:
                    continue
                raise
            if converted is None or converted is CLEAR or converted is ABSENT:
                continue
            if fold(str(converted)) not in [fold(str(one)) for one in found]:
                found.append(converted)
        return found


def items_of(value: Any) -> list[Any]:
    """The items of a set, held as a list, as JSON, or as a text with commas."""
    if is_blank(value):
        return []
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        return [value]
    text = value.strip()
    if text[0] in '[{"':
        try:
            found = json.loads(text)
        except ValueError:
            raise RuleError(f"{text[:60]!r} is not a list of values") from None
        return list(found) if isinstance(found, (list, dict)) else items_of(found)
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def listed(value: Any) -> list[Any]:
    """One value or several as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
