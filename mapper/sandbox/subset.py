"""A mapping file with fewer sides than it was written for."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from ..spec import document
from ..spec.load import load_mapping

_WORD = re.compile(r"[a-z][a-z0-9_]*")


def fewer_sides(path: Path, sides: Collection[str]) -> str:
    """The file's text where all its sides are among these, else the same mapping without the others, anew."""
    data: dict[str, Any] = document.read(path).data
    gone = set(data["sides"]) - set(sides)
    if not gone:
        return path.read_text(encoding="utf-8")
    entities = load_mapping(path).spec.sides
    connections = {side.connection or name for name, side in entities.items() if name not in gone}
    _drop(data, gone)
    for key in ("lists", "custom"):
        _keep(data, key, connections)
    head = f"# Made from the shipped mapping {path.name}, without {', '.join(sorted(gone))}.\n"
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 110, "default_flow_style": None}
    text: str = yaml.dump(data, Dumper=_Compact, **options)
    return head + text


def _drop(data: dict[str, Any], gone: set[str]) -> None:
    left = [name for name in data["sides"] if name not in gone]
    _keep(data, "sides", left)
    for row in data["fields"].values():
        for name in gone:
            row.pop(name, None)
        if isinstance(row.get("values"), dict):
            row["values"] = {key: _without(value, gone) for key, value in row["values"].items()}
    for place in (data, *data["fields"].values()):
        if gone & set(_WORD.findall(str(place.get("direction", "")))):
            del place["direction"]
        if place.get("conflict") in gone:
            del place["conflict"]
    _drop_rows(data, left)
    cases = [case for case in data.get("tests", []) if not gone & set(case["given"])]
    for case in cases:
        case["expect"] = _without(case["expect"], gone)
    data["tests"] = [case for case in cases if case["expect"]]
    data["about"] = f"Records of {data['entity']}, kept alike in {' and '.join(left)}"
    for key in ("tests", "lists", "custom"):
        if not data.get(key):
            data.pop(key, None)


def _drop_rows(data: dict[str, Any], left: Collection[str]) -> None:
    """Drop rows without a cell, unless an expression of another row still names them."""
    kept = {name: row for name, row in data["fields"].items() if any(side in row for side in left)}
    named = set(_WORD.findall(" ".join(_texts(list(kept.values())))))
    data["fields"] = {name: row for name, row in data["fields"].items() if name in kept or name in named}
    # A rule that one side alone can serve links nothing.
    shared = {name for name, row in kept.items() if sum(side in row for side in left) > 1}
    data["match"] = [rule for rule in data.get("match", []) if _fields_of(rule) <= shared]


def _fields_of(rule: Any) -> set[str]:
    """The fields that a match rule compares."""
    if isinstance(rule, dict):
        return _fields_of(rule["similar"]) | _fields_of(rule.get("within", []))
    return {rule} if isinstance(rule, str) else set(rule)


def _texts(value: Any) -> list[str]:
    """Every expression inside the data."""
    if isinstance(value, dict):
        return [text for key, part in value.items() for text in ([str(part)] if key == "when" else _texts(part))]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) and "{{" in value else []


def _without(table: Any, gone: Collection[str]) -> Any:
    return {key: value for key, value in table.items() if key not in gone} if isinstance(table, dict) else table


def _keep(data: dict[str, Any], key: str, names: Collection[str]) -> None:
    if isinstance(data.get(key), dict):
        data[key] = {name: value for name, value in data[key].items() if name in names}


class _Compact(yaml.SafeDumper):
    """Small tables on one line, decimals as they were written."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:float", str(value))


_Compact.add_representer(Decimal, _decimal)
