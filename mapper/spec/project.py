"""What `mapper.yaml` says: the connections, the mappings, the catalogue, the state and the locale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mapper.errors import Position
from mapper.spec.connector import FieldType, Limits
from mapper.spec.schema import item, position


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """One custom field, given a name that mappings use."""

    __shorthand__ = "id"

    id: str = item("The vendor's id of the field.")
    type: FieldType = item("What it holds.", default="text")
    label: str | None = item("The vendor's label.", default=None)
    form: str | None = item("How the wire holds it.", default=None)
    list: str | None = item("The list that it takes its values from.", default=None)
    readonly: bool = item("Whether the vendor alone writes it.", default=False)
    options: dict[str, str] = item("Its values: id to label.", default={})
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Custom fields and list values of one connection; `mapper discover` writes the file of the same name."""

    fields: dict[str, dict[str, CustomField]] = item("By `resource.container`, then by name.", default={})
    lists: dict[str, dict[str, Any]] = item("By list, then id to label.", default={})
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class ConnectionSpec:
    """One account at a vendor."""

    connector: str = item("A shipped connector's name, or the path of a connector file.")
    settings: dict[str, str] = item("The connector's settings; secrets as `${NAME}` or `${file:path}`.", default={})
    assume: dict[str, str] = item("Answers to the connector's assumptions.", default={})
    limits: Limits = item("Limits of this account.", default=Limits)
    allow_http: tuple[str, ...] = item("Hosts that may be called without encryption.", default=())
    override: dict[str, Any] = item("Anything of the connector file that is otherwise here.", default={})
    catalogue: Catalogue = item("Custom fields and list values.", default=Catalogue)
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class Locale:
    """What is assumed of values that do not say."""

    country: str = item("Country of phone numbers without a prefix.", default="FR")
    language: str = item("Language of names of countries and languages.", default="fr")
    pos: Position = position()


@dataclass(frozen=True, kw_only=True)
class ProjectSpec:
    """A project file."""

    connections: dict[str, ConnectionSpec] = item("The accounts.")
    mappings: tuple[str, ...] = item("The mapping files, in the order in which they run.", default=())
    state: str = item("Where links and runs are kept: a database URL.", default="sqlite:///mapper.db")
    locale: Locale = item("What is assumed of values that do not say.", default=Locale)
    pos: Position = position()
