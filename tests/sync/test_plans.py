"""A plan in a file: it tells everything, its cost is right, and a sync by it writes what it tells and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mapper.errors import UsageError
from mapper.sandbox.base import Fault
from mapper.sync.planfile import writing
from mapper.sync.report import Report
from tests.sync.world import PROJECT, World

SIRET = "73282932000074"


def planned(world: World, entity: str = "company", **options: Any) -> Path:
    file = world.folder / "plan.jsonl"
    world.plan(entity, file=file, **options)
    return file


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def changes(file: Path) -> list[dict[str, Any]]:
    return [line["change"] for line in lines(file) if "change" in line]


def linked(world: World) -> str:
    guid = world.company("ACME", siret=SIRET, phone="01 42 68 53 00")
    world.sync()
    return guid


def said(report: Report) -> list[str]:
    return [str(one) for one in report.refused]


def silent(world: World) -> bool:
    world.forget_calls()
    world.sync()
    return not any(world.writes().values())


def test_the_file_tells_each_change_with_every_field_before_and_after(world: World) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    told = {change["side"]: change for change in changes(planned(world))}
    assert told["nicoka"]["fields"] == {"phone": {"before": "+33142685300", "after": "+33142685311"}}
    assert told["nicoka"]["key"] == str(world.customers()[0]["id"])
    assert (told["nicoka"]["kind"], told["nicoka"]["reason"]) == ("update", "from koban")


def test_a_create_is_told_by_the_record_that_it_comes_from(world: World) -> None:
    guid = world.company("ACME")
    told = changes(planned(world))
    assert {(change["kind"], change["origin"]) for change in told} == {("create", f"koban:{guid}")}
    assert told[0]["fields"]["name"] == {"after": "ACME"}


def test_only_its_owner_may_read_the_file(world: World) -> None:
    linked(world)
    assert planned(world).stat().st_mode & 0o777 == 0o600


def test_a_sync_by_a_plan_writes_what_it_tells(world: World) -> None:
    guid = linked(world)
    world.company("Other")
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    file = planned(world)
    report = world.sync(plan=file)
    assert (report.exit_code, report.refused) == (0, [])
    assert [customer["phone"] for customer in world.customers() if customer["name1"] == "ACME"] == ["+33142685311"]
    assert len(world.customers()) == len(world.cirrus_accounts()) == 2
    assert silent(world)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"Phone": "01 42 68 53 22"}, "phone was +33142685311 in the plan, is +33142685322 now"),
        ({"Website": "https://new.example"}, "website is to be written now, and is not in the plan"),
        ({"Phone": "01 42 68 53 00"}, "this update is no longer to be written"),
    ],
)
def test_what_moved_since_the_plan_is_not_written_and_told(world: World, edit: dict[str, Any], words: str) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    file = planned(world)
    world.koban.edit("ncThird", guid, edit)
    world.forget_calls()
    report = world.sync(plan=file)
    assert report.exit_code == 3
    assert any("company ACME" in line and words in line for line in said(report)), said(report)
    assert not any(world.writes().values())


def test_what_was_refused_is_written_by_the_next_sync(world: World) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    file = planned(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 22"})
    world.sync(plan=file)
    world.sync()
    assert [world.customers()[0]["phone"], world.cirrus_accounts()[0]["phone"]] == ["+33142685322"] * 2
    assert silent(world)


def test_an_edit_on_the_target_between_plan_and_sync_is_not_written_over(world: World) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    file = planned(world)
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": "+33142685333"})
    report = world.sync(plan=file)
    assert world.customers()[0]["phone"] == "+33142685333"
    words = "phone held +33142685300 when it was planned, holds +33142685333 now"
    assert any(words in line for line in said(report)), said(report)


def test_a_record_made_since_the_plan_waits_for_the_next_sync(world: World) -> None:
    world.company("First")
    file = planned(world)
    world.company("Second")
    report = world.sync(plan=file)
    assert [customer["name1"] for customer in world.customers()] == ["First"]
    assert {line.partition(": ")[2] for line in said(report)} == {"this create is not in the plan"}
    world.sync()
    assert sorted(customer["name1"] for customer in world.customers()) == ["First", "Second"]


def test_the_rest_of_a_plan_is_written_where_one_record_has_moved(world: World) -> None:
    guids = [world.company(f"Company {number}") for number in range(3)]
    world.sync()
    for guid in guids:
        world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    file = planned(world)
    world.koban.edit("ncThird", guids[1], {"Phone": "01 42 68 53 22"})
    world.sync(plan=file)
    assert [customer["phone"] for customer in world.customers()] == ["+33142685311", None, "+33142685311"]


def test_a_plan_applied_twice_refuses_all_the_second_time(world: World) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    file = planned(world)
    world.sync(plan=file)
    world.forget_calls()
    report = world.sync(plan=file)
    assert len(report.refused) == 2
    assert not any(world.writes().values())


def test_a_lossy_value_is_applied_as_planned(world: World) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Comments": "<p>long</p> " * 400})
    file = planned(world)
    assert world.sync(plan=file).refused == []
    assert silent(world)


def test_several_mappings_in_one_file_refer_to_each_others_records(world: World) -> None:
    guid = world.company("ACME")
    world.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, guid)
    file = world.folder / "plan.jsonl"
    with world.project() as project, writing(file) as writer:
        for entity in ("company", "person"):
            project.plan(entity, file=writer)
    told = {change["side"]: change for change in changes(file) if "company" in change["fields"]}
    assert told["nicoka"]["fields"]["company"] == {"after": f"koban:{guid}"}
    assert [world.sync(entity, plan=file).refused for entity in ("company", "person")] == [[], []]
    assert world.nicoka.data()["contacts"][0]["customerid"] == world.customers()[0]["id"]


# ---- what earlier runs owe ------------------------------------------------------------------------------------------


def refused_by_vendor(world: World) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    world.nicoka.faults.append(Fault(kind="status", method="POST", status=422, times=1))
    world.sync()
    assert world.customers()[0]["phone"] == "+33142685300"


def test_a_plan_shows_what_an_earlier_run_owes(world: World) -> None:
    refused_by_vendor(world)
    told = [change for change in changes(planned(world)) if change["owed"]]
    assert [(change["side"], change["reason"]) for change in told] == [("nicoka", "owed since run 2: from koban")]


def test_what_is_owed_and_in_the_plan_is_sent(world: World) -> None:
    refused_by_vendor(world)
    report = world.sync(plan=planned(world))
    assert report.refused == []
    assert world.customers()[0]["phone"] == "+33142685311"


def test_what_is_owed_and_not_in_the_plan_is_not_sent(world: World) -> None:
    guid = linked(world)
    file = planned(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    world.nicoka.faults.append(Fault(kind="status", method="POST", status=422, times=1))
    world.sync()
    world.forget_calls()
    report = world.sync(plan=file)
    assert not any(world.writes().values())
    assert "it is owed since run" in said(report)[0]
    world.sync()
    assert world.customers()[0]["phone"] == "+33142685311"


# ---- files that are not for here ------------------------------------------------------------------------------------


def by_hand(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("+33142685311", "+33142685399"), encoding="utf-8")


def cut_off(file: Path) -> None:
    file.write_text("\n".join(file.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")


def of_the_future(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace('"mapper_plan":1', '"mapper_plan":2'), encoding="utf-8")


def without_a_word(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace('"kind":', '"kinds":'), encoding="utf-8")


def no_plan(file: Path) -> None:
    file.write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (by_hand, "was changed or cut off since it was made"),
        (cut_off, "was changed or cut off since it was made"),
        (without_a_word, "was changed or cut off since it was made"),
        (of_the_future, "was written by another version of mapper"),
        (no_plan, "is no plan file"),
        (Path.unlink, "cannot be read"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(world: World, change: Callable[[Path], None], words: str) -> None:
    guid = linked(world)
    world.koban.edit("ncThird", guid, {"Phone": "01 42 68 53 11"})
    file = planned(world)
    change(file)
    with pytest.raises(UsageError, match=words):
        world.sync(plan=file)


def test_a_plan_of_another_account_is_refused(world: World) -> None:
    file = planned(world)
    world.write("mapper.yaml", PROJECT.replace("127.0.0.1:8402/api", "127.0.0.1:8499/api"))
    with pytest.raises(UsageError, match="another account or resource of nicoka"):
        world.sync(plan=file)


def test_a_plan_of_another_mapping_is_refused(world: World) -> None:
    file = planned(world)
    text = (Path(__file__).parents[2] / "mappings" / "company.yaml").read_text(encoding="utf-8")
    world.write("mappings/company.yaml", text.replace("conflict: koban", "conflict: newest"))
    with pytest.raises(UsageError, match="another mapping or connector of 'company'"):
        world.sync(plan=file)


def test_a_plan_of_another_entity_is_refused(world: World) -> None:
    file = planned(world)
    with pytest.raises(UsageError, match="holds no plan of 'person'"):
        world.sync("person", plan=file)


# ---- what it costs --------------------------------------------------------------------------------------------------


def test_the_time_of_a_plan_is_that_of_its_calls_at_the_vendors_limit(world: World) -> None:
    head, nicoka, rest = PROJECT.partition("  nicoka:")
    world.write("mapper.yaml", head + nicoka + rest.replace("per_second: 0", "per_second: 2", 1))
    for number in range(3):
        world.company(f"Company {number}")
    assert world.plan().cost["nicoka"] == {"calls": 3.0, "seconds": 1.5}


@pytest.mark.parametrize("kind", ["creates", "updates", "lists"])
def test_the_calls_that_a_plan_tells_are_those_that_the_sync_makes(world: World, kind: str) -> None:
    guids = [world.company(f"Company {number}", sector="Énergie", interests=["Cuisine"]) for number in range(3)]
    if kind != "creates":
        world.sync()
        for guid in guids:
            changed = {"Phone": "01 42 68 53 11"} if kind == "updates" else {"Tags": []}
            world.koban.edit("ncThird", guid, changed)
    world.forget_calls()
    report = world.plan()
    read = {name: len(sandbox.calls) for name, sandbox in world.sandboxes.items()}
    world.forget_calls()
    world.sync()
    made = {name: len(sandbox.calls) - read[name] for name, sandbox in world.sandboxes.items()}
    assert {side: int(cost["calls"]) for side, cost in report.cost.items()} == {k: v for k, v in made.items() if v}
