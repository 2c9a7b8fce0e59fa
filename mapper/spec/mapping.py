"""What a mapping file says: one row per field, one column per system."""

from __future__ import annotations

from typing import Any, Literal

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec
from mapper.spec.connector import ListValue
from mapper.spec.project import CustomField
from mapper.spec.shared import Function
from mapper.spec.situations import Situations

CanonicalType = Literal[
    "text", "number", "decimal", "flag", "date", "datetime", "email", "phone", "country", "language", "currency",
    "siret", "siren", "vat", "iban", "url", "money", "duration", "person", "address", "choice", "set", "ref",
]  # fmt: skip
Otherwise = Literal["quarantine", "skip", "null", "error"]
RowOtherwise = Literal["quarantine", "skip", "null", "error", "default"]
Policy = Literal["always", "if empty", "on create", "never clear"]


@spec
class Side:
    """One system's column."""

    __shorthand__ = "resource"

    resource: str = item("The connector's resource.", example="accounts")
    connection: str | None = item("The connection; none: the side's own name.", default=None, example="crm_france")
    role: Literal["both", "source", "target"] = item("Whether it is read from, written to, or both.", default="both")
    where: str | None = item(
        "An expression over the native record: others are left alone.", default=None, example="{{ active == 1 }}"
    )
    accepts: str | None = item(
        "An expression over the canonical record: others are not created here.", default=None, example="{{ siret }}"
    )
    pos: Position = NOWHERE


@spec
class Cell:
    """How one side holds a field: a path, and what differs from its plain copy."""

    __shorthand__ = "path"

    path: str | None = item("The field's path in the native record.", default=None, example="Address.ZipCode")
    read: tuple[str, ...] = item(
        "Transforms after reading, or one expression over the native record.", default=(), example=["trim", "lower"]
    )
    write: tuple[str, ...] = item(
        "Transforms before writing, or one expression over the canonical record.",
        default=(),
        example="{{ first_name ~ ' ' ~ last_name }}",
    )
    form: tuple[str, ...] = item(
        "How the side holds the value; of several, the first is written and all are read. None: as its connector says.",
        default=(),
        example=["iso", "%d/%m/%Y"],
    )
    language: str | None = item("Language of names (of countries, languages).", default=None, example="sv")
    currency: str | None = item("money: the currency of amounts that name none.", default=None, example="SEK")
    parts: dict[str, Cell] = item(
        "person, address: the canonical part, and its cell below `path`; without `path`, in the record.",
        default={},
        example={"street": "Street", "zip": "ZipCode"},
    )
    keys: str | None = item(
        "ref: the side whose keys stand here (an external key); none: this side's own.", default=None, example="erp"
    )
    when: str | None = item(
        "An expression over the canonical record: the cell is written only if it is true.",
        default=None,
        example="{{ country == 'FR' }}",
    )
    default: Any = item("Written on create where the canonical value is missing.", default=None, example="FR")
    policy: Policy | None = item("When the cell may be written; none: as the row says.", default=None)
    pos: Position = NOWHERE


@spec
class Row:
    """One row: a canonical field and its cells. The sides' names are keys of the row."""

    type: CanonicalType = item("What stands in the middle.", default="text")
    about: str | None = item("What it means.", default=None, example="The number that invoices bear.")
    entity: str | None = item("ref: the entity referred to.", default=None, example="company")
    direction: str | None = item(
        "`side -> others`; none: every way that the sides' roles allow.", default=None, example="crm -> others"
    )
    conflict: str | None = item(
        "`newest`, a side's name, or `quarantine`, when several sides changed it.", default=None, example="newest"
    )
    required: bool = item("Whether a record without it is quarantined.", default=False)
    default: Any = item("The canonical value where a side has none.", default=None, example="prospect")
    otherwise: RowOtherwise | None = item(
        "What happens to a value that does not fit; `default`: the row's default is taken.", default=None
    )
    when: str | None = item(
        "An expression over the canonical record: the row is written only if it is true.",
        default=None,
        example="{{ country == 'FR' }}",
    )
    policy: Policy | None = item("When its cells may be written.", default=None)
    values: Any = item(
        "`by label`, the name of a table, a CSV file, or a table: canonical value to {side: label, code or id}.",
        default=None,
        example={"client": {"crm": "CLI", "erp": ["Client", "Partner"]}},
    )
    cells: dict[str, Cell] = item("The cells, by side.", default={})
    pos: Position = NOWHERE


