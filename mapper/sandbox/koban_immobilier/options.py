"""Options on lots: who may place one, how long it lives, and what stands at the lot meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ...expr.marks import next_mark
from ..koban.answers import Bad
from ..koban.read import wall_clock
from ..koban.shapes import Row
from ..koban.tenant import API_USER
from .notices import Notices
from .stock import NoAnswer, Stock, inside

#: At these statuses an option may be placed.
_OPEN = ("LIBRE", "OPTION")
_MOST_OF_A_PROSPECT = 3
_RANKS = (1, 2)
_HALF_HOUR = 30
#: Above this a number can only be milliseconds.
_MILLISECONDS = 1e11


@dataclass(frozen=True)
class Option:
    """A live option; `until` is its nominal end in Unix seconds."""

    guid: str
    lot: str
    prospect: str
    rank: int
    until: float
    prolonged: float | None = None


class Options:
    """The live options; `days` is the lifetime that the administrator has set, `limit` how many a user may hold."""

    def __init__(self, stock: Stock, notices: Notices, *, days: float, limit: int) -> None:
        self.live: dict[str, Option] = {}
        self._stock = stock
        self._notices = notices
        self._switches = stock.desk.switches
        self._days = days
        self._limit = limit

    def of_lot(self, guid: str) -> list[Option]:
        """The options on a lot, the first rank first."""
        return sorted((one for one in self.live.values() if one.lot == guid), key=lambda one: one.rank)

    def end(self, option: Option) -> float:
        """When an option lapses: at a full or half hour, as both sides have to know."""
        nominal = datetime.fromtimestamp(option.until, UTC)
        if self._switches["expiry"] == "down":
            before = nominal - timedelta(minutes=_HALF_HOUR) + timedelta(microseconds=1)
            return float(next_mark.call(before, _HALF_HOUR).timestamp())
        return float(next_mark.call(nominal, _HALF_HOUR).timestamp())

    def expire(self) -> None:
        """Let go of what has lapsed by now."""
        now = self._stock.desk.clock()
        for option in [one for one in self.live.values() if self.end(one) <= now]:
            self._end(option)
            self._notices.tell("option_expired", self.about(option))

    # The calls

    def status(self, code: str) -> dict[str, Any]:
        """The answer to ncOption/GetLotStatus."""
        lot = self._stock.lot(code)
        if lot is None:
            return {"Result": -1}
        if self._stock.status(lot) == "PRERESV":
            return {"Result": -2}
        options = self.of_lot(lot["Guid"])
        if not options:
            return {"Result": 0}
        if len(options) > 1 and self._switches["two_options"] == "minus_three":
            return {"Result": -3}
        return {"Result": 1, "MaxRank": options[-1].rank, "EndDate": self._moment(self.end(options[0]))}

    def add(self, body: Mapping[str, Any], *, placed_by_api: bool = True) -> Option:
        """Place an option. Raises NoAnswer with the vendor's codes."""
        lot, prospect = self._stock.lot(inside(body, "Deal", "Extcode")), inside(body, "Third", "Guid")
        date, rank = _seconds(body, "DateOption"), _rank(body)
        part = inside(body, "Part", "Guid")
        if self._stock.prospect(prospect) is None:
            raise NoAnswer("", f"Le prospect {prospect} n'existe pas")
        if part is not None and self._stock.prospect(part) is None:
            raise NoAnswer("", f"Le partenaire {part} n'existe pas")
        if sum(one.prospect == prospect for one in self.live.values()) >= _MOST_OF_A_PROSPECT:
            raise NoAnswer("01", "Le prospect a déjà 3 options en cours")
        status = self._stock.status(lot) if lot else ""
        if lot and status == "PRERESV":
            raise NoAnswer("04", "Une préréservation est déjà en cours pour ce lot")
        if lot is None or status not in _OPEN:
            raise NoAnswer("02", "Le lot n'est pas au statut libre ou option")
        if placed_by_api and len(self.live) >= self._limit:
            raise NoAnswer("03", "L'utilisateur a atteint sa limite d'options en simultané")
        taken = {one.rank for one in self.of_lot(lot["Guid"])}
        if len(taken) > 1:
            raise NoAnswer("05", "Il y a déjà 2 options en cours pour ce lot")
        if rank in taken or (rank == 2 and not taken):
            raise NoAnswer("", f"Le rang {rank} n'est pas possible pour ce lot")
        option = Option(self._stock.desk.new_guid(), lot["Guid"], prospect, rank, date + self._days * 86400)
        self.live[option.guid] = option
        self._stock.set_status(lot, "OPTION")
        return option

    def prolong(self, body: Mapping[str, Any]) -> tuple[Option, Option]:
        """Prolong an option, once only; the option as it was and as it is."""
        option, date = self._named(body), _seconds(body, "DateProlongation")
        if option.prolonged is not None:
            raise NoAnswer("02", "La prolongation a déjà été effectuée")
        later = date
        if self._switches["prolongation"] == "adds":
            later = option.until + max(date - self._stock.desk.clock(), 0.0)
        found = self.live[option.guid] = replace(option, until=later, prolonged=date)
        return option, found

    def undo(self, body: Mapping[str, Any]) -> Option:
        """Take an option back."""
        option = self._named(body)
        self._end(option)
        return option

    def put_back(self, option: Option) -> None:
        """Let an option live as it was."""
        self.live[option.guid] = option
        self._stock.set_status(self._lot(option), "OPTION")

    def take(self, lot: str, prospect: str) -> Option | None:
        """End the option from which a reservation comes."""
        found = next((one for one in self.of_lot(lot) if one.prospect == prospect), None)
        if found:
            self._end(found)
        return found

    def settle(self, lot: Row) -> None:
        """Put a lot at the status that its options give it."""
        self._stock.set_status(lot, "OPTION" if self.of_lot(lot["Guid"]) else "LIBRE")

    def about(self, option: Option) -> dict[str, Any]:
        """What notifications say of an option."""
        lot, prospect = self._lot(option), self._stock.prospect(option.prospect) or {}
        salesman = self._stock.desk.tenant.user_by_guid(lot["AssignedTo"] or "") or API_USER
        told = {
            "Deal_Extcode": lot["Extcode"],
            "Deal_Guid": lot["Guid"],
            "Third_Extcode": prospect.get("Extcode"),
            "Third_Guid": option.prospect,
            "Rank": option.rank,
            "ExpDate": self._notices.moment(self.end(option)),
            "Third_Name": prospect.get("Label"),
            "Third_FirstName": prospect.get("FirstName"),
            "Third_EMail": prospect.get("EMail"),
            "AssignedTo_Name": salesman.name,
            "AssignedTo_FirstName": salesman.first_name,
        }
        if option.prolonged is not None:
            told["PrgDate"] = self._notices.moment(option.prolonged)
        return told

    def _named(self, body: Mapping[str, Any]) -> Option:
        code, rank = inside(body, "Deal", "Extcode"), _rank(body)
        lot = self._stock.lot(code)
        for option in self.of_lot(lot["Guid"]) if lot else ():
            if option.rank == rank:
                return option
        raise NoAnswer("01", "L'option correspondant au lot et au rang n'a pas été trouvée")

    def _end(self, option: Option) -> None:
        self.live.pop(option.guid, None)
        left = self.of_lot(option.lot)
        if option.rank == 1 and left and self._switches["rank_two"] == "moves_up":
            self.live[left[0].guid] = replace(left[0], rank=1)
        lot = self._lot(option)
        if self._stock.status(lot) == "OPTION" and (left or self._switches["freed"] == "libre"):
            self.settle(lot)

    def _lot(self, option: Option) -> Row:
        return self._stock.desk.tables["ncDeal"].rows[option.lot]

    def _moment(self, seconds: float) -> Any:
        form = self._switches["end_date"]
        if form == "msdate":
            return f"/Date({int(seconds * 1000)})/"
        if form == "iso":
            return wall_clock(seconds)
        return int(seconds * 1000) if form == "milliseconds" else int(seconds)


def _seconds(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name.lower())
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < _MILLISECONDS:
        raise Bad(f"The member '{name}' must be a time in Unix seconds.")
    return float(value)


def _rank(body: Mapping[str, Any]) -> int:
    value = body.get("rank")
    if value not in _RANKS or isinstance(value, bool):
        raise Bad("The member 'Rank' must be 1 or 2.")
    return int(value)
