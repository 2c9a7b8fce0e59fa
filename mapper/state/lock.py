"""One run of a mapping at a time, across processes and machines: leases.

A lease is a row of the state: who works on an entity, under which number (`fence`), until when. It is renewed while the
work goes on, and every transaction of its holder ends with a look at the clock: one that may have run out is confirmed
in that same transaction, or the transaction is undone. So a process that was killed leaves nothing behind for longer
than a lease lasts, and one that only slept too long writes nothing over what its successor did.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path

import sqlalchemy as sa

from mapper.errors import LeaseLost, Locked, StateError
from mapper.state.database import Database, Row
from mapper.state.tables import leases, meta, metadata

#: For how many seconds a lease is good; renewed three times as often.
PERIOD = 90.0

#: Seconds between two looks at what the server still does for a process that was killed.
_POLL = 0.05

_held: set[tuple[str, str]] = set()
_guard = threading.Lock()


@contextmanager
def exclusive(store: Database, name: str, clock: Callable[[], float] = time.time) -> Iterator[None]:
    """Hold the lease of `name`; raises Locked at once where another run holds it.

    From then on any transaction of the store raises LeaseLost, and undoes itself, if another has taken over.
    """
    lease = _Lease(store, name, clock)
    with _guard:
        died = lease.take(_held)
        _held.add(lease.place)
    try:
        if died and store.engine.dialect.name == "postgresql":
            _wait_for_commits(store, name)
    except BaseException:
        # It is not given back, so that whoever takes it next finds a process that is gone, and waits as well.
        with _guard:
            _held.discard(lease.place)
        raise
    try:
        with _renewed(lease), store.held(lease.confirm):
            yield
    finally:
        with _guard:
            _held.discard(lease.place)
        # Whoever takes over next finds the dead process, or the end of the lease.
        with suppress(StateError):
            lease.give_back()


class _Lease:
    def __init__(self, store: Database, name: str, clock: Callable[[], float]) -> None:
        self.store = store
        self.name = name
        # Two states in memory have nothing in common, although they have the same address.
        self.place = (store.url if store.shared else str(id(store)), name)
        self.clock = clock
        # Machines that share a database may disagree about the time; all of them go by the database's.
        with store.transaction() as connection:
            self.skew = _skew(connection)
        self.fence = 0
        self.until = 0.0

    def now(self) -> float:
        return self.clock() + self.skew

    def take(self, held: set[tuple[str, str]]) -> bool:
        """Take it, or raise Locked; tells whether its last holder was a process of this machine that died with it."""
        now = self.now()
        with self.store.transaction() as connection:
            rows = self.store.rows(sa.select(leases).where(leases.c.name == self.name))
            found = rows[0] if rows else None
            if found and not _free(found, now, ours=self.place in held):
                raise _locked(self.name, found, now)
            seen = found["fence"] if found else 0
            row = {"name": self.name, "fence": seen + 1, "owner": f"{socket.gethostname()}:{os.getpid()}"}
            row |= {"token": _token(), "since": now, "until": now + PERIOD}
            insert = self.store.insert()(leases).values(row)
            unmoved = leases.c.fence == seen
            taken = insert.on_conflict_do_update(index_elements=["name"], set_=row, where=unmoved)
            # How many rows an insert has changed is not known of every driver; what it returns is.
            if connection.execute(taken.returning(leases.c.fence)).first() is None:
                raise Locked(f"another run of '{self.name}' has just begun", hint="wait for it, or see `mapper runs`")
            self._check_key(connection)
        self.fence, self.until = seen + 1, now + PERIOD
        return bool(found and found["token"].startswith(f"{_machine()}/"))

    def _check_key(self, connection: sa.Connection) -> None:
        """Raise StateError where the state was given another key since it was opened: a mixture could not be read."""
        # Whoever changes the key holds this row until it is changed.
        connection.execute(sa.select(meta.c.value).where(meta.c.name == "schema").with_for_update(read=True))
        if connection.execute(sa.select(meta.c.value).where(meta.c.name == "key")).scalar() != self.store.key_id:
            raise StateError(f"{self.store.shown} has been given another key meanwhile", hint="run it again")

    def confirm(self, connection: sa.Connection, *, always: bool = False) -> None:
        """Renew the lease in this transaction where a third of it is over; raises LeaseLost where another holds it."""
        if self.now() < self.until - PERIOD * 2 / 3 and not always:
            return
        # Our clock may have been set back since: another machine would find the lease ended.
        self.skew = _skew(connection)
        now = self.now()
        mine = sa.and_(leases.c.name == self.name, leases.c.fence == self.fence)
        if not connection.execute(leases.update().where(mine).values(until=now + PERIOD)).rowcount:
            raise LeaseLost(
                f"this run of '{self.name}' was out of touch with the state for over {PERIOD:.0f} seconds, and another "
                "took over; it writes nothing more",
                hint="the other run does what is left",
            )
        self.until = now + PERIOD

    def give_back(self) -> None:
        mine = sa.and_(leases.c.name == self.name, leases.c.fence == self.fence)
        with self.store.transaction() as connection:
            connection.execute(leases.update().where(mine).values(token="", until=0.0))


@contextmanager
def _renewed(lease: _Lease) -> Iterator[None]:
    """Renew the lease while its holder waits for a vendor, and has no transaction."""
    if not lease.store.shared:
        yield
        return
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(PERIOD / 3):
            try:
                with lease.store.transaction() as connection:
                    lease.confirm(connection, always=True)
            except LeaseLost:
                return
            except StateError:
                continue

    thread = threading.Thread(target=renew, name=f"lease of {lease.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _free(row: Row, now: float, *, ours: bool) -> bool:
    """Whether a lease may be taken: given back, its process gone, or, on another machine, run out.

    Of a process on this machine it is known whether it lives, so one that merely sleeps keeps its lease.
    """
    place, _, process = row["token"].partition("/")
    if not process:
        return True
    if place != _machine():
        return bool(row["until"] <= now)
    return not ours if row["token"] == _token() else not _lives(process)


@cache
def _machine() -> str:
    """Where process numbers mean what they mean here: a machine since it was started, or one container of it."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text(), os.readlink("/proc/self/ns/pid")]
    return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _token() -> str:
    """This process as it is told from all others; numbers are used again, so its start counts too."""
    return f"{_machine()}/{os.getpid()}.{_facts(os.getpid())[1]}"


