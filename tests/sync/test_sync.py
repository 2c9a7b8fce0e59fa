"""The main job: one mapping keeps three systems alike."""

from __future__ import annotations

import pytest

from mapper.errors import AuthFailed, GuardError, Locked
from mapper.sandbox.base import Fault
from mapper.state import exclusive
from tests.sync.world import PROJECT, World

SIRET = "73282932000074"


def silent(world: World, entity: str = "company") -> bool:
    """Whether a further run writes nothing."""
    world.forget_calls()
    world.sync(entity)
    return world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


def test_first_run_creates_each_company_once_in_the_other_systems(world: World) -> None:
    for number in range(3):
        world.company(f"Company {number}")
    report = world.sync()
    assert [len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())] == [3, 3, 3]
    assert {side: (c.created, c.updated) for side, c in report.sides.items()} == {
        "koban": (0, 0),
        "nicoka": (3, 0),
        "cirrus": (3, 0),
    }


def test_values_arrive_in_the_forms_of_each_system(world: World) -> None:
    world.company("ACME", siret=SIRET, phone="01 42 68 53 00", sector="Énergie", interests=["Cuisine"], country="SE")
    world.sync()
    customer, account = world.customers()[0], world.cirrus_accounts()[0]
    assert (customer["identification_number"], customer["phone"], customer["country"]) == (SIRET, "+33142685300", "SE")
    assert (customer["industry"], customer["tags"]) == (119, '["1"]')
    assert account["addresses"]["visiting"]["country"] == "Sverige"
    assert account["dynamicfields"]["Bransch"] == "Énergie"
    assert [tag["name"] for tag in account["tags"]] == ["Cuisine"]


def test_second_run_writes_nothing(world: World) -> None:
    for number in range(5):
        world.company(f"Company {number}", sector="Santé", interests=["Cuisine", "Poterie"])
    world.sync()
    assert silent(world)


def test_a_plan_writes_nothing_and_moves_no_cursor(world: World) -> None:
    world.company()
    report = world.plan()
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
    assert (report.sides["nicoka"].created, report.outcome) == (1, "planned")
    assert world.sync().sides["nicoka"].created == 1


def test_a_plan_lists_each_field_with_its_value(world: World) -> None:
    world.company("ACME", siret=SIRET)
    report = world.plan()
    change = next(c for c in world.changes(report.run) if c.side == "nicoka")
    assert {f.name: f.after for f in change.fields}["siret"] == SIRET


def test_an_edit_in_any_system_reaches_the_two_others(world: World) -> None:
    guid = world.company("ACME", siret=SIRET)
    world.sync()
    world.nicoka.edit("customers", world.customers()[0]["id"], {"city": "Paris"})
    world.cirrus.edit("accounts", world.cirrus_accounts()[0]["id"], {"phone": "+33142685300"})
    world.koban.edit("ncThird", guid, {"Website": "https://acme.example"})
    world.sync()
    koban, nicoka, cirrus = world.accounts()[0], world.customers()[0], world.cirrus_accounts()[0]
    assert (koban["Address"]["City"], cirrus["addresses"]["visiting"]["city"]) == ("Paris", "Paris")
    assert (koban["Phone"], nicoka["phone"]) == ("+33142685300", "+33142685300")
    assert (nicoka["website"], cirrus["url"]) == ("https://acme.example", "https://acme.example")
    assert silent(world)


def test_an_update_keeps_what_no_row_maps(world: World) -> None:
    guid = world.company("ACME")
    world.koban.edit("ncThird", guid, {"Address": {"Compl": "3rd floor", "Street": "1 rue X", "City": "Lyon"}})
    world.sync()
    world.nicoka.edit("customers", world.customers()[0]["id"], {"city": "Paris"})
    world.sync()
    assert world.accounts()[0]["Address"]["Compl"] == "3rd floor"
    assert world.accounts()[0]["Address"]["City"] == "Paris"


