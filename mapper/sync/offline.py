"""A mapping compiled without any vendor, inside a project or on its own, and everything that is wrong in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from mapper.compile import CompiledMapping, SideContext, compile_mapping
from mapper.compile.vocabulary import Vocabulary
from mapper.errors import Problem, SpecError, UsageError
from mapper.spec.document import Document
from mapper.spec.load import Loaded, connector_path
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.project import ConnectionSpec, CustomField, ProjectSpec
from mapper.spec.shared import Shared
from mapper.sync.project import Project


def alone(loaded: Loaded[MappingSpec], folder: Path) -> Project:
    """A project around one mapping: each side's connection is the connector of the same name, if there is one."""
    connections = {}
    for side, spec in loaded.spec.sides.items():
        name = spec.connection or side
        try:
            connector_path(name, folder)
        except UsageError:
            continue
        connections[name] = ConnectionSpec(connector=name)
    project = Loaded(ProjectSpec(connections=connections), Document(""))
    return Project(project, folder, {}, None, {}, time.time, time.sleep)


def shared_problems(loaded: Loaded[Shared]) -> list[Problem]:
    """What is wrong in a shared file: functions that do not compile, or lead back to nothing."""
    spec, document = loaded.spec, loaded.document
    document.restart()
    Vocabulary(spec, document)
    return sorted(set(document.problems))


def compile_offline(
    loaded: Loaded[MappingSpec], project: Project, *, own: bool, told: list[Problem] | None = None
) -> tuple[CompiledMapping | None, list[Problem]]:
    """The compiled mapping, or None and what is wrong with it; warnings and notes are added to `told`.

    Lists come from the mapping itself and from the catalogue, custom fields from the catalogue; with `own` the
    mapping's custom fields stand beside those, without it only in containers that the catalogue does not know.
    """
    problems: list[Problem] = []
    told = [] if told is None else told
    contexts = {}
    for side in loaded.spec.sides:
        try:
            contexts[side] = _with_custom(loaded.spec, side, project.side(loaded, side, live=False), own)
        except SpecError as error:
            problems += error.problems
        except UsageError as error:
            problems.append(Problem(loaded.spec.sides[side].pos, error.message, error.hint))
    loaded.document.restart()
    try:
        compiled = compile_mapping(loaded.spec, loaded.document, contexts, told=told)
    except SpecError as error:
        return None, problems + error.problems
    return (None if problems else compiled), problems


def _with_custom(mapping: MappingSpec, side: str, context: SideContext, own: bool) -> SideContext:
    said = mapping.custom.get(mapping.sides[side].connection or side)
    return replace(context, custom=_customs(context, said, own)) if said else context


def _customs(
    context: SideContext, said: Mapping[str, Mapping[str, CustomField]], own: bool
) -> Callable[[str], Mapping[str, CustomField] | None]:
    def custom(container: str) -> Mapping[str, CustomField] | None:
        known, mine = context.custom(container), said.get(f"{context.resource_name}.{container}")
        if known is None or mine is None:
            return mine if known is None else known
        return {**known, **mine} if own else known

    return custom
