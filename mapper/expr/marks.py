"""Moments at which clocks show a round time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from mapper.errors import RuleError
from mapper.expr import moments
from mapper.expr.transform import show, transform

_DAY = 24 * 60


def _every(minutes: Any) -> timedelta:
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1 or _DAY % minutes:
        raise RuleError(f"{show(minutes)} minutes do not divide a day into equal parts")
    return timedelta(minutes=minutes)


def _zone(name: Any) -> tzinfo:
    try:
        return moments.zone_named(name)
    except (ValueError, TypeError):
        raise RuleError(f"{show(name)} is not a time zone such as Europe/Paris") from None


def _verify(minutes: Any, zone: str = "UTC") -> None:
    _every(minutes)
    _zone(zone)


@transform(
    "The first moment, itself included, at which clocks in `zone` show a whole multiple of so many minutes: 30 for the"
    " full and the half hour.",
    ("2026-01-01T09:10:00Z", datetime(2026, 1, 1, 9, 30, tzinfo=UTC), 30),
    ("2026-01-01T09:30:00Z", datetime(2026, 1, 1, 9, 30, tzinfo=UTC), 30),
    ("2026-01-01T09:30:00Z", "do not divide a day", 50),
    verify=_verify,
    loses="the time before that moment",
    takes="datetime",
    gives="datetime",
)
def next_mark(value: Any, minutes: int, zone: str = "UTC") -> datetime | None:
    every, place = _every(minutes), _zone(zone)
    found = moments.iso_moment(value, place)
    if found is None:
        return None
    wall = moments.local(found, place).replace(tzinfo=None)
    over = (wall - datetime(wall.year, wall.month, wall.day)) % every
    # What is missing is added to the moment and not to the clock, which may be about to change.
    try:
        return found + (every - over) if over else found
    except OverflowError:
        raise RuleError(f"{show(value)} would be moved out of the calendar") from None
