"""What a vendor tells: taken apart, and kept before it is answered. And what it asks: answered from the state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from mapper.connect.templates import expression, place, template, value_of
from mapper.errors import MapperError, Nonsense, Problem, RuleError, SpecError
from mapper.expr.expressions import is_expression
from mapper.expr.forms import Form
from mapper.expr.paths import Path, parse_path
from mapper.expr.types import TYPES
from mapper.log import log
from mapper.records import ABSENT, Record
from mapper.spec.document import nearest
from mapper.spec.hooks import Hook, Reply
from mapper.state import Row, inbox
from mapper.state.tables import KEPT, TOLD, WAITING
from mapper.sync.context import pack, unpack
from mapper.sync.project import Project
from mapper.sync.subscriptions import Subscription

#: Values of an expression that name nothing.
_NOTHING = (None, "", ABSENT)


@dataclass(frozen=True)
class Told:
    """What a vendor is answered; `entities` are those that have something new to take up."""

    status: int
    body: dict[str, Any]
    entities: frozenset[str] = frozenset()


def reply_problems(project: Project) -> Iterator[Problem]:
    """Answers to questions that no vendor asks, or about what no mapping knows."""
    document = project.loaded.document
    for name, spec in project.spec.connections.items():
        hooks = project.connector(name).spec.webhooks
        for key, reply in spec.replies.items():
            here = ("connections", name, "replies", key)
            if key not in hooks:
                yield Problem(document.at(here), f"the connector has no webhook '{key}'", nearest(key, hooks))
            elif hooks[key].method != "GET":
                yield Problem(document.at(here), f"the webhook '{key}' asks nothing", "only what comes by GET is asked")
            if reply.entity not in project.mappings:
                hint = nearest(reply.entity, project.mappings)
                words = f"there is no mapping of '{reply.entity}'"
                yield Problem(document.value_at((*here, "entity")), words, hint)
                continue
            mapping = project.mappings[reply.entity].spec
            for field in reply.find:
                if field not in mapping.fields:
                    hint = nearest(field, mapping.fields)
                    words = f"the mapping of '{reply.entity}' has no field '{field}'"
                    yield Problem(document.at((*here, "find", field)), words, hint)


class Desk:
    """Takes what vendors tell and answers what they ask; safe to use from several threads."""

    def __init__(self, project: Project) -> None:
        """Everything that can be made ready is: raises SpecError or UsageError where the project is not well."""
        if problems := list(reply_problems(project)):
            raise SpecError(problems)
        self._project = project
        self._connections = {name: project.connection(name) for name in project.spec.connections}
        replies = [reply for spec in project.spec.connections.values() for reply in spec.replies.values()]
        self._compiled = {reply.entity: project.compiled(reply.entity, live=False) for reply in replies}
        self._sides = [
            (entity, side, spec.connection or side, spec.resource)
            for entity, loaded in project.mappings.items()
            for side, spec in loaded.spec.sides.items()
            if spec.role != "target"
        ]

    def tell(self, subscription: Subscription, content: Any, query: Mapping[str, str]) -> Told:
        """Keep the events of a body (JSON data, or a form's fields) until a run takes them up, then answer.

        What cannot be read or kept is answered with the webhook's refusal.
        """
        hook = self.hook(subscription)
        scope = self._scope(subscription, query)
        try:
            told = [row for event in _events(hook, content) for row in self._rows(subscription, hook, event, scope)]
            rows = [row for row in told if row["taken"] == WAITING]
        except MapperError as error:
            log.warning("%s %s: an event cannot be read: %s", subscription.connection, subscription.hook, error)
            return Told(400, _refusal(hook, scope, str(error)))
        kept = [row for row in told if row["taken"] != WAITING]
        if not rows:
            log.info("%s %s: no mapping is about what was told", subscription.connection, subscription.hook)
        try:
            inbox.receive(self._project.store, subscription.number, rows, self._project.clock(), kept)
        except MapperError as error:
            # The vendor may try again.
            log.error("%s %s: an event could not be kept: %s", subscription.connection, subscription.hook, error)
            return Told(503, _refusal(hook, scope, "it could not be kept"))
        return Told(200, template(hook.answer, hook.pos)(scope), frozenset(row["entity"] for row in rows))

    def ask(self, subscription: Subscription, query: Mapping[str, str]) -> Told:
        """Answer a vendor's question with what the project says, else with the connector's own answer.

        So it is where an expression of the project comes to nothing: the vendor waits, and asks once.
        """
        hook = self.hook(subscription)
        scope = self._scope(subscription, query)
        reply = self._project.spec.connections[subscription.connection].replies.get(subscription.hook)
        if reply is not None:
            try:
                return self._said(hook, subscription.connection, reply, scope)
            except RuleError as error:
                log.warning("%s %s: its reply has no value: %s", subscription.connection, subscription.hook, error)
        return Told(200, template(hook.answer, hook.pos)(scope))

    def _said(self, hook: Hook, connection: str, reply: Reply, scope: Mapping[str, Any]) -> Told:
        """What the project says to a question."""
        record, events = self._agreed(connection, reply, scope)
        seen = {**scope, "record": record, "events": events, "now": int(self._project.clock())}
        for name, text in hook.known.items():
            seen[name] = value_of(expression(text, hook.pos), seen)
        return Told(200, template(reply.answer, reply.pos)(seen))

    def hook(self, subscription: Subscription) -> Hook:
        return self._connections[subscription.connection].spec.webhooks[subscription.hook]

    def _scope(self, subscription: Subscription, query: Mapping[str, str]) -> dict[str, Any]:
        return {**self._connections[subscription.connection].scope, "query": dict(query)}

    def _agreed(self, connection: str, reply: Reply, scope: Mapping[str, Any]) -> tuple[Record, list[Record]]:
        """The values last agreed of the record that a question is about, and what is kept of events about it.

        Both are empty where there is no one such record.
        """
        mapping, store = self._compiled[reply.entity], self._project.store
        given = {name: value_of(expression(text, reply.pos), scope) for name, text in reply.find.items()}
        try:
            read = {name: TYPES[mapping.rows[name].type].reader(Form())(value) for name, value in given.items()}
        except RuleError:
            return {}, []
        wanted = mapping.match_values({name: value for name, value in read.items() if value is not ABSENT})
        links = {row["link"] for row in store.matching(reply.entity, wanted) if row["link"]}
        if len(links) != 1:
            return {}, []
        found: Record = {}
        told: list[Row] = []
        sides = {side for entity, side, name, _ in self._sides if (entity, name) == (reply.entity, connection)}
        for row in store.linked(reply.entity, list(links))[links.pop()]:
            found |= {name: value for name, value in unpack(row["image"]).items() if value is not None}
            told += inbox.kept(store, reply.entity, row["side"], row["key"]) if row["side"] in sides else []
        events = [{**unpack(row["record"]), "hook": row["hook"], "received": row["received"]} for row in told]
        return mapping.load(found), events

    def _rows(
        self, subscription: Subscription, hook: Hook, event: Record, scope: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """A row for each side of a mapping that the event is about, and those of what stays of it."""
        scope = {**scope, "event": event}

        def told(text: str | None) -> Any:
            return value_of(expression(text, hook.pos), scope) if text else None

        key = told(hook.key)
        known = key not in _NOTHING
        facts: dict[str, Any] = {"removed": int(known and told(hook.removed) is True), "record": None}
        resources = self._connections[subscription.connection].spec.resources
        only_told = hook.resource is not None and resources[hook.resource].told
        if known and (only_told or told(hook.whole) is True):
            facts["record"] = pack(record_in(hook, scope))
        kept = {}
        if self._project.spec.connections[subscription.connection].replies:
            kept = {name: None if (value := told(text)) is ABSENT else value for name, text in hook.keeps.items()}
        about = {"hook": subscription.hook, "digest": _digest([subscription.hook, event])}
        further = {resource: told(text) for resource, text in hook.also.items()}
        for entity, side, connection, resource in self._sides:
            if connection != subscription.connection or resource not in {*further, hook.resource}:
                continue
            row = {"entity": entity, "side": side, "taken": WAITING, **about}
            if resource == hook.resource:
                row |= {"key": str(key) if known else None, **facts}
                if known and only_told:
                    record = None if facts["removed"] else facts["record"]
                    yield {**row, "taken": TOLD, "digest": _digest([resource, str(key)]), "record": record}
            elif further[resource] not in _NOTHING:
                row |= {"key": str(further[resource]), "removed": 0, "record": None}
            else:
                continue
            yield row
            if kept and row["key"] is not None:
                yield {**row, "taken": KEPT, "removed": 0, "record": pack(kept)}


def _digest(value: Any) -> str:
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _refusal(hook: Hook, scope: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """In the vendor's form, where the connector has one."""
    found: dict[str, Any] = template(hook.refusal, hook.pos)({**scope, "reason": reason})
    return found or {"error": reason}


def _events(hook: Hook, content: Any) -> Iterator[Record]:
    where = place(hook.items, hook.pos)
    found = where.get(content) if where else content
    for event in found if isinstance(found, list) else [found]:
        if not isinstance(event, dict):
            raise Nonsense("an event is a table of names and values")
        yield event


def record_in(hook: Hook, scope: Mapping[str, Any]) -> Record:
    """The record that an event holds, under the names of the API."""
    record: Record = {}
    for name, text in hook.record.items():
        if is_expression(text):
            value = value_of(expression(text, hook.pos), scope)
        else:
            value = _held(parse_path(text), scope["event"])
        if value is not ABSENT:
            parse_path(name).put(record, value)
    return record


def _held(where: Path, event: Record) -> Any:
    """What stands in an event; below something that is null is null, too."""
    found: Any = where.get(event)
    part: Any = event
    for name in where.parts if found is ABSENT else ():
        part = part.get(name, ABSENT) if isinstance(part, dict) else ABSENT
        if part is None:
            return None
    return found
