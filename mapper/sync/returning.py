"""Records that were gone and are there again, or that we have retired and that are in use again."""

from __future__ import annotations

from mapper.errors import UNREADABLE, Missing, RuleError
from mapper.records import Record
from mapper.state import Row, absences
from mapper.state.tables import GONE
from mapper.sync import gone, merges
from mapper.sync.context import BACK, LEFT, Context, unpack
from mapper.sync.reading import process


def read_partners(context: Context) -> None:
    """Read the records that go with those that are back: what moved on them in the meantime is written there too."""
    store = context.store
    for row in absences.returned(store, context.run, context.entity):
        if context.mapping.spec.situations.back == "ask":
            _ask(context, row)
            continue
        if row["mark"] != GONE:
            # What it missed is owed to it.
            continue
        linked = store.linked(context.entity, [row["link"]]).get(row["link"], [])
        partners = [one for one in linked if one["side"] != row["side"] and _is_read(context, one)]
        staged = store.spool_links(context.run, [(one["side"], one["key"]) for one in partners])
        try:
            read = {one["side"]: _got(context, one) for one in partners if (one["side"], one["key"]) not in staged}
        except UNREADABLE as error:
            words = f"is there again, and a record that it is linked with cannot be read now: {error}"
            store.unstage(context.run, row["side"], [row["key"]])
            context.quarantine(row["side"], row["key"], "ambiguous", RuleError(words))
            continue
        context.release(row["side"], row["key"], gone.CAUSE, merges.CAUSE)
        for side, natives in read.items():
            process(context, side, natives, restage=True)


def _ask(context: Context, row: Row) -> None:
    """Set a record aside until a person has said whether it belongs to its link as before."""
    mapping, store = context.mapping, context.store
    others = [
        one for one in store.linked(context.entity, [row["link"]]).get(row["link"], []) if one["key"] != row["key"]
    ]
    other = " ".join(f"{one['side']}:{one['key']}" for one in sorted(others, key=lambda one: bool(one["mark"]))[:1])
    me = f"{context.entity} {row['side']}:{row['key']}"
    was = "was gone and is there again" if row["mark"] == GONE else "was retired and is in use again"
    words = f"{was}: `mapper links set {me} {other}` keeps its link, `mapper links remove {me}` ends it"
    title = mapping.title(mapping.load(unpack(row["canonical"])))
    store.unstage(context.run, row["side"], [row["key"]])
    context.quarantine(row["side"], row["key"], gone.RETURNED, RuleError(words), title=title)


def _is_read(context: Context, row: Row) -> bool:
    return row["side"] in context.roles and row["mark"] != GONE and row["digest"] not in (LEFT, BACK)


def _got(context: Context, row: Row) -> list[Record]:
    connection, resource = context.connections[row["side"]], context.resource(row["side"])
    connection.use(resource, context.mapping.sides[row["side"]].containers)
    try:
        return [connection.get(resource, row["key"])]
    except Missing:
        return []
