"""Incremental reading right at the edges: stamps, clocks, cursors, and lists that move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mapper.sandbox.base import Fault
from tests.sync.world import PROJECT, World

COMPANY = """
entity: company
about: Companies in two systems.
sides:
  koban: {resource: accounts}
  nicoka: {resource: customers}
match: [name]
conflict: CONFLICT
fields:
  name: {koban: Label, nicoka: name1, required: true}
  email: {type: email, koban: EMail, nicoka: email}
  phone: {type: phone, koban: Phone, nicoka: phone}
"""

#: Nothing is looked back, and pages are small.
KOBAN = """
    override:
      resources:
        accounts:
          changes: {overlap: 0}
          operations:
            changed: {page: {per: 20}}
            list: {page: {per: 20}}
"""
NICOKA = """
    override:
      resources:
        customers:
          changes: {by: WAY, overlap: 0}
          operations:
            changed: {page: {per: 20}}
            list: {page: {per: 20}}
    assume: {changes: WAY}
"""


def edges(folder: Path, *, way: str = "sorted", koban: str = "", nicoka: str = "", conflict: str = "koban") -> World:
    """Two vendors that tell of changes, looked back at by nothing but what the engine does itself."""
    made = World(folder)
    text = PROJECT.replace("[company, person]", "[company]")
    first, second = 'user_key: "${USER_KEY}"}', 'api_token: "${TOKEN}"}'
    text = text.replace(first, f"{first}{KOBAN.rstrip()}{koban}")
    text = text.replace(second, f"{second}{NICOKA.rstrip().replace('WAY', way)}{nicoka}")
    made.write("mapper.yaml", text)
    made.write("mappings/company.yaml", COMPANY.replace("CONFLICT", conflict))
    return made


def filled(world: World, count: int = 1) -> list[str]:
    """So many companies in both systems, all with the same stamp."""
    keys = [world.company(f"Company {number:03}") for number in range(count)]
    world.sync()
    return keys


def edit(world: World, key: str, **changes: Any) -> None:
    world.koban.edit("ncThird", key, changes)


def customer(world: World, name: str) -> dict[str, Any]:
    return next(row for row in world.customers() if row["name1"] == name)


def emails(world: World) -> set[Any]:
    return {row["email"] for row in world.customers()}


def in_koban(world: World) -> set[Any]:
    return {row["EMail"] for row in world.accounts()}


# ---- equal stamps ---------------------------------------------------------------------------------------------------


def test_an_edit_in_the_second_in_which_a_side_was_read_is_seen(tmp_path: Path) -> None:
    world = edges(tmp_path)
    first, second = filled(world, 2)
    world.sync()
    edit(world, first, EMail="a@x.example")
    world.nicoka.edit("customers", customer(world, "Company 001")["id"], {"email": "b@x.example"})
    world.sync()
    assert "a@x.example" in emails(world)
    assert "b@x.example" in in_koban(world)


@pytest.mark.parametrize("way", ["sorted", "filter"])
def test_more_records_of_one_second_than_a_page_holds_are_all_read(tmp_path: Path, way: str) -> None:
    world = edges(tmp_path, way=way)
    keys = filled(world, 45)
    for number, key in enumerate(keys):
        edit(world, key, Phone=f"01426853{number:02}")
    for row in world.customers():
        world.nicoka.edit("customers", row["id"], {"email": f"n{row['id']}@x.example"})
    world.sync()
    assert {row["email"] for row in world.customers()} == in_koban(world)
    assert len({row["phone"] for row in world.customers()}) == 45


# ---- clocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-20, 20])
@pytest.mark.parametrize("way", ["sorted", "filter"])
def test_an_edit_is_seen_whatever_the_vendors_clock_says(tmp_path: Path, minutes: int, way: str) -> None:
    world = edges(tmp_path, way=way)
    world.koban.clock = world.nicoka.clock = lambda: world.clock() + minutes * 60
    (key,) = filled(world)
    world.sync()
    edit(world, key, EMail="a@x.example")
    world.sync()
    assert emails(world) == {"a@x.example"}
    world.nicoka.edit("customers", customer(world, "Company 000")["id"], {"email": "b@x.example"})
    world.sync()
    assert (in_koban(world), emails(world)) == ({"b@x.example"}, {"b@x.example"})


def test_a_clock_of_ours_that_was_set_back_has_a_side_read_whole(tmp_path: Path) -> None:
    world = edges(tmp_path)
    (key,) = filled(world)
    world.clock.now -= 7_200
    edit(world, key, EMail="a@x.example")
    report = world.sync()
    assert report.sides["koban"].whole == "its cursor lies ahead of our clock"
    assert emails(world) == {"a@x.example"}


@pytest.mark.parametrize(("tolerance", "winner"), [("10m", set()), ("1m", {"b@x.example"})])
def test_newest_counts_stamps_as_newer_by_more_than_what_both_clocks_may_be_wrong(
    tmp_path: Path, tolerance: str, winner: set[str]
) -> None:
    own = f"\n    tolerance: {tolerance}"
    world = edges(tmp_path, koban=own, nicoka=own, conflict="newest")
    (key,) = filled(world)
    edit(world, key, EMail="a@x.example")
    world.clock.now += 600
    world.nicoka.edit("customers", customer(world, "Company 000")["id"], {"email": "b@x.example"})
    world.sync()
    assert (emails(world) & in_koban(world)) == winner


# ---- what the cursor cannot show ------------------------------------------------------------------------------------


def unstamped(world: World, key: str, email: str) -> None:
    """An edit that leaves the stamp as it was."""
    table = world.koban._desk.tables["ncThird"]
    table.put({**table.rows[key], "EMail": email})


def test_an_edit_that_does_not_move_the_stamp_is_found_when_the_side_is_read_whole(tmp_path: Path) -> None:
    world = edges(tmp_path, nicoka="\n    full_every: 0")
    (key,) = filled(world)
    unstamped(world, key, "a@x.example")
    world.sync()
    assert emails(world) == {None}
    world.clock.now += 86_400
    assert world.sync().sides["koban"].whole == "due (full_every: 24h)"
    assert emails(world) == {"a@x.example"}


def test_a_late_commit_is_seen_within_the_overlap(tmp_path: Path) -> None:
    world = edges(tmp_path)
    text = (tmp_path / "mapper.yaml").read_text()
    world.write("mapper.yaml", text.replace("changes: {overlap: 0}", "changes: {overlap: 300}"))
    (key,) = filled(world)
    table = world.koban._desk.tables["ncThird"]
    table.put({**table.rows[key], "EMail": "a@x.example", "updated": world.clock() - 200})
    world.sync()
    assert emails(world) == {"a@x.example"}


def test_one_run_reads_one_side_whole_that_is_due(tmp_path: Path) -> None:
    world = edges(tmp_path)
    filled(world)
    world.clock.now += 86_400
    whole = [[side for side, counts in world.sync().sides.items() if counts.whole] for _ in range(3)]
    assert sorted(map(len, whole)) == [0, 1, 1]
    assert {side for sides in whole for side in sides} == {"koban", "nicoka"}


def test_a_side_is_never_read_whole_by_itself_where_the_connection_says_so(tmp_path: Path) -> None:
    world = edges(tmp_path, koban="\n    full_every: 0", nicoka="\n    full_every: 0")
    filled(world)
    world.clock.now += 10**8
    assert not any(counts.whole for counts in world.sync().sides.values())


def test_a_stamp_that_moves_without_an_edit_writes_nothing(tmp_path: Path) -> None:
    world = edges(tmp_path)
    (key,) = filled(world)
    edit(world, key)
    world.nicoka.edit("customers", customer(world, "Company 000")["id"], {})
    world.forget_calls()
    report = world.sync()
    assert (report.sides["koban"].read, report.sides["nicoka"].read) == (1, 1)
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


# ---- a cursor that cannot be used -----------------------------------------------------------------------------------


def test_a_cursor_older_than_what_the_vendor_remembers_has_the_side_read_whole(tmp_path: Path) -> None:
    world = edges(tmp_path, koban="\n    full_every: 0")
    text = (tmp_path / "mapper.yaml").read_text()
    world.write("mapper.yaml", text.replace("changes: {overlap: 0}", "changes: {overlap: 0, keeps: 30 days}"))
    (key,) = filled(world)
    world.clock.now += 20 * 86_400
    assert world.sync().sides["koban"].whole == ""
    unstamped(world, key, "a@x.example")
    world.clock.now += 30 * 86_400
    report = world.sync()
    assert report.sides["koban"].whole == "its cursor is older than what the vendor remembers (30 days)"
    assert emails(world) == {"a@x.example"}


def test_a_cursor_that_the_vendor_refuses_has_the_side_read_whole(tmp_path: Path) -> None:
    world = edges(tmp_path)
    (key,) = filled(world)
    edit(world, key, EMail="a@x.example")
    world.koban.faults.append(Fault("status", method="GET", path="ncThird/GetUpdated", status=410))
    report = world.sync()
    assert report.sides["koban"].whole == "the vendor refused its cursor (fault on request)"
    assert (report.exit_code, emails(world)) == (0, {"a@x.example"})


# ---- lists that move while they are read ----------------------------------------------------------------------------


@pytest.mark.parametrize("full", [True, False])
def test_no_edit_is_missed_where_another_moves_the_list_while_it_is_read(tmp_path: Path, full: bool) -> None:
    world = edges(tmp_path)
    keys = filled(world, 45)
    for number, key in enumerate(keys):
        edit(world, key, EMail=f"a{number}@x.example")

    def meanwhile() -> None:
        for key in keys[:5]:
            edit(world, key, Phone="0142685300")

    world.koban.faults.append(Fault("hook", method="GET", path="ncThird/GetUpdated", after=1, hook=meanwhile))
    world.sync(full=full)
    assert emails(world) == {f"a{number}@x.example" for number in range(45)}


def test_no_record_is_missed_where_others_go_while_a_list_is_read(tmp_path: Path) -> None:
    world = edges(tmp_path)
    ids = [world.nicoka.add("customers", {"name1": f"Company {n:03}"}) for n in range(45)]

    def meanwhile() -> None:
        for ident in ids[-5:]:
            world.nicoka.remove("customers", ident)

    world.nicoka.faults.append(Fault("hook", method="GET", path="customers", after=1, hook=meanwhile))
    world.sync()
    assert {row["Label"] for row in world.accounts()} >= {f"Company {n:03}" for n in range(40)}


# ---- records that leave the mapping, and come back ------------------------------------------------------------------


@pytest.fixture
def left(tmp_path: Path) -> tuple[World, str, int]:
    """A company whose second record has left its side's `where`; its two keys."""
    world = edges(tmp_path)
    text = COMPANY.replace("CONFLICT", "quarantine")
    world.write("mappings/company.yaml", text.replace("customers}", 'customers, where: "{{ active == 1 }}"}'))
    key = world.company("Company 000", email="old@x.example")
    world.sync()
    ident = world.customers()[0]["id"]
    world.nicoka.edit("customers", ident, {"active": 0})
    world.sync()
    return world, key, ident


