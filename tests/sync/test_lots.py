"""A stock of lots kept alike in two tenants: main lots come before their secondary ones through a whole run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.sandbox.base import Fault
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.sync.project import Project, load
from tests.sync.world import Clock, Wire

PROJECT = """
connections:
  agency:
    connector: koban_immobilier
    settings: {base_url: "http://127.0.0.1:8401/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
  office:
    connector: koban_immobilier
    settings: {base_url: "http://127.0.0.1:8402/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
mappings: [lot]
"""
MAPPING = """
entity: lot
about: Lots, from the agency to the office
sides: {agency: {resource: lots, role: source}, office: {resource: lots, role: target}}
match: [code]
fields:
  name: {agency: Label, office: Label, required: true}
  code: {agency: Extcode, office: Extcode}
  kind: {agency: Type, office: Type}
  main: {type: ref, entity: lot, agency: Link, office: Link}
  price: {type: decimal, agency: Amountprev, office: Amountprev}
"""
ENV = {"KEY": "demo-koban-api", "USER_KEY": "demo-koban-user"}


class Stock:
    """Two tenants and a project between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.agency, self.office = (KobanImmobilier(clock=self.clock) for _ in range(2))
        self.posted: list[list[dict[str, Any]]] = []
        (folder / "mappings").mkdir()
        (folder / "mapper.yaml").write_text(PROJECT, encoding="utf-8")
        (folder / "mappings" / "lot.yaml").write_text(MAPPING, encoding="utf-8")

    def project(self) -> Project:
        wires: dict[str, httpx.BaseTransport] = {"agency": Wire(self.agency), "office": Seen(self)}
        clock = self.clock
        return load(self.folder, env=ENV, state="sqlite:///m.db", transports=wires, clock=clock, sleep=clock.sleep)

    def sync(self) -> None:
        self.clock.now += 60
        with self.project() as project:
            project.sync("lot")

    def shown(self) -> dict[str, dict[str, Any]]:
        return {lot["Extcode"]: lot for lot in self.office.data()["ncDeal"]}

    def links(self) -> dict[str, str | None]:
        """The codes of the main lots in the office by the codes of the lots."""
        lots = self.shown()
        codes = {lot["Guid"]: code for code, lot in lots.items()}
        return {code: codes.get(lot["Link"] or "") for code, lot in lots.items()}


class Seen(Wire):
    """The way to the office, on which posted lots are seen."""

    def __init__(self, stock: Stock) -> None:
        super().__init__(stock.office)
        self.stock = stock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("ncDeal/PostMany"):
            self.stock.posted.append(json.loads(request.content))
        return super().handle_request(request)


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    return Stock(tmp_path)


def fill(stock: Stock, count: int) -> None:
    """Type in lots, the secondary ones so that most have moved before their main lots."""
    for number in range(count):
        stock.agency.add("ncDeal", {"Label": f"Lot {number}", "Extcode": f"M{number}", "Amountprev": 1000})
        stock.agency.add(
            "ncDeal", {"Label": f"Box {number}", "Extcode": f"P{number}", "Type": "Secondary", "Link": f"M{number}"}
        )


def test_main_lots_are_created_before_secondary_ones_across_batches(stock: Stock) -> None:
    fill(stock, 130)
    stock.sync()
    assert stock.links() == {f"M{n}": None for n in range(130)} | {f"P{n}": f"M{n}" for n in range(130)}
    ranks = [1 if lot.get("Type") else 0 for batch in stock.posted for lot in batch]
    assert ranks == [0] * 130 + [1] * 130
    assert [len(batch) for batch in stock.posted] == [100, 30, 100, 30]


def test_no_secondary_lot_is_ever_sent_without_its_main_lot(stock: Stock) -> None:
    fill(stock, 20)
    stock.sync()
    boxes = [lot for batch in stock.posted for lot in batch if lot.get("Type")]
    assert [lot["Link"] for lot in boxes] == [f"M{lot['Extcode'][1:]}" for lot in boxes]
    assert not [call for call in stock.office.calls if call.path.endswith("GetOne")]


def test_a_plan_says_the_calls_that_the_order_takes(stock: Stock) -> None:
    fill(stock, 130)
    with stock.project() as project:
        cost = project.plan("lot").cost["office"]["calls"]
    stock.sync()
    assert cost == len(stock.posted) == 4


def test_a_secondary_lot_that_comes_later_names_its_main_lot_by_its_code(stock: Stock) -> None:
    stock.agency.add("ncDeal", {"Label": "Lot 1", "Extcode": "M1"})
    stock.sync()
    stock.clock.now += 60
    stock.agency.add("ncDeal", {"Label": "Box 1", "Extcode": "P1", "Type": "Secondary", "Link": "M1"})
    stock.sync()
    assert stock.posted[-1][0]["Link"] == "M1"
    assert stock.links() == {"M1": None, "P1": "M1"}


def test_a_plan_in_a_file_names_new_main_lots_so_that_a_sync_keeps_to_it(stock: Stock) -> None:
    fill(stock, 2)
    file = stock.folder / "lots.plan"
    with stock.project() as project:
        project.plan("lot", file=file)
    assert f'"agency:{(stock.agency.stock.lot("M1") or {})["Guid"]}"' in file.read_text(encoding="utf-8")
    stock.clock.now += 60
    with stock.project() as project:
        report = project.sync("lot", plan=file)
    assert report.refused == []
    assert stock.links() == {"M0": None, "M1": None, "P0": "M0", "P1": "M1"}


def test_a_second_run_has_nothing_to_do(stock: Stock) -> None:
    fill(stock, 5)
    stock.sync()
    stock.posted.clear()
    stock.sync()
    assert stock.posted == []


def refuse_the_first(stock: Stock) -> None:
    stock.office.faults.append(Fault("status", "POST", "ncDeal/PostMany", times=1, status=400))


def test_a_secondary_lot_whose_main_lot_was_refused_gets_it_when_it_is_there(stock: Stock) -> None:
    fill(stock, 1)
    refuse_the_first(stock)
    stock.sync()
    assert stock.links() == {"P0": None}
    stock.sync()
    assert stock.links() == {"M0": None, "P0": "M0"}


def test_a_reference_to_a_lot_that_nobody_has_waits(stock: Stock) -> None:
    fill(stock, 1)
    stock.agency.remove("ncDeal", (stock.agency.stock.lot("M0") or {})["Guid"])
    stock.sync()
    with stock.project() as project:
        [(side, cause, message)] = [(q.side, q.cause, q.message) for q in project.quarantine("lot")]
    assert (side, cause) == ("agency", "reference")
    assert message.startswith("waits for lot ")
