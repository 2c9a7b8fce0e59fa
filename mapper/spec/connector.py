"""What a connector file says: everything that one vendor's API is.

Texts with `{{ … }}` are expressions. They see the connection's settings by name, `assume` (the chosen assumptions), the
operation's arguments and, where an answer is looked at, `status` and `body`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from mapper.errors import Position
from mapper.spec.schema import item, position

FieldType = Literal[
    "text", "number", "decimal", "flag", "date", "datetime", "list", "set", "ref", "object", "any"
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One thing that a connection must or may be told."""

    __shorthand__ = "about"

    about: str = item("What it is and where a user finds it.")
    secret: bool = item("Whether it is a secret: never literal in a file, masked everywhere.", default=False)
    required: bool = item("Whether a connection must give it.", default=False)
    default: str | None = item("The value where a connection gives none.", default=None)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request that buys a token."""

    url: str = item("Where to ask: a whole address, or a path below base_url.")
    method: str = item("The HTTP verb.", default="POST")
    json: dict[str, str] = item("A JSON body.", default={})
    form: dict[str, str] = item("A form-encoded body.", default={})
    query: dict[str, str] = item("Query parameters.", default={})
    basic: tuple[str, ...] = item("User and password of HTTP Basic, as two settings' names.", default=())
    token: str = item("Path of the token in the answer.")
    expires_in: str | None = item("Path of the token's life in the answer, in seconds.", default=None)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Auth:
    """One way of signing in; a connection uses the first whose `needs` are all given."""

    name: str = item("Its name in messages.")
    needs: tuple[str, ...] = item("The settings that it needs.", default=())
    headers: dict[str, str] = item("Headers of every call; see the settings and `token`.", default={})
    exchange: tuple[Exchange, ...] = item("How to buy the token: tried in order until one is accepted.", default=())
    lifetime: float = item("Life of a token in seconds, where neither the answer nor a JWT says.", default=900.0)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How hard the vendor may be asked."""

    per_second: float | None = item("Calls a second; 0 means no limit.", default=None)
    concurrency: int | None = item("Calls under way at once.", default=None)
    timeout: float | None = item("Seconds to wait for an answer.", default=None)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Retry:
    """What is tried again, and when. Creates are never repeated blindly, whatever stands here."""

    attempts: int = item("Tries in all.", default=4)
    statuses: tuple[int, ...] = item("Answers after which to try again.", default=(429, 500, 502, 503, 504))
    first_wait: float = item("Seconds before the second try; doubled each time.", default=0.5)
    longest_wait: float = item("The longest wait in seconds, a vendor's Retry-After included.", default=60.0)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class ErrorRule:
    """An answer that means an error; the first rule that fits decides."""

    when: str = item("An expression over `status`, `body` and `content_type`.")
    means: Literal["rejected", "missing", "auth", "not allowed", "throttled", "retry", "nonsense"] = item(
        "The situation."
    )
    message: str | None = item("The vendor's words, as an expression.", default=None)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """A point that the vendor's documents leave open."""

    question: str = item("The question, in words.")
    choices: tuple[str, ...] = item("The possible answers.")
    default: str = item("The safe answer.")
    risk: str = item("What goes wrong if it is false.")
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class ListSource:
    """Where the values of a vendor's list come from: a request, the file itself, or the records that are read."""

    path: str | None = item("Path of the request; `id` is the part of the list's name after the slash.", default=None)
    query: dict[str, Any] = item("Query parameters.", default={})
    items: str | None = item("Path of the values in the answer; none: the answer itself.", default=None)
    page: Page | None = item("How the values are paged.", default=None)
    key: tuple[str, ...] = item("Names under which a value's id may stand.", default=("id",))
    label: tuple[str, ...] = item("Names under which a value's label may stand.", default=("label",))
    code: tuple[str, ...] = item("Names under which a value's code may stand.", default=())
    values: dict[str, Any] = item("Fixed values: id to label.", default={})
    harvest: bool = item("Whether the values are learnt from records, because no request lists them.", default=False)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a resource."""

    __shorthand__ = "type"

    type: FieldType = item("What it holds.", default="text")
    label: str | None = item("The vendor's label.", default=None)
    form: str | None = item("How the wire holds it; none: the connector's form for this type.", default=None)
    length: int | None = item("The longest text, in characters.", default=None)
    required: bool = item("Whether a create needs it.", default=False)
    readonly: bool = item("Whether the vendor alone writes it.", default=False)
    write_once: bool = item("Whether it can be written on create only.", default=False)
    list: str | None = item("The list that it takes its values from.", default=None)
    holds: Literal["id", "label", "code"] = item("What of a list value stands on the wire.", default="id")
    ref: str | None = item("The resource that it refers to.", default=None)
    read: str | None = item("The path on read, where it differs from the name.", default=None)
    write: str | None = item("The path on write, where it differs from the name.", default=None)
    clear: Literal["null", "empty", "omit"] | None = item("What empties it; none: as the wire says.", default=None)
    search: str | None = item("The query parameter of `find` that searches by it.", default=None)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Container:
    """A place with fields that the vendor's users make: custom fields and tags."""

    codec: str = item("How it stands on the wire: `pairs`, `groups`, `ids`, `per_record`, or one that is installed.")
    key: tuple[str, ...] = item(
        "The member that names the field; the first is written, per_record: the first found is read.", default=()
    )
    value: str | None = item("pairs, groups: the member with the value.", default=None)
    label_suffix: str | None = item("pairs: suffix of the second entry that holds a list value's label.", default=None)
    extra: dict[str, Any] = item("groups: members written beside.", default={})
    list: str | None = item("ids: the list that ids and names are learnt into.", default=None)
    removes: str | None = item("groups: the operation that removes values, where a write only adds.", default=None)
    reads: str | None = item("per_record: the operation that reads the values of one record.", default=None)
    writes: str | None = item("per_record: the operation that writes one value of one record.", default=None)
    definitions: str | None = item("The operation that lists the definitions.", default=None)
    describe: dict[str, str] = item(
        "definitions: paths of `id`, `label`, `type`, `readonly` and `options` in a definition, where unusual.",
        default={},
    )
    types: dict[str, FieldType] = item("definitions: the vendor's words for types, and ours.", default={})
    form: dict[str, str] = item("Form by type, inside this container.", default={})
    type: FieldType = item("Type of a field that the catalogue does not know.", default="text")
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Page:
    """How a list is cut into pages."""

    style: Literal["offset", "page", "none"] = item("`offset` counts records, `page` counts pages.", default="none")
    start: str = item("The parameter of the offset or page number.", default="offset")
    size: str = item("The parameter of the page's size.", default="limit")
    per: int = item("Records on a page: the most that the vendor allows.", default=100)
    first: int = item("Number of the first page or record.", default=0)
    total: str | None = item("Path of the total number of records in the answer.", default=None)
    pages: str | None = item("Path of the number of pages in the answer.", default=None)
    unwrap: bool = item("Whether the page may stand in an array of one.", default=False)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Several records in one request."""

    max: int = item("The most records in one request.")
    keys: str = item("Path of the keys in the answer, in the order of the request.")
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call of the API."""

    about: str | None = item("What it does.", default=None)
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = item("The HTTP verb.", default="GET")
    path: str = item("Path below base_url; `{{ key }}` and other arguments are filled in.")
    query: dict[str, Any] = item("Query parameters; one without value is left out.", default={})
    headers: dict[str, str] = item("Further headers.", default={})
    args: tuple[str, ...] = item("The arguments that a call by hand must give.", default=())
    body: Any = item("The body; none: the record itself, where there is one.", default=None)
    items: str | None = item("Path of the records in the answer.", default=None)
    page: Page | None = item("How the answer is paged.", default=None)
    record: str | None = item("Path of the record in the answer.", default=None)
    key: str | None = item("Path of the record's key in the answer.", default=None)
    batch: Batch | None = item("Several records at once.", default=None)
    found_by: dict[str, str] = item(
        "Updates: members by which the vendor finds the record, where its key will not do, and the word for each in "
        "`{{ found_by }}`. The first that the record has is read before, and sent along unchanged.",
        default={},
    )
    whole: str | None = item(
        "Updates: an expression that is true where the vendor empties what an update does not name: the record is then "
        "read before, and sent whole.",
        default=None,
    )
    repeatable: bool = item("Whether a second sending does no harm; reads, and updates of named fields.", default=False)
    missing_is_empty: bool = item("Whether `not found` means that there is nothing.", default=False)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The cheapest way to learn what changed."""

    by: str = item("`filter` (ask for changes since), `sorted` (newest first, stop) or `walk`; may be an expression.")
    stamp: str | None = item("The field that moves with every change.", default=None)
    overlap: float = item("Seconds to look back beyond the cursor.", default=0.0)
    since: Literal["epoch", "wall", "iso"] = item("Form of `since`, the cursor.", default="epoch")
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind of record at the vendor."""

    label: str | None = item("The vendor's word for it.", default=None)
    about: str | None = item("What it is.", default=None)
    key: str = item("The field that identifies a record.")
    stamp_key: str | None = item(
        "The field for another system's key: a create is stamped with its origin.", default=None
    )
    url: str | None = item("Address of a record for people.", default=None)
    changes: Changes = item("How changes are learnt.", default=lambda: Changes(by="walk"))
    complete: tuple[str, ...] = item("Members that an update replaces whole: read first, sent complete.", default=())
    removed: str | None = item("An expression that is true for a record that counts as deleted.", default=None)
    fields: dict[str, Field] = item("Its fields, by path.")
    containers: dict[str, Container] = item("Custom fields and tags, by the member that holds them.", default={})
    operations: dict[str, Operation] = item("list, changed, get, find, create, update, upsert, and named actions.")
    write_defaults: dict[str, Any] = item("Members sent with a create where the mapping gives none.", default={})
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Wire:
    """How values stand on the wire, unless a field says otherwise."""

    timezone: str = item("Time zone of clock times without one.", default="UTC")
    forms: dict[str, str] = item("Form by type.", default={})
    clear: Literal["null", "empty", "omit"] = item("What empties a field.", default="null")
    content: str = item("The media type that an answer must have.", default="json")
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A connector file."""

    connector: str = item("The vendor's short name.")
    about: str = item("What system it is.")
    documents: str | None = item("Where the facts come from.", default=None)
    settings: dict[str, Setting] = item("What a connection is told.")
    auth: tuple[Auth, ...] = item("The ways of signing in.")
    headers: dict[str, str] = item("Headers of every call.", default={})
    limits: Limits = item("How hard the vendor may be asked.", default=Limits)
    retry: Retry = item("What is tried again.", default=Retry)
    errors: tuple[ErrorRule, ...] = item("Answers that mean an error.", default=())
    message: str | None = item("Where an error's words stand, as an expression over `body`.", default=None)
    wire: Wire = item("How values stand on the wire.", default=Wire)
    assumptions: dict[str, Assumption] = item("Points that the documents leave open.", default={})
    lists: dict[str, ListSource] = item("Where list values come from.", default={})
    resources: dict[str, Resource] = item("The kinds of records.")
    actions: dict[str, Operation] = item("Operations that belong to no resource.", default={})
    pos: Position = position()
