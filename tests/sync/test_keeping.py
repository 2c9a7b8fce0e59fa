"""Mappings that are kept beside their runs: read again, they mean the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from mapper.spec.load import load_mapping
from mapper.spec.mapping import Mapping
from mapper.spec.shared import Function
from mapper.sync.keeping import mapping_data, mapping_from, squeeze, unsqueeze

ROOT = Path(__file__).parents[2]
FILES = [
    file
    for file in sorted([*ROOT.glob("mappings/*.yaml"), *ROOT.glob("examples/*/mappings/*.yaml")])
    if file.stem != "shared"
]

FULL = """\
entity: thing
about: "Quotes \\" and ' and a: colon, a # and é"
import: [shared.yaml]
sides:
  left: {resource: things, where: "{{ a != 'x' }}", role: source}
  right: {resource: things, connection: other, accepts: "{{ name }}"}
match: [name, [name, zip]]
direction: left -> others
conflict: newest
constants: {house: FR, rate: 1.25, none: null, empty: "", off: false}
functions:
  full: {args: [last], value: "{{ value ~ ' ' ~ last }}", tests: [{given: [], expect: Berg}]}
tables:
  sectors: {energy: {left: E, right: [Energy, Power]}, trade: {left: "01", right: 2, preferred: true}}
filter: [{only: "{{ name }}", because: it has no name}, "{{ zip }}"]
fields:
  name: {left: {path: a, read: [trim, "replace('x', 'y')"]}, right: {path: b, write: fit}, required: true}
  zip: {left: "c[type=work].zip", right: at.zip, default: "01234", policy: if empty}
  sector: {type: choice, left: s, right: s, values: sectors, otherwise: default, default: trade}
  kind: {type: choice, left: k, right: k, values: {"1": {left: 1, right: one}, "no": {left: "no", right: "off"}}}
  from: {type: date, left: {path: d, form: [iso, "%d/%m/%Y"]}, right: {path: d, default: 0}}
  person: {type: person, left: {parts: {first: F, last: L}}, right: {path: p, parts: {first: {path: f, form: x}}}}
tests:
  - {given: {left: {a: 1}}, expect: {right: {b: 1}}}
"""


def untested(spec: Mapping) -> dict[str, Function]:
    """The functions of a mapping without their tests, which are no part of its meaning."""
    return {name: replace(function, tests=()) for name, function in spec.functions.items()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_a_shipped_mapping_is_the_same_when_it_is_read_again(file: Path) -> None:
    spec = load_mapping(file).spec
    again = mapping_from(mapping_data(spec)).spec
    names = ("entity", "about", "sides", "match", "direction", "conflict", "otherwise", "policy", "fields", "filter")
    assert all(getattr(again, name) == getattr(spec, name) for name in names)
    assert (again.constants, again.functions, again.tables, again.lists, again.custom) == (
        spec.constants, untested(spec), spec.tables, spec.lists, spec.custom,
    )  # fmt: skip


def test_everything_that_a_mapping_can_say_is_kept_with_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text("about: Shared\nconstants: {country: SE, tax: 0.055}\n", encoding="utf-8")
    (tmp_path / "thing.yaml").write_text(FULL, encoding="utf-8")
    loaded = load_mapping(tmp_path / "thing.yaml")
    assert not loaded.document.problems
    again = mapping_from(mapping_data(loaded.spec)).spec
    for name in ("about", "sides", "match", "fields", "constants", "tables", "filter"):
        assert getattr(again, name) == getattr(loaded.spec, name)
    assert again.functions == untested(loaded.spec)
    assert again.constants["rate"] == Decimal("1.25")
    assert (again.constants["country"], again.import_, again.tests) == ("SE", (), ())


@pytest.mark.parametrize(
    "record", [{}, {"a": None, "b": [1, {"c": "é\x00"}]}, {"a": 1.5, "b": True, "c": "", "d": "x" * 10_000}]
)
def test_a_record_is_kept_as_it_was(record: dict[str, object]) -> None:
    assert unsqueeze(squeeze(record)) == record


def test_an_exact_decimal_is_kept_digit_by_digit() -> None:
    assert squeeze({"a": Decimal("1.10")}) == squeeze({"a": Decimal("1.10")})
    assert unsqueeze(squeeze({"a": Decimal("1.10")})) == {"a": 1.1}
