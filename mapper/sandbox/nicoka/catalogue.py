"""The fields, drop-down lists and samples of the account, read from the JSON files beside the sandboxes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal

Row = dict[str, Any]

#: what the API's user does not see when the switch `rights` says `some`
_BEYOND_RIGHTS = frozenset(
    [
        *("email", "email2", "comments", "description", "birth_date"),
        *("iban", "swift", "bank_name", "bank_account_owner", "credit_limit"),
    ]
)

#: labels of drop-down lists as an account in English has them
ENGLISH = {
    "Client": "Customer",
    "Fournisseur": "Supplier",
    "Bâtiment": "Construction",
    "Energie": "Energy",
    "Santé": "Health",
    "Cuisine": "Kitchen",
    "Bricolage": "Handicraft",
}

Kind = Literal["raw", "int", "text", "double", "decimal", "date", "datetime", "boolean", "choice", "reference", "multi"]


@dataclass(frozen=True)
class Field:
    """One field of a resource; `declared` and `label` are empty where the documents do not name it."""

    name: str
    kind: Kind
    declared: str = ""
    label: str = ""
    list: str = ""
    reference: str = ""
    length: int | None = None
    default: Any = None
    read_only: bool = False
    #: list: in every answer · get: in the answers about one record · none: documented, yet in no answer
    shown: Literal["list", "get", "none"] = "list"
    picks: tuple[str, ...] = ()
    custom: bool = False


@dataclass(frozen=True)
class Resource:
    """One resource: its fields in the order of the answers, and how the vendor speaks of it."""

    name: str
    noun: str
    #: the second name of the id
    id_name: str
    fields: Mapping[str, Field]
    #: the fields that the vendor's example of a creation sends
    example: tuple[str, ...] = ()
    first_id: int = 1
    #: the fields that the switch `duplicates` holds to be unique
    unique: tuple[str, ...] = ()
    feminine: bool = False

    def agrees(self, verb: str) -> str:
        """A participle as the noun wants it: `ajouté`, or `ajoutée`."""
        return f"{verb}e" if self.feminine else verb

    @cached_property
    def multi(self) -> tuple[str, ...]:
        """The fields that hold several values."""
        return tuple(field.name for field in self.fields.values() if field.kind == "multi" and field.shown == "list")

    @cached_property
    def custom(self) -> tuple[str, ...]:
        """The tenant's own fields."""
        return tuple(field.name for field in self.fields.values() if field.custom)

    def unseen(self, switches: Mapping[str, str], *, person: bool = False) -> frozenset[str]:
        """The fields that are not there for whoever asks: switched off, or beyond the rights of the API's user."""
        off = frozenset(() if switches["custom_fields"] == "some" else self.custom)
        return off if person or switches["rights"] == "all" else off | _BEYOND_RIGHTS

    def open_field(self, name: str, unseen: frozenset[str]) -> Field | None:
        """The field with this name, if the answers show it."""
        field = self.fields.get(name)
        return None if field is None or field.shown != "list" or name in unseen else field

    def blank(self) -> Row:
        """A record as it is created when nothing is sent."""
        return {field.name: field.default for field in self.fields.values() if field.shown == "list"}


def read(name: str) -> Any:
    """The content of one data file."""
    path = resources.files("mapper.sandbox").joinpath("data", "nicoka", f"{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def load_others() -> tuple[dict[str, Resource], dict[str, Row]]:
    """The resources beside the CRM's four, and what the file says of each."""
    facts: dict[str, Row] = read("others")
    found = {
        name: Resource(
            name=name,
            noun=about["noun"],
            id_name=about["key"],
            fields={
                field: Field(name=field, kind=kind, read_only=kind == "raw" or field == about["key"])
                for field, kind in about["fields"].items()
            },
            example=tuple(about.get("example", ())),
            feminine=about.get("feminine", False),
        )
        for name, about in facts.items()
    }
    return found, facts


@cache
def load_crm() -> dict[str, Resource]:
    """The four resources of the CRM, by their plural name."""
    custom = read("custom_fields")

    def declared(name: str) -> dict[str, Field]:
        own = [Field(**row) for row in read(f"fields_{name}")]
        extra = [Field(custom=True, **{**row, "picks": tuple(row.get("picks", ()))}) for row in custom.get(name, ())]
        return {field.name: field for field in own + extra}

    return {
        "customers": Resource(
            name="customers",
            noun="Compte",
            id_name="customerid",
            fields=declared("customers"),
            example=("name1",),
            first_id=2679,
            unique=("name1", "email", "external_reference"),
        ),
        "contacts": Resource(
            name="contacts",
            noun="Contact",
            id_name="contactid",
            fields=declared("contacts"),
            example=("last_name",),
            first_id=5281,
            unique=("email", "external_reference"),
        ),
        "crmActivities": Resource(
            name="crmActivities",
            noun="Activité",
            id_name="activityid",
            fields=declared("crmActivities"),
            example=("type", "contactid"),
            first_id=2909666,
            unique=("external_reference",),
            feminine=True,
        ),
        "opportunities": Resource(
            name="opportunities",
            noun="Opportunité",
            id_name="opid",
            fields=declared("opportunities"),
            example=("label", "customerid", "stage"),
            first_id=2391,
            feminine=True,
        ),
    }
