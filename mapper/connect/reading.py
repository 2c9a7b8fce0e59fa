"""Reading records: whole lists, what changed, one by key, some by a field's value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

from mapper.connect.account import Account
from mapper.connect.changes import Changed
from mapper.connect.custom import Customs
from mapper.connect.masks import Masks, Members
from mapper.connect.operations import Call, Only, Operations
from mapper.connect.paging import Cut, first_page, page_calls
from mapper.connect.perrecord import PerRecord
from mapper.connect.questions import Question
from mapper.connect.shapes import Page, Way
from mapper.connect.templates import Render, expression, parsed, path, value_of
from mapper.connect.values import Known, Values
from mapper.errors import Missing, Position, UsageError
from mapper.records import Record
from mapper.spec.connector import Resource


class Reading:
    """Everything that a connection reads, decoded; records that count as deleted are left out."""

    def __init__(
        self,
        account: Account,
        operations: Operations,
        customs: Customs,
        each: PerRecord,
        recall: Callable[[str], list[Record]],
    ) -> None:
        """`recall` gives what was told of the records of a resource that the vendor shows in no other way."""
        self._account = account
        self._recall = recall
        self._operations = operations
        self._customs = customs
        self.ways: dict[str, Way] = {}
        self.values = Values(account, operations, customs, each)
        resources = account.spec.resources
        self._removed = {
            name: Question(about.removed, about.pos, account.scope) if about.removed else None
            for name, about in resources.items()
        }
        self._absorbed = {n: _of_members(a.absorbed, a.pos) for n, a in resources.items() if a.absorbed}
        self._tells_all = {
            name: value_of(expression(call.all, call.pos), account.scope) is True
            for name, about in resources.items()
            if (call := about.operations.get("list")) and call.all
        }
        self._looked_at = {name: _looked_at(about) for name, about in resources.items()}
        self._masks = Masks(operations)
        self._changed = {name: Changed(account, name, about) for name, about in resources.items()}

    def about(self, resource: str) -> Resource:
        """What the connector says of a resource; raises UsageError where it has none of this name."""
        resources = self._account.spec.resources
        if resource not in resources:
            known = ", ".join(sorted(resources))
            raise UsageError(
                f"the connector {self._account.spec.connector} has no resource '{resource}'", hint=f"known are {known}"
            )
        return resources[resource]

    def changed(self, resource: str) -> Changed:
        self.about(resource)
        return self._changed[resource]

    def pages(self, resource: str, since: float | None, members: Members | None = None) -> Iterator[Page]:
        """The pages of the whole list, or of what changed since a moment (Unix seconds); `members` are looked at."""
        changed = self.changed(resource)
        if self.about(resource).told:
            self.ways[resource] = Way("walk", "what was told of its records is kept here")
            records = self._customs.decoder(resource)(self._recall(resource))
            yield Page(records, len(records), True)
            return
        if since is None or changed.by == "walk":
            because = "all of it is wanted" if since is None else "the vendor has no known way to tell what changed"
            self.ways[resource] = Way("walk", because)
            yield from self._all(resource, members)
            return
        call = self._operations.need(resource, "changed", "list")
        args, only = {"since": changed.cursor(since)}, Only()
        if changed.by == "filter":
            self.ways[resource] = Way("filter", "the vendor is asked for what changed since the last run")
            cuts = self._cut_down(call, resource, args, members, only)
        else:
            self.ways[resource] = Way("sorted", "down to what the last run has seen")
            cuts = self._walk(call, resource, args, ahead=False)
            cuts = changed.until(since, cuts, partial(self._turned, call, changed, args), partial(self._fell, resource))
        yield from self._decoded(resource, cuts, {}, only)

    def _turned(self, call: Call, changed: Changed, args: Mapping[str, Any]) -> Any:
        """The first record of a list the other way round."""
        page = call.spec.page
        query = {**first_page(page), **({page.size: 1} if page and page.size else {}), **changed.oldest_first()}
        cut = self._operations.pager(call, "").take(self._operations.run(call, args, query).body)
        return cut.items[0] if cut.items else None

    def _fell(self, resource: str, because: str) -> None:
        self.ways[resource] = Way("walk", because)

    def _all(self, resource: str, members: Members | None) -> Iterator[Page]:
        """The whole list; values that stand in no list are learnt before, as the list must not move meanwhile."""
        call = self._operations.need(resource, "list")
        only = Only()
        cuts = self._cut_down(call, resource, {}, members, only)
        if not self.values.members(resource):
            yield from self._decoded(resource, cuts, {}, only)
            return
        first = next(cuts)
        with self.values.learnt(resource, call, first.total) as known:
            self.ways[resource] = replace(self.ways[resource], values=self.values.told[resource])
            again = self._walk(call, resource, {}, ahead=True, only=only) if known else chain([first], cuts)
            yield from self._decoded(resource, again, known, only)

    def get(self, resource: str, key: str, *, ended: bool = False) -> Record:
        """One record; raises Missing where there is none, or where it counts as deleted and `ended` is not given."""
        if self.about(resource).told:
            for told in self._recall(resource):
                if self.key_of(resource, told) == key:
                    return self._customs.decode(resource, told)
            raise Missing(f"nothing is told of a record {key}", connection=self._account.name, operation=resource)
        call = self._operations.need(resource, "get")
        body = self._operations.run(call, {"key": key}).body
        found = self._operations.record_in(call, body)
        if not found:
            if not body:
                raise self._missing(call, key)
            raise self._operations.nonsense(call, "there is no record in the answer")
        if not ended and self._is_removed(resource, found):
            raise self._missing(call, key)
        return self._whole(resource, found)

    def find(self, resource: str, field: str, value: Any) -> list[Record]:
        """The records whose field has exactly this value; raises UsageError where it cannot be searched by."""
        spec = self.about(resource).fields.get(field)
        if spec is None or not spec.search:
            raise UsageError(f"{self._account.spec.connector}: {resource} cannot be searched by {field}")
        call = self._finder(resource, spec.search) or self._operations.need(resource, "find")
        read = path(spec.read or field, spec.pos)
        args = {"field": field, "search": spec.search, "value": value}
        found: list[Record] = []
        try:
            for item in self._found(call, resource, args, {spec.search: value}):
                # A vendor may search by a part, or ignore a parameter that it does not know.
                if str(read.get(item)) == str(value) and not self._is_removed(resource, item):
                    found.append(self._whole(resource, item))
        except Missing:
            if not call.spec.missing_is_empty:
                raise
        return found

    def can_find(self, resource: str, field: str | None) -> bool:
        """Whether `find` can search by this field."""
        spec = self.about(resource).fields.get(field or "")
        return bool(spec and spec.search and self._finder(resource, spec.search))

    def _finder(self, resource: str, search: str) -> Call | None:
        """What finds records by a query parameter: `find`, or else the list where it has that parameter."""
        found = self._operations.find(resource, "find")
        listing = None if found else self._operations.find(resource, "list")
        return listing if listing and search in listing.spec.params else found

    def searches(self, operation: str) -> list[str]:
        """The query parameters by which an operation, if it is the `find` of a resource, searches."""
        resource, _, name = operation.partition(".")
        about = self._account.spec.resources.get(resource)
        return [field.search for field in about.fields.values() if field.search] if about and name == "find" else []

    def key_of(self, resource: str, record: Record) -> str:
        """A record's key; raises Nonsense where it has none."""
        self.about(resource)
        return self.values.key_of(resource, record)

    def page_calls(self, resource: str, records: int) -> int:
        """How many calls reading so many records takes, the values that are read record by record included."""
        self.about(resource)
        call = self._operations.need(resource, "list", "changed")
        return page_calls(call.spec.page, records) + len(self.values.members(resource)) * records

    def _walk(
        self, call: Call, resource: str, args: Mapping[str, Any], *, ahead: bool, only: Only | None = None
    ) -> Iterator[Cut]:
        return self._operations.walk(call, args, key=self.about(resource).key, ahead=ahead, only=only)

    def _cut_down(
        self, call: Call, resource: str, args: Mapping[str, Any], members: Members | None, only: Only
    ) -> Iterator[Cut]:
        """The pages of a list, from the second on cut down to these members where that is safe and of use."""
        cuts = self._walk(call, resource, args, ahead=True, only=only)
        first = next(cuts, None)
        if first is None:
            return
        if members is not None and (own := self._looked_at[resource]) is not None:
            found = self._masks.prove(call, args, first, {*members, *own}, self.values.members(resource))
            only.text = found.text
            self.ways[resource] = replace(self.ways[resource], members=found.because)
        yield first
        yield from cuts

    def _found(self, call: Call, resource: str, args: dict[str, Any], query: dict[str, Any]) -> Iterator[Record]:
        """The records of a search: a list, pages of lists, or one record by itself."""
        if call.items is None and call.spec.page is None:
            body = self._operations.run(call, args, query).body
            one = self._operations.record_in(call, body)
            items = [one] if one is not None else body if isinstance(body, list) else []
        else:
            walk = self._operations.walk(call, args, key=self.about(resource).key, query=query)
            items = [item for cut in walk for item in cut.items]
        yield from (item for item in items if isinstance(item, dict))

    def _decoded(self, resource: str, cuts: Iterable[Cut], known: Known, only: Only) -> Iterator[Page]:
        decode, is_removed = self._customs.decoder(resource), self._removed[resource]
        for cut in cuts:
            if strange := set(map(type, cut.items)) - {dict}:
                call = self._operations.need(resource, "list", "changed")
                raise self._operations.nonsense(call, f"a record was expected, found {strange.pop().__name__}")
            items, removed = cut.items, []
            if is_removed is not None and (gone := is_removed.among(items)):
                items = [item for item, away in zip(items, gone, strict=True) if not away]
                removed = [self.key_of(resource, item) for item, away in zip(cut.items, gone, strict=True) if away]
            records = self.values.fill(resource, decode(items), known)
            yield Page(records, cut.total, cut.last, removed, cut=bool(only.text))

    def _whole(self, resource: str, item: Record) -> Record:
        """The record decoded, with what has to be asked for separately."""
        (record,) = self.values.fill(resource, [self._customs.decode(resource, item)], {})
        return record

    def _is_removed(self, resource: str, item: Record) -> bool:
        removed = self._removed[resource]
        return removed is not None and removed(item)

    def tells_all(self, resource: str) -> bool:
        """Whether the whole list shows every record: one that it lacks may then be gone."""
        return self._tells_all.get(resource, False)

    def absorbed(self, resource: str, record: Record) -> list[str]:
        """The keys of the records that the vendor says it has merged into this one."""
        render, members = self._absorbed.get(resource, (None, ()))
        if render is None or not any(record.get(member) for member in members):
            return []
        found = value_of(render, {**self._account.scope, **record, "record": record})
        return [str(key) for key in found if key not in (None, "")] if isinstance(found, list | tuple) else []

    def _missing(self, call: Call, key: str) -> Missing:
        return Missing(f"there is no record {key}", connection=self._account.name, operation=call.name)


def _of_members(text: str, pos: Position) -> tuple[Render, tuple[str, ...]]:
    """An expression over a record, and the members that it looks at: where all are empty, it need not be asked."""
    found = parsed(text, pos)
    return found.call, tuple(sorted({path[0] for path in found.reads} - {"assume"}))


def _looked_at(about: Resource) -> set[tuple[str, ...]] | None:
    """The members of a record that are looked at whatever is wanted of it; None where it may be any."""
    texts = [text for text in (about.removed, about.absorbed) if text]
    reads = {path for text in texts for path in parsed(text, about.pos).reads}
    if any(names[0] == "record" for names in reads):
        return None
    places = [text for text in (about.key, about.stamp_key, about.changes.stamp) if text]
    places += [about.fields[name].read or name for name in about.deactivate]
    fields = about.fields.items()
    shown = {(*path(one.read or name, one.pos).parts[:-1], one.alias) for name, one in fields if one.alias}
    return {path(text, about.pos).parts for text in places} | {names for names in reads if names[0] != "assume"} | shown
