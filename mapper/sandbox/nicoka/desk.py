"""The answers about records: lists, single records, the writes, and what the account says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from ..base import answer
from . import activities, catalogue, forms, listing
from .account import API_USER, Account
from .catalogue import Resource, Row
from .checks import Refused

#: under which names a value of a drop-down list has its key and its text
_NAMES = {"id": ("id", "label"), "value": ("value", "text"), "code": ("code", "name")}


class Desk:
    """Answers calls about the records of one account; `absent` makes the answer for an id that is not there."""

    def __init__(self, account: Account, absent: Callable[[int], Response]) -> None:
        self.account = account
        self.switches = account.switches
        self._absent = absent
        self._pager = listing.Pager()

    def listed(self, request: Request, resource: str, **fixed: str) -> Response:
        """The records that the parameters ask for; `fixed` are filters that the path stands for."""
        kind, table = self.account.resources[resource], self.account.tables[resource]
        args = request.args.copy()
        args.update(fixed)
        query = listing.parse(kind, args, self.switches)
        bare = resource == "crmActivities" and self.switches["activities"] == "array"
        if resource == "crmActivities" and self.switches["activity_paging"] == "ignored":
            page = listing.whole(query, table)
        else:
            page = self._pager.page(kind, table, query, args, self.switches)
        rows = [self._readable(request, kind, row, self._row(kind, row)) for row in page.rows]
        if bare:
            return answer(rows)
        envelope = dict(page.envelope)
        linked = self.switches["next_link"] == "on" or self.switches["paging"] == "link"
        if linked and (link := listing.next_link(request.base_url, page)):
            envelope["@odata.nextLink"] = link
        return answer({**envelope, "data": rows})

    def _row(self, kind: Resource, row: Row) -> Row:
        shown = forms.in_list(kind, row, self.switches)
        return activities.decorated(shown, row, self.account.now()) if kind.name == "crmActivities" else shown

    def get(self, request: Request, resource: str, ident: int) -> Response:
        kind = self.account.resources[resource]
        row = self.account.row(kind, ident)
        if row is None:
            return self._absent(ident)
        return answer(self._readable(request, kind, row, forms.alone(kind, row, self.switches)))

    def create(self, request: Request, resource: str) -> Response:
        kind = self.account.resources[resource]
        row = self.account.add(kind, sent_in(request), API_USER)
        text = f"{kind.noun} <b>{row['label']}</b> a été {kind.agrees('ajouté')}"
        return answer({"success": text, "object": forms.created(kind, row, self.switches)})

    def update(self, request: Request, resource: str, ident: int) -> Response:
        kind = self.account.resources[resource]
        row = self.account.row(kind, ident)
        if row is None:
            return self._absent(ident)
        row = self.account.change(kind, row, sent_in(request), API_USER)
        text = f"{kind.noun} <b>{row['label']}</b> a été {kind.agrees('modifié')}"
        return answer({"success": text, "object": forms.alone(kind, row, self.switches)})

    def put(self, request: Request, resource: str, ident: int) -> Response:
        if self.switches["put"] == "refused":
            raise Refused("Méthode non autorisée", 405)
        return self.update(request, resource, ident)

    def delete(self, _: Request, resource: str, ident: int) -> Response:
        if self.switches["delete"] == "refused":
            raise Refused("Méthode non autorisée", 405)
        kind = self.account.resources[resource]
        row = self.account.row(kind, ident)
        if row is None:
            return self._absent(ident)
        self.account.remove(kind, row, API_USER)
        return answer({"success": f"{kind.noun} <b>{row['label']}</b> a été {kind.agrees('supprimé')}"})

    def schema(self, _: Request, resource: str) -> Response:
        documented = [field for field in self.account.resources[resource].fields.values() if field.declared]
        fields = [
            {"id": field.name, "label": field.label, "type": field.declared}
            for field in documented
            if not field.custom or self.switches["custom_fields"] == "some"
        ]
        return answer({"fields": fields, "objects": []})

    def custom_fields(self, _: Request, resource: str) -> Response:
        kind = self.account.resources[resource]
        names = kind.custom if self.switches["custom_fields"] == "some" else ()
        rows: list[Row] = []
        for field in (kind.fields[name] for name in names):
            row: Row = {"id": field.name, "label": field.label, "type": field.declared}
            if field.picks:
                row["uiPickList"] = [{"value": pick, "label": pick} for pick in field.picks]
            rows.append(row)
        return answer({"fields": rows})

    def values(self, request: Request, number: int) -> Response:
        if str(number) not in self.account.lists:
            raise Refused(f"Liste inconnue : {number}", 404)
        values = self._named(str(number), request)
        if self.switches["values_shape"] == "map":
            return answer(values)
        key, text = _NAMES[self.switches["values_keys"]]
        rows: list[Row] = [{key: int(k) if k.isdigit() else k, text: label} for k, label in values.items()]
        if self.switches["values_extras"] == "some":
            rows = [{**row, "parentid": None, "position": place} for place, row in enumerate(rows)]
        for row in rows if self.switches["values_retired"] == "listed" else ():
            row["active"] = int(str(row[key]) not in self.account.retired.get(str(number), {}))
        if self.switches["values_shape"] == "array":
            return answer(rows)
        return envelope(str(number), rows)

    def _named(self, number: str, request: Request) -> dict[str, str]:
        """The values of a drop-down list as they are shown: in which language, which of them, all or a page."""
        values = dict(self.account.lists[number])
        if self.switches["values_retired"] == "listed":
            values |= self.account.retired.get(number, {})
        if self.switches["values_language"] == "english":
            values = {key: catalogue.ENGLISH.get(label, label) for key, label in values.items()}
        if self.switches["values_paging"] == "paged":
            start, limit = listing.place(request.args, self.switches)
            values = dict(list(values.items())[start : start + limit])
        return values

    def _readable(self, request: Request, resource: Resource, row: Row, shown: Row) -> Row:
        return forms.readable(resource, row, shown, self.account.label) if request.args.get("__hr") == "1" else shown


def sent_in(request: Request) -> Row:
    """The fields that a request sends: a JSON object."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused("Le corps de la requête n'est pas un objet JSON", 400)
    return body


def envelope(name: str, rows: list[Row]) -> Response:
    """Rows in the envelope of a list that is one page."""
    uid = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    count = len(rows)
    return answer({"queryUid": uid, "offset": 0, "limit": count, "page": 1, "pages": 1, "total": count, "data": rows})
