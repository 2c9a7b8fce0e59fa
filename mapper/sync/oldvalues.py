"""What a field held before a write: as read now, else as last agreed, else as the vendor says when it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mapper.compile import EMPTY, CompiledMapping
from mapper.errors import UNREADABLE, Missing
from mapper.records import Record
from mapper.sync import ownrefs, reading
from mapper.sync.context import Context
from mapper.sync.decide import Decision, View
from mapper.sync.report import UNKNOWN


def before(mapping: CompiledMapping, view: View, names: Iterable[str]) -> dict[str, Any]:
    """The old values of these fields, as plain data; UNKNOWN for one that nothing tells."""
    held = mapping.dump(view.canonical) if view.canonical is not None else {}
    found: dict[str, Any] = {}
    for name in names:
        agreed = view.base.get(name)
        if name in held:
            found[name] = held[name]
        elif name in view.image:
            found[name] = view.image[name]
        elif isinstance(agreed, list):
            found[name] = agreed
        else:
            shown = view.canonical is not None and name in mapping.sides[view.side].sources
            found[name] = None if shown or agreed == EMPTY else UNKNOWN
    return found


def ask(context: Context, decided: Mapping[str, tuple[Mapping[str, View], Decision]]) -> set[str]:
    """Read the records to be updated whose old values nothing tells; gives the links to be decided anew.

    One call each, and those for what is read record by record. What is found is spooled, so that an edit that nobody
    has read yet is merged and not written over.
    """
    wanted: dict[str, dict[str, str]] = {}
    for link, (views, decision) in decided.items():
        for side, values in decision.updates.items():
            view = views[side]
            if view.canonical is None and view.key is not None and _unknown(context.mapping, view, values):
                wanted.setdefault(side, {})[view.key] = link
    links: set[str] = set()
    for side, keys in wanted.items():
        connection, resource = context.connections[side], context.resource(side)
        if "get" not in connection.spec.resources[resource].operations:
            continue
        connection.use(resource, context.mapping.sides[side].containers)
        found: list[Record] = []
        for key, link in keys.items():
            try:
                found.append(connection.get(resource, key))
            except (Missing, *UNREADABLE):
                # The write tells of it.
                continue
            links.add(link)
        reading.process(context, side, found, restage=True)
    ownrefs.settle(context)
    return links


def _unknown(mapping: CompiledMapping, view: View, names: Iterable[str]) -> bool:
    """Whether the side itself can tell an old value that is not known."""
    sources = mapping.sides[view.side].sources
    return any(value == UNKNOWN and name in sources for name, value in before(mapping, view, names).items())
