"""Marks are sorted one by one where Unicode's normal forms are made, so a letter may bear a hundred at most."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest

from mapper.errors import RuleError
from mapper.expr import TYPES, Form
from mapper.records import ListTable, fold, unpiled

# Out of order, as every mark with a lower rank has to pass all with a higher one before it.
PILED = "a" + "\u0315\u0300" * 20_000
LONGEST_SECONDS = 0.1


def test_every_mark_that_can_be_sorted_counts() -> None:
    ranked = [c for c in map(chr, range(sys.maxunicode + 1)) if _is_ranked(c)]
    assert len(ranked) > 800
    assert [c for c in ranked if unpiled("a" + c * 100) != "a"] == []


def _is_ranked(character: str) -> bool:
    return any(unicodedata.combining(part) for part in unicodedata.normalize("NFKD", character)[:1])


def test_letters_are_no_marks() -> None:
    letters = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isalnum() and not _is_ranked(c)]
    assert [c for c in letters if unpiled(c * 100) != c * 100] == []


@pytest.mark.parametrize("text", ["─" * 200, "…" * 200, "😀" * 200, "。" * 200, "\u00a0" * 200, "„“" * 100, "-" * 200])
def test_signs_in_a_row_are_no_marks(text: str) -> None:
    assert TYPES["text"].reader(Form())("a" + text + "b") == "a" + text + "b"


@pytest.mark.parametrize("name", ["text", "set", "choice", "ref"])
def test_a_type_refuses_piled_marks_at_once(name: str) -> None:
    start = time.process_time()
    with pytest.raises(RuleError, match="has more than 100 marks on one letter"):
        TYPES[name].reader(Form())(PILED)
    assert time.process_time() - start < LONGEST_SECONDS


def test_labels_with_piled_marks_are_folded_at_once() -> None:
    start = time.process_time()
    table = ListTable("sectors", {1: PILED, 2: "Énergie"})
    assert table.find(PILED) == "1"
    assert time.process_time() - start < LONGEST_SECONDS


@pytest.mark.parametrize("count", [1, 50, 99, 100, 1_000])
def test_a_folded_letter_has_no_marks(count: int) -> None:
    assert fold("É" + "\u0300" * count + "x") == "ex"
