"""Files of records, one record on each line, or few records in one JSON text; read without holding more than a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import IO, Any

import orjson

from mapper.errors import UsageError
from mapper.records import Record

#: The largest text that is read as a whole, in bytes.
LARGEST = 50_000_000
_BUFFER = 1 << 18
_BOM = b"\xef\xbb\xbf"
_HINT = "give an object, an array, or one object per line"


class RecordFile:
    """What is in an open file: `lines`, or records that had to be read as a whole."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        self.name = "stdin" if name == "-" else name
        self.first = 1
        self.lines: Iterator[bytes] | None = None
        self._whole: list[Any] = []
        head = self._head(stream)
        if not head.strip().startswith((b"{", b"[")) or (head.lstrip().startswith(b"{") and _is_json(head)):
            self.lines = chain([head], stream) if head else iter(())
            return
        self._whole = self._all(head + stream.read(LARGEST + 1 - len(head)), head)

    def __iter__(self) -> Iterator[tuple[str, Record]]:
        """Each record with its place; raises UsageError where what stands there is none."""
        if self.lines is None:
            for number, found in enumerate(self._whole, 1):
                if not isinstance(found, dict):
                    raise UsageError(f"{self.name}: record {number} is not a JSON object")
                yield self.name, found
            return
        for number, line in enumerate(self.lines, self.first):
            if line.strip():
                yield self.place(number), self.record(line, number)

    def place(self, number: int) -> str:
        """A line as people name it."""
        return f"{self.name}:{number}"

    def record(self, line: bytes, number: int) -> Record:
        """The record on a line; raises UsageError where there is none."""
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise UsageError(f"{self.place(number)}: is not JSON: {error}", hint=_HINT) from None
        if not isinstance(found, dict):
            raise UsageError(f"{self.place(number)}: is not a JSON object", hint=_HINT)
        return found

    def _head(self, stream: IO[bytes]) -> bytes:
        """The first line that is not blank, as far as it is not longer than what may be read as a whole."""
        head = stream.readline(LARGEST + 1)
        head = head.removeprefix(_BOM)
        while head and not head.strip():
            self.first += 1
            head = stream.readline(LARGEST + 1)
        return head

    def _all(self, raw: bytes, head: bytes) -> list[Any]:
        """One JSON text on many lines."""
        if len(raw) > LARGEST:
            if head.lstrip().startswith(b"{"):
                self.record(head, self.first)
            raise UsageError(f"{self.name} is larger than {LARGEST:,} bytes", hint="give one record per line")
        try:
            found = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            if head.lstrip().startswith(b"{") and raw[len(head) :].startswith(b"{"):
                # Lines of records, of which the very first is broken: no text over many lines begins like that.
                self.record(head, self.first)
            number = self.first + error.lineno - 1
            raise UsageError(f"{self.place(number)}: is not JSON: {error}", hint=_HINT) from None
        return found if isinstance(found, list) else [found]


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


@contextmanager
def opened(name: str) -> Iterator[RecordFile]:
    """The records of a file, or of stdin (-); raises UsageError where it cannot be read."""
    if name == "-":
        yield RecordFile(name, sys.stdin.buffer)
        return
    with _open(name) as stream:
        yield RecordFile(name, stream)


def _open(name: str) -> IO[bytes]:
    try:
        return open(name, "rb", buffering=_BUFFER)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
