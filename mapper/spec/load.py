"""Files to checked spec objects; every problem of a file is found before any is raised."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic, TypeVar

from mapper.errors import Position, Problem, SpecError, UsageError
from mapper.spec import document as documents
from mapper.spec.connector import Connector
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.mapping import Mapping, Row
from mapper.spec.project import Catalogue, ProjectSpec
from mapper.spec.schema import build, expand, hints, key_of, spec_rules, validate

_SIDE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


T = TypeVar("T")


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A spec object with the document that it came from, so that later checks can point into the file."""

    spec: T
    document: Document


def shipped(kind: str) -> Path:
    """The folder of shipped files: `connectors` or `mappings`, from the checkout or from inside the wheel."""
    beside = Path(__file__).resolve().parents[2] / kind
    if (beside.parent / "pyproject.toml").exists() and beside.is_dir():
        return beside
    return Path(str(files("mapper"))) / "shipped" / kind


def load_connector(
    name: str, *, folder: Path | None = None, override: tuple[Document, Steps] | None = None
) -> Loaded[Connector]:
    """A connector by shipped name or by path; `override` is where a project says what is otherwise."""
    path = connector_path(name, folder)
    if override is None or not _given(*override):
        stat = path.stat()
        return _unchanged(str(path), shown(path), stat.st_mtime_ns, stat.st_size)
    doc = documents.read(path, name=shown(path))
    _overlay(doc, *override)
    return Loaded(_checked(Connector, doc), doc)


@lru_cache(maxsize=16)
def _unchanged(path: str, name: str, changed: int, size: int) -> Loaded[Connector]:
    """A connector file that is the same as when it was read last: checking it takes ten times as long as reading it."""
    doc = documents.read(path, name=name)
    return Loaded(_checked(Connector, doc), doc)


def _given(document: Document, steps: Steps) -> bool:
    """Whether there is anything at a place."""
    data = document.data
    for step in steps:
        data = data.get(step) if isinstance(data, dict) else None
    return bool(data)


def connector_path(name: str, folder: Path | None = None) -> Path:
    """The file of a connector; raises UsageError where there is none."""
    if name.endswith((".yaml", ".yml")):
        path = (folder or Path()) / name
        if not path.exists():
            raise UsageError(f"there is no connector file {name}")
        return path
    for place in ((folder or Path()) / "connectors", shipped("connectors")):
        if (place / f"{name}.yaml").exists():
            return place / f"{name}.yaml"
    raise UsageError(f"there is no connector '{name}'", hint=nearest(name, connector_names()))


def connector_names() -> list[str]:
    """The names of the shipped connectors."""
    return sorted(path.stem for path in shipped("connectors").glob("*.yaml"))


def load_mapping(path: str | Path) -> Loaded[Mapping]:
    """A mapping file; unknown and doubled keys are left for `compile_mapping` to raise, with all that it finds."""
    doc = documents.read(path, name=shown(Path(path)))
    if isinstance(doc.data, dict):
        _gather_cells(doc)
    return Loaded(_checked(Mapping, doc, lenient=True), doc)


def load_project(path: str | Path) -> Loaded[ProjectSpec]:
    """A project file, with what `mapper discover` wrote beside it in `catalogue/`."""
    doc = documents.read(path, name=shown(Path(path)))
    spec = _checked(ProjectSpec, doc)
    for name in spec.connections:
        if not _SIDE_NAME.fullmatch(name):
            doc.problem(("connections", name), "a connection's name is letters, digits, - and _")
    doc.raise_problems()
    return Loaded(spec, doc)


def load_catalogue(path: Path) -> Catalogue:
    """A discovered catalogue; empty where there is no such file."""
    if not path.exists():
        return Catalogue()
    catalogue: Catalogue = _checked(Catalogue, documents.read(path, name=shown(path)))
    return catalogue


