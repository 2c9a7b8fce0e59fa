"""Straight-line Python that takes a value through its steps to its place, with as few questions as can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from mapper.compile.cells import CompiledCell
from mapper.compile.emit import Code, Local, through
from mapper.compile.generate import finish, put_lines
from mapper.expr.steps import Step


class Place(Protocol):
    """Where values go."""

    nothing: list[str]
    """What is done where there is no value."""
    absent: list[str]
    """What is done where it is not even said that there is none."""

    def given(self, code: Code, name: str, value: str, step: Step) -> None:
        """Put what an expression of a step gives, which is a value for sure; the variable of a name is free."""

    def found(self, code: Code, local: Local) -> None:
        """Put what a variable holds, unless it holds nothing."""


class NativePlace:
    """The place of a field in a new native record; the steps of writing behind the first one are still to come."""

    def __init__(self, cell: CompiledCell, nothing: Sequence[str] = ()) -> None:
        self.cell = cell
        self.nothing = list(nothing)
        self.absent = self.nothing

    def given(self, code: Code, name: str, value: str, step: Step) -> None:
        local, start = Local(name, absent=False, null=False, cls=step.gives), len(code.lines)
        for rest in self.cell.write[1:]:
            code.step(local, rest, create=True)
        if len(code.lines) > start or self.cell.native_set or self.cell.default is not None:
            # By way of the variable, as there is more to do with it.
            code.lines.insert(start, f"{code.indent}{name} = {value}")
            finish(code, self.cell, local, True)
        else:
            code.add(*put_lines(code, self.cell, value))

    def found(self, code: Code, local: Local) -> None:
        for rest in self.cell.write[1:]:
            code.step(local, rest, create=True)
        finish(code, self.cell, local, True)


def nested(code: Code, steps: Sequence[Step], place: Place, local: Local, *, sure: bool) -> None:
    """Put a value in its place on the very branch that has found it to be of a class; any other goes on below.

    `sure`: what raises may raise, as the whole record takes another way then.
    """
    name = local.name
    if local.certain and local.cls and code.inlined(name, local.cls, steps) is not None:
        _inlined(code, steps, place, name, local.cls)
    elif code.inlined(name, object, steps) is not None:
        _if_there(code, place, local, lambda: _served(code, steps, place, name, sure=sure))
    else:
        _by_class(code, steps, place, local)


def _if_there(code: Code, place: Place, local: Local, then: Callable[[], None]) -> None:
    """Ask first whether there is a value."""
    name = local.name
    code.add(f"if {name} is not None:")
    with code.deeper():
        if local.absent:
            code.add(f"if {name} is not ABSENT:")
            with code.deeper():
                then()
            if place.absent:
                code.add("else:", *_deeper(place.absent))
        else:
            then()
    _missing(code, place, local)


def _missing(code: Code, place: Place, local: Local) -> None:
    """The branches of what is null."""
    if local.unsaid and place.absent and place.absent != place.nothing:
        code.add(f"elif {local.unsaid}:", *_deeper(place.absent))
    if place.nothing:
        code.add("else:", *_deeper(place.nothing))


def _served(code: Code, steps: Sequence[Step], place: Place, name: str, *, sure: bool) -> None:
    """The way of a value that is there, by expressions that serve every value or raise."""
    if not steps[-1].tested:
        code.attempt(Local(name, absent=False, null=False), steps)
        place.found(code, Local(name, absent=False, cls=steps[-1].gives))
    elif sure:
        _tested(code, steps, place, name, name, object)
    else:
        kept = "w" if code.inlined(name, object, steps[:-1]) else name
        code.add(*([f"w = {name}"] if kept == "w" else []), "try:")
        with code.deeper():
            _tested(code, steps, place, name, kept, object)
        code.add("except Exception:")
        with code.deeper():
            _slowly(code, steps, place, name, kept)


def _by_class(code: Code, steps: Sequence[Step], place: Place, local: Local) -> None:
    name, last, word = local.name, steps[-1], "if"
    for cls in [cls for cls in steps[0].fast if code.inlined(name, cls, steps) is not None]:
        code.add(f"{word} {name}.__class__ is {code.bind(cls)}:")
        word = "elif"
        with code.deeper():
            if cls is str and last.tested:
                _tested(code, steps, place, name, name, cls)
            else:
                _inlined(code, steps, place, name, cls)
    code.add(f"{word} {local.there()}:")
    with code.deeper():
        _slowly(code, steps, place, name, name)
    if local.absent and place.absent:
        code.add(f"elif {name} is ABSENT:", *_deeper(place.absent))
    _missing(code, place, local)


def _inlined(code: Code, steps: Sequence[Step], place: Place, name: str, cls: type) -> None:
    """The way of a value that is of a class, by expressions alone."""
    last, lines = steps[-1], code.inlined(name, cls, steps) or []
    known = not last.may_empty(cls if len(steps) == 1 else steps[-2].gives or cls)
    if known and len(lines) == 1:
        place.given(code, name, lines[0].split(" = ")[1], last)
        return
    code.add(*lines)
    place.found(code, Local(name, absent=False, null=not known, cls=last.gives))


def _tested(code: Code, steps: Sequence[Step], place: Place, name: str, kept: str, cls: type) -> None:
    """Where the last step comes as a test and a value: there is no need to ask again whether there is one."""
    last = steps[-1]
    assert last.tested is not None
    test, value, nothing = last.tested
    before = code.inlined(name, cls, steps[:-1]) or []
    if before and kept == name and nothing != "True":
        kept = "w"
        code.add(f"w = {name}")
    code.add(*before, f"if {code.piece(last, test, name)}:")
    with code.deeper():
        place.given(code, name, code.piece(last, value, name), last)
    if nothing != "True":
        code.add(f"elif not ({code.piece(last, nothing, name)}):")
        with code.deeper():
            _slowly(code, steps, place, name, kept)
    if place.nothing:
        code.add("else:", *_deeper(place.nothing))


def _slowly(code: Code, steps: Sequence[Step], place: Place, name: str, kept: str) -> None:
    """By the functions of the steps, from the value that a variable holds."""
    slow = code.bind(partial(through, tuple(steps)) if len(steps) > 1 else steps[0].call)
    code.add(f"{name} = {slow}({kept})")
    place.found(code, Local(name))


def _deeper(lines: Sequence[str]) -> list[str]:
    return ["    " + line for line in lines]
