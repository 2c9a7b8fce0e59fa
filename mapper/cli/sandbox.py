"""`mapper sandbox`: the vendors' simulators on loopback, until they are stopped."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mapper.cli import output
from mapper.cli.frame import command, settings
from mapper.errors import UsageError

if TYPE_CHECKING:
    from mapper.sandbox.base import Sandbox

#: The port of the first simulator; the others follow it, each always on its own.
PORT_BASE = 8401


@command("sandbox", examples=("mapper sandbox", "mapper sandbox --companies 50 --people 120 --port-base 9000"))
@click.option("--system", "names", multiple=True, metavar="NAME", help="Serve only this one; may be repeated.")
@click.option("--port-base", default=PORT_BASE, show_default=True, type=click.IntRange(0, 65000), help="0: free ports.")
@click.option("--companies", default=0, type=click.IntRange(0), help="Companies in the first one that is served.")
@click.option("--people", default=0, type=click.IntRange(0), help="People in the first one that is served.")
@click.option("--flaws", default=0, type=click.IntRange(0), help="How many of the companies have a mistake in them.")
@click.option("--switch", "switches", multiple=True, metavar="SYSTEM.NAME=CHOICE", help="Behave otherwise.")
@click.option("--rate", is_flag=True, help="Answer 429 above the vendors' rate limits.")
@click.option("--stop-with-stdin", is_flag=True, hidden=True, help="Stop when standard input ends.")
def sandbox(
    names: tuple[str, ...],
    port_base: int,
    companies: int,
    people: int,
    flaws: int,
    switches: tuple[str, ...],
    rate: bool,
    stop_with_stdin: bool,
) -> None:
    """Serve the vendors' simulators on loopback, each on its own port, until Ctrl-C.

    Prints where they are, what opens them, and their control doors: what was called, faults on request, all data.
    """
    from mapper.sandbox import registry
    from mapper.sandbox.server import serve

    chosen = _chosen(names)
    apps = {
        name: registry.make(name, switches=options, rate=registry.MOST_CALLS if rate else None)
        for name, options in _switched(chosen, switches).items()
    }
    registry.fill(apps[chosen[0]], companies, people, min(flaws, companies))
    ports = {name: port_base + i if port_base else 0 for i, name in enumerate(registry.served())}
    with stopping(stop_with_stdin) as stopped:
        try:
            running = serve(apps, ports=ports)
        except UsageError as error:
            raise _taken(error, port_base) from None
        with running:
            _tell(apps, running.urls)
            stopped.wait()
    output.say("stopped")


def _chosen(names: tuple[str, ...]) -> list[str]:
    """The simulators to serve, in their fixed order: without names those of all systems."""
    from mapper.sandbox import registry
    from mapper.sandbox.project import systems
    from mapper.spec.document import nearest

    for name in names:
        if name not in registry.served():
            raise UsageError(f"there is no sandbox of '{name}'", hint=nearest(name, registry.served()))
    return [name for name in registry.served() if name in (names or systems())]


def _switched(chosen: list[str], switches: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The switches by simulator, from `system.name=choice`."""
    found: dict[str, dict[str, str]] = {name: {} for name in chosen}
    for text in switches:
        place, equals, choice = text.partition("=")
        system, dot, name = place.partition(".")
        if not (equals and dot and choice and name) or system not in found:
            raise UsageError(
                f"--switch {text}: a switch reads system.name=choice", hint=f"served are {', '.join(chosen)}"
            )
        found[system][name] = choice
    return found


def _taken(error: UsageError, port_base: int) -> UsageError:
    hint = f"stop what uses it, or choose other ports: --port-base {port_base + 100}, or 0 for free ones"
    return UsageError(error.message, hint=error.hint or hint)


def _tell(apps: dict[str, Sandbox], urls: dict[str, str]) -> None:
    """Say where each simulator is, what opens it, and where its control door is."""
    from mapper.sandbox import registry

    doors = {name: f"{url}/_sandbox" for name, url in urls.items()}
    if settings().json:
        output.document({n: {"url": urls[n], "control": doors[n], "keys": registry.keys(n)} for n in apps})
        return
    for name, app in apps.items():
        output.show(f"{name}  {urls[name]}")
        for variable, value in registry.keys(name).items():
            output.show(f"    {variable}={value}")
        output.show("    records: " + ", ".join(f"{len(rows)} {kind}" for kind, rows in app.data().items()))
        output.show(f"    control door: {doors[name]}/calls (and /data /faults /switches /reset)")
    output.say("Ctrl-C stops them.")


@contextmanager
def stopping(stop_with_stdin: bool) -> Iterator[threading.Event]:
    """An event that is set on Ctrl-C, on SIGTERM, or when standard input ends."""
    stopped = threading.Event()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, lambda *_: stopped.set())
    if stop_with_stdin:
        threading.Thread(target=_until_end, args=(stopped,), daemon=True).start()
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _until_end(stopped: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stopped.set()
