"""JSON Schema and checker say the same of a file, so an editor finds what `mapper check` would, and nothing else."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, validators

from mapper.errors import SpecError
from mapper.spec.connector import Connector
from mapper.spec.document import read
from mapper.spec.fast import Misfit, maker
from mapper.spec.jsonschema import schema_of
from mapper.spec.load import connector_names, load_connector, load_mapping
from mapper.spec.project import ProjectSpec
from mapper.spec.shared import Shared
from tests.spec.mutation import mutated, placed

ROOT = Path(__file__).parents[2]
SHARED = {
    "about": "x",
    "import": ["a.yaml"],
    "constants": {"a": [1, None]},
    "functions": {"f": {"args": ["a"], "value": "trim", "tests": [{"given": ["a", None], "error": "b"}]}, "g": "trim"},
    "tables": {"t": {"a": {"crm": [1, "2"], "erp": "x"}}},
}
SMALL = [
    (ProjectSpec, read(ROOT / "examples" / "01-companies" / "mapper.yaml").data),
    (Shared, SHARED),
]


def whole(name: str) -> Any:
    """A connector's data as what it extends and is like have made it, without the words that say so."""
    data = load_connector(name).document.data
    resources = {key: {k: v for k, v in about.items() if k != "like"} for key, about in data["resources"].items()}
    return {**{key: value for key, value in data.items() if key != "extends"}, "resources": resources}


LARGE = [(Connector, whole(name)) for name in connector_names()]
KINDS: dict[Any, str] = {Connector: "connector", ProjectSpec: "project", Shared: "shared"}
NUMBERS = Draft202012Validator.TYPE_CHECKER.redefine(
    "number", lambda _, value: isinstance(value, int | float | Decimal) and not isinstance(value, bool)
)
JUDGES = {
    kind: validators.extend(Draft202012Validator, type_checker=NUMBERS)(schema_of(kind))
    for kind in (*KINDS.values(), "mapping")
}


def judged(kind: str, data: Any) -> bool | None:
    """Whether a schema takes data.

    None where it refuses only parts whose shape is checked as a mapping is compiled, and of a part of a connector.
    """
    if kind == "connector" and isinstance(data, dict) and "connector" not in data:
        return None
    wrong = list(JUDGES[kind].iter_errors(data))
    later = [error for error in wrong if {"match", "tables", "values"} & set(error.absolute_path)]
    return None if wrong and len(later) == len(wrong) else not wrong


def checked(cls: Any, data: Any) -> bool:
    try:
        maker(cls)(data, placed(data), ())
    except Misfit:
        return False
    return True


@pytest.mark.parametrize("seed", range(300))
def test_the_schema_of_a_file_judges_as_the_checker_does(seed: int) -> None:
    chance = random.Random(seed)
    cls, data = chance.choice(SMALL if seed % 10 else LARGE)
    changed = mutated(data, chance)
    assert judged(KINDS[cls], changed) in (None, checked(cls, changed))


MAPPING = {
    "entity": "company",
    "about": "A test",
    "sides": {"crm": "accounts", "erp": {"resource": "customers", "role": "target"}},
    "match": ["name", ["name", "zip"]],
    "filter": ["{{ name }}", {"only": "{{ zip }}", "because": "it has none"}],
    "constants": {"house": "FR"},
    "functions": {"f": ["trim", "lower"]},
    "tables": {"t": {"a": {"crm": [1, "2"], "preferred": True}}},
    "fields": {
        "name": {"crm": "Label", "erp": {"path": "name1", "write": ["striptags", "fit"]}, "required": True},
        "zip": {"type": "address", "crm": {"form": "iso", "parts": {"zip": "Zip", "city": {"path": "City"}}}},
        "state": {"type": "choice", "crm": "State", "values": "t", "otherwise": "default", "default": "a"},
    },
    "tests": [{"given": {"crm": {"Label": "a"}}, "expect": {"erp": {"name1": "a"}}}],
    "lists": {"crm": {"states": {"1": "a", "2": {"label": "b", "active": False}}}},
}


def loads(path: Path) -> bool:
    try:
        return not load_mapping(path).document.problems
    except SpecError:
        return False


def test_a_mapping_fits_schema_and_checker(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(json.dumps(MAPPING), encoding="utf-8")
    assert (loads(path), JUDGES["mapping"].is_valid(MAPPING)) == (True, True)


@pytest.mark.parametrize("seed", range(300))
def test_a_mapping_that_the_checker_takes_fits_the_schema(tmp_path: Path, seed: int) -> None:
    changed = mutated(MAPPING, random.Random(seed))
    path = tmp_path / "mapping.yaml"
    path.write_text(json.dumps(changed, default=float, ensure_ascii=False), encoding="utf-8")
    # The checker knows more: which sides there are, how a field may be called.
    if loads(path):
        assert judged("mapping", changed) is not False
