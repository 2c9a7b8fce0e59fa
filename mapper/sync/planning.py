"""The third stage: what each link needs, as rows of planned changes; nothing is sent yet."""

from __future__ import annotations

from typing import Any

from mapper.compile import CompiledMapping
from mapper.errors import RuleError
from mapper.records import Record
from mapper.state import Row, inbox, kept
from mapper.state.tables import GONE, RETIRED
from mapper.sync import endings, gone, merges, oldvalues, watching
from mapper.sync.context import BACK, LEFT, Context, keep, pack, unpack
from mapper.sync.cursors import Reached, move, tolerance
from mapper.sync.decide import Decision, View, context_fields, decide
from mapper.sync.keeping import mapping_data

#: Quarantine causes that speak of a write, and end with it; the others speak of the record as it was read.
WRITES = ("write", "waiting", "refused", "unclear")


def plan(context: Context) -> None:
    """Decide every spooled link, a chunk at a time."""
    after, done = "", 0
    while chunk := context.store.spooled_links(context.run, after=after):
        after = max(chunk)
        links = list(chunk)
        owed = context.store.open_changes(context.entity, links)
        decided = _decided(context, chunk, owed)
        if again := oldvalues.ask(context, decided):
            read = context.store.spool_of(context.run, sorted(again))
            chunk |= read
            decided |= _decided(context, read, owed)
        rows: list[dict[str, Any]] = []
        rebased: list[tuple[str, str, str, str]] = []
        for link, spooled in chunk.items():
            views, decision = decided[link]
            spooled = [row for row in spooled if row["mark"] is None]
            merges.settle(context, link, views, decision)
            rows += endings.rows(context, link, views, decision)
            rows += _rows(context, link, views, decision, _unclear(context, owed.get(link, [])))
            rebased += _conflicts(context, spooled, views, decision)
            _supersede(context, owed.get(link, []), decision)
            _count_unchanged(context, spooled, decision)
        context.store.plan(rows)
        context.store.rebase(context.run, rebased)
        done += len(chunk)
        context.emit("decide", "", done, None)
    if context.dry:
        _keep(context)


Decided = dict[str, tuple[dict[str, View], Decision]]


def _decided(context: Context, chunk: dict[str, list[Row]], owed: dict[str, list[Row]]) -> Decided:
    """What each of these links needs, with the views that it was decided from."""
    known = context.store.linked(context.entity, list(chunk))
    allowed = tolerance(context)
    found: Decided = {}
    for link, spooled in chunk.items():
        views = _views(context, spooled, known.get(link, []), owed.get(link, []))
        found[link] = (views, decide(context.mapping, views, allowed))
    return found


def _keep(context: Context) -> None:
    """Keep the records that led to changes, for a replay with another mapping."""
    kept.keep_changed(context.store, context.run, context.entity, mapping_data(context.mapping.spec))


def _unclear(context: Context, owed: list[Row]) -> set[str]:
    """The sides on which a create may have been carried out: none is sent there until that is known."""
    creates = [row for row in owed if row["kind"] == "create" and row["status"] == "failed"]
    return {row["side"] for row in creates if context.aside.get((row["side"], change_name(row))) == "unclear"}


def _supersede(context: Context, owed: list[Row], decision: Decision) -> None:
    """What earlier runs owed is part of the new changes now, or not needed any more."""
    undecided = {conflict.name for conflict in decision.conflicts}
    for row in owed:
        if row["status"] == "left" and undecided & unpack(row["before"]).keys():
            continue  # one of the values that a person has to choose from
        context.superseded.append(row["id"])
        # A create that became another write, as its record is there by now, is waited for no more.
        follows = decision.creates if row["kind"] == "create" else decision.updates | decision.ends
        if row["side"] not in follows:
            context.settled.append((row["side"], change_name(row)))


def change_name(row: Row) -> str:
    """How a change is named in the quarantine: by its record, or before there is one by its link."""
    return row["key"] or f"link:{row['link']}"


