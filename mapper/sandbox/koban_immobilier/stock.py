"""The stock: programmes are deal processes, lots are deals, and the status of a lot is a step of its programme."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ...spec import document
from ..koban.desk import Desk
from ..koban.read import Reader
from ..koban.shapes import ENTITIES, Row
from ..koban.tenant import ListValue, Tag
from ..koban.values import Refused, folded
from ..koban.write import Writer

DATA: Mapping[str, Any] = document.read(
    Path(str(resources.files("mapper.sandbox"))) / "data" / "koban_immobilier" / "module.yaml"
).data

LOT, PROGRAMME, PROSPECT = ENTITIES["ncDeal"], ENTITIES["ncDealProcess"], ENTITIES["ncThird"]
_SECONDARY = "secondary"


class NoAnswer(Exception):
    """A refusal in the module's own form: a code of two digits, or none where the vendor lists none, and the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class LotWriter(Writer):
    """Writes deals as lots: the main lot of a secondary one has to be known, under the sandbox's switches."""

    def _link(self, key: str) -> str | None:
        deals, way = self.tables[LOT.name], self.switches["link"]
        by_code = deals.find("Extcode", key) if way != "guid" else None
        by_guid = deals.find("Guid", key) if way != "extcode" else None
        found = by_code or by_guid
        if key and found is None and self.switches["missing_main"] == "orphan":
            return None
        if key and found is None:
            raise Refused(f"Le lot principal {key} n'existe pas")
        return str(found["Guid"]) if found else None

    def row(self, entity: Any, old: Row | None, body: Mapping[str, Any], inner: Any) -> Row:
        if entity is LOT and str(body.get("type") or "").casefold() == _SECONDARY:
            # Both spellings are the vendor's.
            body = {**body, "type": "Secondary"}
        if entity is LOT and self.switches["lot_status"] == "code" and isinstance(body.get("status"), str):
            body = {**body, "status": {"Code": body["status"]}}
        return super().row(entity, old, body, inner)


class LotReader(Reader):
    """Shows deals as lots, under the sandbox's switches."""

    def object(self, entity: Any, row: Row) -> dict[str, Any]:
        out = super().object(entity, row)
        if entity is LOT and self.switches["lot_status"] == "code":
            out["Status"] = out["Status"]["Code"] if out["Status"] else None
        if entity is LOT and out["Type"]:
            out["Type"] = self.switches["secondary"]
        return out


class Stock:
    """The lots of a tenant, and what stands at them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        tenant = desk.tenant
        for code, values in DATA["lists"].items():
            tenant.lists[code] = {key: ListValue(key, label, desk.new_guid()) for key, label in values.items()}
        tenant.lists["STATUT"]["CGP"] = ListValue("CGP", "CGP", desk.new_guid())
        tenant.lists["ORIGINE"]["CGP"] = ListValue("CGP", "CGP", desk.new_guid())
        for category, (name, *labels) in DATA["tags"].items():
            tenant.categories[category] = name
            for label in labels:
                tenant.add_tag(Tag(category, label, None, desk.new_guid()))

    def add_programme(self, label: str, code: str) -> str:
        """Type in a programme whose lots can have every status; its Guid."""
        steps = [{"Label": name, "Extcode": status} for status, name in DATA["statuses"].items()]
        return self.desk.typed(PROGRAMME, None, {"Label": label, "Extcode": code, "IsActive": True, "Steps": steps})

    def lot(self, code: Any) -> Row | None:
        """The lot of an external code."""
        return self.desk.tables[LOT.name].find("Extcode", code) if isinstance(code, str) and code else None

    def programme(self, code: Any) -> Row | None:
        """The programme of an external code."""
        return self.desk.tables[PROGRAMME.name].find("Extcode", code) if isinstance(code, str) and code else None

    def prospect(self, guid: Any) -> Row | None:
        """The account of a Guid."""
        return self.desk.tables[PROSPECT.name].rows.get(guid) if isinstance(guid, str) else None

    def status(self, lot: Row) -> str:
        """The code of a lot's status; empty where it stands in no programme."""
        return next((step["Extcode"] for step in self._steps(lot) if step["Guid"] == lot["Status"]), "")

    def set_status(self, lot: Row, code: str) -> None:
        """Put a lot at a status that its programme has."""
        now = self.desk.tables[LOT.name].rows[lot["Guid"]]
        for step in self._steps(now):
            if step["Extcode"] == code and step["Guid"] != now["Status"]:
                self.desk.store(LOT, now, {**now, "Status": step["Guid"]})

    def _steps(self, lot: Row) -> list[Row]:
        programme = self.desk.tables[PROGRAMME.name].rows.get(lot["Process"] or "")
        return programme["Steps"] if programme else []


def inside(body: Mapping[str, Any], name: str, key: str) -> Any:
    """A member of an object inside a posted object, whatever the case of the names."""
    value = body.get(name.lower())
    return folded(value).get(key.lower()) if isinstance(value, dict) else None


#: Members that are or may be numbers, which are texts in a query.
_NUMBERS = {name.lower() for part in ("number", "cents", "dates") for name in DATA["file"][part]}
_NUMBERS |= {"rank", "dateoption", "dateprolongation"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def typed(name: str, text: str) -> Any:
    """A member of a call that came in its query."""
    if name.lower() in _NUMBERS and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