def test_only_the_changed_field_is_sent(world: World) -> None:
    guid = world.company("ACME", phone="01 42 68 53 00")
    world.sync()
    world.koban.edit("ncThird", guid, {"Website": "https://acme.example"})
    report = world.sync()
    changed = {c.side: [f.name for f in c.fields] for c in world.changes(report.run)}
    assert changed == {"nicoka": ["website"], "cirrus": ["website"]}


def test_clearing_a_field_clears_it_everywhere(world: World) -> None:
    world.company("ACME", phone="01 42 68 53 00")
    world.sync()
    world.nicoka.edit("customers", world.customers()[0]["id"], {"phone": None})
    world.sync()
    assert not world.accounts()[0]["Phone"]
    assert not world.cirrus_accounts()[0]["phone"]
    assert silent(world)


def test_tags_added_and_removed_on_different_sides_are_merged(world: World) -> None:
    guid = world.company("ACME", interests=["Cuisine", "Poterie"])
    world.sync()
    tags = [{"TagCategoryCode": "INTERET", "Label": label} for label in ("Cuisine", "Poterie", "Bricolage")]
    world.koban.edit("ncThird", guid, {"Tags": tags})
    account = world.cirrus_accounts()[0]
    kept = [tag["id"] for tag in account["tags"] if tag["name"] != "Cuisine"]
    world.cirrus.edit("accounts", account["id"], {"tags": [{"id": ident} for ident in kept]})
    world.sync()
    assert sorted(tag["Label"] for tag in world.accounts()[0]["Tags"]) == ["Bricolage", "Poterie"]
    assert sorted(tag["name"] for tag in world.cirrus_accounts()[0]["tags"]) == ["Bricolage", "Poterie"]
    assert silent(world)


def test_a_dynamic_field_edited_by_a_person_reaches_the_others(world: World) -> None:
    world.company("ACME", sector="Santé")
    world.sync()
    world.cirrus.set_dynamic("account", world.cirrus_accounts()[0]["id"], "Bransch", "Commerce")
    world.sync()
    labels = {value["FieldId"]: value["Value"] for value in world.accounts()[0]["MoreFields"]}
    assert labels["5583bc220dc3610a94746d3b_lb"] == "Commerce"
    assert silent(world)


def test_records_that_exist_on_both_sides_are_linked_not_doubled(world: World) -> None:
    world.company("ACME", siret=SIRET)
    world.nicoka.add("customers", {"name1": "Acme SA", "identification_number": SIRET, "city": "Lyon"})
    world.sync()
    assert (len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())) == (1, 1, 1)
    assert world.customers()[0]["name1"] == "ACME"
    assert silent(world)


def test_a_stronger_rule_tells_records_apart_that_a_weaker_one_would_join(world: World) -> None:
    world.company("ACME", siret=SIRET)
    world.nicoka.add("customers", {"name1": "ACME", "zipcode": "69001", "identification_number": "35600000000048"})
    world.sync()
    assert len(world.customers()) == 2


def test_two_candidates_are_left_to_a_person(world: World) -> None:
    world.company("ACME", siret=SIRET)
    for _ in range(2):
        world.nicoka.add("customers", {"name1": "Acme", "identification_number": SIRET})
    report = world.sync()
    assert len(world.accounts()) == 1
    assert [cause for _, cause, _ in world.causes()] == ["ambiguous"] * 3
    assert report.exit_code == 3


def test_one_named_source_changes_nothing_in_itself(world: World) -> None:
    world.company("ACME")
    world.nicoka.add("customers", {"name1": "Only here", "zipcode": "75001"})
    world.sync(sources=("koban",))
    assert [row["Label"] for row in world.accounts()] == ["ACME"]


def test_what_one_run_was_not_asked_for_the_next_run_does(world: World) -> None:
    world.company("ACME")
    world.nicoka.add("customers", {"name1": "Only here", "zipcode": "75001"})
    world.sync(sources=("koban",))
    world.sync()
    assert sorted(row["Label"] for row in world.accounts()) == ["ACME", "Only here"]


