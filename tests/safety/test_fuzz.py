"""Texts put together at random from what the language is made of: nothing but our errors, and never for long."""

from __future__ import annotations

import contextlib
import time
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.errors import RuleError, SpecError
from mapper.expr import TRANSFORMS, ExpressionError, PathError, parse_expression, parse_path
from mapper.spec import document

LONGEST_SECONDS = 2.0

WORDS = [
    *(
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{-",
        "-}}",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        ":",
        "|",
        "~",
        "'",
        '"',
    ),
    *("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "and", "or", "not", "in", "is", "if", "else", "="),
    *("a", "b", "text", "list", "it", "__class__", "_x", "0", "1", "-1", "99999999999", "1.5", "1e999", "''", "'a'"),
    *("defined", "none", "empty", "true", "for", "set", "raw", "endraw", "\n", " ", "\\", "\x00", "é", "＿", "\u202e"),
]
RECORD: dict[str, Any] = {
    "a": Decimal("12.50"),
    "b": date(2026, 1, 31),
    "text": "<p>é 1;2 {{ x }}</p>" * 50,
    "list": [{"a": n, "b": [n, None, "x"]} for n in range(20)],
}
PATH_WORDS = [
    "$",
    "..",
    ".",
    "a",
    "b",
    "list",
    "[",
    "]",
    "*",
    "0",
    "-1",
    ":",
    ",",
    "?(",
    "@",
    ")",
    "=",
    "==",
    "'",
    '"',
    "`",
]
YAML_WORDS = [
    "a",
    ":",
    " ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a",
    "*a",
    "!!x",
    "|",
    ">",
    "#",
    "'",
    '"',
    "<<",
    "?",
]


def quick(start: float) -> bool:
    return time.process_time() - start < LONGEST_SECONDS


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*WORDS, *sorted(TRANSFORMS)]), max_size=25), st.sampled_from(["", " "]))
def test_words_of_the_language_in_any_order(words: list[str], between: str) -> None:
    start = time.process_time()
    for text in (between.join(words), "{{ " + between.join(words) + " }}"):
        with contextlib.suppress(ExpressionError, RuleError):
            parse_expression(text).call(RECORD)
    assert quick(start)


ARGUMENTS = st.sampled_from(
    ["", "(0)", "(1)", "('a')", "('%d')", "(text)", "(list)", "('a', 'b')", "(it.a)", "(none)", "(-5)"]
)
CALLS = st.builds("{}{}".format, st.sampled_from(sorted(TRANSFORMS)), ARGUMENTS)


@settings(max_examples=300)
@given(st.sampled_from([*RECORD, "missing", "1e999", "'x'", "[]"]), st.lists(CALLS, min_size=1, max_size=5))
def test_transforms_in_any_order_with_any_arguments(first: str, calls: list[str]) -> None:
    start = time.process_time()
    with contextlib.suppress(ExpressionError, RuleError):
        parse_expression(f"{{{{ {' | '.join([first, *calls])} }}}}").call(RECORD)
    assert quick(start)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PATH_WORDS), max_size=15))
def test_signs_of_paths_in_any_order(words: list[str]) -> None:
    start = time.process_time()
    with contextlib.suppress(PathError):
        parse_path("".join(words)).get(RECORD)
    assert quick(start)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(YAML_WORDS), max_size=30))
def test_signs_of_yaml_in_any_order(words: list[str]) -> None:
    start = time.process_time()
    with contextlib.suppress(SpecError):
        document.parse("".join(words), "fuzz.yaml")
    assert quick(start)
