"""Records that were read without the members that their mapping did not look at: of those they say nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from mapper.compile import CompiledSide
from mapper.state import Store
from mapper.sync.context import Context, pack, unpack


def note_cut(context: Context, side: str) -> None:
    """Note that a side is read so, before any of its records is kept."""
    context.counts[side].cut = True
    counts = {name: asdict(one) for name, one in context.counts.items()}
    context.store.note_counts(context.run, pack(counts))


def cut_sides(store: Store, run: int) -> frozenset[str]:
    """The sides whose records a run has read so."""
    row = store.run(run)
    counts = unpack(row["counts"]) if row else {}
    return frozenset(side for side, said in counts.items() if said.get("cut"))


def lacking(before: CompiledSide, after: CompiledSide) -> list[str]:
    """The members that one form of a mapping looks at, and an earlier one did not."""
    return sorted(".".join(path) for path in after.members if not _within(path, before.members))


def _within(path: tuple[str, ...], members: Iterable[tuple[str, ...]]) -> bool:
    return any(path[: len(member)] == member for member in members)
