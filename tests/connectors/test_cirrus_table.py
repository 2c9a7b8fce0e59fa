"""The table of Cirrus's operations against a copy of the facts: verbs, paths, parameters, what is deprecated."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

from mapper.connect.listing import listed
from mapper.spec.load import load_connector

HERE = Path(__file__).parent
FACTS = {
    (row["method"], row["path"]): row
    for row in csv.DictReader((HERE / "cirrus_operations.csv").read_text(encoding="utf-8").splitlines())
}


@cache
def shown() -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["method"], one["path"]): one for one in listed(load_connector("cirrus").spec)}


def test_there_are_233_operations() -> None:
    assert (len(FACTS), len(listed(load_connector("cirrus").spec))) == (233, 233)


def test_verbs_and_paths_are_those_of_the_facts() -> None:
    assert shown().keys() == FACTS.keys()


def test_parameters_are_those_of_the_facts() -> None:
    for place, row in FACTS.items():
        found: dict[str, set[str]] = {"query": set(), "body": set(), "path": set(), "header": set()}
        for one in shown()[place]["parameters"]:
            needed = one["in"] == "body" and one["required"]
            found[one["in"]].add(f"{one['name']}{'*' if needed else ''}")
        assert found["query"] == set(row["query"].split()), place
        assert found["body"] == set(row["body"].split()), place
        assert found["path"] == {part[1:-1] for part in place[1].split("/") if part.startswith("{")}, place
        assert found["header"] <= {"X-Fields"}, place


def test_deprecated_and_unfinished_operations_are_marked() -> None:
    for mark in ("deprecated", "unfinished"):
        assert {place for place, one in shown().items() if mark in one} == {
            place for place, row in FACTS.items() if row[mark]
        }
    assert sum("deprecated" in one for one in shown().values()) == 19
