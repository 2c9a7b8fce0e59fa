"""Regular expressions from mapping files cannot take for ever."""

from __future__ import annotations

import pytest

from mapper.errors import RuleError
from mapper.expr.patterns import matches, substitute, verify


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"(a*)*b",
        r"(?:a|aa)+",
        r"(a|b)*",
        r"(.*)+x",
        r"((a)?b)*",
        r"(a?){2,50}",
        r"([a-z]+\s*)+",
        r"((a+)b)+",
        r"(?P<x>\d+)*",
        r"(\w+\d){2,}",
        r"(a?){30}",
        r"(a|b|ab){30}",
        r"(a+){10}",
        r"(a+b){3,4}",
        r"(?:(?:\b){1000}){1000}",
        r"(?:){10001}",
        r"a?" * 30,
        r"(a(b|c))+",
        r"[[](a+)+",
        r"\((a+)+",
        r"(a*?)*?",
        r"(?:a*|b)++",
    ],
)
def test_an_expression_that_can_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(RuleError, match="can take for ever"):
        verify(pattern)


@pytest.mark.parametrize("pattern", ["x*" * 7, ".*a" * 7, r"a{1,9}" * 7, "x?" * 18 + "x*"])
def test_too_many_repeats_are_refused(pattern: str) -> None:
    with pytest.raises(RuleError, match="can take for ever"):
        verify(pattern)


@pytest.mark.parametrize("pattern", ["(?x)(a+) +", "(?ix:(a+) +)", "(a+)(?#hidden)+"])
def test_what_hides_a_repeat_is_refused(pattern: str) -> None:
    with pytest.raises(RuleError, match="may not hold comments or the flag x"):
        verify(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{5}",
        r"^\s+|\s+$",
        r"(\d+)-(\d+)",
        r"(\d+)?",
        r"(?:\s\d{2}){5}",
        r"(?:\+33|0)\s?\d(?:[ .-]?\d{2}){4}",
        r"[^0-9]+",
        r"[(+*)]+",
        r"\(\+\)",
        r"[]a]+",
        r"[^]\]]*",
        r"(a++b)?",
        r"\d++-\d++-\d++-\d++-\d++",
        r"(?i)abc",
        r"colou?r",
        r"a{0,1}",
        r"a{,1}",
        r"x{y}",
        r"x{}",
        r"(?P<day>\d\d)/(?P<month>\d\d)",
        r"a|b|c",
        r"(?:a|b){2}",
        r"(?=a)b",
        r"a.*?b",
    ],
)
def test_a_harmless_expression_is_allowed(pattern: str) -> None:
    verify(pattern)


@pytest.mark.parametrize(("pattern", "message"), [("a" * 201, "too long"), ("(", "is not a regular expression")])
def test_what_is_no_expression_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        verify(pattern)


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        ("a", 100_000),
        ("a+b", 100_000),
        ("a+b?", 100_000),
        ("a+b+c", 2_828),
        ("a+b+c+d", 288),
        ("a+|b+|c+", 100_000),
        ("(?:a?b){4}", 100_000),
        (r"(a+)\1", 2_828),
    ],
)
def test_the_more_repeats_the_shorter_the_text_to_match(pattern: str, longest: int) -> None:
    assert not matches("x" * longest, pattern)
    if longest < 100_000:
        with pytest.raises(RuleError, match=f"which may be given {longest}"):
            matches("x" * (longest + 1), pattern)


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        ("a", 100_000),
        ("a+b", 2_828),
        ("a++b", 2_828),
        ("a{,}b", 2_828),
        ("a{3,}b", 2_828),
        ("^a+b", 100_000),
        ("^a+|^b+", 100_000),
        ("^a+|b+", 2_000),
        ("(?m:^a+b)", 2_828),
        ("a+b?", 2_000),
        ("a+b+c", 288),
        (r"^\s+|\s+$", 2_000),
        ("a+b+c+d", 98),
    ],
)
def test_a_search_begins_at_every_character(pattern: str, longest: int) -> None:
    assert substitute("x" * longest, pattern, "") == "x" * longest
    with pytest.raises(RuleError, match=f"which may be given {longest}"):
        substitute("x" * (longest + 1), pattern, "")


def test_a_result_beyond_the_bounds_is_refused() -> None:
    with pytest.raises(RuleError, match="250000 are allowed"):
        substitute("a" * 10_000, "a", "b" * 26)


@pytest.mark.parametrize(
    ("pattern", "new"),
    [("^(a*)", r"\1" * 50), ("(?s)(?=(.*))", r"\1"), ("a", "b" * 1_000), ("", "b" * 1_000)],
    ids=["one group many times", "a group that looks ahead", "a text", "between all characters"],
)
def test_a_replacement_that_multiplies_is_given_up_in_time(pattern: str, new: str) -> None:
    with pytest.raises(RuleError, match="makes too long a text"):
        substitute("a" * 100_000 if pattern.startswith("^") else "a" * 2_828, pattern, new)
