"""The operations that are like no other: following, coordinates, the calling user, settings, challenges, services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from . import present
from .desk import CALLER, Desk
from .facts import Collection, Operation, collections, shapes
from .models import model, required
from .store import KINDS
from .table import Row
from .wire import Arg, invalid, json_body, read_args


class Oddities:
    """These operations for one tenant."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.settings: Row = {"currency": "SEK"}
        self.me: Row = {"customerid": 1, "properties": {"userid": CALLER, "crmversion": 2}, "emailsettings": None}

    def handler(self, op: Operation) -> Callable[..., Response] | None:
        """What carries out an operation; None where it is about something else."""
        found: dict[int, Callable[..., Response]] = {
            3: self._account_coordinates, 19: self._activity_coordinates, 20: self._activity_type, 76: self._challenge,
            79: self._score, 81: self._answered, 82: self._answered, 124: self._person, 125: self._sign,
            126: self._cancelled, 128: self._credit, 131: self._options, 140: self._put_me, 141: self._get_me,
            188: self._put_settings, 189: self._get_settings, 192: self._sign,
        }  # fmt: skip
        if op.path.endswith(("/follow", "/unfollow")):
            return self._follow
        return found.get(op.n)

    def _body(self, request: Request, op: Operation) -> Row:
        return json_body(request, model(op), required(op))

    def _follow(self, request: Request, op: Operation) -> Response:
        """A user begins or ends to follow a record."""
        body = self._body(request, op)
        name, _, what = op.collection.partition("/")
        row = self._desk.row(name, body["key"])
        if body["userid"] not in self._desk.store.users.rows:
            raise invalid({"userid": f"{body['userid']} does not exist"})
        others = [user for user in row["followers"] if user != body["userid"]]
        followers = [*others, body["userid"]] if what == "follow" else others
        self._desk.resources[name].table.change(body["key"], {"followers": followers})
        return self._desk.updated(request, op, dict)

    # --- coordinates -------------------------------------------------------------------------------------------------

    def _account_coordinates(self, request: Request, op: Operation) -> Response:
        ids, args = self._desk.found(request, "accounts")
        return self._coordinates(request, op, args, [("accountid", ident, ident) for ident in ids])

    def _activity_coordinates(self, request: Request, op: Operation) -> Response:
        ids, args = self._desk.found(request, "activities")
        rows = self._desk.store.tables["activities"].rows
        return self._coordinates(request, op, args, [("activityid", ident, rows[ident]["account"]) for ident in ids])

    def _coordinates(self, request: Request, op: Operation, args: Row, owners: list[tuple[str, int, int]]) -> Response:
        found = []
        for name, ident, account in owners:
            addresses = self._desk.store.accounts.rows[account]["addresses"]
            for kind in KINDS:
                place = addresses[kind].get("coordinates")
                found += [{name: ident, "addresstype": kind, **place}] if place else []
        return self._desk.page(request, op, args, found, lambda row: {**dict.fromkeys(op.fields), **row})

    # --- activity types, challenges ----------------------------------------------------------------------------------

    def _activity_type(self, request: Request, op: Operation) -> Response:
        """The page documents no body, and an array as the answer."""
        resource = self._desk.resources["activities/activitytypes"]
        body = json_body(request, resource.writing.model) if resource.writing and request.data else {}
        resource.table.add({**dict.fromkeys(op.fields), "tags": [], "dynamic": {}, **body})
        return self._desk.send(request, op, [resource.shape(row) for row in resource.table.rows.values()], 201)

    def _challenge(self, request: Request, op: Operation) -> Response:
        body = self._body(request, op)
        challenged = body["challenged"].get("id")
        if challenged not in self._desk.store.users.rows:
            raise invalid({"challenged.id": f"{challenged} does not exist"})
        ident = self._desk.insert("gamification/challenges", {k: v for k, v in body.items() if k != "challenged"})
        people: Row = {
            name: {"id": number, "challengeid": ident, "owner": name == "challenger", "score": 0, "user": {"id": user}}
            for number, (name, user) in enumerate((("challenged", challenged), ("challenger", CALLER)), 1)
        }
        self._desk.store.tables["gamification/challenges"].change(
            ident, {**people, "active": 1, "daysremaining": 7, "status": "pending"}
        )
        return self._desk.created(request, op, ident)

    def _score(self, request: Request, op: Operation, id: int) -> Response:
        """Titled as a challenge; the sample is a user's score card."""
        self._desk.row("users", id)
        card = {"achievements": dict.fromkeys(shapes()["Achievements"], 0), "category": "", "heartbeat": 0}
        return self._desk.send(request, op, {**card, "level": 1, "score": 0})

    def _answered(self, request: Request, op: Operation, id: int) -> Response:
        row = self._desk.row("gamification/challenges", id)
        accepted = op.path.endswith("accept")
        status = "ongoing" if accepted else "closed"
        challenged = {**row["challenged"], "accepted": accepted}
        self._desk.store.tables["gamification/challenges"].change(id, {"challenged": challenged, "status": status})
        return self._desk.send(request, op, {"id": id, "status": status})

    # --- services ----------------------------------------------------------------------------------------------------

    def _person(self, request: Request, op: Operation) -> Response:
        self._body(request, op)
        names = {"name": "Karin", "surname": "Ek", "street": "Storgatan 12", "city": "Stockholm", "zip": "11122"}
        return self._desk.send(request, op, names)

    def _credit(self, request: Request, op: Operation) -> Response:
        number = self._body(request, op)["person_number"]
        facts = {"status": "done", "correlationid": "1", "checkdate": "2024-05-31T10:00:00Z", "outcome": "approved"}
        return self._desk.send(request, op, {"person_number": number, **facts})

    def _options(self, request: Request, op: Operation) -> Response:
        """The page documents one colour and one size, under names in the plural."""
        read_args(request.args, [Arg("modelid", int)])
        return self._desk.send(request, op, {"colours": {"id": 1, "name": "svart"}, "sizes": {"id": 1, "name": "64"}})

    def _sign(self, request: Request, op: Operation) -> Response:
        body = self._body(request, op)
        table = self._desk.store.tables[op.collection]
        told = {"message": "", "status": "pending", "hintcode": "outstandingTransaction", "tags": [], "dynamic": {}}
        keys = {"orderref": f"order-{len(table.rows) + 1}", "autostarttoken": f"start-{len(table.rows) + 1}"}
        ident = table.add({**told, **keys, "personalnumber": body.get("personalnumber"), "completiondata": None})
        return self._desk.send(request, op, self._signing(op, table.rows[ident]), 201)

    def _cancelled(self, request: Request, op: Operation, id: int) -> Response:
        row = self._desk.row(op.collection, id)
        self._desk.store.tables[op.collection].change(id, {"status": "cancelled"})
        return self._desk.send(request, op, self._signing(op, row))

    def _signing(self, op: Operation, row: Row) -> Row:
        return present.record(self._desk.store, collections()[op.collection], row)

    # --- the calling user, the settings ------------------------------------------------------------------------------

    def _put_me(self, request: Request, op: Operation) -> Response:
        body = self._body(request, op)
        users = self._desk.store.users
        users.change(
            CALLER, {name: value for name, value in body.items() if name in users.rows[CALLER] and name != "id"}
        )
        self.me |= {name: value for name, value in body.items() if name in self.me}
        return self._desk.updated(request, op, self._shown_me)

    def _get_me(self, request: Request, op: Operation) -> Response:
        return self._desk.send(request, op, self._shown_me())

    def _shown_me(self) -> Row:
        row: dict[str, Any] = {**self._desk.store.users.rows[CALLER], **self.me}
        return present.record(self._desk.store, Collection("users/me", 141), row)

    def _put_settings(self, request: Request, op: Operation) -> Response:
        self.settings |= self._body(request, op)
        return self._desk.updated(request, op, self._shown_settings)

    def _get_settings(self, request: Request, op: Operation) -> Response:
        return self._desk.send(request, op, self._shown_settings())

    def _shown_settings(self) -> Row:
        return present.record(self._desk.store, Collection("settings", 189), self.settings)
