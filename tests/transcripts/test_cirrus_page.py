"""Every request and answer that Cirrus's page prints, through the connector: it sends the one and reads the other.

`tests/connectors/test_cirrus_samples.py` shows the same samples to the sandbox. Two misprints of the page are told of
there; only that of the list of missions matters here, as of the other nothing is read but the answer itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx
import orjson
import pytest

from mapper.connect import Connection
from mapper.connect.templates import path
from mapper.expr.types import TYPES, Form
from mapper.records import ABSENT, Record
from mapper.spec.connector import Field
from tests.connectors.test_cirrus_samples import MISPRINTED, PLACES, SAMPLES, case_of, filled, names
from tests.connectors.test_contract import CONTRACTS, connector, operations

NUMBERS = {names()[where]: number for number, where in PLACES.items()}
REQUESTS = [number for number, sample in SAMPLES.items() if "request" in sample]
ANSWERS = [number for number, sample in SAMPLES.items() if "answer" in sample]
RESOURCES = {name: about for name, about in connector("cirrus").resources.items() if about.fields}
#: The operations whose printed answers hold records.
READS = [f"{name}.{way}" for name in RESOURCES for way in ("list", "get") if NUMBERS[f"{name}.{way}"] not in MISPRINTED]
#: As what a field's type is printed; whatever stands for ids and flags is a number.
PRINTED: dict[str, set[type]] = {
    "text": {str}, "number": {int}, "decimal": {int}, "flag": {int, bool}, "date": {str}, "datetime": {str},
    "list": {int}, "ref": {int}, "object": {dict}, "any": {dict, list, str, int},
}  # fmt: skip


class Page(httpx.BaseTransport):
    """Answers with what is printed of an operation, and keeps what was asked."""

    def __init__(self, number: int) -> None:
        self.answer = SAMPLES[number].get("answer", {})
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, json=self.answer, request=request)


def opened(page: Page) -> Connection:
    settings = CONTRACTS["cirrus"]["settings"]
    return Connection("cirrus", connector("cirrus"), settings=settings, allow_http=["127.0.0.1"], transport=page)


def beside(number: int) -> Record:
    """The arguments of the contract that stand in the path or the query."""
    params = operations("cirrus")[names()[PLACES[number]]].params
    given: Record = case_of(number).get("with", {})
    return {
        name: value
        for name, value in given.items()
        if f"{{{name}}}" in PLACES[number][1] or (name in params and params[name].in_ in ("query", "header"))
    }


def written() -> Iterator[Any]:
    """Each printed request whole, and member by member where none has the name of a part of the path."""
    for number in REQUESTS:
        body = SAMPLES[number]["request"]
        yield pytest.param(number, {"record": body}, id=f"{number}-whole")
        if not body.keys() & beside(number).keys():
            yield pytest.param(number, body, id=f"{number}-by-name")


@pytest.mark.parametrize(("number", "given"), list(written()))
def test_a_call_sends_the_printed_request_and_nothing_else(number: int, given: Record) -> None:
    page = Page(number)
    with opened(page) as connection:
        connection.call(names()[PLACES[number]], {**beside(number), **given})
    [request] = page.asked
    method, where = PLACES[number]
    assert (request.method, request.url.raw_path) == (method, f"/rest{filled(where, beside(number))}".encode())
    assert exactly(orjson.loads(request.content)) == exactly(SAMPLES[number]["request"])
    assert request.headers["X-Token"] == CONTRACTS["cirrus"]["settings"]["x_token"]


@pytest.mark.parametrize("number", ANSWERS)
def test_a_call_gives_the_printed_answer_whole(number: int) -> None:
    page, given = Page(number), case_of(number).get("with", {})
    with opened(page) as connection:
        answer = connection.call(names()[PLACES[number]], given)
    [request] = page.asked
    method, where = PLACES[number]
    assert (request.method, request.url.path) == (method, f"/rest{filled(where, given)}")
    assert request.headers["X-Token"] == CONTRACTS["cirrus"]["settings"]["x_token"]
    assert exactly(answer) == exactly(SAMPLES[number]["answer"])


def exactly(body: Any) -> bytes:
    """A body in which 0, 0.0 and false differ, and the order of members does not."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def read(operation: str) -> tuple[str, Record]:
    """The key and the record that the connection finds in a printed answer."""
    resource, _, way = operation.rpartition(".")
    with opened(Page(NUMBERS[operation])) as connection:
        if way == "list":
            [record] = next(iter(connection.pages(resource))).records
        else:
            record = connection.get(resource, "0")
        return connection.key_of(resource, record), record


def unread(field: Field, value: Any) -> str:
    """Why a printed value is not what its field is declared to hold; empty where it is."""
    if type(value) not in PRINTED[field.type]:
        return f"{value!r} is no {field.type}"
    if field.type == "text":
        with suppress(ValueError):
            return f"{datetime.fromisoformat(value)} is more than a text"
    if field.type in TYPES:
        form = field.form or connector("cirrus").wire.forms.get(field.type, "")
        TYPES[field.type].reader(Form(form=form))(value)
    return ""


@pytest.mark.parametrize("operation", READS)
def test_the_printed_record_has_the_printed_id_and_values_of_its_fields_types(operation: str) -> None:
    key, record = read(operation)
    assert key == "0"
    fields = RESOURCES[operation.rpartition(".")[0]].fields
    values = {name: path(field.read or name, field.pos).get(record) for name, field in fields.items()}
    printed = {name: value for name, value in values.items() if value is not ABSENT}
    assert len(printed) > len(fields) / 2
    assert {name: why for name, value in printed.items() if (why := unread(fields[name], value))} == {}


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_field_is_printed_in_an_answer_or_where_it_is_only_written_in_a_request(resource: str) -> None:
    answers = [read(operation)[1] for operation in READS if operation.rpartition(".")[0] == resource]
    requests = [SAMPLES[NUMBERS[f"{resource}.{way}"]]["request"] for way in ("create", "update")]
    unprinted = [
        name
        for name, field in RESOURCES[resource].fields.items()
        if all(path(field.read or name, field.pos).get(record) is ABSENT for record in answers)
        and (field.readonly or all(path(field.write or name, field.pos).get(body) is ABSENT for body in requests))
    ]
    assert unprinted == []
