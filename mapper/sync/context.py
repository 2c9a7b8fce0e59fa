"""What the stages of one run share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from mapper.compile import CompiledMapping
from mapper.connect import Connection
from mapper.errors import RuleError
from mapper.records import ListTable, Record
from mapper.spec.project import ConnectionSpec
from mapper.state import Row, Store, kept
from mapper.state.watched import Place
from mapper.sync.keeping import squeeze
from mapper.sync.report import Event, Quarantined, Refused, SideCounts, Warned
from mapper.sync.tally import Tally

#: In the place of a digest: the record is outside of its side's `where`, and is left alone until it is back.
LEFT = "left"

#: In the place of a digest: we have brought the record back, and it has not been read since; nothing is written before.
BACK = "back"

#: How many quarantined records of a plan, or refusals, are kept for showing; the state has all of a run.
SHOWN = 1000


@dataclass
class Context:
    """One run of one mapping.

    `images`: the last agreed values are kept in the state; `withheld` are the numbers of owed writes that this run
    does not send.
    `fingerprint` is of what it works by. `noted` is what earlier runs have seen of the sides' lists and custom fields,
    `found` what this one sees, `uses` the rows that they matter to; `learning` are lists that records show, with what
    stood in them before.
    `told` is what vendors have told since the last run.
    """

    store: Store
    mapping: CompiledMapping
    connections: dict[str, Connection]
    run: int
    dry: bool
    roles: dict[str, str]
    fingerprint: str
    clock: Callable[[], float] = time.time
    on_event: Callable[[Event], None] | None = None
    counts: dict[str, SideCounts] = field(default_factory=dict)
    set_aside: list[Quarantined] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    unseen: set[tuple[str, str]] = field(default_factory=set)
    #: By side, the spooled records that refer to others of the same mapping which were not linked when they were read.
    own_refs: dict[str, list[str]] = field(default_factory=dict)
    aside: dict[tuple[str, str], str] = field(default_factory=dict)
    links_made: int = 0
    walked: dict[str, bool] = field(default_factory=dict)
    survivors: dict[tuple[str, str], str] = field(default_factory=dict)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    #: Links that become part of another one, which may become part of a third.
    joined: dict[str, str] = field(default_factory=dict)
    settled: list[tuple[str, str]] = field(default_factory=list)
    accounts: dict[str, ConnectionSpec] = field(default_factory=dict)
    images: bool = True
    withheld: set[int] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    noted: dict[Place, Any] = field(default_factory=dict)
    found: dict[Place, Any] = field(default_factory=dict)
    uses: dict[Place, list[str]] = field(default_factory=dict)
    learning: dict[Place, tuple[ListTable, dict[str, str]]] = field(default_factory=dict)
    warnings: list[Warned] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    told: list[Row] = field(default_factory=list)

    @property
    def entity(self) -> str:
        return self.mapping.entity

    def new_link(self) -> str:
        """A new link's id: in the order in which things are found, so that they are created in it."""
        self.links_made += 1
        return f"{self.run:010d}{self.links_made:010d}"

    def resource(self, side: str) -> str:
        return self.mapping.sides[side].context.resource_name

    def emit(self, stage: str, side: str, done: int, total: int | None) -> None:
        if self.on_event:
            self.on_event(Event(self.entity, stage, side, done, total))

    def refuse(self, side: str, key: str | None, title: str, words: str) -> None:
        """Tell of a write that is not made; the state has all of them, the report the first ones."""
        if len(self.refused) < SHOWN:
            self.refused.append(Refused(self.entity, side, key, title, words))

    def release(self, side: str, key: str, *causes: str) -> None:
        """Take a record or a change out of quarantine, where it is there for one of these causes, or for any."""
        cause = self.aside.get((side, key))
        if not self.dry and cause and (not causes or cause in causes):
            self.store.release(self.entity, side, [key], self.clock())
            del self.aside[(side, key)]

    def quarantine(
        self,
        side: str,
        key: str,
        cause: str,
        problem: RuleError,
        *,
        title: str = "",
        native: Record | None = None,
        needs: str | None = None,
        terms: str = "",
    ) -> None:
        """Set a record aside with its reason; in a plan only noted for showing.

        A write that was refused is tried again by other `terms`.
        """
        self.counts[side].quarantined += 1
        whole = native is not None and "spooled" not in native
        kept.keep(self.store, self.run, self.entity, side, key, squeeze(native) if whole else None)
        now = self.clock()
        row: dict[str, Any] = {
            "entity": self.entity,
            "side": side,
            "key": key,
            "cause": cause,
            "field": problem.field,
            "title": title,
            "message": problem.message,
            "place": str(problem.position) if problem.position.file else "",
            "needs": needs,
            "native": pack(native) if native is not None else None,
            "mapping": terms or self.fingerprint,
            "first_run": self.run,
            "last_run": self.run,
            "first_seen": now,
            "last_seen": now,
            "attempts": 1,
        }
        if self.dry:
            if len(self.set_aside) < SHOWN:
                self.set_aside.append(as_quarantined({**row, "id": 0}))
        else:
            self.store.set_aside([row])
            self.aside[(side, key)] = cause


def as_quarantined(row: Row) -> Quarantined:
    """A quarantine row as it is shown."""
    names = (
        "entity",
        "side",
        "key",
        "cause",
        "field",
        "title",
        "message",
        "place",
        "attempts",
        "first_run",
        "last_run",
    )
    return Quarantined(number=row["id"], **{name: row[name] for name in names})


_KEPT = ("side", "key", "stamp", "digest", "base", "canonical", "origin")


def keep(row: Row) -> dict[str, Any]:
    """A spooled record in the form in which the quarantine keeps it."""
    return {"spooled": {name: row[name] for name in _KEPT}}


def unlinked(entity: str, side: str, key: str) -> dict[str, Any]:
    """The row of a record of which nothing is known but that it is there."""
    fresh: dict[str, Any] = dict.fromkeys(("link", "digest", "image", "mark"))
    return {"entity": entity, "side": side, "key": key, "base": "{}", **fresh}


def pack(value: Any) -> str:
    """Plain data as text for the state."""
    return orjson.dumps(value, default=str).decode()


def unpack(text: str | None) -> Any:
    """The data behind `pack`."""
    return orjson.loads(text) if text else {}
