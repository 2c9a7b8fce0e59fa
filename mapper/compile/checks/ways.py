"""Rows that go both ways: whether each cell surely leads back, and what it does not keep on the way."""

from __future__ import annotations

from collections.abc import Iterator

from mapper.compile.checks.subject import Place, Subject
from mapper.compile.choices import SET_TEXTS
from mapper.compile.composites import Parts
from mapper.compile.sides import Native, wire_form
from mapper.compile.wayback import Link, is_sound, keeps, links, undone
from mapper.expr.expressions import Expression, is_expression
from mapper.expr.transform import Transform
from mapper.expr.types import TYPES
from mapper.spec.mapping import Cell

_FIT = "fit"

#: What forms of types do not keep.
_LOST_BY_FORM = {
    ("text", "html"): "all formatting but line breaks",
    ("decimal", "cents"): "decimals behind the second",
    ("datetime", "epoch"): "parts of a second",
}


def check_ways(subject: Subject) -> None:
    """Note cells without a way back in rows that go both ways, and what the others lose."""
    for place in subject.places():
        _check_path(subject, place)
        _check_precision(subject, place)
        if not place.both:
            continue
        lost = list(_lost_by_type(place))
        if _is_expression(place.spec.read) or _is_expression(place.spec.write):
            lost += _check_expressions(subject, place)
        else:
            lost += _check_chains(subject, place)
        if lost:
            words = "; ".join(dict.fromkeys(lost))
            subject.found.add("loses", place.path, f"{place.side.name} does not keep {words}", value=True)


def _is_expression(texts: tuple[str, ...]) -> bool:
    return bool(texts) and is_expression(texts[0])


def _check_expressions(subject: Subject, place: Place) -> Iterator[str]:
    """Of an expression nothing is known: both ways must be said, unless it is one normal step on the field itself."""
    read = _is_expression(place.spec.read)
    one = place.cell.source if read else place.cell.value
    if place.spec.read and place.spec.write:
        return
    if isinstance(one, Expression) and _is_normal_step(place, one):
        transform = one.applied[0] if one.applied else None
        if transform and transform.loses:
            yield transform.loses
        return
    others = f"direction: {place.side.name} -> others"
    if read:
        hint = f"{others}, or write: …" if place.cell.native else f"{others}, or path: … and write: …"
        message = "is read by an expression, and nothing says how it is written"
    else:
        back = ", ".join(sorted(side for side in place.row.cells if side != place.side.name))
        hint = f"direction: {back} -> {place.side.name}, or read: …"
        message = "is written by an expression, and nothing says how it is read"
    subject.found.add("one-way", place.steps, f"a one-way cell in a two-way row: {place.where} {message}", hint)


def _is_normal_step(place: Place, one: Expression) -> bool:
    if one.applied is None or not one.applied[0].normal:
        return False
    if one is place.cell.value:
        return one.reads == ((place.name,),)
    native = place.cell.native
    return native is not None and native.read.plain and one.reads == (native.read.parts,)


def _check_chains(subject: Subject, place: Place) -> Iterator[str]:
    catalogue = subject.words.transforms
    read = links(place.spec.read, subject.words)
    said = tuple(text for text in place.spec.write if text != _FIT)
    write = links(said, subject.words)
    if read and not said and not is_sound(read, catalogue):
        _tell(subject, place, read, "read", "write", "direction: {side} -> others")
    elif read and not said and not _suits_type(place, read):
        message = "a one-way cell in a two-way row: the steps do not read what the type writes"
        hint = f"direction: {place.side.name} -> others, or say write: …"
        subject.found.add("one-way", (*place.steps, "read"), f"{message} ({place.where})", hint, value=True)
    elif write and not read and not place.spec.read and not keeps(write):
        _tell(subject, place, write, "write", "read", "direction: {others} -> {side}")
    elif (read is None and not said) or (write is None and not place.spec.read):
        key, other = ("read", "write") if read is None else ("write", "read")
        message = f"a one-way cell in a two-way row: of '{key}' of {place.where} no way back is known"
        subject.found.add("one-way", (*place.steps, key), message, f"say {other}: …", value=True)
    for link in (*(read or ()), *(write or ())):
        if link.transform.loses:
            yield link.transform.loses
    if _FIT in place.spec.write:
        yield "what is cut off"


def _suits_type(place: Place, read: tuple[Link, ...]) -> bool:
    """Whether a chain gives the kind that the type writes, where that is a flag or a list."""
    native, kind = place.cell.native, place.row.type
    form = _form(place, native, place.spec) if native else ""
    if kind == "set" and form not in SET_TEXTS:
        written = "list"
    elif kind == "flag" and (form or TYPES[kind].forms[0]) == "bool":
        written = "flag"
    else:
        return True
    given = [link.transform.gives for link in read if link.transform.gives not in ("same", "any")]
    return not given or given[-1] == written


def _tell(subject: Subject, place: Place, chain: tuple[Link, ...], key: str, other: str, direction: str) -> None:
    """Why a chain has no sure way back, with a proposal where there is one that a person could confirm."""
    catalogue = subject.words.transforms
    lame = [link for link in chain if not _leads_back(link, catalogue)]
    if lame:
        why = f"{lame[0].transform.name} has no way back"
        proposal = "…"
    else:
        why = "the steps do not surely undo one another" if key == "read" else "it is not read as it is written"
        proposal = f"[{', '.join(undone(chain))}]" if undone(chain) else "trim"
    others = ", ".join(sorted(side for side in place.row.cells if side != place.side.name))
    hint = direction.format(side=place.side.name, others=others) + f", or {other}: {proposal}"
    message = f"a one-way cell in a two-way row: {why} ({place.where})"
    subject.found.add("one-way", (*place.steps, key), message, hint, value=True)


def _leads_back(link: Link, catalogue: dict[str, Transform]) -> bool:
    return link.transform.normal or (link.transform.inverse or "") in catalogue


def _check_path(subject: Subject, place: Place) -> None:
    """A cell without a place on its side writes nothing, whatever it says of writing."""
    cell, spec = place.cell, place.spec
    if cell.native is not None or isinstance(cell.target, Parts):
        return
    if spec.write:
        message = f"the cell of {place.side.name} has no path, so that nothing is written"
        subject.found.add("no-path", (*place.steps, "write"), message, "add path: …", value=True)
    for key in ("policy", "when", "default", "form") if not spec.read else ("policy", "when", "default"):
        if getattr(spec, key):
            message = f"'{key}' decides nothing: the cell of {place.side.name} has no path, and is never written"
            subject.found.add("idle", (*place.steps, key), message, "leave it out")


def _check_precision(subject: Subject, place: Place) -> None:
    """A pattern that writes less of a moment than its type compares."""
    native = place.cell.native
    if native is None or place.row.type != "datetime" or not place.writes:
        return
    form = _form(place, native, place.spec)
    if "%" in form and "%S" not in form:
        message = f"'{form}' does not write the seconds, by which moments are compared"
        hint = "add %S, or make the row a date"
        subject.found.add("precision", (*place.steps, "form"), message, hint, value=True)


def _lost_by_type(place: Place) -> Iterator[str]:
    native, kind = place.cell.native, place.row.type
    if native is None or kind in ("choice", "set", "ref") or place.spec.read or place.spec.write:
        return
    form = _form(place, native, place.spec) or TYPES[kind].forms[0]
    if lost := _LOST_BY_FORM.get((kind, form)):
        yield lost
    if kind == "date" and native.field.type == "datetime":
        yield "the time of day"


def _form(place: Place, native: Native, cell: Cell) -> str:
    return wire_form(place.side, native, cell.form[0] if cell.form else None)
