"""Writing records: one by one or in batches, never twice, with what follows each write.

A create whose answer was lost is looked for by its stamp before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mapper.connect.account import Account
from mapper.connect.answers import Answer
from mapper.connect.codecs import several
from mapper.connect.cost import WriteCost
from mapper.connect.custom import Customs
from mapper.connect.encoding import is_empty
from mapper.connect.operations import Call, Operations
from mapper.connect.perrecord import PerRecord
from mapper.connect.preparing import STOPS, Prepared, Preparing
from mapper.connect.reading import Reading
from mapper.connect.shapes import Draft, Outcome, ending
from mapper.connect.templates import expression, path, value_of
from mapper.errors import (
    Missing,
    Nonsense,
    Rejected,
    RemoteError,
    Unclear,
    UsageError,
)
from mapper.records import ABSENT

# What one record can bring upon a whole batch.
_FAULTS = {"create": (Rejected,), "update": (Rejected, Missing)}


class Writing:
    """Writes drafts of one resource, of one kind at a time."""

    def __init__(
        self,
        account: Account,
        resource: str,
        operations: Operations,
        customs: Customs,
        each: PerRecord,
        reading: Reading,
    ) -> None:
        self._name = account.name
        self._resource = resource
        self._about = reading.about(resource)
        self._operations = operations
        self._customs = customs
        self._each = each
        self._reading = reading
        self._preparing = Preparing(account, resource, customs, reading)
        self._key = path(self._about.key, self._about.pos)
        order = self._about.write_order
        self._order = expression(order, self._about.pos) if order else None

    def cost(self) -> WriteCost:
        """A count of the calls that drafts will take."""
        each, reading = self._each, self._reading
        return WriteCost(self._resource, self._operations, self._customs, each, reading, self._preparing)

    def write(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        """One outcome a draft, in their order; raises UsageError for drafts of several kinds."""
        if len({draft.kind for draft in drafts}) > 1:
            raise UsageError("drafts of each kind are written by separate calls of write")
        if any(draft.kind != "create" and not draft.key for draft in drafts):
            raise UsageError(f"{drafts[0].kind}: the key of the record is needed")
        if not drafts:
            return
        if drafts[0].kind in ("delete", "deactivate", "reactivate"):
            yield from self._end(drafts)
            return
        ordered = self._ordered(drafts)
        if ordered is drafts:
            yield from self._write(drafts)
            return
        outcomes = {id(outcome.draft): outcome for outcome in self._write(ordered)}
        yield from (outcomes[id(draft)] for draft in drafts)

    def rank(self, draft: Draft) -> int:
        """Which of the records that are created together this one belongs to: those of rank 0 come first."""
        if self._order is None or draft.kind != "create":
            return 0
        found = value_of(self._order, draft.native)
        return found if isinstance(found, int) else 0

    def _ordered(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        ranks = [self.rank(draft) for draft in drafts]
        if ranks == sorted(ranks):
            return drafts
        return [draft for _, draft in sorted(zip(ranks, drafts, strict=True), key=lambda pair: pair[0])]

    def _write(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        kind = drafts[0].kind
        call = self._operations.find(self._resource, kind, "upsert")
        if call is None:
            # Other records, and other sides, can be written all the same.
            message = f"the connector has no operation that can {kind} {self._resource}"
            error = Rejected(message, connection=self._name, operation=f"{self._resource}.{kind}")
            yield from (Outcome(draft, draft.key, error=error) for draft in drafts)
            return
        size = call.spec.batch.max if call.spec.batch else 1
        for start in range(0, len(drafts), size):
            prepared = self._preparing.prepare(call, drafts[start : start + size])
            ready = [one for one in prepared if one.outcome.error is None and not self._nothing(one)]
            if call.spec.batch:
                words = dict.fromkeys(one.found_by for one in ready)
                self._batches(call, [[one for one in ready if one.found_by == word] for word in words])
                if self._order is not None:
                    self._mend(call, ready)
            else:
                for one in ready:
                    self._single(call, one)
            for one in prepared:
                yield self._finished(one)

    def _end(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        """Delete or deactivate records; one that is not there any more needs nothing, and a second sending no harm."""
        if drafts[0].kind == "delete":
            call = self._operations.need(self._resource, "delete")
            ended: Iterator[Outcome] = (self._delete(call, draft) for draft in drafts)
        elif not (native := ending(self._about, drafts[0].kind)):
            raise UsageError(f"the connector does not say how one of its {self._resource} is {drafts[0].kind}d")
        else:
            ended = self.write([Draft("update", dict(native), draft.key, ended=True) for draft in drafts])
        for draft, outcome in zip(drafts, ended, strict=True):
            outcome.draft, outcome.key = draft, draft.key
            if draft.kind != "reactivate" and isinstance(outcome.error, Missing):
                outcome.error = None
            yield outcome

    def _delete(self, call: Call, draft: Draft) -> Outcome:
        try:
            self._operations.run(call, {"key": draft.key}, repeatable=True)
        except RemoteError as error:
            return Outcome(draft, error=error)
        return Outcome(draft)

    def _nothing(self, one: Prepared) -> bool:
        """Whether the main call has nothing to say, as all changes are written by calls of their own."""
        return one.draft.kind == "update" and is_empty(one.record, (self._about.key,))

    # One by one

    def _single(self, call: Call, one: Prepared) -> None:
        try:
            self._take(call, one, self._send(call, one))
        except RemoteError as error:
            if one.draft.kind == "create" and _lost(error):
                self._recover([one], error, lambda rest: self._again(call, rest))
            else:
                one.outcome.error = error

    def _again(self, call: Call, rest: list[Prepared]) -> None:
        for one in rest:
            try:
                self._take(call, one, self._send(call, one))
            except RemoteError as error:
                one.outcome.error = error

    def _send(self, call: Call, one: Prepared) -> Answer:
        args = {"record": one.record, "key": one.draft.key, "stamp": one.draft.stamp, "found_by": one.found_by}
        return self._operations.run(call, args, repeatable=self._preparing.repeatable(call, [one]))

    def _take(self, call: Call, one: Prepared, answer: Answer) -> None:
        """Learn from the answer to a write: the key of what was created, and the record where it is shown."""
        record = self._operations.record_in(call, answer.body)
        if record is not None and call.record is not None:
            one.outcome.record = self._customs.decode(self._resource, record)
        if one.draft.kind == "update":
            return
        found = call.key.get(answer.body) if call.key else ABSENT
        if _no_key(found) and record is not None:
            found = self._key.get(record)
        if _no_key(found):
            found = answer.headers.get("location", "").split("?")[0].rstrip("/").rpartition("/")[2]
        self._settle(call, one, found)

    def _settle(self, call: Call, one: Prepared, key: Any) -> None:
        """Give a created record its key, found by its stamp if need be."""
        if _no_key(key):
            try:
                key = self._look(one)
            except RemoteError:
                key = None
        if _no_key(key):
            message = "it was created, but its id is unknown"
            one.outcome.error = Unclear(message, connection=self._name, operation=call.name)
        else:
            one.outcome.key = str(key)
            self._preparing.names.learn(one.outcome.key, one.record)

    # In batches

    def _batches(self, call: Call, batches: Sequence[list[Prepared]]) -> None:
        """Send batches one after the other, until an error stops all."""
        stop: RemoteError | None = None
        for ready in batches:
            if stop is not None:
                _fail(ready, stop)
                continue
            self._batch(call, ready)
            stop = next((one.outcome.error for one in ready if isinstance(one.outcome.error, STOPS)), None)

    def _mend(self, call: Call, ready: list[Prepared]) -> None:
        """Send once more what was refused while others were written, as it may refer to one of them."""
        refused = [one for one in ready if isinstance(one.outcome.error, Rejected)]
        others = len(ready) - len(refused)
        while refused and others:
            for one in refused:
                one.outcome.error = None
            self._batches(call, [refused])
            left = [one for one in refused if isinstance(one.outcome.error, Rejected)]
            others, refused = len(refused) - len(left), left

    def _batch(self, call: Call, ready: list[Prepared]) -> None:
        """Send records together; a refused batch is halved until the bad one stands alone."""
        try:
            answer = self._send_batch(call, ready)
        except RemoteError as error:
            kind = ready[0].draft.kind
            if len(ready) > 1 and isinstance(error, _FAULTS[kind]):
                middle = (len(ready) + 1) // 2
                self._batches(call, [ready[:middle], ready[middle:]])
            elif kind == "create" and _lost(error) and not self._preparing.repeatable(call, ready):
                self._recover(ready, error, lambda rest: self._batch_again(call, rest))
            else:
                _fail(ready, error)
        else:
            self._take_batch(call, ready, answer)

    def _batch_again(self, call: Call, rest: list[Prepared]) -> None:
        try:
            self._take_batch(call, rest, self._send_batch(call, rest))
        except RemoteError as error:
            _fail(rest, error)

    def _send_batch(self, call: Call, ready: list[Prepared]) -> Answer:
        args = {"record": [one.record for one in ready], "found_by": ready[0].found_by}
        return self._operations.run(call, args, repeatable=self._preparing.repeatable(call, ready))

    def _take_batch(self, call: Call, ready: list[Prepared], answer: Answer) -> None:
        keys = call.keys.get(answer.body) if call.keys else ABSENT
        if not isinstance(keys, list) or len(keys) != len(ready):
            keys = [None] * len(ready)
        for one, key in zip(ready, keys, strict=True):
            if one.draft.kind == "create":
                self._settle(call, one, key)
            elif not _no_key(key) and str(key) != one.draft.key:
                message = (
                    f"the vendor found record {key} by {one.found_by} and changed that one: put it right there"
                    if one.found_by
                    else f"it was gone, and the vendor made record {key} of what was to change: look at that one there"
                )
                one.outcome.error = Rejected(message, connection=self._name, operation=call.name)

    # Lost answers

    def _recover(self, lost: list[Prepared], error: RemoteError, again: Callable[[list[Prepared]], None]) -> None:
        """After a lost answer to creates: look for each by its stamp, send once more those that are not there."""
        rest = self._looked(lost, error)
        if not rest or not isinstance(error, Unclear):
            return
        for one in rest:
            one.outcome.error = None
        again(rest)
        unclear = [one for one in rest if one.outcome.error is not None and _lost(one.outcome.error)]
        if unclear:
            self._looked(unclear, error)

    def _looked(self, lost: list[Prepared], error: RemoteError) -> list[Prepared]:
        """Settle those that are found; returns those that are surely not there. The others stay unclear."""
        absent = []
        for one in lost:
            one.outcome.error = one.outcome.error or error
            if not one.draft.stamp or not self._reading.can_find(self._resource, self._about.stamp_key):
                continue
            try:
                key = self._look(one)
            except RemoteError:
                continue
            if key is None:
                absent.append(one)
            else:
                one.outcome.key, one.outcome.error = key, None
        return absent

    def _look(self, one: Prepared) -> str | None:
        """The key of the one record with this stamp, None where there is none; raises Unclear where there are more."""
        field_name = self._about.stamp_key
        if not field_name or not one.draft.stamp or not self._reading.can_find(self._resource, field_name):
            return None
        found = self._reading.find(self._resource, field_name, one.draft.stamp)
        if len(found) > 1:
            raise Unclear(f"{len(found)} records bear the stamp {one.draft.stamp}", connection=self._name)
        return self._reading.key_of(self._resource, found[0]) if found else None

    # What follows

    def _finished(self, one: Prepared) -> Outcome:
        """The outcome, after the calls that write what the main one cannot."""
        outcome = one.outcome
        if outcome.error is not None or not outcome.key:
            return outcome
        refused: dict[str, Exception] = {}
        for member, entries in one.removals.items():
            call = self._operations.need(self._resource, self._about.containers[member].removes or "")
            try:
                self._operations.run(call, {"key": outcome.key, "tags": entries, "record": entries})
            except RemoteError as error:
                refused |= dict.fromkeys((path for path in one.draft.removed if path.startswith(f"{member}.")), error)
        for member, values in one.apart.items():
            refused |= self._each.write(self._resource, member, outcome.key, values)
        if one.draft.kind == "update" and any(isinstance(error, Missing) for error in refused.values()):
            # The main call may have had nothing to write, and so did not find that out.
            outcome.error = self._missing(outcome.key)
            if outcome.error is not None:
                return outcome
        outcome.failed |= {path: str(error) for path, error in refused.items()}
        if wanted := self._preparing.droppable(one.draft):
            outcome.failed |= self._dropped(outcome.key, wanted)
        return outcome

    def _missing(self, key: str) -> Missing | None:
        """What the vendor says of a record that is not there; None of one that is, or of which nobody knows."""
        if self._operations.find(self._resource, "get") is None:
            return None
        try:
            self._reading.get(self._resource, key, ended=True)
        except Missing as error:
            return error
        except RemoteError:
            return None
        return None

    def _dropped(self, key: str, wanted: Mapping[tuple[str, str], list[Any]]) -> dict[str, str]:
        """By the path of a container's field, that the vendor has not taken all of what was written there."""
        try:
            found = self._reading.get(self._resource, key)
        except RemoteError as error:
            return {f"{member}.{name}": str(error) for member, name in wanted}
        failed = {}
        for (member, name), values in wanted.items():
            held = several((found.get(member) or {}).get(name))
            if lost := [str(value) for value in values if value not in held]:
                failed[f"{member}.{name}"] = f"the vendor passed over {', '.join(lost)}, which it does not know"
        return failed


def _fail(prepared: Sequence[Prepared], error: RemoteError) -> None:
    for one in prepared:
        one.outcome.error = error


def _lost(error: RemoteError) -> bool:
    """Whether a write may have been carried out although its answer is of no use."""
    return isinstance(error, Unclear) or (isinstance(error, Nonsense) and (error.status or 0) < 300)


def _no_key(value: Any) -> bool:
    return value is ABSENT or value is None or value == "" or isinstance(value, dict | list | bool)
