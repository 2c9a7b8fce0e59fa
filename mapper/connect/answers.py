"""What an answer means: its parsed body, or the situation that it stands for."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from mapper.connect.account import Account
from mapper.connect.pace import retry_after
from mapper.connect.templates import Render, expression, template, value_of
from mapper.errors import (
    AuthFailed,
    Missing,
    Nonsense,
    NotAllowed,
    Rejected,
    RemoteError,
    Throttled,
    Unclear,
    Unreachable,
)
from mapper.expr.markup import html_to_text
from mapper.log import mask
from mapper.records import ABSENT
from mapper.spec.flow import ErrorRule

_LONGEST = 300

#: An escaped character of JSON; half of one that takes two is the group.
_ESCAPED = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_MESSAGES = ("message", "Message", "error", "error_description", "detail", "title", "Error")
_DETAILS = ("errors", "Errors")
_BLANKS = re.compile(r"\s+")
_SITUATIONS: dict[int, type[RemoteError]] = {401: AuthFailed, 403: NotAllowed, 404: Missing, 429: Throttled}
_MEANS: dict[str, type[RemoteError]] = {
    "rejected": Rejected,
    "missing": Missing,
    "auth": AuthFailed,
    "not allowed": NotAllowed,
    "throttled": Throttled,
    "nonsense": Nonsense,
}
Rules = tuple[tuple[ErrorRule, Render, Render | None], ...]

_PAGE_HINT = "It may be a sign-in page or a proxy: check base_url and the keys"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is well: `body` is the parsed JSON, or None where there is none."""

    status: int
    headers: httpx.Headers
    body: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that is not well; `passing`: it may go away by itself; `harmless`: nothing can have been written."""

    error: RemoteError
    passing: bool = False
    harmless: bool = False


def compiled(rules: Iterable[ErrorRule]) -> Rules:
    """Rules, compiled."""
    return tuple(
        (rule, expression(rule.when, rule.pos), template(rule.message, rule.pos) if rule.message else None)
        for rule in rules
    )


class Judge:
    """Tells answers from faults by a connector's rules, then by status."""

    def __init__(self, account: Account) -> None:
        spec = account.spec
        self._name = account.name
        self._scope = account.scope
        self._content = spec.wire.content.lower()
        self._retried = frozenset(spec.retry.statuses)
        self._rules = compiled(spec.errors)
        self._message = template(spec.message, spec.pos) if spec.message else None

    def judge(
        self, response: httpx.Response, operation: str, *, writes: bool, now: float, own: Rules = (), media: str = ""
    ) -> Answer | Fault:
        """The answer, or the fault that it is; `now` is the Unix time that a Retry-After date is compared with.

        The operation's `own` rules come before the connector's; an answer of the type `media` is a file.
        """
        kind = response.headers.get("content-type", "").lower()
        body, readable = (_file(response, kind), True) if media and media in kind else self._body(response, kind)
        scope = {**self._scope, "status": response.status_code, "body": body, "content_type": kind}
        for rule, fits, message in (*own, *self._rules):
            if value_of(fits, scope):
                words = _words(value_of(message, scope)) if message else self._words(body, scope)
                return self._ruled(rule, response, operation, words, writes, now)
        status = response.status_code
        if readable and 200 <= status < 300:
            return Answer(status, response.headers, body)
        if status < 400 or (not readable and status < 500 and status not in (401, 403, 429)):
            return self._unreadable(response, operation, kind, body, writes)
        words = self._words(body, scope) if readable else "an answer that is not JSON"
        return self._by_status(response, operation, words or response.reason_phrase, writes, now)

    def _body(self, response: httpx.Response, kind: str) -> tuple[Any, bool]:
        """The parsed body and whether it could be read; an unreadable one is its first characters."""
        if not response.content.strip():
            return None, True
        if kind and self._content not in kind:
            return response.text[:2000], False
        try:
            return parsed(response.content), True
        except orjson.JSONDecodeError:
            return response.text[:2000], False

    def _ruled(
        self, rule: ErrorRule, response: httpx.Response, operation: str, words: str, writes: bool, now: float
    ) -> Fault:
        words = words or "an error"
        if rule.means == "retry":
            error = self._error(Unclear if writes else Unreachable, response, operation, words, now=now)
            return Fault(error, passing=True)
        means = _MEANS[rule.means]
        error = self._error(means, response, operation, words, now=now)
        return Fault(error, passing=means is Throttled, harmless=means is not Nonsense)

    def _unreadable(self, response: httpx.Response, operation: str, kind: str, body: Any, writes: bool) -> Fault:
        status = response.status_code
        if 300 <= status < 400:
            to = response.headers.get("location", "nowhere").split("?")[0]
            cls = Unclear if writes and status == 303 else Nonsense
            message = f"a redirect to {to}, which is not followed"
            return Fault(self._error(cls, response, operation, message, hint=_PAGE_HINT))
        broken = not kind or self._content in kind
        if broken and status < 300:
            words = "JSON that breaks off or is none"
            return Fault(self._error(Unclear if writes else Nonsense, response, operation, words), passing=True)
        what = "an HTML page" if "html" in kind else f"an answer of type {kind or 'none'}"
        hint = _PAGE_HINT if "html" in kind else ""
        return Fault(self._error(Nonsense, response, operation, f"{what} instead of JSON", hint=hint))

    def _by_status(self, response: httpx.Response, operation: str, words: str, writes: bool, now: float) -> Fault:
        status = response.status_code
        cls = _SITUATIONS.get(status, Rejected)
        if status >= 500:
            cls = Unclear if writes else Unreachable
        error = self._error(cls, response, operation, words, now=now)
        return Fault(error, passing=status in self._retried, harmless=status < 500)

    def _error(
        self,
        cls: type[RemoteError],
        response: httpx.Response,
        operation: str,
        words: str,
        *,
        hint: str = "",
        now: float | None = None,
    ) -> RemoteError:
        header = response.headers.get("retry-after")
        after = retry_after(header, now) if header and now is not None else None
        text = mask(words)[:_LONGEST]
        status, name = response.status_code, self._name
        return cls(text, connection=name, operation=operation, status=status, hint=hint, retry_after=after)

    def _words(self, body: Any, scope: dict[str, Any]) -> str:
        """The vendor's own words in an answer."""
        words = _words(value_of(self._message, scope)) if self._message else ""
        return words or _common(body)


