"""One scenario from its first step to what must be true at the end."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.expectations import differences
from tests.scenarios.format import Mistake, Scenario
from tests.scenarios.runner import Stage, Wrong


def play(scenario: Scenario, folder: Path) -> int:
    """Play a scenario in an empty folder; gives how many of its steps expect something, all of which came true.

    Raises Wrong with everything that the first failing step shows.
    """
    try:
        stage = Stage(scenario, folder)
    except Mistake as error:
        raise Mistake(f"{scenario.place}: {error}") from None
    try:
        return _play(scenario, stage)
    finally:
        stage.restart()


def _play(scenario: Scenario, stage: Stage) -> int:
    for number, step in enumerate(scenario.steps, 1):
        where = f"{scenario.file}:{step.line}: step {number} ({step.word}) of {scenario.name!r}"
        try:
            outcome = stage.play(step)
            found = list(differences(stage, step, outcome))
        except (Mistake, KeyError, ValueError, TypeError, AttributeError) as error:
            raise Mistake(f"{where}: {type(error).__name__}: {error}") from error
        if found:
            raise Wrong("\n  ".join([where, *found]))
    failed: dict[str, list[str]] = {}
    for name, words in stage.endings():
        failed.setdefault(name, []).append(words)
    _judge(scenario, failed)
    return sum(bool(step.expect) for step in scenario.steps)


def _judge(scenario: Scenario, failed: dict[str, list[str]]) -> None:
    """The ends that no exception was made for hold, and each exception was needed."""
    where = f"{scenario.place}: the end of {scenario.name!r}"
    wrong = [f"{name}: {words}" for name, found in failed.items() if name not in scenario.unless for words in found]
    wrong += [f"{name}: holds after all: take it out of `unless`" for name in scenario.unless if name not in failed]
    if wrong:
        raise Wrong("\n  ".join([where, *wrong]))
