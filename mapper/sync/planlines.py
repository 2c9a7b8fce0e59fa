"""Planned changes as the lines of a plan file, and what is otherwise when they are planned again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mapper.state import Row
from mapper.sync.context import Context, unpack
from mapper.sync.report import UNKNOWN

#: Nothing, told apart from an empty value.
_NONE = object()


def planned(context: Context) -> Iterator[dict[str, Any]]:
    """Every change that a plan has made, as plain data, in order."""
    after = 0
    while rows := context.store.changes(run=context.run, status=("draft", "held"), after=after):
        after = rows[-1]["id"]
        names = References(context, rows)
        for row in rows:
            yield line(row, names)


def line(row: Row, names: References) -> dict[str, Any]:
    """One change; `owed` where an earlier run decided it, `origin` the record from which another is made."""
    told = {"kind": row["kind"], "side": row["side"], "key": row["key"], "origin": row["stamp"]}
    told |= {"title": row["title"], "reason": row["reason"], "owed": is_owed(row)}
    return {**told, "fields": {name: names.shown(name, field) for name, field in _fields(row).items()}}


def is_owed(row: Row) -> bool:
    """Whether an earlier run decided a change: of a plan's copy, whose attempts are counted from one."""
    return bool(row["status"] not in ("draft", "held") or row["attempts"])


def identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells one planned change from all others, be it a row of the state or a line of a file."""
    if "status" in row:
        owed, origin, names = is_owed(row), row["stamp"], unpack(row["before"])
    else:
        owed, origin, names = row["owed"], row["origin"], row["fields"]
    record = origin if row["kind"] == "create" else row["key"]
    return (row["kind"], row["side"], record, *(sorted(names) if owed else ()))


def _fields(row: Row) -> dict[str, dict[str, Any]]:
    values = unpack(row["fields"])
    fields = {}
    for name, before in unpack(row["before"]).items():
        told = {} if before == UNKNOWN or row["kind"] == "create" else {"before": before}
        fields[name] = {**told, "after": values.get(name)}
    return fields


class References:
    """The records behind the links that stand in fields: a link's id means nothing outside of one state."""

    def __init__(self, context: Context, rows: Iterable[Row]) -> None:
        self._entities = {name: row.entity for name, row in context.mapping.rows.items() if row.type == "ref"}
        self._names: dict[tuple[str, str], list[str]] = {}
        if not self._entities:
            return
        wanted: dict[str, set[str]] = {}
        for row in rows:
            for name, field in _fields(row).items():
                if entity := self._entities.get(name):
                    wanted.setdefault(entity, set()).update(v for v in field.values() if isinstance(v, str))
        for entity, links in wanted.items():
            for link, members in context.store.linked(entity, sorted(links)).items():
                self._names[entity, link] = sorted(f"{m['side']}:{m['key']}" for m in members)
            if entity == context.entity:
                # Of records that are new in this very run the links stand in the spool only.
                for link, keys in context.store.spool_members(context.run, entity, sorted(links)).items():
                    self._names[entity, link] = sorted(f"{side}:{key}" for side, key in keys.items())

    def shown(self, name: str, field: Mapping[str, Any]) -> dict[str, Any]:
        """A field with a record's name in the place of a link."""
        return {word: self._known(name, value)[0] for word, value in field.items()}

    def same(self, name: str, now: Any, told: Any) -> bool:
        """Whether a value of the state is the one that a line tells."""
        return now is not _NONE and told is not _NONE and told in self._known(name, now)

    def _known(self, name: str, value: Any) -> list[Any]:
        entity = self._entities.get(name)
        found = self._names.get((entity, value)) if entity and isinstance(value, str) else None
        return found or [value]


def moved(row: Row, told: Mapping[str, Any], names: References) -> list[tuple[str, str]]:
    """The fields of a change that are not as a line tells, each with the words for it; none where all are."""
    now, then = _fields(row), told["fields"]
    found = []
    for name in [*then, *(name for name in now if name not in then)]:
        if name not in now:
            found.append((name, f"{name} is no longer to be written"))
        elif name not in then:
            found.append((name, f"{name} is to be written now, and is not in the plan"))
        else:
            found += [(name, words) for words in _otherwise(name, now[name], then[name], names)]
    return found


def _otherwise(name: str, now: Mapping[str, Any], then: Mapping[str, Any], names: References) -> Iterator[str]:
    shown = names.shown(name, now)
    if not names.same(name, now.get("after", _NONE), then.get("after", _NONE)):
        yield f"{name} was {_shown(then.get('after'))} in the plan, is {_shown(shown.get('after'))} now"
    elif {"before"} & {*now, *then} and not names.same(name, now.get("before", _NONE), then.get("before", _NONE)):
        held = f"{name} held {_shown(then.get('before'))} when it was planned"
        yield f"{held}, holds {_shown(shown.get('before'))} now"


def _shown(value: Any) -> str:
    text = "nothing" if value in (None, "", []) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
