"""What the static checks find beyond what cannot be compiled: each at its very place, by its code."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mapper.compile import SideContext, compile_mapping
from mapper.compile.checks import CHECKS
from mapper.errors import Problem, SpecError
from mapper.spec.load import load_connector, load_mapping
from mapper.spec.project import CustomField
from tests.compile.build import HEAD, HERE, compiled, findings, place

ONE_WAY_HEAD = (
    "entity: thing\nabout: Things.\nsides: {a: {resource: things, role: source}, b: {resource: things, role: target}}\n"
)
BASE = "entity: thing\nabout: Things.\n"

#: situation: (the mapping's end, code, beginning of the message, part of the hint)
TWO_WAY = {
    # type
    "a flag from a date": (
        "fields:\n  v: {type: flag, a: ‸born, b: active}\n",
        "type",
        "a flag cannot stand in 'born' of a, which holds a date",
        "type: date",
    ),
    "a flag in a text, without its words": (
        "fields:\n  v: {type: flag, a: active, b: ‸name}\n",
        "form",
        "'name' of b holds a text, and it is not said how yes and no are written there",
        "form: int writes 1 and 0",
    ),
    "a flag in a number, without its digits": (
        "fields:\n  v: {type: flag, a: active, b: {path: ‸count}}\n",
        "form",
        "'count' of b holds a number, and it is not said how yes and no are written there",
        "form: int writes 1 and 0",
    ),
    "a date in a flag": (
        "fields:\n  v: {type: date, a: born, b: ‸active}\n",
        "type",
        "a date cannot stand in 'active' of b, which holds a flag",
        "type: flag",
    ),
    "a text from a flag": (
        "fields:\n  v: {a: ‸active, b: name}\n",
        "type",
        "a text cannot stand in 'active'",
        "type: flag",
    ),
    "a set in a number": (
        "fields:\n  v: {type: set, a: marks, b: ‸count}\n",
        "type",
        "a set cannot stand in 'count'",
        "",
    ),
    "an e-mail address in a list": (
        "fields:\n  v: {type: email, a: name, b: {path: ‸stage}}\n",
        "type",
        "an email cannot stand in 'stage' of b, which holds a list",
        "type: choice",
    ),
    "a list read into a text": (
        "fields:\n  v: {a: {path: name, read: ‸split}, b: name}\n",
        "type",
        "a list comes of this, and 'v' is a text",
        "",
    ),
    "a number read into an e-mail address": (
        "fields:\n  v: {type: email, a: {path: alias, read: ‸length, write: trim}, b: alias}\n",
        "type",
        "a number comes of this, and 'v' is an email",
        "",
    ),
    "an expression that gives a list, read into a text": (
        "fields:\n  v: {a: {path: alias, read: '‸{{ alias | split }}', write: trim}, b: alias}\n",
        "type",
        "a list comes of this",
        "",
    ),
    "an expression that gives a flag, read into a date": (
        "fields:\n  v: {type: date, a: {path: born, read: '‸{{ not born }}', write: date}, b: born}\n",
        "type",
        "a flag comes of this, and 'v' is a date",
        "",
    ),
    "an expression that gives a list, written to a text": (
        "fields:\n  v: {a: alias, b: {path: alias, read: trim, write: '‸{{ v | split }}'}}\n",
        "type",
        "the expression gives a list, and 'alias' of b holds a text",
        "",
    ),
    "an expression that gives a record, written to a set": (
        "fields:\n  v: {type: set, a: marks, b: {path: marks, read: unique, write: \"‸{{ {'x': 1} }}\"}}\n",
        "type",
        "the expression gives a record",
        "",
    ),
    # chain
    "a step for texts behind one that gives a list": (
        "fields:\n  v: {a: {path: name, read: [split, ‸upper], write: trim}, b: name}\n",
        "chain",
        "upper takes a text, and split gives a list",
        "",
    ),
    "a step for numbers behind one that gives a flag": (
        "fields:\n  v: {a: {path: name, read: [flag, ‸round], write: trim}, b: name}\n",
        "chain",
        "round takes a number, and flag gives a flag",
        "",
    ),
    "a step for dates on a number": (
        "fields:\n  v: {type: date, a: {path: count, read: ‸date, write: year}, b: born}\n",
        "chain",
        "date takes a date, and the field gives a number",
        "",
    ),
    "a step for records on a text, written": (
        "fields:\n  v: {a: name, b: {path: name, read: trim, write: ‸keys}}\n",
        "chain",
        "keys takes a record, and the field gives a text",
        "",
    ),
    # too-long
    "a SIRET in a field of 12": (
        "fields:\n  v: {type: siret, a: alias, b: ‸name}\n",
        "too-long",
        "siret writes 14 characters, and 'name' of b holds 12",
        "",
    ),
    "a moment on the clock in a field of 12": (
        "fields:\n  v: {type: datetime, a: seen, b: {path: ‸name, form: wall}}\n",
        "too-long",
        "datetime writes 19 characters",
        "",
    ),
    "a default that does not fit": (
        "fields:\n  v: {default: ‸thirteen long, a: alias, b: name}\n",
        "too-long",
        "'thirteen long' has 13 characters, 'name' of b holds 12",
        "",
    ),
    "a cell's default that does not fit": (
        "fields:\n  v: {a: alias, b: {path: name, default: ‸thirteen long}}\n",
        "too-long",
        "'thirteen long' has 13 characters",
        "",
    ),
    "a value of a table that does not fit": (
        "fields:\n  v: {type: choice, a: alias, b: name, values: {x: {a: X, b: ‸thirteen long}}}\n",
        "too-long",
        "'thirteen long' has 13 characters, 'name' of b holds 12",
        "",
    ),
    "a written constant that does not fit": (
        "fields:\n  v: {direction: a -> b, a: alias, b: {path: name, write: \"‸{{ 'thirteen long' }}\"}}\n",
        "too-long",
        "'thirteen long' has 13 characters",
        "",
    ),
    # length
    "an e-mail form that can be too long": (
        "fields:\n  v: {type: vat, a: alias, b: ‸name}\n",
        "length",
        "vat can write 14 characters, and 'name' of b holds 12",
        "write: fit",
    ),
    "a text that is cut to more than the field holds": (
        "fields:\n  v: {a: alias, b: {path: name, write: ‸truncate(20)}}\n",
        "length",
        "the text is cut to 20, and 'name' of b holds 12",
        "write: fit",
    ),
    # default, otherwise
    "a default that the type refuses": (
        "fields:\n  v: {type: date, default: ‸soon, a: born, b: born}\n",
        "default",
        "'soon' is not",
        "",
    ),
    "a default that is not in the table": (
        "fields:\n  v: {type: choice, default: ‸clint, a: alias, b: alias, values: {client: {a: C, b: C}}}\n",
        "default",
        "the default 'clint' is not in the row's table of values",
        "did you mean 'client'?",
    ),
    "a default that is no label": (
        "fields:\n  v: {type: choice, default: ‸Clint, a: stage, b: stage_label, values: by label}\n",
        "default",
        "the default 'Clint' is a label of no side's list",
        "did you mean 'Client'?",
    ),
    "a set with one value as default": (
        "fields:\n  v: {type: set, default: ‸Client, a: marks, b: marks, values: by label}\n",
        "default",
        "the default of a set is a list of values",
        "[Client]",
    ),
    "otherwise: default without one": (
        "fields:\n  v: {otherwise: ‸default, a: alias, b: alias}\n",
        "otherwise",
        "'otherwise: default' takes a default that the row does not have",
        "add default",
    ),
    "a cell's default that the list does not have": (
        "fields:\n  v: {type: choice, a: {path: stage, default: ‸Clint}, b: stage, values: by label}\n",
        "list-value",
        "the default 'Clint' is not in the list of a",
        "did you mean 'Client'?",
    ),
    # tables of values
    "a table without a value of a side": (
        "fields:\n  v: {type: choice, a: alias, b: ‸alias, values: {x: {a: X}, y: {a: Y}}}\n",
        "values",
        "no value of 'v' has one for b",
        "x: {b: …}",
    ),
    "a value that one side does not have": (
        "fields:\n  v: {type: choice, a: alias, b: alias, values: {x: {a: X, b: X}, ‸y: {a: Y}}}\n",
        "incomplete",
        "'y' cannot be written to b",
        "otherwise: skip",
    ),
    "two preferred of one value": (
        "fields:\n  v:\n    type: choice\n    a: alias\n    b: alias\n    values:\n"
        "      x: {a: C, b: X, preferred: true}\n      y: {‸a: C, b: Y, preferred: true}\n",
        "preferred",
        "'C' of a stands for both 'x' and 'y'",
        "only one",
    ),
    "a preferred value that shares none": (
        "fields:\n  v: {type: choice, a: alias, b: alias, values: {x: {a: X, b: X, ‸preferred: true}}}\n",
        "idle",
        "'x' is preferred, and shares no value with another",
        "leave",
    ),
    "two preferred in a named table": (
        "tables:\n  t:\n    x: {a: C, b: X}\n    y: {‸a: C, b: Y}\n"
        "fields:\n  v: {type: choice, a: alias, b: alias, values: t}\n",
        "preferred",
        "'C' of a stands for both 'x' and 'y'",
        "preferred: true",
    ),
    # one-way
    "a read expression without a write": (
        "fields:\n  v: {‸a: {path: name, read: '{{ name ~ alias }}'}, b: name}\n",
        "one-way",
        "a one-way cell in a two-way row: 'name' of a is read by an expression",
        "direction: a -> others, or write: …",
    ),
    "a read expression without a path": (
        "fields:\n  v: {‸a: {read: '{{ name ~ alias }}'}, b: name}\n",
        "one-way",
        "a one-way cell in a two-way row",
        "direction: a -> others",
    ),
    "a write expression without a read": (
        "fields:\n  v: {a: alias, ‸b: {path: alias, write: '{{ v ~ v }}'}}\n",
        "one-way",
        "a one-way cell in a two-way row: 'alias' of b is written by an expression",
        "direction: a -> b, or read: …",
    ),
    "a chain with a step that does not lead back": (
        "fields:\n  v: {a: {path: alias, read: ‸slug}, b: alias}\n",
        "one-way",
        "a one-way cell in a two-way row: slug has no way back ('alias' of a)",
        "direction: a -> others, or write: …",
    ),
    "a chain whose steps do not undo one another": (
        "fields:\n  v: {a: {path: alias, read: ‸[upper, remove_prefix('c-')]}, b: alias}\n",
        "one-way",
        "a one-way cell in a two-way row: the steps do not surely undo one another",
        "write: [prefix('c-')]",
    ),
    "blanks that a cut brings to the end": (
        "fields:\n  v: {a: {path: alias, read: ‸[trim, truncate(3)]}, b: alias}\n",
        "one-way",
        "a one-way cell in a two-way row: the steps do not surely undo one another",
        "",
    ),
    "a written chain that is not read back": (
        "fields:\n  v: {a: alias, b: {path: alias, write: ‸prefix('C-')}}\n",
        "one-way",
        "a one-way cell in a two-way row: it is not read as it is written",
        "read: [remove_prefix('C-')]",
    ),
    "markup that is taken away on the way out": (
        "fields:\n  v: {a: alias, b: {path: name, write: ‸[striptags, fit]}}\n",
        "one-way",
        "a one-way cell in a two-way row",
        "read: [html]",
    ),
    # no-path
    "a cell that is written nowhere": (
        "fields:\n  v: {a: alias, b: {read: '{{ name }}', write: ‸upper}}\n",
        "no-path",
        "the cell of b has no path, so that nothing is written",
        "add path",
    ),
    "a policy of a cell that is never written": (
        "fields:\n  v: {direction: a -> b, a: {read: '{{ name }}', ‸policy: if empty}, b: alias}\n",
        "idle",
        "'policy' decides nothing",
        "leave it out",
    ),
    # idle, conflict
    "required with a default": (
        "fields:\n  v: {‸required: true, default: x, a: alias, b: alias}\n",
        "idle",
        "'required' decides nothing",
        "leave one",
    ),
    "a conflict for a side that the row does not have": (
        "fields:\n  v: {conflict: ‸b, a: alias}\n",
        "conflict",
        "'conflict' names b, and the row has no cell of it",
        "add b",
    ),
    "a conflict for a side from which nothing comes": (
        "fields:\n  v: {conflict: ‸b, direction: a -> b, a: alias, b: alias}\n",
        "idle",
        "'conflict' decides nothing: nothing comes from b",
        "",
    ),
    # matching
    "a match rule that stands there twice": (
        "match: [v, ‸v]\nfields:\n  v: {a: alias, b: alias}\n",
        "match-twice",
        "the rule stands there already, as number 1",
        "leave it out",
    ),
    "a match rule of the same fields in another order": (
        "match: [[v, w], ‸[w, v]]\nfields:\n  v: {a: alias, b: alias}\n  w: {a: serial, b: serial}\n",
        "match-twice",
        "the rule stands there already",
        "",
    ),
    "a match rule that one side alone can serve": (
        "match: [‸v]\nfields:\n  v: {a: alias}\n",
        "match-cost",
        "the rule links nothing: only a is read for 'v'",
        "more cells",
    ),
    # precision, labels
    "a moment written without its seconds": (
        "fields:\n  v: {type: datetime, a: seen, b: {path: alias, form: '‸%d/%m/%Y %H:%M'}}\n",
        "precision",
        "'%d/%m/%Y %H:%M' does not write the seconds",
        "%S",
    ),
    # unused
    "a table that nothing uses": (
        "tables:\n  ‸t: {x: {a: X}}\nfields:\n  v: {a: alias, b: alias}\n",
        "unused",
        "the table 't' is not used",
        "",
    ),
    "a constant that nothing uses": (
        "constants: {‸house: FR}\nfields:\n  v: {a: alias, b: alias}\n",
        "unused",
        "the constant 'house' is not used",
        "",
    ),
    "a function that nothing uses": (
        "functions:\n  ‸shout: {value: upper}\nfields:\n  v: {a: alias, b: alias}\n",
        "unused",
        "the function 'shout' is not used",
        "",
    ),
    # constant
    "a field's name in quotes": (
        "fields:\n  v: {when: \"‸{{ 'v' }}\", a: alias, b: alias}\n",
        "constant",
        "the condition is always true",
        "without quotes",
    ),
    "a cell's condition that never holds": (
        "fields:\n  v: {a: alias, b: {path: alias, when: ‸1 > 2}}\n",
        "constant",
        "the condition is always false",
        "",
    ),
    "something outside of the braces": (
        'fields:\n  v: {when: "‸{{ v }} .", a: alias, b: alias}\n',
        "constant",
        "the condition is always true: it is a text",
        "one expression",
    ),
    "a filter that lets all through": (
        'filter:\n  - only: "‸{{ 1 }}"\nfields:\n  v: {a: alias, b: alias}\n',
        "constant",
        "the condition is always true",
        "",
    ),
    # unseen
    "a condition on a field that only the target has": (
        "fields:\n  v: {a: alias, b: {path: alias, when: '‸{{ w }}'}}\n  w: {b: serial}\n",
        "unseen",
        "'w' is not known when a record of b is made: only b itself has it",
        "another side",
    ),
}


@pytest.mark.parametrize("situation", TWO_WAY)
def test_it_is_found_at_its_place_by_its_code(situation: str) -> None:
    end, code, message, hint = TWO_WAY[situation]
    text = HEAD + end
    found = [p for p in findings(text) if p.code == code]
    assert [(p.position.line, p.position.column) for p in found] == [place(text)], findings(text)
    assert found[0].message.startswith(message)
    assert hint in found[0].hint


@pytest.mark.parametrize("situation", TWO_WAY)
def test_nothing_else_stands_in_the_way_of_it(situation: str) -> None:
    end, code, _, _ = TWO_WAY[situation]
    assert {p.code for p in findings(HEAD + end) if p.severity == "problem"} <= {code}


@pytest.mark.parametrize("situation", TWO_WAY)
def test_it_is_as_grave_as_its_check_says(situation: str) -> None:
    end, code, _, _ = TWO_WAY[situation]
    gravity = {check.code: check.severity for check in CHECKS}
    assert {p.severity for p in findings(HEAD + end) if p.code == code} == {gravity[code]}


#: Where nothing is to be said.
WELL = {
    "a chain that leads back": "v: {a: {path: alias, read: [trim, remove_prefix('C-')]}, b: alias}",
    "an expression that is one normal step on the field": (
        "v: {a: alias, b: {path: alias, write: '{{ v | truncate(5) }}'}}"
    ),
    "an expression of reading that is one normal step": "v: {a: {path: alias, read: '{{ alias | upper }}'}, b: alias}",
    "both ways as expressions": "v: {a: {path: alias, read: '{{ alias }}!', write: '{{ v }}?'}, b: alias}",
    "a one-way chain in a one-way row": "v: {direction: a -> others, a: {path: alias, read: slug}, b: alias}",
    "an expression of reading in a one-way row": "v: {direction: a -> b, a: {read: '{{ name ~ alias }}'}, b: alias}",
    "a text that is cut to fit": "v: {a: alias, b: {path: name, write: fit}}",
    "a text that is cut short enough": "v: {a: alias, b: {path: name, write: truncate(12)}}",
    "texts of unknown length": "v: {a: alias, b: name}",
    "a table with a preferred value": (
        "v: {type: choice, a: alias, b: alias, values: {x: {a: C, b: X, preferred: true}, y: {a: C, b: Y}}}"
    ),
    "a value that one side lacks, where such values are skipped": (
        "v: {type: choice, otherwise: skip, a: alias, b: alias, values: {x: {a: X, b: X}, y: {a: Y}}}"
    ),
    "a default of the table": "v: {type: choice, default: x, a: alias, b: alias, values: {x: {a: X, b: X}}}",
    "a set's default": "v: {type: set, default: [Client], a: marks, b: marks, values: by label}",
    "otherwise: default with one": "v: {otherwise: default, default: x, a: alias, b: alias}",
    "a flag in a text, with its words": "v: {type: flag, a: active, b: {path: name, form: int}}",
    "a flag that is only read from a text": "v: {type: flag, direction: a -> others, a: name, b: active}",
    "a number as text": "v: {type: number, a: count, b: alias}",
    "a text from a number": "v: {a: count, b: alias}",
    "a condition on a field that both sides have": "v: {when: '{{ v }}', a: alias, b: alias}",
    "a date pattern with everything": "v: {type: datetime, a: seen, b: {path: alias, form: '%Y-%m-%d %H:%M:%S'}}",
    "a pattern of a date": "v: {type: date, a: born, b: {path: name, form: '%d/%m/%Y'}}",
    "labels that both lists have": "v: {type: choice, a: stage, b: stage_label, values: by label}",
}


@pytest.mark.parametrize("situation", WELL)
def test_of_what_is_well_nothing_is_said(situation: str) -> None:
    found = findings(f"{HEAD}fields:\n  {WELL[situation]}\n")
    assert [str(p) for p in found if p.severity != "note"] == []


#: row: what it does not keep
LOSSES = {
    "v: {a: {path: alias, read: [trim, lower]}, ‸b: alias}": "blanks at the ends; upper and lower case",
    "v: {a: {path: alias, form: html}, ‸b: alias}": "all formatting but line breaks",
    "v: {type: decimal, a: {path: price, form: cents}, ‸b: price}": "decimals behind the second",
    "v: {type: date, a: seen, ‸b: born}": "the time of day",
    "v: {a: {path: name, write: fit}, ‸b: alias}": "what is cut off",
    "v: {a: {path: alias, write: '{{ v | upper }}'}, ‸b: alias}": "upper and lower case",
}


@pytest.mark.parametrize("row", LOSSES)
def test_what_a_two_way_row_does_not_keep_is_noted(row: str) -> None:
    [found] = findings(f"{HEAD}fields:\n  {row.replace(HERE, '')}\n")
    assert (found.severity, found.code, found.message) == ("note", "loses", f"a does not keep {LOSSES[row]}")


def test_of_a_one_way_row_no_loss_is_noted() -> None:
    assert findings(f"{HEAD}fields:\n  v: {{direction: a -> b, a: {{path: alias, read: lower}}, b: alias}}\n") == []


def test_a_text_of_a_longer_field_may_not_fit() -> None:
    head = BASE + "sides: {a: {resource: things, role: source}, b: {resource: others, role: target}}\n"
    text = head + "fields:\n  v: {a: name, b: title}\n"
    assert findings(text) == []


def test_the_longest_texts_are_compared_in_both_directions() -> None:
    [found] = findings(
        f"{ONE_WAY_HEAD}fields:\n  v: {{a: {{path: alias, read: trim}}, b: {{path: name, write: truncate(50)}}}}\n"
    )
    assert (found.code, found.severity) == ("length", "warning")


def test_lists_without_a_label_in_common_are_told_with_both_counts() -> None:
    text = HEAD + "fields:\n  v: {type: choice, values: ‸by label, a: stage, b: more.sector}\n"
    found = [p for p in findings(text) if p.code == "labels"]
    assert [(p.position.line, p.position.column) for p in found] == [place(text)]
    assert found[0].message.startswith("the 3 labels of a and the 2 of b have none in common")


def test_every_row_of_a_csv_table_is_checked_at_its_place() -> None:
    text = HEAD + "fields:\n  v: {type: choice, values: t.csv, a: alias, b: alias}\n"
    found = findings(text, files={"t.csv": "canonical,a,b\nx,C,X\ny,C,Y\n"})
    assert [(p.position.file.split("/")[-1], p.position.line, p.position.column, p.code) for p in found] == [
        ("t.csv", 3, 3, "preferred")
    ]


def test_a_value_that_the_list_lacks_is_told_in_the_csv_file() -> None:
    text = HEAD + "fields:\n  v: {type: choice, values: t.csv, a: stage, b: alias}\n"
    [found] = findings(text, files={"t.csv": "canonical,a,b\nx,Client,X\ny,Clint,Y\n"})
    assert (found.position.file.split("/")[-1], found.position.line, found.position.column) == ("t.csv", 3, 3)


def test_what_is_imported_need_not_be_used() -> None:
    text = HEAD + "import: [s.yaml]\nfields:\n  v: {a: alias, b: alias}\n"
    shared = "about: Shared.\nconstants: {house: FR}\nfunctions:\n  shout: {value: upper}\n"
    assert findings(text, files={"s.yaml": shared}) == []


@pytest.mark.parametrize(
    "use",
    [
        "v: {a: {path: alias, read: shout, write: trim}, b: alias}",
        "v: {a: {path: alias, read: '{{ alias | shout }}', write: trim}, b: alias}",
        "v: {a: alias, b: alias, when: '{{ v | shout }}'}",
    ],
)
def test_a_function_is_used_in_chains_and_expressions(use: str) -> None:
    found = findings(f"{HEAD}functions:\n  shout: {{value: upper}}\nfields:\n  {use}\n")
    assert [p for p in found if p.severity != "note"] == []


def test_a_constant_and_a_table_are_used_in_functions() -> None:
    text = (
        HEAD + "constants: {mark: x}\ntables:\n  t: {x: {a: X}}\nfunctions:\n"
        "  f: {value: \"{{ value | lookup('t', 'a') ~ mark }}\"}\n"
        "fields:\n  v: {direction: a -> b, a: {path: alias, read: f}, b: alias}\n"
    )
    assert findings(text) == []


def test_deeper_checks_are_made_beside_a_problem_of_another_row() -> None:
    text = HEAD + "fields:\n  v: {a: nmae, b: alias}\n  w: {type: flag, a: born, b: active}\n"
    assert [p.code for p in findings(text)] == ["field", "type"]


CRM = """
connector: crm
about: A vendor without a list of its things.
settings: {base_url: {about: The address., required: true}}
auth: [{name: none}]
lists: {sorts: {path: sorts}}
resources:
  things:
    key: id
    fields:
      id: {readonly: true}
      name: {search: name, length: 200}
      short: {length: 60}
      octets: {length: 200, unit: bytes}
      code: {}
      sort: {type: list, list: sorts}
      place: {type: object}
      place.zip: {}
      parent: {type: ref, ref: things}
    containers: {own: {codec: per_record, reads: values}}
    operations:
      find: {path: things}
      values: {path: "things/{{ key }}/values"}
