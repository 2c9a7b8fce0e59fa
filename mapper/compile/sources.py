"""Generated code that finds values in a native record; what several fields share is looked up once."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from mapper.compile.cells import CompiledCell
from mapper.compile.emit import Code, Local
from mapper.compile.plain import raw_value
from mapper.expr.expressions import Expression
from mapper.expr.paths import Path, Pick
from mapper.expr.python import Joined, is_quick
from mapper.expr.steps import Step
from mapper.records import ABSENT, Record, as_member


class _Nulls(dict[str, Any]):
    """What a null object holds: null, whatever is asked for."""

    def __contains__(self, key: object) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:
        return None


_EMPTY: Record = {}
_NULLS = _Nulls()


def _members(items: list[Any], key: str, inner: str) -> dict[str, Any]:
    """By the text of a member, the first item's other member."""
    found: dict[str, Any] = {}
    for item in items:
        if isinstance(item, dict):
            found.setdefault(as_member(item.get(key)), item.get(inner, ABSENT))
    return found


class Sources:
    """Finds values in the record that a variable holds."""

    def __init__(self, code: Code, root: str, apart: Iterable[CompiledCell] | None = None) -> None:
        self.code = code
        self.root = root
        # The objects of which it matters whether they are null or absent; None: all of them.
        self.apart = None if apart is None else {above for cell in apart for above in _above(cell.source)}
        self.objects: dict[tuple[str, ...], str] = {(): root}
        self.indexes: dict[tuple[tuple[str, ...], str, str], tuple[str, str]] = {}
        if code.whole:
            code.add(f"get = {root}.get")
            code.methods[root] = "get"
        code.globals |= {"EMPTY": _EMPTY, "NULLS": _NULLS, "DICT": dict, "LIST": list, "REVERSED": reversed}

    def prepare(self, cell: CompiledCell) -> None:
        """Look up what stands above a cell's value, unless it was looked up before."""
        source = cell.source
        if isinstance(source, Expression):
            for path in source.reads:
                self._object(path[:-1])
        if not isinstance(source, Path):
            return
        if source.plain:
            self._object(source.parts[:-1])
        elif source.pick is not None and _simple(source.pick):
            self._object(source.pick.place[:-1])
            if not cell.several:
                self._index(source.pick)

    def fetch(self, cell: CompiledCell, local: Local) -> None:
        """Put a cell's value into a variable."""
        source, code = cell.source, self.code
        assert source is not None
        if isinstance(source, Path) and source.plain:
            self._member(cell, source, local)
            return
        told_apart, local.absent = local.absent, True
        if isinstance(source, Expression):
            objects = {parts: name for parts, name in self.objects.items() if parts}
            apart = {name for parts, name in objects.items() if self._matters(parts)}
            quick = code.whole and (isinstance(source.node, Joined) or not (told_apart or apart))
            local.absent = not (quick and is_quick(source.node))
            code.add(
                f"{local.name} = {code.expression(source, self.root, objects, () if quick else apart, quick=quick)}"
            )
            if isinstance(source.node, ast.Compare) or _is_not(source.node):
                local.absent, local.null, local.cls = False, False, bool
        elif source.pick is None or not _simple(source.pick):
            code.add(f"{local.name} = {code.bind(partial(raw_value, cell))}({self.root})")
        elif cell.several:
            self._items(cell, source.pick, local)
        else:
            index, missing = self._index(source.pick)
            local.absent = self._matters(source.pick.place)
            default = f", {missing}" if told_apart else ""
            code.add(f"{local.name} = {index}.get({code.constant(source.pick.where[0][1])}{default})")

    def fetch_quickly(self, cell: CompiledCell, local: Local) -> None:
        """The same where what is missing is told apart only if there is no value, which `local.unsaid` asks then."""
        source = cell.source
        if isinstance(source, Path) and source.plain:
            parent = self._object(source.parts[:-1])
            local.absent = False
            self._member(cell, source, local)
            grouped = cell.native is not None and cell.native.grouped
            key = self.code.constant(source.parts[-1])
            local.unsaid = f"{parent} is EMPTY" if grouped else f"{key} not in {parent}"
        elif isinstance(source, Path) and source.pick is not None and _simple(source.pick) and not cell.several:
            index, missing = self._index(source.pick)
            local.absent = False
            self.code.add(f"{local.name} = {index}.get({self.code.constant(source.pick.where[0][1])})")
            local.unsaid = f"{missing} is ABSENT"
        else:
            self.fetch(cell, local)

    def _matters(self, parts: tuple[str, ...]) -> bool:
        return self.apart is None or parts in self.apart

    def _get(self, name: str) -> str:
        """The method that looks up a member of an object; that of the whole record is at hand."""
        return self.code.methods.get(name, f"{name}.get")

    def _member(self, cell: CompiledCell, source: Path, local: Local) -> None:
        parent = self._object(source.parts[:-1])
        missing = "ABSENT"
        if cell.native and cell.native.grouped:
            missing = f"(ABSENT if {parent} is EMPTY else None)"
        default = f", {missing}" if local.absent else ""
        self.code.add(f"{local.name} = {self._get(parent)}({self.code.constant(source.parts[-1])}{default})")

    def fetch_each(self, cell: CompiledCell, local: Local, step: Step) -> bool:
        """Find the members of all the items that are picked, each taken a step further, where that is possible."""
        pick = cell.source.pick if isinstance(cell.source, Path) else None
        if pick is None or not _simple(pick) or list not in step.fast:
            return False
        code, name = self.code, local.name
        [(key, wanted)], (inner,) = pick.where, pick.inner
        items, once = code.bind(step.names["ITEMS"]), code.bind(dict.fromkeys)
        k, w, m = code.constant(key), code.constant(wanted), code.constant(inner)
        get, place = self._get(self._object(pick.place[:-1])), code.constant(pick.place[-1])
        several = (f"if len({name}) > 1:", f"    {name} = [*{once}({name})]")
        local.cls, local.absent, local.null = list, False, False
        if code.whole and not self._matters(pick.place):
            # What is neither missing nor a list of such items raises, and the record goes another way.
            code.add(f"{name} = [{items}[e[{m}]] for e in {get}({place}) or () if e[{k}] == {w}]", *several)
            return True
        slowly = f"    {name} = {code.bind(step.call)}({code.bind(partial(raw_value, cell))}({self.root}))"
        code.add(f"{name} = {get}({place}, ABSENT)", f"if {name}.__class__ is LIST:", "    try:")
        with code.deeper(2):
            code.add(f"{name} = [{items}[e[{m}]] for e in {name} if e[{k}] == {w}]", *several)
        code.add("    except Exception:", "    " + slowly, f"elif {name} is not ABSENT:", slowly)
        local.absent = True
        return True

    def _items(self, cell: CompiledCell, pick: Pick, local: Local) -> None:
        """The members of all the items that are picked."""
        code, above = self.code, self._object(pick.place[:-1])
        [(key, wanted)], (inner,) = pick.where, pick.inner
        k, w, m = code.constant(key), code.constant(wanted), code.constant(inner)
        code.add(
            f"{local.name} = {self._get(above)}({code.constant(pick.place[-1])}, ABSENT)",
            f"if {local.name}.__class__ is LIST:",
            "    try:",
            f"        {local.name} = [e[{m}] for e in {local.name} if e[{k}] == {w}]",
            "    except Exception:",
            f"        {local.name} = {code.bind(partial(raw_value, cell))}({self.root})",
            f"elif {local.name} is not None:",
            f"    {local.name} = ABSENT",
        )

    def _object(self, parts: tuple[str, ...]) -> str:
        """The variable with the object at a path: EMPTY where it is absent, NULLS where it is null."""
        if parts not in self.objects:
            above, key = self._object(parts[:-1]), self.code.constant(parts[-1])
            get, name = self._get(above), f"o{len(self.objects)}"
            # Where a whole record may go another way, it does with what is neither missing nor has a `get`.
            if self.code.whole and self._matters(parts):
                missing = f"    {name} = NULLS if {key} in {above} else EMPTY"
                self.code.add(f"{name} = {get}({key})", f"if {name} is None:", missing)
            elif self.code.whole:
                self.code.add(f"{name} = {get}({key}) or EMPTY")
            else:
                missing = f"    {name} = NULLS if {name} is None else EMPTY"
                self.code.add(f"{name} = {get}({key}, ABSENT)", f"if {name}.__class__ is not DICT:", missing)
            self.objects[parts] = name
        return self.objects[parts]

    def _index(self, pick: Pick) -> tuple[str, str]:
        """The variable with a list's members by the text that picks them, and the one for what is missing.

        A list without the item says that there is no value; a list that is not there says nothing.
        """
        key, inner = pick.where[0][0], pick.inner[0]
        place = (pick.place, key, inner)
        if place not in self.indexes:
            code = self.code
            above = self._object(pick.place[:-1])
            name = f"i{len(self.indexes)}"
            k, m = code.constant(key), code.constant(inner)
            last = code.constant(pick.place[-1])
            apart = self._matters(pick.place)
            members = code.bind(_members)
            if code.whole and not apart:
                # Of two items that are meant the first counts. What is no list of items raises.
                code.add(f"{name} = {{}}", f"for e in REVERSED({self._get(above)}({last}) or ()):")
                code.add(f"    {name}[e[{k}]] = e[{m}]")
                self.indexes[place] = (name, "None")
                return self.indexes[place]
            items = ["    for e in REVERSED(l):", f"        {name}[e[{k}]] = e[{m}]"]
            if not code.whole:
                slowly = f"    {name} = {members}(l, {k}, {m})"
                items = ["try:", *items, "except Exception:", slowly]
                items = ["    " + line for line in items]
            code.add(
                f"l = {self._get(above)}({last}, ABSENT)",
                "if l.__class__ is LIST:",
                f"    {name}m = None",
                f"    {name} = {{}}",
                # Where missing values are told apart, a strange item is left to the whole record's other way.
                *items,
                "else:",
                f"    {name} = EMPTY",
                f"    {name}m = None if l is None else ABSENT",
            )
            self.indexes[place] = (name, f"{name}m")
        return self.indexes[place]


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _above(source: Any) -> Iterator[tuple[str, ...]]:
    """The places of the objects above a value."""
    parts: tuple[str, ...] = ()
    if isinstance(source, Path):
        parts = (*source.pick.place, "") if source.pick else source.parts
    yield from (parts[:length] for length in range(1, len(parts)))


def _simple(pick: Pick) -> bool:
    """Whether one member is asked for, and by a text that no value but a text can be equal to."""
    if len(pick.where) != 1 or len(pick.inner) != 1:
        return False
    wanted = pick.where[0][1]
    try:
        float(wanted)
    except ValueError:
        return isinstance(wanted, str) and wanted not in ("", "true", "false")
    return False
