"""The last stage: send what is owed, and remember each outcome.

A change is marked `sent` before it is sent and `done` together with the new agreement after. A crash in between leaves
it `sent`; the next run looks for the record by its stamp before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from mapper.compile import EMPTY
from mapper.connect import Draft, Outcome
from mapper.errors import AuthFailed, Missing, NotAllowed, RemoteError, RuleError, Throttled, Unclear, Unreachable
from mapper.records import Record
from mapper.state import Row
from mapper.sync.context import Context, pack, unpack
from mapper.sync.endings import ENDINGS, ended
from mapper.sync.planning import change_name

#: Errors that concern the whole side: going on would only repeat them.
STOPS = (AuthFailed, NotAllowed, Throttled, Unreachable)


def recover(context: Context) -> None:
    """Find out what became of changes that an earlier run sent without learning the outcome."""
    unclear = {key for key, cause in context.aside.items() if cause == "unclear"}
    after = 0
    while rows := context.store.changes(entity=context.entity, status=("sent", "failed"), after=after):
        after = rows[-1]["id"]
        for row in rows:
            known_unclear = (row["side"], change_name(row)) in unclear
            if row["status"] == "failed" and not known_unclear:
                continue
            if row["kind"] != "create":
                context.store.mark([row["id"]], status="owed")
            else:
                _recover_create(context, row, told=known_unclear)
    for run in context.store.abandoned(context.entity):
        if run != context.run:
            context.store.clear_spool(run)
            context.store.finish_run(run, "crashed", "{}", "did not finish", context.clock())


def _recover_create(context: Context, row: Row, *, told: bool) -> None:
    """Look for the record; where that is not possible, only a repeatable create is sent again.

    `told`: that it is unclear stands in the quarantine already; a person may have had it tried again.
    """
    connection, name = context.connections[row["side"]], context.resource(row["side"])
    resource = context.mapping.sides[row["side"]].context.resource
    if resource.stamp_key and row["stamp"] and connection.can_find(name, resource.stamp_key):
        found = connection.find(name, resource.stamp_key, row["stamp"])
        if len(found) == 1:
            connection.use(name, context.mapping.sides[row["side"]].containers)
            key = connection.key_of(name, found[0])
            record = connection.get(name, key)
            with context.store.transaction():
                # Agreed is what was sent, not what is found: somebody may have edited it in the meantime.
                _finish(context, row, Outcome(_sent(context, row), key=key), set(unpack(row["fields"])))
                _complete(context, {**row, "key": key}, record)
            return
        if not found:
            context.store.mark([row["id"]], status="owed")
            return
    elif resource.stamp_key and resource.operations["create"].repeatable:
        context.store.mark([row["id"]], status="owed")
        return
    if not told:
        message = "a run was cut off while it created this record; look at the vendor whether it is there"
        _fail(context, row, "unclear", RuleError(message))


def _complete(context: Context, row: Row, record: Record) -> None:
    """What a cut-off create did not come to write is owed still: what it was to fill, and is empty."""
    mapping, compiled = context.mapping, context.mapping.sides[row["side"]]
    known = context.store.known(context.entity, row["side"], [row["key"]])[row["key"]]
    base, values = unpack(known["base"]), mapping.load(unpack(row["fields"]))
    now = mapping.base(compiled.read(record)[0])
    names = [n for n in values if n in compiled.targets and n in compiled.sources and n not in compiled.refs]
    rest = {n: values[n] for n in names if base.get(n) not in (EMPTY, []) and now.get(n, EMPTY) in (EMPTY, [])}
    image = pack(unpack(known["image"]) | dict.fromkeys(rest)) if context.images else None
    context.store.save_records([{**known, "base": pack(base | dict.fromkeys(rest, EMPTY)), "image": image}])
    _owe(context, {**row}, rest, "owed")


def _owe(context: Context, row: dict[str, Any], values: Record, status: str) -> None:
    """Add an update of an existing record to what is owed."""
    if not values:
        return
    change = {name: row[name] for name in ("entity", "link", "side", "key", "title")}
    change |= {"run": context.run, "kind": "update", "fields": pack(context.mapping.dump(values)), "stamp": None}
    change |= {"before": pack(dict.fromkeys(values)), "attempts": 0, "done_by": None, "status": status}
    context.store.plan([{**change, "reason": "the rest of an earlier write"}])


def _sent(context: Context, row: Row) -> Draft:
    """What an earlier run sent to create a record."""
    values = context.mapping.load(unpack(row["fields"]))
    missing = _to_keys(context, row["side"], values)
    native, _ = context.mapping.sides[row["side"]].create(values)
    return Draft("create", native, stamp=row["stamp"] or "", tag={**row, "missing": missing})


def requeue(context: Context) -> None:
    """Try refused changes again where the reason may have gone.

    What a rule of ours forbade is tried in every run, as that costs no call; what a vendor refused twice more, and then
    when the mapping changes; what may have been done already only if a person asks for it.
    """
    rows = {(q["side"], q["key"]): q for q in context.store.quarantined(entity=context.entity)}
    ids = []
    after = 0
    while failed := context.store.changes(entity=context.entity, status="failed", after=after):
        after = failed[-1]["id"]
        for row in failed:
            held = rows.get((row["side"], change_name(row)))
            if held is None or _worth_trying(context, held):
                ids.append(row["id"])
    context.store.mark(ids, status="owed")


#: How often a run tries what a vendor refused before it leaves it to a person.
TRIES = 3


def _worth_trying(context: Context, held: Row) -> bool:
    if held["cause"] in ("write", "waiting"):
        return True
    if held["cause"] == "unclear":
        return bool(held["mapping"] == "")
    return bool(held["attempts"] < TRIES or held["mapping"] != context.mapping.fingerprint)


def apply(context: Context) -> None:
    """Send everything that is owed, one side after the other; a second pass sends what waited for the first.

    Records are ended last, when whatever refers to them has been written on all sides.
    """
    for kinds in (("create", "update"), ("create", "update"), ENDINGS):
        if not _owing(context, kinds):
            continue
        for side in context.mapping.sides:
            if context.roles[side] != "source":
                _drain(context, side, kinds)


def _drain(context: Context, side: str, kinds: tuple[str, ...]) -> None:
    total = sum(n for (s, kind, status), n in context.store.count_changes(entity=context.entity).items()
                if s == side and kind in kinds and status == "owed")  # fmt: skip
    done = after = 0
    while rows := context.store.changes(entity=context.entity, side=side, kind=kinds, status="owed", after=after):
        after = rows[-1]["id"]
        for kind, group in groupby(rows, key=lambda row: str(row["kind"])):
            for _ in _send(context, side, kind, list(group)):
                done += 1
                context.emit("write", side, done, total)


def _send(context: Context, side: str, kind: str, rows: list[Row]) -> Iterator[None]:
    ready: list[Draft] = []
    for row in rows:
        draft = _draft(context, row)
        if draft is None:
            yield None
        else:
            ready.append(draft)
    connection, resource = context.connections[side], context.resource(side)
    for start in range(0, len(ready), 100):
        part = ready[start : start + 100]
        context.store.mark([draft.tag["id"] for draft in part], status="sent")
        pending = {draft.tag["id"] for draft in part}
        try:
            for outcome in connection.write(resource, part):
                pending.discard(outcome.draft.tag["id"])
                _record(context, outcome)
                yield None
        except RemoteError:
            # The side refuses everything: what was not reached was not sent.
            context.store.mark(sorted(pending), status="owed")
            raise


def _draft(context: Context, row: Row) -> Draft | None:
    """The native record to send, or None where a rule forbids it: the change is then set aside."""
    if row["kind"] in ENDINGS:
        return Draft(row["kind"], {}, row["key"] or "", tag={**row, "missing": {}})
    compiled = context.mapping.sides[row["side"]]
    values = context.mapping.load(unpack(row["fields"]))
    before = unpack(row["before"])
    changed = None if row["kind"] == "create" else frozenset(before)
    missing = _to_keys(context, row["side"], values)
    native, problems = compiled.write(values, changed, row["kind"] == "create")
    if problems:
        waiting = any(problem.field in missing for problem in problems)
        _fail(context, row, "waiting" if waiting else "write", problems[0])
        return None
    if not native and row["kind"] == "update":
        if not missing:
            context.store.mark([row["id"]], status="done", done_by=context.run)
        return None
    removed = {}
    for name, old in before.items():
        cell = compiled.cells.get(name)
        if isinstance(old, list) and cell and cell.native and name in values:
            gone = [label for label in old if label not in (values[name] or [])]
            if gone:
                removed[cell.native.path] = gone
    tag = {**row, "missing": missing}
    return Draft(row["kind"], native, row["key"] or "", removed, row["stamp"] or "", tag)


def _to_keys(context: Context, side: str, values: Record) -> dict[str, str]:
    """Turn links into the side's keys; what is not there yet is taken out and named, with its link."""
    missing = {}
    for name, target in context.mapping.sides[side].refs.items():
        link = values.get(name)
        if link is None:
            continue
        rows = context.store.linked(target.entity, [link]).get(link, [])
        keys = [row["key"] for row in rows if row["side"] == target.side]
        if keys:
            values[name] = keys[0]
        else:
            del values[name]
            missing[name] = link
    return missing


