"""Every problem of a mapping, at its line and column, with what to do about it."""

from __future__ import annotations

import pytest

from tests.compile.build import HEAD, HERE, compiled, place, problems

#: situation: (the mapping's end, beginning of the message, hint)
CASES = {
    "an unknown path": (
        "fields:\n  name: {a: ‸nmae, b: name}\n",
        "tiny things has no field 'nmae'",
        "did you mean 'name'?",
    ),
    "an unknown path inside an object": (
        "fields:\n  name: {a: name, b: {path: ‸address.stret}}\n",
        "tiny things has no field 'address.stret'",
        "did you mean 'address.street'?",
    ),
    "an unknown path in a block": (
        "fields:\n  name:\n    a: name\n    b:\n      path: ‸nothing_like_it\n",
        "tiny things has no field 'nothing_like_it'",
        "known here: active",
    ),
    "a quoted unknown path": (
        "fields:\n  name: {a: name, b: '‸nmae'}\n",
        "tiny things has no field 'nmae'",
        "did you mean 'name'?",
    ),
    "a path that is none": (
        "fields:\n  name: {a: name, b: '‸address[[0'}\n",
        "",
        "",
    ),
    "a custom field that is not in the catalogue": (
        "fields:\n  size: {type: number, a: count, b: ‸more.sise}\n",
        "the catalogue of 'b' has no custom field 'sise' in more",
        "did you mean 'size'?",
    ),
    "a container without the name of a field": (
        "fields:\n  size: {a: name, b: ‸more}\n",
        "'more' needs the name of one of its fields",
        "for example more.name",
    ),
    "a cell without a path": (
        "fields:\n  name: {a: name, ‸b: {form: x}}\n",
        "the cell has no path",
        "write the field's name",
    ),
    "an unknown transform": (
        "fields:\n  name: {a: {path: name, read: ‸trimm}, b: name}\n",
        "there is no transform 'trimm'",
        "did you mean 'trim'?",
    ),
    "an unknown transform in a chain": (
        "fields:\n  name: {a: name, b: {path: name, write: [trim, ‸uper]}}\n",
        "there is no transform 'uper'",
        "did you mean 'upper'?",
    ),
    "an unknown transform with arguments": (
        "fields:\n  name: {a: name, b: {path: name, write: ‸trunkate(5)}}\n",
        "",
        "truncate",
    ),
    "an expression inside a chain": (
        "fields:\n  name: {a: name, b: {path: name, ‸write: ['{{ name }}', trim]}}\n",
        "an expression stands alone, not in a chain of transforms",
        "",
    ),
    "a form of another type": (
        "fields:\n  born: {type: date, a: born, b: {path: born, form: ‸dym}}\n",
        "the type date has no form 'dym'",
        "",
    ),
    "a reference without its entity": (
        "fields:\n  ‸parent: {type: ref, a: parent, b: parent}\n",
        "a ref needs the entity that it refers to",
        "add entity: company",
    ),
    "a match rule of no field": (
        "match: [name, ‸nmae]\nfields:\n  name: {a: name, b: name}\n",
        "the match rule names no field 'nmae'",
        "did you mean 'name'?",
    ),
    "a match rule of two fields of which one is none": (
        "match: [‸[name, zpi]]\nfields:\n  name: {a: name, b: name}\n",
        "the match rule names no field 'zpi'",
        "",
    ),
    "a conflict rule that is none": (
        "fields:\n  name: {‸conflict: newst, a: name, b: name}\n",
        "'conflict' cannot be 'newst'",
        "did you mean 'newest'?",
    ),
    "a mapping's conflict rule that is none": (
        "‸conflict: c\nfields:\n  name: {a: name, b: name}\n",
        "'conflict' cannot be 'c'",
        "known here: a, b, newest, quarantine",
    ),
    "values that are neither a table nor by label": (
        "fields:\n  stage: {type: choice, values: ‸by lable, a: stage, b: stage}\n",
        "there is no table 'by lable'",
        "did you mean 'by label'?",
    ),
    "a value without a table": (
        "fields:\n  stage: {type: choice, values: {‸x: 1}, a: stage, b: stage}\n",
        "the value 'x' needs a table: side: value",
        "",
    ),
    "a value of a side that is none": (
        "fields:\n  stage: {type: choice, values: {x: {a: Client, ‸c: Client}}, a: stage, b: stage}\n",
        "'c' is not a side",
        "",
    ),
    "one native value for two canonical ones": (
        "fields:\n  stage:\n    type: choice\n    values:\n"
        "      x: {a: Client, b: Client}\n      y: {‸a: client, b: Prospect}\n"
        "    a: stage\n    b: stage\n",
        "'client' of a stands for both 'x' and 'y'",
        "",
    ),
    "a value that is not in the list": (
        "fields:\n  stage: {type: choice, values: {x: {a: ‸Cliet, b: Client}}, a: stage, b: stage}\n",
        "'Cliet' is not in the list of a",
        "did you mean 'Client'?",
    ),
    "two rows that write one field": (
        "fields:\n  name: {a: name, b: name}\n  other: {a: alias, ‸b: name}\n",
        "'name' is written by 'name' too",
        "",
    ),
    "a direction without an arrow": (
        "fields:\n  name: {direction: ‸a, a: name, b: name}\n",
        "a direction reads: side -> others",
        "",
    ),
    "a direction with a word that is no side": (
        "fields:\n  name: {direction: ‸a -> bb, a: name, b: name}\n",
        "'bb' is not a side",
        "did you mean 'b'?",
    ),
    "a mapping's direction with a word that is no side": (
        "direction: ‸a -> bb\nfields:\n  name: {a: name, b: name}\n",
        "'bb' is not a side",
        "",
    ),
    "an expression that reads an unknown native member": (
        "fields:\n  name: {a: {read: '{{ ‸nmae }}'}, b: name}\n",
        "",
        "name",
    ),
    "an expression that reads an unknown canonical field": (
        "fields:\n  name: {a: name, b: {path: name, write: '{{ ‸nmae }}'}}\n",
        "",
        "name",
    ),
    "a condition on an unknown field": (
        "fields:\n  name: {a: name, b: {path: name, when: '{{ ‸nmae == 1 }}'}}\n",
        "",
        "name",
    ),
    "a condition without braces": (
        "fields:\n  name: {a: name, b: {path: name, when: ‸nmae == 1}}\n",
        "",
        "name",
    ),
    "a row's condition without braces": (
        "fields:\n  name: {when: name and ‸nmae, a: name, b: name}\n",
        "",
        "name",
    ),
}


