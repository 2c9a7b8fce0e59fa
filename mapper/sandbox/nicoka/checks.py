"""What a write may hold: each sent value is brought into the stored form of its field, or refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from . import markup
from .catalogue import Field, Resource, Row

#: the kinds of fields in which 0 may stand for none
_COUNTED = ("int", "double", "decimal", "choice", "reference")


class Refused(Exception):
    """The call is answered with an error; `status` is the HTTP status and the code in the body."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class World(Protocol):
    """What the checks must know about the account."""

    switches: dict[str, str]

    def values(self, number: str) -> Mapping[str, str]:
        """The keys and labels of a drop-down list."""

    def refers(self, field: Field, key: int) -> bool:
        """Whether the record that a reference names is there."""


def accept(
    resource: Resource, sent: Mapping[str, Any], world: World, unseen: frozenset[str], required: Sequence[str]
) -> Row:
    """The sent fields in their stored form, without those that nobody may write."""
    if world.switches["body_limit"] == "64k" and len(json.dumps(sent)) > 65_536:
        raise Refused("Requête trop longue", 413)
    accepted: Row = {}
    for name, value in sent.items():
        field = resource.open_field(name, unseen)
        if field is None or field.read_only:
            if world.switches["unknown_fields"] == "error":
                raise Refused(f"Le champ {name} ne peut pas être modifié")
            continue
        clearing = world.switches["clearing"]
        if clearing == "zero" and field.kind in _COUNTED and str(value) == "0":
            accepted[name] = None
        elif _says(field, value, clearing):
            accepted[name] = _stored(field, value, world)
    for name in required:
        if name in accepted and accepted[name] in (None, ""):
            raise missing(resource, name)
    return accepted


def missing(resource: Resource, name: str) -> Refused:
    """The refusal of a record without a mandatory field."""
    return Refused(f"Le champ {resource.fields[name].label} ({name}) est obligatoire")


def _says(field: Field, value: Any, clearing: str) -> bool:
    """Whether a value is one for the server: where one of null, "" and 0 empties, the others say nothing."""
    if value is None:
        return clearing in ("both", "null")
    if value == "":
        return clearing in ("both", "empty") or (clearing == "zero" and field.kind not in _COUNTED)
    return True


def _stored(field: Field, value: Any, world: World) -> Any:
    if value is None or value == "":
        return None
    try:
        return _CHECKS[field.kind](field, value, world)
    except (ValueError, InvalidOperation):
        if world.switches["bad_values"] == "stored":
            return value
        label = field.label or field.name
        raise Refused(f"Valeur non valide pour le champ {label} ({field.name})") from None


def _raw(_: Field, value: Any, __: World) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _text(field: Field, value: Any, world: World) -> str:
    if isinstance(value, bool | dict | list):
        raise ValueError(value)
    text = str(value)
    if field.length is not None and len(text) > field.length:
        if world.switches["lengths"] == "error":
            raise Refused(f"Le champ {field.label} ({field.name}) dépasse {field.length} caractères")
        if world.switches["lengths"] == "truncated":
            return text[: field.length]
    if field.name == "comments":
        text = markup.let_through(text, world.switches["markup"])
    if field.picks and text not in field.picks:
        raise ValueError(value)
    return text


def _int(_: Field, value: Any, __: World) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
        raise ValueError(value)
    return int(value)


def _double(_: Field, value: Any, __: World) -> float:
    if isinstance(value, bool | dict | list):
        raise ValueError(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _decimal(_: Field, value: Any, __: World) -> str:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return f"{number:.8f}"


def _date(_: Field, value: Any, __: World) -> str:
    return _moment(value, "%Y-%m-%d")


def _datetime(_: Field, value: Any, __: World) -> str:
    return _moment(value, "%Y-%m-%d %H:%M:%S")


def _moment(value: Any, form: str) -> str:
    # The round trip refuses what strptime forgives, such as 2025-1-2.
    if datetime.strptime(str(value), form).strftime(form) != value:
        raise ValueError(value)
    return str(value)


def _boolean(_: Field, value: Any, __: World) -> int:
    if str(value) not in ("0", "1", "True", "False"):
        raise ValueError(value)
    return int(str(value) in ("1", "True"))


def _choice(field: Field, value: Any, world: World) -> int | str:
    key = str(value)
    if key not in world.values(field.list):
        raise ValueError(value)
    return int(key) if key.isdigit() else key


def _reference(field: Field, value: Any, world: World) -> int:
    key = _int(field, value, world)
    if not world.refers(field, key):
        raise ValueError(value)
    return key


def _multi(field: Field, value: Any, world: World) -> list[str] | None:
    keys = [str(item) for item in _items(value, world.switches["multi_writes"])]
    known = world.values(field.list)
    if world.switches["bad_values"] == "error" and not all(key in known for key in keys):
        raise ValueError(value)
    return list(dict.fromkeys(keys)) or None


def _items(value: Any, form: str) -> list[Any]:
    """Several values from an array, JSON text or text parted by commas or semicolons, where these are understood."""
    if isinstance(value, list):
        parts, found = value, "array"
    elif isinstance(value, str):
        parts, found = _parted(value)
    else:
        parts, found = [value], form
    if isinstance(value, dict) or form not in ("any", found):
        raise ValueError(value)
    return parts


def _parted(text: str) -> tuple[list[Any], str]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        raise ValueError(text)
    if isinstance(value, list):
        return value, "json"
    return [part.strip() for part in re.split("[,;]", text) if part.strip()], "csv"


_CHECKS = {
    "raw": _raw,
    "int": _int,
    "text": _text,
    "double": _double,
    "decimal": _decimal,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "choice": _choice,
    "reference": _reference,
    "multi": _multi,
}
