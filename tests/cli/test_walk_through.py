"""The page of operators, followed by hand: what it shows of options on lots is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from mapper.sandbox import registry
from mapper.sandbox.server import serve
from tests.cli.shell import run

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
GUID, MOMENT = re.compile(r"[0-9a-f]{24}"), re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?")


def walk() -> tuple[str, list[tuple[str, str]]]:
    """The project of the walk, and its commands with what each prints."""
    part = PAGE.read_text(encoding="utf-8").partition("## Flows by hand")[2].partition("\n## ")[0]
    [project] = re.findall(r"```yaml project mapper.yaml\n(.*?)```", part, re.DOTALL)
    [shown] = re.findall(r"```console\n(.*?)```", part, re.DOTALL)
    turns = [turn.partition("\n") for turn in re.split(r"^\$ mapper ", shown, flags=re.MULTILINE)[1:]]
    return project, [(command, told) for command, _, told in turns]


def test_the_walk_through_options_goes_as_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, turns = walk()
    assert len(turns) > 5
    for name, value in registry.keys("koban_immobilier").items():
        monkeypatch.setenv(name, value)
    seen: dict[str, str] = {}
    with serve({"koban_immobilier": registry.make("koban_immobilier")}) as running:
        text = project.replace("http://127.0.0.1:8404", running.urls["koban_immobilier"])
        (tmp_path / "mapper.yaml").write_text(text, encoding="utf-8")
        for command, shown in turns:
            words = shlex.split(GUID.sub(lambda found: seen[found[0]], command))
            result = run(words[0], "--project", str(tmp_path), *words[1:]) if words[0] == "call" else run(*words)
            told = result.stdout if result.exit_code == 0 else result.stderr
            assert MOMENT.sub("then", GUID.sub("id", told)) == MOMENT.sub("then", GUID.sub("id", shown))
            seen.update(zip(GUID.findall(shown), GUID.findall(told), strict=True))