@pytest.mark.parametrize("situation", CASES)
def test_a_problem_is_told_at_its_place(situation: str) -> None:
    end, message, hint = CASES[situation]
    found = problems(HEAD + end)
    line, column = place(HEAD + end)
    assert [(p.position.line, p.position.column) for p in found] == [(line, column)], found
    assert (found[0].message.startswith(message), hint in found[0].hint) == (True, True), found


SIDES = {
    "a side's condition on an unknown member": (
        "sides: {a: {resource: things, where: '{{ ‸nmae == 1 }}'}, b: {resource: things}}",
        "name",
    ),
    "a side's condition without braces": (
        "sides: {a: {resource: things, where: active and ‸nmae}, b: {resource: things}}",
        "name",
    ),
    "a side's acceptance of an unknown field": (
        "sides: {a: {resource: things, accepts: '{{ ‸nmae }}'}, b: {resource: things}}",
        "name",
    ),
    "a required field that no row writes": (
        "sides: {a: {resource: things}, ‸b: {resource: others}}",
        "add a row with b: title",
    ),
}


@pytest.mark.parametrize("situation", SIDES)
def test_a_problem_of_a_side_is_told_at_its_place(situation: str) -> None:
    sides, hint = SIDES[situation]
    target = "note" if "others" in sides else "name"
    text = f"entity: thing\nabout: Things.\n{sides}\nfields:\n  name: {{a: name, b: {target}}}\n"
    found = problems(text)
    assert [(p.position.line, p.position.column) for p in found] == [place(text)], found
    assert hint in found[0].hint


def test_a_required_field_that_the_connector_fills_in_need_not_be_written() -> None:
    sides = "sides: {a: {resource: things}, b: {resource: owned}}"
    assert problems(f"entity: t\nabout: Things.\n{sides}\nfields:\n  name: {{a: name, b: note}}\n") == []


def test_a_required_field_of_a_side_that_is_only_read_need_not_be_written() -> None:
    sides = "sides: {a: {resource: things}, b: {resource: others, role: source}}"
    assert problems(f"entity: t\nabout: Things.\n{sides}\nfields:\n  name: {{a: name, b: note}}\n") == []


