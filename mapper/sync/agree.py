"""Whether the sides agree: everything is read anew, and nothing that an earlier run remembers is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from mapper.compile import CompiledMapping, CompiledSide
from mapper.connect import Connection
from mapper.records import Record
from mapper.state import Row, links
from mapper.sync.context import pack, unpack
from mapper.sync.project import Project
from mapper.sync.report import Event

#: How many differences are kept for showing; all are counted.
SHOWN = 1000

_CHUNK = 400


@dataclass(frozen=True)
class Difference:
    """A field of linked records that does not hold the same on all of their sides."""

    link: str
    title: str
    field: str
    values: Mapping[str, Any]
    keys: Mapping[str, str]


@dataclass
class Agreement:
    """What `agree` found.

    `compared` links have records on two sides or more, `values` fields of theirs were compared; `differing` links hold
    something else on one side, `differences` says what (the first 1,000). `read`, `unlinked` (records without a link),
    `missing` (linked records that the side did not give) and `alone` (links without a record there) count by side.
    """

    entity: str
    compared: int = 0
    agreeing: int = 0
    differing: int = 0
    values: int = 0
    differences: list[Difference] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    unlinked: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    alone: dict[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every linked record was found, and holds the same on all sides."""
        return not self.differing and not any(self.missing.values())

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {**asdict(self), "whole": self.whole}


def agree(project: Project, entity: str, on_event: Callable[[Event], None] | None = None) -> Agreement:
    """Read all sides of a mapping and compare the records of each link, field by field.

    Values are compared in the form that each side can hold: what a side has no field for, or could not take, is left
    out. Nothing is written, neither at the vendors nor in the state. Raises RemoteError.
    """
    mapping = project.compiled(entity, live=True)
    found = Agreement(entity)
    with closing(_Desk()) as desk:
        for name, side in mapping.sides.items():
            connection = project.connection(mapping.spec.sides[name].connection or name)
            found.read[name] = _read(project, mapping, side, connection, desk, on_event)
        for chunk in links.pages(project.store, entity, _CHUNK):
            _compare(mapping, desk, chunk, found)
            if on_event:
                on_event(Event(entity, "compare", "", found.compared, None))
        found.unlinked = {name: desk.untouched(name) for name in mapping.sides}
    return found


