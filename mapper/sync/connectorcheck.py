"""What is wrong in a connector file beyond its shape: expressions, paths, and names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mapper.connect.changes import moment_form
from mapper.connect.flows import writes_of
from mapper.connect.operations import Call, operations_of
from mapper.connect.parameters import warnings_of
from mapper.errors import Problem, RuleError, SpecError, UsageError
from mapper.expr.expressions import is_expression
from mapper.expr.paths import PathError, parse_path
from mapper.spec.assumption import Assumption, Probe
from mapper.spec.connector import Connector, Container, Resource
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.hooks import Hook
from mapper.spec.load import Loaded
from mapper.spec.operation import Operation, Page
from mapper.sync.connectornames import STANDING, expression_problems
from mapper.sync.connectorusage import usage_problems

#: A value for each setting, good enough for every template to be compiled; nothing is ever sent with it.
_ADDRESS = "https://vendor.invalid/1"

#: The keys under which a container names operations.
_OF_CONTAINERS = ("removes", "reads", "writes", "definitions")


def connector_problems(loaded: Loaded[Connector]) -> list[Problem]:
    """Every problem of a connector that can be found without asking the vendor."""
    spec, document = loaded.spec, loaded.document
    found = [*expression_problems(spec, document), *_references(spec, document)]
    return [*(found or _compiled(spec, document)), *_doubtful(spec, document), *usage_problems(spec, document)]


def _doubtful(spec: Connector, document: Document) -> Iterator[Problem]:
    """Operations that go away or are not ready, where the connector itself builds on them."""
    known = operations_of(spec)
    used: dict[str, Steps] = {one.call: ("lists", name, "call") for name, one in spec.lists.items() if one.call}
    for resource, about in spec.resources.items():
        used |= {f"{resource}.{name}": ("resources", resource, "operations", name) for name in STANDING}
        for member, container in about.containers.items():
            for key in _OF_CONTAINERS:
                name = getattr(container, key)
                if name:
                    full = f"{resource}.{name}" if name in about.operations else name
                    used[full] = ("resources", resource, "containers", member, key)
    for name, steps in used.items():
        for warning in warnings_of(name, known[name]) if name in known else ():
            yield Problem(document.value_at(steps), warning, severity="note", code="deprecated")


def _references(spec: Connector, document: Document) -> Iterator[Problem]:
    """Names of settings, lists, resources, operations and fields that lead nowhere."""

    def unknown(steps: Steps, what: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
        options = set(known)
        if name not in options:
            yield Problem(document.value_at(steps), f"there is no {what} '{name}'", nearest(name, options))

    for number, auth in enumerate(spec.auth):
        for i, name in enumerate(auth.needs):
            yield from unknown(("auth", number, "needs", i), "setting", name, spec.settings)
        for i, exchange in enumerate(auth.exchange):
            for j, name in enumerate(exchange.basic):
                yield from unknown(("auth", number, "exchange", i, "basic", j), "setting", name, spec.settings)
    for name, assumption in spec.assumptions.items():
        if assumption.default not in assumption.choices:
            hint = nearest(assumption.default, assumption.choices)
            place = document.value_at(("assumptions", name, "default"))
            yield Problem(place, f"the default '{assumption.default}' is none of the choices", hint)
        yield from _weighed(name, assumption, document)
        for choice in assumption.override:
            steps = ("assumptions", name, "override", choice)
            yield from unknown(steps, "choice", choice, assumption.choices)
        if assumption.probe:
            yield from _probe(spec, assumption.probe, document, ("assumptions", name, "probe"))
    for name, listed in spec.lists.items():
        if listed.call:
            yield from unknown(("lists", name, "call"), "operation", listed.call, operations_of(spec))
    for name, resource in spec.resources.items():
        here: Steps = ("resources", name)
        yield from unknown((*here, "key"), "field", resource.key, resource.fields)
        for key, word in (("stamp_key", resource.stamp_key),):
            if word:
                yield from unknown((*here, key), "field", word, resource.fields)
        for word in resource.deactivate:
            yield from unknown((*here, "deactivate", word), "field", word, resource.fields)
        if resource.changes.stamp:
            yield from unknown((*here, "changes", "stamp"), "field", resource.changes.stamp, resource.fields)
        yield from _since(spec, resource, document, (*here, "changes", "since"))
        for field_name, field in resource.fields.items():
            if field.list:
                source = field.list.partition("/")[0]
                yield from unknown((*here, "fields", field_name, "list"), "list", source, spec.lists)
            if field.ref:
                yield from unknown((*here, "fields", field_name, "ref"), "resource", field.ref, spec.resources)
            if field.names and not field.ref:
                place = document.value_at((*here, "fields", field_name, "names"))
                yield Problem(place, "only a field with a `ref` has a name to be written")
        for member, container in resource.containers.items():
            yield from _container(spec, resource, container, document, (*here, "containers", member))
        if resource.own_fields:
            called, where = resource.own_fields.definitions, (*here, "own_fields", "definitions")
            yield from unknown(where, "operation", called, {*resource.operations, *spec.actions})
        yield from _paths(resource, document, here)
    yield from _operation_paths(spec.actions, document, ("actions",))
    for name, hook in spec.webhooks.items():
        yield from _hook(spec, hook, document, ("webhooks", name))


def _weighed(name: str, assumption: Assumption, document: Document) -> Iterator[Problem]:
    """An assumption that does not say what hangs on it, or says that nothing does and goes on."""
    place = document.at(("assumptions", name))
    if (assumption.risk is None) == (assumption.either is None):
        message = f"'{name}' says neither what is at risk nor why either is right"
        if assumption.risk is not None:
            message = f"'{name}' has a risk, and is right either way"
        yield Problem(place, message, "give it one of the two, `risk` or `either`")
    for key in ("override", "probe"):
        if assumption.either is not None and getattr(assumption, key):
            message = f"'{name}' is right either way, so that `{key}` is of no use"
            yield Problem(document.at(("assumptions", name, key)), message, f"take away `{key}`, or say the `risk`")


def _hook(spec: Connector, hook: Hook, document: Document, here: Steps) -> Iterator[Problem]:
    if hook.resource and hook.resource not in spec.resources:
        hint = nearest(hook.resource, spec.resources)
        yield Problem(document.value_at((*here, "resource")), f"there is no resource '{hook.resource}'", hint)
    for name in hook.also:
        if name not in spec.resources:
            place = document.at((*here, "also", name))
            yield Problem(place, f"there is no resource '{name}'", nearest(name, spec.resources))
    known = _operations(spec)
    for key in ("subscribe", "unsubscribe"):
        name = getattr(hook, key)
        if name and name not in known:
            yield Problem(document.value_at((*here, key)), f"there is no operation '{name}'", nearest(name, known))
    yield from _path(hook.items, document, (*here, "items"))
    if hook.id and not is_expression(hook.id):
        yield from _path(hook.id, document, (*here, "id"))
    for name, text in hook.record.items():
        yield from _path(name, document, (*here, "record", name))
        if not is_expression(text):
            yield from _path(text, document, (*here, "record", name))


def _operations(spec: Connector) -> dict[str, Operation]:
    """Every operation by its whole name."""
    found = dict(spec.actions)
    for name, resource in spec.resources.items():
        found |= {f"{name}.{key}": operation for key, operation in resource.operations.items()}
    return found


def _since(spec: Connector, resource: Resource, document: Document, steps: Steps) -> Iterator[Problem]:
    try:
        moment_form(resource.changes.since, spec.wire.timezone)
    except ValueError as error:
        yield Problem(document.value_at(steps), str(error))
    except RuleError as error:
        yield Problem(document.value_at(("wire", "timezone")), error.message)


def _probe(spec: Connector, probe: Probe, document: Document, here: Steps) -> Iterator[Problem]:
    operations = _operations(spec)
    calls = [((*here, "call"), probe.call)]
    calls += [((*here, "before", number, "call"), step.call or "") for number, step in enumerate(probe.before)]
    for steps, name in calls:
        if name not in operations:
            yield Problem(document.value_at(steps), f"there is no operation '{name}'", nearest(name, operations))
        elif writes_of(spec, operations[name]):
            words = f"'{name}' may write: a probe only reads"
            yield Problem(document.value_at(steps), words, "name an operation with the method GET")
    if probe.of and probe.of not in spec.resources:
        hint = nearest(probe.of, spec.resources)
        yield Problem(document.value_at((*here, "of")), f"there is no resource '{probe.of}'", hint)


def _container(
    spec: Connector, resource: Resource, container: Container, document: Document, here: Steps
) -> Iterator[Problem]:
    known = {*resource.operations, *spec.actions}
    for key in _OF_CONTAINERS:
        name = getattr(container, key)
        if name and name not in known:
            yield Problem(document.value_at((*here, key)), f"there is no operation '{name}'", nearest(name, known))
    if container.list and container.list.partition("/")[0] not in spec.lists:
        place = document.value_at((*here, "list"))
        yield Problem(place, f"there is no list '{container.list}'", nearest(container.list, spec.lists))


def _paths(resource: Resource, document: Document, here: Steps) -> Iterator[Problem]:
    for name, field in resource.fields.items():
        for key, text in (("", name), ("read", field.read), ("write", field.write)):
            steps: Steps = (*here, "fields", name, key) if key else (*here, "fields", name)
            yield from _path(text, document, steps)
    yield from _operation_paths(resource.operations, document, (*here, "operations"))


def _operation_paths(operations: dict[str, Operation], document: Document, here: Steps) -> Iterator[Problem]:
    for name, operation in operations.items():
        page = operation.page or Page()
        places = {"items": operation.items, "record": operation.record, "key": operation.key}
        for key, text in places.items():
            if not (key == "record" and text and is_expression(text)):
                yield from _path(text, document, (*here, name, key))
        for key, text in (("total", page.total), ("pages", page.pages)):
            yield from _path(text, document, (*here, name, "page", key))


def _path(text: str | None, document: Document, steps: Steps) -> Iterator[Problem]:
    try:
        if text is not None:
            parse_path(text)
    except PathError as error:
        yield Problem(document.value_at(steps), str(error))


def _compiled(spec: Connector, document: Document) -> Iterator[Problem]:
    """What only shows when a connection is made of it."""
    from mapper.connect import Connection

    settings = {name: setting.default or _ADDRESS for name, setting in spec.settings.items()}
    settings |= {"base_url": _ADDRESS} if "base_url" in settings else {}
    try:
        Connection("check", spec, settings=settings).close()
        for name, operation in operations_of(spec).items():
            Call(name, operation)
    except SpecError as error:
        yield from error.problems
    except UsageError as error:
        yield Problem(document.at(()), error.message.removeprefix("connection check: "), error.hint)
