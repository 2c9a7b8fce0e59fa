"""What a run asks its state for every chunk is answered by an index, however much the state holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from mapper.state import Store

QUESTIONS: dict[str, tuple[Callable[[Store], Any], str]] = {
    "records by key": (lambda store: store.known("company", "a", ["1", "2"]), "entity=? AND side=? AND key=?"),
    "records by link": (lambda store: store.linked("company", ["x", "y"]), "entity=? AND link=?"),
    "records by match value": (lambda store: store.matching("company", ["0:x"]), "entity=? AND value=?"),
    "match values of records": (
        lambda store: store.matchkeys_of("company", [("a", "1")]),
        "entity=? AND side=? AND key=?",
    ),
    "spooled records without a link": (lambda store: store.spooled(1, "a", after="1"), "run=? AND side=? AND key>?"),
    "spooled links": (lambda store: store.spooled_links(1, after="x"), "run=? AND link>?"),
    "links of spooled records": (lambda store: store.spool_links(1, [("a", "1")]), "run=? AND side=? AND key=?"),
    "open changes of links": (lambda store: store.open_changes("company", ["x"]), "entity=? AND link=?"),
    "changes that are owed": (
        lambda store: store.changes(entity="company", side="a", status="owed", after=5),
        "entity=? AND status=? AND side=? AND id>?",
    ),
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_a_question_of_a_run_is_answered_by_an_index(what: str) -> None:
    ask, by = QUESTIONS[what]
    store = Store("sqlite://")
    asked: list[tuple[str, Any]] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *facts: asked.append((facts[2], facts[3])))
    ask(store)
    with store.engine.connect() as connection:
        ways = [
            row[3]
            for statement, values in list(asked)
            if statement.lstrip().upper().startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    store.close()
    assert by in " ".join(ways), ways
    assert not [way for way in ways if way.startswith("SCAN")]
