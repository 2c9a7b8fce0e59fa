"""What is wrong in rows by themselves: directions, conflict and match rules, tables of values. No side is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mapper.compile.checks.findings import Findings
from mapper.compile.choices import PREFERRED
from mapper.compile.similar import rule_problem
from mapper.records import fold
from mapper.spec.document import Steps, nearest
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.mapping import Row

_SHARE = re.compile(r"(100|[0-9]{1,2})%")

#: The most runs that an expectation looks back.
#: What each expectation may look like.
_EXPECTED = {"read": "some", "volume": "30%", "unchanged": "500", "filled": "{email: 20%}"}
_MOST = {"over": 50, "unchanged": 1_000_000}


def check_rows(spec: MappingSpec, found: Findings) -> None:
    """Note what is wrong in the rows and the match rules."""
    _check_direction(spec, found, spec.direction, ("direction",))
    _check_match(spec, found)
    _check_conflict(spec, found, spec.conflict, ("conflict",))
    _check_expect(spec, found)
    for name, row in spec.fields.items():
        here: Steps = ("fields", name)
        if row.type == "ref" and not row.entity:
            found.add("ref", here, "a ref needs the entity that it refers to", "add entity: company")
        _check_keys(spec, found, name, row)
        if isinstance(row.values, str) and row.values != "by label" and row.values not in spec.tables:
            hint = nearest(row.values, ("by label", *spec.tables))
            found.add("name", (*here, "values"), f"there is no table '{row.values}'", hint, value=True)
        elif row.values is not None and not isinstance(row.values, dict | str):
            found.add("values", (*here, "values"), "'values' is a table, or the words: by label", value=True)
        elif isinstance(row.values, dict):
            _check_sides(spec, found, name, row)
            check_shared(spec, found, row.values, (*here, "values"))
        elif row.values in spec.tables:
            check_shared(spec, found, spec.tables[row.values], ("tables", row.values))
        _check_conflict(spec, found, row.conflict, (*here, "conflict"))
        _check_direction(spec, found, row.direction, (*here, "direction"))


def _check_keys(spec: MappingSpec, found: Findings, name: str, row: Row) -> None:
    """Note a cell whose reference is by the keys of nothing that is known."""
    for side, cell in row.cells.items():
        place: Steps = ("fields", name, "cells", side, "keys")
        if cell.keys is None:
            continue
        if row.type != "ref":
            found.add("ref", place, f"'keys' is of a ref only, and '{name}' is a {row.type}", "type: ref", value=True)
        elif cell.keys not in spec.sides:
            hint = nearest(cell.keys, spec.sides)
            found.add("ref", place, f"the mapping has no side '{cell.keys}'", hint, value=True)


def _check_match(spec: MappingSpec, found: Findings) -> None:
    for i, rule in enumerate(spec.match):
        if isinstance(rule, dict):
            if wrong := rule_problem(rule, spec.fields.__contains__):
                found.add("match", ("match", i), wrong, value=True)
            continue
        for name in [rule] if isinstance(rule, str) else list(rule):
            if name not in spec.fields:
                hint = nearest(str(name), spec.fields)
                found.add("match", ("match", i), f"the match rule names no field '{name}'", hint, value=True)


def _check_expect(spec: MappingSpec, found: Findings) -> None:
    expect = spec.expect
    if expect is None:
        return
    shares: dict[Steps, str | None] = {("filled", name): limit for name, limit in expect.filled.items()}
    for steps, limit in {("volume",): expect.volume, **shares}.items():
        if limit is not None and not _SHARE.fullmatch(limit):
            found.add("expect", ("expect", *steps), f"'{limit}' is no share", "write one such as 25%", value=True)
    for name in expect.filled:
        if name not in spec.fields and name != "*":
            hint = nearest(name, spec.fields)
            found.add("expect", ("expect", "filled", name), f"the mapping has no field '{name}'", hint)
    for name, number in (("over", expect.over), ("unchanged", expect.unchanged)):
        if number is not None and not 1 <= number <= _MOST[name]:
            words = f"'{name}' is a number of runs from 1 to {_MOST[name]}"
            found.add("expect", ("expect", name), words, value=True)
    for i, name in enumerate(expect.stop):
        if name != "lists" and not getattr(expect, name):
            words = f"'{name}' is to stop the run, but nothing is expected of it"
            found.add("expect", ("expect", "stop", i), words, f"say it, as in `{name}: {_EXPECTED[name]}`", value=True)


def _check_conflict(spec: MappingSpec, found: Findings, rule: str | None, place: Steps) -> None:
    choices = ("newest", "quarantine", *spec.sides)
    if rule and rule not in choices:
        found.add("conflict", place, f"'conflict' cannot be {rule!r}", nearest(rule, choices))


def _check_sides(spec: MappingSpec, found: Findings, name: str, row: Row) -> None:
    for canonical, values in row.values.items():
        place = ("fields", name, "values", canonical)
        if not isinstance(values, dict):
            found.add("values", place, f"the value '{canonical}' needs a table: side: value")
            continue
        for side in values:
            if side not in spec.sides and side != PREFERRED:
                found.add("values", (*place, side), f"'{side}' is not a side", nearest(side, spec.sides))


def check_shared(spec: MappingSpec, found: Findings, values: Mapping[str, Any], place: Steps) -> None:
    """Note native values that stand for several canonical ones, unless exactly one of these is preferred."""
    table = {canonical: row for canonical, row in values.items() if isinstance(row, Mapping)}
    marked = {canonical for canonical, row in table.items() if row.get(PREFERRED) is True}
    deciding: set[str] = set()
    for side in spec.sides:
        holders: dict[str, list[str]] = {}
        for canonical, row in table.items():
            for value in natives(row, side):
                known = holders.setdefault(fold(str(value)), [])
                if canonical not in known:
                    known.append(canonical)
        for canonical, row in table.items():
            for value in natives(row, side):
                sharing = holders[fold(str(value))]
                preferred = [one for one in sharing if one in marked]
                deciding.update(preferred if len(sharing) > 1 else ())
                if len(sharing) > 1 and len(preferred) != 1 and canonical != sharing[0]:
                    message = f"'{value}' of {side} stands for both '{sharing[0]}' and '{canonical}'"
                    hint = "mark the one that it is read as: preferred: true"
                    if preferred:
                        hint = "only one of them can be preferred"
                    found.add("preferred", (*place, canonical, side), message, hint)
    for canonical in sorted(marked - deciding):
        message = f"'{canonical}' is preferred, and shares no value with another"
        found.add("idle", (*place, canonical, PREFERRED), message, "leave the mark out")


def natives(row: Mapping[str, Any], side: str) -> list[Any]:
    """What a row of a table holds for a side, one by one."""
    value = row.get(side) if isinstance(row, Mapping) else None
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_direction(spec: MappingSpec, found: Findings, text: str | None, place: Steps) -> None:
    if text is None:
        return
    for word in text.replace("->", " ").replace(",", " ").split():
        if word not in {*spec.sides, "others", "any"}:
            hint = nearest(word, {*spec.sides, "others", "any"})
            found.add("direction", place, f"'{word}' is not a side", hint, value=True)
    if "->" not in text:
        found.add("direction", place, "a direction reads: side -> others", value=True)
