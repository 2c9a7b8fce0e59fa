"""A connection: one account at a vendor, ready to be read and written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

import httpx

from mapper.connect.account import open_account
from mapper.connect.cost import WriteCost
from mapper.connect.custom import Customs
from mapper.connect.flows import Flows
from mapper.connect.lists import Lists
from mapper.connect.masks import Members
from mapper.connect.operations import Operations
from mapper.connect.parameters import Given, given_to
from mapper.connect.perrecord import PerRecord
from mapper.connect.ration import Quota, Ration
from mapper.connect.reading import Reading
from mapper.connect.send import OnCall, Sender
from mapper.connect.shapes import Draft, Outcome, Page, Way, ending
from mapper.connect.writing import Writing
from mapper.records import ListTable, Record
from mapper.spec.connector import Connector, Limits
from mapper.spec.project import Catalogue, CustomField


class Connection:
    """One account at a vendor; everything that can be compiled is compiled when it is made.

    Nothing is sent until something is asked for. `calls` counts what was sent by HTTP verb, `on_call` is told of each
    (operation, verb, status or 0, seconds). Every call is counted against the `quota`, if there is one, before it is
    made. Raises UsageError where settings are missing, wrong or not encrypted.
    """

    def __init__(
        self,
        name: str,
        spec: Connector,
        *,
        settings: Mapping[str, str],
        assume: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        allow_http: Sequence[str] = (),
        catalogue: Catalogue | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        quota: Quota | None = None,
        recall: Callable[[str], list[Record]] = lambda resource: [],
    ) -> None:
        self.name = name
        self.spec = spec
        catalogue = catalogue or Catalogue()
        account = open_account(name, spec, settings, assume or {}, limits or Limits(), allow_http)
        self._account = account
        self.limits = account.limits
        self._ration = Ration(name, quota, clock)
        self._sender = Sender(account, transport, sleep, clock, self._ration)
        self._operations = Operations(account, self._sender)
        self._lists = Lists(account, self._operations, catalogue)
        self._customs = Customs(account, self._operations, self._lists, catalogue)
        self._each = each = PerRecord(self._operations, self._customs)
        self._reading = Reading(account, self._operations, self._customs, each, recall)
        self._flows = Flows(account, self._operations, clock, self.call)
        self._writing = {
            resource: Writing(account, resource, self._operations, self._customs, each, self._reading)
            for resource in spec.resources
        }

    @property
    def scope(self) -> Mapping[str, Any]:
        """What every expression of the connector sees: the settings and the chosen assumptions."""
        return self._account.scope

    @property
    def calls(self) -> Counter[str]:
        """The requests sent so far by HTTP verb, retries and logins included."""
        return self._sender.calls

    @property
    def calls_left(self) -> int | None:
        """How many calls may still be made today; None where they are not counted."""
        return self._ration.left()

    @property
    def skew(self) -> float:
        """The least by which the vendor's clock was ahead of ours (seconds; behind: negative), by its answers' dates.

        An answer's date is compared with the moment at which it was received, so that it is rather too little than too
        much; 0 where no answer had a date.
        """
        return self._sender.skew or 0.0

    @property
    def on_call(self) -> OnCall | None:
        return self._sender.on_call

    @on_call.setter
    def on_call(self, told: OnCall | None) -> None:
        self._sender.on_call = told

    @property
    def fold(self) -> set[tuple[str, str]]:
        """The (resource, container) pairs whose values are read record by record."""
        return self._reading.values.used

    def use(self, resource: str, containers: Mapping[str, Collection[str] | None]) -> None:
        """Choose the containers whose values are read by calls of their own, in place of an earlier choice.

        Each stands with the names of the fields that are looked at, or with None where it may be any.
        """
        self._reading.about(resource)
        self._reading.values.use(resource, containers)

    def changes_by(self, resource: str) -> Literal["filter", "sorted", "walk"]:
        """How changes of a resource are learnt, the connection's assumptions considered."""
        return self._reading.changed(resource).by

    def way(self, resource: str) -> Way:
        """How `pages` last read a resource, and why so; raises KeyError where nothing of it was read."""
        return self._reading.ways[resource]

    def pages(self, resource: str, *, since: float | None = None, members: Members | None = None) -> Iterator[Page]:
        """The pages of the whole list, or of what changed since a Unix time, the connector's overlap included.

        Where only these `members` are looked at, the vendor may be asked for no more, if that proves to be safe.
        """
        self._reading.about(resource)
        return self._reading.pages(resource, since, members)

    def get(self, resource: str, key: str) -> Record:
        """One record; raises Missing where there is none."""
        return self._reading.get(resource, key)

    def find(self, resource: str, field: str, value: Any) -> list[Record]:
        """The records whose field has exactly this value; raises UsageError where the field has no search."""
        return self._reading.find(resource, field, value)

    def can_find(self, resource: str, field: str) -> bool:
        """Whether `find` can search by this field."""
        return self._reading.can_find(resource, field)

    def write(self, resource: str, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        """Write drafts of one kind; one outcome each, in their order, sent as the outcomes are asked for."""
        self._reading.about(resource)
        return self._writing[resource].write(drafts)

    def rank(self, resource: str, draft: Draft) -> int:
        """Where a create stands in the connector's order of writing: whatever is of a lower rank is written before."""
        return self._writing[resource].rank(draft)

    def can_end(self, resource: str, kind: str) -> bool:
        """Whether a record can be ended so: `delete` or `deactivate`; or a deactivation be taken back: `reactivate`."""
        about = self._reading.about(resource)
        return bool(self._operations.find(resource, "delete") if kind == "delete" else ending(about, kind))

    def cost(self, resource: str) -> WriteCost:
        """A count of the calls that drafts of a resource will take; nothing is asked."""
        self._reading.about(resource)
        return self._writing[resource].cost()

    def tells_all(self, resource: str) -> bool:
        """Whether the whole list of a resource shows every record, the connection's assumptions considered."""
        return self._reading.tells_all(resource)

    def absorbed(self, resource: str, record: Record) -> list[str]:
        """The keys of the records that the vendor says it has merged into this one."""
        return self._reading.absorbed(resource, record)

    def table(self, resource: str, list_name: str) -> ListTable:
        """The values of a list, asked for once until `renew`; `values/202` is part 202 of the source `values`."""
        return self._lists.table(resource, list_name)

    def renew(self) -> None:
        """Have lists and custom fields asked for anew when they are next wanted: a new run sees what is new in them."""
        self._lists.renew()
        self._customs.renew()
        self._each.renew()

    def custom(self, resource: str, container: str) -> dict[str, CustomField]:
        """The custom fields in a container by name, from the catalogue, else from the vendor."""
        return self._customs.fields(resource, container)

    def own_fields(self, resource: str) -> dict[str, CustomField]:
        """The users' own fields that stand among the others of a record, as the vendor tells them."""
        self._reading.about(resource)
        return self._customs.own(resource)

    def decode(self, resource: str, item: Record) -> Record:
        """A record as the vendor sent it, with its containers decoded; one that is decoded is left as it is."""
        self._reading.about(resource)
        return self._customs.decode(resource, item)

    def key_of(self, resource: str, record: Record) -> str:
        """A record's key; raises Nonsense where it has none."""
        return self._reading.key_of(resource, record)

    def call(self, operation: str, args: Mapping[str, Any]) -> Any:
        """Carry out one operation (`accounts.list`, or an action's name) by hand; returns the parsed body.

        Of a flow, what it comes to; raises Rejected where one of its steps refuses. Raises UsageError naming the
        parameter that is missing, unknown, or not as the operation takes it.
        """
        call = self._operations.need("", operation)
        given = self.given(operation, args)
        if call.spec.steps:
            return self._flows.run(call, given.args)
        answer = self._operations.run(
            call, given.args, given.query, headers=given.headers, form=given.form, members=given.members
        )
        return answer.body

    def given(self, operation: str, args: Mapping[str, Any]) -> Given:
        """What a call by hand would send, and where; nothing is sent. Raises UsageError as `call` does."""
        return given_to(self._operations.need("", operation), args, self._reading.searches(operation))

    def perform(self, operation: str, args: Mapping[str, Any]) -> Any:
        """Carry out an operation with those of the arguments that say something and that it has a use for."""
        call = self._operations.need("", operation)
        used = {*call.spec.params, *call.names, "record"}
        return self.call(operation, {name: value for name, value in args.items() if name in used and value != ""})

    def login(self) -> bool:
        """Sign in anew; raises AuthFailed. False where there is no token to buy, so that nothing was asked."""
        return self._sender.login.check()

    def page_calls(self, resource: str, records: int) -> int:
        """How many calls reading so many records takes."""
        return self._reading.page_calls(resource, records)

    def close(self) -> None:
        """Close what is open to the vendor; the connection opens it again if it is used again."""
        self._operations.crew.close()
        self._sender.close()
        self._ration.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
