"""Choices, sets and references: from the vendor's ids, labels and codes to one canonical value, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mapper.errors import RuleError
from mapper.expr.steps import Convert, Step
from mapper.records import ABSENT, CLEAR, ListTable, fold
from mapper.spec.connector import Field

Pair = tuple[Step, Step]

#: In a table of values, marks the canonical value that a native value shared by several is read as.
PREFERRED = "preferred"

#: The forms in which a set stands on the wire as one text.
SET_TEXTS: Mapping[str, Callable[[list[Any]], str]] = {
    "csv": lambda items: ",".join(map(str, items)),
    "jsontext": lambda items: json.dumps(items, ensure_ascii=False, separators=(",", ":")),
}

_MANY_SPELLINGS = 10_000
_NONE = (None, "", 0, "0")


def missing_values(values: Mapping[str, Any], side: str, table: ListTable | None) -> Iterator[tuple[str, Any]]:
    """The native values of a side's column that its list does not have, each with its canonical value."""
    if table is None or not len(table):
        return
    for canonical, row in values.items():
        yield from ((canonical, v) for v in _listed(row, side) if table.find(v) is None)


def table_pair(values: Mapping[str, Any], side: str, spec: Field, table: ListTable | None) -> Pair:
    """Reader and writer of a choice with a table of values."""
    inward: dict[str, str] = {}
    exact: dict[str, str] = {}
    outward: dict[str, Any] = {}
    # Of several canonical values of one native value, the preferred one is read.
    for canonical, row in sorted(values.items(), key=lambda entry: not _is_preferred(entry[1])):
        for value in _listed(row, side):
            native = _native(value, spec, table)
            # A blank says nothing, whatever the table makes of it.
            if inward.setdefault(fold(str(native)), canonical) == canonical and not _is_blank(native):
                exact[str(native)] = canonical
    for canonical, row in values.items():
        for value in _listed(row, side)[:1]:
            outward[canonical] = _native(value, spec, table)

    def read(value: Any) -> Any:
        if value is ABSENT or _is_blank(value):
            return value if value is ABSENT else None
        found = inward.get(fold(str(value)))
        if found is None:
            if _is_none(value, table):
                return None
            raise RuleError(f"{_named(value, table)} is not in the row's table of values")
        return found

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        if value is None:
            return CLEAR
        if value not in outward:
            raise RuleError(f"{value!r} has no value on this side in the row's table")
        native = outward[value]
        if table is not None:
            _refuse_inactive(table, table.find(native))
        return native

    closed = table is not None and table.inactive
    return (
        _step("values", read, exact, str),
        _step("values", write, {} if closed else outward, _only_class(outward.values()), clears=True),
    )


def _step(
    name: str,
    call: Convert,
    exact: Mapping[str, Any],
    gives: type | None,
    *,
    clears: bool = False,
    tables: tuple[ListTable, ...] = (),
) -> Step:
    """A step that looks spelled values up in a dict of texts, and leaves all others to the function."""
    names = {"TABLE": Spellings(exact, call, learns=not clears, tables=tables)}
    return Step(name, call, clears=clears, fast=LOOKED_UP, names=names, gives=gives, exact=exact, tested=FOUND)


#: How values are looked up, and the same in parts, as `Step.tested` has them.
LOOKED_UP: Mapping[type[Any], str] = {object: "TABLE[v]"}
FOUND = ("(n := TABLE[v]) is not None", "n", "True")


