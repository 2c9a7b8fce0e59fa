"""`mapper schema` as it is typed; and that schema, checker and reference documentation know the same language."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapper.errors import SpecError
from mapper.expr.catalogue import TRANSFORMS
from mapper.expr.expressions import ExpressionError, parse_expression
from mapper.expr.types import TYPES
from mapper.sandbox.project import write_project
from mapper.spec.load import load_mapping
from mapper.sync.editing import language
from mapper.sync.offline import alone, compile_offline
from tests.cli.shell import run
from tests.sync.casefile import CONNECTOR

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_project(tmp_path / "mine", ("koban", "nicoka"))
    return tmp_path / "mine"


def schema(*args: str) -> Any:
    result = run("schema", *args)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def offered(found: dict[str, Any], name: str) -> list[str]:
    return [part["const"] for part in found["$defs"][name]["anyOf"] if "const" in part]


@pytest.mark.parametrize("kind", ["mapping", "connector", "project", "shared"])
def test_a_schema_is_printed_as_json(tmp_path: Path, kind: str) -> None:
    assert schema(kind, "--project", str(tmp_path))["title"] == f"mapper {kind} file"


def test_an_unknown_kind_names_those_that_there_are() -> None:
    result = run("schema", "maping")
    assert result.exit_code == 2
    assert "'mapping', 'connector', 'project', 'shared'" in result.stderr


def test_without_a_project_no_connector_is_in_use(tmp_path: Path) -> None:
    assert [name for name in schema("mapping", "--project", str(tmp_path))["$defs"] if "path of" in name] == []


def test_a_project_knows_the_fields_of_all_its_mappings(folder: Path) -> None:
    paths = offered(schema("mapping", "--project", str(folder)), "path of koban")
    assert {"Label", "Address.ZipCode", "FirstName"} <= set(paths)


def test_one_mapping_knows_the_fields_of_its_own_resources(folder: Path) -> None:
    paths = offered(schema("mapping", "--for", "person", "--project", str(folder)), "path of nicoka")
    assert ("last_name" in paths, "name1" in paths) == (True, False)


def test_a_mapping_file_needs_no_project(folder: Path, tmp_path: Path) -> None:
    path = folder / "mappings" / "company.yaml"
    found = schema("mapping", "--for", str(path), "--project", str(tmp_path))
    assert "MoreFields." in offered(found, "path of koban")


def test_the_catalogue_of_a_project_gives_the_names_of_custom_fields(folder: Path) -> None:
    found = schema("mapping", "--for", "company", "--project", str(folder))
    assert "MoreFields.secteur" in offered(found, "path of koban")


def test_functions_of_the_mapping_are_offered(folder: Path) -> None:
    path = folder / "mappings" / "person.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nfunctions: {shout: upper}\n", encoding="utf-8")
    names = offered(schema("mapping", "--for", "person", "--project", str(folder)), "transform")
    assert {"shout", "trim", "fit"} <= set(names)


def test_an_unknown_entity_names_the_nearest(folder: Path) -> None:
    result = run("schema", "mapping", "--for", "persn", "--project", str(folder))
    assert result.stderr == "error: the project has no mapping of 'persn' (did you mean 'person'?)\n"


def test_only_mappings_are_for_one(folder: Path) -> None:
    result = run("schema", "project", "--for", "person", "--project", str(folder))
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        2,
        "error: --for names a mapping: it goes with `mapper schema mapping`",
    )


def test_the_help_says_how_an_editor_is_pointed_at_it() -> None:
    assert "# yaml-language-server: $schema=" in run("schema", "--help").stdout


# What the schema offers is taken by the checker and named in the reference, and the other way round.


@cache
def part(name: str) -> str:
    """A generated part of `docs/mapping.md`, as it is made now; another test holds the file to it."""
    found = importlib.util.spec_from_file_location("make_docs", ROOT / "docs" / "make.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    assert f"<!-- generated: {name} -->" in (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    text: str = module.PARTS[name]()
    return text


def named(text: str, column: int = 1) -> set[str]:
    """The names in one column of the tables."""
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([a-z_]\w*)", row[column - 1])}


@cache
def whole() -> Any:
    return json.loads(run("schema", "mapping", "--for", str(ROOT / "mappings" / "company.yaml")).stdout)


def test_the_types_are_the_same_everywhere() -> None:
    types = {one["const"] for one in whole()["$defs"]["Row"]["properties"]["type"]["anyOf"]}
    assert types == set(TYPES) == named(part("types").split("### ")[0])


def test_the_transforms_are_the_same_everywhere() -> None:
    assert set(offered(whole(), "transform")) - {"fit"} == set(TRANSFORMS) == named(part("transforms"))


def test_the_forms_are_the_same_everywhere() -> None:
    forms = set(offered(whole(), "form"))
    assert forms == {form for kind in TYPES.values() for form in kind.forms if form}
    rows = [line.split(" | ") for line in part("types").splitlines() if line.startswith("| `")]
    assert forms == {form for row in rows for form in re.findall(r"`([^`]+)`", row[2])}


def test_the_keys_are_the_same_everywhere() -> None:
    found = schema("mapping", "--project", str(ROOT / "docs"))
    tables = {"mapping": found, "side": "Side", "row": "Row", "cell": "Cell", "test": "Case", "function": "Function"}
    for title, table in tables.items():
        keys = (found["$defs"][table] if isinstance(table, str) else table)["properties"]
        text = re.search(rf"^### {title}\n(.*?)(?=^### |\Z)", part("mapping-keys"), re.DOTALL | re.MULTILINE)
        assert text, title
        assert set(keys) == {row.split("`")[1] for row in text[1].splitlines() if row.startswith("| `")}, title


def problems(folder: Path, row: str) -> list[str]:
    """What the checker says of a mapping with one row."""
    (folder / "connectors").mkdir(exist_ok=True)
    for name in ("left", "right"):
        (folder / "connectors" / f"{name}.yaml").write_text(CONNECTOR.format(name=name), encoding="utf-8")
    path = folder / "thing.yaml"
    head = "entity: thing\nabout: x\ndirection: left -> others\nsides: {left: things, right: things}\n"
    path.write_text(f"{head}fields: {{it: {row}}}\n", encoding="utf-8")
    try:
        loaded = load_mapping(path)
    except SpecError as error:
        return [problem.message for problem in error.problems]
    return [problem.message for problem in compile_offline(loaded, alone(loaded, folder), own=True)[1]]


@pytest.mark.parametrize("name", TYPES)
def test_the_checker_takes_every_type_with_every_form(tmp_path: Path, name: str) -> None:
    entity = ", entity: thing" if name == "ref" else ""
    for form in ["", *language()["forms"][name]]:
        cell = f"{{path: name, form: {form}}}" if form else "name"
        found = problems(tmp_path, f"{{type: {name}{entity}, left: {cell}}}")
        assert [words for words in found if re.search(r"form|type", words) and "no such" in words] == [], form
        assert [words for words in found if "cannot be" in words and "'type'" in words] == []


@pytest.mark.parametrize("name", ["txt", "texts", "str"])
def test_the_checker_takes_no_other_type(tmp_path: Path, name: str) -> None:
    assert [words for words in problems(tmp_path, f"{{type: {name}, left: name}}") if f"cannot be '{name}'" in words]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_checker_takes_every_transform(name: str) -> None:
    args = next((", ".join(map(repr, e.args)) for e in TRANSFORMS[name].examples if e.args), "")
    try:
        parse_expression(f"{{{{ value | {name}{f'({args})' if args else ''} }}}}")
    except ExpressionError as error:
        # An example may show what is refused.
        assert "there is no transform" not in error.message


def test_the_checker_takes_every_key_of_a_row(tmp_path: Path) -> None:
    keys = schema("mapping", "--project", str(ROOT / "docs"))["$defs"]["Row"]["properties"]
    for key in keys:
        found = problems(tmp_path, f"{{left: name, {key}: x}}")
        assert [words for words in found if "unknown key" in words] == [], key
    assert problems(tmp_path, "{left: name, kye: x}")
