"""Transforms on dates and moments. A moment is always in UTC; zones are IANA names such as Europe/Paris."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from mapper.errors import RuleError
from mapper.expr import moments
from mapper.expr.transform import show, transform

_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def _parse(value: Any, form: str) -> datetime:
    try:
        return datetime.strptime(value.strip(), form)
    except (ValueError, AttributeError, TypeError):
        raise RuleError(f"{show(value)} is not a date of the form {form}") from None


@transform(
    "The date of a text: ISO, or of the given form (as in Python's strptime).",
    ("2026-01-31", date(2026, 1, 31)),
    ("31/01/2026", date(2026, 1, 31), "%d/%m/%Y"),
    ("31/02/2026", "is not a date of the form", "%d/%m/%Y"),
    inverse="format_date",
)
def date_(value: Any, form: str | None = None, zone: str = "UTC") -> date | None:
    if form is None or isinstance(value, date):
        return moments.iso_date(value, moments.zone_named(zone))
    return _parse(value, form).date()


@transform(
    "The moment of a text: ISO, or of the given form, on the clocks of `zone` where it names none.",
    ("2026-01-01T01:00:00+01:00", _NEW_YEAR),
    ("01/01/2026 01:00", _NEW_YEAR, "%d/%m/%Y %H:%M", "Europe/Paris"),
    ("hier", "is not an ISO date and time"),
    inverse="format_date",
)
def datetime_(value: Any, form: str | None = None, zone: str = "UTC") -> datetime | None:
    place = moments.zone_named(zone)
    if form is None:
        return moments.iso_moment(value, place)
    found = _parse(value, form)
    return found.astimezone(UTC) if found.tzinfo else moments.at_wall(found, place)


@transform(
    "A date or moment as text of the given form (as in Python's strftime).",
    ("2026-01-31", "31/01/2026", "%d/%m/%Y"),
    ("2026-01-01T00:00:00Z", "2026-01-01 01:00", "%Y-%m-%d %H:%M", "Europe/Paris"),
    inverse="date",
)
def format_date(value: Any, form: str = "%Y-%m-%d", zone: str = "UTC") -> str | None:
    if len(form) > 100:
        raise RuleError("a form of more than 100 characters is too long")
    place = moments.zone_named(zone)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.strftime(form)
    found = moments.iso_moment(value, place)
    return None if found is None else found.astimezone(place).strftime(form)


@transform("A moment as Unix seconds.", ("2026-01-01T00:00:00Z", 1767225600), inverse="from_epoch")
def epoch(value: Any, zone: str = "UTC") -> int | float | None:
    found = moments.iso_moment(value, moments.zone_named(zone))
    return None if found is None else moments.to_epoch(found)


@transform("The moment of Unix seconds; 0 is null.", (1767225600, _NEW_YEAR), (0, None), inverse="epoch")
def from_epoch(value: Any) -> datetime | None:
    return moments.unix_moment(value)


@transform(
    "A moment as /Date(milliseconds)/.", ("2026-01-01T00:00:00Z", "/Date(1767225600000)/"), inverse="from_msdate"
)
def msdate(value: Any, zone: str = "UTC") -> str | None:
    found = moments.iso_moment(value, moments.zone_named(zone))
    return None if found is None else moments.to_msdate(found)


@transform(
    "The moment of /Date(milliseconds)/; the year 1 is null.",
    ("/Date(1767225600000)/", _NEW_YEAR),
    ("/Date(-62135596800000)/", None),
    inverse="msdate",
)
def from_msdate(value: Any) -> datetime | None:
    return moments.msdate_moment(value)
