"""Whether a side holds a thing twice that a person typed in once; looked at in the systems, not in the state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from mapper.records import fold
from mapper.spec.mapping import Mapping as MappingSpec
from tests.scenarios.screens import Key, Screen


def doubles(spec: MappingSpec, screens: Mapping[str, Screen], seeded: Mapping[str, set[Key]]) -> Iterator[str]:
    """Pairs of active records of one side that bear one stamp, or that the mapping's rules would call the same.

    Two that people typed in themselves are people's own business.
    """
    for side in spec.sides:
        table = f"{side} people" if spec.entity == "person" else side
        screen = screens[table]
        rows = [row for row in screen.rows() if screen.active(row)]
        for one, other in combinations(rows, 2):
            if {screen.key(one), screen.key(other)} <= seeded[table]:
                continue
            why = _same(spec, side, screen, one, other)
            if why:
                yield f"{table} holds two records with {why}: {screen.key(one)} and {screen.key(other)}"


def _same(spec: MappingSpec, side: str, screen: Screen, one: dict[str, Any], other: dict[str, Any]) -> str | None:
    stamp = screen.stamp(one)
    if stamp and stamp == screen.stamp(other):
        return f"the stamp {stamp}"
    for rule in spec.match:
        if isinstance(rule, Mapping):
            continue  # A likeness calls nothing the same.
        names = [rule] if isinstance(rule, str) else list(rule)
        mine, theirs = (_values(spec, side, screen, row, names) for row in (one, other))
        if not all(mine) or not all(theirs):
            continue
        # A stronger rule that tells two records apart ends the matter.
        return f"the same {' and '.join(names)}" if mine == theirs else None
    return None


def _values(spec: MappingSpec, side: str, screen: Screen, row: dict[str, Any], names: list[str]) -> list[str]:
    """Values as people compare them: without blanks, accents and case; nothing where the side does not hold one."""
    found = []
    for name in names:
        cell = spec.fields[name].cells.get(side)
        value = screen.value(row, cell.path) if cell is not None and cell.path else None
        found.append("".join(fold(str(value)).split()) if value else "")
    return found
