"""`mapper why`."""

from __future__ import annotations

import re

from mapper.sandbox.base import Fault
from tests.cli.shell import Shell


def test_the_story_of_a_linked_record_can_be_read(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell("sync", "company")
    text = shell("why", "company", guid).stdout
    assert text.startswith(f"company koban {guid}: ACME")
    assert "\nIt is linked (link " in text
    assert re.search(rf"^    nicoka +\d+ +linked: created by run 1 from koban {guid}$", text, re.MULTILINE)
    assert re.search(r"^    \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  run 1 \(sync, done\)$", text, re.MULTILINE)
    assert re.search(r"^        created nicoka \d+: done \(from koban\)$", text, re.MULTILINE)
    assert "\n            name: ACME\n" in text
    assert text.endswith("\nWhat is still owed\n    Nothing.\n")


def test_an_update_shows_the_value_before_as_far_as_runs_knew_it(shell: Shell) -> None:
    guid = shell.company("ACME", website="https://old.example")
    shell("sync", "company")
    shell.koban.edit("ncThird", guid, {"Website": "https://new.example"})
    shell("sync", "company", "--full")
    assert "website: https://old.example → https://new.example" in shell("why", "company", guid).stdout


def test_a_failed_create_shows_its_quarantine_and_what_is_owed(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell.nicoka.faults.append(Fault("status", method="POST", status=422))
    shell("sync", "company")
    text = shell("why", "company", guid).stdout
    assert "    1  company for nicoka, not created (refused): nicoka customers.create answered 422" in text
    assert text.endswith("    create nicoka, planned by run 1: failed, tried once\n")


def test_a_write_that_came_right_later_is_told_in_both_runs(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell.nicoka.faults.append(Fault("status", method="POST", status=422))
    shell("sync", "company")
    shell("sync", "company")
    text = shell("why", "company", guid).stdout
    assert re.search(r"created nicoka \d+: done by run 2 after it had failed once \(from koban\)", text)
    assert re.search(r"create nicoka \d+ that run 1 had decided: done", text)


def test_an_unlinked_record_says_why_and_where_the_rule_stands(shell: Shell) -> None:
    guid = shell.company("Bad", siret="12345678900011")
    shell("sync", "company")
    text = shell("why", "company", guid).stdout
    assert (
        "\nIt is not linked: it is in quarantine (rule): siret: '12345678900011' is not a valid SIRET number.\n" in text
    )
    assert re.search(r"^        where: .*company\.yaml:\d+:\d+$", text, re.MULTILINE)
    assert re.search(r"^        first seen .*, run 1; last seen .*, run 1; once$", text, re.MULTILINE)


def test_a_record_that_waits_says_how_to_look_at_the_other(shell: Shell) -> None:
    guid = shell.company("Bad", siret="12345678900011")
    person = shell.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, guid)
    shell("sync")
    assert f"mapper why company koban:{guid}\n" in shell("why", "person", person).stdout
    waiting = shell("why", "company", guid).stdout.split("Waiting for it")[1]
    assert f"person koban {person} (reference)" in waiting


def test_a_reference_is_shown_as_the_record_that_it_means(shell: Shell) -> None:
    guid = shell.company("ACME")
    person = shell.koban.add_person({"first_name": "Marie", "last_name": "Durand", "gender": "F"}, guid)
    shell("sync")
    assert re.search(r"^            company: company \w+ \w+$", shell("why", "person", person).stdout, re.MULTILINE)


def test_json_holds_the_same_story(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell("sync", "company")
    told = shell.json("why", "company", f"koban:{guid}")
    assert (told["entity"], told["side"], told["key"], told["state"]) == ("company", "koban", guid, "linked")
    assert [side["side"] for side in told["sides"]] == ["koban", "nicoka", "cirrus"]
    assert {write["side"] for write in told["runs"][0]["writes"]} == {"nicoka", "cirrus"}
    assert told["owed"] == []


def test_an_unknown_key_is_wrong_use_in_one_sentence(shell: Shell) -> None:
    result = shell("why", "company", "4711")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: nothing is known of the company '4711' "
        "(no sync of company has been done yet: run `mapper sync company` first)\n"
    )


def test_a_key_of_a_side_that_is_not_there_says_which_sides_are(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell("sync", "company")
    result = shell("why", "company", f"kobann:{guid}")
    assert (result.exit_code, "the mapping has no side 'kobann': did you mean 'koban'?" in result.stderr) == (2, True)


def test_only_the_side_that_holds_a_value_is_named_as_its_origin(shell: Shell) -> None:
    guid = shell.company("ACME", website="https://old.example")
    shell("sync", "company")
    shell.koban.edit("ncThird", guid, {"Website": "https://new.example"})
    shell("sync", "company", "--full")
    text = shell("why", "company", guid).stdout
    assert re.findall(r"updated (\w+) \d+: done \(from (.*)\)", text) == [("nicoka", "koban"), ("cirrus", "koban")]


def test_an_unknown_key_with_json_is_an_error_document(shell: Shell) -> None:
    assert shell.json("why", "company", "4711", code=2)["error"]["kind"] == "UsageError"


def test_an_unknown_entity_is_wrong_use(shell: Shell) -> None:
    result = shell("why", "compny", "4711")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: the project has no mapping of 'compny' (did you mean 'company'?)\n",
    )


def test_no_vendor_is_asked(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell("sync", "company")
    before = sum(len(sandbox.calls) for sandbox in shell.sandboxes.values())
    shell("why", "company", guid)
    assert sum(len(sandbox.calls) for sandbox in shell.sandboxes.values()) == before