#: One and the same mistake in every way in which YAML can hold a text.
SCALARS = {
    "plain": "write: name ~ {{ ‸nmae }}",
    "in single quotes": "write: '{{ ‸nmae }}'",
    "in double quotes": 'write: "{{ ‸nmae }}"',
    "in a block": "write: |\n        {{ ‸nmae }}",
    "in a block, on its second line": "write: |\n        {{ name }}\n        {{ name ~ ‸nmae }}",
    "in a block that is cut off": "write: |-\n        {{ ‸nmae }}",
    "in a folded block": "write: >-\n        {{ ‸nmae }}",
    "on the second line of an expression": "write: |\n        {{ name\n           ~ ‸nmae }}",
    "in a list": "write:\n        - '{{ ‸nmae }}'",
    "after letters with accents": "write: 'é {{ ‸nmae }}'",
}


@pytest.mark.parametrize("style", SCALARS)
def test_a_fault_in_an_expression_is_told_at_its_very_column(style: str) -> None:
    text = f"{HEAD}fields:\n  name:\n    a: name\n    b:\n      path: name\n      {SCALARS[style]}\n"
    assert [(p.position.line, p.position.column) for p in problems(text)] == [place(text)]


@pytest.mark.parametrize("text", ["'it''s {{ ‸nmae }}'", '"\\tx {{ ‸nmae }}"'], ids=["a doubled quote", "an escape"])
def test_after_an_escape_the_line_is_right_and_the_column_close(text: str) -> None:
    whole = f"{HEAD}fields:\n  name: {{a: name, b: {{path: name, write: {text}}}}}\n"
    [found] = problems(whole)
    line, column = place(whole)
    assert (found.position.line, abs(found.position.column - column) <= 1) == (line, True)


@pytest.mark.parametrize(
    "expression",
    [
        "{{ name ‸}",
        "{{ name | ‸trimm }}",
        "{{ name.‸__class__ }}",
        "{{ ‸[x for x in name] }}",
        "{% ‸for x in name %}{% endfor %}",
        "{{ name | truncate(‸) }}",
    ],
)
def test_what_is_no_expression_of_ours_is_a_problem_in_its_line(expression: str) -> None:
    text = f'{HEAD}fields:\n  name:\n    a: name\n    b:\n      path: name\n      write: "{expression}"\n'
    assert [p.position.line for p in problems(text)] == [place(text)[0]]


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    rows = "  one: {a: nmae, b: alais}\n  two: {a: {path: name, read: trimm}, b: origin}\n  three: {a: counnt}\n"
    text = f"{HEAD}fields:\n{rows}"
    assert [(p.position.line, p.position.column) for p in problems(text)] == [(5, 12), (5, 21), (6, 31), (7, 14)]


@pytest.mark.parametrize("path", ["shown", "id", "more.locked"])
def test_a_read_only_field_may_be_read(path: str) -> None:
    sides = "sides: {a: {resource: things, role: source}, b: {resource: things, role: target}}"
    mapping = compiled(f"entity: t\nabout: T.\n{sides}\nfields:\n  name: {{a: {path}, b: name}}\n")
    assert mapping.sides["a"].targets == frozenset()


@pytest.mark.parametrize("path", ["shown", "more.locked"])
def test_a_read_only_field_cannot_be_written(path: str) -> None:
    text = f"{HEAD}fields:\n  name: {{a: name, b: {{path: {path}, ‸write: trim}}}}\n"
    found = problems(text)
    assert [p.position.line for p in found] == [place(text)[0]]
    assert "read-only" in found[0].message


def test_a_mapping_without_a_problem_has_none() -> None:
    assert problems(HEAD + "match: [name]\nfields:\n  name: {a: name, b: alias}\n") == []


@pytest.mark.parametrize(
    "path", ["address['street']", "address.street", "tags[0].name", "groups.anything", "more.size"]
)
def test_paths_that_lead_somewhere_are_no_problem(path: str) -> None:
    sides = "sides: {a: {resource: things, role: source}, b: {resource: things, role: target}}"
    text = f'entity: t\nabout: T.\n{sides}\nfields:\n  name: {{a: "{path}", b: name}}\n'
    assert problems(text) == []


def test_the_mark_is_not_part_of_any_mapping() -> None:
    assert HERE not in HEAD
