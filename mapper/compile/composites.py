"""Values made of parts, each of which has a place of its own on a side: an address, a person's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mapper.compile.sides import Native, below
from mapper.errors import RuleError
from mapper.expr.steps import Step
from mapper.records import ABSENT, CLEAR, Record


@dataclass(frozen=True)
class Part:
    """One part: its place on the side, and the steps to and from its canonical value."""

    native: Native
    read: Step
    write: Step


@dataclass(frozen=True, eq=False)
class Parts:
    """The places of a composite; like a path it gets and puts, natives of the parts by name."""

    parts: Mapping[str, Part]
    plain = False
    pick = None

    @property
    def text(self) -> str:
        return ", ".join(part.native.path for part in self.parts.values())

    @property
    def writable(self) -> bool:
        return all(part.native.write is not None for part in self.parts.values())

    def get(self, record: Record) -> Any:
        """The native value of each part that is there; ABSENT where none is."""
        found = {name: _found(part.native, record) for name, part in self.parts.items()}
        return {name: value for name, value in found.items() if value is not ABSENT} or ABSENT

    def put(self, record: Record, value: Any) -> None:
        """Put native values in their places; CLEAR empties all of them."""
        for name, part in self.parts.items():
            given = CLEAR if value is CLEAR else value.get(name, ABSENT)
            if part.native.write is not None and given is not ABSENT:
                part.native.write.put(record, given)

    def as_read(self, record: Record) -> None:
        """Copy what was written to where it will be read."""
        for part in self.parts.values():
            written = part.native.write.get(record) if part.native.write else ABSENT
            if written is not ABSENT:
                part.native.read.put(record, written)


def _found(native: Native, record: Record) -> Any:
    return below(record, native.read.parts) if native.read.plain else native.read.get(record)


def composite_steps(parts: Parts, read: Step, write: Step) -> tuple[Step, Step]:
    """Reader and writer of a composite, around those of its type, which know canonical parts only."""

    def inward(value: Any) -> Any:
        if not isinstance(value, dict):
            return None if value is CLEAR else value
        return read.call({name: _of_part(name, parts.parts[name].read, part) for name, part in value.items()})

    def outward(value: Any) -> Any:
        canonical = write.call(value)
        if not isinstance(canonical, dict):
            return canonical
        lost = [name for name, part in canonical.items() if name not in parts.parts and part is not None]
        if lost:
            raise RuleError(f"the side has no place for {', '.join(lost)}")
        return {name: _of_part(name, part.write, canonical.get(name)) for name, part in parts.parts.items()}

    return Step(read.name, inward), Step(write.name, outward, clears=True)


def _of_part(name: str, step: Step, value: Any) -> Any:
    try:
        return step.call(value)
    except RuleError as error:
        raise RuleError(f"{name}: {error.message}") from None
