"""What stops a run before it does harm: a side that is suddenly empty or much smaller, more writes than are allowed.

Each guard has a flag of its own, which lifts it for one run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mapper.errors import UNREADABLE, GuardError, Missing, Problem
from mapper.records import Record
from mapper.spec.document import nearest
from mapper.spec.project import Guards
from mapper.sync.context import Context

if TYPE_CHECKING:
    from mapper.sync.project import Project

#: Of fewer records than this nothing is concluded from a share.
_FEW = 20


def canary_problems(project: Project) -> Iterator[Problem]:
    """Records that must be there, of mappings or sides that the project does not have."""
    document = project.loaded.document
    for entity, keys in project.spec.guards.canary.items():
        if entity not in project.mappings:
            hint = nearest(entity, project.mappings)
            yield Problem(document.at(("guards", "canary", entity)), f"there is no mapping of '{entity}'", hint)
            continue
        sides = project.mappings[entity].spec.sides
        for side in keys:
            if side not in sides:
                words = f"the mapping of '{entity}' has no side '{side}'"
                yield Problem(document.at(("guards", "canary", entity, side)), words, nearest(side, sides))


def check_canaries(context: Context, guards: Guards, allowed: frozenset[str]) -> None:
    """Raise GuardError where a record that must be there cannot be read, or is another thing than it was."""
    for side, key in guards.canary.get(context.entity, {}).items():
        if "canary" in allowed or side not in context.mapping.sides:
            continue
        resource = context.resource(side)
        context.connections[side].use(resource, context.mapping.sides[side].containers)
        try:
            native = context.connections[side].get(resource, key)
        except (Missing, *UNREADABLE) as error:
            message = f"{side} {key}, which must always be there, cannot be read ({error})"
            raise GuardError(message, flag="--allow-canary") from None
        _check_same(context, side, key, native)


def _check_same(context: Context, side: str, key: str, native: Record) -> None:
    """Raise GuardError where a record has none of the match values left that it had when it was last read."""
    canonical, _, _ = context.mapping.readers[side](native)
    then = context.store.matchkeys_of(context.entity, [(side, key)]).get((side, key), set())
    if context.connections[side].key_of(context.resource(side), native) != key:
        raise GuardError(f"{side} gave another record than {key}, which was asked for", flag="--allow-canary")
    if then and not then.intersection(context.mapping.match_values(canonical)):
        words = f"{side} {key}, which must always be the same, has other values in every match rule"
        raise GuardError(f"{words}; see that it is the right account", flag="--allow-canary")


def check_read(context: Context, side: str, count: int, guards: Guards, allowed: frozenset[str]) -> None:
    """Raise GuardError where a side that was read whole gave far fewer records than are linked."""
    if context.mapping.sides[side].context.resource.told:
        # It is read from the state, which lost nothing that it did not mean to lose.
        return
    linked = context.store.count_linked(context.entity).get(side, 0)
    if count == 0 and linked and "empty" not in allowed:
        raise GuardError(f"{side} gave no record at all, yet {linked} of its records are linked", flag="--allow-empty")
    least = linked * (100 - share(guards.shrink)) / 100
    if 0 < count < least and linked >= _FEW and "shrunk" not in allowed:
        message = (
            f"{side} gave {count} records, yet {linked} of its records are linked (guards: shrink: {guards.shrink})"
        )
        raise GuardError(message, flag="--allow-shrunk")


def check_writes(context: Context, guards: Guards, allowed: frozenset[str]) -> None:
    """Raise GuardError where a run has planned more writes of a kind on a side than the project allows."""
    linked = context.store.count_linked(context.entity)
    limits = {"create": guards.creates, "update": guards.updates, "delete": guards.deletes}
    counts: Counter[tuple[str, str]] = Counter()
    for (side, kind, status), count in context.store.count_changes(run=context.run).items():
        if status == "draft":
            counts[(side, "delete" if kind == "deactivate" else kind)] += count
    for (side, kind), count in sorted(counts.items()):
        limit = limits.get(kind)
        if limit is None or f"{kind}s" in allowed:
            continue
        most = int(limit) if not limit.endswith("%") else linked.get(side, 0) * share(limit) / 100
        if count > most:
            message = f"{side} would get {count} {kind}s, {_shown(limit, most)} are allowed (guards: {kind}s: {limit})"
            raise GuardError(message, flag=f"--allow-{kind}s")


def share(text: str) -> float:
    """The percentage that a text such as `50%` names."""
    return float(text.removesuffix("%"))


def _shown(limit: str, most: float) -> str:
    return f"{int(most)} ({limit} of its linked records)" if limit.endswith("%") else limit
