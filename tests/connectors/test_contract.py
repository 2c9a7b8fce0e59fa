"""Every operation of every shipped connector, called against its sandbox: `contract/<connector>.yaml` says what comes.

A contract's keys:

    sandbox    the sandbox's name · options: what it is made with
    settings, assume: of the connection
    extends    the connector that this one is laid over: what it has as that one has needs no case here
    before     what is called first in every case, each `{call: …, with: {…}, as: name}`
    cases      by operation, one case or several:
      seed     the operations of the vendor's own pages that it stands for, such as `GET /customers`; from these
               docs/operations_table.md is made
      with     the arguments; expressions see what came back before, by its name · before: what is called first
      sends    what the sandbox is asked, where the connector's path does not say it: `POST /api/login`
      gives    what comes back, by path; `count` is the length of a list; expressions as above
      refused  words of the refusal, where that is what comes
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.connect import Connection
from mapper.connect.operations import operations_of
from mapper.connect.templates import template
from mapper.errors import NOWHERE, MapperError
from mapper.sandbox.base import Sandbox
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import Koban
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.sandbox.nicoka import Nicoka
from mapper.spec.connector import Connector
from mapper.spec.load import load_connector
from mapper.spec.operation import Operation

CONTRACTS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "contract").glob("*.yaml"))
}
SANDBOXES: dict[str, type[Sandbox]] = {
    "koban": Koban,
    "koban_immobilier": KobanImmobilier,
    "nicoka": Nicoka,
    "cirrus": Cirrus,
}


@cache
def connector(name: str) -> Connector:
    return load_connector(name, assume=CONTRACTS[name].get("assume")).spec


def operations(name: str) -> dict[str, Operation]:
    """All operations of a connector, under the names by which they are called."""
    found = operations_of(connector(name))
    below = CONTRACTS[name].get("extends")
    known = operations_of(load_connector(below, assume=CONTRACTS[name].get("assume")).spec) if below else {}
    return {operation: one for operation, one in found.items() if known.get(operation) != one}


def called(connection: Connection, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """What came back from calls that are made first, by its name."""
    known: dict[str, Any] = {}
    for one in calls:
        back = connection.call(one["call"], template(one.get("with", {}), NOWHERE)(known))
        known[one.get("as", "")] = back
    return known


def cases() -> Iterator[Any]:
    for name, contract in CONTRACTS.items():
        for operation, said in contract["cases"].items():
            for number, case in enumerate(said if isinstance(said, list) else [said]):
                yield pytest.param(name, operation, case or {}, id=f"{name}-{operation}-{number}")


def opened(name: str) -> tuple[Sandbox, Connection]:
    contract = CONTRACTS[name]
    app = SANDBOXES[contract["sandbox"]](**contract.get("options", {}))
    made = Connection(
        name,
        connector(name),
        settings=contract["settings"],
        assume=contract.get("assume"),
        allow_http=["127.0.0.1"],
        transport=httpx.WSGITransport(app=app),
        sleep=lambda seconds: None,
    )
    return app, made


def at(value: Any, path: str) -> Any:
    """What stands at a path such as `data.0.id`; `count` is a length."""
    for step in path.split(".") if path else ():
        place = int(step) if isinstance(value, list) and step != "count" else step
        value = len(value) if place == "count" else value[place]
    return value


@pytest.mark.parametrize(("name", "operation", "case"), list(cases()))
def test_the_sandbox_answers_an_operation_as_the_contract_says(name: str, operation: str, case: dict[str, Any]) -> None:
    app, connection = opened(name)
    with connection:
        known = called(connection, [*CONTRACTS[name].get("before", ()), *case.get("before", ())])
        app.calls.clear()
        given = template(case.get("with", {}), NOWHERE)(known)
        if "refused" in case:
            with pytest.raises(MapperError) as caught:
                connection.call(operation, given)
            assert case["refused"] in str(caught.value)
            return
        body = connection.call(operation, given)
    assert case["gives"], "a case says what comes back"
    wanted = template(case["gives"], NOWHERE)(known)
    assert {path: at(body, path) for path in wanted} == wanted
    spec = operations(name)[operation]
    last = [step.call for step in spec.steps if step.call][-1:]
    verb = operations_of(connector(name))[last[0]].method if last else spec.method
    asked = [f"{call.method} {call.path}" for call in app.calls if call.status < 400]
    assert case["sends"] in asked if "sends" in case else any(line.startswith(f"{verb} ") for line in asked)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_operation_of_the_connector_has_a_case(name: str) -> None:
    said = CONTRACTS[name]["cases"]
    assert [operation for operation in operations(name) if operation not in said] == []
    assert [operation for operation in said if operation not in operations(name)] == []
