"""Values of several parts: how the parts are read and written each by its own type, and compared as one value.

A composite is a dict of canonical values by part. A part that is missing, null or blank is left out, so that there is
one way only to say that nothing is known of it; a composite without parts is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mapper.errors import RuleError
from mapper.expr.forms import Convert, Form, Type
from mapper.expr.transform import show
from mapper.records import ABSENT, CLEAR

Parts = Mapping[str, Type]
#: A composite: canonical values by part.
Composite = dict[str, Any]


def record(value: Any) -> Composite:
    """The value, or a RuleError if it is no dict."""
    if not isinstance(value, dict):
        raise RuleError(f"{show(value)} is not a record of parts")
    return value


def object_reader(parts: Parts) -> Callable[[Form], Convert]:
    """Reads a composite from one object whose members are named like the parts; other members are left alone."""

    def make(form: Form) -> Convert:
        readers = {name: kind.reader(_plain(form)) for name, kind in parts.items()}

        def read(value: Any) -> Composite | None:
            given = record(value)
            found = {name: _named(name, convert, given[name]) for name, convert in readers.items() if name in given}
            return {name: item for name, item in found.items() if not _missing(item)} or None

        return read

    return make


def object_writer(parts: Parts) -> Callable[[Form], Convert]:
    """Writes a composite as one object with a member for every part, null where it has none."""

    def make(form: Form) -> Convert:
        writers = {name: kind.writer(_plain(form)) for name, kind in parts.items()}

        def write(value: Any) -> Composite:
            given = record(value)
            return {
                name: _named(name, convert, item) if (item := given.get(name)) is not None else None
                for name, convert in writers.items()
            }

        return write

    return make


def _plain(form: Form) -> Form:
    return Form(zone=form.zone, language=form.language, country=form.country, currency=form.currency)


def _named(name: str, convert: Convert, value: Any) -> Any:
    try:
        return convert(value)
    except RuleError as error:
        raise RuleError(f"{name}: {error.message}") from None


def _missing(value: Any) -> bool:
    return value is None or value is ABSENT or value is CLEAR or value == ""


def each_part(parts: Parts, convert: Callable[[Type, Any], Any]) -> Convert:
    """A function that converts every part there is, in the order of the parts."""

    def run(value: Any) -> Composite:
        given = record(value)
        return {
            name: convert(kind, given[name]) for name, kind in parts.items() if not _missing(given.get(name, ABSENT))
        }

    return run


def composite(
    name: str,
    summary: str,
    parts: Parts,
    *,
    forms: tuple[str, ...] = ("object",),
    examples: tuple[tuple[Any, Any], ...],
    make_reader: Callable[[Form], Convert] | None = None,
    make_writer: Callable[[Form], Convert] | None = None,
    to_key: Convert | None = None,
    kinds: frozenset[str] = frozenset({"object", "any"}),
) -> Type:
    """A type of several parts; without a reader and writer of its own it is held as one object."""
    return Type(
        name=name,
        summary=summary,
        forms=forms,
        examples=examples,
        make_reader=make_reader or object_reader(parts),
        make_writer=make_writer or object_writer(parts),
        to_key=to_key or each_part(parts, lambda kind, value: kind.key(value)),
        to_plain=each_part(parts, lambda kind, value: kind.dump(value)),
        from_plain=each_part(parts, lambda kind, value: kind.load(value)),
        kinds=kinds,
        parts={part: kind.name for part, kind in parts.items()},
    )
