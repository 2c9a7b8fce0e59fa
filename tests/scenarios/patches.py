"""A scenario's own mapping and project: the shipped ones, or small ones of its own, with what is said otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mapper.spec.document import parse
from mapper.spec.load import shipped
from tests.scenarios.format import Mistake
from tests.sync.world import PROJECT

#: New accounts of the third system are prospects, where a mapping does not say what they are.
_TYPE = {"connections": {"cirrus": {"settings": {"account_type_id": "3"}}}}
_SMALL = Path(__file__).parent / "mappings"


def mapping(entity: str, patches: Iterable[Any]) -> str | None:
    """The text of a mapping; None where nothing is said, so that the shipped one is used as it is.

    A patch is the name of a mapping to start from (`small`, `company`), or a table that is laid over it: null takes a
    key away, tables are merged, everything else takes the place of what was there.
    """
    patches = list(patches)
    if not patches:
        return None
    data = _named(entity)
    for patch in patches:
        data = _named(patch) if isinstance(patch, str) else merged(data, patch)
    return _dumped(data)


def project(patches: Iterable[Any]) -> str:
    """The text of the project file."""
    data = merged(parse(PROJECT, "mapper.yaml").data, _TYPE)
    for patch in patches:
        data = merged(data, patch)
    return _dumped(data)


def merged(base: Any, patch: Any) -> Any:
    """A table with another one laid over it."""
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    result = {name: value for name, value in base.items() if patch.get(name, value) is not None}
    for name, value in patch.items():
        if value is not None:
            result[name] = merged(base.get(name), value)
    return result


@cache
def _text(name: str) -> str:
    for place in (_SMALL / f"{name}.yaml", shipped("mappings") / f"{name}.yaml"):
        if place.exists():
            return place.read_text(encoding="utf-8")
    raise Mistake(f"there is no mapping {name!r} in {_SMALL.name}/ nor among the shipped ones")


@cache
def _named(name: str) -> Any:
    return parse(_text(name), name).data


class _Dumper(yaml.SafeDumper):
    """Writes exact decimals as they were read."""


_Dumper.add_representer(Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", str(value)))


def _dumped(data: Any) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
    return text
