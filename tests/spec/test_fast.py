"""Two ways from data to spec objects, held together: the fast pass takes what Cerberus takes, and makes the same."""

from __future__ import annotations

import copy
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mapper.spec.connector import Connector
from mapper.spec.document import Document, read
from mapper.spec.fast import Misfit, maker
from mapper.spec.load import connector_names, load_connector
from mapper.spec.mapping import Case, Mapping
from mapper.spec.project import Catalogue, ProjectSpec
from mapper.spec.schema import build, expand, spec_rules, validate
from mapper.spec.shared import Shared
from tests.spec.mutation import ODD, mutated, placed

ROOT = Path(__file__).parents[2]
ROW = {
    "type": "address",
    "otherwise": None,
    "default": None,
    "policy": None,
    "cells": {
        "crm": {
            "path": "A",
            "form": "iso",
            "parts": {"zip": "Z", "city": {"path": "C", "parts": {"a": {"read": "b"}}}},
        },
        "erp": {"form": ["iso", "%d"], "write": ["striptags", "fit"], "default": 1, "currency": "SEK"},
    },
}
DATA: list[tuple[Any, Any]] = [
    *((Connector, load_connector(name).document.data) for name in connector_names()),
    *((ProjectSpec, read(path).data) for path in sorted(ROOT.glob("examples/*/mapper.yaml"))),
    *((Catalogue, read(path).data) for path in sorted(ROOT.glob("examples/*/catalogue/*.yaml"))),
    (
        Mapping,
        {
            "entity": "x",
            "about": 1,
            "sides": {"crm": "a", "erp": {"resource": "b", "role": "target"}},
            "match": ["siret", ["name", "zip"]],
            "import": "a.yaml",
            "otherwise": None,
            "constants": {"a": None, "b": [1]},
            "functions": {"f": ["trim", "lower"], "g": {"value": "{{ value }}", "tests": [{"given": "a"}]}},
            "tables": {"t": {"a": {"crm": [1, "2"], "preferred": True}}},
            "filter": ["{{ a }}", {"only": "{{ b }}", "because": None}],
            "fields": {"address": ROW, "plain": {"cells": {"crm": "a.b"}, "values": "by label"}},
            "tests": [{"given": {"crm": {}}, "expect": {}}],
            "cases": "a.jsonl",
            "lists": {"crm": {"l": {"1": "a", "2": {"label": "b", "active": False}, "3": 4}}},
            "custom": {"crm": {"a.More": {"size": "12", "flag": {"id": 13, "type": "flag"}}}},
        },
    ),
    (Shared, {"about": "x", "functions": {"f": {"args": ["a"], "value": "trim", "tests": [{"given": ["a", None]}]}}}),
    (Case, {"given": {"crm": {"a": Decimal("1.50")}}, "expect": {"error": "x"}}),
]


def by_cerberus(cls: Any, document: Document) -> Any:
    document.data = expand(cls, document.data, document, ())
    if not validate(spec_rules(cls), document.data, document):
        raise Misfit
    return build(cls, document.data, document)


def by_fast_pass(cls: Any, document: Document) -> Any:
    return maker(cls)(document.data, document, ())


def outcome(way: Any, cls: Any, data: Any) -> tuple[Any, ...]:
    """What a way makes of data: the object, the data written out, and every place."""
    document = placed(copy.deepcopy(data))
    try:
        made = way(cls, document)
    except Misfit:
        return ("misfit",)
    return made, places_of(made), document.data, document.positions, document.values


def places_of(made: Any) -> list[Any]:
    """The places of an object and of all that it holds, which are no part of being equal."""
    if isinstance(made, dict):
        return [place for value in made.values() for place in places_of(value)]
    if isinstance(made, tuple):
        return [place for value in made for place in places_of(value)]
    if not hasattr(made, "pos"):
        return []
    return [made.pos, *(place for name in sorted(vars(made)) for place in places_of(getattr(made, name)))]


@pytest.mark.parametrize(("cls", "data"), DATA, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_right_is_taken_by_both_and_made_alike(cls: Any, data: Any) -> None:
    found = outcome(by_fast_pass, cls, data)
    assert found != ("misfit",)
    assert found == outcome(by_cerberus, cls, data)


@pytest.mark.parametrize("data", ODD, ids=repr)
@pytest.mark.parametrize("cls", [Case, Shared], ids=lambda cls: cls.__name__)
def test_odd_data_in_place_of_a_file_are_judged_alike(cls: Any, data: Any) -> None:
    assert outcome(by_fast_pass, cls, data) == outcome(by_cerberus, cls, data)


SMALL = [(cls, data) for cls, data in DATA if cls is not Connector]


@pytest.mark.parametrize("seed", range(300))
def test_changed_data_are_judged_and_made_alike(seed: int) -> None:
    chance = random.Random(seed)
    cls, data = chance.choice(SMALL)
    changed = mutated(data, chance)
    assert outcome(by_fast_pass, cls, changed) == outcome(by_cerberus, cls, changed)


@pytest.mark.parametrize("seed", range(30))
def test_a_changed_connector_is_judged_and_made_alike(seed: int) -> None:
    chance = random.Random(seed)
    changed = mutated(DATA[0][1], chance)
    assert outcome(by_fast_pass, Connector, changed) == outcome(by_cerberus, Connector, changed)


def test_many_of_the_changes_are_taken_and_many_are_not() -> None:
    verdicts = []
    for seed in range(300):
        chance = random.Random(seed)
        cls, data = chance.choice(SMALL)
        verdicts.append(outcome(by_fast_pass, cls, mutated(data, chance)) == ("misfit",))
    assert 60 < sum(verdicts) < 240
