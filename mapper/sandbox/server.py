"""Sandboxes on loopback ports, for the demo, `mapper sandbox` and tests that need a real socket."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from ..errors import UsageError
from .base import Sandbox, StartResponse

_THREADS = 4


class Running:
    """The servers of one `serve`; `urls` gives each app's address, without a slash at the end."""

    def __init__(self) -> None:
        self.urls: dict[str, str] = {}
        self._servers: list[_Server] = []

    def close(self) -> None:
        """Stop listening and drop every connection; a second call does nothing."""
        while self._servers:
            self._servers.pop().close()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(apps: Mapping[str, Sandbox], host: str = "127.0.0.1", ports: Mapping[str, int] | None = None) -> Running:
    """Serve each app from its own thread until `close`; port 0, and no port, mean a free one.

    Raises UsageError for a host that is not a loopback address: the sandboxes' keys are public. A port that is
    taken is a UsageError too, and then nothing is left running.
    """
    if not _loopback(host):
        raise UsageError(f"the sandboxes serve on loopback only, not on {host!r}", hint="Use 127.0.0.1 or ::1")
    running = Running()
    for name, app in apps.items():
        port = (ports or {}).get(name, 0)
        try:
            server = _Server(app, host, port)
        except OSError as error:
            running.close()
            raise UsageError(f"the sandbox {name} cannot listen on {host}:{port}: {error.strerror or error}") from error
        running._servers.append(server)
        running.urls[name] = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
    return running


class _Server:
    def __init__(self, app: Sandbox, host: str, port: int) -> None:
        from waitress.server import create_server

        # The sandboxes answer one call at a time, so that a queue is usual and worth no warning.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        listener = _bound(host, port)
        self.port: int = listener.getsockname()[1]
        self._server = create_server(_cutting(app), map=self._sockets, sockets=[listener], threads=_THREADS, ident="")
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"sandbox {app.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        self._server.pull_trigger()
        self._thread.join()

    def _run(self) -> None:
        from waitress import wasyncore

        while not self._closing:
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._sockets, count=1)
        # Sockets are closed by the thread that polls them: closing them from outside would pull them away from it.
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets, ignore_all=True)


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _cutting(app: Sandbox) -> Any:
    from waitress.channel import ClientDisconnected

    def cutting(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except ConnectionResetError as error:
            # The one way to make waitress drop the connection without an answer, which is what a reset looks like.
            raise ClientDisconnected from error

    return cutting


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
