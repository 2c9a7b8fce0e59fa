"""One run of a mapping at a time: in one process, across processes and machines, and after one was killed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
import sqlalchemy as sa
import time_machine

from mapper.errors import LeaseLost, Locked, StateError
from mapper.state import Store, exclusive
from mapper.state.lock import PERIOD, _Lease
from mapper.state.tables import leases
from tests.databases import raw_engine

HOLD = """
import sys
from mapper.errors import Locked
from mapper.state import Store, exclusive
try:
    with exclusive(Store(sys.argv[1]), sys.argv[2]):
        print("held", flush=True)
        sys.stdin.read()
except Locked:
    print("locked", flush=True)
"""


@contextmanager
def another_process(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a lock until it is told to end, or is killed."""
    with starting([sys.executable, "-c", HOLD, url, name]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


@contextmanager
def starting(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def free(store: Store, name: str, clock: Callable[[], float] = time.time) -> bool:
    try:
        with exclusive(store, name, clock):
            return True
    except Locked:
        return False


def test_a_lock_is_held_once_in_a_process(store: Store) -> None:
    with exclusive(store, "company"):
        assert not free(store, "company")
    assert free(store, "company")


def test_another_mapping_is_not_locked(store: Store) -> None:
    with exclusive(store, "company"):
        assert free(store, "person")


def test_a_lock_is_given_back_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(store, "company"):
        raise ZeroDivisionError
    assert free(store, "company")


def test_a_lock_is_not_given_back_by_one_who_did_not_get_it(store: Store) -> None:
    with exclusive(store, "company"):
        assert not free(store, "company")
        assert not free(store, "company")


def test_a_lock_holds_between_threads(store: Store) -> None:
    found: list[bool] = []
    with exclusive(store, "company"):
        thread = threading.Thread(target=lambda: found.append(free(store, "company")))
        thread.start()
        thread.join()
    assert found == [False]


def test_two_states_in_memory_do_not_lock_each_other() -> None:
    first, second = Store("sqlite://"), Store("sqlite://")
    with exclusive(first, "company"):
        assert free(second, "company")
    first.close()
    second.close()


def test_a_lock_holds_against_another_process(lasting_url: str) -> None:
    store = Store(lasting_url)
    with another_process(lasting_url, "company"):
        assert (free(store, "company"), free(store, "person")) == (False, True)
    store.close()


def test_of_processes_that_found_a_lease_free_at_the_same_moment_one_gets_it(postgres_url: str) -> None:
    with closing(Store(postgres_url)) as store:
        assert free(store, "company")
    server = raw_engine(postgres_url)
    command = [sys.executable, "-c", HOLD, postgres_url, "company"]
    waiting = sa.text("select count(*) from pg_stat_activity where datname = current_database() "
                      "and wait_event_type = 'Lock'")  # fmt: skip
    with ExitStack() as stack:
        stack.callback(server.dispose)
        look = stack.enter_context(server.connect().execution_options(isolation_level="AUTOCOMMIT"))
        with server.begin() as before_all:
            before_all.execute(leases.update().values(until=0.0))
            started = [stack.enter_context(starting(command)) for _ in range(3)]
            while int(look.execute(waiting).scalar_one()) < len(started):
                assert all(process.poll() is None for process in started)
        told = sorted(process.stdout.readline() for process in started if process.stdout)
    assert told == ["held\n", "locked\n", "locked\n"]


def test_a_process_that_ends_gives_its_lock_back(lasting_url: str) -> None:
    store = Store(lasting_url)
    with another_process(lasting_url, "company") as process:
        process.communicate("")
        assert (process.returncode, free(store, "company")) == (0, True)
    store.close()


def test_the_lease_of_a_killed_process_is_taken_over_at_once(lasting_url: str) -> None:
    with closing(Store(lasting_url)) as store, another_process(lasting_url, "company") as process:
        assert not free(store, "company")
        process.kill()
        process.wait()
        assert free(store, "company")


def test_a_process_that_merely_sleeps_keeps_its_lease_past_its_end(lasting_url: str) -> None:
    with closing(Store(lasting_url)) as store, another_process(lasting_url, "company") as process:
        process.send_signal(signal.SIGSTOP)
        assert not free(store, "company", Clock(time.time() + 10 * PERIOD))


def test_the_lease_of_a_process_killed_on_another_machine_ends(lasting_url: str) -> None:
    clock = Clock(time.time())
    with closing(Store(lasting_url)) as store, another_process(lasting_url, "company") as process:
        process.kill()
        process.wait()
        as_of_another_machine(lasting_url)
        before = free(store, "company", clock)
        clock.now += PERIOD + 60
        assert (before, free(store, "company", clock)) == (False, True)


def test_the_refusal_says_who_holds_the_lease_and_until_when(lasting_url: str) -> None:
    with closing(Store(lasting_url)) as store, another_process(lasting_url, "company") as process:
        as_of_another_machine(lasting_url)
        held = rf"{socket.gethostname()}:{process.pid} holds it since .* UTC; .* the lease ends at .* UTC"
        with pytest.raises(Locked, match=held), exclusive(store, "company"):
            pass


def test_what_has_been_taken_over_writes_nothing_more(lasting_url: str) -> None:
    clock = Clock(time.time())
    with closing(Store(lasting_url)) as slept, closing(Store(lasting_url)) as other:
        with pytest.raises(LeaseLost, match="another took over"), exclusive(slept, "company", clock):
            slept.move_cursors("company", {"a": 1.0})
            as_of_another_machine(lasting_url)
            clock.now += PERIOD + 60
            assert free(other, "company", clock)
            slept.move_cursors("company", {"a": 2.0})
        assert other.cursors("company") == {"a": 1.0}


def test_what_slept_and_was_not_taken_over_goes_on(lasting_url: str) -> None:
    clock = Clock(time.time())
    with closing(Store(lasting_url)) as store, closing(Store(lasting_url)) as other:
        with exclusive(store, "company", clock):
            as_of_another_machine(lasting_url)
            clock.now += 10 * PERIOD
            store.move_cursors("company", {"a": 2.0})
            assert not free(other, "company", clock)
        assert other.cursors("company") == {"a": 2.0}


def test_work_renews_the_lease(lasting_url: str) -> None:
    clock = Clock(time.time())
    with closing(Store(lasting_url)) as store, closing(Store(lasting_url)) as other, exclusive(store, "company", clock):
        for _ in range(5):
            clock.now += PERIOD / 2
            store.cursors("company")
        as_of_another_machine(lasting_url)
        assert not free(other, "company", clock)


def test_a_clock_that_is_set_back_does_not_end_a_lease_that_is_renewed(postgres_url: str) -> None:
    with closing(Store(postgres_url)) as store:
        lease = _Lease(store, "company", time.time)
        lease.take(set())
        with time_machine.travel(time.time() - 10 * PERIOD), store.transaction() as connection:
            lease.confirm(connection, always=True)
        (row,) = store.rows(sa.select(leases))
        assert row["until"] > time.time() + PERIOD / 2


def test_a_session_that_the_server_ended_is_begun_anew_and_loses_no_lease(postgres_url: str) -> None:
    with closing(Store(postgres_url)) as store, closing(Store(postgres_url)) as other, exclusive(store, "company"):
        with other.transaction() as connection:
            others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            connection.execute(sa.text(f"{others} and application_name = 'mapper'"))
        assert not free(other, "company")
        store.move_cursors("company", {"a": 2.0})
        assert other.cursors("company") == {"a": 2.0}


COMMIT = """
import sys
from mapper.state import Store, exclusive
store = Store(sys.argv[1])
with exclusive(store, "company"):
    store.move_cursors("company", {"a": 1.0})
"""

#: A commit that takes its time: until an advisory lock can be had.
SLOW = """
create function slow() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock_shared(7); return new; end $$;
create constraint trigger slow after insert on cursors deferrable initially deferred
    for each row execute function slow()
"""

BLOCKED = "select pid from pg_locks where locktype = 'advisory' and not granted"


def test_what_a_killed_process_was_committing_is_there_before_its_lease_is_taken_over(postgres_url: str) -> None:
    server = raw_engine(postgres_url)
    found: list[object] = []

    def take_over(store: Store) -> None:
        try:
            with exclusive(store, "company"):
                found.append(store.cursors("company"))
        except StateError:
            found.append("gave up")

    with ExitStack() as stack:
        stack.callback(server.dispose)
        look = stack.enter_context(server.connect().execution_options(isolation_level="AUTOCOMMIT"))
        first = stack.enter_context(closing(Store(postgres_url)))
        look.execute(sa.text(SLOW))
        look.execute(sa.text("select pg_advisory_lock(7)"))
        with starting([sys.executable, "-c", COMMIT, postgres_url]) as process:
            while not (committing := look.execute(sa.text(BLOCKED)).scalars().all()):
                assert process.poll() is None
        waiting = threading.Thread(target=take_over, args=[first])
        waiting.start()
        while look.execute(sa.select(leases.c.fence)).scalar_one() < 2:
            assert waiting.is_alive()
        while waiting.is_alive():
            others = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mapper'"
            look.execute(sa.text(f"{others} and pid <> {committing[0]}"))
        second = stack.enter_context(closing(Store(postgres_url)))
        waiting = threading.Thread(target=take_over, args=[second])
        waiting.start()
        waiting.join(0.5)
        look.execute(sa.text("select pg_advisory_unlock(7)"))
        waiting.join()
    assert found == ["gave up", {"a": 1.0}]


def as_of_another_machine(url: str) -> None:
    """Have the lease look as if its process were on a machine that this one cannot ask."""
    engine = raw_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.update(leases).values(token="elsewhere/1.1"))
    engine.dispose()


class Clock:
    """Time that moves only when it is told to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_the_refusal_names_the_mapping_and_has_its_exit_code(store: Store) -> None:
    words = "another run of 'company' is under way"
    with exclusive(store, "company"), pytest.raises(Locked, match=words) as caught, exclusive(store, "company"):
        pass
    assert caught.value.exit_code == 6
