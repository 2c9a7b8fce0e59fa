"""The story of one record: everything that runs did with it, and why, as the state tells it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.errors import RemoteError, UsageError
from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from mapper.sync.setaside import drop, rows
from mapper.sync.sidestory import SideStory
from mapper.sync.story import Story, story
from tests.sync.world import World

SIRET = "73282932000074"


def told(world: World, key: Any, entity: str = "company", side: str | None = None) -> Story:
    with world.project() as project:
        return story(project, entity, str(key), side)


def on(found: Story, side: str) -> SideStory:
    return next(each for each in found.sides if each.side == side)


def refusal(world: World, key: str, entity: str = "company", side: str | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        told(world, key, entity, side)
    return str(caught.value)


def refuse(world: World, system: str, status: int = 422, times: int = 1) -> None:
    world.sandboxes[system].faults.append(Fault("status", method="POST", status=status, times=times))


def with_mapping(world: World, old: str, new: str) -> None:
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    assert old in text
    world.write("mappings/company.yaml", text.replace(old, new))


# ---- on each side -------------------------------------------------------------------------------------------------


def test_each_side_says_how_its_record_came_to_the_link(world: World) -> None:
    guid = world.company("ACME")
    world.sync()
    found = told(world, guid)
    assert (found.state, found.why) == ("linked", "")
    assert [each.state for each in found.sides] == ["linked"] * 3
    assert on(found, "koban").why == "the link began with it in run 1"
    assert on(found, "nicoka").why == f"created by run 1 from koban {guid}"


def test_a_record_that_was_there_says_by_which_rule_it_was_found(world: World) -> None:
    guid = world.company("ACME", siret=SIRET)
    number = world.nicoka.add("customers", {"name1": "Acme SA", "identification_number": SIRET})
    world.sync()
    assert on(told(world, number), "nicoka").why == f"was there already: the same siret as koban {guid}"


def test_a_link_that_a_person_made_began_with_no_run(world: World) -> None:
    guid = world.company("ACME")
    number = str(world.nicoka.add("customers", {"name1": "Other", "zipcode": "75001"}))
    link = "00000000011760000000"
    both = (("koban", guid), ("nicoka", number))
    with world.project() as project:
        common = {"entity": "company", "link": link, "digest": None, "base": "{}"}
        project.store.save_records([{**common, "side": side, "key": key} for side, key in both])
    found = told(world, guid)
    assert (found.state, found.link, found.runs) == ("linked", link, ())
    assert on(found, "nicoka").why.endswith("or linked by a person")


def test_a_side_that_is_only_read_has_no_record_for_that_reason(world: World) -> None:
    with_mapping(world, "cirrus: {resource: accounts,", "cirrus: {resource: accounts, role: source,")
    guid = world.company()
    world.sync()
    side = on(told(world, guid), "cirrus")
    assert (side.key, side.state, side.why) == (None, "not written", "it is only read from (role: source)")


def test_a_side_that_does_not_accept_the_record_names_its_rule(world: World) -> None:
    with_mapping(world, "cirrus: {resource: accounts,", "cirrus: {resource: accounts, accepts: '{{ siret }}',")
    guid = world.company()
    world.sync()
    side = on(told(world, guid), "cirrus")
    assert (side.state, side.why) == ("not accepted", "the side does not accept it: accepts: {{ siret }}")


def test_a_record_outside_the_filter_is_left_alone(world: World) -> None:
    guid = world.company()
    world.sync()
    account = world.cirrus_accounts()[0]["id"]
    world.cirrus.edit("accounts", account, {"active": 0})
    world.sync()
    side = on(told(world, guid), "cirrus")
    assert (side.key, side.state) == (str(account), "left alone")


def test_a_side_whose_create_was_refused_says_so_in_the_vendors_words(world: World) -> None:
    guid = world.company()
    refuse(world, "nicoka")
    world.sync()
    side = on(told(world, guid), "nicoka")
    assert (side.key, side.state) == (None, "failed")
    assert side.why.startswith("its create failed in run 1, and is in quarantine (refused): nicoka customers.create")


def test_a_side_whose_create_a_person_gave_up_says_so(world: World) -> None:
    guid = world.company()
    refuse(world, "nicoka")
    world.sync()
    with world.project() as project:
        drop(project.store, rows(project.store, [1]), project.clock())
    side = on(told(world, guid), "nicoka")
    assert (side.state, side.why) == ("given up", "a person gave up its create of run 1")


def test_a_create_that_could_not_be_sent_waits_for_the_next_sync(world: World) -> None:
    guid = world.company()
    refuse(world, "nicoka", status=401, times=9)
    with pytest.raises(RemoteError):
        world.sync()
    found = told(world, guid)
    assert on(found, "nicoka").why == "its create is owed since run 1: the next sync sends it"
    assert {(write.side, write.status) for write in found.owed} == {("nicoka", "owed"), ("cirrus", "owed")}


def test_a_side_that_the_mapping_no_longer_has_is_told(world: World) -> None:
    guid = world.company()
    world.sync()
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    head = text.split("fields:")[0].replace('  cirrus: {resource: accounts, where: "{{ active == 1 }}"}\n', "")
    world.write("mappings/company.yaml", head + "fields:\n  name: {koban: Label, nicoka: name1, required: true}\n"
                "  siret: {type: siret, koban: OfficialNumber}\n  vat: {type: vat, koban: Vat}\n"
                "  zip: {koban: Address.ZipCode}\n")  # fmt: skip
    assert on(told(world, guid), "cirrus").state == "no such side"


def test_a_create_whose_answer_a_killed_run_never_saw_is_looked_for_first(world: World) -> None:
    guid = world.company()
    refuse(world, "nicoka")
    world.sync()
    with world.project() as project:
        project.store.mark([1], status="sent")
    side = on(told(world, guid), "nicoka")
    assert (side.state, side.why.endswith("(planned by run 1): the next sync looks for it first")) == ("waits", True)


@pytest.mark.parametrize("system", ["koban", "nicoka"])
def test_a_record_that_is_not_linked_any_more_is_still_told(world: World, system: str) -> None:
    guid = world.company()
    world.sync()
    key = str(world.customers()[0]["id"]) if system == "nicoka" else guid
    with world.project() as project:
        project.store.forget("company", system, key)
    side = on(told(world, "cirrus:" + str(world.cirrus_accounts()[0]["id"])), system)
    assert (side.state, side.key) == ("gone", key)
    assert on(told(world, key), system).state == "gone"


def test_a_failed_create_is_told_even_where_its_origin_is_not_known_any_more(world: World) -> None:
    guid = world.company()
    refuse(world, "cirrus")
    world.sync()
    with world.project() as project:
        project.store.forget("company", "koban", guid)
    assert on(told(world, f"nicoka:{world.customers()[0]['id']}"), "cirrus").state == "failed"


def test_a_record_of_a_side_that_is_only_written_to_waits_to_be_matched(world: World) -> None:
    with_mapping(world, "cirrus: {resource: accounts,", "cirrus: {resource: accounts, role: target,")
    number = world.cirrus.add("accounts", {"name": "Alone"})
    world.sync()
    found = told(world, f"cirrus:{number}")
    assert (found.state, on(found, "cirrus").state, on(found, "koban").state) == ("unlinked", "unlinked", "none")
    assert found.why == "cirrus is only written to (role: target), and no record of another side has matched it"


def test_a_record_that_was_not_asked_for_says_what_looks_at_it_again(world: World) -> None:
    number = world.nicoka.add("customers", {"name1": "Waits", "zipcode": "75001"})
    world.company()
    world.sync(sources=("koban",))
    found = told(world, f"nicoka:{number}")
    assert found.state == "unlinked"
    assert "`mapper sync company --full` looks at it again" in found.why


def test_twins_say_which_record_is_the_other(world: World) -> None:
    guid = world.company("ACME", siret=SIRET)
    other = world.company("Acme again", siret=SIRET)
    world.sync()
    assert told(world, guid).why == (
        f"it is in quarantine (ambiguous): koban holds another record with the same siret ({other}); "
        "merge them there, or make them differ"
    )


# ---- the runs -----------------------------------------------------------------------------------------------------


def test_runs_that_touched_the_record_are_told_oldest_first(world: World) -> None:
    guid = world.company("ACME", email="old@acme.example")
    world.sync()
    world.sync()
    world.koban.edit("ncThird", guid, {"EMail": "new@acme.example"})
    world.sync()
    assert [(step.run, step.kind, step.outcome) for step in told(world, guid).runs] == [
        (1, "sync", "done"),
        (3, "sync", "done"),
    ]


def test_an_update_is_told_field_by_field_with_its_reason(world: World) -> None:
    guid = world.company("ACME", email="old@acme.example")
    world.sync()
    world.nicoka.edit("customers", world.customers()[0]["id"], {"email": "new@acme.example"})
    world.sync()
    step = told(world, guid).runs[-1]
    write = next(write for write in step.writes if write.side == "koban")
    assert (write.kind, write.key, write.status, write.reason) == ("update", guid, "done", "from nicoka")
    assert [(field.name, field.after) for field in write.fields] == [("email", "new@acme.example")]
    assert step.read == (f"nicoka {world.customers()[0]['id']}",)


@pytest.mark.parametrize("first", ["old@acme.example", None])
@pytest.mark.parametrize("side", ["nicoka", "cirrus"])
def test_a_value_before_is_told_whether_the_side_was_read_or_not(world: World, first: str | None, side: str) -> None:
    guid = world.company("ACME", **({"email": first} if first else {}))
    world.sync()
    world.koban.edit("ncThird", guid, {"EMail": "new@acme.example"})
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": "+33142685300"})
    world.sync()
    write = next(write for write in told(world, guid).runs[-1].writes if write.side == side)
    field = next(field for field in write.fields if field.name == "email")
    assert (field.before, field.after, field.known) == (first, "new@acme.example", True)


def test_a_write_that_a_later_run_sent_stands_in_both_runs(world: World) -> None:
    guid = world.company()
    refuse(world, "nicoka")
    world.sync()
    world.sync()
    first, second = told(world, guid).runs
    write = next(write for write in first.writes if write.side == "nicoka")
    assert (write.status, write.run, write.done_by, write.attempts) == ("done", 1, 2, 1)
    assert (first.settled, second.writes, second.settled) == ((), (), (write.number,))


def test_nothing_is_owed_once_everything_is_written(world: World) -> None:
    guid = world.company()
    world.sync()
    assert told(world, guid).owed == ()


def test_what_a_plan_would_do_is_told_and_is_not_owed(world: World) -> None:
    guid = world.company()
    world.plan()
    found = told(world, guid)
    assert (found.state, found.why) == ("planned", "no sync has taken it up yet: `mapper sync company` links it")
    assert [write.status for write in found.runs[0].writes] == ["draft", "draft"]
    assert (on(found, "nicoka").state, found.owed) == ("planned", ())


def test_only_the_runs_and_writes_of_this_record_are_told(world: World) -> None:
    guid = world.company("ACME")
    world.sync()
    other = world.company("Beta", zip="75001")
    world.sync()
    assert [step.run for step in told(world, guid).runs] == [1]
    assert {write.title for step in told(world, other).runs for write in step.writes} == {"Beta"}


def test_a_link_in_a_field_is_told_as_the_record_behind_it(world: World) -> None:
    guid = world.company("ACME")
    person = world.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, guid)
    world.sync("company")
    world.sync("person")
    link = told(world, guid).link
    assert dict(told(world, person, "person").references).keys() == {link}
    assert told(world, person, "person").references[link or ""].startswith("company ")


# ---- the quarantine -----------------------------------------------------------------------------------------------


def test_a_record_that_does_not_fit_is_known_and_says_why_it_is_not_linked(world: World) -> None:
    guid = world.company("Bad", siret="12345678900011")
    world.sync()
    found = told(world, guid)
    assert (found.state, found.title, on(found, "koban").state) == ("unlinked", "Bad", "unlinked")
    assert found.why == "it is in quarantine (rule): siret: '12345678900011' is not a valid SIRET number"
    assert on(found, "nicoka").why == "nothing is written before the record is linked"


def test_a_quarantine_entry_has_its_first_and_last_sighting(world: World) -> None:
    guid = world.company("Bad", siret="12345678900011")
    world.sync()
    world.sync()
    found = told(world, guid)
    entry = found.quarantine[0]
    assert (entry.cause, entry.first_run, entry.last_run, entry.attempts) == ("rule", 1, 2, 2)
    assert entry.last_seen - entry.first_seen == 60
    assert [step.set_aside for step in found.runs] == [(entry.number,), ()]


def test_a_linked_record_in_conflict_stays_linked_and_shows_the_conflict(world: World) -> None:
    with_mapping(world, "conflict: koban", "conflict: quarantine")
    guid = world.company("ACME", email="old@acme.example")
    world.sync()
    world.koban.edit("ncThird", guid, {"EMail": "k@acme.example"})
    world.nicoka.edit("customers", world.customers()[0]["id"], {"email": "n@acme.example"})
    world.sync()
    found = told(world, guid)
    assert [(each.side, each.state) for each in found.sides] == [
        ("koban", "quarantined"),
        ("nicoka", "quarantined"),
        ("cirrus", "linked"),
    ]
    assert "in quarantine (conflict): email: was changed on several sides" in on(found, "koban").why


def test_who_waits_for_a_record_is_told_with_the_record_and_with_the_one_that_waits(world: World) -> None:
    guid = world.company("Bad", siret="12345678900011")
    person = world.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, guid)
    world.sync("company")
    world.sync("person")
    assert [(entry.entity, entry.key) for entry in told(world, guid).waiting_for_it] == [("person", person)]
    assert told(world, person, "person").quarantine[0].needs == f"company/koban/{guid}"


# ---- which record is meant ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{nicoka}", "nicoka:{nicoka}", "{link}", "link:{link}", "{guid}"])
def test_the_record_is_found_by_any_of_its_names(world: World, form: str) -> None:
    guid = world.company()
    world.sync()
    link = told(world, guid).link
    key = form.format(nicoka=world.customers()[0]["id"], link=link, guid=guid)
    assert (told(world, key).link, len(told(world, key).runs)) == (link, 1)


def test_a_key_that_two_sides_have_must_be_told_apart(world: World) -> None:
    world.cirrus.add("accounts", {"name": "From the third"})
    world.sync()
    key = next(str(row["id"]) for row in world.cirrus_accounts() if row["name"] == "From the third")
    with world.project() as project:
        row = {"entity": "company", "side": "nicoka", "key": key, "link": None, "digest": None, "base": "{}"}
        project.store.save_records([row])
    assert refusal(world, key) == (
        f"several sides have a company with the key '{key}': cirrus, nicoka (say which with --side)"
    )
    assert told(world, key, side="cirrus").title == "From the third"
    assert told(world, f"cirrus:{key}").side == "cirrus"


def test_before_any_sync_the_first_thing_to_do_is_one(world: World) -> None:
    assert refusal(world, "4711") == (
        "nothing is known of the company '4711' (no sync of company has been done yet: run `mapper sync company` first)"
    )


def test_of_an_unknown_key_the_nearest_is_named(world: World) -> None:
    guid = world.company()
    world.sync()
    assert refusal(world, guid[:-1] + "z").endswith(f"(did you mean koban:{guid}?)")


def test_a_key_of_another_side_than_the_named_one_is_told(world: World) -> None:
    guid = world.company()
    world.sync()
    assert refusal(world, guid, side="cirrus").endswith(f"(this key is known on another side: koban:{guid})")


def test_a_key_of_another_entity_is_told(world: World) -> None:
    guid = world.company()
    world.sync()
    assert refusal(world, guid, "person").endswith(
        f"(there is a company with this key: mapper why company koban:{guid})"
    )


def test_who_gives_a_name_instead_of_a_key_is_told_the_keys(world: World) -> None:
    world.company("ACME", siret=SIRET)
    world.sync()
    assert f"records whose names begin so: cirrus:{world.cirrus_accounts()[0]['id']}, " in refusal(world, "acme")


def test_a_side_that_the_mapping_has_not_is_wrong_use(world: World) -> None:
    assert refusal(world, "4711", side="kobn") == "the mapping of company has no side 'kobn' (did you mean 'koban'?)"
