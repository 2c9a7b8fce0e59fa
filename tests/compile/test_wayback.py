"""A chain of transforms that is said to lead back does so, whatever it is given."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.compile.vocabulary import Vocabulary
from mapper.compile.wayback import Link, is_sound, undone, way_back
from mapper.errors import RuleError
from mapper.expr import TRANSFORMS
from mapper.spec.document import Document
from mapper.spec.shared import Shared
from tests.compile.build import HEAD, rows
from tests.expr.test_laws import FITTING, TEXTS

#: Arguments beside those of the catalogue's own examples, of which the first two count.
MORE: dict[str, tuple[tuple[Any, ...], ...]] = {
    "remove_prefix": (("c-",), (" x",), ("É",)),
    "remove_suffix": (("C ",), ("b",)),
    "prefix": ((" ",),),
    "truncate": ((3,), (3, "…"), (5, " B")),
    "date": (("%d/%m/%Y",), (" %d.%m.%y",)),
    "datetime": (("%Y-%m-%d %H:%M:%S", "Europe/Paris"),),
    "decimal": ((",",), ("fr",)),
    "split": ((";",), (" ",)),
    "round": ((0,), (2,)),
}


def _steps() -> list[Link]:
    found = []
    for transform in TRANSFORMS.values():
        arguments: list[tuple[Any, ...]] = []
        for args in (*(example.args for example in transform.examples), *MORE.get(transform.name, ())):
            if args not in arguments and (len(arguments) < 2 or args in MORE.get(transform.name, ())):
                arguments.append(args)
        for args in arguments:
            link = Link(transform.name + (f"({', '.join(map(repr, args))})" if args else ""), transform, args)
            if link.returns:
                found.append(link)
    return found


STEPS = _steps()
EXAMPLES = 5
CLOCKS = st.sampled_from(["31/01/2026", " 31.01.26", "2026-01-31", "2026-01-31 12:30:05", "/Date(1767225600000)/"])
WRITTEN = st.sampled_from(
    ["C-42", "c-x", " C- x ", "12,50", "1 234,5", "oui", "FR", "a;b", "%41 b", "<p>a</p>", "A-b C "]
)
NUMBERS = st.integers(-(10**18), 10**18) | st.decimals(-(10**9), 10**9, places=4)
ATOMS = st.none() | st.booleans() | TEXTS | NUMBERS | st.floats(allow_nan=False, allow_infinity=False)
RECORDS = st.dictionaries(st.sampled_from("abc") | TEXTS, ATOMS, max_size=4)
JSON = ATOMS | st.lists(ATOMS | RECORDS, max_size=4) | RECORDS
#: What is made for single transforms, as far as it can stand on a wire.
FIT = [
    made
    for name, made in FITTING.items()
    if name not in ("date", "datetime", "format_datetime", "to_zone", "epoch", "msdate")
]
ANYTHING = st.one_of(TEXTS, WRITTEN, CLOCKS, JSON, st.lists(TEXTS, max_size=4), *FIT)


@cache
def accepted(first: int) -> tuple[tuple[Link, ...], ...]:
    """Every chain of one to three steps that begins with this one and is said to lead back."""
    head = STEPS[first]
    tails = [(), *product(STEPS), *product(STEPS, repeat=2)]
    return tuple(chain for tail in tails if is_sound(chain := (head, *tail), TRANSFORMS))


def ahead(chain: Sequence[Link], value: Any) -> Any:
    for link in chain:
        value = link.transform.call(value, *link.args)
    return value


def back(chain: Sequence[Link], value: Any) -> Any:
    for link in reversed(chain):
        if link.back:
            value = TRANSFORMS[link.transform.inverse or ""].call(value, *link.args)
    return value


def words() -> Vocabulary:
    return Vocabulary(Shared(about="None."), Document(""))


@pytest.mark.parametrize("first", range(len(STEPS)), ids=lambda number: STEPS[number].text)
@settings(max_examples=EXAMPLES)
@given(values=st.lists(ANYTHING, min_size=4, max_size=4))
def test_what_an_accepted_chain_has_given_is_written_back_and_read_as_the_same(first: int, values: list[Any]) -> None:
    for value in values:
        for chain in accepted(first):
            try:
                canonical = ahead(chain, value)
            except RuleError:
                continue
            told = " | ".join(link.text for link in chain)
            try:
                again = ahead(chain, back(chain, canonical))
            except RuleError:
                # A number of more digits than are allowed is refused on its way, and never guessed.
                assert isinstance(canonical, int | Decimal), f"{value!r} | {told}"
                continue
            assert (again, type(again)) == (canonical, type(canonical)), f"{value!r} | {told}"


def test_the_rule_accepts_chains_of_every_length() -> None:
    [trim] = [number for number, link in enumerate(STEPS) if link.text == "trim"]
    lengths = [len(chain) for chain in accepted(trim)]
    assert (lengths.count(1), lengths.count(2) > 20, lengths.count(3) > 100) == (1, True, True)


#: A chain, and a value that would be read otherwise after it was written back.
REFUSED = {
    ("upper", "remove_prefix('c-')"): "abc",
    ("trim", "truncate(3)"): "ab c",
    ("lower", "upper"): "a",
    ("digits", "remove_prefix('C')"): "12",
    ("trim", "date(' %d.%m.%y')"): "31.01.26",
    ("fold", "remove_prefix('É')"): "a",
    ("squeeze", "remove_prefix(' x')"): "a",
}


@pytest.mark.parametrize("texts", REFUSED)
def test_a_chain_whose_steps_do_not_undo_one_another_has_no_way_back(texts: tuple[str, ...]) -> None:
    assert way_back(texts, words()) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["trim"], ()),
        (["trim", "lower"], ()),
        (["upper", "trim", "squeeze"], ()),
        (["remove_prefix('C-')"], ("prefix('C-')",)),
        (["trim", "remove_prefix('C-')"], ("prefix('C-')",)),
        (["upper", "remove_prefix('C-')"], ("prefix('C-')",)),
        (["remove_prefix('C-')", "remove_suffix(' €')", "number"], ("text", "suffix(' €')", "prefix('C-')")),
        (["trim", "date('%d/%m/%Y')"], ("format_date('%d/%m/%Y')",)),
        (["striptags", "trim"], ("html",)),
        (["striptags", "prefix('x')"], ("remove_prefix('x')", "html")),
        (["split(';')"], ("join(';')",)),
        (["slug"], None),
        (["trim", "first"], None),
        (["nothing"], None),
        (["prefix(other)"], None),
    ],
)
def test_the_way_back_is_written_as_a_person_would(texts: list[str], expected: tuple[str, ...] | None) -> None:
    assert way_back(texts, words()) == expected


def test_a_function_leads_back_as_it_says_itself() -> None:
    functions = "functions:\n  plus: {value: prefix('+')}\n  minus: {value: remove_prefix('+'), back: plus}\n"
    mapping = rows("  v: {a: {path: name, read: minus}, b: name}\n", head=HEAD + functions)
    assert mapping.sides["a"].write({"v": "1"}, None, True) == ({"name": "+1"}, [])


@pytest.mark.parametrize(
    ("row", "native", "canonical", "written"),
    [
        ("{a: {path: name, read: remove_prefix('C-')}, b: name}", {"name": "C-42"}, "42", {"name": "C-42"}),
        ("{a: {path: name, read: [trim, remove_prefix('C-')]}, b: name}", {"name": " C-42 "}, "42", {"name": "C-42"}),
        ("{a: {path: name, read: upper}, b: name}", {"name": "acme"}, "ACME", {"name": "ACME"}),
        (
            "{type: number, a: {path: name, read: remove_suffix(' kg')}, b: count}",
            {"name": "7 kg"},
            7,
            {"name": "7 kg"},
        ),
        ("{type: set, a: {path: alias, read: split(';')}, b: marks}", {"alias": "x; y"}, ["x", "y"], {"alias": "x;y"}),
        ("{a: {path: name, read: remove_prefix('C-'), write: fit}, b: name}", {"name": "C-1"}, "1", {"name": "C-1"}),
        (
            "{a: {path: alias, read: striptags}, b: alias}",
            {"alias": "<p>A &amp; B</p>"},
            "A & B",
            {"alias": "A &amp; B"},
        ),
    ],
)
def test_a_cell_that_only_says_how_it_is_read_is_written_back(
    row: str, native: dict[str, Any], canonical: Any, written: dict[str, Any]
) -> None:
    mapping = rows(f"  v: {row}\n")
    assert mapping.sides["a"].read(native) == ({"v": canonical}, [])
    assert mapping.sides["a"].write({"v": canonical}, None, True) == (written, [])
    assert mapping.sides["a"].read(written)[0] == {"v": canonical}


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_value_empties_the_field_through_the_way_back(value: Any) -> None:
    mapping = rows("  v: {a: {path: name, read: [trim, remove_prefix('C-')]}, b: name}\n")
    canonical, _ = mapping.sides["a"].read({"name": value})
    assert mapping.sides["b"].write(canonical, None, False) == mapping.sides["a"].write(canonical, None, False)


def test_undone_leaves_out_steps_that_need_no_way_back() -> None:
    [trim] = [link for link in STEPS if link.text == "trim"]
    assert undone([trim, trim]) == ()
