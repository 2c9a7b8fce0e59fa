"""Examples of an operation that stand beside it: what is sent, what is answered, and what comes of it."""

from __future__ import annotations

from typing import Any

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec


@spec
class Sent:
    """A request as it must be. Of `query` and `headers` only what is named is compared; null: it must not be there."""

    method: str | None = item("The HTTP verb.", default=None, example="POST")
    path: str | None = item(
        "The path below base_url, or the whole address of another place.", default=None, example="accounts/7"
    )
    query: dict[str, Any] = item("Query parameters.", default={}, example={"limit": 100, "updated_since": None})
    headers: dict[str, Any] = item("Headers.", default={}, example={"X-Fields": "id,name"})
    body: Any = item("The body, member by member.", default=None, example={"name": "ACME"})
    form: dict[str, Any] = item("The fields of a form, in place of a body.", default={}, example={"name": "ACME"})
    pos: Position = NOWHERE


@spec
class Answered:
    """What the vendor answers."""

    status: int = item("The HTTP status.", default=200)
    headers: dict[str, str] = item("Headers.", default={}, example={"Retry-After": "5"})
    body: Any = item("The body as data, sent as JSON.", default=None, example={"id": 7})
    text: str | None = item("The body as text, in place of data.", default=None, example="<html>Sign in</html>")
    pos: Position = NOWHERE


@spec
class Turn:
    """One request and its answer."""

    sends: Sent = item("What must be sent.", default=Sent)
    answer: Answered = item("What is answered.", default=Answered)
    pos: Position = NOWHERE


@spec
class Gives:
    """What comes of it. Of records only the members that are named are compared."""

    records: tuple[dict[str, Any], ...] | None = item(
        "list, changed, find: the records, with containers decoded.", default=None, example=[{"id": 7}]
    )
    removed: tuple[str, ...] | None = item(
        "list, changed: the keys of the records that count as deleted.", default=None, example=["8"]
    )
    record: dict[str, Any] | None = item(
        "get, create, update: the record, with containers decoded.", default=None, example={"id": 7}
    )
    key: str | None = item("create, upsert: the key of what was created.", default=None, example="7")
    value: Any = item("Others, and flows: what a call by hand gets.", default=None, example={"free": True})
    error: str | None = item("A part of the words of the error in which it ends.", default=None, example="is taken")
    pos: Position = NOWHERE


@spec
class Example:
    """An example of an operation, which `mapper test` runs.

    Every setting has its own name for a value and base_url is https://vendor.invalid; the clock stands still at
    2026-01-01T00:00:00Z. A token that would have to be bought is the word `token`.
    """

    about: str = item("What it shows.", example="A create answers with nothing but the new id.")
    with_: dict[str, Any] = item(
        "What it is called with: `key`, `record`, `stamp`, `field` and `value`, `since` as a moment; else its own "
        "arguments.",
        default={},
        example={"record": {"name": "ACME"}},
    )
    assume: dict[str, str] = item("Answers to assumptions.", default={}, example={"updates": "partial"})
    sends: Sent = item("What must be sent first.", default=Sent)
    answer: Answered = item("What is answered to it.", default=Answered)
    then: tuple[Turn, ...] = item("Further requests with their answers, in their order.", default=())
    gives: Gives = item("What comes of it.", default=Gives)
    pos: Position = NOWHERE
