"""Straight-line Python for one side of a mapping: one function that reads a record, one that writes one.

The code is built from our own statements only; whatever comes from a file (names, keys, converters) enters as a
constant of the syntax tree or as a global of the function, never as text. A `try` costs nothing until it catches, so
every field has its own and all problems of a record are found at once.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mapper.compile.cells import CompiledCell
from mapper.errors import RuleError
from mapper.expr.expressions import Expression
from mapper.records import ABSENT, CLEAR, Record
from mapper.spec.mapping import Row

Read = Callable[[Record], tuple[Record, list[RuleError]]]
Write = Callable[[Record, frozenset[str] | None, bool], tuple[Record, list[RuleError]]]


class _Nulls(dict[str, Any]):
    """What a null object holds: null, whatever is asked for."""

    def get(self, key: str, default: Any = None) -> Any:
        return None


_EMPTY: Record = {}
_NULLS = _Nulls()


def _below(parent: Record, key: str) -> Record:
    """The object at a key: nothing known where it is absent, all null where it is null."""
    found = parent.get(key, ABSENT)
    if found.__class__ is dict:
        return found  # type: ignore[no-any-return,unused-ignore]
    return _NULLS if found is None else _EMPTY


class StopRun(RuleError):
    """A value does not fit, and its row says that the run must stop."""


def _handler(cell: CompiledCell, otherwise: str) -> Callable[[Record, Exception, list[RuleError]], None]:
    """What is done with a value that does not fit."""

    def handle(out: Record, error: Exception, problems: list[RuleError]) -> None:
        message = error.message if isinstance(error, RuleError) else f"{type(error).__name__}: {error}"
        if otherwise == "skip":
            return
        if otherwise == "null":
            out[cell.name] = None
            return
        kind = StopRun if otherwise == "error" else RuleError
        problem = kind(message, field=cell.name, position=cell.position)
        if otherwise == "error":
            raise problem
        problems.append(problem)

    return handle


class _Code:
    """Statements, and the constants and globals that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.globals: dict[str, Any] = {"ABSENT": ABSENT, "CLEAR": CLEAR, "_below": _below, "_EMPTY": _EMPTY}
        self.globals["RuleError"] = RuleError

    def constant(self, value: Any) -> str:
        name = f"K{len(self.constants)}_"
        self.constants[name] = value
        return name

    def bind(self, value: Any) -> str:
        name = f"g{len(self.globals)}_"
        self.globals[name] = value
        return name

    def add(self, *lines: str) -> None:
        self.lines.extend(lines)

    def function(self, signature: str, name: str) -> Any:
        tree = ast.parse(signature + "\n" + "\n".join("    " + line for line in self.lines))
        tree = _Constants(self.constants).visit(tree)
        exec(compile(tree, f"<{name}>", "exec"), self.globals)
        return self.globals[signature.split("(")[0].removeprefix("def ")]


class _Constants(ast.NodeTransformer):
    """Puts the constants into the tree, in place of their names."""

    def __init__(self, constants: dict[str, Any]) -> None:
        self.constants = constants

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.constants:
            return ast.copy_location(ast.Constant(self.constants[node.id]), node)
        return node


def generate_read(cells: Iterable[CompiledCell], rows: dict[str, Row], otherwise: Mapping[str, str], name: str) -> Read:
    """A function from a native record to (canonical record, problems)."""
    code = _Code()
    code.add("c = {}", "p = []")
    parents: dict[tuple[str, ...], str] = {(): "r"}
    for cell in cells:
        if cell.source is None:
            continue
        access = _access(code, cell, parents)
        value = access
        for convert in cell.read:
            value = f"{code.bind(convert)}({value})"
        row = rows[cell.name]
        code.add("try:", f"    v = {value}")
        if row.default is not None:
            code.add("    if v is None or v is ABSENT:", f"        v = {code.bind(row.default)}")
        if row.required:
            code.add(
                "    if v is None or v is ABSENT:", "        raise RuleError('is required, and there is no value')"
            )
        code.add("    if v is not ABSENT:", f"        c[{code.constant(cell.name)}] = v")
        code.add("except Exception as e:", f"    {code.bind(_handler(cell, otherwise[cell.name]))}(c, e, p)")
    code.add("return c, p")
    read: Read = code.function("def read(r):", f"read {name}")
    return read