def test_an_edit_on_a_side_that_was_not_asked_is_not_lost(world: World) -> None:
    world.company("ACME")
    world.sync()
    world.nicoka.edit("customers", world.customers()[0]["id"], {"city": "Paris"})
    world.sync(sources=("koban",))
    assert world.accounts()[0]["Address"]["City"] == "Lyon"
    world.sync()
    assert world.accounts()[0]["Address"]["City"] == "Paris"


def conflict(world: World) -> None:
    guid = world.company("ACME", email="old@acme.example")
    world.sync()
    world.koban.edit("ncThird", guid, {"EMail": "k@acme.example"})
    world.nicoka.edit("customers", world.customers()[0]["id"], {"email": "n@acme.example"})


def with_conflict(world: World, rule: str) -> None:
    from mapper.spec.load import shipped

    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    world.write("mappings/company.yaml", text.replace("conflict: koban", f"conflict: {rule}"))


def test_a_named_side_wins_a_conflict(world: World) -> None:
    conflict(world)
    world.sync()
    assert world.customers()[0]["email"] == "k@acme.example"


def test_a_conflict_without_a_rule_is_left_to_a_person_and_nothing_is_overwritten(world: World) -> None:
    with_conflict(world, "quarantine")
    conflict(world)
    world.sync()
    assert (world.accounts()[0]["EMail"], world.customers()[0]["email"]) == ("k@acme.example", "n@acme.example")
    assert {(side, cause) for side, cause, _ in world.causes()} == {("koban", "conflict"), ("nicoka", "conflict")}
    world.sync()
    assert (world.accounts()[0]["EMail"], world.customers()[0]["email"]) == ("k@acme.example", "n@acme.example")


def test_a_conflict_ends_when_a_person_makes_the_values_equal(world: World) -> None:
    with_conflict(world, "quarantine")
    conflict(world)
    world.sync()
    world.nicoka.edit("customers", world.customers()[0]["id"], {"email": "k@acme.example"})
    world.sync()
    assert (world.cirrus_accounts()[0]["email"], world.causes()) == ("k@acme.example", [])


def test_the_newest_edit_wins_where_the_clocks_leave_no_doubt(world: World) -> None:
    with_conflict(world, "newest")
    guid = world.company("ACME", email="old@acme.example")
    world.sync()
    world.koban.edit("ncThird", guid, {"EMail": "k@acme.example"})
    world.clock.now += 5 * 3600
    world.nicoka.edit("customers", world.customers()[0]["id"], {"email": "n@acme.example"})
    world.sync()
    assert world.accounts()[0]["EMail"] == "n@acme.example"


def test_the_newest_edit_is_not_guessed_within_the_tolerance_of_the_clocks(world: World) -> None:
    with_conflict(world, "newest")
    conflict(world)
    world.sync()
    assert {cause for _, cause, _ in world.causes()} == {"conflict"}


def test_people_follow_their_company(world: World) -> None:
    guid = world.company("ACME")
    world.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, guid)
    world.sync("company")
    world.sync("person")
    customer = world.customers()[0]["id"]
    assert world.nicoka.data()["contacts"][0]["customerid"] == customer
    assert world.cirrus.data()["contacts"][0]["account"]["id"] == world.cirrus_accounts()[0]["id"]
    assert silent(world, "person")


def test_a_person_waits_for_a_company_that_is_not_linked_yet(world: World) -> None:
    guid = world.company("ACME")
    world.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, guid)
    world.sync("person")
    assert world.nicoka.data()["contacts"][0]["customerid"] is None
    assert [cause for _, cause, _ in world.causes("person")] == ["reference"]
    world.sync("company")
    world.sync("person")
    assert world.nicoka.data()["contacts"][0]["customerid"] == world.customers()[0]["id"]
    assert len(world.cirrus.data()["contacts"]) == 1
    assert world.causes("person") == []


