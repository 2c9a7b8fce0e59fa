"""Files to checked spec objects; every problem of a file is found before any is raised."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingABC
from functools import lru_cache
from pathlib import Path
from typing import Any

from mapper.errors import Position, Problem, SpecError, UsageError
from mapper.spec import csvtable, spans
from mapper.spec import document as documents
from mapper.spec.checked import Loaded, checked, shown
from mapper.spec.classes import hints, key_of
from mapper.spec.connector import Connector
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.extending import KEY as EXTENDS
from mapper.spec.extending import choose, lay_over, read_extended
from mapper.spec.flowcheck import check_operations
from mapper.spec.imports import FIELD_NAME, Imports, load_shared
from mapper.spec.likeness import fill_in
from mapper.spec.mapping import Mapping, Row
from mapper.spec.project import Catalogue, ProjectSpec
from mapper.spec.uncollected import uncollected

_SHARE = re.compile(r"(100|[0-9]{1,2})%")
_LIMIT = re.compile(r"[0-9]{1,9}|[0-9]{1,3}%")
#: A hundred years, in days.
_LONGEST = 36500
_SIDE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_WHOLE = re.compile(r"^connector:", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_Stamp = tuple[int, int] | None

__all__ = [
    "Loaded", "connector_names", "connector_path", "has_variable", "load_catalogue", "load_connector", "load_mapping",
    "load_project", "load_shared", "shipped", "shown", "substitute",
]  # fmt: skip


def shipped(kind: str) -> Path:
    """The folder of shipped files: `connectors` or `mappings`, from the checkout or from inside the wheel."""
    beside = Path(__file__).resolve().parents[2] / kind
    if (beside.parent / "pyproject.toml").exists() and beside.is_dir():
        return beside
    from importlib.resources import files

    return Path(str(files("mapper"))) / "shipped" / kind


@uncollected()
def load_connector(
    name: str,
    *,
    folder: Path | None = None,
    override: tuple[Document, Steps] | None = None,
    assume: MappingABC[str, str] | None = None,
) -> Loaded[Connector]:
    """A connector by shipped name or by path, as it is under these answers to its assumptions.

    `override` is where a project says what is otherwise.
    """
    path = connector_path(name, folder)
    own = folder / "connectors" if folder and (folder / "connectors").is_dir() else None
    # A folder's stamp tells of files that were put into it since.
    stamps = (_stamp(path), _stamp(own) if own else None)
    if override is None or not _given(*override):
        loaded, files = _unchanged(str(path), shown(path), own, stamps, ())
        if any(_stamp(file) != stamp for file, stamp in files):
            _unchanged.cache_clear()
            loaded, _ = _unchanged(str(path), shown(path), own, stamps, ())
        known = loaded.spec.assumptions
        telling = [(name, choice) for name, choice in (assume or {}).items() if name in known and known[name].override]
        return _unchanged(str(path), shown(path), own, stamps, tuple(sorted(telling)))[0] if telling else loaded
    doc = read_extended(path, shipped("connectors"), own=own, name=shown(path))[0]
    choose(doc, assume or {})
    if override is not None and isinstance(doc.data, dict):
        lay_over(doc, *override)
    return Loaded(_whole(doc), doc)


@lru_cache(maxsize=24)
def _unchanged(
    path: str, name: str, own: Path | None, stamps: tuple[_Stamp, _Stamp], assume: tuple[tuple[str, str], ...]
) -> tuple[Loaded[Connector], list[tuple[Path, _Stamp]]]:
    """A connector file that is the same as when it was read last: checking it takes ten times as long as reading it.

    As it is under these answers, with the files that it extends, as they were.
    """
    doc, *layers = read_extended(Path(path), shipped("connectors"), own=own, name=name)
    files = [layer.path for layer in layers[1:] if layer.path]
    choose(doc, dict(assume))
    return Loaded(_whole(doc), doc), [(file, _stamp(file)) for file in files]


def _whole(doc: Document) -> Connector:
    """The connector of a document, with its operations looked at beyond their shape."""
    if isinstance(doc.data, dict) and doc.data.keys().isdisjoint(("connector", EXTENDS)):
        hint = "a file without it is a part, on which connectors build by `extends`"
        raise SpecError([Problem(doc.at(()), "'connector' is missing", hint)])
    fill_in(doc)
    spec: Connector = checked(Connector, doc)
    check_operations(spec, doc)
    doc.raise_problems()
    return spec


def _stamp(path: Path) -> _Stamp:
    """What tells a file that was changed since; None of one that is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


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
    raise UsageError(f"there is no connector '{name}'", hint=nearest(name, connector_names(folder)))


