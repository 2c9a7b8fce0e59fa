"""What resources, operations and webhooks of a connector share, put into each of them: `common` and `like`."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from mapper.spec.document import Document, Steps, nearest

KEY = "like"
#: A list of rules of which the first that fits decides: those of a part come after a thing's own.
_RULES = "errors"


def fill_in(doc: Document) -> None:
    """Lay whatever is like parts over these, and resolve fields that stand for several.

    What was put in has the places of the part that it came from. Names of parts that there are not are noted.
    """
    data = doc.data if isinstance(doc.data, dict) else {}
    common, resources = data.get("common"), data.get("resources")
    parts = common if isinstance(common, dict) else {}
    for name, about in _tables(resources):
        steps: Steps = ("resources", name)
        _alike(doc, steps, about, parts)
        if isinstance(fields := about.get("fields"), dict):
            about["fields"] = _spread(doc, (*steps, "fields"), fields, parts)
        for operation, one in _tables(about.get("operations")):
            _alike(doc, (*steps, "operations", operation), one, parts)
    for key in ("actions", "webhooks"):
        for name, one in _tables(data.get(key)):
            _alike(doc, (key, name), one, parts)


def _tables(table: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, about in table.items() if isinstance(table, dict) else ():
        if isinstance(about, dict):
            yield name, about


def _alike(doc: Document, steps: Steps, about: dict[str, Any], parts: dict[str, Any]) -> None:
    names = about.get(KEY)
    # The last part counts most after the resource itself: what is there already stays.
    for number, name in reversed(list(enumerate(names)) if isinstance(names, list) else []):
        part = _part(doc, (*steps, KEY, number), name, parts)
        if part is not None:
            _lay_under(doc, about, steps, part, ("common", name))


def _part(doc: Document, steps: Steps, name: Any, parts: dict[str, Any]) -> dict[str, Any] | None:
    part = parts.get(name) if isinstance(name, str) else None
    if not isinstance(part, dict):
        doc.problem(steps, f"there is no common part '{name}'", nearest(str(name), parts), value=True)
        return None
    return part


def _lay_under(doc: Document, target: dict[str, Any], steps: Steps, source: dict[str, Any], origin: Steps) -> None:
    for key, value in source.items():
        here, there = (*steps, key), (*origin, key)
        if key not in target:
            target[key] = deepcopy(value)
            _place(doc, here, there, value)
        elif isinstance(target[key], dict) and isinstance(value, dict):
            _lay_under(doc, target[key], here, value, there)
        elif key == _RULES and isinstance(target[key], list) and isinstance(value, list):
            # The list may be that of a part, which others are like as well.
            target[key] = [*target[key], *deepcopy(value)]
            for number, rule in enumerate(value):
                _place(doc, (*here, len(target[key]) - len(value) + number), (*there, number), rule)
        elif target[key] is None:
            del target[key]


def _place(doc: Document, here: Steps, there: Steps, value: Any) -> None:
    """Let a value that was put in stand where it was written."""
    for table in (doc.positions, doc.values):
        if there in table:
            table[here] = table[there]
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        _place(doc, (*here, key), (*there, key), part)


def _spread(doc: Document, steps: Steps, fields: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """The fields, with each that is like a part of several in the form of those."""
    found: dict[str, Any] = {}
    for name, field in fields.items():
        like = field.get(KEY) if isinstance(field, dict) else None
        if like is None:
            found[name] = {**found[name], **field} if name in found and isinstance(field, dict) else field
            continue
        part = _part(doc, (*steps, name, KEY), like, parts)
        members = part.get("fields") if part else None
        said = {key: value for key, value in field.items() if key not in (KEY, "label")}
        for member, inner in members.items() if isinstance(members, dict) else ():
            full = f"{name}.{member}"
            own = dict(inner) if isinstance(inner, dict) else {"type": inner}
            label = ": ".join(text for text in (field.get("label"), own.get("label")) if text)
            found[full] = {**own, **said, **({"label": label} if label else {}), **found.get(full, {})}
            _place(doc, (*steps, full), ("common", like, "fields", member), inner)
    return found
