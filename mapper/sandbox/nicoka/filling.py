"""What the server makes of a record by itself when it is saved: labels, dates, owners, what hangs on what."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Protocol

from .catalogue import Resource, Row

#: entity numbers, as in `related_entityid`
USER, EMPLOYEE, CONTACT = 1, 101, 250


class World(Protocol):
    """What must be known about the account."""

    references: dict[str, dict[str, str]]

    def values(self, number: str) -> Mapping[str, str]:
        """The keys and labels of a drop-down list."""

    def held(self, name: str, ident: Any) -> Row | None:
        """The row of a resource with this id, deleted or not."""


def complete(resource: Resource, row: Row, before: Row | None, accepted: Mapping[str, Any], world: World) -> None:
    """Fill in what the server makes of a row that was sent; `udate` and `uname` are those of this save."""
    if resource.name in _COMPLETE:
        _COMPLETE[resource.name](row, before, accepted, world)
    elif "last_name" in row:
        row["label"] = " ".join(str(row[name]) for name in ("first_name", "last_name") if row[name])


def _customer(row: Row, before: Row | None, _: Mapping[str, Any], __: World) -> None:
    row["label"] = str(row["name1"])
    row["keyname"] = slug(row["label"])
    _stamp(row, before, "status", "status_udate")


def _contact(row: Row, before: Row | None, accepted: Mapping[str, Any], _: World) -> None:
    # Without a first name the label has a leading blank.
    row["label"] = f"{row['first_name'] or ''} {row['last_name']}"
    _stamp(row, before, "status", "status_udate")
    if "owner_employeeid" in accepted:
        owner = accepted["owner_employeeid"]
        row.update(owner_entityid=None if owner is None else EMPLOYEE, owner_id=owner)


def _activity(row: Row, before: Row | None, accepted: Mapping[str, Any], world: World) -> None:
    row["label"] = world.values("264").get(str(row["type"]), "")
    if before is not None:
        return
    user, contact = row["uname"], world.held("contacts", row["contactid"])
    given = {"entityid": USER, "objectid": user, "date": row["udate"]}
    if contact is not None:
        given["customerid"] = contact["customerid"]
        given |= {"related_entityid": CONTACT, "related_objectid": contact["id"], "related_label": contact["label"]}
    row.update({name: value for name, value in given.items() if accepted.get(name) is None})
    row["author"] = world.references["Utilisateur"].get(str(user))


def _opportunity(row: Row, before: Row | None, accepted: Mapping[str, Any], world: World) -> None:
    _stamp(row, before, "stage", "stage_date")
    if before is not None and before["stage"] != row["stage"]:
        row["previous_stage"] = before["stage"]
    if "assign_to_employeeid" in accepted:
        person = accepted["assign_to_employeeid"]
        row.update(assign_to_entityid=None if person is None else EMPLOYEE, assign_to_objectid=person)
    elif "assign_to_objectid" in accepted:
        employee = row["assign_to_entityid"] == EMPLOYEE
        row["assign_to_employeeid"] = row["assign_to_objectid"] if employee else None
    person = world.held("employees", row["assign_to_employeeid"])
    row["assign_to_name"] = person["label"] if person else None


def _stamp(row: Row, before: Row | None, name: str, stamp: str) -> None:
    if before is None or before[name] != row[name]:
        row[stamp] = row["udate"]


_COMPLETE = {"customers": _customer, "contacts": _contact, "crmActivities": _activity, "opportunities": _opportunity}


def slug(text: str) -> str:
    """The text in lower case without accents, anything else than letters and digits as hyphens."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
