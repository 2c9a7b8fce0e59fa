"""The operations of a connector, compiled once, and how each is carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import orjson

from mapper.connect.account import Account
from mapper.connect.answers import Answer, compiled
from mapper.connect.chained import Chained, linked
from mapper.connect.crew import Crew
from mapper.connect.paging import Cut, Pager
from mapper.connect.send import Sender
from mapper.connect.templates import expression, names_in, names_inside, place, quoted, template, value_of
from mapper.connect.walking import Ask, walk
from mapper.connect.wanted import Wanted, with_query
from mapper.errors import Nonsense, Position, Rejected, RuleError, UsageError
from mapper.expr.expressions import is_expression
from mapper.records import ABSENT, Record
from mapper.spec.connector import Connector
from mapper.spec.operation import Operation


@dataclass(slots=True)
class Only:
    """The members that are asked for of each record, in the form that a mask takes, and why these; nothing: all.

    It is looked at before each call, so it can be set while a list is read.
    """

    text: str = ""
    because: str = ""


class Call:
    """One operation, compiled: everything but the arguments is ready."""

    def __init__(self, name: str, spec: Operation) -> None:
        self.name = name
        self.spec = spec
        self.path = template(spec.path, spec.pos)
        self.path_names = names_inside(spec.path)
        self.query = template(spec.query, spec.pos)
        self.headers = template(spec.headers, spec.pos)
        self.mask = template(spec.mask.text, spec.mask.pos) if spec.mask else None
        self.body = template(spec.body, spec.pos) if spec.body is not None else None
        self.items = place(spec.items, spec.pos)
        self.record = _found_at(spec.record, spec.pos)
        self.key = place(spec.key, spec.pos)
        self.keys = place(spec.batch.keys, spec.batch.pos) if spec.batch else None
        #: The names that its expressions look at: where they stand, an argument goes, and nowhere else.
        self.names = names_in([spec.path, spec.query, spec.headers, spec.body], spec.pos)
        self.repeatable = spec.repeatable or (spec.method == "GET" and not spec.changes)
        self.rules = compiled(spec.errors)

    @property
    def writes(self) -> bool:
        return self.spec.method != "GET" or self.spec.changes


def _found_at(text: str | None, pos: Position) -> Callable[[Any], Any] | None:
    """What takes a record out of an answer."""
    if text is not None and is_expression(text):
        render = expression(text, pos)
        return lambda body: value_of(render, {"body": body})
    where = place(text, pos)
    return where.get if where else None


def operations_of(connector: Connector) -> dict[str, Operation]:
    """All operations of a connector in the file's order, those of no resource last, by the names of calls by hand."""
    resources = connector.resources.items()
    own = {f"{resource}.{name}": spec for resource, about in resources for name, spec in about.operations.items()}
    return {**own, **connector.actions}


