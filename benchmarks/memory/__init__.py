"""Peak memory and speed of a plan whose source has many records and whose target is empty.

`python -m benchmarks.memory 20000` measures one size, in a process that does nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.report import Report, table, verdict

_HERE = Path(__file__).parent

MOST_GROWTH_MIB = 20.0


@dataclass(frozen=True)
class Peak:
    """What one plan took: `mib` is the process's peak resident memory."""

    records: int
    mib: float
    seconds: float

    @property
    def per_second(self) -> float:
        return self.records / self.seconds


def report(sizes: tuple[int, ...] = (20_000, 200_000)) -> Report:
    """The peaks, and how much the larger plan took more than the smaller one."""
    found = measure(sizes)
    rows = [(f"{p.records:,}", f"{p.mib:.1f} MiB", f"{p.seconds:.1f} s", f"{p.per_second:,.0f}") for p in found]
    growth = found[-1].mib - found[0].mib
    kept = growth < MOST_GROWTH_MIB
    text = table(("records", "peak resident memory", "time", "records a second"), rows, right=(0, 1, 2, 3))
    return Report(text + verdict(kept, f"Growth: {growth:.1f} MiB; the most is {MOST_GROWTH_MIB:.0f} MiB"), kept)


def million() -> Report:
    """The same over a million records: it takes a quarter of an hour."""
    return report((100_000, 1_000_000))


class Numbered(httpx.BaseTransport):
    """Answers the list of a made-up vendor: so many records on one side, none on the other."""

    def __init__(self, records: int) -> None:
        self.records = records

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        total = self.records if request.url.path.startswith("/from/") else 0
        start, size = int(request.url.params["offset"]), int(request.url.params["limit"])
        data = [record(number) for number in range(start, min(start + size, total))]
        return httpx.Response(200, json={"total": total, "data": data})


def record(number: int) -> dict[str, object]:
    """The record of a number."""
    return {
        "id": number + 1,
        "name": f"Company number {number}",
        "code": f"C{number:07d}",
        "city": f"City {number % 977}",
        "street": f"{number % 89} Long Street",
        "note": f"What is to be known of company {number}, in a sentence of the usual length.",
        "amount": f"{number % 10_000}.50",
        "active": number % 3 > 0,
        "since": f"20{number % 25:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
    }


def plan(records: int) -> Peak:
    """Plan so many records in this process."""
    from mapper.sync.project import load

    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        transports = dict.fromkeys(("from", "to"), Numbered(records))
        with load(_HERE, env={}, state=f"sqlite:///{folder}/state.db", transports=transports) as project:
            report = project.plan("item")
    assert report.sides["to"].created == records, report
    seconds = time.perf_counter() - started
    return Peak(records, _peak(), seconds)


def _peak() -> float:
    """This process's peak resident memory in MiB."""
    import resource

    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells on Linux begins with the peak of the process that started this one.
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024**2)


def measure(sizes: tuple[int, ...]) -> list[Peak]:
    """Plans of these sizes, each in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory"]
    done = [subprocess.run([*command, str(size)], capture_output=True, text=True, check=True) for size in sizes]
    return [Peak(**json.loads(one.stdout)) for one in done]
