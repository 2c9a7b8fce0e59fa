"""What a mapping costs: calls for single records, lists that are fetched, and matching without a search."""

from __future__ import annotations

from collections.abc import Iterator

from mapper.compile.checks.subject import Place, Subject
from mapper.compile.composites import Parts
from mapper.compile.sides import LISTED, Native


def check_costs(subject: Subject) -> None:
    """Note rows and match rules that need more calls than reading and writing the records."""
    _check_calls(subject)
    _check_match(subject)


def _natives(place: Place) -> Iterator[Native]:
    if isinstance(place.cell.source, Parts):
        yield from (part.native for part in place.cell.source.parts.values())
    elif place.cell.native:
        yield place.cell.native


def _check_calls(subject: Subject) -> None:
    fetched: set[tuple[str, str]] = set()
    for place in subject.places():
        if not place.reads and not place.writes:
            continue
        side = place.side
        for native in _natives(place):
            container = side.resource.containers.get(native.container)
            if container is not None and container.reads:
                message = f"this row needs one call per record of {side.name}, to read its {native.container}"
                if place.writes:
                    message += ", and one for each value that is written"
                hint = f"leave the row out if it is not worth it, or bound the records: where of {side.name}"
                # Whoever has bounded the records knows what they cost.
                code, hint = ("fetch", "") if subject.spec.sides[side.name].where else ("cost", hint)
                subject.found.add(code, place.path, message, hint, value=True)
            listed = native.field.list if native.field.type in LISTED else None
            name = listed or (container.list if container else None)
            source = side.connector.lists.get(name.partition("/")[0]) if name else None
            if name and source and source.path and (side.name, name) not in fetched:
                fetched.add((side.name, name))
                message = f"the list {name} of {side.name} is fetched when a run starts"
                subject.found.add("fetch", place.path, message, value=True)
        if place.row.type == "ref" and place.writes:
            message = f"a record of {side.name} is written again when its {place.row.entity} is linked later"
            subject.found.add("fetch", place.path, message, f"run {place.row.entity} first", value=True)


def _check_match(subject: Subject) -> None:
    """Rules serve the sides that have a cell for each of their fields; two sides at least must."""
    spec, found = subject.spec, subject.found
    seen: dict[frozenset[str], int] = {}
    for number, rule in enumerate(spec.match):
        if isinstance(rule, dict):
            continue
        names = (rule,) if isinstance(rule, str) else tuple(rule)
        first = seen.setdefault(frozenset(names), number)
        if first != number:
            message = f"the rule stands there already, as number {first + 1}"
            found.add("match-twice", ("match", number), message, "leave it out", value=True)
            continue
        serving = [side for side in spec.sides if all(_is_read(subject, name, side) for name in names)]
        if set(spec.sides) - set(subject.contexts):
            continue
        words = " and ".join(f"'{name}'" for name in names)
        if len(serving) < 2:
            whom = f"only {serving[0]} is" if serving else "no side is"
            message = f"the rule links nothing: {whom} read for {words}"
            found.add("match-cost", ("match", number), message, "leave it out, or give the rows more cells", value=True)
            continue
        for side in serving:
            _check_search(subject, number, side, names)


def _is_read(subject: Subject, name: str, side: str) -> bool:
    cell = subject.cells.get(side, {}).get(name)
    return cell is not None and cell.source is not None


def _check_search(subject: Subject, number: int, side: str, names: tuple[str, ...]) -> None:
    """Records are matched with those that have been read: a side that lists none is only known as far as it changes."""
    resource = subject.contexts[side].resource
    if "list" in resource.operations:
        return
    searched = [
        name
        for name in names
        if (native := subject.cells[side][name].native) and native.field.search and "find" in resource.operations
    ]
    if len(searched) == len(names):
        return
    lacking = ", ".join(f"'{name}'" for name in names if name not in searched)
    message = (
        f"{side} cannot be searched by {lacking}, and its {subject.contexts[side].resource_name} cannot be listed: "
        "records that were there before the first run are not found, and may be made twice"
    )
    hint = f"give the connector an operation 'list', or 'find' and a field with search: … for {lacking}"
    subject.found.add("match-cost", ("match", number), message, hint, value=True)