BY_KEY = """\
  company:
    {type: ref, entity: company, koban: {path: Function, keys: nicoka}, nicoka: customerid, cirrus: accountid}
"""


@pytest.fixture
def by_external_key(world: World) -> World:
    """A person's company stands in the first system as the company's key in the second."""
    from mapper.spec.load import shipped

    text = (shipped("mappings") / "person.yaml").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines(keepends=True) if not line.startswith(("  function:", "  company:"))]
    world.write("mappings/person.yaml", "".join(rows).replace("  notes:", BY_KEY + "  notes:"))
    return world


def person_of(world: World, company: str | None) -> str:
    marie = {"first_name": "Marie", "last_name": "Durand", "gender": "F", "email": "marie@acme.example"}
    guid: str = world.koban.add_person(marie, None)
    world.koban.edit("ncContact", guid, {"Function": company})
    return guid


@pytest.mark.parametrize("before", ["", "nicoka:"])
def test_a_reference_by_an_external_key_is_the_key_of_another_side(by_external_key: World, before: str) -> None:
    world = by_external_key
    world.company("ACME")
    world.sync("company")
    customer = world.customers()[0]["id"]
    person_of(world, f"{before}{customer}")
    world.sync("person")
    assert world.nicoka.data()["contacts"][0]["customerid"] == customer
    assert world.causes("person") == []


def test_a_reference_by_an_external_key_is_written_as_the_other_sides_key(by_external_key: World) -> None:
    world = by_external_key
    world.company("ACME")
    world.sync("company")
    customer = world.customers()[0]["id"]
    person_of(world, None)
    world.sync("person")
    world.nicoka.edit("contacts", world.nicoka.data()["contacts"][0]["id"], {"customerid": customer})
    world.sync("person")
    assert [person["Function"] for person in world.koban.data()["ncContact"]] == [str(customer)]


def test_a_reference_by_an_external_key_waits_for_the_record_on_the_other_side(by_external_key: World) -> None:
    world = by_external_key
    customer = world.nicoka.add("customers", {"name1": "ACME", "status": 1})
    person_of(world, str(customer))
    world.sync("person")
    message = f"waits for company {customer} of nicoka, which is not linked"
    assert world.causes("person") == [("koban", "reference", message)]
    world.sync("company")
    world.sync("person")
    assert (world.nicoka.data()["contacts"][0]["customerid"], world.causes("person")) == (customer, [])


def test_a_bad_record_is_set_aside_and_the_rest_goes_on(world: World) -> None:
    world.company("Bad", siret="73282932000075")
    world.company("Good", siret=SIRET)
    report = world.sync()
    assert [row["name1"] for row in world.customers()] == ["Good"]
    assert "73282932000075" in world.causes()[0][2]
    assert (report.sides["koban"].quarantined, report.exit_code) == (1, 3)


def test_a_record_leaves_quarantine_when_it_is_mended(world: World) -> None:
    guid = world.company("Bad", siret="73282932000075")
    world.sync()
    world.koban.edit("ncThird", guid, {"OfficialNumber": SIRET})
    report = world.sync()
    assert (len(world.customers()), world.causes(), report.exit_code) == (1, [], 0)


def test_a_changed_mapping_reads_everything_and_fills_the_new_field(world: World) -> None:
    from mapper.spec.load import shipped

    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    row = "  website: {type: url, koban: Website, nicoka: website, cirrus: url}\n"
    world.write("mappings/company.yaml", text.replace(row, ""))
    world.company("ACME", website="https://acme.example")
    world.sync()
    world.clock.now += 7 * 24 * 3600
    world.sync()
    world.write("mappings/company.yaml", text)
    world.plan()
    world.sync()
    assert world.customers()[0]["website"] == "https://acme.example"


def test_a_second_run_of_the_same_mapping_ends_at_once(world: World) -> None:
    with world.project() as project, exclusive(project.store, "company"), pytest.raises(Locked) as caught:
        world.sync()
    assert caught.value.exit_code == 6


