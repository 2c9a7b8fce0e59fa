"""Regular expressions from mapping files, bounded: what could take for ever is refused before it is tried.

Python's matcher backtracks. A repeat within a repeat can take exponential time, so it is refused. k open repeats in a
row take about n**(k+1) / (k+1)! steps for a text of n characters, and c choices (`?` and `|`) up to 2**c times as many;
so each pattern has a longest text that keeps it within `STEPS`, less what its counted repeats cost at every place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import factorial
from typing import Final

from mapper.errors import RuleError
from mapper.expr.transform import bounded, show

MAX_PATTERN: Final = 200
MAX_COUNT: Final = 10_000
STEPS: Final = 10**8
LONGEST: Final = 100_000
SHORTEST: Final = 50

_REPEAT = re.compile(r"[*+?]|\{(?!\})([0-9]*)(,?)([0-9]*)\}")
# A comment, or blanks that are none, may stand between an atom and its repeat, where they would hide it.
_HIDING = re.compile(r"\(\?(?:#|[a-zA-Z]*x)")
# A reference to a group reads as much text again as the group did.
_BACK = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")
_HINT = "write a character class, fewer repeats, or possessive ones such as \\d++"


@dataclass(slots=True)
class _Part:
    """What can vary in a part of the pattern; `count` is how often its innermost counted repeat runs."""

    repeats: int = 0
    choices: int = 0
    count: int = 1

    def add(self, other: _Part) -> None:
        self.repeats += other.repeats
        self.choices += other.choices
        self.count = max(self.count, other.count)


def _refusal(pattern: str) -> RuleError:
    return RuleError(f"the regular expression {show(pattern)} can take for ever; {_HINT}")


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[re.Pattern[str], int]:
    """The pattern, and how long a text it may be applied to."""
    if len(pattern) > MAX_PATTERN:
        raise RuleError(f"a regular expression of {len(pattern)} characters is too long; {MAX_PATTERN} are allowed")
    if _HIDING.search(pattern):
        raise RuleError(f"the regular expression {show(pattern)} may not hold comments or the flag x")
    whole = _measure(pattern)
    try:
        found = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise RuleError(f"{show(pattern)} is not a regular expression: {error}") from None
    power = whole.repeats + 1
    ways = 2 ** min(whole.choices, 99) * whole.count
    longest = min(LONGEST, int((STEPS * factorial(min(power, 20)) / ways) ** (1 / power)))
    if longest < SHORTEST:
        raise _refusal(pattern)
    return found, longest


def _measure(pattern: str) -> _Part:
    """What can vary in the whole pattern; RuleError for an open repeat of something that itself varies."""
    groups, last, position = [_Part()], _Part(), 0
    while position < len(pattern):
        char, repeat = pattern[position], _REPEAT.match(pattern, position)
        if repeat and not pattern.endswith("(", 0, position):
            position = repeat.end()
            # A possessive repeat never gives back what it has matched; a lazy one only turns the order round.
            possessive = pattern.startswith("+", position)
            position += possessive or pattern.startswith("?", position)
            last = _repeated(last, repeat, pattern, possessive=possessive)
            continue
        if char == ")" and len(groups) > 1:
            groups[-1].add(last)
            last = groups.pop()
        else:
            groups[-1].add(last)
            last = _Part(int(_BACK.match(pattern, position) is not None), int(char == "|"))
        if char == "(":
            groups.append(_Part())
        position += 1 if repeat else _width(pattern, position)
    for part in reversed(groups):
        part.add(last)
        last = part
    return last


def _repeated(part: _Part, repeat: re.Match[str], pattern: str, *, possessive: bool) -> _Part:
    """What a part becomes when it is repeated."""
    low, comma, high = repeat.groups() if repeat[0][0] == "{" else ("", "", "")
    if repeat[0] == "?" or (comma and high == "1"):
        return _Part(part.repeats, part.choices + (not possessive), part.count)
    least, most = int(low or 0), int(high or low or 0)
    count = part.count * max(1, least, most)
    if count > MAX_COUNT:
        raise _refusal(pattern)
    if repeat[0][0] == "{" and (not comma or low == high):
        return _Part(part.repeats * most, part.choices * most, count)
    if part.repeats or part.choices:
        raise _refusal(pattern)
    return _Part(int(not possessive), 0, part.count)


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
