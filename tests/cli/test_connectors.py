"""`mapper connectors`: what is known, and what each can be asked."""

from __future__ import annotations

from tests.cli.shell import Shell

OWN = """\
connector: own
about: A system of our own.
settings: {base_url: {about: Address., required: true}}
auth: []
resources: {}
lists: {kinds: {call: kinds}}
actions:
  kinds:
    path: v1/kinds/{{ key }}
    deprecated: Use sorts.
    params: {key: {name: kindId, type: number}, active: {type: number, choices: [0, 1]}}
  sorts: {path: v1/sorts, unfinished: The vendor says so.}
"""


def with_own(shell: Shell) -> None:
    (shell.folder / "connectors").mkdir()
    (shell.folder / "connectors" / "own.yaml").write_text(OWN, encoding="utf-8")


def test_the_list_shows_the_projects_own_connector_first(shell: Shell) -> None:
    with_own(shell)
    found = shell.json("connectors", "list")["connectors"]
    assert [one["name"] for one in found][:2] == ["own", "cirrus"]
    assert found[0]["operations"] == ["kinds", "sorts"]


def test_the_list_is_a_table_for_people(shell: Shell) -> None:
    lines = shell("connectors", "list").stdout.splitlines()
    assert lines[0].split() == ["connector", "resources", "operations", "about"]


def test_an_operation_is_shown_with_method_path_and_parameters(shell: Shell) -> None:
    with_own(shell)
    kinds, sorts = shell.json("connectors", "show", "own")["operations"]
    assert kinds == {
        "name": "kinds",
        "method": "GET",
        "path": "/v1/kinds/{kindId}",
        "parameters": [
            {"name": "kindId", "in": "path", "type": "number", "required": True, "argument": "key"},
            {"name": "active", "in": "query", "type": "number", "required": False, "choices": ["0", "1"]},
        ],
        "deprecated": "Use sorts.",
    }
    assert sorts["unfinished"] == "The vendor says so."


def test_people_are_shown_the_same_with_what_to_know_before(shell: Shell) -> None:
    with_own(shell)
    assert shell("connectors", "show", "own").stdout == (
        "own: A system of our own.\n"
        "kinds: GET /v1/kinds/{kindId}\n"
        "  kindId*, active\n"
        "sorts: GET /v1/sorts\n"
        "deprecated: kinds: Use sorts.\n"
        "unfinished: sorts: The vendor says so.\n"
    )


def test_check_tells_that_a_connector_builds_on_what_goes_away(shell: Shell) -> None:
    with_own(shell)
    result = shell("check", str(shell.folder / "connectors" / "own.yaml"))
    assert result.exit_code == 0
    assert "kinds is deprecated: Use sorts." in result.stderr


def test_an_unknown_connector_names_the_nearest(shell: Shell) -> None:
    assert shell("connectors", "show", "nikoka").stderr == (
        "error: there is no connector 'nikoka' (did you mean 'nicoka'?)\n"
    )
