"""What is said and not used, and conditions and settings that decide nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mapper.compile.checks.subject import Subject
from mapper.compile.vocabulary import VALUE
from mapper.errors import RuleError
from mapper.expr.expressions import Expression, ExpressionError, is_expression, parse_expression
from mapper.spec.document import Steps


def check_uses(subject: Subject) -> None:
    """Note unused tables, constants and functions, constant conditions and settings without effect."""
    _check_unused(subject)
    _check_conditions(subject)
    _check_unseen(subject)
    _check_idle(subject)


def _check_unused(subject: Subject) -> None:
    spec, document = subject.spec, subject.found.document
    texts = list(_texts(subject))
    used = {word for names, text in texts for word in _words(subject, text, names)}
    used |= {f"_xt_{row.values}" for row in spec.fields.values() if isinstance(row.values, str)}
    for function in spec.functions.values():
        used.add(f"_xf_{function.back or ''}")
    for kind, letter, plural in (
        ("table", "t", "tables"),
        ("constant", "c", "constants"),
        ("function", "f", "functions"),
    ):
        for name in getattr(spec, plural):
            steps: Steps = (plural, name)
            # What is imported is there for other mappings too.
            if f"_x{letter}_{name}" not in used and document.origin(steps) is document:
                subject.found.add("unused", steps, f"the {kind} '{name}' is not used", "leave it out, or use it")


def _texts(subject: Subject) -> Iterator[tuple[tuple[str, ...] | None, str]]:
    """Every expression and step of the mapping, with the names that it may use (None: any)."""
    spec = subject.spec
    for function in spec.functions.values():
        for text in function.value:
            yield (VALUE, *function.args), text
    for side in spec.sides.values():
        for condition in (side.where, side.accepts):
            if condition:
                yield None, condition if is_expression(condition) else f"{{{{ {condition} }}}}"
    for rule in spec.filter:
        yield None, rule.only if is_expression(rule.only) else f"{{{{ {rule.only} }}}}"
    for row in spec.fields.values():
        for condition in (row.when, *(cell.when for cell in row.cells.values())):
            if condition:
                yield None, condition if is_expression(condition) else f"{{{{ {condition} }}}}"
        for cell in row.cells.values():
            for text in (*cell.read, *cell.write):
                yield None, text


def _words(subject: Subject, text: str, names: tuple[str, ...] | None) -> Iterator[str]:
    if text in subject.words.transforms:
        yield f"_xf_{text}"
        return
    whole = text if is_expression(text) else "{{ value | " + text + " }}"
    try:
        yield from parse_expression(whole, scope=subject.words.scope(names)).constants
    except ExpressionError:
        return


def _conditions(subject: Subject) -> Iterator[tuple[Steps, Expression]]:
    yield from subject.conditions
    for place in subject.places():
        told = [(place.row.when, ("fields", place.name, "when")), (place.spec.when, (*place.steps, "when"))]
        given = [steps for text, steps in told if text is not None]
        yield from zip(given, place.cell.when, strict=True)


def _check_conditions(subject: Subject) -> None:
    for steps, condition in _conditions(subject):
        if _is_text_around(condition.node):
            message = "is always true: it is a text, as something stands outside of the braces"
            subject.found.add("constant", steps, f"the condition {message}", "write one expression", value=True)
        elif not condition.reads:
            try:
                holds = bool(condition.call({}))
            except RuleError:
                continue
            hint = "a field's name stands without quotes"
            subject.found.add("constant", steps, f"the condition is always {_truth(holds)}", hint, value=True)


def _truth(holds: bool) -> str:
    return "true" if holds else "false"


def _is_text_around(node: ast.expr) -> bool:
    """Whether an expression joins texts of which one is written out, so that the whole is never empty."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_xconcat"
        and any(isinstance(part, ast.Constant) and bool(part.value) for part in node.args)
    )


def _check_unseen(subject: Subject) -> None:
    """Expressions over the canonical record that ask for a field which no side fills in."""
    spec = subject.spec
    for place in subject.places():
        if not place.writes and place.cell.value is None:
            continue
        asked: list[tuple[Steps, Expression]] = []
        if place.cell.value is not None:
            asked.append(((*place.steps, "write", 0), place.cell.value))
        told = [(place.row.when, ("fields", place.name, "when")), (place.spec.when, (*place.steps, "when"))]
        asked += zip([steps for text, steps in told if text is not None], place.cell.when, strict=True)
        for steps, expression in asked:
            for name in dict.fromkeys(path[0] for path in expression.reads):
                if name in spec.fields and spec.fields[name].default is None:
                    _tell_unseen(subject, name, place.side.name, steps)


def _tell_unseen(subject: Subject, name: str, target: str, steps: Steps) -> None:
    spec = subject.spec
    givers = [
        side
        for side, cells in subject.cells.items()
        if name in cells and cells[name].source is not None and spec.sides[side].role != "target"
    ]
    if set(spec.fields[name].cells) - set(subject.contexts):
        return
    if not givers:
        message = f"'{name}' is never known: no side is read for it"
        subject.found.add("unseen", steps, message, f"give the row '{name}' a cell, or a default", value=True)
    elif givers == [target]:
        message = f"'{name}' is not known when a record of {target} is made: only {target} itself has it"
        subject.found.add("unseen", steps, message, f"give the row '{name}' a cell of another side", value=True)


def _check_idle(subject: Subject) -> None:
    spec, found = subject.spec, subject.found
    for name, row in spec.fields.items():
        here: Steps = ("fields", name)
        if row.required and row.default is not None:
            message = "'required' decides nothing: where there is no value, the default is taken"
            found.add("idle", (*here, "required"), message, "leave one of them out")
        if row.otherwise == "default" and row.default is None:
            message = "'otherwise: default' takes a default that the row does not have"
            found.add("otherwise", (*here, "otherwise"), message, "add default: …", value=True)
        if row.conflict in spec.sides and row.conflict not in row.cells:
            message = f"'conflict' names {row.conflict}, and the row has no cell of it"
            found.add("conflict", (*here, "conflict"), message, f"add {row.conflict}: …", value=True)
        elif row.conflict in spec.sides and not subject.flows[name].reads(row.conflict):
            message = f"'conflict' decides nothing: nothing comes from {row.conflict}"
            found.add("idle", (*here, "conflict"), message, "name a side that is read", value=True)
