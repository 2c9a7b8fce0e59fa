"""Three vendors and a project between them, in one process: real connectors, real engine, real state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from mapper.sandbox.base import Sandbox
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import Koban
from mapper.sandbox.nicoka import Nicoka
from mapper.sync.project import Project, load
from mapper.sync.report import Change, Report

PROJECT = """
connections:
  koban:
    connector: koban
    settings: {base_url: "http://127.0.0.1:8401/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
    catalogue:
      fields:
        accounts.MoreFields:
          secteur: {id: 5583bc220dc3610a94746d3b, type: list}
  nicoka:
    connector: nicoka
    settings: {base_url: "http://127.0.0.1:8402/api", api_token: "${TOKEN}"}
    limits: {per_second: 0}
  cirrus:
    connector: cirrus
    settings: {base_url: "http://127.0.0.1:8403/rest", x_token: "${X_TOKEN}", owner_id: 1}
    limits: {per_second: 0}
mappings: [company, person]
"""

ENV = {
    "KEY": "demo-koban-api",
    "USER_KEY": "demo-koban-user",
    "TOKEN": "demo-nicoka-token",
    "X_TOKEN": "demo-cirrus-token",
}


class Clock:
    """Time that moves only when it is told to, or is waited for."""

    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Wire(httpx.BaseTransport):
    """A sandbox in process; a connection that it cuts is an error of the network, as over a real socket."""

    def __init__(self, app: Sandbox, before: Callable[[], None] | None = None) -> None:
        self.inner = httpx.WSGITransport(app=app)
        self.before = before

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.before:
            self.before()
        try:
            return self.inner.handle_request(request)
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error), request=request) from None


@dataclass
class World:
    """The three sandboxes, a project folder, and short words for what tests do with them."""

    folder: Path
    clock: Any = field(default_factory=Clock)
    state: str = "sqlite:///mapper.db"
    before_call: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.koban = Koban(clock=self.clock)
        self.nicoka = Nicoka(clock=self.clock)
        self.cirrus = Cirrus(clock=self.clock)
        self.write("mapper.yaml", PROJECT)

    @property
    def sandboxes(self) -> dict[str, Sandbox]:
        return {"koban": self.koban, "nicoka": self.nicoka, "cirrus": self.cirrus}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def project(self, *, state: str = "") -> Project:
        transports: dict[str, httpx.BaseTransport] = {
            name: Wire(app, lambda: self.before_call() if self.before_call else None)
            for name, app in self.sandboxes.items()
        }
        return load(
            self.folder,
            env=ENV,
            state=state or self.state,
            transports=transports,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def sync(self, entity: str = "company", **options: Any) -> Report:
        """One run, in a process of its own as far as the state can tell."""
        self.clock.now += 60
        with self.project() as project:
            return project.sync(entity, **options)

    def plan(self, entity: str = "company", **options: Any) -> Report:
        with self.project() as project:
            return project.plan(entity, **options)

    def changes(self, run: int) -> list[Change]:
        with self.project() as project:
            return list(project.changes(run))

    def causes(self, entity: str | None = None) -> list[tuple[str, str, str]]:
        """What is in quarantine: side, cause, message."""
        with self.project() as project:
            return [(q.side, q.cause, q.message) for q in project.quarantine(entity)]

    def company(self, name: str = "ACME", **more: Any) -> str:
        """A company in the first system."""
        generic = {
            "name": name,
            "status": "prospect",
            "street": "1 rue X",
            "zip": "69001",
            "city": "Lyon",
            "country": "FR",
        }
        return self.koban.add_company({**generic, **more})

    def accounts(self) -> list[dict[str, Any]]:
        return self.koban.data()["ncThird"]

    def customers(self) -> list[dict[str, Any]]:
        return self.nicoka.data()["customers"]

    def cirrus_accounts(self) -> list[dict[str, Any]]:
        return [row for row in self.cirrus.data()["accounts"] if row["active"]]

    def forget_calls(self) -> None:
        for sandbox in self.sandboxes.values():
            sandbox.calls.clear()

    def writes(self) -> dict[str, int]:
        """How many calls other than GET each vendor has seen."""
        return {
            name: sum(count for verb, count in sandbox.by_method().items() if verb != "GET")
            for name, sandbox in self.sandboxes.items()
        }
