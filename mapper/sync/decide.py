"""What to write where: pure, from what each side held at the last agreement and what it holds now.

For each field the sides that moved since the last agreement are compared. None moved: nothing to do. One moved, or
several to the same value: that value goes to the others. Several moved apart: the field's conflict rule decides, or a
person. Sets are merged item by item and never conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mapper.compile import EMPTY, Base, CompiledMapping, CompiledSide
from mapper.records import ABSENT, Record, fold


@dataclass
class View:
    """One side of a link; `key` is None where there is no record, `canonical` where it was not read now.

    `image` holds the last agreed values as plain data, where they are kept; `prints` the fingerprints of what was read,
    where they are known already.

    `left`: the record is no longer one of those that the mapping is about, and is left alone. `missed` are the fields
    that others wrote while it was; what they wrote stands in `owed`. `gone`: it is not there any more; `leaving` names
    which of the two is new, and `ended` says that a run of ours has retired it. `condemned` is the kind of ending that
    an earlier run owes it. `fixed`: the mapping only reads from this side, whatever its role in this run.
    `asked`: it is gone, and a person has been asked what is to become of the others, as one of them was edited, or as
    they are to be merged, too.
    """

    side: str
    role: str
    key: str | None = None
    base: Base = field(default_factory=dict)
    canonical: Record | None = None
    stamp: float | None = None
    owed: Record = field(default_factory=dict)
    creating: bool = False
    left: bool = False
    missed: frozenset[str] = frozenset()
    image: Record = field(default_factory=dict)
    gone: bool = False
    leaving: str = ""
    ended: bool = False
    condemned: str = ""
    prints: Base = field(default_factory=dict)
    fixed: bool = False
    asked: bool = False

    def print_of(self, mapping: CompiledMapping, name: str) -> Any:
        """The fingerprint of a field as it was read."""
        if name not in self.prints:
            self.prints[name] = mapping.fingerprint_of(name, _value(self, name))
        return self.prints[name]

    @property
    def reads(self) -> bool:
        return self.role != "target"

    @property
    def writes(self) -> bool:
        return self.role != "source" and not self.gone and not self.fixed


@dataclass(frozen=True)
class Conflict:
    """A field that several sides changed to different values, for which no rule decides."""

    name: str
    values: Mapping[str, Any]


@dataclass
class Decision:
    """The writes, by side: canonical values of the fields to write; and the fields left to a person.

    `later` are those of records that are left alone: they are owed when the record is back. `ends` are the records to
    be deleted or deactivated; `edited` are the sides whose edits prevented that.
    """

    creates: dict[str, Record] = field(default_factory=dict)
    updates: dict[str, Record] = field(default_factory=dict)
    later: dict[str, Record] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)
    edited: tuple[str, ...] | None = None


Tolerance = Mapping[str, float]


def decide(mapping: CompiledMapping, views: Mapping[str, View], tolerance: Tolerance | None = None) -> Decision:
    """What a link needs; `tolerance`: by how many seconds the stamps of a side may be wrong (0 where it is not named).

    Of two stamps the later one counts as newer only where it is so whatever their clocks say within these.
    """
    if (alone := _alone(views)) is not None:
        return _founded(mapping, alone, views)
    decision = Decision()
    _recall(mapping, views)
    values: dict[str, dict[str, Any]] = {side: {} for side in views}
    edits = {name: found for name in mapping.rows if (found := _moved(mapping, name, views))}
    touched = {side for moved in edits.values() for side in moved}
    if _left_to_a_person(mapping, views, edits, decision) or _kept_apart(mapping, views, touched):
        edits = {}
    for name, row in mapping.rows.items():
        moved = edits.get(name, [])
        if row.type == "set":
            _merge_set(mapping, name, views, moved, values)
        elif moved:
            winner = _winner(mapping, name, views, moved, tolerance or {})
            if winner is None:
                held = {side: _value(views[side], name) for side in moved}
                decision.conflicts.append(Conflict(name, held))
                continue
            _spread(mapping, name, winner, views, values)
        _add_owed(mapping, name, views, values)
    for side, view in views.items():
        if view.key is None:
            _create(mapping, view, views, values[side], decision)
        elif values[side]:
            (decision.later if view.left else decision.updates)[side] = values[side]
    _end(mapping, views, decision, touched)
    return decision


def _recall(mapping: CompiledMapping, views: Mapping[str, View]) -> None:
    """Where a record that is back was itself changed in a field that it missed, the two changes meet now.

    The other side holds what was missed, unless it was changed again since. Sets are merged, and need no such care.
    """
    for side, view in views.items():
        for name in sorted(view.missed & view.owed.keys() & mapping.rows.keys()):
            if mapping.rows[name].type == "set" or not _moved(mapping, name, {side: view}):
                continue
            sources = mapping.directions[name][0]
            others = (other for other in views.values() if other is not view and other.key is not None and other.reads)
            giver = next((o for o in others if o.side in sources and name in mapping.sides[o.side].sources), None)
            if giver is None:
                continue
            value = view.owed.pop(name)
            if _value(giver, name) is ABSENT:
                giver.canonical = {**(giver.canonical or {}), name: value}
                giver.prints = {n: found for n, found in giver.prints.items() if n != name}
            giver.base = {n: found for n, found in giver.base.items() if n != name}


def _alone(views: Mapping[str, View]) -> View | None:
    """The one record of a link that has just been founded, of which nothing was agreed before."""
    there = [view for view in views.values() if view.key is not None or view.creating or view.owed]
    if len(there) != 1 or there[0].canonical is None or not there[0].reads:
        return None
    return None if there[0].base or there[0].owed else there[0]


def _founded(mapping: CompiledMapping, alone: View, views: Mapping[str, View]) -> Decision:
    """What `decide` finds for a new record, in fewer steps: all that it holds goes to the other sides."""
    assert alone.canonical is not None
    given: Record = {}
    for name, value in alone.canonical.items():
        if value not in (None, []) and alone.side in mapping.directions[name][0]:
            given[name] = list(by_fold(value).values()) if mapping.rows[name].type == "set" else value
    decision = Decision()
    for view in views.values():
        if view is not alone and view.writes:
            _found(mapping, view, given, decision)
    return decision


def _kept_apart(mapping: CompiledMapping, views: Mapping[str, View], touched: set[str]) -> bool:
    """Whether an edit of an agreed record, on one side only, is to stay where it was made."""
    return mapping.spec.situations.changed == "ignore" and len(touched) == 1 and any(views[s].base for s in touched)


def _left_to_a_person(
    mapping: CompiledMapping, views: Mapping[str, View], edits: Mapping[str, list[str]], decision: Decision
) -> bool:
    """Whether a person is asked because several sides were edited, and not to the same."""
    if mapping.spec.situations.clash != "ask":
        return False
    apart = {name: moved for name, moved in edits.items() if len(moved) == 1 or not _alike(mapping, name, views, moved)}
    sides = sorted({side for moved in apart.values() for side in moved})
    if len(sides) < 2:
        return False
    decision.conflicts += [Conflict(name, {side: _value(views[side], name) for side in sides}) for name in apart]
    return True


def _alike(mapping: CompiledMapping, name: str, views: Mapping[str, View], sides: list[str]) -> bool:
    """Whether these sides hold the same value."""
    prints = [views[side].print_of(mapping, name) for side in sides]
    return all(mapping.same(name, one, prints[0]) for one in prints)


def _moved(mapping: CompiledMapping, name: str, views: Mapping[str, View]) -> list[str]:
    """The sides whose value of a field differs from the last agreement."""
    sources, _ = mapping.directions[name]
    found = []
    for side, view in views.items():
        if not view.reads or side not in sources or view.canonical is None or name not in view.canonical:
            continue
        now = view.print_of(mapping, name)
        if name not in view.base:
            if now not in (EMPTY, []):
                found.append(side)
        elif not mapping.same(name, now, view.base[name]):
            found.append(side)
    return found


def _winner(
    mapping: CompiledMapping, name: str, views: Mapping[str, View], moved: list[str], tolerance: Tolerance
) -> str | None:
    """The side whose value counts, or None where a person must say."""
    if len(moved) == 1:
        return moved[0]
    if _alike(mapping, name, views, moved):
        return moved[0]
    prints = {side: views[side].print_of(mapping, name) for side in moved}
    rule = mapping.rows[name].conflict or mapping.spec.conflict
    if rule in moved:
        return rule
    if rule == "newest":
        return _newest(mapping, prints, name, {side: views[side].stamp for side in moved}, tolerance)
    return None


def _newest(
    mapping: CompiledMapping,
    prints: Mapping[str, Any],
    name: str,
    stamps: Mapping[str, float | None],
    tolerance: Tolerance,
) -> str | None:
    """The side that moved last, if it did so whatever its clock and those of all that hold another value say."""
    moments = {side: stamp for side, stamp in stamps.items() if stamp is not None}
    if len(moments) < len(stamps):
        return None
    best = max(moments, key=lambda side: moments[side])
    least = moments[best] - tolerance.get(best, 0.0)
    rivals = [side for side in moments if not mapping.same(name, prints[side], prints[best])]
    return best if all(moments[side] + tolerance.get(side, 0.0) < least for side in rivals) else None


def _value(view: View, name: str) -> Any:
    return ABSENT if view.canonical is None else view.canonical.get(name, ABSENT)


def _takes(mapping: CompiledMapping, name: str, view: View) -> bool:
    """Whether a field may be written to a side at all, by itself or within what is made of it there."""
    compiled = mapping.sides[view.side]
    if name in compiled.lent:
        return view.writes
    cell = compiled.cells.get(name)
    return view.writes and cell is not None and cell.target is not None and view.side in mapping.directions[name][1]


def _spread(
    mapping: CompiledMapping, name: str, winner: str, views: Mapping[str, View], values: dict[str, dict[str, Any]]
) -> None:
    value = _value(views[winner], name)
    # What was owed to it is older than its own edit.
    views[winner].owed.pop(name, None)
    for side, view in views.items():
        if side == winner or not _takes(mapping, name, view):
            continue
        view.owed.pop(name, None)
        if view.key is None or not _holds(mapping, name, view, views[winner]):
            values[side][name] = value


def _holds(mapping: CompiledMapping, name: str, view: View, winner: View) -> bool:
    """Whether a side has the winner's value already, or must keep its own."""
    now = view.base.get(name, ABSENT) if _value(view, name) is ABSENT else view.print_of(mapping, name)
    if name in mapping.sides[view.side].lent:
        return False
    cell = mapping.sides[view.side].cells[name]
    if cell.policy == "if empty" and now not in (ABSENT, EMPTY, []):
        return True
    if cell.once or cell.policy == "on create":
        return True
    return now is not ABSENT and mapping.same(name, now, winner.print_of(mapping, name))


