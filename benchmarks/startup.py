"""How long `mapper --help` takes, beside importing the library that parses its command line."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.report import Report, table, verdict

MOST = 1.5

_HELP = [sys.executable, "-m", "mapper", "--help"]
_BARE = [sys.executable, "-c", "import click"]


@dataclass(frozen=True)
class Startup:
    """Medians in milliseconds."""

    help_ms: float
    bare_ms: float

    @property
    def ratio(self) -> float:
        return self.help_ms / self.bare_ms


def report() -> Report:
    """Both commands, and their ratio."""
    found = measure()
    rows = [("`mapper --help`", f"{found.help_ms:.0f} ms"), ('`python -c "import click"`', f"{found.bare_ms:.0f} ms")]
    kept = found.ratio <= MOST
    text = table(("command", "median of 15"), rows, right=(1,))
    return Report(text + verdict(kept, f"Ratio: {found.ratio:.2f}; the most is {MOST}"), kept)


def measure(runs: int = 15) -> Startup:
    """Medians of alternating runs, after one of each that warms the files up."""
    _timed(_HELP)
    _timed(_BARE)
    pairs = [(_timed(_HELP), _timed(_BARE)) for _ in range(runs)]
    return Startup(median(help_ for help_, _ in pairs), median(bare for _, bare in pairs))


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000
