"""What a shared file says: constants, functions and tables that several mappings import, each testable by itself."""

from __future__ import annotations

from typing import Any

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec


@spec
class FunctionCase:
    """A test of a function."""

    given: tuple[Any, ...] = item("The value, then the arguments.", example=["Anna", "Berg"])
    expect: Any = item("What the function gives; none: null.", default=None, example="Anna Berg")
    error: str | None = item(
        "A part of the words with which the value is refused.", default=None, example="is not a SIRET"
    )
    pos: Position = NOWHERE


@spec
class Function:
    """A named transform, made of others."""

    __shorthand__ = "value"

    about: str | None = item("What it gives.", default=None, example="The name as people say it.")
    args: tuple[str, ...] = item("Names of its arguments.", default=(), example=["last"])
    value: tuple[str, ...] = item(
        "A chain of transforms, or one expression over `value` and the arguments.",
        example="{{ value ~ ' ' ~ last }}",
    )
    back: str | None = item(
        "The transform that leads back, with the same arguments.", default=None, example="split_name"
    )
    tests: tuple[FunctionCase, ...] = item("Tests of the function.", default=())
    pos: Position = NOWHERE


@spec
class Shared:
    """A shared file: what several mappings import."""

    about: str = item("What the file is for.", example="Words and codes that all mappings share.")
    import_: tuple[str, ...] = item(
        "Further shared files, named from this file's folder.", default=(), example=["words.yaml"]
    )
    constants: dict[str, Any] = item("Names that every expression knows.", default={}, example={"house": "FR"})
    functions: dict[str, Function] = item("Named transforms, used in chains and expressions.", default={})
    tables: dict[str, dict[str, dict[str, Any]]] = item(
        "Named tables of values, or the CSV files that hold them: canonical value to {side: label, code or id}.",
        default={},
        example={"sectors": "sectors.csv"},
    )
    pos: Position = NOWHERE
