"""The last stage: send what is owed, and remember each outcome.

A change is marked `sent` before it is sent and `done` together with the new agreement after. A crash in between leaves
it `sent`; the next run looks for the record by its stamp before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby

from mapper.compile import EMPTY
from mapper.connect import Draft, Outcome
from mapper.errors import UNREADABLE, Missing, RemoteError, RuleError
from mapper.records import Record
from mapper.spec.connector import Resource
from mapper.state import Row
from mapper.sync.context import Context, pack, unpack
from mapper.sync.endings import ENDINGS, RETURN
from mapper.sync.outcomes import Outcomes, fail, owe
from mapper.sync.planning import change_name
from mapper.sync.watching import terms_of


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
            told = (context.store.run(run) or {}).get("counts", "{}")
            context.store.finish_run(run, "crashed", told, "did not finish", context.clock())


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
            with suppress(Missing, *UNREADABLE):
                record = connection.get(name, key)
                with context.store.transaction():
                    # Agreed is what was sent, not what is found: somebody may have edited it in the meantime.
                    Outcomes(context, row["side"], safe=False).take(Outcome(_sent(context, row), key=key))
                    _complete(context, {**row, "key": key}, record)
                return
        if not found:
            context.store.mark([row["id"]], status="owed")
            return
    elif resource.stamp_key and _repeatable(resource):
        context.store.mark([row["id"]], status="owed")
        return
    if not told:
        message = "a run was cut off while it created this record; look at the vendor whether it is there"
        fail(context, row, "unclear", RuleError(message))


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
    owe(context, {**row}, rest, "owed")


def _sent(context: Context, row: Row) -> Draft:
    """What an earlier run sent to create a record."""
    values = context.mapping.load(unpack(row["fields"]))
    keyed, missing = _to_keys(context, row["side"], values)
    native, _ = context.mapping.sides[row["side"]].create(keyed)
    return Draft("create", native, stamp=row["stamp"] or "", tag={**row, "values": values, "missing": missing})


def requeue(context: Context) -> None:
    """Try refused changes again where the reason may have gone.

    What a rule of ours forbade is tried in every run, as that costs no call. What a vendor refused is tried twice more,
    and then when the mapping changes, or a list or custom field of what it writes, or a record that it refers to is
    there. What may have been done already is tried only if a person asks for it.
    """
    rows = {(q["side"], q["key"]): q for q in context.store.quarantined(entity=context.entity)}
    ids = []
    after = 0
    while failed := context.store.changes(entity=context.entity, status="failed", after=after):
        after = failed[-1]["id"]
        for row in failed:
            if is_tried(context, row, rows):
                ids.append(row["id"])
    context.store.mark(ids, status="owed")


#: How often a run tries what a vendor refused before it leaves it to a person.
TRIES = 3


def is_tried(context: Context, row: Row, aside: Mapping[tuple[str, str], Row]) -> bool:
    """Whether a run would send an open change; `aside` is what is in quarantine."""
    held = aside.get((row["side"], change_name(row)))
    return row["status"] != "failed" or held is None or _worth_trying(context, row, held)


def _worth_trying(context: Context, row: Row, held: Row) -> bool:
    if held["cause"] in ("write", "waiting"):
        return True
    if held["cause"] == "unclear":
        return bool(held["mapping"] == "")
    if held["needs"] and _is_linked(context, held["needs"]):
        return True
    return bool(held["attempts"] < TRIES or held["mapping"] != terms_of(context, row["side"], unpack(row["fields"])))


def _is_linked(context: Context, needs: str) -> bool:
    """Whether the record that a refused write did without is there by now."""
    entity, side, name = needs.split("/", 2)
    link = name.removeprefix("link:")
    return any(row["side"] == side for row in context.store.linked(entity, [link]).get(link, []))


def apply(context: Context) -> None:
    """Send everything that is owed, one side after the other; a second pass sends what waited for the first.

    Records are ended last, when whatever refers to them has been written on all sides.
    """
    for kinds in ((RETURN, "create", "update"), ("create", "update"), ENDINGS):
        if not _owing(context, kinds):
            continue
        for side in context.mapping.sides:
            if context.roles[side] != "source":
                _drain(context, side, kinds)


def _drain(context: Context, side: str, kinds: tuple[str, ...]) -> None:
    total = sum(n for (s, kind, status), n in context.store.count_changes(entity=context.entity).items()
                if s == side and kind in kinds and status == "owed")  # fmt: skip
    done = 0
    ranks = {0}
    while ranks:
        rank, after = min(ranks), 0
        ranks.remove(rank)
        while rows := context.store.changes(entity=context.entity, side=side, kind=kinds, status="owed", after=after):
            after = rows[-1]["id"]
            rows = [row for row in rows if row["id"] not in context.withheld]
            for kind, group in groupby(rows, key=lambda row: str(row["kind"])):
                for _ in _send(context, side, kind, list(group), rank, ranks):
                    done += 1
                    context.emit("write", side, done, total)


def _send(context: Context, side: str, kind: str, rows: list[Row], rank: int, later: set[int]) -> Iterator[None]:
    """Send changes of one kind; those of a higher rank are left for `later`, when what they refer to is there."""
    ready: list[Draft] = []
    for row in rows:
        drafted = draft_of(context, row)
        if (own := context.connections[side].rank(context.resource(side), drafted[0])) > rank:
            later.add(own)
            continue
        draft = _draft(context, row, *drafted)
        if draft is None:
            yield None
        else:
            ready.append(draft)
    connection, resource = context.connections[side], context.resource(side)
    for start in range(0, len(ready), 100):
        part = ready[start : start + 100]
        context.store.mark([draft.tag["id"] for draft in part], status="sent")
        pending = {draft.tag["id"] for draft in part}
        outcomes = Outcomes(context, side, safe=_safe(context, side, kind))
        try:
            for outcome in connection.write(resource, part):
                pending.discard(outcome.draft.tag["id"])
                outcomes.take(outcome)
                yield None
            outcomes.store()
        except RemoteError:
            # The side refuses everything: what was not reached was not sent.
            outcomes.store()
            context.store.mark(sorted(pending), status="owed")
            raise
        except KeyboardInterrupt:
            outcomes.store()
            raise


def _safe(context: Context, side: str, kind: str) -> bool:
    """Whether a write whose outcome was lost can be looked for, or be sent again: as `recover` does."""
    resource, name = context.mapping.sides[side].context.resource, context.resource(side)
    if kind != "create":
        return True
    findable = context.connections[side].can_find(name, resource.stamp_key or "")
    return bool(resource.stamp_key) and (findable or _repeatable(resource))


def _repeatable(resource: Resource) -> bool:
    create = resource.operations.get("create") or resource.operations.get("upsert")
    return create is not None and create.repeatable


def _draft(context: Context, row: Row, draft: Draft, problems: list[RuleError]) -> Draft | None:
    """The native record to send, or None where a rule forbids it: the change is then set aside."""
    missing = draft.tag["missing"]
    if problems:
        waiting = any(problem.field in missing for problem in problems)
        fail(context, row, "waiting" if waiting else "write", problems[0])
        return None
    if not draft.native and row["kind"] == "update":
        if not missing:
            context.store.mark([row["id"]], status="done", done_by=context.run)
        return None
    return draft


def draft_of(context: Context, row: Row) -> tuple[Draft, list[RuleError]]:
    """A change in the form in which it is sent, and what forbids it.

    The draft's tag is the change with its `values`, and with the references that are `missing` on its side.
    """
    if row["kind"] in (*ENDINGS, RETURN):
        return Draft(row["kind"], {}, row["key"] or "", tag={**row, "missing": {}}), []
    compiled = context.mapping.sides[row["side"]]
    values = context.mapping.load(unpack(row["fields"]))
    before = unpack(row["before"])
    changed = None if row["kind"] == "create" else frozenset(before)
    keyed, missing = _to_keys(context, row["side"], values)
    native, problems = compiled.write(keyed, changed, row["kind"] == "create")
    removed = {}
    for name, old in before.items():
        cell = compiled.cells.get(name)
        if isinstance(old, list) and cell and cell.native and name in values:
            gone = [label for label in old if label not in (values[name] or [])]
            if gone:
                removed[cell.native.path] = gone
    if changed is not None:
        # What is only asked for is not owed.
        missing = {name: link for name, link in missing.items() if name in changed}
    tag = {**row, "values": values, "missing": missing}
    return Draft(row["kind"], native, row["key"] or "", removed, row["stamp"] or "", tag), problems


def _to_keys(context: Context, side: str, values: Record) -> tuple[Record, dict[str, str]]:
    """The values with the side's keys for links; what is not there yet is left out, and named with its link."""
    refs = context.mapping.sides[side].refs
    keyed, missing = dict(values) if refs else values, {}
    for name, target in refs.items():
        link = values.get(name)
        if link is None:
            continue
        if ":" in str(link):
            # In a plan, the name of a record that will be linked by then.
            continue
        rows = context.store.linked(target.entity, [link]).get(link, [])
        keys = [row["key"] for row in rows if row["side"] == target.side]
        if keys:
            keyed[name] = keys[0]
        else:
            del keyed[name]
            missing[name] = link
    return keyed, missing


def _owing(context: Context, kinds: tuple[str, ...]) -> bool:
    """Whether there is anything of these kinds to send."""
    counts = context.store.count_changes(entity=context.entity)
    return any(status == "owed" and kind in kinds for _, kind, status in counts)
