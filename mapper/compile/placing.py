"""Straight-line Python that takes a value through its steps to its place, with as few questions as can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from mapper.compile.cells import CompiledCell
from mapper.compile.emit import Code, Local, through
from mapper.compile.generate import finish, put_lines
from mapper.expr.steps import Step


def nested(
    code: Code, steps: Sequence[Step], target: CompiledCell, local: Local, *, sure: bool, demanded: bool = False
) -> None:
    """Put a value in its place on the very branch that has found it to be of a class; any other goes on below."""
    rest, name, last = list(target.write[1:]), local.name, steps[-1]
    if local.certain and local.cls and (lines := code.inlined(name, local.cls, steps)) is not None:
        if len(lines) == 1 and not last.may_empty(local.cls):
            _given(code, rest, target, Local(name, absent=False, null=False, cls=last.gives), lines[0].split(" = ")[1])
            return
        code.add(*lines)
        _rest(code, rest, target, Local(name, absent=False, null=last.may_empty(local.cls), cls=last.gives))
        return
    if code.inlined(name, object, steps) is not None:
        if last.tested:
            _tested(code, steps, target, local, sure=sure, demanded=demanded)
            return
        code.add(f"if {local.there()}:")
        with code.deeper():
            code.attempt(Local(name, absent=False, null=False), steps)
            _rest(code, rest, target, Local(name, absent=False, cls=last.gives))
        return
    word = "if"
    for cls in [cls for cls in steps[0].fast if code.inlined(name, cls, steps) is not None]:
        code.add(f"{word} {name}.__class__ is {code.bind(cls)}:")
        word = "elif"
        with code.deeper():
            if cls is str and last.tested:
                _tested_here(code, steps, target, name)
                continue
            code.add(*(code.inlined(name, cls, steps) or []))
            _rest(code, rest, target, Local(name, absent=False, null=last.may_empty(cls), cls=last.gives))
    code.add(f"{word} {local.there()}:", f"    {name} = {code.bind(partial(through, steps))}({name})")
    with code.deeper():
        _rest(code, rest, target, Local(name))


def _tested(
    code: Code, steps: Sequence[Step], target: CompiledCell, local: Local, *, sure: bool, demanded: bool
) -> None:
    """The same where the last step comes as a test and a value: there is no need to ask again whether there is one."""
    code.add(f"if {local.there()}:")
    with code.deeper():
        if sure:
            _tested_here(code, steps, target, local.name, demanded=demanded)
        else:
            many = len(code.inlined(local.name, object, steps[:-1]) or []) > 0
            code.add(*([f"w = {local.name}"] if many else []), "try:")
            with code.deeper():
                _tested_here(code, steps, target, local.name)
            code.add("except Exception:")
            with code.deeper():
                _slowly(code, steps, target, local.name, "w" if many else local.name)
    if demanded:
        code.add("else:", "    REQUIRED()")


def _tested_here(code: Code, steps: Sequence[Step], target: CompiledCell, name: str, *, demanded: bool = False) -> None:
    last, cls = steps[-1], object if object in steps[0].fast else str
    assert last.tested is not None
    test, value, nothing = last.tested
    before = code.inlined(name, cls, steps[:-1]) or []
    kept = "w" if before and nothing != "True" else name
    code.add(*([f"w = {name}"] if kept == "w" else []), *before, f"if {code.piece(last, test, name)}:")
    with code.deeper():
        found = Local(name, absent=False, null=False, cls=last.gives)
        _given(code, list(target.write[1:]), target, found, code.piece(last, value, name))
    if nothing != "True":
        code.add(f"elif not ({code.piece(last, nothing, name)}):")
        with code.deeper():
            _slowly(code, steps, target, name, kept)
    if demanded:
        code.add("else:", "    REQUIRED()")


def _slowly(code: Code, steps: Sequence[Step], target: CompiledCell, name: str, kept: str) -> None:
    """By the functions of the steps, from the value that a variable holds."""
    slow = code.bind(partial(through, tuple(steps)) if len(steps) > 1 else steps[0].call)
    code.add(f"{name} = {slow}({kept})")
    _rest(code, target.write[1:], target, Local(name))


def _given(code: Code, steps: Iterable[Step], target: CompiledCell, local: Local, value: str) -> None:
    """Put a value in its place, by way of the variable only where there is more to do with it."""
    name, start = local.name, len(code.lines)
    for step in steps:
        code.step(local, step, create=True)
    if len(code.lines) > start or target.native_set or target.default is not None:
        code.lines.insert(start, f"{code.indent}{name} = {value}")
        finish(code, target, local, True)
    else:
        code.add(*put_lines(code, target, value))


def _rest(code: Code, steps: Iterable[Step], target: CompiledCell, local: Local) -> None:
    for step in steps:
        code.step(local, step, create=True)
    finish(code, target, local, True)
