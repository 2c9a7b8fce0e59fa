"""The vendor's own sample payloads, and how a generic company or person is typed into the vendor's screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import tenant

#: The three accounts of the vendor's page on ncThird. `Mobile` is the page's slip: the object has `Cell`.
ACCOUNTS: list[dict[str, Any]] = [
    {
        "Label": "DURAND",
        "FirstName": "Marie",
        "EMail": "marie9855@gmail.com",
        "Phone": "04 11 22 55 11",
        "Mobile": "06 44 86 48 55",
        "Extcode": "10001",
        "Status": {"Code": "PRO"},
        "Type": {"Code": "PART"},
        "Tags": [{"TagCategoryCode": "INTERET", "Label": "Cuisine"}],
        "Origin": {"Code": "TIERS"},
    },
    {
        "Label": "DUPOND",
        "FirstName": "Hervé",
        "EMail": "herve.dupont@outlook.com",
        "Status": {"Code": "PRO"},
        "Type": {"Code": "PART"},
        "MoreFields": [{"FieldId": "nl_5704ffda0dc3640c748f843a", "Value": "true"}],
        "Tags": [
            {"TagCategoryCode": "INTERET", "Label": "Bricolage"},
            {"TagCategoryCode": "INTERET", "Label": "Poterie"},
        ],
        "Origin": {"Code": "TIERS"},
    },
    {
        "Label": "ACME",
        "Phone": "04 88 55 11 44",
        "Extcode": "10002",
        "Status": {"Code": "PRO"},
        "Type": {"Code": "PRO"},
        "Origin": {"Code": "TIERS"},
    },
]

#: The contact of the vendor's webhook page: an e-mail and a mobile, no name and no account.
CONTACTS: list[dict[str, Any]] = [{"EMail": "maxime@evotion.fr", "Cell": "06 66 54 84 84"}]


def account(generic: Mapping[str, Any]) -> dict[str, Any]:
    """The vendor's object for a company of `mapper.sandbox.people`."""
    names = {"name": "Label", "email": "EMail", "phone": "Phone", "website": "Website", "siret": "OfficialNumber"}
    names |= {"vat": "Vat", "notes": "Comments"}
    body: dict[str, Any] = {wire: generic[name] for name, wire in names.items() if name in generic}
    body["Status"] = {"Code": "CLI" if generic.get("status") == "client" else "PRO"}
    body["Type"] = {"Code": "PRO"}
    places = {"street": "Street", "zip": "ZipCode", "city": "City", "country": "Country"}
    body["Address"] = {wire: generic[name] for name, wire in places.items() if name in generic} or None
    body["Tags"] = [{"TagCategoryCode": tenant.INTERESTS, "Label": label} for label in generic.get("interests", ())]
    fields = {
        tenant.SECTOR: generic.get("sector"),
        tenant.PREMIUM: _flag(generic.get("premium")),
        tenant.NEWSLETTER: _flag(generic.get("newsletter")),
        tenant.SIGNED: "/".join(reversed(generic["signed"].split("-"))) if "signed" in generic else None,
        tenant.STAFF: str(generic["staff"]) if "staff" in generic else None,
    }
    return body | {"MoreFields": _fields(fields)}


def contact(generic: Mapping[str, Any], account_guid: str | None) -> dict[str, Any]:
    """The vendor's object for a person of `mapper.sandbox.people`."""
    names = {"last_name": "Name", "first_name": "FirstName", "email": "EMail", "phone": "Phone", "mobile": "Cell"}
    names |= {"function": "Function", "notes": "Comments", "optin": "Optin"}
    body: dict[str, Any] = {wire: generic[name] for name, wire in names.items() if name in generic}
    if "gender" in generic:
        body["Gender"] = "MME" if generic["gender"] == "F" else "MR"
    if account_guid:
        body["Third"] = {"Guid": account_guid}
    language = generic.get("language")
    return body | {"MoreFields": _fields({tenant.LANGUAGE: language.upper() if language else None})}


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _fields(values: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"FieldId": ident, "Value": value} for ident, value in values.items() if value is not None]
