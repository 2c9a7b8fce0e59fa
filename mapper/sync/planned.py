"""A run that may write what a plan file tells, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from mapper.state import Row, bylink
from mapper.sync.context import Context, pack
from mapper.sync.planfile import PlanFile
from mapper.sync.planlines import References, moved
from mapper.sync.planning import change_name

T = TypeVar("T")


def hold_back(context: Context, plan: PlanFile, cursors: Mapping[str, T]) -> dict[str, T]:
    """Take out of a run all links of which anything is not as planned; gives the cursors that may still move.

    What is taken out counts as changed in the next run. Of what earlier runs owe, only what is in the plan is sent.
    """
    bad = _not_as_planned(context, plan)
    _withhold(context, plan)
    for line in plan.left(context.entity):
        bad |= _vanished(context, line)
    return _take_out(context, bad, cursors)


def _not_as_planned(context: Context, plan: PlanFile) -> set[str]:
    """The links with a change that is new or different; each such change is marked as refused."""
    store, bad, after = context.store, set(), 0
    while rows := store.changes(run=context.run, status=("draft", "held"), after=after):
        after = rows[-1]["id"]
        names = References(context, rows)
        for row in rows:
            told = plan.take(context.entity, row)
            found = moved(row, told, names) if told else [("", f"this {row['kind']} is not in the plan")]
            if found:
                bad.add(row["link"])
                what = ", ".join(name for name, _ in found if name) or "not in the plan"
                store.mark([row["id"]], status="refused", reason=f"moved since the plan: {what}")
                _tell(context, row, "; ".join(words for _, words in found))
    return bad


def _withhold(context: Context, plan: PlanFile) -> None:
    """Keep back what earlier runs owe and the plan does not hold."""
    superseded, after = set(context.superseded), 0
    while rows := context.store.changes(entity=context.entity, status="owed", after=after):
        after = rows[-1]["id"]
        names = References(context, rows)
        for row in rows:
            if row["id"] in superseded:
                continue
            told = plan.take(context.entity, row)
            if told is None or moved(row, told, names):
                context.withheld.add(row["id"])
                _tell(context, row, f"it is owed since run {row['run']}, and is not so in the plan")


def _vanished(context: Context, line: Mapping[str, Any]) -> set[str]:
    """Note a planned change that nobody wants any more; gives the link that it belonged to, where there is one."""
    side, key = line["side"], line["key"]
    if line["kind"] == "create":
        side, _, key = (line["origin"] or "").partition(":")
    known = context.store.known(context.entity, side, [key]) if key else {}
    spooled = context.store.spool_links(context.run, [(side, key)]) if key else {}
    link = spooled.get((side, key)) or (known[key]["link"] if key in known else None)
    values = {name: field.get("after") for name, field in line["fields"].items()}
    row: dict[str, Any] = {"run": context.run, "entity": context.entity, "link": link or "", "status": "refused"}
    row |= {name: line[name] for name in ("side", "kind", "key", "title")}
    row |= {"fields": pack(values), "before": pack({n: f.get("before") for n, f in line["fields"].items()})}
    row |= {"reason": "in the plan, and no longer to be written", "stamp": line["origin"], "attempts": 0}
    context.store.plan([{**row, "done_by": context.run}])
    _tell(
        context, row, f"this {line['kind']} is no longer to be written: nothing differs there, or it is in quarantine"
    )
    return {link} if link else set()


def _take_out(context: Context, bad: set[str], cursors: Mapping[str, T]) -> dict[str, T]:
    _not_joined(context, bad)
    store, links = context.store, sorted(bad)
    sides = bylink.unstage(store, context.run, links)
    for rows in bylink.planned(store, context.run, links):
        for row in rows:
            _tell(context, row, "it is as planned, but held back with the other writes of its record")
        reason = "as planned, but held back: another side of the record has moved since the plan"
        store.mark([row["id"] for row in rows], status="refused", reason=reason)
    still_owed = [row for rows in store.open_changes(context.entity, links).values() for row in rows]
    _reopen(context, still_owed)
    return {side: since for side, since in cursors.items() if side not in sides}


def _not_joined(context: Context, bad: set[str]) -> None:
    """Keep what a merge means for these links for the next run; a link that would become one with them waits, too."""
    while more := {link for link, into in context.joined.items() if into in bad} - bad:
        bad |= more
    context.joined = {link: into for link, into in context.joined.items() if link not in bad}
    held = []
    for side, key in context.replaced:
        row = context.store.known(context.entity, side, [key]).get(key)
        if row is None or row["link"] not in bad:
            held.append((side, key))
    context.replaced = held


def _reopen(context: Context, rows: Iterable[Row]) -> None:
    """What a link owed before it was decided anew, is owed still."""
    ids = {row["id"] for row in rows}
    context.withheld |= ids
    context.superseded = [number for number in context.superseded if number not in ids]
    places = {(row["side"], change_name(row)) for row in rows}
    context.settled = [place for place in context.settled if place not in places]


def _tell(context: Context, row: Mapping[str, Any], words: str) -> None:
    context.refuse(row["side"], row["key"], row["title"], words)
