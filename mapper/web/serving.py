"""The door served, and runs begun when something was told: until it is stopped, with nothing lost that was accepted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from mapper.errors import Locked, MapperError, UsageError
from mapper.log import log
from mapper.sync.project import Project
from mapper.web.door import Door

_THREADS = 8

Load = Callable[[], Project]


class Runs:
    """Runs of the entities that something was told of, one after the other, in a thread of their own."""

    def __init__(self, load: Load, *, pause: float, say: Callable[[str], None] = log.info) -> None:
        """`load` opens the project anew for each run; `pause`: how many seconds to wait for more before one begins;
        `say` is told of each run.
        """
        self._load = load
        self._say = say
        self._pause = pause
        self._wanted: set[str] = set()
        self._woken = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="runs", daemon=True)
        self._thread.start()

    def want(self, entities: frozenset[str]) -> None:
        """Have these entities run soon."""
        with self._woken:
            self._wanted |= entities
            self._woken.notify()

    def close(self) -> None:
        """Wait for the run that is under way; what was told since stays in the inbox, for the next run of any kind."""
        with self._woken:
            self._closing = True
            self._woken.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._woken:
                self._woken.wait_for(lambda: self._wanted or self._closing)
                if not self._closing:
                    self._woken.wait_for(lambda: self._closing, timeout=self._pause)
                if self._closing:
                    return
                entities, self._wanted = self._wanted, set()
            again = frozenset(entity for entity in sorted(entities) if not self._run(entity))
            with self._woken:
                self._wanted |= again

    def _run(self, entity: str) -> bool:
        """Whether it need not be tried again at once."""
        try:
            with self._load() as project:
                report = project.sync(entity, hinted=True)
            self._say(f"{entity}: run {report.run}, as something was told")
        except Locked:
            return False
        except MapperError as error:
            self._say(f"{entity}: a run, as something was told, failed: {error}")
        except Exception:
            # A defect of one run must not keep those to come from being made.
            log.exception("%s: a run, as something was told, met a defect of mapper", entity)
        return True


class Serving:
    """A door on a port of this machine; `port` 0 takes a free one."""

    def __init__(self, door: Door, host: str, port: int) -> None:
        from waitress.server import create_server

        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        # Which proxy to believe is the door's own business.
        options = {"threads": _THREADS, "ident": "", "clear_untrusted_proxy_headers": False}
        try:
            self._server = create_server(door, map=self._sockets, host=host, port=port, **options)
        except OSError as error:
            raise UsageError(f"{host}:{port} cannot be listened on: {error.strerror}", hint="give --port") from None
        self.host = host
        self.port = int(self._server.effective_port)
        self._closing = False
        self._thread = threading.Thread(target=self._poll, name="door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        self._closing = True
        self._server.pull_trigger()
        self._thread.join()

    def _poll(self) -> None:
        from waitress import wasyncore

        while not self._closing:
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=30)
        # What the threads have answered is still to be sent.
        for channel in [c for c in self._sockets.values() if getattr(c, "total_outbufs_len", 0)]:
            channel.handle_write()
        wasyncore.close_all(self._sockets, ignore_all=True)
