"""From a posted object to a stored row: every rule of writing, and every refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .shapes import ACCOUNT, ADDRESS, BLANK, Entity, Property, Row, blank
from .store import Table
from .tenant import Field, ListValue, Tenant


class Refused(Exception):
    """The vendor's reason for not taking an object, as it would show it to people."""


def folded(body: Any) -> dict[str, Any]:
    """A posted object with lower-cased names."""
    if not isinstance(body, dict):
        raise Refused("Objet invalide")
    return {str(name).lower(): value for name, value in body.items()}


def match(table: Table, keys: tuple[str, ...], body: Mapping[str, Any]) -> Row | None:
    """The stored row that a posted object means; a key that the object lacks never matches."""
    for key in keys:
        value = _key(key, body)
        found = table.find(key, value) if value else None
        if found:
            return found
    return None


def _key(key: str, body: Mapping[str, Any]) -> Any:
    if key == "NameAddress":
        address = body.get("address")
        zip_code = folded(address).get("zipcode") if isinstance(address, dict) else None
        return (body.get("label"), zip_code) if body.get("label") and zip_code else None
    value = body.get(key.lower())
    return str(value) if isinstance(value, str | int) and value else None


class Writer:
    """Turns posted objects into rows, under the tenant's declarations and the sandbox's switches."""

    def __init__(self, tenant: Tenant, accounts: Table, switches: Mapping[str, str]) -> None:
        self.tenant = tenant
        self.accounts = accounts
        self.switches = switches

    def row(self, entity: Entity, old: Row | None, body: Mapping[str, Any], third_keys: tuple[str, ...] | None) -> Row:
        """The row after the post; what the object does not mention stays, and unknown names are ignored.

        `third_keys` are the keys by which accounts inside the object are found, None where the query named none.
        """
        row = dict(old or blank(entity))
        known = entity.by_wire
        keys = third_keys if entity is not ACCOUNT else ("Guid", "Extcode")
        for name, value in body.items():
            prop = known.get(name)
            if prop is None:
                continue
            if value is None and (old is None or self.switches["null_on_update"] == "unchanged"):
                continue
            row[prop.name] = self._value(entity, prop, value, row[prop.name], keys)
        _require(entity, row)
        return row

    def _value(self, entity: Entity, prop: Property, value: Any, old: Any, keys: tuple[str, ...] | None) -> Any:
        if prop.kind == "tags":
            return self._tags(value, old)
        if prop.kind == "fields":
            return self._fields(entity, value, old)
        if value is None:
            return BLANK.get(prop.kind)
        if prop.kind == "account":
            return self._account(value, keys)
        if prop.kind == "address":
            return self._address(value, old)
        if prop.kind == "addresses":
            return [self._address(item, None) for item in (value if isinstance(value, list) else [value])]
        return self._simple(prop, value)

    def _simple(self, prop: Property, value: Any) -> Any:
        if prop.kind == "text":
            return _text(prop.name, value)
        if prop.kind == "flag":
            if not isinstance(value, bool):
                raise Refused(f"La valeur de {prop.name} n'est pas un booléen")
            return value
        if prop.kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise Refused(f"La valeur de {prop.name} n'est pas un nombre")
            return value
        if prop.kind == "gender":
            return self._code(prop, _text(prop.name, value))
        if prop.kind == "choice":
            return self._choice(prop, folded(value))
        return self._user(folded(value))

    def _code(self, prop: Property, code: str) -> str | None:
        if code and code not in self.tenant.lists[prop.values]:
            raise Refused(f"Le code {code} n'existe pas dans la liste {prop.name}")
        return code or None

    def _choice(self, prop: Property, value: Mapping[str, Any]) -> str:
        code, guid = value.get("code"), value.get("guid")
        found: ListValue | None = None
        if isinstance(code, str) and code:
            found = self.tenant.lists[prop.values].get(code)
        elif isinstance(guid, str):
            found = self.tenant.value(prop.values, guid)
        if found is None:
            # A label alone is no key: the vendor's page says to fill in the code.
            raise Refused(f"Le code {code or ''} n'existe pas dans la liste {prop.name}")
        return found.code

    def _user(self, value: Mapping[str, Any]) -> str:
        wanted = value.get("extcode") or value.get("fullname")
        found = self.tenant.user(wanted) if isinstance(wanted, str) else None
        if found is None:
            raise Refused(f"L'utilisateur {wanted or ''} n'existe pas")
        return found.guid

    def _account(self, value: Any, keys: tuple[str, ...] | None) -> str:
        if keys is None:
            raise Refused("Le paramètre thirduniqueproperty est obligatoire")
        found = match(self.accounts, keys, folded(value))
        if found is None:
            raise Refused("Le compte indiqué n'existe pas")
        return str(found["Guid"])

    def _address(self, value: Any, old: Row | None) -> Row:
        body = folded(value)
        # What the vendor does is not known. Replacing loses the members that were not sent, which is the worse case
        # for a client, so it is the default.
        row = dict(old) if old and self.switches["nested_update"] == "merge" else dict.fromkeys(ADDRESS)
        for name in ADDRESS:
            member = body.get(name.lower())
            if member is not None:
                row[name] = _text(name, member)
            elif name.lower() in body and self.switches["null_on_update"] == "clears":
                row[name] = None
        if row["Country"] and not re.fullmatch("[A-Z]{2}", row["Country"]):
            raise Refused(f"Le code pays {row['Country']} n'est pas valide")
        return row

    def _tags(self, value: Any, old: list[str] | None) -> list[str] | None:
        if value is None:
            return old
        guids = dict.fromkeys(old or [])
        for guid in self.tag_guids(value):
            guids[guid] = None
        return list(guids)

    def tag_guids(self, value: Any) -> list[str]:
        """The declared tags that a posted array names."""
        if not isinstance(value, list):
            raise Refused("Tags doit être une liste")
        found = []
        for item in value:
            body = folded(item)
            category, label, code = (str(body.get(name) or "") for name in ("tagcategorycode", "label", "externalcode"))
            tag = self.tenant.find_tag(category, label, code)
            if tag:
                found.append(tag.guid)
            elif self.switches["undeclared_tag"] == "refuse":
                raise Refused(f"Le tag {label or code} n'existe pas dans la catégorie {category}")
        return found

    def _fields(self, entity: Entity, value: Any, old: Mapping[str, str]) -> dict[str, str]:
        if value is None:
            return dict(old)
        if not isinstance(value, list):
            raise Refused("MoreFields doit être une liste")
        merged = dict(old)
        for item in value:
            body = folded(item)
            field = entity.fields.get(str(body.get("fieldid")))
            if field is None:
                raise Refused(f"Le champ spécifique {body.get('fieldid')} n'existe pas")
            text = body.get("value")
            if text is None:
                if self.switches["null_on_update"] == "clears":
                    merged[field.ident] = ""
                continue
            merged[field.ident] = self._field(field, text)
        return merged

    def _field(self, field: Field, text: Any) -> str:
        if not isinstance(text, str):
            raise Refused(f"La valeur du champ {field.ident} doit être une chaîne")
        if not text or field.kind == "text":
            return text
        if field.kind == "list":
            chosen = self.tenant.choice(field.values, text)
            if chosen:
                return chosen.guid
        elif _FITS[field.kind](text):
            return text
        raise Refused(f"La valeur {text} n'est pas valide pour le champ {field.ident}")


def _require(entity: Entity, row: Row) -> None:
    if entity is ACCOUNT and not (row["Label"] or "").strip():
        raise Refused("Le champ Label est obligatoire")
    if entity is not ACCOUNT and not ((row["Name"] or "").strip() or (row["EMail"] or "").strip()):
        raise Refused("Le champ Name ou EMail est obligatoire")


def _text(name: str, value: Any) -> str:
    # Numbers pass: a sample of the vendor posts an external code as a number.
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return str(value)
    raise Refused(f"La valeur de {name} n'est pas une chaîne")


def _is_date(text: str) -> bool:
    if not re.fullmatch("[0-9]{2}/[0-9]{2}/[0-9]{4}", text):
        return False
    try:
        datetime.strptime(text, "%d/%m/%Y")
    except ValueError:
        return False
    return True


_FITS: dict[str, Callable[[str], object]] = {
    "flag": lambda text: text in ("true", "false"),
    "number": lambda text: re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text),
    "date": _is_date,
}
