"""Drafts made ready to be sent: completed, encoded, and marked with what the vendor finds them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mapper.connect.account import Account
from mapper.connect.codecs import UnknownLabel, several
from mapper.connect.custom import Customs
from mapper.connect.encoding import Encoder, is_empty
from mapper.connect.naming import Nameless, Names
from mapper.connect.operations import Call
from mapper.connect.reading import Reading
from mapper.connect.shapes import Draft, Outcome
from mapper.connect.templates import expression, path, place, value_of
from mapper.errors import AuthFailed, NotAllowed, Rejected, RemoteError, Throttled, Unreachable
from mapper.expr.paths import parse_path
from mapper.records import ABSENT, Record

# What no other record would fare better with.
STOPS = (AuthFailed, NotAllowed, Throttled, Unreachable)


@dataclass(slots=True)
class Prepared:
    """A draft made ready to be sent: `record` for the main call, the rest for the calls that follow it."""

    draft: Draft
    outcome: Outcome
    record: Record = field(default_factory=dict)
    apart: dict[str, dict[str, Any]] = field(default_factory=dict)
    removals: dict[str, list[Any]] = field(default_factory=dict)
    found_by: str = ""


class Preparing:
    """Makes drafts of one resource ready."""

    def __init__(self, account: Account, resource: str, customs: Customs, reading: Reading) -> None:
        self._name = account.name
        self._resource = resource
        self._about = reading.about(resource)
        self._reading = reading
        self._encoder = Encoder(account, resource, self._about, customs)
        self.names = Names(account, resource, reading)
        update = self._about.operations.get("update") or self._about.operations.get("upsert")
        whole = expression(update.whole, update.pos) if update and update.whole else None
        self._whole = whole is not None and value_of(whole, account.scope) is True
        self._key = path(self._about.key, self._about.pos)
        needed = [name for name, field in self._about.fields.items() if field.required]
        self._needed = [path(name, self._about.pos) for name in needed]
        self._stamp = place(self._about.stamp_key, self._about.pos)

    def repeatable(self, call: Call, ready: Sequence[Prepared]) -> bool:
        """Whether these may be sent twice; creates that the vendor tells apart by a stamp only if all bear one."""
        stamp = self._stamp
        if not call.repeatable or stamp is None or ready[0].draft.kind == "update":
            return call.repeatable
        return all(stamp.get(one.record) not in (ABSENT, None, "") for one in ready)

    def prepare(self, call: Call, drafts: Sequence[Draft]) -> list[Prepared]:
        """The drafts of one request made ready; after an error that stops all, the rest is not sent either."""
        prepared: list[Prepared] = []
        stop: RemoteError | None = None
        for draft in drafts:
            one = Prepared(draft, Outcome(draft, key=draft.key, error=stop))
            if stop is None:
                self._one(call, one)
                stop = one.outcome.error if isinstance(one.outcome.error, STOPS) else None
            prepared.append(one)
        return prepared

    def parts(self, call: Call, draft: Draft) -> tuple[int, bool, dict[str, dict[str, Any]], int]:
        """What a draft takes: the times that its record is read before, whether there is something for the main call,
        by container what is written by calls of its own, and the calls that take something away.

        Nothing is asked. Raises UnknownLabel.
        """
        native, apart = self._encoder.split(draft)
        removals = len(self._encoder.removals(draft))
        reads = int(self._reads_first(call, draft, native))
        if draft.kind == "create":
            return 0, True, apart, removals
        main = not is_empty(self._encoder.encode(draft, native), (self._about.key,))
        return reads + int(main and bool(call.spec.found_by)), main, apart, removals

    def droppable(self, draft: Draft) -> dict[tuple[str, str], list[Any]]:
        """By container and field, the written values that the vendor may pass over without a word."""
        members = [member for member, about in self._about.containers.items() if about.drops]
        held = {member: draft.native.get(member) for member in members}
        return {
            (member, name): several(values)
            for member, fields in held.items()
            if isinstance(fields, dict)
            for name, values in fields.items()
            if several(values)
        }

    def _reads_first(self, call: Call, draft: Draft, native: Record) -> bool:
        """Whether an update has to be filled up from the record as it is, or to be proved to have one.

        Where the record is named in the body only, a vendor may make one of an update that finds none.
        """
        if draft.kind != "update":
            return False
        by_body = call.spec.batch is not None and not call.spec.found_by
        if by_body and (draft.ended or self._could_be_made(native)):
            return True
        return bool(native) if self._whole else self._encoder.incomplete(native)

    def _could_be_made(self, native: Record) -> bool:
        """Whether all is there that a vendor needs for a new record, and there is a read that shows the old one."""
        if not self._needed or "get" not in self._about.operations:
            return False
        return all(one.get(native) not in (ABSENT, None, "") for one in self._needed)

    def _one(self, call: Call, one: Prepared) -> None:
        draft = one.draft
        try:
            native, one.apart = self._encoder.split(draft)
            if self._reads_first(call, draft, native):
                current = self._reading.get(self._resource, draft.key, ended=draft.ended)
                fill = self._encoder.filled if self._whole else self._encoder.completed
                native = fill(native, current)
            one.record = self._encoder.encode(draft, self.names.put(native))
            one.removals = self._encoder.removals(draft)
            one.outcome.failed |= self._encoder.lasting(draft)
        except (UnknownLabel, Nameless) as error:
            one.outcome.error = Rejected(str(error), connection=self._name, operation=call.name)
        except RemoteError as error:
            one.outcome.error = error
        if draft.kind == "update" and call.spec.found_by:
            self._identify(call, one)
        elif draft.kind == "update" and (call.spec.batch or call.name.endswith(".upsert")):
            self._key.put(one.record, self._wire_key(draft.key))

    def _wire_key(self, key: str) -> str | int:
        """A key as the vendor has it: a number where the connector says so."""
        about = self._about.fields.get(self._about.key)
        return int(key) if about is not None and about.type == "number" and key.isdecimal() else key

    def _identify(self, call: Call, one: Prepared) -> None:
        """Send along what the vendor finds the record by; it must not change in the same update."""
        if one.outcome.error is not None or is_empty(one.record, ()):
            return
        try:
            current = self._reading.get(self._resource, one.draft.key, ended=one.draft.ended)
        except RemoteError as error:
            one.outcome.error = error
            return
        for member, word in call.spec.found_by.items():
            place = parse_path(member)
            held, wanted = place.get(current), place.get(one.record)
            if held in (ABSENT, None, "") or wanted not in (ABSENT, held):
                continue
            place.put(one.record, held)
            one.found_by = word
            return
        names = " or ".join(call.spec.found_by)
        message = f"it has no {names} that stays as it is, and the vendor finds it by nothing else"
        one.outcome.error = Rejected(message, connection=self._name, operation=call.name)