def _merge_set(
    mapping: CompiledMapping,
    name: str,
    views: Mapping[str, View],
    moved: list[str],
    values: dict[str, dict[str, Any]],
) -> None:
    added: dict[str, str] = {}
    removed: set[str] = set()
    for side in moved:
        view = views[side]
        now = by_fold(_value(view, name))
        then = by_fold(view.base.get(name))
        added |= {key: label for key, label in now.items() if key not in then}
        removed |= set(then) - set(now)
    removed -= set(added)
    for side, view in views.items():
        if not _takes(mapping, name, view) or not (added or removed or name in view.owed):
            continue
        current = _value(view, name)
        held = by_fold(view.base.get(name) if current is ABSENT else current)
        start = _with_owed(view, name, held)
        wanted = {**start, **{k: v for k, v in added.items() if k not in start}}
        wanted = {key: label for key, label in wanted.items() if key not in removed}
        view.owed.pop(name, None)
        if view.key is None or set(wanted) != set(held):
            values[side][name] = list(wanted.values())


def _with_owed(view: View, name: str, held: dict[str, str]) -> dict[str, str]:
    """What a side should hold before anything new: what it is owed, with its own edits since."""
    if name not in view.owed:
        return held
    then = by_fold(view.base.get(name))
    owed = by_fold(view.owed[name]) | {key: label for key, label in held.items() if key not in then}
    return {key: label for key, label in owed.items() if key in held or key not in then}