def second(world: World) -> dict[str, Any]:
    return world.customers()[0]


def back(world: World, ident: int, **changes: Any) -> None:
    world.nicoka.edit("customers", ident, {"active": 1, **changes})
    world.sync()


def test_a_record_that_is_back_is_given_what_it_missed(left: tuple[World, str, int]) -> None:
    world, key, ident = left
    edit(world, key, EMail="new@x.example")
    world.sync()
    assert second(world)["email"] == "old@x.example"
    edit(world, key, Phone="0142685300")
    world.sync()
    back(world, ident)
    assert (second(world)["email"], second(world)["phone"]) == ("new@x.example", "+33142685300")
    world.forget_calls()
    world.sync(full=True)
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


def test_what_a_record_itself_was_changed_in_while_it_was_away_reaches_the_others(left: tuple[World, str, int]) -> None:
    world, key, ident = left
    edit(world, key, EMail="new@x.example")
    world.sync()
    back(world, ident, phone="+33142685300")
    assert second(world)["email"] == "new@x.example"
    assert [row["Phone"] for row in world.accounts()] == ["+33142685300"]


def test_a_field_that_was_changed_on_both_sides_meanwhile_is_in_conflict_until_a_person_decides(
    left: tuple[World, str, int],
) -> None:
    world, key, ident = left
    edit(world, key, EMail="a@x.example")
    world.sync()
    back(world, ident, email="b@x.example")
    for _ in range(2):
        assert (in_koban(world), emails(world)) == ({"a@x.example"}, {"b@x.example"})
        assert [cause for _, cause, _ in world.causes()] == ["conflict"]
        world.sync()
    edit(world, key, EMail="b@x.example")
    world.sync()
    assert (world.causes(), in_koban(world), emails(world)) == ([], {"b@x.example"}, {"b@x.example"})


def test_a_named_side_wins_also_over_what_was_missed(left: tuple[World, str, int]) -> None:
    world, key, ident = left
    edit(world, key, EMail="a@x.example")
    world.sync()
    text = (world.folder / "mappings/company.yaml").read_text()
    world.write("mappings/company.yaml", text.replace("conflict: quarantine", "conflict: nicoka"))
    world.sync(allowed=("changed",))
    back(world, ident, email="b@x.example")
    assert (in_koban(world), emails(world)) == ({"b@x.example"}, {"b@x.example"})


def test_a_value_that_is_taken_back_meanwhile_is_missed_no_more(left: tuple[World, str, int]) -> None:
    world, key, ident = left
    for email in ("new@x.example", "old@x.example"):
        edit(world, key, EMail=email)
        world.sync()
    world.forget_calls()
    back(world, ident)
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