class Operations:
    """All operations of one connection, by `resource.operation`, actions by their name alone."""

    def __init__(self, account: Account, sender: Sender) -> None:
        self._account = account
        self._sender = sender
        self._addresses: dict[str, httpx.URL] = {}
        self.crew = Crew(account.limits.concurrency)
        spec = account.spec
        self._headers = template(spec.headers, spec.pos)
        self._specs = operations_of(spec)
        # Actions are compiled when they are asked for: of hundreds, most never are.
        self._calls = {name: Call(name, one) for name, one in self._specs.items() if name not in spec.actions}

    def find(self, resource: str, *names: str) -> Call | None:
        """The first of these operations that the connector has, of this resource, of another or of none."""
        for name in names:
            for full in (f"{resource}.{name}", name):
                if full in self._specs:
                    return self._compiled(full)
        return None

    def _compiled(self, name: str) -> Call:
        if name not in self._calls:
            self._calls[name] = Call(name, self._specs[name])
        return self._calls[name]

    def need(self, resource: str, *names: str) -> Call:
        """The same; raises UsageError where there is none."""
        call = self.find(resource, *names)
        if call is None:
            what = f"{resource}.{names[0]}" if resource else names[0]
            message = f"the connector {self._account.spec.connector} has no operation {what}"
            raise UsageError(message, hint=f"there are: {', '.join(sorted(self._specs))}")
        return call

    def run(
        self,
        call: Call,
        args: Mapping[str, Any],
        query: Mapping[str, Any] | None = None,
        *,
        repeatable: bool | None = None,
        headers: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Carry out an operation; `repeatable` takes the place of its own.

        `query`, `headers` and `members` of the body are added to its own; a `form` is sent in place of a body.

        Raises Rejected where the arguments do not suit it.
        """
        wanted = self._wanted(call, args, query, repeatable, members)
        return self._sender.send(_said(wanted, headers or {}, form or {}) if headers or form else wanted)

    def _wanted(
        self,
        call: Call,
        args: Mapping[str, Any],
        query: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> Wanted:
        again = call.repeatable if repeatable is None else repeatable
        try:
            return self._filled(call, args, query or {}, again, members or {})
        except (RuleError, TypeError) as error:
            raise Rejected(str(error), connection=self._account.name, operation=call.name) from None

    def _filled(
        self,
        call: Call,
        args: Mapping[str, Any],
        query: Mapping[str, Any],
        repeatable: bool,
        members: Mapping[str, Any],
    ) -> Wanted:
        scope = {**self._account.scope, "resource": call.name.partition(".")[0], **args}
        path = self._path(call, scope, args)
        url = self._addresses.get(path)
        if url is None:
            url = self._account.address(path)
            if not call.path_names:
                self._addresses[path] = url
        headers = {**self._headers(scope), **call.headers(scope)}
        if call.mask and call.spec.mask and args.get("fields"):
            headers[call.spec.mask.header] = call.mask(scope)
        body = call.body(scope) if call.body else args.get("record", ABSENT) if call.writes else ABSENT
        if members:
            if not (body is ABSENT or isinstance(body, Mapping)):
                raise TypeError(f"its body is no table, which {', '.join(members)} could be added to")
            body = {**({} if body is ABSENT else body), **members}
        content = None
        if body is not ABSENT:
            headers["Content-Type"] = "application/json"
            content = orjson.dumps(body, default=_exact)
        return Wanted(
            call.name,
            call.spec.method,
            with_query(url, {**call.query(scope), **query}.items()),
            {key: str(value) for key, value in headers.items() if value not in (None, "")},
            content=content,
            repeatable=repeatable,
            writes=call.writes,
            rules=call.rules,
            media=call.spec.media or "",
        )

    def walk(
        self,
        call: Call,
        args: Mapping[str, Any],
        *,
        key: str = "",
        query: Mapping[str, Any] | None = None,
        ahead: bool = False,
        only: Only | None = None,
    ) -> Iterator[Cut]:
        """The pages of an operation's answer, undecoded; `key` is the member that identifies an item.

        `ahead`: all pages are wanted, so that those to come may be asked for while one is looked at.
        `only` names the members that are wanted, where the vendor can leave out the others.
        """
        pager = self.pager(call, key)
        ask = self.asking(call, args, query, only=only)

        return walk(ask, pager, self.crew if ahead else None, missing_is_empty=call.spec.missing_is_empty)

    def pager(self, call: Call, key: str) -> Pager:
        """What cuts the answers of an operation into pages."""
        page = call.spec.page

        def nonsense(message: str) -> Nonsense:
            return self.nonsense(call, message)

        if page is not None and page.style == "next":
            return Chained(page, call.items, key, nonsense)
        return Pager(page, call.items, key, nonsense)

    def asking(
        self, call: Call, args: Mapping[str, Any], query: Mapping[str, Any] | None = None, *, only: Only | None = None
    ) -> Ask:
        """A function that asks for one page of an operation's answer; calling what it returns gives the answer."""
        more = query or {}
        by_link = call.spec.page is not None and call.spec.page.link

        def read(answer: Callable[[], Answer]) -> Any:
            return linked(answer()) if by_link else answer().body

        def ask(place: Mapping[str, Any]) -> Callable[[], Any]:
            mask = only.text if only and call.mask else ""
            wanted = self._wanted(call, {**args, "fields": mask} if mask else args, {**more, **place})
            return partial(read, self._sender.begin(wanted))

        return ask

    def nonsense(self, call: Call, message: str) -> Nonsense:
        return Nonsense(message, connection=self._account.name, operation=call.name)

    def record_in(self, call: Call, body: Any) -> Record | None:
        """The record of an answer, or None where it holds none."""
        found = call.record(body) if call.record else body
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        return found if isinstance(found, dict) else None

    def _path(self, call: Call, scope: Mapping[str, Any], args: Mapping[str, Any]) -> str:
        used = {name: args[name] for name in call.path_names if name in args}
        empty = [name for name, value in used.items() if value in (None, "", ABSENT)]
        text = call.path({**scope, **{name: quoted(value) for name, value in used.items()}})
        if empty or text is ABSENT:
            raise UsageError(f"{call.name} needs {', '.join(sorted(empty)) or 'a path'}")
        return str(text)


def _said(wanted: Wanted, headers: Mapping[str, Any], form: Mapping[str, Any]) -> Wanted:
    """A request with what was given for its headers, and with a form in place of its body."""
    said = {**wanted.headers, **{name: str(value) for name, value in headers.items()}}
    if not form:
        return replace(wanted, headers=said)
    said.pop("Content-Type", None)
    return replace(wanted, headers=said, content=None, form={name: str(value) for name, value in form.items()})


def _exact(value: Any) -> Any:
    """What orjson cannot write by itself: decimals digit by digit, sets as lists."""
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode())
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")
