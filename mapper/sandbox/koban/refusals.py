"""What the server answers before it looks at a call: wrong keys, too many calls, callers that it does not want."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.wrappers import Request, Response

from ..base import answer, html
from . import answers

#: Where people sign in.
LOGIN = "/Account/Login"

_NO_KEYS = "Clé API ou clé utilisateur invalide"


def wrong_keys(how: str, body: str) -> Response:
    """The answer to missing or wrong keys; `how` is a status, or a page for people."""
    if how == "login":
        moved = html("Moved", 302)
        moved.headers["Location"] = LOGIN
        return moved
    if how == "page":
        return html("Connexion", 200)
    status = int(how)
    if body == "message":
        return answer({"Message": "Authorization has been denied for this request."}, status)
    if body == "page":
        return html("Access is denied", status)
    return Response("", status) if body == "empty" else answers.failure(_NO_KEYS, status=status)


def login_page() -> Response:
    """The page on which people sign in."""
    box = '<form><input name="login"><input name="secret" type="password"></form>'
    return Response(f"<html><body>{box}</body></html>", mimetype="text/html")


def too_many(how: str) -> Response:
    """The answer to a call that comes too soon after the one before."""
    response = html("Too Many Requests", 429) if how == "page" else answer({"Message": "Too Many Requests"}, 429)
    if how == "retry_after":
        response.headers["Retry-After"] = "5"
    return response


def not_here(switches: Mapping[str, str], request: Request) -> Response | None:
    """The answer to a caller from an unknown address, or by a scheme that is not served; None to all others."""
    if switches["ip_filter"] == "refuses":
        return html("Forbidden: IP address rejected", 403)
    if switches["scheme"] == "http" and request.scheme == "https":
        raise ConnectionResetError("nobody listens for https")
    if switches["scheme"] == "https" and request.scheme == "http":
        page = html("Moved", 301)
        page.headers["Location"] = request.url.replace("http:", "https:", 1)
        return page
    return None
