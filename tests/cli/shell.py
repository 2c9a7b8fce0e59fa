"""A person at a shell: a project folder, sandboxes on real loopback ports, and the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mapper.cli import main
from mapper.sandbox.base import Sandbox
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import Koban
from mapper.sandbox.nicoka import Nicoka
from mapper.sandbox.project import write_project
from mapper.sandbox.server import serve


def run(*args: str, stdin: str = "") -> Result:
    """What `mapper` answers."""
    return CliRunner().invoke(main, list(args), input=stdin)


@dataclass
class Shell:
    """A project between three running sandboxes."""

    folder: Path
    koban: Koban = field(default_factory=Koban)
    nicoka: Nicoka = field(default_factory=Nicoka)
    cirrus: Cirrus = field(default_factory=lambda: Cirrus(tag_carrier=False))

    @property
    def sandboxes(self) -> dict[str, Sandbox]:
        return {"koban": self.koban, "nicoka": self.nicoka, "cirrus": self.cirrus}

    def __call__(self, *args: str, stdin: str = "") -> Result:
        return run("--project", str(self.folder), *args, stdin=stdin)

    def json(self, *args: str, code: int = 0) -> Any:
        """The one document that `--json` prints."""
        result = self(*args, "--json")
        assert result.exit_code == code, result.stderr
        return json.loads(result.stdout)

    def company(self, name: str = "ACME", **more: Any) -> str:
        """A company typed into the first system; its key."""
        typed = {"name": name, "street": "1 rue X", "zip": "75011", "city": "Paris", "country": "FR"}
        return self.koban.add_company({**typed, "status": "client", **more})

    def edit(self, old: str, new: str, file: str = "mapper.yaml") -> None:
        """Change a file of the project as in an editor."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def opened(folder: Path) -> Iterator[Shell]:
    """A shell in a new project, whose sandboxes run until it is left."""
    shell = Shell(folder)
    with serve(shell.sandboxes) as running:
        write_project(folder, tuple(running.urls), running.urls)
        yield shell