def _lives(process: str) -> bool:
    """Whether a process of this machine, as it stands in a token, still works."""
    number, _, began = process.partition(".")
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    status, start = _facts(int(number))
    return status not in ("Z", "X") and start in ("", began)


def _facts(process: int) -> tuple[str, str]:
    """What a process does, and when it began; empty where the system does not tell."""
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return told[0], told[19]


def _skew(connection: sa.Connection) -> float:
    """By how much our clock is behind the database's, where that has one of its own."""
    if connection.dialect.name != "postgresql":
        return 0.0
    server = connection.execute(sa.text("select extract(epoch from clock_timestamp())")).scalar_one()
    return float(server) - time.time()


def _wait_for_commits(store: Database, name: str) -> None:
    """Wait until the server is through with what a process asked of it before it died: a commit may be under way."""
    names = ", ".join(f"to_regclass('{table.name}')" for table in metadata.sorted_tables)
    writing = sa.text(
        "select pid, virtualtransaction from pg_locks join pg_database on pg_database.oid = database "
        "where datname = current_database() and pid <> pg_backend_pid() and mode = 'RowExclusiveLock' "
        f"and relation in ({names})"
    )
    end, first = time.monotonic() + PERIOD, None
    while True:
        with store.transaction() as connection:
            now = {(process, number) for process, number in connection.execute(writing)}
        first = now if first is None else first & now
        if not first:
            return
        if time.monotonic() > end:
            message = f"the last run of '{name}' was killed, and the database is still at work for it"
            raise Locked(message, hint="see pg_stat_activity")
        time.sleep(_POLL)


def holders(store: Database, now: float) -> dict[str, str]:
    """Who works on what at this moment, by entity."""
    with store.transaction() as connection:
        return held_now(connection, now)


def held_now(connection: sa.Connection, now: float) -> dict[str, str]:
    """The same, by what is known to a connection."""
    now += _skew(connection)
    rows = map(dict, connection.execute(sa.select(leases).where(leases.c.token != "")).mappings())
    return {row["name"]: row["owner"] for row in rows if not _free(row, now, ours=True)}


def _locked(name: str, row: Row, now: float) -> Locked:
    since, until = (datetime.fromtimestamp(row[n], UTC).strftime("%Y-%m-%d %H:%M:%S UTC") for n in ("since", "until"))
    there = row["token"].partition("/")[0] != _machine()
    end = f"; if that machine has died, the lease ends at {until}" if there else ""
    message = f"another run of '{name}' is under way: {row['owner']} holds it since {since}{end}"
    return Locked(message, hint="wait for it, or see `mapper runs`")
