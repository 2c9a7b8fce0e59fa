"""The door for what vendors tell and ask: a WSGI application with one secret address for each subscription.

What is told is kept before it is answered; what is done about it is the business of runs. Nothing is asked of a vendor
here, so that an answer never waits for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request, Response

from mapper.connect.answers import parsed
from mapper.errors import MapperError
from mapper.log import log
from mapper.sync.incoming import Desk
from mapper.sync.project import Project
from mapper.sync.subscriptions import PLACE, Subscription, by_token
from mapper.web.rates import Rates

#: Is called with the entities that have something new to take up.
Heard = Callable[[frozenset[str]], None]


class Door:
    """Answers vendors; safe to use from several threads."""

    def __init__(self, project: Project, heard: Heard | None = None) -> None:
        """`heard` is told after each event that was kept, and must return at once."""
        self._project = project
        self._heard = heard
        self._spec = project.spec.serve
        self._rates = Rates(self._spec.per_minute, project.clock)
        self._desk = Desk(project)
        self._prefix = urlsplit(self._spec.url or "").path.rstrip("/")
        count = self._spec.proxies
        self._app: Any = ProxyFix(self._answer, x_for=count, x_proto=count, x_host=count) if count else self._answer

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = self._spec.largest
        request.max_form_memory_size = self._spec.largest
        try:
            response = self._route(request)
        except RequestEntityTooLarge:
            response = _json({"error": f"the body is larger than {self._spec.largest} bytes"}, 413)
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 400)
        except MapperError as error:
            # The vendor may try again.
            log.error("the door: %s", error)
            response = _json({"error": "it cannot be answered now"}, 503)
        return response(environ, start_response)

    def _route(self, request: Request) -> Response:
        # A reverse proxy may leave the path before the door's address standing, or take it away.
        path = request.path
        if path.startswith(f"{self._prefix}/"):
            path = path.removeprefix(self._prefix)
        if path == "/health":
            return _json({"status": "ok"}, 200)
        place, _, token = path.strip("/").partition("/")
        subscription = by_token(self._project, token) if place == PLACE and token else None
        if subscription is None:
            log.info("the door: nothing is at the address that %s asked for", request.remote_addr)
            return _json({"error": "there is nothing here"}, 404)
        method = self._desk.hook(subscription).method
        # What one vendor posts another one puts: the same body, told in the same way.
        if request.method != method and (request.method, method) != ("PUT", "POST"):
            return _json({"error": f"this address takes {method}"}, 405, {"Allow": method})
        if wait := self._rates.wait(subscription.number):
            return _json({"error": "too many calls"}, 429, {"Retry-After": str(wait)})
        return self._asked(request, subscription) if method == "GET" else self._told(request, subscription)

    def _asked(self, request: Request, subscription: Subscription) -> Response:
        told = self._desk.ask(subscription, request.args.to_dict())
        return _json(told.body, told.status)

    def _told(self, request: Request, subscription: Subscription) -> Response:
        try:
            content = _content(request)
        except ValueError:
            return _json({"error": "the body is neither JSON nor a form"}, 400)
        told = self._desk.tell(subscription, content, request.args.to_dict())
        if told.entities and self._heard:
            self._heard(told.entities)
        return _json(told.body, told.status)


def _content(request: Request) -> Any:
    """The data of a body: JSON, a form's fields, or JSON in a form's only field. Raises ValueError."""
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        fields = _fields(request)
        if len(fields) == 1:
            only = next(iter(fields.values()))
            if only.lstrip().startswith(("{", "[")):
                return parsed(only.encode(errors="replace"))
        return fields
    return parsed(request.get_data())


def _fields(request: Request) -> dict[str, str]:
    """A form's fields. What is no UTF-8 is windows-1252: texts of that are never UTF-8 by chance."""
    if request.mimetype == "multipart/form-data":
        return request.form.to_dict()
    text = request.get_data().decode("latin-1")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        pairs = parse_qsl(text, keep_blank_values=True, encoding="windows-1252", errors="replace")
    return dict(reversed(pairs))


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body, default=str), status, headers, content_type="application/json")
