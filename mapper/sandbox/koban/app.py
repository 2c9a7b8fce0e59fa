"""The door of Koban: keys, routes, and what the demo and the tests do behind the vendor's back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import Sandbox, answer
from . import answers, calls, hooks, marketing, refusals, sales, samples
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


#: Calls that are guessed, and the switches under which they are there.
_GUESSED = {
    ("ncContact", "by_extcode"): "contact_by_code",
    **{("ncLead", name): "lead_writes" for name in ("post_many", "post_one")},
    **{("ncDealProcess", name): "process_writes" for name in ("post_many", "post_one")},
}


class Koban(Sandbox):
    """One Koban tenant. `samples` loads the records of the vendor's own pages.

    Switches, the default first; each is a point that the vendor's documents leave open:

    null_on_update    unchanged | clears     what null does to a property of a record that exists
    empty_on_update   clears | unchanged     what an empty text does to it
    nested_update     replace | merge        what happens to members of an address that are not sent
    containers        merge | replace        what happens to tags and custom fields that are not sent
    undeclared_tag    refuse | ignore
    batch             atomic | partial | dense | silent  the good objects beside bad ones; where they are written, the
                                             Result has null for the others, leaves them out, or is null
    over_hundred      refuse | accept | cut  more than 100 objects in one call; cut: the rest is dropped
    reasons           each | message | errors | none  where a refusal's words stand: in Errors where many objects were
                                             posted, in Message where one was; or always in one of them, or nowhere
    required          least | more           whether a status, a name or a process is required as well
    failure_status    200 | 201              the status under `Success: false`
    errors            null | list            `Errors` where all went well
    refusal           401 | 403 | login | page | 200  wrong keys; login redirects to an HTML page, page is that page
    refusal_body      envelope | message | page | empty  what comes with that status
    ip_filter         none | refuses         whether addresses that are not known are let in
    rate_limit        none | retry_after | bare | page  what is answered to a second call in the same second
    scheme            both | https | http    by what the server can be reached; https: http is redirected there
    contact_guid      refuse | accept        `uniqueproperty=Guid` on contacts, which no page shows
    empty_key         creates | refuses      an object without the key that the query names
    then_email        both | empty           ExtcodeThenEmail: does the e-mail count where the code is there and unknown
    stamp_shift       0 | 1 | 2 | -1         hours by which stamps on read are off
    updated_shift     0 | 2 | -2             hours by which `updated` is taken to be off
    stamps            both | numbers         newer servers answer DCreated and DUpdated only
    updated           inclusive | exclusive  whether `updated` includes its own moment
    order             updated | newest | created  the order of lists
    longest_page      100 | 20 | 1000        rows on a page, whatever is asked for
    pages             stable | moving        whether records are edited while a list is read
    structcode        optional | required    whether lists of accounts want this parameter, if need be empty
    creationtype      optional | required    the parameter of PostOneFromEMail
    closed            shown | left_out       whether GetUpdated shows obsolete accounts, or only GetClosedUpdated does
    deletion, merge   obsolete | gone        what a record becomes that is deleted, or merged into another one
    news              none | members         whether all objects have members that no document names
    country_key       Country | Coutry       how addresses are spelled on read
    comments          plain | escaped        comments on read
    delivery          list | object          delivery addresses on read
    leads, deals, processes  page | array    the shape of these lists
    pending_leads     all | own              whose leads are listed
    lead_page         20 | 100               the length of a page of leads, which is not asked for
    lead_writes, process_writes, contact_by_code  off | on  calls that nobody describes
    action_dates      any | number | text    what DStart, DEnd and DTerm take
    enveloped         invoices | none | all  which answers to GetOne stand in an envelope
    hook_calls        known | unknown        whether ncHook has the calls that are guessed
    hook_events       free | object | verbs  the names of events: any, that of the object, one for each verb
    hook_answer       envelope | object | true  the answers of ncHook; true: no id is told
    hook_end          both | id | address    by what a subscription is ended
    hook_method       POST | PUT
    hook_form         json | form | text     how a notification is sent
    hook_signature    none | header
    hook_sends        once | twice | never   how often a notification is sent
    hook_state        now | before           the record in a notification: as it is, or as it was before
    hook_objects      three | all            whether other objects are told of, too
    """

    name = "koban"
    choices: Mapping[str, tuple[str, ...]] = {
        "null_on_update": ("unchanged", "clears"),
        "empty_on_update": ("clears", "unchanged"),
        "nested_update": ("replace", "merge"),
        "containers": ("merge", "replace"),
        "undeclared_tag": ("refuse", "ignore"),
        "batch": ("atomic", "partial", "dense", "silent"),
        "over_hundred": ("refuse", "accept", "cut"),
        "reasons": ("each", "message", "errors", "none"),
        "required": ("least", "more"),
        "failure_status": ("200", "201"),
        "errors": ("null", "list"),
        "refusal": ("401", "403", "login", "page", "200"),
        "refusal_body": ("envelope", "message", "page", "empty"),
        "ip_filter": ("none", "refuses"),
        "rate_limit": ("none", "retry_after", "bare", "page"),
        "scheme": ("both", "https", "http"),
        "contact_guid": ("refuse", "accept"),
        "empty_key": ("creates", "refuses"),
        "then_email": ("both", "empty"),
        "stamp_shift": ("0", "1", "2", "-1"),
        "updated_shift": ("0", "2", "-2"),
        "stamps": ("both", "numbers"),
        "updated": ("inclusive", "exclusive"),
        "order": ("updated", "newest", "created"),
        "longest_page": ("100", "20", "1000"),
        "pages": ("stable", "moving"),
        "structcode": ("optional", "required"),
        "creationtype": ("optional", "required"),
        "closed": ("shown", "left_out"),
        "deletion": ("obsolete", "gone"),
        "merge": ("obsolete", "gone"),
        "news": ("none", "members"),
        "country_key": ("Country", "Coutry"),
        "comments": ("plain", "escaped"),
        "delivery": ("list", "object"),
        "leads": ("page", "array"),
        "deals": ("page", "array"),
        "processes": ("page", "array"),
        "pending_leads": ("all", "own"),
        "lead_page": ("20", "100"),
        "contact_by_code": ("off", "on"),
        "lead_writes": ("off", "on"),
        "process_writes": ("off", "on"),
        "action_dates": ("any", "number", "text"),
        "enveloped": ("invoices", "none", "all"),
        "hook_calls": ("known", "unknown"),
        "hook_events": ("free", "object", "verbs"),
        "hook_answer": ("envelope", "object", "true"),
        "hook_end": ("both", "id", "address"),
        "hook_method": ("POST", "PUT"),
        "hook_form": ("json", "form", "text"),
        "hook_signature": ("none", "header"),
        "hook_sends": ("once", "twice", "never"),
        "hook_state": ("now", "before"),
        "hook_objects": ("three", "all"),
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
        #: When a call was let in last, under a limit.
        self._called = 0.0
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

    def enter(self, url: str, event: str) -> None:
        """Enter a subscription on the screen for webhooks."""
        with self._lock:
            hooks.enter(self._desk, url, event)

    def delete(self, resource: str, guid: str) -> None:
        """Delete a record as a person does. Raises KeyError for an unknown record."""
        self._end("deletion", resource, guid)

    def merge(self, winner: str, loser: str) -> None:
        """Merge an account into another one as a person does: its contacts go over. Raises KeyError."""
        with self._lock:
            contacts = self._desk.tables[CONTACT.name]
            for row in [row for row in contacts.rows.values() if row["Third"] == loser]:
                self._desk.store(CONTACT, row, {**row, "Third": winner})
            self._end("merge", ACCOUNT.name, loser)

    def _end(self, switch: str, resource: str, guid: str) -> None:
        if self.switches[switch] == "gone":
            self.remove(resource, guid)
        else:
            self.edit(resource, guid, {"Obsolete": True})

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
        if request.path == refusals.LOGIN:
            return refusals.login_page()
        if away := refusals.not_here(self.switches, request):
            return away
        if self.switches["rate_limit"] != "none":
            now, before = self.clock(), self._called
            if now - before < 1:
                return self.too_many()
            self._called = now
        signed = (request.headers.get("X-ncApi"), request.headers.get("X-ncUser")) == self._keys
        if signed or request.path.lower().endswith(f"/{marketing.UNSIGNED}"):
            return None
        return refusals.wrong_keys(self.switches["refusal"], self.switches["refusal_body"])

    def too_many(self) -> Response:
        return refusals.too_many(self.switches["rate_limit"])

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
            response = run(self._desk, request, entity)
        except answers.Bad as error:
            return answers.failure(str(error), status=error.status)
        except Refused as error:
            return answers.refused(self._desk, [str(error)])
        return answers.with_news(response) if self.switches["news"] == "members" else response

    def _offers(self, entity: Entity, name: str) -> bool:
        """Whether the vendor has a call, where that is a guess."""
        if name in ("subscribe", "unsubscribe"):
            return self.switches["hook_calls"] == "known"
        switch = _GUESSED.get((entity.name, name))
        return switch is None or self.switches[switch] == "on"

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
