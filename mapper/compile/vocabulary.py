"""What a mapping's expressions and chains may name besides its fields: functions, constants and tables of values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from inspect import Parameter, Signature
from typing import Any

from mapper.errors import Problem, RuleError
from mapper.expr.catalogue import TRANSFORMS, add_installed
from mapper.expr.expressions import ExpressionError, Scope, is_expression, parse_expression
from mapper.expr.steps import Convert
from mapper.expr.transform import Transform, show
from mapper.records import ABSENT, fold
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.mapping import Row
from mapper.spec.shared import Function, Shared

VALUE = "value"


class _Transforms(dict[str, Transform]):
    """Transforms by name; those of other packages are looked for when a name is met that is not ours."""

    def __missing__(self, name: str) -> Transform:
        add_installed()
        self[name] = TRANSFORMS[name]
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def __contains__(self, name: object) -> bool:
        if not dict.__contains__(self, name):
            add_installed()
        return dict.__contains__(self, name) or name in TRANSFORMS


class Vocabulary:
    """The words of one mapping; problems are noted in its document.

    A function may use those that stand above it, so that none can go round in circles.
    """

    def __init__(self, spec: MappingSpec | Shared, document: Document) -> None:
        self._document = document
        self.constants = spec.constants
        self.tables = spec.tables
        self._lookups = {name: _lookup(name, table) for name, table in spec.tables.items()}
        self.transforms: dict[str, Transform] = _Transforms(TRANSFORMS)
        self._functions = set(spec.functions)
        for name, function in spec.functions.items():
            self._define(name, function)

    def scope(self, names: Collection[str] | None) -> Scope:
        """What an expression over a record with these fields may name."""
        return Scope(names, self.transforms, self.constants, self._lookups)

    def values_of(self, row: Row) -> Any:
        """What a row says of its values: a table, the words `by label`, or nothing."""
        if isinstance(row.values, str) and row.values in self.tables:
            return self.tables[row.values]
        return row.values

    def place_of(self, row: Row, here: Steps) -> Steps:
        """Where the table of a row stands in the file."""
        if isinstance(row.values, str) and row.values in self.tables:
            return ("tables", row.values)
        return (*here, "values")

    def _define(self, name: str, function: Function) -> None:
        place: Steps = ("functions", name)
        if name in TRANSFORMS or name in ("catch", "lookup", "fit"):
            self._document.problem(
                place, f"there is a transform '{name}' already", "give the function another name", code="name"
            )
            return
        known = {*TRANSFORMS, *self._functions}
        if function.back and function.back not in known:
            hint = nearest(function.back, known)
            self._document.problem(
                (*place, "back"), f"there is no transform '{function.back}'", hint, value=True, code="name"
            )
        call = self._expression(function, place) if is_expression(function.value[0]) else self._chain(function, place)
        if call is not None:
            self.transforms[name] = _transform(name, function, call)

    def _chain(self, function: Function, place: Steps) -> Callable[..., Any] | None:
        steps: list[Convert] = []
        for number, text in enumerate(function.value):
            found = self._parsed("{{ value | " + text + " }}", (VALUE,), (*place, "value", number), len("{{ value | "))
            if found is None:
                return None
            steps.append(found)

        def call(value: Any, *args: Any) -> Any:
            for step in steps:
                value = step({VALUE: value})
            return value

        return call

    def _expression(self, function: Function, place: Steps) -> Callable[..., Any] | None:
        if len(function.value) > 1:
            self._document.problem(
                (*place, "value"), "an expression stands alone, not in a chain of transforms", code="expression"
            )
            return None
        found = self._parsed(function.value[0], (VALUE, *function.args), (*place, "value", 0), 0)
        if found is None:
            return None
        names, compiled = function.args, found

        def call(value: Any, *args: Any) -> Any:
            return compiled({VALUE: value, **dict(zip(names, args, strict=True))})

        return call

    def _parsed(self, text: str, names: tuple[str, ...], place: Steps, added: int) -> Convert | None:
        try:
            return parse_expression(text, scope=self.scope(names)).call
        except ExpressionError as error:
            column = max(1, error.column - (added if error.line == 1 else 0))
            position = self._document.within(place, error.line, column)
            self._document.problems.append(Problem(position, error.message, error.hint, code="expression"))
            return None


def _transform(name: str, function: Function, call: Callable[..., Any]) -> Transform:
    parameters = [Parameter(word, Parameter.POSITIONAL_ONLY) for word in (VALUE, *function.args)]

    def named(*args: Any) -> Any:
        return call(*args)

    named.__dict__["__signature__"] = Signature(parameters)
    return Transform(
        name=name,
        call=named,
        summary=function.about or "",
        examples=(),
        inverse=function.back,
        params=function.args,
        on_missing="as its steps do",
        normal=function.back == name,
    )


def _lookup(name: str, table: Mapping[str, Mapping[str, Any]]) -> Callable[..., Any]:
    """A function from a canonical value and a side to the side's value, and without a side from any value back."""
    known: dict[str, str] = {}
    for canonical, row in table.items():
        for word in (canonical, *(v for side, v in row.items() if side != "preferred")):
            for one in word if isinstance(word, list) else [word]:
                known.setdefault(fold(str(one)), canonical)

    def look(value: Any, side: str | None = None) -> Any:
        if value is None or value is ABSENT or value == "":
            return None if value == "" else value
        canonical = known.get(fold(str(value)))
        if canonical is None:
            raise RuleError(f"{show(value)} is not in the table {name}")
        if side is None:
            return canonical
        found = table[canonical].get(side)
        if found is None:
            raise RuleError(f"{show(canonical)} has no value of {side} in the table {name}")
        return found[0] if isinstance(found, list) else found

    return look
