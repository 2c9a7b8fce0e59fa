"""The longest text that a row can write, against what the vendor's field holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from mapper.compile.chains import size_of
from mapper.compile.checks.rows import natives
from mapper.compile.checks.subject import Place, Subject
from mapper.compile.composites import Parts
from mapper.compile.sides import Native, wire_form
from mapper.compile.wayback import links
from mapper.expr.forms import Form
from mapper.expr.types import TYPES
from mapper.spec.connector import Field
from mapper.spec.document import Steps
from mapper.spec.mapping import Cell

_FIT = "fit"
# One character is at most four bytes of UTF-8.
_WIDEST = 4


def check_lengths(subject: Subject) -> None:
    """Note texts that can never fit into the field that they are written to, and those that may not."""
    for place in subject.places():
        if not place.writes:
            continue
        _check_constants(subject, place)
        if isinstance(place.cell.target, Parts):
            known = TYPES[place.row.type].parts
            for name, part in place.cell.target.parts.items():
                steps = (*place.steps, "parts", name, "path")
                _check_form(subject, place, known[name], part.native, place.spec.parts[name], steps)
        elif place.spec.write:
            _check_cut(subject, place)
        elif place.cell.native:
            if place.row.type in ("choice", "set"):
                _check_labels(subject, place, place.cell.native.field)
            else:
                _check_form(subject, place, place.row.type, place.cell.native, place.spec, place.path)


def _check_constants(subject: Subject, place: Place) -> None:
    """Values that stand in the file itself: they fit, or never will."""
    spec = place.cell.native.field if place.cell.native else None
    if spec is None or spec.length is None:
        return
    for steps, text in _constants(subject, place):
        if size_of(text, spec) > spec.length and _FIT not in place.spec.write:
            message = f"'{_short(text)}' has {size_of(text, spec)} {spec.unit}, {place.where} holds {spec.length}"
            subject.found.add("too-long", steps, message, value=True)


def _constants(subject: Subject, place: Place) -> Iterator[tuple[Steps, str]]:
    if isinstance(place.spec.default, str):
        yield (*place.steps, "default"), place.spec.default
    if isinstance(place.row.default, str) and place.row.type == "text" and not place.spec.write:
        yield ("fields", place.name, "default"), place.row.default
    value = place.cell.value
    if value is not None and isinstance(value.node, ast.Constant) and isinstance(value.node.value, str):
        yield (*place.steps, "write", 0), value.node.value
    values = subject.words.values_of(place.row)
    if isinstance(values, dict) and place.row.type in ("choice", "set") and not place.spec.write:
        where = subject.words.place_of(place.row, ("fields", place.name))
        table = place.cell.native.table if place.cell.native else None
        for canonical, row in values.items():
            for given in natives(row, place.side.name)[:1]:
                if isinstance(given, str) and table is None:
                    yield (*where, canonical, place.side.name), given


def _check_form(subject: Subject, place: Place, kind: str, native: Native, cell: Cell, steps: Steps) -> None:
    """What a type's form writes, or a text of another side."""
    spec = native.field
    if spec.length is None or place.spec.read:
        return
    form = _form(place, kind, native, cell)
    longest = TYPES[kind].longest(form)
    where = f"'{native.path}' of {place.side.name} holds {spec.length}"
    if longest is not None:
        if longest > spec.length and _is_fixed(kind, form):
            message = f"{kind} writes {longest} characters, and {where}"
            subject.found.add("too-long", steps, message, "choose a shorter form, or another field", value=True)
        elif longest > spec.length:
            message = f"{kind} can write {longest} characters, and {where}"
            subject.found.add("length", steps, message, f"cut it: write: {_FIT}", value=True)
        return
    if kind == "text":
        _check_texts(subject, place, native, steps)


def _check_texts(subject: Subject, place: Place, native: Native, steps: Steps) -> None:
    """Free texts of other sides, as far as the length of their fields is known."""
    spec = native.field
    if spec.length is None:
        return
    where = f"'{native.path}' of {place.side.name} holds {spec.length}"
    for side in place.flow.sources(place.side.name):
        other = subject.place(place.name, side)
        held = other.cell.native.field if other and other.cell.native and not other.spec.read else None
        if held is None or held.length is None or isinstance(place.cell.target, Parts):
            continue
        bytes_only = spec.unit == "bytes" != held.unit
        if held.length * (_WIDEST if bytes_only else 1) > spec.length:
            message = f"{side} holds texts of {held.length} {held.unit}, and {where}"
            message += f" {spec.unit}" if spec.unit != held.unit else ""
            subject.found.add("length", steps, message, f"cut them: write: {_FIT}", value=True)


def _form(place: Place, kind: str, native: Native, cell: Cell) -> Form:
    first = cell.form[0] if cell.form else None
    form = wire_form(place.side, native, first)
    known = form in TYPES[kind].forms or (TYPES[kind].patterns and "%" in form)
    locale = place.side.locale
    language = cell.language or place.spec.language or locale.language
    return Form(form=form if known else "", zone=place.side.connector.wire.timezone, language=language)


def _is_fixed(kind: str, form: Form) -> bool:
    """Whether a form always writes as many characters."""
    name = TYPES[kind].resolved(form).form
    if kind in ("siret", "siren", "currency"):
        return True
    return (kind, name) in _FIXED or (kind in ("date", "datetime") and "%" in name)


_FIXED = {
    ("date", "iso"), ("date", "dmy"), ("datetime", "wall"), ("country", "code"), ("country", "alpha3"),
    ("language", "code"),
}  # fmt: skip


def _check_labels(subject: Subject, place: Place, spec: Field) -> None:
    """Labels of other sides' lists, where the labels themselves are written."""
    if spec.length is None or (place.cell.native and place.cell.native.table is not None):
        return
    if subject.words.values_of(place.row) != "by label":
        return
    for side in place.flow.sources(place.side.name):
        other = subject.place(place.name, side)
        table = other.cell.native.table if other and other.cell.native else None
        labels = list(table.labels.values()) if table else []
        longest = max(labels, key=lambda label: size_of(label, spec), default="")
        if size_of(longest, spec) > spec.length:
            size = size_of(longest, spec)
            message = (
                f"the label '{_short(longest)}' of {side} has {size} {spec.unit}, {place.where} holds {spec.length}"
            )
            subject.found.add("length", place.path, message, value=True)


def _check_cut(subject: Subject, place: Place) -> None:
    """A chain of writing that cuts a text to more than the field holds, or does not cut it at all."""
    native = place.cell.native
    if native is None or native.field.length is None or place.cell.value is not None or _FIT in place.spec.write:
        return
    chain = links(place.spec.write, subject.words) or ()
    cuts: list[Any] = [link.args[0] for link in chain if link.name in ("truncate", "truncate_bytes") and link.args]
    known = [cut for cut in cuts if isinstance(cut, int)]
    if known and min(known) > native.field.length:
        message = f"the text is cut to {min(known)}, and {place.where} holds {native.field.length}"
        subject.found.add("length", (*place.steps, "write"), message, f"write: {_FIT}", value=True)
    elif not known and place.row.type == "text" and all(link.name in _SAME_LENGTH for link in chain):
        _check_texts(subject, place, native, (*place.steps, "write"))


_SAME_LENGTH = ("trim", "squeeze", "lower", "upper", "capitalize", "title", "strip_accents", "fold", "digits")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
