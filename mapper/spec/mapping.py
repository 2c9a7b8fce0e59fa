"""What a mapping file says: one row per field, one column per system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from mapper.errors import Position
from mapper.spec.project import CustomField
from mapper.spec.schema import item, position

CanonicalType = Literal[
    "text", "number", "decimal", "flag", "date", "datetime", "email", "phone", "country", "language", "currency",
    "siret", "siren", "vat", "url", "choice", "set", "ref",
]  # fmt: skip
Otherwise = Literal["quarantine", "skip", "null", "error"]
Policy = Literal["always", "if empty", "on create", "never clear"]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One system's column."""

    __shorthand__ = "resource"

    resource: str = item("The connector's resource.", example="accounts")
    connection: str | None = item("The connection; none: the side's own name.", default=None)
    role: Literal["both", "source", "target"] = item("Whether it is read from, written to, or both.", default="both")
    where: str | None = item("An expression over the native record: others are left alone.", default=None)
    accepts: str | None = item("An expression over the canonical record: others are not created here.", default=None)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How one side holds a field: a path, and what differs from its plain copy."""

    __shorthand__ = "path"

    path: str | None = item("The field's path in the native record.", default=None)
    read: tuple[str, ...] = item("Transforms after reading, or one expression over the native record.", default=())
    write: tuple[str, ...] = item("Transforms before writing, or one expression over the canonical record.", default=())
    form: str | None = item("How the side holds the value; none: as its connector says.", default=None)
    language: str | None = item("Language of names (of countries, languages).", default=None)
    when: str | None = item(
        "An expression over the canonical record: the cell is written only if it is true.", default=None
    )
    default: Any = item("Written on create where the canonical value is missing.", default=None)
    policy: Policy | None = item("When the cell may be written; none: as the row says.", default=None)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: a canonical field and its cells. The sides' names are keys of the row."""

    type: CanonicalType = item("What stands in the middle.", default="text")
    about: str | None = item("What it means.", default=None)
    entity: str | None = item("ref: the entity referred to.", default=None)
    direction: str | None = item("`side -> others`; none: every way that the sides' roles allow.", default=None)
    conflict: str | None = item(
        "`newest`, a side's name, or `quarantine`, when several sides changed it.", default=None
    )
    required: bool = item("Whether a record without it is quarantined.", default=False)
    default: Any = item("The canonical value where a side has none.", default=None)
    otherwise: Otherwise | None = item("What happens to a value that does not fit.", default=None)
    when: str | None = item(
        "An expression over the canonical record: the row is written only if it is true.", default=None
    )
    policy: Policy | None = item("When its cells may be written.", default=None)
    values: Any = item("`by label`, or a table: canonical value to {side: label, code or id}.", default=None)
    cells: dict[str, Cell] = item("The cells, by side.", default={})
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A test of the mapping: native records given, native records expected."""

    about: str | None = item("What it shows.", default=None)
    given: dict[str, Any] = item("One side and its native record.")
    expect: dict[str, Any] = item("Sides and what they are written, or `canonical`; or `error` with its text.")
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A mapping file."""

    entity: str = item("The kind of thing that is kept alike.", example="company")
    about: str = item("What the mapping does.")
    sides: dict[str, Side] = item("The columns.")
    match: tuple[Any, ...] = item(
        "Rules, tried in order: fields whose values are equal on one record only.", default=()
    )
    direction: str | None = item("Direction of rows that give none.", default=None)
    conflict: str = item("Conflict rule of rows that give none.", default="quarantine")
    otherwise: Otherwise = item(
        "What happens to values that do not fit, in rows that do not say.", default="quarantine"
    )
    policy: Policy = item("When cells may be written, in rows that do not say.", default="always")
    fields: dict[str, Row] = item("The rows.")
    tests: tuple[Case, ...] = item("The mapping's own tests.", default=())
    lists: dict[str, dict[str, dict[str, str]]] = item(
        "List values that the tests use: connection, list, id to label.", default={}
    )
    custom: dict[str, dict[str, dict[str, CustomField]]] = item(
        "Custom fields that the tests use: connection, `resource.container`, name to field.", default={}
    )
    pos: Position = position()
