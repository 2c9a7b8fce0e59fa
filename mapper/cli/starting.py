"""`mapper init`: a new project that runs against the sandboxes at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mapper.cli import output
from mapper.cli.frame import command, settings


@command("init", examples=("mapper init mine",))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--systems", metavar="NAME,NAME", help="The systems to keep alike; asked for on a terminal, else all.")
def init(folder: Path, systems: str | None) -> None:
    """Make a new project in FOLDER, ready to run against the simulated vendors of `mapper sandbox`.

    It writes mapper.yaml with a connection for each system, mappings of companies and persons, .env with the keys of
    the simulated vendors, .gitignore and README.md. FOLDER must be new or empty.
    """
    from mapper.errors import UsageError
    from mapper.sandbox import project

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", hint="name a new one")
    chosen = _asked(project.systems()) if systems is None else [name.strip() for name in systems.split(",")]
    project.write_project(folder, [name for name in chosen if name])
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    if settings().json:
        output.document({"project": str(folder), "files": written})
        return
    output.show(f"wrote {folder}: {', '.join(written)}")
    output.show("\nnext:")
    for line in ("mapper sandbox        (in a terminal of its own)", f"cd {folder}", "mapper plan"):
        output.show(f"  {line}")


def _asked(known: tuple[str, ...]) -> list[str]:
    """The systems that a person chooses; all of them where there is nobody to ask."""
    if not sys.stdin.isatty():
        return list(known)
    return [name for name in known if click.confirm(f"Keep {name} alike?", default=True, err=True)]
