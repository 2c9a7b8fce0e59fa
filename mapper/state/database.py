"""The database under the state: SQLite or PostgreSQL, transactions, and the few statements in which they differ."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from mapper.errors import MapperError, StateError
from mapper.state.sealing import Cipher, use
from mapper.state.tables import SCHEMA, meta, metadata
from mapper.state.trouble import state_error

Row = Mapping[str, Any]

#: For how many seconds a file that another process writes is waited for; a `timeout` in the URL takes its place.
_WAIT = 30


class Database:
    """What is behind a database URL; `sqlite://` keeps it in memory. Raises StateError where it cannot be used."""

    #: Which key the values were encrypted with, where they were.
    key_id: str | None = None

    def __init__(self, url: str, *, folder: Path | None = None, key: str | None = None) -> None:
        self.url = _absolute(url, folder)
        self._cipher = Cipher(key) if key else None
        self._local = threading.local()
        self._confirm: list[Callable[[sa.Connection], None]] = []
        self._prepared: dict[tuple[str, ...], _Prepared] = {}
        try:
            self.engine = _engine(self.url, apart=key is not None)
        except (SQLAlchemyError, ImportError) as error:
            raise state_error(error, self.shown) from None
        if self._cipher:
            use(self.engine, self._cipher)
        try:
            self._prepare()
        except (SQLAlchemyError, OSError) as error:
            self.engine.dispose()
            raise state_error(error, self.shown) from None
        except MapperError:
            self.engine.dispose()
            raise

    @property
    def shared(self) -> bool:
        """Whether other processes can see this state, too; not one in memory."""
        return self.engine.dialect.name != "sqlite" or self.engine.url.database not in (None, "", ":memory:")

    @property
    def shown(self) -> str:
        """The URL without any password, be it before the host or among the options."""
        url = sa.make_url(self.url)
        secret = [name for name in url.query if "password" in name.lower()]
        return url.difference_update_query(secret).render_as_string(hide_password=True)

    def _prepare(self) -> None:
        self._keep_private()
        found = self._schema()
        if older(found):
            from mapper.state.upgrade import upgrade

            upgrade(self.engine, shown=self.shown)
        elif found not in (None, SCHEMA):
            raise other_version(self.shown, found)
        # The version is noted last: where it stands, the tables are there.
        if found != SCHEMA:
            with self.transaction() as connection:
                self._create(connection)
                rows = [{"name": "schema", "value": SCHEMA}]
                if found is None and self._cipher:
                    rows.append({"name": "key", "value": self._cipher.id})
                connection.execute(self.insert()(meta).on_conflict_do_nothing(index_elements=["name"]), rows)
        self._unlock()

    def _keep_private(self) -> None:
        """Make the file of a new SQLite state one that only its owner can read: it will hold values of records."""
        name = self.engine.url.database
        if self.engine.dialect.name == "sqlite" and self.shared and name:
            with suppress(OSError):
                os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    def _create(self, connection: sa.Connection) -> None:
        """Make the tables that are not there; all or none, also where they are made by two at once.

        Raises StateError where a table of one of their names is not one of them.
        """
        if self.engine.dialect.name == "sqlite":
            # Its driver begins a transaction by itself for changes of rows only.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if foreign := [name for name, lacking in lacking_columns(connection).items() if lacking]:
            names = ", ".join(f"'{name}'" for name in foreign)
            hint = "give mapper a database of its own, or in PostgreSQL a schema: ?options=-csearch_path%3Dmapper"
            raise StateError(f"in {self.shown} another program has tables of the names {names}", hint=hint)
        for statement in _creation(self.engine.dialect.name):
            connection.exec_driver_sql(statement)

    def _unlock(self) -> None:
        """Note whether the values are encrypted; raises StateError where the key given is not the one."""
        with self.transaction() as connection:
            self.key_id = connection.execute(sa.select(meta.c.value).where(meta.c.name == "key")).scalar()
        given = self._cipher.id if self._cipher else None
        if given == self.key_id:
            return
        if given is None:
            hint = "mapper.yaml names its key as `state_key`"
            raise StateError(f"{self.shown} is encrypted, and no key is given", hint=hint)
        if self.key_id is None:
            raise StateError(
                f"{self.shown} is not encrypted, but a key is given", hint="`mapper state rekey` encrypts it"
            )
        raise StateError(f"{self.shown} is encrypted with another key", hint="see `state_key` in mapper.yaml")

    def _schema(self) -> str | None:
        """The version of the tables that are there, if any are."""
        if meta.name not in sa.inspect(self.engine).get_table_names():
            return None
        with self.transaction() as connection:
            return connection.execute(sa.select(meta.c.value).where(meta.c.name == "schema")).scalar()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """One transaction; nested uses join the outer one."""
        current = getattr(self._local, "connection", None)
        if current is not None:
            yield current
            return
        try:
            with self.engine.begin() as connection:
                self._local.connection = connection
                try:
                    yield connection
                    for confirm in self._confirm:
                        confirm(connection)
                finally:
                    self._local.connection = None
        except SQLAlchemyError as error:
            raise state_error(error, self.shown) from error

    @contextmanager
    def held(self, confirm: Callable[[sa.Connection], None]) -> Iterator[None]:
        """For so long, have every transaction confirmed before it is committed; one that is not is undone."""
        self._confirm.append(confirm)
        try:
            yield
        finally:
            self._confirm.remove(confirm)

    def rows(self, query: sa.Select[Any]) -> list[Row]:
        """The rows of a query."""
        with self.transaction() as connection:
            found = connection.execute(query)
            names = tuple(found.keys())
            return [dict(zip(names, row, strict=True)) for row in found.all()]

    def close(self) -> None:
        self.engine.dispose()

    def insert(self) -> Any:
        if self.engine.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert as insert_postgres

            return insert_postgres
        from sqlalchemy.dialects.sqlite import insert as insert_sqlite

        return insert_sqlite

    def upsert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows, or replace those with the same primary key: one prepared statement, many rows."""
        if not rows:
            return
        place = (table.name, *rows[0])
        prepared = self._prepared.get(place)
        if prepared is None:
            prepared = self._prepared[place] = self._upsert(table, rows[0])
        connection.exec_driver_sql(prepared.text, prepared.parameters(rows))

    def update(self, table: sa.Table, by: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
        """Change rows that are told by their columns `by`: one prepared statement, many rows."""
        if not rows:
            return
        place = (table.name, "by", *by, "to", *rows[0])
        prepared = self._prepared.get(place)
        if prepared is None:
            # A name of their own for all: a column's own name is reserved for what it is changed to.
            bound = {name: sa.bindparam(f"v_{name}", type_=table.c[name].type) for name in rows[0]}
            query = table.update().where(*(table.c[name] == bound[name] for name in by))
            query = query.values({name: bound[name] for name in rows[0] if name not in by})
            prepared = self._prepared[place] = _Prepared(query.compile(dialect=self.engine.dialect))
        named = [{f"v_{name}": value for name, value in row.items()} for row in rows]
        with self.transaction() as connection:
            connection.exec_driver_sql(prepared.text, prepared.parameters(named))

    def _upsert(self, table: sa.Table, row: Mapping[str, Any]) -> _Prepared:
        keys = [column.name for column in table.primary_key]
        statement = self.insert()(table)
        update = {name: statement.excluded[name] for name in row if name not in keys}
        if update:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=update)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=keys)
        return _Prepared(statement.compile(dialect=self.engine.dialect, column_keys=list(row)))


