"""What `mapper test` runs for one word on its command line: an entity, a mapping file, or a shared file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mapper.compile import CompiledMapping
from mapper.connect.operations import operations_of
from mapper.errors import SpecError, UsageError
from mapper.records import fold
from mapper.spec import document as documents
from mapper.spec.checked import shown
from mapper.spec.load import Loaded, connector_path, load_connector, load_mapping, load_shared, shipped
from mapper.spec.mapping import Mapping
from mapper.spec.shared import Shared
from mapper.sync.cases import CaseResult, run_cases
from mapper.sync.connectorcases import run_examples
from mapper.sync.functioncases import run_functions
from mapper.sync.offline import alone, compile_offline
from mapper.sync.project import Project

YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Suite:
    """The tests of one file and what became of them; `given` is how it was named.

    A shared file has no mapping. The tests of a connector are its examples; they touch no rule (`has_rules`).
    """

    name: str
    given: str
    loaded: Loaded[Mapping] | Loaded[Shared]
    mapping: CompiledMapping | None
    results: tuple[CaseResult, ...]
    has_rules: bool = True


def suites(names: Iterable[str], project: Project | None) -> list[Suite]:
    """Run the tests of these entities and files; a function that several of them import is tested once.

    Raises SpecError for files with problems, UsageError for an entity that nobody knows.
    """
    seen: set[object] = set()
    found = []
    for name in names:
        suite = _suite(name, project)
        new = [r for r in suite.results if r.steps[0] != "functions" or r.position not in seen]
        seen.update(result.position for result in new)
        found.append(replace(suite, results=tuple(new)))
    return found


def chosen(suite: Suite, words: str) -> Suite:
    """The suite with those results that hold all the words, accents and case aside."""
    wanted = fold(words).split()
    kept = tuple(r for r in suite.results if all(word in fold(f"{r.entity} {r.about}") for word in wanted))
    return replace(suite, results=kept)


def _suite(name: str, project: Project | None) -> Suite:
    if name.endswith(YAML):
        kind = _kind(name)
        if kind == "connector":
            connector = load_connector(str(Path(name).resolve()))
            none = Loaded(Shared(about=connector.spec.about), connector.document)
            return Suite(connector.spec.connector, name, none, None, tuple(run_examples(connector)), has_rules=False)
        if kind == "shared":
            shared = load_shared(name)
            return Suite(name, name, shared, None, tuple(run_functions(shared)))
        loaded = load_mapping(name)
        if project is None or any(
            (s.connection or n) not in project.spec.connections for n, s in loaded.spec.sides.items()
        ):
            project = alone(loaded, Path(name).parent)
    elif project is None:
        raise UsageError(f"there is no project with a mapping of '{name}'", hint="name it with --project")
    else:
        loaded = project.mapping(name)
    mapping, problems = compile_offline(loaded, project, own=True)
    if mapping is None:
        raise SpecError(problems)
    return Suite(loaded.spec.entity, name, loaded, mapping, (*run_functions(loaded), *run_cases(loaded, mapping)))


def own_connectors(project: Project) -> list[str]:
    """The files of a project's own connectors that have examples."""
    paths = {connector_path(one.connector, project.folder): name for name, one in project.spec.connections.items()}
    own = {path: name for path, name in paths.items() if shipped("connectors") not in path.parents}
    specs = ((path, project.connector(name).spec) for path, name in own.items())
    return [str(path) for path, spec in specs if any(one.examples for one in operations_of(spec).values())]


def _kind(name: str) -> str:
    """What a file is: a connector, pieces for mappings to import (`shared`), or else a mapping."""
    data = documents.read(name, name=shown(Path(name)), cached=True).data
    keys = set(data) if isinstance(data, dict) else set()
    if keys & {"connector", "extends", "resources", "actions"}:
        return "connector"
    shared = not keys & {"entity", "sides", "fields"} and keys & {"functions", "constants", "tables", "import"}
    return "shared" if shared else "mapping"
