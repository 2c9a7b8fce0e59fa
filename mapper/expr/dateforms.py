"""Dates and times in a notation of one's own: the directives of Python's strptime, as far as no language is involved.

A pattern is read and written here and not by the C library, so that it means the same on every machine, and a fault in
it is found before a value comes by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.moments import at_wall, offset_minutes
from mapper.expr.transform import show

MAX_FORM: Final = 100

_READ: Final = {
    "Y": "([0-9]{4})",
    "y": "([0-9]{2})",
    "m": "([0-9]{1,2})",
    "d": "([0-9]{1,2})",
    "j": "([0-9]{1,3})",
    "H": "([0-9]{1,2})",
    "I": "([0-9]{1,2})",
    "M": "([0-9]{1,2})",
    "S": "([0-9]{1,2})",
    "f": "([0-9]{1,6})",
    "p": "([AaPp][Mm])",
    "z": "(Z|[+-][0-9]{2}:?[0-9]{2})",
}
# What can be written, though a date cannot be found from it again.
_WRITTEN: Final = {"u": 1, "V": 2, "G": 4}
_WIDTHS: Final = {"Y": 4, "y": 2, "j": 3, "f": 6, "p": 2, "z": 5, **_WRITTEN}
#: The directives from which a date can be found.
DIRECTIVES: Final = tuple(f"%{name}" for name in _READ)
_SPOKEN: Final = "aAbBcxXZ"
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DateForm:
    """A checked pattern; `width` is how many characters it writes, `names` are its directives in order."""

    pattern: str
    names: tuple[str, ...]
    width: int
    reader: re.Pattern[str]

    def parse(self, value: Any) -> datetime | None:
        """What a text says, without a zone unless it names one; None for the years 0 and 1; RuleError for another."""
        found = self.reader.fullmatch(value.strip()) if isinstance(value, str) else None
        if found:
            try:
                return _assembled(dict(zip(self.names, found.groups(), strict=True)))
            except (ValueError, OverflowError):
                pass
        raise RuleError(f"{show(value)} is not a date of the form {self.pattern}")

    def moment(self, value: Any, zone: tzinfo) -> datetime | None:
        """The moment of a text, on the clocks of `zone` where it names no offset."""
        found = self.parse(value)
        try:
            return None if found is None else found.astimezone(UTC) if found.tzinfo else at_wall(found, zone)
        except OverflowError:
            raise RuleError(f"{show(value)} lies outside the calendar") from None

    def text(self, value: date) -> str:
        """A date or a moment as this form writes it; RuleError for a year that two digits cannot tell."""
        if "y" in self.names and not 1969 <= value.year <= 2068:
            raise RuleError(f"the year {value.year} cannot be written with two digits")
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        return _DIRECTIVE.sub(lambda found: _piece(found[1], moment), self.pattern)


def _piece(name: str, at: datetime) -> str:
    match name:
        case "%":
            return "%"
        case "Y":
            return f"{at.year:04}"
        case "y":
            return f"{at.year % 100:02}"
        case "j":
            return f"{at.timetuple().tm_yday:03}"
        case "I":
            return f"{at.hour % 12 or 12:02}"
        case "f":
            return f"{at.microsecond:06}"
        case "p":
            return "AM" if at.hour < 12 else "PM"
        case "z":
            return _offset(at)
        case "u":
            return str(at.isoweekday())
        case "V" | "G":
            year, week, _ = at.isocalendar()
            return f"{week:02}" if name == "V" else f"{year:04}"
    return f"{getattr(at, _FIELDS[name]):02}"


_FIELDS: Final = {"m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}


def _offset(at: datetime) -> str:
    minutes = offset_minutes(at)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02}{minutes % 60:02}"


def _assembled(parts: dict[str, str]) -> datetime | None:
    year = int(parts["Y"]) if "Y" in parts else int(parts["y"]) + (1900 if parts["y"] > "68" else 2000)
    if year <= 1:
        return None
    hour = int(parts.get("H", 0))
    if "I" in parts:
        if not 1 <= int(parts["I"]) <= 12:
            raise ValueError
        hour = int(parts["I"]) % 12 + 12 * (parts["p"].upper() == "PM")
    fraction = int(parts.get("f", "0").ljust(6, "0"))
    clock = (hour, int(parts.get("M", 0)), int(parts.get("S", 0)), fraction)
    zone = _zone(parts["z"]) if "z" in parts else None
    if "j" in parts:
        found = datetime(year, 1, 1, *clock, tzinfo=zone) + timedelta(days=int(parts["j"]) - 1)
        if found.year != year:
            raise ValueError
        return found
    return datetime(year, int(parts["m"]), int(parts["d"]), *clock, tzinfo=zone)


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


@lru_cache(maxsize=256)
def date_form(pattern: str, *, needs: str = "date") -> DateForm:
    """The checked form of a pattern; ValueError says what is wrong with it.

    It must hold what it `needs`: a "date", a "moment" (a date and an hour), or "nothing", if it is only written.
    """
    if len(pattern) > MAX_FORM:
        raise ValueError(f"a form of more than {MAX_FORM} characters is too long")
    names: list[str] = []
    width, source, end = 0, [], 0
    for found in _DIRECTIVE.finditer(pattern):
        name = found[1]
        if name != "%":
            _refuse(name, names, pattern, needs)
            names.append(name)
        source.append(re.escape(pattern[end : found.start()]))
        behind = found.start() == end > 0 or pattern[found.start() - 1 : found.start()].isdigit()
        end = found.end()
        # Where digits follow at once, the count of digits is all that tells one part from the next.
        tight = behind or pattern[end : end + 1].isdigit() or re.match(r"%[^%pz]", pattern[end:])
        source.append("%" if name == "%" else _READ.get(name, "()").replace("{1,", "{" if tight else "{1,"))
        width += 1 if name == "%" else _WIDTHS.get(name, 2)
    source.append(re.escape(pattern[end:]))
    _complete(pattern, set(names), needs)
    width += len(_DIRECTIVE.sub("", pattern))
    return DateForm(pattern, tuple(names), width, re.compile("".join(source)))


def _refuse(name: str, names: list[str], pattern: str, needs: str) -> None:
    if name and name in _SPOKEN:
        raise ValueError(f"%{name} in {show(pattern)} depends on a language; use numbers")
    if name not in _READ and (needs != "nothing" or name not in _WRITTEN):
        raise ValueError(f"%{name} in {show(pattern)} is not a directive; known are {' '.join(DIRECTIVES)}")
    if name in names and needs != "nothing":
        raise ValueError(f"%{name} stands twice in {show(pattern)}")


def _complete(pattern: str, names: set[str], needs: str) -> None:
    if needs == "nothing":
        return
    if not (names & {"Y", "y"} and (names >= {"m", "d"} or "j" in names)):
        raise ValueError(f"{show(pattern)} names no day: it needs %Y, %m and %d")
    if needs == "moment" and not names & {"H", "I"}:
        raise ValueError(f"{show(pattern)} names no time: it needs %H")
    if ("I" in names) != ("p" in names) or names >= {"H", "I"}:
        raise ValueError(f"{show(pattern)} must have %I and %p together, and without %H")
    if names >= {"Y", "y"} or ("j" in names and names & {"m", "d"}):
        raise ValueError(f"{show(pattern)} says the same thing twice")
