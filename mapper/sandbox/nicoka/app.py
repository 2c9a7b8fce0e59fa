"""The account itself: routes, login, switches, the writes, and the hands of a person in the vendor's screens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import Handler, Sandbox, StartResponse, answer
from . import forms, tokens
from .account import API_USER, PERSON, Account
from .catalogue import Row
from .checks import Refused
from .choices import CHOICES
from .desk import Desk
from .others import Others

#: how long a login token is good, in seconds
_LIFE = {"long": 86_400, "short": 60, "unsaid": 60}
#: codes of an account's own, some of which look like a status that they are not
_OWN_CODES = {400: 401, 401: 1, 403: 2, 404: 3, 405: 4, 409: 429, 413: 403, 422: 404, 429: 5}


_CRM = "<any(customers, contacts, crmActivities, opportunities):resource>"
_LISTED = _CRM.replace(")", ", employees, candidates, jobs, quotations, orders, projects)")
_ONE = _CRM.replace(")", ", employees)") + "/<int:ident>"
_SUB = "<any(skills, languages):sub>"

#: verb, path below /api, whose method answers (none: the sandbox's own), and its name
_WAYS = [
    ("POST", "login", "", "log_in"),
    ("GET", _LISTED, "desk", "listed"),
    ("POST", _CRM, "desk", "create"),
    ("GET", _ONE, "desk", "get"),
    ("POST", _ONE, "desk", "update"),
    ("PUT", _ONE, "desk", "put"),
    ("DELETE", f"{_CRM}/<int:ident>", "desk", "delete"),
    ("GET", f"{_CRM}/schema", "desk", "schema"),
    ("GET", f"{_CRM}/customFields", "desk", "custom_fields"),
    ("GET", "application/entities/<int:number>/values", "desk", "values"),
    ("GET", f"<any(employees):resource>/{_SUB}", "others", "all_subs"),
    ("GET", f"<any(employees):resource>/<int:ident>/{_SUB}", "others", "subs"),
    ("GET", "<any(candidates):resource>/<int:ident>/<any(addresses):sub>", "others", "subs"),
    ("POST", "candidates/<int:ident>/addresses", "others", "add_address"),
    ("GET", "jobs/published", "others", "published"),
    ("GET", "jobs/contractTypes", "others", "contract_types"),
    ("POST", "jobs/<int:ident>/apply", "others", "apply"),
    ("POST", "jobs/unsolicitedApply", "others", "apply"),
    ("GET", "locations/<int:ident>/events", "others", "events"),
    ("POST", "projectItems", "others", "project_item"),
]


class Nicoka(Sandbox):
    """One account with customers, contacts, activities and opportunities, empty or with the vendor's own `samples`.

    It is there under both addresses: /api in production, /<subdomain>/api on trial. `zone` names the zone of the
    account's wall clock, `required` by resource the fields that a creation must fill. `edit`, `add`, `remove` and
    `merge` do what a person does in the screens; they raise `Refused` where the screens would, and KeyError for an id
    that is not there.
    """

    name = "nicoka"
    choices = CHOICES

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
        subdomain: str = "demo",
        zone: str = "Europe/Paris",
        required: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(switches=switches, clock=clock, rate=rate)
        self.token = token
        self.login = login
        self.password = password
        self.subdomain = subdomain
        self.account = Account(self.switches, lambda: self.clock(), zone, required or {})
        self._counted: list[float] = []
        self.desk = Desk(self.account, self._absent)
        self.others = Others(self.desk, forms.PUBLIC)
        if samples:
            self.account.fill()

    def rules(self) -> Iterable[Rule]:
        return [
            Rule(f"/api/{path}", endpoint=self._guarded(of, name), methods=[verb]) for verb, path, of, name in _WAYS
        ]

    def data(self) -> dict[str, list[Row]]:
        return {
            name: [
                forms.in_list(resource, row, self.switches)
                for row in self.account.tables[name].newest_first()
                if self.account.row(resource, row["id"])
            ]
            for name, resource in self.account.crm.items()
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

    # Addresses

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        trial, older = f"/{self.subdomain}/api/", f"/api/{self.subdomain}/"
        if path.startswith(trial):
            environ = {**environ, "SCRIPT_NAME": f"/{self.subdomain}", "PATH_INFO": path.removeprefix(trial[:-5])}
        elif path.startswith(older) and self.switches["older_trial_path"] == "on":
            environ = {**environ, "PATH_INFO": f"/api/{path.removeprefix(older)}"}
        return super().__call__(environ, start_response)

    # Refusals

    def authenticate(self, request: Request) -> Response | None:
        path = request.path.rstrip("/")
        if path == "/api/login" or (path == "/api/jobs/published" and self.switches["published_jobs"] == "public"):
            return None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer" and (token == self.token or tokens.holds(token, self.clock())):
            return None
        return self._error("Accès refusé : jeton absent, inconnu ou expiré", 401)

    def too_many(self) -> Response:
        response = self._error("Trop de requêtes", 429)
        if self.switches["throttled_body"] == "text":
            response = Response("Trop de requêtes", 429, mimetype="text/plain")
        if self.switches["retry_after"] == "present":
            response.headers["Retry-After"] = "1"
        return response

    def not_found(self, error: HTTPException) -> Response:
        return self._error("Méthode non autorisée" if error.code == 405 else "Page introuvable", error.code or 404)

    def _over_limit(self) -> bool:
        """The rate is counted over any second, over each second of the clock, or over a minute on the whole."""
        window = self.switches["rate_window"]
        if self.rate is None or window == "sliding":
            return super()._over_limit()
        now = self.clock()
        span, most = (60.0, self.rate * 60) if window == "minute" else (now % 1.0, self.rate)
        self._counted = [moment for moment in self._counted if now - moment <= span]
        over = len(self._counted) >= most
        if not over:
            self._counted.append(now)
        return over

    def _error(self, message: str, status: int) -> Response:
        # Keys and rate may be refused before the application is reached: then they keep their status.
        form = self.switches["errors_with_200"]
        quiet = form == "all" or (form == "on" and status not in (401, 429))
        code = _OWN_CODES.get(status, status) if self.switches["error_codes"] == "own" else status
        return answer({"error": message, "code": code}, 200 if quiet else status)

    def _guarded(self, of: str, name: str) -> Handler:
        def guarded(request: Request, **values: Any) -> Response:
            handler: Handler = getattr(getattr(self, of) if of else self, name)
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

    def log_in(self, request: Request) -> Response:
        form = self.switches["login_form"]
        body = request.get_json(silent=True) if form != "query" else None
        sent = body if isinstance(body, dict) else request.args if form != "json" else {}
        if (sent.get("login"), sent.get("password")) != (self.login, self.password):
            if self.switches["login_refusal"] == "text":
                return Response("Identifiant ou mot de passe incorrect", 401, mimetype="text/plain")
            return self._error("Identifiant ou mot de passe incorrect", 401)
        life = self.switches["token_life"]
        return answer({"token": tokens.issue(API_USER, int(self.clock()) + _LIFE[life], said=life != "unsaid")})
