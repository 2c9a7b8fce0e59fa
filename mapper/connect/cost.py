"""How many calls a list of writes will take, found out without making any of them."""

from __future__ import annotations

from mapper.connect.codecs import UnknownLabel
from mapper.connect.custom import Customs
from mapper.connect.operations import Operations
from mapper.connect.perrecord import PerRecord
from mapper.connect.preparing import Preparing
from mapper.connect.reading import Reading
from mapper.connect.shapes import Draft, ending

#: Drafts are handed over by so many at most.
PART = 100


class WriteCost:
    """Counts the calls of drafts of one resource, told one by one in the order in which they will be written."""

    def __init__(
        self,
        resource: str,
        operations: Operations,
        customs: Customs,
        each: PerRecord,
        reading: Reading,
        preparing: Preparing,
    ) -> None:
        self.calls = 0
        self._resource = resource
        self._about = reading.about(resource)
        self._operations = operations
        self._customs = customs
        self._each = each
        self._preparing = preparing
        self._found = reading.can_find(resource, self._about.stamp_key)
        self._read_apart = sum(1 for name, _ in reading.values.used if name == resource)
        self._learnt: set[tuple[str, str]] = set()
        self._named: set[tuple[str, str]] = set()
        self._kind = ""
        self._in_part = self._in_batch = 0
        self._batch_sent = False

    def add(self, draft: Draft) -> None:
        """Count one more draft."""
        if draft.kind in ("deactivate", "reactivate"):
            draft = Draft("update", dict(ending(self._about, draft.kind)), draft.key)
        call = self._operations.find(self._resource, draft.kind, "upsert")
        if call is None:
            return
        size = call.spec.batch.max if call.spec.batch and draft.kind != "delete" else 1
        if draft.kind != self._kind or self._in_part == PART or self._in_batch == size:
            self._in_part = 0 if draft.kind != self._kind or self._in_part == PART else self._in_part
            self._kind, self._in_batch, self._batch_sent = draft.kind, 0, False
        self._in_part += 1
        self._in_batch += 1
        if draft.kind == "delete":
            self.calls += 1
            return
        try:
            gets, main, values, removals = self._preparing.parts(call, draft)
        except UnknownLabel:
            return
        named = self._preparing.names.unknown(draft.native) - self._named
        self._named |= named
        gets += len(named)
        self.calls += gets * (1 + self._read_apart) + removals + sum(map(len, values.values()))
        self.calls += sum(self._options(member, name) for member, names in values.items() for name in names)
        if main and not self._batch_sent:
            self.calls += 1
            self._batch_sent = size > 1
        if self._preparing.droppable(draft):
            self.calls += 1 + self._read_apart
        if draft.kind == "create" and self._found and not (call.keys if size > 1 else call.record):
            # No answer is promised that shows the new record: it may have to be looked for.
            self.calls += 1 + self._read_apart

    def _options(self, member: str, name: str) -> int:
        """The calls by which the options of a choice field are learnt, once."""
        ident = self._customs.names(self._resource, member).id_of(name)
        if (member, ident) in self._learnt:
            return 0
        self._learnt.add((member, ident))
        return self._each.option_calls(self._resource, member, ident)
