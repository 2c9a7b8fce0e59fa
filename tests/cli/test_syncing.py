"""`mapper plan` and `sync` over real HTTP: what they print, what they exit with, what stays untouched."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mapper.sandbox.base import Fault
from mapper.state import Store, exclusive
from tests.cli.shell import Shell

ROOT = Path(__file__).parents[2]
COUNTS = (
    "read",
    "created",
    "updated",
    "unchanged",
    "deleted",
    "quarantined",
    "failed",
    "calls",
    "left",
    "whole",
    "by",
    "because",
    "values",
    "members",
    "cut",
)


def test_a_plan_shows_each_change_field_by_field(shell: Shell) -> None:
    shell.company("ACME", phone="01 99 00 12 34")
    result = shell("plan", "company")
    assert result.exit_code == 0
    assert "create nicoka: ACME (from koban)\n    name: ACME\n    phone: +33199001234\n" in result.stdout


def test_a_plan_tells_the_calls_that_are_to_come(shell: Shell) -> None:
    shell.company()
    assert re.search(r"^nicoka .* 1 +– *$", shell("plan", "company").stdout, re.MULTILINE)


def test_a_plan_writes_nothing(shell: Shell) -> None:
    shell.company()
    shell("plan")
    assert shell.nicoka.data()["customers"] == []
    assert shell.cirrus.data()["accounts"] == []


def test_a_plan_lists_as_many_changes_as_are_asked_for(shell: Shell) -> None:
    for number in range(4):
        shell.company(f"Company {number}")
    text = shell("plan", "company", "--changes", "2").stdout
    assert text.count("\ncreate ") == 2
    assert "… and 6 more: --changes 0 shows all" in text
    assert shell("plan", "company", "--changes", "0").stdout.count("\ncreate ") == 8


def test_a_sync_in_cron_is_one_line_for_each_mapping(shell: Shell) -> None:
    shell.company()
    result = shell("sync")
    assert (result.exit_code, result.stderr) == (0, "")
    [company, person] = result.stdout.splitlines()
    assert re.fullmatch(
        r"company: done in [\d.]+ s; koban: 1 read.*; nicoka: 1 created.*; cirrus: 1 created .*", company
    )
    assert person.startswith("person: done in ")


def test_a_second_sync_finds_nothing_to_do(shell: Shell) -> None:
    shell.company()
    shell("sync")
    sides = shell.json("sync", "company")["entities"]["company"]["sides"]
    assert sum(side["created"] + side["updated"] for side in sides.values()) == 0


def test_an_update_is_planned_with_the_value_before_and_after(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell("sync", "company")
    shell.koban.edit("ncThird", guid, {"Label": "ACME SA"})
    text = shell("plan", "company").stdout
    assert "update nicoka" in text
    assert re.search(r"^    name: .* → ACME SA$", text, re.MULTILINE)


def test_a_plan_with_json_holds_everything_per_side(shell: Shell) -> None:
    shell.company()
    told = shell.json("plan", "company")["entities"]["company"]
    assert set(told) == {"outcome", "run", "sides", "cost", "message", "warnings", "changes", "quarantine", "refused"}
    assert set(told["sides"]) == {"koban", "nicoka", "cirrus"}
    assert all(set(side) == set(COUNTS) for side in told["sides"].values())
    assert (told["outcome"], told["sides"]["nicoka"]["created"], told["cost"]["nicoka"]["calls"]) == ("planned", 1, 1)
    assert told["changes"][0]["fields"][0] == {
        "name": "name",
        "before": None,
        "after": "ACME",
        "known": True,
    }


def test_a_sync_with_json_counts_the_calls_by_method(shell: Shell) -> None:
    shell.company()
    sides = shell.json("sync", "company")["entities"]["company"]["sides"]
    assert sides["nicoka"]["calls"]["POST"] == 1
    assert sides["koban"]["calls"] == {"GET": 1}


def test_records_in_quarantine_are_told_with_code_3(shell: Shell) -> None:
    shell.company("ACME", siret="12345678900011")
    told = shell.json("sync", "company", code=3)["entities"]["company"]
    assert told["sides"]["koban"]["quarantined"] == 1
    assert told["quarantine"][0]["field"] == "siret"


def test_sides_without_a_change_can_be_left_out(shell: Shell) -> None:
    shell.company()
    shell.nicoka.add("customers", {"name1": "Other", "status": 1})
    sides = shell.json("sync", "company", "--from", "koban")["entities"]["company"]["sides"]
    assert (sides["nicoka"]["created"], sides["koban"]["created"]) == (1, 0)


def test_a_side_that_does_not_exist_is_wrong_use(shell: Shell) -> None:
    result = shell("sync", "--from", "kobann")
    assert (result.exit_code, result.stderr) == (2, "error: the mapping has no side 'kobann' (did you mean 'koban'?)\n")


def test_an_unknown_entity_is_wrong_use_before_anything_runs(shell: Shell) -> None:
    result = shell("sync", "company", "persn")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: the project has no mapping of 'persn' (did you mean 'person'?)\n"


def test_wrong_keys_are_told_in_one_sentence_with_code_5(shell: Shell) -> None:
    shell.edit("demo-nicoka-token", "wrong-token-1234", ".env")
    result = shell("sync", "company")
    assert result.exit_code == 5
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("error: nicoka ")
    assert "wrong-token-1234" not in result.output


def test_a_vendor_that_answers_nonsense_is_told_with_code_5(shell: Shell) -> None:
    shell.koban.faults.append(Fault("html", status=200, times=99))
    result = shell("sync", "company")
    assert (result.exit_code, result.stderr.count("\n"), "Traceback" in result.output) == (5, 1, False)


def test_a_vendor_that_is_not_there_is_told_with_code_5(shell: Shell) -> None:
    text = (shell.folder / "mapper.yaml").read_text(encoding="utf-8")
    (shell.folder / "mapper.yaml").write_text(re.sub(r"127\.0\.0\.1:\d+/api/v1", "127.0.0.1:1/api/v1", text))
    shell.edit("    limits: {per_second: 0}", "    override: {retry: {attempts: 1}}\n    limits: {per_second: 0}")
    result = shell("sync", "company")
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)
    assert result.stderr.startswith("error: koban ")


def test_what_was_done_before_an_error_is_still_told(shell: Shell) -> None:
    shell.company()
    shell.edit(
        "nicoka: {resource: contacts}", "nicoka: {resource: contacts, where: '{{ id > 0 }}'}", "mappings/person.yaml"
    )
    shell.nicoka.faults.append(Fault("html", path="/api/contacts", status=200, times=99))
    told = shell.json("sync", code=5)
    assert told["entities"]["company"]["outcome"] == "done"
    assert told["error"]["connection"] == "nicoka"


def test_a_second_start_ends_at_once_with_code_6(shell: Shell) -> None:
    shell("status")
    store = Store("sqlite:///mapper.db", folder=shell.folder)
    with exclusive(store, "company"):
        command = [sys.executable, "-m", "mapper", "sync", "company", "--json", "--project", str(shell.folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    store.close()
    assert done.returncode == 6
    assert json.loads(done.stdout)["error"]["kind"] == "Locked"


def test_no_secret_is_in_any_output_or_in_the_state(shell: Shell) -> None:
    shell.company()
    output = "".join(shell(*args, "--verbose").output for args in (["plan"], ["sync"], ["status"], ["runs"]))
    kept = (shell.folder / "mapper.db").read_bytes()
    env = (shell.folder / ".env").read_text(encoding="utf-8")
    for secret in re.findall(r"^(?!.*CLIENT_ID).*=(.*)$", env, re.MULTILINE):
        assert secret not in output
        assert secret.encode() not in kept


def test_a_plan_file_is_listed_and_applied(shell: Shell) -> None:
    shell.company("ACME", phone="01 99 00 12 34")
    file = shell.folder / "plan.jsonl"
    assert shell("plan", "company", "-o", str(file)).exit_code == 0
    shown = shell("plan", "--show", str(file)).stdout
    assert "company: 2 changes planned\n    nicoka: 1 call to write them" in shown
    assert "create nicoka: ACME (from koban)\n    name: ACME\n" in shown
    assert shell.json("plan", "--show", str(file))["entities"]["company"]["changes"][0]["kind"] == "create"
    assert shell("sync", "--plan", str(file)).exit_code == 0
    assert [row["name1"] for row in shell.nicoka.data()["customers"]] == ["ACME"]


def test_what_has_moved_since_a_plan_is_told_and_ends_with_3(shell: Shell) -> None:
    file = shell.folder / "plan.jsonl"
    shell("plan", "company", "-o", str(file))
    shell.company("ACME")
    result = shell("sync", "--plan", str(file))
    assert result.exit_code == 3
    assert "company ACME (new in nicoka): this create is not in the plan" in result.stdout
    assert shell.json("sync", "--plan", str(file), code=3)["entities"]["company"]["refused"][0]["side"] == "nicoka"


def test_a_plan_says_itself_what_is_read(shell: Shell) -> None:
    result = shell("sync", "--plan", "plan.jsonl", "--full")
    assert (result.exit_code, "a plan says itself what is read" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("plan", "--show", "{plan}", "compny"), "holds no plan of 'compny' (it holds: company)"),
        (("plan", "--show", "{plan}", "--output", "other.jsonl"), "three different things"),
        (("plan", "--show", "{plan}", "--full"), "a plan file is only listed"),
        (("plan", "company", "--output", "."), "is a folder (name a file)"),
        (("plan", "company", "--output", "{folder}/mapper.yaml"), "is there already, and is no plan file"),
        (("plan", "company", "--output", "/dev/null"), "is there already, and is no plan file"),
        (("plan", "company", "--beside", "9" * 20), f"there is no run {'9' * 20}"),
        (("replay", "9" * 20), f"there is no run {'9' * 20}"),
        (("undo", "9" * 20), "is not in the range"),
        (("quarantine", "show", "9" * 20), "is not in the range"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(shell: Shell, args: tuple[str, ...], words: str) -> None:
    shell.company()
    file = shell.folder / "plan.jsonl"
    assert shell("plan", "company", "-o", str(file)).exit_code == 0
    result = shell(*(one.format(plan=file, folder=shell.folder) for one in args))
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr


def test_a_plan_file_is_told_with_what_it_is_for(shell: Shell) -> None:
    file = shell.folder / "plan.jsonl"
    assert f"`mapper sync --plan {file}` writes it" in shell("plan", "company", "-o", str(file)).stderr


def test_half_a_plan_is_not_kept(shell: Shell) -> None:
    """Of two mappings the second cannot be planned: nobody is to apply the first by the name of both."""
    file = shell.folder / "plan.jsonl"
    shell.company()
    shell.koban.faults.append(Fault("status", "GET", "ncContact", times=99, status=403))
    result = shell("plan", "company", "person", "-o", str(file))
    assert (result.exit_code, list(shell.folder.glob("*plan.jsonl*"))) == (5, [])
