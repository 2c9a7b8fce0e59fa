"""What one account at a vendor amounts to: its settings, address, limits and way of signing in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from mapper.connect.templates import template
from mapper.errors import UsageError
from mapper.log import hide
from mapper.records import ABSENT
from mapper.spec.connector import Connector, Limits
from mapper.spec.login import Auth

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Account:
    """A connector with one connection's settings filled in; `scope` is what every template sees."""

    name: str
    spec: Connector
    base: str
    scope: dict[str, Any]
    limits: Limits
    auth: Auth | None
    allow_http: frozenset[str]

    def address(self, text: str, setting: str = "") -> httpx.URL:
        """The URL of a whole address or of a path below the base; raises UsageError where it is not encrypted."""
        if "://" in text:
            return _encrypted(self.name, text, self.allow_http, setting)
        # What comes below the base is as encrypted as the base, which was looked at when the account was opened.
        return _url(f"connection {self.name}: an address", f"{self.base}/{text.lstrip('/')}")


def open_account(
    name: str,
    spec: Connector,
    settings: Mapping[str, str],
    assume: Mapping[str, str],
    limits: Limits,
    allow_http: Sequence[str],
) -> Account:
    """Check what a connection is told and fill in the rest; raises UsageError naming what is missing."""
    given = _settings(name, spec, settings)
    base = str(given.get("base_url", "")).rstrip("/")
    if not base:
        raise UsageError(f"connection {name}: the setting base_url is missing")
    allowed = frozenset(host.lower() for host in allow_http)
    _encrypted(name, base, allowed, "base_url")
    scope: dict[str, Any] = {**given, "base_url": base, "assume": _assumptions(name, spec, assume)}
    return Account(name, spec, base, scope, _limits(spec.limits, limits), _scheme(name, spec, given), allowed)


def _settings(name: str, spec: Connector, settings: Mapping[str, str]) -> dict[str, str]:
    given = {key: value for key, value in settings.items() if value != ""}
    for key, setting in spec.settings.items():
        if key not in given and setting.default is not None:
            default = template(setting.default, setting.pos)(given)
            if default is not ABSENT:
                given[key] = str(default)
    missing = [key for key, setting in spec.settings.items() if setting.required and key not in given]
    if missing:
        raise UsageError(f"connection {name}: missing settings: {', '.join(missing)}", hint=_about(spec, missing))
    for key, setting in spec.settings.items():
        if setting.secret and key in given:
            hide(given[key])
    return given


def _about(spec: Connector, keys: Sequence[str]) -> str:
    return "; ".join(f"{key}: {spec.settings[key].about}" for key in keys if key in spec.settings)


def _assumptions(name: str, spec: Connector, assume: Mapping[str, str]) -> dict[str, str]:
    for key, value in assume.items():
        if key not in spec.assumptions:
            raise UsageError(f"connection {name}: there is no assumption '{key}'")
        if value not in spec.assumptions[key].choices:
            choices = ", ".join(spec.assumptions[key].choices)
            raise UsageError(f"connection {name}: '{value}' does not answer {key}", hint=f"choose one of {choices}")
    return {key: assume.get(key, one.default) for key, one in spec.assumptions.items()}


def _limits(vendor: Limits, account: Limits) -> Limits:
    def first(*values: Any) -> Any:
        return next((value for value in values if value is not None), None)

    return Limits(
        per_second=first(account.per_second, vendor.per_second, 0.0),
        concurrency=first(account.concurrency, vendor.concurrency),
        timeout=first(account.timeout, vendor.timeout, _TIMEOUT),
        per_day=first(account.per_day, vendor.per_day),
        share=first(account.share, vendor.share),
    )


def daily_calls(vendor: Limits, account: Limits) -> int | None:
    """How many calls a day may be made, the connector's limits and the account's own considered; None: any number."""
    limits = _limits(vendor, account)
    if not limits.per_day:
        return None
    return int(limits.per_day * float((limits.share or "100%").removesuffix("%")) / 100)


def _scheme(name: str, spec: Connector, given: Mapping[str, str]) -> Auth | None:
    if not spec.auth:
        return None
    for auth in spec.auth:
        if all(given.get(key) for key in auth.needs):
            return auth
    lacking = [f"{auth.name}: {', '.join(key for key in auth.needs if not given.get(key))}" for auth in spec.auth]
    raise UsageError(f"connection {name}: settings for signing in are missing ({' or '.join(lacking)})")


def _encrypted(name: str, text: str, allowed: frozenset[str], setting: str) -> httpx.URL:
    what = f"connection {name}: " + (f"the setting {setting}" if setting else "an address")
    url = _url(what, text)
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(f"{what} is not a whole URL", hint="it begins with https://")
    if url.scheme == "http" and url.host.lower() not in _LOOPBACK | allowed:
        hint = f"use https, or add {url.host} to allow_http"
        raise UsageError(f"{what} is not encrypted (http://{url.host})", hint=hint)
    return url


def _url(what: str, text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise UsageError(f"{what} is not a URL: {error}") from None