class Spellings(dict[Any, Any]):
    """What spelled values come to; of all others a function decides, which is asked once for each spelling of a text.

    A vendor's people spell a value in a few ways, so that each of them needs to be folded only once. All is forgotten
    when one of the vendor's lists gives a value another label.
    """

    def __init__(
        self, known: Mapping[str, Any], decide: Convert, *, learns: bool = True, tables: tuple[ListTable, ...] = ()
    ) -> None:
        super().__init__(known)
        self._decide = decide
        self._learns = learns
        self.tables = tables
        for table in tables:
            table.when_renamed(self.forget)

    def forget(self) -> None:
        """Ask of every value anew."""
        self.clear()

    def __missing__(self, value: Any) -> Any:
        if value.__class__ is int and (found := self.get(str(value))) is not None:
            return found
        found = self._decide(value)
        # Only texts: 1 and True are the same key. What is no value today may be learnt by the vendor's list tomorrow.
        lasts = found.__class__ is str or found.__class__ is int or (found is None and _is_blank(value))
        if self._learns and lasts and value.__class__ is str and len(self) < _MANY_SPELLINGS:
            self[value] = found
        return found


def _only_class(values: Iterable[Any]) -> type | None:
    classes = {type(value) for value in values}
    return classes.pop() if len(classes) == 1 else None


def _is_preferred(row: Any) -> bool:
    return isinstance(row, Mapping) and row.get(PREFERRED) is True


def _refuse_inactive(table: ListTable, ident: str | None) -> None:
    if ident is not None and ident in table.inactive:
        raise RuleError(f"{table.labels[ident]!r} of the list {table.name} is no longer in use")


def label_pair(spec: Field, table: ListTable | None) -> Pair:
    """Reader and writer of a choice by label; without a list, the label itself stands on the wire."""
    if table is None:
        return code_pair()

    def read(value: Any) -> Any:
        if value is ABSENT or _is_blank(value):
            return value if value is ABSENT else None
        if isinstance(value, dict | list | bool):
            raise RuleError(f"{value!r} is not a single value")
        if spec.holds != "id":
            known = (table.codes if spec.holds == "code" else table.ids).get(fold(str(value)))
            if known is None and spec.holds == "code":
                raise RuleError(f"{value!r} is not a code of the list {table.name}")
            return str(value) if known is None else table.labels[known]
        label = table.labels.get(str(value))
        if label is None:
            if _is_none(value, table):
                return None
            raise RuleError(f"{value!r} is not an id of the list {table.name}")
        return label

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        if value is None:
            return CLEAR
        # A label only: what is a label on one side may be an id of another value on this one.
        found = table.ids.get(fold(str(value)))
        if found is None:
            raise RuleError(f"{value!r} is not a value of the list {table.name}")
        _refuse_inactive(table, found)
        held = _held(found, spec, table, None)
        if held is None:
            raise RuleError(f"{value!r} has no code in the list {table.name}")
        return held

    # Labels are learnt while records are read, but none is ever taken away.
    inward: Mapping[str, str] = table.labels if spec.holds == "id" else {}
    usable = {table.labels[i]: _held(i, spec, table, None) for i in table.ids.values() if i not in table.inactive}
    outward = {label: held for label, held in usable.items() if held is not None}
    tables = (table,)
    reader = _step("label", read, inward, str, tables=tables)
    return reader, _step("label", write, outward, None, clears=True, tables=tables)


def code_pair() -> Pair:
    """Reader and writer of a choice without a table: the vendor's own value is the canonical one."""
    return Step("code", _plain_read, gives=str), Step("code", _plain_write, clears=True, fast={str: "v"})


def set_pair(item: Pair, *, form: str, skip: bool) -> Pair:
    """Reader and writer of a set, from those of one item; `skip` leaves out items that do not fit."""
    read_item, write_item = item[0].call, item[1].call

    def read(value: Any) -> Any:
        return value if value is ABSENT else _each(_items(value), read_item, skip)

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        if isinstance(value, str):
            return value  # a chain has made a text of it
        found = _each(value or [], write_item, skip)
        if form in SET_TEXTS:
            return SET_TEXTS[form](found)
        return found

    steps = []
    for one, call in zip(item, (read, write), strict=True):
        exact = one.exact
        each = "(z if len(z := [ITEMS[i] for i in v]) < 2 else [*ONCE(z)])"
        fast: dict[type[Any], str] = (
            {list: each} if exact is not None and (call is read or form not in SET_TEXTS) else {}
        )
        # A null set is read as an empty one, and written as nothing at all.
        tables = one.names["TABLE"].tables if exact is not None else ()
        names = {**each_item(exact or {}, one.call, learns=call is read, tables=tables), "ONCE": dict.fromkeys}
        kept = exact if fast else None
        steps.append(Step(f"each {one.name}", call, sees_missing=True, fast=fast, names=names, gives=list, exact=kept))
    return steps[0], steps[1]


