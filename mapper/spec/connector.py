"""What a connector file says: everything that one vendor's API is.

Texts with `{{ … }}` are expressions. They see the connection's settings by name, `assume` (the chosen assumptions), the
operation's arguments and, where an answer is looked at, `status` and `body`.
"""

from __future__ import annotations

from typing import Any, Literal

from mapper.errors import NOWHERE, Position
from mapper.spec.assumption import Assumption
from mapper.spec.classes import item, spec
from mapper.spec.flow import ErrorRule
from mapper.spec.hooks import Hook
from mapper.spec.login import Auth
from mapper.spec.operation import Operation, Page

FieldType = Literal[
    "text", "number", "decimal", "flag", "date", "datetime", "list", "set", "ref", "object", "any"
]  # fmt: skip


@spec
class Setting:
    """One thing that a connection must or may be told."""

    __shorthand__ = "about"

    about: str = item(
        "What it is and where a user finds it.", example="Key of the account, found under Settings > API."
    )
    secret: bool = item("Whether it is a secret: never literal in a file, masked everywhere.", default=False)
    required: bool = item("Whether a connection must give it.", default=False)
    default: str | None = item(
        "The value where a connection gives none.", default=None, example="https://api.example.com"
    )
    pos: Position = NOWHERE


@spec
class Limits:
    """How hard the vendor may be asked."""

    per_second: float | None = item("Calls a second; 0 means no limit.", default=None, example=5)
    concurrency: int | None = item("Calls under way at once.", default=None, example=2)
    timeout: float | None = item("Seconds to wait for an answer.", default=None, example=30)
    per_day: int | None = item("Calls a day; 0 means no limit.", default=None, example=20000)
    share: str | None = item(
        "How much of `per_day` all runs together may use. None: all of it.", default=None, example="50%"
    )
    pos: Position = NOWHERE


@spec
class Retry:
    """What is tried again, and when. Creates are never repeated blindly, whatever stands here."""

    attempts: int = item("Tries in all.", default=4)
    statuses: tuple[int, ...] = item(
        "Answers after which to try again.", default=(429, 500, 502, 503, 504), example=[429, 503]
    )
    first_wait: float = item("Seconds before the second try; doubled each time.", default=0.5)
    longest_wait: float = item("The longest wait in seconds, a vendor's Retry-After included.", default=60.0)
    pos: Position = NOWHERE


@spec
class ListValue:
    """One value of a vendor's list, where more has to be said than its label."""

    label: str | None = item("The vendor's label; none: its id.", default=None, example="Ancien client")
    code: str | None = item("The vendor's code.", default=None, example="OLD")
    active: bool = item("Whether it can still be chosen; one that cannot is read, but never written.", default=True)
    pos: Position = NOWHERE


@spec
class ListSource:
    """Where the values of a vendor's list come from: a request, the file itself, or the records that are read."""

    path: str | None = item(
        "Path of the request; `id` is the part of the list's name after the slash.",
        default=None,
        example="lists/{{ id }}",
    )
    query: dict[str, Any] = item("Query parameters.", default={}, example={"active": "all"})
    items: str | None = item(
        "Path of the values in the answer; none: the answer itself.", default=None, example="data.values"
    )
    page: Page | None = item("How the values are paged.", default=None)
    call: str | None = item(
        "The operation that gives them, in place of a path of their own.", default=None, example="accounts.types"
    )
    key: tuple[str, ...] = item("Names under which a value's id may stand.", default=("id",), example=["id"])
    label: tuple[str, ...] = item(
        "Names under which a value's label may stand.", default=("label",), example=["label", "name"]
    )
    code: tuple[str, ...] = item("Names under which a value's code may stand.", default=(), example=["code"])
    active: tuple[str, ...] = item(
        "Names under which a value may say whether it can still be chosen.", default=(), example=["active"]
    )
    values: dict[str, str | ListValue] = item(
        "Fixed values: id to label.", default={}, example={"1": "Prospect", "2": {"label": "Lost", "active": False}}
    )
    harvest: bool = item("Whether the values are learnt from records, because no request lists them.", default=False)
    pos: Position = NOWHERE


