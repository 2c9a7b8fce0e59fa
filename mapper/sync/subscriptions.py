"""Who may tell us anything: subscriptions to what vendors tell by themselves, each with a secret address of its own."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from mapper.connect.templates import expression, place, value_of
from mapper.errors import RemoteError, UsageError
from mapper.expr.expressions import is_expression
from mapper.log import hide
from mapper.records import ABSENT
from mapper.spec.document import nearest
from mapper.spec.hooks import Hook
from mapper.state import Row, inbox
from mapper.sync.project import Project

#: Below it, on the door's address, stand the secrets.
PLACE = "hooks"


@dataclass(frozen=True)
class Subscription:
    """One subscription; `url` holds the secret, `known` says that we told the vendor, `heard` when it last called."""

    number: int
    connection: str
    hook: str
    event: str
    url: str
    known: bool
    created: float
    heard: float | None


def all_of(project: Project) -> list[Subscription]:
    """All subscriptions, oldest first; their secrets are masked from now on."""
    return [_subscription(row) for row in inbox.subscriptions(project.store)]


def subscribe(
    project: Project, connection: str, hooks: Sequence[str] = (), url: str | None = None
) -> list[Subscription]:
    """Make a subscription for each event of these webhooks of a connection, or of all, unless there is one.

    `url` is the door's address, otherwise that of `mapper.yaml`. Where the connector has no operation that subscribes,
    a person enters the address at the vendor. Raises UsageError, and RemoteError where the vendor refuses.
    """
    known = project.connector(connection).spec.webhooks
    if not known:
        raise UsageError(f"{project.connector(connection).spec.connector} tells nothing by itself: it has no webhooks")
    for name in hooks:
        if name not in known:
            raise UsageError(f"{connection} has no webhook '{name}'", hint=nearest(name, known))
    base = _base(project, url)
    there = {(one.connection, one.hook, one.event) for one in all_of(project)}
    made = []
    for name in hooks or known:
        for event in known[name].events or ("",):
            if (connection, name, event) not in there:
                made.append(_subscribe(project, connection, name, known[name], event, base))
    return made


def unsubscribe(project: Project, number: int) -> Subscription:
    """End a subscription, at the vendor first; raises UsageError where there is none, RemoteError."""
    row = next((row for row in inbox.subscriptions(project.store) if row["id"] == number), None)
    if row is None:
        raise UsageError(f"there is no subscription {number}", hint="`mapper hooks list` shows them")
    found = _subscription(row)
    hook = project.connector(found.connection).spec.webhooks.get(found.hook)
    if hook and hook.unsubscribe and row["remote"] is not None:
        args = {"id": row["remote"], "url": found.url, "event": found.event}
        project.connection(found.connection).perform(hook.unsubscribe, args)
    inbox.unsubscribe(project.store, number)
    return found


def by_token(project: Project, token: str) -> Subscription | None:
    """The subscription with this secret; every one is compared, each in constant time."""
    digest, found = _digest(token), None
    for row in inbox.subscriptions(project.store):
        if hmac.compare_digest(row["digest"], digest):
            found = row
    return None if found is None else _subscription(found)


def _subscribe(project: Project, connection: str, name: str, hook: Hook, event: str, base: str) -> Subscription:
    token = secrets.token_urlsafe(32)
    hide(token)
    url = f"{base}/{PLACE}/{token}"
    row: dict[str, Any] = {"digest": _digest(token), "connection": connection, "hook": name, "event": event, "url": url}
    row |= {"remote": None, "created": project.clock(), "heard": None}
    # Noted before the vendor knows of it: it may try the address at once.
    number = inbox.subscribe(project.store, row)
    if hook.subscribe:
        try:
            body = project.connection(connection).perform(hook.subscribe, {"url": url, "event": event})
        except RemoteError:
            inbox.unsubscribe(project.store, number)
            raise
        row["remote"] = _id(hook, body)
        inbox.confirm(project.store, number, str(row["remote"]))
    return _subscription({**row, "id": number})


def _id(hook: Hook, body: Any) -> str:
    """By which id the vendor knows a subscription; empty where it does not say."""
    if hook.id and is_expression(hook.id):
        found = value_of(expression(hook.id, hook.pos), {"body": body})
    else:
        where = place(hook.id, hook.pos)
        found = where.get(body) if where else ABSENT
    return "" if found in (ABSENT, None) else str(found)


def _base(project: Project, url: str | None) -> str:
    base = (url or project.spec.serve.url or "").rstrip("/")
    if not base:
        hint = "write it under `serve: {url: …}` in mapper.yaml, or give --url"
        raise UsageError("the address under which vendors reach the door is not known", hint=hint)
    found = urlsplit(base)
    if found.scheme != "https" and (found.scheme, found.hostname) not in (("http", "127.0.0.1"), ("http", "localhost")):
        raise UsageError(f"{base} is not encrypted: what vendors tell is about real people", hint="use https://")
    return base


def _subscription(row: Row) -> Subscription:
    hide(row["url"].rpartition("/")[2])
    facts = {name: row[name] for name in ("connection", "hook", "event", "url", "created", "heard")}
    return Subscription(number=row["id"], known=row["remote"] is not None, **facts)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