def connector_names(folder: Path | None = None) -> list[str]:
    """The names of the shipped connectors, after those of a project's folder; files that others build on have none."""
    own = _names_in(folder / "connectors") if folder else []
    return own + [name for name in _names_in(shipped("connectors")) if name not in own]


def _names_in(place: Path) -> list[str]:
    return sorted(path.stem for path in place.glob("*.yaml") if _WHOLE.search(path.read_text(encoding="utf-8")))


@uncollected()
def load_mapping(path: str | Path) -> Loaded[Mapping]:
    """A mapping file with what it imports; problems that hide no others are left for `compile_mapping` to raise."""
    doc = documents.read(path, name=shown(Path(path)), cached=True)
    if isinstance(doc.data, dict):
        _gather_cells(doc)
        _fill_values(doc)
    imports = Imports(doc)
    spec = imports.join(checked(Mapping, doc, lenient=True))
    for name in spec.fields.keys() & spec.constants.keys():
        first = doc.at(("constants", name))
        doc.problem(("fields", name), f"'{name}' is given twice, first as a constant at {first}")
    doc.lasting = list(doc.problems)
    return Loaded(spec, doc)


def load_project(path: str | Path) -> Loaded[ProjectSpec]:
    """A project file, with what `mapper discover` wrote beside it in `catalogue/`."""
    doc = documents.read(path, name=shown(Path(path)))
    spec = checked(ProjectSpec, doc)
    if not 0 <= spec.retention <= _LONGEST:
        doc.problem(("retention",), f"'retention' is a number of days from 0 to {_LONGEST}", value=True)
    for name, one in spec.connections.items():
        if not _SIDE_NAME.fullmatch(name):
            doc.problem(("connections", name), "a connection's name is at most 40 letters, digits, - and _")
        if one.limits.share is not None and not _SHARE.fullmatch(one.limits.share):
            words = f"'{one.limits.share}' is no share: write one such as 50%"
            doc.problem(("connections", name, "limits", "share"), words, value=True)
        for key, span in (("tolerance", one.tolerance), ("full_every", one.full_every)):
            if span is not None and not spans.is_span(span):
                doc.problem(("connections", name, key), f"'{span}' is no span of time: {spans.FORM}", value=True)
    for name in ("creates", "updates", "deletes", "shrink"):
        limit = getattr(spec.guards, name)
        if limit is not None and not (_SHARE if name == "shrink" else _LIMIT).fullmatch(limit):
            words = "a share such as 25%" if name == "shrink" else "a number such as 200, or a share such as 25%"
            doc.problem(("guards", name), f"'{limit}' is no limit: write {words}", value=True)
    doc.raise_problems()
    return Loaded(spec, doc)


def load_catalogue(path: Path) -> Catalogue:
    """A discovered catalogue; empty where there is no such file."""
    if not path.exists():
        return Catalogue()
    catalogue: Catalogue = checked(Catalogue, documents.read(path, name=shown(path)))
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


def _gather_cells(doc: Document) -> None:
    """Move the sides' keys of each row below `cells`, so that a row has one shape whatever the sides' names."""
    sides, fields = doc.data.get("sides"), doc.data.get("fields")
    if not isinstance(sides, dict) or not isinstance(fields, dict):
        return
    reserved = {key_of(name) for name in hints(Row)} - {"cells"}
    for side in sides:
        if side in reserved or not _SIDE_NAME.fullmatch(side):
            hint = "use at most 40 letters, digits, - and _, a letter first, and no row key"
            doc.problem(("sides", side), f"'{side}' cannot name a side", hint)
    _move_positions(doc, set(sides) - reserved)
    for name, row in fields.items():
        if not FIELD_NAME.fullmatch(name):
            hint = "use at most 60 of a-z, 0-9 and _, a letter first"
            doc.problem(("fields", name), f"'{name}' cannot name a field", hint)
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


def _fill_values(doc: Document) -> None:
    """Read the CSV files that stand in place of tables."""
    fields, sides = doc.data.get("fields"), doc.data.get("sides")
    known = sides if isinstance(sides, dict) else None
    for name, row in fields.items() if isinstance(fields, dict) else ():
        if isinstance(row, dict) and csvtable.is_file(row.get("values")):
            csvtable.fill(doc, ("fields", name, "values"), known)


def _move_positions(doc: Document, sides: set[str]) -> None:
    """Move the places of all cells below `cells`: once through, however many cells there are."""
    for table in (doc.positions, doc.values):
        moved = [steps for steps in table if len(steps) > 2 and steps[0] == "fields" and steps[2] in sides]
        for steps in moved:
            table[(*steps[:2], "cells", *steps[2:])] = table[steps]
