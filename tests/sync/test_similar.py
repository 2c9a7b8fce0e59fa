"""Approximate match rules propose; a person decides, or the mapping says that they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.compile.similar import Similar
from mapper.state import likenesses
from mapper.sync import links, setaside
from tests.sync.endings import Endings

RULES = "match: [siret, {similar: name, at least: 80}]"


@pytest.fixture
def world(tmp_path: Path) -> Endings:
    """A company under nearly the same name on two sides."""
    made = Endings(tmp_path)
    made.choose(rules=RULES)
    made.company("ACME Industrie SA")
    made.nicoka.add("customers", {"name1": "Acme Industries S.A."})
    return made


def test_records_that_look_alike_wait_for_a_person(world: Endings) -> None:
    world.forget_calls()
    assert world.sync().exit_code == 3
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
    ident, guid = world.customers()[0]["id"], world.accounts()[0]["Guid"]
    messages = {side: message for side, _, message in world.causes()}
    assert messages["koban"].startswith(f"looks like nicoka {ident} (")
    assert f"`mapper links set company koban:{guid} nicoka:{ident}` if they are one" in messages["koban"]
    assert messages["nicoka"].startswith(f"looks like koban {guid} (")


def test_a_person_accepts_a_proposal(world: Endings) -> None:
    world.sync()
    with world.project() as project:
        links.join(project, "company", [f"koban:{world.accounts()[0]['Guid']}", f"nicoka:{world.customers()[0]['id']}"])
    world.sync()
    world.sync()
    assert (len(world.customers()), len(world.cirrus_accounts()), world.causes()) == (1, 1, [])


def test_a_person_refuses_a_proposal(world: Endings) -> None:
    world.sync()
    with world.project() as project:
        numbers = [q.number for q in project.quarantine("company")]
        setaside.retry(project.store, setaside.rows(project.store, numbers))
    world.sync()
    world.sync()
    assert (len(world.customers()), len(world.accounts()), world.causes()) == (2, 2, [])


def test_a_mapping_may_have_the_only_one_linked(world: Endings) -> None:
    world.choose("{similar: link}", rules=RULES)
    world.sync()
    assert (len(world.customers()), len(world.cirrus_accounts()), world.causes()) == (1, 1, [])


def test_of_several_that_look_alike_none_is_linked(world: Endings) -> None:
    world.choose("{similar: link}", rules=RULES)
    world.nicoka.add("customers", {"name1": "ACME Industrie S A"})
    assert world.sync().exit_code == 3
    assert len(world.accounts()) == 1


def test_a_mapping_may_pass_over_its_approximate_rules(world: Endings) -> None:
    world.choose("{similar: create}", rules=RULES)
    world.sync()
    assert len(world.customers()) == 2


def test_names_that_are_not_alike_enough_are_new(world: Endings) -> None:
    world.choose(rules="match: [siret, {similar: name, at least: 99}]")
    assert world.sync().exit_code == 0
    assert len(world.customers()) == 2


def test_within_demands_that_other_fields_are_equal(world: Endings) -> None:
    world.choose(rules="match: [siret, {similar: name, at least: 80, within: zip}]")
    assert world.sync().exit_code == 0
    assert len(world.customers()) == 2


def test_a_record_that_has_a_partner_there_is_not_proposed(world: Endings) -> None:
    world.choose("{similar: link}", rules=RULES)
    world.sync()
    world.company("ACME Industrie SAS")
    assert world.sync().exit_code == 0
    assert len(world.customers()) == 2


RULE = Similar(0, ("name",), 90.0, ("zip",))


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ({"name": "ACME SA", "zip": "1"}, {"name": "Acme", "zip": "1"}, True),
        ({"name": "Société ACME", "zip": "1"}, {"name": "acmé industries", "zip": "1"}, True),
        ({"name": "ACME", "zip": "1"}, {"name": "ACME", "zip": "2"}, False),
        ({"name": "ACME", "zip": "1"}, {"name": "ACME"}, False),
        ({"name": "ACME", "zip": "1"}, {"name": "Beta", "zip": "1"}, False),
        ({"name": "A", "zip": "1"}, {"name": "A", "zip": "1"}, False),
    ],
)
def test_only_records_that_share_a_block_are_compared(one: dict[str, str], other: dict[str, str], share: bool) -> None:
    assert bool(set(RULE.blocks(one, one)) & set(RULE.blocks(other, other))) is share


def test_a_crowded_block_is_passed_over(world: Endings) -> None:
    with world.project() as project:
        rows = [{"rule": 1, "block": "x", "key": str(n), "text": "acme"} for n in range(likenesses.CROWDED + 1)]
        likenesses.save(project.store, "company", "nicoka", [], rows)
        assert likenesses.sharing(project.store, "company", 1, ["x"]) == {}
        likenesses.save(project.store, "company", "nicoka", ["0"], [])
        assert len(likenesses.sharing(project.store, "company", 1, ["x"])) == likenesses.CROWDED
