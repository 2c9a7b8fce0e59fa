"""Approximate match rules: which texts are compared, and within which blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from mapper.records import Record, fold
from mapper.spec.mapping import Mapping

#: Of a text so many words make blocks, each by so many of its first letters.
_WORDS, _LETTERS = 6, 3

_KEYS = {"similar", "at least", "within"}


@dataclass(frozen=True)
class Similar:
    """One approximate rule: the fields whose texts are compared, from how many percent on, and what must be equal."""

    number: int
    fields: tuple[str, ...]
    least: float
    within: tuple[str, ...]

    def text(self, canonical: Record) -> str:
        """What is compared of a record."""
        return " ".join(fold(str(canonical[n])) for n in self.fields if canonical.get(n) not in (None, "", []))

    def blocks(self, canonical: Record, keys: Record) -> list[str]:
        """Digests, one of which two records must share to be compared: of a word's first letters, and of `within`."""
        same = [keys.get(name) for name in self.within]
        if any(part in (None, "", []) for part in same):
            return []
        words = [word[:_LETTERS] for word in self.text(canonical).split() if len(word) >= _LETTERS]
        starts = list(dict.fromkeys(words))[:_WORDS]
        return [blake2b(orjson.dumps([start, *map(str, same)]), digest_size=12).hexdigest() for start in starts]


def similar_rules(spec: Mapping) -> tuple[Similar, ...]:
    """The approximate rules of a mapping, in their order."""
    return tuple(
        Similar(number, names(rule["similar"]), float(rule.get("at least", 90)), names(rule.get("within", ())))
        for number, rule in enumerate(spec.match)
        if isinstance(rule, dict)
    )


def names(value: Any) -> tuple[str, ...]:
    """One name, or several."""
    return (value,) if isinstance(value, str) else tuple(value)


def rule_problem(rule: dict[str, Any], known: Callable[[str], bool]) -> str:
    """What is wrong in an approximate rule; empty where nothing is."""
    surplus = sorted(set(rule) - _KEYS)
    if surplus or "similar" not in rule:
        return "an approximate rule is {similar: a field, at least: 90, within: a field}"
    for key in ("similar", "within"):
        value = rule.get(key, ())
        if not isinstance(value, str | list | tuple) or not all(isinstance(one, str) for one in value):
            return f"'{key}' names a field, or a list of fields"
        for name in names(value):
            if not known(name):
                return f"the match rule names no field '{name}'"
    least = rule.get("at least", 90)
    if isinstance(least, bool) or not isinstance(least, int | float) or not 50 <= least <= 100:
        return "'at least' is a percentage from 50 to 100"
    return ""
