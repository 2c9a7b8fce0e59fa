"""`mapper undo` over real HTTP: what it shows first, what it asks, what it puts back."""

from __future__ import annotations

import pytest

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
