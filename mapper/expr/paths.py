"""Paths: where a value stands in a record.

Address.ZipCode, ['odd name'].x     plain: a walk through dicts; read and written
emails[type=work].value             picking: the item of a list whose members are equal; read and written
emails[0].value, emails[*].value    anything else is given to jsonpath-ng, imported when first met; read only
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from mapper.records import ABSENT, Items, Record, as_member

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 20

_SEGMENT = re.compile(r"[^\W\d][\w-]*|[0-9][\w-]*|@[\w.-]+")
_QUOTED = re.compile(r"""\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]""")
_PICK = re.compile(r"\[(?=[^\]\[=]*+=)((?:'[^']*+'|\"[^\"]*+\"|[^\]'\"\[])*+)\]")
_EQUAL = re.compile(r"\s*([^\W\d][\w-]*)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.:@/+-]+(?: [\w.:@/+-]+)*))\s*(?:,|$)")
_INSIDE_QUOTES = re.compile(r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"")
_MANY = re.compile(r"\*|\?|\.\.|:|,")
# The steps of jsonpath-ng that look up, and the parts of its filters.
_STEPS = {"Root", "This", "Child", "Fields", "Wildcard", "Index", "Slice", "Descendants", "Filter", "Len"}
_STEPS |= {"Expression", "And", "Or"}
_POSITION = re.compile(r"(?:col |at [0-9]+:)([0-9]+)")


class PathError(ValueError):
    """A text that is not a path; `offset` is the 0-based column of the fault."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Pick:
    """Which items of the list at `place` are meant: those whose members are equal to `where`, compared as text."""

    place: tuple[str, ...]
    where: tuple[tuple[str, Any], ...]
    inner: tuple[str, ...]

    def find(self, record: Any) -> list[Any]:
        """What stands at `inner` in every item that is meant."""
        items = _walked(record, self.place)
        if not isinstance(items, list):
            return []
        wanted = [(key, as_member(value)) for key, value in self.where]
        meant = [i for i in items if isinstance(i, dict) and all(as_member(i.get(k)) == v for k, v in wanted)]
        return [_walked(item, self.inner) for item in meant]


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path; `parts` are the keys of a plain one, `pick` tells which items a picking one means.

    `get(record)` gives the value at the path, or ABSENT where a key is missing or a step leads through null or a
    non-dict; a picking path gives the first item's; a path with a wildcard, slice or filter the list of all it finds.
    """

    text: str
    parts: tuple[str, ...]
    plain: bool
    get: Callable[[Any], Any] = field(repr=False, compare=False)
    pick: Pick | None = None

    @property
    def writable(self) -> bool:
        return self.plain or self.pick is not None

    def every(self) -> Path:
        """The same path, giving all that a picking path finds as a list; ABSENT where the list itself is missing."""
        pick = self.pick
        if pick is None:
            return self

        def find(record: Any) -> Any:
            items = _walked(record, pick.place)
            if not isinstance(items, list):
                return items
            return [found for found in pick.find(record) if found is not ABSENT]

        return replace(self, get=find)

    def put(self, record: Record, value: Any) -> None:
        """Set the value, with dicts made on the way; ValueError for a path that cannot be written to."""
        if self.pick is not None:
            _put_item(record, self.pick, value)
        elif self.plain:
            _put(record, self.parts, value)
        else:
            raise ValueError(f"{self.text} cannot be written to: it is not a plain path")


def _walked(record: Any, parts: tuple[str, ...]) -> Any:
    for part in parts:
        if not isinstance(record, dict):
            return ABSENT
        record = record.get(part, ABSENT)
    return record


def _put(record: Record, parts: tuple[str, ...], value: Any) -> None:
    here = record
    for part in parts[:-1]:
        below = here.get(part)
        if not isinstance(below, dict):
            below = here[part] = {}
        here = below
    here[parts[-1]] = value


def _put_item(record: Record, pick: Pick, value: Any) -> None:
    items = _walked(record, pick.place)
    if not isinstance(items, Items):
        items = Items(dict(pick.where))
        _put(record, pick.place, items)
    _put(items.item(dict(pick.where)), pick.inner, value)


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Parse a path; PathError, with the column, if it is none."""
    if not text.strip():
        raise PathError("a path is empty")
    if len(text) > MAX_LENGTH:
        raise PathError(f"a path of {len(text)} characters is too long; {MAX_LENGTH} are allowed", MAX_LENGTH)
    parts = _plain(text)
    if parts is None:
        bare = _without_quoted(text)
        if len(re.findall(r"[.\[(]", bare)) > MAX_DEPTH:
            raise PathError(f"a path of more than {MAX_DEPTH} steps is too deep")
        return _picking(text) or Path(text, (), False, _jsonpath(text, bare))
    if len(parts) > MAX_DEPTH:
        raise PathError(f"a path of {len(parts)} steps is too deep; {MAX_DEPTH} are allowed")
    return Path(text, parts, True, _walker(parts))