def substitute(text: str, env: MappingABC[str, str], position: Position) -> str:
    """A setting's text with `${NAME}` and `${file:path}` filled in; raises SpecError where one is missing."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.startswith("file:"):
            return _secret_file(name[5:], position)
        if name not in env:
            hint = f"set it in the environment or in the file .env beside {Path(position.file).name}"
            raise SpecError([Problem(position, f"the variable {name} is not set", hint)])
        return env[name]

    return _VARIABLE.sub(value, text)


def _secret_file(name: str, position: Position) -> str:
    """The text of a file that is named from the project file's folder."""
    try:
        return (Path(position.file).parent / name).read_text(encoding="utf-8").strip()
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError:
        reason = "it is not UTF-8 text"
    raise SpecError([Problem(position, f"the file {name} cannot be read: {reason}")])


def has_variable(text: str) -> bool:
    """Whether a setting's text is filled in from outside the file."""
    return bool(_VARIABLE.search(text))


def _checked(cls: Any, doc: Document, *, lenient: bool = False) -> Any:
    """The spec object of a document; `lenient` leaves problems that hide no others to be raised with those to come."""
    doc.data = expand(cls, doc.data if doc.data is not None else {}, doc, ())
    before = len(doc.problems)
    validate(spec_rules(cls), doc.data, doc)
    if not lenient or len(doc.problems) - before > len(doc.surplus):
        doc.raise_problems()
    doc.settle()
    return build(cls, doc.data, doc)


def _gather_cells(doc: Document) -> None:
    """Move the sides' keys of each row below `cells`, so that a row has one shape whatever the sides' names."""
    sides, fields = doc.data.get("sides"), doc.data.get("fields")
    if not isinstance(sides, dict) or not isinstance(fields, dict):
        return
    reserved = {key_of(name) for name in hints(Row)} - {"cells"}
    for side in sides:
        if side in reserved or not _SIDE_NAME.fullmatch(side):
            doc.problem(("sides", side), f"'{side}' cannot name a side", "use letters, digits, - and _, and no row key")
    _move_positions(doc, set(sides) - reserved)
    for name, row in fields.items():
        if not _FIELD_NAME.fullmatch(name):
            doc.problem(("fields", name), f"'{name}' cannot name a field", "use a-z, 0-9 and _")
        if isinstance(row, dict):
            _split_row(doc, name, row, sides, reserved)


def _split_row(doc: Document, name: str, row: dict[str, Any], sides: dict[str, Any], reserved: set[str]) -> None:
    cells = {}
    for key in list(row):
        if key in reserved:
            continue
        if key in sides:
            cells[key] = row.pop(key)
        else:
            doc.problem(("fields", name, key), f"unknown key '{key}'", nearest(key, {*reserved, *sides}))
            del row[key]
    row["cells"] = cells
    doc.positions[("fields", name, "cells")] = doc.at(("fields", name))


def _move_positions(doc: Document, sides: set[str]) -> None:
    """Move the places of all cells below `cells`: once through, however many cells there are."""
    for table in (doc.positions, doc.values):
        moved = [steps for steps in table if len(steps) > 2 and steps[0] == "fields" and steps[2] in sides]
        for steps in moved:
            table[(*steps[:2], "cells", *steps[2:])] = table[steps]


def _overlay(doc: Document, other: Document, base: Steps) -> None:
    """Lay a project's override over a connector's data; positions then point into the project file."""
    data = other.data
    for step in base:
        data = data.get(step) if isinstance(data, dict) else None
    if isinstance(data, dict):
        _merge(doc, doc.data, (), other, data, base)


def _merge(doc: Document, target: Any, steps: Steps, other: Document, source: dict[str, Any], base: Steps) -> None:
    for key, value in source.items():
        place, origin = (*steps, key), (*base, key)
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(doc, target[key], place, other, value, origin)
            continue
        target[key] = value
        for mine, theirs in ((doc.positions, other.positions), (doc.values, other.values)):
            for steps_in in [s for s in theirs if s[: len(origin)] == origin]:
                mine[place + steps_in[len(origin) :]] = theirs[steps_in]


def shown(path: Path) -> str:
    """The path as a person would write it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
