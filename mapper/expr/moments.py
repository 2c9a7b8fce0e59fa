"""Dates and moments in the notations that vendors use.

A wall-clock time that does not exist (clocks went forward) is moved forward by the gap; one that exists twice is the
first. The year 1 and the year 0 are how several vendors write "no date": they are read as None.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from mapper.errors import RuleError
from mapper.expr.transform import show

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?"
    r"(Z|z|[+-][0-9]{2}:?(?:[0-9]{2})?)?"
)
_WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_DMY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_MSDATE = re.compile(r"\\?/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)\\?/")
_NO_DATE = ("0000-00-00", "0001-01-01")
# Up to here a moment lies in the year 1 in some zone: 0001-01-02T00:00:00Z in milliseconds.
_YEAR_ONE_MS = -62135510400000
_LAST = 253402300800  # 10000-01-01T00:00:00Z in seconds
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo:
    """The time zone of an IANA name; ValueError if there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"there is no time zone {show(name)}") from None


def at_wall(naive: datetime, zone: tzinfo) -> datetime:
    """The moment, in UTC, at which clocks in the zone show this time."""
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


def iso_moment(value: Any, zone: tzinfo) -> datetime | None:
    """The moment of an ISO 8601 text; without an offset it is wall-clock time in `zone`. A day is its beginning."""
    if isinstance(value, datetime):
        return _aware(value, zone)
    if isinstance(value, date):
        return midnight(value, zone)
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith(_NO_DATE):
        return None
    try:
        if found := _ISO.fullmatch(text):
            day, clock, fraction, offset = found.groups()
            whole = datetime.fromisoformat(f"{day}T{clock}" + (offset or "").upper())
            whole += _MICROSECOND * int((fraction or "0").ljust(6, "0")[:6])
            return whole.astimezone(UTC) if offset else at_wall(whole, zone)
        if _ISO_DATE.fullmatch(text):
            return at_wall(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        pass
    raise RuleError(f"{show(value)} is not an ISO date and time")


def wall_moment(value: Any, zone: tzinfo) -> datetime | None:
    """The moment of "YYYY-MM-DD HH:MM:SS" on the clocks of `zone`."""
    if isinstance(value, datetime):
        return _aware(value, zone)
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith(_NO_DATE):
        return None
    try:
        if _WALL.fullmatch(text):
            return at_wall(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        pass
    raise RuleError(f"{show(value)} is not a time like 2026-01-31 14:30:00")


def unix_moment(value: Any, unit: int = 1) -> datetime | None:
    """The moment of a Unix time in seconds, or in 1/`unit` seconds; 0 and the year 1 are None."""
    if isinstance(value, datetime):
        return _aware(value, UTC)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            if value == 0 or value * 1000 <= _YEAR_ONE_MS * unit:
                return None
            if value > _LAST * unit:
                raise OverflowError
            # Through microseconds as an integer: a float of seconds would drift in its last digit.
            micro = round(Decimal(str(value)) * 1_000_000 / unit)
            return _EPOCH + _MICROSECOND * micro if micro else None
        except (OverflowError, ArithmeticError, ValueError):
            pass
    raise RuleError(f"{show(value)} is not a Unix time")


def msdate_moment(value: Any) -> datetime | None:
    """The moment of a text such as "/Date(1452170049655)/"; the year 1 is None."""
    if isinstance(value, datetime):
        return _aware(value, UTC)
    found = _MSDATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise RuleError(f"{show(value)} is not a time like /Date(1452170049655)/")
    milliseconds = int(found[1])
    if milliseconds <= _YEAR_ONE_MS:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise RuleError(f"{show(value)} lies after the year 9999") from None


def iso_date(value: Any, zone: tzinfo) -> date | None:
    """The date of an ISO text; of a full moment, the day it falls on in `zone`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith(_NO_DATE):
        return None
    if _ISO_DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise RuleError(f"{show(value)} is not a date of the calendar") from None
    if isinstance(value, datetime) or _ISO.fullmatch(text):
        return day_of(iso_moment(value, zone), zone)
    raise RuleError(f"{show(value)} is not an ISO date like 2026-01-31")


def dmy_date(value: Any) -> date | None:
    """The date of "DD/MM/YYYY"; 00/00/0000 and 01/01/0001 are None."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    found = _DMY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise RuleError(f"{show(value)} is not a date like 31/01/2026")
    day, month, year = int(found[1]), int(found[2]), int(found[3])
    if year <= 1:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        raise RuleError(f"{show(value)} is not a date of the calendar") from None


def day_of(moment: datetime | None, zone: tzinfo) -> date | None:
    """The calendar day of a moment in a zone."""
    return None if moment is None else local(moment, zone).date()


def midnight(day: date, zone: tzinfo) -> datetime:
    """The moment at which a day begins in a zone."""
    try:
        return at_wall(datetime(day.year, day.month, day.day), zone)
    except OverflowError:
        raise RuleError(f"{day.isoformat()} lies outside the calendar") from None


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def to_iso(moment: datetime) -> str:
    """The moment as ISO text in UTC, with a Z, and with fractions only where there are any."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def local(moment: datetime, zone: tzinfo) -> datetime:
    """The moment on the clocks of a zone."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        raise RuleError(f"{moment.isoformat()} lies outside the calendar") from None


def offset_minutes(local: datetime) -> int:
    """The minutes by which clocks were before UTC; RuleError where they were not set by whole minutes."""
    offset = local.utcoffset() or timedelta(0)
    if offset % timedelta(minutes=1):
        raise RuleError(f"{local.isoformat()} is of a time when clocks were not set by whole minutes")
    return offset // timedelta(minutes=1)


def to_wall(moment: datetime, zone: tzinfo) -> str:
    """The moment as "YYYY-MM-DD HH:MM:SS" on the clocks of a zone; fractions are dropped."""
    return local(moment, zone).replace(tzinfo=None, microsecond=0).isoformat(" ")


def to_seconds(moment: datetime) -> int | Decimal:
    """Unix seconds, exactly: an int where it is whole, else a decimal."""
    micro = microseconds(moment)
    return micro // 1_000_000 if micro % 1_000_000 == 0 else Decimal(micro).scaleb(-6)


def to_epoch(moment: datetime) -> int | float:
    """Unix seconds: an int where it is whole, else a float."""
    micro = microseconds(moment)
    return micro // 1_000_000 if micro % 1_000_000 == 0 else micro / 1_000_000


def to_epoch_ms(moment: datetime) -> int:
    """Unix time in whole milliseconds."""
    return microseconds(moment) // 1000


def to_msdate(moment: datetime) -> str:
    """The moment as "/Date(milliseconds)/"."""
    return f"/Date({to_epoch_ms(moment)})/"


def _aware(value: datetime, zone: tzinfo) -> datetime:
    return at_wall(value, zone) if value.tzinfo is None else value.astimezone(UTC)
