"""What the resources of a connector share: `common` and `like`."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mapper.errors import SpecError
from mapper.spec.connector import Connector
from mapper.spec.document import read
from mapper.spec.jsonschema import schema_of
from mapper.spec.load import Loaded, load_connector

TEXT = """\
connector: example
about: A system
settings: {base_url: {about: Address, default: https://vendor.invalid}}
auth: [{name: none}]
common:
  paged:
    operations:
      list: {query: {all: 1, old: 1}, items: data}
    containers:
      tags: {codec: ids, list: tags}
  stamped:
    changes: {by: filter, stamp: updated}
    operations:
      list: {query: {old: 2}}
    fields:
      updated: {type: datetime, readonly: true}
  address:
    fields:
      city: {label: City, length: 40}
      code: text
lists: {tags: {harvest: true}}
resources:
  things:
    like: [paged, stamped]
    key: id
    operations:
      list: {path: things, query: {all: null}}
    fields:
      id: {readonly: true}
      home: {like: address, label: Home, readonly: true}
      home.city: {length: 30}
  others:
    like: [paged]
    key: id
    operations: {list: {path: others}}
    fields: {id: {readonly: true}}
"""


def loaded(tmp_path: Path, text: str = TEXT) -> Loaded[Connector]:
    (tmp_path / "example.yaml").write_text(text, encoding="utf-8")
    return load_connector("example.yaml", folder=tmp_path)


def test_a_resource_has_what_it_is_like_below_what_it_says_itself(tmp_path: Path) -> None:
    things = loaded(tmp_path).spec.resources["things"]
    assert (things.operations["list"].path, things.operations["list"].items) == ("things", "data")
    assert things.changes.stamp == "updated"
    assert list(things.containers) == ["tags"]


def test_a_later_part_counts_more_and_null_takes_a_member_away(tmp_path: Path) -> None:
    assert loaded(tmp_path).spec.resources["things"].operations["list"].query == {"old": 2}


def test_resources_do_not_share_what_they_are_like(tmp_path: Path) -> None:
    assert loaded(tmp_path).spec.resources["others"].operations["list"].query == {"all": 1, "old": 1}


def test_a_field_stands_for_several_with_what_is_said_of_it(tmp_path: Path) -> None:
    fields = loaded(tmp_path).spec.resources["things"].fields
    city, code = fields["home.city"], fields["home.code"]
    assert (city.label, city.length, city.readonly) == ("Home: City", 30, True)
    assert (code.label, code.type, code.readonly) == ("Home", "text", True)
    assert "home" not in fields


def test_what_was_put_in_stands_where_it_was_written(tmp_path: Path) -> None:
    document = loaded(tmp_path).document
    assert document.at(("resources", "things", "containers", "tags")).line == 10
    assert document.at(("resources", "things", "fields", "updated")).line == 16


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("like: [paged, stamped]", "like: [pages, stamped]", "there is no common part 'pages'"),
        ("like: address", "like: adress", "there is no common part 'adress'"),
        ("codec: ids", "codecs: ids", "unknown key 'codecs'"),
    ],
)
def test_a_part_that_is_not_there_or_wrong_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(SpecError) as error:
        loaded(tmp_path, TEXT.replace(old, new))
    assert words in str(error.value)


def test_a_mistake_in_a_part_is_told_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        loaded(tmp_path, TEXT.replace("codec: ids", "codecs: ids"))
    assert [problem.position.line for problem in error.value.problems] == [10, 10]


def test_a_connector_that_is_laid_over_another_may_say_more_of_a_part(tmp_path: Path) -> None:
    loaded(tmp_path)
    top = "connector: top\nextends: example.yaml\ncommon: {stamped: {operations: {list: {query: {b: 1}}}}}"
    (tmp_path / "top.yaml").write_text(top, encoding="utf-8")
    spec = load_connector("top.yaml", folder=tmp_path).spec
    assert spec.resources["things"].operations["list"].query == {"old": 2, "b": 1}


def test_an_editor_accepts_common_parts(tmp_path: Path) -> None:
    loaded(tmp_path)
    data = read(tmp_path / "example.yaml").data
    assert [error.message for error in Draft202012Validator(schema_of("connector")).iter_errors(data)] == []


ALIKE = """\
  refused:
    errors: [{when: "{{ status == 409 }}", means: rejected}]
  coded:
    method: POST
    errors: [{when: "{{ body.code == 1 }}", means: missing}]
  taken: {answer: {ok: true}}
actions:
  free: {like: [refused, coded], path: free, errors: [{when: "{{ body.code == 0 }}", means: auth}]}
  other: {like: [refused, coded], path: other}
webhooks:
  told: {like: [taken], resource: things}
lists:"""


def test_operations_and_webhooks_are_like_parts_and_rules_of_parts_come_after_their_own(tmp_path: Path) -> None:
    text = TEXT.replace("lists:", ALIKE, 1).replace("list: {path: others}", "list: {path: others, like: [refused]}")
    spec = loaded(tmp_path, text).spec
    free, other = spec.actions["free"], spec.actions["other"]
    assert [rule.means for rule in free.errors] == ["auth", "missing", "rejected"]
    assert [rule.means for rule in other.errors] == ["missing", "rejected"]
    assert (free.method, spec.webhooks["told"].answer) == ("POST", {"ok": True})
    assert [rule.means for rule in spec.resources["others"].operations["list"].errors] == ["rejected"]


def test_a_part_that_an_operation_is_like_and_there_is_not_is_told(tmp_path: Path) -> None:
    text = TEXT.replace("lists:", ALIKE.replace("[refused, coded], path: other", "[refuzed], path: other"), 1)
    with pytest.raises(SpecError, match="there is no common part 'refuzed'"):
        loaded(tmp_path, text)
