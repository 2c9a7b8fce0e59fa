"""What vendors tell by themselves is taken up by the next run: nothing of it is lost, and few calls are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from mapper.errors import RemoteError
from mapper.sandbox.base import Fault
from mapper.state import inbox
from mapper.state.tables import inbox as table
from mapper.sync.incoming import Desk
from mapper.sync.subscriptions import all_of, subscribe
from tests.sync.world import World
from tests.web.conftest import prepared


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two companies, kept alike on all sides, and a subscription to what the first vendor tells."""
    world = prepared(tmp_path)
    for name, siret in (("ACME", "73282932000074"), ("Bolt", "55203253400646")):
        world.company(name, siret=siret)
    world.sync()
    with world.project() as project:
        subscribe(project, "koban", ["accounts"])
    world.clock.now += 86_400
    world.forget_calls()
    return world


def tell(world: World, *events: dict[str, Any]) -> None:
    with world.project() as project:
        [mine] = all_of(project)
        assert Desk(project).tell(mine, list(events), {}).status == 200


def waiting(world: World) -> int:
    with world.project() as project:
        return sum(inbox.waiting(project.store).values())


def taken(world: World) -> bool:
    """Whether a run has taken up what was told, and is not done."""
    with world.project() as project:
        return bool(project.store.rows(sa.select(table).where(table.c.taken > 0)))


def key(world: World, name: str) -> str:
    return next(str(row["Guid"]) for row in world.accounts() if row["Label"] == name)


def rename(world: World, name: str, to: str) -> str:
    guid = key(world, name)
    world.koban.edit("ncThird", guid, {"Label": to})
    return guid


def names(world: World) -> list[list[str]]:
    """The companies' names on each side."""
    sides = (world.accounts(), "Label"), (world.customers(), "name1"), (world.cirrus_accounts(), "name")
    return [sorted(str(row[member]) for row in rows) for rows, member in sides]


def lists(world: World) -> list[str]:
    """The lists of records that were asked for."""
    paths = ("GetUpdated", "/customers/", "/accounts", "/customers", "/accounts/")
    found = [call for app in world.sandboxes.values() for call in app.calls if call.method == "GET"]
    return [call.path for call in found if call.path.endswith(paths)]


def test_an_edit_that_was_told_reaches_the_others_without_a_list_being_read(world: World) -> None:
    tell(world, {"sId": rename(world, "ACME", "ACME SA")})
    report = world.sync(hinted=True)
    assert names(world) == [["ACME SA", "Bolt"]] * 3
    assert lists(world) == []
    assert [(counts.read, counts.by) for counts in report.sides.values()] == [(1, "told")] * 3


def test_what_was_told_is_taken_up_once(world: World) -> None:
    tell(world, {"sId": rename(world, "ACME", "ACME SA")})
    world.sync(hinted=True)
    assert waiting(world) == 0


def test_an_edit_elsewhere_that_was_not_told_is_not_written_over(world: World) -> None:
    tell(world, {"sId": rename(world, "ACME", "ACME SA")})
    customer = next(row for row in world.customers() if row["name1"] == "ACME")
    world.nicoka.edit("customers", customer["customerid"], {"city": "Brest"})
    world.sync(hinted=True)
    assert next(row for row in world.customers() if row["name1"] == "ACME SA")["city"] == "Brest"
    assert next(row for row in world.accounts() if row["Label"] == "ACME SA")["Address"]["City"] == "Brest"


def test_a_new_record_is_looked_for_on_the_other_sides_before_it_is_made_there(world: World) -> None:
    world.nicoka.add("customers", {"name1": "Cobalt", "status": 1, "identification_number": "44306184100047"})
    tell(world, {"sId": world.company("Cobalt", siret="44306184100047")})
    world.sync(hinted=True)
    assert names(world) == [["ACME", "Bolt", "Cobalt"]] * 3


def test_an_event_that_names_no_record_has_the_sides_read_as_usual(world: World) -> None:
    rename(world, "ACME", "ACME SA")
    tell(world, {"Label": "ACME SA"})
    world.sync(hinted=True)
    assert names(world) == [["ACME SA", "Bolt"]] * 3
    assert lists(world) != []


def test_an_ordinary_run_takes_up_what_was_told_too(world: World) -> None:
    tell(world, {"sId": rename(world, "ACME", "ACME SA")})
    world.sync()
    assert (names(world), waiting(world)) == ([["ACME SA", "Bolt"]] * 3, 0)


def test_what_was_told_while_the_door_was_closed_is_found_by_the_next_ordinary_run(world: World) -> None:
    rename(world, "ACME", "ACME SA")
    world.sync()
    assert names(world) == [["ACME SA", "Bolt"]] * 3


