"""What a run works by: told when it changed, and not synced with before somebody has looked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mapper.errors import GuardError, RemoteError
from mapper.sandbox.base import Fault
from mapper.spec.load import shipped
from mapper.state.tables import runs
from mapper.sync.terms import Terms, terms_of
from tests.sync.world import PROJECT, World

PLAN = "look at it with `mapper plan company`, then sync"


def mapping(world: World, *edits: tuple[str, str]) -> None:
    """The shipped mapping of companies in the project, edited."""
    text = (shipped("mappings") / "company.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    world.write("mappings/company.yaml", text)


def project(old: str, new: str) -> Callable[[World], None]:
    assert old in PROJECT
    return lambda world: world.write("mapper.yaml", PROJECT.replace(old, new, 1)) and None


def terms(world: World) -> Terms:
    with world.project() as found:
        return terms_of(found, "company")


def stopped(world: World, **options: Any) -> str:
    with pytest.raises(GuardError) as caught:
        world.sync(**options)
    assert caught.value.flag == "--allow-changed"
    return str(caught.value.args[0])


@pytest.fixture
def synced(world: World) -> World:
    mapping(world)
    world.company("ACME")
    world.sync()
    return world


WEBSITE = ("  website: {", "  website: {policy: if empty, ")
SIDE = ("nicoka: {resource: customers}", "nicoka: {resource: customers, where: '{{ id > 0 }}'}")
FILTER = ("fields:\n", "filter: '{{ name }}'\n\nfields:\n")
NOT_FIRST = ("conflict: koban", "conflict: newest")
LIMITS = "limits: {per_second: 0}\n    catalogue"
NICOKA = "limits: {per_second: 0}\n  cirrus"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda w: mapping(w, WEBSITE), "the mapping of company changed since run 1 (row website)"),
        (lambda w: mapping(w, WEBSITE, ("  phone: {", "  phone: {policy: if empty, ")),
         "the mapping of company changed since run 1 (rows phone, website)"),
        (lambda w: mapping(w, SIDE), "the mapping of company changed since run 1 (side nicoka)"),
        (lambda w: mapping(w, FILTER), "the mapping of company changed since run 1 (filter)"),
        (lambda w: mapping(w, NOT_FIRST, WEBSITE),
         "the mapping of company changed since run 1 (conflict; row website)"),
        (project(NICOKA, "limits: {per_second: 0}\n    assume: {changes: filter}\n  cirrus"),
         "the assumptions of nicoka changed since run 1"),
        (project(NICOKA, "limits: {per_second: 0}\n    override: {wire: {timezone: UTC}}\n  cirrus"),
         "the connector of nicoka changed since run 1"),
        (project("mappings: [", "locale: {country: SE}\nmappings: ["), "the locale changed since run 1"),
    ],
)  # fmt: skip
def test_a_sync_by_other_terms_is_stopped_and_names_what_changed(
    synced: World, edit: Callable[[World], None], words: str
) -> None:
    edit(synced)
    synced.forget_calls()
    assert stopped(synced) == f"{words}; {PLAN}"
    assert sum(len(sandbox.calls) for sandbox in synced.sandboxes.values()) == 0


@pytest.mark.parametrize(
    "edit",
    [
        lambda w: mapping(w, ("about: Companies, kept alike", "# a comment\nabout: Companies that are alike")),
        lambda w: mapping(w, ("  website: {", "  website: {about: Its pages., ")),
        project(LIMITS, "limits: {per_second: 9}\n    catalogue"),
        project(NICOKA, "limits: {per_second: 0}\n    override: {retry: {attempts: 1}}\n  cirrus"),
    ],
)
def test_what_changes_nothing_that_is_written_stops_nothing(synced: World, edit: Callable[[World], None]) -> None:
    edit(synced)
    assert synced.sync().outcome == "done"


def test_a_plan_is_the_look_that_is_asked_for(synced: World) -> None:
    mapping(synced, WEBSITE)
    stopped(synced)
    synced.plan()
    assert synced.sync().outcome == "done"


def test_a_plan_of_another_edit_is_not(synced: World) -> None:
    mapping(synced, WEBSITE)
    synced.plan()
    mapping(synced, WEBSITE, NOT_FIRST)
    assert stopped(synced).startswith("the mapping of company changed since run 1 (conflict; row website)")


def test_a_plan_before_the_last_run_is_not(synced: World) -> None:
    mapping(synced, WEBSITE)
    synced.plan()
    mapping(synced)
    synced.sync()
    mapping(synced, WEBSITE)
    assert "the mapping of company changed since run" in stopped(synced)


def test_its_flag_lets_a_changed_mapping_run_and_the_next_needs_none(synced: World) -> None:
    mapping(synced, WEBSITE)
    assert synced.sync(allowed=("changed",)).outcome == "done"
    assert synced.sync().outcome == "done"


def test_another_guards_flag_does_not(synced: World) -> None:
    mapping(synced, WEBSITE)
    stopped(synced, allowed=("empty", "shrunk", "creates", "updates", "canary", "unexpected"))


def test_a_run_that_was_stopped_stands_so_in_the_list(synced: World) -> None:
    mapping(synced, WEBSITE)
    stopped(synced)
    with synced.project() as found:
        assert found.store.runs()[0]["outcome"] == "stopped"


def test_an_edit_that_is_taken_back_needs_no_plan(synced: World) -> None:
    mapping(synced, WEBSITE)
    stopped(synced)
    mapping(synced)
    assert synced.sync().outcome == "done"


def test_a_changed_run_that_failed_after_its_commit_needs_no_second_plan(synced: World) -> None:
    mapping(synced, WEBSITE)
    synced.company("Other")
    synced.nicoka.faults.append(Fault("status", method="POST", path="/api/customers", status=401, times=99))
    with pytest.raises(RemoteError):
        synced.sync(allowed=("changed",))
    synced.nicoka.faults.clear()
    assert synced.sync().outcome == "done"


def test_one_that_failed_before_it_does(synced: World) -> None:
    mapping(synced, WEBSITE)
    synced.koban.faults.append(Fault("status", method="GET", status=503, times=99))
    with pytest.raises(RemoteError):
        synced.sync(allowed=("changed",))
    synced.koban.faults.clear()
    stopped(synced)


def test_the_first_run_has_nothing_to_be_compared_with(world: World) -> None:
    mapping(world)
    with pytest.raises(RemoteError):
        world.koban.faults.append(Fault("status", method="GET", status=503, times=99))
        world.sync()
    world.koban.faults.clear()
    mapping(world, WEBSITE)
    assert world.sync().outcome == "done"


def test_a_run_of_a_version_that_noted_no_terms_stops_nothing(synced: World) -> None:
    with synced.project() as found, found.store.transaction() as connection:
        connection.execute(runs.update().values(mapping="of an older version"))
    report = synced.sync()
    assert (report.outcome, report.sides["koban"].read) == ("done", 1)


def test_the_terms_are_the_same_wherever_the_lines_stand(world: World) -> None:
    mapping(world)
    plain = terms(world)
    mapping(world, ("fields:\n", "# a comment\n\nfields:\n\n"))
    assert terms(world) == plain


def test_an_imported_table_is_part_of_the_terms(world: World) -> None:
    shared = "about: Words.\ntables:\n  kinds: {{client: {{koban: {}, nicoka: 2, cirrus: 1}}}}\n"
    mapping(world, ("match:", "import: [shared.yaml]\nmatch:"))
    world.write("mappings/shared.yaml", shared.format("CLI"))
    first = terms(world)
    world.write("mappings/shared.yaml", shared.format("CLIENT"))
    second = terms(world)
    assert {part for part in first.parts if first.parts[part] != second.parts[part]} == {"table kinds"}


def test_an_edited_mapping_that_was_only_planned_leaves_nothing_behind_in_matching(synced: World) -> None:
    """Match values are noted while records are read: those of a mapping that was given up must not stay."""
    acme = synced.company("Siret", siret="73282932000074")
    synced.sync()
    mapping(synced, ("match: [siret, vat, [name, zip]]", "match: [phone]"))
    synced.plan()
    mapping(synced)
    synced.nicoka.add("customers", {"name1": "Other", "identification_number": "73282932000074"})
    synced.sync()
    assert [row["Guid"] for row in synced.accounts() if row["OfficialNumber"] == "73282932000074"] == [acme]


def test_a_filter_that_was_only_planned_leaves_no_record_out(synced: World) -> None:
    mapping(synced, ("fields:\n", "filter: '{{ name != \"ACME\" }}'\n\nfields:\n"))
    synced.plan()
    mapping(synced)
    (customer,) = synced.customers()
    synced.nicoka.edit("customers", customer["id"], {"website": "https://acme.example"})
    synced.sync()
    assert [row["Website"] for row in synced.accounts()] == ["https://acme.example"]


def test_a_sync_by_a_plan_that_a_guard_stopped_has_settled_nothing(synced: World) -> None:
    synced.write("mapper.yaml", f"{PROJECT}guards: {{creates: '0'}}\n")
    mapping(synced, WEBSITE)
    moved, _ = synced.company("Moved"), synced.company("Other")
    file = synced.folder / "plan.jsonl"
    synced.plan(file=file)
    synced.koban.edit("ncThird", moved, {"Website": "https://moved.example"})
    with pytest.raises(GuardError):
        synced.sync(plan=file)
    assert synced.sync(allowed=("creates",)).sides["koban"].whole == "the mapping changed"
