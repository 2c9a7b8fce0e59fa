"""The door of `mapper serve`: events a second, and how soon a question is answered though the vendor is down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import httpx

from benchmarks.report import Report, table, verdict
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.sync.project import load
from mapper.sync.subscriptions import subscribe

#: The longest that a question may wait for its answer, in milliseconds.
MOST = 500.0

_HERE = Path(__file__).parent
_LOTS = 1_000
_EVENTS = 2_000
_QUESTIONS = 1_000
_CALLERS = 4
_ENV = {"KOBAN_API_KEY": "demo-koban-api", "KOBAN_USER_KEY": "demo-koban-user"}


def report() -> Report:
    """Events alone, questions alone, and both at once."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (address, paths, keys):
        tell, ask = _teller(address + paths["option_added"], keys), _asker(address + paths["option_check"])
        _measured(ask, 50)
        told_s, told = _measured(tell, _EVENTS)
        asked_s, asked = _measured(ask, _QUESTIONS)
        with ThreadPoolExecutor(1) as other:
            events = other.submit(_measured, tell, _EVENTS)
            _, pressed = _measured(ask, _QUESTIONS)
            pressed_s, pressed_told = events.result()
    rows = [
        _row("events, each kept before it is answered", told, len(told) / told_s),
        _row("questions, the vendor being down", asked, len(asked) / asked_s),
        _row("events while questions come", pressed_told, len(pressed_told) / pressed_s),
        _row("questions while events come", pressed, None),
    ]
    slowest = max(*asked, *pressed)
    text = table(
        ("from 4 callers over loopback", "a second", "median", "99 of 100 within", "slowest"), rows, (1, 2, 3, 4)
    )
    words = f"The slowest answer to a question: {slowest:.0f} ms; the most is {MOST:.0f} ms"
    return Report(text + verdict(slowest <= MOST, words), slowest <= MOST)


def _row(what: str, times: list[float], rate: float | None) -> tuple[str, ...]:
    hundredths = quantiles(times, n=100)
    shown = (median(times), hundredths[98], max(times))
    return (what, "" if rate is None else f"{rate:.0f}", *(f"{value:.1f} ms" for value in shown))


def _measured(act: Callable[[httpx.Client], None], times: int) -> tuple[float, list[float]]:
    """Seconds in all, and the milliseconds of each call."""

    def caller(_: int) -> list[float]:
        found = []
        with httpx.Client(timeout=60) as client:
            act(client)
            for _ in range(times // _CALLERS):
                started = time.perf_counter()
                act(client)
                found.append((time.perf_counter() - started) * 1000)
        return found

    started = time.perf_counter()
    with ThreadPoolExecutor(_CALLERS) as threads:
        found = [one for part in threads.map(caller, range(_CALLERS)) for one in part]
    return time.perf_counter() - started, found


def _teller(url: str, keys: list[str]) -> Callable[[httpx.Client], None]:
    """Posts options, no two alike, on all lots in turn."""
    numbers = count()

    def tell(client: httpx.Client) -> None:
        number = next(numbers)
        lot = keys[number % len(keys)]
        form = {"Deal_Guid": lot, "Third_Guid": "5" * 24, "Rank": "1", "ExpDate": str(1_700_000_000 + number)}
        if client.post(url, data=form).json() != {"success": True}:
            raise AssertionError("an event was not taken")

    return tell


def _asker(url: str) -> Callable[[httpx.Client], None]:
    numbers = count()

    def ask(client: httpx.Client) -> None:
        answer = client.get(url, params={"extcode": f"L{next(numbers) % _LOTS}"}).json()
        if answer != {"status": True, "rank": 1}:
            raise AssertionError(f"a question was answered by {answer}")

    return ask


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """A door in a process of its own: its address, the paths of the subscriptions, the keys of all lots.

    The state knows every lot; the vendor's address is a port where nobody listens.
    """
    for name in ("mapper.yaml", "mappings/lot.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text((_HERE / name).read_text(encoding="utf-8"), encoding="utf-8")
    immo, other = KobanImmobilier(), KobanImmobilier()
    immo.add_programme("Les Tilleuls", "TIL")
    own = {"Process": {"Code": "TIL"}, "Status": {"Code": "LIBRE"}}
    keys = [immo.add("ncDeal", {"Label": f"Lot {n}", "Extcode": f"L{n}", **own}) for n in range(_LOTS)]
    wires = {"immo": httpx.WSGITransport(app=immo), "other": httpx.WSGITransport(app=other)}
    with load(folder, env=_ENV, transports=dict(wires)) as project:
        project.sync("lot")
        made = subscribe(project, "immo", ["option_check", "option_added"])
    paths = {one.hook: urlsplit(one.url).path for one in made}
    command = [sys.executable, "-m", "mapper", "--project", str(folder), "--json", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **_ENV})
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"], paths, keys
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