def by_fold(labels: Iterable[str] | None) -> dict[str, str]:
    return {fold(str(label)): str(label) for label in labels or ()}


def _add_owed(
    mapping: CompiledMapping, name: str, views: Mapping[str, View], values: dict[str, dict[str, Any]]
) -> None:
    for side, view in views.items():
        if name in view.owed and name not in values[side] and _takes(mapping, name, view):
            values[side][name] = view.owed[name]


def _create(
    mapping: CompiledMapping, view: View, views: Mapping[str, View], values: dict[str, Any], decision: Decision
) -> None:
    """A side without a record gets one, with everything that the others hold."""
    given = [other for other in views.values() if other.canonical is not None and other.reads]
    if not view.writes or (not given and not view.creating):
        return
    complete = dict(values)
    for name in mapping.rows:
        if name in complete or any(conflict.name == name for conflict in decision.conflicts):
            continue
        for other in given:
            assert other.canonical is not None
            if other.canonical.get(name) not in (None, []) and other.side in mapping.directions[name][0]:
                complete[name] = other.canonical[name]
                break
    _found(mapping, view, complete, decision)


def _found(mapping: CompiledMapping, view: View, values: Record, decision: Decision) -> None:
    """Have a record created, if its side takes one with these values."""
    accepts = mapping.sides[view.side].accepts
    if values and (accepts is None or accepts(values)):
        compiled = mapping.sides[view.side]
        decision.creates[view.side] = {name: value for name, value in values.items() if name in compiled.takes}


def context_fields(side: CompiledSide, changed: Iterable[str]) -> set[str]:
    """The fields that the cells written for these changes read, and on which it depends whether they are written."""
    names = set(changed)
    return {name for cell in side.cells.values() if not cell.reads.isdisjoint(names) for name in cell.needs} | names


def _end(mapping: CompiledMapping, views: Mapping[str, View], decision: Decision, touched: set[str]) -> None:
    """What a record that has ended on one side means for the others."""
    leaving = [view for view in views.values() if view.leaving and view.reads]
    if not leaving and not any(view.condemned for view in views.values()):
        return
    alive = [view for view in views.values() if view.key is not None and not view.gone]
    if all(view.left for view in alive):
        decision.creates.clear()
    situations = mapping.spec.situations
    actions = {"gone": situations.gone, "left": situations.left}
    for view in alive:
        wanted = {actions[other.leaving].on(view.side) for other in leaving} | {view.condemned or "ignore"}
        kind = "delete" if "delete" in wanted else "deactivate" if "deactivate" in wanted else ""
        if kind and view.writes and not view.left and not view.ended:
            decision.ends[view.side] = kind
    if decision.ends and (touched or any(view.owed for view in leaving)):
        decision.ends.clear()
        decision.edited = tuple(sorted(touched))
    if any(view.asked for view in views.values()):
        # That another one is gone by now may be part of the answer, and is not the whole.
        decision.ends.clear()
