"""`mapper status`, `runs` and `show`."""

from __future__ import annotations

import re

import mapper
from mapper.state import exclusive
from tests.cli.shell import Shell


def test_status_of_a_new_project_knows_nothing_yet(shell: Shell) -> None:
    told = shell.json("status")["entities"]["company"]
    assert told["last_run"] is None
    assert told["sides"]["koban"] == {
        "read_until": None,
        "changes_by": "filter",
        "whole_due": None,
        "links": 0,
        "open": 0,
    }
    assert "never" in shell("status").stdout


def test_status_counts_links_and_quarantine(shell: Shell) -> None:
    shell.company("ACME")
    shell.company("Bad", siret="12345678900011")
    shell("sync", "company")
    told = shell.json("status")["entities"]["company"]
    assert (told["sides"]["nicoka"]["links"], told["quarantine"], told["last_run"]["outcome"]) == (1, 1, "done")
    assert re.search(r"^company +koban +\d{4}-.* 1 +– +1 +1 \(sync, done", shell("status").stdout, re.MULTILINE)


def test_status_says_when_a_side_is_read_whole_again(shell: Shell) -> None:
    shell.company()
    shell("sync", "company")
    assert "whole again" in shell("status").stdout
    told = shell.json("status")["entities"]["company"]["sides"]
    assert (told["cirrus"]["changes_by"], told["cirrus"]["whole_due"]) == ("walk", None)
    assert 0.75 * 86_400 <= told["koban"]["whole_due"] - told["koban"]["read_until"] <= 86_400


def test_status_says_how_many_calls_of_a_day_are_left(shell: Shell) -> None:
    shell.edit("    limits: {per_second: 0}", "    limits: {per_second: 0, per_day: 200, share: 50%}")
    shell.company()
    shell("sync", "company")
    told = shell.json("status")["calls"]["koban"]
    assert (told["allowed"], told["used"] + told["left"]) == (100, 100)
    assert 0 < told["used"] < 20
    assert "calls left" in shell("status").stdout


def test_a_plan_warns_of_more_calls_than_are_left_today(shell: Shell) -> None:
    shell.edit("    limits: {per_second: 0}", "    limits: {per_second: 0, per_day: 20}")
    for number in range(30):
        shell.company(f"Company {number}")
    assert "are left today: a sync stops there" in shell("plan", "company").stdout


def test_runs_are_listed_newest_first(shell: Shell) -> None:
    shell("plan", "company")
    shell("sync", "company")
    assert [(run["run"], run["kind"]) for run in shell.json("runs")["runs"]] == [(2, "sync"), (1, "plan")]


def test_runs_can_be_limited(shell: Shell) -> None:
    shell("plan")
    assert [run["entity"] for run in shell.json("runs", "--limit", "1")["runs"]] == ["person"]
    assert [run["entity"] for run in shell.json("runs", "--entity", "company")["runs"]] == ["company"]


def test_runs_are_shown_with_their_totals(shell: Shell) -> None:
    shell.company()
    shell("sync", "company")
    assert re.search(r"^ +1 +company +sync .* done +2 ", shell("runs").stdout, re.MULTILINE)


def test_what_a_run_has_ended_is_among_its_totals_and_in_the_story(shell: Shell) -> None:
    guid = shell.company()
    shell("sync", "company")
    assert shell("undo", "1", "--yes").exit_code == 0
    assert shell("undo", "2", "--yes").exit_code == 0
    assert re.search(r"^ +2 +company +undo .* done +– +– +2 ", shell("runs").stdout, re.MULTILINE)
    assert re.search(r"reactivated nicoka \d+: done \(undo of run 2\)", shell("why", "company", guid).stdout)


def test_a_run_is_shown_with_its_changes(shell: Shell) -> None:
    shell.company("ACME")
    shell("sync", "company")
    text = shell("show", "1").stdout
    assert text.startswith("run 1: sync of company, done, ")
    assert re.search(r"create nicoka \d+: ACME", text)
    assert "    name: ACME" in text


def test_a_run_with_json_holds_its_changes(shell: Shell) -> None:
    shell.company("ACME")
    shell("plan", "company")
    told = shell.json("show", "1", "--changes", "1")
    assert (told["run"], told["outcome"], len(told["changes"]), told["changes_in_all"]) == (1, "planned", 1, 2)


def test_a_run_that_failed_is_shown_with_its_reason(shell: Shell) -> None:
    shell.edit("demo-koban-api", "wrong-key-1234", ".env")
    shell("sync", "company")
    text = shell("show", "1").stdout
    assert text.startswith("run 1: sync of company, failed, ")
    assert "koban accounts." in text


def test_a_run_that_never_was_is_wrong_use(shell: Shell) -> None:
    result = shell("show", "7")
    assert (result.exit_code, result.stderr) == (2, "error: there is no run 7 (see `mapper runs`)\n")


def test_an_unknown_entity_has_no_runs(shell: Shell) -> None:
    assert shell("runs", "--entity", "compny").exit_code == 2


def test_a_run_that_was_killed_is_not_told_to_be_running(shell: Shell) -> None:
    with mapper.load(shell.folder) as project, exclusive(project.store, "company"):
        project.store.start_run("company", "sync", "0", 0.0)
        assert shell.json("runs")["runs"][0]["outcome"] == "running"
    assert shell.json("runs")["runs"][0]["outcome"] == "crashed"
    assert shell.json("show", "1")["outcome"] == "crashed"
    assert "1 (sync, crashed, " in shell("status").stdout
