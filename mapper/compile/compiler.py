"""A mapping to functions: `compile_mapping` checks every cell against its side and generates the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any

import orjson

from mapper.compile.cells import CellMaker, CompiledCell
from mapper.compile.generate import Read, Write, generate_read, generate_record, generate_write
from mapper.compile.sides import SideContext
from mapper.errors import RuleError
from mapper.expr.catalogue import add_installed
from mapper.expr.forms import Form
from mapper.expr.types import TYPES
from mapper.records import ABSENT, CLEAR, Record, fold
from mapper.spec.document import Document, nearest
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.mapping import Row

#: The fingerprint of a field that has no value.
EMPTY = ""

Base = dict[str, Any]
Condition = Callable[[Record], Any] | None


@dataclass(frozen=True)
class CompiledSide:
    """One side of a compiled mapping."""

    name: str
    context: SideContext
    cells: dict[str, CompiledCell]
    read: Read
    write: Write
    where: Callable[[Record], Any] | None
    accepts: Callable[[Record], Any] | None
    stamp: Callable[[Record], float | None]
    refs: dict[str, str]
    sources: frozenset[str]
    targets: frozenset[str]
    containers: frozenset[str]

    def as_read(self, native: Record) -> Record:
        """What was written, in the shape in which it will be read back."""
        shown: Record = _plain(native)
        for cell in self.cells.values():
            target, source = cell.target, cell.native.read if cell.native else None
            if target is not None and source is not None and source.plain and source.parts != target.parts:
                value = target.get(shown)
                if value is not ABSENT:
                    source.put(shown, value)
        return shown

    def settle(self, native: Record, canonical: Record, written: set[str], *, create: bool) -> Record:
        """The canonical values that this side will give back for what was written to it.

        What did not come to be written (a policy, a label that the side does not know) is empty in a new record, and
        of an old one nothing is said.
        """
        back, _ = self.read(self.as_read(native))
        settled: Record = {}
        for name in written:
            if not reads_back(self.cells[name]):
                settled[name] = canonical.get(name)
            elif name in back or create:
                settled[name] = back.get(name)
        return settled


def reads_back(cell: CompiledCell) -> bool:
    """Whether a field is read back from the very place that it is written to."""
    return cell.native is not None and cell.source is cell.native.read


@dataclass(frozen=True)
class CompiledMapping:
    """A mapping as functions."""

    spec: MappingSpec
    fingerprint: str
    rows: dict[str, Row]
    sides: dict[str, CompiledSide]
    key_of: dict[str, Callable[[Any], Any]]
    keys: Callable[[Record], Record]
    dump: Callable[[Record], Record]
    load: Callable[[Record], Record]
    rules: tuple[tuple[str, ...], ...]
    directions: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    @property
    def entity(self) -> str:
        return self.spec.entity

    def base(self, canonical: Record) -> Base:
        """A small fingerprint of each field; of sets the items themselves, so that they can be merged."""
        return {name: self._print(name, canonical[name], key) for name, key in self.keys(canonical).items()}

    def fingerprint_of(self, name: str, value: Any) -> Any:
        """The fingerprint of one field's value."""
        return self._print(name, value, self.key_of[name](value))

    def _print(self, name: str, value: Any, key: Any) -> Any:
        if self.rows[name].type == "set":
            return sorted(value or [], key=fold)
        return EMPTY if key is None else blake2b(orjson.dumps(key, option=_JSON), digest_size=6).hexdigest()

    def digest(self, canonical: Record) -> str:
        """A fingerprint of the whole record."""
        return blake2b(orjson.dumps(self.keys(canonical), option=_JSON), digest_size=16).hexdigest()

    def same(self, name: str, one: Any, other: Any) -> bool:
        """Whether two fingerprints of a field stand for the same value."""
        if self.rows[name].type == "set":
            return {fold(str(v)) for v in one or ()} == {fold(str(v)) for v in other or ()}
        return bool(one == other)

    def match_values(self, canonical: Record) -> list[str]:
        """The record's value for each match rule that it can serve, as `rule:value`."""
        keys = self.keys(canonical)
        found = []
        for number, rule in enumerate(self.rules):
            parts = [keys.get(name) for name in rule]
            if all(part not in (None, "", []) for part in parts):
                text = orjson.dumps([fold(p) if isinstance(p, str) else p for p in parts], option=_JSON)
                found.append(f"{number}:{blake2b(text, digest_size=12).hexdigest()}")
        return found

    def title(self, canonical: Record) -> str:
        """A few words by which a person recognises the record."""
        words = [str(canonical[name]) for name in list(self.rows)[:3] if canonical.get(name)]
        return " ".join(words)[:80]


