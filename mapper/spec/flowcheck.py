"""What an operation has to be: one call, or a flow of calls that the connector has."""

from __future__ import annotations

import re

from mapper.spec.connector import Connector
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.flow import Step
from mapper.spec.operation import Operation


def check_operations(spec: Connector, doc: Document) -> None:
    """Note what is wrong with the operations of a connector."""
    known = dict(spec.actions)
    places: dict[str, Steps] = {name: ("actions", name) for name in spec.actions}
    for resource, about in spec.resources.items():
        for name, operation in about.operations.items():
            known[f"{resource}.{name}"] = operation
            places[f"{resource}.{name}"] = ("resources", resource, "operations", name)
    for name, operation in known.items():
        here = places[name]
        if operation.steps:
            _flow(operation, known, doc, here, spec)
        elif not operation.path:
            doc.problem(here, "'path' is missing", "a flow has `steps` in its place")
        for param, what in operation.params.items():
            if what.in_ == "path" and not re.search(rf"\b{re.escape(param)}\b", operation.path):
                doc.problem((*here, "params", param, "in"), f"the path does not name '{param}'", value=True)


def _flow(operation: Operation, known: dict[str, Operation], doc: Document, here: Steps, spec: Connector) -> None:
    if operation.path:
        doc.problem((*here, "path"), "a flow has no path", "it has steps, which call other operations")
    names = {*operation.params, "now"}
    for number, step in enumerate(operation.steps):
        place: Steps = (*here, "steps", number)
        _step(step, known, doc, place)
        called = known.get(step.call or "")
        if called is not None and called.params and not called.steps and step.refuse is None:
            _arguments(step, called, doc, place, _searches(spec, step.call or ""))
        if step.as_ in names:
            doc.problem((*place, "as"), f"'{step.as_}' is a parameter of the flow already", value=True)


def _step(step: Step, known: dict[str, Operation], doc: Document, place: Steps) -> None:
    if (step.call is None) == (step.refuse is None):
        doc.problem(place, "a step has either a `call` or a sentence under `refuse`")
    elif step.call is None:
        for key in ("with", "as"):
            if getattr(step, f"{key}_"):
                doc.problem((*place, key), f"a refusal has no `{key}`")
    elif step.call not in known:
        doc.problem((*place, "call"), f"there is no operation '{step.call}'", nearest(step.call, known), value=True)
    elif known[step.call].steps:
        doc.problem((*place, "call"), f"'{step.call}' is a flow, and a flow calls no flow", value=True)


def _searches(spec: Connector, operation: str) -> set[str]:
    """The query parameters by which the records of an operation's resource can be searched."""
    resource = spec.resources.get(operation.partition(".")[0])
    return {field.search for field in resource.fields.values() if field.search} if resource else set()


def _arguments(step: Step, called: Operation, doc: Document, place: Steps, searches: set[str]) -> None:
    """What a step gives to an operation that declares its parameters: found here, and not after half of a flow."""
    wires = {param.name or name: name for name, param in called.params.items()}
    paged = (called.page.start, called.page.size) if called.page else ()
    for name in step.with_:
        if name not in {*called.params, *wires, *paged, *searches, "record"}:
            hint = nearest(name, [*called.params, *wires])
            doc.problem((*place, "with", name), f"{step.call} has no parameter '{name}'", hint)
    given = {wires.get(name, name) for name in step.with_}
    for name, param in called.params.items():
        said = param.default is not None or (param.name or name) in called.query or "record" in given
        if param.required and not said and name not in given:
            doc.problem(place, f"{step.call} needs {name}", "give it under `with`")
