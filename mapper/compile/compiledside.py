"""One side of a compiled mapping: what is read from its records and written to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from mapper.compile.cells import CompiledCell, Reference
from mapper.compile.composites import Parts
from mapper.compile.members import Member
from mapper.compile.reading import Read, generate_read
from mapper.compile.sides import SideContext
from mapper.compile.writing import Create, Write, generate_create, generate_write
from mapper.expr.paths import Path
from mapper.records import ABSENT, ATOMS, CLEAR, Record


@dataclass(frozen=True)
class CompiledSide:
    """One side of a compiled mapping."""

    name: str
    context: SideContext
    cells: dict[str, CompiledCell]
    title: str
    where: Callable[[Record], Any] | None
    accepts: Callable[[Record], Any] | None
    stamp: Callable[[Record], float | None]
    refs: dict[str, Reference]
    sources: frozenset[str]
    targets: frozenset[str]
    containers: Mapping[str, frozenset[str] | None]
    members: frozenset[Member]

    @cached_property
    def read(self) -> Read:
        """From a native record to (canonical record, problems)."""
        return generate_read(self.cells.values(), self.title)

    @cached_property
    def lent(self) -> frozenset[str]:
        """The rows that have no cell here, and are read to write others: a change of them is written all the same."""
        return (
            frozenset().union(*(cell.reads for cell in self.cells.values() if cell.target is not None))
            - self.cells.keys()
        )

    @cached_property
    def takes(self) -> frozenset[str]:
        """The rows that a new record here is made of."""
        return self.lent | self.cells.keys()

    @cached_property
    def write(self) -> Write:
        """From (canonical record, names of changed fields or None for all, is it a create) to (native, problems)."""
        return generate_write(self.cells.values(), self.title, self.create)

    @cached_property
    def create(self) -> Create:
        """From a canonical record to (new native record, problems)."""
        return generate_create(self.cells.values(), self.title)

    def as_read(self, native: Record) -> Record:
        """What was written, in the shape in which it will be read back."""
        shown: Record = _plain(native)
        for show in self._shows:
            show(shown)
        return shown

    @cached_property
    def _shows(self) -> tuple[Callable[[Record], None], ...]:
        """What must be done to a written record where a field is read from elsewhere than it is written to."""
        found: list[Callable[[Record], None]] = []
        for cell in self.cells.values():
            if isinstance(cell.target, Parts):
                found.append(cell.target.as_read)
                continue
            target, source = cell.target, cell.native.read if cell.native else None
            if target is not None and source is not None and source.plain and source.parts != target.parts:
                found.append(partial(_show, target, source))
        return tuple(found)

    @cached_property
    def _read_back(self) -> frozenset[str]:
        """The fields that are read back from the very place that they are written to."""
        return frozenset(name for name, cell in self.cells.items() if reads_back(cell))

    @cached_property
    def _defaulted(self) -> frozenset[str]:
        """The fields that a new record holds, or shows, without being given a value."""
        cells = self.cells.items()
        return frozenset(name for name, cell in cells if cell.default is not None or cell.fallback is not None)

    def as_created(self, canonical: Record) -> Record:
        """The values of a new record: what it was given, and the defaults of what nobody gave a value for."""
        given = {name: value for name, value in canonical.items() if value is not None}
        native: Record = {}
        for name, cell in self.cells.items():
            if cell.default is not None and name not in given and isinstance(cell.target, Path):
                cell.target.put(native, cell.default)
        return self.read(self.as_read(native))[0] | given

    def settle(self, native: Record, canonical: Record, written: Set[str], *, create: bool) -> Record:
        """The canonical values that this side will give back for what was written to it.

        What did not come to be written (a policy, a label that the side does not know) is empty in a new record, and
        of an old one nothing is said. A new record also has the defaults that nobody gave a value for, and shows those
        of the rows: it was given nothing there, and yet nobody has edited it.
        """
        back, _ = self.read(self.as_read(native))
        settled: Record = {}
        for name in written | self._defaulted if create else written:
            if name not in self._read_back and (name in canonical or not create):
                settled[name] = canonical.get(name)
            elif name in back or create:
                settled[name] = back.get(name)
        return settled


def _show(target: Path, source: Path, shown: Record) -> None:
    """Copy a value from where it was written to where it will be read."""
    value = target.get(shown)
    if value is not ABSENT:
        source.put(shown, value)


def reads_back(cell: CompiledCell) -> bool:
    """Whether a field is read back from the very place that it is written to."""
    if isinstance(cell.source, Parts):
        return cell.source is cell.target
    return cell.native is not None and cell.source == cell.native.read


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item if item.__class__ in ATOMS else _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if value is CLEAR else value
