"""Records, and the four ways in which a value can be missing.

A record is a plain dict. In it, and in every function between the first byte read and the last byte written:

    ABSENT      the key is not there: nothing is known, so nothing is changed
    None        null: the side says that there is no value
    "" [] {}    empty: a value, which a connector may declare to mean null on its wire
    CLEAR       delete: empty this field at the target (written as the connector's `clear` says)
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

Record = dict[str, Any]


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


def fold(text: str) -> str:
    """The text without accents, case and doubled blanks: how labels are compared.

    >>> fold("  Énergie   VERTE ")
    'energie verte'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


class ListTable:
    """The values of one vendor list: id to label, and folded label, code or id back to id.

    Compiled mappings hold on to the table, so values learnt during a run are seen by them at once.
    Ids are strings; `wire` keeps the form (number or text) in which the vendor sends and wants them.
    """

    __slots__ = ("codes", "ids", "labels", "name", "wire")

    def __init__(self, name: str, values: dict[Any, str] | None = None) -> None:
        self.name = name
        self.labels: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.wire: dict[str, Any] = {}
        for key, label in (values or {}).items():
            self.add(key, label)

    @classmethod
    def offline(cls, name: str, values: Mapping[str, Any]) -> ListTable:
        """A list as a file holds it; ids that are whole numbers stand so on the wire."""
        table = cls(name)
        for key, label in values.items():
            whole = key.lstrip("-").isdigit() and not key.startswith("0")
            table.add(int(key) if whole else key, str(label))
        return table

    def add(self, key: Any, label: str, code: str | None = None) -> None:
        """Learn one value; `key` is the vendor's id as it stands on the wire."""
        ident = str(key)
        self.wire[ident] = key
        self.labels[ident] = label
        self.ids.setdefault(fold(label), ident)
        if code:
            self.codes[fold(code)] = ident

    def find(self, text: Any) -> str | None:
        """The id of a label, a code or an id, or None; labels first, accents and case aside."""
        folded = fold(str(text))
        found = self.ids.get(folded) or self.codes.get(folded)
        if found is None and str(text) in self.labels:
            found = str(text)
        return found

    def __len__(self) -> int:
        return len(self.labels)
