"""What the walk knows of the world: what people typed where, what they removed, and what all sides agreed on last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.soak.hands import SIDES

#: A person's company cannot be changed at the third vendor, and so is compared at the other two.
MOVED_AT = ("koban", "nicoka")

#: What a vendor shows of one kind of records: by name, field by field.
Screen = dict[str, dict[str, str]]


@dataclass
class Field:
    """What all sides agreed on last, and what was typed since, by side; `unsure` where a removal may have lost it.

    `apart` are the sides that an undo gave another value than the one agreed on: they differ on purpose.
    `ever` is all that was typed since: a run from one side may have carried what was typed over after it. `seen`: there
    was such a run since, or one that was cut short, so that what was typed may be agreed on by now.
    """

    agreed: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    apart: dict[str, str] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    unsure: bool = False
    seen: bool = False

    def agreed_at(self, side: str) -> str:
        return self.apart.get(side, self.agreed)

    def put_back(self, side: str, value: str) -> None:
        """An undo gave a side another value: nobody has typed it, and the others keep theirs."""
        self.typed.pop(side, None)
        self.apart.pop(side, None)
        if value != self.agreed:
            self.apart[side] = value

    def undone(self, now: Mapping[str, str], then: Mapping[str, str]) -> None:
        """What an undo took from a side where a run had carried it unseen is agreed on where it was typed."""
        taken = {now[side] for side in now.keys() & then.keys() if now[side] != then[side]}
        givers = [side for side, value in self.typed.items() if value in taken]
        if not self.seen or not givers or len(taken) > 1:
            return
        (self.agreed,) = taken
        for side in givers:
            del self.typed[side]
        self.apart = {side: v for side, v in then.items() if v != self.agreed and side not in self.typed}

    def taken_out(self, side: str, value: str) -> None:
        """A side's record is compared as one that was just found: what it holds counts as typed, what it lacks not."""
        if value:
            self.typed[side] = value
        else:
            self.typed.pop(side, None)
            self.apart.pop(side, None)


@dataclass
class Thing:
    """A company or a person; `gone` are the sides that have it no more, `agreed` that it was on all sides.

    `ending` are those of them whose loss is to be carried on to the others, and `answered` those of which nothing more
    is to come; of those in `maybe` nobody knows: an undo may have brought the others back before that was noticed.
    `edited`: somebody edited it elsewhere meanwhile; `must_stay`: and a run is sure to have seen that.
    `findable`: the match rules tell which record of another side is the same. `merged`: its vendor has made it one with
    another. `loose`: it was taken out of its link on one side.
    """

    kind: str
    name: str
    fields: dict[str, Field]
    findable: bool
    gone: set[str] = field(default_factory=set)
    ending: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    agreed: bool = False
    loose: bool = False
    merged: bool = False
    edited: bool = False
    must_stay: bool = False

    def sides(self, name: str = "") -> list[str]:
        """The sides that have it; of a field those on which it is compared."""
        return [side for side in SIDES if side not in self.gone and _compared(name, side)]

    @property
    def pending(self) -> set[str]:
        return self.ending - self.answered

    def lost(self, side: str, *, told: bool) -> None:
        """A side has it no more; `told`: the vendor lets that be known, and the mapping acts on it."""
        self.gone.add(side)
        self.answered.discard(side)
        if told:
            self.ending.add(side)
        else:
            self.ending.discard(side)
        for found in self.fields.values():
            found.unsure = found.unsure or side in found.typed

    def looked_at(self) -> None:
        """Before any run, be it cut short: it may see what was typed, and that it stands against an ending."""
        for found in self.fields.values():
            found.seen = True
            self.edited = self.edited or bool(self.pending and found.typed)

    def weigh(self, screens: Mapping[str, Screen]) -> None:
        """Before a run that nothing disturbs: whether an edit stands against an ending."""
        if not self.pending:
            return
        for name, found in self.fields.items():
            # A run from one side that took its loss for granted may have ended it where somebody had edited it.
            for side in (side for side in found.typed if side not in self.gone and self.name in screens[side]):
                self.edited = True
                moved = screens[side][self.name][name] != found.agreed_at(side)
                if moved and not found.seen and any(_compared(name, lost) for lost in self.pending):
                    self.must_stay = True


def _compared(name: str, side: str) -> bool:
    return name != "company" or side in MOVED_AT


@dataclass(frozen=True)
class Done:
    """A run that nothing disturbed, by its number, with what the vendors showed before and after it.

    `undoes`: it was an undo. What undoes one again brings records back, and ends them whether they were edited or not.
    """

    run: int
    kind: str
    before: Mapping[str, Screen]
    after: Mapping[str, Screen]
    undoes: bool = False


def groups(names: Mapping[str, str]) -> dict[str, list[str]]:
    """What is put back as one: each field for itself, and all tags together."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.partition(" ")[0], []).append(name)
    return found


def put_back(
    before: dict[str, str] | None, after: dict[str, str] | None, now: dict[str, str] | None
) -> dict[str, str] | None:
    """What an undo leaves of one record, of what it was before the run, after it, and just before the undo."""
    if (before is None) == (after is None) and (before is None or after is None or now is None):
        return now
    if before is None:
        return None if now == after else now
    if after is None:
        return before if now is None else now
    assert now is not None
    values = dict(now)
    for names in groups(before).values():
        if all(now.get(name) == after.get(name) for name in names):
            values |= {name: before[name] for name in names}
    return values
