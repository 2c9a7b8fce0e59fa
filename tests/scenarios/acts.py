"""What an operator does besides syncing: keeps a plan in a file, undoes a run, forgets a record, compares mappings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mapper.cli.planfiles import changes
from mapper.sync import forgetting
from mapper.sync.beside import beside
from mapper.sync.planfile import PlanFile
from mapper.sync.project import Project
from mapper.sync.replay import Replay
from mapper.sync.report import Change, Report
from tests.scenarios.format import Mistake

#: The file to which `alerts: {command: …}` of a scenario appends what it is told.
TOLD = "told.jsonl"


def plan_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.plan.jsonl"


def spoil(folder: Path, edits: Mapping[str, Any]) -> None:
    """Write one text in the place of another in a plan's file, as a hand would."""
    for name, (old, new) in edits.items():
        file = plan_file(folder, name)
        text = file.read_text(encoding="utf-8")
        if old not in text:
            raise Mistake(f"{old!r} does not stand in the plan {name!r}")
        file.write_text(text.replace(old, new), encoding="utf-8")


def show(folder: Path, name: str) -> list[Change]:
    """What a plan's file holds, as `mapper plan --show` lists it."""
    with PlanFile(plan_file(folder, name)) as plan:
        found = [change for entity in plan.headings for change in changes(entity, plan.changes(entity))]
    return [replace(change, number=number) for number, change in enumerate(found, 1)]


def undo(project: Project, run: int, beside: Mapping[str, Any]) -> Report:
    """Undo a run, or with `dry: true` only look at what that would do."""
    options = {"creates": beside["creates"]} if "creates" in beside else {}
    return project.undo(run, dry=bool(beside.get("dry")), **options)


def forget(project: Project, entity: str, key: str) -> None:
    forgetting.erase(project, forgetting.person(project, entity, key, None))


def compare(project: Project, run: int) -> Replay:
    """The mapping that a run had beside the present one, on all records of the vendors."""
    row = project.store.run(run)
    assert row is not None
    return beside(project, str(row["entity"]), str(run))


def told(folder: Path) -> list[str]:
    """The alerts since they were last looked at, as `before state`."""
    file = folder / TOLD
    alerts = [json.loads(line) for line in file.read_text().splitlines() if line] if file.exists() else []
    file.unlink(missing_ok=True)
    return [f"{alert['before']} {alert['state']}" for alert in alerts]


def found_in(files: Iterator[Path], words: list[str]) -> list[str]:
    """Those of the words that stand anywhere in these files."""
    held = b"".join(file.read_bytes() for file in files).lower()
    return [word for word in words if word.lower().encode() in held]
