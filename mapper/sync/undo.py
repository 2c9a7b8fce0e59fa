"""Putting back what a run has changed, where nobody has edited it since: a run of its own, which can be undone too.

An undo reads the records that the run wrote, and no others. Agreed on a side that is put back is its old value, and on
the side that the change came from the new one: they differ on purpose, and the next run is silent. Whoever edits the
field on any side afterwards is followed as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mapper.compile import CompiledSide
from mapper.errors import UNREADABLE, Missing, UsageError
from mapper.log import log
from mapper.records import ABSENT, Record
from mapper.state import Row, bylink
from mapper.state.tables import OPEN, RETIRED
from mapper.sync import reading
from mapper.sync.apply import draft_of
from mapper.sync.context import Context, pack, unpack
from mapper.sync.decide import context_fields
from mapper.sync.endings import ENDINGS, RETURN
from mapper.sync.planning import WRITES, change_name
from mapper.sync.report import UNKNOWN

if TYPE_CHECKING:
    from mapper.sync.project import Project

#: What becomes of a record that the run created.
Creates = Literal["deactivate", "delete", "keep"]


@dataclass(frozen=True)
class Undo:
    """Which run is to be undone, and what becomes of the records that it created."""

    run: int
    creates: Creates = "deactivate"


@dataclass
class _Written:
    """What the run did with one record: by field the value before it and after it.

    Of a record that it brought back `agreed` are the fingerprints of what that held.
    """

    row: Row
    created: bool = False
    ended: str = ""
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)
    agreed: dict[str, Any] = field(default_factory=dict)


def entity_of(project: Project, number: int) -> str:
    """The entity of a run that can be undone; raises UsageError for any other."""
    row = project.store.run(number)
    if row is None:
        raise UsageError(f"there is no run {number}", hint="see `mapper runs`")
    if row["outcome"] == "planned":
        raise UsageError(f"run {number} was a plan: it changed nothing", hint="see `mapper runs`")
    if row["purged"]:
        raise UsageError(f"run {number} cannot be undone: its values are no longer kept")
    return str(row["entity"])


def plan(context: Context, asked: Undo) -> None:
    """Plan what puts the run's changes back; what cannot be put back is told and noted."""
    for chunk in bylink.done(context.store, asked.run, context.run):
        owed = context.store.open_changes(context.entity, list(chunk))
        members = context.store.linked(context.entity, list(chunk))
        written = [one for rows in chunk.values() for one in _written(rows)]
        rows: list[dict[str, Any]] = []
        for side in context.mapping.sides:
            mine = [one for one in written if one.row["side"] == side]
            rows += _planned(context, asked, side, mine, owed, members)
        for one in written:
            if one.row["side"] not in context.mapping.sides:
                rows.append(_refused(context, asked, one, {}, {}, "the mapping has no such side any more"))
        context.store.plan(rows)


def commit(context: Context, asked: Undo) -> int:
    """Make what is planned owed, and give up what the run itself still owed; gives how much that was."""
    store, after, given_up = context.store, 0, 0
    with store.transaction():
        while rows := store.changes(entity=context.entity, status=OPEN, after=after):
            after = rows[-1]["id"]
            mine = [row for row in rows if row["run"] == asked.run]
            context.withheld |= {row["id"] for row in rows} - {row["id"] for row in mine}
            store.mark([row["id"] for row in mine], status="dropped", done_by=context.run)
            for row in mine:
                context.release(row["side"], change_name(row), *WRITES)
            given_up += len(mine)
        store.mark_all({"run": context.run, "status": "draft"}, status="owed")
    return given_up


def _written(rows: Iterable[Row]) -> list[_Written]:
    """The records that these changes wrote; several changes of one record are one."""
    found: dict[tuple[str, str], _Written] = {}
    for row in rows:
        one = found.setdefault((row["side"], row["key"]), _Written(row))
        one.created = one.created or row["kind"] == "create"
        one.ended = row["kind"] if row["kind"] in (*ENDINGS, RETURN) else one.ended
        values, made = unpack(row["fields"]), unpack(row["wrote"])
        one.agreed = made if row["kind"] == RETURN else one.agreed
        for name, before in unpack(row["before"]).items():
            one.old.setdefault(name, before)
            one.new[name] = made.get(name, values.get(name))
    return list(found.values())


