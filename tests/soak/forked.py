"""A run in a process of its own, against vendors that live outside of it; and the blade that ends it with SIGKILL.

Nothing of this is known to `mapper`: calls are seen by a transport, transactions by the database driver's commit.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import httpx

from mapper.errors import MapperError
from mapper.sync.project import Project
from tests.sync.world import Wire, World

#: The states of a process that ended well, and of one that was killed; others are the exit codes of the command.
WELL, KILLED = 0, -signal.SIGKILL


class SharedClock:
    """Time that all processes of one attempt share; it moves only when it is told to, or is waited for."""

    def __init__(self, now: float) -> None:
        self._memory = mmap.mmap(-1, 8)
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def part(self) -> None:
        """From here on share time only with processes that this one starts."""
        now = self.now
        self._memory = mmap.mmap(-1, 8)
        self.now = now

    @property
    def now(self) -> float:
        return float(struct.unpack("d", self._memory[:8])[0])

    @now.setter
    def now(self, value: float) -> None:
        self._memory[:8] = struct.pack("d", value)


class Blade:
    """Counts what can be seen from outside, and at the `fatal`th of these kills its own process."""

    def __init__(self, fatal: int = 0) -> None:
        self.fatal = fatal
        self.seen: list[str] = []
        self._lock = threading.Lock()

    def passes(self, what: str) -> None:
        with self._lock:
            self.seen.append(what)
            if len(self.seen) == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, project: Project) -> None:
        """See every transaction that writes, before and after its commit; those of other threads do not count."""
        import sqlalchemy as sa

        engine, home = project.store.engine, threading.get_ident()
        commit, written = engine.dialect.do_commit, set[int]()

        def sent(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")) and threading.get_ident() == home:
                written.add(id(connection.connection.dbapi_connection))

        def committed(connection: Any) -> None:
            place = id(getattr(connection, "dbapi_connection", connection))
            counts = place in written
            written.discard(place)
            if counts:
                self.passes("before commit")
            commit(connection)
            if counts:
                self.passes("after commit")

        sa.event.listen(engine, "before_cursor_execute", sent)
        engine.dialect.do_commit = committed


class Line(httpx.BaseTransport):
    """The way to one vendor, who lives in another process."""

    def __init__(self, name: str, end: socket.socket, lock: threading.Lock, blade: Blade) -> None:
        self.name, self.end, self.lock, self.blade = name, end, lock, blade

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        what = f"{request.method} {self.name}"
        self.blade.passes(f"before {what}")
        with self.lock:
            send(self.end, (self.name, request.method, str(request.url), list(request.headers.items()), request.read()))
            answer = receive(self.end)
        self.blade.passes(f"after {what}")
        if answer is None:
            raise httpx.ReadError("the connection was cut", request=request)
        status, headers, body = answer
        return httpx.Response(status, headers=headers, content=body, request=request)


def send(end: socket.socket, message: Any) -> None:
    data = pickle.dumps(message)
    end.sendall(struct.pack("!I", len(data)) + data)


def receive(end: socket.socket) -> Any:
    """The next message; raises EOFError where the other process is gone."""
    (size,) = struct.unpack("!I", _exactly(end, 4))
    return pickle.loads(_exactly(end, size))


def _exactly(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = end.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def run_apart(world: World, project: Project, work: Callable[[Project], None], fatal: int = 0) -> tuple[int, list[str]]:
    """Do a piece of work in a child process, serving it the vendors; gives its end and what its blade has seen.

    The project must not have been used: what it opens belongs to the child.
    """
    here, there = socket.socketpair()
    child = os.fork()
    if not child:
        here.close()
        _work(world, project, work, Blade(fatal), there)
    there.close()
    seen = serve(world, here)
    here.close()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen


def _work(world: World, project: Project, work: Callable[[Project], None], blade: Blade, end: socket.socket) -> None:
    code = 1
    try:
        lock = threading.Lock()
        project.transports = {name: Line(name, end, lock, blade) for name in world.sandboxes}
        blade.watch(project)
        work(project)
        project.close()
        code = WELL
    except MapperError as error:
        code = error.exit_code
    finally:
        send(end, blade.seen)
        os._exit(code)


def serve(world: World, end: socket.socket) -> list[str]:
    """Answer calls until the other process ends; gives what it has said of itself last, if it came to that."""
    wires = {name: Wire(app) for name, app in world.sandboxes.items()}
    seen: list[str] = []
    while True:
        try:
            message = receive(end)
        except (EOFError, ConnectionResetError):
            return seen
        if isinstance(message, list):
            seen = message
            continue
        name, method, url, headers, body = message
        try:
            response = wires[name].handle_request(httpx.Request(method, url, headers=headers, content=body))
            answer = (response.status_code, list(response.headers.items()), response.read())
        except httpx.ReadError:
            answer = None
        try:
            send(end, answer)
        except (BrokenPipeError, ConnectionResetError):
            return seen
