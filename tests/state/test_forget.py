"""Forgetting one record, and its link, in every table, on every database, encrypted or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from mapper.state import Store, forget
from mapper.state.scrubbing import scrub
from tests.state.test_sealing import EMAIL, KEY, PHONE, fill


@pytest.fixture(params=[None, KEY], ids=["plain", "encrypted"])
def filled(request: pytest.FixtureRequest, lasting_url: str) -> Iterator[Store]:
    """A person (a:1 in link L1), of whom every table holds something, and another record with the same number."""
    with closing(Store(lasting_url, key=request.param)) as store:
        fill(store)
        other = {"entity": "company", "side": "a", "key": "1", "link": "L9", "digest": "d", "base": "{}"}
        store.save_records([other, {**other, "entity": "person", "key": "2", "link": "L2"}])
        yield store


WHO = ("person", [("a", "1")], "L1")


def test_every_table_that_held_the_record_is_emptied_of_it(filled: Store) -> None:
    assert set(forget.left(filled, *WHO)) == {"changes", "kept", "matchkeys", "quarantine", "records", "spool"}
    erased = forget.erase(filled, *WHO, 1.0)
    assert set(erased) == {"changes", "kept", "matchkeys", "quarantine", "records", "spool"}
    assert forget.left(filled, *WHO) == {}


def test_no_value_of_the_person_is_found_afterwards(filled: Store) -> None:
    values = [EMAIL, "06 12 34 56 78"]
    before = forget.holding(filled, values)
    forget.erase(filled, *WHO, 1.0, values)
    scrub(filled)
    assert (set(before) > {"changes", "kept", "quarantine", "runs"}, forget.holding(filled, values)) == (True, {})


def test_a_number_is_found_however_it_is_written(filled: Store) -> None:
    assert forget.holding(filled, ["06.12.34.56.78"]) == forget.holding(filled, [PHONE])


def test_other_records_stay(filled: Store) -> None:
    forget.erase(filled, *WHO, 1.0)
    assert list(filled.known("person", "a", ["1", "2"])) == ["2"]
    assert list(filled.known("company", "a", ["1"])) == ["1"]


def test_that_it_was_forgotten_is_known_and_when(filled: Store) -> None:
    forget.erase(filled, *WHO, 7.0)
    assert forget.forgotten_at(filled, "person", [("a", "1")]) == 7.0
    assert forget.forgotten_at(filled, "person", [("a", "2")]) is None
