"""Where an archive's rows stand: a file beside archive.toml, or a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

from cvinspect.archive.postgres import PostgresServer, url_of
from cvinspect.archive.sqlite import SqliteFile
from cvinspect.archive.whole import WholeCheck


class Database(Protocol):
    """What differs between the two; everything else is asked through SQLAlchemy."""

    @property
    def where(self) -> str:
        """How messages name it, without a password."""

    def refuse_damaged(self) -> None:
        """Raises ArchiveError where the whole of it is not fit to be written to."""

    def engine(self, write: bool) -> Engine:
        """The engine, with its one connection; at most one that writes. Raises ArchiveError."""

    def begin(self) -> None:
        """Makes the empty tables, all of them or none. Raises ArchiveError."""

    def fault(self) -> str:
        """What the database itself finds wrong with all its files, "" where nothing. Raises ArchiveError."""

    def rules(self, connection: Connection) -> Mapping[tuple[str, str], str]:
        """Tables, indices and triggers that are there: (type, name) and definition."""

    def right_rules(self) -> Mapping[tuple[str, str], str]:
        """Those that this version makes."""

    def copy(self, target: Path, step: Callable[[str, int], None]) -> None:
        """A whole copy as of one moment, as an SQLite file, while others may write. Raises ArchiveError.

        step is told after each portion: which these are, and how many there are.
        """

    def keep(self, connection: Connection, version: int) -> str:
        """Keeps everything as it is before an upgrade; gives the copy's name. Raises ArchiveError."""


def begun_check(database: Database) -> WholeCheck | None:
    """The check of a database that is about to be written to. Raises ArchiveError where it is damaged."""
    return WholeCheck(database.path, datetime.now(UTC)) if isinstance(database, SqliteFile) else None


def database_of(folder: Path, database: str) -> Database:
    """The database that archive.toml of `folder` names."""
    return PostgresServer(url_of(database)) if "://" in database else SqliteFile(folder / database)
