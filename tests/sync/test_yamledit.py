"""A value replaced in a YAML text: it reads as it should, and nothing else has moved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.spec.document import parse
from mapper.sync.cases import same
from mapper.sync.yamledit import CannotEdit, edit
from mapper.sync.yamlwords import Style, block, flow, plain_data


def edited(text: str, value: Any, **more: Any) -> str:
    return edit(text, [(("x",), value)], same, **more)


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        # What is the same stays as it was written.
        ("x: {a: 1,   b:  'c'}  # why\n", {"a": 1, "b": "c"}, "x: {a: 1,   b:  'c'}  # why\n"),
        ("x: 1.50\n", Decimal("1.5"), "x: 1.50\n"),
        # Single values, with their quotes.
        ("x: a  # why\ny: 1\n", "b", "x: b  # why\ny: 1\n"),
        ("x: 'a'\n", "it's", "x: 'it''s'\n"),
        ('x: "a"\n', "b", 'x: "b"\n'),
        ("x: a\n", "no", 'x: "no"\n'),
        ("x: a\n", "01234", 'x: "01234"\n'),
        ("x: a\n", "a: b", 'x: "a: b"\n'),
        ("x: a\n", "", 'x: ""\n'),
        ("x: a\n", "tab\there", 'x: "tab\\there"\n'),
        ("x: a\n", None, "x: null\n"),
        ("x: a\n", True, "x: true\n"),
        ("x:\ny: 1\n", 5, "x: 5\ny: 1\n"),
        ("x:  # why\ny: 1\n", 5, "x: 5  # why\ny: 1\n"),
        # Tables in braces.
        ("x: {a: 1, b: 2}\n", {"a": 1, "b": 3}, "x: {a: 1, b: 3}\n"),
        ("x: {a: 1, b: 2}\n", {"a": 1}, "x: {a: 1}\n"),
        ("x: {a: 1, b: 2}\n", {"b": 2}, "x: {b: 2}\n"),
        ("x: {a: 1}\n", {"a": 1, "b": {"c": [1]}}, "x: {a: 1, b: {c: [1]}}\n"),
        ("x: {a: 1, b: 2}\n", {"a": 1, "c": 3}, "x: {a: 1, c: 3}\n"),
        ("x: {a: 1}\n", {}, "x: {}\n"),
        ("x: {}\n", {"a": 1}, "x: {a: 1}\n"),
        ("x: {a: 1,  # one\n    b: 2}\n", {"a": 1}, "x: {a: 1,  # one\n    }\n"),
        ("x: {a: 1,  # one\n    b: 2,\n}\n", {"a": 1, "c": 3}, "x: {a: 1, c: 3,  # one\n    \n}\n"),
        # Tables in lines.
        ("x:\n  a: 1  # one\n  b: 2\ny: 1\n", {"a": 5, "b": 2}, "x:\n  a: 5  # one\n  b: 2\ny: 1\n"),
        ("x:\n  a: 1  # one\n  # two\n  b: 2\ny: 1\n", {"a": 1}, "x:\n  a: 1  # one\n  # two\ny: 1\n"),
        ("x:\n  a: 1\n  b: 2  # two\ny: 1\n", {"b": 2}, "x:\n  b: 2  # two\ny: 1\n"),
        ("x:\n    a: 1  # one\ny: 1\n", {"a": 1, "b": "é"}, "x:\n    a: 1  # one\n    b: é\ny: 1\n"),
        ("x:\n  a: {b: 1}  # one\n", {"a": {"b": 2}}, "x:\n  a: {b: 2}  # one\n"),
        ("x:\n  a:\n    b: 1\n    c: 2\n  d: 3\n", {"a": {"c": 2}, "d": 3}, "x:\n  a:\n    c: 2\n  d: 3\n"),
        ("x:\n  a: 1", {"a": 1, "b": 2}, "x:\n  a: 1\n  b: 2"),
        ("x:\r\n  a: 1\r\ny: 1\r\n", {"a": 1, "b": 2}, "x:\r\n  a: 1\r\n  b: 2\r\ny: 1\r\n"),
        # Lists.
        ("x: [1, 2, 3]\n", [1, 3], "x: [1, 3]\n"),
        ("x: [1, 3]\n", [1, 2, 3], "x: [1, 2, 3]\n"),
        ("x: [2]\n", [1, 2], "x: [1, 2]\n"),
        ("x:\n- a  # one\n- b\ny: 1\n", ["a", "c"], "x:\n- a  # one\n- c\ny: 1\n"),
        ("x:\n  - a  # one\n  - b\n", ["b"], "x:\n  - b\n"),
        ("x:\n  - a  # one\n", ["a", "b"], "x:\n  - a  # one\n  - b\n"),
        ("x:\n  - k: 1\n    m: 2  # two\n  - k: 3\n", [{"m": 2}, {"k": 3}], "x:\n  - m: 2  # two\n  - k: 3\n"),
        ("x: [a]\n", [], "x: []\n"),
        # Texts of several lines.
        ("x: |\n  one\n  two\ny: 1\n", "one\nthree\n", "x: |\n  one\n  three\ny: 1\n"),
        ("x: |\n  one\ny: 1\n", "one", "x: one\ny: 1\n"),
        ("x: one\ny: 1\n", "one\n\ntwo", "x: |-\n  one\n\n  two\ny: 1\n"),
        ("x: one  # why\n", "a\nb", 'x: "a\\nb"  # why\n'),
        # Another kind of value.
        ("x: 1  # why\n", {"a": 1}, "x: {a: 1}  # why\n"),
        ("x:\n  a: 1\n  b: 2\ny: 1\n", "gone", "x: gone\ny: 1\n"),
        ("x:\n- a\ny: 1\n", {"k": 1}, "x: {k: 1}\ny: 1\n"),
        ("x:  # why\n- a\ny: 1\n", "b", "x:  # why\n  b\ny: 1\n"),
    ],
)
def test_only_what_differs_is_written(before: str, value: Any, after: str) -> None:
    assert edited(before, value) == after


def test_what_is_too_long_for_a_line_gets_lines_of_its_own() -> None:
    value = {"first": "a" * 50, "second": {"inner": "b" * 60, "list": ["c" * 40, {"k": "d" * 40}]}}
    after = edited("x: 1  # why\ny: 1\n", value)
    assert after.startswith("x:  # why\n  first: a")
    assert (parse(after, "").data, after.count("\n")) == ({"x": value, "y": 1}, 8)


def test_a_whole_value_is_written_anew_if_that_is_asked() -> None:
    assert edited("x:\n  a: 1  # one\n  b: 2\n", {"a": 1}, whole=True) == "x: {a: 1}\n"


def test_json_stays_json() -> None:
    line = '{"x":{"a":1,"b":"é"},"y":"\\/"}'
    assert edit(line, [(("x",), {"a": 2, "c": "no"})], same, as_json=True) == '{"x":{"a":2,"c":"no"},"y":"\\/"}'


@pytest.mark.parametrize("steps", [("y",), ("x", 0)])
def test_a_place_that_is_not_there_cannot_be_edited(steps: tuple[Any, ...]) -> None:
    with pytest.raises((CannotEdit, IndexError)):
        edit("x: []\n", [(steps, 1)], same)


TEXTS = st.text(st.sampled_from(list("ab01 -:#'\"{}[],&*!|>%@\\\n\té~")), max_size=6) | st.sampled_from(
    ["no", "null", "1.5"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    assert plain_data(parse(f"x: {flow(value, Style())}\n", "").data["x"]) == value


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3))
def test_a_table_in_lines_is_read_as_it_was_written(value: Any) -> None:
    assert parse(f"x:\n  {block(value, Style(), 2, chr(10))}\n", "").data["x"] == value


@given(VALUES, VALUES, st.booleans())
def test_any_value_can_take_the_place_of_any_other(old: Any, new: Any, lines: bool) -> None:
    shown = flow(old, Style())
    if lines and isinstance(old, dict | list) and old:
        shown = f"\n  {block(old, Style(), 2, chr(10))}"
    text = f"# top\nx: {shown}\n# below\ny: 'z'  # end\n"
    after = edited(text, new)
    assert parse(after, "").data == {"x": new, "y": "z"}
    assert after.startswith("# top\nx:")
    assert after.endswith("# below\ny: 'z'  # end\n")
    assert edited(after, new) == after
