"""The examples of a connector's operations, run through a connection whose vendor answers what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson

from mapper.connect import Connection, Draft
from mapper.connect.operations import operations_of
from mapper.connect.templates import parameter
from mapper.errors import MapperError, RemoteError, UsageError
from mapper.expr.moments import iso_moment
from mapper.records import ABSENT, CLEAR, Record
from mapper.spec.connector import Connector, Retry
from mapper.spec.document import Document, Steps
from mapper.spec.example import Answered, Example, Sent, Turn
from mapper.spec.load import Loaded, load_connector
from mapper.sync.cases import CaseResult, Difference, compare

_BASE = "https://vendor.invalid"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_WRITES = {"create": "create", "update": "update", "upsert": "create", "delete": "delete"}


def run_examples(loaded: Loaded[Connector]) -> list[CaseResult]:
    """Run the examples of all operations of a connector; raises SpecError where an assumption spoils it."""
    found = []
    for name, operation in operations_of(loaded.spec).items():
        resource, _, own = name.partition(".")
        at: Steps = ("actions", name) if name in loaded.spec.actions else ("resources", resource, "operations", own)
        for number, example in enumerate(operation.examples):
            found.append(_Run(loaded, name, example, (*at, "examples", number)).result())
    return found


class _Run:
    """One example, carried out and compared."""

    def __init__(self, loaded: Loaded[Connector], name: str, example: Example, steps: Steps) -> None:
        self.loaded, self.name, self.example, self.steps = loaded, name, example, steps
        self.document = loaded.document
        self.turns = [Turn(sends=example.sends, answer=example.answer, pos=example.pos), *example.then]
        self.vendor = _Vendor([turn.answer for turn in self.turns])

    def result(self) -> CaseResult:
        place, about = self.document.at(self.steps), self.example.about
        result = CaseResult(self.name, place, about, (), self.document.origin(self.steps), self.steps)
        try:
            with self._connection() as connection:
                came = self._carried_out(connection)
        except RemoteError as error:
            came = {"error": str(error).removeprefix("example ")}
        except MapperError as error:
            message = str(error).removeprefix("connection example: ")
            return replace(result, differences=(Difference(place, "", "", ABSENT, ABSENT, message),))
        differences = [*self._requests(), *self._given(came)]
        return replace(result, differences=tuple(differences))

    def _connection(self) -> Connection:
        spec = self.loaded.spec
        if any(about.override and name in self.example.assume for name, about in spec.assumptions.items()):
            spec = load_connector(str(self.document.path), assume=self.example.assume).spec
        settings = {name: name for name in spec.settings} | {"base_url": _BASE, "token": "token"}
        # Nothing is asked twice, and no token is bought: an example says every request.
        auth = tuple(replace(way, exchange=()) for way in spec.auth)
        return Connection(
            "example",
            replace(spec, auth=auth, retry=Retry(attempts=1)),
            settings=settings,
            assume=self.example.assume,
            transport=self.vendor,
            sleep=lambda seconds: None,
            clock=_NOW.timestamp,
        )

    def _carried_out(self, connection: Connection) -> Record:
        """What comes of it: `records` and `removed`, `record`, `key`, `value`, or `error`."""
        resource, _, operation = self.name.partition(".")
        args = self.example.with_
        known = resource in connection.spec.resources
        match operation if known else "":
            case "list" | "changed" if not args.keys() - {"since"}:
                pages = list(connection.pages(resource, since=_moment(args.get("since"))))
                records = [record for page in pages for record in page.records]
                return {"records": records, "removed": [key for page in pages for key in page.removed]}
            case "get":
                return {"record": connection.get(resource, str(args.get("key", "")))}
            case "find" if args.keys() == {"field", "value"}:
                return {"records": connection.find(resource, args["field"], args["value"])}
            case "create" | "update" | "upsert" | "delete" if args.keys() <= {"record", "key", "stamp"}:
                return self._written(connection, resource, operation)
        return {"value": connection.call(self.name, args)}

    def _written(self, connection: Connection, resource: str, operation: str) -> Record:
        args = self.example.with_
        kind: Any = "update" if operation == "upsert" and args.get("key") else _WRITES[operation]
        native, key = _native(args.get("record") or {}), str(args.get("key", ""))
        draft = Draft(kind, native, key=key, stamp=str(args.get("stamp", "")))
        (outcome,) = connection.write(resource, [draft])
        if outcome.error is not None:
            raise outcome.error
        return {"key": outcome.key, "record": outcome.record}

    def _requests(self) -> Iterator[Difference]:
        """In what the requests differ from those of the example."""
        sent = self.vendor.requests
        for number, turn in enumerate(self.turns):
            steps = self.steps if number == 0 else (*self.steps, "then", number - 1)
            if number < len(sent):
                yield from _compared(sent[number], turn.sends, self.document, (*steps, "sends"))
            else:
                message = "this was never sent" if number else "nothing was sent"
                yield Difference(self.document.at(steps), "", "", ABSENT, ABSENT, message)
        for request in sent[len(self.turns) :]:
            message = f"one request more was sent: {request.method} {_path(request.url)}"
            yield Difference(self.document.at(self.steps), "", "", ABSENT, ABSENT, message)

    def _given(self, came: Record) -> Iterator[Difference]:
        """In what that came of it differs from what the example says."""
        wanted, steps = self.example.gives, (*self.steps, "gives")
        error = came.get("error")
        if error is not None or wanted.error is not None:
            if error is None or wanted.error is None or wanted.error not in error:
                place = self.document.at((*steps, "error"))
                yield Difference(place, "gives", "error", _or_absent(wanted.error), _or_absent(error))
            return
        for name in ("records", "removed", "record", "key", "value"):
            one = getattr(wanted, name)
            if one is None:
                continue
            found, here = came.get(name), (*steps, name)
            if isinstance(found, list) and name == "records" and len(found) == len(one):
                for number, (record, said) in enumerate(zip(found, one, strict=True)):
                    where = f"record {number + 1}"
                    yield from compare(_cut(record, said), said, self.document, (*here, number), where)
                continue
            one = list(one) if isinstance(one, tuple) else one
            yield from compare(_cut(found, one) if name == "record" else found, one, self.document, here, name)


class _Vendor(httpx.BaseTransport):
    """Answers one request after the other as it was told to."""

    def __init__(self, answers: list[Answered]) -> None:
        self._answers = answers
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if len(self.requests) > len(self._answers):
            raise httpx.ConnectError("the example says no answer to this request")
        answer = self._answers[len(self.requests) - 1]
        headers = {"content-type": "text/html" if answer.text is not None else "application/json", **answer.headers}
        body = orjson.dumps(answer.body, default=float) if answer.body is not None else b""
        content = body if answer.text is None else answer.text.encode()
        return httpx.Response(answer.status, headers=headers, content=content)


def _compared(request: httpx.Request, wanted: Sent, document: Document, steps: Steps) -> Iterator[Difference]:
    facts = {"method": request.method, "path": _path(request.url)}
    for name, found in facts.items():
        one = getattr(wanted, name)
        if one is not None and one.lstrip("/") != found:
            yield Difference(document.at((*steps, name)), "sends", name, one, found)
    query = parse_qs(request.url.query.decode(), keep_blank_values=True)
    for name, value in wanted.query.items():
        texts = query.get(name, [])
        if parameter(value) != texts:
            place = document.at((*steps, "query", name))
            said = texts[0] if len(texts) == 1 else texts or ABSENT
            yield Difference(place, "sends", f"query.{name}", _or_absent(value), said)
    for name, value in wanted.headers.items():
        found = request.headers.get(name, ABSENT)
        if found != (ABSENT if value is None else str(value)):
            yield Difference(document.at((*steps, "headers", name)), "sends", name, _or_absent(value), found)
    if wanted.body is not None:
        body = orjson.loads(request.content) if request.content else ABSENT
        yield from compare(body, wanted.body, document, (*steps, "body"), "sends body")
    if wanted.form:
        form = {name: values[0] for name, values in parse_qs(request.content.decode(), True).items()}
        fields = {name: str(value) for name, value in wanted.form.items()}
        yield from compare(form, fields, document, (*steps, "form"), "sends form")


def _path(url: httpx.URL) -> str:
    """The path below base_url; of another host the whole address."""
    path = url.raw_path.decode("ascii").partition("?")[0].lstrip("/")
    return path if f"{url.scheme}://{url.host}" == _BASE else f"{url.scheme}://{url.host}/{path}"


def _or_absent(value: Any) -> Any:
    return ABSENT if value is None else value


def _native(value: Any) -> Any:
    """A record to write, in which null empties a member."""
    if isinstance(value, dict):
        return {name: _native(part) for name, part in value.items()}
    return CLEAR if value is None else value


def _cut(found: Any, wanted: Any) -> Any:
    """Of a record what is named, at any depth."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {name: _cut(found[name], part) for name, part in wanted.items() if name in found}
    return found


def _moment(value: Any) -> float | None:
    """Unix seconds of a moment as an example says it."""
    if value is None or isinstance(value, int | float):
        return value
    found = iso_moment(value, UTC)
    if found is None:
        raise UsageError(f"'{value}' is no moment", hint="write one such as 2026-01-31T12:00:00Z")
    return found.timestamp()
