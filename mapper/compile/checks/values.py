"""Choices, sets and defaults: what tables and lists hold, and what they lack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapper.compile.checks.findings import Findings
from mapper.compile.checks.rows import natives
from mapper.compile.checks.subject import Place, Subject
from mapper.compile.choices import missing_values
from mapper.records import ListTable, fold
from mapper.spec.document import nearest


def check_values(subject: Subject) -> None:
    """Note what is wrong with the tables of values, the labels and the defaults of all rows."""
    for place in subject.places():
        values = subject.words.values_of(place.row)
        if isinstance(values, dict) and place.row.type in ("choice", "set"):
            _check_table(subject, place, values)
        _check_written_default(subject.found, place)
        if values == "by label" and place.row.type in ("choice", "set"):
            _check_spelling(subject.found, place)
    for name, row in subject.spec.fields.items():
        if row.type not in ("choice", "set"):
            continue
        values = subject.words.values_of(row)
        if row.default is not None:
            _check_default(subject, name, values)
        if values == "by label":
            _check_labels(subject, name)


def _check_spelling(found: Findings, place: Place) -> None:
    """Where nobody knows the values of a custom list, a label goes into it as another side spells it."""
    native, side = place.cell.native, place.side
    if not place.writes or native is None or not native.container or native.table is not None:
        return
    container, known = side.resource.containers[native.container], side.custom(native.container)
    # What records teach, what a run asks for, and a text, which takes any label.
    if container.codec in ("ids", "groups") or (known is None and container.definitions):
        return
    if known is not None and native.field.type != "list":
        return
    message = f"the values of {place.where} are not known: what another side holds is written as it is spelt there"
    found.add("spelling", place.path, message, "give the field its options in the project's catalogue", value=True)


def _check_table(subject: Subject, place: Place, values: Mapping[str, Any]) -> None:
    """A table must have values for a side that is read or written, and one for every canonical value written."""
    side, found = place.side.name, subject.found
    where = subject.words.place_of(place.row, ("fields", place.name))
    lacking = [canonical for canonical, row in values.items() if not natives(row, side)]
    if not (place.reads or place.writes) or not all(isinstance(row, Mapping) for row in values.values()):
        return
    if lacking and len(lacking) == len(values):
        message = f"no value of '{place.name}' has one for {side}"
        found.add("values", place.path, message, f"say it in the table: {lacking[0]}: {{{side}: …}}", value=True)
    elif lacking and place.writes and place.cell.otherwise == "quarantine":
        some = ", ".join(f"'{one}'" for one in lacking[:3]) + (" …" if len(lacking) > 3 else "")
        message = f"{some} cannot be written to {side}: the table has no value for it there"
        found.add("incomplete", (*where, lacking[0]), message, f"add {side}: …, or say otherwise: skip")
    table = place.cell.native.table if place.cell.native else None
    for canonical, row in values.items():
        first = natives(row, side)[:1]
        ident = table.find(first[0]) if table is not None and first else None
        if place.writes and table is not None and ident in table.inactive:
            message = f"'{first[0]}' is no longer in use in the list of {side}"
            found.add("list-value", (*where, canonical, side), message, "name another value first", value=True)


def _check_default(subject: Subject, name: str, values: Any) -> None:
    row, steps = subject.spec.fields[name], ("fields", name, "default")
    given = row.default if isinstance(row.default, list | tuple) else [row.default]
    if row.type == "set" and not isinstance(row.default, list | tuple):
        subject.found.add("default", steps, "the default of a set is a list of values", f"[{row.default}]", value=True)
    for value in given:
        if isinstance(values, dict):
            if value not in values:
                message = f"the default '{value}' is not in the row's table of values"
                subject.found.add("default", steps, message, nearest(str(value), values), value=True)
        elif values == "by label":
            tables = [table for table in _tables(subject, name).values() if table is not None]
            if tables and all(len(table) and table.find(value) is None for table in tables):
                known = [label for table in tables for label in table.labels.values()]
                message = f"the default '{value}' is a label of no side's list"
                subject.found.add("default", steps, message, nearest(str(value), known), value=True)


def _check_written_default(found: Findings, place: Place) -> None:
    """What a create writes where there is no value must be in the vendor's list."""
    default, native = place.spec.default, place.cell.native
    if default is None or native is None or native.table is None or not len(native.table):
        return
    for canonical, _ in missing_values({str(default): {"at": default}}, "at", native.table):
        message = f"the default '{canonical}' is not in the list of {place.side.name}"
        hint = nearest(canonical, native.table.labels.values())
        found.add("list-value", (*place.steps, "default"), message, hint, value=True)


def _tables(subject: Subject, name: str) -> dict[str, ListTable | None]:
    """The known lists of the row's sides."""
    cells = ((side, subject.cells[side].get(name)) for side in subject.spec.fields[name].cells if side in subject.cells)
    return {side: cell.native.table for side, cell in cells if cell and cell.native}


def _check_labels(subject: Subject, name: str) -> None:
    """By label, values are kept that both lists have; the others do not fit."""
    tables = _tables(subject, name)
    skips = (subject.spec.fields[name].otherwise or subject.spec.otherwise) == "skip"
    for start, goal in sorted(subject.flows[name].ways):
        one, other = tables.get(start), tables.get(goal)
        if one is None or other is None or not len(one) or not len(other):
            continue
        labels = {fold(label): label for label in one.labels.values()}
        known = {fold(label) for label in other.labels.values()}
        missing = [label for folded, label in labels.items() if folded not in known]
        steps = ("fields", name, "values")
        if len(missing) == len(labels) and start > goal and (goal, start) in subject.flows[name].ways:
            continue
        if len(missing) == len(labels):
            message = (
                f"the {len(one)} labels of {start} and the {len(other)} of {goal} have none in common, "
                "so that no value is ever kept"
            )
            hint = "say in a table which value stands for which"
            subject.found.add("labels", steps, message, hint, value=True)
        elif missing:
            some = ", ".join(f"'{label}'" for label in missing[:3]) + (" …" if len(missing) > 3 else "")
            does = "are left out" if skips else "do not fit"
            message = f"{len(missing)} of the {len(labels)} labels of {start} {does} in {goal}: {some}"
            subject.found.add("loses", steps, message, value=True)
