"""`mapper doctor` against running sandboxes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def looked_at(shell: Shell) -> Shell:
    """A project whose one account holds a company to look at."""
    shell.cirrus.add("accounts", {"name": "ACME", "typeid": 1, "userid": 1})
    return shell


def found(told: Any, name: str) -> dict[str, Any]:
    return next(one for one in told if one["name"] == name)


def test_it_signs_in_and_reads_a_page_of_each_resource_in_use(looked_at: Shell) -> None:
    told = looked_at.json("doctor", "cirrus")["cirrus"]
    assert [(one["what"], one["name"], one["result"]) for one in told[:3]] == [
        ("login", "cirrus", "ok"),
        ("resource", "accounts", "ok"),
        ("resource", "contacts", "ok"),
    ]


def test_an_assumption_that_holds_is_confirmed(looked_at: Shell) -> None:
    told = looked_at.json("doctor", "cirrus")["cirrus"]
    assert (found(told, "dynamic_values")["result"], found(told, "dynamic_values")["answer"]) == ("confirmed", "values")


def test_an_assumption_that_does_not_hold_is_refuted_in_words(looked_at: Shell) -> None:
    looked_at.edit("  cirrus:\n", "  cirrus:\n    assume: {dynamic_values: data}\n")
    told = found(looked_at.json("doctor", "cirrus")["cirrus"], "dynamic_values")
    assert (told["result"], told["words"]) == ("refuted", "it is 'values', not 'data'")


def test_what_no_read_settles_is_left_to_the_vendor_with_the_question(looked_at: Shell) -> None:
    told = found(looked_at.json("doctor", "cirrus")["cirrus"], "rights")
    assert told["result"] == "cannot tell"
    assert told["words"] == ("'some' is assumed. Do the lists show every record, none being cut by this user's rights?")


def test_a_probe_that_needs_a_record_cannot_tell_without_one(shell: Shell) -> None:
    told = found(shell.json("doctor", "cirrus")["cirrus"], "dynamic_values")
    assert (told["result"], "there are no accounts to look at" in told["words"]) == ("cannot tell", True)


def test_nothing_is_written_at_the_vendor(looked_at: Shell) -> None:
    looked_at("doctor", "cirrus")
    verbs = {(call.method, call.path.rpartition("/")[2]) for call in looked_at.cirrus.calls}
    assert {verb for verb, place in verbs if place != "token"} == {"GET"}


def test_answers_are_written_to_the_project_file_and_nothing_else_of_it_changes(looked_at: Shell) -> None:
    looked_at.edit("  cirrus:\n", "  cirrus:  # ours\n    assume: {dynamic_values: data}\n")
    before = (looked_at.folder / "mapper.yaml").read_text(encoding="utf-8")
    result = looked_at("doctor", "cirrus", "--write")
    assert result.exit_code == 0
    after = (looked_at.folder / "mapper.yaml").read_text(encoding="utf-8")
    assert after == before.replace("dynamic_values: data", "dynamic_values: values")
    assert "dynamic_values: values" in result.stderr


def test_an_answer_has_a_place_made_for_it_where_there_is_none(looked_at: Shell) -> None:
    looked_at("doctor", "cirrus", "--write")
    assert looked_at("check").exit_code == 0
    assert looked_at.json("doctor", "cirrus") and "assume:" in (looked_at.folder / "mapper.yaml").read_text()


def test_without_a_person_to_ask_the_file_is_left_alone(looked_at: Shell) -> None:
    before = (looked_at.folder / "mapper.yaml").read_bytes()
    result = looked_at("doctor", "cirrus")
    assert (looked_at.folder / "mapper.yaml").read_bytes() == before
    assert "--write notes it there" in result.stderr


def test_a_login_that_is_refused_ends_the_look_with_exit_code_5(shell: Shell) -> None:
    shell.edit("CIRRUS_CLIENT_SECRET=", "CIRRUS_CLIENT_SECRET=x", file=".env")
    result = shell("doctor", "cirrus")
    assert result.exit_code == 5
    assert "login" in result.stdout
    assert "failed" in result.stdout
    assert "accounts" not in result.stdout


def broken(shell: Shell, old: str, new: str, file: str = "mapper.yaml") -> list[dict[str, Any]]:
    """What is told of the first account when something in a file is wrong."""
    shell.edit(old, new, file=file)
    told: list[dict[str, Any]] = shell.json("doctor", "koban", code=5)["koban"]
    return told


def test_keys_that_go_with_each_call_are_proved_by_the_first_one(shell: Shell) -> None:
    told = shell.json("doctor", "koban")["koban"]
    assert [(one["what"], one["words"]) for one in told[:2]] == [
        ("login", "its keys are accepted"),
        ("resource", "it answers, and there are no records"),
    ]


def test_keys_that_are_refused_are_named(shell: Shell) -> None:
    [told] = broken(shell, "KOBAN_API_KEY=", "KOBAN_API_KEY=x", file=".env")
    assert (told["what"], told["result"]) == ("login", "failed")
    assert told["words"].endswith("(check api_key and user_key of this connection)")


def test_a_vendor_that_cannot_be_reached_is_told_once_with_its_address(shell: Shell) -> None:
    [port] = re.findall(r":(\d+)/api/v1", (shell.folder / "mapper.yaml").read_text())
    shell.edit("  koban:\n", "  koban:\n    override: {retry: {attempts: 1}}\n")
    [told] = broken(shell, f":{port}/", ":9/")  # where nobody listens
    assert (told["what"], told["result"]) == ("login", "failed")
    assert "check base_url, http://127.0.0.1:" in told["words"]


def test_an_address_at_which_nothing_is_casts_doubt_on_base_url_and_proves_no_key(shell: Shell) -> None:
    told = broken(shell, "/api/v1", "/api")
    assert [(one["what"], one["result"]) for one in told[:2]] == [("login", "cannot tell"), ("resource", "failed")]
    assert "nothing is at the address of this list" in told[1]["words"]


def test_a_connection_without_its_keys_does_not_keep_the_others_from_being_looked_at(shell: Shell) -> None:
    shell.edit("KOBAN_API_KEY=", "OTHER=", file=".env")
    told = shell.json("doctor", code=5)
    assert [(one["what"], one["result"]) for one in told["koban"]] == [("login", "failed")]
    assert "the variable KOBAN_API_KEY is not set" in told["koban"][0]["words"]
    assert told["cirrus"][0]["result"] == "ok"


def test_what_cannot_be_listed_is_no_failure(shell: Shell) -> None:
    shell.edit("mappings: [company, person]", "mappings: []")
    told = found(shell.json("doctor", "koban")["koban"], "payments")
    assert (told["result"], told["words"]) == ("ok", "it has no list to look at")


def test_a_person_is_told_apart_what_is_settled_and_what_is_to_be_asked(looked_at: Shell) -> None:
    table, _, asked = looked_at("doctor", "cirrus").stdout.partition("Nothing here tells the following")
    assert "dynamic_values" in table and "confirmed" in table
    assert "  rights: 'some' is assumed" in asked and "rights" not in table


def test_what_makes_no_difference_is_counted_and_not_asked(looked_at: Shell) -> None:
    point = "{question: Which?, choices: [a, b], default: a, either: Both are read alike.}"
    looked_at.edit("  cirrus:\n", f"  cirrus:\n    override: {{assumptions: {{colour: {point}}}}}\n")
    told = found(looked_at.json("doctor", "cirrus")["cirrus"], "colour")
    assert (told["result"], told["words"], told["answer"]) == ("either way", "Both are read alike.", None)
    count = sum(one["result"] == "either way" for one in looked_at.json("doctor", "cirrus")["cirrus"])
    last = looked_at("doctor", "cirrus").stdout.splitlines()[-1]
    assert last.startswith(f"{count} more open points are of no consequence") and count > 1


def test_without_a_name_every_connection_is_looked_at(shell: Shell) -> None:
    assert list(shell.json("doctor")) == ["koban", "nicoka", "cirrus"]
