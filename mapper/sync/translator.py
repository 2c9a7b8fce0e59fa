"""Pure transformation: a mapping without any vendor behind it."""

from __future__ import annotations

from dataclasses import dataclass

from mapper.compile import CompiledMapping, CompiledSide
from mapper.errors import RuleError, UsageError
from mapper.records import Record
from mapper.spec.document import nearest


@dataclass(frozen=True)
class Translator:
    """A mapping compiled without any vendor: for pure transformation."""

    mapping: CompiledMapping

    def translate(self, record: Record, source: str, target: str) -> Record:
        """The native record of one side as a create on another; raises RuleError where a value does not fit."""
        canonical, problems = self.read(record, source)
        if problems:
            raise problems[0]
        native, problems = self._side(target).write(canonical, None, True)
        if problems:
            raise problems[0]
        return native

    def read(self, record: Record, source: str) -> tuple[Record, list[RuleError]]:
        """The canonical record behind a native one, and what does not fit in it."""
        return self._side(source).read(record)

    def _side(self, name: str) -> CompiledSide:
        if name not in self.mapping.sides:
            raise UsageError(f"the mapping has no side '{name}'", hint=nearest(name, self.mapping.sides))
        return self.mapping.sides[name]
