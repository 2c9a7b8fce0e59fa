"""The way of a record, field by field: that it says what really happens, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import mapper
from mapper.errors import RuleError, UsageError
from mapper.records import ABSENT
from mapper.spec.load import load_mapping
from mapper.sync.offline import alone, compile_offline
from mapper.sync.translator import Translator
from mapper.sync.trial import Explanation, FieldWay, Stage, plain

EXAMPLE = Path(__file__).parents[2] / "examples" / "01-companies"

CONNECTOR = """\
connector: {name}
about: A vendor for a test
settings: {{base_url: {{about: Where, required: true}}}}
auth: [{{name: none}}]
lists: {{kinds: {{values: {{1: Small, 2: Large}}}}}}
resources:
  things:
    key: id
    containers: {{more: {{codec: pairs, key: [k], value: v}}, tags: {{codec: groups, key: [c], value: l}}}}
    fields:
      id: {{readonly: true}}
      name: {{length: 10}}
      code: {{write_once: true}}
      kind: {{type: list, list: kinds}}
      size: {{type: number}}
      price: {{type: decimal}}
      made: {{readonly: true}}
      "at.city": text
      "at.zip": text
    operations: {{list: {{path: things}}, create: {{method: POST, path: things}}}}
"""
MAPPING = """\
entity: thing
about: A test
sides: {left: {resource: things, where: "{{ code != 'hidden' }}"}, right: {resource: things, accepts: "{{ it }}"}}
direction: left -> others
fields:
"""


@pytest.fixture
def translator(tmp_path: Path, request: pytest.FixtureRequest) -> Translator:
    """The mapping with the rows of the test."""
    for side in ("left", "right"):
        path = tmp_path / "connectors" / f"{side}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(CONNECTOR.format(name=side), encoding="utf-8")
    file = tmp_path / "thing.yaml"
    file.write_text(MAPPING + request.param, encoding="utf-8")
    loaded = load_mapping(file)
    compiled, problems = compile_offline(loaded, alone(loaded, tmp_path), own=True)
    assert compiled is not None, problems
    return Translator(compiled)


def way(translator: Translator, record: dict[str, Any], name: str = "it") -> FieldWay:
    found = translator.explain(record, "left", "right")
    return next(way for way in found.fields if way.field == name)


def rows(*lines: str) -> pytest.MarkDecorator:
    text = "".join(f"  {line}\n" for line in lines)
    return pytest.mark.parametrize("translator", [text], indirect=True)


@rows("it: {left: {path: name, read: [striptags, upper]}, right: {path: name, write: ['truncate(3)', fit]}}")
def test_each_step_is_named_with_what_it_gave(translator: Translator) -> None:
    found = way(translator, {"name": "<b>abcd</b>"})
    assert (found.raw, found.canonical, found.written) == ("<b>abcd</b>", "ABCD", "ABC")
    assert found.reading == [Stage("striptags", "abcd"), Stage("upper", "ABCD"), Stage("text (plain)", "ABCD")]
    assert [stage.name for stage in found.writing] == ["truncate(3)", "text (plain)", "fit", "field"]
    assert (found.read_from, found.written_to) == ("name", "name")


@rows("it: {left: name, right: name}")
def test_both_cells_have_their_place_in_the_file(translator: Translator) -> None:
    found = way(translator, {"name": "a"})
    assert (found.read_place.line, found.read_place.column) == (6, 14)
    assert (found.write_place.line, found.write_place.column) == (6, 27)


@pytest.mark.parametrize(
    ("translator", "record", "written", "note"),
    [
        ("  it: {left: name, right: code, when: \"{{ it == 'b' }}\"}", {"name": "a"}, ABSENT,
         "not written: when {{ it == 'b' }} is false"),
        ("  it: {left: name, right: name, default: d}", {}, "d", "has no value: the row's default is taken"),
        ("  it: {left: name, right: {path: name, default: d}}", {}, "d", "has no value: the cell's default is taken"),
        ("  it: {left: name, right: name}", {"name": None}, ABSENT, "is empty, which a create does not say"),
        ("  it: {left: name, right: name}", {}, ABSENT, "not written: left does not say anything of it"),
        ("  it: {left: name}", {"name": "a"}, ABSENT, "right has no cell for it"),
        ("  it: {right: name}", {"name": "a"}, ABSENT, "left does not give it"),
        ("  it: {left: name, right: code}", {"name": "a"}, "a", "on create only: the vendor lets it be written once"),
        ("  it: {left: name, right: {path: name, policy: if empty}}", {"name": "a"}, "a",
         "an update obeys the policy: if empty"),
        ("  it: {left: name, right: name, direction: right -> left}", {"name": "a"}, "a",
         "a sync does not carry it this way (direction: right -> left)"),
        ("  it: {type: number, left: name, right: size, otherwise: skip}", {"name": "a"}, ABSENT,
         "it is left out (otherwise: skip)"),
        ("  it: {type: number, left: name, right: size, otherwise: 'null'}", {"name": "a"}, ABSENT,
         "null is taken (otherwise: null)"),
        ("  it: {type: number, left: name, right: size, otherwise: default, default: 7}", {"name": "a"}, 7,
         "the row's default is taken (otherwise: default)"),
    ],
    indirect=["translator"],
)  # fmt: skip
def test_decisions_are_told_in_words(translator: Translator, record: dict[str, Any], written: Any, note: str) -> None:
    found = way(translator, record)
    assert (found.written, note in found.notes) == (written, True)


@pytest.mark.parametrize(
    ("translator", "record", "refused_by", "problem"),
    [
        ("  it: {type: number, left: {path: name, read: upper}, right: size}", {"name": "a"}, "number (text)",
         "'A' is not a whole number"),
        ("  it: {left: code, right: name}", {"code": "a" * 11}, "field",
         "the text has 11 characters, the field holds 10"),
        ("  it: {left: name, right: name, required: true}", {}, "", "is required, and there is no value"),
        ("  it: {left: {read: \"{{ name | date('%d/%m/%Y') }}\"}, right: code}", {"name": "x"},
         "{{ name | date('%d/%m/%Y') }}", "is not a date"),
        ("  it: {left: code, right: {path: name, write: \"{{ it | fail('no way') }}\"}}", {"code": "x"},
         "{{ it | fail('no way') }}", "no way"),
    ],
    indirect=["translator"],
)  # fmt: skip
def test_a_problem_stands_at_the_step_that_refused(
    translator: Translator, record: dict[str, Any], refused_by: str, problem: str
) -> None:
    found = translator.explain(record, "left", "right")
    [it] = found.fields
    assert problem in it.problem
    assert it.refused_by == refused_by or refused_by.partition(" ")[0] == it.refused_by.partition(" ")[0]
    assert [(p.field, p.position) for p in found.problems] == [("it", it.read_place)] or it.write_place.file
    assert found.as_dict()["written"] is None


@rows("it: {left: name, right: name}")
def test_a_record_outside_of_a_condition_is_told_so(translator: Translator) -> None:
    hidden = translator.explain({"name": "a", "code": "hidden"}, "left", "right")
    nameless = translator.explain({}, "left", "right")
    assert hidden.notes == ["a sync leaves it alone: it is outside of the `where` of left"]
    assert nameless.notes == ["a sync does not create it: right does not accept it"]


@rows(
    "it: {type: decimal, left: price, right: price}",
    "made: {left: made, right: more.x}",
    "city: {left: at.city, right: at.zip}",
)
@pytest.mark.parametrize(
    "record", [{}, {"price": "1.50"}, {"price": "no"}, {"at": None}, {"at": {"city": " Lyon "}}, {"made": 7, "at": 3}]
)
def test_it_says_what_translating_gives(translator: Translator, record: dict[str, Any]) -> None:
    native, problems = translator.translator("left", "right")(record)
    found = translator.explain(record, "left", "right")
    assert [p.message for p in found.problems] == [p.message for p in problems]
    assert problems or plain(found.written) == plain(native)


@pytest.mark.parametrize("entity", ["company", "person"])
def test_it_says_what_the_example_gives(entity: str) -> None:
    target = "nicoka"
    with mapper.load(EXAMPLE) as project:
        translator = project.compile(entity)
        assert translator.mapping.spec.tests
        for case in translator.mapping.spec.tests:
            [(source, record)] = case.given.items()
            if source == target:
                continue
            native, problems = translator.translator(source, target)(record)
            found = translator.explain(record, source, target)
            assert [p.message for p in found.problems] == [p.message for p in problems]
            assert problems or plain(found.written) == plain(native)


@rows("it: {left: name, right: name}")
def test_a_side_that_is_not_there_is_wrong_use(translator: Translator) -> None:
    with pytest.raises(UsageError, match="the mapping has no side 'lefty'"):
        translator.explain({}, "lefty", "right")
    with pytest.raises(UsageError, match="the mapping has no side 'lefty'"):
        translator.translate({}, "left", "lefty")


@rows("it: {left: name, right: name, required: true}")
def test_translate_raises_the_first_problem(translator: Translator) -> None:
    with pytest.raises(RuleError, match="is required"):
        translator.translate({}, "left", "right")


def test_an_explanation_begins_empty() -> None:
    assert Explanation("thing", "left", "right").as_dict() == {
        "entity": "thing", "source": "left", "target": "right", "written": {}, "problems": [], "notes": [],
        "fields": [],
    }  # fmt: skip
