"""From a posted object to a stored row: every rule of writing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .shapes import ENTITIES, PARTS, Entity, Property, Row, Shape, blank, empty
from .store import Table
from .tenant import Tenant
from .values import Refused, Values, custom_value, folded, text

#: What a stricter tenant wants as well; no document says what is required.
_MORE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ncThird": (("Status",),),
    "ncContact": (("Name",),),
    "ncDeal": (("Process",),),
}

Keys = tuple[str, ...]
#: By the member with a reference: the keys by which the query says that it is found; None: it says nothing, and must.
Inner = Mapping[str, Keys | None]


def match(table: Table, keys: Keys, body: Mapping[str, Any]) -> Row | None:
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

    def __init__(
        self,
        tenant: Tenant,
        tables: Mapping[str, Table],
        switches: Mapping[str, str],
        new_guid: Callable[[], str],
    ) -> None:
        self.tenant = tenant
        self.tables = tables
        self.switches = switches
        self._new_guid = new_guid
        self._values = Values(tenant, switches)

    def row(self, entity: Entity, old: Row | None, body: Mapping[str, Any], inner: Inner) -> Row:
        """The row after the post; what the object does not mention stays, and unknown names are ignored."""
        row = dict(old or blank(entity))
        for prop, value in _told(entity, body):
            if value is None and (old is None or self.switches["null_on_update"] == "unchanged"):
                continue
            if value == "" and old is not None and self.switches["empty_on_update"] == "unchanged":
                continue
            row[prop.name] = self._value(entity, prop, value, row, inner)
        if "Process" in entity.kinds:
            self._first_step(row)
        _require(entity.needs, row)
        if self.switches["required"] == "more":
            _require(_MORE.get(entity.name, ()), row)
        return row

    def _value(self, entity: Entity, prop: Property, value: Any, row: Row, inner: Inner) -> Any:
        old = row[prop.name]
        if prop.kind == "tags":
            return self._tags(value, old)
        if prop.kind == "fields":
            return self._fields(entity, value, old)
        if value is None:
            return empty(prop.kind)
        if prop.kind == "ref":
            keys = inner[prop.name] if prop.name in inner else ENTITIES[prop.of].by
            return self._ref(prop, value, keys)
        if prop.kind == "process":
            return self._process(folded(value))
        if prop.kind == "step":
            return self._step(row["Process"], folded(value))
        if prop.kind == "link":
            return self._link(text(prop.name, value))
        if prop.kind == "user" and entity.about.get("user_by_guid") and (guid := folded(value).get("guid")):
            return self._user_by_guid(guid)
        return self._inside(prop, value, old)

    def _inside(self, prop: Property, value: Any, old: Any) -> Any:
        """The value of a member that may stand at any depth."""
        if prop.kind == "part":
            return self._part(PARTS[prop.of], value, old)
        if prop.kind == "parts":
            if not isinstance(value, list):
                raise Refused(f"{prop.name} doit être une liste")
            return [self._part(PARTS[prop.of], item, None) for item in value]
        if prop.kind == "addresses":
            address = PARTS["Address"]
            return [self._part(address, item, None) for item in (value if isinstance(value, list) else [value])]
        if prop.kind == "ref":
            return self._ref(prop, value, ENTITIES[prop.of].by)
        return self._values.read(prop, value)

    def _part(self, shape: Shape, value: Any, old: Row | None) -> Row:
        # What the vendor does is not known. Replacing loses the members that were not sent, which is the worse case
        # for a client, so it is the default.
        row = dict(old) if old and self.switches["nested_update"] == "merge" else blank(shape)
        for prop, member in _told(shape, folded(value)):
            if member == "" and old and self.switches["empty_on_update"] == "unchanged":
                continue
            if member is not None:
                row[prop.name] = self._inside(prop, member, row[prop.name])
            elif self.switches["null_on_update"] == "clears":
                row[prop.name] = empty(prop.kind)
        if shape.guid:
            row["Guid"] = row.get("Guid") or self._new_guid()
        return row

    def _ref(self, prop: Property, value: Any, keys: Keys | None) -> str:
        if keys is None:
            raise Refused(f"Le paramètre {prop.of.removeprefix('nc').lower()}uniqueproperty est obligatoire")
        found = match(self.tables[prop.of], keys, folded(value))
        if found is None:
            named = {"ncThird": "Le compte indiqué"}.get(prop.of, f"L'objet {prop.name} indiqué")
            raise Refused(f"{named} n'existe pas")
        return str(found["Guid"])

    def _process(self, value: Mapping[str, Any]) -> str:
        table, code = self.tables["ncDealProcess"], value.get("code")
        found = table.find("Extcode", code) if code else table.find("Guid", value.get("guid"))
        if found is None:
            raise Refused(f"Le processus {code or value.get('guid') or ''} n'existe pas")
        return str(found["Guid"])

    def _step(self, process: str | None, value: Mapping[str, Any]) -> str:
        code, guid = value.get("code"), value.get("guid")
        steps = self.tables["ncDealProcess"].rows[process]["Steps"] if process else []
        for step in steps:
            if (code and step["Extcode"] == code) or (not code and guid and step["Guid"] == guid):
                return str(step["Guid"])
        raise Refused(f"L'étape {code or guid or ''} n'existe pas dans le processus")

    def _first_step(self, row: Row) -> None:
        """A deal stands at a step of its own process; where it was put into another one, at the first."""
        steps = self.tables["ncDealProcess"].rows[row["Process"]]["Steps"] if row["Process"] else []
        if row["Status"] not in [step["Guid"] for step in steps]:
            row["Status"] = steps[0]["Guid"] if steps else None

    def _link(self, key: str) -> str | None:
        deals = self.tables["ncDeal"]
        found = deals.find("Extcode", key) or deals.find("Guid", key)
        if key and found is None:
            raise Refused(f"Le lot principal {key} n'existe pas")
        return str(found["Guid"]) if found else None

    def _user_by_guid(self, guid: Any) -> str:
        found = self.tenant.user_by_guid(guid)
        if found is None:
            raise Refused(f"L'utilisateur {guid} n'existe pas")
        return found.guid

    def _tags(self, value: Any, old: list[str] | None) -> list[str] | None:
        if value is None:
            return old
        kept = old if self.switches["containers"] == "merge" else None
        guids = dict.fromkeys(kept or [])
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
        merged = dict(old) if self.switches["containers"] == "merge" else {}
        for item in value:
            body = folded(item)
            field = entity.fields.get(str(body.get("fieldid")))
            if field is None:
                raise Refused(f"Le champ spécifique {body.get('fieldid')} n'existe pas")
            written = body.get("value")
            if written is None:
                if self.switches["null_on_update"] == "clears":
                    merged[field.ident] = ""
                continue
            if written == "" and self.switches["empty_on_update"] == "unchanged":
                continue
            merged[field.ident] = custom_value(self.tenant, field, written)
        return merged


def _told(shape: Shape, body: Mapping[str, Any]) -> list[tuple[Property, Any]]:
    """The known members of a posted object in the shape's order: a step is understood by its process."""
    return [(prop, body[name]) for name, prop in shape.by_wire.items() if name in body]


def _require(needs: Iterable[tuple[str, ...]], row: Row) -> None:
    for group in needs:
        if not any((row[name] or "").strip() for name in group):
            raise Refused(f"Le champ {' ou '.join(group)} est obligatoire")