def _file(response: httpx.Response, kind: str) -> Any:
    """An answer that is no data but a file, as JSON can hold it."""
    if kind.startswith("text/"):
        return response.text
    return {"type": kind.partition(";")[0], "base64": b64encode(response.content).decode()}


def _common(body: Any) -> str:
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict):
        return _words(body) if isinstance(body, str) else ""
    found = [_words(body[key]) for key in _MESSAGES if body.get(key)][:1]
    found += [_words(body[key]) for key in _DETAILS if body.get(key)][:1]
    return ": ".join(part for part in found if part)


def _words(value: Any) -> str:
    """The texts inside a value as one line without HTML."""
    text = "; ".join(_texts(value))
    return _BLANKS.sub(" ", html_to_text(text)).strip()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            inner = "; ".join(_texts(part))
            if inner:
                yield inner if key in _MESSAGES else f"{key}: {inner}"
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif value is not None and value is not ABSENT and not isinstance(value, bool):
        yield str(value)


def parsed(content: bytes) -> Any:
    """What a JSON text says; raises JSONDecodeError.

    Half a character, as vendors leave it that cut a text in the middle of one, is read as the sign for an unknown one:
    it must not hide all that stands beside it.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        mended = _ESCAPED.sub(lambda found: rb"\ufffd" if found[1] else found[0], content)
        if mended == content:
            raise
        return orjson.loads(mended)