def _planned(
    context: Context,
    asked: Undo,
    side: str,
    written: list[_Written],
    owed: Mapping[str, list[Row]],
    members: Mapping[str, list[Row]],
) -> list[dict[str, Any]]:
    """The rows that put these records of a side back."""
    rows, waiting = [], []
    known = {r["key"]: r for group in members.values() for r in group if r["side"] == side}
    for one in written:
        if _is_back(asked, one, known.get(one.row["key"])):
            continue
        busy = [r for r in owed.get(one.row["link"], []) if r["side"] == side and r["key"] == one.row["key"]]
        if one.ended:
            # What it missed while it was ended is written when it is back.
            busy = [row for row in busy if row["status"] != "left"]
        if any(row["run"] != asked.run for row in busy):
            rows.append(_refused(context, asked, one, {}, {}, "a later run still owes a write to it: run a sync first"))
        elif context.mapping.spec.sides[side].role == "source":
            rows.append(_refused(context, asked, one, {}, {}, f"nothing is written to {side} any more (role: source)"))
        elif one.ended in ENDINGS and not one.created:
            rows.append(_returned(context, asked, one))
        elif not (one.created and asked.creates == "keep"):
            waiting.append(one)
    held, unread = _read(context, side, [one.row["key"] for one in waiting])
    there = _Referred(context, side)
    for one in waiting:
        agreed = known.get(one.row["key"], {})
        if one.row["key"] not in held:
            words = unread.get(one.row["key"], "it is not there any more")
            rows.append(_refused(context, asked, one, {}, {}, words))
        elif one.ended == RETURN:
            rows.append(_ended_again(context, asked, one, held[one.row["key"]], unpack(agreed.get("base"))))
        elif one.created:
            rows.append(_ended(context, asked, one, held[one.row["key"]]))
        else:
            rows += _put_back(context, asked, one, held[one.row["key"]], unpack(agreed.get("image")), there)
    return rows


def _is_back(asked: Undo, one: _Written, known: Row | None) -> bool:
    """Whether a record that the run has ended is in use, or one that it has brought is not: as after another undo."""
    if known is None:
        return False
    if one.ended in ENDINGS and not one.created:
        return known["mark"] is None
    return (one.ended == RETURN or (one.created and asked.creates == "deactivate")) and known["mark"] == RETIRED


class _Referred:
    """Whether what the records of a side are to refer to again is still there; each is asked for once."""

    def __init__(self, context: Context, side: str) -> None:
        self.context = context
        self.side = side
        self.asked: dict[tuple[str, str], bool] = {}

    def lost(self, name: str, old: Any) -> str | None:
        """Why a field cannot refer to what it referred to; None where it can, or is no reference."""
        compiled = self.context.mapping.sides[self.side]
        target = compiled.refs.get(name)
        if target is None or old is None or ":" in str(old):
            return None
        rows = self.context.store.linked(target.entity, [old]).get(old, [])
        key = next((row["key"] for row in rows if row["side"] == target.side), None)
        if key is None:
            return f"referred to a {target.entity} that is not linked with {self.side} any more"
        native = compiled.cells[name].native
        if native is None or not native.field.ref or self._has(native.field.ref, key):
            return None
        return f"referred to {target.entity} {key}, which is not at {self.side} any more"

    def _has(self, resource: str, key: str) -> bool:
        if (resource, key) not in self.asked:
            there = True
            try:
                self.context.connections[self.side].get(resource, key)
            except Missing:
                there = False
            except UNREADABLE as error:
                log.info("%s %s cannot be read, and may be there: %s", self.side, key, error)
            self.asked[resource, key] = there
        return self.asked[resource, key]


