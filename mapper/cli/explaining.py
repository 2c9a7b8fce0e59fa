"""How the way of a record is shown on a terminal: one block for each field, one line for each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mapper.cli import output
from mapper.records import ABSENT, CLEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mapper.sync.trial import Explanation, FieldWay, Stage

_WIDEST = 100


def show(found: Explanation, number: int, place: str) -> None:
    """Print an explanation."""
    output.show(f"record {number}{f' ({place})' if place else ''}: {found.entity}, {found.source} to {found.target}")
    for note in found.notes:
        output.show(f"  {note}")
    for way in found.fields:
        output.show()
        for line in _lines(way, found.source, found.target):
            output.show(line.rstrip())
    output.show()


def _lines(way: FieldWay, source: str, target: str) -> Iterable[str]:
    wide = max(len(source), len(target), len("canonical"))
    yield f"{way.field} ({way.type})  {_places(way)}"
    if way.read_from:
        yield f"  {source:<{wide}}  {way.read_from} = {value(way.raw)}"
        yield from _stages(way.reading, way.raw, wide)
    refused_early = bool(way.problem) and not (way.writing or way.written_to)
    yield f"  {'canonical':<{wide}}  {value(way.canonical)}"
    if way.written_to and not refused_early:
        yield from _stages(way.writing, way.canonical, wide)
        if way.written is not ABSENT:
            yield f"  {target:<{wide}}  {way.written_to} = {value(way.written)}"
    if way.problem:
        by = f"{way.refused_by}: " if way.refused_by else ""
        yield f"  {'problem':<{wide}}  {by}{way.problem}"
    for note in way.notes:
        yield f"  {'':<{wide}}  {note}"


def _places(way: FieldWay) -> str:
    """Where the cells stand; of two in one file, the file is named once."""
    read, write = way.read_place, way.write_place
    if read.file and read.file == write.file and read != write:
        return f"{read} and {write.line}:{write.column}"
    return ", ".join(dict.fromkeys(str(place) for place in (read, write) if place.file))


def _stages(stages: Iterable[Stage], before: Any, wide: int) -> Iterable[str]:
    for stage in stages:
        same = type(stage.value) is type(before) and stage.value == before
        yield f"  {'':<{wide}}    {stage.name} → {'the same' if same else value(stage.value)}"
        before = stage.value


def value(given: Any) -> str:
    """A value in one line, texts in quotes; what is missing in words."""
    if given is ABSENT:
        return "(nothing)"
    if given is CLEAR:
        return "(emptied)"
    from mapper.sync.trial import plain

    text = " ".join(output.text_of(plain(given)).split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
