"""The entities beside the CRM's four, as far as the documents and the clients of others show their paths."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from werkzeug.wrappers import Request, Response

from ..base import answer
from . import forms
from .account import API_USER
from .catalogue import Row
from .checks import Refused
from .desk import Desk, envelope, sent_in

_DOCUMENT = {"base64content", "filename", "doctype"}
_APPLICANT = ("last_name", "first_name", "email", "phone1")


class Others:
    """Answers about jobs, candidates, events and what else hangs on records."""

    def __init__(self, desk: Desk, public: str) -> None:
        self.desk = desk
        self._public = public
        self._account = desk.account
        self._subs: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
        for name, about in self._account.facts.items():
            for sub, values in about.get("subs", {}).items():
                for ident in self._account.tables[name].rows:
                    rows = [{"id": f"{ident}:{key}", "label": label} for key, label in values]
                    self._subs[name, ident, sub] = rows

    def published(self, request: Request) -> Response:
        """The jobs that anybody may see, with the address where one applies."""
        response = self.desk.listed(request, "jobs", published="1")
        body: Row = response.get_json()
        for row in body["data"]:
            row["applicationUrl"] = f"{self._public}/public/jobs/{row['uid']}/apply"
        return answer(body)

    def contract_types(self, _: Request) -> Response:
        types = self._account.lists["contract types"]
        return answer([{"id": int(key), "label": label} for key, label in types.items()])

    def events(self, request: Request, ident: int) -> Response:
        """The events of an agency; `notFull=1` leaves out those without a free place."""
        if str(ident) not in self._account.references["Agence"]:
            raise Refused(f"Aucun enregistrement {ident}", 404)
        fixed = {"locationid": str(ident)}
        if request.args.get("notFull") != "1":
            return self.desk.listed(request, "events", **fixed)
        body: Row = self.desk.listed(request, "events", **fixed).get_json()
        full = self._account.facts["events"]["full"]
        rows = [row for row in body["data"] if row["id"] not in full]
        return answer({**body, "data": rows, "total": len(rows), "limit": min(body["limit"], len(rows))})

    def subs(self, _: Request, resource: str, ident: int, sub: str) -> Response:
        """What hangs on one record."""
        self._there(resource, ident)
        return envelope(f"{resource}/{ident}/{sub}", self._subs[resource, ident, sub])

    def all_subs(self, _: Request, resource: str, sub: str) -> Response:
        """What hangs on all records of a resource."""
        found = [row for place, rows in self._subs.items() if place[::2] == (resource, sub) for row in rows]
        return envelope(f"{resource}/{sub}", found)

    def add_address(self, request: Request, ident: int) -> Response:
        self._there("candidates", ident)
        sent, rows = sent_in(request), self._subs["candidates", ident, "addresses"]
        known = ("type", "street", "zipcode", "city", "country")
        row: Row = {"id": f"{ident}:{len(rows) + 1}", **{name: sent.get(name) for name in known}}
        row["label"] = ", ".join(str(row[name]) for name in known[1:] if row[name])
        rows.append(row)
        return answer({"success": f"Adresse <b>{row['label']}</b> a été ajoutée", "object": row})

    def project_item(self, request: Request) -> Response:
        """A line of a project; its fields come as a form, as a client sends them, or as JSON."""
        kind = self._account.resources["projectItems"]
        sent: Row = dict(request.form) if request.form else sent_in(request)
        self._there("projects", _number(sent.get("projectid")))
        row = self._account.add(kind, sent, API_USER)
        text = f"{kind.noun} <b>{row['label']}</b> a été ajouté"
        return answer({"success": text, "object": forms.created(kind, row, self.desk.switches)})

    def apply(self, request: Request, ident: int | None = None) -> Response:
        """An application, to one job or to none: it makes a candidate."""
        if ident is not None:
            self._there("jobs", ident)
        sent = sent_in(request)
        documents = sent.get("documents") or []
        if not all(isinstance(one, dict) and set(one) == _DOCUMENT for one in documents):
            raise Refused("Document non valide")
        if not sent.get("last_name"):
            raise Refused("Le champ Nom (last_name) est obligatoire")
        fields = {name: sent[name] for name in _APPLICANT if name in sent}
        row = self._account.add(self._account.resources["candidates"], fields, API_USER)
        return answer({"success": "Votre candidature a été enregistrée", "candidateid": row["id"]})

    def _there(self, resource: str, ident: int) -> None:
        if self._account.held(resource, ident) is None:
            raise Refused(f"Aucun enregistrement {ident}", 404)


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else 0
