"""The Python that an expression becomes: look-ups, calls of what it names, and values held by a local name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from mapper.expr import operators
from mapper.records import ABSENT

_DIRECT: Final[dict[str, type[ast.cmpop]]] = {"==": ast.Eq, "!=": ast.NotEq}
_CLASSES: Final[dict[str, type]] = {"dict": dict, "str": str, "int": int, "bool": bool}

#: `&` looks at both. Each stands here once, as it may be long; a separator is shorter than what SHORT leaves free.
_JOINED: Final = (
    "one if ((one := first).__class__ is str) & ((other := second) is None or other is absent)"
    " else one + separator + other"
    " if one.__class__ is other.__class__ is str and one and other and len(one) + len(other) < SHORT"
    " else joined(separator, one, other)"
)


class Member(ast.IfExp):
    """A look-up; its path, where it is known, lets generated code put the object in its place that it holds already."""

    path: tuple[str, ...] = ()


class Quick(ast.IfExp):
    """What may be said in fewer words where null and ABSENT come to the same, and where what is no text may raise."""

    quick: ast.expr | None = None


class Joined(Quick):
    """Texts in one, which is never missing."""


class Passing(Quick):
    """A transform of a value that passes null and ABSENT by; what it gives for a text, or else, is over `held`.

    `bare` is the value where it is a field, null if it is missing, and `bare_text` what comes of a text then.
    """

    held: str
    value: ast.expr
    bare: ast.expr | None
    bare_text: ast.expr | None


#: The same for two transforms of fields, of which the second is often missing.
_JOINED_FIELDS: Final = (
    "(text1 if (field2 := get2) is None or field2 is absent"
    " else one + separator + other"
    " if field2.__class__ is str and (one := text1) and (other := text2) and len(one) + len(other) < SHORT"
    " else joined(separator, text1, text2 if field2.__class__ is str else other2))"
    " if (field1 := get1).__class__ is str else joined(separator, other1, whole2)"
)
_JOINED_QUICKLY: Final = (
    "(text1 if (field2 := get2) is None"
    " else one + separator + other if (one := text1) and (other := text2) and len(one) + len(other) < SHORT"
    " else joined(separator, text1, text2))"
    " if (field1 := get1) is not None else joined(separator, None, whole2)"
)


class Python:
    """Makes syntax, and collects the objects that it names."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self.count_held = 0

    def _absent(self) -> ast.expr:
        return self._hoist("absent", ABSENT)

    def _hoist(self, name: str, value: Any) -> ast.Name:
        """An object by a name, which stands for the same object in every expression."""
        self.constants[f"_x{name}"] = value
        return ast.Name(f"_x{name}", ast.Load())

    def _call(self, name: str, function: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        return ast.Call(self._hoist(name, function), list(arguments), [])

    def root(self, name: str) -> ast.expr:
        """A field of the root."""
        get = ast.Attribute(ast.Name("r", ast.Load()), "get", ast.Load())
        return ast.Call(get, [ast.Constant(name), self._absent()], [])

    def member(self, value: ast.expr, key: ast.expr) -> ast.expr:
        """What stands at a key of a value; a text is a key of dicts only."""
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return self._call("get", operators.get, value, key)
        held = self._held()
        get = ast.Call(ast.Attribute(ast.Name(held, ast.Load()), "get", ast.Load()), [key, self._absent()], [])
        return Member(self._is_of(value, held, "dict"), get, self._absent())

    def inlined(
        self, fast: Mapping[type, str], names: Mapping[str, Any], value: ast.expr, function: ast.Name, *, passes: bool
    ) -> ast.expr:
        """Python over `v` where the value is a text, else a call of the function; null and ABSENT may pass it by.

        What is under `object` raises for anything but a text.
        """
        held = self._held()
        words = {"v": ast.Name(held), "S": function}
        words |= {word: self._hoist(word, known) for word, known in names.items() if word in fast.get(object, "")}
        body = _filled(fast[str], words)
        other: ast.expr = ast.Call(function, [ast.Name(held, ast.Load())], [])
        if not passes:
            return ast.IfExp(self._is_of(value, held, "str"), body, other)
        same = ast.Name(held, ast.Load())
        missing = [ast.Compare(same, [ast.Is()], [word]) for word in (ast.Constant(None), self._absent())]
        other = ast.IfExp(ast.BoolOp(ast.Or(), [*missing]), same, other)
        found = Passing(self._is_of(value, held, "str"), body, other)
        found.held, found.value, found.bare = held, value, _bare(value)
        found.bare_text = _filled(fast[object], words) if object in fast else None
        if found.bare and found.bare_text:
            parts = {"get": found.bare, "field": ast.Name(held), "text": found.bare_text}
            found.quick = _filled("text if (field := get) is not None else None", parts)
        return found

    def equal(self, left: ast.expr, symbol: str, right: ast.expr) -> ast.expr:
        """Whether two values are equal, or not: on the spot where nothing deep and no strange number can be met."""
        if isinstance(left, ast.Constant):
            left, right = right, left
        constant = type(right.value) if isinstance(right, ast.Constant) else object
        if constant in (str, type(None)):
            return ast.Compare(left, [_DIRECT[symbol]()], [right])
        # What stands at the right is written twice, so it must be short: a number, a flag or a field.
        field = isinstance(right, ast.Call) and isinstance(right.func, ast.Attribute)
        kind = constant.__name__ if constant in (int, bool) else "str" if field else None
        if kind is None:
            return self._same(left, symbol, right)
        held = self._held()
        test, left = self._is_of(left, held, kind), ast.Name(held, ast.Load())
        return ast.IfExp(test, ast.Compare(left, [_DIRECT[symbol]()], [right]), self._same(left, symbol, right))

    def joined_pair(self, separator: ast.expr, first: ast.expr, second: ast.expr) -> ast.expr:
        """`[first, second] | join(separator)`: two short texts, or the first alone, on the spot."""
        if not (isinstance(separator, ast.Constant) and isinstance(separator.value, str)):
            return self._call("joined", operators.joined, separator, first, second)
        held = {name: ast.Name(self._held()) for name in ("one", "other")}
        known = {"joined": operators.joined, "SHORT": operators.SHORT, "absent": ABSENT, "str": str, "len": len}
        words: dict[str, ast.expr] = {word: self._hoist(word, value) for word, value in known.items()}
        parts = {**words, **held, "separator": separator, "first": first, "second": second}
        if not (isinstance(first, Passing) and isinstance(second, Passing) and first.bare and second.bare):
            return _filled(_JOINED, parts)
        fields = parts | {"field1": ast.Name(first.held), "field2": ast.Name(second.held), "whole2": second}
        slowly = {"text1": first.body, "text2": second.body, "other1": first.orelse, "other2": second.orelse}
        written = _filled(_JOINED_FIELDS, {**fields, **slowly, "get1": first.value, "get2": second.value})
        assert isinstance(written, ast.IfExp)
        found = Joined(written.test, written.body, written.orelse)
        if first.bare_text and second.bare_text:
            quickly = {"text1": first.bare_text, "text2": second.bare_text, "get1": first.bare, "get2": second.bare}
            found.quick = _filled(_JOINED_QUICKLY, {**fields, **quickly})
        return found

    def _same(self, left: ast.expr, symbol: str, right: ast.expr) -> ast.expr:
        found = self._call("same", operators.same, left, right)
        return found if symbol == "==" else ast.UnaryOp(ast.Not(), found)

    def _held(self) -> str:
        """A fresh local name."""
        self.count_held += 1
        return f"_h{self.count_held}"

    def _is_of(self, value: ast.expr, held: str, kind: str) -> ast.expr:
        """Holds a value by a name, and asks whether it is exactly of a class."""
        kept = ast.NamedExpr(ast.Name(held, ast.Store()), value)
        found = ast.Attribute(kept, "__class__", ast.Load())
        return ast.Compare(found, [ast.Is()], [self._hoist(kind, _CLASSES[kind])])


def _bare(value: ast.expr) -> ast.expr | None:
    """A field, without ABSENT for what is missing; None for anything else, which may be too long to be said twice."""
    get = value.body if isinstance(value, Member) and value.path else value
    if not (isinstance(get, ast.Call) and isinstance(get.func, ast.Attribute) and isinstance(get.func.value, ast.Name)):
        return None
    found = ast.Call(get.func, get.args[:1], [])
    if not isinstance(value, Member):
        return found
    member = Member(value.test, found, ast.Constant(None))
    member.path = value.path
    return member


def is_quick(node: ast.expr) -> bool:
    """Whether `quickly` makes something of a whole expression, which never gives ABSENT then."""
    if isinstance(node, ast.BoolOp):
        return all(is_quick(value) for value in node.values)
    return isinstance(node, Quick) and node.quick is not None


def quickly(node: ast.expr) -> ast.expr:
    """An expression in fewer words, for whom null and ABSENT come to the same, and what raises is taken another way."""
    if isinstance(node, Quick) and node.quick:
        return node.quick
    if isinstance(node, ast.BoolOp):
        return ast.BoolOp(node.op, [quickly(value) for value in node.values])
    return node


def _filled(code: str, parts: Mapping[str, ast.expr]) -> ast.expr:
    found: ast.expr = _Filled(parts).visit(ast.parse(code, mode="eval").body)
    return found


class _Filled(ast.NodeTransformer):
    """Puts syntax in the place of names; what a name is given to, another name takes."""

    def __init__(self, parts: Mapping[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        found = self.parts.get(node.id, node)
        return ast.Name(found.id, node.ctx) if isinstance(found, ast.Name) else found
