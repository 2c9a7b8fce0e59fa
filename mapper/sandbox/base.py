"""What the simulators share: routing, the log of calls, faults on request, switches, and the control door.

The control door, for tests, the demo and `mapper sandbox`; never counted as a call:

    GET  /_sandbox/calls      {"total": n, "by_method": {...}, "calls": [{method, path, query, status}]}
    POST /_sandbox/reset      forget the calls and the faults
    POST /_sandbox/faults     {kind, method, path, times, after, retry_after}: see `Fault`
    POST /_sandbox/switches   {name: choice}
    GET  /_sandbox/data       {resource: [raw records as the vendor would list them]}
    POST /_sandbox/edit       {resource, key, changes}: as a person would in the vendor's own pages
"""

from __future__ import annotations

import json
import re
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

StartResponse = Callable[..., Any]
Handler = Callable[..., Response]


@dataclass
class Call:
    """One request as the sandbox saw it; `status` 0 means that the connection was cut."""

    method: str
    path: str
    query: str
    status: int


KINDS = ("status", "html", "reset", "lost", "lost_reset", "truncated", "hook")


@dataclass
class Fault:
    """Something that goes wrong for the next `times` matching calls, after `after` of them went well.

    kinds: status (answer `status`, nothing done) · html (an HTML page with `status`, nothing done) ·
    reset (connection cut, nothing done) · lost (the call takes effect, then an HTML 504) ·
    lost_reset (the call takes effect, then the connection is cut) · truncated (half of the JSON) ·
    hook (run `hook()` and let the call through; for tests in the same process).
    """

    kind: str
    method: str = ""
    path: str = ".*"
    times: int = 1
    after: int = 0
    status: int = 503
    retry_after: float | None = None
    hook: Callable[[], None] | None = None
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault of kind {self.kind!r}; there are {', '.join(KINDS)}")
        re.compile(self.path)

    def strikes(self, method: str, path: str) -> bool:
        """Whether this call is hit; counts the call."""
        if (self.method and self.method != method) or not re.search(self.path, path):
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


class Sandbox(ABC):
    """One simulated account at one vendor; subclasses give `rules`, `switches` and the behaviour.

    `clock` returns Unix seconds and may be replaced, so that nothing depends on the real time.
    `rate` is the number of calls a second above which the vendor answers 429; None switches the limit off.
    """

    name = "sandbox"
    #: switch name -> its choices, the default first
    choices: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self,
        *,
        switches: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        rate: float | None = None,
    ) -> None:
        self.switches = {name: options[0] for name, options in self.choices.items()}
        self.set_switches(switches or {})
        self.clock = clock
        self.rate = rate
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self._recent: list[float] = []
        self._lock = threading.RLock()
        rules = [*self.rules(), *_control_rules(self)]
        self._endpoints = [rule.endpoint for rule in rules]
        self._map = _routes(tuple((rule.rule, frozenset(rule.methods or ()), rule.strict_slashes) for rule in rules))

    @abstractmethod
    def rules(self) -> Iterable[Rule]:
        """The vendor's routes; each endpoint is a function of (request, **path values) to Response."""

    @abstractmethod
    def data(self) -> dict[str, list[dict[str, Any]]]:
        """Every record of every resource, as the vendor would list it."""

    @abstractmethod
    def edit(self, resource: str, key: Any, changes: Mapping[str, Any]) -> None:
        """Change a record as a person would in the vendor's own pages."""

    def authenticate(self, request: Request) -> Response | None:
        """The vendor's refusal of a call without valid keys, or None."""
        return None

    def too_many(self) -> Response:
        """The vendor's answer over its rate limit."""
        return answer({"message": "Too Many Requests"}, 429)

    def not_found(self, error: HTTPException) -> Response:
        """The vendor's answer to an unknown path, a wrong verb or an unreadable body."""
        return answer({"message": error.name}, error.code or 404)

    def set_switches(self, switches: Mapping[str, str]) -> None:
        """Choose other behaviours; unknown names and choices are mistakes of the caller."""
        for name, choice in switches.items():
            if choice not in self.choices.get(name, ()):
                raise ValueError(f"sandbox {self.name}: no choice {choice!r} for switch {name!r}")
            self.switches[name] = choice

    def by_method(self) -> dict[str, int]:
        """How many calls of each verb were made."""
        return dict(Counter(call.method for call in self.calls))

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        with self._lock:
            response = self._respond(request)
            response.headers["Date"] = http_date(self.clock())
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        adapter = self._map.bind_to_environ(request.environ)
        control = request.path.startswith("/_sandbox/")
        call = Call(request.method, request.path, request.query_string.decode("latin-1"), 0)
        if not control:
            self.calls.append(call)
        fault = None if control else self._strike(request)
        if fault and fault.kind in ("status", "html", "reset"):
            response = _broken(fault, call)
        else:
            if fault and fault.hook:
                fault.hook()
            response = self._serve(request, adapter, control=control)
            if fault:
                response = _spoil(fault, response)
        call.status = response.status_code
        return response

    def _serve(self, request: Request, adapter: Any, *, control: bool) -> Response:
        if not control:
            refused = (self.too_many() if self._over_limit() else None) or self.authenticate(request)
            if refused:
                return refused
        try:
            endpoint, values = adapter.match()
            response: Response = self._endpoints[endpoint](request, **values)
        except HTTPException as error:
            return self.not_found(error)
        return response

    def _strike(self, request: Request) -> Fault | None:
        struck = [fault for fault in self.faults if fault.strikes(request.method, request.path)]
        return struck[0] if struck else None

    def _over_limit(self) -> bool:
        if self.rate is None:
            return False
        now = self.clock()
        self._recent = [moment for moment in self._recent if now - moment < 1.0]
        if len(self._recent) >= self.rate:
            return True
        self._recent.append(now)
        return False


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, dict(headers or {}), mimetype="application/json")


