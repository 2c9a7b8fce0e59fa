"""The examples of a connector: what they hold true, and where a difference is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mapper.records import ABSENT
from mapper.spec.load import connector_names, shipped
from mapper.sync.cases import CaseResult
from mapper.sync.suites import suites
from tests.cli.shell import run

CONNECTOR = """\
connector: small
about: A small vendor
settings:
  base_url: {about: Where it is, required: true}
  secret: {about: The secret, secret: true}
auth:
  - name: signature
    needs: [secret]
    headers: {X-Time: "{{ now }}", X-Token: "{{ token }}"}
    exchange: [{url: login, token: token}]
errors: [{when: body.error, means: rejected, message: "{{ body.error }}"}]
assumptions:
  empty: {question: "How?", choices: [none, text], default: none, risk: Some, override: {text: {wire: {clear: empty}}}}
actions:
  pick:
    method: POST
    path: pick
    params: {lot: {in: form}}
  take:
    params: {lot: {required: true}}
    steps:
      - {call: pick, with: {lot: "{{ lot }}"}, as: first}
      - {call: pick, with: {lot: "{{ first.next }}"}, as: second}
resources:
  things:
    key: id
    stamp_key: origin
    changes: {by: filter}
    removed: "{{ gone }}"
    complete: [place]
    fields: {id: {readonly: true}, name: {}, origin: {search: origin}, place.zip: {}, place.city: {}}
    containers: {more: {codec: pairs, key: [k], value: v}}
    operations:
      list: {path: things, items: data, page: {style: offset, total: total, per: 2}}
      changed: {path: things, query: {since: "{{ since }}", all: "{{ none }}"}, items: data}
      get: {path: "things/{{ key }}"}
      find: {path: things, items: data}
      create: {method: POST, path: things, key: id}
      update: {method: PATCH, path: "things/{{ key }}"}
      delete: {method: DELETE, path: "things/{{ key }}"}
