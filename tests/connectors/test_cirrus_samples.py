"""Every request and answer that the vendor's page prints, both ways: the sandbox takes the one and gives the other.

`cirrus_samples.json` has the samples of the page by the operation's number, with all ids 0, as they are printed.
"""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.connect.listing import listed
from mapper.records import Record
from mapper.sandbox.cirrus import Cirrus
from tests.connectors.test_contract import CONTRACTS, connector, opened

HERE = Path(__file__).parent
SAMPLES: dict[int, dict[str, Any]] = {
    int(number): sample
    for number, sample in json.loads(
        # So is a number printed that may be null.
        (HERE / "cirrus_samples.json").read_text(encoding="utf-8").replace('"nullable number"', "0")
    ).items()
}
PLACES = {
    int(row["n"]): (row["method"], row["path"])
    for row in csv.DictReader((HERE / "cirrus_operations.csv").read_text(encoding="utf-8").splitlines())
}
#: Where the sandbox answers with more than one what the page prints as one, and the list that shows other items.
OTHERWISE = {"validstatuses", "businessarea"}
#: What is printed of another operation, by the number of the one that it stands at.
MISPRINTED = {
    156: "the list of missions shows the connections of a mission (159), and a mission is another thing (158)",
    228: "a subscription, unfinished by its vendor, is shown as a sort group; the list (226) shows other members",
}
#: The sample writes a text and options at once, of which a field takes one.
MIXED = {69}


@cache
def names() -> dict[tuple[str, str], str]:
    return {(one["method"], one["path"]): one["name"] for one in listed(connector("cirrus"))}


def case_of(number: int) -> dict[str, Any]:
    """How the contract calls an operation."""
    said = CONTRACTS["cirrus"]["cases"][names()[PLACES[number]]]
    found: dict[str, Any] = said[0] if isinstance(said, list) else said
    return found


def filled(path: str, args: Record) -> str:
    """A path with its parameters."""
    return re.sub(r"{(\w+)}", lambda found: str(args[found[1]]), path)


def unlike(answer: Any, sample: Any, place: str) -> list[str]:
    """Where an answer is of another shape than what is printed; nothing stands for anything."""
    # What has no type is printed as an empty object.
    if answer is None or sample == {} or place.rpartition(".")[2] in OTHERWISE:
        return []
    if isinstance(sample, dict):
        if not isinstance(answer, dict) or answer.keys() != sample.keys():
            return [f"{place}: {sorted(answer) if isinstance(answer, dict) else answer}"]
        return [line for name, part in sample.items() for line in unlike(answer[name], part, f"{place}.{name}")]
    if isinstance(sample, list):
        if not isinstance(answer, list):
            return [f"{place}: {answer}"]
        return [line for part in answer for line in unlike(part, sample[0], f"{place}.0")] if sample else []
    kinds: dict[type, tuple[type, ...]] = {bool: (bool,), int: (int, float), str: (str,)}
    return [] if isinstance(answer, kinds.get(type(sample), (object,))) else [f"{place}: {answer!r}, not as {sample!r}"]


@pytest.mark.parametrize("number", [number for number, sample in SAMPLES.items() if "answer" in sample])
def test_the_sandbox_answers_in_the_printed_shape(number: int) -> None:
    case = case_of(number)
    _, connection = opened("cirrus")
    with connection:
        for first in case.get("before", ()):
            connection.call(first["call"], first.get("with", {}))
        answer = connection.call(names()[PLACES[number]], case.get("with", {}))
    sample = SAMPLES[number]["answer"]
    if isinstance(answer, dict) and "items" in answer:
        [sample] = sample
    assert unlike(answer, sample, "") == [] or number in MISPRINTED


@pytest.mark.parametrize(
    "number", [number for number, sample in SAMPLES.items() if "request" in sample and number not in MIXED]
)
def test_the_sandbox_takes_a_printed_request_but_for_its_ids(number: int) -> None:
    method, path = PLACES[number]
    args: Record = case_of(number).get("with", {})
    client = httpx.Client(
        transport=httpx.WSGITransport(app=Cirrus(samples=True)),
        base_url="http://cirrus.example/rest",
        headers={"X-Token": "demo-cirrus-token"},
    )
    for first in case_of(number).get("before", ()):
        verb, place = next(key for key, name in names().items() if name == first["call"])
        client.request(verb, filled(place, first["with"]), json=first["with"].get("record"))
    answer = client.request(method, filled(path, args), json=SAMPLES[number]["request"])
    told = answer.json().get("errors", {}) if answer.status_code == 400 else {}
    allowed = answer.status_code < 300 or "no record 0" in answer.text or bool(told)
    assert allowed, answer.text
    assert [text for text in told.values() if "does not exist" not in text and "match" not in text] == []
