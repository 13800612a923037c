"""What a database raises, in words that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from cvinspect.errors import ArchiveError

DAMAGED = (
    "; bring back a backup, or have it moved aside and a new archive begun with `cvinspect archive init --move-aside`"
)
_FULL = "the disk is full; make room, then try again"
_DISK = "the disk reports an error; look after the disk, then try again"
_LOCKED = "is locked by another program; close what has it open, and try again"
_SQLITE = {
    "locked": _LOCKED,
    "disk i/o error": _DISK,
    "full": _FULL,
    "readonly": "may only be read: the disk or the file is read-only",
    "unable to open": "cannot be opened; check that the file is there and may be read and written",
    "malformed": "is damaged" + DAMAGED,
    "not a database": "is damaged: it is no database" + DAMAGED,
    "decode": "is damaged: a text in it is none" + DAMAGED,
}
_ENDED = "the server ended the connection; see that it runs, then try again"
_SERVER = {  # the beginning of an SQLSTATE
    "53100": _FULL,
    "58030": _DISK,
    "XX001": "is damaged; bring back a backup",
    "XX002": "is damaged; bring back a backup",
    "25006": "may only be read: the server or this user is set to read-only",
    "42501": "the server lets this user not do that; ask who looks after it",
    "55P03": _LOCKED,
    "57P": _ENDED,
    "08": _ENDED,
}


@contextmanager
def in_words(where: object) -> Iterator[None]:
    """What a database raises, as ArchiveError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as bad:
        raise ArchiveError(f"{where}: {_words(bad)}") from bad


def _words(bad: Exception) -> str:
    cause = getattr(bad, "orig", None) or bad
    if type(cause).__module__.startswith("psycopg"):
        return _of_server(getattr(cause, "sqlstate", None) or "", " ".join(str(cause).split())[:300], cause)
    said = (words for sign, words in _SQLITE.items() if sign in str(cause).lower())
    return next(said, f"the database refuses: {str(cause).strip()}")


def _of_server(state: str, message: str, cause: BaseException) -> str:
    said = next((words for sign, words in _SERVER.items() if state.startswith(sign)), None)
    if said is not None:
        return said
    if not state and type(cause).__name__ == "OperationalError":
        return (
            f"the server cannot be used: {message}; see that it runs, that archive.toml has its address and the "
            "database's name, and that PGPASSWORD or ~/.pgpass has the password"
        )
    return f"the database refuses: {message}"
