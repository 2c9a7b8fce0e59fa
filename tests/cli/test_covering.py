"""`mapper coverage`: fields that nobody maps, rows that never fire, values that never occur or are in no table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.shell import Shell

RECORDS = [
    {"Label": "A", "Status": {"Code": "PRO"}, "Cell": "01", "Odd": 1, "Address": {"City": "Paris"}},
    {"Label": "B", "Status": {"Code": "XXX"}, "Cell": "", "OfficialNumber": "1"},
    {"Label": "", "Cell": "02", "MoreFields": {"secteur": "Santé"}, "Tags": {"INTERET": ["Cuisine", "Inconnu"]}},
]
LINES = "\n".join(map(json.dumps, RECORDS))
FROM = ("--from", "koban", "-")


def looked_at(shell: Shell, text: str, *args: str) -> Any:
    """What the records of a text show."""
    result = shell("coverage", "company", *args, *FROM, "--json", stdin=text)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_fields_that_no_row_names_are_listed_by_side(shell: Shell) -> None:
    told = shell.json("coverage", "company")
    loose = {side: {field["path"]: field for field in fields} for side, fields in told["loose"].items()}
    assert loose["koban"]["Cell"]["type"] == "text"
    assert not {"Label", "EMail", "Address.City", "Guid"} & loose["koban"].keys()
    assert not {"name1", "identification_number", "status"} & loose["nicoka"].keys()
    assert (told["records"], told["rows"], told["values"]) == ({}, [], [])


def test_a_field_is_shown_with_its_label_and_type(shell: Shell) -> None:
    lines = shell("coverage", "company").stdout.splitlines()
    assert any(line.split() == ["bank_account_number", "N°", "de", "compte", "bancaire", "text"] for line in lines)


def test_custom_fields_of_the_catalogue_count_too(shell: Shell) -> None:
    shell.edit("surnom: {id: 5583bc220dc3610a94746d3f, type: text}", "surnom: {id: b, type: text, label: Surnom}")
    told = shell.json("coverage", "company")["loose"]["koban"]
    custom = {
        field["path"]: (field["label"], field["type"]) for field in told if field["path"].startswith("MoreFields")
    }
    assert custom["MoreFields.surnom"] == ("Surnom", "text")
    assert "MoreFields.secteur" not in custom


def test_with_records_fields_say_how_often_they_held_a_value(shell: Shell) -> None:
    result = shell("coverage", "company", *FROM, stdin=LINES)
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert rows[0] == "records: koban 3"
    assert "Cell Téléphone mobile text 2 of 3" in rows
    assert "Odd number, not in the connector 1 of 3" in rows
    assert any(row.endswith("of them never had a value") for row in rows)
    assert not any("cirrus:" in row for row in rows)


def test_rows_that_never_gave_a_value_are_named_with_their_place(shell: Shell) -> None:
    told = looked_at(shell, LINES)
    given = {row["field"]: (row["given"], row["refused"]) for row in told["rows"]}
    assert (given["name"], given["city"], given["vat"], given["siret"]) == ((2, 0), (1, 0), (0, 0), (0, 1))
    words = shell("coverage", "company", *FROM, stdin=LINES).stdout
    line = next(line for line in words.splitlines() if line.startswith("  siret  koban  "))
    assert "mappings/company.yaml:17:" in line and line.endswith("1 refused")


def test_values_never_seen_and_values_in_no_table_are_named(shell: Shell) -> None:
    told = looked_at(shell, LINES)
    values = {use["field"]: use for use in told["values"]}
    assert (values["status"]["never_seen"], values["status"]["unknown"]) == (["client", "supplier"], {"XXX": 1})
    words = shell("coverage", "company", *FROM, stdin=LINES).stdout
    assert "    never seen: client, supplier\n    not in it: XXX (1)\n" in words


def test_the_records_of_a_run_are_looked_at(shell: Shell) -> None:
    shell.company("ACME", siret="12345678900011")
    shell.company("Beta")
    shell("sync", "company")
    told = shell.json("coverage", "company", "--run", "1")
    assert told["records"] == {"koban": 2}
    assert {row["field"]: row["refused"] for row in told["rows"]}["siret"] == 1


def test_records_as_the_vendor_sends_them_are_decoded(shell: Shell) -> None:
    sent = json.dumps({"Label": "A", "Tags": [{"TagCategoryCode": "INTERET", "Label": "Cuisine"}]})
    told = looked_at(shell, sent, "--raw")
    assert {row["field"]: row["given"] for row in told["rows"]}["interests"] == 1


def test_no_vendor_is_asked(shell: Shell) -> None:
    shell("coverage", "company", *FROM, stdin=LINES)
    assert [app.calls for app in shell.sandboxes.values()] == [[], [], []]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nothing",), "the project has no mapping of 'nothing'"),
        (("company", "--run", "9"), "there is no run 9 of 'company'"),
        (("company", "-"), "FILE and --from belong together"),
        (("company", "--from", "koban"), "FILE and --from belong together"),
        (("company", "--from", "koban", "-", "--run", "1"), "give either --run or FILE"),
        (("company", "--raw"), "--raw is about records of a FILE"),
        (("company", "--from", "kobann", "-"), "the mapping has no side 'kobann' (did you mean 'koban'?)"),
        (("company", *FROM), "stdin:1: is not a JSON object"),
    ],
)
def test_wrong_use_is_told(shell: Shell, args: tuple[str, ...], message: str) -> None:
    result = shell("coverage", *args, stdin="7")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")


def test_a_run_of_which_nothing_is_kept_is_told(shell: Shell) -> None:
    shell("sync", "company")
    assert "no records are kept of run 1" in shell("coverage", "company", "--run", "1").stderr