def _read(context: Context, side: str, keys: list[str]) -> tuple[dict[str, Record], dict[str, str]]:
    """These records as they are now, without those that are gone; and why the vendor will not show one of them."""
    connection, resource, compiled = context.connections[side], context.resource(side), context.mapping.sides[side]
    connection.use(resource, compiled.containers)
    if keys and reading.learns(context, side):
        # Only a side's records tell what stands in a list that is to be written: all of them are asked, once.
        for _ in connection.pages(resource):
            continue
    natives, unread = {}, {}
    for key in keys:
        try:
            natives[key] = connection.get(resource, key)
        except Missing:
            continue
        except UNREADABLE as error:
            unread[key] = f"it cannot be read now ({error})"
    context.counts[side].read += len(natives)
    reader = context.mapping.readers[side]
    read = {key: reader(native) for key, native in natives.items()}
    shown = {key: {name: canonical.get(name) for name in compiled.refs} for key, (canonical, _, _) in read.items()}
    reading.resolve_refs(context, compiled, read)
    # What is not linked is named as it is there: a record that refers to it now was edited.
    unlinked = {
        key: {n: f"{compiled.refs[n].side}:{one}" for n, one in shown[key].items() if one is not None and n not in now}
        for key, (now, _, _) in read.items()
    }
    return {key: canonical | unlinked[key] for key, (canonical, _, _) in read.items()}, unread


def _put_back(
    context: Context, asked: Undo, one: _Written, now: Record, image: Mapping[str, Any], there: _Referred
) -> list[dict[str, Any]]:
    """The update that gives a record its values before; and a note of the fields that it cannot be given."""
    compiled, mapping = context.mapping.sides[one.row["side"]], context.mapping
    old, new = mapping.load(one.old), mapping.load(one.new)
    back: Record = {}
    kept: dict[str, str] = {}
    for name in one.old:
        why = _hindrance(context, compiled, one, name, now, image)
        if why is None and not _same(context, name, _now(compiled, name, now, new), old.get(name)):
            why = there.lost(name, old.get(name))
            if why is None:
                back[name] = old.get(name)
        if why:
            kept[name] = why
    rows = []
    if back:
        wanted = context_fields(compiled, back)
        values = {name: now[name] for name in wanted if name in now} | back
        before = mapping.dump({name: _now(compiled, name, now, new) for name in back})
        row = _row(context, asked, one, "update", mapping.dump(values), before)
        _, problems = draft_of(context, {**row, "id": 0})
        if problems:
            kept |= dict.fromkeys(back, problems[0].message)
        else:
            rows.append(row)
    if kept:
        before = mapping.dump({name: now[name] for name in kept if name in now})
        fields = {name: one.old[name] for name in kept if one.old[name] != UNKNOWN}
        rows.append(_refused(context, asked, one, fields, before, _words(kept)))
    return rows


def _hindrance(
    context: Context, compiled: CompiledSide, one: _Written, name: str, now: Record, image: Mapping[str, Any]
) -> str | None:
    """Why a field is not put back; None where it is, or holds its old value already."""
    cell = compiled.cells.get(name)
    if cell is None or cell.target is None:
        return "is no longer written by the mapping"
    if one.old[name] == UNKNOWN:
        return "held a value that is not known"
    if cell.policy == "never clear" and one.old[name] in (None, [], ""):
        return "cannot be emptied (policy: never clear)"
    mapping = context.mapping
    old, new = mapping.load({name: one.old[name]})[name], mapping.load({name: one.new[name]})[name]
    if name in compiled.sources:
        held = now.get(name, ABSENT)
        untouched = held is not ABSENT and (_same(context, name, held, new) or _same(context, name, held, old))
    else:
        # The side does not show it: what was written last counts.
        untouched = name not in image or _same(context, name, mapping.load({name: image[name]})[name], new)
    return None if untouched else "was edited since"


