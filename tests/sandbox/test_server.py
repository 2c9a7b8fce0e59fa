from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from mapper.errors import UsageError
from mapper.sandbox.base import Fault
from mapper.sandbox.koban import Koban
from mapper.sandbox.server import Running, serve

KEYS = {"X-ncApi": "demo-koban-api", "X-ncUser": "demo-koban-user"}
READ = "/api/v1/ncThird/GetUpdated?updated=0"


@pytest.fixture
def app() -> Koban:
    return Koban(samples=True)


@pytest.fixture
def running(app: Koban) -> Iterator[Running]:
    with serve({"koban": app}) as running:
        yield running


def test_an_app_answers_at_its_url(running: Running) -> None:
    assert httpx.get(running.urls["koban"] + READ, headers=KEYS).json()["Length"] == 3


def test_each_app_has_a_port_of_its_own() -> None:
    with serve({"one": Koban(), "two": Koban(samples=True)}) as running:
        lengths = [httpx.get(url + READ, headers=KEYS).json()["Length"] for url in running.urls.values()]
    assert lengths == [0, 3]


def test_the_port_asked_for_is_used() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serve({"koban": Koban()}, ports={"koban": port}) as running:
        assert running.urls == {"koban": f"http://127.0.0.1:{port}"}


def test_a_taken_port_is_refused_and_leaves_nothing_running(running: Running) -> None:
    taken = int(running.urls["koban"].rpartition(":")[2])
    with pytest.raises(UsageError, match=f"the sandbox two cannot listen on 127.0.0.1:{taken}"):
        serve({"one": Koban(), "two": Koban()}, ports={"two": taken})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "sandbox.example", "::", ""])
def test_a_host_that_is_not_loopback_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="loopback only"):
        serve({"koban": Koban()}, host=host)


def test_localhost_is_loopback() -> None:
    with serve({"koban": Koban()}, host="localhost") as running:
        assert running.urls["koban"].startswith("http://localhost:")


def test_a_closed_server_answers_nobody() -> None:
    running = serve({"koban": Koban()})
    running.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.urls["koban"] + READ)


def test_closing_twice_does_nothing() -> None:
    running = serve({"koban": Koban()})
    running.close()
    running.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.urls["koban"] + READ)


def test_a_connection_kept_open_does_not_hold_up_closing() -> None:
    with httpx.Client() as http, serve({"koban": Koban()}) as running:
        assert http.get(running.urls["koban"] + READ, headers=KEYS).status_code == 200


@pytest.mark.parametrize("kind", ["reset", "lost_reset"])
def test_a_cut_connection_is_seen_as_one_and_prints_nothing(
    app: Koban, running: Running, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    app.faults.append(Fault(kind))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(running.urls["koban"] + READ, headers=KEYS)
    assert capfd.readouterr().err == ""


def test_calls_at_the_same_time_are_all_answered(app: Koban, running: Running) -> None:
    url = running.urls["koban"] + "/api/v1/ncThird/PostOne?uniqueproperty=Extcode"

    def post(number: int) -> int:
        return httpx.post(url, headers=KEYS, json={"Label": "A", "Extcode": str(number)}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, range(24))) == {201}
    assert len(app.data()["ncThird"]) == 27
