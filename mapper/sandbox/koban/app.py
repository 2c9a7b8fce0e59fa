"""The door of Koban: keys, routes, and what the demo and the tests do behind the vendor's back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import Sandbox, answer
from . import answers, calls, hooks, marketing, sales, samples
from .desk import Desk
from .shapes import ACCOUNT, CONTACT, ENTITIES, Entity
from .values import Refused

_BEHAVIOURS = {**calls.BEHAVIOURS, **sales.BEHAVIOURS, **marketing.BEHAVIOURS, **hooks.BEHAVIOURS}

#: lower-cased path below /api/v1/ -> the object that it is about, its behaviour
CALLS: dict[str, tuple[Entity, str]] = {
    f"{entity.name}/{action}".lower(): (entity, name)
    for entity in ENTITIES.values()
    for action, name in entity.calls.items()
} | {path: (ACCOUNT, name) for path, name in {**calls.OTHERS, **marketing.OTHERS, **hooks.OTHERS}.items()}


class Koban(Sandbox):
    """One Koban tenant. `samples` loads the records of the vendor's own pages.

    Switches, the default first; each is a point that the vendor's documents leave open:

    null_on_update    unchanged | clears     what null does to a property of a record that exists
    nested_update     replace | merge        what happens to members of an address that are not sent
    containers        merge | replace        what happens to tags and custom fields that are not sent
    undeclared_tag    refuse | ignore
    batch             atomic | partial       partial: the good objects are written, null in the place of the others
    over_hundred      refuse | accept        more than 100 objects in one call
    failure_status    200 | 201              the status under `Success: false`
    errors            null | list            `Errors` where all went well
    refusal           401 | 403 | login      wrong keys; login redirects to an HTML page
    contact_guid      refuse | accept        `uniqueproperty=Guid` on contacts, which no page shows
    empty_key         creates | refuses      an object without the key that the query names
    then_email        both | empty           ExtcodeThenEmail: does the e-mail count where the code is there and unknown
    stamp_shift       0 | 1 | 2              hours by which stamps on read are off
    stamps            both | numbers         newer servers answer DCreated and DUpdated only
    updated           inclusive | exclusive  whether `updated` includes its own moment
    order             updated | newest       the order of lists
    longest_page      100 | 20               rows on a page, whatever is asked for
    country_key       Country | Coutry       how addresses are spelled on read
    comments          plain | escaped        comments on read
    delivery          list | object          delivery addresses on read
    leads, deals, processes  page | array    the shape of these lists
    lead_writes, process_writes  off | on    calls that nobody describes
    action_dates      any | number | text    what DStart, DEnd and DTerm take
    invoice           envelope | bare        the answer to ncInvoice/GetOne
    hook_answer       envelope | object      the answers of ncHook
    hook_form         json | form            how a notification is sent
    """

    name = "koban"
    choices: Mapping[str, tuple[str, ...]] = {
        "null_on_update": ("unchanged", "clears"),
        "nested_update": ("replace", "merge"),
        "containers": ("merge", "replace"),
        "undeclared_tag": ("refuse", "ignore"),
        "batch": ("atomic", "partial"),
        "over_hundred": ("refuse", "accept"),
        "failure_status": ("200", "201"),
        "errors": ("null", "list"),
        "refusal": ("401", "403", "login"),
        "contact_guid": ("refuse", "accept"),
        "empty_key": ("creates", "refuses"),
        "then_email": ("both", "empty"),
        "stamp_shift": ("0", "1", "2"),
        "stamps": ("both", "numbers"),
        "updated": ("inclusive", "exclusive"),
        "order": ("updated", "newest"),
        "longest_page": ("100", "20"),
        "country_key": ("Country", "Coutry"),
        "comments": ("plain", "escaped"),
        "delivery": ("list", "object"),
        "leads": ("page", "array"),
        "deals": ("page", "array"),
        "processes": ("page", "array"),
        "lead_writes": ("off", "on"),
        "process_writes": ("off", "on"),
        "action_dates": ("any", "number", "text"),
        "invoice": ("envelope", "bare"),
        "hook_answer": ("envelope", "object"),
        "hook_form": ("json", "form"),
    }

    def __init__(
        self,
        *,
        samples: bool = False,
        api_key: str = "demo-koban-api",
        user_key: str = "demo-koban-user",
        post: hooks.Post = hooks.over_http,
        **base: Any,
    ) -> None:
        """`post` delivers notifications, in the place of the network."""
        super().__init__(**base)
        self._post = post
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

        `resource` is a controller such as ncThird, `changes` has the form of a post. Raises KeyError for an unknown
        record.
        """
        with self._lock:
            table = self._desk.tables[resource]
            row = table.rows[guid]
            old = {**row, "Tags": []} if "Tags" in changes else row
            self._desk.typed(table.entity, old, changes)

    def add(self, resource: str, body: Mapping[str, Any]) -> str:
        """Type a record in the form of a post into the vendor's screen; its Guid."""
        with self._lock:
            return self._desk.typed(ENTITIES[resource], None, body)

    def notify(self, resource: str, guid: str, event: str) -> list[int]:
        """Send a record's notification to all who subscribed to the event; the statuses of their answers.

        Accounts (ncThird), contacts (ncContact) and deals (ncDeal) have one. Raises KeyError for what is not known.
        """
        with self._lock:
            return hooks.send(self._desk, self._post, resource, guid, event)

    def remove(self, resource: str, guid: str) -> None:
        """Delete a record for good, as only the vendor's screen can. Raises KeyError for an unknown record."""
        with self._lock:
            self._desk.tables[resource].restore(guid, None)

    def data(self) -> dict[str, list[dict[str, Any]]]:
        with self._lock:
            tables = {name: (table.entity, table.since(0)) for name, table in self._desk.tables.items()}
            show = self._desk.reader.object
            return {
                name: [show(entity, row) for row in rows]
                for name, (entity, rows) in tables.items()
                if rows or entity in (ACCOUNT, CONTACT)
            }

    def rules(self) -> Iterable[Rule]:
        yield Rule("/<root>/<version>/<controller>", endpoint=self._dispatch)
        yield Rule("/<root>/<version>/<controller>/<action>", endpoint=self._dispatch)
        yield Rule("/_sandbox/notify", endpoint=self._notify, methods=["POST"])

    def authenticate(self, request: Request) -> Response | None:
        signed = (request.headers.get("X-ncApi"), request.headers.get("X-ncUser")) == self._keys
        if signed or request.path.lower().endswith(f"/{marketing.UNSIGNED}"):
            return None
        refusal = self.switches["refusal"]
        if refusal == "login":
            page = "<html><body>Connexion</body></html>"
            return Response(page, 302, {"Location": "/Account/Login"}, mimetype="text/html")
        return answers.failure("Clé API ou clé utilisateur invalide", status=int(refusal))

    def not_found(self, error: HTTPException) -> Response:
        return answer({"Message": "No HTTP resource was found that matches the request URI."}, 404)

    def _dispatch(self, request: Request, root: str, version: str, controller: str, action: str = "") -> Response:
        # The server runs on a platform that ignores the case of paths.
        known = (root.lower(), version.lower()) == ("api", "v1")
        found = CALLS.get(f"{controller}/{action}".lower()) if known else None
        if found is None or not self._offers(*found):
            return answer({"Message": "No HTTP resource was found that matches the request URI."}, 404)
        entity, name = found
        verb, run = _BEHAVIOURS[name]
        if request.method != verb:
            return answer({"Message": f"The requested resource does not support http method '{request.method}'."}, 405)
        try:
            return run(self._desk, request, entity)
        except answers.Bad as error:
            return answers.failure(str(error), status=error.status)
        except Refused as error:
            return answers.failure(str(error), status=int(self.switches["failure_status"]))

    def _offers(self, entity: Entity, name: str) -> bool:
        """Whether the vendor has a call, where that is a guess."""
        switch = {"ncLead": "lead_writes", "ncDealProcess": "process_writes"}.get(entity.name)
        return switch is None or name not in ("post_many", "post_one") or self.switches[switch] == "on"

    def _notify(self, request: Request) -> Response:
        asked = request.get_json()
        try:
            return answer({"statuses": self.notify(asked["resource"], asked["key"], asked["event"])})
        except KeyError as error:
            return answer({"error": str(error)}, 400)

    def _load_samples(self) -> None:
        for entity, bodies in ((ACCOUNT, samples.ACCOUNTS), (CONTACT, samples.CONTACTS)):
            for body in bodies:
                self._desk.typed(entity, None, body)
