"""The Python that an expression becomes: look-ups, calls of what it names, and values held by a local name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeGuard

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


class Passing(ast.IfExp):
    """A transform of a field that passes null and ABSENT by: what it gives for a text, or else, is over `held`."""

    held: str = ""
    field: ast.expr


#: The same for two transforms of fields, of which the second is often missing.
_JOINED_FIELDS: Final = (
    "(text1 if (field2 := get2) is None or field2 is absent"
    " else one + separator + other"
    " if field2.__class__ is str and (one := text1) and (other := text2) and len(one) + len(other) < SHORT"
    " else joined(separator, text1, text2 if field2.__class__ is str else other2))"
    " if (field1 := get1).__class__ is str else joined(separator, other1, whole2)"
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

    def inlined(self, code: str, value: ast.expr, function: ast.Name, *, passes: bool) -> ast.expr:
        """`code` over `v` where the value is a text, else a call of the function; null and ABSENT may pass it by."""
        held = self._held()
        body = _Filled({"v": ast.Name(held), "S": function}).visit(ast.parse(code, mode="eval").body)
        other: ast.expr = ast.Call(function, [ast.Name(held, ast.Load())], [])
        if passes:
            same = ast.Name(held, ast.Load())
            missing = [ast.Compare(same, [ast.Is()], [word]) for word in (ast.Constant(None), self._absent())]
            other = ast.IfExp(ast.BoolOp(ast.Or(), [*missing]), same, other)
        found = Passing(self._is_of(value, held, "str"), body, other)
        found.held, found.field = held, value
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
        code = _JOINED
        if _is_of_field(first) and _is_of_field(second):
            code = _JOINED_FIELDS
            for number, part in ((1, first), (2, second)):
                named = {"text": part.body, "other": part.orelse, "get": part.field, "whole": part}
                parts |= {f"{word}{number}": syntax for word, syntax in named.items()}
                parts[f"field{number}"] = ast.Name(part.held)
        found: ast.expr = _Filled(parts).visit(ast.parse(code, mode="eval").body)
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


def _is_of_field(part: ast.expr) -> TypeGuard[Passing]:
    """Whether this is a transform of a field, which may stand in several places as it is short."""
    if not isinstance(part, Passing):
        return False
    value = part.field.body if isinstance(part.field, Member) else part.field
    root = value.func.value if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else None
    return isinstance(root, ast.Name)


class _Filled(ast.NodeTransformer):
    """Puts syntax in the place of names; what a name is given to, another name takes."""

    def __init__(self, parts: Mapping[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        found = self.parts.get(node.id, node)
        return ast.Name(found.id, node.ctx) if isinstance(found, ast.Name) else found
