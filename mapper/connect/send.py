"""Sends requests: signed, spaced, counted, redirected at most within one host, and tried again where that is safe."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from mapper.connect.account import Account
from mapper.connect.answers import Answer, Fault, Judge
from mapper.connect.line import Line
from mapper.connect.login import Login
from mapper.connect.pace import Pace, moment_of, pause
from mapper.connect.ration import Ration
from mapper.connect.wanted import Wanted
from mapper.errors import AuthFailed, RemoteError, Throttled, Unclear, Unreachable
from mapper.log import mask

OnCall = Callable[[str, str, int, float], None]

_REDIRECTS = (301, 302, 307, 308)
_MOST_REDIRECTS = 5
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a try brought, and the headers that it was signed with."""

    signature: dict[str, str]
    response: httpx.Response | httpx.RequestError

    @property
    def well(self) -> bool:
        return isinstance(self.response, httpx.Response) and self.response.is_success


@dataclass(slots=True)
class Sender:
    """The one way out of a connection; safe to use from several threads."""

    account: Account
    transport: httpx.BaseTransport | None
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    ration: Ration
    calls: Counter[str] = field(default_factory=Counter)
    on_call: OnCall | None = None
    skew: float | None = None
    login: Login = field(init=False)
    _judge: Judge = field(init=False)
    _pace: Pace = field(init=False)
    _line: Line = field(init=False)
    _lock: Any = field(default_factory=threading.Lock)
    _gate: Any = field(init=False)

    def __post_init__(self) -> None:
        limits = self.account.limits
        self._line = Line(self.transport, limits.timeout)
        self._judge = Judge(self.account)
        self._pace = Pace(limits.per_second, self.sleep, self.clock)
        self._gate = threading.BoundedSemaphore(limits.concurrency) if limits.concurrency else nullcontext()
        self.login = Login(self.account, self.send, self.clock)

    def send(self, wanted: Wanted) -> Answer:
        """The answer to a request; raises the RemoteError that it ends in after all tries."""
        return self.begin(wanted)()

    def begin(self, wanted: Wanted) -> Callable[[], Answer]:
        """Ask once; calling what is returned gives the answer as `send` does.

        What looks well is read by whom it is for: a thread that only waits for the vendor is done with it sooner, and a
        page is not taken apart by one processor to be looked at by another. What does not is seen to at once, so that
        a vendor who asks for patience is not asked again meanwhile.
        """
        tried = self._try(wanted)
        if tried.well:
            return partial(self._settle, wanted, tried)
        answer = self._settle(wanted, tried)
        return lambda: answer

    def _settle(self, wanted: Wanted, tried: _Tried) -> Answer:
        """What a first try comes to, with the tries that follow it."""
        renewed = False
        attempt = 1
        while True:
            result = self._judged(wanted, tried)
            if isinstance(result, Answer):
                return result
            signature = tried.signature
            if isinstance(result.error, AuthFailed) and wanted.signed and not renewed and self.login.forget(signature):
                renewed = True
            else:
                again = result.passing and (wanted.repeatable or result.harmless)
                last = not again or attempt >= self.account.spec.retry.attempts
                self._wait(result.error, attempt, last)
                attempt += 1
            tried = self._try(wanted)

    def close(self) -> None:
        self._line.close()

    def _wait(self, error: RemoteError, attempt: int, last: bool) -> None:
        """Wait before the next try; raises the error if this was the last, Throttled if the wait would be too long."""
        retry = self.account.spec.retry
        if not last and error.retry_after is not None and error.retry_after > retry.longest_wait:
            raise Throttled(
                error.message,
                connection=error.connection,
                operation=error.operation,
                status=error.status,
                retry_after=error.retry_after,
            )
        wait = error.retry_after or pause(retry, attempt)
        if isinstance(error, Throttled) and wait <= retry.longest_wait:
            self._pace.hold(wait)  # the next call of any thread waits, the next try of this one included
        if last:
            raise error
        if not isinstance(error, Throttled):
            self.sleep(wait)

    def _try(self, wanted: Wanted) -> _Tried:
        """One try, with the redirects that it meets."""
        signature = self.login.headers(wanted) if wanted.signed else {}
        try:
            return _Tried(signature, self._follow(wanted, signature))
        except httpx.RequestError as error:
            return _Tried(signature, error)

    def _judged(self, wanted: Wanted, tried: _Tried) -> Answer | Fault:
        response = tried.response
        if isinstance(response, httpx.RequestError):
            return self._broken(wanted, response)
        return self._judge.judge(
            response, wanted.operation, writes=wanted.writes, now=self.clock(), own=wanted.rules, media=wanted.media
        )

    def _follow(self, wanted: Wanted, signature: dict[str, str]) -> httpx.Response:
        url = wanted.url
        for _ in range(_MOST_REDIRECTS):
            response = self._once(wanted, url, signature)
            onto = _onward(response)
            if onto is None:
                break
            url = onto
        return response

    def _once(self, wanted: Wanted, url: httpx.URL, signature: dict[str, str]) -> httpx.Response:
        self.ration.take()
        # The gate comes first: calls that wait behind it and were let through by the pace before would go off at once.
        with self._gate:
            self._pace.wait()
            headers = {**wanted.headers, **(self.login.signed(wanted, signature) if signature else {})}
            with self._lock:
                self.calls[wanted.method] += 1
            status, started = 0, self.clock()
            try:
                response = self._line.send(wanted, url, headers)
                status = response.status_code
                self._compare_clocks(response)
                return response
            finally:
                if self.on_call is not None:
                    self.on_call(wanted.operation, wanted.method, status, self.clock() - started)

    def _compare_clocks(self, response: httpx.Response) -> None:
        text = response.headers.get("date")
        date = moment_of(text) if text else None
        if date is not None:
            skew = date - self.clock()
            self.skew = skew if self.skew is None else min(self.skew, skew)

    def _broken(self, wanted: Wanted, error: httpx.RequestError) -> Fault:
        harmless = isinstance(error, _NEVER_SENT)
        cls = Unclear if wanted.writes and not harmless else Unreachable
        words = mask(str(error))[:300] or type(error).__name__
        name = self.account.name
        return Fault(cls(f"no answer: {words}", connection=name, operation=wanted.operation), True, harmless)


def _onward(response: httpx.Response) -> httpx.URL | None:
    """Where a redirect leads, if it may be followed: to the same host, and never away from encryption."""
    if response.status_code not in _REDIRECTS or "location" not in response.headers:
        return None
    here = response.request.url
    try:
        there = here.join(response.headers["location"])
    except httpx.InvalidURL:
        return None
    upgraded = here.scheme == "http" and there.scheme == "https"
    same = there.scheme == here.scheme and there.port == here.port
    return there if there.host == here.host and (same or upgraded) else None
