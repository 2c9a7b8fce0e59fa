"""What one call of a vendor's API is: where it goes, what may be said in it, and how its answer is read."""

from __future__ import annotations

from typing import Any, Literal

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec
from mapper.spec.example import Example
from mapper.spec.flow import ErrorRule, Step

ParamType = Literal["text", "number", "decimal", "flag", "date", "datetime", "object", "any"]


@spec
class Page:
    """How a list is cut into pages."""

    style: Literal["offset", "page", "next", "none"] = item(
        "`offset` counts records, `page` counts pages, with `next` each page names the one after it.", default="none"
    )
    start: str = item("The parameter of the offset, the page number or the token.", default="offset")
    size: str = item("The parameter of the page's size; empty: there is none.", default="limit")
    per: int = item("Records on a page: the most that the vendor allows.", default=100)
    first: int = item("Number of the first page or record.", default=0)
    total: str | None = item("Path of the total number of records in the answer.", default=None, example="total")
    pages: str | None = item("Path of the number of pages in the answer.", default=None, example="paging.pages")
    next: str | None = item(
        "next: path of the next page's token or address in the answer; nothing there: the last page.",
        default=None,
        example="paging.next",
    )
    carries: dict[str, str] = item(
        "offset, page: parameters of all pages but the first, by the place of their value in the answer before.",
        default={},
        example={"queryId": "paging.queryId"},
    )
    link: bool = item("next: whether the next page's address stands in the header Link, as rel=next.", default=False)
    unwrap: bool = item("Whether the page may stand in an array of one.", default=False)
    pos: Position = NOWHERE


@spec
class Batch:
    """Several records in one request."""

    max: int = item("The most records in one request.", example=100)
    keys: str = item("Path of the keys in the answer, in the order of the request.", example="results.id")
    pos: Position = NOWHERE


@spec
class Mask:
    """How an answer is asked to hold no more than the members that are wanted."""

    header: str = item("The header that says so.", example="X-Fields")
    text: str = item(
        "What stands in it; `fields` are the wanted members of a record, as in `id,address{city}`.",
        example="{{ 'items{' ~ fields ~ '}' }}",
    )
    pos: Position = NOWHERE


@spec
class Param:
    """One parameter of an operation, by the name under which a call by hand gives it."""

    __shorthand__ = "type"

    type: ParamType = item("What it holds; a `number` is a whole one.", default="text")
    in_: Literal["path", "query", "header", "body", "form"] | None = item(
        "Where it stands; none: in the path if it is named there, else in the body of a write, in the query of a read.",
        default=None,
    )
    name: str | None = item("Its name on the wire, where that is another.", default=None, example="accountId")
    many: bool = item("Whether it holds several values; a query repeats its name.", default=False)
    join: str | None = item("many: what stands between the values of one text.", default=None, example=",")
    required: bool = item("Whether a call must give it.", default=False)
    nullable: bool = item("Whether it may be null.", default=False)
    default: str | None = item(
        "What the vendor takes where it is not given; of a required one, what is sent then.", default=None, example="1"
    )
    choices: tuple[str, ...] = item("The values that are allowed.", default=(), example=["name_asc", "name_desc"])
    form: Literal["iso", "dmy", "epoch", "msdate"] | None = item(
        "date: how it is sent; none: as it was given.", default=None, example="dmy"
    )
    most: int | None = item("The largest number that is allowed.", default=None, example=50)
    about: str | None = item("What it means.", default=None, example="Use % as a wildcard.")
    pos: Position = NOWHERE


@spec
class Operation:
    """One call of the API."""

    about: str | None = item("What it does.", default=None, example="Searches by name.")
    like: tuple[str, ...] = item(
        "The parts of `common` over which this is laid, table by table; a later one over an earlier one. Error rules "
        "of parts come after its own.",
        default=(),
        example=["refused"],
    )
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = item("The HTTP verb.", default="GET")
    path: str = item(
        "Path below base_url; `{{ key }}` and other arguments are filled in. A flow has none.",
        default="",
        example="accounts/{{ key }}",
    )
    query: dict[str, Any] = item("Query parameters; one without value is left out.", default={}, example={"limit": 100})
    headers: dict[str, str] = item("Further headers.", default={}, example={"Accept-Language": "en"})
    params: dict[str, Param] = item(
        "Its parameters: a call by hand is checked against them before anything is sent, and may give no others. One "
        "that an expression of the operation looks at goes there, and nowhere else.",
        default={},
        example={"active": {"type": "number", "choices": [0, 1]}},
    )
    deprecated: str | None = item(
        "Why it is not to be used any more, and what is in its place.", default=None, example="Use accounts.types."
    )
    unfinished: str | None = item("Why it cannot be relied on yet.", default=None, example="The vendor says so.")
    body: Any = item(
        "The body; none: the record itself, where there is one.", default=None, example={"data": "{{ record }}"}
    )
    media: str | None = item(
        "The media type of an answer that is a file: a call by hand gets its text, or `type` and `base64`.",
        default=None,
        example="application/pdf",
    )
    items: str | None = item("Path of the records in the answer.", default=None, example="data")
    page: Page | None = item("How the answer is paged.", default=None)
    mask: Mask | None = item("How the answer can be cut down.", default=None)
    record: str | None = item(
        "Path of the record in the answer, or an expression over its `body`.", default=None, example="data"
    )
    key: str | None = item("Path of the record's key in the answer.", default=None, example="data.id")
    batch: Batch | None = item("Several records at once.", default=None)
    all: str | None = item(
        "Lists: an expression that is true where every record is shown, none being cut by rights or by the query. Only "
        "then a record that it lacks may be gone.",
        default=None,
        example="{{ assume.rights == 'all' }}",
    )
    found_by: dict[str, str] = item(
        "Updates: members by which the vendor finds the record, where its key will not do, and the word for each in "
        "`{{ found_by }}`. The first that the record has is read before, and sent along unchanged.",
        default={},
        example={"email": "email"},
    )
    whole: str | None = item(
        "Updates: an expression that is true where the vendor empties what an update does not name: the record is then "
        "read before, and sent whole.",
        default=None,
        example="{{ assume.updates == 'replace' }}",
    )
    repeatable: bool = item("Whether a second sending does no harm; reads, and updates of named fields.", default=False)
    reads: bool | None = item("Whether it changes nothing; none: as its verb says.", default=None, example=True)
    missing_is_empty: bool = item("Whether `not found` means that there is nothing.", default=False)
    errors: tuple[ErrorRule, ...] = item(
        "Answers that mean an error here; looked at before those of the connector.", default=()
    )
    steps: tuple[Step, ...] = item(
        "The steps of a flow, which is several calls under one name; its expressions see the parameters, `now` (Unix "
        "seconds) and what the steps before have answered.",
        default=(),
    )
    examples: tuple[Example, ...] = item("Examples, which `mapper test` runs.", default=())
    result: Any = item(
        "What a flow comes to; none: the answer to its last call.", default=None, example={"account": "{{ made.id }}"}
    )
    pos: Position = NOWHERE

    @property
    def changes(self) -> bool:
        """Whether it may change something at the vendor."""
        return self.method != "GET" if self.reads is None else not self.reads