def _views(context: Context, spooled: list[Row], known: list[Row], owed: list[Row]) -> dict[str, View]:
    mapping = context.mapping
    fixed = {side for side, spec in mapping.spec.sides.items() if spec.role == "source"}
    views = {side: View(side, role, fixed=side in fixed) for side, role in context.roles.items()}
    for row in known:
        if row["side"] in views:
            views[row["side"]].key = row["key"]
            views[row["side"]].base = unpack(row["base"])
            views[row["side"]].image = unpack(row["image"])
            # What we have deactivated is left alone, too.
            views[row["side"]].left = row["digest"] in (LEFT, BACK) or row["mark"] == RETIRED
            views[row["side"]].gone = row["mark"] == GONE
            views[row["side"]].ended = row["mark"] == RETIRED
            views[row["side"]].asked = context.aside.get((row["side"], row["key"])) in (gone.CAUSE, merges.CAUSE)
    there = {row["side"] for row in spooled if row["mark"] is None}
    back = {side for side in there if views[side].gone}
    for row in spooled:
        view = views[row["side"]]
        if row["mark"] is not None:
            endings.leave(view, row, still=row["side"] in there)
            continue
        if view.key != row["key"]:
            view.base = {}
        view.gone = view.ended = False
        view.key = row["key"]
        view.canonical = mapping.load(unpack(row["canonical"]))
        view.prints = unpack(row["base"])
        view.left = False
        view.stamp = row["stamp"]
    endings.compare_with(views, back)
    for row in owed:
        view = views[row["side"]]
        if row["kind"] in endings.ENDINGS:
            view.condemned = row["kind"]
            continue
        values = mapping.load(unpack(row["fields"]))
        names = values if row["kind"] == "create" else unpack(row["before"])
        view.owed |= {name: values[name] for name in names if name in values}
        view.missed |= frozenset(names) if row["status"] == "left" else frozenset()
        view.creating = view.creating or row["kind"] == "create"
    return views


def _rows(
    context: Context, link: str, views: dict[str, View], decision: Decision, unclear: set[str]
) -> list[dict[str, Any]]:
    mapping = context.mapping
    merged: Record = {}
    for view in views.values():
        merged = {**(view.canonical or {}), **merged}
    title = mapping.title(merged)
    first = next((view for view in views.values() if view.key is not None), None)
    rows = []
    kinds = (("create", decision.creates), ("update", decision.updates), ("update", decision.later))
    for kind, writes in kinds:
        for side, values in writes.items():
            status = "held" if side in unclear and kind == "create" and not context.dry else "draft"
            wanted = context_fields(mapping.sides[side], values)
            fields = {name: merged[name] for name in wanted if name in merged} | values
            before = dict.fromkeys(values) if kind == "create" else oldvalues.before(mapping, views[side], values)
            rows.append(
                {
                    "run": context.run,
                    "entity": context.entity,
                    "link": link,
                    "side": side,
                    "kind": kind,
                    "key": views[side].key,
                    "status": "later" if writes is decision.later else status,
                    "fields": pack(mapping.dump(fields)),
                    "before": pack(before),
                    "title": title,
                    "reason": _reason(views, side, values, mapping),
                    "stamp": f"{first.side}:{first.key}" if kind == "create" and first else None,
                    "attempts": 0,
                    "done_by": None,
                }
            )
    return rows


def _reason(views: dict[str, View], side: str, values: Record, mapping: CompiledMapping) -> str:
    """Which sides the values come from."""
    holders = [
        other
        for other, view in views.items()
        if other != side and view.canonical is not None and any(n in view.canonical for n in values)
    ]
    # Of several, those that hold what is written; of a set, which is put together, those that moved.
    several = len(holders) > 1
    givers = [s for s in holders if several and any(_gives(mapping, views[s], *one) for one in values.items())]
    givers = givers or holders
    owed = any(name in views[side].owed for name in values)
    return ("again: " if owed else "") + (f"from {', '.join(givers)}" if givers else "from an earlier run")