_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def compile_mapping(spec: MappingSpec, document: Document, contexts: Mapping[str, SideContext]) -> CompiledMapping:
    """The compiled mapping; raises SpecError with every problem of the file."""
    add_installed()
    maker = CellMaker(spec, document, tuple(spec.fields))
    _check_rows(spec, document)
    cells: dict[str, dict[str, CompiledCell]] = {name: {} for name in spec.sides}
    for name, row in spec.fields.items():
        for side, cell in row.cells.items():
            if side in contexts and (made := maker.make(name, row, contexts[side], cell)):
                cells[side][name] = made
    for side, context in contexts.items():
        _check_side(spec, document, context, cells[side])
    conditions = {side: _conditions(maker, side, contexts[side]) for side in contexts}
    document.raise_problems()
    kinds = {name: TYPES[row.type] for name, row in spec.fields.items()}
    keys = {name: _key(spec.fields[name], kind) for name, kind in kinds.items()}
    return CompiledMapping(
        spec=spec,
        fingerprint=fingerprint(spec),
        rows=dict(spec.fields),
        sides={s: _side(spec, contexts[s], cells[s], conditions[s]) for s in contexts},
        key_of=keys,
        keys=generate_record(keys, "keys"),
        dump=generate_record({name: kind.dump for name, kind in kinds.items()}, "dump"),
        load=generate_record({name: kind.load for name, kind in kinds.items()}, "load"),
        rules=tuple((rule,) if isinstance(rule, str) else tuple(rule) for rule in spec.match),
        directions={name: _direction(spec, row) for name, row in spec.fields.items()},
    )


def _key(row: Row, kind: Any) -> Callable[[Any], Any]:
    if row.type == "choice" and isinstance(row.values, dict):
        return lambda value: value
    if row.type == "set":
        return lambda value: sorted({fold(str(v)) for v in value or ()})
    key: Callable[[Any], Any] = kind.key
    return key


def fingerprint(spec: MappingSpec) -> str:
    """Of what the mapping does: its tests and positions do not count."""
    text = repr((spec.sides, spec.match, spec.direction, spec.conflict, spec.otherwise, spec.policy, spec.fields))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _side(
    spec: MappingSpec, context: SideContext, cells: dict[str, CompiledCell], conditions: tuple[Condition, Condition]
) -> CompiledSide:
    rows = spec.fields
    otherwise = {name: row.otherwise or spec.otherwise for name, row in rows.items()}
    return CompiledSide(
        name=context.name,
        context=context,
        cells=cells,
        read=generate_read(cells.values(), rows, otherwise, f"{spec.entity} {context.name}"),
        write=generate_write(cells.values(), otherwise, f"{spec.entity} {context.name}"),
        where=conditions[0],
        accepts=conditions[1],
        stamp=_stamp(context),
        refs={name: cell.entity for name, cell in cells.items() if rows[name].type == "ref"},
        sources=frozenset(name for name, cell in cells.items() if cell.source is not None),
        targets=frozenset(name for name, cell in cells.items() if cell.target is not None),
        containers=frozenset(c.native.container for c in cells.values() if c.native and c.native.container),
    )


def _stamp(context: SideContext) -> Callable[[Record], float | None]:
    """A function that gives a record's last change in Unix seconds, where the vendor tells."""
    name = context.resource.changes.stamp
    spec = context.resource.fields.get(name or "")
    if spec is None or name is None:
        return lambda record: None
    wire = context.connector.wire
    form = Form(form=spec.form or wire.forms.get("datetime", ""), zone=wire.timezone)
    return partial(_read_stamp, name, TYPES["datetime"].reader(form))


def _read_stamp(name: str, reader: Callable[[Any], Any], record: Record) -> float | None:
    try:
        moment = reader(record.get(name))
    except RuleError:
        return None
    return float(moment.timestamp()) if moment else None


def _conditions(maker: CellMaker, side: str, context: SideContext) -> tuple[Condition, Condition]:
    """The side's own conditions: which native records count, which canonical ones it accepts."""
    spec = maker.mapping.sides[side]
    where = maker.condition(spec.where, context.roots, ("sides", side, "where"))
    return where, maker.condition(spec.accepts, maker.names, ("sides", side, "accepts"))


