"""What a mapping leaves out, and what never happens on given records: fields, rows, values of tables and lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mapper.compile import CompiledMapping, CompiledSide
from mapper.compile.cells import CompiledCell
from mapper.compile.composites import Parts
from mapper.compile.plain import raw_value, read_steps
from mapper.expr.expressions import Expression
from mapper.records import ABSENT, ListTable, Record, fold

#: Of values that nobody has asked for, so many are told by name.
_MOST = 1000


@dataclass
class LooseField:
    """A field of a vendor that no row names; `held` counts the records in which it had a value.

    `known` is false where the records have it and the connector does not name it, `held` is None where the records
    were read without what no row names.
    """

    path: str
    label: str
    type: str
    readonly: bool = False
    known: bool = True
    held: int | None = 0


@dataclass
class RowUse:
    """How often a row gave a value on one side, and how often its value did not fit."""

    field: str
    side: str
    place: str
    given: int = 0
    refused: int = 0


@dataclass
class ValueUse:
    """A row with a table or a list on one side: its values never seen, and those seen that it does not have."""

    field: str
    side: str
    place: str
    source: str
    never_seen: list[str] = dataclasses.field(default_factory=list)
    unknown: dict[str, int] = dataclasses.field(default_factory=dict)


@dataclass
class Coverage:
    """What was found; `records` counts those that were looked at by side, and is empty where none were given."""

    entity: str
    records: dict[str, int] = dataclasses.field(default_factory=dict)
    loose: dict[str, list[LooseField]] = dataclasses.field(default_factory=dict)
    rows: list[RowUse] = dataclasses.field(default_factory=list)
    values: list[ValueUse] = dataclasses.field(default_factory=list)

    @property
    def never_fired(self) -> list[RowUse]:
        """The rows that gave no value on a side whose records were looked at."""
        return [row for row in self.rows if not row.given]

    def as_dict(self) -> dict[str, Any]:
        """The coverage as plain data, as `--json` prints it."""
        return asdict(self)


def coverage(
    mapping: CompiledMapping,
    records: Iterable[tuple[str, Record]] | None = None,
    cut: Collection[str] = (),
) -> Coverage:
    """What no row of a mapping names; with records, as (side, native record), also what never happened on them.

    The records of the sides that are `cut` hold no more than the mapping looks at, and say nothing of the rest.
    """
    found = Coverage(mapping.entity)
    for name, side in mapping.sides.items():
        found.loose[name] = list(_loose(side))
        for field in found.loose[name] if name in cut else ():
            field.held = None
    if records is None:
        return found
    watches: dict[str, _Watch] = {}
    for name, record in records:
        if name not in watches:
            watches[name] = _Watch(mapping, mapping.sides[name], found)
        watches[name].see(record)
    for watch in watches.values():
        watch.close()
    return found


def _loose(side: CompiledSide) -> Iterator[LooseField]:
    """The fields that the connector or the catalogue knows and no cell names."""
    resource = side.context.resource
    named = set(_named(side))
    own = {resource.key, resource.stamp_key, resource.changes.stamp}
    for path, spec in resource.fields.items():
        if path not in own and not _covered(path, {spec.read or path, spec.write or path, path}, named):
            yield LooseField(path, spec.label or "", spec.type, spec.readonly)
    for member in resource.containers:
        if _covered(member, {member}, named):
            continue
        fields = side.context.custom(member)
        for name, about in (fields or {}).items():
            path = f"{member}.{name}"
            if not _covered(path, {path}, named):
                yield LooseField(path, about.label or "", about.type, about.readonly)
        if not fields and not any(name.startswith(f"{member}.") for name in named):
            yield LooseField(member, "", "custom fields")


def _named(side: CompiledSide) -> Iterator[str]:
    """The paths that cells read or write."""
    for cell in side.cells.values():
        natives = [part.native for part in cell.source.parts.values()] if isinstance(cell.source, Parts) else []
        if cell.native:
            natives.append(cell.native)
        for native in natives:
            yield native.path.partition("[")[0]
            yield from (path.text.partition("[")[0] for path in (native.read, native.write) if path is not None)
        if isinstance(cell.source, Expression):
            yield from (".".join(path) for path in cell.source.reads)


def _covered(path: str, places: set[str], named: set[str]) -> bool:
    """Whether a field is named itself, or is within something that is."""
    return any(place == name or place.startswith(f"{name}.") for place in places for name in named)


class _Watch:
    """What happens on the records of one side."""

    def __init__(self, mapping: CompiledMapping, side: CompiledSide, found: Coverage) -> None:
        self._side, self._found = side, found
        self._loose = {field.path: field for field in found.loose[side.name]}
        resource = side.context.resource
        reads = {field.read or path: path for path, field in resource.fields.items()}
        self._paths = {(reads.get(path) or path): tuple(path.split(".")) for path in self._loose}
        for place, path in reads.items():
            if path in self._loose:
                self._paths[path] = tuple(place.split("."))
        self._roots = side.context.roots
        self._tallies = []
        for name, cell in side.cells.items():
            if cell.source is not None:
                place = str(cell.position) if cell.position.file else ""
                tally = _Tally(cell, RowUse(name, side.name, place), _values(mapping, cell, side.name, place))
                self._tallies.append(tally)
                found.rows.append(tally.use)
        found.records[side.name] = 0

    def see(self, record: Record) -> None:
        """Count what one record holds."""
        self._found.records[self._side.name] += 1
        for path, parts in self._paths.items():
            self._count(self._loose[path], _at(record, parts))
        for name, value in record.items():
            if name not in self._roots and _holds(value):
                if name not in self._loose:
                    self._loose[name] = LooseField(name, "", _kind(value), known=False)
                    self._found.loose[self._side.name].append(self._loose[name])
                self._count(self._loose[name], value)
        for tally in self._tallies:
            tally.see(record)

    @staticmethod
    def _count(field: LooseField, value: Any) -> None:
        if field.held is not None and _holds(value):
            field.held += 1

    def close(self) -> None:
        """Give what was seen of values."""
        self._found.values += [tally.told() for tally in self._tallies if tally.values is not None]


class _Tally:
    """How one row fares on a side's records."""

    def __init__(self, cell: CompiledCell, use: RowUse, values: _Values | None) -> None:
        self.cell, self.use, self.values = cell, use, values

    def see(self, record: Record) -> None:
        try:
            raw = raw_value(self.cell, record)
        except Exception:
            self.use.refused += 1
            return
        if not _holds(raw):
            return
        if self.values is not None and self.cell.several and isinstance(raw, list | tuple):
            # An item that does not fit is counted by itself, whatever becomes of the others.
            results = [self._of(item, [item]) for item in raw]
        else:
            results = [self._of(raw, raw)]
        self.use.given += any(results)
        self.use.refused += not all(results)

    def _of(self, raw: Any, value: Any) -> bool:
        """Whether a value gives one of the row's."""
        try:
            for number, (_, found) in enumerate(read_steps(self.cell, value)):
                value = found if number < len(self.cell.read) else ABSENT
        except Exception:
            value = ABSENT
        gave = value not in (ABSENT, None, [])
        if self.values is not None:
            self.values.see(raw, value if gave else None)
        return gave

    def told(self) -> ValueUse:
        assert self.values is not None
        return self.values.told()