class _Prepared:
    """A statement as the database's own text: building it anew takes ten times as long as carrying it out."""

    def __init__(self, compiled: SQLCompiler) -> None:
        self.text = str(compiled)
        self._names = list(compiled.positiontup or ()) if compiled.positional else None
        ways = {name: bound.type.bind_processor(compiled.dialect) for name, bound in compiled.binds.items()}
        self._ways = {name: way for name, way in ways.items() if way is not None}

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The rows as the driver takes them."""
        ready = [storable(row) for row in rows]
        for name, way in self._ways.items():
            ready = [{**row, name: way(row[name])} if name in row else row for row in ready]
        return ready if self._names is None else [tuple([row[name] for name in self._names]) for row in ready]


@cache
def _creation(backend: str) -> tuple[str, ...]:
    """The statements that make the tables where they are not there."""
    dialect = sa.make_url({"postgresql": "postgresql+psycopg"}.get(backend, backend) + "://").get_dialect()()
    made: list[sa.schema.ExecutableDDLElement] = []
    for table in metadata.sorted_tables:
        made.append(sa.schema.CreateTable(table, if_not_exists=True))
        made += [sa.schema.CreateIndex(index, if_not_exists=True) for index in sorted(table.indexes, key=_name)]
    return tuple(str(one.compile(dialect=dialect)) for one in made)


def _name(index: sa.Index) -> str:
    return str(index.name)


def lacking_columns(connection: sa.Connection) -> dict[str, list[str]]:
    """The columns of ours that the tables of our names lack, by the tables that are there."""
    inspector = sa.inspect(connection)
    names = sorted(set(metadata.tables).intersection(inspector.get_table_names()))
    found = {name: {column["name"] for column in inspector.get_columns(name)} for name in names}
    return {name: [c.name for c in metadata.tables[name].c if c.name not in found[name]] for name in names}


def older(found: str | None) -> bool:
    """Whether this schema is one that can be brought up to the present one."""
    return found is not None and found.isdecimal() and 0 < int(found) < int(SCHEMA)


def other_version(shown: str, found: str) -> StateError:
    """The error for a state that another version of mapper wrote, from its address and the schema found there."""
    if older(found):
        message = f"{shown} was written by an older version of mapper (schema {found}; this one has {SCHEMA})"
        return StateError(message, hint="any command that works with it, such as `mapper status`, brings it up to date")
    message = f"{shown} was written by a newer version of mapper (schema {found}; this one knows {SCHEMA})"
    return StateError(message, hint="install that version again, or name another state in mapper.yaml")


def storable(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row without NUL characters, which one of the databases refuses in any text."""
    for value in row.values():
        if isinstance(value, str) and "\x00" in value:
            return {n: v.replace("\x00", "") if isinstance(v, str) else v for n, v in row.items()}
    return row


