"""Records that end: what a decision plans for them, and what a run remembers of those that it has ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mapper.state import Row, links
from mapper.state.tables import GONE, RETIRED
from mapper.sync import gone
from mapper.sync.context import BACK, Context
from mapper.sync.decide import Decision, View

#: The kinds of changes that end a record.
ENDINGS = ("deactivate", "delete")

#: The kind of a change that takes a deactivation back.
RETURN = "reactivate"


def returned(context: Context, row: Row) -> None:
    """A deactivated record is back as planned: when it is read again it gets what it missed, and is kept alike."""
    context.counts[row["side"]].updated += 1
    known = context.store.known(context.entity, row["side"], [row["key"]]).get(row["key"])
    with context.store.transaction():
        if known:
            context.store.save_records([{**known, "digest": BACK, "mark": None}])
        # What it holds now is what was agreed: by that an undo of this knows later edits.
        agreed = known["base"] if known else None
        context.store.mark([row["id"]], status="done", done_by=context.run, wrote=agreed)
        context.release(row["side"], row["key"])


def leave(view: View, row: Row, *, still: bool) -> None:
    """Take into a view that its record has ended; not if another one has taken its place."""
    if still:
        return
    view.gone = row["mark"] == GONE
    view.left = not view.gone
    view.leaving = "gone" if view.gone else "left"


def compare_with(views: Mapping[str, View], back: Collection[str]) -> None:
    """A record that is back is compared with what was agreed when it was last there."""
    for side in back:
        for other in views.values():
            if other.side not in back and other.canonical is not None:
                other.base = {**other.base, **views[side].base}


def title_of(context: Context, link: str, views: Mapping[str, View]) -> str:
    """By what a person recognises a link of which perhaps no record was read now."""
    mapping = context.mapping
    titles = (mapping.title(view.canonical or mapping.load(view.image)) for view in views.values())
    return next(filter(None, titles), "") or links.title(context.store, context.entity, link)


def rows(context: Context, link: str, views: Mapping[str, View], decision: Decision) -> list[dict[str, Any]]:
    """The records of a link that are to be ended, as rows of planned changes; what stands in the way is told."""
    over = [view for view in views.values() if view.leaving or view.gone]
    told = decision.ends or decision.edited is not None
    title = title_of(context, link, views) if told else ""
    if decision.edited is not None and context.mapping.spec.situations.edited == "ask":
        for view in over[:1]:
            gone.tell_edited(context, view.side, view.key or "", decision.edited, title)
    if over and all(view.key is None or view.gone for view in views.values()):
        for view in over:
            context.release(view.side, view.key or "", gone.CAUSE, "merged")
    if not decision.ends:
        return []
    for side in decision.ends:
        decision.updates.pop(side, None)
    reason = " and ".join(f"{'gone from' if view.gone else 'left the filter on'} {view.side}" for view in over)
    common: dict[str, Any] = {"run": context.run, "entity": context.entity, "link": link, "status": "draft"}
    common |= {"fields": "{}", "before": "{}", "stamp": None, "attempts": 0, "done_by": None, "reason": reason}
    common["title"] = title
    return [{**common, "side": side, "kind": kind, "key": views[side].key} for side, kind in decision.ends.items()]


def ended(context: Context, row: Row) -> None:
    """A record was ended as planned: it keeps its link, and nothing is created in its place."""
    context.counts[row["side"]].deleted += 1
    known = context.store.known(context.entity, row["side"], [row["key"]]).get(row["key"])
    with context.store.transaction():
        if known:
            mark = GONE if row["kind"] == "delete" else RETIRED
            context.store.save_records([{**known, "mark": mark}])
        context.store.mark([row["id"]], status="done", done_by=context.run)
        context.release(row["side"], row["key"])
