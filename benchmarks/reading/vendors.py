"""The lists that are read: the simulators', recorded once and served by a server that knows them by heart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import dumps
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from mapper.connect import Connection
from mapper.sandbox import registry
from mapper.spec.connector import Connector, Limits
from mapper.spec.load import load_connector

_CONNECTORS = Path(__file__).parent.parent.parent / "connectors"

#: The list of each vendor, its base below the address, and what signs a call.
VENDORS = {
    "koban": ("accounts", "/api/v1", {"api_key": "demo-koban-api", "user_key": "demo-koban-user"}),
    "nicoka": ("customers", "/api", {"api_token": "demo-nicoka-token"}),
    "cirrus": ("accounts", "/rest", {"x_token": "demo-cirrus-token"}),
}


def connector(name: str) -> Connector:
    """A shipped connector."""
    return load_connector(str(_CONNECTORS / f"{name}.yaml")).spec


def connect(name: str, url: str, **options: Any) -> Connection:
    """A connection to a vendor at an address, as fast as it goes unless `limits` say otherwise."""
    _, base, settings = VENDORS[name]
    given = {"limits": Limits(per_second=0), **options}
    return Connection(name, connector(name), settings={"base_url": f"{url}{base}", **settings}, **given)


class Recorded(httpx.BaseTransport):
    """Passes requests on to a simulator and keeps what was asked and answered."""

    def __init__(self, name: str, records: int) -> None:
        app = registry.make(name)
        registry.fill(app, records, 0)
        self._inner = httpx.WSGITransport(app=app)
        self.requests: list[httpx.Request] = []
        self.answers: dict[str, bytes] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        self.requests.append(request)
        self.answers[request.url.raw_path.decode()] = response.read()
        return response


@dataclass(frozen=True)
class List:
    """A vendor's list as it was read once: the requests, and the answers by their targets."""

    name: str
    records: int
    requests: list[httpx.Request]
    answers: dict[str, bytes]

    @property
    def resource(self) -> str:
        return VENDORS[self.name][0]


def record(name: str, records: int) -> List:
    """A simulator with so many records, read once from end to end."""
    recorded = Recorded(name, records)
    with connect(name, "http://127.0.0.1", transport=recorded) as connection:
        count = sum(len(page.records) for page in connection.pages(VENDORS[name][0]))
    if count != records:
        raise AssertionError(f"{name}: {count} of {records} records were read")
    return List(name, records, recorded.requests, recorded.answers)


@contextmanager
def served(found: List) -> Iterator[str]:
    """The address of a server, in a process of its own, that gives these answers."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "answers"
        file.write_bytes(dumps(found.answers))
        command = [sys.executable, "-m", "benchmarks.reading.server", str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin and server.stdout
            try:
                yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
            finally:
                server.stdin.close()
