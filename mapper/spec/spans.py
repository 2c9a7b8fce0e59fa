"""Spans of time as people write them in files: `90s`, `10m`, `24h`, `30 days`; a bare number counts seconds."""

from __future__ import annotations

import re

_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_SPAN = re.compile(
    r"(\d+(?:\.\d+)?) ?(s|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)?",
    re.ASCII,
)

#: What is said of a text that is no span.
FORM = "write a span of time such as 90s, 10m, 24h or 30 days"


def seconds(text: str) -> float:
    """The seconds of a span; raises ValueError where it is none."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is no span of time: {FORM}")
    return float(found[1]) * _UNITS[(found[2] or "s")[0]]


def is_span(text: str) -> bool:
    return _SPAN.fullmatch(text.strip()) is not None
