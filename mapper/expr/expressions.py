"""Expressions in Jinja's syntax, compiled once to a Python function of the record's root mapping."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes

from mapper.expr.catalogue import TRANSFORMS
from mapper.expr.compiler import Compiler, Scope
from mapper.expr.source import ExpressionError, Source
from mapper.expr.transform import Transform

Root = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Expression:
    """A compiled expression.

    `node` is Python over one variable `r` (the root mapping) and the names in `constants`, all of which begin with
    `_x`; the same name stands for the same object in every expression. `applied` are the transform and its constant
    arguments where it is one transform of one field. `reads` are the paths of the fields it reads, as
    far as they are known without a record.
    """

    text: str
    node: ast.expr = field(repr=False)
    constants: dict[str, Any] = field(repr=False)
    reads: tuple[tuple[str, ...], ...]
    call: Callable[[Root], Any] = field(repr=False)
    applied: tuple[Transform, tuple[Any, ...]] | None = field(default=None, repr=False)


def is_expression(text: str) -> bool:
    """Whether a text is to be parsed as an expression, and not taken as it is."""
    return "{{" in text or "{%" in text or "{#" in text


def parse_expression(
    text: str,
    *,
    names: Collection[str] | None = None,
    transforms: Mapping[str, Transform] = TRANSFORMS,
    scope: Scope | None = None,
) -> Expression:
    """Compile an expression; ExpressionError, with line and column, if it is not allowed.

    A text that is one `{{ ... }}` gives the native value, ABSENT if there is none; one that mixes literal text and
    `{{ ... }}` gives text. `names` are the root fields that may be read; None allows any. A `scope` says all of it.
    """
    source = Source(text)
    compiler = Compiler(source, scope or Scope(names, transforms))
    parts = _without_margins(source.parse())
    node = compiler.parts(parts)
    applied = compiler.applied(parts[0]) if len(parts) == 1 else None
    call = _function(node, compiler.constants)
    return Expression(text, node, compiler.constants, tuple(compiler.reads), call, applied)


def _without_margins(parts: list[nodes.Expr]) -> list[nodes.Expr]:
    """The parts without blank lines before and after them, which a YAML block leaves around an expression."""
    for end in (0, -1):
        margin = parts[end] if len(parts) > 1 else None
        if isinstance(margin, nodes.TemplateData) and margin.data.isspace() and "\n" in margin.data:
            parts = parts[1:] if end == 0 else parts[:-1]
    return parts


def _function(node: ast.expr, constants: dict[str, Any]) -> Callable[[Root], Any]:
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg("r")], kwonlyargs=[], kw_defaults=[], defaults=[])
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, node)))
    function: Callable[[Root], Any] = eval(compile(tree, "<expression>", "eval"), {"__builtins__": {}, **constants})
    return function


__all__ = ["Expression", "ExpressionError", "Scope", "is_expression", "parse_expression"]
