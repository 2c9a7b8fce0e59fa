"""The building of straight-line Python: statements of our own, and what they name.

Whatever comes from a file (names, keys, functions) enters the code as a constant of the syntax tree or as a global of
the function, never as text. A `try` costs nothing until it catches, so every field has its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any

from mapper.expr.expressions import Expression
from mapper.expr.python import Member, quickly
from mapper.expr.steps import Step
from mapper.records import ABSENT, CLEAR

_NONE: Mapping[tuple[str, ...], str] = {}


@dataclass
class Local:
    """A local variable, which missing values it may hold, and the class of its value where it is known.

    `unsaid` is the test that a null stands for a value that is not there at all.
    """

    name: str
    absent: bool = True
    null: bool = True
    clear: bool = False
    cls: type | None = None
    unsaid: str = ""

    @property
    def certain(self) -> bool:
        """Whether it holds a value of its class for sure."""
        return self.cls is not None and not (self.null or self.absent or self.clear)

    def there(self) -> str:
        """The test that it holds a value."""
        held = {"None": self.null, "ABSENT": self.absent, "CLEAR": self.clear}
        return " and ".join(f"{self.name} is not {word}" for word, may in held.items() if may) or "True"

    def missing(self) -> str:
        """The test that it holds none."""
        held = {"None": self.null, "ABSENT": self.absent, "CLEAR": self.clear}
        return " or ".join(f"{self.name} is {word}" for word, may in held.items() if may) or "False"


class Code:
    """Statements, and the constants, globals and pieces of syntax that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.pieces: dict[str, Callable[[], ast.expr]] = {}
        #: What tells the pieces from others, in their order.
        self.told: list[Any] = []
        self.globals: dict[str, Any] = {"ABSENT": ABSENT, "CLEAR": CLEAR}
        self.bound: dict[int, str] = {}
        self.indent = ""
        # Whether a whole record is taken another way where anything is raised.
        self.whole = False
        # By the variable of an object, the one that holds its method for look-ups.
        self.methods: dict[str, str] = {}
        # What must be true for a value to be put in its place.
        self.guard = ""

    def add(self, *lines: str) -> None:
        self.lines.extend(self.indent + line for line in lines)

    @contextmanager
    def deeper(self, levels: int = 1) -> Iterator[None]:
        """Statements of a block."""
        before = self.indent
        self.indent += "    " * levels
        yield
        self.indent = before

    def constant(self, value: Any) -> str:
        name = f"K{len(self.constants)}_"
        self.constants[name] = value
        return name

    def bind(self, value: Any) -> str:
        """A global that holds an object."""
        if id(value) not in self.bound:
            self.bound[id(value)] = name = f"g{len(self.bound)}_"
            self.globals[name] = value
        return self.bound[id(value)]

    def expression(
        self,
        found: Expression,
        names: Mapping[str, str] | str,
        objects: Mapping[tuple[str, ...], str] = _NONE,
        apart: Collection[str] = (),
        *,
        quick: bool = False,
    ) -> str:
        """An expression in place; the fields of its root are locals by name, or members of one variable.

        `objects` are variables with objects that were looked up before, empty dicts where there is none; those that
        are `apart` may be NULLS, of which nothing is a member. `quick`: null and ABSENT come to the same, and what
        raises is taken another way.
        """
        self.globals.update(found.constants)
        node = _Rooted(names, objects, apart, self.methods).visit(quickly(found.node) if quick else found.node)
        return self._piece(ast.dump(node), lambda: ast.fix_missing_locations(node))

    def _piece(self, told: Any, make: Callable[[], ast.expr]) -> str:
        """A name for a piece of syntax, which is made when it is needed: `told` says which it is."""
        name = f"E{len(self.pieces)}_"
        self.pieces[name] = make
        self.told.append(told)
        return name

    def step(self, local: Local, step: Step, *, create: bool = False) -> None:
        """Take a variable one step further; on a create it makes no difference whether null becomes CLEAR."""
        if local.cls is not None and local.certain and step.fast.get(local.cls) == "v":
            return
        if step.sees_missing:
            everything = Local(local.name, absent=False, null=False, cls=local.cls if local.certain else None)
            self._chain(local.name, self._branches(everything, step))
            local.absent = local.null = True
            local.cls = step.gives
            return
        clears = step.clears and local.null and not create
        if object in step.fast and local.cls not in step.fast:
            if clears:
                self.add(f"if {local.name} is None:", f"    {local.name} = CLEAR")
            self.attempt(local, [step], "elif" if clears else "if")
            self._after(local, step, clears)
            return
        branches = self._branches(local, step)
        if clears:
            branches.insert(0 if local.cls else -1, (f"{local.name} is None", "CLEAR"))
        self._chain(local.name, branches)
        self._after(local, step, clears)

    def attempt(self, local: Local, steps: Sequence[Step], word: str = "if") -> None:
        """Take a value that is not missing further by expressions that serve every value, or else by the functions."""
        name, there = local.name, local.there()
        lines = self.inlined(name, object, steps)
        assert lines is not None
        if there != "True":
            self.add(f"{word} {there}:")
        call = steps[0].call if len(steps) == 1 else partial(through, tuple(steps))
        # The value as it was, for the functions.
        with self.deeper(there != "True"):
            if self.whole and all(step.exact is not None for step in steps):
                self.add(*lines)
                return
            kept = name if len(lines) == 1 else "w"
            self.add(*([f"w = {name}"] if kept == "w" else []), "try:", *("    " + line for line in lines))
            self.add("except Exception:", f"    {name} = {self.bind(call)}({kept})")

    def _after(self, local: Local, step: Step, clears: bool) -> None:
        local.clear = local.clear or clears
        # What a step gives may be null: a blank, a date that stands for none.
        local.null = (local.null and not clears) or not step.clears
        local.cls = step.gives

    def inlined(self, name: str, cls: type, steps: Sequence[Step]) -> list[str] | None:
        """Statements that take a value of a class all the way without a call, or None where there is no such way."""
        lines, known = [], cls
        for step in steps:
            if step.sees_missing or known not in step.fast:
                return None
            code = self._fast(step, step.fast[known], name)
            lines += [f"{name} = {code}"] if code != name else []
            # What is asked of texts only gives a text.
            after = (str if known is object else known) if step.keeps else step.gives
            if after is None and step is not steps[-1]:
                return None
            known = after or known
        return lines

    def piece(self, step: Step, code: str, name: str) -> str:
        """An expression of a step over a variable, in place."""
        return self._fast(step, code, name)

    def _branches(self, local: Local, step: Step) -> list[tuple[str, str]]:
        """Tests and the values that they lead to, in the order in which they are asked."""
        name, call = local.name, f"{self.bind(step.call)}({local.name})"
        fast = {cls: self._fast(step, code, name) for cls, code in step.fast.items() if cls is not object}
        if local.cls is not None:
            return [(local.there(), fast.get(local.cls, call))]
        same = [f"{name}.__class__ is not {self.bind(cls)}" for cls, code in fast.items() if code == name]
        exact = [(f"{name}.__class__ is {self.bind(cls)}", code) for cls, code in fast.items() if code != name]
        there = [test for test in (*same, local.there()) if test != "True"]
        return [*exact, (" and ".join(there) or "True", call)]

    def _fast(self, step: Step, code: str, name: str) -> str:
        names = {word: self.bind(value) for word, value in step.names.items() if word in code}
        renamed = {"v": name, "S": self.bind(step.call), **names}
        if code == "v":
            return name
        return self._piece((code, *renamed.items()), lambda: _Renamed(renamed).visit(ast.parse(code, mode="eval").body))

    def _chain(self, name: str, branches: list[tuple[str, str]]) -> None:
        while branches and branches[-1][1] == name:
            branches.pop()
        word = "if"
        for test, value in branches:
            if test == "True" and word == "if":
                self.add(f"{name} = {value}")
                return
            self.add(f"{word} {test}:" if test != "True" else "else:", f"    {name} = {value}")
            word = "elif"

    def function(self, signature: str, title: str) -> Callable[..., Any]:
        """The function over the objects of its globals; one that says the same as another shares its code."""
        text = "\n    ".join([signature, *self.lines])
        constants = tuple((value.__class__, repr(value)) for value in self.constants.values())
        place = (text, title, constants, tuple(self.told))
        code = _known.get(place)
        if code is None:
            tree = _Filled(self.constants, self.pieces).visit(ast.parse(text))
            code = compile(tree, f"<{title}>", "exec")
            if len(_known) >= _MOST:
                _known.clear()
            _known[place] = code
        exec(code, self.globals)
        found: Callable[..., Any] = self.globals[signature.split("(")[0].removeprefix("def ")]
        return found


