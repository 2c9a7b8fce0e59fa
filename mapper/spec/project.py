"""What `mapper.yaml` says: the connections, the mappings, the catalogue, the state and the locale."""

from __future__ import annotations

from typing import Any, Literal

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec
from mapper.spec.connector import FieldType, Limits, ListValue
from mapper.spec.hooks import Door, Reply


@spec
class CustomField:
    """One custom field, given a name that mappings use."""

    __shorthand__ = "id"

    id: str = item("The vendor's id of the field.", example="4711")
    type: FieldType = item("What it holds.", default="text")
    label: str | None = item("The vendor's label.", default=None, example="Sector")
    form: str | None = item("How the wire holds it.", default=None, example="dmy")
    list: str | None = item("The list that it takes its values from.", default=None, example="sectors")
    readonly: bool = item("Whether the vendor alone writes it.", default=False)
    options: dict[str, str] = item("Its values: id to label.", default={}, example={"1": "Energy", "2": "Health"})
    pos: Position = NOWHERE


@spec
class Catalogue:
    """Custom fields and list values of one connection; `mapper discover` writes the file of the same name."""

    fields: dict[str, dict[str, CustomField]] = item(
        "By `resource.container`, or by `resource` where they stand among its own; then by name.", default={}
    )
    lists: dict[str, dict[str, str | ListValue]] = item(
        "By list, then id to label.",
        default={},
        example={"statuses": {"1": "Prospect", "2": {"label": "Lost", "active": False}}},
    )
    pos: Position = NOWHERE


@spec
class ConnectionSpec:
    """One account at a vendor."""

    connector: str = item("A shipped connector's name, or the path of a connector file.", example="connectors/crm.yaml")
    settings: dict[str, str] = item(
        "The connector's settings; secrets as `${NAME}` or `${file:path}`.",
        default={},
        example={"base_url": "https://crm.example.com", "api_key": "${CRM_KEY}"},
    )
    assume: dict[str, str] = item("Answers to the connector's assumptions.", default={}, example={"updates": "merge"})
    limits: Limits = item("Limits of this account.", default=Limits)
    tolerance: str | None = item(
        "`newest`: by how much this account's clock may be wrong. None: the `overlap` of its connector.",
        default=None,
        example="2m",
    )
    full_every: str = item(
        "How often a side is read whole although its vendor tells of changes; 0: never by itself.",
        default="24h",
        example="7 days",
    )
    allow_http: tuple[str, ...] = item(
        "Hosts that may be called without encryption.", default=(), example=["localhost"]
    )
    override: dict[str, Any] = item(
        "Anything of the connector file that is otherwise here.", default={}, example={"limits": {"per_second": 1}}
    )
    catalogue: Catalogue = item("Custom fields and list values.", default=Catalogue)
    replies: dict[str, Reply] = item("Answers to what the vendor asks, by the connector's webhook.", default={})
    pos: Position = NOWHERE


@spec
class Locale:
    """What is assumed of values that do not say."""

    country: str = item("Country of phone numbers without a prefix.", default="FR")
    language: str = item("Language of names of countries and languages.", default="fr")
    currency: str = item("Currency of amounts that name none.", default="EUR")
    pos: Position = NOWHERE


@spec
class Guards:
    """What a run may do at most; one that would do more stops before it has written anything."""

    creates: str | None = item(
        "Most records that a run may create on a side: a number, or a share of those that are linked.",
        default=None,
        example="200",
    )
    updates: str | None = item("Most records that a run may update on a side.", default=None, example="25%")
    deletes: str = item("Most records that a run may delete or deactivate on a side.", default="20", example="5%")
    shrink: str = item(
        "By how much a side that is read whole may be smaller than what is linked of it.", default="50%", example="20%"
    )
    canary: dict[str, dict[str, str]] = item(
        "By entity and side, the key of a record that must be there, and be the same thing, whenever a run begins.",
        default={},
        example={"company": {"crm": "4711"}},
    )
    pos: Position = NOWHERE


@spec
class Alerts:
    """Who is told, once, when a mapping is not well any more, or is well again."""

    command: tuple[str, ...] = item(
        "A program and its arguments, run from the project's folder; it gets the alert as JSON on its input.",
        default=(),
        example=["/usr/local/bin/tell", "--team", "crm"],
    )
    url: str | None = item(
        "An address that the alert is sent to, by POST as JSON; a secret one as `${NAME}`.",
        default=None,
        example="${ALERT_URL}",
    )
    headers: dict[str, str] = item(
        "Headers sent along; secrets as `${NAME}`.", default={}, example={"Authorization": "Bearer ${ALERT_TOKEN}"}
    )
    titles: bool = item(
        "Whether the alert names records and quotes reasons: personal data, which then leaves this machine.",
        default=False,
    )
    allow_http: tuple[str, ...] = item(
        "Hosts that may be called without encryption.", default=(), example=["alerts.internal"]
    )
    pos: Position = NOWHERE


@spec
class ProjectSpec:
    """A project file."""

    connections: dict[str, ConnectionSpec] = item("The accounts.")
    mappings: tuple[str, ...] = item(
        "The mapping files, in the order in which they run.", default=(), example=["company", "person"]
    )
    state: str = item(
        "Where links and runs are kept: a database URL, in which a password stands as `${NAME}` or `${file:path}`.",
        default="sqlite:///mapper.db",
    )
    old_values: Literal["kept", "asked"] = item(
        "Where the values before a write are from: the state, which keeps the last agreed values of each record, or "
        "the vendor, who is asked for each record that is to be updated and was not read.",
        default="kept",
    )
    state_key: str | None = item(
        "What encrypts the values in the state: 32 random bytes in base64, as `${NAME}` or `${file:path}`.",
        default=None,
        example="${MAPPER_STATE_KEY}",
    )
    retention: int = item(
        "For how many days after a run the values that it wrote and read are kept; what is owed or set aside stays.",
        default=90,
        example=30,
    )
    serve: Door = item("The door for what vendors tell by themselves.", default=Door)
    locale: Locale = item("What is assumed of values that do not say.", default=Locale)
    guards: Guards = item("What a run may do at most.", default=Guards)
    alerts: Alerts = item("Who is told when something is not well.", default=Alerts)
    pos: Position = NOWHERE
