"""Records that are ended, at the vendor or by us: deletes and deactivations."""

from __future__ import annotations

from mapper.state import Row
from mapper.state.tables import GONE, RETIRED
from mapper.sync.context import Context

#: The kinds of changes that end a record.
ENDINGS = ("deactivate", "delete")

#: The kind of a change that takes a deactivation back.
RETURN = "reactivate"


def returned(context: Context, row: Row) -> None:
    """A deactivated record is back as planned: it is read again, and kept alike as before."""
    context.counts[row["side"]].updated += 1
    known = context.store.known(context.entity, row["side"], [row["key"]]).get(row["key"])
    with context.store.transaction():
        if known:
            context.store.save_records([{**known, "digest": None}])
        context.store.mark([row["id"]], status="done", done_by=context.run)
        context.release(row["side"], row["key"])


def ended(context: Context, row: Row) -> None:
    """A record was ended as planned: it keeps its link, and nothing is written to it or created in its place."""
    context.counts[row["side"]].deleted += 1
    known = context.store.known(context.entity, row["side"], [row["key"]]).get(row["key"])
    with context.store.transaction():
        if known:
            mark = GONE if row["kind"] == "delete" else RETIRED
            context.store.save_records([{**known, "digest": mark}])
        context.store.mark([row["id"]], status="done", done_by=context.run)
        context.release(row["side"], row["key"])