def _picking(text: str) -> Path | None:
    """The path of items picked by equal members, or None if the text is no such path."""
    found = _PICK.search(text)
    if not found or text[found.start() + 1] in "?'\"":
        return None
    place, inner = _plain(text[: found.start()]), _plain(text[found.end() :].removeprefix("."))
    if place is None or inner is None or text[found.end() :][:1] not in (".", "["):
        shape = "a list, the members that pick an item, and a member, as in emails[type=work].value"
        raise PathError(f"{text!r} is not a path: {shape}", found.start())
    where = []
    position, inside = 0, found[1]
    while position < len(inside):
        equal = _EQUAL.match(inside, position)
        if not equal:
            message = f"{text!r} is not a path: an item is picked by member=value"
            raise PathError(message, found.start() + 1 + position)
        where.append((equal[1], _bare(equal[4]) if equal[4] is not None else equal[2] or equal[3] or ""))
        position = equal.end()
    pick = Pick(place, tuple(where), inner)

    def first(record: Any) -> Any:
        # A list without such an item says that there is no value; a list that is not there says nothing.
        items = _walked(record, pick.place)
        return next(iter(pick.find(record)), None) if isinstance(items, list) else None if items is None else ABSENT

    return Path(text, (), False, first, pick)


def _bare(word: str) -> Any:
    """A value without quotes, as it is written: a flag or a whole number where it looks like one."""
    if word in ("true", "false"):
        return word == "true"
    return int(word) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", word) else word


def _plain(text: str) -> tuple[str, ...] | None:
    """The keys of a plain path, or None if it needs jsonpath-ng."""
    parts: list[str] = []
    position = 2 if text.startswith("$.") else 1 if text.startswith("$[") else 0
    while True:
        quoted = _QUOTED.match(text, position)
        found = quoted or _SEGMENT.match(text, position)
        if not found:
            return None
        parts.append(re.sub(r"\\(.)", r"\1", found[1] or found[2] or "") if quoted else found[0])
        position = found.end()
        if position == len(text):
            return tuple(parts)
        if text[position] == "." and position + 1 < len(text):
            position += 1
        elif text[position] != "[":
            return None


def _walker(parts: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(parts) == 1:
        (only,) = parts
        return lambda record: record.get(only, ABSENT) if isinstance(record, dict) else ABSENT
    if len(parts) == 2:
        return _two_steps(*parts)

    def walk(record: Any) -> Any:
        for part in parts:
            if not isinstance(record, dict):
                return ABSENT
            record = record.get(part, ABSENT)
        return record

    return walk


def _two_steps(first: str, second: str) -> Callable[[Any], Any]:
    def walk(record: Any) -> Any:
        below = record.get(first) if isinstance(record, dict) else None
        return below.get(second, ABSENT) if isinstance(below, dict) else ABSENT

    return walk


def _jsonpath(text: str, bare: str) -> Callable[[Any], Any]:
    _refuse(text, bare)
    parser = import_module("jsonpath_ng.ext")
    try:
        finder = parser.parse(text)
    except Exception as error:  # the library raises plain Exception for some texts that it cannot read
        raise PathError(_message(text, bare, error), _offset(text, str(error))) from None
    _check(finder, text)
    many = bool(_MANY.search(bare))

    def find(record: Any) -> Any:
        try:
            found = [match.value for match in finder.find(record)]
        except Exception:  # a step that leads through null or a scalar, or too deep
            found = []
        if many:
            return found
        return found[0] if found else ABSENT

    return find


def _refuse(text: str, bare: str) -> None:
    """Faults that the library would report less exactly, and its regular expressions, which nothing bounds."""
    for pattern, message in (
        (r"^\.", "a path cannot begin with a dot"),
        (r"\.$", "a path cannot end with a dot"),
        (r"=~|`sub|`split", "regular expressions belong in a transform, not in a path"),
    ):
        if found := re.search(pattern, bare):
            raise PathError(f"{text!r} is not a path: {message}", found.start())


def _check(finder: Any, text: str) -> None:
    """PathError for steps that calculate, sort or split, match, climb, or search within a search."""
    descents, pending = 0, [(finder, False)]
    while pending:
        node, within = pending.pop()
        if isinstance(node, (list, tuple)):
            pending += [(part, within) for part in node]
            continue
        if type(node).__module__.partition(".")[0] != "jsonpath_ng":
            continue
        kind = type(node).__name__
        if kind not in _STEPS or getattr(node, "op", None) == "=~":
            raise PathError(f"{text!r} is not a path: what goes beyond looking up belongs in an expression")
        descents += kind == "Descendants"
        if descents > (not within):
            raise PathError(f"{text!r} is not a path: only one .. is allowed, and none in a filter")
        pending += [(part, within or kind == "Filter") for part in vars(node).values()]


def _without_quoted(text: str) -> str:
    """The text with everything in quotes blotted out, at the same columns."""
    return _INSIDE_QUOTES.sub(lambda found: "_" * len(found[0]), text)


def _message(text: str, bare: str, error: Exception) -> str:
    if " " in bare.strip():
        return f"{text!r} is not a path: a name with a blank is written ['odd name']"
    return f"{text!r} is not a path: {(str(error) or type(error).__name__).splitlines()[0][:200]}"


def _offset(text: str, message: str) -> int:
    found = _POSITION.search(message)
    return min(int(found[1]), len(text)) if found else len(text) if "end of" in message else 0
