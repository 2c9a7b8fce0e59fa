"""The types of dates and moments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from mapper.errors import RuleError
from mapper.expr import moments
from mapper.expr.dateforms import date_form
from mapper.expr.forms import Convert, Form, Type
from mapper.expr.transform import show


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise RuleError(f"{show(value)} is not a date")


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    raise RuleError(f"{show(value)} is not a moment")


def _date_reader(form: Form) -> Convert:
    zone = moments.zone_named(form.zone)
    if "%" in form.form:
        pattern = date_form(form.form)
        return lambda value: _day_written(value, pattern.parse, zone)
    match form.form:
        case "dmy":
            return moments.dmy_date
        case "epoch":
            return lambda value: _day(value, moments.unix_moment, zone)
        case "msdate":
            return lambda value: _day(value, moments.msdate_moment, zone)
    return lambda value: moments.iso_date(value, zone)


def _day(value: Any, read: Convert, zone: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return moments.day_of(read(value), zone)


def _day_written(value: Any, read: Convert, zone: Any) -> date | None:
    """The day as it stands in the text, whatever offset stands behind it; of a moment, the day in the zone."""
    if isinstance(value, date):
        return _day(value, lambda moment: moments.iso_moment(moment, zone), zone)
    found = read(value)
    return None if found is None else found.date()


def _date_writer(form: Form) -> Convert:
    zone = moments.zone_named(form.zone)
    if "%" in form.form:
        pattern = date_form(form.form)
        return lambda value: pattern.text(_date(value))
    match form.form:
        case "dmy":
            return lambda value: f"{_date(value).day:02}/{value.month:02}/{value.year:04}"
        case "epoch":
            return lambda value: _unix(moments.to_epoch(moments.midnight(_date(value), zone)), value.isoformat())
        case "msdate":
            return lambda value: moments.to_msdate(moments.midnight(_date(value), zone))
    return lambda value: _date(value).isoformat()


def _unix(time: int | float, shown: str) -> int | float:
    """The Unix time; RuleError for 0, which would be read as null."""
    if not time:
        raise RuleError(f"{shown} cannot be written as a Unix time: 0 means that there is none")
    return time


def _moment_reader(form: Form) -> Convert:
    zone = moments.zone_named(form.zone)
    if "%" in form.form:
        pattern = date_form(form.form, needs="moment")
        return lambda value: (
            moments.iso_moment(value, zone) if isinstance(value, datetime) else pattern.moment(value, zone)
        )
    match form.form:
        case "wall":
            return lambda value: moments.wall_moment(value, zone)
        case "epoch":
            return moments.unix_moment
        case "epoch_ms":
            return lambda value: moments.unix_moment(value, 1000)
        case "msdate":
            return moments.msdate_moment
    return lambda value: moments.iso_moment(value, zone)


def _moment_writer(form: Form) -> Convert:
    zone = moments.zone_named(form.zone)
    if "%" in form.form:
        pattern = date_form(form.form, needs="moment")
        return lambda value: pattern.text(moments.local(_moment(value), zone))
    match form.form:
        case "wall":
            return lambda value: moments.to_wall(_moment(value), zone)
        case "epoch":
            return lambda value: _unix(moments.to_epoch(_moment(value)), moments.to_iso(value))
        case "epoch_ms":
            return lambda value: _unix(moments.to_epoch_ms(_moment(value)), moments.to_iso(value))
        case "msdate":
            return lambda value: moments.to_msdate(_moment(value))
    return lambda value: moments.to_iso(_moment(value))


def _moment_key(value: datetime) -> str:
    """To the second: several vendors keep no fractions, and their echo must not look like a change."""
    return moments.to_iso(value.replace(microsecond=0))


DATE = Type(
    name="date",
    summary="A day of the calendar; the years 0 and 1 are null; a form with % is a pattern",
    forms=("iso", "dmy", "epoch", "msdate"),
    examples=(("2026-01-31", date(2026, 1, 31)), ("0001-01-01T00:00:00", None)),
    make_reader=_date_reader,
    make_writer=_date_writer,
    to_key=date.isoformat,
    to_plain=date.isoformat,
    from_plain=date.fromisoformat,
    kinds=frozenset({"date", "datetime", "text", "number", "any"}),
    patterns=True,
    widths={"iso": 10, "dmy": 10, "msdate": 23, "%": lambda form: date_form(form.form).width},
)

DATETIME = Type(
    name="datetime",
    summary="A moment, in UTC; compared to the second; the years 0 and 1 are null; a form with % is a pattern; a time "
    "that clocks skip is moved forward by the hour that is missing, of one that they show twice the first counts",
    forms=("iso", "wall", "epoch", "epoch_ms", "msdate"),
    examples=(("2026-01-31T15:00:00+01:00", datetime(2026, 1, 31, 14, tzinfo=UTC)), ("0000-00-00 00:00:00", None)),
    make_reader=_moment_reader,
    make_writer=_moment_writer,
    to_key=_moment_key,
    to_plain=moments.to_iso,
    from_plain=datetime.fromisoformat,
    kinds=frozenset({"datetime", "date", "text", "number", "any"}),
    patterns=True,
    widths={"iso": 27, "wall": 19, "msdate": 23, "%": lambda form: date_form(form.form, needs="moment").width},
)
