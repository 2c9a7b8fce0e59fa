"""What a plan or a run tells: typed, and the same for the command line and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

#: Stands for the old value of a field that its side does not show.
UNKNOWN = {"unknown": True}


@dataclass
class SideCounts:
    """What happened on one side; `calls` counts requests by HTTP verb, `left` records left alone by the reason.

    `by` is how the side was read (filter, sorted, walk, told; empty: not at all), `because` why so, `values` how values
    that stand in no list were come by, `members` whether the vendor was asked for no more of each record than the
    mapping looks at (records are then `cut` down), or why not. `whole`: why a side was read whole although its vendor
    tells of changes and nobody asked for it.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    failed: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    whole: str = ""
    by: str = ""
    because: str = ""
    values: str = ""
    members: str = ""
    cut: bool = False


@dataclass(frozen=True)
class FieldChange:
    """One field of a planned write; where the old value is not `known`, `before` is None."""

    name: str
    before: Any
    after: Any
    known: bool = True


def field_change(name: str, before: Any, after: Any) -> FieldChange:
    """One field of a write, from the values that the state keeps of it."""
    known = before != UNKNOWN
    return FieldChange(name, before if known else None, after, known=known)


@dataclass(frozen=True)
class Change:
    """One write, planned or done."""

    number: int
    entity: str
    side: str
    kind: str
    key: str | None
    title: str
    status: str
    reason: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Quarantined:
    """A record that could not be synced, and why."""

    number: int
    entity: str
    side: str
    key: str
    cause: str
    field: str
    title: str
    message: str
    place: str
    attempts: int
    first_run: int
    last_run: int


@dataclass(frozen=True)
class Warned:
    """What a run found otherwise than expected, and told before it wrote anything; its `kind` is the expectation.

    `stops`: that it is to stop a run, which a flag may have let go on.
    """

    kind: str
    side: str
    message: str
    place: str = ""
    stops: bool = False

    def __str__(self) -> str:
        return f"{self.message} ({self.place})" if self.place else self.message


@dataclass(frozen=True)
class Refused:
    """A write that a plan or an undo asks for, and that was not made, as something had moved meanwhile."""

    entity: str
    side: str
    key: str | None
    title: str
    message: str

    def __str__(self) -> str:
        record = f"{self.side} {self.key}" if self.key else f"new in {self.side}"
        return f"{self.entity} {self.title} ({record}): {self.message}"


@dataclass
class Report:
    """The outcome of one plan or run of one mapping.

    `outcome` is `done`, `planned`, `stopped` (by a guard) or `failed`; `cost` holds, per side, the calls that a plan
    will still make, the seconds they take at the side's rate limit, and the calls that are `left_today` where these are
    limited; `quarantine` what a plan would set aside (the first thousand), a run's stands in the state; `refused` what
    had moved since the plan or the run to be undone (the first thousand).
    """

    entity: str
    run: int
    kind: str
    outcome: str
    sides: dict[str, SideCounts]
    cost: dict[str, dict[str, float]] = field(default_factory=dict)
    message: str = ""
    quarantine: list[Quarantined] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where records were quarantined or refused."""
        return 3 if self.refused or any(s.quarantined or s.failed for s in self.sides.values()) else 0

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, as `--json` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Event:
    """Progress: `done` of `total` (None: not known) in a stage of a side."""

    entity: str
    stage: str
    side: str
    done: int
    total: int | None
