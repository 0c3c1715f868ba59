"""Where a team's review is kept: SQLite in a file, or PostgreSQL by URL, with the same few queries for both."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString, Protocol

from harness.errors import HarnessError
from harness.resources import package_file

if TYPE_CHECKING:
    import psycopg

VERSION = 1  # of the tables
EXTRA = "pip install 'patient-answer-harness[serve]'"
_FOLDER = "review/app"
_PATIENCE = 30.0  # seconds a writer waits for another
_LOCK = 0x6861726E  # PostgreSQL's advisory lock while tables are made


class DatabaseError(HarnessError):
    """The database can't be reached, read or written, or isn't a review's."""


class Transaction(Protocol):
    """Queries that take effect together or not at all. Values stand for ``%s``."""

    for_update: LiteralString
    """What ends a SELECT whose rows nobody else may take until the transaction ends."""

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        ...

    def run(self, query: LiteralString, *values: Any) -> int:
        """Carry out a statement; how many rows it touched."""
        ...


class Database(Protocol):
    """Opens a connection for each transaction, so that a restarted database needs no restarted app."""

    name: str
    """As it may be shown: without a password."""

    def transaction(self, *, write: bool = False) -> AbstractContextManager[Transaction]:
        """A transaction; it is undone when an exception leaves it.

        Raises:
            DatabaseError: where the database does not do as asked.
        """
        ...


def open_database(where: str, *, create: bool = True) -> Database:
    """The database, its tables made where there are none.

    Args:
        where: a file for SQLite, or ``postgresql://...``. create: make the file where there is none.

    Raises:
        DatabaseError: if it can't be opened, or was written by another version.
    """
    if where.startswith(("postgresql://", "postgres://")):
        database: Database = Postgres(where)
    elif "://" in where:
        raise DatabaseError("--db: unknown kind of database", hint="a file, or postgresql://USER@HOST/NAME")
    else:
        if not create and not Path(where).is_file():
            raise DatabaseError(
                f"{where}: no such file", hint="begin with `harness review token add`, or name it by --db"
            )
        database = Sqlite(Path(where))
    with database.transaction() as t:
        found = t.rows("SELECT version FROM review_schema")
    if found != [(VERSION,)]:
        raise DatabaseError(f"{database.name}: written by another version", hint="use the harness that made it")
    return database


class Sqlite:
    """SQLite in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._alone = threading.RLock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as problem:
            raise DatabaseError(f"{path}: {problem.strerror}", hint="check the folder given by --db") from None
        with self.transaction(write=True) as t:
            if not t.rows("SELECT 1 FROM sqlite_master WHERE name = 'review_schema'"):
                self._create(t)

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Transaction]:
        """See ``Database``. Threads wait in turn, as SQLite's own waiting is by trying again; so do processes."""
        try:
            with (
                self._alone,
                closing(sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)) as connection,
            ):
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield _SqliteTransaction(connection)  # closing without COMMIT undoes it
                connection.execute("COMMIT")
        except sqlite3.Error as problem:
            raise DatabaseError(
                f"{self.name}: {problem}", hint="is it a review's database, and its disk fine?"
            ) from None

    def _create(self, t: _SqliteTransaction | Transaction) -> None:
        for part in (*_statements("schema.sql"), *_statements("append_only.sqlite.sql", end="END;\n")):
            t.run(part)
        t.run("INSERT INTO review_schema VALUES (%s)", VERSION)


class _SqliteTransaction:
    for_update: LiteralString = ""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.replace("%s", "?"), values).fetchall()

    def run(self, query: LiteralString, *values: Any) -> int:
        return self._connection.execute(query.replace("%s", "?"), values).rowcount


class Postgres:
    """PostgreSQL 12 or later; passwords are better kept in ``~/.pgpass`` than in the URL."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
            from psycopg import conninfo
        except ImportError:
            raise DatabaseError("PostgreSQL needs the extra `serve`", hint=EXTRA) from None
        try:
            parts = conninfo.conninfo_to_dict(url)
        except psycopg.Error:  # its message may hold the password
            raise DatabaseError("--db: not a PostgreSQL URL", hint="postgresql://USER@HOST/NAME") from None
        self.name = f"postgresql://{parts.get('host', '')}/{parts.get('dbname', '')}"
        self._url = url
        self._errors = psycopg.Error
        with self.transaction(write=True) as t:
            t.rows("SELECT pg_advisory_xact_lock(%s)", _LOCK)
            if t.rows("SELECT to_regclass('review_schema') IS NULL") == [(True,)]:
                for name in ("schema.sql", "append_only.postgresql.sql"):
                    t.run(package_file(f"{_FOLDER}/{name}").read_text(encoding="utf-8"))
                t.run("INSERT INTO review_schema VALUES (%s)", VERSION)

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Transaction]:
        """See ``Database``; writers wait for each other only at rows they take ``for_update``."""
        import psycopg

        try:
            with psycopg.connect(self._url, connect_timeout=10, prepare_threshold=None) as connection:
                connection.read_only = not write
                yield _PostgresTransaction(connection)
        except self._errors as problem:
            said = str(problem).partition("\n")[0]
            raise DatabaseError(f"{self.name}: {said}", hint="is the server up, and may this user write?") from None


class _PostgresTransaction:
    for_update: LiteralString = " FOR UPDATE"

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values or None).fetchall()

    def run(self, query: LiteralString, *values: Any) -> int:
        return self._connection.execute(query, values or None).rowcount


def _statements(name: str, *, end: str = ";\n") -> list[str]:
    """The statements of an SQL file: SQLite takes them one by one within a transaction."""
    text = package_file(f"{_FOLDER}/{name}").read_text(encoding="utf-8")
    return [part + end for part in text.split(end) if part.strip()]
