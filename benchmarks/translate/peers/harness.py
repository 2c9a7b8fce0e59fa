"""What every peer's script does: prove its output, measure itself in turns with `hand.py`, and print the figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any
from unicodedata import normalize

from benchmarks.measuring import in_turns
from benchmarks.translate import hand
from benchmarks.translate.records import records

Record = dict[str, Any]

CHECKED = 2_000
TIMED = 100
ROUNDS = 11
#: How often `hand.py` gets the records that a peer gets once.
TIMES = 20

#: What several peers cannot express.
NO_NFC = "It has no Unicode normalisation: texts are brought to NFC when they are compared, which is not timed."
SPELLINGS = "It cannot leave accents and case aside: its tables list each spelling of a label."
NO_CALENDAR = "It cannot check that a date is a day of the calendar."
NULLS = "It cannot leave a member out: what is missing becomes null, and is dropped when it is compared."


def normalised(record: Record) -> Record:
    """The record with its texts in Unicode form NFC, and without nulls and empty values."""
    return {
        name: normalize("NFC", value) if isinstance(value, str) else value
        for name, value in record.items()
        if value not in (None, "", [])
    }


def spelt(table: dict[str, Any]) -> dict[str, Any]:
    """The table with each label as it is met: in small letters or capitals, composed or decomposed."""
    return {
        normalize(form, label): value
        for name, value in table.items()
        for label in (name, name.upper())
        for form in ("NFC", "NFD")
    }


def run(
    translate: Callable[[Record], Record],
    packages: Sequence[str],
    *,
    lacks: Sequence[str] = (),
    left_out: Sequence[str] = (),
    same: Callable[[Record], Record] = dict,
) -> None:
    """Check, measure and print one peer.

    `lacks` says in words what it cannot express; the fields of `left_out` are not compared; `same` is applied to both
    outputs before they are compared, for what it lacks.
    """
    differing = 0
    for account in records(CHECKED):
        expected, found = same(hand.translate(account)), same(translate(account))
        for name in left_out:
            expected.pop(name, None)
            found.pop(name, None)
        if expected != found:
            differing += 1
            if differing <= 3:
                names = [name for name in {*expected, *found} if expected.get(name) != found.get(name)]
                print({name: (expected.get(name), found.get(name)) for name in names}, file=sys.stderr)
    if differing:
        sys.exit(f"{differing} of {CHECKED} records differ")
    compared = in_turns(translate, hand.translate, records(TIMED), rounds=ROUNDS, times=TIMES)
    facts = {
        **asdict(compared),
        "versions": {name: version(name) for name in packages},
        "lacks": list(lacks),
        "left_out": list(left_out),
    }
    print(json.dumps(facts, ensure_ascii=False))
