"""The line to a vendor: requests go out, whole answers come back; connections stay open, cookies are kept.

It stands on httpx's transports. Its client would settle redirects, signing in and headers once more for each call, all
of which this package settles itself, and take as long for that as for the call.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from urllib.request import getproxies, proxy_bypass

import httpx

from mapper.connect.wanted import Wanted
from mapper.errors import UsageError

_ALWAYS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "User-Agent": "mapper",
}

#: So many sets of headers are kept ready; a connection has one for each of its operations and tokens.
_READY = 64

Pairs = list[tuple[bytes, bytes]]


class Line:
    """Sends requests as they are; safe to use from several threads."""

    def __init__(self, transport: httpx.BaseTransport | None, timeout: float | None) -> None:
        """`transport` takes the place of the network; `timeout` in seconds."""
        self._given = transport
        self._opened: dict[tuple[str, str], httpx.BaseTransport] = {}
        self._extensions = {"timeout": httpx.Timeout(timeout).as_dict()}
        self._cookies = httpx.Cookies()
        self._headers: dict[tuple[tuple[str, str], ...], Pairs] = {}
        self._lock = threading.Lock()

    def send(self, wanted: Wanted, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Response:
        """The vendor's answer, read to its end; raises httpx.RequestError where there is none."""
        request = httpx.Request(
            wanted.method,
            url,
            headers=self._pairs(headers),
            content=wanted.content,
            data=wanted.form,
            extensions=self._extensions,
        )
        basic = wanted.basic or (url.userinfo and (url.username, url.password))
        if basic:
            request = next(httpx.BasicAuth(*basic).auth_flow(request))
        if self._cookies:
            self._cookies.set_cookie_header(request)
        response = self._transport(url).handle_request(request)
        response.request = request
        try:
            response.read()
        finally:
            response.close()
        if "set-cookie" in response.headers:
            self._cookies.extract_cookies(response)
        return response

    def close(self) -> None:
        with self._lock:
            opened, self._opened = [self._given, *self._opened.values()], {}
        for transport in opened:
            if transport is not None:
                transport.close()

    def _pairs(self, headers: Mapping[str, str]) -> Pairs:
        """The headers of a call and those that every call has, ready for the wire."""
        place = tuple(headers.items())
        pairs = self._headers.get(place)
        if pairs is None:
            named = {name.lower() for name in headers}
            every = {name: value for name, value in _ALWAYS.items() if name.lower() not in named} | dict(headers)
            pairs = httpx.Headers(every).raw
            if len(self._headers) >= _READY:
                self._headers.clear()
            self._headers[place] = pairs
        return pairs

    def _transport(self, url: httpx.URL) -> httpx.BaseTransport:
        """What carries calls to a host: made when it is first needed, as that alone takes some 25 ms."""
        if self._given is not None:
            return self._given
        place = (url.scheme, url.host)
        transport = self._opened.get(place)
        if transport is None:
            with self._lock:
                transport = self._opened[place] = self._opened.get(place) or _open(*place)
        return transport


def _open(scheme: str, host: str) -> httpx.BaseTransport:
    try:
        return httpx.HTTPTransport(proxy=_proxy(scheme, host))
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        hint = f"see {scheme.upper()}_PROXY, ALL_PROXY and NO_PROXY"
        raise UsageError(
            f"the proxy that the environment names for {host} cannot be used: {error}", hint=hint
        ) from None


def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for a host (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), if any."""
    if proxy_bypass(host):
        return None
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all")
    return f"http://{found}" if found and "://" not in found else found
