"""What a run works by: its mapping, the connectors of its sides with what the project changes in them, the locale.

All of it has one fingerprint. A run after a change of it reads every side whole, tries refused writes again, and is
stopped by a guard until somebody has looked at a plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from mapper.errors import GuardError
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.state import Row, Store, seen

if TYPE_CHECKING:
    from mapper.sync.project import Project

#: Parts that are named as they are; the others are told with their kind first, as `rows phone, status`.
_WHOLE = ("match", "direction", "conflict", "otherwise", "policy", "filter", "situations", "constants")
_KINDS = {"row": "rows", "side": "sides", "table": "tables", "function": "functions"}
_OUTSIDE = {"connector": "the connector of {}", "assume": "the assumptions of {}", "locale": "the locale"}

#: How many names of one kind are told.
_TOLD = 8


@dataclass(frozen=True)
class Terms:
    """A digest of each part, by its kind and name."""

    parts: dict[str, str]

    @cached_property
    def fingerprint(self) -> str:
        """One digest of all parts."""
        return _digest(sorted(self.parts.items()))


def terms_of(project: Project, entity: str) -> Terms:
    """What a run of this mapping works by; its tests, and what is only said for people, do not count."""
    spec = project.mapping(entity).spec
    parts = _of_mapping(spec)
    for name, side in spec.sides.items():
        connection = side.connection or name
        connector = project.connector(connection).spec
        said = (connector.connector, connector.resources.get(side.resource), connector.wire, connector.lists)
        parts[f"connector {name}"] = _digest((*said, connector.headers, connector.errors))
        parts[f"assume {name}"] = _digest(sorted(project.spec.connections[connection].assume.items()))
    parts["locale"] = _digest(project.spec.locale)
    return Terms(parts)


def _of_mapping(spec: MappingSpec) -> dict[str, str]:
    parts = {name: _digest(getattr(spec, name)) for name in _WHOLE}
    parts |= {f"side {name}": _digest(side) for name, side in spec.sides.items()}
    parts |= {f"row {name}": _digest(replace(row, about=None)) for name, row in spec.fields.items()}
    parts |= {f"table {name}": _digest(table) for name, table in spec.tables.items()}
    parts |= {f"function {name}": _digest(replace(one, about=None, tests=())) for name, one in spec.functions.items()}
    return parts


def _digest(value: Any) -> str:
    return blake2b(repr(value).encode(), digest_size=16).hexdigest()


def changed(store: Store, entity: str, terms: Terms) -> Row | None:
    """The latest run that settled something by other terms than these; None where nothing changed since."""
    last = seen.last_settled(store, entity)
    return last if last and last["mapping"] != terms.fingerprint else None


def read_otherwise(store: Store, entity: str, terms: Terms) -> str:
    """Why what the state knows of records is in part of other terms than these; empty where it is not."""
    last = seen.last_settled(store, entity)
    if last is None:
        return ""
    if last["mapping"] != terms.fingerprint:
        return "the mapping changed"
    tried = seen.read_otherwise_since(store, entity, last["id"], terms.fingerprint)
    return "another mapping was tried since the last run" if tried else ""


def check_changed(store: Store, entity: str, terms: Terms) -> None:
    """Raise GuardError where the terms changed since the last run, and no plan has been made by them.

    A state that knows no record, new or reset, has nothing to be compared with, nor has one whose last run was of a
    version that noted no terms: after an upgrade an unattended sync goes on.
    """
    last = changed(store, entity, terms) if store.cursors(entity) else None
    if last is None or seen.planned_since(store, entity, last["id"], terms.fingerprint):
        return
    if (then := seen.terms_of(store, last["mapping"])) is not None:
        what = (
            f"{_difference(entity, last['id'], then, terms.parts)}; look at it with `mapper plan {entity}`, then sync"
        )
        raise GuardError(what, flag="--allow-changed")


def _difference(entity: str, run: int, then: dict[str, str], now: dict[str, str]) -> str:
    """What changed since a run, in words."""
    moved = [part for part in {**then, **now} if then.get(part) != now.get(part)]
    outside = [_OUTSIDE[kind].format(name) for kind, _, name in map(_cut, moved) if kind in _OUTSIDE]
    inside = [part for part in moved if _cut(part)[0] not in _OUTSIDE]
    subjects = ([f"the mapping of {entity}"] if inside else []) + outside
    details = [part for part in inside if part in _WHOLE]
    for kind, several in _KINDS.items():
        names = [name for k, _, name in map(_cut, inside) if k == kind]
        if names:
            more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
            details.append(f"{several if len(names) > 1 else kind} {', '.join(names[:_TOLD])}{more}")
    return f"{' and '.join(subjects)} changed since run {run}" + (f" ({'; '.join(details)})" if details else "")


def _cut(part: str) -> tuple[str, str, str]:
    return part.partition(" ")
