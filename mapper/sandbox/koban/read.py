"""From a stored row to the object that the API answers."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .shapes import ACCOUNT, Entity, Property, Row, blank
from .store import Table
from .tenant import API_USER, USERS, ListValue, Tenant

#: How the vendor spells "never".
YEAR_ONE = "0001-01-01T00:00:00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """Turns rows into the vendor's objects, under the sandbox's switches."""

    def __init__(self, tenant: Tenant, accounts: Table, switches: Mapping[str, str]) -> None:
        self.tenant = tenant
        self.accounts = accounts
        self.switches = switches

    def object(self, entity: Entity, row: Row) -> dict[str, Any]:
        """The full object of a row."""
        out: dict[str, Any] = {"Guid": row["Guid"]}
        if entity is not ACCOUNT:
            name = " ".join(part for part in (row["FirstName"], row["Name"]) if part)
            out |= {"Label": name or row["EMail"], "GridLabel": name or row["EMail"]}
        for prop in entity.properties:
            out[prop.name] = self._value(entity, prop, row[prop.name])
        if entity is ACCOUNT:
            out |= {"IBAN": None, "NextAction": None, "UpdatedBy": API_USER.guid if row["updated"] else None}
        return out | self._stamps(row["created"], row["updated"])

    def list_value(self, value: ListValue) -> dict[str, Any]:
        """A value of a list; its dates are never filled in."""
        return {"Label": value.label, "Code": value.code, "Guid": value.guid} | self._stamps(0.0, 0.0)

    def _value(self, entity: Entity, prop: Property, value: Any) -> Any:
        if prop.kind == "fields":
            return self._fields(entity, value)
        if prop.kind == "addresses":
            return [self._address(item) for item in value]
        if value is None or prop.kind in ("flag", "number"):
            return value
        if prop.kind == "text":
            return self._comments(value) if prop.name == "Comments" else value
        if prop.kind == "choice":
            return self.list_value(self.tenant.lists[prop.values][value])
        if prop.kind == "gender":
            return self.tenant.lists[prop.values][value].label
        if prop.kind == "tags":
            return [self._tag(guid) for guid in value]
        if prop.kind == "address":
            return self._address(value)
        return self._user(value) if prop.kind == "user" else self._account(value)

    def _comments(self, text: str) -> str:
        return html.escape(text, quote=False) if self.switches["comments"] == "escaped" else text

    def _fields(self, entity: Entity, values: Mapping[str, str]) -> list[dict[str, str]]:
        out = []
        for ident, value in values.items():
            out.append({"FieldId": ident, "Value": value})
            field = entity.fields[ident]
            if field.kind == "list":
                chosen = self.tenant.value(field.values, value)
                out.append({"FieldId": f"{ident}_lb", "Value": chosen.label if chosen else ""})
        return out

    def _tag(self, guid: str) -> dict[str, Any]:
        tag = self.tenant.tags[guid]
        named = {"TagCategoryCode": tag.category, "TagCategory": self.tenant.categories[tag.category]}
        return {"Guid": guid, **named, "Label": tag.label, "ExternalCode": tag.code}

    def _address(self, row: Row) -> dict[str, Any]:
        spelling = self.switches["country_key"]
        return {spelling if name == "Country" else name: value for name, value in row.items()}

    def _user(self, guid: str) -> dict[str, Any]:
        user = next(user for user in USERS if user.guid == guid)
        named = {"FullName": user.full_name, "Name": user.name, "FirstName": user.first_name}
        return {**named, "Extcode": user.code, "Guid": guid, "EMail": None, "AvatarUrl": None}

    def _account(self, guid: str) -> dict[str, Any] | None:
        """An account inside another object: the full object, of which only what names it is filled in."""
        row = self.accounts.rows.get(guid)
        if row is None:
            return None
        named = {name: row[name] for name in ("Guid", "Label", "Extcode")}
        return self.object(ACCOUNT, {**blank(ACCOUNT), **named, "created": 0.0, "updated": 0.0})

    def _stamps(self, created: float, updated: float) -> dict[str, Any]:
        shift = int(self.switches["stamp_shift"]) * 3600
        out: dict[str, Any] = {}
        for name, moment in (("Created", created), ("Updated", updated)):
            out[f"D{name}"] = round(moment + shift, 3) if moment else 0.0
            if self.switches["stamps"] == "both":
                out[name] = wall_clock(moment + shift) if moment else YEAR_ONE
        return out


def wall_clock(moment: float) -> str:
    """Unix seconds as the vendor's text: no zone, milliseconds where there are some."""
    text = (
        (_EPOCH + timedelta(milliseconds=round(moment * 1000))).replace(tzinfo=None).isoformat(timespec="milliseconds")
    )
    return text.removesuffix(".000")
