"""Records, and the four ways in which a value can be missing.

A record is a plain dict. In it, and in every function between the first byte read and the last byte written:

    ABSENT      the key is not there: nothing is known, so nothing is changed
    None        null: the side says that there is no value
    "" [] {}    empty: a value, which a connector may declare to mean null on its wire
    CLEAR       delete: empty this field at the target (written as the connector's `clear` says)
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final
from weakref import WeakMethod

Record = dict[str, Any]


# What is neither letter nor digit, but for ASCII, Latin, blanks, punctuation, symbols and private characters.
_MARK = (
    r"[^\w\x00-\u02ff\u2000-\u20cf\u2100-\u2bff\u2e00-\u2fff\u3000-\u3029\u3030-\u3098\u309b-\u33ff"
    r"\ud800-\uf8ff\ufe10-\ufe1f\ufe30-\uffff\U0001f000-\U0001faff\U000f0000-\U0010ffff]"
)
_PILE = re.compile(f"(?<!{_MARK}){_MARK}{{100,}}")
# Small letters that Unicode takes for letters of their own, and people for others with a stroke or written together.
_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i"}
# Labels are short and come again; longer texts would fill the memory that they are remembered in.
_REMEMBERED = 80


class _Marker(enum.Enum):
    """Values that no vendor can send; an enum, so that they are single, typed and picklable."""

    ABSENT = "absent"
    CLEAR = "clear"

    def __repr__(self) -> str:
        return self.name

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Marker.ABSENT
CLEAR: Final = _Marker.CLEAR
#: The classes of plain values that are neither lists nor objects, nor markers.
ATOMS: Final = frozenset({str, int, float, bool, type(None)})


def unpiled(text: str) -> str:
    """The text without more than 100 marks on one letter, which Unicode's normal forms would sort one by one."""
    if len(text) < 100 or text.isascii():
        return text
    # Two letters of Japanese become marks.
    marked = text.replace("\uff9e", "\u3099").replace("\uff9f", "\u309a")
    return _PILE.sub("", marked) if _PILE.search(marked) else text


def fold(text: str) -> str:
    """The text without accents, ligatures, case and doubled blanks: how labels are compared.

    >>> fold("  Énergie   VERTE ")
    'energie verte'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return _folded_short(text) if len(text) <= _REMEMBERED else _folded(text)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unpiled(text.casefold()))
    if not plain.isascii():
        combining = unicodedata.combining
        plain = "".join([c for c in plain if not combining(c)])
        if not plain.isascii():
            for letter, others in _LETTERS.items():
                plain = plain.replace(letter, others)
    return " ".join(plain.split())


_folded_short = lru_cache(maxsize=4096)(_folded)


class Items(list[Record]):
    """Items that are merged into a list, each told from the others by the members `by`, so that none is lost."""

    def __init__(self, by: Mapping[str, Any], items: Iterable[Record] = ()) -> None:
        super().__init__(items)
        self.by = tuple(by)

    def item(self, where: Mapping[str, Any]) -> Record:
        """The item with these members; a new one where there is none."""
        self.by = tuple(dict.fromkeys((*self.by, *where)))
        for item in self:
            if all(item.get(name) == value for name, value in where.items()) and set(where) >= self._told(item):
                return item
        self.append(dict(where))
        return self[-1]

    def _told(self, item: Record) -> set[str]:
        return {name for name in self.by if name in item}

    def merged(self, current: Any) -> list[Any]:
        """The current list with these items in it; an item of which nothing is left is taken out."""
        found = (
            [dict(item) if isinstance(item, dict) else item for item in current] if isinstance(current, list) else []
        )
        for item in self:
            told = self._told(item)
            same = (
                i for i in found if isinstance(i, dict) and all(as_member(i.get(n)) == as_member(item[n]) for n in told)
            )
            held = next(same, None)
            if held is None:
                found.append(held := dict(item))
            else:
                # What tells the item stays as the vendor spells it.
                _lay_over(held, {name: value for name, value in item.items() if name not in told})
            if all(value is CLEAR or value is None or name in told for name, value in held.items()):
                found[:] = [other for other in found if other is not held]
        return found


def as_member(value: Any) -> str:
    """A member's value as items are told apart by it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else "" if value is None else str(value)


def _lay_over(held: Record, change: Mapping[str, Any]) -> None:
    for name, value in change.items():
        under = held.get(name)
        if isinstance(under, dict) and isinstance(value, dict):
            held[name] = dict(under)
            _lay_over(held[name], value)
        else:
            held[name] = value


class ListTable:
    """The values of one vendor list: id to label, and folded label, code or id back to id.

    Compiled mappings hold on to the table, so values learnt during a run are seen by them at once.
    Ids are strings; `wire` keeps the form (number or text) in which the vendor sends and wants them. `inactive` holds
    the ids of values that can still be read, but not be chosen any more.
    """

    __slots__ = ("_followers", "code_of", "codes", "ids", "inactive", "labels", "name", "wire")

    def __init__(self, name: str, values: dict[Any, str] | None = None) -> None:
        self.name = name
        self.labels: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.code_of: dict[str, str] = {}
        self.wire: dict[str, Any] = {}
        self.inactive: set[str] = set()
        self._followers: list[WeakMethod[Callable[[], None]]] = []
        for key, label in (values or {}).items():
            self.add(key, label)

    @classmethod
    def offline(cls, name: str, values: Mapping[str, Any]) -> ListTable:
        """A list as a file holds it: id to label, or to {label, code, active}; whole numbers stand so on the wire."""
        table = cls(name)
        for key, value in values.items():
            whole = key.lstrip("-").isdigit() and not key.startswith("0")
            told = value if isinstance(value, Mapping) else {"label": value}
            label = told.get("label")
            table.add(
                int(key) if whole else key,
                key if label is None else str(label),
                None if told.get("code") is None else str(told["code"]),
                told.get("active", True),
            )
        return table

    def add(self, key: Any, label: str, code: str | None = None, active: bool = True) -> None:
        """Learn one value; `key` is the vendor's id as it stands on the wire."""
        ident, folded = str(key), fold(label)
        if self.labels.get(ident, label) != label:
            self._renamed()
        self.wire[ident] = key
        self.labels[ident] = label
        if active:
            self.inactive.discard(ident)
        else:
            self.inactive.add(ident)
        # Of two values with one label the first counts, but one that can be chosen before one that cannot.
        if folded not in self.ids or (active and self.ids[folded] in self.inactive):
            self.ids[folded] = ident
        if code:
            self.codes[fold(code)] = ident
            self.code_of[ident] = code

    def clear(self) -> None:
        """Forget all values, to learn them anew."""
        for held in (self.labels, self.ids, self.codes, self.code_of, self.wire, self.inactive):
            held.clear()
        self._renamed()

    def _renamed(self) -> None:
        for follower in self._followers:
            if (tell := follower()) is not None:
                tell()

    def when_renamed(self, tell: Callable[[], None]) -> None:
        """Call a method whenever a value that is known gets another label, as long as its object lives."""
        self._followers = [follower for follower in self._followers if follower() is not None]
        self._followers.append(WeakMethod(tell))

    def find(self, text: Any) -> str | None:
        """The id of a label, a code or an id, or None; labels first, accents and case aside."""
        folded = fold(str(text))
        found = self.ids.get(folded) or self.codes.get(folded)
        if found is None and str(text) in self.labels:
            found = str(text)
        return found

    def __len__(self) -> int:
        return len(self.labels)
