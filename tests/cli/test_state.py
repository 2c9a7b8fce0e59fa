"""`mapper state`: show, check, backup, reset."""

from __future__ import annotations

import os
import pty
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell, run

SUBCOMMANDS = ("show", "check", "backup", "reset", "rekey")


@pytest.fixture
def synced(shell: Shell) -> Shell:
    """A project with one company linked on three sides, and one record in quarantine."""
    shell.company("ACME")
    shell.company("Bad", siret="12345678900011")
    shell("sync", "company")
    return shell


def sql(shell: Shell, *statements: str) -> list[Any]:
    """What the state's file answers to the last of these statements."""
    with closing(sqlite3.connect(shell.folder / "mapper.db")) as connection:
        rows = [connection.execute(statement).fetchall() for statement in statements]
        connection.commit()
    return rows[-1]


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_help_of_each_command_has_an_example(name: str) -> None:
    result = run("state", name, "--help")
    assert (result.exit_code, f"mapper state {name}" in result.stdout.split("Examples")[-1]) == (0, True)


# ---- rekey --------------------------------------------------------------------------------------------------------


def test_a_state_is_encrypted_and_decrypted_again(synced: Shell) -> None:
    with (synced.folder / ".env").open("a") as file:
        file.write("\nSTATE_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    synced.edit("connections:", "state_key: ${STATE_KEY}\nconnections:")
    assert "is not encrypted, but a key is given" in synced("sync").stderr
    told = synced("state", "rekey")
    assert (told.exit_code, "is encrypted now" in told.stdout) == (0, True), told.stderr
    assert sql(synced, "select count(*) from changes where title like '%ACME%'") == [(0,)]
    assert (synced("sync").exit_code, synced.json("state", "show")["encrypted"]) == (3, True)
    synced.edit("state_key: ${STATE_KEY}\n", "")
    assert "is encrypted, and no key is given" in synced("status").stderr
    assert synced.json("state", "rekey", "--old", "STATE_KEY")["encrypted"] is False
    assert synced("sync").exit_code == 3


def test_a_key_that_stands_in_the_project_file_is_refused(synced: Shell) -> None:
    synced.edit("connections:", "state_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nconnections:")
    result = synced("sync")
    assert (result.exit_code, "is a secret and must not stand here" in result.stderr) == (2, True)


# ---- show ---------------------------------------------------------------------------------------------------------


def test_a_state_is_shown_with_its_place_version_size_and_counts(synced: Shell) -> None:
    text = synced("state", "show").stdout
    assert f"state:   sqlite:///{synced.folder / 'mapper.db'}\nschema:  " in text
    assert re.search(r"^size: +\d+\.\d kB$", text, re.MULTILINE)
    assert re.search(r"^company +1 +3 +– +– +1 +\d+ +1 \(sync, done, ", text, re.MULTILINE)
    assert re.search(r"^person +(– +){6}never$", text, re.MULTILINE)


def test_a_state_with_json_holds_counts_and_the_last_run(synced: Shell) -> None:
    told = synced.json("state", "show")
    company = told["entities"]["company"]
    assert told["exists"] and told["bytes"] > 0
    assert (company["links"], company["linked"], company["quarantined"]) == (1, 3, 1)
    assert (company["last_run"]["run"], company["last_run"]["outcome"]) == (1, "done")


def test_writes_that_a_vendor_refused_are_still_owed(shell: Shell) -> None:
    from mapper.sandbox.base import Fault

    shell.company("ACME")
    shell.nicoka.faults.append(Fault("status", method="POST", path="/api/customers", status=400, times=99))
    shell("sync", "company")
    assert shell.json("state", "show")["entities"]["company"]["owed"] == 1


def test_showing_and_checking_a_state_that_is_not_there_makes_none(shell: Shell) -> None:
    assert "not there yet" in shell("state", "show").stdout
    assert "not there yet" in shell("state", "check").stdout
    assert shell.json("state", "show")["schema"] is None
    assert not (shell.folder / "mapper.db").exists()


# ---- versions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["show"], ["check"], ["backup", "copy.db"], ["reset", "company", "--yes"]])
@pytest.mark.parametrize(
    ("schema", "said"),
    [("1", "was written by an older version of mapper"), ("99", "was written by a newer version of mapper")],
)
def test_a_state_of_another_version_is_refused_in_one_sentence(
    synced: Shell, args: list[str], schema: str, said: str
) -> None:
    sql(synced, f"update mapper_meta set value = '{schema}'")
    result = synced("state", *args)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert said in result.stderr and f"(schema {schema}; " in result.stderr


@pytest.mark.parametrize("schema", ["99"])
@pytest.mark.parametrize("args", [["sync"], ["plan"], ["status"], ["quarantine", "list"]])
def test_no_command_works_on_a_state_of_another_version(synced: Shell, args: list[str], schema: str) -> None:
    sql(synced, f"update mapper_meta set value = '{schema}'")
    result = synced(*args)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert re.match(rf"error: sqlite:///.*/mapper\.db .*\(schema {schema}\b", result.stderr)


# ---- check --------------------------------------------------------------------------------------------------------


def test_a_state_after_a_sync_is_sound(synced: Shell) -> None:
    result = synced("state", "check")
    assert (result.exit_code, result.stdout) == (0, f"sqlite:///{synced.folder / 'mapper.db'} is sound.\n")
    assert synced.json("state", "check")["findings"] == []


def test_a_broken_state_ends_with_two_and_says_what_to_do(synced: Shell) -> None:
    sql(synced, "update records set base = '{' where side = 'nicoka'")
    result = synced("state", "check")
    assert result.exit_code == 2
    assert re.fullmatch(
        r"broken: the agreed values of 1 record of 'company' cannot be read, the first is nicoka \d+ "
        r"\(`mapper state reset company` has the next sync match its records anew\)\n",
        result.stdout,
    )
    assert [finding["kind"] for finding in synced.json("state", "check", code=2)["findings"]] == ["base"]


def test_what_does_no_harm_is_a_note_and_ends_with_zero(synced: Shell) -> None:
    sql(synced, "update quarantine set entity = 'ticket'")
    result = synced("state", "check")
    assert (result.exit_code, result.stdout.split(" (")[0]) == (
        0,
        "note: 1 record of 'ticket' is in quarantine, but no mapping is of it",
    )
    assert synced.json("state", "check")["broken"] is False


def test_a_file_that_is_no_database_is_refused_in_one_sentence(synced: Shell) -> None:
    for path in synced.folder.glob("mapper.db*"):
        path.unlink()
    (synced.folder / "mapper.db").write_text("no database at all, " * 100)
    result = synced("state", "check")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "cannot be used: file is not a database" in result.stderr


def test_a_damaged_file_is_told_with_what_to_do(synced: Shell) -> None:
    file = synced.folder / "mapper.db"
    os.truncate(file, file.stat().st_size // 2)
    assert "(put a backup in its place, or move it away" in synced("state", "check").stderr


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///", '"sqlite:///:memory:"'])
def test_a_state_that_no_command_would_find_again_is_refused(synced: Shell, address: str) -> None:
    synced.edit("sqlite:///mapper.db", address)
    for command in ("sync", "status"):
        told = synced(command)
        assert (told.exit_code, "'state' names no file" in told.stderr) == (2, True)


def test_the_password_of_a_state_comes_from_the_environment(synced: Shell) -> None:
    synced.edit("sqlite:///mapper.db", "postgresql://me:hidden-password@localhost:1/none")
    assert "is a secret and must not stand here (write ${NAME} in its place)" in synced("status").stderr
    synced.edit("hidden-password", "${STATE_PASSWORD}")
    assert "the variable STATE_PASSWORD is not set" in synced("state", "show").stderr
    with (synced.folder / ".env").open("a") as file:
        file.write("\nSTATE_PASSWORD=hidden-password\n")
    told = synced("state", "show").stderr
    assert ("me:***@localhost:1/none" in told, "hidden-password" in told) == (True, False)


# ---- backup -------------------------------------------------------------------------------------------------------


def test_a_copy_put_in_the_place_of_the_state_goes_on_where_it_was_made(synced: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert synced("state", "backup", str(copy)).exit_code == 0
    for path in synced.folder.glob("mapper.db*"):
        path.unlink()
    copy.rename(synced.folder / "mapper.db")
    synced("sync", "company")
    assert synced.json("state", "show")["entities"]["company"]["links"] == 1
    assert synced.json("show", "2")["changes"] == []


def test_a_copy_with_json_tells_its_file_and_size(synced: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    told = synced.json("state", "backup", str(copy))
    assert (told["file"], told["bytes"]) == (str(copy), copy.stat().st_size)


def test_a_file_is_not_overwritten_unless_asked_to(synced: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    result = synced("state", "backup", str(copy))
    assert (result.exit_code, result.stderr) == (
        2,
        f"error: {copy} is there already (name another file, or add --force)\n",
    )
    assert copy.read_text() == "mine"
    assert synced("state", "backup", str(copy), "--force").exit_code == 0


# ---- reset --------------------------------------------------------------------------------------------------------


def test_after_a_reset_the_next_sync_links_the_same_records_and_creates_none(synced: Shell) -> None:
    before = sql(synced, "select side, key from records where link is not null order by side")
    text = synced("state", "reset", "company", "--yes").stdout
    assert text.startswith("1 link (") and " of 'company' forgotten. The next sync of 'company' reads every" in text
    assert sql(synced, "select count(*) from records") == [(0,)]
    synced("sync", "company")
    assert sql(synced, "select side, key from records where link is not null order by side") == before
    assert len(synced.nicoka.data()["customers"]) == 1


def test_a_reset_with_json_tells_what_went(synced: Shell) -> None:
    told = synced.json("state", "reset", "company", "--yes")
    assert (told["reset"], told["links"], told["linked"], told["quarantined"]) == ("company", 1, 3, 1)


def test_nothing_is_forgotten_where_nobody_can_be_asked(synced: Shell) -> None:
    result = synced("state", "reset", "company")
    assert result.exit_code == 2
    assert re.search(r"^error: Forget 1 link \(\d records?\) of 'company'\? Nobody can be asked", result.stderr, re.M)
    assert synced.json("state", "show")["entities"]["company"]["links"] == 1


def test_writes_that_will_not_be_sent_are_told_before_they_are_forgotten(shell: Shell) -> None:
    from mapper.sandbox.base import Fault

    shell.company("ACME")
    shell.nicoka.faults.append(Fault("status", method="POST", path="/api/customers", status=400, times=99))
    shell("sync", "company")
    assert "1 write still owed will not be sent." in shell("state", "reset", "company").stderr


@pytest.mark.parametrize(("answer", "code", "links"), [("n", 130, 1), ("y", 0, 0)])
def test_a_person_at_a_terminal_is_asked(synced: Shell, answer: str, code: int, links: int) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    command = [sys.executable, "-m", "mapper", "--project", str(synced.folder), "state", "reset", "company"]
    try:
        result = subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (result.returncode, "matches every record anew" in result.stderr) == (code, True)
    assert synced.json("state", "show")["entities"]["company"]["links"] == links


def test_an_entity_that_only_the_state_knows_can_be_forgotten(synced: Shell) -> None:
    sql(synced, "update quarantine set entity = 'ticket'")
    assert synced("state", "reset", "ticket", "--yes").exit_code == 0
    assert "ticket" not in synced.json("state", "show")["entities"]


def test_an_entity_that_nobody_knows_is_wrong_use(synced: Shell) -> None:
    result = synced("state", "reset", "compny", "--yes")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: neither the project nor its state knows an entity 'compny' (did you mean 'company'?)\n",
    )


def test_an_entity_whose_run_is_under_way_is_not_forgotten(synced: Shell) -> None:
    from mapper.state import Store, exclusive

    with closing(Store(f"sqlite:///{synced.folder / 'mapper.db'}")) as store, exclusive(store, "company"):
        assert synced("state", "reset", "company", "--yes").exit_code == 6
    assert synced.json("state", "show")["entities"]["company"]["links"] == 1
