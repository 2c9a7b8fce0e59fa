"""`mapper plan --beside`: a changed mapping beside the old one, on the records that the vendors hold."""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from mapper.spec.load import shipped
from tests.cli.shell import Shell

MAPPING = "mappings/company.yaml"


@pytest.fixture
def edited(shell: Shell, tmp_path: Path) -> tuple[Shell, str]:
    """Two companies, one in each of two systems; names become upper-case, and one company is left out."""
    shell.company("Acme", notes="x")
    shell.nicoka.add("customers", {"name1": "Globex", "status": 2})
    old = tmp_path / "old.yaml"
    shutil.copy(shipped("mappings") / "company.yaml", old)
    if not (shell.folder / MAPPING).exists():
        (shell.folder / "mappings").mkdir(exist_ok=True)
        shutil.copy(old, shell.folder / MAPPING)
    shell.edit(
        "name: {koban: Label, nicoka: name1, cirrus: name, required: true}",
        "name: {koban: Label, nicoka: {path: name1, write: upper, read: title}, cirrus: name, required: true}",
        MAPPING,
    )
    shell.edit("conflict: koban\n", "conflict: koban\nfilter: [{only: \"{{ name != 'Globex' }}\"}]\n", MAPPING)
    return shell, str(old)


def ways(told: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str, list[Any]]]:
    return {
        (row["source"], row["target"]): (
            row["before"],
            row["after"],
            [(one["field"], one["before"], one["after"]) for one in row["differences"]],
        )
        for row in told["rows"]
    }


def test_it_tells_what_each_side_would_be_given_otherwise(edited: tuple[Shell, str]) -> None:
    shell, old = edited
    told = shell.json("plan", "company", "--beside", old, code=3)
    assert (told["run"], told["records"], told["fields"]) == (None, 2, {"name": 1})
    assert ways(told) == {
        ("koban", "nicoka"): ("written", "written", [("name", "Acme", "ACME")]),
        ("nicoka", "koban"): ("written", "left alone", []),
        ("nicoka", "cirrus"): ("written", "left alone", []),
    }


def test_it_writes_nothing_and_reads_each_side_once(edited: tuple[Shell, str]) -> None:
    shell, old = edited
    shell("plan", "company", "--beside", old)
    for sandbox in shell.sandboxes.values():
        assert {call.path for call in sandbox.calls if call.method != "GET"} <= {"/oauth/token"}
    assert [call.path for call in shell.koban.calls].count("/api/v1/ncThird/GetUpdated") == 1
    assert shell.json("runs")["runs"] == []


def test_it_lists_the_records_and_counts_by_field(edited: tuple[Shell, str]) -> None:
    shell, old = edited
    shown = shell("plan", "company", "--beside", old).stdout
    assert 'name1: "Acme" → "ACME"' in shown
    assert "fields: name (1)" in shown
    assert "company, the old mapping beside: 2 records, 4 ways to other sides: 3 differ, 2 are left alone now" in shown


def test_one_side_alone_can_be_compared(edited: tuple[Shell, str]) -> None:
    shell, old = edited
    told = shell.json("plan", "company", "--beside", old, "--from", "koban", code=3)
    assert set(ways(told)) == {("koban", "nicoka")}


def test_the_same_mapping_differs_in_nothing(shell: Shell) -> None:
    shell.company()
    told = shell.json("plan", "company", "--beside", str(shipped("mappings") / "company.yaml"))
    assert (told["records"], told["differing"]) == (1, 0)


def test_a_run_names_the_mapping_that_it_had(edited: tuple[Shell, str]) -> None:
    shell, _ = edited
    text = (shell.folder / MAPPING).read_text()
    shutil.copy(shipped("mappings") / "company.yaml", shell.folder / MAPPING)
    shell("plan", "company")
    (shell.folder / MAPPING).write_text(text)
    assert shell.json("plan", "company", "--beside", "1", code=3)["fields"] == {"name": 1}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("company", "--beside", "99"), "there is no run 99"),
        (("--beside", "1"), "--beside compares the mappings of one entity"),
        (("person", "--beside", "OLD"), "is a mapping of 'company', not of 'person'"),
        (("company", "--beside", "OLD", "--from", "sap"), "the mapping has no side 'sap'"),
        (("company", "--beside", "gone.yaml"), "gone.yaml"),
    ],
)
def test_what_cannot_be_compared_is_wrong_use(edited: tuple[Shell, str], args: tuple[str, ...], words: str) -> None:
    shell, old = edited
    result = shell("plan", *(old if one == "OLD" else one for one in args))
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr


def test_a_side_of_another_account_cannot_be_compared(edited: tuple[Shell, str]) -> None:
    shell, old = edited
    project = yaml.safe_load((shell.folder / "mapper.yaml").read_text())
    project["connections"]["archive"] = deepcopy(project["connections"]["nicoka"])
    (shell.folder / "mapper.yaml").write_text(yaml.safe_dump(project))
    text = Path(old).read_text()
    Path(old).write_text(text.replace("{resource: customers}", "{resource: customers, connection: archive}"))
    result = shell("plan", "company", "--beside", old)
    words = "different things on the side 'nicoka': customers of archive and customers of nicoka"
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr
