"""A list that is newest first is left early only where its order is seen to turn round."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mapper.connect import Connection
from mapper.sandbox.nicoka import Nicoka
from mapper.spec.connector import Limits
from mapper.spec.load import load_connector, shipped

CONNECTOR = load_connector(str(shipped("connectors") / "nicoka.yaml")).spec
START = 1_760_000_000.0


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


def tenant(clock: Clock, *, apart: float = 60.0, **switches: str) -> Nicoka:
    """450 customers, entered one after the other, and a day of rest."""
    app = Nicoka(clock=clock, switches=switches)
    for number in range(450):
        app.add("customers", {"name1": f"N {number}"})
        clock.now += apart
    clock.now += 86_400
    app.calls.clear()
    return app


def edit(app: Nicoka) -> None:
    """Somebody edits the seventh customer now."""
    (found,) = [row for row in app.data()["customers"] if row["name1"] == "N 6"]
    app.edit("customers", int(found["id"]), {"city": "Lyon"})


def changed(app: Nicoka, since: float, **assume: str) -> tuple[list[str], Any]:
    connection = Connection(
        "nicoka",
        CONNECTOR,
        settings={"base_url": "http://127.0.0.1/api", "api_token": "demo-nicoka-token"},
        assume=assume,
        limits=Limits(per_second=0),
        transport=httpx.WSGITransport(app=app),
        clock=app.clock,
    )
    with connection:
        names = [record["name1"] for page in connection.pages("customers", since=since) for record in page.records]
        return names, connection.way("customers")


def test_where_it_turns_round_one_page_and_one_more_call_are_enough() -> None:
    clock = Clock()
    app = tenant(clock)
    edit(app)
    names, way = changed(app, clock.now - 10)
    assert (len(names), len(app.calls), way.by) == (1, 2, "sorted")


def test_where_the_order_is_ignored_the_whole_list_is_read() -> None:
    clock = Clock()
    app = tenant(clock, order_by="ignored")
    names, way = changed(app, clock.now - 10)
    assert (len(set(names)), way.by) == (450, "walk")


def test_where_all_stamps_are_alike_nothing_is_proved_and_the_whole_list_is_read() -> None:
    clock = Clock()
    app = tenant(clock, apart=0.0)
    names, way = changed(app, clock.now - 10)
    assert (len(set(names)), way.by) == (450, "walk")
    assert "does not turn round" in way.because


def test_an_ignored_order_in_which_all_stamps_are_alike_hides_no_edit() -> None:
    clock = Clock()
    app = tenant(clock, apart=0.0, order_by="ignored")
    edit(app)
    names, _ = changed(app, clock.now - 10)
    assert "N 6" in names


def test_what_a_project_has_vouched_for_is_believed() -> None:
    clock = Clock()
    app = tenant(clock, apart=0.0)
    assert changed(app, clock.now - 10, changes="sorted")[0] == []
    assert len(app.calls) == 1


@pytest.mark.parametrize("count", [0, 3])
def test_a_list_of_one_page_needs_no_proof(count: int) -> None:
    clock = Clock()
    app = Nicoka(clock=clock)
    for number in range(count):
        app.add("customers", {"name1": f"N {number}"})
    app.calls.clear()
    clock.now += 86_400
    names, _ = changed(app, clock.now - 10)
    assert (names, len(app.calls)) == ([], 1)
