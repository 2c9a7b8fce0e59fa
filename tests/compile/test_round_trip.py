"""The shipped company mapping, on random records: what one side writes is what it reads back, and stays so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.compile import CompiledMapping
from mapper.records import Record
from tests.sync.world import World

ODD = ["ACME", " Café  Noir ", "a\r\nb", "e\u0301", "\u00a0", "0", "null", "<b>x</b> & y"]
WORDS = st.text(max_size=30) | st.sampled_from(ODD)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": WORDS.filter(lambda text: bool(text.strip())),
    "siret": st.sampled_from(["732 829 320 00074", "73282932000074", "", None]),
    "vat": st.sampled_from(["FR 40 303 265 045", "SE556677889901", None]),
    "email": st.sampled_from(["Anna@ACME.fr", "jos\u00e9@exemple.fr", " a@b.example ", "", None]),
    "phone": st.sampled_from(["01 42 68 53 00", "+46 8 465 00 11", "0033142685300", None]),
    "website": st.sampled_from(["acme.fr", "HTTP://ACME.fr/", "https://acme.fr/a?b=c#d", None]),
    "street": WORDS | st.none(),
    "zip": st.sampled_from(["01234", " 75001 ", "", None]),
    "city": WORDS | st.none(),
    "country": st.sampled_from(["FR", "fr", "Suède", "SWE", "Côte d'Ivoire", "Storbritannien", None]),
    "status": st.sampled_from(["PRO", "CLI", "FOU", None]),
    "sector": st.sampled_from(["Énergie", "energie", "Santé", None]),
    "interests": st.lists(st.sampled_from(["Cuisine", "cuisine", "Bricolage", "Poterie", "Inconnu"]), max_size=4),
    "notes": WORDS | st.none(),
}
PLACES = {
    "name": "Label", "siret": "OfficialNumber", "vat": "Vat", "email": "EMail", "phone": "Phone", "website": "Website",
    "street": "Address.Street", "zip": "Address.ZipCode", "city": "Address.City", "country": "Address.Country",
    "status": "Status.Code", "sector": "MoreFields.secteur", "interests": "Tags.INTERET", "notes": "Comments",
}  # fmt: skip


@st.composite
def natives(draw: st.DrawFn) -> Record:
    """A native record of the first system, with some of its members."""
    record: Record = {}
    for name, path in PLACES.items():
        if name != "name" and draw(st.booleans()):
            continue
        *above, last = path.split(".")
        inner = record
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = draw(VALUES[name])
    return record


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledMapping]:
    folder = tmp_path_factory.mktemp("project")
    with World(folder).project() as project:
        yield project.compiled("company", live=True)


def canonical_of(mapping: CompiledMapping, native: Record) -> Record | None:
    """The canonical record, if all of it fits."""
    canonical, problems = mapping.sides["koban"].read(native)
    return None if problems else canonical


@pytest.mark.parametrize("side", ["koban", "nicoka", "cirrus"])
@settings(max_examples=100)
@given(native=natives())
def test_what_is_written_reads_back_as_the_agreement_says(mapping: CompiledMapping, side: str, native: Record) -> None:
    there = mapping.sides[side]
    canonical = canonical_of(mapping, native)
    if canonical is None:
        return
    written, problems = there.write(canonical, None, True)
    if problems:
        return
    shown = there.as_read(written)
    back, problems = there.read(shown)
    settled = there.settle(written, canonical, set(back) & set(there.targets), create=True)
    assert problems == []
    assert mapping.base({name: back[name] for name in settled}) == mapping.base(settled)


@pytest.mark.parametrize("side", ["koban", "nicoka", "cirrus"])
@settings(max_examples=100)
@given(native=natives())
def test_what_was_read_back_is_written_as_it_was(mapping: CompiledMapping, side: str, native: Record) -> None:
    there = mapping.sides[side]
    canonical = canonical_of(mapping, native)
    if canonical is None:
        return
    first, problems = there.write(canonical, None, True)
    if problems:
        return
    back, _ = there.read(there.as_read(first))
    second, _ = there.write(back, None, True)
    again, _ = there.read(there.as_read(second))
    assert mapping.base(again) == mapping.base(back)


@settings(max_examples=100)
@given(native=natives())
def test_the_state_gives_back_what_it_was_given(mapping: CompiledMapping, native: Record) -> None:
    canonical = canonical_of(mapping, native)
    if canonical is not None:
        assert mapping.base(mapping.load(mapping.dump(canonical))) == mapping.base(canonical)


@settings(max_examples=100)
@given(native=natives())
def test_reading_twice_is_reading_once(mapping: CompiledMapping, native: Record) -> None:
    side = mapping.sides["koban"]
    assert [str(p) for p in side.read(native)[1]] == [str(p) for p in side.read(native)[1]]
    assert side.read(native)[0] == side.read(native)[0]