def _now(compiled: CompiledSide, name: str, now: Record, new: Record) -> Any:
    return now.get(name) if name in compiled.sources else new.get(name)


def _same(context: Context, name: str, one: Any, other: Any) -> bool:
    prints = context.mapping.fingerprint_of
    return context.mapping.same(name, prints(name, one), prints(name, other))


def _ended(context: Context, asked: Undo, one: _Written, now: Record) -> dict[str, Any]:
    """The write that ends a record which the run created, where nobody has edited it since."""
    side = one.row["side"]
    new = context.mapping.sides[side].as_created(context.mapping.load(one.new))
    if edited := [n for n in _shown(context, side, now) if not _same(context, n, now[n], new.get(n))]:
        return _kept(context, asked, one, now, edited)
    if not context.connections[side].can_end(context.resource(side), asked.creates):
        other = "delete" if asked.creates == "deactivate" else "deactivate"
        words = f"{side} cannot {asked.creates} it: `--creates {other}` or `--creates keep`"
        return _refused(context, asked, one, {}, {}, words)
    return _row(context, asked, one, asked.creates, {}, {})


def _ended_again(context: Context, asked: Undo, one: _Written, now: Record, base: Record) -> dict[str, Any]:
    """The write that ends a record which the run brought back, where nobody has edited it since.

    Of a run of an older version only what is agreed now is known, its `base`.
    """
    mapping = context.mapping
    agreed = (one.agreed or base) | mapping.base(mapping.load(one.new))
    shown = _shown(context, one.row["side"], now)
    found, nothing = mapping.base({n: now[n] for n in shown}), mapping.base(dict.fromkeys(shown))
    if edited := [name for name in shown if not mapping.same(name, found[name], agreed.get(name, nothing[name]))]:
        return _kept(context, asked, one, now, edited)
    return _row(context, asked, one, "deactivate", {}, {})


def _shown(context: Context, side: str, now: Record) -> list[str]:
    """The fields of a record that its side shows."""
    compiled = context.mapping.sides[side]
    return [name for name in now if name in compiled.sources and name in compiled.cells]


def _kept(context: Context, asked: Undo, one: _Written, now: Record, edited: list[str]) -> dict[str, Any]:
    """A note that a record is not ended, as these fields were edited since."""
    before = context.mapping.dump({name: now.get(name) for name in edited})
    return _refused(context, asked, one, {}, before, _words(dict.fromkeys(edited, "was edited since")))


def _returned(context: Context, asked: Undo, one: _Written) -> dict[str, Any]:
    """The write that brings back a record which the run ended."""
    side = one.row["side"]
    if one.ended == "delete":
        return _refused(context, asked, one, {}, {}, f"it was deleted, and {side} cannot bring it back")
    if not context.connections[side].can_end(context.resource(side), RETURN):
        return _refused(context, asked, one, {}, {}, f"{side} cannot bring back a record that was deactivated")
    return _row(context, asked, one, RETURN, {}, {})


def _row(
    context: Context, asked: Undo, one: _Written, kind: str, fields: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    row = {name: one.row[name] for name in ("entity", "link", "side", "key", "title")}
    row |= {"run": context.run, "kind": kind, "status": "draft", "reason": f"undo of run {asked.run}"}
    row |= {"fields": pack(fields), "before": pack(before), "stamp": None, "attempts": 0, "done_by": None}
    return row


def _refused(
    context: Context, asked: Undo, one: _Written, fields: Mapping[str, Any], before: Mapping[str, Any], words: str
) -> dict[str, Any]:
    """A note of what is not put back, told and kept."""
    context.refuse(one.row["side"], one.row["key"], one.row["title"], f"skipped: {words}")
    kind = one.ended or ("create" if one.created else "update")
    row = _row(context, asked, one, kind, fields, before)
    status = {"status": "refused", "done_by": context.run} if not context.dry else {"status": "held"}
    return {**row, **status, "reason": f"undo of run {asked.run}, skipped: {words}"}


def _words(kept: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {why}" for name, why in kept.items())
