"""What a run finds otherwise than before: told before anything is written, stopped where the mapping says so."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mapper.errors import GuardError, SpecError
from mapper.sandbox.cirrus import Cirrus
from mapper.spec.load import shipped
from mapper.sync.report import Report
from tests.sync.world import PROJECT, World

STATUSES = "values/202"
SECTOR = "secteur: {id: 5583bc220dc3610a94746d3b, type: list}"


def mapping(world: World, expect: str = "", *edits: tuple[str, str]) -> None:
    """The shipped mapping of companies in the project, with what it expects."""
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    for old, new in (("fields:\n", f"expect: {expect}\n\nfields:\n" if expect else "fields:\n"), *edits):
        assert old in text
        text = text.replace(old, new, 1)
    world.write("mappings/company.yaml", text)


def filled(world: World, expect: str = "", count: int = 4) -> World:
    mapping(world, expect)
    for number in range(count):
        world.company(f"ACME {number}", email=f"a{number}@acme.example")
    world.sync()
    return world


def leave(world: World, count: int) -> None:
    """Take companies from the second system, as another administrator would."""
    for row in world.customers()[count:]:
        world.nicoka.remove("customers", row["id"])


def told(report: Report, *kinds: str) -> list[str]:
    return [warned.message for warned in report.warnings if not kinds or warned.kind in kinds]


def stopped(world: World, **options: Any) -> str:
    with pytest.raises(GuardError) as caught:
        world.sync(**options)
    assert caught.value.flag == "--allow-unexpected"
    return str(caught.value.args[0])


def list_values(world: World, number: str, **values: str) -> None:
    """The values of a list of the second system from now on, with those that it has."""
    world.nicoka.account.lists[number] = {**world.nicoka.account.lists[number], **values}


# ---- lists and custom fields --------------------------------------------------------------------------------------


def test_a_new_list_value_that_the_table_does_not_know_is_told_with_its_row(world: World) -> None:
    filled(world)
    list_values(world, "202", **{"77": "VIP"})
    [warned] = world.sync().warnings
    assert warned.message == "nicoka list values/202: new value 'VIP' unknown to the table, row status"
    assert warned.place.endswith("mappings/company.yaml:30:3")


def test_it_is_told_before_anything_is_written(world: World, caplog: pytest.LogCaptureFixture) -> None:
    filled(world)
    list_values(world, "202", **{"77": "VIP"})
    world.company("New")
    calls: list[str] = []
    world.before_call = lambda: calls.append(world.writes()["nicoka"]) if "VIP" in caplog.text else None
    world.forget_calls()
    with caplog.at_level(logging.WARNING, "mapper"):
        world.sync()
    assert calls and calls[0] == 0


def test_it_is_told_once(world: World) -> None:
    filled(world)
    list_values(world, "202", **{"77": "VIP"})
    assert told(world.sync()) and not told(world.sync())


def test_a_plan_tells_it_and_leaves_it_to_the_sync_to_be_told_again(world: World) -> None:
    filled(world)
    list_values(world, "202", **{"77": "VIP"})
    assert told(world.plan()) == told(world.sync()) != []


def test_a_value_that_is_taken_by_its_label_is_told_as_new_and_no_more(world: World) -> None:
    filled(world)
    list_values(world, "143", **{"999": "Espace"})
    assert told(world.sync()) == ["nicoka list values/143: new value 'Espace', row sector"]


def test_a_value_that_is_gone_is_told(world: World) -> None:
    list_values(world, "143", **{"999": "Espace"})
    filled(world)
    del world.nicoka.account.lists["143"]["999"]
    assert told(world.sync()) == ["nicoka list values/143: the value is gone: 'Espace', row sector"]


def test_a_value_with_another_label_is_told(world: World) -> None:
    list_values(world, "143", **{"999": "Espace"})
    filled(world)
    list_values(world, "143", **{"999": "Spatial"})
    assert told(world.sync()) == [
        "nicoka list values/143: the value 999 was 'Espace', and is 'Spatial' now, row sector"
    ]


def test_of_many_new_values_five_are_named(world: World) -> None:
    filled(world)
    list_values(world, "143", **{str(n): f"Neu {n}" for n in range(900, 907)})
    names = ", ".join(f"'Neu {n}'" for n in range(900, 905))
    assert told(world.sync()) == [f"nicoka list values/143: new values {names} and 2 more, row sector"]


BY_LABEL = "    cirrus: tags\n    values: by label\n"
KITCHEN = "    cirrus: tags\n    values: {kitchen: {koban: Cuisine, nicoka: Cuisine, cirrus: Cuisine}}\n"


def tagged(world: World, *tags: int) -> None:
    """Give the company of the third system these tags; no request lists what tags there are."""
    [account, *_] = world.cirrus_accounts()
    world.cirrus.edit("accounts", account["id"], {"tags": [{"id": tag} for tag in tags]})


def learnt(world: World, *edits: tuple[str, str]) -> None:
    """A company in three systems, of which the last one's tags are known from its records only."""
    world.cirrus = Cirrus(clock=world.clock, tag_carrier=False)
    mapping(world, "", *edits)
    world.company("ACME")
    world.sync()
    tagged(world, 101)
    world.sync()


