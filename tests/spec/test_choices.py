"""What the chosen answer of an assumption changes in a connector's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.spec.connector import Connector
from mapper.spec.document import parse
from mapper.spec.load import load_connector
from mapper.sync.connectorcheck import connector_problems

FILE = """\
connector: base
about: A system whose emptying is unknown
settings: {base_url: {about: Address, default: https://vendor.invalid}}
auth: [{name: none}]
wire: {clear: "null", forms: {set: json}}
assumptions:
  clear:
    question: What empties a field?
    choices: ["null", empty, omit]
    default: "null"
    risk: It is not emptied.
    override:
      empty: {wire: {clear: empty}, resources: {things: {fields: {name: {clear: omit}}}}}
      omit: {wire: {clear: omit}}
resources:
  things:
    key: id
    operations: {list: {path: things}}
    fields: {id: {readonly: true}, name: {length: 80}}
"""


def chosen(folder: Path, text: str = FILE, **assume: str) -> Connector:
    (folder / "base.yaml").write_text(text, encoding="utf-8")
    override = parse("wire: {timezone: Europe/Stockholm}", "mapper.yaml"), ()
    return load_connector("base.yaml", folder=folder, assume=assume, override=override).spec


def test_the_default_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    assert chosen(tmp_path).wire.clear == "null"


def test_a_choice_is_laid_over_the_file_table_by_table(tmp_path: Path) -> None:
    spec = chosen(tmp_path, clear="empty")
    field = spec.resources["things"].fields["name"]
    assert (spec.wire.clear, spec.wire.forms, field.clear, field.length) == ("empty", {"set": "json"}, "omit", 80)


def test_a_project_s_override_is_laid_over_the_choice(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(FILE, encoding="utf-8")
    override = parse("wire: {clear: omit}", "mapper.yaml"), ()
    spec = load_connector("base.yaml", folder=tmp_path, assume={"clear": "empty"}, override=override).spec
    assert spec.wire.clear == "omit"


def test_without_an_override_of_the_project_choices_are_laid_over_too(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(FILE, encoding="utf-8")
    wires = [
        load_connector("base.yaml", folder=tmp_path, assume={"clear": c}).spec.wire.clear for c in ("omit", "empty")
    ]
    assert [*wires, load_connector("base.yaml", folder=tmp_path).spec.wire.clear] == ["omit", "empty", "null"]


def test_a_default_may_change_the_file_as_well(tmp_path: Path) -> None:
    assert chosen(tmp_path, FILE.replace('default: "null"', "default: omit")).wire.clear == "omit"


@pytest.mark.parametrize(("wrong", "hint"), [("emty", "did you mean 'empty'?"), ("never", "")])
def test_an_override_of_no_choice_is_a_problem(tmp_path: Path, wrong: str, hint: str) -> None:
    (tmp_path / "base.yaml").write_text(FILE.replace("      omit: {wire", f"      {wrong}: {{wire"), encoding="utf-8")
    [problem] = connector_problems(load_connector("base.yaml", folder=tmp_path))
    assert problem.message == f"there is no choice '{wrong}'"
    assert hint in problem.hint
