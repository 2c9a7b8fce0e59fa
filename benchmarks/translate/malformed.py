"""Values that do not fit, each in an account that is well otherwise; nobody may make anything of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.translate.records import Record

_MEMBERS: tuple[tuple[str, Any], ...] = (
    ("Label", None),
    ("Label", "   "),
    ("Label", {"text": "ACME"}),
    ("EMail", ["a@b.example"]),
    ("DCreated", "2016-01-07T10:00:49"),
    ("DCreated", "/Date(abc)/"),
    ("DCreated", "/Date(1452170049655"),
    ("DUpdated", "(1452170049655)"),
    ("LastContact", "07/01/2016"),
)
_FIELDS: tuple[tuple[str, str], ...] = (
    ("premium", "peut-être"),
    ("signature", "31/02/2026"),
    ("signature", "2026-02-01"),
    ("signature", "1/2/2026"),
    ("encours", "12,34,56"),
    ("encours", "1 2 3"),
    ("encours", "beaucoup"),
    ("secteur", "Astrologie"),
    ("effectif", "12 ou 13"),
    ("effectif", "1_000"),
)
_CODES: tuple[tuple[str, Any], ...] = (
    ("Status", {"Code": "???"}),
    ("Type", {"Code": "pro forma"}),
    ("Origin", {"Code": "LUNE"}),
    ("AssignedTo", {"EMail": "nobody@koban.example"}),
    ("Tags", [{"TagCategoryCode": "INTERET", "Label": "Astrologie"}]),
)


def malformed(account: Record) -> Iterator[Record]:
    """The account with one wrong value after another."""
    for name, value in (*_MEMBERS, *_CODES):
        yield {**account, name: value}
    for ident, value in _FIELDS:
        yield {**account, "MoreFields": [{"FieldId": ident, "Value": value}]}