def test_a_value_that_only_records_show_is_told_where_the_table_does_not_know_it(world: World) -> None:
    learnt(world, (BY_LABEL, KITCHEN))
    tagged(world, 101, 104)
    words = ["cirrus list tags: new value 'Jardinage' unknown to the table, row interests"]
    assert [told(world.plan()), told(world.sync()), told(world.sync())] == [words, words, []]
    tagged(world, 101)
    assert told(world.sync()) == []
    tagged(world, 104)
    assert told(world.sync()) == []


def test_a_value_that_only_records_show_is_none_of_the_business_of_a_row_that_takes_labels(world: World) -> None:
    learnt(world)
    tagged(world, 101, 104)
    assert told(world.sync()) == []


def test_a_custom_field_of_another_type_is_told(world: World) -> None:
    filled(world)
    assert SECTOR in PROJECT
    world.write("mapper.yaml", PROJECT.replace(SECTOR, "secteur: {id: 5583bc220dc3610a94746d3b, type: text}"))
    assert told(world.sync()) == [
        "koban the custom field MoreFields.secteur: type list is text now, row sector",
    ]


def test_a_list_that_changed_stops_the_run_where_the_mapping_says_so_until_it_is_let_go_on(world: World) -> None:
    filled(world, "{stop: [lists]}")
    list_values(world, "202", **{"77": "VIP"})
    words = "nicoka list values/202: new value 'VIP' unknown to the table, row status"
    assert stopped(world) == words
    assert stopped(world) == words
    assert told(world.sync(allowed=("unexpected",))) == [words]
    assert told(world.sync()) == []


# ---- expectations -------------------------------------------------------------------------------------------------


def test_a_side_that_gives_no_record_is_told_although_none_is_linked(world: World) -> None:
    mapping(world, "{read: some}")
    assert told(world.sync()) == [
        f"{side} gave no record that the mapping is about (expect: read: some)"
        for side in ("koban", "nicoka", "cirrus")
    ]


def test_records_that_the_mapping_leaves_alone_are_none(world: World) -> None:
    mapping(world, "{read: some}", ("fields:\n", "filter: \"{{ name != 'ACME' }}\"\nfields:\n"))
    world.company("ACME")
    assert "koban gave no record that the mapping is about (expect: read: some)" in told(world.sync())


def test_an_incremental_reading_may_give_none(world: World) -> None:
    filled(world, "{read: some}")
    assert told(world.sync()) == []


def test_a_volume_that_falls_stops_before_anything_is_written(world: World) -> None:
    filled(world, "{volume: 30%, over: 1, stop: [volume]}", 10)
    world.sync(full=True)
    leave(world, 6)
    world.company("New")
    world.forget_calls()
    assert stopped(world, full=True) == "nicoka gave 6 records, the last one gave 10 (expect: volume: 30%)"
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


