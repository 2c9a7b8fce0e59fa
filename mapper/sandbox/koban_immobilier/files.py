"""Reservation files: the first, incomplete one, the validated one, and the withdrawal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..koban.answers import Bad
from ..koban.shapes import Row
from ..koban.tenant import API_USER
from .options import Options
from .stock import DATA, NoAnswer, Stock, inside

_ABOUT = DATA["file"]
_FLAGS = ("O", "N")
#: The members of the notification that end so say what a list value is called.
_LABEL = "_Label"


@dataclass
class File:
    """A reservation file of a lot; `fields` are those of the validated file."""

    guid: str
    lot: str
    prospect: str
    price: float
    deposit: float
    option: str | None
    fields: dict[str, Any] = field(default_factory=dict)
    valid: bool = False


class Files:
    """The live reservation files, by the Guid of their lot."""

    def __init__(self, stock: Stock, options: Options) -> None:
        self.live: dict[str, File] = {}
        self._stock = stock
        self._options = options
        self._forms = stock.desk.switches["file_dates"]
        #: Prices are kept in euros.
        self._unit = 100 if stock.desk.switches["price_unit"] == "cents" else 1

    def add(self, body: Mapping[str, Any]) -> File:
        """The first, incomplete file. Raises NoAnswer."""
        lot, prospect = self._lot(body), self._prospect(inside(body, "Third", "Guid"))
        part = inside(body, "Part", "Guid")
        price, deposit = (_amount(body, name) / self._unit for name in ("PrixVente", "Garantie"))
        if part is not None and self._stock.prospect(part) is None:
            raise NoAnswer("", f"Le partenaire {part} n'existe pas")
        if lot["Guid"] in self.live:
            raise NoAnswer("", "Un dossier de réservation existe déjà pour ce lot")
        return self._open(lot, prospect, price, deposit, "PRERESV")

    def add_valid(self, body: Mapping[str, Any]) -> File:
        """The validated file, which may follow an incomplete one of the same prospect. Raises NoAnswer."""
        lot, prospect = self._lot(body), self._prospect(body.get("thirdid"))
        fields = self._fields(body)
        old = self.live.get(lot["Guid"])
        if old is not None and (old.valid or old.prospect != prospect["Guid"]):
            raise NoAnswer("", "Un dossier de réservation existe déjà pour ce lot")
        price, deposit = ((fields.get(name) or 0) / self._unit for name in ("PrixVente", "Garantie"))
        found = self._open(lot, prospect, price, deposit, "RESV")
        found.guid, found.option = (old.guid, old.option) if old else (found.guid, found.option)
        found.fields, found.valid = fields, True
        return found

    def withdraw(self, body: Mapping[str, Any]) -> File:
        """Withdraw a file: the lot is free again, or under what options it has left. Raises NoAnswer."""
        lot, prospect = self._lot(body), self._prospect(inside(body, "Third", "Guid"))
        found = self.live.get(lot["Guid"])
        if found is None or found.prospect != prospect["Guid"]:
            raise NoAnswer("", "Aucun dossier de réservation n'existe pour ce lot et ce prospect")
        del self.live[lot["Guid"]]
        self._options.settle(lot)
        return found

    def about(self, found: File) -> dict[str, Any]:
        """What notifications say of a file."""
        desk = self._stock.desk
        lot = desk.tables["ncDeal"].rows[found.lot]
        told: dict[str, Any] = dict(found.fields)
        for name, code in found.fields.items():
            if name in _ABOUT["lists"]:
                value = desk.tenant.lists[_ABOUT["lists"][name]][code]
                told |= {f"{name}{_LABEL}": value.label, f"{name}_sId": value.guid}
        salesman = desk.tenant.user_by_guid(str(found.fields.get("AssignedToId"))) or API_USER
        return told | {
            "Lot_Code": lot["Extcode"],
            "Deal_Extcode": lot["Extcode"],
            "Deal_Guid": lot["Guid"],
            "_id": found.guid,
            "DealId": lot["Guid"],
            "ThirdId": found.prospect,
            "PrixVente": _shown(found.price * self._unit),
            "Garantie": _shown(found.deposit * self._unit),
            "OptionId": found.option,
            "DealProcessId": lot["Process"],
            "AssignedToId": salesman.guid,
            "AssignedTo_Name": salesman.name,
            "AssignedTo_FirstName": salesman.first_name,
        }

    def _open(self, lot: Row, prospect: Row, price: float, deposit: float, status: str) -> File:
        option = self._options.take(lot["Guid"], prospect["Guid"])
        guid = self._stock.desk.new_guid()
        found = File(guid, lot["Guid"], prospect["Guid"], price, deposit, option.guid if option else None)
        self.live[lot["Guid"]] = found
        self._stock.set_status(lot, status)
        return found

    def _lot(self, body: Mapping[str, Any]) -> Row:
        lot = self._stock.lot(inside(body, "Deal", "Extcode"))
        if lot is None:
            raise NoAnswer("01", "Le lot n'existe pas")
        return lot

    def _prospect(self, guid: Any) -> Row:
        found = self._stock.prospect(guid)
        if found is None:
            raise NoAnswer("02", "Le prospect n'existe pas")
        return found

    def _fields(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The known members of a validated file, each of its kind; others are ignored."""
        found: dict[str, Any] = {}
        for name in _ABOUT["number"]:
            if name.lower() in body:
                found[name] = _amount(body, name)
        for name in _ABOUT["cents"]:
            value = body.get(name.lower())
            if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
                raise Bad(f"The member '{name}' must be a whole number of cents.")
            found |= {name: value} if value is not None else {}
        for name in _ABOUT["flags"]:
            value = body.get(name.lower())
            if value is not None and value not in _FLAGS:
                raise Bad(f"The member '{name}' must be O or N.")
            found |= {name: value} if value is not None else {}
        for name, code in _ABOUT["lists"].items():
            value = body.get(name.lower())
            if value is not None and value not in self._stock.desk.tenant.lists[code]:
                raise NoAnswer("", f"La valeur {value} n'existe pas dans la liste {code}")
            found |= {name: value} if value is not None else {}
        for name in _ABOUT["dates"]:
            value = body.get(name.lower())
            if value is not None and not any(_DATES[form](value) for form in _DATES if self._forms in ("any", form)):
                raise Bad(f"The member '{name}' must be a date.")
            found |= {name: value} if value is not None else {}
        texts = {name: body.get(name.lower()) for name in _ABOUT["text"]}
        return found | {name: value for name, value in texts.items() if value is not None}


def _amount(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name.lower())
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise Bad(f"The member '{name}' must be an amount.")
    return value


def _shown(amount: float) -> int | float:
    return int(amount) if float(amount).is_integer() else amount


def _of(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


#: What is a date in each form.
_DATES: dict[str, Callable[[Any], bool]] = {
    "dmy": _of(r"\d{2}/\d{2}/\d{4}"),
    "iso": _of(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z?)?"),
    "seconds": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "msdate": _of(r"/Date\(-?\d+\)/"),
}
