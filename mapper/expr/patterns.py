"""Regular expressions from mapping files, bounded: what could take for ever is refused before it is tried.

Python's matcher backtracks. A repeat within a repeat can take exponential time, so it is refused. k open repeats in a
row take about n**k / k! steps for a text of n characters, and c choices (`?` and `|`) up to 2**c times as many; a
search begins again at every character, unless the pattern is anchored by `^`. So each pattern has a longest text to
match and a longest text to search that keep it within `STEPS`, less what its counted repeats cost at every place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import factorial
from typing import Final

from mapper.errors import RuleError
from mapper.expr.transform import MAX_TEXT, bounded, show

MAX_PATTERN: Final = 200
MAX_REPLACEMENT: Final = 1_000
MAX_COUNT: Final = 10_000
STEPS: Final = 4 * 10**6
LONGEST: Final = 100_000
SHORTEST: Final = 50

_REPEAT = re.compile(r"[*+?]|\{(?!\})([0-9]*)(,?)([0-9]*)\}")
# A comment, or blanks that are none, may stand between an atom and its repeat, where they would hide it.
_HIDING = re.compile(r"\(\?(?:#|[a-zA-Z]*x)")
# A reference to a group reads as much text again as the group did.
_BACK = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")
_ANCHORED = re.compile(r"\^|\\A")
_LOOKING = re.compile(r"\(\?<?[=!]")
_MANY_LINES = re.compile(r"\(\?[a-zA-Z]*m")
_HINT = "write a character class, fewer repeats, or possessive ones such as \\d++"


@dataclass(slots=True)
class _Part:
    """What can vary in a part of the pattern.

    `count` is how often its innermost counted repeat runs, and `far` whether it can read on to the end of the text.
    """

    repeats: int = 0
    choices: int = 0
    count: int = 1
    far: bool = False

    def add(self, other: _Part) -> None:
        """Take in what stands behind this part: its ways are multiplied with ours."""
        self.repeats += other.repeats
        self.choices += other.choices
        self.count = max(self.count, other.count)
        self.far |= other.far

    def vary(self, other: _Part) -> None:
        """Take in what may stand instead of this part: its ways are added to ours."""
        self.repeats = max(self.repeats, other.repeats)
        self.choices = max(self.choices, other.choices) + 1
        self.count = max(self.count, other.count)
        self.far |= other.far

    def longest(self, *, search: bool) -> int:
        """How long a text it may be applied to."""
        power = max(self.repeats, int(self.far)) + search
        ways = 2 ** min(self.choices, 99) * self.count
        if not power:
            return LONGEST if ways <= STEPS else 0
        return min(LONGEST, int((STEPS * factorial(min(power, 20)) / ways) ** (1 / power)))


@dataclass(slots=True)
class _Group:
    """A group that is being read: the alternatives before the last `|`, and the one since."""

    now: _Part
    before: _Part | None = None

    def whole(self) -> _Part:
        if self.before is None:
            return self.now
        self.before.vary(self.now)
        return self.before


def _refusal(pattern: str) -> RuleError:
    return RuleError(f"the regular expression {show(pattern)} can take for ever; {_HINT}")


@dataclass(frozen=True, slots=True)
class _Bounded:
    """A compiled pattern, and how long a text it may match or search."""

    pattern: re.Pattern[str]
    match: int
    search: int


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> _Bounded:
    if len(pattern) > MAX_PATTERN:
        raise RuleError(f"a regular expression of {len(pattern)} characters is too long; {MAX_PATTERN} are allowed")
    if _HIDING.search(pattern):
        raise RuleError(f"the regular expression {show(pattern)} may not hold comments or the flag x")
    whole, anchored = _measure(pattern)
    try:
        found = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise RuleError(f"{show(pattern)} is not a regular expression: {error}") from None
    search = whole.longest(search=not anchored or _MANY_LINES.search(pattern) is not None)
    if search < SHORTEST:
        raise _refusal(pattern)
    return _Bounded(found, whole.longest(search=False), search)


def _measure(pattern: str) -> tuple[_Part, bool]:
    """What can vary in the whole pattern, and whether it begins at the text's beginning only.

    RuleError for an open repeat of something that itself varies.
    """
    groups, last, position = [_Group(_Part())], _Part(), 0
    anchored = _ANCHORED.match(pattern) is not None
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
            groups[-1].now.add(last)
            last = groups.pop().whole()
        else:
            groups[-1].now.add(last)
            last = _Part(int(_BACK.match(pattern, position) is not None))
        if char == "|":
            groups[-1] = _Group(_Part(), groups[-1].whole())
            anchored &= len(groups) > 1 or _ANCHORED.match(pattern, position + 1) is not None
        if char == "(":
            groups.append(_Group(_Part()))
        position += 1 if repeat else _width(pattern, position)
    for group in reversed(groups):
        group.now.add(last)
        last = group.whole()
    return last, anchored


def _repeated(part: _Part, repeat: re.Match[str], pattern: str, *, possessive: bool) -> _Part:
    """What a part becomes when it is repeated."""
    low, comma, high = repeat.groups() if repeat[0][0] == "{" else ("", "", "")
    if repeat[0] == "?" or (comma and high == "1"):
        return _Part(part.repeats, part.choices + (not possessive), part.count, part.far)
    least, most = int(low or 0), int(high or low or 0)
    count = part.count * max(1, least, most)
    if count > MAX_COUNT:
        raise _refusal(pattern)
    if low and (not comma or low == high):
        return _Part(part.repeats * most, part.choices * most, count, part.far)
    if part.repeats or part.choices:
        raise _refusal(pattern)
    return _Part(int(not possessive), 0, part.count, far=True)


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


def _within(text: str, longest: int, pattern: str) -> None:
    if len(text) > longest:
        raise RuleError(
            f"a text of {len(text)} characters is too long for the regular expression {show(pattern)}, "
            f"which may be given {longest}"
        )


def verify(pattern: str, group: int = 0) -> None:
    """RuleError for a pattern, or a group of it, that is refused whatever the text."""
    if not 0 <= group <= _compiled(pattern).pattern.groups:
        raise RuleError(f"the regular expression {show(pattern)} has no group {show(group)}")


def verify_replacement(pattern: str, new: str = "") -> None:
    """RuleError for a pattern that is refused whatever the text, or a replacement that does not suit it."""
    found = _compiled(pattern)
    _short_enough(new)
    try:
        found.pattern.sub(new, "")
    except (re.error, IndexError) as error:
        raise _unfit(new, error) from None


def _short_enough(new: str) -> None:
    if len(new) > MAX_REPLACEMENT:
        raise RuleError(f"a replacement of {len(new)} characters is too long; {MAX_REPLACEMENT} are allowed")


def _unfit(new: str, error: Exception) -> RuleError:
    return RuleError(f"{show(new)} cannot be the replacement: {error}")


def substitute(text: str, pattern: str, new: str) -> str:
    """The text with every match replaced; RuleError for a pattern or text beyond the bounds."""
    found = _compiled(pattern)
    _within(text, found.search, pattern)
    _short_enough(new)
    try:
        if _most(found.pattern, text, new) <= 2 * MAX_TEXT:
            return bounded(found.pattern.sub(new, text))
        if "\\" not in new:
            raise _multiplied(new)
        return bounded(found.pattern.sub(_measured(new), text))
    except (re.error, IndexError) as error:
        raise _unfit(new, error) from None


def _most(pattern: re.Pattern[str], text: str, new: str) -> int:
    """How long a text the replacement can make at most."""
    if "\\" in new and _LOOKING.search(pattern.pattern):
        return 2 * MAX_TEXT + 1  # what groups that look around hold may overlap
    found = sum(1 for _ in pattern.finditer(text))
    return len(text) * (1 + new.count("\\")) + found * len(new)


def _multiplied(new: str) -> RuleError:
    return RuleError(f"the replacement {show(new)} makes too long a text")


def _measured(new: str) -> Callable[[re.Match[str]], str]:
    """A replacement that gives up before it has built more than a text may hold."""
    total, references = 0, new.count("\\")

    def expand(match: re.Match[str]) -> str:
        nonlocal total
        total += len(new)
        if references:
            total += references * max(len(group or "") for group in (match[0], *match.groups()))
        if total > 2 * MAX_TEXT:
            raise _multiplied(new)
        return match.expand(new)

    return expand


def matched(text: str, pattern: str, group: int) -> Iterator[str | None]:
    """What a group of every match holds, in order; RuleError for a group, pattern or text beyond the bounds."""
    found = _compiled(pattern)
    _within(text, found.search, pattern)
    verify(pattern, group)
    return (match[group] for match in found.pattern.finditer(text))


def matches(text: str, pattern: str) -> bool:
    """Whether the pattern matches the whole text; RuleError for a pattern or text beyond the bounds."""
    found = _compiled(pattern)
    _within(text, found.match, pattern)
    return found.pattern.fullmatch(text) is not None