def test_a_volume_is_compared_with_the_mean_of_the_last_readings(world: World) -> None:
    filled(world, "{volume: 30%, over: 2}", 10)
    world.sync(full=True)
    world.sync(full=True)
    leave(world, 6)
    words = ["nicoka gave 6 records, the mean of the last 2 readings is 10 (expect: volume: 30%)"]
    assert told(world.sync(full=True)) == words
    assert told(world.sync(full=True)) == []


def test_a_volume_that_falls_by_less_is_well(world: World) -> None:
    filled(world, "{volume: 30%}", 10)
    world.sync(full=True)
    leave(world, 7)
    assert told(world.sync(full=True)) == []


def test_nothing_to_write_for_a_number_of_runs_is_told_from_then_on_until_something_moves(world: World) -> None:
    filled(world, "{unchanged: 2}")
    words = "nothing was to be written for {} runs in a row (expect: unchanged: 2)"
    assert [told(world.sync()) for _ in range(3)] == [[], [words.format(2)], [words.format(3)]]
    world.company("New")
    assert told(world.sync()) == []


def test_a_plan_is_no_run_without_anything_to_write(world: World) -> None:
    filled(world, "{unchanged: 1}")
    assert told(world.plan()) == []


def emptied(world: World, count: int) -> None:
    for row in world.accounts()[:count]:
        world.koban.edit("ncThird", row["Guid"], {"EMail": None})


def test_a_field_that_is_suddenly_mostly_empty_stops_the_run(world: World) -> None:
    filled(world, "{filled: {email: 20%}, stop: [filled]}", 10)
    emptied(world, 3)
    words = "koban: email has a value in 70% of the records, it was 100% (expect: filled: email: 20%)"
    assert stopped(world, full=True) == words
    assert all(row["email"] for row in world.customers())
    assert told(world.sync(full=True, allowed=("unexpected",))) == [words]


def test_a_field_that_is_emptied_a_little_is_well(world: World) -> None:
    filled(world, "{filled: {email: 20%}}", 10)
    emptied(world, 2)
    assert told(world.sync(full=True), "filled") == []


def test_any_field_can_be_watched_with_a_limit_of_its_own_for_one(world: World) -> None:
    filled(world, '{filled: {"*": 20%, email: 60%}}', 10)
    for row in world.accounts()[:5]:
        world.koban.edit("ncThird", row["Guid"], {"EMail": None, "Address": {**row["Address"], "City": None}})
    assert told(world.sync(full=True), "filled") == [
        "koban: city has a value in 50% of the records, it was 100% (expect: filled: city: 20%)"
    ]


def test_an_incremental_reading_says_nothing_of_how_much_is_filled(world: World) -> None:
    filled(world, "{filled: {email: 20%}, volume: 20%}", 10)
    emptied(world, 8)
    assert told(world.sync()) == []


def test_the_list_of_runs_keeps_what_was_told(world: World) -> None:
    mapping(world, "{read: some}")
    report = world.sync()
    with world.project() as project:
        kept = project.store.runs()[0]["warnings"]
    assert all(warned.message in kept for warned in report.warnings)


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ("{volume: 30}", "'30' is no share (write one such as 25%)"),
        ("{filled: {email: most}}", "'most' is no share (write one such as 25%)"),
        ("{filled: {emial: 20%}}", "the mapping has no field 'emial' (did you mean 'email'?)"),
        ("{over: 99}", "'over' is a number of runs from 1 to 50"),
        ("{stop: [volume]}", "'volume' is to stop the run, but nothing is expected of it (say it, as in"),
        ("{unchanged: 0}", "'unchanged' is a number of runs from 1 to 1000000"),
    ],
)
def test_an_expectation_of_nothing_is_a_problem_of_the_file(world: World, expect: str, words: str) -> None:
    mapping(world, expect)
    with pytest.raises(SpecError) as caught:
        world.sync()
    assert words in str(caught.value)
