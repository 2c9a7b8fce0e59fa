"""`mapper connectors`: what is known, and what each can be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mapper.connect.listing import listed
from mapper.spec.load import load_connector
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


def described(**moved: str) -> dict[str, Any]:
    """The API of the shipped connector as its vendor would describe it, with some operations at other paths."""
    paths: dict[str, Any] = {}
    for one in listed(load_connector("cirrus").spec):
        parameters = [
            {"name": param["name"], "in": param["in"], "type": "string", "required": param["required"]}
            for param in one["parameters"]
            if param["in"] != "body"
        ]
        path = moved.get(one["name"].replace(".", "_"), one["path"])
        said = {"summary": one["about"], "parameters": parameters, "responses": {}}
        paths.setdefault(path, {})[one["method"].lower()] = said
    return {"swagger": "2.0", "info": {"title": "Cirrus"}, "basePath": "/v3", "paths": paths}


def test_an_imported_table_takes_the_place_of_the_shipped_one(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(described(accounts_create="/firms")), encoding="utf-8")
    told = shell.json("connectors", "import-openapi", str(file))
    assert (told["connector"], len(told["same"]), told["moved"], told["new"], told["kept"]) == (
        "cirrus",
        232,
        ["accounts.create"],
        [],
        [],
    )
    assert Path(told["file"]).name == "cirrus_api.yaml"
    shown = {one["name"]: one for one in shell.json("connectors", "show", "cirrus")["operations"]}
    assert (len(shown), shown["accounts.create"]["path"]) == (233, "/firms")


def test_a_project_calls_the_paths_of_its_own_table(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(described(accounts_list="/accounts/nowhere")), encoding="utf-8")
    assert shell("call", "cirrus", "accounts.list").exit_code == 0
    assert shell("connectors", "import-openapi", str(file)).exit_code == 0
    assert "answered 404" in shell("call", "cirrus", "accounts.list").stderr


def test_a_table_is_replaced_only_with_a_yes(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(described()), encoding="utf-8")
    assert shell("connectors", "import-openapi", str(file)).exit_code == 0
    assert shell("connectors", "import-openapi", str(file)).exit_code == 2
    assert shell("connectors", "import-openapi", str(file), "--yes").exit_code == 0


def test_an_api_that_no_connector_knows_makes_a_table_of_its_own(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("openapi: 3.0.0\ninfo: {title: My CRM}\npaths: {/things: {get: {}, trace: {}}}\n", encoding="utf-8")
    result = shell("connectors", "import-openapi", str(file))
    assert "my_crm_api.yaml: 1 operations" in result.stdout
    assert "note: TRACE /things is left out: mapper does not call TRACE" in result.stderr
    assert "--for CONNECTOR names one that is to" in result.stderr
