"""Expressions compiled once more so that they note which way they took; what they give stays the same.

Only `mapper test --coverage` runs them, beside those that do the work.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any

from jinja2 import nodes

from mapper.compile.vocabulary import VALUE, Vocabulary
from mapper.errors import Position, RuleError
from mapper.expr.compiler import Compiler, Scope
from mapper.expr.expressions import is_expression
from mapper.expr.operators import caught
from mapper.expr.source import Source
from mapper.records import ABSENT
from mapper.spec.document import Document, Steps
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.shared import Function

#: The two ways of a branch, by whether its condition is true or the attempt succeeded.
IF = ("the condition is true", "the condition is false")
DECIDED = ("what stands before `{word}` is true", "what stands before `{word}` is false")
CAUGHT = ("nothing is caught", "the value is caught")


@dataclass
class Branch:
    """A place where an expression goes one way or another, and which ways were taken."""

    position: Position
    ways: tuple[str, str]
    taken: set[bool] = field(default_factory=set)


Note = Callable[[int, tuple[str, str]], Branch]


class _Watched(Compiler):
    """Compiles an expression with a note at each of its branches."""

    def __init__(self, source: Source, scope: Scope, note: Note) -> None:
        super().__init__(source, scope)
        self.note = note
        self.watched = 0

    def _watch(self, made: ast.expr, branch: Branch) -> ast.expr:
        def passed(value: Any) -> Any:
            branch.taken.add(bool(value))
            return value

        self.watched += 1
        return self._call(f"w{self.watched}", passed, made)

    def _visit_CondExpr(self, node: nodes.CondExpr, depth: int) -> ast.expr:
        branch = self.note(_start(node.test), IF)
        made = super()._visit_CondExpr(node, depth)
        assert isinstance(made, ast.IfExp)
        return ast.IfExp(self._watch(made.test, branch), made.body, made.orelse)

    def _visit_And(self, node: nodes.BinExpr, depth: int) -> ast.expr:
        return self._decided(super()._visit_And(node, depth), node, "and")

    def _visit_Or(self, node: nodes.BinExpr, depth: int) -> ast.expr:
        return self._decided(super()._visit_Or(node, depth), node, "or")

    def _decided(self, made: ast.expr, node: nodes.BinExpr, word: str) -> ast.expr:
        assert isinstance(made, ast.BoolOp)
        place = self.source.text.rfind(word, 0, _start(node.right))
        branch = self.note(place, (DECIDED[0].format(word=word), DECIDED[1].format(word=word)))
        left, right = made.values
        return ast.BoolOp(made.op, [self._watch(left, branch), right])

    def _catch(self, node: nodes.Filter, depth: int) -> ast.expr:
        made = super()._catch(node, depth)
        assert isinstance(made, ast.Call)
        branch = self.note(self.source.after(node.lineno, "catch"), CAUGHT)

        def noted(attempt: Callable[[], Any], otherwise: Any) -> Any:
            failed = object()
            found = caught(attempt, failed)
            branch.taken.add(found is not failed)
            return otherwise if found is failed else found

        self.watched += 1
        return self._call(f"w{self.watched}", noted, *made.args)


def _start(node: nodes.Node) -> int:
    """The offset of the first token of a part."""
    return min(one.lineno for one in (node, *node.find_all(nodes.Expr)) if one.lineno is not None)


class Tracer:
    """The expressions of one file, each noting its ways as it is run."""

    def __init__(self, spec: MappingSpec, document: Document) -> None:
        self.document = document
        self.branches: dict[tuple[Position, str], Branch] = {}
        self.looked_up: set[tuple[str, str]] = set()
        words = Vocabulary(spec, Document(""))
        scope = words.scope(None)
        tables = {name: self._lookup(name, call) for name, call in scope.tables.items()}
        self.transforms = dict(words.transforms)
        self._scope = replace(scope, transforms=self.transforms, tables=tables)
        for name, function in spec.functions.items():
            self.transforms[name] = replace(self.transforms[name], call=self._function(name, function))

    def condition(self, text: str, steps: Steps) -> Callable[[Mapping[str, Any]], Any]:
        """A condition of a side, row, cell or filter, whose truth is a branch of its own."""
        start = self.document.value_at(steps)
        branch = self.branches.setdefault((start, "whole"), Branch(start, IF))
        call = self.expression(text, steps)

        def noted(record: Mapping[str, Any]) -> Any:
            found = call(record)
            branch.taken.add(bool(found))
            return found

        return noted

    def expression(self, text: str, steps: Steps) -> Callable[[Mapping[str, Any]], Any]:
        """An expression, with or without its braces."""
        before = "" if is_expression(text) else "{{ "
        return self._compiled(f"{before}{text} }}}}" if before else text, steps, len(before))

    def chain(self, texts: Collection[str], steps: Steps) -> list[Callable[[Any], Any]]:
        """The steps of a chain of transforms."""
        return [self._step(text, (*steps, number)) for number, text in enumerate(texts)]

    def _step(self, text: str, steps: Steps) -> Callable[[Any], Any]:
        if text in self.transforms:
            return self.transforms[text].call
        before = "{{ value | "
        call = self._compiled(before + text + " }}", steps, len(before))
        return lambda value: call({VALUE: value})

    def _compiled(self, text: str, steps: Steps, added: int) -> Callable[[Mapping[str, Any]], Any]:
        # Blanks around an expression are of no importance here, but its columns are.
        start = len(text) - len(text.lstrip())
        source = Source(text)

        def note(offset: int, ways: tuple[str, str]) -> Branch:
            place = source.error("", offset)
            column = max(1, place.column - (added if place.line == 1 else 0))
            position = self.document.within(steps, place.line, column)
            return self.branches.setdefault((position, ways[0]), Branch(position, ways))

        compiler = _Watched(source, self._scope, note)
        parts = [part for part in source.parse() if start == 0 or not isinstance(part, nodes.TemplateData)]
        body = compiler.parts(parts)
        names = ast.arguments(posonlyargs=[], args=[ast.arg("r")], kwonlyargs=[], kw_defaults=[], defaults=[])
        tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(names, body)))
        code = compile(tree, "<expression>", "eval")
        found: Callable[[Mapping[str, Any]], Any] = eval(code, {"__builtins__": {}, **compiler.constants})
        return found

    def _function(self, name: str, function: Function) -> Callable[..., Any]:
        steps: Steps = ("functions", name, "value")
        whole = self.expression(function.value[0], (*steps, 0)) if is_expression(function.value[0]) else None
        chain = [] if whole else self.chain(function.value, steps)

        @wraps(self.transforms[name].call)
        def call(value: Any, *args: Any) -> Any:
            if whole:
                return whole({VALUE: value, **dict(zip(function.args, args, strict=True))})
            for step in chain:
                value = step(value)
            return value

        return call

    def _lookup(self, name: str, table: Callable[..., Any]) -> Callable[..., Any]:
        def noted(value: Any, side: str | None = None) -> Any:
            canonical = table(value)
            if canonical is not None and canonical is not ABSENT and canonical != "":
                self.looked_up.add((name, canonical))
            return table(value, side)

        return noted


def tried(call: Callable[[], Any]) -> Any:
    """What a traced call gives; a value that is refused has been noted as far as it came."""
    try:
        return call()
    except RuleError:
        return ABSENT
