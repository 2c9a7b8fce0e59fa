"""Templates: texts, tables and lists of a connector file whose texts may be expressions, compiled once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from mapper.errors import Position, Problem, RuleError, SpecError
from mapper.expr.expressions import Expression, ExpressionError, is_expression, parse_expression
from mapper.expr.paths import Path, PathError, parse_path
from mapper.records import ABSENT

Scope = Mapping[str, Any]
Render = Callable[[Scope], Any]

_BRACED = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")


def template(value: Any, pos: Position) -> Render:
    """A function from names to the filled-in value; a member or element that is ABSENT is left out."""
    if isinstance(value, str) and is_expression(value):
        return expression(value, pos)
    if isinstance(value, dict):
        members = {key: template(part, pos) for key, part in value.items()}
        return lambda scope: {k: v for k, render in members.items() if (v := render(scope)) is not ABSENT}
    if isinstance(value, list | tuple):
        parts = [template(part, pos) for part in value]
        return lambda scope: [v for render in parts if (v := render(scope)) is not ABSENT]
    return lambda scope: value


def expression(text: str, pos: Position) -> Render:
    """An expression, with or without its braces; raises SpecError where it is none."""
    return parsed(text, pos).call


def parsed(text: str, pos: Position) -> Expression:
    """The same, with what it reads."""
    braced = text if is_expression(text) else "{{ " + text + " }}"
    try:
        return _compiled(braced)
    except ExpressionError as error:
        raise SpecError([Problem(pos, f"{text!r}: {error}")]) from None


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Expression:
    """Connections of one connector share what its texts were compiled to."""
    return parse_expression(text)


def value_of(render: Render, scope: Scope) -> Any:
    """An expression's value; data of another shape than it expects count as no value."""
    try:
        return render(scope)
    except RuleError:
        return ABSENT


def path(text: str, pos: Position) -> Path:
    """A path of a connector file; raises SpecError where it is none."""
    try:
        return parse_path(text)
    except PathError as error:
        raise SpecError([Problem(pos, f"{text!r}: {error}")]) from None


def place(text: str | None, pos: Position) -> Path | None:
    """A path that may be missing."""
    return None if text is None else path(text, pos)


def names_in(value: Any, pos: Position) -> frozenset[str]:
    """The names that the expressions of a template look at."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return frozenset().union(*(names_in(part, pos) for part in value))
    if not isinstance(value, str) or not is_expression(value):
        return frozenset()
    return _roots(parsed(value, pos))


@lru_cache(maxsize=4096)
def _roots(expression: Expression) -> frozenset[str]:
    return frozenset(place[0] for place in expression.reads if place)


def names_inside(text: str) -> frozenset[str]:
    """Every word inside the braces of a text that may be a name."""
    return frozenset(word for part in _BRACED.findall(text) for word in _NAME.findall(part))


def quoted(value: Any) -> Any:
    """The value, or the texts inside it, fit to be one step of a URL's path."""
    if isinstance(value, dict):
        return {key: quoted(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [quoted(part) for part in value]
    text = quote(str(value), safe="")
    return text.replace(".", "%2E") if text in (".", "..") else text


def parameter(value: Any) -> list[str]:
    """The texts of one query parameter: none for a missing value, several for a list."""
    if isinstance(value, list | tuple | set | frozenset):
        return [text for part in value for text in parameter(part)]
    if value is None or value is ABSENT or value == "":
        return []
    return [("true" if value else "false") if isinstance(value, bool) else str(value)]
