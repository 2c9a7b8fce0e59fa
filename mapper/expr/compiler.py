"""Jinja's syntax tree to Python's, node by allowed node.

Whatever has no method here is refused, so there is nothing to escape from: the Python that comes out looks things up in
the root mapping `r` and calls the helpers that this module names, and nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jinja2 import nodes

from mapper.errors import RuleError
from mapper.expr import inline, items, operators
from mapper.expr.catalogue import TRANSFORMS
from mapper.expr.items import ITEM
from mapper.expr.python import Member, Python
from mapper.expr.source import MAX_NESTING, ExpressionError, Source, did_you_mean
from mapper.expr.transform import PASSED, Transform

MAX_NODES: Final = 200


@dataclass(frozen=True)
class Scope:
    """What an expression may name: root fields (None: any), transforms, constants, and tables for `lookup`.

    A table is a function from (value, column or None) to what stands there; it raises RuleError.
    """

    names: Collection[str] | None = None
    transforms: Mapping[str, Transform] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


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
_SYMBOLS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%"}
_TESTS = ("defined", "none", "string", "number", "empty", "in")


class Compiler(Python):
    """Compiles the nodes of one text; collects what they read and which helpers they need."""

    def __init__(self, source: Source, scope: Scope) -> None:
        super().__init__()
        self.source = source
        self.names = scope.names
        self.scope = scope
        self.transforms = scope.transforms
        self.within_item = 0
        self.reads: dict[tuple[str, ...], None] = {}
        self.count = 0

    def parts(self, parts: list[nodes.Expr]) -> ast.expr:
        """One expression as its native value, several parts as one text."""
        compiled = [self.visit(part, 1) for part in parts]
        if len(parts) == 1:
            return compiled[0]
        return self._concat(compiled) if parts else ast.Constant("")

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
            if bounds[2].value == 0:
                raise self._error("a slice cannot go in steps of 0", node.arg.step or node.arg)
            return self._call("cut", operators.cut, self.visit(node.node, depth), *bounds)
        return self._look_up(node, depth)

    def _look_up(self, node: nodes.Expr, depth: int, *, outermost: bool = True) -> ast.expr:
        path = self._static(node)
        if isinstance(node, nodes.Name):
            if self._is_item(node.name):
                return ast.Name(ITEM, ast.Load())
            if node.name in self.scope.constants:
                return self._hoist(f"c_{node.name}", self.scope.constants[node.name])
        if path and outermost and path[0] not in self.scope.constants and not self._is_item(path[0]):
            self.reads[path] = None
        if isinstance(node, nodes.Name):
            self._check_name(node)
            return self.root(node.name)
        assert isinstance(node, (nodes.Getattr, nodes.Getitem))
        base: ast.expr
        if path and depth <= MAX_NESTING:
            base = self._look_up(node.node, depth + 1, outermost=False)
        else:
            base = self.visit(node.node, depth)
        found = self.member(base, self._key(node, depth))
        if path and isinstance(found, Member):
            found.path = path
        return found

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

    def _is_item(self, name: str) -> bool:
        return name == ITEM and self.within_item > 0

    def _check_name(self, node: nodes.Name) -> None:
        if node.name.startswith("__"):
            raise self._error(f"names that begin with two underscores ({node.name}) are not allowed", node)
        if self.names is not None and node.name not in self.names:
            known = sorted(self.names)
            hint = did_you_mean(node.name, known, f"known are {', '.join(known[:12])}" if known else "")
            raise self._error(f"there is no field {node.name!r} here", node, hint)

    def _bound(self, node: nodes.Expr | None) -> ast.Constant:
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
        return self._concat([self.visit(part, depth) for part in node.nodes])

    def _concat(self, parts: list[ast.expr]) -> ast.expr:
        if len(parts) < operators.MANY:
            return self._call("concat", operators.concat, *parts)
        return self._call("concat_many", operators.concat_many, *parts)

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
        rest = [(_COMPARISONS[op.op], self._operand(op, depth)) for op in node.ops]
        if len(rest) == 1 and rest[0][0] in ("==", "!="):
            return self.equal(first, *rest[0])
        flat = [part for symbol, right in rest for part in (ast.Constant(symbol), right)]
        return self._call("compare", operators.compare, first, *flat)

    def _operand(self, node: nodes.Operand, depth: int) -> ast.expr:
        """What is compared with; what every item is looked for in must be short."""
        found = self.visit(node.expr, depth)
        if self.within_item and "in" in node.op and not items.of_the_item(node.expr):
            return self._call("few", operators.few, found)
        return found

    # Transforms and tests

    def _visit_Filter(self, node: nodes.Filter, depth: int) -> ast.expr:
        special = {"catch": self._catch, "lookup": self._look_in}.get(node.name)
        if special is not None:
            return special(node, depth)
        found = self.transforms.get(node.name)
        if found is None:
            hint = did_you_mean(node.name, sorted(self.transforms))
            raise self._error(f"there is no transform {node.name!r}", node, hint)
        if node.node is None or node.dyn_args or node.dyn_kwargs:
            raise self._error(f"{node.name} must be given its arguments one by one", node)
        keywords = {str(keyword.key): keyword.value for keyword in node.kwargs}
        self._check_arguments(found, node, keywords)
        against = items.objection(node, each=found.each, known=self.scope.constants) if self.within_item else None
        if against:
            raise self._error(against[0], node, against[1])
        if found is TRANSFORMS.get("join") and isinstance(node.node, nodes.List) and len(node.args) == 1:
            parts = [self.visit(part, depth) for part in (*node.args, *node.node.items)]
            if len(parts) == 3:
                return self.joined_pair(*parts)
            return self._call("joined", operators.joined, *parts)
        value = self.visit(node.node, depth)
        if not node.args and not keywords:
            return self._apply(found, value)
        given = found.in_order(node.args, keywords, nodes.Const)
        arguments = [self._argument(found, number, part, depth) for number, part in enumerate(given)]
        if self.within_item and TRANSFORMS.get(node.name) is not found:
            # What a function of the mapping does with a list is not known: done for every item, it could be too much.
            alike = [not (isinstance(part, nodes.Const) or items.of_the_item(part)) for part in given]
            arguments = [
                self._call("lone", operators.lone, a) if b else a for a, b in zip(arguments, alike, strict=True)
            ]
        return self._call(f"f_{node.name}", found.call, value, *arguments)

    def _apply(self, found: Transform, value: ast.expr) -> ast.expr:
        """A transform without arguments; its common case is done on the spot."""
        function = self._hoist(f"f_{found.name}", found.call)
        fast = inline.TRANSFORMS.get(found.name) if TRANSFORMS.get(found.name) is found else None
        if fast is None:
            return ast.Call(function, [value], [])
        return self.inlined(fast, inline.NAMES, value, function, passes=found.on_missing == PASSED)

    def _argument(self, found: Transform, number: int, part: nodes.Expr, depth: int) -> ast.expr:
        """An argument; the first one of a transform that asks each item is a function of the item, unless a text."""
        if not (found.each and number == 0) or isinstance(part, nodes.Const):
            return self.visit(part, depth)
        return self._function_of(ITEM, part, depth)

    def _function_of(self, name: str, part: nodes.Expr, depth: int) -> ast.expr:
        self.within_item += bool(name)
        if self.within_item > items.MAX_DEEP:
            raise self._error(f"lists are asked within lists at most {items.MAX_DEEP} deep", part)
        body = self.visit(part, depth)
        self.within_item -= bool(name)
        args = [ast.arg(name)] if name else []
        return ast.Lambda(ast.arguments(posonlyargs=[], args=args, kwonlyargs=[], kw_defaults=[], defaults=[]), body)

    def applied(self, node: nodes.Expr) -> tuple[Transform, tuple[Any, ...]] | None:
        """The transform and its constant arguments, where an expression is one transform of one field."""
        if not isinstance(node, nodes.Filter) or not isinstance(node.node, nodes.Name) or node.kwargs:
            return None
        found = self.transforms.get(node.name)
        constant = [part.value for part in node.args if isinstance(part, nodes.Const)]
        return (found, tuple(constant)) if found and len(constant) == len(node.args) else None

    def _catch(self, node: nodes.Filter, depth: int) -> ast.expr:
        """`x | catch(other)`: what stands before, or the other value where that is refused."""
        if node.node is None or len(node.args) > 1 or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise self._error("catch takes one value at most", node, "use catch(0)")
        other = self.visit(node.args[0], depth) if node.args else ast.Constant(None)
        return self._call("caught", operators.caught, self._function_of("", node.node, depth), other)

    def _look_in(self, node: nodes.Filter, depth: int) -> ast.expr:
        """`x | lookup('table', 'side')`: what a table of the mapping holds for the value."""
        names = [part.value for part in node.args if isinstance(part, nodes.Const) and isinstance(part.value, str)]
        if node.node is None or node.kwargs or len(names) != len(node.args) or not 1 <= len(names) <= 2:
            raise self._error("lookup is given a table and perhaps a side", node, "use lookup('sectors', 'crm')")
        table = self.scope.tables.get(names[0])
        if table is None:
            hint = did_you_mean(names[0], sorted(self.scope.tables), "tables stand under `tables:`")
            raise self._error(f"there is no table {names[0]!r}", node.args[0], hint)
        function = self._hoist(f"t_{names[0]}", table)
        return ast.Call(function, [self.visit(node.node, depth), *map(ast.Constant, names[1:])], [])

    def _check_arguments(self, found: Transform, node: nodes.Filter, keywords: dict[str, nodes.Expr]) -> None:
        complaint = found.complaint(len(node.args), keywords)
        if complaint or len(keywords) < len(node.kwargs):
            raise self._error(f"{node.name}: {complaint or 'an argument is given twice'}", node)
        given = found.in_order(node.args, keywords, nodes.Const)
        constant = [part for part in map(_constant, given) if part]
        if found.verify and given and len(constant) == len(given):
            first = node.args[0] if node.args else node.kwargs[0].value
            try:
                found.verify(*(part.value for part in constant))
            except RuleError as error:
                raise self._error(error.message, first) from None
            except (TypeError, ValueError, AttributeError):
                raise self._error(f"{node.name} cannot be given these arguments", first) from None

    def _visit_Test(self, node: nodes.Test, depth: int) -> ast.expr:
        if node.name not in _TESTS:
            where = self.source.after(node.lineno, node.name)
            raise self.source.error(f"there is no test {node.name!r}", where, f"known are {', '.join(_TESTS)}")
        if len(node.args) != (node.name == "in") or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise self._error(f"the test {node.name} is given the wrong number of arguments", node)
        value = self.visit(node.node, depth)
        match node.name:
            case "defined" if isinstance(value, ast.Constant):
                return ast.Constant(True)
            case "defined":
                return ast.Compare(value, [ast.IsNot()], [self._absent()])
            case "none" if isinstance(value, ast.Constant):
                return ast.Constant(value.value is None)
            case "none":
                return ast.Compare(value, [ast.Is()], [ast.Constant(None)])
            case "in":
                return self._call("within", operators.within, value, self.visit(node.args[0], depth))
        return self._call(f"is_{node.name}", getattr(operators, f"is_{node.name}"), value)

    def _visit_Call(self, node: nodes.Call, depth: int) -> ast.expr:
        name = node.node.name if isinstance(node.node, nodes.Name) else getattr(node.node, "attr", "")
        hint = f"write value | {name}" if name in self.transforms else "write value | transform"
        raise self._error(f"calls such as {name or '...'}() are not allowed", node.node, hint)

    def _error(self, message: str, node: nodes.Node, hint: str = "") -> ExpressionError:
        return self.source.error(message, node.lineno, hint)


def _constant(part: nodes.Expr) -> nodes.Const | None:
    """A constant, or a number with a minus before it."""
    if isinstance(part, nodes.Neg) and isinstance(part.node, nodes.Const) and operators.is_number(part.node.value):
        return nodes.Const(-part.node.value)
    return part if isinstance(part, nodes.Const) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
