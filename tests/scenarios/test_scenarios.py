"""Situations between three CRMs, as data: README.md says how to read and write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.format import Scenario, load
from tests.scenarios.play import play

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
SCENARIOS = [(file.stem, scenario) for file in FILES for scenario in load(file)]


@pytest.mark.parametrize("scenario", [pytest.param(one, id=f"{file}: {one.name}") for file, one in SCENARIOS])
def test_scenario(scenario: Scenario, tmp_path: Path) -> None:
    assert play(scenario, tmp_path) > 0


def test_no_two_scenarios_have_one_name() -> None:
    names = [scenario.name.casefold() for _, scenario in SCENARIOS]
    assert [name for name in names if names.count(name) > 1] == []


def test_there_are_as_many_as_before() -> None:
    assert len(SCENARIOS) >= 320