#: The code of functions by all that it says, as a project that is opened again compiles the same mappings again.
_known: dict[tuple[Any, ...], CodeType] = {}
_MOST = 512


def through(steps: Sequence[Step], value: Any) -> Any:
    """The value after all the steps."""
    for step in steps:
        value = step.call(value)
    return value


class _Filled(ast.NodeTransformer):
    """Puts constants and pieces of syntax into a tree, in place of their names."""

    def __init__(self, constants: Mapping[str, Any], pieces: Mapping[str, Callable[[], ast.expr]]) -> None:
        self.constants = constants
        self.pieces = pieces

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.constants:
            return ast.copy_location(ast.Constant(self.constants[node.id]), node)
        return self.pieces[node.id]() if node.id in self.pieces else node


class _Renamed(ast.NodeTransformer):
    """Gives names other names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node


class _Rooted(ast.NodeTransformer):
    """Turns the look-ups in an expression's root into locals, or into look-ups in another variable."""

    def __init__(
        self,
        names: Mapping[str, str] | str,
        objects: Mapping[tuple[str, ...], str],
        apart: Collection[str],
        methods: Mapping[str, str],
    ) -> None:
        self.names = names
        self.objects = objects
        self.apart = apart
        self.methods = methods

    def generic_visit(self, node: ast.AST) -> ast.AST:
        # One expression may stand in several functions.
        fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
        copied = {name: list(value) if isinstance(value, list) else value for name, value in fields.items()}
        return super().generic_visit(type(node)(**copied))

    def visit_Member(self, node: Member) -> ast.AST:
        path = node.path
        if path[:-1] not in self.objects or not path:
            return self.generic_visit(node)
        assert isinstance(node.body, ast.Call)
        name = self.objects[path[:-1]]
        found = ast.Call(self._get(name), list(node.body.args), [])
        if name not in self.apart:
            return found
        test = ast.Compare(ast.Name(name, ast.Load()), [ast.IsNot()], [ast.Name("NULLS", ast.Load())])
        return ast.IfExp(test, found, ast.Name("ABSENT", ast.Load()))

    def _get(self, name: str) -> ast.expr:
        method = self.methods.get(name)
        return ast.Name(method, ast.Load()) if method else ast.Attribute(ast.Name(name, ast.Load()), "get", ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "r":
            key = node.args[0]
            assert isinstance(key, ast.Constant) and isinstance(key.value, str)
            if isinstance(self.names, str):
                return ast.Call(self._get(self.names), list(node.args), [])
            missing = node.args[1] if len(node.args) > 1 else ast.Constant(None)
            return ast.Name(self.names[key.value], ast.Load()) if key.value in self.names else missing
        return self.generic_visit(node)