def _gives(mapping: CompiledMapping, view: View, name: str, value: Any) -> bool:
    if name not in (view.canonical or {}):
        return False
    one_set = mapping.rows[name].type == "set"
    then = view.base.get(name, []) if one_set else mapping.fingerprint_of(name, value)
    return mapping.same(name, view.print_of(mapping, name), then) != one_set


def _conflicts(
    context: Context, spooled: list[Row], views: dict[str, View], decision: Decision
) -> list[tuple[str, str, str, str]]:
    """Set the sides of a conflict aside, and keep the fields in conflict out of the new agreement."""
    mapping = context.mapping
    if not decision.conflicts:
        for row in spooled:
            context.release(row["side"], row["key"], "conflict", "ambiguous", "new", "similar")
        return []
    conflict = decision.conflicts[0]
    words = ", ".join(f"{side}: {_shown(value)}" for side, value in conflict.values.items())
    why = "" if mapping.spec.situations.clash == "ask" else _undecided(mapping, conflict.name)
    names = {c.name for c in decision.conflicts}
    rebased = []
    for row in spooled:
        if row["side"] not in conflict.values:
            continue
        cell = mapping.sides[row["side"]].cells[conflict.name]
        message = f"was changed on several sides ({words}){why}"
        problem = RuleError(message, field=conflict.name, position=cell.position)
        title = mapping.title(views[row["side"]].canonical or {})
        context.quarantine(row["side"], row["key"], "conflict", problem, title=title, native=keep(row))
        view = views[row["side"]]
        base, image = (
            pack(
                {n: v for n, v in unpack(row[column]).items() if n not in names}
                | {name: then[name] for name in names if name in then}
            )
            for column, then in (("base", view.base), ("canonical", view.image))
        )
        rebased.append((row["side"], row["key"], base, image))
    return rebased


def _undecided(mapping: CompiledMapping, name: str) -> str:
    """Why the conflict rule of a field has not decided, to be added; nothing where it leaves all to a person."""
    rule = mapping.rows[name].conflict or mapping.spec.conflict
    if rule == "newest":
        return ", and which is the newest is not sure"
    return "" if rule == "quarantine" else f", and not on {rule}, which would count"


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _count_unchanged(context: Context, spooled: list[Row], decision: Decision) -> None:
    """A record that was looked at and led to no write anywhere, nor is written itself, is unchanged."""
    if decision.creates or decision.updates or decision.conflicts or decision.ends:
        return
    for row in spooled:
        context.counts[row["side"]].unchanged += 1


def commit(context: Context, cursors: dict[str, Reached]) -> None:
    """The point of no loss: links, agreements, cursors and the changes owed become true together."""
    store = context.store
    targets = [side for side, role in context.roles.items() if role == "target"]
    loose = [side for side in targets if context.mapping.spec.sides[side].role == "target"]
    held = [side for side in targets if side not in loose]
    waiting = store.spooled_sides(context.run) & set(held)
    with store.transaction():
        for side, key in context.replaced:
            store.forget(context.entity, side, key)
        gone.settle(context)
        store.settle_spool(context.run, context.entity, loose=loose, held=held, images=context.images)
        if not context.images:
            store.forget_images(context.entity)
        store.mark(context.superseded, status="merged", done_by=context.run)
        for side, name in context.settled:
            context.release(side, name, *WRITES)
        store.mark_all({"run": context.run, "status": "draft"}, status="owed")
        # It carries the newest values, for when a person has looked and lets it be sent.
        store.mark_all({"run": context.run, "status": "held"}, status="failed")
        store.mark_all({"run": context.run, "status": "later"}, status="left")
        move(context, {side: far for side, far in cursors.items() if side not in waiting})
        _keep(context)
        watching.keep(context)
        merges.join(context)
        sources = [side for side, role in context.roles.items() if role != "target"]
        inbox.settle(store, context.entity, context.run, sources)
        store.clear_spool(context.run)
