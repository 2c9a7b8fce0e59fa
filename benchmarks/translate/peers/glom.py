"""glom: one spec of paths that may be missing, with Python functions where glom has nothing of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from glom import SKIP, Coalesce, T, glom

from benchmarks.translate import hand
from benchmarks.translate.peers import harness


def clean(value: Any) -> str | None:
    return normalize("NFC", value.strip()) or None if value else None


def lower(value: Any) -> str | None:
    return clean(value.lower()) if value else None


def street(address: dict[str, Any] | None) -> str | None:
    return ", ".join(part for name in ("Street", "Compl") if (part := clean((address or {}).get(name)))) or None


def label(exact: dict[str, Any], folded: dict[str, Any]) -> Callable[[Any], Any]:
    def find(value: Any) -> Any:
        text = clean(value)
        return (exact.get(text) or folded[hand.fold(text)]) if text else None

    return find


def code(table: dict[str, int]) -> Callable[[Any], int | None]:
    return lambda value: table[value] if value else None


def custom(name: str, convert: Callable[[str], Any]) -> tuple[Any, ...]:
    def pick(fields: list[dict[str, Any]] | None) -> Any:
        value = next((field["Value"] for field in fields or () if field["FieldId"] == name), None)
        return convert(value) if value else None

    return "MoreFields", pick


interest = label(hand.INTERESTS, hand.INTERESTS_FOLDED)


def interests(tags: list[dict[str, Any]] | None) -> list[int] | None:
    return [interest(tag["Label"]) for tag in tags or () if tag["TagCategoryCode"] == "INTERET"] or None


def wall(text: str | None) -> str | None:
    if not text or (seconds := int(text[6:-2]) // 1000) < hand.YEAR_TWO:
        return None
    return datetime.fromtimestamp(seconds, hand.PARIS).isoformat(" ")[:19]


def dmy(text: str) -> str:
    return date(int(text[6:]), int(text[3:5]), int(text[:2])).isoformat()


def maybe(*specs: Any, default: Any = SKIP) -> Coalesce:
    """The first of these that gives a value."""
    return Coalesce(*specs, default=default, skip=None)


SPEC = {
    "name1": ("Label", clean),
    "name2": maybe(("Address.Name", clean)),
    "reference": maybe(("Extcode", clean)),
    "email": maybe(("EMail", lower)),
    "phone": maybe(("Phone", clean), ("Cell", clean)),
    "website": maybe(("Website", lower)),
    "identification_number": maybe(("OfficialNumber", lambda value: clean(value and value.replace(" ", "")))),
    "vat_reg_number": maybe(("Vat", lambda value: clean(value and value.upper()))),
    "comments": maybe(("Comments", clean)),
    "street": maybe(("Address", street)),
    "zipcode": maybe(("Address.ZipCode", clean)),
    "city": maybe(("Address.City", clean)),
    "country": maybe(("Address.Country", label(hand.COUNTRIES, hand.COUNTRIES_FOLDED)), default="FR"),
    "status": maybe(("Status.Code", code(hand.STATUS)), default=1),
    "type": maybe(("Type.Code", code(hand.TYPES))),
    "sourceid": maybe(("Origin.Code", code(hand.ORIGINS))),
    "owner_objectid": maybe(("AssignedTo.EMail", code(hand.OWNERS))),
    "tags": maybe(("Tags", interests)),
    "active": maybe(("Obsolete", lambda value: 0 if value else 1), default=1),
    "invoicing_email": maybe(
        (T, lambda r: lower(r.get("InvoiceMail")) if glom(r, "Status.Code", default=None) == "CLI" else None)
    ),
    "premium": maybe(custom("premium", hand.FLAGS.__getitem__)),
    "contract_date": maybe(custom("signature", dmy)),
    "credit_limit": maybe(custom("encours", lambda text: float(text.replace(" ", "").replace(",", ".")))),
    "industry": maybe(custom("secteur", label(hand.SECTORS, hand.SECTORS_FOLDED))),
    "nb_of_employees": maybe(custom("effectif", int)),
    "name3": maybe(custom("surnom", clean)),
    "created_on": maybe(("DCreated", wall)),
    "updated_on": maybe(("DUpdated", wall)),
    "contacted_on": maybe(("LastContact", wall)),
}

if __name__ == "__main__":
    harness.run(lambda account: glom(account, SPEC), ["glom"])
