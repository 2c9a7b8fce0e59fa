"""`mapper try`: records from files, stdin and live sides, and the way of each value."""

from __future__ import annotations

import json
import subprocess
import sys
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
        ("", 0),
        ("\n  \n", 0),
        ("\ufeff" + json.dumps(GOOD) + "\n" + json.dumps(GOOD), 2),
        ("\n" + json.dumps(GOOD) + "\r\n" + json.dumps(GOOD) + "\r\n", 2),
        (json.dumps([GOOD, GOOD], indent=2), 2),
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
    assert "record 1 (stdin): " in result.stderr
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


def test_explain_shows_the_way_of_each_value_step_by_step(shell: Shell) -> None:
    told = shell("try", "company", *WAY, "-", "--explain", stdin=json.dumps(GOOD)).stdout
    block = next(block for block in told.split("\n\n") if block.startswith("siret (siret)"))
    title, *lines = block.splitlines()
    assert "mappings/company.yaml:" in title
    assert [" ".join(line.split()) for line in lines] == [
        'koban OfficialNumber = "732 829 320 00074"',
        'siret → "73282932000074"',
        'canonical "73282932000074"',
        "siret → the same",
        "field → the same",
        'nicoka identification_number = "73282932000074"',
    ]


def test_explain_names_the_step_that_refused(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "-", "--explain", stdin=json.dumps(BAD))
    assert result.exit_code == 3
    assert "problem    siret: '12345678900011' is not a valid SIRET number" in result.stdout


def test_explain_says_in_words_why_a_cell_is_not_written(shell: Shell) -> None:
    shell.edit("phone: {", "phone: {when: \"{{ status == 'client' }}\", ", "mappings/company.yaml")
    told = shell("try", "company", *WAY, "-", "--explain", stdin=json.dumps({**GOOD, "Phone": "0140506070"})).stdout
    assert "not written: when {{ status == 'client' }} is false" in told
    assert "has no value: the row's default is taken" in told


def test_explain_with_json_holds_the_same(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "-", "--explain", "--json", stdin=json.dumps([GOOD, BAD]))
    good, bad = json.loads(result.stdout)["records"]
    fields = {field["field"]: field for field in good["fields"]}
    assert fields["status"]["canonical"] == "prospect"
    assert fields["status"]["written"] == 1
    assert "raw" not in fields["status"]
    assert fields["siret"]["reading"] == [{"step": "siret", "value": "73282932000074"}]
    assert bad["record"] == 2
    assert bad["written"] is None
    assert bad["problems"][0]["field"] == "siret"


@pytest.mark.parametrize(
    ("args", "stdin", "message"),
    [
        (["-"], "{", "stdin:1: is not JSON: "),
        (["-"], '\n{"Label": "A"}\n\n{"b"', "stdin:4: is not JSON: "),
        (["-"], '{"Label": "A"}\n[{}]', "stdin:2: is not a JSON object"),
        (["-"], '{"Label":\n "A",\n}', "stdin:2: is not JSON: "),
        (["-"], '{"Label": \n{"Label": "A"}', "stdin:1: is not JSON: "),
        (["-"], "[{},\n{]", "stdin:2: is not JSON: "),
        (["."], "", ". cannot be read: Is a directory"),
        (["--raw"], "", "--raw is about records of a FILE"),
        (["-"], "[1]", "stdin: record 1 is not a JSON object"),
        (["-"], "7", "stdin:1: is not a JSON object"),
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
    assert result.stderr == "error: the mapping has no side 'kobann' (did you mean 'koban'?)\n"


def test_a_missing_live_record_is_told_with_code_5(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "--key", "0" * 24)
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)


def test_what_stands_before_a_broken_line_is_written(shell: Shell) -> None:
    result = shell("try", "company", *WAY, "-", stdin=f"{json.dumps(GOOD)}\n{json.dumps(GOOD)}\n{{")
    assert (result.exit_code, len(result.stdout.splitlines())) == (2, 2)


def test_a_line_that_does_not_fit_is_told_with_its_number_and_place(shell: Shell, records: Path) -> None:
    records.write_text("\n".join(["", json.dumps(GOOD), "", json.dumps(BAD), json.dumps(GOOD)]), encoding="utf-8")
    result = shell("try", "company", *WAY, str(records))
    assert (result.exit_code, len(result.stdout.splitlines())) == (3, 2)
    assert result.stderr.startswith(f"record 2 ({records}:4): ")


@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_counts_records_and_not_lines(shell: Shell, limit: int) -> None:
    lines = "\n\n".join([json.dumps(GOOD)] * 3) + "\n{"
    assert len(shell("try", "company", *WAY, "--limit", str(limit), "-", stdin=lines).stdout.splitlines()) == limit


def test_a_whole_text_that_is_too_large_is_refused(shell: Shell, records: Path) -> None:
    with records.open("wb") as stream:
        stream.write(b"[\n" + b"{},\n" * 13_000_000 + b"{}]")
    result = shell("try", "company", *WAY, str(records))
    assert result.stderr == f"error: {records} is larger than 50,000,000 bytes (give one record per line)\n"


@pytest.mark.parametrize("word", ['"\\ud83d"', '"a\\u0000b"'])
def test_texts_that_few_systems_know_are_written_as_json(shell: Shell, word: str) -> None:
    result = shell("try", "company", *WAY, "-", stdin=f'{{"Label": "ACME", "Comments": {word}}}\n')
    assert result.exit_code in (0, 2, 3)
    assert "a defect of mapper" not in result.stderr


def test_custom_fields_as_the_vendor_sends_them_are_decoded(shell: Shell) -> None:
    sent = {"Label": "A", "MoreFields": [{"FieldId": "5583bc220dc3610a94746d3b", "Value": "Santé"}], "Tags": []}
    told = shell("try", "company", *WAY, "--raw", "-", stdin=json.dumps(sent)).stdout
    assert json.loads(told)["industry"] == 120


def _mapper(shell: Shell, *args: str) -> list[str]:
    return [sys.executable, "-m", "mapper", "--project", str(shell.folder), *args]


def test_a_reader_that_goes_away_ends_it_quietly(shell: Shell, records: Path) -> None:
    records.write_text((json.dumps(GOOD) + "\n") * 20_000, encoding="utf-8")
    command = _mapper(shell, "try", "company", *WAY, str(records))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert json.loads(process.stdout.readline()) == WRITTEN
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", 0)


# A process's peak memory begins with that of the one that started it: so this small one starts it, and measures.
PEAK = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(status, usage.ru_maxrss)
"""


def test_memory_does_not_grow_with_the_file(shell: Shell, tmp_path: Path) -> None:
    peaks = []
    for count in (1_000, 40_000):
        file = tmp_path / f"{count}.jsonl"
        file.write_text((json.dumps({**GOOD, "Comments": "x" * 1000}) + "\n") * count, encoding="utf-8")
        command = [sys.executable, "-S", "-c", PEAK, *_mapper(shell, "try", "company", *WAY, str(file))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        status, peak = map(int, done.stdout.split())
        assert (status, done.stderr) == (0, "")
        peaks.append(peak)
    # The larger file holds 44 MB more, over half of what a run takes.
    assert peaks[1] < peaks[0] * 1.1


def test_no_library_for_vendors_state_or_tables_is_loaded_for_a_file(shell: Shell, records: Path) -> None:
    records.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    command = _mapper(shell, "try", "company", *WAY, str(records))
    command[1:1] = ["-X", "importtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert json.loads(done.stdout) == WRITTEN
    assert "orjson" in loaded
    assert not loaded & {"sqlalchemy", "httpx", "rich", "werkzeug", "cerberus"}
