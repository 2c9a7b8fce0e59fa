"""A person says which records are one: the next sync compares them, doubles nothing and is silent afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mapper.errors import Locked, UsageError
from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from mapper.state import exclusive
from mapper.state import links as queries
from mapper.sync import links
from tests.sync.world import PROJECT, World

SIRET = "73282932000074"
OTHER = "35600000000048"

#: Longer than any vendor is read back, so that only what changed is read.
DAY = 86_400


def silent(world: World) -> bool:
    """Whether a further run writes nothing."""
    world.forget_calls()
    world.sync()
    return world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}


def join(world: World, *texts: str, entity: str = "company") -> links.Link:
    with world.project() as project:
        return links.join(project, entity, texts)


def take_out(world: World, text: str) -> links.Link:
    with world.project() as project:
        return links.take_out(project, "company", text)


def customer(world: World, name: str, **more: object) -> str:
    return str(world.nicoka.add("customers", {"name1": name, **more}))


def linked(world: World) -> list[dict[str, str]]:
    with world.project() as project:
        return list(queries.first(project.store, "company").values())


def state(world: World) -> object:
    """All that a refused command must leave as it was."""
    with world.project() as project:
        store = project.store
        rows = [links for page in queries.pages(store, "company") for links in page.values()]
        return rows, store.quarantined(), store.changes()


def ambiguous(world: World) -> tuple[str, str, str, str]:
    """Two companies with one number on two sides: which is which, only a person knows."""
    first, second = (world.company(name, siret=SIRET) for name in ("ACME", "Zenith"))
    one, two = (customer(world, name, identification_number=SIRET, city="Paris") for name in ("Acme", "Zenyth"))
    world.sync()
    assert [cause for _, cause, _ in world.causes()] == ["ambiguous"] * 4
    return first, second, one, two


def test_records_that_a_person_links_become_equal_and_leave_quarantine(world: World) -> None:
    first, second, one, two = ambiguous(world)
    join(world, f"koban:{first}", f"nicoka:{one}")
    join(world, f"koban:{second}", f"nicoka:{two}")
    report = world.sync()
    names = {str(row["customerid"]): (row["name1"], row["city"]) for row in world.customers()}
    assert names == {one: ("ACME", "Lyon"), two: ("Zenith", "Lyon")}
    assert [len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())] == [2, 2, 2]
    assert (world.causes(), report.exit_code) == ([], 0)
    assert silent(world)


def test_only_what_differs_is_written(world: World) -> None:
    key = customer(world, "ACME", city="Lyon", zipcode="69002", country="FR")
    company = world.company("ACME", email="one@acme.example")
    world.nicoka.edit("customers", int(key), {"status": 1})
    with world.project() as project:
        links.join(project, "company", [f"koban:{company}", f"nicoka:{key}"])
    report = world.sync()
    [change] = [change for change in world.changes(report.run) if change.side == "nicoka"]
    assert (change.kind, {field.name for field in change.fields}) == ("update", {"zip", "email"})


def test_a_value_that_only_the_other_side_has_is_kept(world: World) -> None:
    first, _, one, _ = ambiguous(world)
    world.nicoka.edit("customers", int(one), {"email": "held@acme.example"})
    join(world, f"koban:{first}", f"nicoka:{one}")
    world.sync()
    assert {row["Label"]: row["EMail"] for row in world.accounts()}["ACME"] == "held@acme.example"


def test_an_edit_after_the_linking_does_not_go_over_what_nobody_has_compared(world: World) -> None:
    first, _, one, _ = ambiguous(world)
    join(world, f"koban:{first}", f"nicoka:{one}")
    world.nicoka.edit("customers", int(one), {"name1": "Edited here"})
    world.sync()
    assert {row["name1"] for row in world.customers()} == {"ACME", "Zenyth"}
    assert {row["Label"] for row in world.accounts()} == {"ACME", "Zenith"}


def test_the_mappings_own_conflict_rule_decides(world: World) -> None:
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    world.write("mappings/company.yaml", text.replace("conflict: koban", "conflict: newest"))
    company = world.company("Older")
    world.clock.now += DAY
    key = customer(world, "Newer")
    join(world, f"koban:{company}", f"nicoka:{key}")
    world.sync()
    assert (world.accounts()[0]["Label"], world.customers()[0]["name1"]) == ("Newer", "Newer")
    assert silent(world)


def test_a_record_that_breaks_a_rule_meanwhile_is_left_alone(world: World) -> None:
    first, _, one, _ = ambiguous(world)
    join(world, f"koban:{first}", f"nicoka:{one}")
    world.koban.edit("ncThird", first, {"OfficialNumber": "12345678900011"})
    world.sync()
    assert {row["Label"] for row in world.accounts()} == {"ACME", "Zenith"}
    assert ("koban", "rule") in [(side, cause) for side, cause, _ in world.causes()]


def test_a_plan_shows_what_the_sync_will_do_and_keeps_it_to_be_done(world: World) -> None:
    first, _, one, _ = ambiguous(world)
    join(world, f"koban:{first}", f"nicoka:{one}")
    assert world.plan().sides["nicoka"].updated == 1
    assert world.sync().sides["nicoka"].updated == 1


def test_a_record_that_no_sync_has_read_is_asked_for_and_linked(world: World) -> None:
    company = world.company("ACME")
    world.sync()
    old = str(world.customers()[0]["customerid"])
    take_out(world, f"nicoka:{old}")
    key = customer(world, "Quite another name")
    join(world, f"koban:{company}", f"nicoka:{key}")
    world.sync()
    assert {"koban": company, "nicoka": key}.items() <= linked(world)[0].items()
    assert [row["name1"] for row in world.customers() if str(row["customerid"]) == key] == ["ACME"]
    assert len(world.cirrus_accounts()) == 1


def test_an_unlinked_record_joins_a_link_and_the_conflict_rule_decides(world: World) -> None:
    world.nicoka.faults.append(Fault("status", method="POST", path="/api/customers", status=400, times=99))
    company = world.company("ACME")
    world.sync()
    world.nicoka.faults.clear()
    key = customer(world, "Older name")
    found = join(world, f"koban:{company}", f"nicoka:{key}")
    assert found.given_up == 1
    world.sync()
    assert [row["name1"] for row in world.customers()] == ["ACME"]
    assert [row["Label"] for row in world.accounts()] == ["ACME"]
    assert world.causes() == []
    assert silent(world)


def test_two_links_that_do_not_overlap_become_one(world: World) -> None:
    for side in world.sandboxes.values():
        side.faults.append(Fault("status", method="POST", status=400, times=99))
    company, key = world.company("ACME"), customer(world, "Acme & Co", zipcode="13001")
    world.sync()
    assert len(linked(world)) == 2
    world.clock.now += DAY
    world.sync()
    for side in world.sandboxes.values():
        side.faults.clear()
    assert join(world, f"koban:{company}", f"nicoka:{key}").given_up == 4
    world.sync()
    assert [len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())] == [1, 1, 1]
    assert world.customers()[0]["name1"] == world.cirrus_accounts()[0]["name"] == "ACME"
    assert (len(linked(world)), world.causes()) == (1, [])
    assert silent(world)


def test_a_create_of_which_nobody_knows_is_settled_by_naming_its_record(world: World) -> None:
    override = "    override: {resources: {customers: {fields: {external_reference: {search: null}}}}}\n"
    world.write("mapper.yaml", PROJECT.replace("    connector: nicoka\n", "    connector: nicoka\n" + override))
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    only_written = "nicoka: {resource: customers, role: target}"
    world.write("mappings/company.yaml", text.replace("nicoka: {resource: customers}", only_written))
    company = world.company("ACME")
    world.nicoka.faults.append(Fault("lost", method="POST"))
    world.sync()
    assert [cause for _, cause, _ in world.causes()] == ["unclear"]
    [row] = world.customers()
    assert join(world, f"koban:{company}", f"nicoka:{row['customerid']}").given_up == 1
    world.sync()
    assert ([row["name1"] for row in world.customers()], world.causes()) == (["ACME"], [])
    assert silent(world)


def test_records_that_are_one_already_stay_as_they_are(world: World) -> None:
    company = world.company("ACME")
    world.sync()
    before = state(world)
    found = join(world, f"koban:{company}", f"nicoka:{world.customers()[0]['customerid']}")
    assert (found.changed, [one.side for one in found.members]) == (False, ["koban", "nicoka", "cirrus"])
    assert state(world) == before


def test_people_who_wait_to_be_written_stay_with_their_joined_company(world: World) -> None:
    for side in world.sandboxes.values():
        side.faults.append(Fault("status", method="POST", status=400, times=99))
    key = customer(world, "Acme & Co", zipcode="13001")
    world.sync()
    company = world.company("ACME")
    world.koban.add_person({"last_name": "Durand", "first_name": "Marie", "gender": "F"}, company)
    world.sync()
    world.sync("person")
    world.clock.now += DAY
    world.sync("person")
    for side in world.sandboxes.values():
        side.faults.clear()
    join(world, f"koban:{company}", f"nicoka:{key}")
    world.sync()
    world.sync("person")
    [contact] = world.nicoka.data()["contacts"]
    assert str(contact["customerid"]) == key


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda f, s, o, t: [f"koban:{f}", f"koban:{s}"], "a link holds one record of a side, and this one would hold"),
        (lambda f, s, o, t: [f"koban:{f}", f"nicka:{o}"], "has no side 'nicka' (did you mean 'nicoka'?)"),
        (lambda f, s, o, t: [f"koban:{f}", "nicoka:4711"], "nicoka has no record '4711'"),
        (lambda f, s, o, t: [f"koban:{f}", "4711"], "'4711' names no record (write SIDE:KEY, as in koban:123)"),
        (lambda f, s, o, t: [f"koban:{f}", f"koban:{f}"], "one record alone cannot be linked"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    world: World, given: Callable[[str, str, str, str], list[str]], message: str
) -> None:
    keys = ambiguous(world)
    before = state(world)
    with pytest.raises(UsageError) as caught:
        join(world, *given(*keys))
    assert message in str(caught.value)
    assert state(world) == before


def test_links_whose_sides_overlap_are_not_joined(world: World) -> None:
    one = world.company("ACME")
    world.company("Zenith", zip="13001")
    world.sync()
    other = next(row["customerid"] for row in world.customers() if row["name1"] == "Zenith")
    before = state(world)
    with pytest.raises(UsageError, match="a link holds one record of a side") as caught:
        join(world, f"koban:{one}", f"nicoka:{other}")
    assert "mapper links remove" in str(caught.value)
    assert state(world) == before


def test_a_record_outside_of_the_mapping_is_refused(world: World) -> None:
    company = world.company("ACME")
    outside = world.cirrus.add("accounts", {"name": "Old", "active": 0})
    with pytest.raises(UsageError, match=f"the mapping of 'company' is not about cirrus:{outside}"):
        join(world, f"koban:{company}", f"cirrus:{outside}")


def failed_update(world: World) -> tuple[str, str]:
    """A company, and its customer whose update the vendor refuses."""
    company = world.company("ACME")
    world.sync()
    key = str(world.customers()[0]["customerid"])
    world.nicoka.faults.append(Fault("status", method="POST", path=f"/api/customers/{key}", status=400, times=99))
    world.koban.edit("ncThird", company, {"EMail": "new@acme.example"})
    world.sync()
    world.nicoka.faults.clear()
    return company, key


def test_an_edit_that_is_still_to_be_written_is_not_given_up_by_linking(world: World) -> None:
    world.cirrus.faults.append(Fault("status", method="POST", status=400, times=99))
    company, key = failed_update(world)
    world.cirrus.faults.clear()
    other = world.cirrus.add("accounts", {"name": "Other"})
    before = state(world)
    with pytest.raises(UsageError, match=f"an update of nicoka:{key} on nicoka is still open"):
        join(world, f"koban:{company}", f"cirrus:{other}")
    assert state(world) == before


def test_a_record_with_an_open_write_is_not_taken_out(world: World) -> None:
    _, key = failed_update(world)
    before = state(world)
    with pytest.raises(UsageError, match=f"an update of nicoka:{key} on nicoka is still open") as caught:
        take_out(world, f"nicoka:{key}")
    assert "run `mapper sync` first" in str(caught.value)
    assert state(world) == before


def test_nothing_is_linked_or_taken_out_during_a_run(world: World) -> None:
    company = world.company("ACME")
    world.sync()
    with world.project() as project, exclusive(project.store, "company"):
        with pytest.raises(Locked):
            join(world, f"koban:{company}", "nicoka:1")
        with pytest.raises(Locked):
            take_out(world, f"koban:{company}")


def test_a_record_that_is_taken_out_and_nothing_matches_is_created_on_the_other_sides(world: World) -> None:
    world.company("ACME", siret=SIRET)
    key = customer(world, "Acme", identification_number=SIRET, zipcode="69001")
    world.sync()
    take_out(world, f"nicoka:{key}")
    world.nicoka.edit("customers", int(key), {"name1": "Zenith", "identification_number": OTHER})
    world.sync()
    assert sorted(row["Label"] for row in world.accounts()) == ["ACME", "Zenith"]
    assert sorted(row["name"] for row in world.cirrus_accounts()) == ["ACME", "Zenith"]
    assert world.causes() == []
    assert silent(world)


def test_what_is_left_of_a_link_gets_another_record_when_it_changes(world: World) -> None:
    company = world.company("ACME", siret=SIRET)
    key = customer(world, "Acme", identification_number=SIRET, zipcode="69001")
    world.sync()
    take_out(world, f"nicoka:{key}")
    world.nicoka.edit("customers", int(key), {"name1": "Zenith", "identification_number": OTHER})
    world.sync()
    world.koban.edit("ncThird", company, {"EMail": "new@acme.example"})
    world.sync()
    assert sorted(row["name1"] for row in world.customers()) == ["ACME", "Zenith"]
    assert silent(world)


@pytest.mark.parametrize("side", ["koban", "nicoka"])
def test_a_record_that_is_taken_out_and_still_matches_is_linked_again(world: World, side: str) -> None:
    company = world.company("ACME", siret=SIRET)
    key = customer(world, "Acme", identification_number=SIRET)
    world.sync()
    world.clock.now += DAY
    world.sync()
    take_out(world, f"{side}:{company if side == 'koban' else key}")
    assert [side in link for link in linked(world)] == [False]
    world.sync()
    assert [sorted(link) for link in linked(world)] == [["cirrus", "koban", "nicoka"]]
    assert ([row["name1"] for row in world.customers()], world.causes()) == (["ACME"], [])
    assert silent(world)


@pytest.mark.parametrize("text", ["koban:unknown", "nicoka:unknown"])
def test_what_is_not_linked_cannot_be_taken_out(world: World, text: str) -> None:
    with pytest.raises(UsageError, match=f"{text} is not linked"):
        take_out(world, text)


def test_the_only_record_of_a_link_cannot_be_taken_out(world: World) -> None:
    for side in ("nicoka", "cirrus"):
        world.sandboxes[side].faults.append(Fault("status", method="POST", status=400, times=99))
    company = world.company("ACME")
    world.sync()
    with pytest.raises(UsageError, match="is alone in its link"):
        take_out(world, f"koban:{company}")
