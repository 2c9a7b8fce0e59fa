"""The door of Koban: keys, routes, and what the demo and the tests do behind the vendor's back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import Sandbox, answer
from . import answers, samples
from .calls import OPERATIONS
from .desk import Desk
from .shapes import ACCOUNT, CONTACT
from .write import Refused


class Koban(Sandbox):
    """One Koban tenant. `samples` loads the records of the vendor's own pages.

    Switches, the default first; each is a point that the vendor's documents leave open:

    null_on_update    unchanged | clears     what null does to a property of a record that exists
    nested_update     replace | merge        what happens to members of an address that are not sent
    undeclared_tag    refuse | ignore
    batch             atomic | partial       partial: the good objects are written, null in the place of the others
    failure_status    200 | 201              the status under `Success: false`
    refusal           401 | 403 | login      wrong keys; login redirects to an HTML page
    contact_guid      refuse | accept        `uniqueproperty=Guid` on contacts, which no page shows
    stamp_shift       0 | 1 | 2              hours by which stamps on read are off
    stamps            both | numbers         newer servers answer DCreated and DUpdated only
    country_key       Country | Coutry       how addresses are spelled on read
    comments          plain | escaped        comments on read
    """

    name = "koban"
    choices: Mapping[str, tuple[str, ...]] = {
        "null_on_update": ("unchanged", "clears"),
        "nested_update": ("replace", "merge"),
        "undeclared_tag": ("refuse", "ignore"),
        "batch": ("atomic", "partial"),
        "failure_status": ("200", "201"),
        "refusal": ("401", "403", "login"),
        "contact_guid": ("refuse", "accept"),
        "stamp_shift": ("0", "1", "2"),
        "stamps": ("both", "numbers"),
        "country_key": ("Country", "Coutry"),
        "comments": ("plain", "escaped"),
    }

    def __init__(
        self,
        *,
        samples: bool = False,
        api_key: str = "demo-koban-api",
        user_key: str = "demo-koban-user",
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self._keys = (api_key, user_key)
        self._desk = Desk(self.switches, lambda: self.clock())
        if samples:
            self._load_samples()

    def add_company(self, generic: Mapping[str, Any]) -> str:
        """Type a company of `mapper.sandbox.people` into the vendor's screen; its Guid."""
        with self._lock:
            return self._desk.typed(ACCOUNT, None, samples.account(generic))

    def add_person(self, generic: Mapping[str, Any], company_guid: str | None = None) -> str:
        """Type a person of `mapper.sandbox.people` into the vendor's screen; its Guid."""
        with self._lock:
            return self._desk.typed(CONTACT, None, samples.contact(generic, company_guid))

    def edit(self, resource: str, guid: str, changes: Mapping[str, Any]) -> None:
        """Change a record as a person on the vendor's screen: null empties, `Tags` is the whole new set.

        `resource` is ncThird or ncContact, `changes` has the form of a post. Raises KeyError for an unknown record.
        """
        with self._lock:
            table = self._desk.tables[resource]
            row = table.rows[guid]
            old = {**row, "Tags": []} if "Tags" in changes else row
            self._desk.typed(table.entity, old, changes)

    def remove(self, resource: str, guid: str) -> None:
        """Delete a record for good, as only the vendor's screen can. Raises KeyError for an unknown record."""
        with self._lock:
            self._desk.tables[resource].restore(guid, None)

    def data(self) -> dict[str, list[dict[str, Any]]]:
        with self._lock:
            tables = {name: (table.entity, table.since(0)) for name, table in self._desk.tables.items()}
            show = self._desk.reader.object
            return {name: [show(entity, row) for row in rows] for name, (entity, rows) in tables.items()}

    def rules(self) -> Iterable[Rule]:
        yield Rule("/<root>/<version>/<controller>/<action>", endpoint=self._dispatch)

    def authenticate(self, request: Request) -> Response | None:
        if (request.headers.get("X-ncApi"), request.headers.get("X-ncUser")) == self._keys:
            return None
        refusal = self.switches["refusal"]
        if refusal == "login":
            page = "<html><body>Connexion</body></html>"
            return Response(page, 302, {"Location": "/Account/Login"}, mimetype="text/html")
        return answers.failure("Clé API ou clé utilisateur invalide", status=int(refusal))

    def not_found(self, error: HTTPException) -> Response:
        return answer({"Message": "No HTTP resource was found that matches the request URI."}, 404)

    def _dispatch(self, request: Request, root: str, version: str, controller: str, action: str) -> Response:
        # The server runs on a platform that ignores the case of paths.
        known = (root.lower(), version.lower()) == ("api", "v1")
        found = OPERATIONS.get(f"{controller}/{action}".lower()) if known else None
        if found is None:
            return answer({"Message": "No HTTP resource was found that matches the request URI."}, 404)
        verb, run = found
        if request.method != verb:
            return answer({"Message": f"The requested resource does not support http method '{request.method}'."}, 405)
        try:
            return run(self._desk, request)
        except answers.Bad as error:
            return answers.failure(str(error), status=error.status)
        except Refused as error:
            return answers.failure(str(error), status=int(self.switches["failure_status"]))

    def _load_samples(self) -> None:
        for entity, bodies in ((ACCOUNT, samples.ACCOUNTS), (CONTACT, samples.CONTACTS)):
            for body in bodies:
                self._desk.typed(entity, None, body)
