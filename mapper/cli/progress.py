"""Progress of a plan or a run: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mapper.cli.output import clean

if TYPE_CHECKING:
    from mapper.sync.report import Event


class Progress:
    """Shows events as bars on stderr while it is open; call it with each event."""

    def __init__(self) -> None:
        self._bars: dict[tuple[str, str], Any] = {}
        self._shown: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bars

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._shown = Bars(*columns, console=Console(stderr=True), transient=True)
            self._shown.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._shown is not None:
            self._shown.stop()
            self._shown = None

    def __call__(self, event: Event) -> None:
        if self._shown is None:
            return
        place = (event.stage, event.side)
        if place not in self._bars:
            words = clean(f"{event.entity}: {event.stage} {event.side}").replace("[", "\\[")
            self._bars[place] = self._shown.add_task(words, total=event.total)
        self._shown.update(self._bars[place], completed=event.done, total=event.total)
