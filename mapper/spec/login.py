"""What a connector file says of signing in."""

from __future__ import annotations

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec


@spec
class Exchange:
    """A request that buys a token."""

    url: str = item("Where to ask: a whole address, or a path below base_url.", example="oauth/token")
    method: str = item("The HTTP verb.", default="POST")
    json: dict[str, str] = item(
        "A JSON body.", default={}, example={"user": "{{ user }}", "password": "{{ password }}"}
    )
    form: dict[str, str] = item("A form-encoded body.", default={}, example={"grant_type": "client_credentials"})
    query: dict[str, str] = item("Query parameters.", default={}, example={"tenant": "{{ tenant }}"})
    basic: tuple[str, ...] = item(
        "User and password of HTTP Basic, as two settings' names.", default=(), example=["client_id", "client_secret"]
    )
    token: str = item("Path of the token in the answer.", example="access_token")
    expires_in: str | None = item(
        "Path of the token's life in the answer, in seconds.", default=None, example="expires_in"
    )
    pos: Position = NOWHERE


@spec
class Auth:
    """One way of signing in; a connection uses the first whose `needs` are all given."""

    name: str = item("Its name in messages.", example="api key")
    needs: tuple[str, ...] = item("The settings that it needs.", default=(), example=["api_key"])
    headers: dict[str, str] = item(
        "Headers of every call. They see the settings and `token`; to sign a call, `now` (Unix seconds) and `request` "
        "with its `method`, `path` (the query included) and `body`.",
        default={},
        example={"X-Key": "{{ api_key }}"},
    )
    exchange: tuple[Exchange, ...] = item("How to buy the token: tried in order until one is accepted.", default=())
    lifetime: float = item("Life of a token in seconds, where neither the answer nor a JWT says.", default=900.0)
    pos: Position = NOWHERE