def test_a_record_that_is_told_to_be_removed_ends_by_the_mappings_policy(world: World) -> None:
    mapping = (Path(__file__).parents[2] / "mappings" / "company.yaml").read_text(encoding="utf-8")
    head, fields, rest = mapping.partition("\nfields:\n")
    world.write("mappings/company.yaml", f"{head}\nsituations: {{gone: deactivate}}\n{fields}{rest}")
    world.sync(allowed=("changed",))
    guid = key(world, "ACME")
    world.koban.remove("ncThird", guid)
    tell(world, {"sId": guid, "Obsolete": True})
    world.sync(hinted=True)
    assert [row["name"] for row in world.cirrus_accounts()] == ["Bolt"]


def test_a_record_that_cannot_be_read_though_nobody_says_that_it_was_removed_stays(world: World) -> None:
    guid = key(world, "ACME")
    world.koban.remove("ncThird", guid)
    tell(world, {"sId": guid})
    world.sync(hinted=True)
    assert names(world)[1:] == [["ACME", "Bolt"]] * 2


@pytest.mark.parametrize("hinted", [True, False])
def test_a_record_that_the_vendor_will_not_show_keeps_no_other_from_being_taken_up(world: World, hinted: bool) -> None:
    tell(world, {"sId": "../nothing of the kind"}, {"sId": rename(world, "ACME", "ACME SA")})
    world.koban.faults.append(Fault(kind="status", status=400, method="GET", path=".*/GetOne.*"))
    world.sync(hinted=hinted)
    assert (names(world), waiting(world)) == ([["ACME SA", "Bolt"]] * 3, 0)


def test_a_run_that_fails_leaves_what_was_told_to_the_next(world: World) -> None:
    tell(world, {"sId": rename(world, "ACME", "ACME SA")})

    def down() -> None:
        raise httpx.ConnectError("down")

    world.before_call = down
    with pytest.raises(RemoteError):
        world.sync(hinted=True)
    world.before_call = None
    assert waiting(world) == 1
    world.sync(hinted=True)
    assert (names(world), waiting(world)) == ([["ACME SA", "Bolt"]] * 3, 0)


def test_a_plan_takes_nothing_up(world: World) -> None:
    tell(world, {"sId": rename(world, "ACME", "ACME SA")})
    world.plan()
    assert waiting(world) == 1


def test_the_same_told_again_while_a_run_takes_it_up_waits_for_the_next(world: World) -> None:
    event = {"sId": rename(world, "ACME", "ACME SA")}
    tell(world, event)
    told_again = []

    def again() -> None:
        if not told_again and taken(world):
            told_again.append(True)
            tell(world, event)

    world.before_call = again
    world.sync(hinted=True)
    world.before_call = None
    assert (told_again, waiting(world)) == ([True], 1)


# Events that hold the whole record

WHOLE = """\
          whole: "{{ true }}"
          record:
"""


def told_whole(world: World, *left_out: str) -> dict[str, Any]:
    """Have events count as whole, but for some members; gives the event of a company that was renamed."""
    with world.project() as project:
        read = project.compiled("company", live=False).sides["koban"].members
    members = sorted({".".join(path) for path in read} - set(left_out))
    lines = "".join(f'            "{name}": "api.{name}"\n' for name in members)
    text = (world.folder / "mapper.yaml").read_text(encoding="utf-8")
    world.write("mapper.yaml", text.replace("        leads:", f"{WHOLE}{lines}        leads:"))
    guid = rename(world, "ACME", "ACME SA")
    return {"sId": guid, "api": next(row for row in world.accounts() if row["Guid"] == guid)}


def asked_for(world: World) -> int:
    return sum(1 for call in world.koban.calls if call.method == "GET" and call.path.endswith("GetOne"))


def test_an_event_that_holds_the_whole_record_saves_reading_it(world: World) -> None:
    tell(world, told_whole(world))
    world.sync(hinted=True, allowed=("changed",))
    assert (names(world), asked_for(world)) == ([["ACME SA", "Bolt"]] * 3, 0)


def test_of_several_events_that_hold_the_whole_record_the_last_one_stands(world: World) -> None:
    event = told_whole(world)
    tell(world, {**event, "api": {**event["api"], "Label": "ACME SAS"}})
    world.clock.now += 1
    tell(world, event)
    world.sync(hinted=True, allowed=("changed",))
    assert (names(world), asked_for(world)) == ([["ACME SA", "Bolt"]] * 3, 0)


def test_an_event_that_lacks_what_the_mapping_looks_at_is_a_hint_only(world: World) -> None:
    tell(world, told_whole(world, "OfficialNumber"))
    world.sync(hinted=True, allowed=("changed",))
    assert (names(world), asked_for(world)) == ([["ACME SA", "Bolt"]] * 3, 1)
