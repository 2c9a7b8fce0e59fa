"""What an operation has to be: one call, or a flow of calls that the connector has."""

from __future__ import annotations

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
            _flow(operation, known, doc, here)
        elif not operation.path:
            doc.problem(here, "'path' is missing", "a flow has `steps` in its place")


def _flow(operation: Operation, known: dict[str, Operation], doc: Document, here: Steps) -> None:
    if operation.path:
        doc.problem((*here, "path"), "a flow has no path", "it has steps, which call other operations")
    names = {*operation.params, "now"}
    for number, step in enumerate(operation.steps):
        place: Steps = (*here, "steps", number)
        _step(step, known, doc, place)
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
