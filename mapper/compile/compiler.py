"""A mapping to functions: `compile_mapping` checks every cell against its side and generates the code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any

import orjson

from mapper.compile.cells import CellMaker, CompiledCell
from mapper.compile.checks import Findings, Subject, check_all, check_rows, check_situations, check_targets, directions
from mapper.compile.compiledside import CompiledSide
from mapper.compile.composites import Parts
from mapper.compile.members import members_of
from mapper.compile.plainvalues import dumps, keys, loads
from mapper.compile.prints import generate_prints
from mapper.compile.reading import Base, Reading, generate_reading
from mapper.compile.sides import Native, SideContext
from mapper.compile.similar import Similar, names, similar_rules
from mapper.compile.translate import Translate, generate_translate
from mapper.compile.vocabulary import Vocabulary
from mapper.errors import Problem, RuleError, UsageError
from mapper.expr.expressions import Expression
from mapper.expr.forms import Form
from mapper.expr.types import TYPES
from mapper.records import Record, fold
from mapper.spec.document import Document, Steps, nearest
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.mapping import Row
from mapper.spec.uncollected import uncollected

Conditions = tuple[Expression | None, Expression | None]


@dataclass(frozen=True)
class CompiledMapping:
    """A mapping as functions."""

    spec: MappingSpec
    rows: dict[str, Row]
    sides: dict[str, CompiledSide]
    keys: Callable[[Record], Record]
    dump: Callable[[Record], Record]
    load: Callable[[Record], Record]
    rules: tuple[tuple[str, ...], ...]
    similar: tuple[Similar, ...] = ()
    directions: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    filters: tuple[tuple[Callable[[Record], Any], str], ...] = ()

    @property
    def entity(self) -> str:
        return self.spec.entity

    @cached_property
    def base(self) -> Callable[[Record], Base]:
        """From a canonical record to a small fingerprint of each field; of sets the items, so that they can merge."""
        return generate_prints(self.rows)

    @cached_property
    def readers(self) -> Mapping[str, Reading]:
        """By side: from a native record to (canonical record, problems, fingerprints), as `read` and `base` give them.

        Raises UsageError for a side that the mapping does not have.
        """
        return _Readers(self)

    @cached_property
    def translators(self) -> Mapping[tuple[str, str], Translate]:
        """By source and target: from a native record to (new native record, problems), without one in the middle.

        Raises UsageError for a side that the mapping does not have.
        """
        return _Translators(self)

    def side(self, name: str) -> CompiledSide:
        """The side of a name; raises UsageError for one that the mapping does not have."""
        if name not in self.sides:
            raise UsageError(f"the mapping has no side '{name}'", hint=nearest(name, self.sides))
        return self.sides[name]

    def fingerprint_of(self, name: str, value: Any) -> Any:
        """The fingerprint of one field's value."""
        return self.base({name: value})[name]

    def digest(self, base: Base) -> str:
        """A fingerprint of a whole record, from those of its fields."""
        return blake2b(orjson.dumps(base, option=_JSON), digest_size=16).hexdigest()

    def same(self, name: str, one: Any, other: Any) -> bool:
        """Whether two fingerprints of a field stand for the same value."""
        if self.rows[name].type == "set":
            return {fold(str(v)) for v in one or ()} == {fold(str(v)) for v in other or ()}
        return bool(one == other)

    def match_values(self, canonical: Record) -> list[str]:
        """The record's value for each match rule that it can serve, as `rule:value`."""
        keys = self.keys(canonical)
        found = []
        for number, rule in enumerate(self.rules):
            parts = [keys.get(name) for name in rule]
            if all(part not in (None, "", []) for part in parts):
                text = orjson.dumps([fold(p) if isinstance(p, str) else p for p in parts], option=_JSON)
                found.append(f"{number}:{blake2b(text, digest_size=12).hexdigest()}")
        return found

    def left_out(self, canonical: Record) -> str | None:
        """Why the mapping is not about a record, in its own words; None where it is. Raises RuleError."""
        return next((because for only, because in self.filters if not only(canonical)), None)

    def title(self, canonical: Record) -> str:
        """A few words by which a person recognises the record."""
        words = [str(canonical[name]) for name in list(self.rows)[:3] if canonical.get(name)]
        return " ".join(words)[:80]