"""


def crm(rows: str, *, head: str = "", sides: str = "{a: things, b: things}") -> list[Problem]:
    """What is found in a mapping between two sides of that vendor."""
    told: list[Problem] = []
    with TemporaryDirectory() as folder:
        (Path(folder) / "crm.yaml").write_text(CRM, encoding="utf-8")
        connector = load_connector("crm.yaml", folder=Path(folder)).spec
        path = Path(folder) / "m.yaml"
        path.write_text(f"{BASE}sides: {sides}\n{head}fields:\n  {rows}\n", encoding="utf-8")
        loaded = load_mapping(path)
    contexts = {
        name: SideContext(name, connector, side.resource, side.role) for name, side in loaded.spec.sides.items()
    }
    try:
        compile_mapping(loaded.spec, loaded.document, contexts, told=told)
    except SpecError as error:
        told += error.problems
    return told


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ("v: {direction: a -> b, a: name, b: short}", ["length"]),
        ("v: {direction: a -> b, a: name, b: {path: short, write: upper}}", ["length"]),
        ("v: {direction: a -> b, a: name, b: {path: short, write: fit}}", []),
        ("v: {direction: a -> b, a: name, b: {path: short, write: truncate(60)}}", []),
        ("v: {direction: a -> b, a: name, b: octets}", ["length"]),
        ("v: {direction: a -> b, a: short, b: name}", []),
        ("v: {direction: a -> b, a: code, b: short}", []),
    ],
)
def test_free_texts_are_compared_by_the_lengths_of_their_fields(rows: str, codes: list[str]) -> None:
    assert [p.code for p in crm(rows)] == codes


def test_a_text_that_may_not_fit_names_fit() -> None:
    [found] = crm("v: {direction: a -> b, a: name, b: short}")
    assert found.message == "a holds texts of 200 characters, and 'short' of b holds 60"
    assert found.hint == "cut them: write: fit"


def test_a_row_with_calls_of_its_own_says_what_it_costs() -> None:
    [found] = crm("v: {direction: a -> b, a: own.x, b: code}")
    assert (found.code, found.severity) == ("cost", "warning")
    assert found.message == "this row needs one call per record of a, to read its own"


def test_where_the_records_are_bounded_the_cost_is_only_noted() -> None:
    sides = "{a: {resource: things, where: '{{ code }}'}, b: things}"
    [found] = crm("v: {direction: a -> b, a: own.x, b: code}", sides=sides)
    assert (found.code, found.severity) == ("fetch", "note")


def test_a_list_that_is_fetched_is_noted() -> None:
    found = crm("v: {type: choice, direction: a -> b, a: sort, b: sort}")
    assert {p.message for p in found} == {
        "the list sorts of a is fetched when a run starts",
        "the list sorts of b is fetched when a run starts",
    }


@pytest.mark.parametrize(("field", "count"), [("name", 0), ("code", 2)])
def test_a_match_rule_says_which_side_cannot_be_searched(field: str, count: int) -> None:
    found = crm(f"v: {{a: {field}, b: {field}}}", head="match: [v]\n")
    assert [p.code for p in found] == ["match-cost"] * count
    assert all("cannot be searched by 'v'" in p.message for p in found)


ONE_TARGET = "{a: things, b: {resource: things, role: target}}"


def test_a_side_that_nothing_can_come_to_is_not_written_twice() -> None:
    told = crm("v: {a: code, b: code}\n  w: {a: {path: code, read: upper}, b: short}", sides=ONE_TARGET)
    assert [p.code for p in told if p.code == "two-rows"] == []


def test_a_side_that_something_comes_to_is_written_twice() -> None:
    told = crm("v: {a: code, b: code}\n  w: {a: {path: short, read: upper}, b: code}", sides=ONE_TARGET)
    assert [p.message for p in told if p.code == "two-rows"] == ["'code' is written by 'v' too"]


def test_two_constants_must_not_be_written_to_one_field() -> None:
    told = crm("v: {b: {path: code, write: \"{{ 'A' }}\"}}\n  w: {b: {path: code, default: B}}", sides=ONE_TARGET)
    assert [p.message for p in told if p.code == "two-rows"] == ["'code' is written by 'v' too"]


def test_two_rows_must_not_write_one_inside_the_other() -> None:
    found = crm(
        "v: {direction: a -> b, a: code, b: place.zip}\n  w: {direction: a -> b, type: address, a: place, b: place}"
    )
    assert "two-rows" in {p.code for p in found}


def test_every_code_is_told_once_in_the_list_of_checks() -> None:
    codes = [check.code for check in CHECKS]
    assert len(codes) == len(set(codes))
    assert all(check.summary.endswith(".") for check in CHECKS)


BY_LABEL = HEAD + "fields:\n  v: {type: choice, values: by label, a: stage_label, b: more.sector}\n"
NO_OPTIONS = CustomField(id="f1", type="list")


@pytest.mark.parametrize("known", [{}, {"things.more": {"sector": NO_OPTIONS}}])
def test_labels_of_which_nobody_knows_the_list_are_told(known: dict[str, dict[str, CustomField]]) -> None:
    told: list[Problem] = []
    compiled(BY_LABEL, custom=known, told=told)
    [found] = [p for p in told if p.code == "spelling"]
    assert (found.severity, found.message) == (
        "note",
        "the values of 'more.sector' of b are not known: what another side holds is written as it is spelt there",
    )
    assert "options" in found.hint


@pytest.mark.parametrize(
    "row",
    [
        "v: {type: choice, values: by label, a: stage_label, b: more.sector}",
        "v: {type: choice, values: by label, direction: b -> a, a: stage_label, b: more.sector}",
        "v: {type: choice, values: by label, a: stage_label, b: stage}",
        "v: {type: set, values: by label, a: tags, b: tags}",
        "v: {a: alias, b: more.sector}",
    ],
)
def test_of_other_labels_nothing_is_told(row: str) -> None:
    assert [p for p in findings(f"{HEAD}fields:\n  {row}\n") if p.code == "spelling"] == []


def test_a_text_takes_any_label() -> None:
    told: list[Problem] = []
    compiled(BY_LABEL, custom={"things.more": {"sector": CustomField(id="f1")}}, told=told)
    assert [p for p in told if p.code == "spelling"] == []
