"""The account itself: routes, login, switches, the writes, and the hands of a person in the vendor's screens."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import Handler, Sandbox, answer
from . import forms, listing, tokens
from .account import API_USER, PERSON, Account
from .catalogue import Resource, Row
from .checks import Refused

#: how long a login token is good, in seconds
_LIFE = {"long": 86_400, "short": 60}


class Nicoka(Sandbox):
    """One account with customers and contacts, empty or with the vendor's own `samples`.

    `zone` names the zone of the account's wall clock. `edit`, `add`, `remove` and `merge` do what a person does in
    the screens; they raise `Refused` where the screens would, and KeyError for an id that is not there.
    """

    name = "nicoka"
    choices = {
        "login_form": ("both", "json", "query"),
        "token_life": ("long", "short"),
        "errors_with_200": ("off", "on"),
        "not_found": ("404", "error200", "empty"),
        "retry_after": ("absent", "present"),
        "limit_over_200": ("clamp", "error"),
        "paging": ("all", "ignores_offset"),
        "next_link": ("off", "on"),
        "order_by": ("honoured", "ignored"),
        "range_filter": ("honoured", "ignored"),
        "unknown_params": ("ignored", "error"),
        "unknown_fields": ("ignored", "error"),
        "bad_values": ("error", "stored"),
        "lengths": ("ignored", "error", "truncated"),
        "duplicates": ("allowed", "error"),
        "multi_values": ("json", "csv", "array"),
        "numbers": ("typed", "quoted"),
        "values_shape": ("array", "envelope", "map"),
        "deleted": ("hidden", "shown"),
        "delete": ("refused", "marks"),
        "put": ("refused", "updates"),
        "rights": ("all", "some"),
        "custom_fields": ("none", "some"),
        "counters": ("quiet", "move_udate"),
    }

    def __init__(
        self,
        *,
        switches: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        rate: float | None = None,
        samples: bool = False,
        token: str = "demo-nicoka-token",
        login: str = "demo",
        password: str = "demo-nicoka-password",
        zone: str = "Europe/Paris",
    ) -> None:
        super().__init__(switches=switches, clock=clock, rate=rate)
        self.token = token
        self.login = login
        self.password = password
        self.account = Account(self.switches, lambda: self.clock(), zone)
        self._pager = listing.Pager()
        if samples:
            self.account.fill()

    def rules(self) -> Iterable[Rule]:
        one = "/api/<any(customers, contacts):resource>"
        routes: list[tuple[str, str, Handler]] = [
            ("POST", "/api/login", self._log_in),
            ("GET", one, self._list),
            ("POST", one, self._create),
            ("GET", f"{one}/<int:ident>", self._get),
            ("POST", f"{one}/<int:ident>", self._update),
            ("PUT", f"{one}/<int:ident>", self._put),
            ("DELETE", f"{one}/<int:ident>", self._delete),
            ("GET", f"{one}/schema", self._schema),
            ("GET", f"{one}/customFields", self._custom_fields),
            ("GET", "/api/application/entities/<int:number>/values", self._values),
            ("GET", "/api/employees", self._employees),
        ]
        return [Rule(path, endpoint=self._guarded(handler), methods=[verb]) for verb, path, handler in routes]

    def data(self) -> dict[str, list[Row]]:
        return {
            name: [
                forms.in_list(resource, row, self.switches)
                for row in self.account.tables[name].newest_first()
                if self.account.row(resource, row["id"])
            ]
            for name, resource in self.account.resources.items()
        }

    # A person in the screens

    def add(self, resource: str, fields: Mapping[str, Any]) -> int:
        """Create a record by hand and return its id."""
        ident: int = self.account.add(self.account.resources[resource], fields, PERSON)["id"]
        return ident

    def edit(self, resource: str, ident: int, changes: Mapping[str, Any]) -> None:
        """Change fields by hand: moves `udate` and `versi`, and `uname` names the person."""
        self.account.change(self.account.resources[resource], self._there(resource, ident), changes, PERSON)

    def remove(self, resource: str, ident: int) -> None:
        """Set the deletion flag by hand: the record leaves the lists, and a get finds it no more."""
        self.account.remove(self.account.resources[resource], self._there(resource, ident), PERSON)

    def merge(self, resource: str, winner: int, loser: int) -> None:
        """Make one record of two by hand: the loser leaves, and its contacts go over to the winner."""
        rows = self._there(resource, winner), self._there(resource, loser)
        self.account.merge(self.account.resources[resource], *rows, PERSON)

    def _there(self, resource: str, ident: int) -> Row:
        return self.account.tables[resource].rows[ident]

    # Refusals

    def authenticate(self, request: Request) -> Response | None:
        if request.path.rstrip("/") == "/api/login":
            return None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer" and (token == self.token or tokens.holds(token, self.clock())):
            return None
        return self._error("Accès refusé : jeton absent, inconnu ou expiré", 401)

    def too_many(self) -> Response:
        response = self._error("Trop de requêtes", 429)
        if self.switches["retry_after"] == "present":
            response.headers["Retry-After"] = "1"
        return response

    def not_found(self, error: HTTPException) -> Response:
        return self._error("Méthode non autorisée" if error.code == 405 else "Page introuvable", error.code or 404)

    def _error(self, message: str, status: int) -> Response:
        # Keys and rate are refused before the application is reached, so they keep their status.
        quiet = self.switches["errors_with_200"] == "on" and status not in (401, 429)
        return answer({"error": message, "code": status}, 200 if quiet else status)

    def _guarded(self, handler: Handler) -> Handler:
        def guarded(request: Request, **values: Any) -> Response:
            try:
                return handler(request, **values)
            except Refused as refused:
                return self._error(refused.message, refused.status)

        return guarded

    def _absent(self, ident: int) -> Response:
        form = self.switches["not_found"]
        if form == "empty":
            return Response("", 200, mimetype="application/json")
        response = self._error(f"Aucun enregistrement {ident}", 404)
        if form == "error200":
            response.status_code = 200
        return response

    # Routes

    def _log_in(self, request: Request) -> Response:
        form = self.switches["login_form"]
        body = request.get_json(silent=True) if form != "query" else None
        sent = body if isinstance(body, dict) else request.args if form != "json" else {}
        if (sent.get("login"), sent.get("password")) != (self.login, self.password):
            return self._error("Identifiant ou mot de passe incorrect", 401)
        return answer({"token": tokens.issue(API_USER, int(self.clock()) + _LIFE[self.switches["token_life"]])})

    def _list(self, request: Request, resource: str) -> Response:
        kind, table = self.account.resources[resource], self.account.tables[resource]
        query = listing.parse(kind, request.args, self.switches)
        page = self._pager.page(kind, table, query, request.args, self.switches)
        rows = [self._readable(request, kind, row, forms.in_list(kind, row, self.switches)) for row in page.rows]
        envelope = dict(page.envelope)
        if self.switches["next_link"] == "on" and (link := listing.next_link(request.base_url, page)):
            envelope["@odata.nextLink"] = link
        return answer({**envelope, "data": rows})

    def _get(self, request: Request, resource: str, ident: int) -> Response:
        kind = self.account.resources[resource]
        row = self.account.row(kind, ident)
        if row is None:
            return self._absent(ident)
        return answer(self._readable(request, kind, row, forms.alone(kind, row, self.switches)))

    def _create(self, request: Request, resource: str) -> Response:
        kind = self.account.resources[resource]
        row = self.account.add(kind, _body(request), API_USER)
        text = f"{kind.noun} <b>{row['label']}</b> a été ajouté"
        return answer({"success": text, "object": forms.created(kind, row, self.switches)})

    def _update(self, request: Request, resource: str, ident: int) -> Response:
        kind = self.account.resources[resource]
        row = self.account.row(kind, ident)
        if row is None:
            return self._absent(ident)
        row = self.account.change(kind, row, _body(request), API_USER)
        text = f"{kind.noun} <b>{row['label']}</b> a été modifié"
        return answer({"success": text, "object": forms.alone(kind, row, self.switches)})

    def _put(self, request: Request, resource: str, ident: int) -> Response:
        if self.switches["put"] == "refused":
            raise Refused("Méthode non autorisée", 405)
        return self._update(request, resource, ident)

    def _delete(self, _: Request, resource: str, ident: int) -> Response:
        if self.switches["delete"] == "refused":
            raise Refused("Méthode non autorisée", 405)
        kind = self.account.resources[resource]
        row = self.account.row(kind, ident)
        if row is None:
            return self._absent(ident)
        self.account.remove(kind, row, API_USER)
        return answer({"success": f"{kind.noun} <b>{row['label']}</b> a été supprimé"})

    def _schema(self, _: Request, resource: str) -> Response:
        documented = [field for field in self.account.resources[resource].fields.values() if field.declared]
        fields = [
            {"id": field.name, "label": field.label, "type": field.declared}
            for field in documented
            if not field.custom or self.switches["custom_fields"] == "some"
        ]
        return answer({"fields": fields, "objects": []})

    def _custom_fields(self, _: Request, resource: str) -> Response:
        kind = self.account.resources[resource]
        names = kind.custom if self.switches["custom_fields"] == "some" else ()
        rows: list[Row] = []
        for field in (kind.fields[name] for name in names):
            row: Row = {"id": field.name, "label": field.label, "type": field.declared}
            if field.picks:
                row["uiPickList"] = [{"value": pick, "label": pick} for pick in field.picks]
            rows.append(row)
        return answer({"fields": rows})

    def _values(self, _: Request, number: int) -> Response:
        if str(number) not in self.account.lists:
            raise Refused(f"Liste inconnue : {number}", 404)
        values = self.account.lists[str(number)]
        if self.switches["values_shape"] == "map":
            return answer(values)
        rows = [{"id": int(key) if key.isdigit() else key, "label": label} for key, label in values.items()]
        if self.switches["values_shape"] == "array":
            return answer(rows)
        return _envelope(str(number), rows)

    def _employees(self, request: Request) -> Response:
        """The persons whom a drop-down of Collaborateur offers; of their fields, those that the documents name."""
        rows = []
        for key, label in self.account.references["Collaborateur"].items():
            first, _, last = label.partition(" ")
            named = {"id": int(key), "employeeid": int(key), "label": label, "first_name": first, "last_name": last}
            rows.append({**named, "code": None, "status": 1, "middle_name": None, "email": None, "compid": 1})
        offset = request.args.get("offset", 0, int)
        return _envelope("employees", rows[offset:], offset=offset, total=len(rows))

    def _readable(self, request: Request, resource: Resource, row: Row, shown: Row) -> Row:
        return forms.readable(resource, row, shown, self.account.label) if request.args.get("__hr") == "1" else shown


def _body(request: Request) -> Row:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused("Le corps de la requête n'est pas un objet JSON", 400)
    return body


def _envelope(name: str, rows: list[Row], *, offset: int = 0, total: int | None = None) -> Response:
    """Rows in the envelope of a list that is one page."""
    uid = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    count = len(rows) if total is None else total
    return answer(
        {"queryUid": uid, "offset": offset, "limit": count, "page": 1, "pages": 1, "total": count, "data": rows}
    )
