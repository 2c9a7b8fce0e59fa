"""Single values of posted objects: what each kind of member takes, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .shapes import Property
from .tenant import Field, ListValue, Tenant, User


class Refused(Exception):
    """The vendor's reason for not taking an object, as it would show it to people."""


#: The forms in which dates are written somewhere, each by one of the sources.
_FORMS = (
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d",
    "%d/%m/%Y",
)


def folded(body: Any) -> dict[str, Any]:
    """A posted object with lower-cased names."""
    if not isinstance(body, dict):
        raise Refused("Objet invalide")
    return {str(name).lower(): value for name, value in body.items()}


def text(name: str, value: Any) -> str:
    """A text; numbers pass, as a sample of the vendor posts an external code as a number."""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return str(value)
    raise Refused(f"La valeur de {name} n'est pas une chaîne")


def number(name: str, value: Any) -> float:
    """A number of JSON."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"La valeur de {name} n'est pas un nombre")
    return value


def flag(name: str, value: Any) -> bool:
    """A boolean of JSON."""
    if not isinstance(value, bool):
        raise Refused(f"La valeur de {name} n'est pas un booléen")
    return value


def moment_of(name: str, written: str) -> float:
    """Unix seconds of a date in one of the vendor's forms, the clock being read as UTC."""
    for form in _FORMS:
        try:
            return datetime.strptime(written, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    raise Refused(f"La valeur {written} de {name} n'est pas une date")


def custom_value(tenant: Tenant, field: Field, value: Any) -> str:
    """What is kept of a custom field's text; of a list value its Guid."""
    if not isinstance(value, str):
        raise Refused(f"La valeur du champ {field.ident} doit être une chaîne")
    if not value or field.kind == "text":
        return value
    if field.kind == "list":
        chosen = tenant.choice(field.values, value)
        if chosen:
            return chosen.guid
    elif _FITS[field.kind](value):
        return value
    raise Refused(f"La valeur {value} n'est pas valide pour le champ {field.ident}")


class Values:
    """Reads the members of posted objects that stand for themselves: no other object is needed to understand them."""

    def __init__(self, tenant: Tenant, switches: Mapping[str, str]) -> None:
        self.tenant = tenant
        self.switches = switches
        self._kinds: dict[str, Callable[[Property, Any], Any]] = {
            "text": lambda prop, value: text(prop.name, value),
            "number": lambda prop, value: number(prop.name, value),
            "flag": lambda prop, value: flag(prop.name, value),
            "epoch": lambda prop, value: float(number(prop.name, value)),
            "country": self._country,
            "value": lambda prop, value: self._value(prop, folded(value)),
            "action_type": self._action_type,
            "user": lambda prop, value: self._user(folded(value)).guid,
            "gender": self._code,
            "code": self._code,
            "code_guid": self._code,
            "enum": self._word,
            "date": self._date,
            "moment": self._moment,
            "ident": self._ident,
        }

    def read(self, prop: Property, value: Any) -> Any:
        """The value as it is kept; raises Refused."""
        return self._kinds[prop.kind](prop, value)

    def _country(self, prop: Property, value: Any) -> str:
        written = text(prop.name, value)
        if written and not re.fullmatch("[A-Z]{2}", written):
            raise Refused(f"Le code pays {written} n'est pas valide")
        return written

    def _code(self, prop: Property, value: Any) -> str | None:
        code = text(prop.name, value)
        if code and code not in self.tenant.lists[prop.of]:
            raise Refused(f"Le code {code} n'existe pas dans la liste {prop.name}")
        return code or None

    def _value(self, prop: Property, value: Mapping[str, Any]) -> str:
        code, guid = value.get("code"), value.get("guid")
        found: ListValue | None = None
        if isinstance(code, str) and code:
            found = self.tenant.lists[prop.of].get(code)
        elif isinstance(guid, str):
            found = self.tenant.value(prop.of, guid)
        if found is None:
            # A label alone is no key: the vendor's page says to fill in the code.
            raise Refused(f"Le code {code or ''} n'existe pas dans la liste {prop.name}")
        return found.code

    def _action_type(self, prop: Property, value: Any) -> str | None:
        return self._code(prop, value) if isinstance(value, str) else self._value(prop, folded(value))

    def _user(self, value: Mapping[str, Any]) -> User:
        wanted = value.get("extcode") or value.get("fullname")
        found = self.tenant.user(wanted) if isinstance(wanted, str) else None
        if found is None:
            raise Refused(f"L'utilisateur {wanted or ''} n'existe pas")
        return found

    def _word(self, prop: Property, value: Any) -> str | None:
        written = text(prop.name, value)
        found = next((word for word in prop.words if word.lower() == written.lower()), None)
        if written and found is None:
            raise Refused(f"La valeur {written} de {prop.name} n'est pas connue")
        return found

    def _date(self, prop: Property, value: Any) -> float | None:
        written = text(prop.name, value)
        return moment_of(prop.name, written) if written else None

    def _moment(self, prop: Property, value: Any) -> float:
        form = self.switches["action_dates"]
        if isinstance(value, str) and form != "number":
            return moment_of(prop.name, value)
        if form == "text":
            raise Refused(f"La valeur de {prop.name} n'est pas une date")
        return float(number(prop.name, value))

    def _ident(self, prop: Property, value: Any) -> str | None:
        written = text(prop.name, value)
        if written and not re.fullmatch("[0-9a-f]{24}", written):
            raise Refused(f"La valeur {written} de {prop.name} n'est pas un identifiant")
        return written or None


def _is_date(written: str) -> bool:
    if not re.fullmatch("[0-9]{2}/[0-9]{2}/[0-9]{4}", written):
        return False
    try:
        datetime.strptime(written, "%d/%m/%Y")
    except ValueError:
        return False
    return True


_FITS: dict[str, Callable[[str], object]] = {
    "flag": lambda written: written in ("true", "false"),
    "number": lambda written: re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", written),
    "date": _is_date,
}
