"""What cases touch: each kind of thing once touched and once not, and the place where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.sync.casecoverage import Coverage, coverage, share
from mapper.sync.suites import suites
from tests.sync.casefile import suite

HEAD = """\
entity: thing
about: A test
sides: {left: things, right: things}
"""


def covered(folder: Path, rows: str, *cases: str) -> Coverage:
    text = HEAD + rows + "tests:\n" + "".join(f"  - {case}\n" for case in cases) if cases else HEAD + rows
    found = suite(folder, text)
    assert [result.differences for result in found.results if result.differences] == []
    return coverage(found)


def untouched(found: Coverage, kind: str) -> list[str]:
    return [point.what for point in found.untouched if point.kind == kind]


NAME = "fields: {name: {left: name, right: name}}\n"


@pytest.mark.parametrize(
    ("cases", "left"),
    [
        (
            (),
            [
                "name: read from left",
                "name: written to left",
                "name: read from right",
                "name: written to right",
            ],
        ),
        (
            ("{given: {left: {name: A}}, expect: {right: {name: A}}}",),
            ["name: written to left", "name: read from right"],
        ),
        (
            # A side that is not looked at is not tested.
            ("{given: {left: {name: A}}, expect: {canonical: {name: A}}}",),
            ["name: written to left", "name: read from right", "name: written to right"],
        ),
        (
            # Neither is a value that is not there.
            ("{given: {left: {}}, expect: {right: {}}}", "{given: {right: {name: null}}, expect: {left: {}}}"),
            ["name: read from left", "name: written to left", "name: read from right", "name: written to right"],
        ),
        (
            (
                "{given: {left: {name: A}}, expect: {right: {name: A}}}",
                "{given: {right: {name: A}}, expect: {left: {name: A}}}",
            ),
            [],
        ),
    ],
)
def test_rows_are_read_and_written_on_each_side(tmp_path: Path, cases: tuple[str, ...], left: list[str]) -> None:
    assert untouched(covered(tmp_path, NAME, *cases), "row") == left


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("fields: {name: {left: name, right: name, direction: left -> others}}\n", ["left", "right"]),
        ("direction: left -> others\n" + NAME, ["left", "right"]),
    ],
)
def test_only_the_ways_that_a_row_goes_count(tmp_path: Path, rows: str, left: list[str]) -> None:
    assert untouched(covered(tmp_path, rows), "row") == ["name: read from left", "name: written to right"]


def test_a_source_is_not_written_and_a_target_not_read(tmp_path: Path) -> None:
    text = HEAD.replace(
        "{left: things, right: things}",
        "{left: {resource: things, role: source}, right: {resource: things, role: target}}",
    )
    found = coverage(suite(tmp_path, text + NAME))
    assert untouched(found, "row") == ["name: read from left", "name: written to right"]


def test_a_side_that_nothing_can_come_to_is_not_written(tmp_path: Path) -> None:
    text = HEAD.replace("right: things", "right: {resource: things, role: target}")
    found = coverage(suite(tmp_path, text + NAME))
    assert untouched(found, "row") == ["name: read from left", "name: written to right"]


def test_a_value_that_a_cell_makes_is_written_without_another_cell(tmp_path: Path) -> None:
    found = covered(tmp_path, "fields: {name: {left: {path: name, write: \"{{ 'A' }}\"}}}\n")
    assert untouched(found, "row") == ["name: read from left", "name: written to left"]


def test_a_composite_is_read_and_written(tmp_path: Path) -> None:
    cell = "{path: at, parts: {city: city}}"
    rows = f"fields: {{place: {{type: address, left: {cell}, right: {cell}}}}}\n"
    found = covered(tmp_path, rows, "{given: {left: {at: {city: Paris}}}, expect: {right: {at: {city: Paris}}}}")
    assert untouched(found, "row") == ["place: written to left", "place: read from right"]


TABLE = """\
fields:
  kind:
    type: choice
    left: kind
    right: kind
    values:
      small: {left: [Small, Large], right: 1}
      big: {right: 2}
"""


def test_the_entries_of_a_table_are_read_and_written(tmp_path: Path) -> None:
    found = covered(tmp_path, TABLE, "{given: {left: {kind: 1}}, expect: {right: {kind: 1}}}")
    assert untouched(found, "table") == [
        "kind: small is written to left as Small",
        "kind: Large of left is read as small",
        "kind: 1 of right is read as small",
        "kind: 2 of right is read as big",
        "kind: big is written to right as 2",
    ]


def test_an_entry_stands_at_its_own_place(tmp_path: Path) -> None:
    found = covered(tmp_path, TABLE, "{given: {left: {kind: 1}}, expect: {right: {kind: 1}}}")
    places = [(point.position.line, point.position.column) for point in found.untouched if point.kind == "table"]
    assert places == [(10, 21), (10, 29), (10, 44), (11, 20), (11, 20)]


def test_a_set_touches_the_entry_of_each_item(tmp_path: Path) -> None:
    rows = TABLE.replace("type: choice", "type: set").replace("[Small, Large]", "Small")
    found = covered(tmp_path, rows, "{given: {right: {kind: [1]}}, expect: {left: {kind: [1]}}}")
    assert untouched(found, "table") == [
        "kind: Small of left is read as small",
        "kind: small is written to right as 1",
        "kind: 2 of right is read as big",
        "kind: big is written to right as 2",
    ]


def test_a_named_table_counts_once_however_many_rows_use_it(tmp_path: Path) -> None:
    rows = """\
tables: {kinds: {small: {left: Small, right: Small}}}
fields:
  one: {type: choice, left: kind, right: kind, values: kinds}
  two: {type: choice, left: mood, values: kinds}
