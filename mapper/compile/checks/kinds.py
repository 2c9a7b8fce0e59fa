"""Type against type: what a field holds, what each step of a chain takes and gives, and what the row's type reads."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Final

from mapper.compile.checks.findings import Findings
from mapper.compile.checks.subject import Place, Subject
from mapper.compile.composites import Parts
from mapper.compile.sides import wire_form
from mapper.compile.wayback import Link, links
from mapper.expr.catalogue import TRANSFORMS
from mapper.expr.expressions import Expression
from mapper.expr.transform import Transform
from mapper.expr.types import TYPES
from mapper.spec.document import Steps

_CLOCK: Final = frozenset({"date", "datetime"})
#: What holds yes and no in a form that is to be said.
_SPELT: Final = frozenset({"text", "number"})
#: What a step gives, and the kinds for which the next one surely refuses it, whatever the value.
_REFUSED: Final[Mapping[str, frozenset[str]]] = {
    "list": frozenset({"text", "number", *_CLOCK}),
    "record": frozenset({"text", "number", *_CLOCK}),
    "flag": frozenset({"text", "number", "record", *_CLOCK}),
    "number": frozenset({"record", *_CLOCK}),
    "text": frozenset({"record"}),
    "date": frozenset({"number", "datetime", "record"}),
    "datetime": frozenset({"record"}),
}
#: Transforms that take more than their kind.
_BROAD: Final = frozenset({"get", "set", "merge"})
_TIMES: Final = frozenset({"text", "number", *_CLOCK})
#: The kinds that a type can be read from; types that are not here are read from any but lists and records.
_READS: Final[Mapping[str, frozenset[str]]] = {
    "text": _TIMES,
    "date": _TIMES,
    "datetime": frozenset({"text", "number", "datetime"}),
    "flag": frozenset({"text", "number", "flag"}),
    "money": frozenset({"text", "number", "record"}),
    "person": frozenset({"text", "record"}),
    "address": frozenset({"record"}),
    "set": frozenset({"text", "number", "flag", "list", *_CLOCK}),
    **dict.fromkeys(("number", "decimal", "duration", "phone", "siret", "siren"), frozenset({"text", "number"})),
    **dict.fromkeys(("email", "country", "language", "currency", "vat", "iban", "url"), frozenset({"text"})),
}
_SCALARS: Final = frozenset({"text", "number", "flag", *_CLOCK})
#: The kinds that stand on the wire for a field's type, where there is only one.
_HELD: Final = {"text": "text", "number": "number", "decimal": "number", "object": "record"}
_KINDS_OF_CALLS: Final = {
    "concat": "text", "joined": "text", "arithmetic": "number", "negative": "number", "compare": "flag",
    "within": "flag", "listed": "list", "record": "record",
}  # fmt: skip


def check_kinds(subject: Subject) -> None:
    """Note where a value can never pass from a field to its row, or from the row to a field."""
    for place in subject.places():
        if isinstance(place.cell.source, Parts):
            _check_parts(subject.found, place, place.cell.source)
            continue
        if place.reads:
            _check_reading(subject, place)
        if place.writes:
            _check_writing(subject, place)


def _check_parts(found: Findings, place: Place, parts: Parts) -> None:
    known = TYPES[place.row.type].parts
    for name, part in parts.parts.items():
        held = part.native.field.type
        if held not in TYPES[known[name]].kinds:
            _mismatch(
                found, (*place.steps, "parts", name, "path"), known[name], part.native.path, place.side.name, held
            )


def _check_reading(subject: Subject, place: Place) -> None:
    cell, steps = place.cell, (*place.steps, "read")
    if isinstance(cell.source, Expression):
        _into_type(subject.found, place, kind_of(cell.source, subject.words.transforms), (*steps, 0))
        return
    chain = links(place.spec.read, subject.words) if place.spec.read else ()
    held = cell.native.field.type if cell.native else "any"
    if place.spec.read:
        last = _through(subject.found, chain or (), _HELD.get(held, "any"), steps)
        _into_type(subject.found, place, last, (*steps, len(place.spec.read) - 1))
    elif cell.native and held not in TYPES[place.row.type].kinds:
        _mismatch(subject.found, place.path, place.row.type, cell.native.path, place.side.name, held)


def _check_writing(subject: Subject, place: Place) -> None:
    cell = place.cell
    held = cell.native.field.type if cell.native else "any"
    if cell.value is not None:
        given = kind_of(cell.value, subject.words.transforms)
        lost = given in ("list", "record") and held in {*_SCALARS, "decimal", "ref"}
        if lost or (given == "record" and held == "set") or (given == "flag" and held in _CLOCK):
            message = f"the expression gives {_a(given)}, and {place.where} holds {_a(held)}"
            subject.found.add("type", (*place.steps, "write", 0), message, value=True)
        return
    said = [text for text in place.spec.write if text != "fit"]
    chain = links(said, subject.words) if said else ()
    if chain and place.row.type not in ("choice", "set", "ref"):
        kind = place.row.type if place.row.type in _CLOCK | {"flag", "number"} else "any"
        _through(subject.found, chain, "text" if place.row.type == "text" else kind, (*place.steps, "write"))
    if place.row.type == "flag" and held in _SPELT and not chain:
        _check_spelling(subject.found, place, held)
    # A field that does not suit the type has been told where it is read.
    told = place.reads and not place.spec.read
    plainly = cell.native and not place.spec.write and not place.spec.read and not told
    if plainly and cell.native and held not in TYPES[place.row.type].kinds:
        _mismatch(subject.found, place.path, place.row.type, cell.native.path, place.side.name, held)


def _check_spelling(found: Findings, place: Place, held: str) -> None:
    """A flag has no words of its own in a field that holds texts or numbers: which the vendor wants is to be said."""
    native = place.cell.native
    if native is not None and not place.spec.form and wire_form(place.side, native, None) not in TYPES["flag"].forms:
        words = "form: int writes 1 and 0" + (", form: yes writes yes and no, and so on" if held == "text" else "")
        message = f"{place.where} holds {_a(held)}, and it is not said how yes and no are written there"
        found.add("form", place.path, message, words, value=True)


def _through(found: Findings, chain: Sequence[Link], given: str, steps: Steps) -> str:
    """What a chain gives, step by step; notes the first step that can never take what it is given."""
    before = "the field"
    for number, link in enumerate(chain):
        step = link.transform
        refused = step.takes in _REFUSED.get(given, ()) and not (step.name in _BROAD and given != "list")
        if refused:
            message = f"{step.name} takes {_a(step.takes)}, and {before} gives {_a(given)}"
            found.add("chain", (*steps, number), message, value=True)
            return "any"
        given = given if step.gives == "same" else step.gives
        before = step.name
    return given


def _into_type(found: Findings, place: Place, given: str, steps: Steps) -> None:
    accepted = _READS.get(place.row.type, _SCALARS)
    if given not in ("any", "same") and given not in accepted:
        message = f"{_a(given)} comes of this, and '{place.name}' is {_a(place.row.type)}"
        found.add("type", steps, message, value=True)


def _mismatch(found: Findings, steps: Steps, kind: str, path: str, side: str, held: str) -> None:
    hint = f"type: {held}" if held in TYPES and held in _SCALARS | {"decimal", "set", "ref"} else ""
    if held == "list":
        hint = "type: choice"
    message = f"{_a(kind)} cannot stand in '{path}' of {side}, which holds {_a(held)}"
    found.add("type", steps, message, hint, value=True)


def kind_of(expression: Expression, transforms: Mapping[str, Transform] = TRANSFORMS) -> str:
    """The kind that an expression gives, one of `transform.KINDS`; "any" where that is not known without a record."""
    return _kind(expression.node, transforms)


def _kind(node: ast.expr, transforms: Mapping[str, Transform]) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name.startswith("_xf_"):
            found = transforms.get(name.removeprefix("_xf_"))
            return "any" if found is None or found.gives == "same" else found.gives
        case ast.Call(func=ast.Name(id=name)):
            return _KINDS_OF_CALLS.get(name.removeprefix("_x"), "any")
        case ast.IfExp(body=body, orelse=orelse):
            inlined = isinstance(node.test, ast.Compare) and isinstance(node.test.left, ast.Attribute)
            kinds = {_kind(orelse, transforms)} if inlined else {_kind(body, transforms), _kind(orelse, transforms)}
            return kinds.pop() if len(kinds) == 1 else "any"
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return "flag"
        case ast.Constant(value=bool()):
            return "flag"
        case ast.Constant(value=int() | float()):
            return "number"
        case ast.Constant(value=str()):
            return "text"
    return "any"


def _a(kind: str) -> str:
    """A kind in words."""
    words = {"list": "a list", "any": "anything", "object": "a record", "decimal": "a decimal number"}
    if kind in words:
        return words[kind]
    return f"{'an' if kind[:1] in 'aeiu' and kind != 'url' else 'a'} {kind}"
