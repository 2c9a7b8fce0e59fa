"""What a run finds otherwise than the runs before: list values, custom fields, and what the mapping expects.

It is told before anything is written. What the run has seen becomes what the next one compares itself with only when
its decisions become true: a run that was stopped, and a plan, leave it to be told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import orjson

from mapper.compile import CompiledSide, Native, natives
from mapper.errors import GuardError
from mapper.log import log
from mapper.records import ListTable
from mapper.state import watched
from mapper.sync import expecting
from mapper.sync.context import Context
from mapper.sync.report import Warned

#: How many values of one list are named.
_TOLD = 5

#: Under this begins the name by which a list, or a custom field, is noted.
_LIST, _CUSTOM = "list ", "custom "


def begin(context: Context) -> None:
    """Note what the sides' lists and custom fields are, and tell what is new in them."""
    context.tally.fields = expecting.fields_of(context)
    context.noted = watched.facts(context.store, context.entity)
    for side, compiled in context.mapping.sides.items():
        for name, cell in compiled.cells.items():
            for native in natives(cell):
                _see(context, side, compiled, name, native)
    warn(context, _told(context))


def terms_of(context: Context, side: str, names: Iterable[str]) -> str:
    """By what terms these fields are written to a side: the mapping, and the lists and custom fields that they use."""
    wanted = set(names)
    used = [place for place, rows in context.uses.items() if place[0] == side and not wanted.isdisjoint(rows)]
    used = [place for place in used if place in context.found]
    text = orjson.dumps([context.fingerprint, [(*place, context.found[place]) for place in sorted(used)]])
    return blake2b(text, digest_size=16).hexdigest()


def check(context: Context, allowed: frozenset[str]) -> None:
    """Tell what records have shown of lists, and which expectations do not hold.

    Raises GuardError where something of it is to stop the run.
    """
    warn(context, _learnt(context))
    warn(context, expecting.broken(context))
    stopping = [warned for warned in context.warnings if warned.stops]
    if stopping and not context.dry and "unexpected" not in allowed:
        more = f" (and {len(stopping) - 1} more)" if len(stopping) > 1 else ""
        raise GuardError(f"{stopping[0].message}{more}", flag="--allow-unexpected")


def keep(context: Context) -> None:
    """Note what the next run compares itself with."""
    watched.note(context.store, context.entity, {**context.found, **expecting.facts(context)})


def warn(context: Context, found: Iterable[Warned]) -> None:
    """Tell at once, and keep for the report."""
    for warned in found:
        context.warnings.append(warned)
        log.warning("%s: %s", context.entity, warned)


# ---- lists and custom fields --------------------------------------------------------------------------------------


def _see(context: Context, side: str, compiled: CompiledSide, name: str, native: Native) -> None:
    if native.table is not None:
        place = (side, _LIST + native.table.name)
        if _harvested(compiled, native):
            # What was learnt before is what counts until the records are read.
            if place in context.noted:
                context.found[place] = context.noted[place]
            context.learning.setdefault(place, (native.table, _values(native.table)))
            context.uses.setdefault(place, []).append(name)
        elif len(native.table):
            context.found[place] = _values(native.table)
            context.uses.setdefault(place, []).append(name)
    container, _, custom = native.path.partition(".")
    if native.container and custom:
        known = (compiled.context.custom(container) or {}).get(custom)
        if known is not None:
            facts = {"id": known.id, "type": known.type, "readonly": known.readonly}
            context.found[side, _CUSTOM + native.path] = facts
            context.uses.setdefault((side, _CUSTOM + native.path), []).append(name)


def _harvested(compiled: CompiledSide, native: Native) -> bool:
    """Whether the list is learnt from records, so that what it lacks means nothing."""
    source = compiled.context.connector.lists.get((native.field.list or "").partition("/")[0])
    return bool(source and source.harvest)


