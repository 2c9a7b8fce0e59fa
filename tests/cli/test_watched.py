"""What the commands tell of guards, warnings and the quarantine over real HTTP."""

from __future__ import annotations

import pytest

from mapper.sandbox.base import Fault
from tests.cli.shell import Shell

MAPPING = "mappings/company.yaml"


def new_status(shell: Shell) -> None:
    lists = shell.nicoka.account.lists
    lists["202"] = {**lists["202"], "77": "VIP"}


def test_a_changed_mapping_is_told_in_one_sentence_with_code_4_and_its_flag_lets_it_run(shell: Shell) -> None:
    shell.company()
    shell("sync", "company")
    shell.edit("conflict: koban", "conflict: newest", MAPPING)
    result = shell("sync", "company")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr == (
        "error: the mapping of company changed since run 1 (conflict); look at it with `mapper plan company`, "
        "then sync. If this is what you want, run it again with --allow-changed\n"
    )
    assert shell("sync", "company", "--allow-changed").exit_code == 0


def test_the_flag_stands_in_the_error_for_programs(shell: Shell) -> None:
    shell.company()
    shell("sync", "company")
    shell.edit("conflict: koban", "conflict: newest", MAPPING)
    assert shell.json("sync", "company", code=4)["error"]["flag"] == "--allow-changed"


def test_a_plan_lets_the_changed_mapping_run(shell: Shell) -> None:
    shell.company()
    shell("sync", "company")
    shell.edit("conflict: koban", "conflict: newest", MAPPING)
    assert (shell("plan", "company").exit_code, shell("sync", "company").exit_code) == (0, 0)


def test_a_warning_is_on_stderr_in_the_report_in_the_run_and_in_the_standing(shell: Shell) -> None:
    shell.company()
    shell("sync", "company")
    new_status(shell)
    result = shell("sync", "company")
    words = "nicoka list values/202: new value 'VIP' unknown to the table, row status"
    assert words in result.stderr and result.exit_code == 0
    assert f"warning: {words}" in shell("show", "2").stdout
    assert f"company: {words}" in shell("status").stdout
    assert shell.json("show", "2")["warnings"][0]["message"] == words


def test_a_warning_is_in_what_a_plan_tells_programs(shell: Shell) -> None:
    shell.company()
    shell("sync", "company")
    new_status(shell)
    [warned] = shell.json("plan", "company")["entities"]["company"]["warnings"]
    assert (warned["kind"], warned["side"], warned["stops"]) == ("lists", "nicoka", False)


@pytest.mark.parametrize("options", [[], ["--allow-unexpected"]])
def test_an_expectation_that_stops_is_lifted_by_its_own_flag(shell: Shell, options: list[str]) -> None:
    shell.company()
    shell.edit("fields:\n", "expect: {unchanged: 1, stop: [unchanged]}\nfields:\n", MAPPING)
    shell("sync", "company")
    assert shell("sync", "company", *options).exit_code == (0 if options else 4)


def test_what_came_right_stands_in_the_story(shell: Shell) -> None:
    guid = shell.company("ACME", siret="12345678900011")
    shell("sync", "company")
    shell.koban.edit("ncThird", guid, {"OfficialNumber": "73282932000074"})
    shell("sync", "company")
    assert f"came right: koban {guid} (rule, siret), run 1, once" in shell("why", "company", guid).stdout
    assert shell.json("why", "company", guid)["left_quarantine"][0]["cause"] == "rule"


def test_the_record_behind_a_refused_write_is_shown_as_it_was_read(shell: Shell) -> None:
    guid = shell.company("ACME")
    shell.nicoka.faults.append(Fault("status", method="POST", path="/api/customers", status=400, times=99))
    shell("sync", "company")
    text = shell("quarantine", "show", "1", "--record").stdout
    assert f"koban {guid}, as it was read:" in text and '"Label": "ACME"' in text
    [read] = shell.json("quarantine", "show", "1")["read"]
    assert (read["side"], read["key"], read["record"]["Label"]) == ("koban", guid, "ACME")
