"""The tenant behind its routes: login, the slash at the end, pages, replies to writes; and helpers for one process."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import Sandbox, answer, html
from . import dynamic, writes
from .choices import CHOICES
from .desk import ROOT, Desk
from .facts import Operation, operations, sample_bodies
from .keyed import Shelf
from .login import TOKEN_PATH, Tokens
from .oddities import Oddities
from .samples import add_samples, add_tag_carrier
from .store import TYPES, Store, account_type
from .wire import Refused, checked

#: The kinds of records that a person would call records, and groups of articles, but no other lists of choices.
SYNCABLE = (
    "accounts", "contacts", "users", "activities", "opportunities", "leads", "orders", "quotes", "articlegroups",
    "articles", "objects", "contracts", "missions",
)  # fmt: skip
#: Calls a second, where a tenant allows few; the documents tell no limit.
LOW_RATE = 2.0
_PARAMETER = re.compile(r"\{(\w+)\}")
_NAMES = ("connection_type", "relation_type")


def _converted(found: re.Match[str]) -> str:
    """A path's parameter as a route has it: all but names are integers, and what is none matches no route."""
    return f"<{'string' if found[1] in _NAMES else 'int'}:{found[1]}>"


class Cirrus(Sandbox):
    """One tenant of Cirrus 2, below `/rest`; its token endpoint is at `/oauth/token`.

    `samples` adds records in which every field is filled, `tag_carrier` an inactive account that bears all tags. The
    page prints no verb and no path: `paths` gives others by the operation's number.
    """

    name = "cirrus"
    choices = CHOICES

    def __init__(
        self,
        *,
        switches: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        rate: float | None = None,
        samples: bool = False,
        tag_carrier: bool = True,
        paths: Mapping[int, tuple[str, str]] | None = None,
        x_token: str = "demo-cirrus-token",
        client_id: str = "demo-cirrus-client",
        client_secret: str = "demo-cirrus-secret",
    ) -> None:
        self._paths = paths or {}
        super().__init__(switches=switches, clock=clock, rate=rate)
        self._asked_rate = rate
        self.tokens = Tokens(client_id, client_secret, lambda: self.clock())
        self._x_token = x_token
        self._store = store = Store(self.switches)
        self._desk = Desk(store, lambda: self.clock())
        self._shelf, self._oddities = Shelf(self._desk), Oddities(self._desk)
        self._handlers = {op.n: self._handler(op) for op in operations().values()}
        if tag_carrier:
            add_tag_carrier(store)
        if samples:
            add_samples(store)
            self._add_bodies()

    def _add_bodies(self) -> None:
        for name, bodies in sample_bodies().items():
            for body in bodies:
                _, writing = self._desk.written(name)
                self._desk.insert(name, checked(body, writing.create_model, writing.required))
        # These can be read only.
        self._shelf.add(170, {"contractid": 11001, "activityid": 7001})
        self._shelf.add(187, {"objectid": 12001, "type": "part", "otherid": 12001})

    # --- routes ------------------------------------------------------------------------------------------------------

    def rules(self) -> Iterable[Rule]:
        """The documented operations; their paths are derived, the documents print none."""
        for op in operations().values():
            method, path = self._paths.get(op.n, (op.method, op.path))
            if path.startswith("/dynamicfields/values"):
                yield self._rule(method, path.replace("values", "data", 1), op, path_is="data")
            yield self._rule(method, path, op, path_is="values" if path.startswith("/dynamicfields/values") else "")
        yield Rule(TOKEN_PATH, endpoint=self._token, methods=["POST"], strict_slashes=True)

    def _handler(self, op: Operation) -> Callable[..., Response]:
        """What carries out an operation."""
        desk = self._desk
        own: dict[int, Callable[..., Response]] = {
            16: desk.merge,
            66: desk.definitions,
            67: desk.definition,
            68: desk.values,
            69: desk.put_value,
        }
        found = own.get(op.n) or self._shelf.handler(op) or self._oddities.handler(op)
        if found is None:
            item = op.path.endswith("/{id}")
            plain: dict[tuple[str, bool], Callable[..., Response]] = {
                ("GET", False): desk.many,
                ("GET", True): desk.one,
                ("POST", False): desk.create,
                ("PUT", True): desk.update,
            }
            found = plain[op.method, item]
        return found

    def _rule(self, method: str, path: str, op: Operation, *, path_is: str = "") -> Rule:
        collection = "{" not in path

        def endpoint(request: Request, **values: Any) -> Response:
            try:
                if path_is and self.switches["dynamic_path"] != path_is:
                    raise Refused(404, "The requested URL was not found on the server.")
                return (
                    self._closed(op)
                    or self._slash(request, collection=collection)
                    or self._handlers[op.n](request, op, **values)
                )
            except Refused as refused:
                return refused.answer()

        return Rule(ROOT + _PARAMETER.sub(_converted, path), endpoint=endpoint, methods=[method])

    def _closed(self, op: Operation) -> Response | None:
        """Orders belong to an add-on of the product, which a tenant may not have."""
        if self.switches["orders_addon"] == "present" or op.collection != "orders":
            return None
        return self._refusal("Orders are not enabled", int(self.switches["orders_addon"]))

    def _slash(self, request: Request, *, collection: bool) -> Response | None:
        """The vendor's view of the slash at the end: its collections have one if the switch says so, items never."""
        wanted = collection and self.switches["trailing_slash"] == "redirect"
        if wanted == request.path.endswith("/"):
            return None
        if not wanted:
            raise Refused(404, "The requested URL was not found on the server.")
        query = request.query_string.decode("latin-1")
        return Response(status=308, headers={"Location": f"{request.base_url}/{'?' if query else ''}{query}"})

    def not_found(self, error: HTTPException) -> Response:
        """404 and 405 in the framework's words."""
        allowed = error.valid_methods if isinstance(error, MethodNotAllowed) else None
        headers = {"Allow": ", ".join(sorted(allowed))} if allowed else None
        return answer({"message": error.description}, error.code or 404, headers)

    def authenticate(self, request: Request) -> Response | None:
        """A bearer token decides where one is sent; else the X-Token, which may not be blank."""
        if request.path == TOKEN_PATH:
            return None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return None if self.tokens.valid(token.strip()) else self._unknown("Invalid or expired token")
        given = request.headers.get("X-Token", "")
        if not given:
            return self._unknown("X-Token can not be blank unless using a Bearer token")
        return None if given == self._x_token else self._unknown("Invalid X-Token")

    def _unknown(self, message: str) -> Response:
        return self._refusal(message, int(self.switches["bad_login"]))

    def _refusal(self, message: str, status: int) -> Response:
        """A refusal of the caller and not of what is asked; whether these have a body like all others is not said."""
        form = self.switches["refusal"]
        if form == "html":
            return html(message, status)
        return Response(status=status) if form == "empty" else answer({"message": message}, status)

    def _over_limit(self) -> bool:
        low = self.switches["rate"] == "low"
        self.rate = LOW_RATE if low and self._asked_rate is None else self._asked_rate
        return super()._over_limit()

    def too_many(self) -> Response:
        status, _, after = self.switches["too_many"].partition(" ")
        refusal = self._refusal("Too Many Requests", int(status))
        if after:
            refusal.headers["Retry-After"] = "1"
        return refusal

    def _token(self, request: Request) -> Response:
        return self.tokens.issue(request, self.switches)

    # --- helpers in the same process: a person at the vendor's screen ------------------------------------------------

    def add(self, resource: str, fields: Mapping[str, Any]) -> int:
        """A new record and its id; an account is a customer of the first user's unless `fields` say otherwise.

        `fields` are those of a create. Raises ValueError for fields that the vendor would refuse.
        """
        defaults = {"typeid": 1, "userid": 1} if resource == "accounts" else {}
        _, writing = self._desk.written(resource)
        with self._lock, _as_mistake():
            return self._desk.insert(resource, checked({**defaults, **fields}, writing.create_model, writing.required))

    def edit(self, resource: str, record_id: int, changes: Mapping[str, Any]) -> None:
        """Change a record, of addresses only the parts given; unlike by REST, any column can be set.

        Raises ValueError for an unknown record or column, and for values that the vendor would refuse.
        """
        found = self._desk.resources[resource]
        with self._lock, _as_mistake():
            row = self._desk.row(resource, record_id)
            if unknown := sorted(changes.keys() - (row.keys() - {"id"})):
                raise ValueError(f"{resource} have no {unknown}")
            new = dict(changes)
            if resource == "accounts" and "addresses" in new:
                new["addresses"] = {kind: {**row["addresses"][kind], **part} for kind, part in new["addresses"].items()}
            if found.writing:
                body = checked(new, found.writing.create_model)
                new |= found.writing.changes(self._store, row, body)
            found.table.change(record_id, new)

    def remove(self, resource: str, record_id: int) -> None:
        """Delete a record, an account with its contacts; by REST nothing can be deleted."""
        with self._lock, _as_mistake():
            self._desk.row(resource, record_id)
            remove = {"accounts": writes.remove_account, "contacts": writes.remove_contact}[resource]
            remove(self._store, record_id)

    def merge(self, target: int, source: int) -> None:
        """Make one account of two by hand: the source is gone, and what belonged to it is the target's."""
        with self._lock, _as_mistake():
            self._desk.row("accounts", target)
            self._desk.row("accounts", source)
            writes.merge_accounts(self._store, target, source)

    def set_dynamic(self, resourcetype: str, record_id: int, fieldname: str, value: str) -> None:
        """Set a dynamic field by its name, a choice by its label; readonly fields too. Raises ValueError."""
        fields = {field.name: field for field in dynamic.FIELDS.values() if field.group == resourcetype}
        if fieldname not in fields:
            raise ValueError(f"{resourcetype} has no dynamic field {fieldname!r}")
        field, resource = fields[fieldname], self._desk.of_group[resourcetype]
        with self._lock, _as_mistake():
            values = {**self._desk.row(resource, record_id)["dynamic"], field.id: dynamic.by_label(field, value)}
            self._desk.resources[resource].table.change(record_id, {"dynamic": values})

    def data(self) -> dict[str, list[dict[str, Any]]]:
        """Every record as it is read; what has dynamic fields also has `dynamicfields`, {name: text}."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for name in SYNCABLE:
            resource = self._desk.resources[name]
            fields = [field for field in dynamic.FIELDS.values() if field.group == resource.dynamic]
            rows[name] = [resource.shape(row) for row in resource.table.rows.values()]
            if fields:
                for shape, row in zip(rows[name], resource.table.rows.values(), strict=True):
                    shape["dynamicfields"] = {field.name: field.text(row["dynamic"].get(field.id)) for field in fields}
        rows["accounttypes"] = [account_type(type_id) for type_id in TYPES]
        rows["dynamicfields"] = [dynamic.definition(field) for field in dynamic.FIELDS.values()]
        return rows


@contextmanager
def _as_mistake() -> Iterator[None]:
    """The vendor's refusal of a helper's arguments, as the caller's mistake."""
    try:
        yield
    except Refused as refused:
        raise ValueError(str(refused)) from refused
