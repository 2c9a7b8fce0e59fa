"""`mapper demo`: the whole work on the vendors' simulators, with every claim checked against counts."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

#: How many of the companies have a mistake in them.
_FLAWS = 6


@command("demo", examples=("mapper demo", "mapper demo --companies 50 --people 120", "mapper demo --keep here"))
@click.option("--companies", default=500, show_default=True, type=click.IntRange(20), help="Companies to start with.")
@click.option("--people", default=1200, show_default=True, type=click.IntRange(20), help="People to start with.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="DIR", help="Write the project there, and keep it.")
def demo(companies: int, people: int, keep: Path | None) -> int:
    """See the whole work in one go: three simulated vendors, one mapping, nothing to set up.

    Fills two of them from the first, edits records on all three, syncs again, shows what was set aside and why, and
    reads everything back. Each claim is checked against what the simulators counted; the exit code is 0 only if all
    of them hold.
    """
    from mapper.cli.claims import Claims
    from mapper.cli.rehearsal import Rehearsal
    from mapper.sandbox import demo as script
    from mapper.sandbox.project import systems, write_project
    from mapper.sandbox.tenants import started
    from mapper.sync.project import load

    began = time.monotonic()
    filled = ["--companies", str(companies), "--people", str(people), "--flaws", str(_FLAWS)]
    claims = Claims()
    with (
        _tidily(),
        _folder(keep) as folder,
        started({n: filled if n == script.FIRST else [] for n in systems()}) as tenants,
    ):
        write_project(folder, systems(), {name: tenant.url for name, tenant in tenants.items()})
        with load(folder) as project:
            rehearsal = Rehearsal(project, tenants, claims, _FLAWS)
            rehearsal.play()
    seconds = time.monotonic() - began
    if settings().json:
        output.document({**rehearsal.facts, **claims.as_dict(), "seconds": round(seconds, 1)})
    elif keep:
        output.show(f"The project was kept in {keep}.")
    if not settings().json:
        click.secho(output.clean(claims.verdict(seconds)), bold=True)
    return 0 if claims.hold else 1


@contextmanager
def _tidily() -> Iterator[None]:
    """Take every request to end as Ctrl-C, so that no folder and no simulator is left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [(number, signal.signal(number, signal.default_int_handler)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="mapper-demo-") as folder:
        yield Path(folder) / "project"
