"""Straight-line Python for the sides of a mapping: to read a record, to write one, and to do both at once.

What the code does is said in `plain`; here it is said so that it costs no more than code written by hand. All problems
of a record are found at once: a field that fails goes the plain way, which knows the words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from mapper.compile import plain
from mapper.compile.cells import CompiledCell
from mapper.compile.chains import bridge
from mapper.compile.composites import Parts
from mapper.compile.emit import Code, Local, through
from mapper.compile.plain import write_value
from mapper.compile.sources import Sources
from mapper.errors import RuleError
from mapper.expr.steps import Step
from mapper.records import Record

Read = Callable[[Record], tuple[Record, list[RuleError]]]
Write = Callable[[Record, frozenset[str] | None, bool], tuple[Record, list[RuleError]]]
Translate = Callable[[Record], tuple[Record, list[RuleError]]]


def generate_read(cells: Iterable[CompiledCell], title: str) -> Read:
    """A function from a native record to (canonical record, problems)."""
    code = Code()
    code.add("c = {}", "p = []")
    sources = Sources(code, "r")
    for cell in cells:
        if cell.source is None:
            continue
        local = _read(code, sources, cell, "v", absent=True)
        put = f"c[{code.constant(cell.name)}] = v"
        code.add(*(("if v is not ABSENT:", f"    {put}") if local.absent else (put,)))
    code.add("return c, p")
    return code.function("def read(r):", f"read {title}")


def _read(code: Code, sources: Sources, cell: CompiledCell, name: str, *, absent: bool, whole: bool = False) -> Local:
    """Read a field into a variable; without `absent` a value that is not there counts as null.

    Where the code takes a `whole` record at once, a field that fails has a way of its own only if it goes on.
    """
    local = Local(name, absent=absent)
    alone = not (whole and cell.otherwise in _STRICT)
    sources.prepare(cell)
    if alone:
        code.add("try:")
        code.indent += "    "
    sources.fetch(cell, local)
    _take(code, cell, local)
    if cell.fallback is not None:
        code.add(f"if {local.missing()}:", f"    {name} = {_fresh(code, cell.fallback)}")
    elif cell.demanded:
        code.globals["REQUIRED"] = _required
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
    name = local.name
    if len(cell.read) == 1 or local.cls is not None or code.inlined(name, object, cell.read) is None:
        for step in cell.read:
            code.step(local, step)
        return
    code.attempt(local, cell.read)
    local.null, local.cls = True, cell.gives


def _required() -> None:
    raise RuleError(plain.REQUIRED)


def _needed() -> None:
    raise RuleError(plain.NEEDED)


def generate_write(cells: Iterable[CompiledCell], title: str) -> Write:
    """A function from (canonical record, names of changed fields or None for all, is it a create) to native."""
    cells = [cell for cell in cells if cell.target is not None]
    code = Code()
    code.globals["CREATE"] = generate_create(cells, title)
    code.add("if create and changed is None:", "    return CREATE(c)", "o = {}", "p = []")
    for cell in cells:
        tests = [f"changed is None or not changed.isdisjoint({code.bind(cell.reads)})"]
        if cell.once or cell.policy == "on create":
            tests.append("create")
        _write(code, cell, "c", f"c.get({code.constant(cell.name)}, ABSENT)", tests, create=None)
    code.add("return o, p")
    return code.function("def write(c, changed, create):", f"write {title}")


def generate_create(cells: Iterable[CompiledCell], title: str) -> Callable[[Record], tuple[Record, list[RuleError]]]:
    """A function from a canonical record to a new native one."""
    code = Code()
    code.add("o = {}", "p = []")
    for cell in cells:
        _write(code, cell, "c", f"c.get({code.constant(cell.name)}, ABSENT)", [], create=True)
    code.add("return o, p")
    return code.function("def create(c):", f"create {title}")


def generate_translate(
    source: Mapping[str, CompiledCell], target: Mapping[str, CompiledCell], title: str, both: Translate
) -> Translate:
    """A function from one side's native record to a new one of another, without a record in the middle.

    `both` does the same by way of that record, and names all that does not fit: what fails here is left to it.
    """
    readable = [cell for cell in source.values() if cell.source is not None]
    writable = {cell.name: cell for cell in target.values() if cell.target is not None}
    code = Code()
    code.whole = True
    code.globals["BOTH"] = both
    code.add("try:")
    code.indent = "    "
    code.add("o = {}")
    decided = {cell.name for cell in readable if cell.fallback is not None or cell.demanded}
    told_apart = _told_apart(writable.values()) - decided
    sources = Sources(code, "r", [cell for cell in readable if cell.name in told_apart or _is_grouped(cell)])
    needed = _needed_by_others(writable.values())
    names: dict[str, str] = {}
    known: dict[str, Local] = {}
    for number, cell in enumerate(readable):
        names[cell.name] = f"c{number}"
        written = writable.get(cell.name)
        if written and cell.name not in needed and _bridged(code, sources, cell, written, f"c{number}"):
            del writable[cell.name]
            continue
        known[cell.name] = _read(code, sources, cell, f"c{number}", absent=cell.name in told_apart or cell.several, whole=True)
    for cell in writable.values():
        seen = any(step.sees_missing for step in cell.write)
        if cell.value or cell.name in known or cell.default is not None or cell.required or seen:
            place = names.get(cell.name, "ABSENT")
            _write(code, cell, names, place, [], create=True, known=known.get(cell.name), whole=True)
    code.add("return o, []")
    code.indent = ""
    code.add("except Exception:", "    return BOTH(r)")
    return code.function("def translate(r):", f"translate {title}")


def _is_grouped(cell: CompiledCell) -> bool:
    return cell.native is not None and cell.native.grouped


def _bridged(code: Code, sources: Sources, cell: CompiledCell, target: CompiledCell, name: str) -> bool:
    """Read and write a field in one step, where there is one for both; says whether there was."""
    plainly = target.write and not (target.value or target.when) and cell.otherwise in _STRICT
    step = bridge(cell.read[-1], target.write[0]) if plainly else None
    if step is None or (len(cell.read) > 1 and step.exact is not None):
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
        _finish(code, target, local, True)
        return True
    sources.fetch(cell, local)
    if cell.fallback is None and not cell.demanded:
        return _nested(code, [*cell.read[:-1], step], target, local)
    if len(cell.read) > 1:
        for before in cell.read[:-1]:
            code.step(local, before)
    code.step(local, step, create=True)
    if cell.fallback is not None:
        code.add(f"if {local.missing()}:", f"    {name} = {_fresh(code, native)}")
        local.absent = local.null = False
    elif cell.demanded:
        code.globals["REQUIRED"] = _required
        code.add(f"if {local.missing()}:", "    REQUIRED()")
        local.absent = local.null = False
    for rest in target.write[1:]:
        code.step(local, rest, create=True)
    _finish(code, target, local, True)
    return True


def _nested(code: Code, steps: list[Step], target: CompiledCell, local: Local) -> bool:
    """Put a value in its place on the very branch that has found it to be of a class; any other goes on below."""
    rest, name = list(target.write[1:]), local.name
    if local.certain and local.cls and (lines := code.inlined(name, local.cls, steps)) is not None:
        code.add(*lines)
        _rest(code, rest, target, Local(name, absent=False, cls=steps[-1].gives))
        return True
    if steps[-1].tested and code.inlined(name, object, steps) is not None:
        _tested(code, steps, target, local)
        return True
    if code.inlined(name, object, steps) is not None:
        code.add(f"if {local.there()}:")
        with code.deeper():
            code.attempt(Local(name, absent=False, null=False), steps)
            _rest(code, rest, target, Local(name, absent=False, cls=steps[-1].gives))
        return True
    classes = [cls for cls in steps[0].fast if code.inlined(name, cls, steps) is not None]
    word = "if"
    for cls in classes:
        code.add(f"{word} {name}.__class__ is {code.bind(cls)}:", *_indented(code.inlined(name, cls, steps) or []))
        code.add(f"    if {name} is not None:")
        word = "elif"
        with code.deeper(2):
            _rest(code, rest, target, Local(name, absent=False, null=False, cls=steps[-1].gives))
    code.add(f"{word} {local.there()}:", f"    {name} = {code.bind(partial(through, steps))}({name})")
    with code.deeper():
        _rest(code, rest, target, Local(name))
    return True


def _tested(code: Code, steps: list[Step], target: CompiledCell, local: Local) -> None:
    """The same where the last step comes as a test and a value: there is no need to ask again whether there is one."""
    name, rest, last = local.name, list(target.write[1:]), steps[-1]
    assert last.tested is not None
    test, value, calls = last.tested
    before = code.inlined(name, object, steps[:-1]) or []
    slow = code.bind(partial(through, tuple(steps)) if before else last.call)
    # What stands before the last step takes the value's place.
    kept = "w" if before else name
    code.add(
        f"if {local.there()}:", *([f"    w = {name}"] if before else []), "    try:", *_indented(_indented(before))
    )
    with code.deeper(2):
        code.add(f"if {code.piece(last, test, name)}:")
        with code.deeper():
            found = Local(name, absent=False, null=False, cls=last.gives)
            _given(code, rest, target, found, code.piece(last, value, name))
        if calls:
            code.add("else:", f"    {name} = {slow}({kept})")
            with code.deeper():
                _rest(code, rest, target, Local(name))
    code.add("    except Exception:", f"        {name} = {slow}({kept})")
    with code.deeper(2):
        _rest(code, rest, target, Local(name))


def _given(code: Code, steps: Iterable[Step], target: CompiledCell, local: Local, value: str) -> None:
    """Put a value in its place, by way of the variable only where there is more to do with it."""
    name, start = local.name, len(code.lines)
    for step in steps:
        code.step(local, step, create=True)
    if len(code.lines) > start or target.native_set or target.default is not None:
        code.lines.insert(start, f"{code.indent}{name} = {value}")
        _finish(code, target, local, True)
    else:
        code.add(*_put(code, target, value))


def _rest(code: Code, steps: Iterable[Step], target: CompiledCell, local: Local) -> None:
    for step in steps:
        code.step(local, step, create=True)
    _finish(code, target, local, True)


def _fresh(code: Code, value: Any) -> str:
    """Code for a value of the file; each record has one of its own."""
    name = code.bind(value)
    return f"{code.bind(deepcopy)}({name})" if isinstance(value, list | dict) else name


def _indented(lines: Iterable[str]) -> list[str]:
    return ["    " + line for line in lines]


#: The rules under which a value that does not fit ends the translation of its record.
_STRICT = ("quarantine", "error")


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


def _write(
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
    _finish(code, cell, local, create)


def _finish(code: Code, cell: CompiledCell, local: Local, create: bool | None) -> None:
    """The default of a create, the demand of the vendor, and the place where the value is put."""
    v, new = local.name, {None: "create and ", True: "", False: None}[create]
    # On a create null was never turned into CLEAR, as both are left out.
    gone = local.missing() if create else f"{v} is ABSENT or {v} is CLEAR"
    if cell.default is not None and new is not None:
        code.add(f"if {new}({gone}):", f"    {v} = {_fresh(code, cell.default)}")
    if cell.required and (create is None or gone != "False"):
        code.globals["NEEDED"] = _needed
        late = f"{v} is CLEAR or (create and {v} is ABSENT)" if create is None else gone
        code.add(f"if {late}:", "    NEEDED()")
    tests = [local.there()] if create else [f"{v} is not ABSENT"]
    empty = f"({v} is CLEAR or {v} == [] or {v} == '')" if cell.native_set else f"{v} is CLEAR"
    if create is None:
        tests.append(f"not {empty}" if cell.policy == "never clear" else f"not (create and {empty})")
    elif cell.native_set:
        tests = [v] if local.cls is list else [*tests, f"{v} != []", f"{v} != ''"]
    tests = [test for test in tests if test != "True"]
    lines = _put(code, cell, v)
    code.add(*(["if " + " and ".join(tests) + ":", *("    " + line for line in lines)] if tests else lines))


def _put(code: Code, cell: CompiledCell, name: str) -> list[str]:
    target = cell.target
    assert target is not None
    if not target.plain:
        return [f"{code.bind(target)}.put(o, {name})"]
    *above, last = target.parts
    place, lines = "o", []
    for part in above:
        lines.append(f"t = {place}.setdefault({code.constant(part)}, {{}})")
        place = "t"
    return [*lines, f"{place}[{code.constant(last)}] = {name}"]


def generate_record(reads: Mapping[str, Callable[[Any], Any]], name: str) -> Callable[[Record], Record]:
    """A function that converts the named values of a record and leaves out absent ones; for keys, dumps and loads."""
    code = Code()
    code.add("o = {}")
    for field, convert in reads.items():
        key = code.constant(field)
        code.add(f"v = c.get({key}, ABSENT)", "if v is not ABSENT:", f"    o[{key}] = {code.bind(convert)}(v)")
    code.add("return o")
    return code.function("def convert(c):", name)