def _record(context: Context, outcome: Outcome) -> None:
    row: Row = outcome.draft.tag
    error = outcome.error
    if error is None and row["kind"] in ENDINGS:
        ended(context, row)
        return
    if error is None:
        names = set(unpack(row["fields"])) if row["kind"] == "create" else set(unpack(row["before"]))
        _finish(context, row, outcome, names - set(row["missing"]))
        return
    if isinstance(error, STOPS):
        context.store.mark([row["id"]], status="owed")
        raise error
    cause = "unclear" if isinstance(error, Unclear) else "gone" if isinstance(error, Missing) else "refused"
    _fail(context, row, cause, RuleError(str(error)))


def _fail(context: Context, row: Row, cause: str, problem: RuleError) -> None:
    context.counts[row["side"]].failed += 1
    with context.store.transaction():
        context.store.mark([row["id"]], status="failed", attempts=row["attempts"] + 1, done_by=context.run)
        context.quarantine(row["side"], change_name(row), cause, problem, title=row["title"])


def _finish(context: Context, row: Row, outcome: Outcome, names: set[str]) -> None:
    """A write went well: the agreement of its side moves with it."""
    compiled, mapping = context.mapping.sides[row["side"]], context.mapping
    values = mapping.load(unpack(row["fields"]))
    failed = {n for n, c in compiled.cells.items() if c.native and c.native.path in outcome.failed}
    created = row["kind"] == "create"
    known = None if created else context.store.known(context.entity, row["side"], [outcome.key]).get(outcome.key)
    written = {n for n, c in compiled.cells.items() if n in names or not c.reads.isdisjoint(names)} - failed
    if outcome.record is not None:
        back, _ = compiled.read(outcome.record)
        # Of an update only what it wrote is agreed: the rest may be an edit that nobody has read yet.
        back = {n: v for n, v in back.items() if (created and n not in failed) or n in written}
    else:
        back = compiled.settle(outcome.draft.native, values, written, create=created)
    back = {n: v for n, v in back.items() if n not in compiled.refs}
    back |= {n: values.get(n) for n in compiled.refs if n in names and n in values}
    # Of a new record, what was not sent is taken for empty: a value found there later is somebody's edit.
    start = {} if known else dict.fromkeys(compiled.sources)
    base = (unpack(known["base"]) if known else {}) | mapping.base(start | back)
    image = (unpack(known["image"]) if known else {}) | mapping.dump(start | back) if context.images else None
    counts = context.counts[row["side"]]
    counts.created += created
    counts.updated += not created
    link = known["link"] if known and known["link"] else row["link"]
    agreed = {"entity": context.entity, "side": row["side"], "key": outcome.key, "link": link}
    with context.store.transaction():
        context.store.save_records([{**agreed, "digest": None, "base": pack(base), "image": image and pack(image)}])
        if created:
            matched = {outcome.key: mapping.match_values(values)}
            context.store.save_matchkeys(context.entity, row["side"], matched, fresh=True)
        context.store.mark(
            [row["id"]],
            status="done",
            key=outcome.key,
            done_by=context.run,
            wrote=_otherwise(context, values, back, names),
        )
        context.release(row["side"], change_name(row))
        _follow_up(context, {**row, "key": outcome.key}, values, failed, outcome)