@dataclass
class _Values:
    """The values that a row may take on a side, by the form in which they are compared, and what was seen of them."""

    use: ValueUse
    known: dict[str, str]
    of_raw: Callable[[Any], str | None]
    seen: set[str] = dataclasses.field(default_factory=set)

    def see(self, raw: Any, canonical: Any) -> None:
        if canonical is None:
            word = _word(raw)
            if word in self.use.unknown or len(self.use.unknown) < _MOST:
                self.use.unknown[word] = self.use.unknown.get(word, 0) + 1
            return
        for value in canonical if isinstance(canonical, list | tuple) else (canonical,):
            self.seen.add(self.of_raw(value) or "")

    def told(self) -> ValueUse:
        self.use.never_seen = [label for ident, label in self.known.items() if ident not in self.seen]
        return self.use


def _values(mapping: CompiledMapping, cell: CompiledCell, side: str, place: str) -> _Values | None:
    """What may be seen in a row of a table or a list; None for other rows."""
    row = mapping.rows[cell.name]
    if row.type not in ("choice", "set"):
        return None
    values = mapping.spec.tables.get(row.values, row.values) if isinstance(row.values, str) else row.values
    if isinstance(values, dict):
        told = values.items()
        known = {str(name): str(name) for name, by in told if isinstance(by, dict) and by.get(side) is not None}
        source = row.values if isinstance(row.values, str) else "table"
        return _Values(ValueUse(cell.name, side, place, source), known, str)
    table = cell.native.table if cell.native else None
    use = ValueUse(cell.name, side, place, f"list {table.name}" if table else "no list is known")
    return _Values(use, _labels(table), lambda value: fold(str(value)))


def _labels(table: ListTable | None) -> dict[str, str]:
    return {fold(label): label for label in table.labels.values()} if table else {}


def _word(raw: Any) -> str:
    text = str(raw)
    return text if len(text) <= 80 else text[:79] + "…"


def _at(record: Any, parts: tuple[str, ...]) -> Any:
    for part in parts:
        if not isinstance(record, dict):
            return None
        record = record.get(part)
    return record


def _holds(value: Any) -> bool:
    """Whether there is a value; 0 and false are some."""
    if value is ABSENT or value is None:
        return False
    return bool(value.strip()) if isinstance(value, str) else value not in ([], {})


def _kind(value: Any) -> str:
    """The type of a field that the connector does not know, as the record shows it."""
    names = {str: "text", bool: "flag", int: "number", float: "decimal", list: "list", dict: "object"}
    return names.get(type(value), "any")
