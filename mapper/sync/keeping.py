"""What a run keeps for a replay: records as they were read, and the mapping that it had."""

from __future__ import annotations

import zlib
from dataclasses import MISSING, fields
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from mapper.spec.classes import hints, is_spec, key_of
from mapper.spec.load import Loaded, load_mapping
from mapper.spec.mapping import Mapping, Row
from mapper.spec.shared import Function

#: What a mapping holds besides its meaning, or has taken into itself when it was loaded.
_LEFT_OUT = ("import_", "tests", "cases")


def squeeze(value: Any) -> bytes:
    """Plain data as compressed JSON; quickly rather than small, as every record that moved passes here."""
    return zlib.compress(orjson.dumps(value, default=_number, option=orjson.OPT_NON_STR_KEYS), 1)


def unsqueeze(data: bytes) -> Any:
    """The data behind `squeeze`."""
    return orjson.loads(zlib.decompress(data))


def mapping_data(spec: Mapping) -> bytes:
    """A mapping with all that it imports, to be read again by `mapping_from`."""
    data = {name: part for name, part in _data(spec).items() if f"{name}_" not in _LEFT_OUT and name not in _LEFT_OUT}
    return squeeze(data)


def mapping_from(data: bytes) -> Loaded[Mapping]:
    """The mapping behind `mapping_data`; raises SpecError where this version does not understand it any more."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_bytes(zlib.decompress(data))
        return load_mapping(path)


def _data(value: Any) -> Any:
    """A spec object in the shape of its file; what says nothing is left out."""
    kind: type = type(value)
    if is_spec(kind):
        parts = {key_of(name): _data(getattr(value, name)) for name in hints(kind)}
        cells = parts.pop("cells", {}) if isinstance(value, Row) else {}
        demanded = _demanded(kind)
        left_out = {"tests"} if isinstance(value, Function) else set()
        return {
            name: part
            for name, part in parts.items()
            if name not in left_out and (name in demanded or part not in (None, [], {}))
        } | cells
    if isinstance(value, dict):
        return {name: _data(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_data(part) for part in value]
    return value


def _demanded(kind: Any) -> set[str]:
    """The keys without which a file's part cannot be read, whatever they hold."""
    return {key_of(one.name) for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}


def _number(value: Any) -> Any:
    """Exact decimals digit by digit, which YAML reads as what they are."""
    return orjson.Fragment(format(value, "f")) if isinstance(value, Decimal) and value.is_finite() else str(value)
