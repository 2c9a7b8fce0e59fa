"""`check`: every problem of every file at its place, and nothing about files that are well."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.errors import UsageError
from mapper.spec import document
from mapper.spec.load import shipped
from mapper.sync.check import check_files, check_project, kind_of
from mapper.sync.project import load

CONNECTOR = """\
connector: small
about: A small vendor
settings:
  base_url: {about: Where it is, required: true}
  api_key: {about: The key, secret: true, required: true}
auth:
  - name: key
    needs: [api_key]
    headers: {X-Key: "{{ api_key }}"}
assumptions:
  order: {question: Which?, choices: [up, down], default: up, risk: None, probe: {call: things.list, of: things}}
lists: {kinds: {path: kinds}}
resources:
  things:
    key: id
    changes: {by: walk, stamp: changed}
    fields:
      id: {readonly: true}
      changed: {type: datetime, readonly: true}
      name: {required: true, length: 10}
      kind: {type: list, list: kinds}
      owner: {type: ref, ref: things}
    operations:
      list: {path: things, query: {order: "{{ assume.order }}"}, items: data.items}
      get: {path: "things/{{ key }}"}
      delete: {method: DELETE, path: "things/{{ key }}"}
webhooks:
  told: {resource: things, key: "{{ event.id }}", subscribe: things.get, items: data}
  asked: {method: GET, answer: {free: false}}
"""
PROJECT = """\
connections:
  one:
    connector: small
    settings: {base_url: "https://one.invalid", api_key: "${ONE_KEY}"}
  two:
    connector: small
    settings: {base_url: "https://two.invalid", api_key: "${TWO_KEY}"}
mappings: [thing]
"""
MAPPING = """\
entity: thing
about: A test
sides: {one: things, two: things}
match: [name]
fields:
  name: {one: name, two: name, required: true}
  kind: {type: choice, one: kind, two: kind, values: by label}
"""


class Files:
    """A small project of one connector, two connections and one mapping."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in (
            ("connectors/small.yaml", CONNECTOR),
            ("mapper.yaml", PROJECT),
            ("mappings/thing.yaml", MAPPING),
            (".env", "ONE_KEY=first\nTWO_KEY=second\n"),
        ):
            self.write(name, text)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def problems(self) -> list[str]:
        return [str(p).replace(f"{self.folder}/", "") for p in check_project(self.folder).problems]

    def problems_of(self, *names: str) -> list[str]:
        checked = check_files([self.folder / name for name in names], load(self.folder))
        return [str(p).replace(f"{self.folder}/", "") for p in checked.problems]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_project_that_is_well_has_no_problem(files: Files) -> None:
    checked = check_project(files.folder)
    assert (checked.problems, checked.warnings) == ([], [])
    names = [Path(name).name for name in checked.files]
    assert names == ["mapper.yaml", "small.yaml", "thing.yaml"]


def test_a_project_may_be_named_by_its_file(files: Files) -> None:
    assert check_project(files.folder / "mapper.yaml").problems == []


