"""API calls of an initial load and of a run with nothing to do, counted by the simulators."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.report import Report, table, verdict
from mapper.sandbox import registry
from mapper.sandbox.base import Sandbox
from mapper.sync.project import load

_HERE = Path(__file__).parent
_SYSTEMS = ("koban", "nicoka")
_DAY = 86_400.0
#: Beyond the hours that are read twice, and before the day is over after which all is read again.
_LATER = _DAY / 2

#: Records of one page of a list that no other page has, as each shows the last record of the one before.
_PAGE = {"koban": 99, "nicoka": 199}
#: Records of one batch; 1 where records are written one by one.
_BATCH = {"koban": 100, "nicoka": 1}
#: Drop-down lists that the mapping translates by label.
_LISTS = {"koban": 0, "nicoka": 1}


@dataclass(frozen=True)
class Counted:
    """The calls of one run at one vendor beside the least possible; `formula` says why that is the least."""

    run: str
    system: str
    kind: str
    calls: int
    least: int
    formula: str


def report() -> Report:
    """The calls of each run at each vendor."""
    found = measure()
    rows = [(r.run, r.system, r.kind, f"{r.calls:,}", f"{r.least:,}", r.formula) for r in found]
    kept = all(r.calls == r.least for r in found)
    text = table(("run", "system", "", "calls", "least possible", "because"), rows, right=(3, 4))
    return Report(text + verdict(kept, "Every count is the least possible"), kept)


def measure(records: int = 1000) -> list[Counted]:
    """Initial loads in both directions, each followed by a run after which nothing has changed."""
    return [row for source in _SYSTEMS for row in _direction(source, records)]


def _direction(source: str, records: int) -> list[Counted]:
    now = [time.time()]
    target = next(name for name in _SYSTEMS if name != source)
    apps = {name: registry.make(name) for name in _SYSTEMS}
    for app in apps.values():
        app.clock = lambda: now[0]
    registry.fill(apps[source], records, 0)
    # What was entered a day ago is out of reach of the time by which changes are read twice.
    now[0] += _DAY
    found = []
    with TemporaryDirectory() as folder:
        _sync(apps, source, folder, lambda: now[0])
        pages = ceil((records - 1) / _PAGE[source])
        found += _counted(apps, f"{source} to {target}, {records:,} new", {
            (source, "reads"): (pages + _LISTS[source], _words(f"ceil({records - 1}/{_PAGE[source]}) pages", source)),
            (source, "writes"): (0, "nothing is written to the source"),
            (target, "reads"): (1 + _LISTS[target], _words("1 page, empty", target)),
            (target, "writes"): (ceil(records / _BATCH[target]), f"ceil({records}/{_BATCH[target]}) creates"),
        })  # fmt: skip
        now[0] += _LATER
        _sync(apps, source, folder, lambda: now[0])
        found += _counted(apps, f"{source} to {target}, nothing changed", {
            (source, "reads"): (1 + _LISTS[source], _words("1 page of changes", source)),
            (source, "writes"): (0, "nothing to write"),
            (target, "reads"): (_LISTS[target], _words("no page", target)),
            (target, "writes"): (0, "nothing to write"),
        })  # fmt: skip
    return found


def _sync(apps: dict[str, Sandbox], source: str, folder: str, clock: Callable[[], float]) -> None:
    """One run as cron would start it: nothing is left of the last one but its state."""
    env = {key: value for name in apps for key, value in registry.keys(name).items()}
    transports = {name: httpx.WSGITransport(app=app) for name, app in apps.items()}
    state = f"sqlite:///{folder}/state.db"
    with load(_HERE, env=env, state=state, transports=transports, clock=clock) as project:
        project.sync("company", sources=(source,))


def _words(first: str, system: str) -> str:
    return f"{first} + {_LISTS[system]} list" if _LISTS[system] else first


def _counted(apps: dict[str, Sandbox], run: str, least: dict[tuple[str, str], tuple[int, str]]) -> list[Counted]:
    rows = []
    for (system, kind), (number, formula) in least.items():
        reads = sum(1 for call in apps[system].calls if call.method == "GET")
        calls = reads if kind == "reads" else len(apps[system].calls) - reads
        rows.append(Counted(run, system, kind, calls, number, formula))
    for app in apps.values():
        app.calls.clear()
    return rows
