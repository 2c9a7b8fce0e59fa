"""From a stored row to the object that the API answers."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .shapes import ENTITIES, PARTS, Entity, Property, Row, Shape, blank
from .store import Table
from .tenant import API_USER, ActionType, ListValue, Tenant

#: How the vendor spells "never".
YEAR_ONE = "0001-01-01T00:00:00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """Turns rows into the vendor's objects, under the sandbox's switches."""

    def __init__(self, tenant: Tenant, tables: Mapping[str, Table], switches: Mapping[str, str]) -> None:
        self.tenant = tenant
        self.tables = tables
        self.switches = switches
        self._kinds: dict[str, Callable[[Property, Any], Any]] = {
            "text": lambda prop, value: self._comments(value) if prop.name == "Comments" else value,
            "value": lambda prop, value: self.list_value(self.tenant.lists[prop.of][value]),
            "gender": lambda prop, value: self.tenant.lists[prop.of][value].label,
            "code_guid": lambda prop, value: self.tenant.lists[prop.of][value].guid,
            "action_type": self._action_type,
            "user": lambda prop, value: self._user(value),
            "part": lambda prop, value: self._part(PARTS[prop.of], value),
            "parts": lambda prop, value: [self._part(PARTS[prop.of], item) for item in value],
            "addresses": lambda prop, value: self._addresses(value),
            "ref": lambda prop, value: self.named(ENTITIES[prop.of], value),
            "tags": lambda prop, value: [self._tag(guid) for guid in value],
            "date": lambda prop, value: wall_clock(value),
            "process": lambda prop, value: self._process(value),
            "step": lambda prop, value: self._step(value),
        }

    def object(self, entity: Entity, row: Row) -> dict[str, Any]:
        """The full object of a row."""
        out: dict[str, Any] = {"Guid": row["Guid"]}
        for label in entity.about.get("full_name", ()):
            out[label] = " ".join(part for part in (row["FirstName"], row["Name"]) if part) or row["EMail"]
        out |= self._members(entity, row)
        if editor := entity.about.get("editor"):
            out[editor] = API_USER.guid if row["updated"] else None
        if label := entity.about.get("process_label"):
            out[label] = out["Process"]["Label"] if out["Process"] else None
        if entity.about.get("result"):
            out |= self._result(row)
        if entity.about.get("totals"):
            out |= _totals(row)
        for name in entity.about.get("never", ()):
            out.setdefault(name, YEAR_ONE)
        return out | self._stamps(row["created"], row["updated"])

    def named(self, entity: Entity, guid: str) -> dict[str, Any] | None:
        """An object inside another one: the full object, of which only what names it is filled in."""
        row = self.tables[entity.name].rows.get(guid)
        if row is None:
            return None
        names = {name: row[name] for name in ("Guid", "Label", "Extcode", *entity.by) if name in row}
        names |= {name: row[name] for name in ("Name", "FirstName") if entity.about.get("full_name")}
        return self.object(entity, {**blank(entity), **names, "created": 0.0, "updated": 0.0})

    def list_value(self, value: ListValue) -> dict[str, Any]:
        """A value of a list; its dates are never filled in."""
        return {"Label": value.label, "Code": value.code, "Guid": value.guid} | self._stamps(0.0, 0.0)

    def _members(self, shape: Shape, row: Row) -> dict[str, Any]:
        out = {prop.name: self._value(shape, prop, row[prop.name]) for prop in shape.properties if prop.shown}
        return out | {name: list(value) if isinstance(value, list) else value for name, value in shape.also.items()}

    def _value(self, shape: Shape, prop: Property, value: Any) -> Any:
        if prop.kind == "fields":
            return self._fields(shape, value)
        if prop.kind == "date" and value is None:
            return YEAR_ONE
        if prop.kind in ("epoch", "moment"):
            return value or 0.0
        if value is None or prop.kind not in self._kinds:
            return value
        return self._kinds[prop.kind](prop, value)

    def _comments(self, text: str) -> str:
        return html.escape(text, quote=False) if self.switches["comments"] == "escaped" else text

    def _fields(self, shape: Shape, values: Mapping[str, str]) -> list[dict[str, str]]:
        out = []
        fields = ENTITIES[shape.name].fields
        for ident, value in values.items():
            out.append({"FieldId": ident, "Value": value})
            field = fields[ident]
            if field.kind == "list":
                chosen = self.tenant.value(field.values, value)
                out.append({"FieldId": f"{ident}_lb", "Value": chosen.label if chosen else ""})
        return out

    def _tag(self, guid: str) -> dict[str, Any]:
        tag = self.tenant.tags[guid]
        named = {"TagCategoryCode": tag.category, "TagCategory": self.tenant.categories[tag.category]}
        return {"Guid": guid, **named, "Label": tag.label, "ExternalCode": tag.code}

    def _part(self, shape: Shape, row: Row) -> dict[str, Any]:
        spelling = self.switches["country_key"]
        out = {spelling if name == "Country" else name: value for name, value in self._members(shape, row).items()}
        return out | {"Guid": row["Guid"]} if shape.guid else out

    def _addresses(self, rows: list[Row]) -> Any:
        shown = [self._part(PARTS["Address"], row) for row in rows]
        if self.switches["delivery"] == "list":
            return shown
        return shown[0] if shown else None

    def _user(self, guid: str) -> dict[str, Any]:
        user = self.tenant.user_by_guid(guid) or API_USER
        named = {"FullName": user.full_name, "Name": user.name, "FirstName": user.first_name}
        return {**named, "Extcode": user.code, "Guid": guid, "EMail": None, "AvatarUrl": None}

    def _action_type(self, prop: Property, code: str) -> dict[str, Any]:
        value = self.tenant.lists[prop.of][code]
        about = {"Color": value.color, "Onagenda": value.on_agenda} if isinstance(value, ActionType) else {}
        return self.list_value(value) | about

    def _process(self, guid: str) -> dict[str, Any] | None:
        row = self.tables["ncDealProcess"].rows.get(guid)
        return self.list_value(ListValue(row["Extcode"], row["Label"], guid)) if row else None

    def _step(self, guid: str) -> dict[str, Any] | None:
        for row in self.tables["ncDealProcess"].rows.values():
            for step in row["Steps"]:
                if step["Guid"] == guid:
                    return self.list_value(ListValue(step["Extcode"], step["Label"], guid))
        return None

    def _result(self, row: Row) -> dict[str, Any]:
        """How a quote ended: as its deal did, or won by its order."""
        deal = self.tables["ncDeal"].rows.get(row["Deal"] or "")
        result = "WON" if row.get("won") else deal["Result"] if deal else None
        return {"IsWon": result == "WON", "Result": result}

    def _stamps(self, created: float, updated: float) -> dict[str, Any]:
        shift = int(self.switches["stamp_shift"]) * 3600
        out: dict[str, Any] = {}
        for name, moment in (("Created", created), ("Updated", updated)):
            out[f"D{name}"] = round(moment + shift, 3) if moment else 0.0
            if self.switches["stamps"] == "both":
                out[name] = wall_clock(moment + shift) if moment else YEAR_ONE
        return out


def _totals(row: Row) -> dict[str, Any]:
    """An invoice's sums: in cents, as texts, while its lines are in units."""
    sums = {name: sum(line[member] or 0 for line in row["Lines"]) for name, member in _SUMMED.items()}
    return {name: str(round(total * 100)) for name, total in sums.items()} | {"CurrencyCode": "EUR"}


_SUMMED = {"Amount": "Ht", "AmountTtc": "Ttc"}


def wall_clock(moment: float) -> str:
    """Unix seconds as the vendor's text: no zone, milliseconds where there are some."""
    text = (
        (_EPOCH + timedelta(milliseconds=round(moment * 1000))).replace(tzinfo=None).isoformat(timespec="milliseconds")
    )
    return text.removesuffix(".000")
