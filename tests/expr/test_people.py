"""How far a person's name in one field can be taken apart: what is told, and what is refused rather than guessed."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.errors import RuleError
from mapper.expr import TYPES, Form

PERSON = TYPES["person"]


def person(first: str = "", last: str = "", title: str = "") -> dict[str, str]:
    return {name: part for name, part in {"title": title, "first": first, "last": last}.items() if part}


TOLD = [
    ("first last", "Anna Berg", person("Anna", "Berg")),
    ("first last", "  Anna \u00a0 Berg ", person("Anna", "Berg")),
    ("first last", "Berg", person(last="Berg")),
    ("first last", "Jean-Pierre Dupont-Martin", person("Jean-Pierre", "Dupont-Martin")),
    ("first last", "Charles de Gaulle", person("Charles", "de Gaulle")),
    ("first last", "Jean de la Tour", person("Jean", "de la Tour")),
    ("first last", "Jean Paul de la Tour", person("Jean Paul", "de la Tour")),
    ("first last", "Yann Le Goff", person("Yann", "Le Goff")),
    ("first last", "Valéry Giscard d'Estaing", person("Valéry Giscard", "d'Estaing")),
    ("first last", "Hilma af Klint", person("Hilma", "af Klint")),
    ("first last", "Ludwig van der Rohe", person("Ludwig", "van der Rohe")),
    ("first last", "Anna Maria BERG LUND", person("Anna Maria", "BERG LUND")),
    ("first last", "Jean DE LA TOUR", person("Jean", "DE LA TOUR")),
    ("first last", "M. Jean Dupont", person("Jean", "Dupont", "M.")),
    ("first last", "Mme Dupont", person(last="Dupont", title="Mme")),
    ("first last", "Dr Anna Berg", person("Anna", "Berg", "Dr")),
    ("first last", "Mme de la Tour", person(last="de la Tour", title="Mme")),
    ("first last", "de Gaulle", person(last="de Gaulle")),
    ("first last", "Ben Smith", person("Ben", "Smith")),
    ("LAST First", "M. DE LA TOUR", person(last="de la Tour", title="M.")),
    ("last, first", "Dupont, Mme", person(last="Dupont", title="Mme")),
    ("last first", "Berg Anna", person("Anna", "Berg")),
    ("last first", "de la Tour Jean", person("Jean", "de la Tour")),
    ("last first", "DUPONT Jean Paul", person("Jean Paul", "DUPONT")),
    ("LAST First", "DUPONT Jean Paul", person("Jean Paul", "Dupont")),
    ("LAST First", "DE LA TOUR Jean", person("Jean", "de la Tour")),
    ("LAST First", "de LA TOUR Jean", person("Jean", "de la Tour")),
    ("LAST First", "BERG-LUND Anna", person("Anna", "Berg-Lund")),
    ("LAST First", "DUPONT J.", person("J.", "Dupont")),
    ("LAST First", "M. DUPONT Jean", person("Jean", "Dupont", "M.")),
    ("last, first", "Berg Lund, Anna Maria", person("Anna Maria", "Berg Lund")),
    ("last, first", "Dupont, M. Jean", person("Jean", "Dupont", "M.")),
    ("last, first", "Dupont", person(last="Dupont")),
    ("object", {"first": " Anna ", "last": "Berg", "id": 5}, person("Anna", "Berg")),
]


@pytest.mark.parametrize(("form", "native", "canonical"), TOLD)
def test_a_name_is_taken_apart(form: str, native: Any, canonical: dict[str, str]) -> None:
    assert PERSON.reader(Form(form))(native) == canonical


@pytest.mark.parametrize(
    ("form", "native"),
    [
        ("first last", "Anna Maria Berg Lund"),
        ("first last", "Anna Maria Berg"),
        ("first last", "ANNA MARIA BERG"),
        ("first last", "Le Goff"),
        ("first last", "Berg, Anna"),
        ("first last", "x " * 200),
        ("last first", "Berg Lund Anna"),
        ("last first", "de la Tour Jean Paul"),
        ("LAST First", "Dupont Jean Paul"),
        ("LAST First", "DUPONT JEAN PAUL"),
        ("last, first", "Berg, Anna, Dr"),
        ("last, first", ", Anna"),
        ("last, first", "Berg,"),
        ("object", "Anna Berg"),
    ],
)
def test_what_cannot_be_told_is_refused(form: str, native: Any) -> None:
    with pytest.raises(RuleError):
        PERSON.reader(Form(form))(native)


@pytest.mark.parametrize(
    ("form", "canonical", "native"),
    [
        ("first last", person("Anna", "Berg", "Dr"), "Dr Anna Berg"),
        ("first last", person(last="Berg"), "Berg"),
        ("last first", person("Anna", "Berg"), "Berg Anna"),
        ("LAST First", person("Jean", "de la Tour", "M."), "M. DE LA TOUR Jean"),
        ("last, first", person("Anna Maria", "Berg Lund"), "Berg Lund, Anna Maria"),
        ("object", person(last="Berg"), {"title": None, "first": None, "last": "Berg"}),
    ],
)
def test_a_name_is_written(form: str, canonical: dict[str, str], native: Any) -> None:
    assert PERSON.writer(Form(form))(canonical) == native


@pytest.mark.parametrize(
    ("form", "canonical"),
    [
        ("first last", person("Anna Maria", "Berg Lund")),
        ("first last", person(first="Anna")),
        ("first last", person("Dr", "Berg")),
        ("last first", person("Anna Maria", "Berg")),
        ("last, first", person("Anna", "Berg, Lund")),
    ],
)
def test_a_name_that_would_be_read_otherwise_is_not_written(form: str, canonical: dict[str, str]) -> None:
    with pytest.raises(RuleError, match="cannot be written as"):
        PERSON.writer(Form(form))(canonical)
