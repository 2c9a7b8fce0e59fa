"""What can be written on a side, what must be, and what is written twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mapper.compile.cells import CompiledCell
from mapper.compile.checks.findings import Findings
from mapper.compile.checks.flow import arrives
from mapper.compile.composites import Parts
from mapper.compile.sides import SideContext
from mapper.expr.paths import Path
from mapper.spec.mapping import Mapping as MappingSpec

Target = tuple[Any, ...]


def check_targets(
    spec: MappingSpec, found: Findings, side: SideContext, cells: Mapping[str, CompiledCell], *, whole: bool
) -> None:
    """Note what a side cannot take; `whole`: no cell of it is missing because of a problem of its own."""
    giving = any(one.role != "target" for name, one in spec.sides.items() if name != side.name)
    if spec.sides[side.name].role == "source" or not giving:
        return
    if whole:
        _check_required(found, side, cells)
    for name, cell in cells.items():
        goes = arrives(spec, spec.fields[name], side.name)
        for path in _unwritable(cell) if goes else ():
            message = f"'{path}' cannot be written: it is read-only in {side.connector.connector}"
            hint = f"say where the row goes: direction: {side.name} -> others"
            found.add("read-only", ("fields", name, "cells", side.name), message, hint)
    _check_twice(spec, found, side, cells)


def _check_required(found: Findings, side: SideContext, cells: Mapping[str, CompiledCell]) -> None:
    written = {path for cell in cells.values() for path, _ in written_by(cell)}
    defaults = set(side.resource.write_defaults)
    for path, declared in side.resource.fields.items():
        names = {path, declared.write or path}
        if declared.required and not declared.readonly and not names & (written | defaults):
            message = f"{side.connector.connector} {side.resource_name} needs '{path}' on create, and no row writes it"
            found.add("required", ("sides", side.name), message, f"add a row with {side.name}: {path}")


def _check_twice(spec: MappingSpec, found: Findings, side: SideContext, cells: Mapping[str, CompiledCell]) -> None:
    seen: dict[Target, tuple[str, str]] = {}
    for name, cell in cells.items():
        if not arrives(spec, spec.fields[name], side.name):
            continue
        place = ("fields", name, "cells", side.name)
        for path, target in written_by(cell):
            other, held = seen.setdefault(target, (name, path))
            if other != name or held != path:
                words = f"is written by '{other}' too" if other != name else "is written twice"
                found.add("two-rows", place, f"'{path}' {words}")
                continue
            for above, (row, outer) in seen.items():
                if row != name and _is_within(target, above):
                    found.add("two-rows", place, f"'{path}' stands in '{outer}', which '{row}' writes")
                elif row != name and _is_within(above, target):
                    found.add("two-rows", place, f"'{path}' holds '{outer}', which '{row}' writes")


def written_by(cell: CompiledCell) -> Iterator[tuple[str, Target]]:
    """The paths that a cell writes, each with what tells its place from others."""
    if isinstance(cell.target, Parts):
        for part in cell.target.parts.values():
            if part.native.write is not None:
                yield part.native.path, _target(part.native.write)
    elif cell.target is not None and cell.native is not None:
        yield cell.native.path, _target(cell.target)


def _unwritable(cell: CompiledCell) -> list[str]:
    if isinstance(cell.target, Parts):
        return [part.native.path for part in cell.target.parts.values() if part.native.write is None]
    return [cell.native.path] if cell.native and cell.target is None else []


def _target(path: Path) -> Target:
    if path.pick is not None:
        return (*path.pick.place, tuple(sorted((key, str(value)) for key, value in path.pick.where)), *path.pick.inner)
    return path.parts or (path.text,)


def _is_within(inner: Target, outer: Target) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer
