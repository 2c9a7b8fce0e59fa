"""The expressions of a connector file: where they stand, and which names are given where each of them is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mapper.connect.operations import operations_of
from mapper.errors import Position, Problem
from mapper.expr.expressions import Expression, ExpressionError, is_expression, parse_expression
from mapper.spec.connector import Connector
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.operation import Operation

#: What the engine itself gives the operations by which it reads and writes.
STANDING = {
    "list": {"fields", "since"},
    "changed": {"since", "fields"},
    "get": {"key"},
    "find": {"field", "search", "value"},
    "create": {"record", "key", "stamp"},
    "update": {"record", "key", "stamp", "found_by"},
    "upsert": {"record", "key", "stamp", "found_by"},
    "delete": {"key"},
}
#: What any other operation may be given: by a list, by a subscription, or by hand.
_BESIDES = {"key", "record", "id", "url", "event"}
_ANSWER = {"status", "body", "content_type"}
_OF_CONTAINERS = ("removes", "reads", "writes", "definitions")
_BARE = "{{ "


def texts_of(data: Any, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Every expression of a file in braces, those included that may stand without any, and where it stands."""
    if "examples" in steps:
        # What is sent and answered there is data, whatever it looks like.
        return
    if isinstance(data, str):
        if is_expression(data):
            yield steps, data
        elif _is_bare(steps):
            yield steps, f"{_BARE}{data} }}}}"
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from texts_of(value, (*steps, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from texts_of(value, (*steps, number))


def _is_bare(steps: Steps) -> bool:
    """Whether what stands here is an expression with or without braces."""
    match steps:
        case (*_, "errors" | "steps", int(), "when"):
            return True
        case ("resources", _, "removed" | "absorbed" | "write_order"):
            return True
        case ("resources", _, "operations", _, "all" | "whole") | ("assumptions", _, "probe", "answer"):
            return True
    return False


def expression_problems(spec: Connector, document: Document) -> Iterator[Problem]:
    """Expressions that do not compile, and names in them that nothing gives."""
    names = _Names(spec)
    for steps, text in texts_of(document.data):
        start = document.value_at(steps)
        try:
            expression = parse_expression(text)
        except ExpressionError as error:
            bare = len(_BARE) if error.line == 1 and _is_bare(steps) and _text_at(document, steps) != text else 0
            column = error.column - bare + (start.column - 1 if error.line == 1 else 0)
            yield Problem(Position(start.file, start.line + error.line - 1, column), error.message, error.hint)
            continue
        yield from _unknown(expression, spec, start, names.given(steps))


def _text_at(document: Document, steps: Steps) -> Any:
    found = document.data
    for step in steps:
        found = found[step]
    return found


def _unknown(expression: Expression, spec: Connector, place: Position, given: set[str] | None) -> Iterator[Problem]:
    for path in expression.reads:
        if path[0] == "assume":
            if len(path) > 1 and path[1] not in spec.assumptions:
                yield Problem(place, f"there is no assumption '{path[1]}'", nearest(path[1], spec.assumptions))
        elif given is not None and path[0] not in given:
            yield Problem(place, f"nothing gives '{path[0]}' here", nearest(path[0], given), code="name")


class _Names:
    """Which names are given at a place of a connector's file; None where it may be any."""

    def __init__(self, spec: Connector) -> None:
        self._operations = operations_of(spec)
        # `left_out` is what nothing ever gives: a member that comes to it is left out.
        self._scope = {*spec.settings, "base_url", "assume", "resource", "left_out"}
        self._read_before = {
            name: {step.as_ for step in about.probe.before if step.as_}
            for name, about in spec.assumptions.items()
            if about.probe
        }
        self._known = {name: hook.known for name, hook in spec.webhooks.items()}
        self._free = {
            name if name in spec.actions else f"{resource}.{name}"
            for resource, about in spec.resources.items()
            for container in about.containers.values()
            for key in _OF_CONTAINERS
            if (name := getattr(container, key))
        } | {f"{name}.{one.own_fields.definitions}" for name, one in spec.resources.items() if one.own_fields}

    def given(self, steps: Steps) -> set[str] | None:
        match steps:
            case ("settings" | "headers", *_) | ("resources", _, "changes" | "write_defaults", *_):
                return self._scope
            case ("auth", _, "headers", *_):
                return self._scope | {"token", "now", "request"}
            case ("auth", *_):
                return self._scope
            case ("message",) | ("errors", *_):
                return self._scope | _ANSWER
            case ("lists", *_):
                return self._scope | {"id"}
            case ("assumptions", str(name), "probe", *_):
                return self._scope | {"record", "body"} | self._read_before.get(name, set())
            case ("webhooks", _, "id"):
                return self._scope | {"body"}
            case ("webhooks", str(name), "known", *_):
                return self._scope | {"events", "now", "query", *self._known[name]}
            case ("webhooks", *_):
                return self._scope | {"event", "query", "reason"}
            case ("resources", _, "url"):
                return self._scope | {"key", "record"}
            case ("resources", _, "containers", _, "filter", *_):
                return self._scope | {"field", "option"}
            case ("resources", str(resource), "operations", str(name), *rest):
                return self._of_operation(f"{resource}.{name}", name, rest)
            case ("actions", str(name), *rest):
                return self._of_operation(name, "", rest)
        return None

    def _of_operation(self, full: str, name: str, rest: list[str | int]) -> set[str] | None:
        operation = self._operations.get(full)
        if operation is None or not rest:
            return None
        own = set(operation.params)
        match rest[0]:
            case "errors":
                return self._scope | _ANSWER
            case "all" | "whole":
                return self._scope
            case "mask":
                return self._scope | {"fields"}
            case "steps" | "result":
                return self._scope | own | {"now"} | {step.as_ for step in operation.steps if step.as_}
            case "path" | "query" | "headers" | "body":
                return self._sent(full, name, operation, own)
        return None

    def _sent(self, full: str, name: str, operation: Operation, own: set[str]) -> set[str] | None:
        """The names of a request: without declared parameters, a call by hand may give whatever its templates name."""
        if name in STANDING:
            return self._scope | own | STANDING[name]
        return self._scope | own | _BESIDES if operation.params and full not in self._free else None