class _Readers(dict[str, Reading]):
    """Readers, each made when it is first asked for."""

    def __init__(self, mapping: CompiledMapping) -> None:
        super().__init__()
        self._mapping = mapping

    def __missing__(self, name: str) -> Reading:
        side, base = self._mapping.side(name), self._mapping.base

        def in_two_steps(record: Record) -> tuple[Record, list[RuleError], Base]:
            canonical, problems = side.read(record)
            return canonical, problems, base(canonical)

        self[name] = generate_reading(side.cells.values(), self._mapping.rows, side.title, in_two_steps)
        return self[name]


class _Translators(dict[tuple[str, str], Translate]):
    """Translators, each made when it is first asked for."""

    def __init__(self, mapping: CompiledMapping) -> None:
        super().__init__()
        self._mapping = mapping

    def __missing__(self, way: tuple[str, str]) -> Translate:
        source, target = (self._mapping.side(name) for name in way)

        def by_way_of_canonical(record: Record) -> tuple[Record, list[RuleError]]:
            canonical, problems = source.read(record)
            return ({}, problems) if problems else target.create(canonical)

        title = f"{self._mapping.entity} {source.name} {target.name}"
        self[way] = generate_translate(self._mapping.rows, source.cells, target.cells, title, by_way_of_canonical)
        return self[way]


_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


@uncollected()
def compile_mapping(
    spec: MappingSpec,
    document: Document,
    contexts: Mapping[str, SideContext],
    *,
    told: list[Problem] | None = None,
) -> CompiledMapping:
    """The compiled mapping; raises SpecError with every problem of the file.

    With `told`, all static checks are made: their problems are raised too, and what is only doubtful or worth knowing
    is added to the list.
    """
    words = Vocabulary(spec, document)
    maker = CellMaker(spec, document, words, tuple(spec.fields))
    found = Findings(document)
    check_rows(spec, found)
    cells: dict[str, dict[str, CompiledCell]] = {name: {} for name in spec.sides}
    for name, row in spec.fields.items():
        for side, cell in row.cells.items():
            if side in contexts and (made := maker.make(name, row, contexts[side], cell)):
                cells[side][name] = made
    for side, context in contexts.items():
        declared = sum(side in row.cells for row in spec.fields.values())
        check_targets(spec, found, context, cells[side], whole=len(cells[side]) == declared)
    check_situations(spec, found, contexts)
    conditions = {side: _conditions(maker, side, contexts[side]) for side in contexts}
    filters = _filters(maker)
    if told is not None:
        whole = not (document.problems or found.problems)
        check_all(Subject(spec, contexts, cells, words, found, _all_conditions(maker, contexts)), whole=whole)
        told += [problem for problem in found.found if problem.severity != "problem"]
    document.problems += found.problems
    document.raise_problems()
    rules = tuple(names(rule) for rule in spec.match if not isinstance(rule, dict))
    similar = similar_rules(spec)
    compared = {name for rule in rules for name in rule} | {name for rule in similar for name in rule.within}
    return CompiledMapping(
        spec=spec,
        rows=dict(spec.fields),
        sides={s: _side(spec, contexts[s], cells[s], conditions[s]) for s in contexts},
        keys=keys({name: spec.fields[name] for name in sorted(compared)}),
        dump=dumps(spec.fields),
        load=loads(spec.fields),
        rules=rules,
        similar=similar,
        directions={name: directions(spec, row) for name, row in spec.fields.items()},
        filters=filters,
    )


