"""`mapper undo` over real HTTP: what it shows first, what it asks, what it puts back."""

from __future__ import annotations

import pytest

from mapper.sandbox.base import Fault
from tests.cli.shell import Shell


@pytest.fixture
def edited(shell: Shell) -> Shell:
    """A company whose phone was changed, and brought to the others by run 2."""
    guid = shell.company("ACME", phone="01 99 00 12 34")
    shell("sync", "company")
    shell.koban.edit("ncThird", guid, {"Phone": "01 99 00 12 55"})
    shell("sync", "company")
    return shell


def phone(shell: Shell) -> str:
    return str(shell.nicoka.data()["customers"][0]["phone"])


def test_an_undo_can_be_looked_at_first(edited: Shell) -> None:
    result = edited("undo", "2", "--dry")
    assert result.exit_code == 0
    assert "    phone: +33199001255 → +33199001234\n" in result.stdout
    assert phone(edited) == "+33199001255"


def test_an_undo_puts_back_and_can_be_undone(edited: Shell) -> None:
    result = edited("undo", "2", "--yes")
    assert (result.exit_code, phone(edited)) == (0, "+33199001234")
    assert result.stdout.startswith("run 2 is undone by run 3\n")
    assert edited("undo", "3", "--yes").exit_code == 0
    assert phone(edited) == "+33199001255"


def test_what_was_edited_since_is_told_and_ends_with_3(edited: Shell) -> None:
    edited.nicoka.edit("customers", edited.nicoka.data()["customers"][0]["id"], {"phone": "+33199001277"})
    document = edited.json("undo", "2", "--yes", code=3)
    assert [one["message"] for one in document["refused"]] == ["skipped: phone was edited since"]
    assert (document["kind"], phone(edited)) == ("undo", "+33199001277")


def test_off_a_terminal_an_undo_needs_a_yes(edited: Shell) -> None:
    result = edited("undo", "2")
    assert (result.exit_code, "--yes" in result.stderr) == (2, True)
    assert phone(edited) == "+33199001255"


def test_a_run_that_is_not_there_cannot_be_undone(shell: Shell) -> None:
    assert "there is no run 9" in shell("undo", "9", "--yes").stderr


def test_an_undo_that_has_nothing_to_put_back_says_so_and_asks_nothing(edited: Shell) -> None:
    edited("undo", "2", "--yes")
    result = edited("undo", "2")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0,
        "undo of run 2 (company): there is nothing to put back",
    )
    assert edited("undo", "2", "--yes").stdout.startswith("nothing of run 2 is left to be put back (run 5)\n")


def test_an_undo_of_which_all_was_skipped_does_not_say_that_the_run_is_undone(edited: Shell) -> None:
    edited.nicoka.edit("customers", edited.nicoka.data()["customers"][0]["id"], {"phone": "+33199001277"})
    assert edited("undo", "2", "--dry").stdout.startswith("undo of run 2 (company)\n")
    edited.cirrus.edit("accounts", edited.cirrus.data()["accounts"][0]["id"], {"phone": "+33199001277"})
    result = edited("undo", "2", "--yes")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (3, "nothing of run 2 could be put back (run 4)")


def test_an_undo_says_how_many_owed_writes_it_gives_up(shell: Shell) -> None:
    shell.company("ACME")
    shell.nicoka.faults.append(Fault("status", method="POST", status=422))
    shell("sync", "company")
    told = "writes that run 1 still owed and that"
    assert f"{told} will be given up: 1\n" in shell("undo", "1", "--dry").stdout
    assert f"{told} were given up: 1\n" in shell("undo", "1", "--yes").stdout
