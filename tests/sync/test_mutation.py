"""Changed rules: which there are, that a test which looks at one notices it, and that the others are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.spec.load import shipped
from mapper.sync.mutation import Mutation, mutate
from mapper.sync.suites import suites
from mapper.sync.tokenchange import changes, negated
from tests.sync.casefile import suite

HEAD = """\
entity: thing
about: A test
direction: left -> others
sides: {left: things, right: things}
"""


def tried(folder: Path, rows: str, *cases: str) -> Mutation:
    found = suite(folder, HEAD + rows + ("tests:\n" + "".join(f"  - {case}\n" for case in cases) if cases else ""))
    assert [result.differences for result in found.results if result.differences] == []
    return mutate(found)


def named(found: Mutation) -> list[str]:
    return [f"{mutant.rule}: {mutant.change}" for mutant in found.survivors]


NAME = "name: {left: name, right: name}"
CASE = "{given: {left: {name: A}}, expect: {right: {name: A}}}"


@pytest.mark.parametrize(
    ("rows", "change", "killer"),
    [
        (f"fields: {{{NAME}}}", "name of left: path name becomes other", CASE),
        ("fields: {name: {left: name, right: name, required: true}}", "name: required is removed",
         "{given: {left: {}}, expect: {error: required}}"),
        ("fields: {name: {left: name, right: name, default: X}}", "name: default is removed",
         "{given: {left: {}}, expect: {right: {name: X}}}"),
        ("fields: {name: {left: name, right: {path: name, default: X}}}", "name of right: default is removed",
         "{given: {left: {}}, expect: {right: {name: X}}}"),
        ("fields: {size: {type: number, left: size, right: size, otherwise: skip}}", "size: otherwise is removed",
         "{given: {left: {size: x}}, expect: {right: {}}}"),
        ("fields: {name: {left: name, right: name, when: name != 'A'}}", "name: when is removed",
         "{given: {left: {name: A}}, expect: {right: {}}}"),
        ("fields: {name: {left: name, right: name, when: name != 'A'}}", "name: when is negated",
         "{given: {left: {name: A}}, expect: {right: {}}}"),
        ("fields: {name: {left: name, right: name, when: name != 'A'}}", "name: != becomes ==",
         "{given: {left: {name: A}}, expect: {right: {}}}"),
        ("fields: {name: {left: name, right: name, when: name != 'A'}}", "name: 'A' becomes 'A~'",
         "{given: {left: {name: A}}, expect: {right: {}}}"),
        ("fields: {name: {left: {path: name, read: [lower, 'truncate(3)']}, right: name}}",
         "name of left, read: lower is left out", "{given: {left: {name: AB}}, expect: {right: {name: ab}}}"),
        ("fields: {name: {left: {path: name, read: [lower, 'truncate(3)']}, right: name}}",
         "name of left, read: 3 becomes 4", "{given: {left: {name: abcde}}, expect: {right: {name: abc}}}"),
        ("fields: {name: {left: {path: name, read: \"{{ 'X' if name else 'Y' }}\"}, right: name}}",
         "name of left, read: `if name` is negated", "{given: {left: {name: A}}, expect: {right: {name: X}}}"),
        ("fields: {name: {type: country, left: name, right: {path: name, form: name, language: sv}}}",
         "name of right: form name becomes code", "{given: {left: {name: SE}}, expect: {right: {name: Sverige}}}"),
        ("fields: {name: {type: country, left: name, right: {path: name, form: name, language: sv}}}",
         "name of right: language sv becomes en", "{given: {left: {name: SE}}, expect: {right: {name: Sverige}}}"),
        ("fields: {kind: {type: choice, left: kind, right: kind, "
         "values: {a: {left: 1, right: 1}, b: {left: 2, right: 2}}}}",
         "kind: a and b are swapped for right", "{given: {left: {kind: 1}}, expect: {right: {kind: 1}}}"),
        ("tables: {t: {a: {left: 1, right: 1}, b: {left: 2, right: 2}}}\n"
         "fields: {kind: {type: choice, left: kind, right: kind, values: t}}",
         "table t: a and b are swapped for left", "{given: {left: {kind: 1}}, expect: {right: {kind: 1}}}"),
        ("constants: {x: X}\nfields: {name: {left: {path: name, read: '{{ x }}'}, right: name}}",
         "constant x: 'X' becomes 'X~'", "{given: {left: {name: A}}, expect: {right: {name: X}}}"),
        ("functions: {f: [trim, upper]}\nfields: {name: {left: {path: name, read: f}, right: name}}",
         "function f: upper is left out", "{given: {left: {name: a}}, expect: {right: {name: A}}}"),
        (f"filter: [{{only: name != 'B', because: it is B}}]\nfields: {{{NAME}}}", "filter: the condition is removed",
         "{given: {left: {name: B}}, expect: {error: it is B}}"),
    ],
)  # fmt: skip
def test_a_change_lives_until_a_test_looks_at_the_rule(tmp_path: Path, rows: str, change: str, killer: str) -> None:
    assert change in named(tried(tmp_path, rows + "\n"))
    assert change not in named(tried(tmp_path, rows + "\n", killer))


def test_a_condition_of_a_side_is_noticed(tmp_path: Path) -> None:
    text = HEAD.replace("right: things", "right: {resource: things, accepts: name == 'A'}") + f"fields: {{{NAME}}}\n"
    cases = (
        "{given: {left: {name: A}}, expect: {right: {name: A}}}",
        "{given: {left: {name: B}}, expect: {right: null}}",
    )
    assert "right accepts: accepts is negated" in named(mutate(suite(tmp_path, text)))
    whole = suite(tmp_path, text + "tests:\n" + "".join(f"  - {case}\n" for case in cases))
    assert named(mutate(whole)) == []


def test_a_function_is_tested_by_its_own_tests(tmp_path: Path) -> None:
    path = tmp_path / "shared.yaml"
    text = "about: x\nfunctions:\n  f: {value: [trim, upper], tests: [{given: a, expect: A}]}\n"
    path.write_text(text, encoding="utf-8")
    [found] = suites([str(path)], None)
    mutation = mutate(found)
    assert (mutation.killed, mutation.tried, named(mutation)) == (1, 2, ["function f: trim is left out"])


def test_a_change_that_does_not_compile_does_not_count(tmp_path: Path) -> None:
    left = "{path: name, read: \"lookup('t', 'left')\"}"
    found = tried(tmp_path, f"tables: {{t: {{a: {{left: A}}}}}}\nfields: {{name: {{left: {left}, right: name}}}}\n")
    assert [change for change in named(found) if "becomes 't~'" in change] == []


def test_a_survivor_stands_at_its_place(tmp_path: Path) -> None:
    found = tried(
        tmp_path, "fields:\n  name: {left: {path: name, read: \"{{ 'X' if name else 'Y' }}\"}, right: name}\n"
    )
    places = {m.change: (m.position.line, m.position.column) for m in found.survivors}
    assert (places["'Y' becomes 'Y~'"], places["'X' becomes 'X~'"]) == ((6, 56), (6, 39))


def test_the_order_is_that_of_the_rules_and_always_the_same(tmp_path: Path) -> None:
    rows = f"fields:\n  {NAME}\n  size: {{type: number, left: size, right: size, required: true}}\n"
    first, second = tried(tmp_path, rows), tried(tmp_path, rows)
    assert (
        named(first)
        == named(second)
        == [
            "name of left: path name becomes other",
            "name of right: path name becomes other",
            "size: required is removed",
        ]
    )


def test_a_limit_takes_the_first(tmp_path: Path) -> None:
    found = mutate(suite(tmp_path, HEAD + f"fields: {{{NAME}}}\n"), 1)
    assert named(found) == ["name of left: path name becomes other"]


def test_the_mapping_itself_stays_as_it_was(tmp_path: Path) -> None:
    found = suite(tmp_path, HEAD + f"fields: {{{NAME}}}\ntests:\n  - {CASE}\n")
    before = repr(found.loaded.spec)
    mutate(found)
    assert (repr(found.loaded.spec), found.loaded.document.problems) == (before, [])


def test_the_shipped_mapping_of_companies_has_mutants_of_every_row() -> None:
    [found] = suites([str(shipped("mappings") / "company.yaml")], None)
    mutation = mutate(found)
    assert mutation.tried > 40
    assert mutation.killed > 15


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ a == 1 }}", ["{{ a != 1 }}", "{{ a == 2 }}"]),
        ("{{ a and not b }}", ["{{ a or not b }}"]),
        ("{{ a.b or x | lower }}", ["{{ a.b and x | lower }}"]),
        ("{{ 'x' if a else b }}", ["{{ 'x~' if a else b }}", "{{ 'x' if not (a) else b }}"]),
        ("{{ 'x' if (a if b else c) < 2 }}",
         ["{{ 'x~' if (a if b else c) < 2 }}", "{{ 'x' if not ((a if b else c) < 2) }}",
          "{{ 'x' if (a if not (b) else c) < 2 }}", "{{ 'x' if (a if b else c) >= 2 }}",
          "{{ 'x' if (a if b else c) < 3 }}"]),
        ('{{ a ~ "" }}', ['{{ a ~ "~" }}']),
        ("Nr 5 {{ a }}", []),
        ("truncate(3, '…')", ["truncate(4, '…')", "truncate(3, '…~')"]),
        ("{{ a | default(or) }}", ["{{ a | default(and) }}"]),
        ("{{ a | or('x') }}", ["{{ a | or('x~') }}"]),
    ],
)  # fmt: skip
def test_an_expression_is_changed_in_one_place_at_a_time(text: str, wanted: list[str]) -> None:
    assert [new for new, _, _ in changes(text)] == wanted


@pytest.mark.parametrize("text", ["a or b", "{{ a or b }}", " {{a or b}} "])
def test_a_condition_is_negated_as_a_whole(text: str) -> None:
    assert negated(text)[0] == "{{ not (a or b) }}"
