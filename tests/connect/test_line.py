from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx
import pytest

from mapper.connect.line import Line
from mapper.connect.wanted import Wanted
from mapper.errors import UsageError

HOST = "http://crm.test"


class Recorder(httpx.BaseTransport):
    """Answers with a cookie, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, headers={"Set-Cookie": "session=7; Path=/"}, content=b"{}")

    def close(self) -> None:
        self.closed = True


def get(url: str = f"{HOST}/x", basic: tuple[str, str] | None = None) -> Wanted:
    return Wanted("x", "GET", httpx.URL(url), basic=basic)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    yield monkeypatch


def send(line: Line, wanted: Wanted, headers: dict[str, str] | None = None) -> httpx.Response:
    return line.send(wanted, wanted.url, headers or {})


def test_a_cookie_that_the_vendor_sets_comes_back_to_it() -> None:
    vendor = Recorder()
    line = Line(vendor, 1.0)
    send(line, get())
    send(line, get())
    assert [request.headers.get("cookie") for request in vendor.asked] == [None, "session=7"]


def test_a_header_of_the_connector_takes_the_place_of_the_usual_one_however_it_is_spelt() -> None:
    vendor = Recorder()
    send(Line(vendor, 1.0), get(), {"accept": "application/vnd.crm+json", "X-Key": "k"})
    headers = vendor.asked[0].headers
    assert headers.get_list("accept") == ["application/vnd.crm+json"]
    assert (headers["user-agent"], headers["x-key"], headers["host"]) == ("mapper", "k", "crm.test")


@pytest.mark.parametrize(
    "wanted", [get(basic=("ann", "s3cret")), get("http://ann:s3cret@crm.test/x")], ids=["given", "in the address"]
)
def test_a_name_and_password_are_sent_as_basic_authentication(wanted: Wanted) -> None:
    vendor = Recorder()
    send(Line(vendor, 1.0), wanted)
    assert vendor.asked[0].headers["authorization"] == "Basic " + base64.b64encode(b"ann:s3cret").decode()


def test_many_sets_of_headers_are_each_sent_as_they_are() -> None:
    vendor = Recorder()
    line = Line(vendor, 1.0)
    for number in range(200):
        send(line, get(), {"X-Key": str(number)})
    assert [request.headers["x-key"] for request in vendor.asked] == [str(number) for number in range(200)]


def test_what_it_was_given_is_closed_with_it() -> None:
    vendor = Recorder()
    Line(vendor, 1.0).close()
    assert vendor.closed


def test_a_proxy_of_the_environment_is_used(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with pytest.raises(httpx.ConnectError):
        send(Line(None, 1.0), get("http://crm.invalid/x"))


def test_a_proxy_that_is_none_is_told_of(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("HTTP_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(UsageError, match=r"the proxy that the environment names for crm\.invalid cannot be used"):
        send(Line(None, 1.0), get("http://crm.invalid/x"))


def test_a_host_that_the_environment_exempts_is_reached_without_the_proxy(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("HTTP_PROXY", "nonsense://127.0.0.1:1")
    bare.setenv("NO_PROXY", "localhost,127.0.0.1")
    with pytest.raises(httpx.ConnectError):
        send(Line(None, 1.0), get("http://127.0.0.1:1/x"))
