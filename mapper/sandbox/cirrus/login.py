"""OAuth 2 with client credentials: opaque tokens that live as long as the switch says when they are given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from werkzeug.wrappers import Request, Response

from ..base import answer

TOKEN_PATH = "/oauth/token"
LIVES = {"long": 3600, "short": 60}
#: What a client has to ask for, where it has to ask for anything.
SCOPE = "rest"


class Tokens:
    """The tokens of one client; `clock` gives Unix seconds."""

    def __init__(self, client_id: str, client_secret: str, clock: Callable[[], float]) -> None:
        self._client = (client_id, client_secret)
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._given = 0

    def valid(self, token: str) -> bool:
        """Whether the token was given and still lives."""
        return self._ends.get(token, -1.0) > self._clock()

    def revoke(self) -> None:
        """End all tokens, as a change of the client's rights would."""
        self._ends.clear()

    def issue(self, request: Request, switches: Mapping[str, str]) -> Response:
        """The answer of the token endpoint."""
        life = LIVES[switches["token_life"]]
        if self._told(request, switches["client_login"]) != self._client:
            return answer({"error": "invalid_client"}, 401, {"WWW-Authenticate": 'Basic realm="oauth"'})
        if request.mimetype != "application/x-www-form-urlencoded":
            return answer({"error": "invalid_request"}, 400)
        if request.form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        if switches["scope"] == "needed" and request.form.get("scope") != SCOPE:
            return answer({"error": "invalid_scope"}, 400)
        now = self._clock()
        self._ends = {token: end for token, end in self._ends.items() if end > now}
        self._given += 1
        token = hashlib.sha256(f"{self._client[0]}/{self._given}".encode()).hexdigest()
        self._ends[token] = now + life
        body: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": life}
        if switches["token_reply"] == "bare":
            body = {"access_token": token}
        elif switches["token_reply"] == "full":
            body |= {"refresh_token": token[::-1], "scope": request.form.get("scope", "")}
        return answer(body, headers={"Cache-Control": "no-store"})

    def _told(self, request: Request, way: str) -> tuple[str | None, str | None]:
        """The client's name and secret: in the header, or in the form."""
        if way == "form":
            return request.form.get("client_id"), request.form.get("client_secret")
        login = request.authorization
        return (login.username, login.password) if login is not None and login.type == "basic" else (None, None)
