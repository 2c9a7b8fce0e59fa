"""How a stored row stands in the answers: in a list, alone, just created, and with readable companions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .catalogue import Field, Resource, Row

#: where the tenant's public pages stand, as in the vendor's samples
PUBLIC = "https://master.nicoka.dev"


def in_list(resource: Resource, row: Row, switches: Mapping[str, str]) -> Row:
    """The row as a list holds it."""
    shown = dict(row)
    for name in resource.multi:
        if shown[name] is not None:
            shown[name] = _several(shown[name], switches["multi_values"])
    for name in resource.unseen(switches):
        shown.pop(name, None)
    if switches["loekz"] == "other":
        shown["loekz"] = 1
    if switches["numbers"] == "quoted":
        return {name: str(value) if isinstance(value, int | float) else value for name, value in shown.items()}
    return shown


def alone(resource: Resource, row: Row, switches: Mapping[str, str]) -> Row:
    """The row as it is got or updated: the list form and what is made up on the spot."""
    made_up = _MADE_UP.get(resource.name)
    return {**in_list(resource, row, switches), **(made_up(row) if made_up else {})}


def created(resource: Resource, row: Row, switches: Mapping[str, str]) -> Row:
    """The row as the answer to its creation shows it, with other types than later."""
    shown = alone(resource, row, switches)
    shown["id"] = shown[resource.id_name] = str(row["id"])
    quoted = ("assignment_type", "compid", "customerid") if resource.name == "opportunities" else ("assignment_type",)
    for name in quoted:
        if shown.get(name) is not None:
            shown[name] = str(row[name])
    if resource.name == "customers":
        shown["active"] = bool(row["active"])
    if resource.name == "opportunities":
        shown["margin_rate"] = 0
    return shown


def _of_customer(row: Row) -> Row:
    return {"updateLink": f"?route=customers/main&customerid={row['id']}"}


def _of_contact(row: Row) -> Row:
    uid, ident = row["uid"], row["id"]
    return {
        "initials": f"{(row['first_name'] or '')[:1]} {(row['last_name'] or '')[:1]}",
        "consent_management_link": f"{PUBLIC}/public/contacts/consent/{uid}/",
        "unsubscribe_link": f"{PUBLIC}/public/subscriptions/unsubscribe/{uid}/?eid=250&id={ident}",
        "portal_registering_link": f"{PUBLIC}/portal/?a=register&token={uid}&id={ident}",
        "name": row["label"],
        "updateLink": f"?route=contacts/main&contactid={ident}",
    }


def _of_activity(row: Row) -> Row:
    related = f"{row['related_entityid']}__{row['related_objectid']}" if row["related_entityid"] else None
    return {
        "start_time": str(row["date"])[11:16],
        "related": related,
        "made_by_uid": f"{row['entityid']}__{row['objectid']}",
        "related_to_uid": related,
        "updateLink": f"?route=contacts/activities&activityid={row['id']}",
    }


def _of_opportunity(row: Row) -> Row:
    return {"updateLink": f"?route=opportunities/main&opid={row['id']}"}


_MADE_UP = {
    "customers": _of_customer,
    "contacts": _of_contact,
    "crmActivities": _of_activity,
    "opportunities": _of_opportunity,
}


def readable(resource: Resource, row: Row, shown: Row, label: Callable[[Field, Any], str | None]) -> Row:
    """The shown row with a `<field>__formated` companion (the vendor's spelling) beside every key of a list."""
    companions: Row = {}
    for name in shown:
        field = resource.fields.get(name)
        if field is None or not (field.list or field.reference):
            continue
        value = row[name]
        keys = value if isinstance(value, list) else [] if value is None else [value]
        labels = [text for key in keys if (text := label(field, key)) is not None]
        companions[f"{name}__formated"] = ", ".join(labels) or None
    return {**shown, **companions}


def _several(keys: Any, form: str) -> Any:
    if form == "array" or not isinstance(keys, list):
        return keys
    return ",".join(keys) if form == "csv" else json.dumps(keys, ensure_ascii=False, separators=(",", ":"))