@spec
class Condition:
    """Which records the mapping looks at, and the words for the others."""

    __shorthand__ = "only"

    only: str = item("An expression over the canonical record: others are left alone.", example="{{ siret }}")
    because: str | None = item(
        "The words that others are counted under; none: the expression.", default=None, example="it has no SIRET"
    )
    pos: Position = NOWHERE


@spec
class Case:
    """A test of the mapping: native records given, native records expected."""

    about: str | None = item("What it shows.", default=None, example="A name is trimmed.")
    given: dict[str, Any] = item("One side and its native record.", example={"crm": {"Label": " ACME "}})
    expect: dict[str, Any] = item(
        "Sides and what they are written, or `canonical`; or `error` with its text.", example={"erp": {"name1": "ACME"}}
    )
    pos: Position = NOWHERE


@spec
class Expect:
    """What a run is expected to find; what is otherwise is told before anything is written."""

    read: Literal["some"] | None = item("Whether a side that is read whole must give any record.", default=None)
    volume: str | None = item(
        "By how much fewer records a side that is read whole may give than in the mean of the last readings.",
        default=None,
        example="30%",
    )
    over: int = item("Of how many readings the mean is taken, at most 50.", default=5)
    unchanged: int | None = item(
        "After how many runs in a row without anything to write it is told.", default=None, example=500
    )
    filled: dict[str, str] = item(
        'By how much the share of records with a value in a field may fall between whole readings; `"*"`: any field.',
        default={},
        example={"email": "20%"},
    )
    stop: tuple[Literal["read", "volume", "unchanged", "filled", "lists"], ...] = item(
        "Which of them stop the run, rather than warn; `lists`: list values and custom fields that changed.",
        default=(),
        example=["read", "volume"],
    )
    pos: Position = NOWHERE


@spec
class Mapping:
    """A mapping file."""

    entity: str = item("The kind of thing that is kept alike.", example="company")
    about: str = item("What the mapping does.", example="Companies, alike in the CRM and the ERP.")
    import_: tuple[str, ...] = item(
        "Files of constants, functions and tables, named from the mapping's folder.",
        default=(),
        example=["shared.yaml"],
    )
    sides: dict[str, Side] = item("The columns.")
    match: tuple[Any, ...] = item(
        "Rules, tried in order: fields whose values are equal on one record only.",
        default=(),
        example=["siret", ["name", "zip"]],
    )
    situations: Situations = item("What happens in each situation.", default=Situations)
    direction: str | None = item("Direction of rows that give none.", default=None, example="crm -> others")
    conflict: str = item("Conflict rule of rows that give none.", default="quarantine")
    otherwise: Otherwise = item(
        "What happens to values that do not fit, in rows that do not say.", default="quarantine"
    )
    policy: Policy = item("When cells may be written, in rows that do not say.", default="always")
    constants: dict[str, Any] = item("Names that every expression knows.", default={}, example={"house": "FR"})
    functions: dict[str, Function] = item("Named transforms, used in chains and expressions.", default={})
    tables: dict[str, dict[str, dict[str, Any]]] = item(
        "Named tables of values, or the CSV files that hold them: canonical value to {side: label, code or id}.",
        default={},
        example={"sectors": "sectors.csv"},
    )
    filter: tuple[Condition, ...] = item(
        "Which records are looked at; every condition must be true.",
        default=(),
        example=[{"only": "{{ siret }}", "because": "it has no SIRET"}],
    )
    fields: dict[str, Row] = item("The rows.")
    expect: Expect | None = item("What a run is expected to find.", default=None, example={"volume": "30%"})
    tests: tuple[Case, ...] = item("The mapping's own tests.", default=())
    cases: tuple[str, ...] = item(
        "Files with more tests: a YAML list, or JSON Lines.", default=(), example=["tests/company.yaml"]
    )
    lists: dict[str, dict[str, dict[str, str | ListValue]]] = item(
        "List values that the tests use: connection, list, id to label.",
        default={},
        example={"erp": {"statuses": {"1": "Prospect", "2": "Client"}}},
    )
    custom: dict[str, dict[str, dict[str, CustomField]]] = item(
        "Custom fields that the tests use: connection, `resource.container`, name to field.", default={}
    )
    pos: Position = NOWHERE
