"""The catalogue of transforms: one dict, made of the modules that are listed here and of nothing else."""

from __future__ import annotations

from mapper.expr import data, dates, identity, lists, numbers, text
from mapper.expr.transform import Example, Transform

SUBJECTS = {
    "text": text,
    "numbers and flags": numbers,
    "dates and moments": dates,
    "lists and choices": lists,
    "records and JSON": data,
    "registers and standards": identity,
}

TRANSFORMS: dict[str, Transform] = {
    found.name: found for module in SUBJECTS.values() for found in vars(module).values() if isinstance(found, Transform)
}

__all__ = ["SUBJECTS", "TRANSFORMS", "Example", "Transform"]
