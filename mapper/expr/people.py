"""The type of people's names, and how far a name in one field can be taken apart.

A title ("M.", "Mme", "Dr") stands before everything. Of the rest:

    Dupont, de la Tour      one word is the last name, and so is one with its particles
    Anna Berg               two words: the form says which comes first
    Jean de la Tour         a particle after the first word begins the last name
    Jean Paul DE LA TOUR    capitals tell the last name where the other words have none
    de la Tour Jean         particles at the beginning take one word with them
    Anna Maria Berg Lund    anything else cannot be told, and is refused: write a hyphen or a comma

Nothing is guessed when a name is written, either: what would be read otherwise than it was meant is refused.
"""

from __future__ import annotations

from typing import Any, Final

from mapper.errors import RuleError
from mapper.expr.composites import Composite, composite, object_reader, object_writer, record
from mapper.expr.forms import Convert, Form
from mapper.expr.scalars import tidy
from mapper.expr.transform import show
from mapper.expr.types_basic import TEXT
from mapper.records import fold

LONGEST: Final = 200
LOUD: Final = "LAST First"

_TITLES: Final = (
    "m mm mme mmes mlle mr mrs ms miss dr pr prof professeur me maître madame monsieur mademoiselle "
    "herr hr fru fröken doktor sir"
)
# Particles that are nobody's first name, unlike "Ben" and "Al".
_NO_FIRST: Final = ("de", "du", "des", "la", "le", "les", "von", "af", "av", "zu")
_PARTICLES: Final = (
    "de du des d' la le les van von der den het ten ter af av zu zur zum di da do dos das della del dal el al bin ben "
    "ibn"
)
_TITLE_WORDS: Final = frozenset(_TITLES.split())
_PARTICLE_WORDS: Final = frozenset(_PARTICLES.split())
_PARTS: Final = {"title": TEXT, "first": TEXT, "last": TEXT}
_TOLD = "where the first name ends and the last name begins cannot be told"


def split_name(text: str, order: str) -> Composite:
    """The parts of a name whose parts stand in the order that a form says."""
    words = text.split()
    if order == "last, first":
        return _by_comma(text)
    title, words = _titled(words)
    if not words or "," in text or len(text) > LONGEST:
        raise RuleError(f"{show(text)} is not a name such as {_LIKE[order]}")
    if len(words) == 1 or _is_last_alone(words, order):
        return _person(title, [], words)
    if len(words) == 2 and words[0].lower() in _NO_FIRST and order == "first last":
        raise RuleError(f"{show(text)}: {_TOLD}")
    cut = _first_ends(words) if order == "first last" else _last_ends(words)
    if cut is None:
        raise RuleError(f"{show(text)}: {_TOLD}")
    return (
        _person(title, words[:cut], words[cut:]) if order == "first last" else _person(title, words[cut:], words[:cut])
    )


_LIKE: Final = {"first last": "Anna Berg", "last first": "Berg Anna", LOUD: "BERG Anna"}


def _by_comma(text: str) -> Composite:
    last, comma, first = (part.strip() for part in text.partition(","))
    if not last or "," in first or (comma and not first) or len(text) > LONGEST:
        raise RuleError(f"{show(text)} is not a name such as Berg, Anna")
    title, words = _titled(first.split(), least=1)
    return _person(title, words, last.split())


def _titled(words: list[str], least: int = 2) -> tuple[str | None, list[str]]:
    titled = len(words) >= least and words[0].lower().rstrip(".") in _TITLE_WORDS
    return (words[0], words[1:]) if titled else (None, words)


def _person(title: str | None, first: list[str], last: list[str]) -> Composite:
    found = {"title": title, "first": " ".join(first), "last": " ".join(last)}
    return {name: value for name, value in found.items() if value}


