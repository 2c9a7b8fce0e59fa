"""The members of a native record that a mapping looks at: what a vendor may be asked for, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mapper.compile.cells import CompiledCell
from mapper.compile.composites import Parts
from mapper.compile.sides import SideContext
from mapper.expr.expressions import Expression
from mapper.expr.paths import Path

Member = tuple[str, ...]


def members_of(side: SideContext, cells: Iterable[CompiledCell], where: Expression | None) -> frozenset[Member]:
    """The members by their paths, those included that records teach the values of a list by.

    Of a container it is the whole; one whose values are read by calls of their own is no member of the record.
    """
    cells = list(cells)
    found = {path for cell in cells for path in _looked_at(cell)} | set(where.reads if where else ())
    lists = {cell.native.field.list for cell in cells if cell.native is not None}
    containers = side.resource.containers
    taught = {(name,) for name, spec in containers.items() if spec.codec == "ids" and spec.list in lists}
    whole = {path[:1] if path[0] in containers else path for path in found} | taught
    return frozenset(path for path in whole if path[0] not in containers or containers[path[0]].codec != "per_record")


def _looked_at(cell: CompiledCell) -> Iterator[Member]:
    """What is read for a field; also what is only written, as a record that was written is read back from there."""
    if cell.native is not None:
        yield _place(cell.native.read)
    if isinstance(cell.source, Parts):
        yield from (_place(part.native.read) for part in cell.source.parts.values())
    elif isinstance(cell.source, Expression):
        yield from cell.source.reads
    elif cell.source is not None:
        yield _place(cell.source)


def _place(path: Path) -> Member:
    """The member in which all lies that a path leads to."""
    if path.plain:
        return path.parts
    if path.pick is not None:
        return path.pick.place
    return (path.text.removeprefix("$.").split(".")[0].split("[")[0],)
