"""Records that end on one side: when that is believed, what is done about it, and what never is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mapper.errors import GuardError
from mapper.sandbox.base import Fault
from mapper.state.tables import missing, seen
from mapper.sync.story import story
from tests.sync.endings import Endings

DEACTIVATE, DELETE = "{gone: deactivate}", "{gone: {sides: {nicoka: delete, cirrus: deactivate}}}"


@pytest.fixture
def world(tmp_path: Path) -> Endings:
    """Two companies that stand on all sides."""
    made = Endings(tmp_path)
    made.choose()
    made.company("ACME", siret="73282932000074")
    made.company("Beta", siret="55210055400013")
    made.sync()
    assert made.names() == made.everywhere("ACME", "Beta")
    return made


def retire(world: Endings, name: str = "ACME") -> None:
    """Retire a company in the first system, which shows it as removed."""
    guid = next(row["Guid"] for row in world.accounts() if row["Label"] == name)
    world.koban.edit("ncThird", guid, {"Obsolete": True})


def lose(world: Endings, name: str = "ACME") -> None:
    """Take a company from the second system's screen: its lists show it no more."""
    world.nicoka.remove("customers", world.customer(name)["id"])


# What is done


def test_by_default_a_record_that_is_gone_is_left_alone_elsewhere(world: Endings) -> None:
    retire(world)
    world.forget_calls()
    world.sync()
    assert world.names()["nicoka"] == ["ACME", "Beta"]
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


def test_a_removed_record_is_deactivated_elsewhere(world: Endings) -> None:
    world.choose(DEACTIVATE)
    retire(world)
    report = world.sync()
    assert world.names() == world.everywhere("Beta")
    assert (report.sides["nicoka"].deleted, report.sides["cirrus"].deleted, report.exit_code) == (1, 1, 0)