lists: {left: {moods: {5: Small}}, right: {moods: {5: Small}}}
"""
    found = covered(tmp_path, rows, "{given: {left: {mood: 5}}, expect: {}}")
    assert found.count("table") == (1, 4)


def test_a_table_of_expressions_is_looked_up(tmp_path: Path) -> None:
    rows = """\
tables: {codes: {a: {left: A}, b: {left: B}}}
fields: {name: {left: {path: name, read: "lookup('codes')"}, right: name}}
direction: left -> others
"""
    found = covered(tmp_path, rows, "{given: {left: {name: B}}, expect: {right: {name: b}}}")
    assert untouched(found, "table") == ["codes: a is looked up"]


IF, ELSE = "the condition is true", "the condition is false"
TWO = "{left: %s, right: name}"


@pytest.mark.parametrize(
    ("read", "names", "left"),
    [
        ("{{ 'X' if name == 'A' else name }}", "A", [ELSE]),
        ("{{ 'X' if name == 'A' else name }}", "B", [IF]),
        ("{{ 'X' if name == 'A' else name }}", "AB", []),
        ("{{ name or other }}", "A", ["what stands before `or` is false"]),
        ("{{ name == 'A' and other == 'B' and 'C' }}", "B", ["what stands before `and` is true"] * 2),
        ("{{ name == 'A' and other == 'B' and 'C' }}", "AB", ["what stands before `and` is true"]),
        ("{{ name | siret | catch('none') }}", "B", ["nothing is caught"]),
        ("{{ name | catch('none') }}", "B", ["the value is caught"]),
    ],
)
def test_an_expression_goes_all_its_ways(tmp_path: Path, read: str, names: str, left: list[str]) -> None:
    rows = f'direction: left -> others\nfields: {{name: {{left: {{path: name, read: "{read}"}}, right: name}}}}\n'
    cases = "".join(f"  - {{given: {{left: {{name: {name}}}}}, expect: {{}}}}\n" for name in names)
    assert untouched(coverage(suite(tmp_path, HEAD + rows + "tests:\n" + cases)), "branch") == left


def test_a_branch_stands_at_its_column(tmp_path: Path) -> None:
    rows = """\
direction: left -> others
fields:
  name: {left: {path: name, read: "{{ 'X' if name == 'A' else name }}"}, right: name}
"""
    found = covered(tmp_path, rows)
    assert {(p.position.line, p.position.column) for p in found.untouched if p.kind == "branch"} == {(6, 46)}


CONDITIONS = """\
filter: ["{{ name != 'X' }}"]
fields:
  name: {left: name, right: name, when: "{{ size == 1 }}"}
  size: {type: number, left: size, right: {path: size, when: name == 'A'}}
"""


def test_conditions_are_true_and_false(tmp_path: Path) -> None:
    head = HEAD.replace("left: things", "left: {resource: things, where: size > 0}")
    head = head.replace("right: things", "right: {resource: things, accepts: \"{{ name == 'A' }}\"}")
    case = "tests: [{given: {left: {name: A, size: 1}}, expect: {right: {name: A, size: 1}}}]\n"
    found = coverage(suite(tmp_path, head + CONDITIONS + case))
    assert untouched(found, "branch") == [ELSE] * 5
    assert found.count("branch") == (5, 10)


def test_a_function_is_followed_into_its_branches(tmp_path: Path) -> None:
    rows = """\
functions:
  short: "{{ value | truncate(3) if value | length > 3 else value }}"
  loud: [short, upper]
fields: {name: {left: {path: name, read: loud}, right: {path: name, write: [trim, "truncate(9)"]}}}
direction: left -> others
"""
    found = covered(tmp_path, rows, "{given: {left: {name: ABCD}}, expect: {right: {name: ABC}}}")
    assert untouched(found, "branch") == [ELSE]


def test_the_tests_of_a_function_count(tmp_path: Path) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(
        "about: x\n"
        "tables: {codes: {a: {left: A}, b: {left: B}}}\n"
        "functions:\n"
        "  code:\n"
        "    args: [side]\n"
        "    value: \"{{ value | lookup('codes', 'left') if value == 'a' else 'none' }}\"\n"
        "    tests: [{given: [a, left], expect: A}]\n",
        encoding="utf-8",
    )
    [found] = suites([str(path)], None)
    assert [point.what for point in coverage(found).untouched] == ["codes: b is looked up", ELSE]


@pytest.mark.parametrize(
    ("case", "count"),
    [
        ("{given: {left: {name: A, size: x}}, expect: {right: {name: A}}}", (1, 1)),
        ("{given: {left: {name: A, size: 1}}, expect: {right: {name: A, size: 1}}}", (0, 1)),
    ],
)
def test_a_misfit_takes_the_way_that_its_row_says(tmp_path: Path, case: str, count: tuple[int, int]) -> None:
    rows = (
        "fields:\n  name: {left: name, right: name}\n  size: {type: number, left: size, right: size, otherwise: skip}\n"
    )
    assert covered(tmp_path, rows, case).count("otherwise") == count


def test_an_item_that_is_left_out_of_a_set_is_a_misfit(tmp_path: Path) -> None:
    rows = "fields: {kind: {type: set, left: kind, right: kind, values: by label, otherwise: skip}}\n"
    found = covered(tmp_path, rows, "{given: {left: {kind: [1, 9]}}, expect: {right: {kind: [1]}}}")
    assert found.count("otherwise") == (1, 1)


@pytest.mark.parametrize(("touched", "of", "percent"), [(0, 0, 100), (1, 3, 33.3), (1999, 2000, 99.9), (2, 2, 100)])
def test_only_all_is_a_hundred_percent(touched: int, of: int, percent: float) -> None:
    assert share(touched, of) == percent