@spec
class Field:
    """One field of a resource."""

    __shorthand__ = "type"

    type: FieldType = item("What it holds.", default="text")
    label: str | None = item("The vendor's label.", default=None, example="Company name")
    form: str | None = item(
        "How the wire holds it; none: the connector's form for this type.", default=None, example="dmy"
    )
    length: int | None = item("The longest text, counted in `unit`.", default=None, example=80)
    unit: Literal["characters", "bytes"] = item(
        "What `length` counts: characters, or bytes of UTF-8.", default="characters"
    )
    required: bool = item("Whether a create needs it.", default=False)
    readonly: bool = item("Whether the vendor alone writes it.", default=False)
    write_once: bool = item("Whether it can be written on create only.", default=False)
    list: str | None = item(
        "The list that it takes its values from; of a type other than list and set it holds the ids as they are.",
        default=None,
        example="statuses",
    )
    holds: Literal["id", "label", "code"] = item("What of a list value stands on the wire.", default="id")
    ref: str | None = item("The resource that it refers to.", default=None, example="accounts")
    names: str | None = item(
        "ref: the member of the record referred to that is written in place of its key; an expression may come to "
        "nothing.",
        default=None,
        example="external_id",
    )
    read: str | None = item("The path on read, where it differs from the name.", default=None, example="Status.Code")
    alias: str | None = item(
        "Another name under which an answer may show it, beside the same members.", default=None, example="countrycode"
    )
    write: str | None = item("The path on write, where it differs from the name.", default=None, example="StatusCode")
    create: str | None = item(
        "The path on create, where it differs from that on write.", default=None, example="type.id"
    )
    sends: Literal["text"] | None = item("What a write takes, where a read shows something else.", default=None)
    clear: Literal["null", "empty", "zero", "omit"] | None = item(
        "What empties it; none: as the wire says.", default=None
    )
    like: str | None = item(
        "A part of `common` with fields, each of which stands below this one; what is said beside is said of each.",
        default=None,
        example="address",
    )
    search: str | None = item("The query parameter of `find` that searches by it.", default=None, example="name")
    pos: Position = NOWHERE


@spec
class Container:
    """A place with fields that the vendor's users make: custom fields and tags."""

    codec: str = item(
        "How it stands on the wire: `pairs`, `groups`, `ids`, `per_record`, or one that is installed.", example="pairs"
    )
    key: tuple[str, ...] = item(
        "The member that names the field; the first is written, per_record: the first found is read.",
        default=(),
        example=["FieldId"],
    )
    value: str | None = item("pairs, groups: the member with the value.", default=None, example="Value")
    values: dict[FieldType, str] = item(
        "pairs: the member with the value where it depends on the field's type.",
        default={},
        example={"text": "text", "number": "number", "flag": "yes_no"},
    )
    label_suffix: str | None = item(
        "pairs: suffix of the second entry that holds a list value's label.", default=None, example="_label"
    )
    extra: dict[str, Any] = item("groups: members written beside.", default={}, example={"Source": "api"})
    list: str | None = item("ids: the list that ids and names are learnt into.", default=None, example="tags")
    removes: str | None = item(
        "groups: the operation that removes values, where a write only adds.", default=None, example="untag"
    )
    adds_only: bool = item(
        "Whether a write only adds values, and no call takes any away: what was to go is told, and set aside.",
        default=False,
    )
    drops: bool = item(
        "groups: whether the vendor passes over values that it does not know without a word: the record is read after "
        "each write of some, and those that it lacks count as refused.",
        default=False,
    )
    reads: str | None = item(
        "per_record: the operation that reads the values of one record.", default=None, example="get_values"
    )
    writes: str | None = item(
        "per_record: the operation that writes one value of one record.", default=None, example="put_value"
    )
    filter: dict[str, Any] = item(
        "per_record: query parameters by which `list` gives the records that hold one `option` of the choice `field`; "
        "one that comes to nothing switches it off.",
        default={},
        example={"field": "{{ field }}", "value": "{{ option.label }}"},
    )
    definitions: str | None = item("The operation that lists the definitions.", default=None, example="custom_fields")
    with_: dict[str, Any] = item(
        "Further arguments of the operations named here.", default={}, example={"kind": "account"}
    )
    describe: dict[str, str] = item(
        "definitions: paths of `id`, `label`, `type`, `readonly` and `options` in a definition, where unusual.",
        default={},
        example={"id": "guid", "label": "name"},
    )
    types: dict[str, FieldType] = item(
        "definitions: the vendor's words for types, and ours.", default={}, example={"DATE": "date", "BOOL": "flag"}
    )
    form: dict[str, str] = item("Form by type, inside this container.", default={}, example={"date": "dmy"})
    type: FieldType = item("Type of a field that the catalogue does not know.", default="text")
    pos: Position = NOWHERE


@spec
class OwnFields:
    """The fields that the vendor's users make and that stand among a record's others; `mapper discover` learns them."""

    __shorthand__ = "definitions"

    definitions: str = item(
        "The operation that lists them; what this file declares is passed over.", example="custom_fields"
    )
    with_: dict[str, Any] = item("Further arguments of the operation.", default={}, example={"kind": "account"})
    describe: dict[str, str] = item(
        "Paths of `id` (the member of the record), `label`, `type`, `readonly` and `options`, where unusual.",
        default={},
        example={"id": "name", "options": "choices"},
    )
    types: dict[str, FieldType] = item(
        "The vendor's words for types, and ours.", default={}, example={"DATE": "date", "BOOL": "flag"}
    )
    type: FieldType = item("What a field holds whose type is none of these.", default="text")
    pos: Position = NOWHERE