class _Desk:
    """The records as they were read now, in a temporary file that vanishes with its last use."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("CREATE TABLE held (side TEXT, key TEXT, value TEXT, used INT, PRIMARY KEY (side, key))")

    def close(self) -> None:
        self._file.close()

    def lay(self, side: str, records: Iterable[tuple[str, str]]) -> None:
        rows = [(side, key, value) for key, value in records]
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO held VALUES (?, ?, ?, 0)", rows)
        self._file.execute("COMMIT")

    def take(self, side: str, keys: list[str]) -> dict[str, str]:
        """The records of these keys, which count as used from now on."""
        marks = ",".join("?" * len(keys))
        found = self._file.execute(f"SELECT key, value FROM held WHERE side = ? AND key IN ({marks})", [side, *keys])
        values = dict(found.fetchall())
        self._file.execute(f"UPDATE held SET used = 1 WHERE side = ? AND key IN ({marks})", [side, *keys])
        return values

    def untouched(self, side: str) -> int:
        query = "SELECT count(*) FROM held WHERE side = ? AND used = 0"
        return int(self._file.execute(query, [side]).fetchone()[0])


def _read(
    project: Project,
    mapping: CompiledMapping,
    side: CompiledSide,
    connection: Connection,
    desk: _Desk,
    on_event: Callable[[Event], None] | None,
) -> int:
    """Lay out the records of one side in their canonical form; gives how many there were."""
    resource = side.context.resource_name
    connection.use(resource, side.containers)
    done = 0
    for page in connection.pages(resource):
        natives = [native for native in page.records if not side.where or side.where(native)]
        read = {connection.key_of(resource, native): side.read(native)[0] for native in natives}
        _link_references(project, side, read.values())
        desk.lay(side.name, ((key, pack(mapping.dump(canonical))) for key, canonical in read.items()))
        done += len(page.records)
        if on_event:
            on_event(Event(mapping.entity, "read", side.name, done, page.total))
    return done


def _link_references(project: Project, side: CompiledSide, records: Iterable[Record]) -> None:
    """Put links in the place of references; one that is not linked is not compared."""
    everyone = list(records)
    for name, target in side.refs.items():
        keys = sorted({str(c[name]) for c in everyone if c.get(name) is not None})
        known = project.store.known(target.entity, target.side, keys)
        for canonical in everyone:
            if canonical.get(name) is not None:
                row = known.get(str(canonical[name]))
                if row and row["link"]:
                    canonical[name] = row["link"]
                else:
                    del canonical[name]


def _compare(mapping: CompiledMapping, desk: _Desk, chunk: Mapping[str, list[Row]], found: Agreement) -> None:
    keys: dict[str, list[str]] = {side: [] for side in mapping.sides}
    for rows in chunk.values():
        for row in rows:
            if row["side"] in keys:
                keys[row["side"]].append(row["key"])
    held = {side: _taken(desk, side, group) for side, group in keys.items()}
    for side, group in keys.items():
        found.missing[side] = found.missing.get(side, 0) + len(group) - len(held[side])
    for link, rows in chunk.items():
        places = {row["side"]: row["key"] for row in rows if row["key"] in held.get(row["side"], ())}
        records = {side: mapping.load(unpack(held[side][key])) for side, key in places.items()}
        _compare_link(mapping, link, places, records, found)


def _taken(desk: _Desk, side: str, keys: list[str]) -> dict[str, str]:
    parts = (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))
    return {key: value for part in parts for key, value in desk.take(side, part).items()}


def _compare_link(
    mapping: CompiledMapping, link: str, places: dict[str, str], records: dict[str, Record], found: Agreement
) -> None:
    for side in mapping.sides:
        if side not in places:
            found.alone[side] = found.alone.get(side, 0) + _wanted(mapping.sides[side], records)
    if len(records) < 2:
        return
    found.compared += 1
    differs = False
    for name in mapping.rows:
        values = {side: c[name] for side, c in records.items() if name in c and name in mapping.sides[side].sources}
        if len(values) < 2:
            continue
        found.values += 1
        if not _alike(mapping, name, values, records):
            differs = True
            if len(found.differences) < SHOWN:
                merged = {n: v for record in reversed(records.values()) for n, v in record.items()}
                found.differences.append(Difference(link, mapping.title(merged), name, values, places))
    found.differing += differs
    found.agreeing += not differs


def _wanted(side: CompiledSide, records: Mapping[str, Record]) -> bool:
    """Whether a link should have a record on this side."""
    return side.accepts is None or any(side.accepts(record) for record in records.values())


def _alike(mapping: CompiledMapping, name: str, values: Mapping[str, Any], records: Mapping[str, Record]) -> bool:
    """Whether there is one side whose value is what all others hold, each in its own form."""
    prints = {side: mapping.fingerprint_of(name, value) for side, value in values.items()}
    first, *others = prints.values()
    if all(mapping.same(name, first, other) for other in others):
        return True
    return any(
        all(other == side or _fits(mapping, name, records[side], other, prints[other]) for other in prints)
        for side in values
    )


def _fits(mapping: CompiledMapping, name: str, canonical: Record, side: str, held: Any) -> bool:
    """Whether a side holds what it would give back if this value were written to it, or could not take it at all."""
    if mapping.same(name, mapping.fingerprint_of(name, canonical[name]), held):
        return True
    compiled = mapping.sides[side]
    cell = compiled.cells[name]
    if cell.target is None or name in compiled.refs:
        return cell.target is None
    create = cell.once or cell.policy == "on create"
    native, problems = compiled.write(canonical, frozenset((name,)), create)
    if problems or not native:
        return True
    back = compiled.settle(native, canonical, {name}, create=create)
    return mapping.same(name, mapping.fingerprint_of(name, back.get(name)), held)
