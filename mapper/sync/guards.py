"""What stops a run before it does harm: a side that is suddenly empty or much smaller, more writes than are allowed.

Each guard has a flag of its own, which lifts it for one run.
"""

from __future__ import annotations

from mapper.errors import GuardError
from mapper.spec.project import Guards
from mapper.sync.context import Context

#: Of fewer records than this nothing is concluded from a share.
_FEW = 20


def check_read(context: Context, side: str, count: int, guards: Guards, allowed: frozenset[str]) -> None:
    """Raise GuardError where a side that was read whole gave far fewer records than are linked."""
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
    """Raise GuardError where a run has planned more creates or updates on a side than the project allows."""
    linked = context.store.count_linked(context.entity)
    for (side, kind, status), count in sorted(context.store.count_changes(run=context.run).items()):
        limit = {"create": guards.creates, "update": guards.updates}.get(kind)
        if status != "draft" or limit is None or f"{kind}s" in allowed:
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
