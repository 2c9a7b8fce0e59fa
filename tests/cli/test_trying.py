"""`mapper try`: records from files, stdin and live sides, and the way of each value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import Shell

WAY = ("--from", "koban", "--to", "nicoka")
GOOD = {"Label": " ACME ", "OfficialNumber": "732 829 320 00074"}
BAD = {"Label": "Bad", "OfficialNumber": "12345678900011"}
WRITTEN = {"name1": "ACME", "identification_number": "73282932000074", "status": 1}


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "records.json"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (json.dumps(GOOD), 1),
        (json.dumps([GOOD, GOOD]), 2),
        (f"{json.dumps(GOOD)}\n\n{json.dumps(GOOD)}\n{json.dumps(GOOD)}", 3),
        ("[]", 0),
        (json.dumps(GOOD, indent=2), 1),
    ],
)
def test_records_of_a_file_become_one_line_each(shell: Shell, records: Path, text: str, count: int) -> None:
    records.write_text(text, encoding="utf-8")
    result = shell("try", "company", *WAY, str(records))
    assert (result.exit_code, list(map(json.loads, result.stdout.splitlines()))) == (0, [WRITTEN] * count)


def test_records_come_from_stdin(shell: Shell) -> None:
    assert json.loads(shell("try", "company", *WAY, "-", stdin=json.dumps(GOOD)).stdout) == WRITTEN


def test_no_vendor_is_asked_for_records_of_a_file(shell: Shell) -> None:
    shell("try", "company", *WAY, "-", stdin=json.dumps(GOOD))
    assert [app.calls for app in shell.sandboxes.values()] == [[], [], []]


def test_a_record_that_does_not_fit_is_told_with_its_rule_and_code_3(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "-", stdin=json.dumps([BAD, GOOD]))
    assert (result.exit_code, len(result.stdout.splitlines())) == (3, 1)
    assert "record 1: " in result.stderr
    assert "mappings/company.yaml:" in result.stderr
    assert "siret: '12345678900011' is not a valid SIRET number" in result.stderr


def test_records_come_from_the_live_side(shell: Shell) -> None:
    for number in range(3):
        shell.company(f"Company {number}")
    lines = shell("try", "company", *WAY, "--limit", "2").stdout.splitlines()
    assert [json.loads(line)["name1"] for line in lines] == ["Company 0", "Company 1"]


def test_one_live_record_is_read_by_its_key(shell: Shell) -> None:
    shell.company("One")
    guid = shell.company("Two", sector="Énergie")
    told = json.loads(shell("try", "company", *WAY, "--key", guid).stdout)
    assert (told["name1"], told["industry"]) == ("Two", 119)


def test_explain_shows_the_way_of_each_value(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "-", "--explain", stdin=json.dumps(GOOD))
    row = next(line for line in result.stdout.splitlines() if line.startswith("siret"))
    assert "732 829 320 00074" in row
    assert row.count("73282932000074") == 2
    assert "identification_number" in row
    assert "mappings/company.yaml:" in row


def test_explain_with_json_holds_the_same(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "-", "--explain", "--json", stdin=json.dumps([GOOD, BAD]))
    good, bad = json.loads(result.stdout)["records"]
    fields = {field["field"]: field for field in good["fields"]}
    assert fields["status"]["canonical"] == "prospect"
    assert fields["status"]["written"] == 1
    assert "read" not in fields["status"]
    assert bad["written"] is None
    assert bad["problems"][0]["field"] == "siret"


@pytest.mark.parametrize(
    ("args", "stdin", "message"),
    [
        (["-"], "{", "stdin:1: is not JSON: "),
        (["-"], '{"a": 1}\n{"b"', "stdin:2: is not JSON: "),
        (["-"], "[1]", "stdin: record 1 is not a JSON object"),
        (["-"], "7", "stdin: record 1 is not a JSON object"),
        (["none.json"], "", "none.json cannot be read: No such file or directory"),
        (["-", "--key", "1"], "", "--key reads the live side: give either FILE or --key"),
    ],
)
def test_records_that_cannot_be_read_are_wrong_use(shell: Shell, args: list[str], stdin: str, message: str) -> None:
    result = shell("try", "company", *WAY, *args, stdin=stdin)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {message}")


def test_an_unknown_side_names_the_nearest(shell: Shell) -> None:
    result = shell("try", "company", "--from", "kobann", "--to", "nicoka", "-", stdin="{}")
    assert result.stderr == "error: the mapping of company has no side 'kobann' (did you mean 'koban'?)\n"


def test_a_missing_live_record_is_told_with_code_5(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "--key", "0" * 24)
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)
