"""Paths find, put and refuse."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.expr import PathError, parse_path
from mapper.records import ABSENT

RECORD = {
    "Label": "ACME",
    "Address": {"ZipCode": "75011", "Country": None, "odd name": {"x": 1}},
    "Nothing": None,
    "Phones": [{"type": "work", "no": "1"}, {"type": "home", "no": "2"}, {}],
    "empty": [],
    "été": 3,
    "a-b": 4,
    "@odata.etag": 5,
    "1st": 6,
    "it's": 7,
}


@pytest.mark.parametrize(
    ("text", "parts", "value"),
    [
        ("Label", ("Label",), "ACME"),
        ("$.Label", ("Label",), "ACME"),
        ("$['Label']", ("Label",), "ACME"),
        ("Address.ZipCode", ("Address", "ZipCode"), "75011"),
        ("Address['odd name'].x", ("Address", "odd name", "x"), 1),
        ('Address["odd name"]["x"]', ("Address", "odd name", "x"), 1),
        (r"['it\'s']", ("it's",), 7),
        ("été", ("été",), 3),
        ("a-b", ("a-b",), 4),
        ("@odata.etag", ("@odata.etag",), 5),
        ("1st", ("1st",), 6),
        ("Address.Country", ("Address", "Country"), None),
        ("Nothing", ("Nothing",), None),
        ("Address.City", ("Address", "City"), ABSENT),
        ("Missing", ("Missing",), ABSENT),
        ("Missing.a.b", ("Missing", "a", "b"), ABSENT),
        ("Nothing.x", ("Nothing", "x"), ABSENT),
        ("Address.Country.x", ("Address", "Country", "x"), ABSENT),
        ("Label.x", ("Label", "x"), ABSENT),
        ("Phones.type", ("Phones", "type"), ABSENT),
    ],
)
def test_a_plain_path_walks(text: str, parts: tuple[str, ...], value: Any) -> None:
    path = parse_path(text)
    assert (path.plain, path.parts, path.get(RECORD)) == (True, parts, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Phones[0].no", "1"),
        ("Phones[9].no", ABSENT),
        ("Nothing[0].no", ABSENT),
        ("Label[0].x", ABSENT),
        ("Phones[*].no", ["1", "2"]),
        ("Missing[*].no", []),
        ("Phones[?(@.type=='home')].no", ["2"]),
        ("Phones[?(@.type=='a, b: *')].no", []),
        ("Phones[0:2].no", ["1", "2"]),
        ("$..ZipCode", ["75011"]),
        ("Address.*", ["75011", None, {"x": 1}]),
    ],
)
def test_any_other_path_finds_the_first_or_all(text: str, value: Any) -> None:
    path = parse_path(text)
    assert (path.plain, path.parts, path.get(RECORD)) == (False, (), value)


@pytest.mark.parametrize("record", [None, [], "text", 5, ABSENT], ids=repr)
@pytest.mark.parametrize("text", ["a", "a.b", "a.b.c", "a[0]"])
def test_what_is_no_record_holds_nothing(text: str, record: Any) -> None:
    assert parse_path(text).get(record) is ABSENT


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("a", {}, {"a": 1}),
        ("a.b.c", {}, {"a": {"b": {"c": 1}}}),
        ("a.b", {"a": {"x": 2}}, {"a": {"x": 2, "b": 1}}),
        ("a.b", {"a": None}, {"a": {"b": 1}}),
        ("['odd name'].x", {}, {"odd name": {"x": 1}}),
    ],
)
def test_putting_makes_the_dicts_on_the_way(text: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    parse_path(text).put(before, 1)
    assert before == after


def test_a_path_that_is_not_plain_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="cannot be written to"):
        parse_path("a[0]").put({}, 1)


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "empty"),
        ("  ", 0, "empty"),
        (".a", 0, "cannot begin with a dot"),
        ("a.", 1, "cannot end with a dot"),
        ("a b", 2, "['odd name']"),
        ("a]b", 1, "near token ]"),
        ("a[", 2, "end of string"),
        ("a{", 1, "Unexpected character"),
        ("a[?(@.x=~'(a+)+')]", 7, "regular expressions"),
        ("a.`sub(/a/, b)`", 2, "regular expressions"),
        ("x" * 501, 500, "too long"),
        (".".join("a" * 21), 0, "too deep"),
        ("a" + "[0]" * 21, 0, "too deep"),
    ],
)
def test_a_text_that_is_no_path_is_refused_where_it_fails(text: str, offset: int, message: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert (caught.value.offset, message in caught.value.message) == (offset, True)


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_a_path_error(text: str) -> None:
    try:
        parse_path(text).get(RECORD)
    except PathError as error:
        assert 0 <= error.offset <= len(text)


KEYS = st.text(st.characters(exclude_characters="'\\", exclude_categories=["Cs"]), max_size=50)


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_what_is_put_is_found_again(keys: list[str]) -> None:
    path = parse_path("".join(f"['{key}']" for key in keys))
    record: dict[str, Any] = {}
    path.put(record, 1)
    assert (path.parts, path.get(record)) == (tuple(keys), 1)


def test_the_words_come_without_the_heavy_libraries() -> None:
    code = "import sys, mapper.expr; mapper.expr.parse_path('a.b').get({}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"phonenumbers", "stdnum", "pycountry", "email_validator", "jsonpath_ng", "orjson"}
    assert heavy & set(done.stdout.split()) == set()
