"""What shipped mappings do between the vendors, beyond silence: who is in charge, how a deal ends, lots as articles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.spec.load import load_mapping, shipped
from mapper.sync.project import Project, load
from tests.sync import test_silence as silence
from tests.sync.world import ENV, PROJECT, Clock, Wire, World

NOTHING = {"koban": 0, "nicoka": 0, "cirrus": 0}


def test_every_shipped_mapping_is_tried_between_the_vendors() -> None:
    known = {path.stem for path in shipped("mappings").glob("*.yaml")}
    assert known == {*silence.MAPPINGS, "user", "programme", "lot"}


@pytest.mark.parametrize("name", [path.stem for path in sorted(shipped("mappings").glob("*.yaml"))])
def test_every_shipped_mapping_has_tests_in_its_file(name: str) -> None:
    assert load_mapping(shipped("mappings") / f"{name}.yaml").spec.tests


# -- users


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    text = PROJECT.replace("type: list}\n", "type: list}\n" + silence.CUSTOM, 1)
    made.write("mapper.yaml", text.replace("[company, person]", f"[{', '.join(silence.ORDER)}]"))
    return made


def test_users_are_linked_by_their_addresses_and_never_written(world: World) -> None:
    world.nicoka.edit("employees", 43, {"email": silence.SELLER})
    for full in (False, True):
        world.sync("user", full=full)
    world.cirrus.edit("users", 1, {"email": "other@exempel.se"})
    world.sync("user", full=True)
    assert world.writes() == NOTHING
    with world.project() as project:
        known = project.store.known("user", "nicoka", ["43"])["43"]["link"]
        assert known == project.store.known("user", "cirrus", ["1"])["1"]["link"]
        assert project.quarantine("user") == []


# -- deals


@pytest.fixture
def sales(world: World) -> World:
    """A world with a company, a person and a seller everywhere, and a deal of theirs in Koban."""
    silence.prepare(world, "deal")
    deal = {**silence.base(world, "deal", "koban"), "Label": "Trucks", "Status": {"Code": "NEG"}}
    world.koban.add("ncDeal", deal)
    return world


def last(world: World, side: str, entity: str = "deal") -> dict[str, Any]:
    record: dict[str, Any] = world.sandboxes[side].data()[silence.PLACES[entity, side][0]][-1]
    return record


def test_a_deal_goes_to_all_with_who_buys_and_who_sells(sales: World) -> None:
    sales.sync("deal")
    nicoka, cirrus = last(sales, "nicoka"), last(sales, "cirrus")
    assert (nicoka["label"], nicoka["stage"], nicoka["assign_to_employeeid"]) == ("Trucks", 4, 43)
    assert nicoka["customerid"] == silence.house_at(sales, "nicoka")
    assert (cirrus["title"], cirrus["status"]["name"], cirrus["userid"]) == ("Trucks", "Förhandling", 1)
    assert cirrus["contact"]["surname"] == "Berg"


def test_a_deal_that_is_won_elsewhere_keeps_its_step_in_koban(sales: World) -> None:
    sales.sync("deal")
    sales.nicoka.edit("opportunities", last(sales, "nicoka")["id"], {"stage": 5})
    sales.sync("deal")
    assert (last(sales, "koban")["Result"], last(sales, "koban")["Status"]["Code"]) == ("WON", "NEG")
    assert last(sales, "cirrus")["status"]["name"] == "Vunnen"


def test_a_deal_that_is_opened_again_has_no_result_any_more(sales: World) -> None:
    sales.sync("deal")
    sales.koban.edit("ncDeal", last(sales, "koban")["Guid"], {"Result": "LOST"})
    sales.sync("deal")
    assert last(sales, "nicoka")["stage"] == 99
    sales.nicoka.edit("opportunities", last(sales, "nicoka")["id"], {"stage": 3})
    sales.sync("deal")
    assert (last(sales, "koban")["Result"], last(sales, "koban")["Status"]["Code"]) == (None, "PRO")


def test_a_deal_whose_create_is_not_answered_is_found_again_and_not_made_twice(sales: World) -> None:
    sales.cirrus.set_switches({"create_reply": "null"})
    for _ in range(2):
        sales.sync("deal")
    sales.forget_calls()
    sales.sync("deal", full=True)
    assert sales.writes() == NOTHING
    assert [deal["title"] for deal in sales.cirrus.data()["opportunities"]] == ["Trucks"]
    with sales.project() as project:
        assert project.quarantine("deal") == []


def test_a_seller_whom_a_side_does_not_know_is_left_out_there_and_the_rest_is_kept_alike(sales: World) -> None:
    sales.sync("deal")
    sales.cirrus.edit("opportunities", last(sales, "cirrus")["id"], {"user": 2, "value": 7})
    sales.sync("deal")
    assert (last(sales, "koban")["Amountprev"], last(sales, "koban")["AssignedTo"]["Extcode"]) == (7, "43")
    sales.forget_calls()
    sales.sync("deal")
    assert sales.writes() == NOTHING


# -- activities


def test_koban_is_told_of_the_person_of_an_activity_and_not_of_the_company_too(world: World) -> None:
    silence.prepare(world, "activity")
    world.cirrus.add("activities", {**silence.base(world, "activity", "cirrus"), "description": "Visit"})
    world.sync("activity")
    action = last(world, "koban", "activity")
    assert (action["Label"], action["Contact"]["Label"], action["Third"]) == ("Visit", "Eva Berg", None)
    nicoka = last(world, "nicoka", "activity")
    assert (nicoka["entityid"], nicoka["objectid"]) == (101, 43)


# -- lots of programmes

ESTATE = """
connections:
  koban_immobilier:
    connector: koban_immobilier
    settings: {base_url: "http://127.0.0.1:8401/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
    catalogue:
      fields:
        lots.MoreFields:
          surface: {id: 5a0c1d2e0dc3610a94740001, type: number}
  cirrus:
    connector: cirrus
    settings: {base_url: "http://127.0.0.1:8403/rest", x_token: "${X_TOKEN}", owner_id: 1}
    limits: {per_second: 0}
    catalogue:
      lists:
        tags: {109: Appartement, 110: Maison}
mappings: [programme, lot]
"""


class Estate:
    """A tenant with a stock of lots, one of Cirrus, and a project between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.immo, self.cirrus = KobanImmobilier(clock=self.clock), Cirrus(clock=self.clock)
        (folder / "mapper.yaml").write_text(ESTATE, encoding="utf-8")
        self.programme = self.immo.add_programme("Les Tilleuls", "TIL")
        self.lot = self.immo.add("ncDeal", {**self.typed("A12"), "Amountprev": 312500.5})

    def typed(self, code: str) -> dict[str, Any]:
        return {
            "Label": f"Lot {code}",
            "Extcode": f"TIL-{code}",
            "Process": {"Guid": self.programme},
            "Tags": [{"TagCategoryCode": "TPLOG", "Label": "Appartement"}, {"TagCategoryCode": "ETAGE", "Label": "2"}],
            "MoreFields": [{"FieldId": "5a0c1d2e0dc3610a94740001", "Value": "64.5"}],
        }

    def project(self) -> Project:
        wires: dict[str, httpx.BaseTransport] = {"koban_immobilier": Wire(self.immo), "cirrus": Wire(self.cirrus)}
        clock = self.clock
        return load(self.folder, env=ENV, state="sqlite:///m.db", transports=wires, clock=clock, sleep=clock.sleep)

    def sync(self) -> int:
        """A run of both mappings; how many calls have written."""
        self.clock.now += 60
        self.cirrus.calls.clear()
        with self.project() as project:
            for entity in ("programme", "lot"):
                project.sync(entity)
        return sum(count for verb, count in self.cirrus.by_method().items() if verb != "GET")

    def articles(self) -> list[dict[str, Any]]:
        return self.cirrus.data()["articles"]

    def groups(self) -> list[dict[str, Any]]:
        return self.cirrus.data()["articlegroups"]


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


def test_a_lot_becomes_an_article_of_its_programmes_group(estate: Estate) -> None:
    assert estate.sync() == 2
    [article] = estate.articles()
    [group] = [row for row in estate.groups() if row["name"] == "Les Tilleuls"]
    shown = {name: article[name] for name in ("number", "name", "price", "vat", "groupid", "warehousestatusid", "area")}
    assert shown == {
        "number": "TIL-A12",
        "name": "Lot A12",
        "price": 312500.5,
        "vat": 20,
        "groupid": group["id"],
        "warehousestatusid": 1,
        "area": 64.5,
    }
    assert ([tag["name"] for tag in article["tags"]], article["presentation"]) == (["Appartement"], "étage 2")


def test_a_lot_that_is_reserved_is_out_of_stock_and_nothing_else_is_written(estate: Estate) -> None:
    estate.sync()
    assert estate.sync() == 0
    estate.immo.edit("ncDeal", estate.lot, {"Status": {"Code": "RESV"}})
    assert estate.sync() == 1
    assert [article["warehousestatusid"] for article in estate.articles()] == [2]
    assert estate.sync() == 0


def test_a_lot_without_a_price_waits_for_one(estate: Estate) -> None:
    parking = estate.immo.add("ncDeal", estate.typed("P1"))
    estate.sync()
    assert len(estate.articles()) == 1
    estate.immo.edit("ncDeal", parking, {"Amountprev": 15000})
    estate.sync()
    assert [article["price"] for article in estate.articles()] == [312500.5, 15000]


def test_what_cirrus_edits_is_not_brought_back_to_the_programme(estate: Estate) -> None:
    estate.sync()
    estate.cirrus.edit("articles", estate.articles()[0]["id"], {"name": "Our own words"})
    assert estate.sync() == 0
    assert [lot["Label"] for lot in estate.immo.data()["ncDeal"]] == ["Lot A12"]
