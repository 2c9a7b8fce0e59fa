"""Transforms on dates and moments. A moment is always in UTC; zones are IANA names such as Europe/Paris.

A time that clocks skip in spring is moved forward by the hour that is missing; one that they show twice in autumn is
the first of the two.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr import moments
from mapper.expr.anymoment import moment as moment
from mapper.expr.dateforms import DateForm, date_form
from mapper.expr.marks import next_mark as next_mark
from mapper.expr.transform import Transform, show, transform

_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_UNITS: Final = ("year", "quarter", "month", "week", "day", "hour", "minute")
_MOST_DAYS: Final = 4_000_000


def _form(form: str, needs: str) -> DateForm:
    if not isinstance(form, str):
        raise RuleError(f"{show(form)} is not a form such as %d/%m/%Y")
    try:
        return date_form(form, needs=needs)
    except ValueError as error:
        raise RuleError(str(error)) from None


def _zone(name: str) -> tzinfo:
    if not isinstance(name, str):
        raise RuleError(f"{show(name)} is not a time zone such as Europe/Paris")
    try:
        return moments.zone_named(name)
    except ValueError as error:
        raise RuleError(str(error)) from None


def _verify(needs: str) -> Callable[..., None]:
    def verify(form: str | None = None, zone: str = "UTC") -> None:
        if form is not None:
            _form(form, needs)
        _zone(zone)

    return verify


def _verify_zone(zone: str = "UTC") -> None:
    _zone(zone)


def _verify_unit(unit: str, zone: str = "UTC") -> None:
    if unit not in _UNITS:
        raise RuleError(f"{show(unit)} is not a unit; known are {', '.join(_UNITS)}")
    _zone(zone)


def _verify_count(count: Any, zone: str = "UTC") -> None:
    _whole(count)
    _zone(zone)


def _verify_other(other: Any, zone: str = "UTC") -> None:
    if other is not None:
        moments.iso_date(other, _zone(zone))


@transform(
    "The date of a text: ISO, or of the given form (as in Python's strptime).",
    ("2026-01-31", date(2026, 1, 31)),
    ("31/01/2026", date(2026, 1, 31), "%d/%m/%Y"),
    ("31/02/2026", "is not a date of the form", "%d/%m/%Y"),
    inverse="format_date",
    verify=_verify("date"),
    loses="the time of day",
    takes="date",
    gives="date",
)
def date_(value: Any, form: str | None = None, zone: str = "UTC") -> date | None:
    place = _zone(zone)
    if form is None:
        return moments.iso_date(value, place)
    if isinstance(value, date):
        value = _form(form, "date").text(moments.iso_date(value, place) or value)
    found = _form(form, "date").parse(value)
    return None if found is None else found.date()


@transform(
    "The moment of a text: ISO, or of the given form, on the clocks of `zone` where it names none.",
    ("2026-01-01T01:00:00+01:00", _NEW_YEAR),
    ("01/01/2026 01:00", _NEW_YEAR, "%d/%m/%Y %H:%M", "Europe/Paris"),
    ("2026-03-29T02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), None, "Europe/Paris"),
    ("hier", "is not an ISO date and time"),
    inverse="format_datetime",
    verify=_verify("date"),
    loses="the zone it was written in",
    takes="datetime",
    gives="datetime",
)
def datetime_(value: Any, form: str | None = None, zone: str = "UTC") -> datetime | None:
    place = _zone(zone)
    if form is None:
        return moments.iso_moment(value, place)
    found = moments.iso_moment(value, place) if isinstance(value, date) else None
    if found:  # cut to what the form holds, as its text would be
        value = _form(form, "date").text(moments.local(found, place))
    return _form(form, "date").moment(value, place)


@transform(
    "A date, or the day of a moment in `zone`, as text: ISO, or of the given form (as in Python's strftime).",
    ("2026-01-31", "31/01/2026", "%d/%m/%Y"),
    ("2026-01-01T00:00:00Z", "2026-01-01 01:00", "%Y-%m-%d %H:%M", "Europe/Paris"),
    ("2026-01-01T00:00:00Z", "2026-01-01"),
    ("2026-01-31", "depends on a language", "%B"),
    verify=_verify("nothing"),
    loses="what the form does not show",
    takes="date",
    gives="text",
)
def format_date(value: Any, form: str | None = None, zone: str = "UTC") -> str | None:
    found = _dated(value, zone)
    if found is None:
        return None
    return found.isoformat()[:10] if form is None else _form(form, "nothing").text(found)


@transform(
    "A moment as text: ISO in UTC, or of the given form on the clocks of `zone`.",
    ("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z"),
    ("2026-01-01T00:00:00Z", "01/01/2026 01:00", "%d/%m/%Y %H:%M", "Europe/Paris"),
    ("2026-01-31", "names no day", "%m"),
    inverse="datetime",
    verify=_verify("date"),
    loses="what the form does not show",
    takes="datetime",
    gives="text",
)
def format_datetime(value: Any, form: str | None = None, zone: str = "UTC") -> str | None:
    place = _zone(zone)
    found = moments.iso_moment(value, place)
    if found is None:
        return None
    if form is None:
        return moments.to_iso(found)
    return _form(form, "date").text(moments.local(found, place))


def _dated(value: Any, zone: str) -> date | None:
    """A date, or a moment on the clocks of a zone."""
    place = _zone(zone)
    if (isinstance(value, date) and not isinstance(value, datetime)) or (isinstance(value, str) and len(value) == 10):
        return moments.iso_date(value, place)
    found = moments.iso_moment(value, place)
    return None if found is None else moments.local(found, place)


def _moved(value: Any, zone: str, move: Any) -> date | None:
    """A date or a moment, moved on the clocks of a zone."""
    found = _dated(value, zone)
    if found is None:
        return None
    try:
        if not isinstance(found, datetime):
            return date.fromordinal(move(found).toordinal())
        moved: datetime = move(found.replace(tzinfo=None))
        return moments.at_wall(moved, _zone(zone))
    except (OverflowError, ValueError):
        raise RuleError(f"{show(value)} would be moved out of the calendar") from None


@transform(
    "The date or moment so many days later, at the same time on the clocks of `zone`.",
    ("2026-01-31", date(2026, 2, 1), 1),
    ("2026-03-28T11:00:00Z", datetime(2026, 3, 29, 10, tzinfo=UTC), 1, "Europe/Paris"),
    ("2026-01-31", "out of the calendar", 4_000_000),
    verify=_verify_count,
    loses="the day it was",
    takes="date",
    gives="same",
)
def add_days(value: Any, count: int, zone: str = "UTC") -> date | None:
    days = _whole(count)
    return _moved(value, zone, lambda found: found + timedelta(days=days))


@transform(
    "The date or moment so many months later; the last day of the month where it has no such day.",
    ("2026-01-31", date(2026, 2, 28), 1),
    ("2026-03-31", date(2025, 12, 31), -3),
    verify=_verify_count,
    loses="the day it was",
    takes="date",
    gives="same",
)
def add_months(value: Any, count: int, zone: str = "UTC") -> date | None:
    months = _whole(count)

    def move(found: Any) -> Any:
        year, month = divmod(found.year * 12 + found.month - 1 + months, 12)
        if not 1 <= year <= 9999:
            raise ValueError
        return found.replace(year=year, month=month + 1, day=min(found.day, monthrange(year, month + 1)[1]))

    return _moved(value, zone, move)


def _whole(count: Any) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or abs(count) > _MOST_DAYS:
        raise RuleError(f"{show(count)} is not a count of days or months")
    return count


@transform(
    "The beginning of the year, quarter, month, week (Monday), day, hour or minute, on the clocks of `zone`.",
    ("2026-02-14", date(2026, 2, 1), "month"),
    ("2026-02-14", date(2026, 1, 1), "quarter"),
    ("2026-02-14T15:30:00Z", datetime(2026, 2, 13, 23, tzinfo=UTC), "day", "Europe/Paris"),
    ("2026-02-14", "is not a unit", "century"),
    verify=_verify_unit,
    loses="what lies after the beginning",
    takes="date",
    gives="same",
)
def start_of(value: Any, unit: str, zone: str = "UTC") -> date | None:
    _verify_unit(unit)

    def move(found: Any) -> Any:
        if isinstance(found, datetime):
            minute = found.minute if unit == "minute" else 0
            hour = found.hour if unit in ("hour", "minute") else 0
            found = found.replace(hour=hour, minute=minute, second=0, microsecond=0)
        match unit:
            case "year":
                return found.replace(month=1, day=1)
            case "quarter":
                return found.replace(month=(found.month - 1) // 3 * 3 + 1, day=1)
            case "month":
                return found.replace(day=1)
            case "week":
                return found - timedelta(days=found.weekday())
        return found

    return _moved(value, zone, move)


def _part(name: str, summary: str, example: tuple[Any, ...], *others: tuple[Any, ...]) -> Transform:
    """A transform that gives one part of a date as a whole number."""

    def part(value: Any, zone: str = "UTC") -> int | None:
        found = _dated(value, zone)
        if found is None:
            return None
        return found.isoweekday() if name == "weekday" else int(getattr(found, name))

    part.__name__ = name
    made = transform(summary, example, *others, verify=_verify_zone, loses="the rest", takes="date", gives="number")
    return made(part)


year = _part("year", "The year of a date, or of a moment on the clocks of `zone`.", ("2026-01-31", 2026))
month = _part("month", "The month, 1 to 12.", ("2026-01-31", 1), ("2025-12-31T23:30:00Z", 1, "Europe/Paris"))
day = _part("day", "The day of the month.", ("2026-01-31", 31), ("hier", "is not an ISO date"))
weekday = _part("weekday", "The day of the week, 1 for Monday to 7 for Sunday.", ("2026-01-31", 6))


@transform(
    "How many days lie from the date to another one; negative where the other one is earlier.",
    ("2026-01-31", 1, "2026-02-01"),
    ("2026-01-31", -31, "2025-12-31"),
    ("2026-01-31", "is not an ISO date", "demain"),
    verify=_verify_other,
    loses="both dates",
    takes="date",
    gives="number",
)
def days_until(value: Any, other: Any, zone: str = "UTC") -> int | None:
    place = _zone(zone)
    start, end = moments.iso_date(value, place), moments.iso_date(other, place)
    return None if start is None or end is None else (end - start).days


@transform(
    "How many whole years have passed from the date to another one; negative where the other one is earlier.",
    ("1990-06-15", 35, "2026-06-14"),
    ("1990-06-15", 36, "2026-06-15"),
    ("2026-01-31", 0, "2026-01-01"),
    verify=_verify_other,
    loses="both dates",
    takes="date",
    gives="number",
)
def years_until(value: Any, other: Any, zone: str = "UTC") -> int | None:
    place = _zone(zone)
    start, end = moments.iso_date(value, place), moments.iso_date(other, place)
    if start is None or end is None:
        return None
    first, last = min(start, end), max(start, end)
    years = last.year - first.year - ((last.month, last.day) < (first.month, first.day))
    return years if first is start else -years


@transform(
    "A moment as ISO text with the offset that clocks in the zone have then.",
    ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "Europe/Paris"),
    ("2026-01-01T00:00:00Z", "no time zone", "Mars/Olympus"),
    normal=True,
    verify=_verify_zone,
    loses="the offset it was written with",
    takes="datetime",
    gives="text",
)
def to_zone(value: Any, zone: str) -> str | None:
    place = _zone(zone)
    found = moments.iso_moment(value, place)
    if found is None:
        return None
    there = moments.local(found, place)
    moments.offset_minutes(there)
    return there.isoformat()


@transform(
    "A moment as Unix seconds; a text without an offset is in UTC.",
    ("2026-01-01T00:00:00Z", 1767225600),
    ("2026-01-01T00:00:00.5Z", Decimal("1767225600.5")),
    inverse="from_epoch",
    loses="the offset it was written with",
    takes="datetime",
    gives="number",
)
def epoch(value: Any) -> int | Decimal | None:
    found = moments.iso_moment(value, UTC)
    return None if found is None or not moments.microseconds(found) else moments.to_seconds(found)


@transform(
    "The moment of Unix seconds; 0 is null.",
    (1767225600, _NEW_YEAR),
    (0, None),
    ("2026", "is not a Unix time"),
    inverse="epoch",
    loses="parts of a microsecond",
    takes="number",
    gives="datetime",
)
def from_epoch(value: Any) -> datetime | None:
    return moments.unix_moment(value)


@transform(
    "A moment as /Date(milliseconds)/; a text without an offset is in UTC.",
    ("2026-01-01T00:00:00Z", "/Date(1767225600000)/"),
    inverse="from_msdate",
    loses="parts of a millisecond",
    takes="datetime",
    gives="text",
)
def msdate(value: Any) -> str | None:
    found = moments.iso_moment(value, UTC)
    return None if found is None else moments.to_msdate(found)


@transform(
    "The moment of /Date(milliseconds)/; the year 1 is null.",
    ("/Date(1767225600000)/", _NEW_YEAR),
    ("/Date(-62135596800000)/", None),
    ("2026", "is not a time like"),
    inverse="msdate",
    loses="the offset it was written with",
    takes="text",
    gives="datetime",
)
def from_msdate(value: Any) -> datetime | None:
    return moments.msdate_moment(value)
