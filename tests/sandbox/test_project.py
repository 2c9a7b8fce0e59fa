"""The project that `init` and the demo write: for any two systems it is well, and its mappings' tests pass."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from mapper.errors import UsageError
from mapper.sandbox import project
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import Koban
from mapper.sandbox.nicoka import Nicoka
from mapper.sandbox.subset import fewer_sides
from mapper.spec.load import load_project, shipped
from mapper.sync.cases import run_cases
from mapper.sync.check import check_project
from mapper.sync.offline import compile_offline
from mapper.sync.project import load

PAIRS = [*combinations(project.systems(), 2), project.systems()]


@pytest.mark.parametrize("systems", PAIRS, ids="-".join)
def test_a_new_project_has_no_problem(tmp_path: Path, systems: tuple[str, ...]) -> None:
    project.write_project(tmp_path / "new", systems)
    checked = check_project(tmp_path / "new")
    assert (checked.problems, checked.warnings) == ([], [])


@pytest.mark.parametrize("systems", PAIRS, ids="-".join)
def test_the_tests_of_its_mappings_pass(tmp_path: Path, systems: tuple[str, ...]) -> None:
    project.write_project(tmp_path / "new", systems)
    made = load(tmp_path / "new")
    for loaded in made.mappings.values():
        mapping, problems = compile_offline(loaded, made, own=True)
        assert mapping is not None, problems
        assert [result.differences for result in run_cases(loaded, mapping) if result.differences] == []


def test_with_all_systems_the_mappings_are_the_shipped_ones(tmp_path: Path) -> None:
    project.write_project(tmp_path / "new", project.systems())
    for path in (tmp_path / "new" / "mappings").iterdir():
        assert path.read_bytes() == (shipped("mappings") / path.name).read_bytes()


def test_the_connections_come_in_a_fixed_order(tmp_path: Path) -> None:
    project.write_project(tmp_path / "new", ["cirrus", "koban"])
    assert list(load_project(tmp_path / "new" / "mapper.yaml").spec.connections) == ["koban", "cirrus"]


def test_the_addresses_can_be_given(tmp_path: Path) -> None:
    project.write_project(tmp_path / "new", ["koban", "nicoka"], {"koban": "http://127.0.0.1:5"})
    connections = load_project(tmp_path / "new" / "mapper.yaml").spec.connections
    assert connections["koban"].settings["base_url"] == "http://127.0.0.1:5/api/v1"
    assert connections["nicoka"].settings["base_url"] == "http://127.0.0.1:8402/api"


def test_the_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    project.write_project(tmp_path / "new", project.systems())
    assert (tmp_path / "new" / ".env").stat().st_mode & 0o077 == 0


def test_the_secrets_and_the_state_are_not_committed(tmp_path: Path) -> None:
    project.write_project(tmp_path / "new", project.systems())
    assert (tmp_path / "new" / ".gitignore").read_text(encoding="utf-8").split() == [".env", "mapper.db*"]


def test_the_keys_are_those_that_the_sandboxes_accept(tmp_path: Path) -> None:
    import httpx

    project.write_project(tmp_path / "new", project.systems())
    apps = {"koban": Koban(), "nicoka": Nicoka(), "cirrus": Cirrus()}
    with load(tmp_path / "new", transports={n: httpx.WSGITransport(app=a) for n, a in apps.items()}) as made:
        for name, resource in (("koban", "accounts"), ("nicoka", "customers"), ("cirrus", "accounts")):
            assert next(made.connection(name).pages(resource)).last in (True, False)


@pytest.mark.parametrize(
    ("systems", "message"),
    [
        (["koban"], "a project keeps at least two systems alike"),
        (["koban", "koban"], "a project keeps at least two systems alike"),
        (["koban", "nikoka"], r"there is no sandbox of 'nikoka' \(did you mean 'nicoka'\?\)"),
    ],
)
def test_two_known_systems_are_needed(tmp_path: Path, systems: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        project.write_project(tmp_path / "new", systems)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("text")
    with pytest.raises(UsageError, match="is not an empty folder"):
        project.write_project(tmp_path, project.systems())
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(UsageError, match="cannot be written: Not a directory"):
        project.write_project(tmp_path / "file" / "new", project.systems())


WIDE = """\
# A comment
entity: thing
about: Three sides
sides: {a: x, b: {resource: x, connection: other}, c: x}
match: [one, [two, three]]
conflict: a
direction: a -> others
fields:
  one: {a: p, b: p, direction: a -> b}
  two: {a: q}
  three: {a: r, b: {path: r, write: "{{ two | upper }}"}, c: r}
  four: {a: s, conflict: a}
  five: {type: choice, b: t, c: t, values: {x: {a: 1, b: 01, c: 2.50}}}
lists: {a: {l: {1: x}}, other: {l: {2: y}}, b: {l: {3: z}}}
tests:
  - {given: {a: {p: 1}}, expect: {b: {p: 1}}}
  - {given: {b: {p: 1}}, expect: {a: {p: 1}, c: {}}}
  - {given: {b: {p: 1}}, expect: {a: {p: 1}}}
"""
NARROW = """\
# Made from the shipped mapping thing.yaml, without a.
entity: thing
about: Records of thing, kept alike in b and c
sides:
  b: {resource: x, connection: other}
  c: x
match: []
fields:
  one: {b: p}
  two: {}
  three:
    b: {path: r, write: '{{ two | upper }}'}
    c: r
  five:
    type: choice
    b: t
    c: t
    values:
      x: {b: '01', c: 2.50}
lists:
  other:
    l: {'2': y}
tests:
- given:
    b: {p: 1}
  expect:
    c: {}
"""


def test_a_mapping_loses_the_sides_that_were_not_chosen_and_all_that_names_them(tmp_path: Path) -> None:
    path = tmp_path / "thing.yaml"
    path.write_text(WIDE, encoding="utf-8")
    assert fewer_sides(path, ["b", "c"]) == NARROW


def test_a_mapping_whose_sides_are_all_chosen_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "thing.yaml"
    path.write_text(WIDE, encoding="utf-8")
    assert fewer_sides(path, ["a", "b", "c", "d"]) == WIDE