def _otherwise(context: Context, values: Record, back: Record, names: set[str]) -> str | None:
    """What the side made of values that it took: a text cut to its length, a number rounded."""
    other = {name: back[name] for name in names if name in back and back[name] != values.get(name)}
    return pack(context.mapping.dump(other)) if other else None


def _follow_up(context: Context, row: dict[str, Any], values: Record, failed: set[str], outcome: Outcome) -> None:
    """What could not be written with the rest is owed still: references that wait, parts that failed."""
    waiting: dict[str, str] = row.get("missing") or {}
    rest = {name: values[name] for name in (*waiting, *failed) if name in values}
    _owe(context, row, rest, "failed" if failed else "owed")
    if failed:
        context.counts[row["side"]].failed += 1
        name = sorted(failed)[0]
        cell = context.mapping.sides[row["side"]].cells[name]
        words = outcome.failed[cell.native.path] if cell.native else ""
        problem = RuleError(words, field=name, position=cell.position)
        context.quarantine(row["side"], row["key"], "refused", problem, title=row["title"])


def _owing(context: Context, kinds: tuple[str, ...]) -> bool:
    """Whether there is something of these kinds to send."""
    counts = context.store.count_changes(entity=context.entity)
    return any(status == "owed" and kind in kinds for _, kind, status in counts)