def _absolute(url: str, folder: Path | None) -> str:
    """A relative SQLite file belongs to the project's folder, not to where the command was typed."""
    prefix = "sqlite:///"
    if folder and url.startswith(prefix) and not url.startswith("sqlite:////") and url != prefix:
        return prefix + str((folder / url[len(prefix) :]).absolute())
    return url


@cache
def _sqlite() -> tuple[sa.Dialect, LRUCache[Any, Any]]:
    """What SQLAlchemy knows of this process's SQLite, and what it has made of statements for it."""
    with sa.create_engine("sqlite://").connect() as connection:
        return connection.dialect, LRUCache(500)


def _engine(url: str, *, apart: bool) -> sa.Engine:
    """An engine; where it is not to be `apart`, it shares with others what was made of statements before."""
    try:
        parsed = sa.make_url(url)
    except SQLAlchemyError:
        raise StateError("the state's address is not a database URL", hint="for example sqlite:///mapper.db") from None
    if parsed.get_backend_name() == "sqlite":
        memory = parsed.database in (None, "", ":memory:")
        options: dict[str, Any] = {"poolclass": sa.StaticPool} if memory else {}
        waits = {"check_same_thread": False, "timeout": _timeout(parsed)}
        engine = sa.create_engine(parsed.difference_update_query(["timeout"]), connect_args=waits, **options)
        sa.event.listen(engine, "connect", _tune_sqlite)
        if not apart:
            engine.dialect, statements = _sqlite()
            engine.update_execution_options(compiled_cache=statements)
        return engine
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        options = {} if "application_name" in parsed.query else {"application_name": "mapper"}
        address = parsed.set(drivername="postgresql+psycopg")
        # A run may wait long for a vendor: what lies idle meanwhile is cut by networks, and by servers that start anew.
        return sa.create_engine(address, connect_args=options, pool_pre_ping=True)
    raise StateError(f"the state cannot be kept in {parsed.get_backend_name()}", hint="use sqlite or postgresql")


def _timeout(url: sa.URL) -> float:
    """For how many seconds a file that another process writes is waited for."""
    if other := sorted(set(url.query) - {"timeout"}):
        raise StateError(f"an SQLite address has no option '{other[0]}'", hint="it may end with ?timeout=SECONDS")
    given = url.query.get("timeout", str(_WAIT))
    try:
        return float(str(given))
    except ValueError:
        raise StateError(f"the timeout of an SQLite address is a number of seconds, and not '{given}'") from None


def _tune_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # A power cut must not take back that a write was sent.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