def test_a_side_that_is_suddenly_empty_stops_the_run(world: World) -> None:
    world.company("ACME")
    world.sync()
    world.nicoka.remove("customers", world.customers()[0]["id"])
    with pytest.raises(GuardError, match="nicoka gave no record"):
        world.sync(full=True)
    assert world.accounts()[0]["Label"] == "ACME"


def test_a_wrong_key_names_the_connection_and_the_operation(world: World) -> None:
    world.write("mapper.yaml", PROJECT.replace('"${TOKEN}"', '"${KEY}"'))
    with pytest.raises(AuthFailed, match="nicoka") as caught:
        world.sync()
    assert caught.value.exit_code == 5
    assert "demo-koban-api" not in str(caught.value)


def test_a_refused_record_is_set_aside_with_the_vendors_words(world: World) -> None:
    world.company("ACME", country="FR")
    world.nicoka.faults.append(Fault("status", method="POST", path="customers", status=422))
    report = world.sync()
    assert (report.sides["nicoka"].failed, report.sides["cirrus"].created) == (1, 1)
    assert [(side, cause) for side, cause, _ in world.causes()] == [("nicoka", "refused")]


def test_a_refused_create_is_made_good_by_the_next_edit(world: World) -> None:
    guid = world.company("ACME")
    world.nicoka.faults.append(Fault("status", method="POST", path="customers", status=422))
    world.sync()
    world.koban.edit("ncThird", guid, {"Website": "https://acme.example"})
    world.sync()
    assert [row["website"] for row in world.customers()] == ["https://acme.example"]
    assert world.causes() == []


@pytest.mark.parametrize("kind", ["lost", "lost_reset", "truncated"])
@pytest.mark.parametrize("system", ["koban", "nicoka", "cirrus"])
def test_a_create_whose_answer_was_lost_is_not_made_twice(world: World, system: str, kind: str) -> None:
    if system == "koban":
        world.nicoka.add("customers", {"name1": "ACME", "zipcode": "69001"})
    else:
        world.company("ACME")
    world.sandboxes[system].faults.append(Fault(kind, method="POST"))
    world.sync()
    world.sync()
    assert (len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())) == (1, 1, 1)
    assert world.causes() == []


def test_twins_are_left_to_a_person_until_one_of_them_is_gone(world: World) -> None:
    world.company("ACME", siret=SIRET)
    other = world.company("Acme again", siret=SIRET)
    world.sync()
    assert (len(world.customers()), {cause for _, cause, _ in world.causes()}) == (0, {"ambiguous"})
    world.koban.remove("ncThird", other)
    world.sync()
    assert [row["name1"] for row in world.customers()] == ["ACME"]
    assert world.causes() == []


def test_taking_away_the_last_tag_is_seen(world: World) -> None:
    guid = world.company("ACME", interests=["Cuisine"])
    world.sync()
    world.koban.edit("ncThird", guid, {"Tags": []})
    world.sync()
    assert (world.customers()[0]["tags"], world.cirrus_accounts()[0]["tags"]) == (None, [])


def test_a_record_that_left_the_filter_is_left_alone_until_it_is_back(world: World) -> None:
    guid = world.company("ACME", email="old@acme.example")
    world.sync()
    account = world.cirrus_accounts()[0]["id"]
    world.cirrus.edit("accounts", account, {"active": 0})
    world.koban.edit("ncThird", guid, {"EMail": "new@acme.example"})
    world.sync()
    assert world.cirrus.data()["accounts"][-1]["email"] == "old@acme.example"
    assert world.customers()[0]["email"] == "new@acme.example"


def test_a_tag_that_only_one_side_knows_is_not_taken_from_it(world: World) -> None:
    world.company("ACME", interests=["Musique"])
    world.company("Both", interests=["Musique", "Cuisine"])
    world.sync()
    assert silent(world)
    assert [[tag["Label"] for tag in row["Tags"]] for row in world.accounts()] == [["Musique"], ["Musique", "Cuisine"]]
