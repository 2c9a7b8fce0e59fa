"""Connector files that extend others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mapper.errors import SpecError
from mapper.spec.connector import Connector
from mapper.spec.document import parse, read
from mapper.spec.jsonschema import schema_of
from mapper.spec.load import Loaded, load_connector

BASE = """\
connector: base
about: The system below
settings: {base_url: {about: Address, default: https://vendor.invalid}, token: {about: Token, secret: true}}
auth: [{name: none}]
limits: {per_second: 2, concurrency: 1}
errors:
  - {when: "{{ status == 400 }}", means: rejected}
  - {when: "{{ status == 409 }}", means: rejected}
resources:
  things:
    key: id
    operations:
      list: {path: things, query: {all: 1, old: 1}}
    fields:
      id: {readonly: true}
      name: {length: 80, required: true}
"""
TOP = """\
connector: top
extends: base
limits: {per_second: 9}
errors: [{when: "{{ status == 410 }}", means: missing}]
settings: {token: null}
resources:
  things:
    operations:
      list: {query: {old: null, new: 1}}
      extra: {path: more}
    fields:
      name: {length: 10}
      size: number
"""


def laid(folder: Path, *, base: str = BASE, top: str = TOP) -> Loaded[Connector]:
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    (folder / "top.yaml").write_text(top, encoding="utf-8")
    return load_connector("top.yaml", folder=folder)


def problems(folder: Path, *, base: str = BASE, top: str = TOP) -> list[str]:
    with pytest.raises(SpecError) as caught:
        laid(folder, base=base, top=top)
    return [str(problem).replace(f"{folder}{os.sep}", "") for problem in caught.value.problems]


def things(loaded: Loaded[Connector]) -> Any:
    return loaded.spec.resources["things"]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (lambda spec: spec.connector, "top"),
        (lambda spec: spec.about, "The system below"),
        (lambda spec: (spec.limits.per_second, spec.limits.concurrency), (9, 1)),
        (lambda spec: [rule.means for rule in spec.errors], ["missing"]),
        (lambda spec: sorted(spec.settings), ["base_url"]),
        (lambda spec: sorted(spec.resources["things"].operations), ["extra", "list"]),
        (lambda spec: spec.resources["things"].operations["list"].path, "things"),
        (lambda spec: spec.resources["things"].operations["list"].query, {"all": 1, "new": 1}),
        (lambda spec: spec.resources["things"].fields["name"].length, 10),
        (lambda spec: spec.resources["things"].fields["name"].required, True),
        (lambda spec: spec.resources["things"].fields["size"].type, "number"),
    ],
    ids=["name", "about", "part of a table", "list", "taken away", "member added", "member kept", "member of a member",
         "scalar", "neighbour of a scalar", "shorthand"],
)  # fmt: skip
def test_tables_are_joined_and_all_else_is_replaced(tmp_path: Path, what: Any, expected: Any) -> None:
    assert what(laid(tmp_path).spec) == expected


@pytest.mark.parametrize(
    ("base", "top", "expected"),
    [
        (("length: 80", "lenght: 80"), ("", ""), ["base.yaml:16:14: unknown key 'lenght' (did you mean 'length'?)"]),
        (("", ""), ("length: 10", "lenght: 10"), ["top.yaml:12:14: unknown key 'lenght' (did you mean 'length'?)"]),
        (
            ("", ""),
            ("path: more", "method: POST"),
            ["top.yaml:10:7: 'path' is missing (a flow has `steps` in its place)"],
        ),
        (("about: The system below\n", ""), ("", ""), ["top.yaml:1:1: 'about' is missing"]),
        (("key: id\n", "key: id\n    key: no\n"), ("", ""), ["base.yaml:12:5: 'key' is given twice, first at line 11"]),
        (("", ""), ("size: number", "size: null"), ["top.yaml:13:13: 'size' has no value"]),
        (
            ("", ""),
            ("extends: base", "extends: bas"),
            ["top.yaml:2:10: there is no connector 'bas' to extend (did you mean 'base'?)"],
        ),
        (("", ""), ("extends: base", "extends: [base]"), ["top.yaml:2:10: 'extends' must be text, found a list"]),
        ((BASE, "- 1\n"), ("", ""), ["top.yaml:2:10: 'base' cannot be extended: it is no table (key: value)"]),
    ],
)
def test_a_mistake_is_told_in_the_file_in_which_it_stands(
    tmp_path: Path, base: tuple[str, str], top: tuple[str, str], expected: list[str]
) -> None:
    found = problems(tmp_path, base=BASE.replace(*base), top=TOP.replace(*top))
    assert [problem for problem in found if problem in expected] == expected


def test_a_file_below_that_is_no_yaml_is_told_as_that_file(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, base="a: ]")
    assert problem.startswith("base.yaml:1:")


def test_of_several_mistakes_in_several_files_each_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, base=BASE.replace("length", "lenght"), top=TOP.replace("length", "long"))
    assert [problem.split(":")[0] for problem in found] == ["base.yaml", "top.yaml"]


def test_a_file_may_extend_one_that_extends_another(tmp_path: Path) -> None:
    (tmp_path / "last.yaml").write_text("extends: top.yaml\nconnector: last\nlimits: {concurrency: 3}\n", "utf-8")
    laid(tmp_path)
    spec = load_connector("last.yaml", folder=tmp_path).spec
    assert (spec.connector, spec.limits.per_second, spec.limits.concurrency) == ("last", 9, 3)


def test_a_file_that_is_extended_need_not_be_whole(tmp_path: Path) -> None:
    spec = laid(tmp_path, base="limits: {timeout: 5}\n", top=BASE + "extends: base.yaml\n").spec
    assert (spec.limits.per_second, spec.limits.timeout) == (2, 5)


@pytest.mark.parametrize(
    ("base", "problem"),
    [
        ("extends: base.yaml\n", "base.yaml:1:10: extends itself: base.yaml -> base.yaml"),
        ("extends: top.yaml\n", "base.yaml:1:10: extends itself: top.yaml -> base.yaml -> top.yaml"),
        ("extends: top\n", "base.yaml:1:10: extends itself: top.yaml -> base.yaml -> top.yaml"),
    ],
)
def test_a_ring_is_refused_with_the_way_round(tmp_path: Path, base: str, problem: str) -> None:
    assert problems(tmp_path, base=base) == [problem]


def test_a_connector_of_the_project_may_extend_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "connectors").mkdir()
    (tmp_path / "connectors" / "koban.yaml").write_text("extends: koban\nlimits: {per_second: 7}\n", encoding="utf-8")
    spec = load_connector("koban", folder=tmp_path).spec
    assert (spec.connector, spec.limits.per_second) == ("koban", 7)


def test_a_change_of_the_file_below_is_seen(tmp_path: Path) -> None:
    before = laid(tmp_path).spec.about
    assert (before, laid(tmp_path, base=BASE.replace("below", "beneath it")).spec.about) == (
        "The system below",
        "The system beneath it",
    )


def test_a_project_overrides_the_whole(tmp_path: Path) -> None:
    laid(tmp_path)
    project = tmp_path / "mapper.yaml"
    project.write_text("resources: {things: {fields: {name: {length: 5}, size: null}}}\n", encoding="utf-8")
    override = (read(project), ())
    fields = load_connector("top.yaml", folder=tmp_path, override=override).spec.resources["things"].fields
    assert (fields["name"].length, fields["name"].required, sorted(fields)) == (5, True, ["id", "name"])


def test_a_text_is_looked_at_in_the_file_in_which_it_stands(tmp_path: Path) -> None:
    document = laid(tmp_path).document
    layers = [document.origin(("resources", "things", "fields", name)).file for name in ("id", "size")]
    assert [Path(file).name for file in layers] == ["base.yaml", "top.yaml"]


@pytest.mark.parametrize(
    ("text", "well"),
    [
        (TOP, True),
        (BASE, True),
        (TOP.replace("extends: base\n", ""), False),
        (TOP.replace("length", "lenght"), False),
        ("extends: base\n", True),
    ],
    ids=["laid over", "whole", "not whole", "a word misspelt", "nothing else"],
)
def test_the_schema_for_editors_asks_for_a_whole_file_only_where_nothing_is_extended(text: str, well: bool) -> None:
    assert Draft202012Validator(schema_of("connector")).is_valid(parse(text, "f.yaml").data) is well
