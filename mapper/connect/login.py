"""Signing in: which headers a call bears, and how the token in them is bought and kept."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from mapper.connect.account import Account
from mapper.connect.answers import Answer
from mapper.connect.templates import Render, names_in, place, template
from mapper.connect.wanted import Wanted, with_query
from mapper.errors import AuthFailed, Missing, Nonsense, NotAllowed, Rejected, RemoteError
from mapper.log import hide
from mapper.records import ABSENT
from mapper.spec.login import Exchange

_MARGIN = 60.0
_REFUSALS = (AuthFailed, Missing, Nonsense, NotAllowed, Rejected)


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the Unix time from which it is not used any more."""

    text: str
    until: float


class _Offer:
    """One exchange, compiled."""

    def __init__(self, spec: Exchange) -> None:
        self.spec = spec
        self.url = template(spec.url, spec.pos)
        self.json = template(spec.json, spec.pos)
        self.form = template(spec.form, spec.pos)
        self.query = template(spec.query, spec.pos)
        self.token = place(spec.token, spec.pos)
        self.life = place(spec.expires_in, spec.pos)

    def wanted(self, account: Account) -> Wanted:
        scope, spec = account.scope, self.spec
        url = with_query(account.address(str(self.url(scope))), self.query(scope).items())
        body = orjson.dumps(self.json(scope)) if spec.json else None
        basic = tuple(str(scope.get(name, "")) for name in spec.basic)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        form = {key: str(value) for key, value in self.form(scope).items()} if spec.form else None
        if len(basic) == 2:
            hide(base64.b64encode(":".join(basic).encode()).decode())
        return Wanted(
            "login",
            spec.method,
            url,
            headers,
            content=body,
            form=form,
            basic=(basic[0], basic[1]) if len(basic) == 2 else None,
            signed=False,
        )


class Login:
    """Keeps one token fresh for all threads of a connection; `headers` is what every call bears."""

    def __init__(self, account: Account, send: Callable[[Wanted], Answer], clock: Callable[[], float]) -> None:
        self._account = account
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        auth = account.auth
        self._headers: dict[str, Render] = {}
        self._signs = False
        self._offers: list[_Offer] = []
        if auth is not None:
            self._headers = {key: template(text, auth.pos) for key, text in auth.headers.items()}
            self._signs = not names_in(auth.headers, auth.pos).isdisjoint(("request", "now"))
            self._offers = [_Offer(exchange) for exchange in auth.exchange]

    def headers(self, wanted: Wanted) -> dict[str, str]:
        """The headers that sign a call, bought first if need be; empty ones are left out."""
        return self._rendered(wanted, self._fresh().text if self._offers else "")

    def signed(self, wanted: Wanted, headers: dict[str, str]) -> dict[str, str]:
        """The headers just before a call goes out: a signature tells the time, and the call may have had to wait."""
        token = self._token
        return self._rendered(wanted, token.text if token else "") if self._signs else headers

    def _rendered(self, wanted: Wanted, token: str) -> dict[str, str]:
        scope = self._account.scope
        if self._signs:
            scope = {**scope, "now": int(self._clock()), "request": _told(wanted)}
        if self._offers:
            scope = {**scope, "token": token}
        values = ((key, render(scope)) for key, render in self._headers.items())
        return {key: str(value) for key, value in values if value not in (None, "", ABSENT)}

    def forget(self, refused: dict[str, str]) -> bool:
        """Drop a token that was refused; False where there is none to renew."""
        if not self._offers:
            return False
        with self._lock:
            # Another thread may have renewed it since: then only this call has to be made again.
            if self._token is not None and any(self._token.text in value for value in refused.values()):
                self._token = None
        return True

    def check(self) -> bool:
        """Buy a new token, if one is bought; raises AuthFailed where the account does not let us in."""
        with self._lock:
            self._token = None
        if self._offers:
            self._fresh()
        return bool(self._offers)

    def _fresh(self) -> Token:
        with self._lock:
            if self._token is None or self._clock() >= self._token.until:
                self._token = self._buy()
                hide(self._token.text)
            return self._token

    def _buy(self) -> Token:
        """Drive the exchange: send what it asks for, tell it what came."""
        flow = exchange(self._account, self._offers, self._clock)
        wanted = next(flow)
        while True:
            result: Answer | RemoteError
            try:
                result = self._send(wanted)
            except _REFUSALS as refusal:
                result = refusal
            try:
                wanted = flow.send(result)
            except StopIteration as done:
                token: Token = done.value
                return token


def _told(wanted: Wanted) -> dict[str, str]:
    """A request as a signature sees it: letter by letter as it is sent."""
    content = wanted.content if wanted.form is None else urlencode(wanted.form).encode()
    path = wanted.url.raw_path.decode("ascii")
    return {"method": wanted.method, "path": path, "body": (content or b"").decode()}


def exchange(
    account: Account, offers: list[_Offer], clock: Callable[[], float]
) -> Generator[Wanted, Answer | RemoteError, Token]:
    """Yields requests and is sent answers or refusals; returns the first token given. It does no I/O itself."""
    refusals: list[RemoteError] = []
    lifetime = account.auth.lifetime if account.auth else 0.0
    for number, offer in enumerate(offers):
        result = yield offer.wanted(account)
        if isinstance(result, RemoteError):
            refusals.append(result)
            continue
        token = offer.token.get(result.body) if offer.token else ABSENT
        if isinstance(token, str) and token:
            offers.insert(0, offers.pop(number))  # what was accepted is tried first from now on
            life = _life(token, offer.life.get(result.body) if offer.life else None, lifetime, clock())
            return Token(token, clock() + life - min(_MARGIN, life / 2))
        refusals.append(Nonsense(f"no token at {offer.spec.token} in the answer", status=result.status))
    first = refusals[0]
    reason = f"{first.message} (HTTP {first.status})" if first.status else first.message
    raise AuthFailed(
        f"signing in was refused: {reason}",
        connection=account.name,
        operation="login",
        hint="check the keys of this connection",
    )


def _life(token: str, said: Any, lifetime: float, now: float) -> float:
    """Seconds that a token lives: as the answer says, as the token itself says if it is a JWT, or as assumed."""
    try:
        return max(0.0, float(said))
    except (TypeError, ValueError):
        pass
    parts = token.split(".")
    if len(parts) == 3:
        try:
            claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
            return max(0.0, float(claims["exp"]) - now)
        except (ValueError, KeyError, TypeError):
            pass
    return lifetime
