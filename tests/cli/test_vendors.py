"""`mapper discover` and `mapper call` against running sandboxes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import Shell


def test_discover_writes_a_catalogue_that_check_accepts(shell: Shell) -> None:
    result = shell("discover", "nicoka")
    assert result.exit_code == 0
    assert "values/202" in result.stdout
    assert (shell.folder / "catalogue" / "nicoka.yaml").exists()
    assert shell("check").stdout == "All 7 files are well.\n"


def test_discover_tells_what_is_new_once(shell: Shell) -> None:
    assert "new: " in shell("discover", "cirrus").stdout
    assert "new: " not in shell("discover", "cirrus").stdout


def test_discover_with_json_holds_fields_and_lists(shell: Shell) -> None:
    told = shell.json("discover", "cirrus")
    assert "Bransch" in told["fields"]["accounts.dynamicfields"]
    assert "Kund" in told["lists"]["account_types"].values()
    assert told["gone"] == []


def test_discover_of_an_unknown_connection_names_the_nearest(shell: Shell) -> None:
    result = shell("discover", "nikoka")
    assert result.stderr == "error: the project has no connection 'nikoka' (did you mean 'nicoka'?)\n"


def test_a_call_prints_the_vendors_answer(shell: Shell) -> None:
    guid = shell.company("ACME")
    assert json.loads(shell("call", "koban", "accounts.get", f"key={guid}").stdout)["Label"] == "ACME"


def test_a_call_with_json_is_one_document(shell: Shell) -> None:
    guid = shell.company("ACME")
    assert shell.json("call", "koban", "accounts.get", f"key={guid}")["answer"]["Label"] == "ACME"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"city": "Brest"}', ""),
        ('{"cty": "Brest"}', "the connector knows no field 'cty' of customers (did you mean 'city'?)"),
    ],
)
def test_a_member_that_the_connector_does_not_know_is_warned_of(shell: Shell, body: str, told: str) -> None:
    ident = shell.nicoka.add("customers", {"name1": "ACME", "status": 1})
    result = shell("call", "nicoka", "customers.update", f"key={ident}", "--body", body, "--yes")
    assert (result.exit_code, result.stderr) == (0, f"warning: {told}\n" if told else "")


def test_a_write_by_hand_needs_a_yes_where_nobody_can_be_asked(shell: Shell) -> None:
    ident = shell.nicoka.add("customers", {"name1": "ACME", "status": 1})
    args = ("call", "nicoka", "customers.update", f"key={ident}", "--body", '{"city": "Brest"}')
    result = shell(*args)
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: nicoka customers.update is a POST: it may change data. Go on? Nobody can be"
    )
    assert shell.nicoka.data()["customers"][0]["city"] is None
    assert shell(*args, "--yes").exit_code == 0
    assert shell.nicoka.data()["customers"][0]["city"] == "Brest"


@pytest.mark.parametrize("form", ["file", "stdin"])
def test_a_body_comes_from_a_file_or_from_stdin(shell: Shell, tmp_path: Path, form: str) -> None:
    ident = shell.nicoka.add("customers", {"name1": "ACME", "status": 1})
    path = tmp_path / "body.json"
    path.write_text('{"city": "Lyon"}', encoding="utf-8")
    body, stdin = (str(path), "") if form == "file" else ("-", '{"city": "Lyon"}')
    result = shell("call", "nicoka", "customers.update", f"key={ident}", "--body", body, "--yes", stdin=stdin)
    assert (result.exit_code, shell.nicoka.data()["customers"][0]["city"]) == (0, "Lyon")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["koban", "accounts.gte"], 2, "koban has no operation 'accounts.gte' (did you mean 'accounts.get'?)"),
        (["koban", "accounts.get", "key"], 2, "an argument reads name=value, not 'key'"),
        (["nicoka", "customers.get", "key=9999"], 5, "nicoka customers.get answered 404: "),
        (["nicoka", "customers.update", "--body", "{", "--yes"], 2, "--body is not JSON: "),
        (["nicoka", "customers.update", "--body", "none.json", "--yes"], 2, "none.json cannot be read: No such file"),
        (["koban", "orders.cancel"], 2, "orders.cancel needs uniqueproperty"),
        (["koban", "accounts.get", "kye=1"], 2, "accounts.get has no parameter 'kye' (did you mean 'key'?)"),
        (["nikoka", "customers.get"], 2, "the project has no connection 'nikoka' (did you mean 'nicoka'?)"),
    ],
)
def test_a_call_that_cannot_be_made_is_one_sentence(shell: Shell, args: list[str], code: int, message: str) -> None:
    result = shell("call", *args)
    assert result.exit_code == code
    assert result.stderr.startswith(f"error: {message}")


FLOW = """
extends: koban
actions:
  welcome:
    params: {email: {required: true}, name: {required: true}}
    steps:
      - {call: accounts.by_email, with: {email: "{{ email }}"}, as: known}
      - {refuse: "{{ known.Label }} has that address already.", when: "{{ known and known.Label != name }}"}
      - call: accounts.create
        when: "{{ not known }}"
        with: {record: ["{{ {'Label': name, 'EMail': email} }}"]}
        as: made
    result: {account: "{{ known.Guid or made.Result[0] }}", new: "{{ not known }}"}
"""


@pytest.fixture
def welcoming(shell: Shell) -> Shell:
    (shell.folder / "connectors").mkdir(exist_ok=True)
    (shell.folder / "connectors" / "koban.yaml").write_text(FLOW, encoding="utf-8")
    return shell


def test_a_flow_asks_before_it_may_write_and_names_the_calls(welcoming: Shell) -> None:
    result = welcoming("call", "koban", "welcome", "email=a@example.com", "name=ACME")
    assert result.exit_code == 2
    assert "koban welcome may carry out accounts.create: it may change data. Go on?" in result.stderr
    assert welcoming.koban.data()["ncThird"] == []


def test_a_flow_is_called_as_any_operation(welcoming: Shell) -> None:
    args = ("call", "koban", "welcome", "email=a@example.com", "name=ACME", "--yes")
    told = [welcoming.json(*args)["answer"] for _ in range(2)]
    assert [one["new"] for one in told] == [True, False]
    assert told[0]["account"] == told[1]["account"] == welcoming.koban.data()["ncThird"][0]["Guid"]


def test_a_flow_that_refuses_says_so_in_one_sentence(welcoming: Shell) -> None:
    welcoming("call", "koban", "welcome", "email=a@example.com", "name=ACME", "--yes")
    result = welcoming("call", "koban", "welcome", "email=a@example.com", "name=Other", "--yes")
    assert result.exit_code == 5
    assert result.stderr == "error: koban welcome: ACME has that address already.\n"


def test_a_flow_is_listed_with_its_calls(welcoming: Shell) -> None:
    shown = welcoming("connectors", "show", "koban")
    assert "welcome: flow accounts.by_email > accounts.create\n" in shown.stdout
    [listed] = [one for one in welcoming.json("connectors", "show", "koban")["operations"] if one["name"] == "welcome"]
    assert listed["steps"] == ["accounts.by_email", "accounts.create"]
