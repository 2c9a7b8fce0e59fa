"""Why each side has, or has not, a record of one link: said in words, from what the state holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mapper.spec.mapping import Mapping as MappingSpec
from mapper.state import Row, Store
from mapper.state.tables import GONE, OPEN, RETIRED
from mapper.sync.context import LEFT
from mapper.sync.whichrecord import Subject

#: A run counts the links that it makes; where a moment stands instead, a person made the link.
_BY_A_PERSON = 1_000_000_000


@dataclass(frozen=True)
class SideStory:
    """One side of the record's link.

    `state` is `linked`, `quarantined`, `deactivated` or `left alone` where the side has a record, and `unlinked`,
    `waits`, `failed`, `planned`, `given up`, `not written`, `not accepted`, `gone`, `no such side` or `none` where no
    linked one is there.
    """

    side: str
    key: str | None
    state: str
    why: str


@dataclass(frozen=True)
class Known:
    """What the state holds of one record and of those that it is linked with."""

    store: Store
    spec: MappingSpec
    subject: Subject
    members: Sequence[Row]
    changes: Sequence[Row]
    aside: Sequence[Row]

    @property
    def linked_in(self) -> int | None:
        """The run that made the link, as the link's id says; None where a person made it."""
        link = self.subject.link or ""
        if not self.members or len(link) != 20 or not link.isdecimal() or int(link[10:]) >= _BY_A_PERSON:
            return None
        return int(link[:10])

    @cached_property
    def created(self) -> dict[tuple[str, str], Row]:
        """The creates that were carried out, by the record that they made."""
        done = [row for row in self.changes if row["kind"] == "create" and row["status"] == "done"]
        return {(row["side"], row["key"]): row for row in done if row["key"]}

    def set_aside(self, side: str, key: str) -> Row | None:
        return next((row for row in self.aside if (row["side"], row["key"]) == (side, key)), None)


def unlinked(known: Known) -> tuple[str, str]:
    """The state of the record as a whole, and why it is not linked; no reason where it is."""
    if known.members:
        return "linked", ""
    entity, place = known.spec.entity, known.subject.place
    if place is None or any(row["status"] in OPEN for row in known.changes):
        if all(row["status"] == "draft" for row in known.changes):
            return "planned", f"only a plan has named it: `mapper sync {entity}` would link it"
        return "unlinked", "none of its records is known yet: what is owed has not been written"
    side, key = place
    held = known.set_aside(side, key)
    if held is not None:
        return "unlinked", f"it is in quarantine ({held['cause']}): {_message(held)}"
    if key not in known.store.known(entity, side, [key]):
        return "gone", "only earlier runs knew it: its record is not among those that are known now"
    if side in known.spec.sides and known.spec.sides[side].role == "target":
        return "unlinked", f"{side} is only written to (role: target), and no record of another side has matched it"
    if not known.store.cursors(entity):
        return "planned", f"no sync has taken it up yet: `mapper sync {entity}` links it"
    return "unlinked", (
        "no run has taken it up: it was seen while changes were taken from other sides only, or it was dropped from "
        f"quarantine; `mapper sync {entity} --full` looks at it again"
    )


def sides_of(known: Known) -> Iterator[SideStory]:
    """Every side of the mapping in its order, then those that it no longer has."""
    held = {row["side"] for row in known.members}
    for side in (*known.spec.sides, *sorted(held - set(known.spec.sides))):
        rows = [row for row in known.members if row["side"] == side]
        if rows:
            yield from (_present(known, row) for row in rows)
        else:
            yield _absent(known, side)


def _present(known: Known, row: Row) -> SideStory:
    side, key = row["side"], row["key"]
    came = _came(known, row)
    if side not in known.spec.sides:
        return SideStory(side, key, "no such side", "the mapping has no such side any more")
    held = known.set_aside(side, key)
    if held is None and row["mark"] == GONE:
        return SideStory(side, key, "gone", f"{came}; it is gone, and nothing is made in its place")
    if held is None and row["mark"] == RETIRED:
        return SideStory(side, key, "deactivated", f"{came}; a run has deactivated it since, and it is left alone")
    if held is None and row["digest"] == LEFT:
        why = "it does not fit the side's `where` or the mapping's `filter` any more: it is left alone until it does"
        return SideStory(side, key, "left alone", why)
    if held is not None:
        return SideStory(side, key, "quarantined", f"{came}; in quarantine ({held['cause']}): {_message(held)}")
    return SideStory(side, key, "linked", came)


