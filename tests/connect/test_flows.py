"""Flows: several calls under one name."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.connect import Connection
from mapper.errors import MapperError, Rejected, SpecError, Unreachable, UsageError
from tests.connect.conftest import START, Connect
from tests.connect.vendor import Vendor, lost, say

OPERATIONS = """
actions:
  look: {path: "things/{{ key }}", params: {key: {required: true}}, missing_is_empty: true}
  look_hard: {path: "things/{{ key }}", params: {key: {required: true}}}
  make:
    method: POST
    path: things
    params: {name: {required: true}, rank: number, note: text}
    errors:
      - {when: "{{ body.code == '01' }}", means: rejected, message: the name is taken}
      - {when: "{{ body.code == '02' }}", means: missing, message: "{{ body.words }}"}
  tag: {method: POST, path: tags, params: {thing: {required: true}}}
"""
FLOW = """
  found_or_made:
    params: {name: {required: true}, rank: {type: number, choices: [1, 2]}, thing: text}
    steps:
      - {call: look, with: {key: "{{ name }}"}, as: known}
      - {refuse: "{{ name }} is closed since {{ known.closed }}.", when: "{{ known.closed }}"}
      - {call: make, when: "{{ not known }}", with: {name: "{{ name }}", rank: "{{ rank }}"}, as: made}
      - {call: tag, with: {thing: "{{ thing or made.id or known.id }}"}}
    result: {thing: "{{ made.id or known.id }}", new: "{{ not known }}", at: "{{ now }}"}
