"""How long a mapping of 60 rows and its three connectors take to be loaded, checked and compiled, in a new process.

`python -m benchmarks.loading FOLDER` does it once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import Report, table, verdict

_HERE = Path(__file__).parent

MOST_MS = 150.0
SAMPLES = 11


@dataclass(frozen=True)
class Loading:
    """Medians in milliseconds of processor time; `cached` finds what the run before it has left."""

    import_ms: float
    cold_ms: float
    cached_ms: float


def report() -> Report:
    """The three figures."""
    found = measure()
    rows = [
        ("importing the modules that it needs", f"{found.import_ms:.0f} ms"),
        ("loading, checking and compiling, cold", f"{found.cold_ms:.0f} ms"),
        ("the same in the next process", f"{found.cached_ms:.0f} ms"),
    ]
    kept = found.cold_ms <= MOST_MS
    text = table(("60 rows, three shipped connectors", f"median of {SAMPLES}"), rows, right=(1,))
    text += "\nProcessor time, each in a new process; Python's own byte code is there in all of them.\n"
    return Report(text + verdict(kept, f"Cold: {found.cold_ms:.0f} ms; the most is {MOST_MS:.0f} ms"), kept)


def measure(samples: int = SAMPLES) -> Loading:
    """Fresh processes in turns: one with no caches of ours, then one that finds what the first has left."""
    modules = _pair([])[0]["modules"]
    pairs = [_pair(modules) for _ in range(samples)]
    return Loading(
        median(one["import_ms"] for pair in pairs for one in pair),
        median(cold["load_ms"] for cold, _ in pairs),
        median(cached["load_ms"] for _, cached in pairs),
    )


def _pair(modules: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures of two processes in turn, with a cache that is empty before the first."""
    with TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(_HERE / "project", project)
        env = {**os.environ, "MAPPER_CACHE": f"{folder}/cache"}
        first, second = (_once(project, modules, env) for _ in range(2))
    return first, second


def _once(project: Path, modules: list[str], env: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.loading", str(project)]
    done = subprocess.run(command, env=env, input=json.dumps(modules), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found
