"""Choice fields learnt from lists by option: the same values as record by record, in fewer calls."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx
import pytest

from mapper.connect import Connection
from mapper.sandbox.base import Fault
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.cirrus.dynamic import FIELDS
from mapper.spec.connector import Limits
from mapper.spec.load import load_connector, shipped

FIELD = "Bransch"
LABELS = list(FIELDS[11].options.values())
VALUES = "/rest/dynamicfields/values"
CONNECTOR = load_connector(str(shipped("connectors") / "cirrus.yaml")).spec


def tenant(count: int, switches: dict[str, str] | None = None, *, filled: bool = True) -> Cirrus:
    app = Cirrus(tag_carrier=False, switches=switches)
    for number in range(count):
        ident = app.add("accounts", {"name": f"A {number}", "number": f"{number:04}"})
        if filled:
            app.set_dynamic("account", ident, FIELD, LABELS[number % len(LABELS)])
    app.calls.clear()
    return app


def connection(app: Cirrus, *, names: tuple[str, ...] | None = (FIELD,), width: int = 1, **assume: str) -> Connection:
    made = Connection(
        "cirrus",
        CONNECTOR,
        settings={"base_url": "http://127.0.0.1/rest", "x_token": "demo-cirrus-token"},
        assume=assume,
        limits=Limits(per_second=0, concurrency=width),
        transport=httpx.WSGITransport(app=app),
        sleep=lambda seconds: None,
    )
    made.custom("accounts", "dynamicfields")
    made.use("accounts", {"dynamicfields": names})
    return made


def read(app: Cirrus, **options: Any) -> dict[str, Any]:
    with connection(app, **options) as made:
        records = [record for page in made.pages("accounts") for record in page.records]
    assert len(records) == len({record["id"] for record in records})
    return {record["name"]: record["dynamicfields"][FIELD] for record in records}


def held(app: Cirrus) -> dict[str, Any]:
    return {row["name"]: row["dynamicfields"][FIELD] or None for row in app.data()["accounts"]}


def asked_one_by_one(app: Cirrus) -> int:
    return sum(call.path == VALUES for call in app.calls)


@pytest.mark.parametrize("width", [1, 2])
def test_values_are_learnt_from_the_lists_of_their_options(width: int) -> None:
    app = tenant(130)
    assert read(app, width=width) == held(app)
    # Three pages twice for the list of all less two, a page for each of six options, and the definitions.
    assert len(app.calls) == 1 + 3 + len(LABELS) + 1
    assert asked_one_by_one(app) == 0


@pytest.mark.parametrize(
    "switches",
    [
        {"dynamic_filter": "id"},
        {"wrap_pages": "on"},
        {"past_end": "404"},
        {"filter_case": "fold"},
        {"empty_values": "hidden"},
        {"value_id": "own"},
    ],
)
def test_the_values_are_those_that_are_read_one_by_one(switches: dict[str, str]) -> None:
    app = tenant(60, switches)
    app.edit("accounts", 1001, {"number": "x"})
    assert read(app) == read(app, dynamic_filter="off") == held(app)


def test_a_filter_that_takes_ids_is_asked_by_ids() -> None:
    app = tenant(130, {"dynamic_filter": "id"})
    assert read(app, dynamic_filter="id") == held(app)
    assert asked_one_by_one(app) == 0


def test_records_in_which_nothing_is_chosen_are_read_by_themselves() -> None:
    app = tenant(100)
    idents = [row["id"] for row in app.data()["accounts"]][:7]
    for ident in idents:
        app.set_dynamic("account", ident, FIELD, "")
    assert read(app) == held(app)
    assert asked_one_by_one(app) == 7


@pytest.mark.parametrize("after", range(1, 14))
@pytest.mark.parametrize("number", [0, 1, 5, 99])
def test_a_value_that_moves_while_the_lists_are_read_is_the_old_or_the_new_one(after: int, number: int) -> None:
    app = tenant(100)
    ident = [row["id"] for row in app.data()["accounts"]][number]
    old, new = LABELS[number % len(LABELS)], LABELS[(number + 3) % len(LABELS)]
    before = held(app)
    edit = partial(app.set_dynamic, "account", ident, FIELD, new)
    app.faults.append(Fault("hook", path="/rest/accounts", after=after, hook=edit))
    found = read(app)
    assert found == {**before, f"A {number}": found[f"A {number}"]}
    assert found[f"A {number}"] in (old, new)


def test_a_record_that_is_made_while_the_lists_are_read_is_read_by_itself() -> None:
    app = tenant(100)

    def make() -> None:
        ident = app.add("accounts", {"name": "New", "number": "9999"})
        app.set_dynamic("account", ident, FIELD, LABELS[0])

    app.faults.append(Fault("hook", path="/rest/accounts", after=7, hook=make))
    assert read(app)["New"] == LABELS[0]
    assert asked_one_by_one(app) == 1


@pytest.mark.parametrize(
    ("count", "options", "because"),
    [
        (6, {}, "not fewer by 6 option filters"),
        (100, {"dynamic_filter": "off"}, "switched off"),
        (100, {"names": (FIELD, "Kundnummer ERP")}, "'Kundnummer ERP' is no choice"),
        (100, {"names": None}, "any of its fields"),
    ],
)
def test_one_by_one_is_the_way_where_options_are_no_cheaper_or_not_enough(
    count: int, options: dict[str, Any], because: str
) -> None:
    app = tenant(count)
    with connection(app, **options) as made:
        records = [record for page in made.pages("accounts") for record in page.records]
        assert because in made.way("accounts").values
    assert {record["name"]: record["dynamicfields"][FIELD] for record in records} == held(app)
    assert asked_one_by_one(app) == count


def test_where_most_hold_nothing_the_lists_are_left_after_their_first_pages() -> None:
    app = tenant(100, filled=False)
    assert read(app) == held(app)
    assert (asked_one_by_one(app), len(app.calls)) == (100, 2 + len(LABELS) + 1 + 100)


def test_a_refused_filter_is_not_the_end() -> None:
    app = tenant(60)
    app.faults.append(Fault("status", path="/rest/accounts", after=2, status=400))
    assert read(app) == held(app)
    assert asked_one_by_one(app) == 60