def _came(known: Known, row: Row) -> str:
    """How a record came to its link."""
    created = known.created.get((row["side"], row["key"]))
    if created is not None:
        origin = f" from {created['stamp'].replace(':', ' ', 1)}" if created["stamp"] else ""
        return f"created by run {created['done_by']}{origin}"
    found = [member for member in known.members if (member["side"], member["key"]) not in known.created]
    if len(found) == 1:
        return f"the link began with it in run {known.linked_in}" if known.linked_in else "the link began with it"
    places = [(member["side"], member["key"]) for member in found]
    values = known.store.matchkeys_of(known.spec.entity, places)
    mine = values.get((row["side"], row["key"]), set())
    for place in places:
        shared = sorted(mine & values.get(place, set())) if place[0] != row["side"] else []
        if shared:
            return f"was there already: the same {_rule(known.spec, shared[0])} as {place[0]} {place[1]}"
    return "was there already: found by its stamp, by values that have changed since, or linked by a person"


def _rule(spec: MappingSpec, value: str) -> str:
    """The words of the match rule that a match value belongs to."""
    number = int(value.split(":", 1)[0])
    exact = [rule for rule in spec.match if not isinstance(rule, dict)]
    rule = exact[number] if number < len(exact) else "match value"
    return rule if isinstance(rule, str) else " and ".join(rule)


def _absent(known: Known, side: str) -> SideStory:
    """Why a side has no linked record."""
    subject, spec = known.subject, known.spec.sides[side]
    if subject.place and subject.place[0] == side and not known.members:
        return SideStory(side, subject.place[1], "unlinked", unlinked(known)[1])
    creates = [row for row in known.changes if row["kind"] == "create" and row["side"] == side]
    if creates and (told := _create(known, creates[-1])):
        return told
    if told := _lost(known, side):
        return told
    if spec.role == "source":
        return SideStory(side, None, "not written", "it is only read from (role: source)")
    if not known.members:
        return SideStory(side, None, "none", "nothing is written before the record is linked")
    if spec.accepts is not None:
        return SideStory(side, None, "not accepted", f"the side does not accept it: accepts: {spec.accepts}")
    if all(row["digest"] == LEFT for row in known.members):
        return SideStory(side, None, "none", "the record is left alone, so none is made here")
    return SideStory(side, None, "none", "no run has decided on it since: an edit of the record, or a full sync, does")


def _create(known: Known, row: Row) -> SideStory | None:
    """What became of the last create for a side; None where it explains nothing."""
    side, run, status = row["side"], row["run"], row["status"]
    held = known.set_aside(side, row["key"] or f"link:{row['link']}")
    because = f", and is in quarantine ({held['cause']}): {_message(held)}" if held else ""
    if status == "draft":
        return SideStory(side, None, "planned", f"run {run} planned to create it, and sent nothing; a sync does")
    if status == "owed":
        return SideStory(side, None, "waits", f"its create is owed since run {run}: the next sync sends it")
    if status == "sent":
        why = f"its create was sent by a run that was cut off (planned by run {run}): the next sync looks for it first"
        return SideStory(side, None, "waits", why)
    if status == "failed":
        return SideStory(side, None, "failed", f"its create failed in run {row['done_by'] or run}{because}")
    if status == "dropped":
        return SideStory(side, None, "given up", f"a person gave up its create of run {run}")
    return None


def _lost(known: Known, side: str) -> SideStory | None:
    """A record that earlier runs knew on a side, and that is not linked any more; None where there was none."""
    written = [row for row in known.changes if row["side"] == side and row["key"] and row["status"] == "done"]
    if written:
        last = written[-1]
        verb = {"create": "created", "delete": "deleted"}.get(last["kind"], "wrote")
        return SideStory(side, last["key"], "gone", f"run {last['done_by']} {verb} it; it is not linked any more")
    origins = [row["stamp"].partition(":") for row in known.changes if row["stamp"] and row["status"] == "done"]
    if keys := [key for origin, _, key in origins if origin == side]:
        return SideStory(side, keys[-1], "gone", "others were created from it; it is not linked any more")
    return None


def _message(row: Row) -> str:
    return f"{row['field']}: {row['message']}" if row["field"] else str(row["message"])
