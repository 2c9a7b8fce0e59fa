"""The tenant behind its routes: login, the slash at the end, pages, replies to writes; and helpers for one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import Sandbox, answer
from . import dynamic, lists, writes
from .login import LIVES, TOKEN_PATH, Tokens
from .samples import add_samples, add_tag_carrier
from .store import TYPES, Store, account_type
from .table import Row, Table
from .wire import Refused, checked, invalid, json_body, masked, read_args, read_mask

ROOT = "/rest"


@dataclass(frozen=True)
class _Resource:
    table: Table
    listing: lists.Listing
    shape: Callable[[Row], Row]
    writing: writes.Writing | None = None


class Cirrus(Sandbox):
    """One tenant of Cirrus 2, below `/rest`; its token endpoint is at `/oauth/token`.

    `samples` adds records in which every field is filled, `tag_carrier` an inactive account that bears all tags.
    Where the documents leave a point open, the first choice of its switch is the likeliest or the nastier one.
    """

    name = "cirrus"
    choices = {
        "token_life": tuple(LIVES),
        "trailing_slash": ("404", "redirect"),
        "wrap_pages": ("off", "on"),
        "big_page": ("400", "clamp"),
        "past_end": ("empty", "404"),
        "create_reply": ("null", "object", "empty", "location", "id"),
        "update_reply": ("204", "object"),
        "put_mode": ("partial", "full"),
        "arrays": ("replace", "merge"),
        "omitted_active": ("both", "active"),
        "filter_case": ("exact", "fold"),
        "dynamic_filter": ("label", "id"),
        "empty_values": ("listed", "hidden"),
        "value_id": ("field", "own"),
        "empty_object": ("nulls", "null"),
        "masked_unknown": ("left out", "null"),
        "unset_text": ("null", "empty"),
    }

    def __init__(
        self,
        *,
        switches: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        rate: float | None = None,
        samples: bool = False,
        tag_carrier: bool = True,
        x_token: str = "demo-cirrus-token",
        client_id: str = "demo-cirrus-client",
        client_secret: str = "demo-cirrus-secret",
    ) -> None:
        super().__init__(switches=switches, clock=clock, rate=rate)
        self.tokens = Tokens(client_id, client_secret, lambda: self.clock())
        self._x_token = x_token
        self._store = store = Store(self.switches)
        self._resources = {
            "accounts": _Resource(store.accounts, lists.accounts(store), store.account, writes.ACCOUNTS),
            "contacts": _Resource(store.contacts, lists.contacts(store), store.contact, writes.CONTACTS),
            "users": _Resource(store.users, lists.users(store), store.user),
        }
        if tag_carrier:
            add_tag_carrier(store)
        if samples:
            add_samples(store)

    # --- routes ------------------------------------------------------------------------------------------------------

    def rules(self) -> Iterable[Rule]:
        """The documented operations; their paths are derived, the documents print none."""
        for name in ("accounts", "contacts", "users"):
            yield self._rule("GET", f"/{name}", self._list, collection=True, resource=name)
        for name in ("accounts", "contacts"):
            yield self._rule("POST", f"/{name}", self._create, collection=True, resource=name)
            yield self._rule("GET", f"/{name}/<int:record_id>", self._one, resource=name)
            yield self._rule("PUT", f"/{name}/<int:record_id>", self._update, resource=name)
        yield self._rule("GET", "/accounts/accounttypes", self._types, collection=True)
        yield self._rule("POST", "/accounts/<int:target>/merge/<int:source>", self._merge)
        yield self._rule("GET", "/dynamicfields/definitions", self._definitions, collection=True)
        yield self._rule("GET", "/dynamicfields/definitions/<int:field_id>", self._definition)
        yield self._rule("GET", "/dynamicfields/values", self._values, collection=True)
        yield self._rule("PUT", "/dynamicfields/values/<int:field_id>/<int:resource_id>", self._put_value)
        yield Rule(TOKEN_PATH, endpoint=self._token, methods=["POST"], strict_slashes=True)

    def _rule(
        self, method: str, path: str, handle: Callable[..., Response], *, collection: bool = False, **fixed: str
    ) -> Rule:
        def endpoint(request: Request, **values: int) -> Response:
            try:
                return self._slash(request, collection=collection) or handle(request, **fixed, **values)
            except Refused as refused:
                return refused.answer()

        return Rule(ROOT + path, endpoint=endpoint, methods=[method])

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
            return None if self.tokens.valid(token.strip()) else answer({"message": "Invalid or expired token"}, 401)
        given = request.headers.get("X-Token", "")
        if not given:
            return answer({"message": "X-Token can not be blank unless using a Bearer token"}, 401)
        return None if given == self._x_token else answer({"message": "Invalid X-Token"}, 401)

    def _token(self, request: Request) -> Response:
        return self.tokens.issue(request, LIVES[self.switches["token_life"]])

    # --- accounts, contacts, users -----------------------------------------------------------------------------------

    def _list(self, request: Request, resource: str) -> Response:
        listing, shape = self._resources[resource].listing, self._resources[resource].shape
        listing.refuse_unsimulated(request.args)
        args = read_args(request.args, listing.args)
        if resource == "contacts" and args["active"] is None and self.switches["omitted_active"] == "active":
            args["active"] = 1
        rows = listing.table.rows
        return self._page(request, args, listing.ids(args, self.switches), lambda row_id: shape(rows[row_id]))

    def _one(self, request: Request, resource: str, record_id: int) -> Response:
        return self._send(request, self._resources[resource].shape(self._row(resource, record_id)))

    def _create(self, request: Request, resource: str) -> Response:
        _, writing = self._written(resource)
        body = json_body(request, writing.create_model, writing.required)
        record_id = self._insert(resource, body)
        reply = self.switches["create_reply"]
        if reply == "object":
            return self._send(request, self._resources[resource].shape(self._row(resource, record_id)), 201)
        if reply == "empty":
            return Response(status=201)
        headers = {"Location": f"{request.host_url.rstrip('/')}{ROOT}/{resource}/{record_id}"}
        return answer({"id": record_id} if reply == "id" else None, 201, headers if reply == "location" else None)

    def _update(self, request: Request, resource: str, record_id: int) -> Response:
        table, writing = self._written(resource)
        body = json_body(request, writing.model)
        row = self._row(resource, record_id)
        changes = writing.changes(self._store, row, body)
        if self.switches["put_mode"] == "full":
            changes = {**writing.reset(), **changes}
        table.change(record_id, changes)
        return self._updated(request, lambda: self._resources[resource].shape(row))

    def _merge(self, request: Request, target: int, source: int) -> Response:
        row = self._row("accounts", target)
        self._row("accounts", source)
        if target == source:
            raise Refused(400, "An account can not be merged with itself")
        writes.merge_accounts(self._store, target, source)
        return self._updated(request, lambda: self._store.account(row))

    def _types(self, request: Request) -> Response:
        return self._send(request, [account_type(type_id) for type_id in TYPES])

    # --- dynamic fields ----------------------------------------------------------------------------------------------

    def _definitions(self, request: Request) -> Response:
        args = read_args(request.args, lists.DEFINITIONS)
        return self._page(request, args, lists.definitions(args), dynamic.definition)

    def _definition(self, request: Request, field_id: int) -> Response:
        return self._send(request, dynamic.definition(_field(field_id)))

    def _values(self, request: Request) -> Response:
        args = read_args(request.args, lists.VALUES)
        row_id = args["resourceid"]
        values = self._row(f"{args['resourcetype']}s", row_id)["dynamic"]
        own, hidden = self.switches["value_id"] == "own", self.switches["empty_values"] == "hidden"

        def item(field: dynamic.Field) -> Row:
            return dynamic.value_item(field, values.get(field.id), row_id * 100 + field.id if own else field.id)

        fields = [field for field in lists.value_fields(args) if not hidden or values.get(field.id)]
        return self._page(request, args, fields, item)

    def _put_value(self, request: Request, field_id: int, resource_id: int) -> Response:
        body = json_body(request, dynamic.MODEL)
        field = _field(field_id)
        resource = f"{field.group}s"
        values = self._row(resource, resource_id)["dynamic"]
        new = dynamic.written(field, body, values.get(field_id))
        self._resources[resource].table.change(resource_id, {"dynamic": {**values, field_id: new}})
        return self._updated(request, lambda: dynamic.value_item(field, new, field_id))

    # --- answers -----------------------------------------------------------------------------------------------------

    def _page(self, request: Request, args: Row, found: list[Any], shape: Callable[[Any], Row]) -> Response:
        page, size = args["page"], args["per_page"]
        if size > lists.LARGEST_PAGE:
            if self.switches["big_page"] == "400":
                raise invalid({"per_page": "Results per page, max pagesize is 50"})
            size = lists.LARGEST_PAGE
        pages = -(-len(found) // size)
        if page > max(pages, 1) and self.switches["past_end"] == "404":
            raise Refused(404, "The requested page does not exist")
        items = [shape(one) for one in found[(page - 1) * size : page * size]]
        body = {"page": page, "pages": pages, "per_page": size, "total": len(found), "items": items}
        return self._send(request, [body] if self.switches["wrap_pages"] == "on" else body)

    def _send(self, request: Request, body: Any, status: int = 200) -> Response:
        mask = request.headers.get("X-Fields")
        unknown = self.switches["masked_unknown"]
        return answer(masked(read_mask(mask), body, unknown=unknown) if mask else body, status)

    def _updated(self, request: Request, shape: Callable[[], Row]) -> Response:
        return Response(status=204) if self.switches["update_reply"] == "204" else self._send(request, shape())

    # --- rows --------------------------------------------------------------------------------------------------------

    def _row(self, resource: str, record_id: int) -> Row:
        found = self._resources.get(resource)
        if found is None or record_id not in found.table.rows:
            raise Refused(404, f"There is no record {record_id} in {resource}")
        return found.table.rows[record_id]

    def _written(self, resource: str) -> tuple[Table, writes.Writing]:
        found = self._resources[resource]
        if found.writing is None:
            raise ValueError(f"{resource} can not be written")
        return found.table, found.writing

    def _insert(self, resource: str, body: Mapping[str, Any]) -> int:
        table, writing = self._written(resource)
        row = writing.new()
        return table.add({**row, **writing.changes(self._store, row, body)})

    # --- helpers in the same process: a person at the vendor's screen ------------------------------------------------

    def add(self, resource: str, fields: Mapping[str, Any]) -> int:
        """A new record and its id; an account is a customer of the first user's unless `fields` say otherwise.

        `fields` are those of a create. Raises ValueError for fields that the vendor would refuse.
        """
        defaults = {"typeid": 1, "userid": 1} if resource == "accounts" else {}
        _, writing = self._written(resource)
        with self._lock, _as_mistake():
            return self._insert(resource, checked({**defaults, **fields}, writing.create_model, writing.required))

    def edit(self, resource: str, record_id: int, changes: Mapping[str, Any]) -> None:
        """Change a record, of addresses only the parts given; unlike by REST, any column can be set.

        Raises ValueError for an unknown record or column, and for values that the vendor would refuse.
        """
        found = self._resources[resource]
        with self._lock, _as_mistake():
            row = self._row(resource, record_id)
            if unknown := sorted(changes.keys() - (row.keys() - {"id"})):
                raise ValueError(f"{resource} have no {unknown}")
            new = dict(changes)
            if "addresses" in new:
                new["addresses"] = {kind: {**row["addresses"][kind], **part} for kind, part in new["addresses"].items()}
            if found.writing:
                body = checked(new, found.writing.create_model)
                new |= found.writing.changes(self._store, row, body)
            found.table.change(record_id, new)

    def remove(self, resource: str, record_id: int) -> None:
        """Delete a record, an account with its contacts; by REST nothing can be deleted."""
        with self._lock, _as_mistake():
            self._row(resource, record_id)
            remove = {"accounts": writes.remove_account, "contacts": writes.remove_contact}[resource]
            remove(self._store, record_id)

    def merge(self, target: int, source: int) -> None:
        """Make one account of two by hand: the source is gone, and what belonged to it is the target's."""
        with self._lock, _as_mistake():
            self._row("accounts", target)
            self._row("accounts", source)
            writes.merge_accounts(self._store, target, source)

    def set_dynamic(self, resourcetype: str, record_id: int, fieldname: str, value: str) -> None:
        """Set a dynamic field by its name, a choice by its label; readonly fields too. Raises ValueError."""
        fields = {field.name: field for field in dynamic.FIELDS.values() if field.group == resourcetype}
        if fieldname not in fields:
            raise ValueError(f"{resourcetype} has no dynamic field {fieldname!r}")
        field, resource = fields[fieldname], f"{resourcetype}s"
        with self._lock, _as_mistake():
            values = {**self._row(resource, record_id)["dynamic"], field.id: dynamic.by_label(field, value)}
            self._resources[resource].table.change(record_id, {"dynamic": values})

    def data(self) -> dict[str, list[dict[str, Any]]]:
        """Every record as it is read; accounts and contacts also have `dynamicfields`, {name: text}."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for name, resource in self._resources.items():
            fields = [field for field in dynamic.FIELDS.values() if field.group == name.removesuffix("s")]
            rows[name] = [resource.shape(row) for row in resource.table.rows.values()]
            if fields:
                for shape, row in zip(rows[name], resource.table.rows.values(), strict=True):
                    shape["dynamicfields"] = {field.name: field.text(row["dynamic"].get(field.id)) for field in fields}
        rows["accounttypes"] = [account_type(type_id) for type_id in TYPES]
        rows["dynamicfields"] = [dynamic.definition(field) for field in dynamic.FIELDS.values()]
        return rows


def _field(field_id: int) -> dynamic.Field:
    if field_id not in dynamic.FIELDS:
        raise Refused(404, f"There is no dynamic field {field_id}")
    return dynamic.FIELDS[field_id]


@contextmanager
def _as_mistake() -> Iterator[None]:
    """The vendor's refusal of a helper's arguments, as the caller's mistake."""
    try:
        yield
    except Refused as refused:
        raise ValueError(str(refused)) from refused
