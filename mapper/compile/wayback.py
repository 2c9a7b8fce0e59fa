"""The way back of a chain of transforms, where there surely is one.

Of every single transform the catalogue promises: f(g(f(x))) == f(x), where g is its inverse, or nothing at all if it is
normal. Of a chain that does not follow: `upper` before `remove_prefix('c-')` writes back what reads differently. A
chain is accepted where it is, in this order,

    steps that undo their inverse, whatever stands in the middle    f(g(w)) == w   remove_prefix, url_decode, reverse …
    one step of any kind; or normal ones, of which each keeps what those before it made, and after them one more step,
    if what its inverse writes is as the normal ones would have it
    steps whose inverse undoes them, whatever they are given         g(f(z)) == z   prefix, url_encode, reverse …

Each part then reads back what it has written, and hands the next one nothing that this has not written itself. All of
it holds for what stands on a wire: JSON values.
`tests/compile/test_wayback.py` proves it for all accepted chains of two and three steps of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from mapper.compile.vocabulary import VALUE, Vocabulary
from mapper.errors import RuleError
from mapper.expr.catalogue import TRANSFORMS
from mapper.expr.expressions import ExpressionError, parse_expression
from mapper.expr.transform import Transform

_REGISTERED: Final = frozenset({"email", "country", "language", "currency", "siret", "siren", "vat", "iban"})
_CUTS: Final = frozenset({"trim", "squeeze", "digits", "truncate", "truncate_bytes", "before"})
_SORTS: Final = frozenset({"unique", "sort", "compact", "take"})
_ROUNDS: Final = frozenset({"round", "floor", "ceil", "abs"})

#: A normal transform, and those that keep what it has made: it finds nothing to do after them.
KEPT: Final[Mapping[str, frozenset[str]]] = {
    "trim": frozenset({"squeeze", "lower", "upper", "title", "fold", "digits", *_REGISTERED}),
    "squeeze": frozenset({"trim", "lower", "upper", "title", "digits"}),
    "lower": _CUTS,
    "upper": _CUTS,
    "strip_accents": frozenset({"trim", "squeeze", "digits"}),
    "digits": _CUTS,
    "truncate": frozenset({"trim", "squeeze", "digits", "before", "truncate_bytes"}),
    "truncate_bytes": frozenset({"trim", "squeeze", "digits", "before", "truncate"}),
    "unique": _SORTS,
    "sort": _SORTS,
    "compact": _SORTS,
    "take": _SORTS,
    "round": _ROUNDS,
    "abs": _ROUNDS,
    "floor": frozenset({"abs", "ceil"}),
    "ceil": frozenset({"abs", "floor"}),
}
#: A normal transform, and those that give nothing on which it would have anything to do.
_IDLE_AFTER: Final[Mapping[str, frozenset[str]]] = {
    "trim": frozenset({"striptags", "squeeze", "fold", "slug", "digits", *_REGISTERED}),
    "lower": frozenset({"fold", "slug"}),
}
#: Inverses that write texts without blanks at their ends, if there are none in their arguments.
_TIDY: Final = frozenset({"text", "json", "msdate", "format_date", "format_datetime", "format_number"})


@dataclass(frozen=True)
class Link:
    """One step of a chain as it is written: a transform and its constant arguments."""

    text: str
    transform: Transform
    args: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """Its name in the catalogue; empty for a function of the mapping."""
        return self.transform.name if TRANSFORMS.get(self.transform.name) is self.transform else ""

    @property
    def back(self) -> str:
        """What undoes it, as it would be written; empty for a normal step, which needs nothing."""
        inverse = self.transform.inverse
        if not inverse or self.transform.normal:
            return ""
        return inverse + self.text[len(self.transform.name) :]

    @property
    def returns(self) -> bool:
        """Whether there is a way back from it, taken alone."""
        return self.transform.normal or bool(self.transform.inverse)


def links(texts: Sequence[str], words: Vocabulary) -> tuple[Link, ...] | None:
    """The steps of a chain; None where one is no transform with constant arguments."""
    found = []
    for text in texts:
        known = words.transforms.get(text)
        if known is not None:
            found.append(Link(text, known))
            continue
        try:
            applied = parse_expression("{{ value | " + text + " }}", scope=words.scope((VALUE,))).applied
        except ExpressionError:
            return None
        if applied is None:
            return None
        found.append(Link(text, *applied))
    return tuple(found)


def way_back(texts: Sequence[str], words: Vocabulary) -> tuple[str, ...] | None:
    """The chain that undoes another one, as it would be written; None where that is not sure."""
    chain = links(texts, words)
    if chain is None or not is_sound(chain, words.transforms):
        return None
    return undone(chain)


def undone(chain: Sequence[Link]) -> tuple[str, ...]:
    """The inverses in reverse order."""
    return tuple(link.back for link in reversed(chain) if link.back)


def keeps(chain: Sequence[Link]) -> bool:
    """Whether a chain is normal as a whole: applied twice it gives the same as once."""
    return all(link.transform.normal for link in chain) and all(_kept(a, b) for a, b in combinations(chain, 2))


def is_sound(chain: Sequence[Link], catalogue: Mapping[str, Transform]) -> bool:
    """Whether what the chain has given, turned back step by step, is read as the same again."""
    if not all(link.returns for link in chain):
        return False
    rest = [link for before, link in zip([None, *chain], chain, strict=False) if not (before and _idle(before, link))]
    while len(rest) > 1 and _undoes_its_inverse(rest[0], catalogue) and _hands_on(rest[0], rest[1], catalogue):
        rest = rest[1:]
    while len(rest) > 1 and _is_undone(rest[-1]) and rest[-2].transform.gives == rest[-1].transform.takes:
        rest = rest[:-1]
    if len(rest) == 1 or keeps(rest):
        return True
    return keeps(rest[:-1]) and all(_suits(link, rest[-1]) for link in rest[:-1])


def _kept(earlier: Link, later: Link) -> bool:
    """Whether a later normal step keeps what an earlier one made."""
    if not earlier.name or later.name not in KEPT.get(earlier.name, ()):
        return False
    # What is put in the place of what is cut off, and keys of items, can undo it.
    return len(later.args) == len(earlier.args) == 0 or _plain(earlier) and _plain(later)


def _plain(link: Link) -> bool:
    most = {"truncate": 1, "truncate_bytes": 1, "take": 1, "round": 1, "before": 1}.get(link.name, 0)
    return len(link.args) <= most


def _idle(earlier: Link, later: Link) -> bool:
    """Whether the earlier step leaves the later one nothing to do."""
    return bool(earlier.name) and not later.args and earlier.name in _IDLE_AFTER.get(later.name, ())


def _is_undone(link: Link) -> bool:
    """Whether its inverse undoes it, whatever it was given."""
    return bool(link.name and link.transform.inverse and not link.transform.loses)


def _undoes_its_inverse(link: Link, catalogue: Mapping[str, Transform]) -> bool:
    inverse = catalogue.get(link.transform.inverse or "")
    return bool(link.name and inverse and inverse.inverse == link.name and not inverse.loses)


def _hands_on(link: Link, after: Link, catalogue: Mapping[str, Transform]) -> bool:
    """Whether what is written for the next step is of the kind that this one gives."""
    kind = link.transform.gives
    back = after.transform if after.transform.normal else catalogue.get(after.transform.inverse or "")
    return back is not None and after.name != "" and back.gives == kind


def _suits(normal: Link, last: Link) -> bool:
    """Whether what undoes the last step writes only what the normal step before it would leave as it is."""
    texts = [arg for arg in last.args if isinstance(arg, str)]
    if last.name in ("remove_prefix", "remove_suffix"):
        return normal.name in ("trim", "squeeze", "lower", "upper") and bool(texts) and _unchanged(normal, texts)
    if normal.name != "trim" or not last.name or last.transform.inverse not in _TIDY:
        return False
    return _unchanged(normal, texts)


def _unchanged(normal: Link, texts: Sequence[str]) -> bool:
    try:
        return all(text and normal.transform.call(text, *normal.args) == text for text in texts)
    except RuleError:
        return False