def test_no_project_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no project file"):
        check_project(tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "new", "problems"),
    [
        (
            "mapper.yaml",
            'connector: small\n    settings: {base_url: "https://one',
            'connector: smal\n    settings: {base_url: "https://one',
            ["mapper.yaml:3:16: there is no connector 'smal' (did you mean 'small'?)"],
        ),
        (
            "mapper.yaml",
            '"${ONE_KEY}"',
            "k123456",
            ["mapper.yaml:4:58: 'api_key' is a secret and must not stand here (write ${NAME})"],
        ),
        (
            "mapper.yaml",
            ', api_key: "${ONE_KEY}"',
            "",
            ["mapper.yaml:2:3: the setting 'api_key' is missing (The key)"],
        ),
        (
            "mapper.yaml",
            "mappings: [thing]",
            "mappings: [thing, thign]",
            ["mapper.yaml:8:19: there is no mapping file thign (did you mean 'thing'?)"],
        ),
        (
            "mapper.yaml",
            "mappings:",
            "locale: {contry: FR}\nmappings:",
            ["mapper.yaml:8:10: unknown key 'contry' (did you mean 'country'?)"],
        ),
        (
            "mappings/thing.yaml",
            "two: kind",
            "two: kidn",
            ["mappings/thing.yaml:7:40: small things has no field 'kidn' (did you mean 'kind'?)"],
        ),
        (
            "mappings/thing.yaml",
            "match: [name]",
            "match: [nam]",
            ["mappings/thing.yaml:4:9: the match rule names no field 'nam' (did you mean 'name'?)"],
        ),
        (
            "mappings/thing.yaml",
            "{one: things,",
            "{on: things,",
            [
                "mappings/thing.yaml:6:10: unknown key 'one' (did you mean 'on'?)",
                "mappings/thing.yaml:7:24: unknown key 'one' (did you mean 'on'?)",
            ],
        ),
        (
            "mappings/thing.yaml",
            "two: things}",
            "two: thngs}",
            ["mappings/thing.yaml:3:22: small has no resource 'thngs' (did you mean 'things'?)"],
        ),
    ],
)
def test_a_mistake_in_a_project_is_told_at_its_place(
    files: Files, file: str, old: str, new: str, problems: list[str]
) -> None:
    files.edit(file, old, new)
    assert [p for p in files.problems() if p in problems] == problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("needs: [api_key]", "needs: [api_kye]", "8:13: there is no setting 'api_kye' (did you mean 'api_key'?)"),
        ("key: id\n", "key: ident\n", "15:10: there is no field 'ident' (known here: changed, id, kind, name, owner)"),
        ("stamp: changed", "stamp: chnged", "16:32: there is no field 'chnged' (did you mean 'changed'?)"),
        ("list: kinds}", "list: kidns}", "21:32: there is no list 'kidns' (did you mean 'kinds'?)"),
        ("ref: things}", "ref: thngs}", "22:31: there is no resource 'thngs' (did you mean 'things'?)"),
        ("ref: things}", "names: id}", "22:33: only a field with a `ref` has a name to be written"),
        ("risk: None, ", "", "11:3: 'order' says neither what is at risk nor why either is right"),
        ("default: up", "default: upp", "11:59: the default 'upp' is none of the choices (did you mean 'up'?)"),
        (
            "call: things.list",
            "call: things.lst",
            "11:89: there is no operation 'things.lst'",
        ),
        ("call: things.list", "call: things.delete", "11:89: 'things.delete' may write: a probe only reads"),
        ("of: things}", "before: [{call: things.lst}]}", "11:118: there is no operation 'things.lst'"),
        ("of: things}", "before: [{call: things.delete}]}", "11:118: 'things.delete' may write: a probe only reads"),
        ("of: things}", "of: thngs}", "11:106: there is no resource 'thngs' (did you mean 'things'?)"),
        ("assume.order", "assume.ordr", "24:44: there is no assumption 'ordr' (did you mean 'order'?)"),
        ("{{ api_key }}", "{{ api_key | uper }}", "9:36: there is no transform 'uper' (did you mean upper?)"),
        (
            "    fields:\n",
            "    own_fields: lst\n    fields:\n",
            "17:17: there is no operation 'lst' (did you mean 'list'?)",
        ),
        ("told: {resource: things", "told: {resource: thngs", "28:20: there is no resource 'thngs'"),
        ("subscribe: things.get", "subscribe: things.gt", "28:62: there is no operation 'things.gt'"),
        ("items: data}", "also: {thngs: x}}", "28:81: there is no resource 'thngs' (did you mean 'things'?)"),
        ("items: data}", "id: 'data['}", "28:79: 'data[' is not a path"),
        ("items: data}", "items: 'data['}", "28:82: 'data[' is not a path"),
        ("items: data.items", "items: 'data['", "24:74: 'data[' is not a path: "),
        ("length: 10", "lenght: 10", "20:30: unknown key 'lenght' (did you mean 'length'?)"),
    ],
)
def test_a_mistake_in_a_connector_is_told_at_its_place(files: Files, old: str, new: str, problem: str) -> None:
    files.edit("connectors/small.yaml", old, new)
    [found] = files.problems_of("connectors/small.yaml")
    assert found.startswith(f"connectors/small.yaml:{problem}")


