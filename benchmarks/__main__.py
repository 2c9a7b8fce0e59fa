"""Runs every benchmark, prints what was found, and writes it to `benchmarks/RESULTS.md`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks import calls, memory, startup, translate

_RESULTS = Path(__file__).parent / "RESULTS.md"

#: What the figures have to stay under.
_MOST_GROWTH_MIB = 20.0
_MOST_STARTUP = 1.5


def main() -> int:
    """0 where every figure keeps within its bound."""
    parts, sound = [_head()], True
    for title, part in (
        ("API calls, counted by the simulators", _calls),
        ("Memory of a plan", _memory),
        ("Start of the command", _startup),
        ("Translating a record", _translate),
    ):
        print(f"{title} …", file=sys.stderr, flush=True)
        text, kept = part()
        parts.append(f"## {title}\n\n{text}")
        sound = sound and kept
        print(f"\n{text}", flush=True)
    parts.append("All bounds are kept." if sound else "**Not all bounds are kept.**")
    _RESULTS.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(f"\n{parts[-1]} Written to {_RESULTS.name}.")
    return 0 if sound else 1


def _head() -> str:
    facts = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"# Results\n\nWritten by `make bench` on {date.today().isoformat()}: {facts}.\n"


def _calls() -> tuple[str, bool]:
    found = calls.measure()
    rows = [(r.run, r.system, r.kind, f"{r.calls:,}", f"{r.least:,}", r.formula) for r in found]
    kept = all(r.calls == r.least for r in found)
    table = _table(("run", "system", "", "calls", "least possible", "because"), rows, right=(3, 4))
    return table + f"\nEvery count {'is' if kept else 'should be'} the least possible.\n", kept


def _memory() -> tuple[str, bool]:
    found = memory.measure()
    rows = [(f"{p.records:,}", f"{p.mib:.1f} MiB", f"{p.seconds:.1f} s", f"{p.per_second:,.0f}") for p in found]
    growth = found[-1].mib - found[0].mib
    table = _table(("records", "peak resident memory", "time", "records a second"), rows, right=(0, 1, 2, 3))
    bound = f"\nDifference: {growth:.1f} MiB; the bound is {_MOST_GROWTH_MIB:.0f} MiB.\n"
    return table + bound, growth < _MOST_GROWTH_MIB


def _startup() -> tuple[str, bool]:
    found = startup.measure()
    rows = [("`mapper --help`", f"{found.help_ms:.0f} ms"), ('`python -c "import click"`', f"{found.bare_ms:.0f} ms")]
    table = _table(("command", "median of 15"), rows, right=(1,))
    return table + f"\nRatio: {found.ratio:.2f}; the bound is {_MOST_STARTUP}.\n", found.ratio <= _MOST_STARTUP


def _translate() -> tuple[str, bool]:
    found = translate.measure()
    rows = [("compiled mapping", f"{found.compiled_us:.1f} µs"), ("by hand", f"{found.by_hand_us:.1f} µs")]
    table = _table(("eight fields, read and written", "a record"), rows, right=(1,))
    return table + f"\nRatio: {found.ratio:.1f}.\n", True


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A Markdown table that is readable as it stands."""
    widths = [max(len(row[i]) for row in (headers, *rows)) for i in range(len(headers))]
    rules = ["-" * (width - 1) + (":" if i in right else "-") for i, width in enumerate(widths)]
    return "".join(f"| {' | '.join(_padded(line, widths, right))} |\n" for line in (headers, rules, *rows))


def _padded(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> list[str]:
    return [cell.rjust(widths[i]) if i in right else cell.ljust(widths[i]) for i, cell in enumerate(cells)]


if __name__ == "__main__":
    sys.exit(main())
