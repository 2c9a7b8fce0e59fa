"""One run of a mapping at a time: in one process, across processes, and after one was killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mapper.errors import Locked
from mapper.state import Store, exclusive

HOLD = """
import sys
from mapper.state import Store, exclusive
with exclusive(Store(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a lock until it is told to end, or is killed."""
    command = [sys.executable, "-c", HOLD, url, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def free(store: Store, name: str) -> bool:
    try:
        with exclusive(store, name):
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


def test_a_process_that_ends_gives_its_lock_back(lasting_url: str) -> None:
    store = Store(lasting_url)
    with another_process(lasting_url, "company") as process:
        process.communicate("")
        assert (process.returncode, free(store, "company")) == (0, True)
    store.close()


def test_a_process_that_is_killed_leaves_no_lock(lasting_url: str) -> None:
    store = Store(lasting_url)
    with another_process(lasting_url, "company") as process:
        process.kill()
        process.wait()
        assert until_free(store)
    store.close()


def until_free(store: Store) -> bool:
    """A database server learns of a death when it next looks at the connection: asked again until then."""
    return any(free(store, "company") for _ in range(2000))


def test_the_refusal_names_the_mapping_and_has_its_exit_code(store: Store) -> None:
    words = "another run of 'company' is under way"
    with exclusive(store, "company"), pytest.raises(Locked, match=words) as caught, exclusive(store, "company"):
        pass
    assert caught.value.exit_code == 6