def test_a_probe_may_ask_by_any_verb_where_that_only_reads(files: Files) -> None:
    files.edit("connectors/small.yaml", "call: things.list", "call: things.get")
    files.edit("connectors/small.yaml", "get: {path:", "get: {method: POST, reads: true, path:")
    assert files.problems_of("connectors/small.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{{ event.id }}", "{{ evnt.id }}", "28:34: nothing gives 'evnt' here (did you mean 'event'?)"),
        ("{{ api_key }}", "{{ api_kye }}", "9:23: nothing gives 'api_kye' here (did you mean 'api_key'?)"),
        ('things/{{ key }}"}\n      delete', 'things/{{ kee }}"}\n      delete', "25:20: nothing gives 'kee' here"),
        ("walk, stamp", "walk, since: days, stamp", "16:32: the type datetime has no form 'days'"),
        ("items: data.items", "page: {style: page, total: n}", "24:7: where `total` stands in an answer, the records"),
        (
            "items: data.items",
            "items: a, page: {style: next}",
            "24:76: only the first page is ever read (say under `next` where the token",
        ),
        (
            "id: {readonly",
            "id: {required: true, readonly",
            "18:12: a field that the vendor alone writes",
        ),
        ("default: up, ", "", "11:3: 'default' is missing"),
    ],
)
def test_what_a_connector_cannot_mean_is_a_problem(files: Files, old: str, new: str, problem: str) -> None:
    files.edit("connectors/small.yaml", old, new)
    [found] = files.problems_of("connectors/small.yaml")
    assert found.startswith(f"connectors/small.yaml:{problem}")


@pytest.mark.parametrize("text", ["staus < 300 and body.error", "{{ staus < 300 and body.error }}"])
def test_an_expression_is_looked_at_with_and_without_braces(files: Files, text: str) -> None:
    files.edit("connectors/small.yaml", "assumptions:", f"errors: [{{when: '{text}', means: rejected}}]\nassumptions:")
    [found] = files.problems_of("connectors/small.yaml")
    assert found.startswith("connectors/small.yaml:10:18: nothing gives 'staus' here (did you mean 'status'?)")


def test_an_expression_without_braces_that_does_not_compile_is_told_at_its_sign(files: Files) -> None:
    files.edit("connectors/small.yaml", "assumptions:", "errors: [{when: 'status | uper', means: auth}]\nassumptions:")
    [found] = files.problems_of("connectors/small.yaml")
    assert found.startswith("connectors/small.yaml:10:27: there is no transform 'uper'")


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("risk: None, either: Both,", "11:3: 'order' has a risk, and is right either way (give it one of the two"),
        ("either: Both,", "11:77: 'order' is right either way, so that `probe` is of no use"),
        ("either: Both,", "11:63: something depends on 'order', which is said to be right either way"),
    ],
)
def test_an_assumption_that_is_right_either_way_changes_nothing(files: Files, new: str, problem: str) -> None:
    files.edit("connectors/small.yaml", "risk: None,", new)
    assert [one for one in files.problems_of("connectors/small.yaml") if problem in one]


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("auth:", "  zone: Where it is\nauth:", "6:3: the setting 'zone' is never used (use it, or take it away)"),
        (', query: {order: "{{ assume.order }}"}', "", "11:3: nothing depends on the assumption 'order'"),
        ("type: list, list: kinds", "type: text", "12:9: no field takes its values from the list 'kinds'"),
        (
            "id: {readonly: true",
            "id: {readonly: true, write: ident",
            "18:28: `write` is never used",
        ),
        ("by: walk", "by: filter", "24:7: the vendor is never told since when changes are wanted"),
        ("      get:", "      changed: {path: things}\n      get:", "25:7: `changed` is never called, as changes are"),
        (
            "      get:",
            "      create: {method: POST, path: x}\n      get:",
            "25:7: nothing says where the answer",
        ),
    ],
)
def test_what_a_connector_says_in_vain_is_a_warning(files: Files, old: str, new: str, warning: str) -> None:
    files.edit("connectors/small.yaml", old, new)
    checked = check_files([files.folder / "connectors/small.yaml"], None)
    assert checked.problems == []
    [found] = [str(one).removeprefix(f"{files.folder}/") for one in checked.warnings]
    assert found.startswith(f"connectors/small.yaml:{warning}")


