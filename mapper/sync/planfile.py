"""A plan in a file: one JSON document a line, read and written line by line, so that memory does not grow with it.

The first line says what it is. Of each mapping follows a line with what it was made for, one line for each change, and
a line with the totals. The last line holds a digest of all lines before it. It holds values of records: only its owner
may read it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from mapper.errors import UsageError
from mapper.state import Row
from mapper.sync import planlines
from mapper.sync.terms import terms_of

if TYPE_CHECKING:
    from mapper.sync.context import Context
    from mapper.sync.project import Project

#: The version of the file's form; another one is refused.
VERSION = 1

#: How every plan file begins.
_MARK = b'{"mapper_plan"'

Cost = Mapping[str, Mapping[str, float]]
_AGAIN = "make a new one with `mapper plan -o FILE`"


class PlanWriter:
    """Writes the sections of one file, each when its plan is made."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = blake2b(digest_size=16)
        self._changes = 0
        self._line({"mapper_plan": VERSION, "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})

    def section(self, context: Context, made_for: Mapping[str, Any], cost: Cost) -> None:
        """Write the planned changes of one mapping; `made_for` must be true of the project that applies them."""
        heading = {"entity": context.entity, "terms": context.fingerprint, **made_for, "run": context.run}
        self._line(heading)
        number = 0
        for line in planlines.planned(context):
            self._line({"change": line})
            number += 1
        self._changes += number
        aside = {side: counts.quarantined for side, counts in context.counts.items() if counts.quarantined}
        self._line({"totals": {"changes": number, "cost": cost, "quarantine": aside}})

    def end(self) -> None:
        self._file.write(_text({"end": {"changes": self._changes, "digest": self._digest.hexdigest()}}))

    def _line(self, data: Mapping[str, Any]) -> None:
        text = _text(data)
        self._digest.update(text)
        self._file.write(text)


@contextmanager
def writing(file: str | Path | PlanWriter) -> Iterator[PlanWriter]:
    """A writer for this file, which is in its place when all went well; one that is open already is used as it is."""
    if isinstance(file, PlanWriter):
        yield file
        return
    path = Path(file)
    _check_place(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            writer = PlanWriter(opened)
            yield writer
            writer.end()
        os.replace(part, path)
    except OSError as error:
        raise UsageError(f"the plan cannot be written to {path}: {error.strerror}", hint="name another file") from None
    finally:
        part.unlink(missing_ok=True)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(len(_MARK))


def _check_place(path: Path) -> None:
    """Raises UsageError where something stands that is no plan: it would be lost."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file")
    try:
        known = not path.exists() or (path.is_file() and _beginning(path) in (b"", _MARK))
    except OSError:
        known = False
    if not known:
        raise UsageError(f"{path} is there already, and is no plan file", hint="name another file")


@contextmanager
def section(
    project: Project, entity: str, file: str | Path | PlanWriter | None, *, full: bool, sources: tuple[str, ...]
) -> Iterator[Callable[[Context, Cost], None] | None]:
    """What writes the plan of a mapping to a file; None where there is no file."""
    if file is None:
        yield None
        return
    made_for = {"sides": _accounts(project, entity), "full": full, "from": list(sources)}
    with writing(file) as writer:
        yield lambda context, cost: writer.section(context, made_for, cost)


def _accounts(project: Project, entity: str) -> dict[str, dict[str, str]]:
    """What each side is; of an account, a digest of its settings that are no secrets."""
    found = {}
    for side, spec in project.mapping(entity).spec.sides.items():
        name = spec.connection or side
        declared, values = project.connector(name).spec.settings, project.settings(name)
        plain = {key: value for key, value in values.items() if not declared[key].secret}
        account = blake2b(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
        connector = project.spec.connections[name].connector
        found[side] = {"connection": name, "connector": connector, "resource": spec.resource, "account": account}
    return found


class PlanFile:
    """A plan to be shown or applied; a context manager. Raises UsageError where the file is no plan, or not whole."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        #: By entity, what its part was made for.
        self.headings: dict[str, dict[str, Any]] = {}
        #: By entity, its totals.
        self.totals: dict[str, dict[str, Any]] = {}
        # In a file of its own that no other process sees, and that is gone with this one: keys stand in it as digests.
        self._places = sqlite3.connect("")
        self._places.execute("create table places (name blob primary key, entity text, start integer, used integer)")
        try:
            self._file = self.path.open("rb")
        except OSError as error:
            raise UsageError(f"the plan file {path} cannot be read: {error.strerror}", hint=_AGAIN) from None
        try:
            self._index()
        except UsageError:
            self.close()
            raise

    def __enter__(self) -> PlanFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._places.close()

    def asked(self, project: Project, entity: str) -> dict[str, Any]:
        """What this plan was asked for; raises UsageError where it is not about this mapping of this project."""
        heading = self.headings.get(entity)
        if heading is None:
            known = ", ".join(self.headings) or "nothing"
            raise UsageError(f"{self.path} holds no plan of '{entity}'", hint=f"it holds: {known}")
        for side, about in _accounts(project, entity).items():
            if heading["sides"].get(side, about) != about:
                raise UsageError(f"{self.path} was made for another account or resource of {side}", hint=_AGAIN)
        if heading["terms"] != terms_of(project, entity).fingerprint:
            raise UsageError(f"{self.path} was made with another mapping or connector of '{entity}'", hint=_AGAIN)
        return {"full": heading["full"], "sources": tuple(heading["from"])}

    def changes(self, entity: str) -> Iterator[dict[str, Any]]:
        """The planned changes of an entity, in their order."""
        query = "select start from places where entity = ? order by start"
        for (start,) in self._places.execute(query, (entity,)):
            yield self._at(start)

    def take(self, entity: str, row: Row) -> dict[str, Any] | None:
        """What was planned for the record of this change; each is given once."""
        name = _name(entity, planlines.identity(row))
        found = self._places.execute("select start from places where name = ? and not used", (name,)).fetchone()
        if found is None:
            return None
        self._places.execute("update places set used = 1 where name = ?", (name,))
        return self._at(found[0])

    def left(self, entity: str) -> Iterator[dict[str, Any]]:
        """What was planned and never taken."""
        query = "select start from places where entity = ? and not used order by start"
        for (start,) in self._places.execute(query, (entity,)):
            yield self._at(start)

    def _at(self, start: int) -> dict[str, Any]:
        self._file.seek(start)
        found: dict[str, Any] = orjson.loads(self._file.readline())["change"]
        return found

    def _index(self) -> None:
        """Look through the whole file once; raises UsageError where it is not whole."""
        try:
            self._look_through()
        except (AttributeError, KeyError, TypeError):
            # It is JSON, and not in the form in which it was written.
            raise self._damaged() from None

    def _look_through(self) -> None:
        """Where does each change stand, and is the digest at the end that of all before it?"""
        digest, start, entity, end = blake2b(digest_size=16), 0, "", None
        for number, text in enumerate(self._file):
            data = self._parsed(number, text)
            if end is not None:
                raise self._damaged()
            if "end" in data:
                end = data["end"]
                continue
            if "entity" in data:
                entity = str(data["entity"])
                self.headings[entity] = data
            elif "totals" in data:
                self.totals[entity] = data["totals"]
            elif "change" in data:
                row = (_name(entity, planlines.identity(data["change"])), entity, start)
                self._places.execute("insert or replace into places values (?, ?, ?, 0)", row)
            digest.update(text)
            start += len(text)
        if end is None or end.get("digest") != digest.hexdigest():
            raise self._damaged()

    def _parsed(self, number: int, text: bytes) -> dict[str, Any]:
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError:
            data = None
        if number == 0 and not (isinstance(data, dict) and "mapper_plan" in data):
            raise UsageError(f"{self.path} is no plan file", hint=_AGAIN)
        if number == 0 and data["mapper_plan"] != VERSION:
            raise UsageError(f"{self.path} was written by another version of mapper", hint=_AGAIN)
        if not isinstance(data, dict):
            raise self._damaged()
        return data

    def _damaged(self) -> UsageError:
        return UsageError(f"{self.path} was changed or cut off since it was made", hint=_AGAIN)


@contextmanager
def opened(plan: str | Path | PlanFile | None) -> Iterator[PlanFile | None]:
    """The plan behind a path; one that is open already is used as it is, and stays open; None where there is none."""
    if plan is None or isinstance(plan, PlanFile):
        yield plan
        return
    with PlanFile(plan) as found:
        yield found


def _name(entity: str, identity: Sequence[Any]) -> bytes:
    return blake2b(orjson.dumps([entity, *identity]), digest_size=16).digest()


def _text(data: Mapping[str, Any]) -> bytes:
    return orjson.dumps(data, default=str, option=orjson.OPT_APPEND_NEWLINE)
