"""What a mapping expects of a run, compared with the runs before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mapper.state.watched import Place
from mapper.sync.context import Context
from mapper.sync.guards import share
from mapper.sync.report import Warned

#: Stands for all fields that are not named.
OTHERS = "*"

#: Of how many readings of a side the numbers of records are kept.
READINGS = 50


def fields_of(context: Context) -> dict[str, list[str]]:
    """The fields, by side, whose values are to be counted."""
    expect = context.mapping.spec.expect
    named = expect.filled if expect else {}
    return {
        side: [name for name in sorted(compiled.sources) if name in named or OTHERS in named]
        for side, compiled in context.mapping.sides.items()
        if named
    }


def stopping(context: Context) -> tuple[str, ...]:
    """The expectations that stop a run; the others warn."""
    expect = context.mapping.spec.expect
    return expect.stop if expect else ()


def broken(context: Context) -> Iterator[Warned]:
    """What is otherwise than it is expected to be."""
    expect, stop = context.mapping.spec.expect, stopping(context)
    if expect is None:
        return
    place = str(expect.pos) if expect.pos.file else ""
    for side in context.tally.whole:
        count = context.tally.records[side]
        if expect.read and not count:
            words = f"{side} gave no record that the mapping is about"
            yield Warned("read", side, f"{words} (expect: read: {expect.read})", place, "read" in stop)
        if expect.volume and (words := _fallen(context, side, count, expect.volume, expect.over)):
            yield Warned("volume", side, words, place, "volume" in stop)
        for words in _emptied(context, side, expect.filled):
            yield Warned("filled", side, words, place, "filled" in stop)
    still = _still(context)
    if expect.unchanged and still >= expect.unchanged:
        words = f"nothing was to be written for {still} runs in a row (expect: unchanged: {expect.unchanged})"
        yield Warned("unchanged", "", words, place, "unchanged" in stop)


def _fallen(context: Context, side: str, count: int, limit: str, over: int) -> str:
    earlier = context.noted.get((side, "volume"), [])[-over:]
    mean = sum(earlier) / len(earlier) if earlier else 0.0
    if count >= mean * (100 - share(limit)) / 100:
        return ""
    before = "the last one gave" if len(earlier) == 1 else f"the mean of the last {len(earlier)} readings is"
    return f"{side} gave {count} records, {before} {mean:.0f} (expect: volume: {limit})"


def _emptied(context: Context, side: str, limits: dict[str, str]) -> Iterator[str]:
    """The fields whose share of values has fallen since the last reading of the whole side."""
    count = context.tally.records[side]
    for name, now in context.tally.filled.get(side, {}).items():
        limit = limits.get(name) or limits[OTHERS]
        then, of = context.noted.get((side, f"filled {name}"), (0, 0))
        if count and of and now / count < then / of * (100 - share(limit)) / 100:
            words = f"{side}: {name} has a value in {now / count:.0%} of the records, it was {then / of:.0%}"
            yield f"{words} (expect: filled: {name}: {limit})"


def _still(context: Context) -> int:
    """How many runs in a row, with this one, had nothing to write; none in a plan, which is no run."""
    if context.dry or context.store.count_changes(run=context.run):
        return 0
    before: int = context.noted.get(("", "still"), 0)
    return before + 1


def facts(context: Context) -> dict[Place, Any]:
    """What the next run compares itself with."""
    found: dict[Place, Any] = {("", "still"): _still(context)}
    for side in context.tally.whole:
        count = context.tally.records[side]
        found[side, "volume"] = [*context.noted.get((side, "volume"), []), count][-READINGS:]
        for name, filled in context.tally.filled.get(side, {}).items():
            found[side, f"filled {name}"] = [filled, count]
    return found
