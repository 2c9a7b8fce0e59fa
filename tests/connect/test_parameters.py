"""What a call by hand gives is checked against the parameters of its operation, and put where they stand."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.connect.operations import Call
from mapper.connect.parameters import given_to
from mapper.errors import UsageError
from mapper.spec.operation import Operation, Param

LIST = Operation(
    path="accounts",
    params={
        "page": Param(type="number"),
        "size": Param(type="number", name="per_page", most=50),
        "active": Param(type="number", choices=("0", "1")),
        "sorting": Param(required=True, default="name_asc"),
        "field": Param(type="number", name="field_id", many=True),
        "ids": Param(type="number", many=True, join=","),
        "since": Param(type="date"),
        "born": Param(type="date", form="dmy"),
        "day": Param(type="date", form="epoch"),
        "all": Param(type="flag"),
        "mask": Param(in_="header", name="X-Fields"),
    },
)
CREATE = Operation(
    method="POST",
    path="accounts/{{ key }}",
    params={
        "key": Param(type="number", name="id"),
        "name": Param(required=True),
        "price": Param(type="decimal"),
        "start": Param(type="datetime"),
        "number": Param(nullable=True),
        "tags": Param(type="object", many=True),
        "more": Param(type="any"),
    },
)
FORM = Operation(method="POST", path="login", params={"user": Param(in_="form"), "note": Param(in_="query")})


def given(operation: Operation, **args: Any) -> Any:
    return given_to(Call("accounts.some", operation), args)


@pytest.mark.parametrize(
    ("args", "query"),
    [
        ({}, {"sorting": "name_asc"}),
        ({"sorting": "name_desc"}, {"sorting": "name_desc"}),
        ({"page": "2", "size": 50}, {"sorting": "name_asc", "page": 2, "per_page": 50}),
        ({"per_page": "10"}, {"sorting": "name_asc", "per_page": 10}),
        ({"field": "3,4"}, {"sorting": "name_asc", "field_id": [3, 4]}),
        ({"field": [3, 4]}, {"sorting": "name_asc", "field_id": [3, 4]}),
        ({"ids": "[3, 4]"}, {"sorting": "name_asc", "ids": "3,4"}),
        ({"born": "2024-05-31", "day": "2024-05-31"}, {"sorting": "name_asc", "born": "31/05/2024", "day": 1717113600}),
        ({"since": "2024-05-31", "all": "true"}, {"sorting": "name_asc", "since": "2024-05-31", "all": True}),
    ],
)
def test_parameters_of_a_read_stand_in_the_query(args: dict[str, Any], query: dict[str, Any]) -> None:
    assert given(LIST, **args).query == query


def test_a_parameter_of_a_header_stands_there() -> None:
    assert given(LIST, mask="{id}").headers == {"X-Fields": "{id}"}


def test_a_parameter_of_a_form_stands_there() -> None:
    found = given(FORM, user="anna", note="x")
    assert (found.form, found.query) == ({"user": "anna"}, {"note": "x"})


@pytest.mark.parametrize(
    ("args", "record"),
    [
        ({"name": "A", "price": "1.10"}, {"name": "A", "price": 1.10}),
        ({"name": "A", "tags": '[{"id": 1}]'}, {"name": "A", "tags": [{"id": 1}]}),
        ({"record": {"name": "A", "number": None}}, {"name": "A", "number": None}),
        ({"record": {"name": "A"}, "number": "7"}, {"name": "A", "number": "7"}),
        ({"name": "", "start": "2024-05-31T14:00:00Z"}, {"name": "", "start": "2024-05-31T14:00:00Z"}),
    ],
)
def test_parameters_of_a_write_stand_in_the_body(args: dict[str, Any], record: dict[str, Any]) -> None:
    found = given(CREATE, id="5", **args)
    sent = {**found.args.get("record", {}), **found.members}
    assert {name: float(value) if name == "price" else value for name, value in sent.items()} == record
    assert found.args["key"] == 5


@pytest.mark.parametrize(
    ("operation", "args", "message"),
    [
        (LIST, {"pge": 1}, "accounts.some has no parameter 'pge' (did you mean 'page'?)"),
        (LIST, {"page": "x"}, "accounts.some: page must be a whole number, not 'x'"),
        (LIST, {"page": True}, "accounts.some: page must be a whole number, not True"),
        (LIST, {"size": 51}, "accounts.some: per_page must be at most 50, not 51"),
        (LIST, {"active": "2"}, "accounts.some: active must be one of 0, 1, not '2'"),
        (LIST, {"since": "31/05/2024"}, "accounts.some: since must be a date such as 2024-05-31, not '31/05/2024'"),
        (LIST, {"all": "yes"}, "accounts.some: all must be true or false, not 'yes'"),
        (LIST, {"field": "3,x"}, "accounts.some: field_id must be a list of number values, not '3,x'"),
        (LIST, {"record": {}}, "accounts.some has no parameter 'record'"),
        (CREATE, {"id": 5}, "accounts.some needs name"),
        (CREATE, {"name": "A"}, "accounts.some needs id"),
        (CREATE, {"id": 5, "record": {"nam": "A"}}, "accounts.some needs name"),
        (CREATE, {"id": 5, "record": {"name": "A", "nam": "B"}}, "accounts.some has no parameter 'nam'"),
        (CREATE, {"id": 5, "record": {"name": 3}}, "accounts.some: name must be text, not 3"),
        (CREATE, {"id": 5, "record": {"name": None}}, "accounts.some: name must be text, not null"),
        (CREATE, {"id": 5, "record": {"name": "A", "price": "1"}}, "accounts.some: price must be a number, not '1'"),
        (CREATE, {"id": 5, "name": "A", "price": "NaN"}, "accounts.some: price must be a number, not 'NaN'"),
        (CREATE, {"id": 5, "name": "A", "tags": "{"}, "accounts.some: tags must be a list of object values, not '{'"),
    ],
)
def test_what_an_operation_does_not_take_is_refused_in_words(
    operation: Operation, args: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        given(operation, **args)
    assert str(caught.value).startswith(message)


def test_a_connector_without_parameters_takes_what_its_templates_name() -> None:
    operation = Operation(path="accounts/{{ key }}", query={"near": "{{ place.city }}"})
    assert given(operation, key="5", place={"city": "Lyon"}).args == {"key": "5", "place": {"city": "Lyon"}}
    with pytest.raises(UsageError, match="has no parameter 'size'"):
        given(operation, key="5", size="1")


@pytest.mark.parametrize(
    "operation",
    [
        Operation(path="things", query={"d": "{{ day }}"}, params={"day": Param(), "to": Param()}),
        Operation(path="things", method="POST", body={"d": "{{ day }}"}, params={"day": Param(), "to": Param()}),
        Operation(path="things", headers={"X-Day": "{{ day }}"}, params={"day": Param(), "to": Param()}),
    ],
)
def test_a_parameter_that_an_expression_looks_at_is_sent_there_only(operation: Operation) -> None:
    found = given(operation, day="2024-05-31", to="x")
    assert (found.args["day"], {**found.query, **found.members}) == ("2024-05-31", {"to": "x"})


def test_a_body_for_a_call_that_makes_its_own_is_refused() -> None:
    operation = Operation(path="things", method="POST", body={"d": "{{ day }}"}, params={"day": Param()})
    with pytest.raises(UsageError, match="takes no body of its own"):
        given(operation, record={"d": "x"})


def test_what_the_operation_says_itself_need_not_be_given() -> None:
    operation = Operation(path="accounts", query={"sorting": "id_asc"}, params={"sorting": Param(required=True)})
    assert given(operation).query == {}
    assert given(operation, sorting="name_asc").query == {"sorting": "name_asc"}
