"""What a part of the benchmarks hands back, and the tables in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """Markdown, and whether every bound in it is kept."""

    text: str
    kept: bool


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A Markdown table that is readable as it stands; the columns of `right` hold figures."""
    widths = [max(len(row[i]) for row in (headers, *rows)) for i in range(len(headers))]
    rules = ["-" * (width - 1) + (":" if i in right else "-") for i, width in enumerate(widths)]
    return "".join(f"| {' | '.join(_padded(line, widths, right))} |\n" for line in (headers, rules, *rows))


def verdict(kept: bool, text: str) -> str:
    """A bound in words, in bold where it is not kept."""
    return f"\n{text}: kept.\n" if kept else f"\n**{text}: not kept.**\n"


def _padded(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> list[str]:
    return [cell.rjust(widths[i]) if i in right else cell.ljust(widths[i]) for i, cell in enumerate(cells)]
