"""What the checks look at: a mapping, its sides and its compiled cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mapper.compile.cells import CompiledCell
from mapper.compile.checks.findings import Findings
from mapper.compile.checks.flow import Flow, flow_of
from mapper.compile.sides import SideContext
from mapper.compile.vocabulary import Vocabulary
from mapper.expr.expressions import Expression
from mapper.spec.document import Steps
from mapper.spec.mapping import Cell, Row
from mapper.spec.mapping import Mapping as MappingSpec


@dataclass(frozen=True)
class Place:
    """One cell, and all that belongs to it."""

    name: str
    row: Row
    side: SideContext
    spec: Cell
    cell: CompiledCell
    flow: Flow

    @property
    def steps(self) -> Steps:
        """Where the cell stands in the file."""
        return ("fields", self.name, "cells", self.side.name)

    @property
    def path(self) -> Steps:
        """Where the cell's path stands."""
        return (*self.steps, "path")

    @property
    def reads(self) -> bool:
        return self.flow.reads(self.side.name)

    @property
    def writes(self) -> bool:
        return self.flow.writes(self.side.name)

    @property
    def both(self) -> bool:
        return self.flow.both(self.side.name)

    @property
    def where(self) -> str:
        """The field's path and side, as people say it."""
        return f"'{self.cell.native.path}' of {self.side.name}" if self.cell.native else self.side.name


@dataclass(frozen=True)
class Subject:
    """A mapping under check; `conditions` are those of sides and filters, each with its place."""

    spec: MappingSpec
    contexts: Mapping[str, SideContext]
    cells: Mapping[str, Mapping[str, CompiledCell]]
    words: Vocabulary
    found: Findings
    conditions: tuple[tuple[Steps, Expression], ...] = ()

    @cached_property
    def flows(self) -> dict[str, Flow]:
        return {name: flow_of(self.spec, row) for name, row in self.spec.fields.items()}

    def places(self) -> Iterator[Place]:
        """Every compiled cell, in the order of the file."""
        for name, row in self.spec.fields.items():
            for side, spec in row.cells.items():
                cell = self.cells.get(side, {}).get(name)
                if cell is not None:
                    yield Place(name, row, self.contexts[side], spec, cell, self.flows[name])

    def place(self, name: str, side: str) -> Place | None:
        """One compiled cell."""
        cell = self.cells.get(side, {}).get(name)
        row = self.spec.fields[name]
        return Place(name, row, self.contexts[side], row.cells[side], cell, self.flows[name]) if cell else None
