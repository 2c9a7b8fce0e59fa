"""A process that dies at any call: the next run loses nothing and doubles nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from mapper.sync.project import load
from tests.sync.world import ENV, PROJECT, Wire, World


class Killed(BaseException):
    """The process is gone: no handler of ours may matter from here on."""


class Guillotine(httpx.BaseTransport):
    """Lets a number of calls through, then keeps the state's files as they are at that moment, and kills."""

    def __init__(self, world: World, fatal: int, *, after_the_call: bool) -> None:
        self.wires = {name: Wire(app) for name, app in world.sandboxes.items()}
        self.world = world
        self.left = fatal
        self.after = after_the_call
        self.taken = False

    def for_side(self, name: str) -> httpx.BaseTransport:
        blade = self

        class Side(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                blade.left -= 1
                if blade.left == 0 and not blade.after:
                    blade.fall()
                response = blade.wires[name].handle_request(request)
                if blade.left == 0 and blade.after:
                    blade.fall()
                return response

        return Side()

    def fall(self) -> None:
        for file in self.world.folder.glob("mapper.db*"):
            shutil.copy(file, self.world.folder / f"kept-{file.name}")
        self.taken = True
        raise Killed


def killed_run(world: World, entity: str, fatal: int, *, after_the_call: bool) -> bool:
    """One run that dies at its `fatal`th call; False where it made fewer calls than that."""
    blade = Guillotine(world, fatal, after_the_call=after_the_call)
    transports = {name: blade.for_side(name) for name in world.sandboxes}
    project = load(world.folder, env=ENV, transports=transports, clock=world.clock, sleep=world.clock.sleep)
    try:
        project.sync(entity)
    except Killed:
        pass
    finally:
        project.close()
    if not blade.taken:
        return False
    for file in world.folder.glob("mapper.db*"):
        file.unlink()
    for file in world.folder.glob("kept-*"):
        file.rename(world.folder / file.name.removeprefix("kept-"))
    return True


def build(folder: Path, companies: int) -> World:
    folder.mkdir()
    world = World(folder)
    for number in range(companies):
        world.company(f"Company {number}", sector="Santé", interests=["Cuisine"])
    world.nicoka.add("customers", {"name1": "Only in the second", "zipcode": "75001", "city": "Paris"})
    return world


def names(world: World) -> list[list[str]]:
    return [
        sorted(row["Label"] for row in world.accounts()),
        sorted(row["name1"] for row in world.customers()),
        sorted(row["name"] for row in world.cirrus_accounts()),
    ]


@pytest.mark.parametrize("after_the_call", [False, True], ids=["before each call", "after each call"])
def test_a_run_killed_at_any_call_is_made_good_by_the_next(tmp_path: Path, after_the_call: bool) -> None:
    expected = [["Company 0", "Only in the second"]] * 3
    fatal = 0
    while True:
        fatal += 1
        world = build(tmp_path / f"{after_the_call}-{fatal}", 1)
        died = killed_run(world, "company", fatal, after_the_call=after_the_call)
        world.sync()
        assert names(world) == expected, f"killed at call {fatal}"
        assert all(
            row["dynamicfields"]["Bransch"] == "Santé" for row in world.cirrus_accounts() if "Company" in row["name"]
        )
        world.forget_calls()
        world.sync()
        assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}, f"killed at call {fatal}"
        if not died:
            assert fatal > 10
            return


def test_edits_on_every_side_survive_a_kill_at_any_call(tmp_path: Path) -> None:
    fatal = 0
    while True:
        fatal += 1
        folder = tmp_path / str(fatal)
        world = build(folder, 3)
        world.sync()
        first = next(row for row in world.accounts() if row["Label"] == "Company 0")
        world.koban.edit("ncThird", first["Guid"], {"Website": "https://acme.example"})
        other = next(row for row in world.customers() if row["name1"] == "Company 1")
        world.nicoka.edit("customers", other["id"], {"city": "Paris"})
        third = next(row for row in world.cirrus_accounts() if row["name"] == "Company 2")
        world.cirrus.set_dynamic("account", third["id"], "Bransch", "Commerce")
        died = killed_run(world, "company", fatal, after_the_call=True)
        world.sync()
        by_name = {row["Label"]: row for row in world.accounts()}
        assert by_name["Company 1"]["Address"]["City"] == "Paris", f"killed at call {fatal}"
        assert {row["website"] for row in world.customers() if row["name1"] == "Company 0"} == {"https://acme.example"}
        assert {row["industry"] for row in world.customers() if row["name1"] == "Company 2"} == {122}
        if not died:
            assert fatal > 8
            return


def test_an_edit_made_after_a_cut_off_create_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world")
    world.company("ACME")
    fatal = 1
    while not world.cirrus_accounts():
        killed_run(world, "company", fatal, after_the_call=True)
        fatal += 1
    world.cirrus.edit("accounts", world.cirrus_accounts()[0]["id"], {"phone": "+33142685300"})
    world.sync()
    assert (world.accounts()[0]["Phone"], world.customers()[0]["phone"]) == ("+33142685300", "+33142685300")


def test_a_cut_off_create_whose_record_the_vendor_will_not_show_stops_no_run(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world")
    world.company("ACME")
    fatal = 1
    while not world.customers():
        killed_run(world, "company", fatal, after_the_call=True)
        fatal += 1
    one = rf"/customers/{world.customers()[0]['id']}$"
    world.nicoka.faults.append(Fault("status", "GET", one, times=99, status=403))
    assert world.sync().outcome == "done"
    world.nicoka.faults.clear()
    world.sync()
    assert (len(world.customers()), world.causes()) == (1, [])


def test_an_unclear_create_whose_record_is_read_is_settled_though_it_is_updated_at_once(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world")
    override = "    override: {resources: {customers: {fields: {external_reference: {search: null}}}}}\n"
    world.write("mapper.yaml", PROJECT.replace("    connector: nicoka\n", "    connector: nicoka\n" + override))
    guid = world.company("ACME")
    world.nicoka.faults.append(Fault("lost", method="POST", times=1))
    world.sync()
    assert [cause for _, cause, _ in world.causes()] == ["unclear"]
    world.koban.edit("ncThird", guid, {"Website": "https://acme.example"})
    world.sync()
    assert ([row["website"] for row in world.customers()], world.causes()) == (["https://acme.example"], [])


def test_an_unclear_create_is_not_sent_again_because_its_origin_was_edited(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world")
    override = "    override: {resources: {customers: {fields: {external_reference: {search: null}}}}}\n"
    world.write("mapper.yaml", PROJECT.replace("    connector: nicoka\n", "    connector: nicoka\n" + override))
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    only_written = "nicoka: {resource: customers, role: target}"
    world.write("mappings/company.yaml", text.replace("nicoka: {resource: customers}", only_written))
    guid = world.company("ACME")
    world.nicoka.faults.append(Fault("lost", method="POST", times=1))
    world.sync()
    world.koban.edit("ncThird", guid, {"Website": "https://acme.example"})
    world.sync()
    assert (len(world.customers()), [cause for _, cause, _ in world.causes()]) == (1, ["unclear"])
