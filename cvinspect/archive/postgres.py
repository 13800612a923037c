"""An archive's database on a PostgreSQL server: the same tables and questions; pictures and anchor stay in the folder.

One session writes, held by an advisory lock that ends with it; all others are read-only and see one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Text,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from cvinspect.archive import sqlite
from cvinspect.archive.refusals import in_words
from cvinspect.archive.schema import ABOUT, FUNCTIONS, GROWING, TABLES, create, server_triggers
from cvinspect.archive.upgrade import refuse_other_version
from cvinspect.errors import ArchiveError

DRIVER = "postgresql+psycopg"
CONNECT_S = 10
PORTION = 500  # rows that are copied at a time
ENDS_S = 3.0  # a server needs a moment to notice that a writer has ended
_LOCK = "SELECT pg_try_advisory_lock(hashtext('cvinspect archive'), hashtext(current_schema()))"
_HOLDER = (
    "SELECT a.pid, a.client_addr FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' "
    "AND l.granted AND l.objid = hashtext(current_schema())::bigint & 4294967295"
)
# a writer whose machine is gone holds its lock no longer than a minute; commits wait for the disk, whatever the server
# is set to
_SESSION = (
    "SET client_encoding = 'UTF8'",
    "SET lock_timeout = '5s'",
    "SET tcp_keepalives_idle = 20",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 4",
)
_WRITING = ("SET synchronous_commit = on",)
_READING = ("SET default_transaction_read_only = on",)


def url_of(text: str) -> URL:
    """The address of a database. Raises ValueError in words where it is none that an archive can be on."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as bad:
        raise ValueError(f"{text!r} is no address; write postgresql://USER@HOST/DATABASE") from bad
    if url.drivername not in ("postgresql", DRIVER):
        raise ValueError(f"{url.drivername} is not supported; write postgresql://USER@HOST/DATABASE, or a file's name")
    if url.password is not None or "password" in url.query:
        raise ValueError("has a password in it; leave that out: it is taken from PGPASSWORD or ~/.pgpass")
    return url.set(drivername=DRIVER)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A database of a PostgreSQL server, which holds one archive (a schema of it, where the address sets one)."""

    url: URL

    @property
    def where(self) -> str:
        """How messages name it."""
        return self.url.set(drivername="postgresql").render_as_string()

    def refuse_damaged(self) -> None:
        """A server looks after its own files; `verify` reads every row."""

    def engine(self, write: bool) -> Engine:
        """The engine, with its one session. Raises ArchiveError where it is to write and another one does."""
        try:
            import psycopg  # noqa: F401  # the driver, told of before it is missed
        except ImportError as bad:
            raise ArchiveError(f"{self.where}: PostgreSQL needs psycopg: pip install 'cvinspect[postgres]'") from bad
        waits = {"connect_timeout": CONNECT_S, "application_name": "cvinspect"}
        level = "READ COMMITTED" if write else "REPEATABLE READ"
        made = create_engine(self.url, poolclass=StaticPool, isolation_level=level, connect_args=waits)

        @event.listens_for(made, "connect")
        def _connected(session: Any, _: object) -> None:
            try:
                with session.cursor() as cursor:
                    for statement in (*_SESSION, *(_WRITING if write else _READING)):
                        cursor.execute(statement)
                    if write:
                        self._take(cursor)
                session.commit()
            except BaseException:
                session.close()
                raise

        return made

    def _take(self, cursor: Any) -> None:
        """Makes the session the writer. Raises ArchiveError where it cannot be."""
        if cursor.execute("SHOW fsync").fetchone() != ("on",):
            raise ArchiveError(
                f"{self.where}: the server runs with fsync = off and loses rows with the power; have it set to on"
            )
        until = monotonic() + ENDS_S
        while cursor.execute(_LOCK).fetchone() != (True,):
            if monotonic() < until:
                sleep(0.02)
                continue
            found = cursor.execute(_HOLDER).fetchone()
            held = f" (process {found[0]}{f' from {found[1]}' if found[1] else ''})" if found else ""
            raise ArchiveError(
                f"{self.where}: another program is writing to this archive{held}; wait until it is done, or stop it"
            )

    def begin(self) -> None:
        """The empty tables, all of them or none. Raises ArchiveError where the database holds an archive."""
        made = self.engine(write=True)
        try:
            with in_words(self.where), made.begin() as connection:
                encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
                if encoding != "UTF8":
                    raise ArchiveError(f"{self.where}: its encoding is {encoding}; have one made with UTF8")
                if inspect(connection).has_table("about"):
                    raise ArchiveError(f"{self.where}: an archive is here already; have an empty database made")
                create(connection)
        finally:
            made.dispose()

    def fault(self) -> str:
        """Nothing: the server's own tools look after its files (pg_amcheck)."""
        return ""

    def rules(self, connection: Connection) -> Mapping[tuple[str, str], str]:
        """Columns, indices, triggers and functions that are there: (type, name) and definition."""
        return dict(_rules(connection))

    def right_rules(self) -> Mapping[tuple[str, str], str]:
        """Those that this version makes."""
        return dict(_right_rules())

    def copy(self, target: Path, step: Callable[[str, int], None]) -> None:
        """The same rows as of one moment, as an SQLite file."""
        copied, made = sqlite.SqliteFile(target), self.engine(write=False)
        copied.begin()
        filled = copied.engine(write=True)
        try:
            with in_words(self.where), made.begin() as old, in_words(target), filled.begin() as new:
                refuse_other_version(old, self.where)
                counts = [old.scalar(select(func.count()).select_from(table)) or 0 for table in GROWING]
                count = sum(-(-rows // PORTION) for rows in counts)
                for table in GROWING:
                    order = table.c.seq if "seq" in table.c else table.c.sha256
                    rows = old.execute(select(table).order_by(order), execution_options={"yield_per": PORTION})
                    for portion in rows.mappings().partitions():
                        new.execute(table.insert(), [dict(row) for row in portion])
                        step("archive_step_database", count)
        finally:
            made.dispose()
            filled.dispose()

    def keep(self, connection: Connection, version: int) -> str:
        """Keeps the tables as they are before an upgrade, in the same transaction; gives the copy's name."""
        name = f"archive_version_{version}_{datetime.now(UTC):%Y%m%dt%H%M%Sz}"
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        for table in (ABOUT, *GROWING):
            connection.exec_driver_sql(f"CREATE TABLE {name}.{table.name} AS TABLE {table.name}")
        return f"{self.where}, schema {name}"


Rule = tuple[tuple[str, str], str]
_TRIGGERS = (
    "SELECT c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c "
    "ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
)
_FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"


def _rules(connection: Connection) -> Iterator[Rule]:
    there = inspect(connection)
    schema = str(connection.exec_driver_sql("SELECT current_schema()").scalar())
    for table in there.get_table_names():
        for column in there.get_columns(table):
            yield ("column", f"{table}.{column['name']}"), f"{column['type']} {column['nullable']}"
        yield ("key", table), ",".join(there.get_pk_constraint(table)["constrained_columns"])
        for index in there.get_indexes(table):
            columns = ",".join(str(name) for name in index["column_names"])
            yield ("index", f"{table}.{columns}"), str(bool(index["unique"]))
    for name, trigger, enabled, told in connection.exec_driver_sql(_TRIGGERS):
        told = f"{enabled} {told}".replace(f" ON {schema}.", " ON ").replace(f" {schema}.archive_", " archive_")
        yield ("trigger", f"{name}.{trigger}"), told
    for name, body in connection.exec_driver_sql(_FUNCTIONS):
        yield ("function", name), body


_TYPES: Mapping[type[object], str] = {Text: 'TEXT COLLATE "C"', Integer: "INTEGER", LargeBinary: "BYTEA"}


def _right_rules() -> Iterator[Rule]:
    for table in TABLES.sorted_tables:
        for column in table.columns:
            yield ("column", f"{table.name}.{column.name}"), f"{_TYPES[type(column.type)]} {column.nullable}"
        yield ("key", table.name), ",".join(column.name for column in table.primary_key.columns)
        for index in table.indexes:
            yield ("index", f"{table.name}.{','.join(column.name for column in index.columns)}"), str(index.unique)
        for column in table.columns:
            if column.unique:
                yield ("index", f"{table.name}.{column.name}"), "True"
    for table_name, trigger, told in server_triggers():
        yield ("trigger", f"{table_name}.{trigger}"), f"A CREATE TRIGGER {trigger} {told}"
    yield from ((("function", name), body) for name, body in FUNCTIONS.items())