def _access(code: _Code, cell: CompiledCell, parents: dict[tuple[str, ...], str]) -> str:
    source = cell.source
    assert source is not None
    if isinstance(source, Expression):
        return f"{code.bind(source.call)}(r)"
    if not source.plain:
        return f"{code.bind(source.get)}(r)"
    parent = _parent(code, source.parts[:-1], parents)
    missing = f"(ABSENT if {parent} is _EMPTY else None)" if cell.native and cell.native.grouped else "ABSENT"
    return f"{parent}.get({code.constant(source.parts[-1])}, {missing})"


def _parent(code: _Code, parts: tuple[str, ...], parents: dict[tuple[str, ...], str]) -> str:
    """The variable that holds the object at a path, fetched once for all fields in it."""
    if parts not in parents:
        above = _parent(code, parts[:-1], parents)
        variable = f"o{len(parents)}"
        code.add(f"{variable} = _below({above}, {code.constant(parts[-1])})")
        parents[parts] = variable
    return parents[parts]


def generate_write(cells: Iterable[CompiledCell], otherwise: Mapping[str, str], name: str) -> Write:
    """A function from (canonical record, names of changed fields or None for all, is it a create) to native."""
    code = _Code()
    code.add("o = {}", "p = []")
    for cell in cells:
        if cell.target is None:
            continue
        _write_cell(code, cell, otherwise[cell.name])
    code.add("return o, p")
    write: Write = code.function("def write(c, changed, create):", f"write {name}")
    return write


def _write_cell(code: _Code, cell: CompiledCell, otherwise: str) -> None:
    tests = [f"changed is None or not changed.isdisjoint({code.bind(cell.reads)})"]
    if cell.once or cell.policy == "on create":
        tests.append("create")
    tests += [f"{code.bind(when)}(c)" for when in cell.when]
    value = f"{code.bind(cell.value.call)}(c)" if cell.value else f"c.get({code.constant(cell.name)}, ABSENT)"
    for convert in cell.write:
        value = f"{code.bind(convert)}({value})"
    code.add("if " + " and ".join(f"({test})" for test in tests) + ":", "    try:", f"        v = {value}")
    if cell.default is not None:
        code.add("        if create and (v is ABSENT or v is CLEAR):", f"            v = {code.bind(cell.default)}")
    if cell.required:
        code.add(
            "        if v is CLEAR or (create and v is ABSENT):",
            "            raise RuleError('has no value, and the field is required there')",
        )
    # A create says nothing of what is empty anyway.
    empty = "(v is CLEAR or v == [])" if cell.native and cell.native.field.type == "set" else "v is CLEAR"
    keep = f"v is not ABSENT and not (create and {empty})"
    if cell.policy == "never clear":
        keep += " and v is not CLEAR"
    assert cell.target is not None
    code.add(f"        if {keep}:", *_put(code, cell.target.parts))
    handler = code.bind(_handler(cell, "quarantine" if otherwise == "null" else otherwise))
    code.add("    except Exception as e:", f"        {handler}(o, e, p)")


def _put(code: _Code, parts: tuple[str, ...]) -> list[str]:
    place = "o"
    lines = []
    for part in parts[:-1]:
        lines.append(f"            t = {place}.setdefault({code.constant(part)}, {{}})")
        place = "t"
    lines.append(f"            {place}[{code.constant(parts[-1])}] = v")
    return lines


def generate_record(reads: dict[str, Callable[[Any], Any]], name: str) -> Callable[[Record], Record]:
    """A function that converts the named values of a record and leaves out absent ones; for keys, dumps and loads."""
    code = _Code()
    code.add("o = {}")
    for field, convert in reads.items():
        key = code.constant(field)
        code.add(f"v = c.get({key}, ABSENT)", "if v is not ABSENT:", f"    o[{key}] = {code.bind(convert)}(v)")
    code.add("return o")
    function: Callable[[Record], Record] = code.function("def convert(c):", name)
    return function
