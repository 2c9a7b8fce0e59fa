from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.connect import Connection
from mapper.spec.load import load_connector
from mapper.spec.project import Catalogue, CustomField
from tests.connect.vendor import Vendor

HERE = Path(__file__).parent
START = 1_700_000_000.0

Connect = Callable[..., Connection]

CATALOGUE = Catalogue(
    fields={
        "accounts.more": {"sector": CustomField(id="f1"), "size": CustomField(id="f2", type="number")},
        "accounts.extras": {"branch": CustomField(id="7", type="list"), "hobbies": CustomField(id="8", type="set")},
    },
    lists={"labels": {"5": "Customer"}},
)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(vendor: Vendor, clock: Clock, tmp_path: Path) -> Iterator[Connect]:
    """Makes connections to the vendor; `change` is YAML laid over the connector file."""
    made: list[Connection] = []

    def connection(change: str = "", *, settings: dict[str, str] | None = None, **options: Any) -> Connection:
        data = yaml.safe_load((HERE / "vendor.yaml").read_text(encoding="utf-8"))
        overlay(data, yaml.safe_load(change) or {})
        path = tmp_path / f"vendor{len(made)}.yaml"
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        given = {"base_url": "https://tiny.example/api/", "key": "secret-key"} if settings is None else settings
        options = {"transport": httpx.WSGITransport(vendor), "catalogue": CATALOGUE, **options}
        spec = load_connector(str(path)).spec
        made.append(Connection("crm", spec, settings=given, sleep=clock.sleep, clock=clock, **options))
        return made[-1]

    yield connection
    for one in made:
        one.close()


def overlay(data: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(data.get(key), dict):
            overlay(data[key], value)
        elif value == "REMOVED":
            del data[key]
        else:
            data[key] = value
