"""What a file imports from others: constants, functions and tables, each kept with its place in its own file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from mapper.errors import Position, Problem, SpecError
from mapper.spec import csvtable
from mapper.spec import document as documents
from mapper.spec.checked import Loaded, checked, shown
from mapper.spec.document import Document, Steps
from mapper.spec.mapping import Mapping
from mapper.spec.shared import Function, Shared

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SECTIONS = ("constants", "functions", "tables")
_Importing = TypeVar("_Importing", Mapping, Shared)


def load_shared(path: str | Path) -> Loaded[Shared]:
    """A shared file with what it imports; problems that hide no others are left in its document."""
    return _load(Path(path), (), {})


def _load(path: Path, chain: tuple[Path, ...], known: dict[Path, Loaded[Shared]]) -> Loaded[Shared]:
    place = path.resolve()
    if place not in known:
        doc = documents.read(path, name=shown(path), cached=True)
        imports = Imports(doc, (*chain, place), known)
        spec = imports.join(checked(Shared, doc, lenient=True))
        doc.lasting = list(doc.problems)
        known[place] = Loaded(spec, doc)
    return known[place]


class Imports:
    """The files that one document imports, read before the document itself is checked."""

    def __init__(
        self, doc: Document, chain: tuple[Path, ...] = (), known: dict[Path, Loaded[Shared]] | None = None
    ) -> None:
        self.doc = doc
        self.chain = chain
        self.known = {} if known is None else known
        data = doc.data if isinstance(doc.data, dict) else {}
        self.found = [self._read(name, steps) for name, steps in _named(data.get("import"))]
        sides = data.get("sides")
        tables = data.get("tables")
        for name, table in tables.items() if isinstance(tables, dict) else ():
            if csvtable.is_file(table):
                csvtable.fill(doc, ("tables", name), sides if isinstance(sides, dict) else None)

    def _read(self, name: str, steps: Steps) -> Loaded[Shared] | None:
        """One imported file; None where it cannot be read, which is noted."""
        path = self.doc.folder / name
        chain = [*self.chain, path.resolve()]
        if chain[-1] in self.chain:
            ring = chain[chain.index(chain[-1]) :]
            self._fail(steps, f"imports itself: {' -> '.join(shown(part) for part in ring)}")
            return None
        if not path.is_file():
            self._fail(steps, f"there is no file {name}")
            return None
        try:
            return _load(path, self.chain, self.known)
        except SpecError as error:
            self.doc.problems += error.problems
            self.doc.fatal = True
            return None

    def _fail(self, steps: Steps, message: str) -> None:
        self.doc.problem(steps, message, value=True)
        self.doc.fatal = True

    def join(self, spec: _Importing) -> _Importing:
        """The spec object with everything that its file imports; a name that is given twice is a problem."""
        joined: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
        first: dict[Steps, Position] = {}
        own = [(steps, value, self.doc.at(steps)) for steps, value in _parts(spec)]
        for loaded in self.found:
            if loaded is None:
                continue
            other = loaded.document
            self.doc.problems += [problem for problem in other.problems if problem not in self.doc.problems]
            found = [(steps, value, other.at(steps)) for steps, value in _parts(loaded.spec)]
            self.doc.borrow(other, self._take(joined, first, found))
        self._take(joined, first, own)
        for steps, value, place in own:
            if not FIELD_NAME.fullmatch(str(steps[1])):
                self.doc.problems.append(Problem(place, f"'{steps[1]}' cannot be a name", "use a-z, 0-9 and _"))
            if isinstance(value, Function):
                self._arguments(value, steps)
        return replace(spec, constants=joined["constants"], functions=joined["functions"], tables=joined["tables"])

    def _take(
        self,
        joined: dict[str, dict[str, Any]],
        first: dict[Steps, Position],
        parts: list[tuple[Steps, Any, Position]],
    ) -> set[Steps]:
        """Keep the parts of one file that no file before has; gives their steps."""
        taken = set()
        for steps, value, place in parts:
            section, name = str(steps[0]), str(steps[1])
            if steps not in first:
                first[steps] = place
                joined[section][name] = value
                taken.add(steps)
            elif first[steps] != place:  # a file that is imported on two ways brings the same part twice
                problem = Problem(place, f"'{name}' is given twice, first at {first[steps]}")
                self.doc.problems.append(problem)
        return taken

    def _arguments(self, function: Function, steps: Steps) -> None:
        for number, name in enumerate(function.args):
            place: Steps = (*steps, "args", number)
            if not FIELD_NAME.fullmatch(name) or name == "value":
                self.doc.problem(place, f"'{name}' cannot name an argument", "use a-z, 0-9 and _, and not `value`")
            elif name in function.args[:number]:
                self.doc.problem(place, f"the argument '{name}' is given twice")


def _named(names: Any) -> list[tuple[str, Steps]]:
    """The imported files that unchecked data names, and where."""
    if isinstance(names, str):
        return [(names, ("import",))]
    found = names if isinstance(names, list) else []
    return [(name, ("import", number)) for number, name in enumerate(found) if isinstance(name, str)]


def _parts(spec: Mapping | Shared) -> list[tuple[Steps, Any]]:
    return [((section, name), value) for section in _SECTIONS for name, value in getattr(spec, section).items()]
