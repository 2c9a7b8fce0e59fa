"""Every point that a vendor's documents leave open is an assumption; the main job is done under each choice.

`unknowns/CONNECTOR.yaml` lists the points. `jobs/CONNECTOR.py` has the sandbox and the jobs: each takes a folder, the
sandbox's switches and what a project says under `assume`, and asserts that all ended as it should.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from mapper.spec.assumption import Assumption
from mapper.spec.load import load_connector

FOLDER = Path(__file__).with_name("unknowns")
CONNECTOR_FILES = Path(__file__).parents[2] / "connectors"
CONNECTORS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def points(connector: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{connector}.yaml").read_text(encoding="utf-8"))
    return found


@cache
def assumptions(connector: str) -> dict[str, Assumption]:
    return load_connector(connector).spec.assumptions


def own(connector: str) -> set[str]:
    """The assumptions of a connector's file; those of the file below it too, where that is no connector by itself."""
    file = yaml.safe_load((CONNECTOR_FILES / f"{connector}.yaml").read_text(encoding="utf-8"))
    below = CONNECTOR_FILES / f"{file.get('extends')}.yaml"
    if below.is_file() and "\nconnector:" not in below.read_text(encoding="utf-8"):
        return set(assumptions(connector))
    return set(file["assumptions"])


def job(connector: str) -> Any:
    return import_module(f"tests.connectors.jobs.{connector}")


def cases() -> Iterator[Any]:
    """Each choice of each assumption with the servers for which it is right; where all are, nothing is assumed.

    The usual server, which is a choice of nearly every assumption, is one case for each job.
    """
    met: set[tuple[Any, ...]] = set()
    for connector in CONNECTORS:
        for point in points(connector):
            for name, choices in point.get("assumptions", {}).items():
                for choice, servers in choices.items():
                    assume = {} if assumptions(connector)[name].either else {name: choice}
                    for number, switches in enumerate(servers if isinstance(servers, list) else [servers]):
                        case = (connector, point.get("job", "sync"), (*switches.items(),), (*assume.items(),))
                        if case in met:
                            continue
                        met.add(case)
                        words = f"{connector}-{name}-{choice}" + (f"-{number}" if number else "")
                        yield pytest.param(connector, point.get("job", "sync"), switches, assume, id=words)


@pytest.mark.parametrize(("connector", "work", "switches", "assume"), list(cases()))
def test_the_main_job_ends_as_it_should_under_each_choice(
    tmp_path: Path, connector: str, work: str, switches: dict[str, str], assume: dict[str, str]
) -> None:
    jobs = job(connector).JOBS
    assert work in jobs, f"{connector}: no such job; there are {', '.join(jobs)}"
    # What must come of it is asserted there.
    jobs[work](tmp_path, switches, assume)


@pytest.mark.parametrize("connector", CONNECTORS)
def test_each_assumption_answers_a_point_and_each_of_its_choices_has_a_server(connector: str) -> None:
    listed = {
        name: set(choices) for point in points(connector) for name, choices in point.get("assumptions", {}).items()
    }
    assert listed == {name: set(assumptions(connector)[name].choices) for name in own(connector)}


@pytest.mark.parametrize("connector", CONNECTORS)
def test_each_choice_of_each_switch_is_tried(connector: str) -> None:
    """The first choice of a switch is how the sandbox is when nothing is said, so that every case tries it."""
    tried = {pair for _, _, switches, _ in (case.values for case in cases()) for pair in switches.items()}
    known = {(switch, choice) for switch, choices in job(connector).SANDBOX.choices.items() for choice in choices[1:]}
    assert known - tried == set()


@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_point_without_an_assumption_says_why_there_is_none(connector: str) -> None:
    silent = [point["point"] for point in points(connector) if not point.get("assumptions") and not point.get("none")]
    assert silent == []
