"""Two things measured in turns: the speed of a machine changes from minute to minute, their ratio hardly does."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

#: Records in one turn.
_FEW = 50


@dataclass(frozen=True)
class Compared:
    """Medians of two things that were measured in turns, in microseconds of processor time a record.

    `ratio` is the median of the turns' own ratios: 1 is as fast as the other, 0.5 takes twice its time. `low` and
    `high` are their quartiles, and tell how noisy the machine was.
    """

    us: float
    other_us: float
    ratio: float
    low: float
    high: float


def in_turns(
    work: Callable[[Any], Any], other: Callable[[Any], Any], records: Sequence[Any], *, rounds: int, times: int = 1
) -> Compared:
    """Call both on the records: a few by the one, the same few by the other, and so on; all of them `rounds` times.

    The turns are so short that the machine is the same for both. `times`: how often `other` gets its few in a turn,
    where `work` takes very much longer.
    """
    slices = [records[start : start + _FEW] for start in range(0, len(records), _FEW)]
    pairs = []
    for number in range(rounds + 1):
        gc.collect()
        # As in the standard library's `timeit`: what one leaves behind must not be cleared away at the other's cost.
        gc.disable()
        try:
            found = [_turn(work, other, few, times, first=(number + i) % 2 == 0) for i, few in enumerate(slices)]
        finally:
            gc.enable()
        # The first round warms up.
        pairs += found if number else []
    low, middle, high = quantiles((theirs / ours for ours, theirs in pairs), n=4)
    return Compared(median(ours for ours, _ in pairs), median(theirs for _, theirs in pairs), middle, low, high)


def _turn(
    work: Callable[[Any], Any], other: Callable[[Any], Any], few: Sequence[Any], times: int, *, first: bool
) -> tuple[float, float]:
    # Records come from a parser a moment before: they are in the processor's cache for both, not for the second only.
    _pass(other, few, 1)
    if first:
        return _pass(work, few, 1), _pass(other, few, times)
    theirs = _pass(other, few, times)
    return _pass(work, few, 1), theirs


def _pass(work: Callable[[Any], Any], records: Sequence[Any], times: int) -> float:
    """Microseconds of processor time a record: what other programs take of the machine meanwhile does not count."""
    started = time.process_time()
    for _ in range(times):
        for record in records:
            work(record)
    return (time.process_time() - started) / len(records) / times * 1e6
