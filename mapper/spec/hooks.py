"""What a vendor tells by itself, and what it asks: its webhooks; and how a project answers."""

from __future__ import annotations

from typing import Any, Literal

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec


@spec
class Hook:
    """Something that the vendor tells or asks by calling an address of ours.

    Expressions see `event` (one event of the body; of a form its fields), `query` (the address's parameters), the
    connection's settings and `assume`.
    """

    about: str | None = item("What it is about.", default=None, example="An account was created or changed.")
    like: tuple[str, ...] = item(
        "The parts of `common` over which this is laid, table by table; a later one over an earlier one.",
        default=(),
        example=["taken"],
    )
    resource: str | None = item(
        "The resource whose records it is about; none: no record of ours.", default=None, example="accounts"
    )
    method: Literal["POST", "GET"] = item("How it comes: POST tells, GET asks.", default="POST")
    items: str | None = item(
        "Path of the events in the body; none: the body is one, or a list of them.", default=None, example="data"
    )
    key: str | None = item(
        "The key of the record; where it comes to nothing, something of the resource has changed.",
        default=None,
        example="{{ event.id }}",
    )
    also: dict[str, str] = item(
        "By resource, the key of a further record that an event is about; where it comes to nothing, there is none.",
        default={},
        example={"contacts": "{{ event.person.id }}"},
    )
    removed: str | None = item(
        "True where the record was deleted.", default=None, example="{{ event.kind == 'deleted' }}"
    )
    whole: str | None = item(
        "True where the event holds the record as it is now. Otherwise, or where `record` lacks a field that is "
        "mapped, an event is a hint, and the record is read anew.",
        default=None,
        example="{{ assume.events == 'whole' }}",
    )
    record: dict[str, str] = item(
        "By the path of a field, where its value stands in an event: a path, or an expression.",
        default={},
        example={"name": "company_name", "amount": "{{ event.cents / 100 }}"},
    )
    keeps: dict[str, str] = item(
        "What of an event is kept, by name, where the project answers the vendor's questions: expressions over "
        "`event`. It can be looked back at for as long as `retention` says.",
        default={},
        example={"seller": "{{ event.seller.id | hash }}", "until": "{{ event.until | epoch }}"},
    )
    known: dict[str, str] = item(
        "GET: what the kept events of the record in question come to, by the name under which an answer sees it: "
        "expressions over `events` (each with its `hook`, when it was `received`, and what was kept of it; the newest "
        "last), `now`, and the names before.",
        default={},
        example={"offers": "{{ events | filter(it.until > now) | length }}"},
    )
    events: tuple[str, ...] = item(
        "The names under which it is subscribed to, one subscription each; none: one for all.",
        default=(),
        example=["account.created", "account.updated"],
    )
    subscribe: str | None = item(
        "The operation that subscribes, with the arguments `url` and `event`; none: a person enters the address at the "
        "vendor.",
        default=None,
        example="hooks.subscribe",
    )
    unsubscribe: str | None = item(
        "The operation that ends it, with the arguments `id`, `url` and `event`.",
        default=None,
        example="hooks.unsubscribe",
    )
    id: str | None = item(
        "The subscription's id in the answer to `subscribe`: a path, or an expression over `body`.",
        default=None,
        example="data.id",
    )
    answer: dict[str, Any] = item(
        "What is answered: once an event is kept; to a question that the project has no answer to.",
        default={},
        example={"success": True},
    )
    refusal: dict[str, Any] = item(
        "What is answered to what cannot be read; `reason` is why.",
        default={},
        example={"success": False, "error": "{{ reason }}"},
    )
    pos: Position = NOWHERE


@spec
class Reply:
    """How a project answers a vendor's question: from the state, so that no vendor is waited for."""

    entity: str = item("The entity that the question is about.", example="lot")
    find: dict[str, str] = item(
        "The fields of one match rule, as expressions over `query`: by them the record is found.",
        example={"code": "{{ query.extcode }}"},
    )
    answer: dict[str, Any] = item(
        "The answer; expressions see `query`, `record`, the values last agreed, which are none where it is unknown, "
        "`events`, what was told of it, and what the connector knows by these.",
        example={"status": "{{ record.status == 'free' }}"},
    )
    pos: Position = NOWHERE


@spec
class Door:
    """The door for what vendors tell: `mapper serve`."""

    url: str | None = item(
        "The address under which vendors reach it, as a reverse proxy shows it.",
        default=None,
        example="https://hooks.example.com",
    )
    proxies: int = item("How many reverse proxies stand before it, whose word on the caller counts.", default=0)
    largest: int = item("The largest body that is taken, in bytes.", default=1_000_000)
    per_minute: int = item("Calls a minute that one subscription may make; more are answered 429.", default=600)
    pos: Position = NOWHERE
