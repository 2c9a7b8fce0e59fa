"""Which changes of a mapping no test notices: every mutant is compiled, and the cases run on it until one fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from mapper.compile import CompiledMapping, SideContext, compile_mapping
from mapper.errors import MapperError
from mapper.spec.cases import Placed
from mapper.spec.mapping import Case
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.sync.cases import Runner
from mapper.sync.functioncases import as_mapping, passes, words_of
from mapper.sync.mutants import Mutant, mutants
from mapper.sync.suites import Suite


@dataclass(frozen=True)
class Mutation:
    """What became of the mutants of one mapping or shared file; a survivor is one that no test noticed."""

    name: str
    tried: int
    survivors: tuple[Mutant, ...]

    @property
    def killed(self) -> int:
        return self.tried - len(self.survivors)


def mutate(suite: Suite, limit: int | None = None) -> Mutation:
    """Change each rule in turn, at most `limit` of them; a change that does not compile does not count."""
    spec = suite.loaded.spec
    whole = spec if isinstance(spec, MappingSpec) else as_mapping(spec)
    bench = _Bench(suite, whole)
    found = list(islice(bench.outcomes(), limit))
    return Mutation(suite.name, len(found), tuple(mutant for mutant, survived in found if survived))


class _Bench:
    """Tries mutants on the cases of a suite."""

    def __init__(self, suite: Suite, spec: MappingSpec) -> None:
        self.suite = suite
        self.spec = spec
        self.document = replace(suite.loaded.document, problems=[], lasting=[])
        mapping = suite.mapping
        self.contexts: dict[str, SideContext] = {n: s.context for n, s in mapping.sides.items()} if mapping else {}
        self.cases = [
            Placed(Case(about="", given=r.given, expect=r.wanted), r.document, r.steps[:-1])
            for r in suite.results
            if r.source
        ]

    def outcomes(self) -> Iterator[tuple[Mutant, bool]]:
        """Each mutant that compiles, and whether it survived."""
        for mutant in mutants(self.spec, self.suite.loaded.document, self.suite.mapping):
            for spec in mutant.tries:
                survived = self._survives(spec)
                if survived is not None:
                    yield mutant, survived
                    break

    def _survives(self, spec: MappingSpec) -> bool | None:
        """Whether no test fails; None where the mutant does not compile."""
        document = replace(self.document, problems=[])
        try:
            words = words_of(spec, document)
            mapping = compile_mapping(spec, document, self.contexts) if self.contexts else None
        except MapperError:
            return None
        if spec.functions and not passes(spec, words, document):
            return False
        return mapping is None or not self._noticed(mapping)

    def _noticed(self, mapping: CompiledMapping) -> bool:
        runner = Runner(mapping)
        return any(runner.run(placed, 0).differences for placed in self.cases)
