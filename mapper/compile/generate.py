"""Straight-line Python for one field of a mapping: to read it, and to write it.

What the code does is said in `plain`; here it is said so that it costs no more than code written by hand. All problems
of a record are found at once: a field that fails goes the plain way, which knows the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from mapper.compile import plain
from mapper.compile.cells import CompiledCell
from mapper.compile.chains import shortened
from mapper.compile.composites import Parts
from mapper.compile.emit import Code, Local
from mapper.compile.sources import Sources
from mapper.errors import RuleError

#: The rules under which a value that does not fit ends the translation of its record.
STRICT = ("quarantine", "error")


def read_field(
    code: Code, sources: Sources, cell: CompiledCell, name: str, *, absent: bool, whole: bool = False
) -> Local:
    """Read a field into a variable; without `absent` a value that is not there counts as null.

    Where the code takes a `whole` record at once, a field that fails has a way of its own only if it goes on.
    """
    local = Local(name, absent=absent)
    alone = not (whole and cell.otherwise in STRICT)
    sources.prepare(cell)
    if alone:
        code.add("try:")
        code.indent += "    "
    sources.fetch(cell, local)
    _take(code, cell, local)
    if cell.fallback is not None:
        code.add(f"if {local.missing()}:", f"    {name} = {fresh(code, cell.fallback)}")
    elif cell.demanded:
        code.globals["REQUIRED"] = required
        code.add(f"if {local.missing()}:", "    REQUIRED()")
        local.absent = local.null = False
    if alone:
        code.indent = code.indent[:-4]
        problems = "[]" if whole else "p"
        code.add("except Exception:", f"    {name} = {code.bind(plain.again(cell))}(r, {problems})")
    if cell.fallback is not None:
        local.absent = local.null = False
    if alone:
        local.absent = local.absent or cell.otherwise in ("skip", "quarantine")
        local.null = local.null or cell.otherwise == "null"
    return local


def _take(code: Code, cell: CompiledCell, local: Local) -> None:
    """Take a value from the side through the steps of reading."""
    name, steps = local.name, shortened(cell.read)
    if len(steps) == 1 or local.cls is not None or code.inlined(name, object, steps) is None:
        for step in steps:
            code.step(local, step)
        return
    code.attempt(local, steps)
    local.null, local.cls = True, cell.gives


def required() -> None:
    """Raises what is said of a row without the value that it needs."""
    raise RuleError(plain.REQUIRED)


def needed() -> None:
    """Raises what is said of a field of the vendor's without the value that it needs."""
    raise RuleError(plain.NEEDED)


def write_field(
    code: Code,
    cell: CompiledCell,
    root: Mapping[str, str] | str,
    place: str,
    tests: list[str],
    *,
    create: bool | None,
    known: Local | None = None,
    whole: bool = False,
) -> None:
    """Write a field; `create` is None where the code finds out when it runs."""
    place = place if known is not None and not cell.value else f"x = {place}"
    code.globals["FAILED"] = plain.FAILED
    held = "x" if cell.value or cell.when or known is None else place
    alone = not (whole and cell.otherwise != "skip")
    opened = code.indent
    if tests:
        code.add("if " + " and ".join(f"({test})" for test in tests) + ":")
        code.indent += "    "
    if alone:
        # What fails before there is a value is not tried again.
        code.add(*(["x = FAILED"] if held == "x" else []), "try:")
        code.indent += "    "
    if cell.when:
        code.add("if " + " and ".join(f"({code.expression(when, root)})" for when in cell.when) + ":")
        code.indent += "    "
    if cell.value:
        code.add(f"x = {code.expression(cell.value, root)}")
    elif held == "x":
        code.add(place if place.startswith("x = ") else f"x = {place}")
    _written(code, cell, Local("v") if known is None or cell.value else replace(known, name="v"), held, create)
    code.indent = opened + ("    " if tests else "")
    if alone:
        flag = "create" if create is None else str(create)
        problems = "[]" if whole else "p"
        code.add("except Exception as e:", f"    {code.bind(plain.put_again(cell))}(o, {held}, e, {problems}, {flag})")
    code.indent = opened


def _written(code: Code, cell: CompiledCell, local: Local, held: str, create: bool | None) -> None:
    """Take the value that a variable holds through the steps of writing, and put it in its place."""
    start = len(code.lines)
    for step in cell.write:
        code.step(local, step, create=create is True)
    composite = isinstance(cell.target, Parts) and (create is not False)
    if len(code.lines) == start and cell.default is None and not composite:
        local.name = held
    else:
        code.lines.insert(start, f"{code.indent}v = {held}")
    if composite:
        code.globals["WITHOUT_EMPTY"] = plain.without_empty
        always = create is True or cell.policy == "never clear"
        code.add("v = WITHOUT_EMPTY(v)" if always else "v = WITHOUT_EMPTY(v) if create else v")
        local.absent = True
    finish(code, cell, local, create)


def finish(code: Code, cell: CompiledCell, local: Local, create: bool | None) -> None:
    """The default of a create, the demand of the vendor, and the place where the value is put."""
    v, new = local.name, {None: "create and ", True: "", False: None}[create]
    # On a create null was never turned into CLEAR, as both are left out.
    gone = local.missing() if create else f"{v} is ABSENT or {v} is CLEAR"
    if cell.default is not None and new is not None:
        code.add(f"if {new}({gone}):", f"    {v} = {fresh(code, cell.default)}")
    if cell.required and (create is None or gone != "False"):
        code.globals["NEEDED"] = needed
        late = f"{v} is CLEAR or (create and {v} is ABSENT)" if create is None else gone
        code.add(f"if {late}:", "    NEEDED()")
    tests = [local.there()] if create else [f"{v} is not ABSENT"]
    empty = f"({v} is CLEAR or {v} == [] or {v} == '')" if cell.native_set else f"{v} is CLEAR"
    if create is None:
        tests.append(f"not {empty}" if cell.policy == "never clear" else f"not (create and {empty})")
    elif cell.native_set:
        tests = [v] if local.cls is list else [*tests, f"{v} != []", f"{v} != ''"]
    tests = [test for test in tests if test != "True"]
    lines = put_lines(code, cell, v)
    code.add(*(["if " + " and ".join(tests) + ":", *("    " + line for line in lines)] if tests else lines))


def put_lines(code: Code, cell: CompiledCell, name: str) -> list[str]:
    """The statements that put a value in its place."""
    target = cell.target
    assert target is not None
    place, lines = "o", []
    if not target.plain:
        lines = [f"{code.bind(target)}.put(o, {name})"]
    else:
        *above, last = target.parts
        for part in above:
            lines.append(f"t = {place}.setdefault({code.constant(part)}, {{}})")
            place = "t"
        lines.append(f"{place}[{code.constant(last)}] = {name}")
    return [f"if {code.guard}:", *("    " + line for line in lines)] if code.guard else lines


def fresh(code: Code, value: Any) -> str:
    """Code for a value of the file; each record has one of its own."""
    name = code.bind(value)
    return f"{code.bind(deepcopy)}({name})" if isinstance(value, list | dict) else name
