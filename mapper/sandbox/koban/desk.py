"""One tenant's records, and the one way in which they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .read import Reader
from .shapes import ACCOUNT, ENTITIES, Entity, Row
from .store import Table
from .tenant import Tenant
from .values import Refused, folded
from .write import Inner, Keys, Writer, match

#: Whether the e-mail counts where the code is there and unknown.
_BY_EMAIL = "ExtcodeThenEmail"
_WON = ("PENDING", "CLOSED")


class Desk:
    """The tables, with the rules of writing and reading under the switches; `clock` returns Unix seconds."""

    def __init__(self, switches: Mapping[str, str], clock: Callable[[], float]) -> None:
        self.switches = switches
        self.clock = clock
        self.tenant = Tenant()
        self.tables = {name: Table(entity) for name, entity in ENTITIES.items()}
        self.accounts = self.tables[ACCOUNT.name]
        self.writer = Writer(self.tenant, self.tables, switches, self.new_guid)
        self.reader = Reader(self.tenant, self.tables, switches)
        self._made = 0
        self.subscriptions: dict[str, Any] = {}
        #: The lists that have shifted while they were read.
        self.shifted: set[str] = set()
        #: What each record was before it was written last.
        self.before: dict[str, Row] = {}
        #: The feeds of the customer's sites, by their address.
        self.sites: dict[str, str] = {}
        #: What a batch has stored so far, with what was there before; None outside of one.
        self._journal: list[tuple[Table, str, Row | None]] | None = None

    def new_guid(self) -> str:
        """A new id: as the vendor's, it tells in its first 8 digits the second in which it was made."""
        self._made += 1
        return f"{int(self.clock()):08x}0dc3610a{self._made:08x}"

    def store(self, entity: Entity, old: Row | None, row: Row) -> str:
        """Store a new row, or the successor of an old one; its Guid."""
        now = round(self.clock(), 3)
        origin = {"Guid": old["Guid"], "created": old["created"]} if old else {"Guid": self.new_guid(), "created": now}
        stored = {**row, **origin, "updated": now}
        if old:
            self.before[old["Guid"]] = old
        self._put(self.tables[entity.name], stored)
        moved = old is None or old.get("Status") != row.get("Status")
        if entity.name == "ncOrder" and moved and row["Status"] in _WON:
            self._win(row)
        return str(stored["Guid"])

    @contextmanager
    def batch(self) -> Iterator[Callable[[], None]]:
        """A block whose writes can all be taken back by what it is given."""
        journal: list[tuple[Table, str, Row | None]] = []

        def take_back() -> None:
            for table, guid, old in reversed(journal):
                table.restore(guid, old)

        self._journal = journal
        try:
            yield take_back
        finally:
            self._journal = None

    def upsert(self, entity: Entity, item: Any, keys: Keys, inner: Inner) -> tuple[str, Row | None]:
        """Write a posted object; its Guid, and the row that it replaced. Raises Refused."""
        body = folded(item)
        if self.switches["empty_key"] == "refuses" and keys and not body.get(keys[0].lower()):
            raise Refused(f"La clé {keys[0]} est vide")
        old = match(self.tables[entity.name], keys, body)
        return self.store(entity, old, self.writer.row(entity, old, body, inner)), old

    def typed(self, entity: Entity, old: Row | None, body: Mapping[str, Any]) -> str:
        """Write as a person does on a screen: an emptied box is empty, and the other boxes stay. Raises Refused."""
        screen = {**self.switches, "null_on_update": "clears", "nested_update": "merge", "containers": "merge"}
        screen["empty_on_update"] = "clears"
        writer = Writer(self.tenant, self.tables, screen, self.new_guid)
        return self.store(entity, old, writer.row(entity, old, folded(dict(body)), {}))

    def uniques(self, entity: Entity, args: Mapping[str, str], *, lenient: bool = False) -> tuple[Keys, Inner]:
        """The keys of an object, and of the references inside it, that a query names. Raises Refused.

        `lenient`: the call has no parameters for the references, which are then found by any key.
        """
        wanted = args.get("uniqueproperty", "")
        keys = entity.uniques.get(wanted)
        if entity.name == "ncContact" and wanted == "Guid" and self.switches["contact_guid"] == "accept":
            keys = ("Guid",)
        if keys is None:
            raise Refused(f"La clé {wanted!r} n'est pas valide")
        inner: dict[str, Keys | None] = {}
        for parameter, member in entity.inner.items():
            given = args.get(parameter)
            known = ENTITIES[next(prop.of for prop in entity.properties if prop.name == member)]
            # A client in use names invoices by their Guid here.
            options = {**known.uniques, "Guid": ("Guid",)}
            if given is not None and given not in options:
                raise Refused(f"La clé {given!r} n'est pas valide")
            if given is not None or not lenient:
                inner[member] = options[given] if given is not None else None
        return keys, inner

    def keys_for(self, wanted: str, keys: Keys, body: Mapping[str, Any]) -> Keys:
        """The keys that count for one object: the switch says whether an e-mail does beside a code that is unknown."""
        only_code = wanted.startswith(_BY_EMAIL) and self.switches["then_email"] == "empty" and body.get("extcode")
        return keys[:1] if only_code else keys

    def _put(self, table: Table, row: Row) -> None:
        if self._journal is not None:
            self._journal.append((table, row["Guid"], table.rows.get(row["Guid"])))
        table.put(row)

    def _win(self, order: Row) -> None:
        """An order that goes out wins its quote, and the quote's deal; without a quote the deal that it names."""
        quotes, deals = self.tables["ncQuote"], self.tables["ncDeal"]
        now, deal = round(self.clock(), 3), order["Deal"]
        if quote := quotes.rows.get(order["Quote"] or ""):
            self._put(quotes, {**quote, "won": True, "updated": now})
            deal = quote["Deal"] or deal
        if (row := deals.rows.get(deal or "")) and row["Result"] != "WON":
            self._put(deals, {**row, "Result": "WON", "DResult": now, "updated": now})