"""


def written(folder: Path, operation: str, example: str) -> Path:
    """The connector with one example of an operation."""
    data = yaml.safe_load(CONNECTOR)
    about = data["resources"]["things"]["operations"] | data["actions"]
    about[operation]["examples"] = [{"about": "It goes so.", **yaml.safe_load(example)}]
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


def ran(folder: Path, operation: str, example: str) -> CaseResult:
    [suite] = suites([str(written(folder, operation, example))], None)
    [result] = suite.results
    return result


def found(folder: Path, operation: str, example: str) -> Any:
    """Where, what and in place of what; or the words of the difference."""
    return [
        one.message or (one.side, one.path, one.wanted, one.found)
        for one in ran(folder, operation, example).differences
    ]


RIGHT = [
    (
        "list",
        """
        sends: {method: GET, path: /things, query: {offset: 0, limit: 2}}
        answer: {body: {total: 3, data: [{id: 1, more: [{k: a, v: b}], other: 1}, {id: 2, gone: true}]}}
        then: [{sends: {query: {offset: 2}}, answer: {body: {total: 3, data: [{id: 3}]}}}]
        gives: {records: [{id: 1, more: {a: b}}, {id: 3}], removed: ["2"]}
        """,
    ),
    (
        "changed",
        """
        with: {since: "2026-01-01T00:00:01Z"}
        sends: {query: {since: 1767225600, all: null}, headers: {X-Time: 1767225600, X-Token: token, X-Other: null}}
        answer: {body: {data: []}}
        gives: {records: []}
        """,
    ),
    ("get", "{with: {key: 7}, sends: {path: things/7}, answer: {body: {id: 7, a: 1}}, gives: {record: {id: 7}}}"),
    ("get", "{with: {key: 7}, answer: {status: 404}, gives: {error: answered 404}}"),
    ("get", "{with: {key: 7}, answer: {text: '<html>'}, gives: {error: HTML page instead of JSON}}"),
    (
        "find",
        """
        with: {field: origin, value: x}
        sends: {query: {origin: x}}
        answer: {body: {data: [{id: 1, origin: x}, {id: 2, origin: xx}]}}
        gives: {records: [{id: 1}]}
        """,
    ),
    (
        "create",
        """
        with: {record: {name: A}, stamp: "s:1"}
        sends: {method: POST, body: {name: A, origin: "s:1"}}
        answer: {status: 201, body: {id: 7}}
        gives: {key: "7"}
        """,
    ),
    (
        "update",
        """
        with: {key: 7, record: {name: null, place: {zip: "1"}}}
        sends: {method: GET}
        answer: {body: {id: 7, place: {zip: "0", city: B}}}
        then: [{sends: {method: PATCH, body: {name: null, place: {zip: "1", city: B}}}, answer: {body: {}}}]
        """,
    ),
    (
        "update",
        """
        with: {key: 7, record: {name: null}}
        assume: {empty: text}
        sends: {body: {name: ""}}
        answer: {body: {error: it is locked}}
        gives: {error: locked}
        """,
    ),
    ("delete", "{with: {key: 7}, sends: {method: DELETE, path: things/7}, answer: {status: 204}}"),
    ("pick", "{with: {lot: A}, sends: {form: {lot: A}}, answer: {body: [1]}, gives: {value: [1]}}"),
    (
        "take",
        """
        with: {lot: A}
        sends: {form: {lot: A}}
        answer: {body: {next: B}}
        then: [{sends: {form: {lot: B}}, answer: {body: {ok: true}}}]
        gives: {value: {ok: true}}
        """,
    ),
]

GET = "{{with: {{key: 7}}, answer: {{body: {{id: 7}}}}, {}}}"
WRONG: list[tuple[str, str, Any]] = [
    ("get", GET.format("sends: {method: POST}"), [("sends", "method", "POST", "GET")]),
    ("get", GET.format("sends: {path: thing/7}"), [("sends", "path", "thing/7", "things/7")]),
    ("get", GET.format("sends: {query: {a: 1}}"), [("sends", "query.a", 1, ABSENT)]),
    ("get", GET.format("sends: {headers: {X-Time: null}}"), [("sends", "X-Time", ABSENT, "1767225600")]),
    ("get", GET.format("gives: {record: {id: 8}}"), [("record", "id", 8, 7)]),
    ("get", GET.format("gives: {record: {name: A}}"), [("record", "name", "A", ABSENT)]),
    ("get", GET.format("gives: {error: x}"), [("gives", "error", "x", ABSENT)]),
    (
        "get",
        "{with: {key: 7}, answer: {body: {error: bad}}}",
        [("gives", "error", ABSENT, "things.get answered 200: bad")],
    ),
    ("get", GET.format("then: [{sends: {}}]"), ["this was never sent"]),
    ("find", "{with: {field: name, value: x}}", ["small: things cannot be searched by name"]),
    ("pick", "{with: {lit: A}}", ["pick has no parameter 'lit' (did you mean 'lot'?)"]),
    ("changed", "{with: {since: soon}}", ["'soon' is not an ISO date and time"]),
    (
        "create",
        "{with: {record: {name: A}}, sends: {body: {name: B, more: 1}}, answer: {body: {id: 7}}, gives: {key: 8}}",
        [("sends body", "name", "B", "A"), ("sends body", "more", 1, ABSENT), ("key", "", "8", "7")],
    ),
]


@pytest.mark.parametrize(("operation", "example"), RIGHT)
def test_an_example_that_is_so_has_no_difference(tmp_path: Path, operation: str, example: str) -> None:
    assert found(tmp_path, operation, example) == []


@pytest.mark.parametrize(("operation", "example", "differences"), WRONG)
def test_a_difference_is_told(tmp_path: Path, operation: str, example: str, differences: Any) -> None:
    assert found(tmp_path, operation, example) == differences


def test_a_request_too_many_is_told(tmp_path: Path) -> None:
    said = found(tmp_path, "list", "{answer: {body: {total: 3, data: [{id: 1}, {id: 2}]}}}")
    assert said[0] == "one request more was sent: GET things"


def test_a_request_that_is_never_sent_is_told(tmp_path: Path) -> None:
    said = found(tmp_path, "update", "{with: {key: 7, record: {}}}")
    assert said == ["nothing was sent"]


def test_a_difference_stands_at_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, "get", GET.format("gives: {record: {id: 8}}"))
    [place] = [one.position for suite in suites([str(path)], None) for one in suite.results[0].differences]
    line = path.read_text(encoding="utf-8").splitlines()[place.line - 1]
    assert (place.file, line[place.column - 1 :]) == (str(path), "id: 8")


def test_the_command_tells_of_differences_as_for_mappings(tmp_path: Path) -> None:
    path = written(tmp_path, "get", GET.format("gives: {record: {id: 8}}"))
    result = run("test", str(path), "--coverage", "--project", str(tmp_path))
    assert result.exit_code == 2
    assert "things.get: It goes so.\n    record id  - 8" in result.stdout
    assert result.stderr == "0 cases passed, 1 failed.\n"


@pytest.mark.parametrize("name", connector_names())
def test_the_examples_of_a_shipped_connector_hold(name: str) -> None:
    [suite] = suites([str(shipped("connectors") / f"{name}.yaml")], None)
    assert suite.results != ()
    assert [(str(one.position), one.differences) for one in suite.results if one.differences] == []
