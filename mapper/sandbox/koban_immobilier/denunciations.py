"""Denunciations: an introducer's prospect is protected for one programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..koban.answers import Bad
from ..koban.shapes import Row
from ..koban.values import Refused
from .stock import PROSPECT, Stock, inside

#: The member of a posted object, and that of an account: each finds a prospect by itself.
_CONTACT = {"email": "EMail", "phone": "Phone", "cell": "Cell"}

#: How members are named that have other names where that is switched: as in the notification of a person, or as on an
#: account, whose programme is an object.
_NAMES: dict[str, dict[str, str]] = {
    "plain": {},
    "person": {"cell": "mobile"},
    "account": {"name": "label", "processcode": "process.code"},
}


@dataclass(frozen=True)
class Denunciation:
    prospect: str
    programme: str
    by: str | None


class Denunciations:
    """What has been denounced."""

    def __init__(self, stock: Stock) -> None:
        self.made: list[Denunciation] = []
        self._stock = stock

    def check(self, body: Mapping[str, Any]) -> dict[str, bool]:
        """The answer to ncDenonc/CheckDenonc. Raises Refused for an unknown programme."""
        return self._check(self._named(body))

    def _check(self, body: Mapping[str, Any]) -> dict[str, bool]:
        programme, found = self._programme(body), self._known(body)
        activated = self._stock.desk.switches["denunciations"] == "on"
        denounced = any(one.prospect == found["Guid"] and one.programme == programme["Guid"]
                        for one in self.made) if found else False  # fmt: skip
        return {"Activated": activated, "IsDenonced": denounced, "Exists": found is not None}

    def create(self, body: Mapping[str, Any]) -> Denunciation:
        """Protect a known prospect. Raises Refused."""
        body = self._named(body)
        told, found = self._check(body), self._known(body)
        if not told["Activated"]:
            raise Refused("Le module dénonciation n'est pas activé")
        if found is None:
            raise Refused("Le prospect n'existe pas")
        if told["IsDenonced"]:
            raise Refused("Une dénonciation existe déjà pour ce prospect")
        by = body.get("by")
        if by is not None and self._stock.prospect(by) is None:
            raise Refused(f"L'apporteur {by} n'existe pas")
        made = Denunciation(found["Guid"], self._programme(body)["Guid"], by)
        self.made.append(made)
        return made

    def _named(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The members under their plain names; what has other names is not known."""
        names = _NAMES[self._stock.desk.switches["denounced"]]
        found: dict[str, Any] = {}
        for name in ("email", "name", "firstname", "phone", "cell", "processcode", "by"):
            outer, dot, inner = names.get(name, name).partition(".")
            found[name] = inside(body, outer, inner) if dot else body.get(outer)
        return found

    def _programme(self, body: Mapping[str, Any]) -> Row:
        code = body.get("processcode")
        found = self._stock.programme(code)
        if found is None:
            raise Refused(f"Le programme {code or ''} n'existe pas")
        return found

    def _known(self, body: Mapping[str, Any]) -> Row | None:
        """The account that these data mean: by e-mail, by telephone, or by both names."""
        given = {member: body[name] for name, member in _CONTACT.items() if body.get(name)}
        names = (body.get("name"), body.get("firstname"))
        if not given and not all(names):
            raise Bad("EMail, Phone, Cell or Name with FirstName must be given.")
        for row in self._stock.desk.tables[PROSPECT.name].rows.values():
            if any(_alike(row[member], value) for member, value in given.items()):
                return row
            if all(names) and _alike(row["Label"], names[0]) and _alike(row["FirstName"], names[1]):
                return row
        return None


def _alike(one: Any, other: Any) -> bool:
    return bool(one) and str(one).casefold() == str(other).casefold()
