"""One run of a mapping at a time, across processes.

The locks belong to the operating system or to the database session: they vanish with the process that held them, so a
killed run never leaves one behind.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from mapper.errors import Locked, StateError
from mapper.state.store import Store

_held: set[tuple[str, str]] = set()
_guard = threading.Lock()


@contextmanager
def exclusive(store: Store, name: str) -> Iterator[None]:
    """Hold the lock of `name`; raises Locked at once where another run holds it."""
    # Two states in memory have nothing in common, although they have the same address.
    place = (store.url if store.shared else str(id(store)), name)
    with _guard:
        if place in _held:
            raise _locked(name)
        _held.add(place)
    try:
        with _database_lock(store, name):
            yield
    finally:
        with _guard:
            _held.discard(place)


@contextmanager
def _database_lock(store: Store, name: str) -> Iterator[None]:
    if store.engine.dialect.name == "postgresql":
        # Outside of any transaction: one that lasted as long as the run would hold up the database's housekeeping.
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            schema = connection.execute(sa.text("select current_schema()")).scalar()
            number = int.from_bytes(blake2b(f"{schema}/{name}".encode(), digest_size=7).digest(), "big")
            if not connection.execute(sa.text("select pg_try_advisory_lock(:n)"), {"n": number}).scalar():
                raise _locked(name)
            try:
                yield
            finally:
                # A session that was lost has lost its lock too.
                with suppress(SQLAlchemyError):
                    connection.execute(sa.text("select pg_advisory_unlock(:n)"), {"n": number})
    elif not store.shared:
        yield
    else:
        path = f"{store.engine.url.database}.{name}.lock"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            hint = "check its rights and those of its folder"
            raise StateError(f"the lock file {path} cannot be opened: {error.strerror}", hint=hint) from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise _locked(name) from None
            yield
        finally:
            os.close(descriptor)


def _locked(name: str) -> Locked:
    return Locked(f"another run of '{name}' is under way", hint="wait for it, or see `mapper runs`")
