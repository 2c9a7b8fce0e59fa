"""`mapper try` on a file of records, beside a hand-written loop with orjson; both as whole processes.

`python -m benchmarks.jsonl OUTPUT COMMAND...` runs one command from a small process and prints its time and memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import translate
from benchmarks.report import Report, table, verdict
from benchmarks.translate.records import records

_ROOT = Path(__file__).parents[2]

LEAST = 0.9
#: What the larger file may take more than the smaller one.
MOST_GROWTH_MIB = 10.0
FEW, MANY = 20_000, 200_000
#: So many records differ; the file repeats them.
DISTINCT = 5_000
ROUNDS = 5


@dataclass(frozen=True)
class Ran:
    """One whole process: `processor` is its user and system time in seconds, `mib` its peak resident memory."""

    seconds: float
    processor: float
    mib: float


@dataclass(frozen=True)
class Files:
    """Our runs and those of the loop by hand, in turns on the large file; and one each on the small one."""

    ours: list[Ran]
    by_hand: list[Ran]
    ours_few: Ran
    by_hand_few: Ran

    @property
    def ratio(self) -> float:
        return median(hand.processor / ours.processor for ours, hand in zip(self.ours, self.by_hand, strict=True))


def report() -> Report:
    """Time and peak memory of both."""
    found = measure()
    rows = [
        _row("loop by hand with orjson", found.by_hand, found.by_hand_few, "1"),
        _row("`mapper try`", found.ours, found.ours_few, f"{found.ratio:.2f}"),
    ]
    headers = (
        f"{MANY:,} records",
        "speed",
        "processor s",
        "wall s",
        "records/s",
        "peak MiB",
        f"peak MiB, {FEW:,} records",
    )
    growth = max(ran.mib for ran in found.ours) - found.ours_few.mib
    fast, flat = found.ratio >= LEAST, growth < MOST_GROWTH_MIB
    text = table(headers, rows, right=(1, 2, 3, 4, 5, 6))
    text += f"\nWhole processes in turns, {ROUNDS} each; medians. Speed is the ratio of their processor times.\n"
    text += verdict(fast, f"`mapper try` against the loop by hand: {found.ratio:.2f}; the least is {LEAST}")
    text += verdict(flat, f"Growth of the peak memory: {growth:.1f} MiB; the most is {MOST_GROWTH_MIB:.0f} MiB")
    return Report(text, fast and flat)


def _row(name: str, many: list[Ran], few: Ran, speed: str) -> tuple[str, ...]:
    seconds, processor = median(ran.seconds for ran in many), median(ran.processor for ran in many)
    peak = max(ran.mib for ran in many)
    return (
        name,
        speed,
        f"{processor:.1f}",
        f"{seconds:.1f}",
        f"{MANY / processor:,.0f}",
        f"{peak:.1f}",
        f"{few.mib:.1f}",
    )


def measure(rounds: int = ROUNDS) -> Files:
    """Both on a file of each size; their outputs are compared on the small one."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        few, many = folder / "few.jsonl", folder / "many.jsonl"
        _write(few, FEW)
        ours_few, by_hand_few = _run(_ours(few), folder / "ours"), _run(_by_hand(few), folder / "by_hand")
        _compare(folder / "ours", folder / "by_hand")
        _write(many, MANY)
        ours, by_hand = [], []
        for _ in range(rounds):
            ours.append(_run(_ours(many), folder / "ours"))
            by_hand.append(_run(_by_hand(many), folder / "by_hand"))
        return Files(ours, by_hand, ours_few, by_hand_few)


def _ours(file: Path) -> list[str]:
    project = ["--project", str(translate.HERE)]
    return [sys.executable, "-m", "mapper", "try", "customer", *project, "--from", "koban", "--to", "nicoka", str(file)]


def _by_hand(file: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.jsonl.by_hand", str(file)]


def _run(command: list[str], output: Path) -> Ran:
    """Run by way of a small process: on Linux, a process's peak memory begins with that of the one that started it."""
    launcher = [sys.executable, "-S", "-m", "benchmarks.jsonl", str(output), *command]
    env = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(launcher, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])}: {done.stderr.strip()[-500:]}")
    facts: dict[str, Any] = json.loads(done.stdout)
    return Ran(**facts)


def _write(file: Path, count: int) -> None:
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records(DISTINCT)]
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(islice(cycle(lines), count))


def _compare(ours: Path, by_hand: Path) -> None:
    """Line by line; the order of the members does not count."""
    with ours.open(encoding="utf-8") as one, by_hand.open(encoding="utf-8") as other:
        for number, (mine, theirs) in enumerate(zip(one, other, strict=True), 1):
            if json.loads(mine) != json.loads(theirs):
                raise AssertionError(f"line {number}: {mine} and {theirs}")
