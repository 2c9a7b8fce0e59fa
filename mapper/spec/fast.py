"""Spec objects in one pass over data that is as it should be.

It accepts exactly what Cerberus accepts and builds the same; at the first misfit it gives up, and Cerberus, which takes
ten times as long, says in words what is wrong. `tests/spec/test_fast.py` holds the two together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from mapper.spec.classes import hints, is_spec, key_of, plain
from mapper.spec.document import Document, Steps

#: From data and where it stands to what is built of it; raises Misfit.
Make = Callable[[Any, Document, Steps], Any]
#: Writes out a shorthand.
Wrap = Callable[[Any, Document, Steps], Any]


class Misfit(Exception):
    """The data is not as it should be."""


_made: dict[Any, Make] = {}


def maker(tp: Any) -> Make:
    """The function that builds a type; shorthands are written out in the data itself, as `expand` does."""
    if tp not in _made:
        # A class may hold itself: until it is known, it is looked up when it is needed.
        _made[tp] = lambda data, doc, steps: _made[tp](data, doc, steps)
        _made[tp] = _maker(tp)
    return _made[tp]


def _maker(tp: Any) -> Make:
    if tp in _SCALARS:
        return _SCALARS[tp]
    origin = get_origin(tp)
    if isinstance(tp, tuple):
        return _one_of(tp)
    if origin is Literal:
        return _word(frozenset(get_args(tp)))
    if origin is tuple:
        return _many(get_args(tp)[0])
    if origin is dict:
        return _table(get_args(tp)[1])
    return _spec(tp)


def _text(data: Any, doc: Document, steps: Steps) -> str:
    if type(data) is str:
        return data
    if type(data) is int or type(data) is Decimal:
        return str(data)
    raise Misfit


def _whole(data: Any, doc: Document, steps: Steps) -> int:
    if type(data) is int:
        return data
    raise Misfit


def _number(data: Any, doc: Document, steps: Steps) -> float:
    if type(data) is int or type(data) is Decimal:
        return float(data)
    raise Misfit


def _flag(data: Any, doc: Document, steps: Steps) -> bool:
    if type(data) is bool:
        return data
    raise Misfit


def _anything(data: Any, doc: Document, steps: Steps) -> Any:
    return data


_SCALARS: dict[Any, Make] = {str: _text, int: _whole, float: _number, bool: _flag, Any: _anything}


def _word(allowed: frozenset[Any]) -> Make:
    def make(data: Any, doc: Document, steps: Steps) -> Any:
        if type(data) is str and data in allowed:
            return data
        raise Misfit

    return make


def _one_of(types: tuple[Any, ...]) -> Make:
    """A text, or a table that is checked but left as it is."""
    tables = [maker(part) for part in types if is_spec(part)]

    def make(data: Any, doc: Document, steps: Steps) -> Any:
        if type(data) is not dict:
            return _text(data, doc, steps)
        for table in tables:
            table(data, doc, steps)
        return data

    return make


def _many(part: Any) -> Make:
    part, optional = plain(part)
    make_one, wrap = maker(part), _wrap(part)
    empty = optional or part is Any

    def make(data: Any, doc: Document, steps: Steps) -> tuple[Any, ...]:
        if type(data) is not list:
            raise Misfit
        made = []
        for number, value in enumerate(data):
            place = (*steps, number)
            if wrap:
                value = data[number] = wrap(value, doc, place)
            if value is None and not empty:
                raise Misfit
            made.append(None if value is None else make_one(value, doc, place))
        return tuple(made)

    return make


def _table(part: Any) -> Make:
    part, optional = plain(part)
    make_one, wrap = maker(part), _wrap(part)
    empty = optional or part is Any

    def make(data: Any, doc: Document, steps: Steps) -> dict[str, Any]:
        if type(data) is not dict:
            raise Misfit
        made = {}
        for key, value in data.items():
            place = (*steps, key)
            if wrap:
                value = data[key] = wrap(value, doc, place)
            if value is None and not empty:
                raise Misfit
            made[key] = None if value is None else make_one(value, doc, place)
        return made

    return make


def _spec(cls: Any) -> Make:
    parts: dict[str, tuple[str, Make, Wrap | None, bool]] = {}
    for name, tp in hints(cls).items():
        part, optional = plain(tp)
        parts[key_of(name)] = (name, maker(part), _wrap(part), optional or part is Any)
    required = {f.name for f in dataclasses.fields(cls) if _missing(f.default) and _missing(f.default_factory)}

    def make(data: Any, doc: Document, steps: Steps) -> Any:
        if type(data) is not dict:
            raise Misfit
        values: dict[str, Any] = {}
        for key, value in data.items():
            part = parts.get(key)
            if part is None:
                raise Misfit
            name, make_one, wrap, empty = part
            place = (*steps, key)
            if wrap:
                value = data[key] = wrap(value, doc, place)
            if value is not None:
                values[name] = make_one(value, doc, place)
            elif not empty:
                raise Misfit
        if not required <= values.keys():
            raise Misfit
        return cls(**values, pos=doc.at(steps))

    return make


def _missing(default: Any) -> bool:
    return default is dataclasses.MISSING


def _wrap(tp: Any) -> Wrap | None:
    """What writes out the shorthands of a type; None where it has none."""
    if get_origin(tp) is tuple:
        return _listed
    if get_origin(tp) is Literal and "null" in get_args(tp):
        return _null
    short = getattr(tp, "__shorthand__", "") if is_spec(tp) else ""
    return _shorthand(short) if short else None


def _null(data: Any, doc: Document, steps: Steps) -> Any:
    return "null" if data is None else data


def _listed(data: Any, doc: Document, steps: Steps) -> Any:
    if data is None or type(data) is list or type(data) is dict:
        return data
    doc.repeat(steps, 0)
    return [data]


def _shorthand(short: str) -> Wrap:
    def wrap(data: Any, doc: Document, steps: Steps) -> Any:
        if data is None or type(data) is dict:
            return data
        doc.repeat(steps, short)
        return {short: data}

    return wrap
