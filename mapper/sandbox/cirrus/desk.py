"""What each operation does, and how it answers: pages, masks, replies to writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from ..base import answer
from . import dynamic, lists, present, writes
from .build import Resource, Resources, moment
from .facts import Operation, collections
from .models import SHOWN_FLAGS, cents, either_flag
from .store import TYPES, Store, account_type
from .table import Row, Table
from .wire import Check, Refused, invalid, json_body, masked, nullable_string, read_args, read_mask, string

ROOT = "/rest"
#: The user that calls; which one a program's token acts as is not said.
CALLER = 1
#: The longest text, where texts have a longest.
LONGEST = 255


class Desk:
    """The operations that read and write records of one tenant."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self.store = store
        self.now = now
        self.switches = store.switches
        self.resources = Resources(store, now)
        for name, shape, listing, writing in (
            ("accounts", store.account, lists.accounts(store), writes.ACCOUNTS),
            ("contacts", store.contact, lists.contacts(store), writes.CONTACTS),
        ):
            self.resources[name] = Resource(store.tables[name], shape, listing, writing, name[:-1])
        self.of_group = {"account": "accounts", "contact": "contacts"}
        self.of_group |= {about.dynamic: name for name, about in collections().items() if about.dynamic}

    # --- records -----------------------------------------------------------------------------------------------------

    def many(self, request: Request, op: Operation) -> Response:
        """A page of a list, or a plain array."""
        if op.collection == "accounts/accounttypes":
            if self.switches["account_types"] == "gone":
                raise Refused(404, "The requested URL was not found on the server.")
            return self.send(request, op, [account_type(type_id) for type_id in TYPES])
        shape = self._listed(op)
        if op.kind == "array" and not op.query:
            return self.send(request, op, [shape(row_id) for row_id in self.resources[op.collection].table.rows])
        found, args = self.found(request, op.collection)
        return (
            self.page(request, op, args, found, shape)
            if op.kind == "page"
            else self.send(request, op, list(map(shape, found)))
        )

    def found(self, request: Request, name: str) -> tuple[list[int], Row]:
        """The ids that a list's parameters ask for, and these."""
        listing = self.resources[name].listing
        if listing is None:
            raise ValueError(f"{name} have no list")
        listing.refuse_unsimulated(request.args)
        args = read_args(request.args, listing.args, lenient=self._lenient)
        if name in ("contacts", "articles") and args["active"] is None and self.switches["omitted_active"] == "active":
            args["active"] = 1
        ids = listing.ids(args, self.switches)
        if self.switches["sight"] == "own":
            ids = [row_id for row_id in ids if self._sees(name, row_id)]
        return ids, args

    @property
    def _lenient(self) -> bool:
        return self.switches["no_sorting"] == "default"

    def _sees(self, name: str, row_id: int) -> bool:
        """Whether the caller may see a record: where rights are cut, only his own accounts and their contacts."""
        if self.switches["sight"] == "all" or name not in ("accounts", "contacts"):
            return True
        account = row_id if name == "accounts" else self.store.contacts.rows[row_id]["accountid"]
        return bool(self.store.accounts.rows[account]["userid"] == CALLER)

    def _listed(self, op: Operation) -> Callable[[int], Row]:
        """How a record is shown in a list: of some, with fewer members than alone."""
        resource, about = self.resources[op.collection], collections().get(op.collection)
        rows = resource.table.rows
        # The page shows a mission's connections in the list of missions, which is surely a mistake of it.
        strange = op.collection == "missions" and self.switches["mission_list"] == "mission"
        if about is None or strange or op.fields.keys() == about.fields.keys():
            return lambda row_id: resource.shape(rows[row_id])
        return lambda row_id: present.record(self.store, about, rows[row_id], op.fields)

    def one(self, request: Request, op: Operation, id: int) -> Response:
        """One record."""
        return self.send(request, op, self._more(self.resources[op.collection].shape(self._asked(op.collection, id))))

    def _asked(self, name: str, record_id: int) -> Row:
        """The row that a caller names by its id."""
        if self.switches["merged"] == "target" and name == "accounts":
            record_id = self.store.merged.get(record_id, record_id)
        row = self.row(name, record_id)
        if not self._sees(name, record_id):
            raise Refused(int(self.switches["hidden"]), f"There is no record {record_id} in {name}")
        return row

    def _more(self, shape: Row) -> Row:
        """A record as it is shown, with members that the page does not have where a tenant has some."""
        return shape if self.switches["extra_members"] == "none" else {**shape, "revision": 7, "links": {"self": []}}

    def create(self, request: Request, op: Operation) -> Response:
        """A new record."""
        _, writing = self.written(op.collection)
        body = self._fitting(op, json_body(request, self._taking(writing.create_model), writing.required))
        return self.created(request, op, self.insert(op.collection, body))

    def created(self, request: Request, op: Operation, record_id: int) -> Response:
        """The reply to a create, which the page leaves open but for a few."""
        name, reply = op.collection, self.switches["create_reply"]
        if op.kind == "object" or (reply == "object" and op.kind == "undocumented"):
            return self.send(request, op, self.resources[name].shape(self.row(name, record_id)), self._made)
        if op.kind == "array" or (reply == "array" and op.kind == "undocumented"):
            return self.send(request, op, [self.resources[name].shape(self.row(name, record_id))], self._made)
        if reply == "empty":
            return Response(status=self._made)
        headers = {"Location": f"{request.host_url.rstrip('/')}{ROOT}/{name}/{record_id}"}
        body = {"id": record_id} if reply == "id" else None
        return answer(body, self._made, headers if reply == "location" else None)

    @property
    def _made(self) -> int:
        return int(self.switches["create_status"])

    def update(self, request: Request, op: Operation, id: int) -> Response:
        """Changes to a record."""
        table, writing = self.written(op.collection)
        body = json_body(request, self._taking(writing.model), writing.update_required)
        row = self._asked(op.collection, id)
        body = self._fitting(op, body, row)
        changes = writing.changes(self.store, row, body)
        if self.switches["put_mode"] == "full":
            changes = {**writing.reset(), **changes}
        table.change(id, changes)
        return self.updated(request, op, lambda: self.resources[op.collection].shape(row))

    def _taking(self, model: Mapping[str, Check]) -> Mapping[str, Check]:
        """The checks of a body; a tenant that shows flags as booleans takes them so."""
        if self.switches["flags"] == "boolean":
            model = {name: either_flag if name in SHOWN_FLAGS else check for name, check in model.items()}
        if self.switches["clearing"] == "null":
            model = {name: nullable_string if check is string else check for name, check in model.items()}
        return model

    def _fitting(self, op: Operation, body: Row, row: Row | None = None) -> Row:
        """A body as it is stored; refused where a text is too long, or where a key is another record's."""
        if self.switches["clearing"] == "null":
            body = {name: value for name, value in body.items() if value != ""}
        if self.switches["lengths"] == "255":
            long = [name for name, value in body.items() if isinstance(value, str) and len(value) > LONGEST]
            if long:
                raise invalid(dict.fromkeys(long, f"the text is longer than {LONGEST} characters"))
        unique = ["externalkey"] if self.switches["external_keys"] == "unique" else []
        unique += ["number"] if self.switches["account_number"] == "unique" and op.collection == "accounts" else []
        for name in unique:
            others = self.store.tables[op.collection].rows.values()
            if body.get(name) and any(one is not row and one.get(name) == body[name] for one in others):
                raise invalid({name: f"'{body[name]}' is another record's"})
        return cents(body) if self.switches["rounding"] == "cents" else body

    def merge(self, request: Request, op: Operation, target: int, source: int) -> Response:
        """n=16."""
        row = self.row("accounts", target)
        self.row("accounts", source)
        if target == source:
            raise Refused(400, "An account can not be merged with itself")
        writes.merge_accounts(self.store, target, source)
        return self.updated(request, op, lambda: self.store.account(row))

    # --- dynamic fields ----------------------------------------------------------------------------------------------

    def definitions(self, request: Request, op: Operation) -> Response:
        """n=66."""
        args = read_args(request.args, lists.DEFINITIONS, lenient=self._lenient)
        return self.page(request, op, args, lists.definitions(args), dynamic.definition)

    def definition(self, request: Request, op: Operation, id: int) -> Response:
        """n=67."""
        return self.send(request, op, dynamic.definition(_field(id)))

    def values(self, request: Request, op: Operation) -> Response:
        """n=68."""
        args = read_args(request.args, lists.VALUES, lenient=self._lenient)
        row_id = args["resourceid"]
        values = self._asked(self.of_group[args["resourcetype"]], row_id)["dynamic"]
        own, hidden = self.switches["value_id"] == "own", self.switches["empty_values"] == "hidden"

        def item(field: dynamic.Field) -> Row:
            ident = row_id * 100 + field.id if own else field.id
            return dynamic.value_item(field, values.get(field.id), ident, self.switches)

        fields = [field for field in lists.value_fields(args) if not hidden or values.get(field.id)]
        return self.page(request, op, args, fields, item)

    def put_value(self, request: Request, op: Operation, fieldid: int, resourceid: int) -> Response:
        """n=69: a field belongs to one kind of record, so that none is named."""
        body = json_body(request, dynamic.MODEL)
        field = _field(fieldid)
        resource = self.of_group[field.group]
        values = self.row(resource, resourceid)["dynamic"]
        new = dynamic.written(field, body, values.get(fieldid), self.switches)
        about = collections().get(resource)
        moved = about.stamps[1] if about and self.switches["stamps"] == "all" else None
        stamp = {moved: moment(self.now())} if moved else {}
        self.resources[resource].table.change(resourceid, {"dynamic": {**values, fieldid: new}, **stamp})
        return self.updated(request, op, lambda: dynamic.value_item(field, new, fieldid, self.switches))

    # --- answers -----------------------------------------------------------------------------------------------------

    def page(
        self,
        request: Request,
        op: Operation,
        args: Mapping[str, Any],
        found: list[Any],
        shape: Callable[[Any], Row],
        **more: int,
    ) -> Response:
        """One page of what was found."""
        page, size = args["page"], args["per_page"]
        # Only the two lists of coordinates state no limit.
        if size > lists.LARGEST_PAGE and not op.collection.endswith("coordinates"):
            if self.switches["big_page"] == "400":
                raise invalid({"per_page": "Results per page, max pagesize is 50"})
            size = lists.LARGEST_PAGE
        pages = -(-len(found) // size)
        if page > max(pages, 1) and self.switches["past_end"] == "404":
            raise Refused(404, "The requested page does not exist")
        items = [self._more(shape(one)) for one in found[(page - 1) * size : page * size]]
        body = {"page": page, "pages": pages, "per_page": size, "total": len(found), **more, "items": items}
        return self.send(request, op, [body] if self.switches["wrap_pages"] == "on" else body)

    def send(self, request: Request, op: Operation, body: Any, status: int = 200) -> Response:
        """A body, cut down by the mask where the operation takes one."""
        mask = request.headers.get("X-Fields") if op.mask else None
        if not mask:
            return answer(body, status)
        return answer(masked(read_mask(mask), body, unknown=self.switches["masked_unknown"]), status)

    def updated(self, request: Request, op: Operation, shape: Callable[[], Row]) -> Response:
        """The reply to an update, which the page leaves open but for a few."""
        reply = self.switches["update_reply"]
        if op.kind == "object" or reply == "object":
            return self.send(request, op, shape())
        return Response(status=204) if reply == "204" else answer(None)

    # --- rows --------------------------------------------------------------------------------------------------------

    def row(self, resource: str, record_id: int) -> Row:
        """A row; raises Refused where there is none."""
        table = self.store.tables.get(resource)
        if table is None or record_id not in table.rows:
            gone = table is not None and table.had(record_id)
            raise Refused(int(self.switches["gone"]) if gone else 404, f"There is no record {record_id} in {resource}")
        return table.rows[record_id]

    def written(self, resource: str) -> tuple[Table, writes.Writing]:
        """The table of records that can be written, and how."""
        if resource not in self.store.tables or (found := self.resources[resource]).writing is None:
            raise ValueError(f"{resource} can not be written")
        return found.table, found.writing

    def insert(self, resource: str, body: Mapping[str, Any]) -> int:
        """Store a new record of a checked body; gives its id."""
        table, writing = self.written(resource)
        row = writing.new()
        return table.add({**row, **writing.changes(self.store, row, body)})


def _field(field_id: int) -> dynamic.Field:
    if field_id not in dynamic.FIELDS:
        raise Refused(404, f"There is no dynamic field {field_id}")
    return dynamic.FIELDS[field_id]
