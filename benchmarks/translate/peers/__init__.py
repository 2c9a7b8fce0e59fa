"""Other people's tools doing the job of `hand.py`, each in a process and a virtual environment of its own.

The environments are made by pip under `.bench/` when they are missing; `<name>.txt` pins what is installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Compared

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
_ENVIRONMENTS = _ROOT / ".bench"

TITLES = {
    "glom": "glom",
    "singer": "Singer SDK stream maps",
    "jinja": "Jinja2 compile_expression + jsonpath-ng",
    "jq": "jq",
    "airbyte": "Airbyte CDK AddFields",
    "jsonata": "jsonata-python",
}


@dataclass(frozen=True)
class Measured:
    """One peer's figures, its version, and what it cannot express."""

    compared: Compared
    version: str
    lacks: tuple[str, ...]


class Unmeasured(Exception):
    """A peer that cannot be installed or does not do the job, with the reason."""


def measure(name: str) -> Measured:
    """Run one peer's script in its environment; raises Unmeasured."""
    python = _environment(name)
    command = [str(python), "-m", f"benchmarks.translate.peers.{name}"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unmeasured(_last_line(done.stderr))
    facts = json.loads(done.stdout)
    lacks = [*facts["lacks"], *(f"the field {field}" for field in facts["left_out"])]
    compared = Compared(**{key: facts[key] for key in Compared.__dataclass_fields__})
    return Measured(compared, ", ".join(facts["versions"].values()), tuple(lacks))


def _environment(name: str) -> Path:
    """The Python of a peer's environment, made anew where its pins or Python have changed."""
    folder, pins = _ENVIRONMENTS / name, (_HERE / f"{name}.txt").read_text(encoding="utf-8")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp, wanted = folder / "installed.txt", f"{sys.version}\n{pins}"
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing {', '.join(pins.split())} …", file=sys.stderr, flush=True)
    _done([sys.executable, "-m", "venv", "--clear", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _done([*pip, "--requirement", str(_HERE / f"{name}.txt")])
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _done(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unmeasured(f"cannot be installed: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason was given"
