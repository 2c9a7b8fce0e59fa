"""Runs the benchmarks and prints what was found; all of them together are written to `benchmarks/RESULTS.md`.

python -m benchmarks                  every part
python -m benchmarks translate jsonl  only these
python -m benchmarks million          memory over a million records: long, and only where it is named
python -m benchmarks private          a state with a key: long too
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks import (
    calls,
    door,
    jsonl,
    loading,
    memory,
    private,
    reading,
    startup,
    state,
    syncpath,
    translate,
    wholerun,
)
from benchmarks.report import Report

_RESULTS = Path(__file__).parent / "RESULTS.md"

_PARTS: dict[str, tuple[str, Callable[[], Report]]] = {
    "translate": ("Translating a record", translate.report),
    "syncpath": ("The path of a sync", syncpath.report),
    "state": ("The state: a million links", state.report),
    "wholerun": ("A whole run", wholerun.report),
    "jsonl": ("A file of records, from process to process", jsonl.report),
    "loading": ("Loading, checking and compiling a mapping", loading.report),
    "startup": ("Start of the command", startup.report),
    "memory": ("Memory of a plan", memory.report),
    "calls": ("API calls, counted by the simulators", calls.report),
    "door": ("The door for what vendors tell and ask", door.report),
    "reading": ("Reading: calls, wall time and processor time", reading.report),
}

#: What takes too long to be measured with the rest.
_LONG: dict[str, tuple[str, Callable[[], Report]]] = {
    "million": ("Memory of a plan over a million records", memory.million),
    "private": ("Values that are kept private", private.report),
}


def main(names: list[str]) -> int:
    """0 where every figure keeps within its bound."""
    if {"-h", "--help"} & set(names):
        print(__doc__, *(f"{name:10} {about}" for name, (about, _) in (_PARTS | _LONG).items()), sep="\n")
        return 0
    if unknown := set(names) - _PARTS.keys() - _LONG.keys():
        print(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(_PARTS | _LONG)}", file=sys.stderr)
        return 2
    found = {name: _measured(name) for name in names or _PARTS}
    broken = [name for name, report in found.items() if not report.kept]
    end = f"**Not all bounds are kept: {', '.join(broken)}.**" if broken else "All bounds are kept."
    print(f"\n{end}")
    if not names:
        sections = [f"## {_PARTS[name][0]}\n\n{report.text}" for name, report in found.items()]
        _RESULTS.write_text("\n".join([_head(), *sections, end]) + "\n", encoding="utf-8")
        print(f"Written to {_RESULTS.name}.")
    return 1 if broken else 0


def _measured(name: str) -> Report:
    """One part; one that fails must not cost the figures of the others."""
    title, part = (_PARTS | _LONG)[name]
    print(f"{title} …", file=sys.stderr, flush=True)
    started = time.perf_counter()
    try:
        report = part()
    except Exception as error:
        report = Report(f"**Not measured:** {type(error).__name__}: {error}\n", False)
    print(f"\n## {title}\n\n{report.text}\n({time.perf_counter() - started:.0f} s)\n", flush=True)
    return report


def _head() -> str:
    facts = f"{os.cpu_count()} cores ({_processor()}), {platform.system()} {platform.machine()}"
    python = f"Python {platform.python_version()}"
    return (
        f"# Results\n\nWritten by `make bench` on {date.today().isoformat()}: {facts}, {python}.\n\n"
        "The figures that count are ratios of two things measured in turns. Absolute times hold for this machine and "
        "its load at\nthat moment only.\n"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "processor unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