def html(text: str, status: int) -> Response:
    """An HTML page, as proxies and crashed servers send instead of JSON."""
    return Response(f"<html><body><h1>{text}</h1></body></html>", status, mimetype="text/html")


def _broken(fault: Fault, call: Call) -> Response:
    if fault.kind == "reset":
        call.status = 0
        raise ConnectionResetError("connection reset by the sandbox")
    headers = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
    if fault.kind == "html":
        response = html("Service unavailable", fault.status)
        response.headers.update(headers)
        return response
    return answer({"message": "fault on request"}, fault.status, headers)


def _spoil(fault: Fault, response: Response) -> Response:
    if fault.kind == "lost":
        return html("Gateway Time-out", 504)
    if fault.kind == "lost_reset":
        raise ConnectionResetError("connection reset by the sandbox after the call took effect")
    if fault.kind == "truncated":
        body = response.get_data()
        return Response(body[: len(body) // 2], response.status_code, mimetype="application/json")
    return response


@lru_cache(maxsize=16)
def _routes(rules: tuple[tuple[str, frozenset[str], bool | None], ...]) -> Map:
    """The routes to endpoints by number: sandboxes of one kind share them, as to make them takes long."""
    made = [
        Rule(path, methods=methods or None, strict_slashes=strict, endpoint=number)
        for number, (path, methods, strict) in enumerate(rules)
    ]
    return Map(made, strict_slashes=False, merge_slashes=False)


def _control_rules(sandbox: Sandbox) -> list[Rule]:
    def calls(_: Request) -> Response:
        rows = [vars(call) for call in sandbox.calls]
        return answer({"total": len(rows), "by_method": sandbox.by_method(), "calls": rows})

    def reset(_: Request) -> Response:
        sandbox.calls.clear()
        sandbox.faults.clear()
        return answer({"ok": True})

    def faults(request: Request) -> Response:
        try:
            sandbox.faults.append(Fault(**request.get_json()))
        except (TypeError, ValueError, re.error) as error:
            return answer({"error": str(error)}, 400)
        return answer({"ok": True})

    def switches(request: Request) -> Response:
        try:
            sandbox.set_switches(request.get_json())
        except ValueError as error:
            return answer({"error": str(error)}, 400)
        return answer(sandbox.switches)

    def data(_: Request) -> Response:
        return answer(sandbox.data())

    def edit(request: Request) -> Response:
        asked = request.get_json()
        try:
            sandbox.edit(asked["resource"], asked["key"], asked["changes"])
        except (KeyError, ValueError) as error:
            return answer({"error": str(error)}, 400)
        return answer({"ok": True})

    return [
        Rule("/_sandbox/edit", endpoint=edit, methods=["POST"]),
        Rule("/_sandbox/calls", endpoint=calls, methods=["GET"]),
        Rule("/_sandbox/reset", endpoint=reset, methods=["POST"]),
        Rule("/_sandbox/faults", endpoint=faults, methods=["POST"]),
        Rule("/_sandbox/switches", endpoint=switches, methods=["POST"]),
        Rule("/_sandbox/data", endpoint=data, methods=["GET"]),
    ]
