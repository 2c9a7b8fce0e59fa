"""The whole story of one record over runs: what it is linked with, what was written when and why, what is owed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mapper.spec.mapping import Mapping as MappingSpec
from mapper.state import Row, Store, history
from mapper.state.aside import left_among
from mapper.state.tables import OPEN
from mapper.sync import whichrecord
from mapper.sync.context import unpack
from mapper.sync.report import FieldChange, Quarantined, field_change
from mapper.sync.sidestory import Known, SideStory, sides_of, unlinked

if TYPE_CHECKING:
    from mapper.sync.project import Project


@dataclass(frozen=True)
class Write:
    """One write: planned by `run`, its present status given to it by `done_by`."""

    number: int
    run: int
    side: str
    kind: str
    key: str | None
    title: str
    status: str
    reason: str
    attempts: int
    done_by: int | None
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Aside(Quarantined):
    """One quarantine entry; moments are Unix seconds, `needs` is the record that it waits for as entity/side/key."""

    needs: str | None
    first_seen: float
    last_seen: float


@dataclass(frozen=True)
class Left:
    """One quarantine entry that is no more, as the record came right or a person `dropped` it; without its values."""

    number: int
    side: str
    key: str
    cause: str
    field: str
    place: str
    attempts: int
    first_run: int
    last_run: int
    first_seen: float
    last_seen: float
    left_at: float
    dropped: bool


@dataclass(frozen=True)
class Step:
    """What one run had to do with the record; moments are Unix seconds, None where the run is no longer known.

    `read` names the records that had moved, `writes` what was decided, `settled` the numbers of writes decided earlier
    that this run brought to an end or tried, and `set_aside` the quarantine entries that began here.
    """

    run: int
    kind: str
    outcome: str
    message: str
    started: float | None
    finished: float | None
    linked: bool
    read: tuple[str, ...]
    writes: tuple[Write, ...]
    settled: tuple[int, ...]
    set_aside: tuple[int, ...]


@dataclass(frozen=True)
class Story:
    """Everything that the state knows of one record; runs are oldest first.

    `state` is `linked`, `unlinked`, `planned` (only a plan has named it) or `gone`, and `why` says why it is not
    linked; `references` names the records behind the links that stand in fields.
    """

    entity: str
    key: str
    side: str | None
    title: str
    link: str | None
    state: str
    why: str
    sides: tuple[SideStory, ...]
    runs: tuple[Step, ...]
    quarantine: tuple[Aside, ...]
    left_quarantine: tuple[Left, ...]
    waiting_for_it: tuple[Aside, ...]
    owed: tuple[Write, ...]
    references: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The story as plain data, as `--json` prints it."""
        return asdict(self)


def story(project: Project, entity: str, key: str, side: str | None = None) -> Story:
    """The story of the record with this key; no vendor is asked.

    `key` is the record's key on any side, `SIDE:KEY`, or a link's id; `side` tells apart what several sides hold.
    Raises UsageError where nothing is known of it, or where it may be several records.
    """
    spec, store = project.mapping(entity).spec, project.store
    subject = whichrecord.find(store, spec, project.entities, key, side)
    members = store.linked(entity, [subject.link]).get(subject.link, []) if subject.link else []
    places = {(row["side"], row["key"]) for row in members} | ({subject.place} if subject.place else set())
    changes = history.changes_of(store, entity, subject.link, sorted(places))
    names = places | {(name, f"link:{subject.link}") for name in spec.sides if subject.link}
    aside = history.quarantined_among(store, entity, names)
    known = Known(store, spec, subject, members, changes, aside)
    writes = [_write(row) for row in changes]
    state, why = unlinked(known)
    return Story(
        entity=entity,
        key=subject.place[1] if subject.place else key,
        side=subject.place[0] if subject.place else None,
        title=_title(changes, aside),
        link=subject.link,
        state=state,
        why=why,
        sides=tuple(sides_of(known)),
        runs=tuple(_steps(known, writes, history.runs_that_kept(store, entity, sorted(places)))),
        quarantine=tuple(map(_aside, aside)),
        left_quarantine=tuple(map(_left, left_among(store, entity, names))),
        waiting_for_it=tuple(map(_aside, history.waiting_for(store, entity, sorted(names)))),
        owed=tuple(write for write in writes if write.status in OPEN),
        references=_references(store, spec, writes),
    )


def _steps(known: Known, writes: list[Write], read: Mapping[int, list[history.Place]]) -> list[Step]:
    """One step for each run that had to do with the record."""
    numbers = {number for write in writes for number in (write.run, write.done_by) if number}
    numbers |= {row[name] for row in known.aside for name in ("first_run", "last_run")} | set(read)
    if known.linked_in:
        numbers.add(known.linked_in)
    rows = history.runs_by_number(known.store, numbers)
    return [_step(known, number, rows.get(number), writes, read.get(number, [])) for number in sorted(numbers)]


def _step(known: Known, number: int, row: Row | None, writes: Iterable[Write], read: Iterable[history.Place]) -> Step:
    mine = tuple(write for write in writes if write.run == number)
    settled = tuple(write.number for write in writes if write.done_by == number and write.run != number)
    return Step(
        run=number,
        kind=row["kind"] if row else "",
        outcome=row["outcome"] if row else "",
        message=row["message"] if row else "",
        started=row["started"] if row else None,
        finished=row["finished"] if row else None,
        linked=number == known.linked_in,
        read=tuple(f"{side} {key}" for side, key in read),
        writes=mine,
        settled=settled,
        set_aside=tuple(found["id"] for found in known.aside if found["first_run"] == number),
    )


def _write(row: Row) -> Write:
    values = unpack(row["fields"])
    fields = tuple(field_change(name, old, values.get(name)) for name, old in unpack(row["before"]).items())
    names = ("run", "side", "kind", "key", "title", "status", "reason", "attempts", "done_by")
    return Write(number=row["id"], **{name: row[name] for name in names}, fields=fields)


def _left(row: Row) -> Left:
    names = [name for name in Left.__dataclass_fields__ if name != "dropped"]
    return Left(**{name: row[name] for name in names}, dropped=bool(row["dropped"]))


def _aside(row: Row) -> Aside:
    names = [name for name in Aside.__dataclass_fields__ if name != "number"]
    return Aside(number=row["id"], **{name: row[name] for name in names})


def _title(changes: Iterable[Row], aside: Iterable[Row]) -> str:
    """The name that it was last written or set aside under."""
    named = [row["title"] for row in (*aside, *changes) if row["title"]]
    return str(named[-1]) if named else ""


def _references(store: Store, spec: MappingSpec, writes: Iterable[Write]) -> dict[str, str]:
    """For each link in a field, one record that it stands for."""
    wanted: dict[str, set[str]] = {}
    for write in writes:
        for field in write.fields:
            row = spec.fields.get(field.name)
            if row is not None and row.type == "ref" and row.entity:
                values = (field.before, field.after)
                wanted.setdefault(row.entity, set()).update(value for value in values if value is not None)
    found = {}
    for entity, links in wanted.items():
        for link, rows in store.linked(entity, sorted(map(str, links))).items():
            found[link] = f"{entity} {rows[0]['side']} {rows[0]['key']}"
    return found
