"""The checks by their short names, and what they found in one mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from mapper.errors import Problem
from mapper.spec.document import Document, Steps

Severity = Literal["problem", "warning", "note"]


@dataclass(frozen=True)
class Check:
    """One check: its short name, how grave it is, what it finds, and a piece of a mapping in which it does."""

    code: str
    severity: Severity
    summary: str
    example: str = ""


#: Every check that names itself in what `mapper check` prints, in the order of the docs.
CHECKS: Final = (
    Check("file", "problem", "What cannot be read: no YAML, an unknown key, a value of another kind.", "feilds: {}"),
    Check(
        "expression",
        "problem",
        "An expression that does not compile, at the very column.",
        "read: '{{ name | trimm }}'",
    ),
    Check("field", "problem", "A path that leads to no field of the resource.", "name: {crm: Lable, erp: name1}"),
    Check("name", "problem", "An unknown transform, table, function or side.", "read: trimm"),
    Check(
        "form",
        "problem",
        "A form that the type does not have, that cannot be read, or that has to be said.",
        "born: {type: date, crm: {path: Born, form: dym}}",
    ),
    Check("ref", "problem", "A reference that does not say to what.", "company: {type: ref, crm: Third.Guid}"),
    Check("direction", "problem", "A direction that is none.", "direction: crm to erp"),
    Check(
        "conflict",
        "problem",
        "A conflict rule that names no side, or one that the row does not have.",
        "conflict: erp2",
    ),
    Check("expect", "problem", "An expectation of no field, or a share that is none.", "expect: {volume: 30}"),
    Check("match", "problem", "A match rule that names no field, or is none.", "match: [siert]"),
    Check("situation", "problem", "What cannot be done in a situation.", "situations: {gone: delete}"),
    Check(
        "values",
        "problem",
        "A table of values that is none, is of another side, or has no value of a side.",
        "values: {client: CLI}",
    ),
    Check(
        "preferred",
        "problem",
        "One native value for several canonical ones, and none is marked, or several are.",
        "values: {a: {crm: X}, b: {crm: X}}",
    ),
    Check(
        "list-value",
        "problem",
        "A value that the vendor's list does not have, or no longer.",
        "values: {client: {erp: Cleint}}",
    ),
    Check("read-only", "problem", "A cell that is to be written, and cannot be.", "id: {crm: Guid, erp: id}"),
    Check(
        "required",
        "problem",
        "A field that the vendor demands on create, and no row writes.",
        "sides: {erp: customers}",
    ),
    Check("two-rows", "problem", "Two rows that write one field, or one inside another.", "a: {erp: name1}"),
    Check("type", "problem", "A type that cannot stand in the vendor's field.", "active: {type: flag, crm: Created}"),
    Check("chain", "problem", "A step that can never take what the step before it gives.", "read: [split, upper]"),
    Check(
        "too-long", "problem", "A text that can never fit into the vendor's field.", "siret: {type: siret, crm: Code10}"
    ),
    Check(
        "default", "problem", "A default that its own type, table or list refuses.", "born: {type: date, default: soon}"
    ),
    Check("otherwise", "problem", "`otherwise: default` in a row without a default.", "otherwise: default"),
    Check(
        "one-way",
        "problem",
        "A cell without a sure way back in a row that goes both ways.",
        "crm: {path: Label, read: slug}",
    ),
    Check("no-path", "problem", "A cell that is written nowhere.", "crm: {write: '{{ name }}'}"),
    Check(
        "length", "warning", "A text that may not fit into the vendor's field.", "notes: {crm: Comments, erp: short}"
    ),
    Check("precision", "warning", "A form that writes less of a moment than its type holds.", "form: '%d/%m/%Y %H:%M'"),
    Check("labels", "warning", "Lists that go by label, and have no label in common.", "values: by label"),
    Check(
        "incomplete", "warning", "A canonical value without a value on a side that is written.", "values: {a: {crm: A}}"
    ),
    Check("unused", "warning", "A table, constant or function that nothing uses.", "constants: {house: FR}"),
    Check("constant", "warning", "A condition that is always true, or never.", "when: \"{{ 'siret' }}\""),
    Check("unseen", "warning", "An expression over a field that nobody fills in.", "when: '{{ siret }}'"),
    Check("idle", "warning", "What is said, and decides nothing.", "required: true\ndefault: x"),
    Check("match-twice", "warning", "A match rule that stands there already.", "match: [siret, siret]"),
    Check(
        "match-cost",
        "warning",
        "A match rule that links nothing, or for which all records of a side are needed.",
        "match: [siret]",
    ),
    Check(
        "cost", "warning", "A row that needs a call for every single record.", "sector: {erp: dynamicfields.Bransch}"
    ),
    Check(
        "fetch",
        "note",
        "What is fetched beside the records, and a reference that waits for its target.",
        "status: {type: choice, erp: status}",
    ),
    Check(
        "spelling",
        "note",
        "Labels that are written as another side spells them, as nobody knows the list's own.",
        "values: by label",
    ),
    Check("loses", "note", "What a row that goes both ways does not keep.", "read: lower"),
)

_GRAVITY: Final = {check.code: check.severity for check in CHECKS}


@dataclass
class Findings:
    """What was found in one mapping, each at its place."""

    document: Document
    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, steps: Steps, message: str, hint: str = "", *, value: bool = False) -> None:
        """Note what a check found at a key, or at its value."""
        place = self.document.value_at(steps) if value else self.document.at(steps)
        found = Problem(place, message, hint, severity=_GRAVITY[code], code=code)
        if found not in self.found:
            self.found.append(found)

    @property
    def problems(self) -> list[Problem]:
        """What stands in the way of the mapping."""
        return [found for found in self.found if found.severity == "problem"]