def test_records_that_were_deactivated_need_not_be_listed(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.full()
    for name in ("ACME", "Beta"):
        lose(world, name)
    world.full(allowed=("empty",))
    world.full(allowed=("empty",))
    assert world.names() == world.everywhere()
    assert world.full().exit_code == 0


def test_what_is_done_may_differ_by_side(world: Endings) -> None:
    world.choose(DELETE)
    retire(world)
    world.sync()
    assert [row["name1"] for row in world.customers()] == ["Beta"]
    assert world.names()["cirrus"] == ["Beta"]


def test_after_a_delete_the_next_runs_are_silent(world: Endings) -> None:
    world.choose(DELETE)
    retire(world)
    world.sync()
    world.forget_calls()
    for _ in range(3):
        assert world.full().exit_code == 0
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


def test_a_plan_shows_the_deletes_and_changes_nothing(world: Endings) -> None:
    world.choose(DELETE)
    retire(world)
    report = world.plan()
    kinds = {(c.side, c.kind, c.title, c.reason) for c in world.changes(report.run)}
    title = next(c.title for c in world.changes(report.run))
    assert kinds == {("nicoka", "delete", title, "gone from koban"), ("cirrus", "deactivate", title, "gone from koban")}
    assert title.startswith("ACME")
    assert report.sides["nicoka"].deleted == 1
    assert world.names()["nicoka"] == ["ACME", "Beta"]
    world.sync()
    assert world.names()["nicoka"] == ["Beta"]


def test_deletes_are_sent_after_all_creates_and_updates(world: Endings) -> None:
    world.choose(DELETE)
    retire(world)
    world.company("Gamma")
    world.forget_calls()
    world.sync()
    ends = [call.method for call in world.nicoka.calls if call.method != "GET"]
    assert ends == ["POST", "DELETE"]
    assert "Gamma" in world.names()["cirrus"]


def test_an_edit_of_the_rest_never_brings_a_gone_record_back(world: Endings) -> None:
    retire(world)
    world.sync()
    world.nicoka.edit("customers", world.customer()["id"], {"website": "https://acme.example"})
    report = world.sync()
    assert world.names()["koban"] == ["Beta"]
    assert world.cirrus_accounts()[0]["url"] == "https://acme.example"
    assert report.exit_code == 0


def test_an_update_that_meets_no_record_is_given_up_calmly(world: Endings) -> None:
    lose(world)
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Website": "https://acme.example"})
    report = world.sync()
    assert (report.exit_code, report.sides["nicoka"].left) == (0, {"gone from its vendor": 1})
    assert world.names()["nicoka"] == ["Beta"]
    world.forget_calls()
    assert world.sync().exit_code == 0
    assert world.writes()["nicoka"] == 0


def test_where_all_but_one_are_gone_nothing_is_created(world: Endings) -> None:
    retire(world)
    lose(world)
    world.sync()
    world.full()
    assert world.names() == {"koban": ["Beta"], "nicoka": ["Beta"], "cirrus": ["ACME", "Beta"]}


# When it is believed


def test_a_missing_record_is_believed_gone_after_two_complete_listings(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.full()
    lose(world)
    world.full()
    assert world.names()["koban"] == ["ACME", "Beta"]
    world.full()
    assert world.names() == world.everywhere("Beta")


def test_a_listing_that_shows_the_record_again_resets_the_count(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.full()
    ident = world.customer()["id"]
    lose(world)
    world.full()
    table = world.nicoka.account.tables["customers"]
    table.put({**table.rows[ident], "loekz": 0})
    world.full()
    lose(world)
    world.full()
    assert world.names()["koban"] == ["ACME", "Beta"]


def test_a_direct_read_that_finds_the_record_keeps_it(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.full()
    row = world.customer()
    for _ in range(3):
        hidden = world.nicoka.account.tables["customers"].rows[row["id"]]
        world.nicoka.account.tables["customers"].put({**hidden, "loekz": 1})
        found = Fault("hook", "GET", r"/customers/\d+$", hook=lambda: _show(world, row["id"]))
        world.nicoka.faults[:] = [found]
        world.full()
    assert world.names()["koban"] == ["ACME", "Beta"]


def _show(world: Endings, ident: int) -> None:
    table = world.nicoka.account.tables["customers"]
    table.put({**table.rows[ident], "loekz": 0})


@pytest.mark.parametrize("fault", [Fault("status", status=403), Fault("status", status=400), Fault("html", status=200)])
def test_a_record_that_the_vendor_will_not_show_stops_no_run_and_is_not_believed_gone(
    world: Endings, fault: Fault
) -> None:
    world.choose(DEACTIVATE)
    world.full()
    one = rf"/customers/{world.customer()['id']}$"
    lose(world)
    world.full()
    world.nicoka.faults[:] = [replace(fault, method="GET", path=one, times=99)]
    report = world.full()
    assert (report.outcome, world.names()["koban"]) == ("done", ["ACME", "Beta"])
    world.nicoka.faults.clear()
    world.full()
    assert world.names()["koban"] == ["Beta"]


def test_a_listing_that_rights_may_cut_never_counts(world: Endings) -> None:
    world.choose(DEACTIVATE, sure=False)
    world.full()
    lose(world)
    for _ in range(4):
        world.full()
    assert world.names()["koban"] == ["ACME", "Beta"]


def test_a_listing_that_moves_while_it_is_read_does_not_count(world: Endings) -> None:
    world.choose(DEACTIVATE)
    for number in range(210):
        world.nicoka.add("customers", {"name1": f"Company {number}", "zipcode": str(10_000 + number)})
    world.full()
    lose(world)
    for number in range(3):
        made = partial(world.nicoka.add, "customers", {"name1": f"New {number}"})
        world.nicoka.faults[:] = [Fault("hook", "GET", "/customers$", after=1, hook=made)]
        world.full()
    assert "ACME" in world.names()["koban"]


def test_an_incremental_run_concludes_nothing(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.full()
    lose(world)
    world.full()
    world.koban.edit("ncThird", world.accounts()[1]["Guid"], {"Website": "https://beta.example"})
    world.sync(sources=("koban",))
    assert "ACME" in world.names()["koban"]


def test_where_nothing_is_done_about_it_no_record_is_asked_for_or_kept_in_mind(world: Endings) -> None:
    lose(world)
    world.full()
    world.forget_calls()
    world.full()
    assert [call for call in world.nicoka.calls if call.path.rpartition("/")[2].isdigit()] == []
    with world.project() as project:
        assert project.store.rows(missing.select()) == project.store.rows(seen.select()) == []


def test_what_is_gone_from_a_target_means_nothing_for_the_others(world: Endings) -> None:
    path = world.folder / "mappings/company.yaml"
    world.choose(DEACTIVATE)
    path.write_text(path.read_text().replace("nicoka: customers\n", "nicoka: {resource: customers, role: target}\n"))
    world.full()
    lose(world)
    for _ in range(3):
        world.full()
    assert "ACME" in world.names()["koban"]


# Edited here, gone there


def test_what_was_edited_elsewhere_is_not_deleted(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.sync()
    retire(world)
    world.nicoka.edit("customers", world.customer()["id"], {"website": "https://acme.example"})
    report = world.sync()
    assert (world.names()["nicoka"], report.exit_code) == (["ACME", "Beta"], 3)
    assert [(side, cause) for side, cause, _ in world.causes()] == [("koban", "gone")]
    assert "was edited on nicoka and is gone here" in world.causes()[0][2]


def test_an_edit_that_met_no_record_is_told_where_deletes_are_carried_on(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.sync()
    lose(world)
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Website": "https://acme.example"})
    world.sync()
    assert [(side, cause) for side, cause, _ in world.causes()] == [("nicoka", "gone")]
    for _ in range(3):
        world.full()
    assert world.names()["koban"] == ["ACME", "Beta"]


def test_the_question_settles_itself_when_the_rest_is_deleted_too(world: Endings) -> None:
    world.choose(DEACTIVATE)
    world.sync()
    retire(world)
    world.nicoka.edit("customers", world.customer()["id"], {"website": "https://acme.example"})
    world.sync()
    lose(world)
    world.cirrus.remove("accounts", world.cirrus_accounts()[0]["id"])
    for _ in range(3):
        world.full()
    assert world.causes() == []


# Coming back


def test_a_record_that_is_back_is_linked_as_before(world: Endings) -> None:
    retire(world)
    world.sync()
    world.nicoka.edit("customers", world.customer()["id"], {"website": "https://acme.example"})
    world.sync()
    guid = next(row["Guid"] for row in world.accounts() if row["Obsolete"])
    world.koban.edit("ncThird", guid, {"Obsolete": False})
    report = world.sync()
    back = next(row for row in world.accounts() if row["Guid"] == guid)
    assert (back["Website"], report.exit_code) == ("https://acme.example", 0)
    assert world.names() == world.everywhere("ACME", "Beta")


def test_one_that_is_made_anew_takes_the_place_of_the_one_that_is_gone(world: Endings) -> None:
    retire(world)
    world.sync()
    world.company("ACME", siret="73282932000074")
    report = world.sync()
    assert (world.names(), report.exit_code) == (world.everywhere("ACME", "Beta"), 0)


def test_a_record_that_is_back_waits_until_those_that_it_is_linked_with_can_be_read(world: Endings) -> None:
    retire(world)
    world.sync()
    customer = world.customer()["id"]
    world.nicoka.edit("customers", customer, {"website": "https://acme.example"})
    world.sync()
    guid = next(row["Guid"] for row in world.accounts() if row["Obsolete"])
    world.koban.edit("ncThird", guid, {"Obsolete": False})
    world.nicoka.faults[:] = [Fault("status", "GET", rf"/customers/{customer}$", times=99, status=403)]
    assert world.sync().outcome == "done"
    assert [(side, cause) for side, cause, _ in world.causes()] == [("koban", "ambiguous")]
    world.nicoka.faults.clear()
    world.sync()
    back = next(row for row in world.accounts() if row["Guid"] == guid)
    assert (back["Website"], world.causes()) == ("https://acme.example", [])


# Guards and faults


def test_more_deletes_than_are_allowed_stop_the_run(world: Endings) -> None:
    world.choose(DEACTIVATE, guards="{deletes: 0}")
    retire(world)
    with pytest.raises(GuardError) as caught:
        world.sync()
    assert (caught.value.flag, world.names()["nicoka"]) == ("--allow-deletes", ["ACME", "Beta"])
    world.sync(allowed=("deletes",))
    assert world.names()["nicoka"] == ["Beta"]


def test_a_delete_that_the_vendor_refuses_is_set_aside_and_tried_again(world: Endings) -> None:
    world.choose(DELETE)
    retire(world)
    world.nicoka.faults.append(Fault("status", "DELETE", status=400))
    assert world.sync().exit_code == 3
    world.sync()
    assert (world.names()["nicoka"], world.causes()) == (["Beta"], [])


def test_a_delete_whose_answer_is_lost_is_done_once(world: Endings) -> None:
    world.choose(DELETE)
    retire(world)
    world.nicoka.faults.append(Fault("lost_reset", "DELETE"))
    world.sync()
    assert (world.names()["nicoka"], world.causes()) == (["Beta"], [])


def test_a_delete_that_is_still_owed_is_not_sent_after_an_edit(world: Endings) -> None:
    world.choose(DELETE)
    retire(world)
    world.nicoka.faults.append(Fault("status", "DELETE", times=9, status=400))
    world.sync()
    world.nicoka.faults.clear()
    world.nicoka.edit("customers", world.customer()["id"], {"website": "https://acme.example"})
    world.sync()
    assert world.names()["nicoka"] == ["ACME", "Beta"]


def test_the_story_says_that_a_record_is_gone(world: Endings) -> None:
    lose(world)
    ident = next(row["id"] for row in world.nicoka.account.tables["customers"].rows.values() if row["loekz"])
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Website": "https://acme.example"})
    world.sync()
    with world.project() as project:
        told = story(project, "company", f"nicoka:{ident}")
    assert {side.side: side.state for side in told.sides} == {"koban": "linked", "nicoka": "gone", "cirrus": "linked"}
    assert [w.status for step in told.runs for w in step.writes if w.side == "nicoka"] == ["done", "gone"]


def test_the_story_says_that_a_record_was_deactivated_by_a_run(world: Endings) -> None:
    world.choose(DEACTIVATE)
    retire(world)
    customer = world.customer()["id"]
    world.sync()
    with world.project() as project:
        sides = {one.side: (one.state, one.why) for one in story(project, "company", f"nicoka:{customer}").sides}
    assert sides["nicoka"][0] == "deactivated"
    assert sides["nicoka"][1].endswith("; a run has deactivated it since, and it is left alone")
