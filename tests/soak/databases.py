"""Where an attempt keeps its state: each begins with a copy of the same one."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Database(ABC):
    """The state at the beginning, and copies of it for workers that run side by side."""

    kind = ""

    @abstractmethod
    def name(self, worker: int | None) -> str:
        """The address of a worker's state, or of the one that is copied."""

    @abstractmethod
    def keep(self, folder: Path) -> None:
        """What stands there now is what is copied from now on; `folder` is that of the project."""

    @abstractmethod
    def renew(self, folder: Path, worker: int) -> None:
        """Give a worker, whose project is in `folder`, a copy in place of what it has."""


class Sqlite(Database):
    """A file in the folder of the project."""

    kind = "SQLite"

    def name(self, worker: int | None) -> str:
        return "sqlite:///mapper.db"

    def keep(self, folder: Path) -> None:
        self.folder = folder

    def renew(self, folder: Path, worker: int) -> None:
        for file in folder.glob("mapper.db*"):
            file.unlink()
        for file in self.folder.glob("mapper.db*"):
            shutil.copy(file, folder)


class Postgres(Database):
    """Databases of a server; `server` is the address of one of its databases."""

    kind = "PostgreSQL"

    def __init__(self, server: str, workers: int) -> None:
        import sqlalchemy as sa

        self._url = sa.make_url(server).set(drivername="postgresql+psycopg")
        self._workers = [f"soak_{worker}" for worker in range(workers)]
        self._statements(["drop database if exists soak_base with (force)", "create database soak_base"])

    def name(self, worker: int | None) -> str:
        database = "soak_base" if worker is None else f"soak_{worker}"
        return self._url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)

    def keep(self, folder: Path) -> None:
        """Nothing to do: the database is the template."""

    def renew(self, folder: Path, worker: int) -> None:
        name = f"soak_{worker}"
        self._statements([f"drop database if exists {name} with (force)", f"create database {name} template soak_base"])

    def close(self) -> None:
        self._statements([f"drop database if exists {name} with (force)" for name in ("soak_base", *self._workers)])

    def _statements(self, statements: list[str]) -> None:
        import sqlalchemy as sa

        engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()


@contextmanager
def opened(server: str | None, workers: int) -> Iterator[Database]:
    """SQLite, or the PostgreSQL server with this address; where the address is empty, a private one is started."""
    if server is None:
        yield Sqlite()
        return
    from tests.databases import Server, programs

    private = None if server else Server(programs())
    database = Postgres(server or (private.url if private else ""), workers)
    try:
        yield database
    finally:
        database.close()
        if private:
            private.stop()