def test_fields_of_an_own_connector_that_no_mapping_uses_are_noted(files: Files) -> None:
    notes = [str(one).removeprefix(f"{files.folder}/") for one in check_project(files.folder).notes]
    said = "connectors/small.yaml:17:5: no mapping uses 1 of the 5 fields of things: owner"
    assert [note for note in notes if "no mapping" in note] == [said]


def test_the_problems_of_all_files_come_at_once_and_once(files: Files) -> None:
    files.edit("connectors/small.yaml", "list: kinds}", "list: kidns}")
    files.edit("mappings/thing.yaml", "two: kind", "two: kidn")
    files.edit("mapper.yaml", '"${ONE_KEY}"', "literal")
    assert [problem.split(":")[0] for problem in files.problems()] == [
        "connectors/small.yaml",
        "mapper.yaml",
        "mappings/thing.yaml",
    ]


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("askd: {entity: thing, find: {name: x}, answer: {}}", "the connector has no webhook 'askd'"),
        ("told: {entity: thing, find: {name: x}, answer: {}}", "the webhook 'told' asks nothing"),
        ("asked: {entity: thng, find: {name: x}, answer: {}}", "there is no mapping of 'thng' (did you mean 'thing'?)"),
        ("asked: {entity: thing, find: {nme: x}, answer: {}}", "the mapping of 'thing' has no field 'nme'"),
    ],
)
def test_an_answer_that_nobody_can_be_given_is_a_problem(files: Files, reply: str, problem: str) -> None:
    files.edit("mapper.yaml", "  two:", f"    replies: {{{reply}}}\n  two:")
    [found] = files.problems()
    assert problem in found


def test_two_mappings_of_one_entity_are_a_problem(files: Files) -> None:
    files.write("mappings/again.yaml", MAPPING)
    files.edit("mapper.yaml", "[thing]", "[thing, again]")
    [problem] = files.problems()
    assert "the entity 'thing' is mapped by" in problem


def test_a_variable_that_is_not_set_is_only_noted(files: Files) -> None:
    files.write(".env", "ONE_KEY=first\n")
    checked = check_project(files.folder)
    assert checked.problems == []
    notes = [str(note).split("/")[-1] for note in checked.notes if note.code == "unchecked"]
    assert notes == ["mapper.yaml:7:59: the variable TWO_KEY is not set here"]


def test_a_custom_field_that_the_catalogue_does_not_name_is_a_problem(files: Files) -> None:
    files.edit(
        "connectors/small.yaml", "    operations:", "    containers: {more: {codec: pairs, key: [k]}}\n    operations:"
    )
    files.edit("mappings/thing.yaml", "match:", "custom: {one: {things.more: {size: x}}}\nmatch:")
    files.edit("mappings/thing.yaml", "  kind:", "  size: {one: more.size, two: more.size}\n  kind:")
    assert files.problems() == []
    (files.folder / "catalogue").mkdir()
    files.write("catalogue/one.yaml", "fields: {things.more: {weight: {id: w}}}\n")
    [problem] = files.problems()
    assert "the catalogue of 'one' has no custom field 'size' in more" in problem


def test_a_broken_catalogue_is_told_once(files: Files) -> None:
    (files.folder / "catalogue").mkdir()
    files.write("catalogue/one.yaml", "field: {}\n")
    assert files.problems() == ["catalogue/one.yaml:1:1: unknown key 'field' (did you mean 'fields'?)"]


def test_an_override_is_checked_where_it_stands(files: Files) -> None:
    files.edit("mapper.yaml", "  two:\n", "    override: {resources: {things: {key: nmae}}}\n  two:\n")
    assert "mapper.yaml:5:42: there is no field 'nmae' (did you mean 'name'?)" in files.problems()


