"""Regular expressions from mapping files, bounded: what could take for ever is refused before it is tried.

Python's matcher backtracks. A repeat inside a repeat can take exponential time; k repeats in a row take n to the power
of k+1 for a text of n characters. The first is refused, the second limits how long the text may be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from mapper.errors import RuleError
from mapper.expr.transform import bounded, show

MAX_PATTERN = 200
_LONGEST = (100_000, 10_000, 700, 200, 100)
_REPEAT = re.compile(r"[*+]|\{([0-9]*)(,?)([0-9]*)\}")
_HINT = "write one repeat, a character class, or a possessive repeat such as \\d++"


@dataclass(slots=True)
class _Group:
    """What is known of the group that is being read: whether it can match in more than one way."""

    varies: bool = False


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[re.Pattern[str], int]:
    """The pattern, and how long a text it may be applied to."""
    if len(pattern) > MAX_PATTERN:
        raise RuleError(f"a regular expression of {len(pattern)} characters is too long; {MAX_PATTERN} are allowed")
    try:
        found = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise RuleError(f"{show(pattern)} is not a regular expression: {error}") from None
    repeats = _count_repeats(pattern)
    if repeats >= len(_LONGEST):
        raise RuleError(f"the regular expression {show(pattern)} can take for ever: it has {repeats} repeats; {_HINT}")
    return found, _LONGEST[repeats]


def _count_repeats(pattern: str) -> int:
    """How many repeats of open length the pattern has; RuleError for one that holds another or a choice."""
    groups, closed, repeats, position = [_Group()], None, 0, 0
    while position < len(pattern):
        char = pattern[position]
        found = _REPEAT.match(pattern, position) if position else None
        step = found.end() - position if found else _width(pattern, position)
        if found:
            possessive = pattern[found.end() : found.end() + 1] == "+"
            if _is_open(found):
                if closed and closed.varies:
                    raise RuleError(f"the regular expression {show(pattern)} can take for ever; {_HINT}")
                groups[-1].varies |= not possessive
                repeats += not possessive
            step += possessive or pattern[found.end() : found.end() + 1] == "?"
            closed = None
        elif char == "(":
            groups.append(_Group())
            closed = None
        elif char == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1].varies |= closed.varies
        elif char in "|?" and pattern[position - 1 : position] != "(":
            groups[-1].varies = True
            closed = closed if char == "?" else None
        else:
            closed = None
        position += step
    return repeats


def _width(pattern: str, position: int) -> int:
    """How many characters the atom at a position takes: an escape is two, a class reaches to its bracket."""
    if pattern[position] == "\\":
        return 2
    if pattern[position] != "[":
        return 1
    end = position + 1 + pattern.startswith("^", position + 1)
    end += pattern.startswith("]", end)
    while end < len(pattern) and pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    return end + 1 - position


def _is_open(found: re.Match[str]) -> bool:
    """Whether a repeat leaves its count open; {3} does not, and {0,1} is as harmless as a question mark."""
    if found[0] in "*+":
        return True
    low, comma, high = found.groups()
    return bool(comma) and low != high and high != "1" and (low or high or comma) != ""


def _checked(text: str, pattern: str) -> re.Pattern[str]:
    found, longest = _compiled(pattern)
    if len(text) > longest:
        raise RuleError(
            f"a text of {len(text)} characters is too long for the regular expression {show(pattern)}, "
            f"which may be given {longest}"
        )
    return found


def verify(pattern: str, new: str = "") -> None:
    """RuleError for a pattern that is refused whatever the text."""
    _compiled(pattern)


def substitute(text: str, pattern: str, new: str) -> str:
    """The text with every match replaced; RuleError for a pattern or text beyond the bounds."""
    found = _checked(text, pattern)
    try:
        return bounded(found.sub(new, text))
    except (re.error, IndexError) as error:
        raise RuleError(f"{show(new)} cannot be the replacement: {error}") from None


def matches(text: str, pattern: str) -> bool:
    """Whether the pattern matches the whole text; RuleError for a pattern or text beyond the bounds."""
    return _checked(text, pattern).fullmatch(text) is not None
