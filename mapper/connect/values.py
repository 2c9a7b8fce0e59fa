"""Values that stand in no list: asked for record by record, or, where that is cheaper, learnt from lists by option."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from mapper.connect.account import Account
from mapper.connect.custom import Customs
from mapper.connect.holders import Holders, Question
from mapper.connect.operations import Call, Only, Operations
from mapper.connect.perrecord import PerRecord, label_of
from mapper.connect.templates import Render, parameter, path, template
from mapper.errors import Missing, Nonsense, Rejected
from mapper.expr.paths import Path
from mapper.records import ABSENT, Record

#: Names of the fields that are looked at in a container; None where it may be any.
Names = Collection[str] | None

#: The values of records by their keys, by container.
Known = Mapping[str, Holders]


class Values:
    """The containers of one connection that have calls of their own, as far as they are in use."""

    def __init__(self, account: Account, operations: Operations, customs: Customs, each: PerRecord) -> None:
        self._account = account
        self._operations = operations
        self._customs = customs
        self._each = each
        self._used: dict[tuple[str, str], Names] = {}
        self._filters: dict[tuple[str, str], Render] = {}
        self._keys: dict[str, Path] = {}
        for resource, about in account.spec.resources.items():
            self._keys[resource] = path(about.key, about.pos)
            for member, spec in about.containers.items():
                if spec.filter:
                    self._filters[resource, member] = template(spec.filter, spec.pos)
        #: How the values were come by, in words, by resource.
        self.told: dict[str, str] = {}

    @property
    def used(self) -> set[tuple[str, str]]:
        """The (resource, container) pairs in use."""
        return set(self._used)

    def use(self, resource: str, containers: Mapping[str, Names]) -> None:
        """Choose the containers that are read, in place of an earlier choice for this resource."""
        chosen = {n: f for n, f in containers.items() if self._customs.container(resource, n).codec == "per_record"}
        for pair in [pair for pair in self._used if pair[0] == resource]:
            del self._used[pair]
        self._used |= {(resource, name): fields for name, fields in chosen.items()}

    def members(self, resource: str) -> list[str]:
        return [member for name, member in self._used if name == resource]

    def fill(self, resource: str, records: list[Record], known: Known) -> list[Record]:
        """The records with the values of all containers in use: those that are known, or else read one by one."""
        for member in self.members(resource):
            keys = [None if isinstance(one.get(member), dict) else self.key_of(resource, one) for one in records]
            lacking = [key for key in keys if key is not None]
            found: dict[str | None, Record | None] = {}
            if member in known:
                found.update(known[member].of(lacking))
            asked = [key for key in lacking if key not in found]
            reads = (partial(self._read, resource, member, key) for key in asked)
            found.update(zip(asked, self._operations.crew.in_order(reads), strict=True))
            pairs = zip(records, map(found.get, keys), strict=True)
            records = [one if values is None else {**one, member: values} for one, values in pairs]
        return records

    def _read(self, resource: str, member: str, key: str) -> Record | None:
        try:
            return self._each.read(resource, member, key)
        except Missing:  # the record went away after the list was read
            return None

    @contextmanager
    def learnt(self, resource: str, call: Call, records: int | None) -> Iterator[Known]:
        """What lists by option say of all records of a resource, where that costs fewer calls than one by one.

        `call` lists the resource, `records` is how many there are.
        """
        known: dict[str, Holders] = {}
        told = []
        try:
            for member in self.members(resource):
                holders, words = self._weigh(resource, member, call, records)
                told.append(f"{member} {words}")
                if holders is not None:
                    known[member] = holders
            self.told[resource] = "; ".join(told)
            yield known
        finally:
            for holders in known.values():
                holders.close()

    def _weigh(self, resource: str, member: str, call: Call, records: int | None) -> tuple[Holders | None, str]:
        """The lists by option, read to their ends, or None where one by one is the way; and why, in words."""
        questions, reason = self._questions(resource, member, call)
        if records is None:
            questions, reason = [], "the vendor does not say how many there are"
        if not questions or records is None:
            return None, f"one by one, {records or 'unknown'} calls: {reason}"
        per = call.spec.page.per if call.spec.page else 1
        fields = len({question.field for question in questions})
        # One page more, as the list of all is begun anew afterwards.
        expected = len(questions) + fields * (records // per) + 1
        if expected >= records:
            return None, f"one by one, {records:,} calls: not fewer by {len(questions)} option filters ({expected:,})"
        holders = Holders(questions, self._operations.crew, partial(self.key_of, resource))
        try:
            holders.begin()
            expected = holders.to_come(per, records) + 1
            if expected < records:
                holders.finish()
                calls = f"{expected + len(questions):,} calls by {len(questions)} option filters"
                return holders, f"in {calls}: one by one {records:,}"
        except (Missing, Nonsense, Rejected) as error:
            holders.close()
            return None, f"one by one, {records:,} calls: the vendor refuses the option filter ({error.message})"
        except BaseException:
            holders.close()
            raise
        holders.close()
        return None, f"one by one, {records:,} calls: too many records are in none of the {len(questions)} options"

    def _questions(self, resource: str, member: str, call: Call) -> tuple[list[Question], str]:
        """The options to ask for, or none and the reason."""
        names, render = self._used[resource, member], self._filters.get((resource, member))
        if render is None:
            return [], "the connector knows no filter by option"
        if names is None:
            return [], "any of its fields may be looked at"
        fields, found = self._customs.fields(resource, member), []
        for name in sorted(names):
            about = fields.get(name)
            options = self._customs.options(resource, member, about.id) if about and about.type == "list" else []
            if about is None or not options:
                return [], f"'{name}' is no choice of one option"
            for option in options:
                query = render({**self._account.scope, "field": about.id, "option": option})
                if not all(parameter(value) for value in query.values()):
                    return [], "the option filter is switched off"
                ask = self._operations.asking(call, {}, query, only=Only(self._keys[resource].text))
                pager = self._operations.pager(call, self._keys[resource].text)
                found.append(Question(name, label_of(option), ask, pager))
        return found, ""

    def key_of(self, resource: str, record: Any) -> str:
        """A record's key; raises Nonsense where it has none."""
        key = self._keys[resource].get(record)
        if key is ABSENT or key is None or key == "":
            call = self._operations.need(resource, "list", "get")
            raise self._operations.nonsense(call, f"a record without its key {self._keys[resource].text}")
        return str(key)
