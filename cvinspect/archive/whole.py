"""Is a database file whole? All of it is read: at once where it is small, beside the work where it is large.

A large file is not read again while nothing but writers that ended in order changed it, for a day at most: beside it
stands when it was last found whole, and what size and time its files had when the last writer ended.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from cvinspect.archive import sqlite
from cvinspect.archive.refusals import DAMAGED
from cvinspect.errors import ArchiveError

AT_ONCE = 64_000_000  # bytes: read in some tenths of a second
AGE = timedelta(days=1)


class WholeCheck:
    """Of a file that is about to be written to. Raises ArchiveError where it is gone, or small and damaged."""

    def __init__(self, path: Path, now: datetime) -> None:
        self._path, self._found = path, ""
        self._since: datetime | None = now
        self._reading: sqlite3.Connection | None = None
        self._thread = Thread(target=self._look, name="whole check", daemon=True)
        if not path.is_file() or path.stat().st_size <= AT_ONCE:
            sqlite.refuse_damaged(path)
            return
        self._since = _last(path)
        if self._since is None or not timedelta(0) <= now - self._since <= AGE:
            self._since = now
            self._thread.start()

    def _look(self) -> None:
        try:
            self._found = sqlite.check(self._path, opened=self._opened)
        except ArchiveError as bad:
            self._found = str(bad)

    def _opened(self, reading: sqlite3.Connection) -> None:
        self._reading = reading

    def refuse(self) -> None:
        """Raises ArchiveError where damage has been found by now."""
        if self._found:
            raise ArchiveError(f"{self._path}: is damaged ({self._found[:200]}){DAMAGED}")

    def end(self, wait: bool) -> None:
        """Before the writer ends: waits for the check, or breaks it off. Raises ArchiveError where it found damage."""
        if self._thread.ident is None:
            return
        since, self._since = self._since, None
        if not wait:
            if self._reading is not None and self._thread.is_alive():
                self._reading.interrupt()
            return
        self._thread.join()
        self.refuse()
        self._since = since

    def remember(self) -> None:
        """After the writer ended: what its files are now."""
        try:
            if self._since is not None and self._path.stat().st_size > AT_ONCE:
                told = {"whole_at": self._since.isoformat(), "files": _files(self._path)}
                _note(self._path).write_text(json.dumps(told), "utf-8")
        except OSError:
            return  # then it is checked again


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}-checked.json")


def _files(path: Path) -> dict[str, list[int]]:
    """Size and time of change of the file and its journal, unless that is empty: readers make and leave such."""
    there = [one for one in (path, path.with_name(path.name + "-wal")) if one.exists()]
    states = {one.name: one.stat() for one in there}
    return {name: [state.st_size, state.st_mtime_ns] for name, state in states.items() if state.st_size}


def _last(path: Path) -> datetime | None:
    """When the files, as they are, were found whole; None where that is not known."""
    try:
        told = json.loads(_note(path).read_text("utf-8"))
        return datetime.fromisoformat(told["whole_at"]).astimezone(UTC) if told["files"] == _files(path) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
