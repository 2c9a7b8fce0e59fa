"""The sandboxes in processes of their own, and what a person does there by the vendors' own APIs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import MapperError

if TYPE_CHECKING:
    import httpx

#: Seconds in which a sandbox that was asked to stop has to.
_PATIENCE = 5.0

#: Paths at which tokens are bought: no records are written there.
_LOGINS = ("/oauth/token", "/api/login")


class Tenant:
    """One sandbox, seen from outside: its control door, and its vendor's API."""

    def __init__(self, url: str, keys: Mapping[str, str]) -> None:
        import httpx

        self.url = url
        self.keys = keys
        self._client = httpx.Client(base_url=url, timeout=30.0, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def data(self) -> dict[str, list[dict[str, Any]]]:
        """Every record of every resource."""
        found: dict[str, list[dict[str, Any]]] = self._client.get("/_sandbox/data").json()
        return found

    def calls(self) -> dict[str, int]:
        """How many calls the sandbox has counted so far: `reads`, `writes`, `logins`, and all of them in `total`."""
        rows = self._client.get("/_sandbox/calls").json()["calls"]
        logins = sum(1 for row in rows if row["path"] in _LOGINS)
        reads = sum(1 for row in rows if row["method"] == "GET")
        return {"reads": reads, "writes": len(rows) - reads - logins, "logins": logins, "total": len(rows)}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call of the vendor's API; raises MapperError where it is refused."""
        response = self._client.request(method, path, **options)
        if response.is_error or _failed(response):
            raise MapperError(f"the sandbox at {self.url} refused {method} {path}: {response.text[:200]}")
        return response


def _failed(response: httpx.Response) -> bool:
    """Whether an answer that looks like a success says that it is none."""
    body = response.json() if response.content else None
    return isinstance(body, dict) and (body.get("Success") is False or "error" in body)


def edit(system: str, resource: str, key: str, body: Mapping[str, Any]) -> Callable[[Tenant], None]:
    """How one record is changed by the vendor's API."""
    return lambda tenant: _EDITORS[system](tenant, resource, key, body)


def _edit_koban(tenant: Tenant, resource: str, key: str, body: Mapping[str, Any]) -> None:
    # Not by the API, which finds contacts by other keys than their own: as in the vendor's pages.
    tenant.ask("POST", "/_sandbox/edit", json={"resource": resource, "key": key, "changes": dict(body)})


def _edit_nicoka(tenant: Tenant, resource: str, key: str, body: Mapping[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {tenant.keys['NICOKA_API_TOKEN']}"}
    tenant.ask("POST", f"/api/{resource}/{key}", headers=headers, json=dict(body))


def _edit_cirrus(tenant: Tenant, resource: str, key: str, body: Mapping[str, Any]) -> None:
    login = (tenant.keys["CIRRUS_CLIENT_ID"], tenant.keys["CIRRUS_CLIENT_SECRET"])
    bought = tenant.ask("POST", "/oauth/token", data={"grant_type": "client_credentials"}, auth=login)
    headers = {"Authorization": f"Bearer {bought.json()['access_token']}"}
    plain = {name: value for name, value in body.items() if name != "dynamicfields"}
    if plain:
        tenant.ask("PUT", f"/rest/{resource}/{key}", headers=headers, json=plain)
    query = {"resourcetype": resource.removesuffix("s"), "resourceid": key, "sorting": "sorting_asc"}
    for name, label in body.get("dynamicfields", {}).items():
        values = tenant.ask("GET", "/rest/dynamicfields/values", params=query, headers=headers).json()["items"]
        held = next(value for value in values if value["name"] == name)
        options = [*held["selected"], *held["unselected"]]
        split = {
            "selected": [option for option in options if option["label"] == label],
            "unselected": [option for option in options if option["label"] != label],
        }
        tenant.ask("PUT", f"/rest/dynamicfields/values/{held['id']}/{key}", headers=headers, json=split)


_EDITORS: Mapping[str, Callable[[Tenant, str, str, Mapping[str, Any]], None]] = {
    "koban": _edit_koban,
    "nicoka": _edit_nicoka,
    "cirrus": _edit_cirrus,
}


@contextmanager
def started(commands: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Tenant]]:
    """Sandboxes, each in a process of its own, until the block ends; `commands` are the options of `mapper sandbox`.

    Each process also ends by itself when this one does, however that happens. Raises MapperError where one does not
    start.
    """
    processes: dict[str, subprocess.Popen[bytes]] = {}
    everyone: dict[str, Tenant] = {}
    try:
        for name, options in commands.items():
            processes[name] = _start(name, options)
        for name, process in processes.items():
            everyone[name] = _reached(name, process)
        yield everyone
    finally:
        for tenant in everyone.values():
            tenant.close()
        _stop(list(processes.values()))


def _start(name: str, options: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mapper", "sandbox", "--system", name, "--port-base", "0", "--json"]
    # A session of its own keeps Ctrl-C from it: it is stopped when the work that uses it has been.
    return subprocess.Popen(
        [*command, "--stop-with-stdin", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _reached(name: str, process: subprocess.Popen[bytes]) -> Tenant:
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        facts = json.loads(line)[name]
    except (ValueError, KeyError):
        hint = f"try it by hand: mapper sandbox --system {name}"
        raise MapperError(f"the sandbox {name} did not start", hint=hint) from None
    return Tenant(facts["url"], facts["keys"])


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.stdin is not None:
            process.stdin.close()
    for process in processes:
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
