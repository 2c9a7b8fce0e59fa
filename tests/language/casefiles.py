"""Cases as data: YAML files of {feature, about, cases}, and how their values are written down.

Only `null`, `true`, `false` and plain numbers are resolved; a number with a point is a float, as JSON gives it. What
YAML cannot hold is a tag: `!decimal 1.50`, `!date 2026-01-31`, `!moment 2026-01-31T00:00:00Z`. An input that is absent
is a key that is left out. A case has exactly one outcome:

    gives: value          what comes out, told apart by class as well: 1 is neither 1.0 nor true
    absent: true          nothing comes out: ABSENT
    clears: true          the field is to be emptied: CLEAR
    fails: text           the whole message of the RuleError
    refused: text         the whole message at check; `at` and `hint` are its place and its hint
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
OUTCOMES = ("gives", "absent", "clears", "fails", "refused")
# `hint` and `at` belong to the outcome `refused`.
_NO_INPUT = ("about", "at", "hint", "back", *OUTCOMES)

Case = dict[str, Any]


class Loader(yaml.SafeLoader):
    """A YAML loader that turns few plain words into anything but text, and refuses keys that are given twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [str(key.value) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, f"a key of {keys} is given twice", node.start_mark)
        return {key: self.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"null|", ("n", "")),
    ("tag:yaml.org,2002:bool", r"true|false", ("t", "f")),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
):
    Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), list(_first))
Loader.add_constructor("!decimal", lambda loader, node: Decimal(node.value))
Loader.add_constructor("!date", lambda loader, node: date.fromisoformat(node.value))
Loader.add_constructor("!moment", lambda loader, node: datetime.fromisoformat(node.value).astimezone(UTC))


@dataclass(frozen=True)
class CaseFile:
    """One feature: what it is, and its cases."""

    path: Path
    feature: str
    about: str
    cases: tuple[Case, ...]

    @property
    def name(self) -> str:
        return self.path.relative_to(FOLDER).with_suffix("").as_posix()


def load(path: Path) -> CaseFile:
    """The cases of one file."""
    held = yaml.load(path.read_text(encoding="utf-8"), Loader)
    assert isinstance(held, dict) and set(held) == {"feature", "about", "cases"}, f"{path} is no file of cases"
    return CaseFile(path, held["feature"], held["about"], tuple(held["cases"]))


def all_files() -> Iterator[CaseFile]:
    """Every file of cases in the order of their names, but for those of whole mappings, which are of another shape."""
    for folder in ("expressions", "transforms", "types"):
        for path in sorted((FOLDER / folder).rglob("*.yaml")):
            yield load(path)


def given(case: Case) -> str:
    """What goes into a case, as one text: the same for two cases that try the same thing."""
    return json.dumps({key: value for key, value in case.items() if key not in _NO_INPUT}, sort_keys=True, default=repr)


def exact(value: Any) -> Any:
    """The value with the class of every part, so that 1, 1.0 and true are told apart; keys may stand in any order."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(item) for item in value]
    return value if isinstance(value, str) else f"{type(value).__name__} {value!r}"
