"""Straight-line Python for a pair of sides: from one's native record to a new one of the other's, nothing in between.

Where reading and writing a field can be done in one step, they are. Whatever raises ends this way, and the record goes
by way of the canonical one, which finds all that does not fit.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from mapper.compile.cells import CompiledCell
from mapper.compile.chains import bridge, shortened
from mapper.compile.emit import Code, Local
from mapper.compile.generate import STRICT, finish, fresh, needed, read_field, required, write_field
from mapper.compile.placing import NativePlace, nested
from mapper.compile.plain import write_value
from mapper.compile.sources import Sources
from mapper.compile.writing import is_plain
from mapper.errors import RuleError
from mapper.expr.expressions import Expression
from mapper.records import Record

Translate = Callable[[Record], tuple[Record, list[RuleError]]]


def generate_translate(
    rows: Iterable[str],
    source: Mapping[str, CompiledCell],
    target: Mapping[str, CompiledCell],
    title: str,
    both: Translate,
) -> Translate:
    """A function from one side's native record to a new one of another, without a record in the middle.

    `both` does the same by way of that record, and names all that does not fit: what fails here is left to it.
    """
    readable = {cell.name: cell for cell in source.values() if cell.source is not None}
    writable = {cell.name: cell for cell in target.values() if cell.target is not None}
    code = Code()
    code.whole = True
    code.globals |= {"BOTH": both, "NEEDED": needed, "REQUIRED": required}
    code.add("try:")
    code.indent = "    "
    code.add("o = {}")
    decided = {cell.name for cell in readable.values() if cell.fallback is not None or cell.demanded}
    told_apart = _told_apart(writable.values()) - decided
    apart = [cell for cell in readable.values() if cell.name in told_apart or _is_grouped(cell)]
    sources = Sources(code, "r", apart)
    asked = _needed_by_others(writable.values())
    names = {name: f"c{number}" for number, name in enumerate(readable)}
    known: dict[str, Local] = {}
    waiting: dict[str, CompiledCell] = {}
    # A field is written as soon as all that it needs is read, so that they come in the mapping's order.
    for name in rows:
        cell, written = readable.get(name), writable.get(name)
        if cell and written and name not in asked and _at_once(code, sources, cell, written, names, known):
            continue
        if cell:
            absent = name in told_apart or cell.several
            known[name] = read_field(code, sources, cell, names[name], absent=absent, whole=True)
        if written:
            waiting[name] = written
        for other in [cell for cell in waiting.values() if _reads(cell) & names.keys() <= known.keys()]:
            _write_known(code, waiting.pop(other.name), names, known)
    code.add("return o, []")
    code.indent = ""
    code.add("except Exception:", "    return BOTH(r)")
    return code.function("def translate(r):", f"translate {title}")


def _write_known(code: Code, cell: CompiledCell, names: Mapping[str, str], known: Mapping[str, Local]) -> None:
    """Write a field, unless nothing can come of it."""
    # A condition may refuse its record also where there is nothing to write.
    seen = bool(cell.when) or any(step.sees_missing for step in cell.write)
    if cell.value or cell.name in known or cell.default is not None or cell.required or seen:
        place = names.get(cell.name, "ABSENT")
        found = known.get(cell.name)
        # The variable stays as it is, as others may need it.
        if found and is_plain(cell) and cell.write[0].tested and cell.write[0].exact is not None:
            nested(code, cell.write[:1], NativePlace(cell, ["NEEDED()"] if cell.required else []), found, sure=True)
            return
        write_field(code, cell, names, place, [], create=True, known=known.get(cell.name), whole=True)


def _reads(cell: CompiledCell) -> set[str]:
    """The fields that must be known before a cell can be written."""
    return {*(() if cell.value else (cell.name,)), *_needed_by_others([cell])}


def _is_grouped(cell: CompiledCell) -> bool:
    return cell.native is not None and cell.native.grouped


def _at_once(
    code: Code,
    sources: Sources,
    cell: CompiledCell,
    target: CompiledCell,
    names: Mapping[str, str],
    known: Mapping[str, Local],
) -> bool:
    """Read and write a field in one step, where there is one for both; says whether there was.

    A condition that may refuse its record is asked in any case, and not only where there is a value to be put.
    """
    needed = _needed_by_others([target]) & names.keys()
    if not all(_is_harmless(when) for when in target.when) or not needed <= known.keys():
        return False
    code.guard = " and ".join(f"({code.expression(when, names)})" for when in target.when)
    found = _bridged(code, sources, cell, target, "v")
    code.guard = ""
    return found


def _is_harmless(found: Expression) -> bool:
    """Whether an expression only compares fields with constants."""
    return all(isinstance(node, _HARMLESS) or _is_look_up(node) for node in ast.walk(found.node))


_HARMLESS = (
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not),
    *(ast.Constant, ast.Name, ast.Load),
)


def _is_look_up(node: ast.AST) -> bool:
    """Whether this is `r.get(…)`, or the `r.get` of it."""
    found = node.func if isinstance(node, ast.Call) else node
    return isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name) and found.value.id == "r"


def _bridged(code: Code, sources: Sources, cell: CompiledCell, target: CompiledCell, name: str) -> bool:
    plainly = target.write and not target.value and cell.otherwise in STRICT
    step = bridge(cell.read[-1], target.write[0]) if plainly else None
    if step is None or (len(cell.read) > 1 and step.exact is not None):
        return False
    # What makes something of a value that is missing is asked where there is none, too.
    if any(before.sees_missing for before in cell.read[:-1]):
        return False
    decided = cell.fallback is not None or cell.demanded
    if decided and cell.several or (target.default is not None or target.required) and not decided:
        return False
    native = None
    if cell.fallback is not None:
        try:
            native = write_value(replace(target, default=None, required=False), cell.fallback, create=True)
        except RuleError:
            return False
    local = Local(name, absent=False)
    sources.prepare(cell)
    if len(cell.read) == 1 and cell.several and sources.fetch_each(cell, local, step):
        finish(code, target, local, True)
        return True
    sources.fetch(cell, local)
    steps = shortened([*cell.read[:-1], step])
    if cell.fallback is None and (not cell.demanded or (cell.expected and steps[-1].tested)):
        place = NativePlace(target, ["REQUIRED()"] if cell.demanded else [])
        nested(code, steps, place, local, sure=cell.expected)
        return True
    if len(cell.read) > 1:
        for before in cell.read[:-1]:
            code.step(local, before)
    code.step(local, step, create=True)
    if cell.fallback is not None:
        code.add(f"if {local.missing()}:", f"    {name} = {fresh(code, native)}")
        local.absent = local.null = False
    elif cell.demanded:
        code.add(f"if {local.missing()}:", "    REQUIRED()")
        local.absent = local.null = False
    for rest in target.write[1:]:
        code.step(local, rest, create=True)
    finish(code, target, local, True)
    return True


def _needed_by_others(cells: Iterable[CompiledCell]) -> set[str]:
    """The fields whose canonical values expressions read."""
    expressions = [expression for cell in cells for expression in (cell.value, *cell.when) if expression]
    return {path[0] for expression in expressions for path in expression.reads}


def _told_apart(cells: Collection[CompiledCell]) -> set[str]:
    """The fields of which somebody may ask whether they are absent or null."""
    found = _needed_by_others(cells)
    for cell in cells:
        if any(step.sees_missing and step.exact is None for step in cell.write):
            found.add(cell.name)
    return found
