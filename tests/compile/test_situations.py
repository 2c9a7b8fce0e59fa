"""What the static checks say of a mapping's situations, and of its approximate rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.sync.check import check_files
from tests.sync.endings import MAPPING, Endings

READ = MAPPING.replace("nicoka: customers", "nicoka: {resource: customers, role: source}")
ALL = MAPPING.replace("where: ", "accepts: ").replace('"{{ active == 1 }}"', '"{{ zip }}"')

#: what is said of it: (the mapping, its situations, severity, the beginning of the message)
CASES = {
    "a side that there is not": (
        MAPPING,
        "{gone: {sides: {nikoka: delete}}}",
        "problem",
        "the mapping has no side 'nikoka'",
    ),
    "a side that is only read": (READ, "{gone: {sides: {nicoka: deactivate}}}", "problem", "nicoka is only read from"),
    "a vendor that cannot delete": (
        MAPPING,
        "{gone: {sides: {koban: delete}}}",
        "problem",
        "the connector koban cannot delete its accounts",
    ),
    "all of which one cannot": (MAPPING, "{left: delete}", "problem", "the connector koban cannot delete its accounts"),
    "no approximate rule": (MAPPING, "{similar: link}", "warning", "no match rule is approximate"),
    "an edit of what is never ended": (
        MAPPING,
        "{edited: ignore}",
        "warning",
        "nothing is ended where a record is gone",
    ),
    "nothing that leaves a record out": (
        ALL,
        "{left: deactivate}",
        "warning",
        "no `where` and no `filter` leaves a record",
    ),
    "a person before a rule": (
        MAPPING,
        "{clash: ask}",
        "warning",
        "a person is asked before `conflict: koban` is looked at",
    ),
    "an action that there is not": (MAPPING, "{several: link}", "problem", "'several' cannot be 'link'"),
    "a situation that there is not": (MAPPING, "{lost: ask}", "problem", "unknown key 'lost'"),
}


def said(folder: Path, text: str, situations: str) -> list[tuple[str, str]]:
    """What is found in a mapping: severity and message."""
    world = Endings(folder)
    world.choose()
    path = world.write("mappings/company.yaml", text + f"situations: {situations}\n")
    with world.project() as project:
        checked = check_files([path], project)
    return [(one.severity, one.message) for one in (*checked.problems, *checked.warnings)]


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_done_or_arise_is_told(tmp_path: Path, name: str) -> None:
    text, situations, severity, words = CASES[name]
    found = said(tmp_path, text, situations)
    assert any(one == severity and message.startswith(words) for one, message in found), found


@pytest.mark.parametrize(
    "table", ["{}", "{gone: deactivate}", "{gone: {sides: {nicoka: delete}}}", "{left: deactivate}"]
)
def test_what_can_be_done_is_passed_over_in_silence(tmp_path: Path, table: str) -> None:
    assert said(tmp_path, MAPPING, table) == []


RULES = {
    "{similar: name}": "",
    "{similar: [name, zip], at least: 75, within: siret}": "",
    "{similar: nmae}": "the match rule names no field 'nmae'",
    "{similar: name, within: zpi}": "the match rule names no field 'zpi'",
    "{similar: name, at least: 20}": "'at least' is a percentage from 50 to 100",
    "{similar: 5}": "'similar' names a field, or a list of fields",
    "{like: name}": "an approximate rule is {similar: a field, at least: 90, within: a field}",
}


@pytest.mark.parametrize("rule", RULES)
def test_an_approximate_rule_is_checked(tmp_path: Path, rule: str) -> None:
    text = MAPPING.replace("match: [siret, ", f"match: [siret, {rule}, ")
    assert said(tmp_path, text, "{}") == ([("problem", RULES[rule])] if RULES[rule] else [])
