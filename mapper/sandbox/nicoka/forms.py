"""How a stored row stands in the answers: in a list, alone, just created, and with readable companions."""

from __future__ import annotations

import json
import re
import unicodedata
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
    if switches["numbers"] == "quoted":
        return {name: str(value) if isinstance(value, int | float) else value for name, value in shown.items()}
    return shown


def alone(resource: Resource, row: Row, switches: Mapping[str, str]) -> Row:
    """The row as it is got or updated: the list form and what is made up on the spot."""
    shown = in_list(resource, row, switches)
    ident = row["id"]
    if resource.name == "contacts":
        uid = row["uid"]
        shown["initials"] = f"{(row['first_name'] or '')[:1]} {(row['last_name'] or '')[:1]}"
        shown["consent_management_link"] = f"{PUBLIC}/public/contacts/consent/{uid}/"
        shown["unsubscribe_link"] = f"{PUBLIC}/public/subscriptions/unsubscribe/{uid}/?eid=250&id={ident}"
        shown["portal_registering_link"] = f"{PUBLIC}/portal/?a=register&token={uid}&id={ident}"
        shown["name"] = row["label"]
    shown["updateLink"] = f"?route={resource.name}/main&{resource.id_name}={ident}"
    return shown


def created(resource: Resource, row: Row, switches: Mapping[str, str]) -> Row:
    """The row as the answer to its creation shows it, with other types than later."""
    shown = alone(resource, row, switches)
    shown["id"] = shown[resource.id_name] = str(row["id"])
    shown["assignment_type"] = None if row["assignment_type"] is None else str(row["assignment_type"])
    if resource.name == "customers":
        shown["active"] = bool(row["active"])
    return shown


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


def label_of(resource: Resource, row: Row) -> str:
    """The display text that the server makes; a contact without first name has a leading blank."""
    if resource.name == "customers":
        return str(row["name1"])
    return f"{row['first_name'] or ''} {row['last_name']}"


def slug(text: str) -> str:
    """The text in lower case without accents, anything else than letters and digits as hyphens."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _several(keys: Any, form: str) -> Any:
    if form == "array" or not isinstance(keys, list):
        return keys
    return ",".join(keys) if form == "csv" else json.dumps(keys, ensure_ascii=False, separators=(",", ":"))
