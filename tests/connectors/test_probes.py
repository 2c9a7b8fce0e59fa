"""The probes of the shipped connectors settle an assumption as the account really is, and never settle it wrongly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mapper.sandbox.nicoka import Nicoka
from mapper.sync.doctor import examine
from tests.sync.world import World

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("probes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(f"{k}={v}" for k, v in case.items()))
def test_a_probe_finds_out_how_the_account_is(tmp_path: Path, case: dict[str, Any]) -> None:
    world = World(tmp_path)
    world.nicoka = Nicoka(clock=world.clock, switches=case.get("switches"), **case.get("options", {}))
    if not case.get("empty"):
        for name in ("First", "Second"):
            world.nicoka.add("customers", {"name1": name})
            world.nicoka.add("contacts", {"last_name": name})
            world.clock.sleep(90)
    with world.project() as project:
        found = {one.name: one.answer for one in examine(project, case["connector"], []) if one.what == "assumption"}
    assert {name: found[name] for name in case["found"]} == case["found"]
    assert {call.method for call in world.nicoka.calls} == {"GET"}
