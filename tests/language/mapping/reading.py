"""Cases about mappings as data: what the files of this folder hold, and the mappings that they describe."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from mapper.compile import CompiledMapping, SideContext, compile_mapping
from mapper.errors import Problem, SpecError
from mapper.records import ListTable
from mapper.spec.connector import Connector
from mapper.spec.load import load_connector, load_mapping
from mapper.spec.project import CustomField, Locale
from tests.language.casefiles import Loader

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
#: Where a problem is expected, in the text of a mapping.
MARK = "‸"
SIDES = "sides: {crm: contacts, erp: customers}\n"
HEAD = "entity: thing\nabout: Things.\n"

_KEYS = {"feature", "about", "head", "rows", "files", "locale", "cases"}
_CASE_KEYS = {
    "about", "head", "rows", "files", "from", "record", "canonical", "to", "gives", "update", "changed", "current",
    "merged", "back", "fails", "stops", "problems", "looked_at", "accepted", "left_out",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One case, with the mapping that it is about."""

    file: str
    about: str
    text: str
    files: tuple[tuple[str, str], ...]
    locale: tuple[tuple[str, str], ...]
    says: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"{self.file}: {self.about}"

    def mapping(self) -> CompiledMapping:
        """The compiled mapping; raises SpecError."""
        return compiled(self.text, self.files, self.locale)

    def problems(self) -> list[Problem]:
        """What the checks say of the mapping, notes aside; the marks of the expected places are taken out first."""
        told: list[Problem] = []
        try:
            compile_text(self.text.replace(MARK, ""), _unmarked(self.files), self.locale, told)
        except SpecError as error:
            told += error.problems
        return sorted(problem for problem in told if problem.severity != "note")

    def places(self) -> list[tuple[str, int, int]]:
        """File, line and column of each mark; the mapping itself is m.yaml."""
        texts = {"m.yaml": self.text, **dict(self.files)}
        return sorted((name, *place) for name, text in texts.items() for place in _marks(text))


def _unmarked(files: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text.replace(MARK, "")) for name, text in files)


def _marks(text: str) -> Iterator[tuple[int, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        at = line.find(MARK)
        while at >= 0:
            yield number, at + 1
            line = line[:at] + line[at + 1 :]
            at = line.find(MARK)


def all_cases() -> list[Case]:
    """Every case of the folder, in the order of the files."""
    return [case for path in sorted(HERE.glob("*.yaml")) for case in cases_of(path)]


def pieces_of(path: Path) -> list[dict[str, Any]]:
    """The pieces of one file: what each says, the file's feature and words with the first."""
    return list(yaml.load_all(path.read_text(encoding="utf-8"), Loader))


def cases_of(path: Path) -> Iterator[Case]:
    for piece in pieces_of(path):
        assert set(piece) <= _KEYS, f"{path.name}: {set(piece) - _KEYS} is none of {_KEYS}"
        for says in piece["cases"]:
            assert set(says) <= _CASE_KEYS, f"{path.name}: {set(says) - _CASE_KEYS} in {says['about']}"
            files = {**piece.get("files", {}), **says.get("files", {})}
            head = says.get("head", piece.get("head", ""))
            rows = says.get("rows", piece.get("rows", ""))
            yield Case(
                file=path.stem,
                about=says["about"],
                text=mapping_text(head, rows),
                files=tuple(files.items()),
                locale=tuple(piece.get("locale", {}).items()),
                says=says,
            )


def mapping_text(head: str, rows: str) -> str:
    """The text of a whole mapping; a head that does not name sides gets those of the two made-up vendors."""
    named = head if "sides:" in head else SIDES + head
    whole = named if "entity:" in named else HEAD + named
    return f"{whole.rstrip()}\nfields:\n{indent(rows.rstrip(), '  ')}\n"


@cache
def compiled(
    text: str,
    files: tuple[tuple[str, str], ...] = (),
    locale: tuple[tuple[str, str], ...] = (),
) -> CompiledMapping:
    """The mapping of a text, which stands beside the given files; raises SpecError."""
    return compile_text(text, files, locale)


def compile_text(
    text: str,
    files: tuple[tuple[str, str], ...],
    locale: tuple[tuple[str, str], ...],
    told: list[Problem] | None = None,
) -> CompiledMapping:
    """The same, not remembered; with `told`, all static checks are made."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("m.yaml", text), *files):
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        loaded = load_mapping(Path(folder) / "m.yaml")
    contexts = {}
    for name, side in loaded.spec.sides.items():
        connection = side.connection or name
        contexts[name] = SideContext(
            name,
            vendor(connection),
            side.resource,
            side.role,
            locale=Locale(**dict(locale)),
            table=tables(connection).get,
            custom=lambda container, a=connection, b=side.resource: custom_fields(a).get(f"{b}.{container}"),
        )
    return compile_mapping(loaded.spec, loaded.document, contexts, told=told)


@cache
def vendor(name: str) -> Connector:
    return load_connector(f"{name}.yaml", folder=VENDOR).spec


@cache
def tables(name: str) -> dict[str, ListTable]:
    """The lists of a vendor that have values in its file."""
    sources = vendor(name).lists
    return {key: ListTable.offline(key, source.values) for key, source in sources.items() if source.values}


@cache
def custom_fields(name: str) -> dict[str, dict[str, CustomField]]:
    found = yaml.load((VENDOR / "custom.yaml").read_text(encoding="utf-8"), Loader)
    return {
        place: {word: CustomField(**told) for word, told in fields.items()} for place, fields in found[name].items()
    }
