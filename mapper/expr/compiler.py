"""Jinja's syntax tree to Python's, node by allowed node.

Whatever has no method here is refused, so there is nothing to escape from: the Python that comes out looks things up in
the root mapping `r` and calls the helpers that this module names, and nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from jinja2 import nodes

from mapper.errors import RuleError
from mapper.expr import operators
from mapper.expr.source import MAX_NESTING, ExpressionError, Source, did_you_mean
from mapper.expr.transform import Transform
from mapper.records import ABSENT

MAX_NODES: Final = 200

_COMPARISONS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
_DIRECT: dict[str, type[ast.cmpop]] = {"==": ast.Eq, "!=": ast.NotEq}
_SYMBOLS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%"}
_TESTS = ("defined", "none", "string", "number", "empty", "in")


class Compiler:
    """Compiles the nodes of one text; collects what they read and which helpers they need."""

    def __init__(self, source: Source, names: Collection[str] | None, transforms: Mapping[str, Transform]) -> None:
        self.source = source
        self.names = names
        self.transforms = transforms
        self.constants: dict[str, Any] = {}
        self.reads: dict[tuple[str, ...], None] = {}
        self.count = 0

    def parts(self, parts: list[nodes.Expr]) -> ast.expr:
        """One expression as its native value, several parts as one text."""
        compiled = [self.visit(part, 1) for part in parts]
        if len(parts) == 1:
            return compiled[0]
        return self._call("concat", operators.concat, *compiled) if parts else ast.Constant("")

    def visit(self, node: nodes.Node, depth: int) -> ast.expr:
        """The Python of one node, or an ExpressionError at its place."""
        self.count += 1
        if self.count > MAX_NODES:
            raise self._error(f"the expression has more than {MAX_NODES} parts", node)
        if depth > MAX_NESTING:
            raise self._error(f"the expression is nested more than {MAX_NESTING} deep", node)
        method: Callable[[Any, int], ast.expr] | None = getattr(self, f"_visit_{type(node).__name__}", None)
        if method is None:
            raise self._error(f"{type(node).__name__} is not allowed in an expression", node)
        return method(node, depth + 1)

    # Values and look-ups

    def _visit_TemplateData(self, node: nodes.TemplateData, depth: int) -> ast.expr:
        return ast.Constant(node.data)

    def _visit_Const(self, node: nodes.Const, depth: int) -> ast.expr:
        return ast.Constant(node.value)

    def _visit_List(self, node: nodes.List | nodes.Tuple, depth: int) -> ast.expr:
        return self._call("listed", operators.listed, *(self.visit(item, depth) for item in node.items))

    _visit_Tuple = _visit_List

    def _visit_Dict(self, node: nodes.Dict, depth: int) -> ast.expr:
        for item in node.items:
            if not (isinstance(item.key, nodes.Const) and isinstance(item.key.value, str)):
                raise self._error("the key of a record must be a text in quotes", item)
        pairs = [self.visit(part, depth) for item in node.items for part in (item.key, item.value)]
        return self._call("record", operators.record, *pairs)

    def _visit_Name(self, node: nodes.Name, depth: int) -> ast.expr:
        return self._look_up(node, depth)

    def _visit_Getattr(self, node: nodes.Getattr, depth: int) -> ast.expr:
        return self._look_up(node, depth)

    def _visit_Getitem(self, node: nodes.Getitem, depth: int) -> ast.expr:
        if isinstance(node.arg, nodes.Slice):
            bounds = [self._bound(part) for part in (node.arg.start, node.arg.stop, node.arg.step)]
            return self._call("cut", operators.cut, self.visit(node.node, depth), *bounds)
        return self._look_up(node, depth)

    def _look_up(self, node: nodes.Expr, depth: int, *, outermost: bool = True) -> ast.expr:
        path = self._static(node)
        if path and outermost:
            self.reads[path] = None
        if isinstance(node, nodes.Name):
            self._check_name(node)
            get = ast.Attribute(ast.Name("r", ast.Load()), "get", ast.Load())
            return ast.Call(get, [ast.Constant(node.name), self._absent()], [])
        assert isinstance(node, (nodes.Getattr, nodes.Getitem))
        base: ast.expr
        if path and depth <= MAX_NESTING:
            base = self._look_up(node.node, depth + 1, outermost=False)
        else:
            base = self.visit(node.node, depth)
        return self._call("get", operators.get, base, self._key(node, depth))

    def _key(self, node: nodes.Getattr | nodes.Getitem, depth: int) -> ast.expr:
        if isinstance(node, nodes.Getattr):
            if node.attr.startswith("_"):
                where = self.source.after(node.lineno, node.attr)
                hint = f"a field of this name is written ['{node.attr}']" if not node.attr.startswith("__") else ""
                raise self.source.error(
                    f"names that begin with an underscore ({node.attr}) are not allowed", where, hint
                )
            return ast.Constant(node.attr)
        if isinstance(node.arg, nodes.Const) and str(node.arg.value).startswith("__"):
            raise self._error(f"names that begin with two underscores ({node.arg.value}) are not allowed", node.arg)
        return self.visit(node.arg, depth)

    def _static(self, node: nodes.Expr) -> tuple[str, ...] | None:
        """The path that a chain of look-ups with constant keys reads, or None."""
        parts: list[str] = []
        while not isinstance(node, nodes.Name):
            if isinstance(node, nodes.Getattr):
                parts.append(node.attr)
            elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and _is_text(node.arg.value):
                parts.append(node.arg.value)
            else:
                return None
            node = node.node
        return (node.name, *reversed(parts))

    def _check_name(self, node: nodes.Name) -> None:
        if node.name.startswith("__"):
            raise self._error(f"names that begin with two underscores ({node.name}) are not allowed", node)
        if self.names is not None and node.name not in self.names:
            known = sorted(self.names)
            hint = did_you_mean(node.name, known, f"known are {', '.join(known[:12])}" if known else "")
            raise self._error(f"there is no field {node.name!r} here", node, hint)

    def _bound(self, node: nodes.Expr | None) -> ast.expr:
        if node is None:
            return ast.Constant(None)
        sign, inner = (-1, node.node) if isinstance(node, nodes.Neg) else (1, node)
        if not isinstance(inner, nodes.Const) or type(inner.value) is not int:
            raise self._error("the bounds of a slice must be whole numbers", node)
        return ast.Constant(sign * inner.value)

    # Logic and arithmetic

    def _visit_And(self, node: nodes.BinExpr, depth: int) -> ast.expr:
        return ast.BoolOp(ast.And(), [self.visit(node.left, depth), self.visit(node.right, depth)])

    def _visit_Or(self, node: nodes.BinExpr, depth: int) -> ast.expr:
        return ast.BoolOp(ast.Or(), [self.visit(node.left, depth), self.visit(node.right, depth)])

    def _visit_Not(self, node: nodes.Not, depth: int) -> ast.expr:
        return ast.UnaryOp(ast.Not(), self.visit(node.node, depth))

    def _visit_CondExpr(self, node: nodes.CondExpr, depth: int) -> ast.expr:
        otherwise = self.visit(node.expr2, depth) if node.expr2 else self._absent()
        return ast.IfExp(self.visit(node.test, depth), self.visit(node.expr1, depth), otherwise)

    def _visit_Concat(self, node: nodes.Concat, depth: int) -> ast.expr:
        return self._call("concat", operators.concat, *(self.visit(part, depth) for part in node.nodes))

    def _visit_Neg(self, node: nodes.Neg, depth: int) -> ast.expr:
        return self._call("negative", operators.negative, self.visit(node.node, depth))

    def _binary(self, node: nodes.BinExpr, depth: int) -> ast.expr:
        symbol = ast.Constant(_SYMBOLS[type(node).__name__])
        left, right = self.visit(node.left, depth), self.visit(node.right, depth)
        return self._call("arithmetic", operators.arithmetic, left, symbol, right)

    _visit_Add = _visit_Sub = _visit_Mul = _visit_Div = _visit_FloorDiv = _visit_Mod = _binary

    def _visit_Pow(self, node: nodes.Pow, depth: int) -> ast.expr:
        raise self.source.error("** is not allowed", self.source.after(node.lineno, "**"), "numbers are bounded")

    def _visit_Compare(self, node: nodes.Compare, depth: int) -> ast.expr:
        first = self.visit(node.expr, depth)
        rest = [(_COMPARISONS[op.op], self.visit(op.expr, depth)) for op in node.ops]
        if len(rest) == 1 and rest[0][0] in _DIRECT:
            return ast.Compare(first, [_DIRECT[rest[0][0]]()], [rest[0][1]])
        flat = [part for symbol, right in rest for part in (ast.Constant(symbol), right)]
        return self._call("compare", operators.compare, first, *flat)

    # Transforms and tests

    def _visit_Filter(self, node: nodes.Filter, depth: int) -> ast.expr:
        found = self.transforms.get(node.name)
        if found is None:
            hint = did_you_mean(node.name, sorted(self.transforms))
            raise self._error(f"there is no transform {node.name!r}", node, hint)
        if node.node is None or node.dyn_args or node.dyn_kwargs:
            raise self._error(f"{node.name} must be given its arguments one by one", node)
        keywords = {str(keyword.key): keyword.value for keyword in node.kwargs}
        self._check_arguments(found, node, keywords)
        arguments = [self.visit(part, depth) for part in (node.node, *node.args)]
        options = [ast.keyword(key, self.visit(value, depth)) for key, value in keywords.items()]
        return ast.Call(self._hoist(f"f_{node.name}", found.call), arguments, options)

    def _check_arguments(self, found: Transform, node: nodes.Filter, keywords: dict[str, nodes.Expr]) -> None:
        complaint = found.complaint(len(node.args), keywords)
        if complaint or len(keywords) < len(node.kwargs):
            raise self._error(f"{node.name}: {complaint or 'an argument is given twice'}", node)
        constant = [part.value for part in node.args if isinstance(part, nodes.Const)]
        if found.verify and node.args and len(constant) == len(node.args) and not keywords:
            try:
                found.verify(*constant)
            except RuleError as error:
                raise self._error(error.message, node.args[0]) from None

    def _visit_Test(self, node: nodes.Test, depth: int) -> ast.expr:
        if node.name not in _TESTS:
            where = self.source.after(node.lineno, node.name)
            raise self.source.error(f"there is no test {node.name!r}", where, f"known are {', '.join(_TESTS)}")
        if len(node.args) != (node.name == "in") or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise self._error(f"the test {node.name} is given the wrong number of arguments", node)
        value = self.visit(node.node, depth)
        match node.name:
            case "defined":
                return ast.Compare(value, [ast.IsNot()], [self._absent()])
            case "none":
                return ast.Compare(value, [ast.Is()], [ast.Constant(None)])
            case "in":
                return self._call("within", operators.within, value, self.visit(node.args[0], depth))
        return self._call(f"is_{node.name}", getattr(operators, f"is_{node.name}"), value)

    def _visit_Call(self, node: nodes.Call, depth: int) -> ast.expr:
        name = node.node.name if isinstance(node.node, nodes.Name) else getattr(node.node, "attr", "")
        hint = f"write value | {name}" if name in self.transforms else "write value | transform"
        raise self._error(f"calls such as {name or '...'}() are not allowed", node.node, hint)

    # Python of our own

    def _absent(self) -> ast.expr:
        return self._hoist("absent", ABSENT)

    def _hoist(self, name: str, value: Any) -> ast.expr:
        self.constants[f"_x{name}"] = value
        return ast.Name(f"_x{name}", ast.Load())

    def _call(self, name: str, function: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        return ast.Call(self._hoist(name, function), list(arguments), [])

    def _error(self, message: str, node: nodes.Node, hint: str = "") -> ExpressionError:
        return self.source.error(message, node.lineno, hint)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