def _first_ends(words: list[str]) -> int | None:
    """How many words the first name takes, where it comes first."""
    if len(words) == 2:
        return 1
    particle = next((i for i in range(1, len(words) - 1) if _is_particle(words[i])), None)
    loud = next((i for i in range(1, len(words)) if all(map(_is_loud, words[i:]))), None)
    if loud is not None and not any(map(_is_loud, words[:loud])):
        return min(loud, particle) if particle is not None else loud
    elided = next((i for i in range(1, len(words)) if words[i].lower().startswith(("d'", "d’"))), None)
    found = [i for i in (particle, elided) if i is not None]
    return min(found) if found else None


def _last_ends(words: list[str]) -> int | None:
    """How many words the last name takes, where it comes first."""
    if len(words) == 2:
        return 1
    loud = 0
    while loud < len(words) and (_is_loud(words[loud]) or _is_particle(words[loud])):
        loud += 1
    if 0 < loud < len(words) and _is_loud(words[loud - 1]) and not any(map(_is_loud, words[loud:])):
        return loud
    particles = 0
    while particles < len(words) and _is_particle(words[particles]):
        particles += 1
    return particles + 1 if particles and particles + 2 == len(words) else None


def _is_last_alone(words: list[str], order: str) -> bool:
    """Whether there is only a last name with its particles, which are in capitals only where it is."""
    if not all(map(_is_particle, words[:-1])):
        return False
    return _is_loud(words[-1]) if order == LOUD else all(word.islower() for word in words[:-1])


def _is_particle(word: str) -> bool:
    return word.lower().replace("’", "'") in _PARTICLE_WORDS


def _is_loud(word: str) -> bool:
    """Whether a word is written in capitals; one letter, as in an initial, does not tell."""
    bare = word[2:] if word.startswith(("d'", "d’")) else word
    return bare.isupper() and sum(map(str.isalpha, bare)) > 1


def _softened(words: str) -> str:
    """A name in capitals as it is usually written: "DE LA TOUR" as "de la Tour", "BERG-LUND" as "Berg-Lund"."""
    return " ".join(
        word.lower() if _is_particle(word) else word.title() if _is_loud(word) else word for word in words.split()
    )


def _reader(form: Form) -> Convert:
    if form.form == "object":
        return object_reader(_PARTS)(form)
    order = form.form
    if order != LOUD:
        return lambda value: split_name(tidy(value), order)

    def read(value: Any) -> Composite:
        found = split_name(tidy(value), order)
        return {**found, "last": _softened(found["last"])}

    return read


def _writer(form: Form) -> Convert:
    if form.form == "object":
        return object_writer(_PARTS)(form)
    read, style = _reader(form), form.form

    def write(value: Any) -> str:
        given = {name: tidy(part) for name, part in record(value).items() if name in _PARTS and part}
        text = _joined(given, style)
        try:
            meant = _key(read(text)) == _key(given)
        except RuleError:
            meant = False
        if not meant:
            raise RuleError(f"{show(given)} cannot be written as {style}: {_TOLD}")
        return text

    return write


def _joined(given: Composite, style: str) -> str:
    title, first, last = (given.get(name, "") for name in _PARTS)
    if style == "last, first":
        before = " ".join(filter(None, (title, first)))
        return f"{last}, {before}" if before else last
    names = {"first last": (first, last), "last first": (last, first), "LAST First": (last.upper(), first)}[style]
    return " ".join(filter(None, (title, *names)))


def _key(value: Any) -> dict[str, str]:
    """Accents count and case does not, as several vendors write last names in capitals."""
    given = record(value)
    found = {name: " ".join(str(given[name]).casefold().split()) for name in _PARTS if given.get(name)}
    if "title" in found:
        found["title"] = fold(found["title"]).rstrip(".")
    return {name: part for name, part in found.items() if part}


PERSON = composite(
    "person",
    "A person's name: title, first and last; compared without regard to case; what cannot be told apart is refused",
    _PARTS,
    forms=("first last", "last first", "LAST First", "last, first", "object"),
    examples=(("Mme Anna de la Tour", {"title": "Mme", "first": "Anna", "last": "de la Tour"}),),
    make_reader=_reader,
    make_writer=_writer,
    to_key=_key,
    kinds=frozenset({"text", "object", "any"}),
)
