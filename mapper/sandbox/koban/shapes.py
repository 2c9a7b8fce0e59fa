"""The properties of the objects, as the vendor's tables list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .tenant import ACCOUNT_FIELDS, CONTACT_FIELDS, Field

Row = dict[str, Any]


@dataclass(frozen=True)
class Property:
    """One writable property. kinds: text flag number choice gender user address addresses tags fields account."""

    name: str
    kind: str
    values: str = ""


@dataclass(frozen=True)
class Entity:
    """An object of the API; `uniques` maps each value of `uniqueproperty` to the keys tried in turn."""

    name: str
    properties: tuple[Property, ...]
    fields: Mapping[str, Field]
    uniques: Mapping[str, tuple[str, ...]]
    keys: Mapping[str, Callable[[Row], Any]]

    @cached_property
    def by_wire(self) -> dict[str, Property]:
        """The properties by lower-cased name: the vendor's JSON reader ignores case."""
        return {prop.name.lower(): prop for prop in self.properties}


def _all(kind: str, names: str) -> tuple[Property, ...]:
    return tuple(Property(name, kind) for name in names.split())


def _name_address(row: Row) -> tuple[str, str] | None:
    address = row.get("Address") or {}
    return (row["Label"], address["ZipCode"]) if row.get("Label") and address.get("ZipCode") else None


def _keys(*names: str) -> dict[str, Callable[[Row], Any]]:
    def reader(name: str) -> Callable[[Row], Any]:
        return lambda row: row.get(name) or None

    return {name: reader(name) for name in names}


ACCOUNT = Entity(
    "ncThird",
    (
        *_all("text", "Label FirstName Extcode OtherCode Comments AccountingCode Website Phone Cell Fax EMail"),
        *_all("text", "OfficialNumber Vat Title eShop StructCode UTMCampaign UTMMedium UTMSource"),
        *_all("flag", "Unsuscribe Optin InvalidMail InvalidSMS Obsolete"),
        Property("TaxRate", "number"),
        Property("Status", "choice", "STATUT"),
        Property("Type", "choice", "TYPE"),
        Property("Origin", "choice", "ORIGINE"),
        Property("Gender", "gender", "GENRE"),
        Property("AssignedTo", "user"),
        *_all("address", "Address InvoiceAddress"),
        Property("DelivAddress", "addresses"),
        Property("AccountToInvoice", "account"),
        Property("Tags", "tags"),
        Property("MoreFields", "fields"),
    ),
    {field.ident: field for field in ACCOUNT_FIELDS},
    {
        "Extcode": ("Extcode",),
        "Guid": ("Guid",),
        "Email": ("EMail",),
        "ExtcodeThenEmail": ("Extcode", "EMail"),
        "ExtcodeThenEmailLead": ("Extcode", "EMail"),
        "GuidThenExtcode": ("Guid", "Extcode"),
        "GuidThenExtcodeThenEMail": ("Guid", "Extcode", "EMail"),
        "GuidThenAccountingcode": ("Guid", "AccountingCode"),
        "AccountingCode": ("AccountingCode",),
        "OtherCode": ("OtherCode",),
        "OtherCodeThenEMailThenNameAddress": ("OtherCode", "EMail", "NameAddress"),
        "NameAddress": ("NameAddress",),
        "OfficialNumber": ("OfficialNumber",),
    },
    {
        **_keys("Guid", "Extcode", "EMail", "AccountingCode", "OtherCode", "OfficialNumber"),
        "NameAddress": _name_address,
    },
)

CONTACT = Entity(
    "ncContact",
    (
        *_all("text", "Name FirstName Extcode Function Phone Cell Fax EMail Comments Status Photo"),
        *_all("flag", "Obsolete CanDecide CanBuy IsPrivate ToSync Unsuscribe InvalidMail Optin"),
        Property("Gender", "gender", "GENRE"),
        Property("AssignedTo", "user"),
        Property("Origin", "choice", "ORIGINE"),
        Property("Third", "account"),
        Property("Tags", "tags"),
        Property("MoreFields", "fields"),
    ),
    {field.ident: field for field in CONTACT_FIELDS},
    {"Extcode": ("Extcode",), "Email": ("EMail",)},
    _keys("Guid", "Extcode", "EMail"),
)

ADDRESS = ("Reference", "Name", "FirstName", "Phone", "Compl", "Street", "ZipCode", "City", "Country")

BLANK: dict[str, Any] = {"flag": False, "addresses": [], "fields": {}}


def blank(entity: Entity) -> Row:
    """An object of which nothing has been filled in."""
    return {prop.name: BLANK.get(prop.kind) for prop in entity.properties}
