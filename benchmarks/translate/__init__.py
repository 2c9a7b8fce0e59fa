"""Speed of a compiled mapping, read and write, beside the same done by hand-written code."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.memory import record
from mapper.sync.project import load

_HERE = Path(__file__).parent

Translate = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Speed:
    """Microseconds a record, medians."""

    compiled_us: float
    by_hand_us: float

    @property
    def ratio(self) -> float:
        return self.compiled_us / self.by_hand_us


def measure(records: int = 20_000, rounds: int = 7) -> Speed:
    """Both on the same records, in turns."""
    with load(_HERE, env={}) as project:
        translator = project.compile("item")

    def compiled(native: dict[str, Any]) -> dict[str, Any]:
        return translator.translate(native, "left", "right")

    natives = [record(number) for number in range(records)]
    for native in natives[:100]:
        assert compiled(native) == by_hand(native), (compiled(native), by_hand(native))
    pairs = [(_timed(compiled, natives), _timed(by_hand, natives)) for _ in range(rounds)]
    return Speed(median(one for one, _ in pairs), median(other for _, other in pairs))


def _timed(translate: Translate, natives: list[dict[str, Any]]) -> float:
    started = time.perf_counter()
    for native in natives:
        translate(native)
    return (time.perf_counter() - started) / len(natives) * 1e6


def by_hand(native: dict[str, Any]) -> dict[str, Any]:
    """What a careful programmer would write for the same eight fields: by way of checked, canonical values."""
    canonical: dict[str, Any] = {name: _text(native[name]) for name in _TEXTS if name in native}
    if not canonical.get("name"):
        raise ValueError("name is required")
    if "amount" in native:
        canonical["amount"] = None if native["amount"] in (None, "") else Decimal(str(native["amount"]).strip())
    if "active" in native:
        canonical["active"] = _flag(native["active"])
    if "since" in native:
        canonical["since"] = None if native["since"] in (None, "") else date.fromisoformat(native["since"])
    target = {name: canonical[name] for name in _TEXTS if canonical.get(name) is not None}
    if canonical.get("amount") is not None:
        target["amount"] = canonical["amount"]
    if canonical.get("active") is not None:
        target["active"] = canonical["active"]
    if canonical.get("since") is not None:
        target["since"] = canonical["since"].isoformat()
    return target


_TEXTS = ("name", "code", "city", "street", "note")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value.strip() or None


def _flag(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value in (0, 1, "0", "1"):
        return bool(int(value))
    raise ValueError(f"{value!r} is not a flag")
