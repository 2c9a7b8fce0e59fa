"""The catalogue of transforms: one dict, made of the modules that are listed here and of nothing else."""

from __future__ import annotations

from functools import cache

from mapper.errors import UsageError
from mapper.expr import choosing, cutting, data, dates, identity, lists, numbers, text
from mapper.expr.transform import Example, Transform

SUBJECTS = {
    "text": text,
    "parts of text": cutting,
    "numbers and flags": numbers,
    "dates and moments": dates,
    "lists": lists,
    "choices": choosing,
    "records and JSON": data,
    "registers and standards": identity,
}

TRANSFORMS: dict[str, Transform] = {
    found.name: found for module in SUBJECTS.values() for found in vars(module).values() if isinstance(found, Transform)
}


@cache
def add_installed() -> None:
    """Add the transforms that other packages register as entry points `mapper.transforms`; none may replace ours."""
    # Looking for other packages takes longer than all else that is imported here.
    from mapper.plugins import installed

    for name, found in installed("mapper.transforms").items():
        if not isinstance(found, Transform) or found.name != name or name in TRANSFORMS:
            hint = "it must be a Transform of the same name, which mapper does not have itself"
            raise UsageError(f"the entry point mapper.transforms '{name}' will not do", hint=hint)
        TRANSFORMS[name] = found


__all__ = ["SUBJECTS", "TRANSFORMS", "Example", "Transform", "add_installed"]