def test_a_file_alone_is_checked_by_its_kind(files: Files) -> None:
    assert files.problems_of("mappings/thing.yaml", "connectors", "mapper.yaml") == []


def test_a_mapping_without_a_project_is_checked_as_far_as_connectors_are_known(files: Files) -> None:
    checked = check_files([files.folder / "mappings" / "thing.yaml"], None)
    assert checked.problems == []
    assert [note.message for note in checked.notes] == [
        f"the side '{side}' was not checked: there is no connection" for side in ("one", "two")
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("connections: {}", "project"),
        ("entity: x", "mapping"),
        ("sides: {}\nfields: {}", "mapping"),
        ("connector: x", "connector"),
        ("resources: {}", "connector"),
        ("extends: x", "connector"),
        ("actions: {}", "connector"),
        ("fields: {}", "catalogue"),
        ("lists: {}\nfields: {}", "catalogue"),
        ("functions: {}\nabout: x", "shared"),
        ("constants: {}", "shared"),
        ("import: [other.yaml]", "shared"),
        ("- given: {}\n  expect: {}", "cases"),
        ("- other: 1", ""),
        ("other: 1", ""),
        ("[]", ""),
        ("", ""),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_keys(text: str, kind: str) -> None:
    assert kind_of(document.parse(text, "f.yaml").data) == kind


def test_a_file_of_no_kind_is_a_problem(files: Files) -> None:
    files.write("other.yaml", "other: 1\n")
    [problem] = files.problems_of("other.yaml")
    assert problem.startswith("other.yaml:1:1: it cannot be told what this file describes (a project has connections")


def test_a_file_that_is_not_there_is_a_problem(files: Files) -> None:
    assert files.problems_of("none.yaml") == ["none.yaml:1:1: cannot be read: No such file or directory"]


@pytest.mark.parametrize("kind", ["connectors", "mappings"])
def test_every_shipped_file_is_well(kind: str) -> None:
    checked = check_files([shipped(kind)], None)
    # What a row costs in calls is told to whoever takes the mapping; the file says why it stands there all the same.
    assert (checked.problems, [w for w in checked.warnings if w.code != "cost"]) == ([], [])


def test_a_warning_is_no_problem(files: Files) -> None:
    files.edit("mappings/thing.yaml", "match: [name]", "match: [name, name]")
    checked = check_project(files.folder)
    assert checked.problems == []
    assert [(w.severity, w.code, w.position.line, w.position.column) for w in checked.warnings] == [
        ("warning", "match-twice", 4, 15)
    ]


SHARED = """\
about: Shared words.
constants: {house: FR}
functions:
  shout: {value: upper, back: shout}
"""


def test_a_shared_file_alone_is_checked(files: Files) -> None:
    files.write("shared.yaml", SHARED)
    assert files.problems_of("shared.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("value: upper", "value: uper", "4:18: there is no transform 'uper'"),
        ("back: shout", "back: shuot", "4:31: there is no transform 'shuot'"),
        ("shout: {value", "trim: {value", "4:3: there is a transform 'trim' already"),
    ],
)
def test_a_mistake_in_a_shared_file_is_told_at_its_place(files: Files, old: str, new: str, problem: str) -> None:
    files.write("shared.yaml", SHARED.replace(old, new))
    assert files.problems_of("shared.yaml")[0].startswith(f"shared.yaml:{problem}")


def test_a_file_of_tests_alone_is_checked(files: Files) -> None:
    files.write("cases.yaml", "- given: {one: {name: A}}\n  expect: {two: {name: A}}\n")
    files.write("lines.jsonl", '{"given": {"one": {}}, "expect": {"error": "name"}}\n{"given": 1}\n')
    assert files.problems_of("cases.yaml") == []
    assert [p.split(":")[1] for p in files.problems_of("lines.jsonl")][:1] == ["2"]


def test_the_files_of_tests_are_checked_with_their_mapping(files: Files) -> None:
    files.edit("mappings/thing.yaml", "match:", "cases: [none.yaml]\nmatch:")
    assert files.problems() == ["mappings/thing.yaml:4:9: there is no file none.yaml"]
