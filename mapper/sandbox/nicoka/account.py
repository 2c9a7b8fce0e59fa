"""What the account holds, and every way in which it moves: by the API, by a person, by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from . import catalogue, checks, filling
from .catalogue import Field, Resource, Row
from .checks import Refused
from .listing import HIDDEN
from .table import Table, as_text

#: the user behind the API, and the person who works in the screens
API_USER = 54
PERSON = 46

_TABLES = {
    "Compte": "customers",
    "Contact": "contacts",
    "Activité": "crmActivities",
    "Action": "crmActivities",
    "Opportunité": "opportunities",
    "Collaborateur": "employees",
    "Devis": "quotations",
    "Commande": "orders",
    "Projet": "projects",
    "Mission": "jobs",
    "Evénement": "events",
}
#: by resource, what every creation needs where the switch `mandatory` says `fewest`
_FEWEST = {
    "customers": ("name1",),
    "contacts": ("last_name",),
    "crmActivities": ("type",),
    "opportunities": ("label",),
}


class Account:
    """The rows, lists and users of one account; `switches` and `now` (Unix seconds) are the sandbox's own."""

    def __init__(
        self, switches: dict[str, str], now: Callable[[], float], zone: str, required: Mapping[str, Sequence[str]]
    ) -> None:
        self.switches = switches
        self._required = required
        self.now = now
        self._zone = ZoneInfo(zone)
        #: by list, the values that records may still hold and nobody can choose any more
        self.retired: dict[str, dict[str, str]] = {}
        self.crm = catalogue.load_crm()
        others, self.facts = catalogue.load_others()
        self.resources = {**self.crm, **others}
        self.tables = {name: Table(resource.first_id) for name, resource in self.resources.items()}
        self.lists: dict[str, dict[str, str]] = catalogue.read("lists")
        self.references: dict[str, dict[str, str]] = catalogue.read("references")
        for name, about in self.facts.items():
            for row in about["rows"]:
                self.tables[name].put({**others[name].blank(), **row})

    def fill(self) -> None:
        """Put the vendor's own samples in."""
        for name, rows in catalogue.read("samples").items():
            for row in rows:
                self.tables[name].put({**self.resources[name].blank(), **row})

    def row(self, resource: Resource, ident: int) -> Row | None:
        """The row with this id, unless it is gone for whoever asks over the API."""
        row = self.tables[resource.name].rows.get(ident)
        if row is None or (row["loekz"] and self.switches["deleted"] == "hidden"):
            return None
        name, value = HIDDEN
        return None if self.switches["rows"] == "some" and row.get(name) == value else row

    def add(self, resource: Resource, sent: Mapping[str, Any], user: int) -> Row:
        """Create a record; Refused if the fields do not fit."""
        required = self.required(resource)
        accepted = checks.accept(resource, sent, self, self._unseen(resource, user), required)
        for name in required:
            if accepted.get(name) is None:
                raise checks.missing(resource, name)
        if self.switches["duplicates"] == "error":
            self._refuse_duplicate(resource, accepted)
        ident, moment = self.tables[resource.name].next_id, self._wall_clock()
        row = {**resource.blank(), "id": ident, resource.id_name: ident, **accepted}
        row.update(cdate=moment, cname=user, versi=0)
        if "uid" in row:
            row["uid"] = self._uid(resource, ident)
        return self._save(resource, row, accepted, user)

    def change(self, resource: Resource, row: Row, sent: Mapping[str, Any], user: int) -> Row:
        """Change the sent fields of a record; every save counts, even one that changes nothing."""
        if resource.name == "crmActivities" and row["messageid"] and self.switches["sent_messages"] == "closed":
            raise Refused("Un message envoyé ne peut pas être modifié")
        if self.switches["versi"] == "checked" and str(sent.get("versi", row["versi"])) != str(row["versi"]):
            raise Refused(f"{resource.noun} modifié entre-temps", 409)
        accepted = checks.accept(resource, sent, self, self._unseen(resource, user), self.required(resource))
        return self._save(resource, {**row, **accepted}, accepted, user)

    def remove(self, resource: Resource, row: Row, user: int) -> None:
        """Set the deletion flag."""
        self._save(resource, {**row, "loekz": 1}, {}, user)

    def merge(self, resource: Resource, winner: Row, loser: Row, user: int) -> None:
        """Let the winner live, with the loser's contacts; its log names the loser."""
        if resource.name == "customers":
            contacts = self.tables["contacts"].having("customerid", [str(loser["id"])])
            for contact in contacts:
                self.change(self.resources["contacts"], contact, {"customerid": winner["id"]}, user)
        # The counters of both may have moved with the contacts.
        rows = self.tables[resource.name].rows
        self.remove(resource, rows[loser["id"]], user)
        log = f"[{loser['id']}]" if self.switches["merging_log"] == "losers" else f"[{user}, {int(self.now())}]"
        self._save(resource, {**rows[winner["id"]], "merging_log": log}, {}, user)

    def required(self, resource: Resource) -> Sequence[str]:
        """The fields that a creation must fill: they vary from tenant to tenant."""
        fewest = self.switches["mandatory"] == "fewest"
        return (
            self._required.get(resource.name) or (_FEWEST.get(resource.name) if fewest else None) or (resource.example)
        )

    def held(self, name: str, ident: Any) -> Row | None:
        """The row of a resource with this id, deleted or not."""
        return self.tables[name].rows.get(ident)

    def values(self, number: str) -> Mapping[str, str]:
        """The keys and labels of a drop-down list."""
        return self.lists.get(number, {})

    def refers(self, field: Field, key: int) -> bool:
        """Whether the record that a reference names is there; records outside this sandbox are a fixed few."""
        if field.reference in _TABLES:
            row = self.tables[_TABLES[field.reference]].rows.get(key)
            return row is not None and not row["loekz"]
        return str(key) in self.references.get(field.reference, {})

    def label(self, field: Field, key: Any) -> str | None:
        """What the screens show in the place of a key."""
        if field.reference in _TABLES:
            row = self.tables[_TABLES[field.reference]].rows.get(key) if isinstance(key, int) else None
            return str(row["label"]) if row else None
        return (self.references.get(field.reference, {}) if field.reference else self.values(field.list)).get(str(key))

    def _save(self, resource: Resource, row: Row, accepted: Mapping[str, Any], user: int) -> Row:
        """Stamp the new row, fill in what the server makes of it, and put it in its place."""
        before = self.tables[resource.name].rows.get(row["id"])
        moves = self.switches["udate"] == "moves" or (user != API_USER and self.switches["udate"] == "by_people")
        moment = self._wall_clock() if before is None or moves else before["udate"]
        row.update(udate=moment, uname=user, versi=row["versi"] + 1)
        filling.complete(resource, row, before, accepted, self)
        self.tables[resource.name].put(row)
        if resource.name == "contacts":
            # Where there are several links, the one to the customer of before stays.
            if self.switches["contact_links"] == "one" or row["loekz"]:
                self._count(_customer(before), -1)
            self._count(_customer(row), 1)
        if resource.name == "crmActivities" and before is None:
            self._move("customers", row["customerid"], last_activityid=row["id"], last_action_on=row["date"])
            self._move("contacts", row["contactid"], last_activityid=row["id"], last_action_on=row["date"])
        return self.tables[resource.name].rows[row["id"]]

    def _count(self, ident: int | None, step: int) -> None:
        row = self.held("customers", ident)
        if row is not None:
            self._move("customers", ident, nb_of_contacts=(row["nb_of_contacts"] or 0) + step)

    def _move(self, name: str, ident: int | None, **shown: Any) -> None:
        """Change what a record shows of others, which nobody has edited in it."""
        row = self.held(name, ident)
        if row is not None:
            moved = {"udate": self._wall_clock()} if self.switches["counters"] == "move_udate" else {}
            self.tables[name].put({**row, **shown, **moved})

    def _refuse_duplicate(self, resource: Resource, accepted: Row) -> None:
        for name in resource.unique:
            text = as_text(accepted.get(name))
            twins = self.tables[resource.name].having(name, [text]) if text else []
            if any(not twin["loekz"] for twin in twins):
                raise Refused(f"{resource.noun} déjà existant : {name} {text}")

    def _unseen(self, resource: Resource, user: int) -> frozenset[str]:
        return resource.unseen(self.switches, person=user != API_USER)

    def _wall_clock(self) -> str:
        zone = ZoneInfo("UTC") if self.switches["wall_clock"] == "utc" else self._zone
        return datetime.fromtimestamp(int(self.now()), zone).strftime("%Y-%m-%d %H:%M:%S")

    def _uid(self, resource: Resource, ident: int) -> str:
        digest = hashlib.sha256(f"{resource.noun} {ident}".encode()).hexdigest()
        return f"{self.switches['uid']}-{int(self.now())}{digest[:35]}"


def _customer(contact: Row | None) -> int | None:
    """The customer who counts this contact, if any."""
    if contact is None or contact["loekz"] or not isinstance(contact["customerid"], int):
        return None
    return contact["customerid"]
