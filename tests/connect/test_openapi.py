"""A vendor's own description of its API, Swagger 2 or OpenAPI 3, made into a table of operations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mapper.connect.importing import table_of, text_of
from mapper.connect.openapi import describe, read
from mapper.errors import UsageError
from mapper.spec.connector import Connector, Resource
from mapper.spec.operation import Operation, Param

SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "A CRM"},
    "host": "crm.example",
    "basePath": "/v2",
    "paths": {
        "/accounts": {
            "get": {
                "summary": "Lists accounts",
                "parameters": [
                    {"name": "per_page", "in": "query", "type": "integer", "maximum": 50, "default": 10},
                    {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}},
                    {"name": "sort", "in": "query", "type": "string", "enum": ["a", "b"], "required": True},
                    {"name": "X-Key", "in": "header", "type": "string"},
                ],
                "responses": {"200": {"schema": {"type": "array", "items": {"type": "object"}}}},
            },
            "post": {
                "parameters": [{"in": "body", "name": "payload", "schema": {"$ref": "#/definitions/Account"}}],
                "deprecated": True,
            },
        },
        "/accounts/{account_id}": {"get": {"summary": "Shows one"}, "head": {"summary": "Asks"}},
    },
    "definitions": {
        "Account": {
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "x-nullable": True},
                "since": {"type": "string", "format": "date"},
                "tags": {"type": "array", "items": {"type": "object"}},
            },
        }
    },
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "A CRM"},
    "servers": [{"url": "https://crm.example/v2"}],
    "paths": {
        "/accounts": {
            "get": {
                "summary": "Lists accounts",
                "parameters": [
                    {"name": "per_page", "in": "query", "schema": {"type": "integer", "maximum": 50, "default": 10}},
                    {
                        "name": "ids",
                        "in": "query",
                        "explode": False,
                        "schema": {"type": "array", "items": {"type": "integer"}},
                    },
                    {"name": "sort", "in": "query", "required": True, "schema": {"type": "string", "enum": ["a", "b"]}},
                    {"name": "X-Key", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}}},
                "deprecated": True,
            },
        },
        "/accounts/{account_id}": {"get": {"summary": "Shows one"}, "head": {"summary": "Asks"}},
    },
    "components": {
        "schemas": {
            "Account": {
                "allOf": [
                    {"required": ["name"], "properties": {"name": {"type": "string", "nullable": True}}},
                    {
                        "properties": {
                            "since": {"type": "string", "format": "date"},
                            "tags": {"type": "array", "items": {"type": "object"}},
                        }
                    },
                ]
            }
        }
    },
}
TABLE = {
    "accounts.list": {
        "about": "Lists accounts",
        "path": "accounts",
        "params": {
            "per_page": {"type": "number", "default": "10", "most": 50},
            "ids": {"type": "number", "many": True, "join": ","},
            "sort": {"type": "text", "choices": ["a", "b"], "required": True},
            "X-Key": {"type": "text", "in": "header"},
        },
    },
    "accounts.create": {
        "method": "POST",
        "path": "accounts",
        "deprecated": "The vendor's description says so.",
        "params": {
            "name": {"nullable": True, "type": "text", "required": True},
            "since": "date",
            "tags": {"type": "object", "many": True},
        },
    },
    "accounts.get": {
        "about": "Shows one",
        "path": "accounts/{{ account_id }}",
        "params": {"account_id": "text"},
    },
}
KNOWN = Connector(
    connector="crm",
    about="A CRM.",
    settings={},
    auth=(),
    resources={
        "firms": Resource(
            key="id",
            fields={},
            operations={
                "all": Operation(path="accounts", about="Lists"),
                "one": Operation(path="firms/{{ key }}", about="Shows one", params={"key": Param(name="id")}),
                "drop": Operation(path="firms/{{ key }}", method="DELETE", params={"key": Param(name="id")}),
            },
        )
    },
)


@pytest.mark.parametrize("document", [SWAGGER, OPENAPI], ids=["swagger 2", "openapi 3"])
def test_both_kinds_of_description_make_the_same_table(document: dict[str, Any]) -> None:
    found = describe(document, "api.json")
    assert table_of(found, None).table == {"actions": TABLE}
    assert found.base == "https://crm.example/v2"
    assert found.notes == ["HEAD /accounts/{account_id} is left out: mapper does not call HEAD"]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_description_is_read_as_json_or_yaml(tmp_path: Path, form: str) -> None:
    path = tmp_path / "api"
    path.write_text(json.dumps(SWAGGER) if form == "json" else yaml.safe_dump(SWAGGER), encoding="utf-8")
    assert table_of(read(path), None).table == {"actions": TABLE}


def test_operations_keep_the_names_of_the_connector_by_path_or_by_title() -> None:
    made = table_of(describe(SWAGGER, "api.json"), KNOWN)
    assert (made.same, made.moved, made.new, made.kept) == (
        ["firms.all"],
        ["firms.one"],
        ["accounts.create"],
        ["firms.drop"],
    )
    firms = made.table["resources"]["firms"]["operations"]
    assert firms["one"]["path"] == "accounts/{{ key }}"
    assert firms["one"]["params"] == {"key": {"type": "text", "name": "account_id"}}
    assert firms["drop"] == {
        "method": "DELETE",
        "path": "firms/{{ key }}",
        "unfinished": "The vendor's description does not have it; it stands here as it was.",
        "params": {"key": {"type": "text", "name": "id"}},
    }


def test_the_text_of_a_table_is_read_back_as_it_was() -> None:
    table = table_of(describe(SWAGGER, "api.json"), KNOWN).table
    assert yaml.safe_load(text_of(table, "Made of\nsomething.")) == table


@pytest.mark.parametrize(
    ("operation", "note"),
    [
        ({"parameters": [{"name": "sid", "in": "cookie"}]}, "the parameter 'sid' in cookie is left out"),
        ({"parameters": [{"$ref": "#/nowhere"}]}, "the reference #/nowhere leads nowhere"),
        ({"parameters": [{"$ref": "other.json#/a"}]}, "the reference other.json#/a leads out of the document"),
        ({"parameters": [{"$ref": "#/paths/~1a/get/parameters/0"}]}, "leads"),
        ({"requestBody": {"content": {"text/xml": {}}}}, "its body (text/xml) is left out"),
        ({"requestBody": {"content": {"application/json": {"schema": {}}}}}, "the members of its body are not told"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(operation: dict[str, Any], note: str) -> None:
    found = describe({"openapi": "3.1.0", "paths": {"/a": {"get": operation}}}, "api.json")
    assert len(found.notes) == 1
    assert found.notes[0].startswith("GET /a: ")
    assert note in found.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: "),
        ("a: [", "is neither JSON nor YAML (line 1)"),
        ("[]", "is no OpenAPI document: it has neither `swagger` nor `openapi`"),
        ("openapi: 4.0.0", "is no OpenAPI document: its version is 4.0.0"),
        ("swagger: 2.0", "describes no paths: there is nothing to import"),
        ("swagger: '2.0'\npaths: {/a: {head: {}}}", "describes no operation that can be called"),
    ],
)
def test_a_file_that_is_no_description_is_refused_in_words(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "api"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read(path)
    assert message in str(caught.value)
