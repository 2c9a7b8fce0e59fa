"""A changed mapping beside the old one: the same records of the vendors through both, and what comes out otherwise.

The vendors are read whole and once, page by page, and nothing is kept of a record that comes out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from mapper.compile import CompiledMapping
from mapper.errors import UsageError
from mapper.records import Record
from mapper.spec.load import Loaded, load_mapping
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.state import kept
from mapper.sync.keeping import mapping_from
from mapper.sync.project import Project
from mapper.sync.replay import Replay, compiled, put_through
from mapper.sync.report import Event


def beside(
    project: Project,
    entity: str,
    old: str,
    *,
    sources: tuple[str, ...] = (),
    most: int = 0,
    on_event: Callable[[Event], None] | None = None,
) -> Replay:
    """Put the records of all sides, or of `sources`, through an old mapping and through the project's as it is now.

    `old` is a file, or the number of a run whose mapping is kept. Of what differs at most `most` rows are given, 0 for
    all. Nothing is written, neither at a vendor nor in the state. Raises UsageError where there is no such mapping,
    or where the two read different things; SpecError, RemoteError.
    """
    loaded = project.mapping(entity)
    former = _former(project, entity, old)
    if former.spec.entity != entity:
        raise UsageError(f"{old} is a mapping of '{former.spec.entity}', not of '{entity}'")
    before, after = compiled(former, project, True), compiled(loaded, project, True)
    unknown = [side for side in sources if side not in after.sides]
    if unknown:
        raise UsageError(f"the mapping has no side '{unknown[0]}'")
    found = Replay(None, entity)
    for side in sources or dict.fromkeys((*after.sides, *before.sides)):
        if any(side in one.sides and one.spec.sides[side].role != "target" for one in (before, after)):
            for key, native in _records(
                project, entity, side, [m for m in (after, before) if side in m.sides], on_event
            ):
                put_through(before, after, (side, key, native), found, most)
    return found


def _former(project: Project, entity: str, old: str) -> Loaded[MappingSpec]:
    if not old.isdecimal():
        return load_mapping(old)
    row = project.store.run(int(old))
    data = kept.mapping_of(project.store, int(old)) if row else None
    if row is None or data is None:
        words = f"no mapping is kept of run {old}" if row else f"there is no run {old}"
        raise UsageError(words, hint="see `mapper runs`, or name a mapping file")
    return mapping_from(data)


def _containers(each: Iterable[Mapping[str, Collection[str] | None]]) -> dict[str, Collection[str] | None]:
    """What either mapping looks at; None where it may be any field."""
    found: dict[str, Collection[str] | None] = {}
    for containers in each:
        for name, fields in containers.items():
            held = found.get(name, ())
            found[name] = None if fields is None or held is None else {*held, *fields}
    return found


def _records(
    project: Project, entity: str, side: str, mappings: list[CompiledMapping], on_event: Callable[[Event], None] | None
) -> Iterator[tuple[str, Record]]:
    """All records of a side, with their keys and with whatever either mapping wants of them."""
    places = {(m.spec.sides[side].connection or side, m.spec.sides[side].resource) for m in mappings}
    if len(places) > 1:
        words = " and ".join(sorted(f"{resource} of {name}" for name, resource in places))
        raise UsageError(f"the two mappings read different things on the side '{side}': {words}")
    name, resource = places.pop()
    connection = project.connection(name)
    connection.use(resource, _containers([m.sides[side].containers for m in mappings]))
    done = 0
    for page in connection.pages(resource):
        yield from ((connection.key_of(resource, native), native) for native in page.records)
        done += len(page.records)
        if on_event:
            on_event(Event(entity, "read", side, done, page.total))
