"""The values of a vendor's lists: asked for once, given by the project, or learnt from records."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from mapper.connect.account import Account
from mapper.connect.operations import Call, Operations
from mapper.connect.templates import names_in
from mapper.errors import Missing, NotAllowed, RuleError, UsageError
from mapper.expr.scalars import as_flag
from mapper.records import ABSENT, ListTable
from mapper.spec.connector import ListSource
from mapper.spec.operation import Operation
from mapper.spec.project import Catalogue


class Lists:
    """The list tables of one connection; a table is made when it is first asked for, and kept until it is renewed."""

    def __init__(self, account: Account, operations: Operations, catalogue: Catalogue) -> None:
        self._account = account
        self._operations = operations
        self._catalogue = catalogue
        self._tables: dict[tuple[str, str], ListTable] = {}
        self._whole: set[tuple[str, str]] = set()
        self._lock = threading.RLock()
        self._calls = {
            name: operations.need("", source.call) if source.call else Call(f"lists.{name}", _operation(source))
            for name, source in account.spec.lists.items()
            if source.path is not None or source.call
        }

    def table(self, resource: str, name: str) -> ListTable:
        """The table of a list such as `values/202`, which is part 202 of the source `values`.

        Raises UsageError where neither the connector nor the project knows the list.
        """
        source_name, _, part = name.partition("/")
        source = self._account.spec.lists.get(source_name)
        given = self._catalogue.lists.get(name)
        named = source is not None and source.path is not None and "resource" in names_in(source.path, source.pos)
        place = (resource if named else "", name)
        with self._lock:
            if source is None and given is None and place not in self._tables:
                known = ", ".join(sorted({*self._account.spec.lists, *self._catalogue.lists})) or "none"
                raise UsageError(f"connection {self._account.name}: there is no list '{name}'", hint=f"known: {known}")
            table = self._tables.setdefault(place, ListTable(name))
            if place not in self._whole:
                self._fill(table, resource, source, part, given or {})
                self._whole.add(place)
            return table

    def renew(self) -> None:
        """Have the vendor asked again; what records have taught stays, as only records tell it."""
        with self._lock:
            for place in list(self._whole):
                source = self._account.spec.lists.get(place[1].partition("/")[0])
                if source is not None and source.path is not None:
                    self._tables[place].clear()
                    self._whole.discard(place)

    def learnt(self, name: str) -> ListTable:
        """The table of a list as far as it is known without asking; records teach it more."""
        with self._lock:
            return self._tables.setdefault(("", name), ListTable(name))

    def _fill(
        self, table: ListTable, resource: str, source: ListSource | None, part: str, given: dict[str, Any]
    ) -> None:
        for values in (source.values if source else {}, given):
            for ident, value in values.items():
                if ident not in table.labels:
                    _add(table, _number(ident), value)
        if source is None or table.name.partition("/")[0] not in self._calls:
            return
        try:
            for item in self._items(self._calls[table.name.partition("/")[0]], {"id": part, "resource": resource}):
                _learn(table, source, item)
        except (Missing, NotAllowed):
            if not given:
                raise

    def _items(self, call: Call, args: dict[str, str]) -> Iterator[Any]:
        """The values as they come: a list, pages of lists, or a map of id to label."""
        if call.spec.page is not None and call.spec.page.style != "none":
            for cut in self._operations.walk(call, args):
                yield from cut.items
            return
        body = self._operations.run(call, args).body
        found = call.items.get(body) if call.items and not isinstance(body, list) else body
        if found is ABSENT and isinstance(body, dict) and all(isinstance(label, str) for label in body.values()):
            found = body
        if isinstance(found, dict):
            yield from ({"id": ident, "label": label} for ident, label in found.items())
        elif isinstance(found, list):
            yield from found
        elif found is not None:
            raise self._operations.nonsense(call, "there is no list of values in the answer")


def _operation(source: ListSource) -> Operation:
    return Operation(path=source.path or "", query=source.query, items=source.items, page=source.page, pos=source.pos)


def _learn(table: ListTable, source: ListSource, item: Any) -> None:
    """Add one value as it stands in an answer; one without id or label is passed over."""
    if not isinstance(item, dict):
        table.add(item, str(item))
        return
    ident = _named(item, (*source.key, "id"))
    label = _named(item, (*source.label, "label"))
    if ident is not None:
        code, active = _named(item, source.code), _named(item, source.active)
        table.add(ident, str(ident if label is None else label), None if code is None else str(code), _can_be(active))


def _can_be(active: Any) -> bool:
    """Whether a value can still be chosen; what says nothing that is understood does not keep it from that."""
    try:
        return active is None or as_flag(active)
    except RuleError:
        return True


def _named(item: dict[str, Any], names: Iterable[str]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _add(table: ListTable, ident: Any, value: Any) -> None:
    """Add a value that a file gives: a label, or a table with a label, a code, and whether it can still be chosen."""
    if isinstance(value, dict):
        code = value.get("code")
        active = value.get("active") is not False
        table.add(ident, str(value.get("label") or ident), None if code is None else str(code), active)
    else:
        table.add(ident, str(value))


def _number(ident: str) -> str | int:
    """An id of a file in its likely wire form: in YAML a key is always text."""
    return int(ident) if ident.isdecimal() and str(int(ident)) == ident else ident
