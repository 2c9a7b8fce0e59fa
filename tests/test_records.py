"""The four ways in which a value can be missing, how labels are compared, and what a list knows."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from mapper.records import ABSENT, CLEAR, ListTable, fold


@pytest.mark.parametrize("marker", [ABSENT, CLEAR])
def test_a_marker_stays_the_same_however_it_is_copied(marker: Any) -> None:
    assert copy.copy(marker) is marker
    assert copy.deepcopy({"a": marker})["a"] is marker
    assert pickle.loads(pickle.dumps(marker)) is marker


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}, "absent", "clear"])
def test_no_value_of_a_vendor_is_a_marker(value: Any) -> None:
    assert (value == ABSENT, value == CLEAR) == (False, False)


def test_markers_differ_are_false_and_say_what_they_are() -> None:
    assert (ABSENT == CLEAR, bool(ABSENT), bool(CLEAR), repr(ABSENT), repr(CLEAR)) == (False,) * 3 + ("ABSENT", "CLEAR")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("  Énergie   VERTE ", "energie verte"),
        ("e\u0301nergie", "energie"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Île\u00a0de\u202fFrance", "ile de france"),
        ("a\tb\nc", "a b c"),
        ("ﬁn", "fin"),
        ("Leverantör", "leverantor"),
        ("日本", "日本"),
        ("A & B / C", "a & b / c"),
    ],
)
def test_labels_are_compared_without_accents_case_and_doubled_blanks(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["Énergie", "STRASSE", "Straße", "ǅ", "İstanbul", "ŉ", "ﬃ", "½", "Å", "ẞ"])
def test_what_was_folded_folds_to_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.fixture
def table() -> ListTable:
    found = ListTable("stages", {1: "Prospect", 2: "Énergie verte"})
    found.add("X", "Ancien client", "OLD")
    return found


@pytest.mark.parametrize(
    ("text", "ident"),
    [
        ("Prospect", "1"),
        (" PROSPECT ", "1"),
        ("energie  verte", "2"),
        (1, "1"),
        ("1", "1"),
        ("old", "X"),
        ("X", "X"),
        ("nobody", None),
        ("", None),
        (None, None),
        (3, None),
    ],
)
def test_a_value_is_found_by_label_code_or_id(table: ListTable, text: Any, ident: str | None) -> None:
    assert table.find(text) == ident


def test_a_list_keeps_ids_as_the_vendor_sends_them(table: ListTable) -> None:
    assert [table.wire[ident] for ident in ("1", "2", "X")] == [1, 2, "X"]


def test_a_label_is_stronger_than_an_id() -> None:
    assert ListTable("years", {1: "2", 2: "1"}).find("1") == "2"


def test_of_two_values_with_one_label_the_first_counts() -> None:
    assert ListTable("doubled", {1: "Same", 2: "same"}).find("SAME") == "1"


def test_a_value_learnt_later_is_found(table: ListTable) -> None:
    table.add(9, "New")
    assert (table.find("new"), len(table)) == ("9", 4)


def test_a_value_with_a_new_label_is_found_by_it(table: ListTable) -> None:
    table.add(1, "Prospect chaud")
    assert (table.labels["1"], table.find("prospect chaud"), len(table)) == ("Prospect chaud", "1", 3)


def test_an_empty_list_finds_nothing() -> None:
    assert (ListTable("none").find("x"), len(ListTable("none"))) == (None, 0)


def test_a_list_of_a_file_holds_labels_or_labels_with_their_state() -> None:
    table = ListTable.offline(
        "stages", {"1": "Prospect", "2": {"label": "Perdu", "active": False}, "x": {"label": "X"}}
    )
    assert table.labels == {"1": "Prospect", "2": "Perdu", "x": "X"}
    assert (table.wire["2"], table.inactive) == (2, {"2"})


def test_an_inactive_value_is_found() -> None:
    table = ListTable("stages")
    table.add(1, "Perdu", active=False)
    assert table.find("perdu") == "1"


@pytest.mark.parametrize("order", [[1, 2], [2, 1]])
def test_of_two_values_with_one_label_the_active_one_counts(order: list[int]) -> None:
    table = ListTable("stages")
    for key in order:
        table.add(key, "Same", active=key == 2)
    assert table.find("same") == "2"


def test_a_value_that_is_active_again_is_not_inactive() -> None:
    table = ListTable("stages")
    table.add(1, "Perdu", active=False)
    table.add(1, "Perdu")
    assert table.inactive == set()