def each_item(
    exact: Mapping[str, Any], convert: Convert, *, learns: bool, tables: tuple[ListTable, ...]
) -> dict[str, Any]:
    """The look-up of one item and what decides of the others; one that comes to nothing is left to the whole step."""

    def item(value: Any) -> Any:
        found = convert(value)
        if found is None or found is CLEAR or found is ABSENT:
            raise RuleError("an item without value")
        return found

    return {"ITEMS": Spellings(exact, item, learns=learns, tables=tables), "ITEM": convert}


def ref_pair(*, numeric: bool, stamped: str = "") -> Pair:
    """Reader and writer of a reference: the other record's key as text, on the wire a number where keys are.

    `stamped` is what stands before another side's key in the records that were created from there.
    """

    def read(value: Any) -> Any:
        if value is ABSENT:
            return value
        if isinstance(value, dict | list | bool):
            raise RuleError(f"{value!r} is not a single value")
        text = "" if value is None else str(value).strip()
        return None if text in ("", "0") else text.removeprefix(stamped)

    def write(value: Any) -> Any:
        if value is ABSENT:
            return value
        if value is None:
            return CLEAR
        text = str(value)
        digits = numeric and text.isascii() and text.isdecimal() and str(int(text)) == text
        return int(text) if digits else value

    return Step("reference", read, gives=str), Step("reference", write, clears=True)


def _plain_read(value: Any) -> Any:
    if value is ABSENT or value is None:
        return value
    if isinstance(value, dict | list | bool):
        raise RuleError(f"{value!r} is not a single value")
    return str(value).strip() or None


def _plain_write(value: Any) -> Any:
    return CLEAR if value is None else value


def _is_blank(value: Any) -> bool:
    """Whether a native value says nothing: null, or a blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def _listed(row: Any, side: str) -> list[Any]:
    value = row.get(side) if isinstance(row, Mapping) else None
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _native(value: Any, spec: Field, table: ListTable | None) -> Any:
    found = table.find(value) if table is not None else None
    if found is None or table is None:
        return value
    return _held(found, spec, table, value)


def _held(ident: str, spec: Field, table: ListTable, otherwise: Any) -> Any:
    """What of a list value stands on the wire."""
    if spec.holds == "code":
        return table.code_of.get(ident, otherwise)
    return table.wire[ident] if spec.holds == "id" else table.labels[ident]


def _is_none(value: Any, table: ListTable | None) -> bool:
    """Vendors with numeric list ids write 0 for none; unless the list has a 0."""
    return value in _NONE and not (table is not None and str(value) in table.labels)


def _named(value: Any, table: ListTable | None) -> str:
    label = table.labels.get(str(value)) if table is not None else None
    return f"{value!r} ({label})" if label else repr(value)


def _items(value: Any) -> list[Any]:
    """The items of a multi-valued field, which vendors hold as arrays, JSON text or text with commas."""
    if _is_blank(value):
        return []
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, str):
        return [value]
    text = value.strip()
    if text[:1] in '[{"':
        import orjson

        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise RuleError(f"{text[:60]!r} is not a list of values") from None
        return list(found) if isinstance(found, list | dict) else _items(found)
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _each(items: list[Any], convert: Convert, skip: bool) -> list[Any]:
    found: dict[str, Any] = {}
    for value in items:
        try:
            converted = convert(value)
        except RuleError:
            if not skip:
                raise
            continue
        if converted is not None and converted is not CLEAR and converted is not ABSENT:
            found.setdefault(fold(str(converted)), converted)
    return list(found.values())
