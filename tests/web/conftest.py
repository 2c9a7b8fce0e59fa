from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.state import inbox
from mapper.sync.project import Project
from mapper.sync.subscriptions import Subscription, subscribe
from mapper.web.door import Door
from tests.sync.world import PROJECT, World

HOOKS = """\
    override:
      webhooks:
        account: null
        contact: null
        deal: null
        accounts:
          resource: accounts
          key: "{{ event.sId }}"
          removed: "{{ event.Obsolete == true }}"
          answer: {taken: true}
          refusal: {taken: false, why: "{{ reason }}"}
        leads: {resource: leads, key: "{{ event.sId }}"}
        free: {method: GET, answer: {status: false}}
"""
REPLIES = """\
    replies:
      free:
        entity: company
        find: {siret: "{{ query.siret }}"}
        answer: {status: "{{ record.status == 'prospect' }}", name: "{{ record.name }}"}
"""
KOBAN = "  koban:\n    connector: koban\n"
DOOR = "serve: {url: 'https://hooks.example.com', largest: 2000, per_minute: 60}\n"


@dataclass
class Front:
    """A door in process, and the subscriptions behind it."""

    world: World
    project: Project
    heard: list[frozenset[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.made = {one.hook: one for one in subscribe(self.project, "koban")}
        door = Door(self.project, self.heard.append)
        transport = httpx.WSGITransport(app=door)
        self.client = httpx.Client(transport=transport, base_url="https://hooks.example.com")

    def post(self, hook: str = "accounts", **body: Any) -> httpx.Response:
        return self.client.post(self.made[hook].url, **body)

    def subscription(self, hook: str) -> Subscription:
        return self.made[hook]

    @property
    def waiting(self) -> dict[tuple[str, str], int]:
        return inbox.waiting(self.project.store)


def prepared(folder: Path) -> World:
    """Three sandboxes and a project whose first vendor tells and asks."""
    world = World(folder)
    world.write("mapper.yaml", DOOR + PROJECT.replace(KOBAN, KOBAN + HOOKS + REPLIES).lstrip())
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return prepared(tmp_path)


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with world.project() as project:
        yield Front(world, project)
