"""Pure transformation: a mapping without any vendor behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mapper.compile import CompiledMapping, CompiledSide
from mapper.errors import RuleError, UsageError
from mapper.records import Record
from mapper.spec.document import nearest
from mapper.sync.trial import Explanation, explain


@dataclass(frozen=True)
class Translator:
    """A mapping compiled without any vendor: for pure transformation."""

    mapping: CompiledMapping

    def translate(self, record: Record, source: str, target: str) -> Record:
        """The native record of one side as a create on another; raises RuleError where a value does not fit."""
        native, problems = self.translator(source, target)(record)
        if problems:
            raise problems[0]
        return native

    def translator(self, source: str, target: str) -> Callable[[Record], tuple[Record, list[RuleError]]]:
        """The function behind `translate`: a native record in, (native record, everything that does not fit) out."""
        return self.mapping.translators[source, target]

    def read(self, record: Record, source: str) -> tuple[Record, list[RuleError]]:
        """The canonical record behind a native one, and what does not fit in it."""
        return self._side(source).read(record)

    def explain(self, record: Record, source: str, target: str) -> Explanation:
        """The way of each field from a native record of one side to a create on another, step by step.

        Nothing is raised for values that do not fit: they are among the explanation's problems.
        """
        self._side(source)
        self._side(target)
        return explain(self.mapping, record, source, target)

    def _side(self, name: str) -> CompiledSide:
        if name not in self.mapping.sides:
            raise UsageError(f"the mapping has no side '{name}'", hint=nearest(name, self.mapping.sides))
        return self.mapping.sides[name]
