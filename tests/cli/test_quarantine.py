"""`mapper quarantine`: list, show, retry, drop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mapper.cli.remedies import REMEDIES
from mapper.sandbox.base import Fault
from tests.cli.shell import Shell

BAD = "12345678900011"


@pytest.fixture
def held(shell: Shell) -> Shell:
    """A project with one record in quarantine, because a rule does not hold."""
    shell.company("Bad", siret=BAD)
    shell("sync", "company")
    return shell


def refused(shell: Shell) -> None:
    """One record that a vendor refuses."""
    shell.company("ACME")
    shell.nicoka.faults.append(Fault("status", method="POST", path="/api/customers", status=400, times=99))
    shell("sync", "company")


def test_an_empty_quarantine_says_so(shell: Shell) -> None:
    assert shell("quarantine", "list").stdout == "Nothing is in quarantine.\n"


def test_the_list_tells_the_reason(held: Shell) -> None:
    text = held("quarantine", "list").stdout
    assert f"siret: '{BAD}' is not a valid SIRET number" in text


def test_the_list_with_json_can_be_of_one_entity(held: Shell) -> None:
    assert [record["side"] for record in held.json("quarantine", "list", "--entity", "company")["quarantine"]] == [
        "koban"
    ]
    assert held.json("quarantine", "list", "--entity", "person")["quarantine"] == []


def test_one_record_is_shown_with_the_place_of_its_rule(held: Shell) -> None:
    text = held("quarantine", "show", "1").stdout
    assert f"why:        siret: '{BAD}' is not a valid SIRET number\n" in text
    assert "mappings/company.yaml:" in text
    assert "Guid" not in text


def test_one_record_is_shown_with_what_to_do(held: Shell) -> None:
    text = held("quarantine", "show", "1").stdout
    assert "what to do: Correct the record at its vendor, or the row that `where` names.\n" in text
    assert text.endswith("run 1; once\n")


def test_what_to_do_is_what_the_docs_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.partition("\n## Quarantine\n")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \|$", table, re.MULTILINE)) == REMEDIES


def test_one_record_is_shown_as_it_was_read(held: Shell) -> None:
    assert f'"OfficialNumber": "{BAD}"' in held("quarantine", "show", "1", "--record").stdout
    assert held.json("quarantine", "show", "1")["record"]["OfficialNumber"] == BAD


def test_a_record_whose_reason_is_gone_comes_out_by_itself(held: Shell) -> None:
    [row] = held.koban.data()["ncThird"]
    held.koban.edit("ncThird", row["Guid"], {"OfficialNumber": "73282932000074"})
    held("sync", "company")
    assert held.json("quarantine", "list")["quarantine"] == []


def test_a_refused_write_stays_until_it_is_tried_again(shell: Shell) -> None:
    refused(shell)
    assert len(shell.json("quarantine", "list")["quarantine"]) == 1
    shell("sync", "company")
    assert shell.nicoka.data()["customers"] == []
    shell.nicoka.faults.clear()
    assert shell("quarantine", "retry", "--all").stdout == "1 record will be tried again by the next sync.\n"
    shell("sync", "company")
    assert [row["name1"] for row in shell.nicoka.data()["customers"]] == ["ACME"]
    assert shell.json("quarantine", "list")["quarantine"] == []


def test_a_refused_write_that_is_dropped_is_given_up(shell: Shell) -> None:
    refused(shell)
    [record] = shell.json("quarantine", "list")["quarantine"]
    told = shell.json("quarantine", "drop", str(record["number"]), "--yes")
    assert told == {"dropped": [record["number"]], "writes_given_up": 1}
    shell.nicoka.faults.clear()
    shell("sync", "company")
    assert shell.nicoka.data()["customers"] == []
    assert shell.json("status")["entities"]["company"]["sides"]["nicoka"]["open"] == 0


def test_nothing_is_dropped_where_nobody_can_be_asked(held: Shell) -> None:
    result = held("quarantine", "drop", "1")
    assert (result.exit_code, result.stderr.split("?")[0]) == (2, "error: Forget 1 record")
    assert len(held.json("quarantine", "list")["quarantine"]) == 1


def test_a_dropped_record_is_forgotten(held: Shell) -> None:
    assert held("quarantine", "drop", "1", "--yes").stdout == "1 record forgotten.\n"
    assert held.json("quarantine", "list")["quarantine"] == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["show", "9"], "nothing in quarantine has the number 9 (see `mapper quarantine list`)"),
        (["retry", "1", "8", "9"], "nothing in quarantine has the number 8, 9 (see `mapper quarantine list`)"),
        (["retry"], "give the numbers of records, or --all"),
        (["drop", "1", "--all"], "give the numbers of records, or --all"),
        (["list", "--entity", "compny"], "the project has no mapping of 'compny' (did you mean 'company'?)"),
    ],
)
def test_a_record_that_is_not_there_is_wrong_use(held: Shell, args: list[str], message: str) -> None:
    result = held("quarantine", *args)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {message}\n")
