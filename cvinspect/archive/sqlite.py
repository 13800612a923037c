"""An archive's database as one SQLite file: one connection writes, every other one only reads.

Old releases of SQLite can damage a database where two connections write and checkpoint at the same moment; with one
that writes they cannot. `synchronous=FULL`: with less, rows that were acknowledged are lost with the power.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import StaticPool

from cvinspect.archive.refusals import DAMAGED
from cvinspect.archive.refusals import in_words as in_words
from cvinspect.archive.schema import create
from cvinspect.errors import ArchiveError

BUSY_S = 5.0
PORTION = 4096  # pages that are copied at a time
SUFFIXES = ("", "-wal", "-shm")
_WRITING = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=1000")
_BOTH = ("foreign_keys=ON", "trusted_schema=OFF", "cell_size_check=ON")


def engine(path: Path, write: bool, busy_s: float = BUSY_S) -> Engine:
    """The engine of the file, with its one connection."""
    made = create_engine("sqlite://", creator=lambda: connect(path, write, busy_s), poolclass=StaticPool)

    @event.listens_for(made, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")  # type: ignore[attr-defined]

    return made


def connect(path: Path, write: bool, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """A connection of the driver's own, which begins transactions only when told to."""
    mode = "rwc" if write else "ro"
    unwritable = not write and not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    mode += "&immutable=1" if unwritable else ""  # else reading would have to make files beside it
    address = f"file:{quote(str(path.resolve()))}?mode={mode}"
    found = sqlite3.connect(address, uri=True, timeout=busy_s, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (*_BOTH, *(_WRITING if write else ())):
            found.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        found.close()
        raise
    return found


def check(
    path: Path, thorough: bool = False, opened: Callable[[sqlite3.Connection], object] = lambda connection: None
) -> str:
    """What SQLite itself finds wrong with the file, "" where nothing. Raises ArchiveError where it cannot be read.

    opened: is told the connection, by which another thread can interrupt the check.
    """
    pragma = "integrity_check" if thorough else "quick_check"
    with in_words(path), closing(connect(path, write=False)) as connection:
        opened(connection)
        try:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}(5)")]
        except sqlite3.DatabaseError as bad:
            if "malformed" not in str(bad) and "not a database" not in str(bad):
                raise
            return str(bad)
    return "" if found == ["ok"] else "; ".join(" ".join(found).split("\n"))


def refuse_damaged(path: Path) -> None:
    """Raises ArchiveError where the file is damaged, or gone."""
    if not path.is_file():
        raise ArchiveError(f"{path}: is gone{DAMAGED}")
    found = check(path)
    if found:
        raise ArchiveError(f"{path}: is damaged ({found[:200]}){DAMAGED}")


def copy(source: Path, target: Path, step: Callable[[str, int], None] = lambda what, count: None) -> None:
    """A whole copy as of one moment, while others may write; on the disk when this returns."""
    both = f"{source} to {target}"
    with in_words(both), closing(connect(source, write=False)) as old, closing(sqlite3.connect(target)) as new:
        old.execute("BEGIN")
        old.execute(
            "SELECT COUNT(*) FROM sqlite_master"
        ).fetchone()  # the moment: what is written later begins no copy anew

        def told(_: int, left: int, pages: int) -> None:
            step("archive_step_database", -(-pages // PORTION))

        old.backup(new, pages=PORTION, progress=told)
    with target.open("rb") as file:
        os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """The database as a file beside archive.toml."""

    path: Path

    @property
    def where(self) -> str:
        """How messages name it."""
        return str(self.path)

    def refuse_damaged(self) -> None:
        """Raises ArchiveError where it is damaged, or gone."""
        refuse_damaged(self.path)

    def engine(self, write: bool) -> Engine:
        """The engine, with its one connection."""
        return engine(self.path, write)

    def begin(self) -> None:
        """The empty tables, made elsewhere and renamed, so that a stop leaves all of them or none."""
        new = self.path.with_name(f".{self.path.name}.new")
        new.unlink(missing_ok=True)
        made = engine(new, write=True)
        try:
            with in_words(self.path), made.begin() as connection:
                create(connection)
            made.dispose()
            new.replace(self.path)
        finally:
            made.dispose()
            for suffix in SUFFIXES:
                new.with_name(new.name + suffix).unlink(missing_ok=True)

    def fault(self) -> str:
        """What SQLite finds wrong with the whole file, "" where nothing."""
        return check(self.path, thorough=True)

    def rules(self, connection: Connection) -> Mapping[tuple[str, str], str]:
        """Tables, indices and triggers that are there: (type, name) and definition."""
        asked = text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        return {(row.type, row.name): row.sql for row in connection.execute(asked)}

    def right_rules(self) -> Mapping[tuple[str, str], str]:
        """Those that this version makes."""
        with create_engine("sqlite://").begin() as fresh:
            create(fresh)
            return self.rules(fresh)

    def copy(self, target: Path, step: Callable[[str, int], None]) -> None:
        """A whole copy as of one moment, while others may write."""
        copy(self.path, target, step)

    def keep(self, connection: Connection, version: int) -> str:
        """Keeps the database as it is before an upgrade; gives the copy's name."""
        kept = self.path.with_name(f"{self.path.name}.version-{version}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        copy(self.path, kept)
        return str(kept)
