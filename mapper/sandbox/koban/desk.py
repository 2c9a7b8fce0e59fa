"""One tenant's records, and the one way in which they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .read import Reader
from .shapes import ACCOUNT, CONTACT, Entity, Row
from .store import Table
from .tenant import Tenant
from .write import Refused, Writer, folded, match

Keys = tuple[str, ...]


class Desk:
    """The tables, with the rules of writing and reading under the switches; `clock` returns Unix seconds."""

    def __init__(self, switches: Mapping[str, str], clock: Callable[[], float]) -> None:
        self.switches = switches
        self.clock = clock
        self.tenant = Tenant()
        self.tables = {entity.name: Table(entity) for entity in (ACCOUNT, CONTACT)}
        self.accounts = self.tables[ACCOUNT.name]
        self.writer = Writer(self.tenant, self.accounts, switches)
        self.reader = Reader(self.tenant, self.accounts, switches)
        self._made = 0

    def new_guid(self) -> str:
        """A new id: as the vendor's, it tells in its first 8 digits the second in which it was made."""
        self._made += 1
        return f"{int(self.clock()):08x}0dc3610a{self._made:08x}"

    def store(self, entity: Entity, old: Row | None, row: Row) -> str:
        """Store a new row, or the successor of an old one; its Guid."""
        now = round(self.clock(), 3)
        origin = {"Guid": old["Guid"], "created": old["created"]} if old else {"Guid": self.new_guid(), "created": now}
        stored = {**row, **origin, "updated": now}
        self.tables[entity.name].put(stored)
        return str(stored["Guid"])

    def upsert(self, entity: Entity, item: Any, keys: Keys, third_keys: Keys | None) -> tuple[str, Row | None]:
        """Write a posted object; its Guid, and the row that it replaced. Raises Refused."""
        body = folded(item)
        old = match(self.tables[entity.name], keys, body)
        return self.store(entity, old, self.writer.row(entity, old, body, third_keys)), old

    def typed(self, entity: Entity, old: Row | None, body: Mapping[str, Any]) -> str:
        """Write as a person does on a screen: an emptied box is empty, and the other boxes stay. Raises Refused."""
        screen = {**self.switches, "null_on_update": "clears", "nested_update": "merge"}
        writer = Writer(self.tenant, self.accounts, screen)
        return self.store(entity, old, writer.row(entity, old, folded(dict(body)), ("Guid",)))

    def uniques(self, entity: Entity, wanted: str, inner: str | None) -> tuple[Keys, Keys | None]:
        """The keys of an object, and of the accounts inside it, that a query names. Raises Refused."""
        keys = entity.uniques.get(wanted)
        if entity is CONTACT and wanted == "Guid" and self.switches["contact_guid"] == "accept":
            keys = ("Guid",)
        if keys is None:
            raise Refused(f"La clé {wanted!r} n'est pas valide")
        if inner is not None and inner not in ACCOUNT.uniques:
            raise Refused(f"La clé {inner!r} n'est pas valide")
        return keys, ACCOUNT.uniques[inner] if inner is not None else None
