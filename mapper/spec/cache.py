"""Files that were read before, kept between runs: to read YAML takes three times as long as to read JSON.

An entry is named by the digest of the file's bytes and of the program that reads them, so none is ever out of date.
It holds plain data and places, never code, and only of files without a problem. The folder has to belong to the user
and be closed to all others; where it is not, or where it cannot be written, every file is read as without a cache.
`MAPPER_CACHE` names another folder, or is `off`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from mapper.errors import Position
from mapper.spec.document import Document, Steps

VARIABLE = "MAPPER_CACHE"
#: The most entries that are kept, and the largest file that is worth one, in bytes.
MOST = 64
_LARGEST = 500_000
_READERS = ("yamlreader.py", "document.py", "cache.py")


def fetch(document: Document, raw: bytes) -> bool:
    """Fill a document with what is remembered of a file's bytes; False where nothing is."""
    entry = _entry(raw)
    if entry is None:
        return False
    import orjson

    try:
        _unpack(document, orjson.loads(entry.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, IndexError, ArithmeticError):
        # An entry that cannot be read is as good as none, and is written anew.
        document.data = None
        for table in (document.positions, document.values, document.folds):
            table.clear()
        return False
    return True


def keep(document: Document, raw: bytes) -> None:
    """Remember what was read of a file's bytes; where that cannot be, nothing happens."""
    entry = None if document.problems else _entry(raw)
    if entry is None:
        return
    import orjson

    draft = entry.with_name(f"{entry.name}.{os.getpid()}")
    try:
        content = orjson.dumps(_pack(document), default=str)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(draft, entry)
        _forget(entry.parent)
    except (OSError, TypeError):
        with suppress(OSError):
            draft.unlink()


def _entry(raw: bytes) -> Path | None:
    """Where a file's bytes are remembered; None where they are not."""
    folder = _folder()
    try:
        return None if folder is None or len(raw) > _LARGEST else folder / _name(raw)
    except OSError:
        return None


def _folder() -> Path | None:
    """The folder of the cache, made if need be; None where there can be none that is safe."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.lower() == "off":
        return None
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(chosen or os.path.join(home, "mapper"))
    if not folder.is_absolute():
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    if os.name == "posix" and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
        return None
    return folder


def _name(raw: bytes) -> str:
    digest = hashlib.sha256()
    for reader in _READERS:
        found = Path(__file__).with_name(reader).stat()
        digest.update(f"{reader} {found.st_size} {found.st_mtime_ns}\n".encode())
    digest.update(raw)
    return f"{digest.hexdigest()}.json"


def _forget(folder: Path) -> None:
    """Keep the newest entries only."""
    entries = sorted(folder.glob("*.json*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in entries[MOST:]:
        path.unlink(missing_ok=True)


def _pack(document: Document) -> dict[str, Any]:
    places = []
    for steps in {**document.positions, **document.values}:
        key, value = document.positions.get(steps), document.values.get(steps)
        places.append(
            [
                list(steps),
                *((key.line, key.column) if key else (0, 0)),
                *((value.line, value.column) if value else (0, 0)),
            ]
        )
    return {
        "data": document.data,
        "decimals": [list(steps) for steps in _decimals(document.data, ())],
        "places": places,
        "folds": [[place.line, place.column] for place in document.folds],
    }


def _decimals(data: Any, steps: Steps) -> Iterator[Steps]:
    """Where exact decimals stand, which JSON does not know."""
    if isinstance(data, Decimal):
        yield steps
    elif isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _decimals(value, (*steps, step))


def _unpack(document: Document, packed: dict[str, Any]) -> None:
    file, positions, values = document.file, document.positions, document.values
    document.data = packed["data"]
    for steps, line, column, value_line, value_column in packed["places"]:
        place = tuple(steps)
        if line:
            positions[place] = Position(file, line, column)
        if value_line == line and value_column == column and line:
            values[place] = positions[place]
        elif value_line:
            values[place] = Position(file, value_line, value_column)
    document.folds.update(Position(file, line, column) for line, column in packed["folds"])
    for *above, last in packed["decimals"]:
        holder = document.data
        for step in above:
            holder = holder[step]
        holder[last] = Decimal(holder[last])
