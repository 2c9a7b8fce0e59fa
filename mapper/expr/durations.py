"""The type of spans of time.

The canonical value is whole seconds: they are exact, compare and store as numbers, and no vendor counts finer. A
fraction of a second is rounded when it is read, so hours and minutes with a few decimals come back as they were.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.forms import Convert, Form, Type
from mapper.expr.scalars import as_decimal, as_number, json_number, to_places
from mapper.expr.transform import show

LONGEST: Final = 10**11  # seconds, some 3000 years

_NUMBER = "[0-9]{1,12}(?:[.,][0-9]{1,9})?"
_ISO = re.compile(
    rf"([+-])?P(?=.)(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?=.)(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?"
)
_ISO_UNITS: Final = (604_800, 86_400, 3_600, 60, 1)
_CLOCK = re.compile(r"([+-])?([0-9]{1,8}):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?")
# Units and the decimals that tell every second from the next when it is written in them.
_UNITS: Final = {"hours": (3_600, 4), "minutes": (60, 2), "seconds": (1, 0)}


def _whole(seconds: Decimal, value: Any) -> int:
    # Before it is rounded: a number of sixty digits cannot be.
    if abs(seconds) > LONGEST:
        raise RuleError(f"{show(value)} is too long a time")
    return int(to_places(seconds, 0))


def _iso(value: Any) -> int:
    found = _ISO.fullmatch(value.strip().upper()) if isinstance(value, str) else None
    if not found:
        raise RuleError(f"{show(value)} is not a duration like PT1H30M (years and months have no fixed length)")
    sign, *parts = found.groups()
    total = sum(
        (Decimal(part.replace(",", ".")) * unit for part, unit in zip(parts, _ISO_UNITS, strict=True) if part),
        Decimal(0),
    )
    return _whole(-total if sign == "-" else total, value)


def _clock(value: Any) -> int:
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise RuleError(f"{show(value)} is not a duration like 1:30 or 01:30:00")
    sign, hours, minutes, seconds, fraction = found.groups()
    total = int(hours) * 3600 + int(minutes) * 60 + Decimal(f"{seconds or 0}.{fraction or 0}")
    return _whole(-total if sign == "-" else total, value)


def _reader(form: Form) -> Convert:
    if form.form in _UNITS:
        unit, _ = _UNITS[form.form]
        return lambda value: _whole(as_decimal(value) * unit, value)
    return _clock if form.form == "clock" else _iso


def _writer(form: Form) -> Convert:
    if form.form in _UNITS:
        unit, places = _UNITS[form.form]
        return lambda value: json_number(to_places(Decimal(as_number(value)) / unit, places))
    return _to_clock if form.form == "clock" else _to_iso


def _split(value: Any) -> tuple[str, int, int, int]:
    whole = as_number(value)
    minutes, seconds = divmod(abs(whole), 60)
    hours, minutes = divmod(minutes, 60)
    return "-" if whole < 0 else "", hours, minutes, seconds


def _to_clock(value: Any) -> str:
    sign, hours, minutes, seconds = _split(value)
    return f"{sign}{hours:02}:{minutes:02}:{seconds:02}"


def _to_iso(value: Any) -> str:
    sign, *parts = _split(value)
    text = "".join(f"{count}{letter}" for count, letter in zip(parts, "HMS", strict=True) if count)
    return f"{sign}PT{text or '0S'}"


DURATION = Type(
    name="duration",
    summary="A span of time in whole seconds; read to the nearest second",
    forms=("iso", "clock", "hours", "minutes", "seconds"),
    examples=(("PT1H30M", 5400), ("-P1DT12H", -129_600)),
    make_reader=_reader,
    make_writer=_writer,
    kinds=frozenset({"text", "number", "decimal", "any"}),
    widths={"iso": 20, "clock": 15},
)