@spec
class Changes:
    """The cheapest way to learn what changed."""

    by: str = item(
        "`filter` (ask for changes since), `sorted` (newest first, stop) or `walk`; may be an expression.",
        example="filter",
    )
    stamp: str | None = item("The field that moves with every change.", default=None, example="updated_at")
    reverse: dict[str, Any] = item(
        "sorted: query parameters by which `changed` gives the oldest first; with them the order counts only if it is "
        "seen to turn round.",
        default={},
        example={"order": "updated_at"},
    )
    overlap: float = item("Seconds to look back beyond the cursor; at least one second always.", default=0.0)
    keeps: str | None = item(
        "How far back the vendor can tell of changes; after a longer pause all is read. None: for ever.",
        default=None,
        example="30 days",
    )
    since: str = item(
        "Form of `since`, the cursor: `epoch`, `wall`, `iso`, `epoch_ms`, `msdate`, or a pattern with %.",
        default="epoch",
        example="%Y%m%dT%H%M%S%z",
    )
    pos: Position = NOWHERE


@spec
class Resource:
    """A kind of record at the vendor."""

    label: str | None = item("The vendor's word for it.", default=None, example="Account")
    about: str | None = item("What it is.", default=None, example="Companies, customers and suppliers alike.")
    like: tuple[str, ...] = item(
        "The parts of `common` over which this is laid, table by table; a later one over an earlier one.",
        default=(),
        example=["paged"],
    )
    key: str = item("The field that identifies a record.", example="id")
    stamp_key: str | None = item(
        "The field for another system's key: a create is stamped with its origin.", default=None, example="external_id"
    )
    url: str | None = item(
        "Address of a record for people.", default=None, example="https://app.example.com/accounts/{{ key }}"
    )
    changes: Changes = item("How changes are learnt.", default=lambda: Changes(by="walk"))
    complete: tuple[str, ...] = item(
        "Members that an update replaces whole: read first, sent complete.", default=(), example=["address"]
    )
    removed: str | None = item(
        "An expression that is true for a record that counts as deleted.", default=None, example="{{ deleted }}"
    )
    absorbed: str | None = item(
        "An expression: the keys of the records that the vendor has merged into this one.",
        default=None,
        example="{{ merged_ids }}",
    )
    deactivate: dict[str, Any] = item(
        "What an update writes to retire a record, as native values by member.", default={}, example={"active": 0}
    )
    told: bool = item(
        "Whether the vendor shows its records in webhooks only: what was last told of each is kept by who maps it, and "
        "stands in for a list.",
        default=False,
    )
    fields: dict[str, Field] = item("Its fields, by path.")
    containers: dict[str, Container] = item("Custom fields and tags, by the member that holds them.", default={})
    own_fields: OwnFields | None = item("The users' own fields among them, and who lists these.", default=None)
    operations: dict[str, Operation] = item(
        "list, changed, get, find, create, update, upsert, and named actions.", default={}
    )
    write_order: str | None = item(
        "An expression over a new record, a whole number: those with 0 are created before all others, and so on.",
        default=None,
        example="{{ 1 if parent else 0 }}",
    )
    write_defaults: dict[str, Any] = item(
        "Members sent with a create where the mapping gives none.", default={}, example={"type": "company"}
    )
    pos: Position = NOWHERE


@spec
class Wire:
    """How values stand on the wire, unless a field says otherwise."""

    timezone: str = item("Time zone of clock times without one.", default="UTC")
    forms: dict[str, str] = item("Form by type.", default={}, example={"date": "iso", "flag": "int"})
    clear: Literal["null", "empty", "zero", "omit"] = item(
        "What empties a field; `zero`: 0 what is counted or chosen, the empty text all else.", default="null"
    )
    content: str = item("The media type that an answer must have.", default="json")
    pos: Position = NOWHERE


@spec
class Connector:
    """A connector file."""

    connector: str = item("The vendor's short name.", example="crm")
    extends: str | None = item(
        "The connector, by name or file, over which this file is laid; only the two together have to be whole.",
        default=None,
        example="crm",
    )
    about: str = item("What system it is.", example="The CRM of the sales people.")
    documents: str | None = item("Where the facts come from.", default=None, example="https://docs.example.com/api")
    settings: dict[str, Setting] = item("What a connection is told.")
    auth: tuple[Auth, ...] = item("The ways of signing in.")
    headers: dict[str, str] = item("Headers of every call.", default={}, example={"Accept": "application/json"})
    limits: Limits = item("How hard the vendor may be asked.", default=Limits)
    retry: Retry = item("What is tried again.", default=Retry)
    errors: tuple[ErrorRule, ...] = item("Answers that mean an error.", default=())
    message: str | None = item("Where an error's words stand in the `body`.", default=None, example="{{ body.error }}")
    wire: Wire = item("How values stand on the wire.", default=Wire)
    assumptions: dict[str, Assumption] = item("Points that the documents leave open.", default={})
    lists: dict[str, ListSource] = item("Where list values come from.", default={})
    common: dict[str, Any] = item(
        "What several resources, operations or webhooks share, by name: parts, which those that are `like` them hold "
        "as their own.",
        default={},
        example={"paged": {"operations": {"list": {"page": {"style": "offset"}}}}},
    )
    resources: dict[str, Resource] = item("The kinds of records.")
    actions: dict[str, Operation] = item("Operations that belong to no resource.", default={})
    webhooks: dict[str, Hook] = item("What the vendor tells by itself, or asks.", default={})
    pos: Position = NOWHERE
