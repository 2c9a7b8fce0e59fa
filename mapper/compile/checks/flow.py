"""Between which sides the values of a row go, by its direction and the roles of its sides."""

from __future__ import annotations

from dataclasses import dataclass

from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.mapping import Row


@dataclass(frozen=True)
class Flow:
    """The ways of a row's values, each from one side to another."""

    ways: frozenset[tuple[str, str]]

    def reads(self, side: str) -> bool:
        """Whether what the side says goes anywhere."""
        return any(start == side for start, _ in self.ways)

    def writes(self, side: str) -> bool:
        """Whether anything comes to the side."""
        return any(goal == side for _, goal in self.ways)

    def both(self, side: str) -> bool:
        """Whether the row is two-way on this side."""
        return self.reads(side) and self.writes(side)

    def sources(self, side: str) -> list[str]:
        """The sides from which something comes to this one."""
        return sorted(start for start, goal in self.ways if goal == side)


def directions(spec: MappingSpec, row: Row) -> tuple[frozenset[str], frozenset[str]]:
    """The sides that a row's changes may come from, and those that they may go to."""
    sides = frozenset(spec.sides)
    text = row.direction or spec.direction
    if not text or "->" not in text:
        return sides, sides
    left, right = (part.replace(",", " ").split() for part in text.split("->", 1))
    start = sides if "any" in left else frozenset(left)
    return start, (sides - start if "others" in right else sides if "any" in right else frozenset(right))


def leaves(spec: MappingSpec, row: Row, side: str) -> bool:
    """Whether what a side says in a row can go to any other side, be it by another row's expression."""
    starts, goals = directions(spec, row)
    taking = (goal for goal in goals if goal != side and spec.sides[goal].role != "source")
    return side in starts and spec.sides[side].role != "target" and any(taking)


def arrives(spec: MappingSpec, row: Row, side: str) -> bool:
    """Whether a row ever writes to a side: a value of another side, or one that its own cell or default makes."""
    if flow_of(spec, row).writes(side):
        return True
    starts, goals = directions(spec, row)
    if side not in goals or spec.sides[side].role == "source":
        return False
    cell = row.cells[side]
    made = bool(cell.write) or cell.default is not None or row.default is not None
    return made and any(start != side and spec.sides[start].role != "target" for start in starts)


def flow_of(spec: MappingSpec, row: Row) -> Flow:
    """The ways of a row between the sides that it has cells for."""
    starts, goals = directions(spec, row)
    sides = [side for side in row.cells if side in spec.sides]
    given = [side for side in sides if side in starts and spec.sides[side].role != "target"]
    taken = [side for side in sides if side in goals and spec.sides[side].role != "source"]
    return Flow(frozenset((start, goal) for start in given for goal in taken if start != goal))
