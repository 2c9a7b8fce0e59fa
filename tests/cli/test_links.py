"""`mapper links`: list, show, set, remove."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from mapper.errors import Locked
from mapper.state import Store, exclusive
from tests.cli.shell import Shell

SIRET = "73282932000074"


@pytest.fixture
def synced(shell: Shell) -> Shell:
    """A project with one company in three systems."""
    shell.company("ACME", siret=SIRET)
    shell("sync", "company")
    return shell


def customer(shell: Shell, name: str = "ACME") -> str:
    return next(str(row["customerid"]) for row in shell.nicoka.data()["customers"] if row["name1"] == name)


def company(shell: Shell) -> str:
    return str(shell.koban.data()["ncThird"][0]["Guid"])


def test_nothing_linked_is_said(shell: Shell) -> None:
    assert shell("links", "list", "company").stdout == "Nothing of company is linked.\n"


def test_the_list_has_a_row_for_each_link_and_a_column_for_each_side(synced: Shell) -> None:
    head, *rows = synced("links", "list", "company").stdout.splitlines()
    assert head.split() == ["koban", "nicoka", "cirrus"]
    assert rows[-1].split()[:2] == [company(synced), customer(synced)]


def test_the_list_with_json_names_keys_by_side(synced: Shell) -> None:
    told = synced.json("links", "list", "company")
    [row] = told["links"]
    assert (row["records"]["koban"], row["records"]["nicoka"]) == (company(synced), customer(synced))
    assert told["links_in_all"] == 1


def test_links_that_lack_a_side_are_listed_apart(synced: Shell) -> None:
    assert synced("links", "list", "company", "--lacking", "nicoka").stdout == "No link of company lacks nicoka.\n"
    synced("links", "remove", "company", f"nicoka:{customer(synced)}", "--yes")
    [row] = synced.json("links", "list", "company", "--lacking", "nicoka")["links"]
    assert sorted(row["records"]) == ["cirrus", "koban"]


def test_a_long_list_is_cut_and_says_so(synced: Shell) -> None:
    synced.company("Zenith", zip="13001")
    synced("sync", "company")
    result = synced("links", "list", "company", "--limit", "1")
    assert (len(result.stdout.splitlines()), result.stderr) == (3, "1 more; see them with --limit 0\n")
    assert len(synced.json("links", "list", "company", "--limit", "0")["links"]) == 2


def test_a_link_is_found_by_a_key_with_and_without_its_side(synced: Shell) -> None:
    text = synced("links", "show", "company", customer(synced)).stdout
    assert text == synced("links", "show", "company", f"koban:{company(synced)}").stdout
    assert (company(synced) in text, "ACME" in text) == (True, True)


def test_a_record_that_is_not_linked_is_shown_with_what_it_waits_for(synced: Shell) -> None:
    synced.nicoka.add("customers", {"name1": "Twin", "identification_number": SIRET})
    synced("sync", "company")
    text = synced("links", "show", "company", f"nicoka:{customer(synced, 'Twin')}").stdout
    assert "nicoka holds another record with the same siret" in text
    assert text.endswith("It is not linked.\n")


def test_records_are_linked_by_hand_and_compared_by_the_next_sync(shell: Shell) -> None:
    for name in ("ACME", "Zenith"):
        shell.company(name, siret=SIRET)
        shell.nicoka.add("customers", {"name1": f"{name} bis", "identification_number": SIRET})
    assert shell("sync", "company").exit_code == 3
    keys = {row["Label"]: row["Guid"] for row in shell.koban.data()["ncThird"]}
    for name, key in keys.items():
        other = customer(shell, f"{name} bis")
        words = f"koban:{key} and nicoka:{other} are one from now on. "
        result = shell("links", "set", "company", f"koban:{key}", f"nicoka:{other}")
        assert result.stdout == words + "The next sync compares them and writes what differs.\n"
    assert shell("sync", "company").exit_code == 0
    assert sorted(row["name1"] for row in shell.nicoka.data()["customers"]) == ["ACME", "Zenith"]
    assert shell.json("quarantine", "list")["quarantine"] == []


def test_records_that_are_one_already_are_told_so(synced: Shell) -> None:
    args = ("links", "set", "company", f"koban:{company(synced)}", f"nicoka:{customer(synced)}")
    assert synced(*args).stdout.endswith("are one already; nothing was changed.\n")
    assert synced.json(*args)["changed"] is False


def test_a_record_is_taken_out_and_told_what_follows(synced: Shell) -> None:
    key = customer(synced)
    text = synced("links", "remove", "company", f"nicoka:{key}", "--yes").stdout
    assert text.startswith(f"nicoka:{key} is taken out of its link with koban:{company(synced)} and cirrus:")
    assert "if nothing matches it, it is created on koban and cirrus." in text
    assert "nicoka" not in synced.json("links", "list", "company")["links"][0]["records"]


def test_nothing_is_taken_out_where_nobody_can_be_asked(synced: Shell) -> None:
    result = synced("links", "remove", "company", f"nicoka:{customer(synced)}")
    assert (result.exit_code, "this is not a terminal (add --yes)" in result.stderr) == (2, True)
    assert "nicoka" in synced.json("links", "list", "company")["links"][0]["records"]


@pytest.mark.parametrize(("said", "code", "sides"), [("n\n", 130, 3), ("y\n", 0, 2)])
def test_on_a_terminal_the_person_is_asked(synced: Shell, said: str, code: int, sides: int) -> None:
    ours, theirs = pty.openpty()
    args = ["--project", str(synced.folder), "links", "remove", "company", f"nicoka:{customer(synced)}"]
    os.write(ours, said.encode())
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mapper", *args], stdin=theirs, capture_output=True, text=True, timeout=60
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, "The next sync matches it again" in done.stderr) == (code, True)
    assert len(synced.json("links", "list", "company")["links"][0]["records"]) == sides


def test_during_a_run_nothing_is_linked(synced: Shell) -> None:
    store = Store("sqlite:///mapper.db", folder=synced.folder)
    try:
        with exclusive(store, "company"):
            result = synced("links", "remove", "company", f"nicoka:{customer(synced)}", "--yes")
    finally:
        store.close()
    assert result.exit_code == Locked.exit_code
    assert "another run of 'company' is under way" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["list", "compny"], "the project has no mapping of 'compny' (did you mean 'company'?)"),
        (["list", "company", "--lacking", "nicka"], "the mapping of 'company' has no side 'nicka'"),
        (["show", "company", "nowhere"], "no company with the key 'nowhere' is known"),
        (["set", "company", "koban:1"], "one record alone cannot be linked (name two or more, each as SIDE:KEY)"),
        (["set", "company", "koban:1", "nicka:2"], "the mapping of 'company' has no side 'nicka'"),
        (["set", "company", "koban:1", "koban:2"], "a link holds one record of a side"),
        (["set", "company", "koban:1", "nicoka:2"], "koban has no record '1' (copy the key from koban"),
        (["set", "company"], "Missing argument"),
        (["remove", "company", "koban:1", "--yes"], "koban:1 is not linked (see `mapper links list`)"),
    ],
)
def test_wrong_use_is_one_sentence(synced: Shell, args: list[str], message: str) -> None:
    result = synced("links", *args)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {message}")
