"""An archive's database as one SQLite file: one connection writes, every other one only reads.

Old releases of SQLite can damage a database where two connections write and checkpoint at the same moment; with one
that writes they cannot. `synchronous=FULL`: with less, rows that were acknowledged are lost with the power.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from cvinspect.errors import ArchiveError

BUSY_S = 5.0
SUFFIXES = ("", "-wal", "-shm")
_WRITING = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=1000")
_BOTH = ("foreign_keys=ON", "trusted_schema=OFF", "cell_size_check=ON")
_SAID = {
    "locked": "is locked by another program; close what has it open, and try again",
    "disk i/o error": "the disk reports an error; look after the disk, then try again",
    "full": "the disk is full; make room, then try again",
    "readonly": "may only be read: the disk or the file is read-only",
    "unable to open": "cannot be opened; check that the file is there and may be read and written",
    "malformed": "is damaged",
    "not a database": "is damaged: it is no database",
    "decode": "is damaged: a text in it is none",
}
_DAMAGED = (
    "; bring back a backup, or have it moved aside and a new archive begun with `cvinspect archive init --move-aside`"
)


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


@contextmanager
def in_words(where: object) -> Iterator[None]:
    """What a database raises, as ArchiveError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as bad:
        raise ArchiveError(f"{where}: {_words(bad)}") from bad


def _words(bad: Exception) -> str:
    cause = str(getattr(bad, "orig", None) or bad)
    said = next((words for sign, words in _SAID.items() if sign in cause.lower()), None)
    if said is None:
        return f"the database refuses: {cause.strip()}"
    return said + _DAMAGED if said.startswith("is damaged") else said


def check(path: Path, thorough: bool = False) -> str:
    """What SQLite itself finds wrong with the file, "" where nothing. Raises ArchiveError where it cannot be read."""
    pragma = "integrity_check" if thorough else "quick_check"
    with in_words(path), closing(connect(path, write=False)) as connection:
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
        raise ArchiveError(f"{path}: is gone{_DAMAGED}")
    found = check(path)
    if found:
        raise ArchiveError(f"{path}: is damaged ({found[:200]}){_DAMAGED}")


def copy(source: Path, target: Path) -> None:
    """A whole copy as of one moment, while others may write; on the disk when this returns."""
    with in_words(source), closing(connect(source, write=False)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    with target.open("rb") as file:
        os.fsync(file.fileno())
