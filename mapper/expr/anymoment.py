"""The moment that a value means, whichever of the notations of dates it is in."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from mapper.errors import RuleError
from mapper.expr import moments
from mapper.expr.transform import show, transform

_WHOLE = re.compile(r"-?[0-9]{1,15}")
#: From here on a Unix time can only be one of milliseconds: as seconds it would lie in the year 5138.
_MILLISECONDS = 10**11


def _verify(zone: str = "UTC") -> None:
    try:
        moments.zone_named(zone)
    except (ValueError, TypeError):
        raise RuleError(f"{show(zone)} is not a time zone such as Europe/Paris") from None


@transform(
    "The moment of a value in any usual notation: ISO, DD/MM/YYYY, /Date(milliseconds)/, or a Unix time in seconds or, "
    "from 100000000000 on, in milliseconds. Clock times and days are those of `zone`.",
    ("2026-01-01T01:00:00+01:00", datetime(2026, 1, 1, tzinfo=UTC)),
    ("01/01/2026", datetime(2026, 1, 1, tzinfo=UTC)),
    ("/Date(1767225600000)/", datetime(2026, 1, 1, tzinfo=UTC)),
    (1767225600, datetime(2026, 1, 1, tzinfo=UTC)),
    ("1767225600000", datetime(2026, 1, 1, tzinfo=UTC)),
    ("2026-01-01", datetime(2025, 12, 31, 23, tzinfo=UTC), "Europe/Paris"),
    ("hier", "is not a moment in a usual notation"),
    verify=_verify,
    loses="the notation",
    takes="any",
    gives="datetime",
)
def moment(value: Any, zone: str = "UTC") -> datetime | None:
    place = moments.zone_named(zone)
    if isinstance(value, str):
        return _of_text(value.strip(), place)
    if isinstance(value, date):
        return moments.iso_moment(value, place)
    return _unix(value)


def _of_text(text: str, place: tzinfo) -> datetime | None:
    if _WHOLE.fullmatch(text):
        return _unix(int(text))
    if "/Date(" in text:
        return moments.msdate_moment(text)
    try:
        if "/" in text:
            day = moments.dmy_date(text)
            return None if day is None else moments.midnight(day, place)
        return moments.iso_moment(text, place)
    except RuleError:
        raise RuleError(f"{show(text)} is not a moment in a usual notation") from None


def _unix(value: Any) -> datetime | None:
    plain = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return moments.unix_moment(value, 1000 if plain and abs(value) >= _MILLISECONDS else 1)
