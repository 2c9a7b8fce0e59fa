"""Everything that is wrong in the files of a project, or in single files, without asking any vendor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.compile import CompiledMapping
from mapper.errors import Position, Problem, SpecError, UsageError
from mapper.spec import document as documents
from mapper.spec.cases import load_cases, read_cases
from mapper.spec.document import nearest
from mapper.spec.load import (
    Loaded,
    connector_path,
    load_catalogue,
    load_connector,
    load_mapping,
    load_shared,
    shipped,
    shown,
)
from mapper.spec.mapping import Mapping
from mapper.sync.connectorcheck import connector_problems
from mapper.sync.connectorusage import unused_fields
from mapper.sync.guards import canary_problems
from mapper.sync.incoming import reply_problems
from mapper.sync.offline import alone, compile_offline, shared_problems
from mapper.sync.project import Project, load

_VARIABLE = re.compile(r"\$\{(?!file:)([^}]*)\}")


@dataclass
class Checked:
    """The files that were looked at, what is wrong or doubtful in them, and what is worth knowing."""

    files: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def saw(self, file: str) -> None:
        if file not in self.files:
            self.files.append(file)

    def add(self, found: Iterable[Problem]) -> None:
        """Put what was found where it belongs, each thing once."""
        places = {"problem": self.problems, "warning": self.warnings, "note": self.notes}
        for problem in found:
            place = places[problem.severity]
            if problem not in place:
                place.append(problem)

    def note(self, position: Position, message: str) -> None:
        self.add([Problem(position, message, severity="note", code="unchecked")])

    def sort(self) -> None:
        for found in (self.problems, self.warnings, self.notes):
            found.sort()


def check_project(path: Path) -> Checked:
    """Every problem of a project: its own file, its connectors, catalogues and mappings.

    Raises UsageError where there is no project.
    """
    checked = Checked()
    file = path / "mapper.yaml" if path.is_dir() else path
    checked.saw(shown(file))
    try:
        project = load(file)
    except SpecError as error:
        checked.add(error.problems)
        return checked
    for name in project.spec.connections:
        _connection(project, name, checked)
    _mappings(project, checked)
    checked.sort()
    return checked


def check_files(paths: Iterable[Path], project: Project | None) -> Checked:
    """Every problem of these files, each by its kind; mappings are compiled within the project, if there is one."""
    checked = Checked()
    for path in _expanded(paths):
        checked.saw(shown(path))
        try:
            _file(path, project, checked)
        except SpecError as error:
            checked.add(error.problems)
        except UsageError as error:
            checked.add([Problem(Position(shown(path)), error.message, error.hint)])
    checked.sort()
    return checked


def kind_of(data: Any) -> str:
    """What a file describes, by its top-level keys; empty where that cannot be told."""
    keys = set(data) if isinstance(data, dict) else set()
    if "connections" in keys:
        return "project"
    if keys & {"connector", "extends", "resources", "actions", "auth"}:
        return "connector"
    if keys & {"entity", "sides"}:
        return "mapping"
    if keys & {"functions", "constants", "tables", "import"}:
        return "shared"
    if isinstance(data, list) and data and all(isinstance(item, dict) and "given" in item for item in data):
        return "cases"
    return "catalogue" if keys & {"fields", "lists"} and keys <= {"fields", "lists"} else ""


def _expanded(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves; of a folder, the YAML files in it."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml"))
        else:
            yield path


def _file(path: Path, project: Project | None, checked: Checked) -> None:
    if path.suffix in (".jsonl", ".ndjson"):
        read_cases(path)
        return
    document = documents.read(path, name=shown(path))
    kind = kind_of(document.data)
    if kind == "project":
        found = check_project(path)
        for file in found.files:
            checked.saw(file)
        checked.add([*found.problems, *found.warnings, *found.notes])
    elif kind == "connector" and not {"connector", "extends"} & set(document.data):
        checked.note(
            Position(shown(path)), "it is checked with the connectors that extend it, being a part of them only"
        )
        checked.add(document.problems)
    elif kind == "connector":
        checked.add(connector_problems(load_connector(str(path.resolve()))))
    elif kind == "mapping":
        loaded = load_mapping(path)
        if project is None or not _belongs(loaded, project):
            project = alone(loaded, path.parent)
            _lone(loaded, project, checked)
        checked.add(_compiled(loaded, project)[1])
    elif kind == "catalogue":
        load_catalogue(path)
    elif kind == "shared":
        checked.add(shared_problems(load_shared(path)))
    elif kind == "cases":
        read_cases(path)
    else:
        hint = "a project has connections, a connector has resources, a mapping has sides, a shared file functions"
        checked.add([Problem(Position(shown(path)), "it cannot be told what this file describes", hint)])
        checked.add(document.problems)


def _belongs(loaded: Loaded[Mapping], project: Project) -> bool:
    """Whether the project has a connection for each side."""
    return all((spec.connection or side) in project.spec.connections for side, spec in loaded.spec.sides.items())


def _lone(loaded: Loaded[Mapping], project: Project, checked: Checked) -> None:
    """Without a connection for every side, a mapping is checked as far as connectors are known."""
    for side, spec in list(loaded.spec.sides.items()):
        if (spec.connection or side) not in project.spec.connections:
            checked.note(spec.pos, f"the side '{side}' was not checked: there is no connection")
            del loaded.spec.sides[side]


def _connection(project: Project, name: str, checked: Checked) -> None:
    spec, document = project.spec.connections[name], project.loaded.document
    try:
        checked.saw(shown(connector_path(spec.connector, project.folder)))
        loaded = project.connector(name)
    except SpecError as error:
        checked.add(error.problems)
        return
    except UsageError as error:
        place = document.value_at(("connections", name, "connector"))
        checked.add([Problem(place, error.message, error.hint)])
        return
    ours = shipped("connectors") in connector_path(spec.connector, project.folder).parents
    # What is noted of a shipped connector, nobody who uses it can change.
    checked.add(found for found in connector_problems(loaded) if not (ours and found.severity == "note"))
    checked.add(project.setting_problems(name))
    for key, text in spec.settings.items():
        for variable in _VARIABLE.findall(text):
            if variable not in project.env:
                place = document.value_at(("connections", name, "settings", key))
                checked.note(place, f"the variable {variable} is not set here")
    catalogue = project.folder / "catalogue" / f"{name}.yaml"
    if catalogue.exists():
        checked.saw(shown(catalogue))
        try:
            load_catalogue(catalogue)
        except SpecError as error:
            checked.add(error.problems)


def _mappings(project: Project, checked: Checked) -> None:
    seen: dict[str, str] = {}
    mappings: list[CompiledMapping] = []
    document = project.loaded.document
    for number, name in enumerate(project.spec.mappings):
        path = project.mapping_path(name)
        if path is None:
            known = sorted(p.stem for p in (project.folder / "mappings").glob("*.yaml"))
            place = document.value_at(("mappings", number))
            checked.add([Problem(place, f"there is no mapping file {name}", nearest(name, known))])
            continue
        checked.saw(shown(path))
        try:
            loaded = load_mapping(path)
        except SpecError as error:
            checked.add(error.problems)
            continue
        entity = loaded.spec.entity
        if entity in seen:
            checked.add([Problem(loaded.spec.pos, f"the entity '{entity}' is mapped by {seen[entity]} already")])
        seen.setdefault(entity, loaded.document.file)
        # A connection without a connector has been reported where it stands.
        said = {problem.message for problem in checked.problems}
        mapping, problems = _compiled(loaded, project)
        checked.add(p for p in problems if p.message not in said)
        mappings += [mapping] if mapping else []
    with suppress(SpecError, UsageError):
        # What is wrong in the mappings and connections themselves has been said.
        checked.add(canary_problems(project))
    if len(mappings) == len(project.spec.mappings):
        _fields_in_vain(project, mappings, checked)


def _fields_in_vain(project: Project, mappings: list[CompiledMapping], checked: Checked) -> None:
    """Of the project's own connectors, the fields that no mapping uses."""
    for name, spec in project.spec.connections.items():
        with suppress(SpecError, UsageError):
            if shipped("connectors") not in connector_path(spec.connector, project.folder).parents:
                checked.add(unused_fields(project.connector(name), name, mappings))
        checked.add(reply_problems(project))


def _compiled(loaded: Loaded[Mapping], project: Project) -> tuple[CompiledMapping | None, list[Problem]]:
    """A compiled mapping, and all that the static checks find in it, its files of tests included."""
    told: list[Problem] = []
    compiled, problems = compile_offline(loaded, project, own=False, told=told)
    try:
        load_cases(loaded)
    except SpecError as error:
        problems = [*problems, *error.problems]
    return compiled, [*problems, *told]
