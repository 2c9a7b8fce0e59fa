"""What a connector file says in vain, and what it fails to say of its operations' answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mapper.compile import CompiledMapping
from mapper.errors import Problem
from mapper.expr.expressions import ExpressionError, parse_expression
from mapper.expr.paths import parse_path
from mapper.spec.connector import Connector, Field, Resource
from mapper.spec.document import Document, Steps
from mapper.spec.load import Loaded
from mapper.spec.operation import Operation
from mapper.sync.connectornames import texts_of

_ASSUMED = re.compile(r"\bassume\.(\w+)|\bassume\[['\"](\w+)")

#: So many fields are named in one note.
_SHOWN = 6


def usage_problems(spec: Connector, document: Document) -> Iterator[Problem]:
    """Everything of a connector that is said in vain, or not said where an answer has to be understood."""
    yield from _unused(spec, document)
    for name, resource in spec.resources.items():
        here: Steps = ("resources", name)
        for field_name, field in resource.fields.items():
            yield from _field(field, document, (*here, "fields", field_name))
        yield from _changes(resource, document, here)
        for operation_name, operation in resource.operations.items():
            yield from _answer(operation_name, operation, document, (*here, "operations", operation_name))
    for name, operation in spec.actions.items():
        yield from _answer("", operation, document, ("actions", name))


def _warning(document: Document, steps: Steps, message: str, hint: str) -> Problem:
    return Problem(document.at(steps), message, hint, severity="warning", code="unused")


def _unused(spec: Connector, document: Document) -> Iterator[Problem]:
    """Settings, assumptions and lists that nothing looks at."""
    texts = [text for steps, text in texts_of(document.data)]
    named = {"base_url", *_read(texts)}
    for auth in spec.auth:
        named |= {*auth.needs, *(word for exchange in auth.exchange for word in exchange.basic)}
    for name in spec.settings.keys() - named:
        yield _warning(document, ("settings", name), f"the setting '{name}' is never used", "use it, or take it away")
    assumed = {first or second for text in texts for first, second in _ASSUMED.findall(text)}
    for name, about in spec.assumptions.items():
        if name in assumed and about.either is not None:
            message = f"something depends on '{name}', which is said to be right either way"
            place = document.at(("assumptions", name, "either"))
            yield Problem(place, message, "say the `risk` in place of `either`", code="unused")
        if name not in assumed and not about.override and about.either is None:
            message = f"nothing depends on the assumption '{name}'"
            yield _warning(
                document, ("assumptions", name), message, "look at `assume`, give it `override`, or say `either`"
            )
    resources = spec.resources.values()
    lists = [field.list for about in resources for field in about.fields.values()]
    lists += [container.list for about in resources for container in about.containers.values()]
    held = {name.partition("/")[0] for name in lists if name}
    # A source of many lists may be meant for what only a project knows: the fields that an account has of its own.
    held |= {name for name, source in spec.lists.items() if "id" in _read(_within([source.path, source.query]))}
    for name in spec.lists.keys() - held:
        hint = "name it as the `list` of a field or a container, or take it away"
        yield _warning(document, ("lists", name), f"no field takes its values from the list '{name}'", hint)


def _within(data: Any) -> Iterator[str]:
    return (text for _, text in texts_of(data))


def _read(texts: Iterable[str]) -> Iterator[str]:
    """The names that expressions read; of those that do not compile, which is told elsewhere, none."""
    for text in texts:
        try:
            yield from (path[0] for path in parse_expression(text).reads)
        except ExpressionError:
            continue


def _field(field: Field, document: Document, steps: Steps) -> Iterator[Problem]:
    """A field that can never be what it says."""
    if field.readonly:
        for key in ("required", "write_once"):
            if getattr(field, key):
                message = f"a field that the vendor alone writes cannot be `{key}`"
                yield Problem(document.at((*steps, key)), message, "take away one of the two", code="field")
        for key in ("write", "clear"):
            if getattr(field, key):
                message = f"`{key}` is never used, as the vendor alone writes this field"
                yield _warning(document, (*steps, key), message, "take it away, or `readonly`")


def _changes(resource: Resource, document: Document, here: Steps) -> Iterator[Problem]:
    by, operations = resource.changes.by, resource.operations
    if by == "walk" and "changed" in operations:
        message = "`changed` is never called, as changes are learnt by walk"
        yield _warning(document, (*here, "operations", "changed"), message, "say filter or sorted under changes.by")
    asked = operations.get("changed") or operations.get("list")
    if by == "filter" and asked is not None:
        said = [asked.path, asked.query, asked.headers, asked.body]
        if "since" not in _read(_within(said)):
            place = (*here, "operations", "changed" if "changed" in operations else "list")
            message = "the vendor is never told since when changes are wanted"
            yield _warning(document, place, message, "write {{ since }} into its query, or walk under changes.by")


def _answer(name: str, operation: Operation, document: Document, steps: Steps) -> Iterator[Problem]:
    """An operation whose answer cannot be understood for want of a word."""
    page = operation.page
    if page is not None and page.style != "none" and operation.items is None:
        told = next((key for key in ("total", "pages", "next") if getattr(page, key)), None)
        if told is not None and not page.unwrap:
            message = f"where `{told}` stands in an answer, the records cannot be the answer itself"
            yield Problem(document.at(steps), message, "say under `items` where they are", code="answer")
    if page is not None and page.style == "next" and page.next is None and not page.link:
        hint = "say under `next` where the token or address of the next page is, or `link: true`"
        yield Problem(document.at((*steps, "page")), "only the first page is ever read", hint, code="answer")
    if name not in ("create", "upsert") or operation.steps:
        return
    if operation.key is None and operation.record is None and operation.batch is None:
        message = "nothing says where the answer has the key of what was created"
        hint = "say so under `key`, or under `record` where the record is"
        yield Problem(document.at(steps), message, hint, severity="warning", code="answer")


def unused_fields(loaded: Loaded[Connector], connection: str, mappings: Iterable[CompiledMapping]) -> Iterator[Problem]:
    """Of each resource that a project's mappings use, the fields that none of them looks at: one note each."""
    used: dict[str, set[tuple[str, ...]]] = {}
    for mapping in mappings:
        for side, compiled in mapping.sides.items():
            if (mapping.spec.sides[side].connection or side) == connection:
                used.setdefault(mapping.spec.sides[side].resource, set()).update(compiled.members)
    for name, members in used.items():
        resource = loaded.spec.resources.get(name)
        if resource is None:
            continue
        own = {resource.key, resource.stamp_key, resource.changes.stamp}
        left = [
            field
            for field, about in resource.fields.items()
            if field not in own and not any(_meets(parse_path(text).parts, members) for text in _places(field, about))
        ]
        if left:
            shown = f"{', '.join(left[:_SHOWN])}{', …' if len(left) > _SHOWN else ''}"
            message = f"no mapping uses {len(left)} of the {len(resource.fields)} fields of {name}: {shown}"
            place = loaded.document.at(("resources", name, "fields"))
            yield Problem(place, message, severity="note", code="unused")


def _meets(path: tuple[str, ...], members: Iterable[tuple[str, ...]]) -> bool:
    """Whether a path leads into one of these members, or stands above it."""
    return any(all(a == b for a, b in zip(path, member, strict=False)) for member in members)


def _places(name: str, field: Field) -> list[str]:
    return [text for text in (name, field.read, field.write) if text]