def _check_rows(spec: MappingSpec, document: Document) -> None:
    _check_direction(spec, document, spec.direction, ("direction",))
    for i, rule in enumerate(spec.match):
        for name in [rule] if isinstance(rule, str) else list(rule):
            if name not in spec.fields:
                hint = nearest(str(name), spec.fields)
                document.problem(("match", i), f"the match rule names no field '{name}'", hint, value=True)
    for name, row in spec.fields.items():
        here = ("fields", name)
        if row.type == "ref" and not row.entity:
            document.problem(here, "a ref needs the entity that it refers to", "add entity: company")
        if row.values not in (None, "by label") and not isinstance(row.values, dict):
            document.problem((*here, "values"), "'values' is a table, or the words: by label", value=True)
        elif isinstance(row.values, dict):
            _check_values(spec, document, name, row)
        for rule in (row.conflict, spec.conflict):
            if rule and rule not in ("newest", "quarantine", *spec.sides):
                choices = ("newest", "quarantine", *spec.sides)
                at = here if rule == row.conflict else ()
                document.problem((*at, "conflict"), f"'conflict' cannot be {rule!r}", nearest(rule, choices))
        _check_direction(spec, document, row.direction, (*here, "direction"))


def _check_values(spec: MappingSpec, document: Document, name: str, row: Row) -> None:
    for canonical, values in row.values.items():
        place = ("fields", name, "values", canonical)
        if not isinstance(values, dict):
            document.problem(place, f"the value '{canonical}' needs a table: side: value")
            continue
        for side in values:
            if side not in spec.sides:
                document.problem((*place, side), f"'{side}' is not a side", nearest(side, spec.sides))
    for side in spec.sides:
        seen: dict[str, str] = {}
        for canonical, values in row.values.items():
            given = values.get(side) if isinstance(values, dict) else None
            for value in given if isinstance(given, list) else [given]:
                if value is not None and seen.setdefault(fold(str(value)), canonical) != canonical:
                    message = f"'{value}' of {side} stands for both '{seen[fold(str(value))]}' and '{canonical}'"
                    document.problem(("fields", name, "values", canonical, side), message)


def _check_direction(spec: MappingSpec, document: Document, text: str | None, place: tuple[str, ...]) -> None:
    if text is None:
        return
    for word in text.replace("->", " ").replace(",", " ").split():
        if word not in {*spec.sides, "others", "any"}:
            hint = nearest(word, {*spec.sides, "others", "any"})
            document.problem(place, f"'{word}' is not a side", hint, value=True)
    if "->" not in text:
        document.problem(place, "a direction reads: side -> others", value=True)


def _direction(spec: MappingSpec, row: Row) -> tuple[frozenset[str], frozenset[str]]:
    """The sides that a row's changes may come from, and those that they may go to."""
    sides = frozenset(spec.sides)
    text = row.direction or spec.direction
    if not text or "->" not in text:
        return sides, sides
    left, right = (part.replace(",", " ").split() for part in text.split("->", 1))
    start = sides if "any" in left else frozenset(left)
    return start, (sides - start if "others" in right else sides if "any" in right else frozenset(right))


def _check_side(spec: MappingSpec, document: Document, side: SideContext, cells: dict[str, CompiledCell]) -> None:
    if spec.sides[side.name].role == "source":
        return
    written = {cell.native.path for cell in cells.values() if cell.native and cell.target is not None}
    defaults = set(side.resource.write_defaults)
    declared_cells = sum(side.name in row.cells for row in spec.fields.values())
    # A cell with a problem of its own may be the very one that is missing.
    whole = len(cells) == declared_cells
    for path, declared in side.resource.fields.items():
        names = {path, declared.write or path}
        if whole and declared.required and not declared.readonly and not names & (written | defaults):
            message = f"{side.connector.connector} {side.resource_name} needs '{path}' on create, and no row writes it"
            document.problem(("sides", side.name), message, f"add a row with {side.name}: {path}")
    seen: dict[str, str] = {}
    for name, cell in cells.items():
        if cell.native and cell.target is None and side.name in _direction(spec, spec.fields[name])[1]:
            message = f"'{cell.native.path}' cannot be written: it is read-only in {side.connector.connector}"
            hint = f"say where the row goes: direction: {side.name} -> others"
            document.problem(("fields", name, "cells", side.name), message, hint)
        if cell.native and cell.target is not None:
            other = seen.setdefault(cell.native.path, name)
            if other != name:
                document.problem(
                    ("fields", name, "cells", side.name), f"'{cell.native.path}' is written by '{other}' too"
                )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return None if value is CLEAR else value
