"""Undoing a run: what it changed is put back, what was edited since is left, and the next run is silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mapper.errors import UsageError
from mapper.sandbox.base import Fault
from mapper.sync.report import Report
from mapper.sync.story import story
from tests.sync.endings import Endings
from tests.sync.world import PROJECT, World

ROOT = Path(__file__).parents[2]
SIRET = "73282932000074"
OLD, NEW, OTHER = "+33142685300", "+33142685311", "+33142685322"


def undo(world: World, run: int, **options: Any) -> Report:
    world.clock.now += 60
    with world.project() as project:
        return project.undo(run, **options)


def edited(world: World) -> int:
    """A phone that was changed in the first system, and the run that brought it to the others."""
    guid = world.company("ACME", siret=SIRET, phone=OLD)
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": NEW})
    return world.sync().run


def phones(world: World) -> list[str | None]:
    records = (world.accounts()[0]["Phone"], world.customers()[0]["phone"], world.cirrus_accounts()[0]["phone"])
    return [None if value is None else value.replace(" ", "") for value in records]


def silent(world: World, **options: Any) -> bool:
    world.forget_calls()
    world.sync(**options)
    return not any(world.writes().values())


@pytest.mark.parametrize("old_values", ["kept", "asked"])
def test_an_undo_puts_the_values_before_back_on_every_side_that_was_written(world: World, old_values: str) -> None:
    world.write("mapper.yaml", f"{PROJECT}old_values: {old_values}\n")
    run = edited(world)
    report = undo(world, run)
    assert phones(world) == [NEW, OLD, OLD]
    assert (report.kind, report.outcome, report.exit_code, report.refused) == ("undo", "done", 0, [])
    assert {side: counts.updated for side, counts in report.sides.items()} == {"koban": 0, "nicoka": 1, "cirrus": 1}


@pytest.mark.parametrize("full", [False, True])
def test_the_next_sync_after_an_undo_writes_nothing(world: World, full: bool) -> None:
    undo(world, edited(world))
    assert silent(world, full=full)
    assert silent(world, full=full)
    assert phones(world) == [NEW, OLD, OLD]


@pytest.mark.parametrize("side", ["koban", "nicoka"])
def test_an_edit_after_an_undo_wins_as_any_edit(world: World, side: str) -> None:
    undo(world, edited(world))
    world.sync()
    if side == "koban":
        world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Phone": OTHER})
    else:
        world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": OTHER})
    world.sync()
    assert phones(world) == [OTHER] * 3
    assert silent(world)


def test_a_dry_undo_writes_nothing_and_shows_all(world: World) -> None:
    run = edited(world)
    world.forget_calls()
    report = undo(world, run, dry=True)
    assert not any(world.writes().values())
    told = {c.side: [(f.name, f.before, f.after) for f in c.fields] for c in world.changes(report.run)}
    assert told == {"nicoka": [("phone", NEW, OLD)], "cirrus": [("phone", NEW, OLD)]}
    assert {side: cost["calls"] for side, cost in report.cost.items()} == {"nicoka": 1, "cirrus": 1}


def test_what_was_edited_since_is_skipped_and_told_and_the_rest_put_back(world: World) -> None:
    run = edited(world)
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": OTHER})
    report = undo(world, run)
    assert phones(world) == [NEW, OTHER, OLD]
    assert [str(one).partition(": ")[2] for one in report.refused] == ["skipped: phone was edited since"]
    assert report.exit_code == 3


def test_one_field_that_was_edited_since_does_not_keep_the_others(world: World) -> None:
    guid = world.company("ACME", phone=OLD)
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": NEW, "Website": "https://new.example"})
    run = world.sync().run
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": OTHER})
    undo(world, run)
    assert (world.customers()[0]["phone"], world.customers()[0]["website"]) == (OTHER, None)


def test_an_undo_of_an_undo_gives_the_first_state(world: World) -> None:
    run = edited(world)
    first = undo(world, run)
    undo(world, first.run)
    assert phones(world) == [NEW, NEW, NEW]
    assert silent(world)


def test_a_value_that_its_side_stores_otherwise_is_put_back(world: World) -> None:
    text = (ROOT / "mappings" / "company.yaml").read_text(encoding="utf-8")
    lossy = "{path: comments, form: html}"
    assert lossy in text
    upper = "{path: comments, read: [], write: [striptags, truncate(20)]}"
    world.write(
        "mappings/company.yaml",
        text.replace(lossy, upper).replace("notes:\n", "notes:\n    direction: koban -> nicoka\n"),
    )
    guid = world.company("ACME")
    world.koban.edit("ncThird", guid, {"Comments": "first"})
    world.sync()
    world.koban.edit("ncThird", guid, {"Comments": "long " * 50})
    run = world.sync().run
    assert len(world.customers()[0]["comments"]) <= 20
    assert undo(world, run).refused == []
    assert world.customers()[0]["comments"] == "first"
    assert silent(world)


def test_a_set_is_put_back_as_it_was(world: World) -> None:
    guid = world.company("ACME", interests=["Cuisine"])
    world.sync()
    tags = [{"TagCategoryCode": "INTERET", "Label": label} for label in ("Poterie", "Bricolage")]
    world.koban.edit("ncThird", guid, {"Tags": tags})
    run = world.sync().run
    assert undo(world, run).refused == []
    assert [tag["name"] for tag in world.cirrus_accounts()[0]["tags"]] == ["Cuisine"]
    assert silent(world)


def test_the_changes_of_all_sides_are_put_back(world: World) -> None:
    guid = world.company("ACME", phone=OLD)
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": NEW})
    world.nicoka.edit("customers", world.customers()[0]["id"], {"website": "https://new.example"})
    run = world.sync().run
    undo(world, run)
    assert not world.accounts()[0]["Website"] and not world.cirrus_accounts()[0]["url"]
    assert phones(world) == [NEW, OLD, OLD]
    assert silent(world)


# ---- creates --------------------------------------------------------------------------------------------------------


def created(world: World) -> int:
    world.company("ACME", phone=OLD)
    return world.sync().run


def inactive(world: World) -> list[bool]:
    rows = (world.customers()[0]["active"], world.cirrus.data()["accounts"][-1]["active"])
    return [not value for value in rows]


def test_what_a_run_created_is_deactivated(world: World) -> None:
    report = undo(world, created(world))
    assert inactive(world) == [True, True]
    assert {side: counts.deleted for side, counts in report.sides.items()} == {"koban": 0, "nicoka": 1, "cirrus": 1}


@pytest.mark.parametrize("full", [False, True])
def test_what_was_created_and_undone_is_not_created_again(world: World, full: bool) -> None:
    undo(world, created(world))
    assert silent(world, full=full)
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Phone": NEW})
    assert silent(world, full=full)
    assert (len(world.customers()), [row["name"] for row in world.cirrus.data()["accounts"]]) == (1, ["Tags", "ACME"])


def test_an_undo_of_undone_creates_brings_them_back(world: World) -> None:
    first = undo(world, created(world))
    undo(world, first.run)
    assert inactive(world) == [False, False]
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Phone": NEW})
    world.sync()
    assert phones(world) == [NEW] * 3


def test_what_was_edited_elsewhere_meanwhile_reaches_a_record_that_an_undo_brings_back(world: World) -> None:
    first = undo(world, created(world))
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Phone": NEW})
    world.sync()
    undo(world, first.run)
    assert inactive(world) == [False, False]
    world.sync()
    assert phones(world) == [NEW] * 3


def test_a_created_record_that_was_edited_since_is_left(world: World) -> None:
    run = created(world)
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": OTHER})
    report = undo(world, run)
    assert inactive(world) == [False, True]
    assert [one.message for one in report.refused] == ["skipped: phone was edited since"]


def test_a_created_record_of_which_a_field_was_filled_since_is_left(world: World) -> None:
    run = created(world)
    world.nicoka.edit("customers", world.customers()[0]["id"], {"website": "https://acme.example"})
    report = undo(world, run)
    assert inactive(world) == [False, True]
    assert [one.message for one in report.refused] == ["skipped: website was edited since"]


def test_a_created_record_that_an_undo_ended_ends_no_other(tmp_path: Path) -> None:
    world = Endings(tmp_path)
    world.choose("{gone: deactivate}")
    world.nicoka.add("customers", {"name1": "ACME", "identification_number": SIRET})
    undo(world, world.sync().run)
    for _ in range(3):
        world.full()
    assert world.names() == {"koban": [], "nicoka": ["ACME"], "cirrus": []}


def test_a_person_that_an_undo_ended_is_brought_back_where_the_vendor_finds_people_by_their_address(
    world: World,
) -> None:
    customer = world.nicoka.add("customers", {"name1": "ACME"})
    world.nicoka.add("contacts", {"last_name": "Durand", "email": "d@acme.example", "customerid": customer})
    world.sync()
    first = undo(world, world.sync("person").run)
    assert [row["Obsolete"] for row in world.koban.data()["ncContact"]] == [True]
    undo(world, first.run)
    assert [row["Obsolete"] for row in world.koban.data()["ncContact"]] == [False]


def test_created_records_are_kept_where_that_is_asked_for(world: World) -> None:
    report = undo(world, created(world), creates="keep")
    assert (inactive(world), report.refused) == ([False, False], [])


def test_that_a_vendor_cannot_delete_what_was_created_is_told(world: World) -> None:
    report = undo(world, created(world), creates="delete")
    assert [(one.side, one.message) for one in report.refused] == [
        (side, f"skipped: {side} cannot delete it: `--creates deactivate` or `--creates keep`")
        for side in ("nicoka", "cirrus")
    ]


def test_created_records_are_deleted_where_that_is_asked_for_and_the_vendor_can(world: World) -> None:
    world.nicoka.switches["delete"] = "marks"
    operation = 'delete: {method: DELETE, path: "customers/{{ key }}"}'
    override = f"    override: {{resources: {{customers: {{operations: {{{operation}}}}}}}}}\n"
    world.write("mapper.yaml", PROJECT.replace("  cirrus:\n", f"{override}  cirrus:\n", 1))
    report = undo(world, created(world), creates="delete")
    assert [one.side for one in report.refused] == ["cirrus"]
    assert [call.method for call in world.nicoka.calls][-1] == "DELETE"
    assert report.sides["nicoka"].deleted == 1


# ---- what else there is ---------------------------------------------------------------------------------------------


def test_what_the_run_still_owes_is_given_up(world: World) -> None:
    guid = world.company("ACME", phone=OLD)
    world.sync()
    world.koban.edit("ncThird", guid, {"Phone": NEW})
    world.nicoka.faults.append(Fault(kind="status", method="POST", status=422))
    run = world.sync().run
    undo(world, run)
    assert silent(world)
    assert phones(world) == [NEW, OLD, OLD]


def test_what_another_run_owes_is_not_sent_by_an_undo(world: World) -> None:
    run = edited(world)
    world.koban.edit("ncThird", world.accounts()[0]["Guid"], {"Website": "https://new.example"})
    world.nicoka.faults.append(Fault(kind="status", method="POST", status=422))
    world.sync()
    report = undo(world, run)
    assert world.customers()[0]["website"] is None
    assert [one.message for one in report.refused if one.side == "nicoka"] == [
        "skipped: a later run still owes a write to it: run a sync first"
    ]


def test_a_record_that_is_gone_is_told(world: World) -> None:
    run = edited(world)
    world.nicoka.remove("customers", world.customers()[0]["id"])
    report = undo(world, run)
    assert [(one.side, one.message) for one in report.refused] == [("nicoka", "skipped: it is not there any more")]


@pytest.mark.parametrize(("number", "words"), [(99, "there is no run 99"), (1, "was a plan")])
def test_what_cannot_be_undone_is_refused(world: World, number: int, words: str) -> None:
    world.plan()
    with pytest.raises(UsageError, match=words):
        undo(world, number)


def test_the_story_of_a_record_tells_of_the_undo_and_of_what_it_skipped(world: World) -> None:
    run = edited(world)
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": OTHER})
    undo(world, run)
    with world.project() as project:
        step = story(project, "company", world.accounts()[0]["Guid"]).runs[-1]
    assert step.kind == "undo"
    assert {(w.side, w.status, w.reason) for w in step.writes} == {
        ("nicoka", "refused", f"undo of run {run}, skipped: phone was edited since"),
        ("cirrus", "done", f"undo of run {run}"),
    }


def test_a_record_that_the_vendor_will_not_show_is_told_and_the_others_are_put_back(world: World) -> None:
    run = edited(world)
    customer = world.customers()[0]["id"]
    world.nicoka.faults.append(Fault("status", "GET", rf"/customers/{customer}$", times=99, status=403))
    report = undo(world, run)
    assert phones(world) == [NEW, NEW, OLD]
    assert [(one.side, one.message.partition(" (")[0]) for one in report.refused] == [
        ("nicoka", "skipped: it cannot be read now")
    ]
