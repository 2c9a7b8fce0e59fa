"""A project that runs against the sandboxes: what `mapper init` and the demo write.

Everything vendor-specific of it stands in `data/project/`, one file for each sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..spec import document
from ..spec.document import nearest
from ..spec.load import shipped
from .subset import fewer_sides

#: The mappings of a new project, in the order in which they run.
MAPPINGS = ("company", "person")

_DATA = Path(__file__).parent / "data" / "project"
_ORDER = ("koban", "nicoka", "cirrus")

_HEAD = """\
# The project: accounts, mappings, state. `mapper check` finds every mistake in it, offline.
#
# As it stands it runs against the simulated vendors: start them with `mapper sandbox`. The keys stand in .env, which
# is not to be committed; variables of the environment come before it.
connections:
"""
_TAIL = """
# In the order in which they run: companies first, because persons refer to them. More come with mapper: user before
# these, and deal, activity and product after them.
mappings: [company, person]

# Links, runs and quarantine; postgresql+psycopg://... works as well.
state: sqlite:///mapper.db

locale: {country: FR, language: fr}
"""
_README = """\
# A mapper project: %(names)s

Start the simulated vendors in a terminal of their own:

    mapper sandbox

Then, in this folder:

    mapper check
    mapper plan
    mapper sync

`mappings/` says how each kind of record is kept alike, one row per field and one column per system. To go over to real
accounts, change the connections in `mapper.yaml` as the comments there say, and put the real keys into `.env`.
"""
_IGNORED = ".env\nmapper.db*\n"


def systems() -> tuple[str, ...]:
    """The names of the systems that have a sandbox."""
    return _ORDER


def ports() -> dict[str, int]:
    """The port on 127.0.0.1 on which `mapper sandbox` serves each system."""
    return {name: _template(name)["port"] for name in _ORDER}


def write_project(folder: Path, systems: Sequence[str], urls: Mapping[str, str] | None = None) -> None:
    """Write a project for these systems' sandboxes into an empty or new folder.

    `urls` gives a sandbox's address, without a slash at the end, where it is not on its fixed port. Raises UsageError
    for fewer than two systems, an unknown one, or a folder that holds something.
    """
    chosen = _chosen(systems)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", hint="name a new one")
    where = {name: f"http://127.0.0.1:{port}" for name, port in ports().items()} | dict(urls or {})
    texts = {
        "mapper.yaml": _HEAD + "\n".join(_connection(name, where[name]) for name in chosen) + _TAIL,
        ".env": "".join(f"{key}={value}\n" for name in chosen for key, value in _template(name)["env"].items()),
        ".gitignore": _IGNORED,
        "README.md": _README % {"names": ", ".join(chosen)},
    }
    for name in MAPPINGS:
        texts[f"mappings/{name}.yaml"] = fewer_sides(shipped("mappings") / f"{name}.yaml", chosen)
    try:
        for place, text in texts.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (folder / ".env").chmod(0o600)
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}") from None


def _chosen(names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in _ORDER:
            raise UsageError(f"there is no sandbox of '{name}'", hint=nearest(name, _ORDER))
    chosen = [name for name in _ORDER if name in names]
    if len(chosen) < 2:
        raise UsageError("a project keeps at least two systems alike", hint=f"choose from {', '.join(_ORDER)}")
    return chosen


def _connection(name: str, url: str) -> str:
    text: str = _template(name)["connection"].replace("%(url)s", url)
    return "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))


@cache
def _template(name: str) -> dict[str, Any]:
    data: dict[str, Any] = document.read(_DATA / f"{name}.yaml").data
    return data
