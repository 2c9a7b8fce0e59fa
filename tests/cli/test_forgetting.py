"""`mapper forget`: one person goes from everything, the others stay, and the file holds no trace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.shell import Shell

NAME, EMAIL, PHONE = "Quenouille", "contact@quenouille.example", "+33612345678"


@pytest.fixture
def synced(shell: Shell) -> tuple[Shell, str]:
    """A person's company on three sides, edited once; another one beside it, and one in quarantine."""
    key = shell.company(NAME, email=EMAIL, phone=PHONE)
    shell.company("ACME", email="contact@acme.example")
    shell.company("Bad", siret="12345678900011")
    shell("sync", "company")
    next(row for row in shell.nicoka.data()["customers"] if row["name1"] == NAME)["phone"] = "0699887766"
    shell("sync", "company", "--full")
    return shell, key


def raw(folder: Path) -> bytes:
    """Every byte of the state's files."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.name.startswith("mapper.db"))


def test_nothing_of_a_forgotten_person_can_be_read_in_the_file(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    words = [NAME, EMAIL, PHONE, "699887766", key]
    assert [word for word in words if word.encode() in raw(shell.folder)]
    result = shell("forget", "company", key, "--yes")
    assert result.exit_code == 0, result.stderr
    assert [word for word in words if word.encode() in raw(shell.folder)] == []
    assert b"acme.example" in raw(shell.folder)


def test_what_was_erased_is_told_by_table_and_that_nothing_is_left(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    told = shell("forget", "company", key, "--yes").stdout
    assert "records         3 erased" in told
    assert "The whole state was searched: no row of this person is left." in told
    assert "values by which the person is recognised is left anywhere." in told


def test_other_records_stay_as_they_are(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    before = shell.json("state", "show")["entities"]["company"]
    shell("forget", "company", key, "--yes")
    after = shell.json("state", "show")["entities"]["company"]
    assert (before["links"] - after["links"], before["linked"] - after["linked"]) == (1, 3)
    assert after["quarantined"] == before["quarantined"]
    assert shell("state", "check").exit_code == 0


def test_why_says_only_that_a_person_was_forgotten(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    shell("forget", "company", key, "--yes")
    result = shell("why", "company", key)
    assert result.exit_code == 2
    assert "this company was forgotten on " in result.stderr
    assert NAME not in result.stderr + result.stdout


def test_a_vendor_that_still_holds_the_person_is_named_first(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    result = shell("forget", "company", f"koban:{key}")
    assert result.exit_code == 2
    assert f"koban:{key}: there" in result.stderr
    assert "erase it there first" in result.stderr
    assert NAME.encode() in raw(shell.folder)


def test_a_person_that_is_not_known_is_told(synced: tuple[Shell, str]) -> None:
    result = synced[0]("forget", "company", "nobody", "--yes")
    assert (result.exit_code, "nothing is known of the company" in result.stderr) == (2, True)


def test_with_json_the_answer_is_a_document(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    told = shell.json("forget", "company", key, "--yes")
    assert (told["forgotten"], told["erased"]["records"], told["elsewhere"]) == ("company", 3, {})


def test_where_the_state_was_in_use_forgetting_again_does_what_is_left(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    shell.edit("sqlite:///mapper.db", "sqlite:///mapper.db?timeout=0.1")
    with closing(sqlite3.connect(shell.folder / "mapper.db")) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from records").fetchall()
        result = shell("forget", "company", key, "--yes")
        assert (result.exit_code, "run this again" in result.stderr) == (2, True)
    assert [found["kind"] for found in shell.json("state", "check", code=2)["findings"]] == ["traces"]
    again = shell("forget", "company", key, "--yes")
    assert (again.exit_code, EMAIL.encode() in raw(shell.folder)) == (0, False)
    assert "no row of this person is left" in again.stdout
    assert shell.json("state", "check")["findings"] == []


@pytest.mark.parametrize(
    ("name", "siret"), [("Quenouille", "12345678900011"), ("Twin", None)], ids=["a rule", "no single match"]
)
def test_who_was_never_linked_is_looked_for_by_values_too(shell: Shell, name: str, siret: str | None) -> None:
    for _ in range(2):
        shell.nicoka.add("customers", {"name1": "Twin", "zipcode": "75011", "email": EMAIL})
    shell.company("Other", email=EMAIL)
    key = shell.company(name, email=EMAIL, siret=siret)
    assert shell("sync", "company").exit_code == 3
    assert key in shell("quarantine", "list").stdout
    told = shell("forget", "company", f"koban:{key}", "--yes").stdout
    assert "Rows of other records that hold one of the same values" in told


def test_a_copy_that_an_upgrade_left_is_named(synced: tuple[Shell, str]) -> None:
    shell, key = synced
    copy = shell.folder / "mapper.db.schema-1"
    copy.write_bytes(raw(shell.folder))
    told = shell("forget", "company", key, "--yes").stdout
    assert f"{copy}, which an upgrade left, was not searched and may hold the person: delete it." in told
