"""What runs have written, as programs are told of it."""

from __future__ import annotations

from collections.abc import Iterator

from mapper.state import Store
from mapper.sync.context import unpack
from mapper.sync.report import Change, field_change


def changes(store: Store, run: int) -> Iterator[Change]:
    """The changes that a plan or a run made, in order, a chunk at a time."""
    after = 0
    while rows := store.changes(run=run, after=after):
        after = rows[-1]["id"]
        for row in rows:
            values, before = unpack(row["fields"]), unpack(row["before"])
            fields = tuple(field_change(name, old, values.get(name)) for name, old in before.items())
            facts = (row["id"], row["entity"], row["side"], row["kind"], row["key"], row["title"], row["status"])
            yield Change(*facts, row["reason"], fields)