"""


@pytest.fixture
def flows(connect: Connect) -> Connection:
    return connect(OPERATIONS + FLOW)


def test_a_step_is_left_out_where_its_condition_is_false(flows: Connection, vendor: Vendor) -> None:
    vendor.on("GET /api/things/ann", say({"id": "7"}))
    vendor.on("POST /api/tags", say({}))
    assert flows.call("found_or_made", {"name": "ann"}) == {"thing": "7", "new": False, "at": int(START)}
    assert vendor.lines() == ["GET /api/things/ann", "POST /api/tags"]


def test_a_later_step_sees_what_an_earlier_one_was_answered(flows: Connection, vendor: Vendor) -> None:
    vendor.on("GET /api/things/ann", say({}, 404))
    vendor.on("POST /api/things", say({"id": "8"}))
    vendor.on("POST /api/tags", say({}))
    assert flows.call("found_or_made", {"name": "ann", "rank": "2"})["thing"] == "8"
    assert vendor.bodies("POST /api/things") == [{"name": "ann", "rank": 2}]
    assert vendor.bodies("POST /api/tags") == [{"thing": "8"}]


def test_a_refusal_ends_the_flow_with_its_sentence(flows: Connection, vendor: Vendor) -> None:
    vendor.on("GET /api/things/ann", say({"id": "7", "closed": "May"}))
    with pytest.raises(Rejected) as caught:
        flows.call("found_or_made", {"name": "ann"})
    assert str(caught.value) == "crm found_or_made: ann is closed since May."
    assert vendor.lines() == ["GET /api/things/ann"]


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        (
            {"POST /api/things": say({"code": "01"}, 400)},
            Rejected,
            "crm found_or_made > make answered 400: the name is taken",
        ),
        (
            {"POST /api/things": say({"id": "8"}), "POST /api/tags": say({"message": "no tags"}, 422)},
            Rejected,
            "crm found_or_made > tag answered 422: no tags (carried out before: make)",
        ),
        (
            {"GET /api/things/ann": say({"message": "down"}, 500)},
            Unreachable,
            "found_or_made > look answered 500: down",
        ),
    ],
    ids=["in the middle", "at the end", "at the beginning"],
)
def test_a_failing_call_is_named_with_what_was_done_before(
    connect: Connect, vendor: Vendor, answers: dict[str, Any], error: type[MapperError], words: str
) -> None:
    flows = connect(OPERATIONS + FLOW + "retry: {attempts: 1, first_wait: 1, longest_wait: 30}\n")
    for line, step in {"GET /api/things/ann": say({}, 404), **answers}.items():
        vendor.on(line, step)
    with pytest.raises(error) as caught:
        flows.call("found_or_made", {"name": "ann"})
    assert words in str(caught.value)


def test_a_refusal_after_a_write_tells_of_it(connect: Connect, vendor: Vendor) -> None:
    make, no = (
        "{call: make, with: {name: '{{ name }}'}, as: made}",
        '{refuse: "Not {{ name }}.", when: "{{ made.id }}"}',
    )
    flows = connect(OPERATIONS + f"  picky: {{params: {{name: {{}}}}, steps: [{make}, {no}]}}\n")
    vendor.on("POST /api/things", say({"id": "8"}))
    with pytest.raises(Rejected) as caught:
        flows.call("picky", {"name": "ann"})
    assert str(caught.value) == "crm picky: Not ann. (carried out before: make)"


def test_a_write_whose_answer_was_lost_stays_unclear_inside_a_flow(flows: Connection, vendor: Vendor) -> None:
    vendor.on("GET /api/things/ann", say({}, 404))
    vendor.on("POST /api/things", lost())
    with pytest.raises(MapperError, match="found_or_made > make") as caught:
        flows.call("found_or_made", {"name": "ann"})
    assert type(caught.value).__name__ == "Unclear"


def test_a_call_that_lacks_something_is_told_with_its_step(connect: Connect, vendor: Vendor) -> None:
    flows = connect(
        OPERATIONS
        + "  two: {params: {name: {required: true}}, steps: [{call: look, with: {key: x}, as: a}, "
        + "{call: tag, with: {thing: '{{ a.no }}'}}]}\n"
    )
    vendor.on("GET /api/things/x", say({}))
    with pytest.raises(Rejected, match="^crm two: its step 2, tag: tag needs thing$"):
        flows.call("two", {"name": "ann"})


def test_a_condition_that_cannot_be_decided_ends_the_flow(connect: Connect, vendor: Vendor) -> None:
    step = '{refuse: never, when: "{{ a.n | number > 1 }}"}'
    first, last = "{call: look, with: {key: x}, as: a}", "{call: make, with: {name: x}}"
    flows = connect(OPERATIONS + f"  odd: {{steps: [{first}, {step}, {last}]}}\n")
    vendor.on("GET /api/things/x", say({"n": "many"}))
    with pytest.raises(Rejected, match="^crm odd: its step 2: 'many' is not a whole number"):
        flows.call("odd", {})
    assert vendor.lines() == ["GET /api/things/x"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "found_or_made needs name"),
        ({"name": "ann", "rank": "3"}, "found_or_made: rank must be one of 1, 2, not '3'"),
        ({"name": "ann", "nmae": "x"}, "found_or_made has no parameter 'nmae' (did you mean 'name'?)"),
    ],
)
def test_the_parameters_of_a_flow_are_checked_before_anything_is_sent(
    flows: Connection, vendor: Vendor, args: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        flows.call("found_or_made", args)
    assert (str(caught.value), vendor.lines()) == (words, [])


def test_without_a_result_a_flow_comes_to_its_last_answer(connect: Connect, vendor: Vendor) -> None:
    flows = connect(OPERATIONS + "  last: {steps: [{call: look, with: {key: a}}, {call: look, with: {key: b}}]}\n")
    vendor.on("GET /api/things/a", say({"id": "1"}))
    vendor.on("GET /api/things/b", say({"id": "2"}))
    assert flows.call("last", {}) == {"id": "2"}


def test_of_two_steps_of_one_name_the_one_that_was_taken_counts(connect: Connect, vendor: Vendor) -> None:
    either = '{call: look, with: {key: a}, as: x, when: "{{ how == 1 }}"}, {call: look, with: {key: b}, as: x, '
    flows = connect(
        OPERATIONS
        + f'  e: {{params: {{how: number}}, steps: [{either}when: "{{{{ how != 1 }}}}"}}], result: "{{{{ x.id }}}}"}}\n'
    )
    vendor.on("GET /api/things/a", say({"id": "1"}))
    vendor.on("GET /api/things/b", say({"id": "2"}))
    assert [flows.call("e", {"how": how}) for how in (1, 2)] == ["1", "2"]


@pytest.mark.parametrize(
    ("flow", "problem"),
    [
        ("{steps: [{call: lok}]}", "there is no operation 'lok' (did you mean 'look'?)"),
        ("{steps: [{as: x}]}", "a step has either a `call` or a sentence under `refuse`"),
        ("{steps: [{call: look, refuse: never}]}", "a step has either a `call` or a sentence under `refuse`"),
        ("{steps: [{refuse: never, as: x}]}", "a refusal has no `as`"),
        ("{steps: [{call: found_or_made}]}", "'found_or_made' is a flow, and a flow calls no flow"),
        (
            "{path: x, steps: [{call: look, with: {key: x}}]}",
            "a flow has no path (it has steps, which call other operations)",
        ),
        ("{params: {a: text}, steps: [{call: look, with: {key: x}, as: a}]}", "'a' is a parameter of the flow already"),
        ("{steps: [{call: tag}]}", "tag needs thing (give it under `with`)"),
        ("{steps: [{call: tag, with: {thing: x, thng: x}}]}", "tag has no parameter 'thng' (did you mean 'thing'?)"),
        ("{path: x, params: {a: {in: path}}}", "the path does not name 'a'"),
        ("{method: GET}", "'path' is missing (a flow has `steps` in its place)"),
    ],
)
def test_a_flow_that_cannot_be_is_refused_when_the_file_is_read(connect: Connect, flow: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        connect(OPERATIONS + FLOW + f"  wrong: {flow}\n")
    assert [one.message + (f" ({one.hint})" if one.hint else "") for one in caught.value.problems] == [problem]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"code": "01"}, "Rejected: crm make answered 200: the name is taken"),
        ({"code": "02", "words": "gone"}, "Missing: crm make answered 200: gone"),
        ({"error": "other"}, "Rejected: crm make answered 200: other"),
    ],
)
def test_an_operations_own_rules_come_before_the_connectors(
    flows: Connection, vendor: Vendor, answer: dict[str, str], words: str
) -> None:
    vendor.on("POST /api/things", say(answer))
    with pytest.raises(MapperError) as caught:
        flows.call("make", {"name": "ann"})
    assert f"{type(caught.value).__name__}: {caught.value}" == words