def _learnt(context: Context) -> Iterator[Warned]:
    """What the records of this run have shown of lists that are learnt from them, where a row's table lacks it.

    To any other row a value that no record bore before is nothing new, as nobody knows the whole list.
    """
    for place, (table, before) in sorted(context.learning.items(), key=lambda one: one[0]):
        side, name = place
        values, then = _values(table), context.noted.get(place)
        context.found[place] = values
        if then is not None:
            # A label that no record of this run has shown is the project's own, and says nothing.
            new = {i: v for i, v in values.items() if i not in then or (then[i] != v and before.get(i) != v)}
            context.found[place] = {**then, **new}
            for row in dict.fromkeys(context.uses[place]):
                yield from _unknown(context, side, name, row, list(new), new)


def _values(table: ListTable) -> dict[str, str]:
    """Each value's label by its id; one that cannot be chosen any more is marked."""
    return {i: f"{label} (no longer in use)" if i in table.inactive else label for i, label in table.labels.items()}


def _told(context: Context) -> Iterator[Warned]:
    for place, now in sorted(context.found.items()):
        then = context.noted.get(place)
        if then is None or then == now:
            continue
        side, name = place
        rows = list(dict.fromkeys(context.uses[place]))
        if name.startswith(_CUSTOM):
            yield _custom_changed(context, side, name.removeprefix(_CUSTOM), then, now, rows)
        else:
            yield from _list_changed(context, side, name, then, now, rows)


def _custom_changed(
    context: Context, side: str, name: str, then: dict[str, Any], now: dict[str, Any], rows: list[str]
) -> Warned:
    words = ", ".join(f"{what} {then.get(what)} is {now[what]} now" for what in now if then.get(what) != now[what])
    return _warned(context, side, f"the custom field {name}: {words}", rows)


def _list_changed(
    context: Context, side: str, name: str, then: dict[str, str], now: dict[str, str], rows: list[str]
) -> Iterator[Warned]:
    new = [ident for ident in now if ident not in then]
    for row in rows:
        yield from _unknown(context, side, name, row, new, now)
        new = [i for i in new if _covered(context, side, row, i)]
    if new:
        several = "values" if len(new) > 1 else "value"
        yield _warned(context, side, f"{name}: new {several} {_named(now, new)}", rows)
    if gone := [ident for ident in then if ident not in now]:
        several = "values are" if len(gone) > 1 else "value is"
        yield _warned(context, side, f"{name}: the {several} gone: {_named(then, gone)}", rows)
    for ident in [ident for ident in now if ident in then and then[ident] != now[ident]][:_TOLD]:
        yield _warned(context, side, f"{name}: the value {ident} was '{then[ident]}', and is '{now[ident]}' now", rows)


def _unknown(context: Context, side: str, name: str, row: str, new: list[str], now: dict[str, str]) -> Iterator[Warned]:
    if lacking := [i for i in new if not _covered(context, side, row, i)]:
        several = "values" if len(lacking) > 1 else "value"
        yield _warned(context, side, f"{name}: new {several} {_named(now, lacking)} unknown to the table", [row])


def _covered(context: Context, side: str, row: str, ident: str) -> bool:
    """Whether a row knows what to make of a value of a side's list; a row without a table takes every label."""
    values = context.mapping.spec.fields[row].values
    table = next(n.table for n in natives(context.mapping.sides[side].cells[row]) if n.table is not None)
    if isinstance(values, str):
        values = context.mapping.spec.tables.get(values)
    if not isinstance(values, dict):
        return True
    for one in values.values():
        listed = one.get(side) if isinstance(one, dict) else None
        for value in listed if isinstance(listed, list | tuple) else [listed]:
            if value is not None and table.find(value) == ident:
                return True
    return False


def _named(values: dict[str, str], idents: list[str]) -> str:
    more = f" and {len(idents) - _TOLD} more" if len(idents) > _TOLD else ""
    return ", ".join(f"'{values[ident]}'" for ident in idents[:_TOLD]) + more


def _warned(context: Context, side: str, words: str, rows: list[str]) -> Warned:
    """A warning about a list or a custom field, with the rows that use it and the place of the first."""
    place = context.mapping.spec.fields[rows[0]].pos
    said = f"row {rows[0]}" if len(rows) == 1 else f"rows {', '.join(rows)}"
    stops = "lists" in expecting.stopping(context)
    return Warned("lists", side, f"{side} {words}, {said}", str(place) if place.file else "", stops)
