"""A dataclass is its own rules: what a file may hold, in which words it is told, and what is built of it."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec
from mapper.spec.document import parse
from mapper.spec.schema import build, expand, spec_rules, validate


@spec
class Part:
    __shorthand__ = "path"

    path: str = item("Where.")
    steps: tuple[str, ...] = item("Steps.", default=())
    pos: Position = NOWHERE


@spec
class Whole:
    name: str = item("A text.")
    count: int = item("A number.", default=1)
    ratio: float | None = item("A ratio.", default=None)
    loud: bool = item("A flag.", default=False)
    kind: Literal["one", "two"] = item("A choice.", default="one")
    part: Part | None = item("A part.", default=None)
    parts: dict[str, Part] = item("Parts.", default={})
    many: tuple[Part, ...] = item("More parts.", default=())
    anything: Any = item("Anything.", default=None)
    from_: str | None = item("A key that is a word of Python.", default=None)
    pos: Position = NOWHERE


def made(text: str) -> Whole:
    document = parse(text, "f.yaml")
    document.data = expand(Whole, document.data, document, ())
    validate(spec_rules(Whole), document.data, document)
    document.raise_problems()
    whole: Whole = build(Whole, document.data, document)
    return whole


def problems_of(text: str) -> list[str]:
    document = parse(text, "f.yaml")
    document.data = expand(Whole, document.data, document, ())
    validate(spec_rules(Whole), document.data, document)
    return [str(problem) for problem in sorted(document.problems)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("count: 1", "f.yaml:1:1: 'name' is missing"),
        ("name: x\nnmae: y", "f.yaml:2:1: unknown key 'nmae' (did you mean 'name'?)"),
        ("name: x\ncount: lots", "f.yaml:2:8: 'count' must be a whole number, found 'lots'"),
        ("name: x\ncount: 1.5", "f.yaml:2:8: 'count' must be a whole number, found 1.5"),
        ("name: x\ncount: true", "f.yaml:2:8: 'count' must be a whole number, found true"),
        ("name: x\nratio: [1]", "f.yaml:2:8: 'ratio' must be a number, found a list"),
        ("name: x\nloud: yes", "f.yaml:2:7: 'loud' must be true or false, found 'yes'"),
        ("name: x\nkind: tow", "f.yaml:2:7: 'kind' cannot be 'tow' (did you mean 'two'?)"),
        ("name:", "f.yaml:1:6: 'name' has no value"),
        ("name: {a: 1}", "f.yaml:1:7: 'name' must be text, found a table"),
        ("name: true", "f.yaml:1:7: 'name' must be text, found true"),
        ("name: x\nparts: [a]", "f.yaml:2:8: 'parts' must be a table (key: value), found a list"),
        ("name: x\nparts: {a: {steps: [b]}}", "f.yaml:2:9: 'path' is missing"),
        ("name: x\nmany: [{path: a, stpes: b}]", "f.yaml:2:18: unknown key 'stpes' (did you mean 'steps'?)"),
        ("name: x\nmany: [a, {path: [b]}]", "f.yaml:2:18: 'path' must be text, found a list"),
        ("- name", "f.yaml:1:1: expected a table (key: value), found a list"),
        ("just words", "f.yaml:1:1: expected a table (key: value), found 'just words'"),
        (f"name: x\ncount: {'9' * 60}", f"f.yaml:2:8: 'count' must be a whole number, found '{'9' * 36}…"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(text: str, problem: str) -> None:
    assert problems_of(text) == [problem]


def test_all_problems_are_found_at_once() -> None:
    found = problems_of("count: x\nloud: 1\nparts: {a: {b: c}}\n")
    assert [text.split(": ")[0] for text in found] == [
        "f.yaml:1:1",
        "f.yaml:1:8",
        "f.yaml:2:7",
        "f.yaml:3:9",
        "f.yaml:3:13",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("name: 01234", "01234"), ("name: 7", "7"), ("name: 1.50", "1.50"), ("name: 'true'", "true")],
)
def test_a_number_stands_for_the_text_that_was_written(text: str, value: str) -> None:
    assert made(text).name == value


def test_a_bare_value_is_written_out_as_its_table() -> None:
    assert made("name: x\npart: a.b").part == Part(path="a.b")


def test_a_bare_value_stands_for_a_list_of_one() -> None:
    assert made("name: x\npart: {path: a, steps: trim}").part == Part(path="a", steps=("trim",))


def test_a_bare_value_in_a_list_of_tables_is_written_out() -> None:
    assert made("name: x\nmany: [a, {path: b}]").many == (Part(path="a"), Part(path="b"))


def test_every_object_knows_its_place() -> None:
    assert made("name: x\nparts:\n  one: a\n").parts["one"].pos == Position("f.yaml", 3, 3)


def test_a_key_that_is_a_word_of_python_has_no_underscore_in_the_file() -> None:
    assert made("name: x\nfrom: here").from_ == "here"


def test_what_is_not_given_has_its_default() -> None:
    assert made("name: x") == Whole(name="x")
