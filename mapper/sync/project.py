"""A project: its connections, mappings and state, and the verbs that work on them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mapper.compile import CompiledMapping, SideContext, compile_mapping
from mapper.errors import Problem, SpecError, UsageError
from mapper.log import hide
from mapper.records import ListTable
from mapper.spec.connector import Connector
from mapper.spec.document import nearest
from mapper.spec.load import (
    Loaded,
    has_variable,
    load_catalogue,
    load_connector,
    load_mapping,
    load_project,
    shipped,
    substitute,
)
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.ownfields import with_own_fields
from mapper.spec.project import Catalogue, CustomField, ProjectSpec
from mapper.spec.uncollected import uncollected
from mapper.sync.environment import dotenv
from mapper.sync.report import Change, Event, Quarantined, Report
from mapper.sync.stateaccess import address_of, key_of
from mapper.sync.translator import Translator

if TYPE_CHECKING:
    import httpx

    from mapper.connect import Connection
    from mapper.state import Store
    from mapper.sync.undo import Creates


def load(
    path: str | Path = ".",
    *,
    env: Mapping[str, str] | None = None,
    state: str | None = None,
    transports: Mapping[str, httpx.BaseTransport] | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Project:
    """The project in a folder, or behind the path of its `mapper.yaml`.

    `env` replaces the environment variables, `state` the database URL (`sqlite://` keeps it in memory), `transports`
    the way to a connection's vendor, `clock` and `sleep` the time: for tests and for embedding.
    Raises SpecError with every problem of the file, UsageError where there is none.
    """
    place = Path(path)
    file = place / "mapper.yaml" if place.is_dir() else place
    if not file.exists():
        raise UsageError(
            f"there is no project file {file}", hint="make one with `mapper init`, or name it with --project"
        )
    loaded = load_project(file)
    given = dict(os.environ if env is None else env)
    return Project(
        loaded, file.parent, {**dotenv(file.parent / ".env"), **given}, state, transports or {}, clock, sleep
    )


class Project:
    """One project; a context manager that closes what it opened.

    >>> import mapper
    >>> with mapper.load("examples/01-companies") as project:
    ...     project.entities
    ['company', 'person']
    """

    def __init__(
        self,
        loaded: Loaded[ProjectSpec],
        folder: Path,
        env: Mapping[str, str],
        state: str | None,
        transports: Mapping[str, httpx.BaseTransport],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self.spec = loaded.spec
        self.folder = folder
        self.clock = clock
        self.loaded = loaded
        self.env = env
        self._state_url = state
        self.transports = transports
        self.sleep = sleep
        self._connections: dict[str, Connection] = {}
        self._connectors: dict[str, Loaded[Connector]] = {}
        self._catalogues: dict[str, Catalogue] = {}

    def __enter__(self) -> Project:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and the state."""
        for connection in self._connections.values():
            connection.close()
        if "store" in self.__dict__:
            self.store.close()

    # ---- files ------------------------------------------------------------------------------------------------

    @property
    def entities(self) -> list[str]:
        """The entities of the project's mappings, in their order."""
        return list(self.mappings)

    @cached_property
    def mappings(self) -> dict[str, Loaded[MappingSpec]]:
        """The mapping files, by entity; raises SpecError."""
        found: dict[str, Loaded[MappingSpec]] = {}
        for i, name in enumerate(self.spec.mappings):
            path = self.mapping_path(name)
            if path is None:
                problem = Problem(self.loaded.document.value_at(("mappings", i)), f"there is no mapping file {name}")
                raise SpecError([problem])
            loaded = load_mapping(path)
            if loaded.spec.entity in found:
                where = found[loaded.spec.entity].document.file
                problem = Problem(loaded.spec.pos, f"the entity '{loaded.spec.entity}' is mapped by {where} already")
                raise SpecError([problem])
            found[loaded.spec.entity] = loaded
        return found

    def mapping_path(self, name: str) -> Path | None:
        """The file of a mapping: in the project, or shipped."""
        file = name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"
        for place in (self.folder / file, self.folder / "mappings" / file, shipped("mappings") / file):
            if place.exists():
                return place
        return None

    def mapping(self, entity: str) -> Loaded[MappingSpec]:
        """One mapping; raises UsageError where the project has none of that entity."""
        if entity not in self.mappings:
            raise UsageError(f"the project has no mapping of '{entity}'", hint=nearest(entity, self.mappings))
        return self.mappings[entity]

    def connector(self, name: str) -> Loaded[Connector]:
        """The connector of a connection, with what the project overrides and its catalogue's own fields."""
        if name not in self._connectors:
            spec = self.spec.connections.get(name)
            if spec is None:
                raise UsageError(f"the project has no connection '{name}'", hint=nearest(name, self.spec.connections))
            self._connectors[name] = self.connector_under(name, {}, self.catalogue(name))
        return self._connectors[name]

    def connector_under(self, name: str, assume: Mapping[str, str], catalogue: Catalogue) -> Loaded[Connector]:
        """The connector with the own fields of this catalogue; `assume` counts before what the project says."""
        about, override = self.spec.connections[name], (self.loaded.document, ("connections", name, "override"))
        answers = {**about.assume, **assume}
        loaded = load_connector(about.connector, folder=self.folder, override=override, assume=answers)
        return with_own_fields(loaded, catalogue)

    def catalogue(self, name: str) -> Catalogue:
        """Custom fields and lists of a connection: discovered, then what `mapper.yaml` says."""
        if name not in self._catalogues:
            found = load_catalogue(self.folder / "catalogue" / f"{name}.yaml")
            own = self.spec.connections[name].catalogue
            fields = {
                place: {**found.fields.get(place, {}), **own.fields.get(place, {})}
                for place in {*found.fields, *own.fields}
            }
            self._catalogues[name] = Catalogue(fields=fields, lists={**found.lists, **own.lists})
        return self._catalogues[name]

    # ---- what is opened when it is needed -----------------------------------------------------------------------

    @cached_property
    def store(self) -> Store:
        """The state; raises StateError."""
        from mapper.state import Store

        return Store(self._state_url or address_of(self), folder=self.folder, key=key_of(self))

    def connection(self, name: str) -> Connection:
        """An open connection; raises SpecError or UsageError where its settings are wrong or missing."""
        if name not in self._connections:
            from mapper.sync.accounts import open_connection

            self.connector(name)
            self._connections[name] = open_connection(self, name, self.catalogue(name))
        return self._connections[name]

    def settings(self, name: str) -> dict[str, str]:
        """A connection's settings, filled in; secrets are masked everywhere from now on."""
        problems = list(self.setting_problems(name))
        if problems:
            raise SpecError(problems)
        connector = self.connector(name).spec
        values = {}
        for key, text in self.spec.connections[name].settings.items():
            position = self.loaded.document.value_at(("connections", name, "settings", key))
            values[key] = substitute(text, self.env, position)
            if connector.settings[key].secret:
                hide(values[key])
        return values

    def setting_problems(self, name: str) -> Iterator[Problem]:
        """What is wrong with a connection's settings, assumptions and limits, without looking at the environment."""
        from mapper.sync.accounts import limit_problems

        document, spec = self.loaded.document, self.spec.connections[name]
        connector = self.connector(name).spec
        for key, text in spec.settings.items():
            place: tuple[str, ...] = ("connections", name, "settings", key)
            if key not in connector.settings:
                yield Problem(document.at(place), f"unknown setting '{key}'", nearest(key, connector.settings))
            elif connector.settings[key].secret and not has_variable(text):
                yield Problem(document.value_at(place), f"'{key}' is a secret and must not stand here", "write ${NAME}")
        for key, setting in connector.settings.items():
            if setting.required and key not in spec.settings:
                place = ("connections", name)
                yield Problem(document.at(place), f"the setting '{key}' is missing", setting.about)
        for key, choice in spec.assume.items():
            place = ("connections", name, "assume", key)
            if key not in connector.assumptions:
                yield Problem(document.at(place), f"unknown assumption '{key}'", nearest(key, connector.assumptions))
            elif choice not in connector.assumptions[key].choices:
                hint = nearest(choice, connector.assumptions[key].choices)
                yield Problem(document.value_at(place), f"'{key}' cannot be {choice!r}", hint)
        yield from limit_problems(self, name)

    # ---- verbs --------------------------------------------------------------------------------------------------

    def compile(self, entity: str) -> Translator:
        """The mapping compiled offline: lists and custom fields come from the catalogue."""
        return Translator(self.compiled(entity, live=False))

    def compiled(self, entity: str, *, live: bool) -> CompiledMapping:
        """The compiled mapping; `live` asks the vendors for lists and custom fields.

        Raises SpecError for whatever `check` calls a problem: no run begins with it.
        """
        with uncollected():
            loaded = self.mapping(entity)
            for side, spec in loaded.spec.sides.items():
                if (spec.connection or side) in self.spec.connections:
                    self.connector(spec.connection or side)
        contexts = {side: self.side(loaded, side, live=live) for side in loaded.spec.sides}
        loaded.document.restart()
        return compile_mapping(loaded.spec, loaded.document, contexts, told=[])

    def side(self, loaded: Loaded[MappingSpec], side: str, *, live: bool) -> SideContext:
        """What the compiler must know of a side; raises SpecError where the project does not fit the mapping."""
        spec = loaded.spec.sides[side]
        name = spec.connection or side
        if name not in self.spec.connections:
            hint = nearest(name, self.spec.connections)
            problem = Problem(spec.pos, f"the project has no connection '{name}' for the side '{side}'", hint)
            raise SpecError([problem])
        connector = self.connector(name).spec
        if spec.resource not in connector.resources:
            hint = nearest(spec.resource, connector.resources)
            problem = Problem(spec.pos, f"{connector.connector} has no resource '{spec.resource}'", hint)
            raise SpecError([problem])
        return SideContext(
            side,
            connector,
            spec.resource,
            spec.role,
            self.spec.locale,
            table=self._live_table(name, spec.resource) if live else self._table(loaded.spec, name),
            custom=self._live_custom(name, spec.resource) if live else self._custom(loaded.spec, name, spec.resource),
        )

    def _live_table(self, name: str, resource: str) -> Callable[[str], ListTable | None]:
        return lambda list_name: self.connection(name).table(resource, list_name)

    def _live_custom(self, name: str, resource: str) -> Callable[[str], Mapping[str, CustomField] | None]:
        return lambda container: self.connection(name).custom(resource, container)

    def _table(self, mapping: MappingSpec, name: str) -> Callable[[str], ListTable | None]:
        known = {**self.catalogue(name).lists, **mapping.lists.get(name, {})}
        fixed = self.connector(name).spec.lists

        def table(list_name: str) -> ListTable | None:
            values = known.get(list_name) or (fixed[list_name].values if list_name in fixed else None)
            return ListTable.offline(list_name, values) if values else None

        return table

    def _custom(
        self, mapping: MappingSpec, name: str, resource: str
    ) -> Callable[[str], Mapping[str, CustomField] | None]:
        known, own = self.catalogue(name).fields, mapping.custom.get(name, {})

        def custom(container: str) -> Mapping[str, CustomField] | None:
            place = f"{resource}.{container}"
            return known.get(place) or own.get(place)

        return custom

    def plan(
        self, entity: str, *, full: bool = False, sources: tuple[str, ...] = (), file: Any = None, **options: Any
    ) -> Report:
        """What a sync would write, without writing anything; `changes` lists it field by field.

        With `file`, a path, it is also written there, for `sync` to apply exactly that.
        """
        from mapper.sync.planfile import section

        with section(self, entity, file, full=full, sources=sources) as write:
            return self._run(entity, dry=True, full=full, sources=sources, section=write, **options)

    def sync(
        self, entity: str, *, full: bool = False, sources: tuple[str, ...] = (), plan: Any = None, **options: Any
    ) -> Report:
        """Plan and apply; incremental unless `full`, or unless the mapping changed since the last run.

        With `plan`, a file's path, it reads as that plan did, and writes what is identical to it, nothing else;
        `refused` of the report tells what has moved.
        `sources` limits the sides that changes are taken from; `on_event` is called with an Event as work goes on;
        `allowed` names the guards that are lifted: empty, shrunk, canary, creates,
        updates, deletes, changed, unexpected.
        Raises GuardError, RemoteError, Locked; quarantined records are no error.
        """
        from mapper.sync.alerts import watched_over
        from mapper.sync.planfile import opened

        with watched_over(self, entity) as done, opened(plan) as found:
            asked = found.asked(self, entity) if found else {"full": full, "sources": sources}
            done.append(self._run(entity, dry=False, plan=found, **asked, **options))
        return done[0]

    def undo(self, run: int, *, dry: bool = False, creates: Creates = "deactivate", **options: Any) -> Report:
        """Put back what a run has changed, where nobody has edited it since; `refused` tells what was not put back.

        `creates` says what becomes of records that the run created. A `dry` one only plans it. Raises UsageError where
        there is no such run, RemoteError, Locked.
        """
        from mapper.sync.undo import Undo, entity_of

        return self._run(entity_of(self, run), dry=dry, full=False, sources=(), undo=Undo(run, creates), **options)

    def _run(
        self,
        entity: str,
        *,
        dry: bool,
        full: bool,
        sources: tuple[str, ...],
        on_event: Callable[[Event], None] | None = None,
        allowed: Collection[str] = (),
        **more: Any,
    ) -> Report:
        from mapper.sync.context import Context
        from mapper.sync.guards import canary_problems
        from mapper.sync.run import Options, calls_of, roles, run
        from mapper.sync.terms import terms_of

        spec = self.mapping(entity).spec
        chosen = roles({name: side.role for name, side in spec.sides.items()}, sources)
        connections = {side: self.connection(spec.sides[side].connection or side) for side in spec.sides}
        accounts = {side: self.spec.connections[spec.sides[side].connection or side] for side in spec.sides}
        before, terms = calls_of(connections), terms_of(self, entity)
        if problems := list(canary_problems(self)):
            raise SpecError(problems)

        def prepare(number: int) -> Context:
            for connection in connections.values():
                connection.renew()
            mapping = self.compiled(entity, live=True)
            mine = (number, dry, chosen, terms.fingerprint, self.clock, on_event)
            images = self.spec.old_values == "kept"
            return Context(self.store, mapping, connections, *mine, images=images, accounts=accounts)

        keep = self.spec.retention
        options = Options(full, sources, frozenset(allowed), self.spec.guards, dry, before, keep, **more)
        return run(self.store, entity, terms, self.clock, prepare, options)

    def changes(self, run: int) -> Iterator[Change]:
        """The changes that a plan or a run made, in order."""
        from mapper.sync.told import changes

        return changes(self.store, run)

    def quarantine(self, entity: str | None = None) -> list[Quarantined]:
        """What could not be synced, and why."""
        from mapper.sync.context import as_quarantined

        rows = self.store.quarantined(entity=entity) if entity else self.store.quarantined()
        return [as_quarantined(row) for row in rows]