def _side(
    spec: MappingSpec, context: SideContext, cells: dict[str, CompiledCell], conditions: Conditions
) -> CompiledSide:
    where, accepts = conditions
    return CompiledSide(
        name=context.name,
        context=context,
        cells=cells,
        title=f"{spec.entity} {context.name}",
        where=where.call if where else None,
        accepts=accepts.call if accepts else None,
        stamp=_stamp(context),
        refs={name: cell.reference for name, cell in cells.items() if cell.reference},
        sources=frozenset(name for name, cell in cells.items() if cell.source is not None),
        targets=frozenset(name for name, cell in cells.items() if cell.target is not None),
        containers=_containers(cells, spec.sides[context.name].where),
        members=members_of(context, cells.values(), where),
    )


def _containers(cells: dict[str, CompiledCell], where: str | None) -> dict[str, frozenset[str] | None]:
    """The containers that a side needs, with the fields that are looked at in each; None where it may be any."""
    found: dict[str, frozenset[str] | None] = {}
    for native in (native for cell in cells.values() for native in natives(cell) if native.container):
        names = frozenset(native.read.parts[1:2])
        before = found.get(native.container, frozenset())
        open_ended = not names or before is None or native.container in (where or "")
        found[native.container] = None if open_ended or before is None else before | names
    return found


def natives(cell: CompiledCell) -> Iterable[Native]:
    """The fields of the side that a cell is about."""
    if isinstance(cell.source, Parts):
        return [part.native for part in cell.source.parts.values()]
    return [cell.native] if cell.native else []


def _stamp(context: SideContext) -> Callable[[Record], float | None]:
    """A function that gives a record's last change in Unix seconds, where the vendor tells."""
    name = context.resource.changes.stamp
    spec = context.resource.fields.get(name or "")
    if spec is None or name is None:
        return lambda record: None
    wire = context.connector.wire
    form = Form(form=spec.form or wire.forms.get("datetime", ""), zone=wire.timezone)
    return partial(_read_stamp, name, TYPES["datetime"].reader(form))


def _read_stamp(name: str, reader: Callable[[Any], Any], record: Record) -> float | None:
    try:
        moment = reader(record.get(name))
    except RuleError:
        return None
    return float(moment.timestamp()) if moment else None


def _filters(maker: CellMaker) -> tuple[tuple[Callable[[Record], Any], str], ...]:
    """The conditions that a record must meet, each with the words for one that does not."""
    found = []
    for number, condition in enumerate(maker.mapping.filter):
        only = maker.condition(condition.only, maker.names, ("filter", number, "only"))
        if only:
            found.append((only.call, condition.because or condition.only))
    return tuple(found)


def _conditions(maker: CellMaker, side: str, context: SideContext) -> Conditions:
    """The side's own conditions: which native records count, which canonical ones it accepts."""
    spec = maker.mapping.sides[side]
    where = maker.condition(spec.where, context.roots, ("sides", side, "where"))
    accepts = maker.condition(spec.accepts, maker.names, ("sides", side, "accepts"))
    return where, accepts


def _all_conditions(maker: CellMaker, contexts: Mapping[str, SideContext]) -> tuple[tuple[Steps, Expression], ...]:
    """The conditions of sides and filters, each with its place, for the static checks."""
    texts: list[tuple[str | None, Collection[str], Steps]] = []
    for name, side in maker.mapping.sides.items():
        if name in contexts:
            texts.append((side.where, contexts[name].roots, ("sides", name, "where")))
            texts.append((side.accepts, maker.names, ("sides", name, "accepts")))
    for number, rule in enumerate(maker.mapping.filter):
        texts.append((rule.only, maker.names, ("filter", number, "only")))
    before = len(maker.document.problems)
    found = [(place, maker.condition(text, names, place)) for text, names, place in texts]
    # They have been compiled before: what is wrong with them is noted already.
    del maker.document.problems[before:]
    return tuple((place, condition) for place, condition in found if condition)
