"""A tiny made-up vendor as a WSGI application, with faults on request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
from werkzeug.wrappers import Request, Response

Step = Callable[[Callable[[], Response]], Response]


@dataclass
class Seen:
    """One request that arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Vendor:
    """Keeps accounts; `steps` are taken, one a request, in place of the usual answers to a request line."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    batch: bool = False
    most: int = 1000
    mask: Callable[[str, Any], Any] | None = None

    def add(self, **values: Any) -> dict[str, Any]:
        account = {"id": len(self.accounts) + 1, **values}
        self.accounts[str(account["id"])] = account
        return account

    def on(self, line: str, *steps: Step) -> None:
        self.steps.setdefault(line, []).extend(steps)

    def lines(self) -> list[str]:
        return [seen.line for seen in self.seen]

    def bodies(self, line: str) -> list[Any]:
        return [seen.body for seen in self.seen if seen.line == line]

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        data = request.get_data()
        body = json.loads(data) if data and request.is_json else data.decode() or None
        path = environ.get("RAW_URI") or request.path
        query = list(request.args.items(multi=True))
        seen = Seen(request.method, path, query, dict(request.headers), body)
        self.seen.append(seen)
        steps = self.steps.get(seen.line, [])
        response = steps.pop(0)(lambda: self._usual(seen, request)) if steps else self._usual(seen, request)
        return response(environ, start)

    def _usual(self, seen: Seen, request: Request) -> Response:
        if seen.line in self.answers:
            return answer(self.answers[seen.line])
        parts = request.path.strip("/").split("/")
        if parts[0] != "api":
            return answer({"message": "no such place"}, 404)
        match seen.method, parts[1:]:
            case "GET", ["ping", word]:
                return answer({"pong": word})
            case "GET", ["accounts"]:
                return self._list(request)
            case "GET", ["accounts", "find"]:
                return answer({"data": [a for a in self.accounts.values() if _matches(a, request)]})
            case "POST", ["accounts"]:
                many = seen.body if isinstance(seen.body, list) else [seen.body]
                made = [self.add(**one) for one in many]
                return answer({"keys": [m["id"] for m in made]} if self.batch else {"object": made[0]}, 201)
            case "PUT", ["accounts"]:
                return answer({"keys": [one["id"] for one in seen.body]})
            case method, ["accounts", key, *rest] if key in self.accounts:
                return self._one(method, key, rest, seen)
        return answer({"message": "no such <b>thing</b>"}, 404)

    def _one(self, method: str, key: str, rest: list[str], seen: Seen) -> Response:
        if method == "GET" and not rest:
            return answer(self.accounts[key])
        if method == "PUT" and not rest:
            self.accounts[key] |= seen.body
            return answer({"object": self.accounts[key]})
        if method == "DELETE" and not rest:
            del self.accounts[key]
        return Response(status=204)

    def _list(self, request: Request) -> Response:
        offset, limit = request.args.get("offset", 0, int), request.args.get("limit", 100, int)
        rows = list(self.accounts.values())
        if "order" in request.args:
            rows.sort(key=lambda row: row.get("moved", 0), reverse=True)
        page = {"total": len(rows), "data": rows[offset : offset + min(limit, self.most)]}
        only = request.headers.get("X-Only")
        return answer(self.mask(only, page) if only and self.mask else page)


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(body), status, {k.replace("_", "-"): v for k, v in headers.items()}, "application/json")


def _matches(account: dict[str, Any], request: Request) -> bool:
    # As many vendors do, it finds what only contains the text.
    return all(value in str(account.get(name, "")) for name, value in request.args.items())


# Steps


def say(body: Any = None, status: int = 200, **headers: str) -> Step:
    """Answer this, and do nothing."""
    return lambda usual: answer(body, status, **headers)


def page_of_html(status: int = 200, done: bool = False) -> Step:
    """Answer a page of HTML, before or after the work is done."""

    def step(usual: Callable[[], Response]) -> Response:
        if done:
            usual()
        return Response("<html><h1>Sign in</h1></html>", status, mimetype="text/html")

    return step


def broken(done: bool = True) -> Step:
    """Answer JSON that breaks off, after the work is done."""

    def step(usual: Callable[[], Response]) -> Response:
        response = usual() if done else answer({"object": {"id": 1}})
        return Response(response.get_data()[:-3], response.status_code, mimetype="application/json")

    return step


def lost(done: bool = True, error: type[httpx.TransportError] = httpx.ReadTimeout) -> Step:
    """Give no answer, after the work is done or without."""

    def step(usual: Callable[[], Response]) -> Response:
        if done:
            usual()
        raise error("no answer came")

    return step


def done_but(body: Any, status: int) -> Step:
    """Do the work, and answer something else than usual."""

    def step(usual: Callable[[], Response]) -> Response:
        usual()
        return answer(body, status)

    return step
