"""Connector files laid over others: `extends`, and what a project says is otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from mapper.errors import Problem, SpecError
from mapper.spec import document as documents
from mapper.spec.checked import shown
from mapper.spec.document import Document, Steps, nearest

KEY = "extends"


def read_extended(
    path: Path, shelf: Path, *, own: Path | None = None, name: str = "", chain: tuple[Path, ...] = ()
) -> tuple[Document, ...]:
    """A file's document with those that it extends laid below it, then each of these as it was read.

    `shelf` is the folder in which a connector is looked for that does not lie beside the file, `own` that of a project,
    whose files take the place of both. Raises SpecError where one of them cannot be read, or extends itself.
    """
    doc = documents.read(path, name=name or shown(path), cached=True)
    below = doc.data.get(KEY) if isinstance(doc.data, dict) else None
    if not isinstance(below, str):
        return (doc,)
    chain = (*chain, path.resolve())
    found = read_extended(_below(doc, below, (own, doc.folder, shelf), chain), shelf, own=own, chain=chain)
    base = found[0]
    if not isinstance(base.data, dict):
        message = f"'{below}' cannot be extended: it is no table (key: value)"
        raise SpecError([Problem(doc.value_at((KEY,)), message)])
    whole = Document(
        doc.file,
        base.data,
        base.positions,
        base.values,
        [*base.problems, *doc.problems],
        folds=base.folds,
        text=doc.text,
        path=doc.path,
        layers={**base.layers, base.file: base},
    )
    lay_over(whole, doc, ())
    whole.positions[()] = doc.at(())
    return (whole, doc, *found[1 if len(found) > 1 else 0 :])


def _below(doc: Document, name: str, folders: tuple[Path | None, ...], chain: tuple[Path, ...]) -> Path:
    """The file that a document extends, in the first of the folders that has it; by name never the file itself."""
    place = doc.value_at((KEY,))
    if name.endswith((".yaml", ".yml")):
        options = [doc.folder / name]
    else:
        options = [folder / f"{name}.yaml" for folder in folders if folder]
    there = [path.resolve() for path in options if path.is_file()]
    if not there:
        names = [path.stem for folder in folders if folder for path in folder.glob("*.yaml")]
        raise SpecError([Problem(place, f"there is no connector '{name}' to extend", nearest(name, names))])
    chosen = next((path for path in there if path != chain[-1]), there[0])
    if chosen in chain:
        ring = [*chain[chain.index(chosen) :], chosen]
        raise SpecError([Problem(place, f"extends itself: {' -> '.join(shown(path) for path in ring)}")])
    return chosen


def lay_over(doc: Document, other: Document, base: Steps) -> None:
    """Lay what stands at a place of another document over a document's data, whose places then point into that one.

    Tables are joined member by member, all else takes the place of what was there, and null takes a member away.
    """
    data = other.data
    for step in base:
        data = data.get(step) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        return
    _lay(doc, data, base, other)
    doc.folds |= other.folds
    doc.layers[other.file] = other


def _lay(doc: Document, data: dict[str, Any], base: Steps, other: Document) -> None:
    _join(doc.data, data)
    for mine, theirs in ((doc.positions, other.positions), (doc.values, other.values)):
        if not base:
            # The whole stays where it stood, and its parts are where they stand in the other.
            mine |= theirs | {(): mine[()]}
            continue
        for steps, place in list(theirs.items()):
            if len(steps) > len(base) and steps[: len(base)] == base:
                mine[steps[len(base) :]] = place


def choose(doc: Document, assume: Mapping[str, str]) -> None:
    """Lay what the chosen answers of a connector's assumptions change over its data."""
    assumptions = doc.data.get("assumptions") if isinstance(doc.data, dict) else None
    for name, about in list(assumptions.items()) if isinstance(assumptions, dict) else ():
        if not isinstance(about, dict):
            continue
        choice, override = assume.get(name, about.get("default")), about.get("override")
        if isinstance(override, dict) and isinstance(override.get(choice), dict):
            # The part is copied, as what is laid over it later must not change the choice itself.
            _lay(doc, deepcopy(override[choice]), ("assumptions", name, "override", str(choice)), doc)


def _join(target: dict[str, Any], source: dict[str, Any]) -> None:
    for key, value in source.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _join(target[key], value)
        elif value is None and key in target:
            del target[key]
        else:
            target[key] = value
